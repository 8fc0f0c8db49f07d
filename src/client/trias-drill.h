/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-server.h"
#include "core/trias-drill-record.h"

G_BEGIN_DECLS

/** What was seen in a drill, one after another. */
typedef enum
{
  TRIAS_DRILL_SAW_SEAT,    /* the client holds a seat, of the feature @name */
  TRIAS_DRILL_SAW_NO_SEAT, /* none was free: the client only asks */
  TRIAS_DRILL_SAW_BEGIN,   /* all have agreed; @name is about to hand over or fall silent */
  TRIAS_DRILL_SAW_AWAY,    /* @name has handed over or fallen silent */
  TRIAS_DRILL_SAW_SERVER,  /* the client is served by @name now */
  TRIAS_DRILL_SAW_RETURN,  /* @name is back and is to serve again */
  TRIAS_DRILL_SAW_END,     /* over, passed or not */
} TriasDrillSight;

/**
 * TriasDrillStep:
 *
 * Something that was seen in a drill. Properties: `sight` (TriasDrillSight), `name` (string), `at`
 * (int64: ms since the drill was asked for).
 */
#define TRIAS_TYPE_DRILL_STEP (trias_drill_step_get_type ())
G_DECLARE_FINAL_TYPE (TriasDrillStep, trias_drill_step, TRIAS, DRILL_STEP, GObject)
TriasDrillSight trias_drill_step_get_sight (TriasDrillStep *self);
const char *trias_drill_step_get_name (TriasDrillStep *self);
gint64 trias_drill_step_get_at (TriasDrillStep *self);

/**
 * TriasDrill:
 *
 * A failover drill, watched by a real client: it holds a seat (or, if none is free, asks), renews
 * it all the time and measures the longest time between two answers. What it measured is reported
 * to the server in the end.
 *
 * Signal: `changed (self)`: anything below is another one now.
 */
#define TRIAS_TYPE_DRILL (trias_drill_get_type ())
G_DECLARE_FINAL_TYPE (TriasDrill, trias_drill, TRIAS, DRILL, GObject)

/**
 * trias_drill_new:
 * @server: the one that serves now, signed in; its relationship was read
 *
 * Returns: (transfer full): a drill that has not begun
 */
TriasDrill *trias_drill_new (TriasServer *server);
/**
 * trias_drill_run_async:
 * @kind: what is rehearsed
 * @seconds: how long another server is to serve, 1 to 60
 * @force: also if no seat is covered meanwhile, so that work stands still
 * @cancellable: (nullable): stops watching; the server carries the drill through
 *
 * Begins the drill and watches it to its end. May be called once.
 */
void trias_drill_run_async (TriasDrill *self,
                            TriasDrillKind kind,
                            guint seconds,
                            gboolean force,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
/**
 * trias_drill_run_finish:
 *
 * Returns: whether it went to its end, passed or not: see trias_drill_get_record(). %FALSE if it
 * did not begin
 */
gboolean trias_drill_run_finish (TriasDrill *self, GAsyncResult *result, GError **error);

/** What the server last said of it. (nullable) (transfer none) before it began */
const TriasDrillRecord *trias_drill_get_record (TriasDrill *self);
/** (transfer none) (element-type TriasDrillStep) */
GListModel *trias_drill_get_steps (TriasDrill *self);
/** ms since it was asked for; stands still after the end. */
gint64 trias_drill_get_elapsed (TriasDrill *self);
/** How long the client has waited for an answer by now, ms. */
gint64 trias_drill_get_waiting (TriasDrill *self);
/** Longest time between two answers so far, ms. */
gint64 trias_drill_get_gap (TriasDrill *self);
gint64 trias_drill_get_requests (TriasDrill *self);
gint64 trias_drill_get_failed (TriasDrill *self);
TriasDrillMeasure trias_drill_get_measure (TriasDrill *self);
/** Name of the server that answered last, "" if none. */
const char *trias_drill_get_served_by (TriasDrill *self);
/** Name of the member @id, "" if it is none. */
const char *trias_drill_get_member_name (TriasDrill *self, const char *id);
/** Whether no request failed and it was passed. */
gboolean trias_drill_is_good (const TriasDrillRecord *record);

G_END_DECLS
