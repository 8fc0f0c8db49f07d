/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-aside.h"
#include "server/peer/trias-drill.h"
#include "server/peer/trias-peer-triad-private.h"

/* An administrator chooses who is active: one command that every member applies; the active one
 * hands over. Or who is not to be: that member tells the others. */

/* Whoever asked is answered by then: the choice is made, and carried out as soon as it can be. */
#define PATIENCE_MS 5000
#define LOOK_MS 20

typedef struct
{
  TriasPeer *peer;
  char *to;
  gboolean was_active;   /* this server, when it was asked */
  TriasProblem *problem; /* (nullable) it is not known whether the choice was made */
  gint64 asked;          /* monotonic ms */
  TriasPeerDone done;
  gpointer user_data;
} HandOver;

static void
hand_over_end (HandOver *self, const TriasProblem *problem)
{
  self->done (problem, self->user_data);
  g_clear_pointer (&self->problem, trias_problem_free);
  trias_peer_unref (self->peer);
  g_free (self->to);
  g_free (self);
}

static gboolean
is_chosen (HandOver *self)
{
  const char *pin = trias_ledger_get_pin (trias_keeper_get_ledger (self->peer->keeper), NULL);

  return g_strcmp0 (pin, self->to[0] != '\0' ? self->to : NULL) == 0;
}

static gboolean
is_active (HandOver *self)
{
  return self->to[0] == '\0'
         || g_strcmp0 (trias_peer_triad_active (self->peer->triad), self->to) == 0;
}

static gboolean
on_look (gpointer user_data)
{
  HandOver *self = user_data;
  TriasPeer *peer = self->peer;
  gboolean over = peer->stopped || peer->triad == NULL;
  gboolean late = trias_peer_clock () - self->asked >= PATIENCE_MS;

  if (!over && is_chosen (self))
    g_clear_pointer (&self->problem, trias_problem_free);
  if (!over && !late && (self->problem != NULL || !is_active (self)))
    return G_SOURCE_CONTINUE;
  hand_over_end (self, self->problem);
  return G_SOURCE_REMOVE;
}

static void
on_pinned (const TriasOutcome *outcome, gpointer user_data)
{
  HandOver *self = user_data;
  g_autoptr (TriasProblem) problem = NULL;

  if (outcome->reason != TRIAS_REASON_NONE)
    problem = trias_problem_new (outcome->reason, "%s",
                                 outcome->detail != NULL ? outcome->detail : "refused");
  /* Who hands over because of the choice may not hear any more that it was made. */
  if (problem != NULL && !(problem->reason == TRIAS_REASON_NOT_ACTIVE && self->was_active))
    {
      hand_over_end (self, problem);
      return;
    }
  self->problem = g_steal_pointer (&problem);
  g_timeout_add (LOOK_MS, on_look, self);
}

/* %NULL or why @to cannot become active. */
static TriasProblem *
refuse (TriasPeer *self, const char *to)
{
  const TriasMember *member;
  const TriasTriadOther *other;
  TriasProblem *problem;

  if (self->triad == NULL)
    return trias_problem_new (TRIAS_REASON_NOT_RELATED, "The server '%s' is in no triad.",
                              self->name);
  problem = trias_drills_refuse_change (self);
  if (problem != NULL || to[0] == '\0')
    return problem;
  member = trias_relationship_find (self->relationship, to);
  if (member == NULL || trias_relationship_role (self->relationship, to) == TRIAS_ROLE_TERTIARY)
    return trias_problem_new (TRIAS_REASON_BAD_REQUEST,
                              "Only the primary or the secondary server can be active.");
  problem = trias_aside_refuse (self, to);
  if (problem != NULL)
    return problem;
  other = trias_peer_triad_find (self->triad, to);
  if (other == NULL || (other->link.connected && other->status->synchronised))
    return NULL;
  return trias_problem_new (
      other->link.connected ? TRIAS_REASON_CONFLICT : TRIAS_REASON_UNREACHABLE,
      "The server '%s' is not connected and synchronised, so it cannot become active now.",
      member->name);
}

void
trias_peer_hand_over (TriasPeer *self,
                      const char *to,
                      gint64 until,
                      const char *actor,
                      TriasPeerDone done,
                      gpointer user_data)
{
  g_autoptr (TriasProblem) problem = NULL;
  HandOver *hand_over;

  if (trias_peer_is_pair (self))
    {
      trias_aside_choose (self, to, until, actor, done, user_data);
      return;
    }
  problem = refuse (self, to);
  if (problem != NULL)
    {
      done (problem, user_data);
      return;
    }
  hand_over = g_new0 (HandOver, 1);
  hand_over->peer = trias_peer_ref (self);
  hand_over->to = g_strdup (to);
  hand_over->was_active = trias_keeper_is_active (self->keeper);
  hand_over->asked = trias_peer_clock ();
  hand_over->done = done;
  hand_over->user_data = user_data;
  trias_keeper_submit (
      self->keeper,
      trias_command_pin (trias_keeper_now (self->keeper), self->relationship->id, to, until, actor),
      on_pinned, hand_over);
}

/* --- a member that is to be switched off --- */

static TriasUnsafe
look_at (const TriasTriadOther *other)
{
  if (trias_aside_find (other->triad->peer, other->status->peer) != NULL)
    return TRIAS_UNSAFE_OTHER;
  if (!other->link.connected)
    return TRIAS_UNSAFE_DISCONNECTED;
  return other->status->synchronised ? TRIAS_UNSAFE_NONE : TRIAS_UNSAFE_BEHIND;
}

TriasUnsafe
trias_peer_triad_unsafe (TriasPeerTriad *self, const char **other)
{
  const char *active = trias_peer_triad_active (self);
  TriasTriadView view;

  for (guint i = 0; i < G_N_ELEMENTS (self->others); i++)
    {
      TriasUnsafe unsafe = look_at (&self->others[i]);

      *other = self->others[i].status->peer;
      if (unsafe != TRIAS_UNSAFE_NONE)
        return unsafe;
    }
  /* The two that stay must reach each other. */
  trias_peer_triad_look (self, &view);
  view.up[self->rank] = FALSE;
  if (trias_triad_view_server (&view) == TRIAS_MAX_MEMBERS)
    return TRIAS_UNSAFE_DISCONNECTED;
  *other = NULL;
  if (active == NULL)
    return TRIAS_UNSAFE_NOBODY;
  return strcmp (active, self->peer->id) == 0 ? TRIAS_UNSAFE_ACTIVE : TRIAS_UNSAFE_NONE;
}

void
trias_peer_triad_follow_aside (TriasPeerTriad *self)
{
  guint slots = 0;

  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    if (trias_aside_find (self->peer, trias_peer_triad_member (self, rank)->id) != NULL)
      slots |= 1u << (rank + 1);
  trias_keeper_triad_set_aside (self->peer->keeper, slots);
}
