/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-cluster.h"

#include <string.h>

/* A client as libtrias is one: it counts its lease from the moment it sent the request that was
 * granted, on its own clock, asks again with the same id wherever it is answered, and stops by
 * itself. */

#define TTL_MS (SIM_TTL_S * 1000)
#define TIMEOUT_MIN_MS 250
#define TIMEOUT_MAX_MS 500
#define RELEASE_TRIES 6

enum
{
  STREAM_CLIENTS = 4000
};

const char *
sim_client_key (guint index)
{
  static char keys[SIM_CLIENTS][65];

  if (keys[index][0] == '\0')
    memset (keys[index], (int) ('a' + index), 64);
  return keys[index];
}

gboolean
sim_client_is_live (SimClient *self)
{
  return self->phase == SIM_PHASE_HOLDING && sim_node_boot (self->node) < self->deadline;
}

/* --- timer --- */

static void act (SimClient *self);

static void
wake_cb (SimNode *node, gpointer data)
{
  SimClient *self = node->owner;

  if (GPOINTER_TO_UINT (data) == self->wake)
    act (self);
}

/* Acts again @ms from now at the latest; only the last call counts. */
static void
wake_in (SimClient *self, gint64 ms)
{
  sim_world_after (self->node, MAX (ms, 1) * SIM_MS, wake_cb, GUINT_TO_POINTER (++self->wake),
                   NULL);
}

/* --- asking --- */

typedef struct
{
  SimMember *member;
  SimAsk *ask;
} Letter;

static void
letter_free (gpointer data)
{
  Letter *letter = data;

  if (letter->ask != NULL)
    g_slice_free (SimAsk, letter->ask);
  g_slice_free (Letter, letter);
}

static void
letter_cb (SimNode *node, gpointer data)
{
  Letter *letter = data;

  sim_member_take (letter->member, g_steal_pointer (&letter->ask));
  letter_free (letter);
}

static SimAskKind
wanted (SimClient *self)
{
  return self->phase == SIM_PHASE_ASKING    ? SIM_ASK_GRANT
         : self->phase == SIM_PHASE_HOLDING ? SIM_ASK_RENEW
                                            : SIM_ASK_RELEASE;
}

/* The next one of those it was told of; now and then one of all that it was set up with, which may
 * know better. */
static void
go_on (SimClient *self)
{
  guint i;

  if (sim_random_chance (&self->random, 10))
    {
      self->target = (guint) sim_random_between (&self->random, 0, SIM_SERVERS - 1);
      return;
    }
  for (i = 0; i < SIM_MEMBERS && self->seats.servers[i] != self->target; i++)
    ;
  self->target = self->seats.servers[(i + 1) % SIM_MEMBERS];
}

static void
ask (SimClient *self)
{
  Letter *letter = g_slice_new0 (Letter);

  letter->member = &self->cluster->members[self->target];
  letter->ask = g_slice_new0 (SimAsk);
  letter->ask->kind = wanted (self);
  letter->ask->client = self->index;
  letter->ask->serial = ++self->serial;
  letter->ask->sent = sim_node_boot (self->node);
  memcpy (letter->ask->id, self->id, SIM_ID_SIZE);
  self->tries++;
  self->waiting = sim_net_send (&self->cluster->net, self->node, letter->member->node, FALSE,
                                letter_cb, letter, letter_free);
  if (!self->waiting)
    {
      /* Nobody listens there: the next one, a little later. */
      go_on (self);
      wake_in (self, sim_random_between (&self->random, 20, 80));
      return;
    }
  wake_in (self, sim_random_between (&self->random, TIMEOUT_MIN_MS, TIMEOUT_MAX_MS));
}

/* --- phases --- */

static void
rest (SimClient *self, gint64 ms)
{
  self->phase = SIM_PHASE_IDLE;
  self->waiting = FALSE;
  self->rests_until = sim_node_boot (self->node) + ms;
  wake_in (self, ms);
}

static void
begin (SimClient *self)
{
  if (self->quiet)
    return;
  self->phase = SIM_PHASE_ASKING;
  self->tries = 0;
  g_snprintf (self->id, sizeof self->id, "lease-of-%02u-%06u", self->index, ++self->n_leases);
  ask (self);
}

/* Its time is over and nobody renewed the lease. */
static void
lose (SimClient *self)
{
  SimWorld *world = self->cluster->world;

  SIM_SAY (world, "client %u lost %s", self->index, self->id);
  self->cluster->stats.lost++;
  if (self->cluster->strict)
    sim_world_violate (world, "I4: client %u, which was up, lost %s in one failover", self->index,
                       self->id);
  rest (self, sim_random_between (&self->random, 50, 300));
}

static void
let_go (SimClient *self)
{
  self->phase = SIM_PHASE_RELEASING;
  self->tries = 0;
  ask (self);
}

