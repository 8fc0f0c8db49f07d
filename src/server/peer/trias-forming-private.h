/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-forming.h"

G_BEGIN_DECLS

typedef enum
{
  TRIAS_PHASE_NONE,
  TRIAS_PHASE_CHECKING,  /* coordinator: nothing is kept yet */
  TRIAS_PHASE_PREPARING, /* coordinator: kept here, the other is asked to */
  TRIAS_PHASE_SEALING,   /* coordinator: the decision is being made durable */
  TRIAS_PHASE_COPYING,   /* coordinator: decided; the other is told until it has taken it up */
  TRIAS_PHASE_PREPARED,  /* member: promised; asks how it ended */
  TRIAS_PHASE_FAILED,    /* shown until the next one */
} TriasPhase;

struct _TriasForming
{
  TriasPeer *peer;
  TriasPhase phase;
  guint serial;      /* of this forming: answers to an older one are ignored */
  char *id;          /* (nullable) of the relationship */
  char *coordinator; /* (nullable) server id */
  gint64 since;
  char *detail; /* (nullable) what is awaited, or why it failed */
  TriasReason reason;
  gint64 decided_at; /* monotonic ms */

  /* Coordinator, before the relationship is put together. */
  char *name;
  TriasOptions options;
  char *address; /* of the other */
  char *invitation;
  char *own_address;
  char *actor;
  GPtrArray *waiters; /* (element-type Waiter) who asked for it */

  TriasRelationship *relationship; /* (nullable) as promised */
  guint retry;                     /* source */
  gboolean asking;                 /* a request to the other is on its way */
  gboolean dissolving;
};

/** What happens to answers: they carry the forming they belong to. */
typedef struct
{
  TriasPeer *peer;
  guint serial;
} TriasFormingStep;
TriasFormingStep *trias_forming_step (TriasForming *self);
/** Ends the step; the forming if it is still the same and the server runs, else %NULL. */
TriasForming *trias_forming_step_end (TriasFormingStep *step);

/** Begins another one. */
void
trias_forming_begin (TriasForming *self, TriasPhase phase, const char *id, const char *coordinator);
void trias_forming_set_phase (TriasForming *self, TriasPhase phase);
/** Keeps the promise durably. */
void trias_forming_keep (TriasForming *self, TriasKeeperDone done, gpointer user_data);
/** It is over: forgets the promise and answers who waits; with @problem (nullable) it failed. */
void trias_forming_end (TriasForming *self, const TriasProblem *problem);
void trias_forming_answer_waiters (TriasForming *self, const TriasProblem *problem);
/** Coordinator: checks, prepares, seals with @candidate. */
void trias_forming_coordinate (TriasForming *self, const TriasPeerCandidate *candidate);
/** Coordinator: tells the other that it was decided, until it has taken it up. */
void trias_forming_tell_formed (TriasForming *self);
/** Member: asks the coordinator how it ended. */
void trias_forming_ask_outcome (TriasForming *self);
/** Runs @func after @ms. */
void trias_forming_retry (TriasForming *self, guint ms, void (*func) (TriasForming *self));
/** Ends the relationship here, durably. @done gets a problem or %NULL. */
void trias_forming_dissolve_here (TriasForming *self,
                                  const char *actor,
                                  TriasPeerDone done,
                                  gpointer user_data);

G_END_DECLS
