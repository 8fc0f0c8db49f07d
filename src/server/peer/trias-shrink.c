/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-aside.h"
#include "server/peer/trias-drill.h"
#include "server/peer/trias-forming.h"
#include "server/peer/trias-peer-private.h"
#include "server/peer/trias-peer-triad.h"

/* A triad goes on as a pair of two of its members, by a seal of its own majority. Nobody has to
 * promise: all three are in the log that decides. The active member surely holds everything, so it
 * is the main server; the backup begins with a replica of the same. */

typedef struct
{
  TriasPeerDone done;
  gpointer user_data;
} TriasShrinkWaiter;

/* --- who may --- */

static TriasProblem *
refuse_backup (TriasPeer *self, const TriasMember *backup)
{
  g_autoptr (GPtrArray) statuses = trias_peer_get_statuses (self);
  gboolean stands = FALSE;

  for (guint i = 0; i < statuses->len; i++)
    {
      const TriasMemberStatus *status = g_ptr_array_index (statuses, i);

      stands |= strcmp (status->peer, backup->id) == 0 && status->connected && status->synchronised;
    }
  if (trias_aside_find (self, backup->id) != NULL)
    return trias_problem_new (TRIAS_REASON_CONFLICT,
                              "The server '%s' is in maintenance; end that first.", backup->name);
  if (stands)
    return NULL;
  return trias_problem_param (
      trias_problem_new (TRIAS_REASON_UNREACHABLE,
                         "The server '%s' is not connected and synchronised, so it cannot become "
                         "the backup server now.",
                         backup->name),
      "server", backup->id);
}

static TriasProblem *
refuse_members (TriasPeer *self, const char *main, const char *backup)
{
  const TriasMember *stays = trias_relationship_find (self->relationship, backup);

  if (stays == NULL || trias_relationship_find (self->relationship, main) == NULL
      || strcmp (main, backup) == 0)
    return trias_problem_new (TRIAS_REASON_BAD_REQUEST,
                              "Say which two members of the triad go on as main and backup "
                              "server.");
  if (strcmp (main, self->id) != 0)
    return trias_problem_new (
        TRIAS_REASON_CONFLICT,
        "Only the active server surely holds everything, and that is '%s'. Let it be the main "
        "server, or hand over first to the server that shall be.",
        self->name);
  return refuse_backup (self, stays);
}

static TriasProblem *
refuse (TriasPeer *self, const char *main, const char *backup)
{
  TriasProblem *problem;

  if (self->triad == NULL)
    return trias_problem_new (TRIAS_REASON_NOT_RELATED, "The server '%s' is in no triad.",
                              self->name);
  if (!trias_keeper_is_active (self->keeper))
    {
      problem = trias_problem_new (TRIAS_REASON_NOT_ACTIVE,
                                   "Only the active server of the triad can make a pair of it; ask "
                                   "that one.");
      trias_peer_triad_explain (self->triad, problem);
      return problem;
    }
  problem = refuse_members (self, main, backup);
  if (problem == NULL)
    problem = trias_drills_refuse_change (self);
  if (problem == NULL && trias_forming_is_busy (self))
    problem = trias_problem_new (
        TRIAS_REASON_BUSY, "Another change of the relationship is under way with the server '%s'.",
        self->name);
  return problem;
}

/* --- the change --- */

static gboolean
is_done (TriasPeer *self, const char *main, const char *backup)
{
  return trias_peer_is_pair (self) && self->role == TRIAS_ROLE_MAIN && strcmp (main, self->id) == 0
         && strcmp (backup, self->partner->id) == 0;
}

static TriasRelationship *
pair_of (TriasPeer *self, const char *backup)
{
  const TriasRelationship *present = self->relationship;
  TriasRelationship *pair = trias_relationship_new (present->id, present->name, TRIAS_KIND_BACKUP);

  pair->options = present->options;
  pair->incarnation = present->incarnation + 1;
  g_ptr_array_add (pair->members, trias_member_copy (trias_relationship_find (present, self->id)));
  g_ptr_array_add (pair->members, trias_member_copy (trias_relationship_find (present, backup)));
  return pair;
}

void
trias_shrink_taken_up (TriasPeer *self, gboolean stopping)
{
  g_autoptr (GPtrArray) waiters = NULL;
  g_autoptr (TriasProblem) problem = NULL;

  if (self->shrinks->len == 0 || (!stopping && self->triad != NULL))
    return;
  waiters = g_steal_pointer (&self->shrinks);
  self->shrinks = g_ptr_array_new_with_free_func (g_free);
  if (stopping)
    problem = trias_problem_new (TRIAS_REASON_NOT_ACTIVE,
                                 "The server '%s' is stopping; it goes on as the main server of "
                                 "the pair after its start.",
                                 self->name);
  else
    trias_peer_event (self, "relationship-formed", self->relationship->id, "name",
                      self->relationship->name);
  for (guint i = 0; i < waiters->len; i++)
    {
      TriasShrinkWaiter *waiter = g_ptr_array_index (waiters, i);

      waiter->done (problem, waiter->user_data);
    }
}

typedef struct
{
  TriasPeer *peer;
  TriasShrinkWaiter *waiter;
} Shrink;

static void
on_sealed (const TriasOutcome *outcome, gpointer user_data)
{
  Shrink *shrink = user_data;
  TriasPeer *peer = shrink->peer;
  TriasShrinkWaiter *waiter = shrink->waiter;
  g_autoptr (TriasProblem) problem = NULL;

  g_free (shrink);
  if (outcome->reason == TRIAS_REASON_NONE && !peer->stopped)
    {
      g_ptr_array_add (peer->shrinks, waiter);
      trias_peer_adopt_relationship (peer);
    }
  else
    {
      problem = trias_problem_new (
          outcome->reason != TRIAS_REASON_NONE ? outcome->reason : TRIAS_REASON_NOT_ACTIVE, "%s",
          outcome->detail != NULL ? outcome->detail : "The server is stopping.");
      waiter->done (problem, waiter->user_data);
      g_free (waiter);
    }
  trias_peer_unref (peer);
}

void
trias_peer_shrink (TriasPeer *self,
                   const char *main,
                   const char *backup,
                   const char *actor,
                   TriasPeerDone done,
                   gpointer user_data)
{
  g_autoptr (TriasProblem) problem = NULL;
  g_autoptr (TriasRelationship) pair = NULL;
  Shrink *shrink;

  if (is_done (self, main, backup))
    {
      done (NULL, user_data);
      return;
    }
  problem = refuse (self, main, backup);
  if (problem != NULL)
    {
      done (problem, user_data);
      return;
    }
  pair = pair_of (self, backup);
  shrink = g_new0 (Shrink, 1);
  shrink->peer = trias_peer_ref (self);
  shrink->waiter = g_new0 (TriasShrinkWaiter, 1);
  shrink->waiter->done = done;
  shrink->waiter->user_data = user_data;
  trias_keeper_submit (self->keeper,
                       trias_command_seal (trias_keeper_now (self->keeper), pair, actor), on_sealed,
                       shrink);
}
