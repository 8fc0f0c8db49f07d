/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-member-status.h"

G_BEGIN_DECLS

/** Both directions must have been heard within this time. */
#define TRIAS_LINK_TIMEOUT_MS 3000
/** Looked at less often than this, the own process stood still: that says nothing about the
 * partner. */
#define TRIAS_LINK_STALL_MS 1500
#define TRIAS_PROBE_INTERVAL_MS 1000
#define TRIAS_PROBE_TIMEOUT_MS 2000

/**
 * TriasLink:
 *
 * Whether the partner is connected: it answers our probes and its probes reach us, each within the
 * time-out. A state machine without I/O: @now is a monotonic clock in ms, @wall Unix ms.
 */
typedef struct
{
  gint64 looked;    /* when it was last decided; -1 = never */
  gint64 answered;  /* when it last answered a probe; -1 = never */
  gint64 heard;     /* when a probe of it last arrived; -1 = never */
  TriasLag failure; /* why the last probe failed; NONE if it was answered */
  TriasLag refused; /* why we refused a probe of it since it was last heard; NONE if we did not */
  gboolean connected;
  gint64 connected_since; /* wall; when @connected last changed */
  gint64 last_heard;      /* wall; any authenticated sign of life */
  gint64 latency_us;      /* -1 = unknown */
  gint64 offset_ms;
} TriasLink;

void trias_link_init (TriasLink *self, gint64 wall);
/** It answered a probe; @latency_us is the round trip, @offset_ms its clock minus ours. */
void
trias_link_answered (TriasLink *self, gint64 now, gint64 wall, gint64 latency_us, gint64 offset_ms);
void trias_link_failed (TriasLink *self, TriasLag why);
/** A probe of it arrived and was let in. */
void trias_link_heard (TriasLink *self, gint64 now, gint64 wall);
/** A probe of it arrived and was refused, because of @why. */
void trias_link_refused (TriasLink *self, TriasLag why);
/** Decides anew; %TRUE if @connected changed. */
gboolean trias_link_update (TriasLink *self, gint64 now, gint64 wall);
/** Why it is not connected; NONE if it is. */
TriasLag trias_link_reason (const TriasLink *self, gint64 now);

G_END_DECLS
