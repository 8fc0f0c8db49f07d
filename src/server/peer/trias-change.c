/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-drill.h"
#include "server/peer/trias-forming-private.h"
#include "server/peer/trias-peer-triad.h"

/* A relationship goes on with another server: a member of a triad is replaced, a pair becomes a
 * triad. Who decides now coordinates: the active server, or the main one. */

/* --- who may --- */

static TriasProblem *
not_active (TriasPeer *self)
{
  TriasProblem *problem = trias_problem_new (
      TRIAS_REASON_NOT_ACTIVE,
      "Only the active server of the triad can replace a member; ask that one.");

  trias_peer_triad_explain (self->triad, problem);
  return problem;
}

static TriasProblem *
refuse_replace (TriasPeer *self, const TriasPeerChange *change)
{
  const char *with = change->with->fingerprint;

  if (self->triad == NULL)
    return trias_problem_new (TRIAS_REASON_NOT_RELATED, "The server '%s' is in no triad.",
                              self->name);
  if (!trias_keeper_is_active (self->keeper))
    return not_active (self);
  if (trias_relationship_find (self->relationship, change->member) == NULL)
    return trias_problem_new (TRIAS_REASON_NOT_FOUND, "That server is no member of the triad '%s'.",
                              self->relationship->name);
  if (strcmp (change->member, self->id) == 0)
    return trias_problem_new (TRIAS_REASON_CONFLICT,
                              "The active server '%s' cannot replace itself: switch to another "
                              "active server first, and ask that one.",
                              self->name);
  if (with != NULL && trias_relationship_find (self->relationship, with) != NULL)
    return trias_problem_new (TRIAS_REASON_CONFLICT,
                              "The new server is a member of the triad already.");
  return NULL;
}

static TriasProblem *
refuse_grow (TriasPeer *self, const TriasPeerChange *change)
{
  const char *with = change->with->fingerprint;

  if (!trias_peer_is_pair (self))
    return trias_problem_new (TRIAS_REASON_NOT_RELATED,
                              "The server '%s' is in no backup relationship.", self->name);
  if (self->role != TRIAS_ROLE_MAIN)
    return trias_problem_param (
        trias_problem_new (TRIAS_REASON_NOT_ACTIVE,
                           "Only the main server '%s' can make a triad of the pair; ask that one.",
                           self->partner->name),
        "address", self->partner->addresses[0]);
  if (with != NULL && trias_relationship_find (self->relationship, with) != NULL)
    return trias_problem_new (TRIAS_REASON_CONFLICT,
                              "The new server is a member of the relationship already.");
  return NULL;
}

static TriasProblem *
refuse (TriasPeer *self, const TriasPeerChange *change)
{
  return change->member != NULL ? refuse_replace (self, change) : refuse_grow (self, change);
}

/* --- who is asked --- */

static TriasPeerCandidate *
candidate_new (const char *address, const char *fingerprint, const char *invitation)
{
  TriasPeerCandidate *candidate = g_new0 (TriasPeerCandidate, 1);

  candidate->address = g_strdup (address);
  candidate->fingerprint = g_strdup (fingerprint);
  candidate->invitation = g_strdup (invitation);
  return candidate;
}

static void
candidate_free (gpointer data)
{
  TriasPeerCandidate *candidate = data;

  g_free (candidate->address);
  g_free (candidate->fingerprint);
  g_free (candidate->invitation);
  g_free (candidate);
}

/* All but this server, in the order of their ranks to be. */
static GPtrArray *
candidates_of (TriasPeer *self, const TriasPeerChange *change)
{
  GPtrArray *candidates = g_ptr_array_new_with_free_func (candidate_free);
  const TriasPeerCandidate *with = change->with;
  TriasPeerCandidate *newcomer = candidate_new (with->address, with->fingerprint, with->invitation);

  for (guint i = 0; i < self->relationship->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (self->relationship->members, i);

      if (g_strcmp0 (member->id, change->member) == 0)
        g_ptr_array_add (candidates, g_steal_pointer (&newcomer));
      else if (strcmp (member->id, self->id) != 0)
        g_ptr_array_add (candidates, candidate_new (member->addresses[0], member->id, NULL));
    }
  if (newcomer != NULL)
    g_ptr_array_add (candidates, newcomer);
  return candidates;
}

