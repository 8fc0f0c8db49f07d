/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/journal/trias-journal.h"
#include "sim-cluster.h"

#include <string.h>

/* A server: who asks it for what, its turns, its start and its end. */

#define IN_FLIGHT_MAX 2
#define REOPEN_MS 100

enum
{
  STREAM_STORES = 7000
};

void
sim_ask_free (gpointer ask)
{
  g_slice_free (SimAsk, ask);
}

/* --- answers --- */

typedef struct
{
  SimClient *client;
  SimAnswer answer;
} Letter;

static void
letter_free (gpointer letter)
{
  g_slice_free (Letter, letter);
}

static void
letter_cb (SimNode *node, gpointer data)
{
  Letter *letter = data;

  sim_client_answered (letter->client, &letter->answer);
  letter_free (letter);
}

/* From now on the client may count on it. */
static void
promise (SimClient *client, const SimAsk *ask, gint64 left)
{
  gint64 until = ask->sent + left;

  if (strcmp (client->promised_id, ask->id) == 0)
    until = MAX (until, client->promised_until);
  memcpy (client->promised_id, ask->id, SIM_ID_SIZE);
  client->promised_until = until;
}

static void
answer (SimMember *self, const SimAsk *ask, TriasReason reason, guint hint, gint64 left)
{
  Letter *letter;

  if (ask->client >= SIM_CLIENTS || (self->engine != NULL && self->engine->disk.dead))
    return;
  letter = g_slice_new0 (Letter);
  letter->client = &self->cluster->clients[ask->client];
  letter->answer.serial = ask->serial;
  letter->answer.kind = ask->kind;
  letter->answer.sent = ask->sent;
  letter->answer.reason = reason;
  letter->answer.hint = hint;
  letter->answer.left = left;
  sim_change_seats (self, &letter->answer.seats);
  if (reason == TRIAS_REASON_NONE && ask->kind != SIM_ASK_RELEASE)
    promise (letter->client, ask, left);
  memcpy (letter->answer.id, ask->id, SIM_ID_SIZE);
  sim_net_send (&self->cluster->net, self->node, letter->client->node, FALSE, letter_cb, letter,
                letter_free);
}

void
sim_keeper_answer (SimMember *self, const SimAsk *ask, const TriasOutcome *outcome)
{
  const TriasLeaseTimer *timer = trias_lease_clock_find (self->leases, ask->id);

  answer (self, ask, outcome->reason, self->index + 1,
          timer != NULL ? MAX (timer->told - sim_node_boot (self->node), 0) : 0);
}

/* The number of the server that leads, if this one knows it. */
static guint
whom_to_ask (SimMember *self)
{
  TriasRaftStatus status = { 0 };

  if (self->engine == NULL || self->engine->raft == NULL || self->changing)
    return 0;
  trias_raft_member_get_status (self->engine->raft, &status);
  if (status.leader == 0 || status.leader == self->engine->slot)
    return 0;
  return self->engine->io.route[status.leader - 1] + 1;
}

void
sim_keeper_refuse (SimMember *self, const SimAsk *ask)
{
  if (ask->client >= SIM_CLIENTS)
    {
      if (ask->kind == SIM_ASK_EXPIRE)
        trias_lease_clock_push_back (self->leases, ask->id, sim_node_boot (self->node) + 1000);
      return;
    }
  answer (self, ask, TRIAS_REASON_NOT_ACTIVE, whom_to_ask (self), 0);
}

/* --- requests --- */

void
sim_member_settle_early (SimMember *self, GPtrArray *asks)
{
  if (self->cluster->breaks != SIM_BREAK_EARLY_ANSWER)
    return;
  for (guint i = 0; i < asks->len; i++)
    if (((SimAsk *) g_ptr_array_index (asks, i))->kind == SIM_ASK_GRANT && self->early > 0)
      self->early--;
}

