/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-base.h"
#include "server/peer/trias-forming.h"

G_BEGIN_DECLS

typedef enum
{
  TRIAS_PHASE_NONE,
  TRIAS_PHASE_CHECKING,  /* coordinator: nothing is kept yet */
  TRIAS_PHASE_PREPARING, /* coordinator: kept here, the others are asked to */
  TRIAS_PHASE_SEALING,   /* coordinator: the decision is being made durable */
  TRIAS_PHASE_COPYING,   /* coordinator: decided; the others are told until they have taken it up */
  TRIAS_PHASE_PREPARED,  /* member: promised; asks how it ended */
  TRIAS_PHASE_TAKING,    /* member: decided; gets the base */
  TRIAS_PHASE_FAILED,    /* shown until the next one */
} TriasPhase;

/** How far a forming has come with one of the others. */
typedef struct
{
  char *id;         /* server id, "" before the check */
  char *address;    /* as this server uses it */
  char *invitation; /* "" = none; coordinator only */
  gboolean asking;  /* a request to it is on its way */
  gboolean done;    /* has promised; after the seal: has taken it up */
  gboolean refused; /* an administrator made it forget its promise */
  char *outcome;    /* (nullable) member: how it says that it ended */
} TriasFormingOther;

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
  TriasKind kind;
  TriasOptions options;
  char *own_address;
  TriasRelationship *present; /* (nullable) what is changed; %NULL: something new is formed */
  char *leaving;              /* (nullable) member of @present whose rank the newcomer gets */
  char *change;               /* (nullable) id of the change, chosen by who asked */
  gboolean discard;           /* what is the others' own may be put aside */
  char *actor;
  GPtrArray *waiters; /* (element-type Waiter) who asked for it */

  GPtrArray *others;               /* (element-type TriasFormingOther) in rank order */
  TriasRelationship *relationship; /* (nullable) as promised */
  guint64 term;                    /* a triad decides on it: in this term or never; 0 = the
                                      coordinator's disk decides */
  gint64 told_at;                  /* monotonic ms: first told that it was formed; 0 = not yet */
  TriasBaseTaker *taker;           /* (nullable) gets the base */
  GPtrArray *calls;                /* (element-type TriasPeerCall) told that it was formed, waiting
                                      until it is taken up */
  guint retry;                     /* source */
  gboolean dissolving;
  gboolean following; /* somebody is asked about a newer incarnation */
};

/** What happens to answers: they carry the forming they belong to. */
typedef struct
{
  TriasPeer *peer;
  guint serial;
  guint index; /* of the other that is asked */
} TriasFormingStep;
TriasFormingStep *trias_forming_step (TriasForming *self);
/** The same for a request to the other at @index. */
TriasFormingStep *trias_forming_step_to (TriasForming *self, guint index);
/** Ends the step; the forming if it is still the same and the server runs, else %NULL. @other (out)
 * (optional): the one that was asked; it no longer counts as being asked. */
TriasForming *trias_forming_step_end (TriasFormingStep *step, TriasFormingOther **other);

/** Begins another one. */
void
trias_forming_begin (TriasForming *self, TriasPhase phase, const char *id, const char *coordinator);
void trias_forming_set_phase (TriasForming *self, TriasPhase phase);
/** Takes @relationship (transfer full) as what is promised; the others are its other members. */
void trias_forming_set_relationship (TriasForming *self, TriasRelationship *relationship);
TriasFormingOther *
trias_forming_add_other (TriasForming *self, const char *id, const char *address, const char *code);
/** Keeps the promise durably. */
void trias_forming_keep (TriasForming *self, TriasKeeperDone done, gpointer user_data);
/** It is over: forgets the promise and answers who waits; with @problem (nullable) it failed. */
void trias_forming_end (TriasForming *self, const TriasProblem *problem);
/** @done is told how it ends. */
void trias_forming_wait (TriasForming *self, TriasPeerDone done, gpointer user_data);
void trias_forming_answer_waiters (TriasForming *self, const TriasProblem *problem);
/** Whether the log of the triad that this server is in has gone past the term of the promise
 * without a seal: it will never come. */
gboolean trias_forming_is_past (TriasForming *self);
/** Coordinator: checks, prepares, seals with @candidates (element-type TriasPeerCandidate). */
void trias_forming_coordinate (TriasForming *self, GPtrArray *candidates);
/** Coordinator: the relationship is put together; keeps it, has the others promise, seals. */
void trias_forming_prepare (TriasForming *self);
/** Coordinator, before the seal: makes the others forget; everybody is as before. */
void trias_forming_give_up (TriasForming *self, const TriasProblem *problem);
/** Coordinator: tells the others that it was decided, until they have taken it up. */
void trias_forming_tell_formed (TriasForming *self);
/** Member: asks the others how it ended, at once or in a while. */
void trias_forming_ask_outcome (TriasForming *self);
void trias_forming_ask_later (TriasForming *self);
/** Member: it was decided; takes it up, a newcomer first from the member with @key. */
void trias_forming_take_up (TriasForming *self, const char *key);
/** Runs @func after @ms. */
void trias_forming_retry (TriasForming *self, guint ms, void (*func) (TriasForming *self));
/** Ends the relationship here, durably. @done gets a problem or %NULL. */
void trias_forming_dissolve_here (TriasForming *self,
                                  const char *actor,
                                  TriasPeerDone done,
                                  gpointer user_data);

G_END_DECLS