static const char *
own_address (TriasPeer *self)
{
  return trias_relationship_find (self->relationship, self->id)->addresses[0];
}

/* --- the check --- */

typedef struct
{
  TriasPeerChecked done;
  gpointer user_data;
} Checked;

static void
on_examined (GPtrArray *checks, GPtrArray *found, gpointer user_data)
{
  Checked *checked = user_data;

  checked->done (checks, NULL, checked->user_data);
  g_free (checked);
}

void
trias_peer_check_change (TriasPeer *self,
                         const TriasPeerChange *change,
                         TriasPeerChecked done,
                         gpointer user_data)
{
  g_autoptr (TriasProblem) problem = refuse (self, change);
  g_autoptr (GPtrArray) candidates = NULL;
  TriasExamineOrder order = { .kind = TRIAS_KIND_TRIAD,
                              .changed = self->relationship,
                              .leaving = change->member,
                              .discard = change->discard };
  Checked *checked;

  if (problem != NULL)
    {
      done (NULL, problem, user_data);
      return;
    }
  checked = g_new0 (Checked, 1);
  checked->done = done;
  checked->user_data = user_data;
  candidates = candidates_of (self, change);
  order.candidates = candidates;
  order.own_address = own_address (self);
  trias_peer_examine (self, &order, on_examined, checked);
}

/* --- the change --- */

/* Asked again after it was done: the member has left, and the newcomer is in its place. */
static gboolean
is_done (TriasPeer *self, const TriasPeerChange *change)
{
  const char *with = change->with->fingerprint;

  return self->triad != NULL && with != NULL
         && trias_relationship_find (self->relationship, with) != NULL
         && (change->member == NULL
             || trias_relationship_find (self->relationship, change->member) == NULL);
}

static gboolean
is_under_way (TriasForming *forming, const TriasPeerChange *change)
{
  return trias_forming_is_busy (forming->peer) && g_strcmp0 (forming->change, change->id) == 0;
}

static TriasProblem *
refuse_now (TriasPeer *self, const TriasPeerChange *change)
{
  TriasProblem *problem = refuse (self, change);

  if (problem == NULL)
    problem = trias_drills_refuse_change (self);
  /* What was decided is carried through by who takes part in it. */
  if (problem != NULL || !trias_forming_is_busy (self)
      || self->forming->phase == TRIAS_PHASE_COPYING)
    return problem;
  return trias_problem_new (TRIAS_REASON_BUSY,
                            "Another change of the relationship is under way with the server '%s'.",
                            self->name);
}

void
trias_peer_change (TriasPeer *self,
                   const TriasPeerChange *change,
                   const char *actor,
                   TriasPeerDone done,
                   gpointer user_data)
{
  TriasForming *forming = self->forming;
  g_autoptr (TriasProblem) problem = NULL;
  g_autoptr (GPtrArray) candidates = NULL;

  if (is_under_way (forming, change))
    {
      trias_forming_wait (forming, done, user_data);
      return;
    }
  if (is_done (self, change))
    {
      done (NULL, user_data);
      return;
    }
  problem = refuse_now (self, change);
  if (problem != NULL)
    {
      done (problem, user_data);
      return;
    }
  trias_forming_answer_waiters (forming, NULL);
  trias_forming_begin (forming, TRIAS_PHASE_CHECKING, self->relationship->id, self->id);
  trias_forming_wait (forming, done, user_data);
  forming->name = g_strdup (self->relationship->name);
  forming->kind = TRIAS_KIND_TRIAD;
  forming->options = self->relationship->options;
  forming->own_address = g_strdup (own_address (self));
  forming->actor = g_strdup (actor);
  forming->present = trias_relationship_copy (self->relationship);
  forming->leaving = g_strdup (change->member);
  forming->change = g_strdup (change->id);
  forming->discard = change->discard;
  candidates = candidates_of (self, change);
  trias_forming_coordinate (forming, candidates);
}