/* As if a leader answered as soon as it has decided, and not when the majority has it. */
static void
answer_early (SimMember *self, SimAsk *ask)
{
  g_autoptr (TriasPool) pool = NULL;

  if (ask->kind != SIM_ASK_GRANT || ask->client == SIM_DENIED)
    return;
  pool = trias_ledger_find_pool (self->ledger, "", "draw");
  if (pool == NULL || pool->used + self->early >= pool->seats
      || trias_ledger_find_lease (self->ledger, ask->id) != NULL
      || trias_ledger_has_tombstone (self->ledger, ask->id))
    return;
  self->early++;
  answer (self, ask, TRIAS_REASON_NONE, self->index + 1, SIM_TTL_S * 1000);
  ask->serial = 0;
}

void
sim_member_take (SimMember *self, SimAsk *ask)
{
  if (!sim_member_is_active (self))
    {
      sim_keeper_refuse (self, ask);
      sim_ask_free (ask);
      return;
    }
  SIM_SAY (self->cluster->world, "%u takes %u of client %u: %s", self->index + 1, ask->kind,
           ask->client, ask->id);
  if (self->cluster->breaks == SIM_BREAK_EARLY_ANSWER)
    answer_early (self, ask);
  g_queue_push_tail (&self->asks, ask);
}

static void
flush (SimMember *self)
{
  guint n = self->asks.length;
  g_autofree TriasJournalItem *items = NULL;
  g_autoptr (GBytes) entry = NULL;
  GPtrArray *asks;
  gsize length;
  const void *data;

  if (n == 0 || trias_raft_member_in_flight (self->engine->raft) >= IN_FLIGHT_MAX)
    return;
  items = g_new0 (TriasJournalItem, n);
  asks = g_ptr_array_new_full (n, sim_ask_free);
  for (guint i = 0; i < n; i++)
    {
      g_ptr_array_add (asks, g_queue_pop_head (&self->asks));
      items[i].command = sim_keeper_command (self, g_ptr_array_index (asks, i));
    }
  entry = trias_journal_encode (items, n);
  for (guint i = 0; i < n; i++)
    trias_command_free (items[i].command);
  data = g_bytes_get_data (entry, &length);
  trias_raft_member_append (self->engine->raft, data, length, asks);
}

/* --- turns --- */

gboolean
sim_member_is_active (SimMember *self)
{
  return self->engine != NULL && self->engine->raft != NULL && !self->changing
         && trias_raft_member_is_active (self->engine->raft);
}

static void
note_role (SimMember *self)
{
  SimEngine *engine = self->engine;
  gboolean active = sim_member_is_active (self);
  gboolean leading = raft_state (engine->io.io.data) == RAFT_LEADER;

  if (leading && !engine->leading)
    {
      SIM_SAY (self->cluster->world, "%u LEADS", self->index + 1);
      self->cluster->stats.elections++;
      engine->io.moment (&engine->io, SIM_MOMENT_LEADS);
    }
  if (active && !self->active)
    {
      SIM_SAY (self->cluster->world, "%u IS ACTIVE", self->index + 1);
      sim_keeper_begin (self);
      engine->io.moment (&engine->io, SIM_MOMENT_SERVES);
    }
  else if (!active && self->active)
    SIM_SAY (self->cluster->world, "%u is no longer active", self->index + 1);
  engine->leading = leading;
  self->active = active;
}

void
sim_member_refuse_waiting (SimMember *self)
{
  SimAsk *ask;

  while ((ask = g_queue_pop_head (&self->asks)) != NULL)
    {
      sim_keeper_refuse (self, ask);
      sim_ask_free (ask);
    }
}

static void
turn_engine (SimEngine *engine)
{
  if (engine == NULL || engine->raft == NULL)
    return;
  trias_raft_member_tick (engine->raft);
  sim_io_end_turn (&engine->io);
}

static void
end_turn (SimNode *node)
{
  SimMember *self = node->owner;

  turn_engine (self->lingering);
  turn_engine (self->engine);
  if (self->engine == NULL)
    return;
  note_role (self);
  if (self->failed)
    self->active = FALSE;
  if (self->active)
    {
      sim_keeper_check_due (self);
      flush (self);
      sim_io_end_turn (&self->engine->io);
      /* What was proposed may be applied at once, and be a seal. */
      self->active = sim_member_is_active (self);
    }
  else
    sim_member_refuse_waiting (self);
  sim_check_turn (self);
}

