/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-json.h"

G_BEGIN_DECLS

/** What is rehearsed. */
typedef enum
{
  TRIAS_DRILL_HANDOVER, /* orderly, there and back */
  TRIAS_DRILL_OUTAGE,   /* who serves goes silent for a time */
} TriasDrillKind;

/** How far a drill is. */
typedef enum
{
  TRIAS_DRILL_BEGINS,  /* all agreed; it goes off in a moment */
  TRIAS_DRILL_AWAY,    /* silent, or handed over: another one serves, or should */
  TRIAS_DRILL_RETURNS, /* who served before is back and is to serve again */
  TRIAS_DRILL_PASSED,  /* over: as it was before */
  TRIAS_DRILL_FAILED,  /* over, and @problem says what did not go as it should */
  TRIAS_DRILL_STOPPED, /* over: the server was restarted in the middle */
} TriasDrillPhase;

/** What the client measured that the drill was watched by. */
typedef enum
{
  TRIAS_DRILL_NOTHING,   /* nobody measured */
  TRIAS_DRILL_SEAT,      /* it held a seat and renewed it all the time */
  TRIAS_DRILL_QUESTIONS, /* no seat was free: it asked the server in charge all the time */
} TriasDrillMeasure;

#define TRIAS_DRILL_SECONDS_MIN 1
#define TRIAS_DRILL_SECONDS_MAX 60
#define TRIAS_DRILL_SECONDS_DEFAULT 10

/** A failover drill: what it was, how it went, and what a client saw of it. */
typedef struct
{
  char *id; /* (owned) chosen by who asked */
  TriasDrillKind kind;
  TriasDrillPhase phase;
  guint seconds;   /* how long another one is to serve */
  char *server;    /* (owned) server id: who served before, and runs the drill */
  char *by;        /* (owned) server id of who served meanwhile; "" = nobody yet */
  char *actor;     /* (owned) administrator */
  char *problem;   /* (owned) English sentence; "" = none */
  gint64 began_at; /* Unix ms by the clock of @server */
  gint64 ended_at; /* Unix ms; 0 = under way */

  TriasDrillMeasure measure;
  gint64 gap_ms;   /* longest time between two answers */
  gint64 requests; /* so many were made */
  gint64 failed;   /* so many of them failed for good, or lost the seat */
} TriasDrillRecord;

TriasDrillRecord *
trias_drill_record_new (const char *id, TriasDrillKind kind, guint seconds, const char *server);
TriasDrillRecord *trias_drill_record_copy (const TriasDrillRecord *self);
void trias_drill_record_free (TriasDrillRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasDrillRecord, trias_drill_record_free)
/** Whether it is under way. */
gboolean trias_drill_record_is_running (const TriasDrillRecord *self);
/** Writes an object @name, or %NULL inside an array or at the top. */
void
trias_drill_record_write (const TriasDrillRecord *self, TriasJsonWriter *writer, const char *name);
TriasDrillRecord *trias_drill_record_read (const TriasJson *object, GError **error);

const char *trias_drill_kind_to_word (TriasDrillKind kind);
gboolean trias_drill_kind_from_word (const char *word, TriasDrillKind *kind);
const char *trias_drill_phase_to_word (TriasDrillPhase phase);
const char *trias_drill_measure_to_word (TriasDrillMeasure measure);
gboolean trias_drill_measure_from_word (const char *word, TriasDrillMeasure *measure);

G_END_DECLS
