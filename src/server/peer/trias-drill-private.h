/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-drill.h"

G_BEGIN_DECLS

/** What is said of a drill between members. */
typedef enum
{
  TRIAS_DRILL_SAY_ASK,      /* may it begin? */
  TRIAS_DRILL_SAY_BEGAN,    /* it begins */
  TRIAS_DRILL_SAY_RETURN,   /* the server that served before is ready to serve again */
  TRIAS_DRILL_SAY_ENDED,    /* it is over */
  TRIAS_DRILL_SAY_MEASURED, /* what a client measured */
  TRIAS_DRILL_N_SAYS
} TriasDrillSay;

/** Who waits until all have agreed. */
typedef struct
{
  TriasPeerDone done;
  gpointer user_data;
} TriasDrillWaiter;

struct _TriasDrills
{
  TriasPeer *peer;
  TriasDrillRecord *record;  /* (nullable) the last one, or the one under way */
  TriasDrillRecord *planned; /* (nullable) asked of the others */
  GPtrArray *waiters;        /* (element-type TriasDrillWaiter) of @planned */
  guint n_asked;             /* members that have not answered */
  TriasProblem *refusal;     /* (nullable) the first of theirs */
  gboolean forced;           /* that one may begin though no seat is covered meanwhile */
  guint serial;              /* answers to earlier questions are dropped */

  /* Of one that is run here. */
  guint timer;       /* source; of one that another runs: until when it must have ended */
  gint64 phase_at;   /* monotonic ms: since when it is in its phase */
  gint64 silent_end; /* boot-time clock, ms; 0 = not silent */
  char *pin;         /* (owned) (nullable) who was pinned before */
  gint64 pin_until;
  gint64 well_since; /* monotonic ms: since when all is as before; 0 = it is not */
  gint64 asked_at;   /* monotonic ms: when the lead was last asked back; 0 = never */
};

/** Runs @record, to which all agreed, on this server. Takes it. */
void trias_drills_run (TriasDrills *self, TriasDrillRecord *record);
/** Another member runs the last one: by some time it must have said that it ended. */
void trias_drills_expect (TriasDrills *self);
/** Takes @record (transfer full) as the last one and keeps it. */
void trias_drills_keep (TriasDrills *self, TriasDrillRecord *record);
/** Keeps an event about the record. */
void trias_drills_event (TriasDrills *self, const char *kind);
/** Says @say with @record to every other member, or with @to (nullable) to that one alone, whatever
 * comes of it. */
void trias_drills_say (TriasDrills *self,
                       TriasDrillSay say,
                       const TriasDrillRecord *record,
                       const char *to);
/** Why a drill cannot begin as this member sees it; %NULL if it can. (transfer full) */
TriasProblem *trias_drills_check (TriasDrills *self);

G_END_DECLS
