/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** Now on the clock that goes on while the machine sleeps, µs. */
gint64 trias_boot_time (void);

/**
 * TriasDeadline:
 *
 * A cancellable of one request: cancelled with its parent, or when its time is over. libsoup has
 * a time-out per read only, which an endless answer never meets.
 */
typedef struct
{
  GCancellable *cancellable; /* (owned) to hand to the request */
  GCancellable *parent;      /* (owned) (nullable) */
  gulong handler;
  GSource *timer; /* (owned) (nullable) */
  gboolean expired;
} TriasDeadline;

/** @milliseconds: 0 for none. */
TriasDeadline *trias_deadline_new (GCancellable *parent, guint milliseconds);
/** Starts the time anew. */
void trias_deadline_rearm (TriasDeadline *self, guint milliseconds);
/** Must not run inside a handler of the parent's `cancelled`. */
void trias_deadline_free (TriasDeadline *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasDeadline, trias_deadline_free)

/** Growing pauses between attempts, jittered so that many clients do not come back at once. */
typedef struct
{
  guint first_ms;
  guint last_ms;
  guint next_ms;
} TriasBackoff;

void trias_backoff_init (TriasBackoff *self, guint first_ms, guint last_ms);
void trias_backoff_reset (TriasBackoff *self);
/** The pause before the next attempt, ms: between half of the present step and all of it; the step
 * then doubles. */
guint trias_backoff_next (TriasBackoff *self);

/** A one-shot timer in the thread-default context. @source (inout): replaces the timer that is
 * there; cleared when it runs. */
void trias_timer_start (GSource **source, guint milliseconds, GSourceFunc func, gpointer user_data);
void trias_timer_stop (GSource **source);

G_END_DECLS