static void
act (SimClient *self)
{
  gint64 now = sim_node_boot (self->node);

  if (self->phase == SIM_PHASE_IDLE)
    {
      if (self->rests_until > now)
        wake_in (self, self->rests_until - now);
      else
        begin (self);
      return;
    }
  if (self->phase == SIM_PHASE_HOLDING && now >= self->deadline)
    {
      lose (self);
      return;
    }
  if (self->waiting)
    {
      /* It took too long. */
      self->waiting = FALSE;
      go_on (self);
    }
  if (self->phase == SIM_PHASE_HOLDING && now >= self->let_go_at && !self->quiet)
    let_go (self);
  else if (self->phase == SIM_PHASE_HOLDING && now < self->renew_at)
    wake_in (self, self->renew_at - now);
  else if (self->phase == SIM_PHASE_RELEASING && self->tries >= RELEASE_TRIES)
    rest (self, 200);
  else
    ask (self);
}

/* --- answers --- */

static void
hold (SimClient *self, gint64 sent, gint64 left)
{
  gint64 now = sim_node_boot (self->node);

  self->deadline = MAX (self->deadline, sent + MIN (left, TTL_MS));
  self->renew_at = sent + MIN (left, TTL_MS) / 3;
  self->waiting = FALSE;
  self->tries = 0;
  if (self->deadline <= now)
    lose (self);
  else
    wake_in (self, MAX (MIN (self->renew_at, self->deadline) - now, 1));
}

static void
granted (SimClient *self, const SimAnswer *answer)
{
  SIM_SAY (self->cluster->world, "client %u holds %s, from %u", self->index, self->id,
           answer->hint);
  if (self->index == SIM_DENIED)
    sim_world_violate (self->cluster->world, "I8: server %u granted what a rule denies",
                       answer->hint);
  self->phase = SIM_PHASE_HOLDING;
  self->deadline = 0;
  self->let_go_at = sim_node_boot (self->node) + sim_random_between (&self->random, 200, 8000);
  self->cluster->stats.grants++;
  hold (self, answer->sent, answer->left);
  sim_check_granted (self);
}

/* The member that answered is not the active one. */
static void
go_elsewhere (SimClient *self, const SimAnswer *answer)
{
  self->waiting = FALSE;
  if (answer->hint > 0)
    self->target = answer->hint - 1;
  else
    go_on (self);
  wake_in (self, sim_random_between (&self->random, 10, 60));
}

static void
asked (SimClient *self, const SimAnswer *answer)
{
  if (answer->reason == TRIAS_REASON_NONE)
    {
      granted (self, answer);
      return;
    }
  if (answer->reason == TRIAS_REASON_RULE_DENIED)
    self->cluster->stats.rule_denied++;
  else
    self->cluster->stats.denied++;
  rest (self, sim_random_between (&self->random, 50, 400));
}

static void
renewed (SimClient *self, const SimAnswer *answer)
{
  if (answer->reason == TRIAS_REASON_NONE)
    {
      self->cluster->stats.renewals++;
      hold (self, answer->sent, answer->left);
      return;
    }
  if (sim_client_is_live (self))
    sim_world_violate (self->cluster->world, "I3: client %u holds %s, and server %u says: %s",
                       self->index, self->id, answer->hint, trias_reason_to_word (answer->reason));
  lose (self);
}

static void
released (SimClient *self, const SimAnswer *answer)
{
  self->cluster->stats.releases++;
  rest (self, sim_random_between (&self->random, 50, 600));
}

void
sim_client_answered (SimClient *self, const SimAnswer *answer)
{
  if (answer->seats.incarnation > self->seats.incarnation)
    self->seats = answer->seats;
  /* A late answer to an earlier attempt is as good, as long as it speaks of the same wish. */
  if (strcmp (answer->id, self->id) != 0 || self->phase == SIM_PHASE_IDLE
      || answer->kind != wanted (self))
    return;
  if (answer->reason == TRIAS_REASON_NOT_ACTIVE)
    {
      if (answer->serial == self->serial && self->waiting)
        go_elsewhere (self, answer);
    }
  else if (answer->kind == SIM_ASK_GRANT)
    asked (self, answer);
  else if (answer->kind == SIM_ASK_RENEW)
    renewed (self, answer);
  else
    released (self, answer);
}

void
sim_client_init (SimClient *self, SimCluster *cluster, guint index)
{
  self->cluster = cluster;
  self->node = &cluster->world->nodes[SIM_SERVERS + index];
  self->node->owner = self;
  self->index = index;
  self->random = sim_random_stream (cluster->world->seed, STREAM_CLIENTS + index);
  for (guint i = 0; i < SIM_MEMBERS; i++)
    self->seats.servers[i] = i;
  self->target = (guint) sim_random_between (&self->random, 0, SIM_MEMBERS - 1);
  rest (self, sim_random_between (&self->random, 100, 1500));
}
