/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-drill.h"
#include "client/trias-failover-private.h"

G_BEGIN_DECLS

/** (transfer full) */
TriasDrillStep *trias_drill_step_new (TriasDrillSight sight, const char *name, gint64 at);

/**
 * TriasDrillProbe:
 *
 * The client that a drill is watched by.
 */
typedef struct _TriasDrillProbe TriasDrillProbe;

typedef struct
{
  /** It got an answer, or holds a seat now; whatever it shows may have changed. */
  void (*changed) (gpointer user_data);
  /** It is ready: it holds a seat of @feature, or (%NULL) only asks. Once. */
  void (*ready) (const char *feature, gpointer user_data);
  /** Another server answers. */
  void (*moved) (const char *server_id, gpointer user_data);
} TriasDrillProbeFuncs;

/** @servers: `ADDRESS#FINGERPRINT` of the members. */
TriasDrillProbe *trias_drill_probe_new (const char *const *servers,
                                        const TriasDrillProbeFuncs *funcs,
                                        gpointer user_data,
                                        GError **error);
/** Nothing is called any more; a seat that it still has is given back if this process goes on. */
void trias_drill_probe_free (TriasDrillProbe *self);
/** From now on it counts. */
void trias_drill_probe_begin (TriasDrillProbe *self);
/** It counts no more: what is on its way is not waited for. */
void trias_drill_probe_end (TriasDrillProbe *self);
/** Ends it and gives its seat back; @left once that is known, or known to be in vain, perhaps at
 * once. */
void trias_drill_probe_leave (TriasDrillProbe *self,
                              void (*left) (gpointer user_data),
                              gpointer user_data);
/** ms since the last answer. */
gint64 trias_drill_probe_get_waiting (TriasDrillProbe *self);
gint64 trias_drill_probe_get_gap (TriasDrillProbe *self);
gint64 trias_drill_probe_get_requests (TriasDrillProbe *self);
gint64 trias_drill_probe_get_failed (TriasDrillProbe *self);
TriasDrillMeasure trias_drill_probe_get_measure (TriasDrillProbe *self);

G_END_DECLS