/* --- start and end --- */

static void
open_all (SimMember *self)
{
  self->failed = self->active = FALSE;
  self->early = 0;
  sim_keeper_load (self, self->base);
  if (self->base != NULL)
    {
      sim_check_base (self);
      sim_engine_open (self);
    }
  else if (self->engine != NULL)
    sim_engine_bury (g_steal_pointer (&self->engine));
  sim_change_start (self);
}

static void
close_all (SimMember *self, gboolean orderly)
{
  self->active = FALSE;
  self->node->life++;
  sim_change_end (self, orderly);
  sim_member_refuse_waiting (self);
  if (self->engine != NULL)
    sim_engine_close (self->engine, orderly);
  if (self->lingering != NULL)
    {
      sim_engine_close (self->lingering, orderly);
      sim_engine_bury (g_steal_pointer (&self->lingering));
    }
}

static void
reopen_cb (SimNode *node, gpointer data)
{
  SimMember *self = data;

  close_all (self, TRUE);
  open_all (self);
}

void
sim_member_fail (SimMember *self, const char *why)
{
  SIM_SAY (self->cluster->world, "%u: the engine failed: %s", self->index + 1, why);
  self->failed = TRUE;
  self->cluster->stats.failed++;
  sim_world_after (self->node, REOPEN_MS * SIM_MS, reopen_cb, self, NULL);
}

void
sim_member_start (SimMember *self)
{
  if (self->node->up)
    return;
  SIM_SAY (self->cluster->world, "%u starts", self->index + 1);
  self->node->up = TRUE;
  open_all (self);
}

static void
end (SimMember *self, gboolean orderly)
{
  if (!self->node->up)
    return;
  SIM_SAY (self->cluster->world, "%u %s", self->index + 1, orderly ? "stops" : "crashes");
  self->node->up = FALSE;
  self->node->frozen_until = self->node->busy_until = 0;
  if (!orderly && self->engine != NULL)
    sim_disk_crash (&self->engine->disk);
  if (!orderly && self->lingering != NULL)
    sim_disk_crash (&self->lingering->disk);
  close_all (self, orderly);
}

void
sim_member_crash (SimMember *self)
{
  end (self, FALSE);
}

void
sim_member_stop (SimMember *self)
{
  end (self, TRUE);
}

void
sim_member_set_disk (SimMember *self, gint64 slow, gboolean blocks, gboolean refuses)
{
  SimEngine *engines[] = { self->engine, self->lingering };

  self->slow = slow;
  self->blocks = blocks;
  self->refuses = refuses;
  for (guint i = 0; i < G_N_ELEMENTS (engines); i++)
    if (engines[i] != NULL)
      {
        engines[i]->disk.slow = slow;
        engines[i]->disk.blocks = blocks;
        engines[i]->disk.refuses = refuses;
      }
}

void
sim_member_init (SimMember *self, SimCluster *cluster, guint index)
{
  self->cluster = cluster;
  self->node = &cluster->world->nodes[index];
  self->index = index;
  self->node->owner = self;
  self->node->end_turn = end_turn;
  self->node->up = FALSE;
  self->random = sim_random_stream (cluster->world->seed, STREAM_STORES + index);
  if (index < SIM_MEMBERS)
    self->base = g_bytes_ref (sim_keeper_first_base ());
  g_queue_init (&self->asks);
}

void
sim_member_clear (SimMember *self)
{
  sim_member_crash (self);
  if (self->engine != NULL)
    sim_engine_bury (g_steal_pointer (&self->engine));
  g_clear_pointer (&self->base, g_bytes_unref);
  g_clear_pointer (&self->ledger, trias_ledger_free);
  g_clear_pointer (&self->leases, trias_lease_clock_free);
}
