/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/journal/trias-journal.h"
#include "sim-cluster.h"

#include <string.h>

/* A member of the triad: the engine on its simulated machine, and who asks it for what. */

#define TURN_MS 20
#define IN_FLIGHT_MAX 2
#define REOPEN_MS 100

static void
ask_free (gpointer ask)
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

  if (ask->client >= SIM_CLIENTS || self->disk.dead)
    return;
  letter = g_slice_new0 (Letter);
  letter->client = &self->cluster->clients[ask->client];
  letter->answer.serial = ask->serial;
  letter->answer.kind = ask->kind;
  letter->answer.sent = ask->sent;
  letter->answer.reason = reason;
  letter->answer.hint = hint;
  letter->answer.left = left;
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

  answer (self, ask, outcome->reason, self->slot,
          timer != NULL ? MAX (timer->told - sim_node_boot (self->node), 0) : 0);
}

void
sim_keeper_refuse (SimMember *self, const SimAsk *ask)
{
  TriasRaftStatus status = { 0 };

  if (ask->client >= SIM_CLIENTS)
    {
      if (ask->kind == SIM_ASK_EXPIRE)
        trias_lease_clock_push_back (self->leases, ask->id, sim_node_boot (self->node) + 1000);
      return;
    }
  if (self->engine != NULL)
    trias_raft_member_get_status (self->engine, &status);
  answer (self, ask, TRIAS_REASON_NOT_ACTIVE, status.leader != self->slot ? status.leader : 0, 0);
}

/* --- what the engine calls --- */

static gint64
boot_cb (gpointer user_data)
{
  return sim_node_boot (((SimMember *) user_data)->node);
}

static void
settle_early (SimMember *self, GPtrArray *asks)
{
  if (self->cluster->breaks != SIM_BREAK_EARLY_ANSWER)
    return;
  for (guint i = 0; i < asks->len; i++)
    if (((SimAsk *) g_ptr_array_index (asks, i))->kind == SIM_ASK_GRANT && self->early > 0)
      self->early--;
}

static void
apply_cb (
    guint64 term, guint64 index, const void *data, gsize length, gpointer tag, gpointer user_data)
{
  SimMember *self = user_data;
  g_autoptr (GPtrArray) asks = tag;

  SIM_SAY (self->cluster->world, "%u applies %" G_GUINT64_FORMAT "/t%" G_GUINT64_FORMAT "%s",
           self->slot, index, term, asks != NULL ? ", its own" : "");
  if (index <= self->applied)
    sim_world_violate (self->cluster->world,
                       "member %u applies %" G_GUINT64_FORMAT " after %" G_GUINT64_FORMAT,
                       self->slot, index, self->applied);
  sim_check_entry (self, index, data, length);
  self->applied = index;
  if (asks != NULL)
    settle_early (self, asks);
  sim_keeper_apply (self, data, length, asks);
}

static void
refused_cb (gpointer tag, gboolean unknown, gpointer user_data)
{
  SimMember *self = user_data;
  g_autoptr (GPtrArray) asks = tag;

  settle_early (self, asks);
  for (guint i = 0; i < asks->len; i++)
    sim_keeper_refuse (self, g_ptr_array_index (asks, i));
}

static GBytes *
snapshot_cb (gpointer user_data)
{
  return sim_keeper_snapshot (user_data);
}

static gboolean
restore_cb (GBytes *state, guint64 term, guint64 index, gpointer user_data, GError **error)
{
  SimMember *self = user_data;

  SIM_SAY (self->cluster->world, "%u restores a snapshot up to %" G_GUINT64_FORMAT, self->slot,
           index);
  self->applied = index;
  if (!sim_keeper_restore (self, state, error))
    return FALSE;
  if (self->active)
    sim_keeper_begin (self);
  return TRUE;
}

static void
changed_cb (gpointer user_data)
{
}

typedef struct
{
  SimMember *to;
  guint from;
  gsize length;
  guint8 data[];
} Note;

static void
note_arrives (SimNode *node, gpointer data)
{
  Note *note = data;

  if (note->to->engine != NULL)
    trias_raft_member_receive_note (note->to->engine, note->from, note->data, note->length);
  g_free (note);
}

static void
note_cb (guint to_slot, const void *data, gsize length, gpointer user_data)
{
  SimMember *self = user_data;
  Note *note;

  if (self->disk.dead)
    return;
  note = g_malloc (sizeof *note + length);
  note->to = &self->cluster->members[to_slot - 1];
  note->from = self->slot;
  note->length = length;
  memcpy (note->data, data, length);
  sim_net_send (&self->cluster->net, self->node, note->to->node, FALSE, note_arrives, note, g_free);
}

static void
keep_marks_cb (GBytes *marks, gpointer user_data)
{
  SimMember *self = user_data;

  if (!self->disk.dead)
    sim_disk_put_marks (&self->disk, marks);
}

static void reopen_cb (SimNode *node, gpointer data);

static void
failed_cb (const char *why, gpointer user_data)
{
  SimMember *self = user_data;

  SIM_SAY (self->cluster->world, "%u: the engine failed: %s", self->slot, why);
  self->failed = TRUE;
  self->cluster->stats.failed++;
  sim_world_after (self->node, REOPEN_MS * SIM_MS, reopen_cb, self, NULL);
}

static const TriasRaftClient raft_client = {
  .boot = boot_cb,
  .apply = apply_cb,
  .refused = refused_cb,
  .snapshot = snapshot_cb,
  .restore = restore_cb,
  .changed = changed_cb,
  .note = note_cb,
  .keep_marks = keep_marks_cb,
  .failed = failed_cb,
};

/* --- requests --- */

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
  answer (self, ask, TRIAS_REASON_NONE, self->slot, SIM_TTL_S * 1000);
  ask->serial = 0;
}

void
sim_member_take (SimMember *self, SimAsk *ask)
{
  if (self->engine == NULL || !trias_raft_member_is_active (self->engine))
    {
      sim_keeper_refuse (self, ask);
      ask_free (ask);
      return;
    }
  SIM_SAY (self->cluster->world, "%u takes %u of client %u: %s", self->slot, ask->kind, ask->client,
           ask->id);
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

  if (n == 0 || trias_raft_member_in_flight (self->engine) >= IN_FLIGHT_MAX)
    return;
  items = g_new0 (TriasJournalItem, n);
  asks = g_ptr_array_new_full (n, ask_free);
  for (guint i = 0; i < n; i++)
    {
      g_ptr_array_add (asks, g_queue_pop_head (&self->asks));
      items[i].command = sim_keeper_command (self, g_ptr_array_index (asks, i));
    }
  entry = trias_journal_encode (items, n);
  for (guint i = 0; i < n; i++)
    trias_command_free (items[i].command);
  data = g_bytes_get_data (entry, &length);
  trias_raft_member_append (self->engine, data, length, asks);
}

/* --- turns --- */

gboolean
sim_member_is_active (SimMember *self)
{
  return self->engine != NULL && trias_raft_member_is_active (self->engine);
}

static void
note_role (SimMember *self)
{
  gboolean active = trias_raft_member_is_active (self->engine);
  gboolean leading = raft_state (self->io.io.data) == RAFT_LEADER;

  if (leading && !self->leading)
    {
      SIM_SAY (self->cluster->world, "%u LEADS", self->slot);
      self->cluster->stats.elections++;
      self->io.moment (&self->io, SIM_MOMENT_LEADS);
    }
  if (active && !self->active)
    {
      SIM_SAY (self->cluster->world, "%u IS ACTIVE", self->slot);
      sim_keeper_begin (self);
      self->io.moment (&self->io, SIM_MOMENT_SERVES);
    }
  else if (!active && self->active)
    SIM_SAY (self->cluster->world, "%u is no longer active", self->slot);
  self->leading = leading;
  self->active = active;
}

static void
refuse_waiting (SimMember *self)
{
  SimAsk *ask;

  while ((ask = g_queue_pop_head (&self->asks)) != NULL)
    {
      sim_keeper_refuse (self, ask);
      ask_free (ask);
    }
}

static void
end_turn (SimNode *node)
{
  SimMember *self = node->owner;

  if (self->engine == NULL)
    return;
  trias_raft_member_tick (self->engine);
  sim_io_end_turn (&self->io);
  note_role (self);
  if (self->failed)
    self->active = FALSE;
  if (self->active)
    {
      sim_keeper_check_due (self);
      flush (self);
      sim_io_end_turn (&self->io);
    }
  else
    refuse_waiting (self);
  sim_check_turn (self);
}

static void
turn_cb (SimNode *node, gpointer data)
{
  SimMember *self = data;

  /* Once it has started the engine's own ticks are turns enough. */
  if (self->io.tick == NULL)
    sim_world_after (node, TURN_MS * SIM_MS, turn_cb, self, NULL);
}

/* --- start and end --- */

static void
moment_cb (SimIo *io, SimMoment moment)
{
  SimMember *self = io->owner;

  if (self->cluster->moment != NULL)
    self->cluster->moment (self->cluster, self->slot - 1, moment);
}

static guint
left_out (SimBreak breaks)
{
  static const guint rules[SIM_N_BREAKS] = {
    [SIM_BREAK_GUARD_1] = TRIAS_RAFT_NO_BARRIER | TRIAS_RAFT_NO_WITHHOLD,
    [SIM_BREAK_WITHHOLD] = TRIAS_RAFT_NO_WITHHOLD,
    [SIM_BREAK_GUARD_2] = TRIAS_RAFT_NO_VERIFIED,
    [SIM_BREAK_LEASE] = TRIAS_RAFT_NO_LEASE,
    [SIM_BREAK_TRANSFER_LEASE] = TRIAS_RAFT_LEASE_KEPT,
    [SIM_BREAK_TERTIARY] = TRIAS_RAFT_TERTIARY_SERVES,
    [SIM_BREAK_PERMIT] = TRIAS_RAFT_NO_PERMIT,
    [SIM_BREAK_BLANK_VOTES] = TRIAS_RAFT_NO_MARKS,
    [SIM_BREAK_OLD_IMAGE_VOTES] = TRIAS_RAFT_NO_MARKS,
    [SIM_BREAK_STICKY] = TRIAS_RAFT_NO_STICKY,
    [SIM_BREAK_START_WAIT] = TRIAS_RAFT_NO_START_WAIT,
  };

  return rules[breaks];
}

static void
open_engine (SimMember *self)
{
  TriasRaftConfig config = {
    .slot = self->slot,
    .election_ms = self->cluster->election_ms,
    .heartbeat_ms = self->cluster->election_ms / 6,
    .hold_down_ms = SIM_HOLD_DOWN_MS,
    .automatic = !self->cluster->manual,
    .snapshot_threshold = 40,
    .snapshot_trailing = 10,
    .left_out = left_out (self->cluster->breaks),
  };
  g_autoptr (GError) error = NULL;

  sim_keeper_new_ledger (self);
  self->failed = self->active = self->leading = FALSE;
  self->early = 0;
  self->committed = 0;
  sim_io_init (&self->io, self->node, &self->cluster->net, &self->disk, self->cluster->peers);
  self->io.moment = moment_cb;
  self->io.owner = self;
  self->engine = trias_raft_member_new (&self->io.io, &config, self->disk.image.marks, &raft_client,
                                        self, &error);
  g_assert_no_error (error);
  self->cluster->peers[self->slot - 1] = &self->io;
  if (!trias_raft_member_start (self->engine, &error))
    failed_cb (error->message, self);
  sim_world_after (self->node, TURN_MS * SIM_MS, turn_cb, self, NULL);
}

static void
closed_cb (gpointer user_data)
{
}

static void
close_engine (SimMember *self, gboolean orderly)
{
  self->cluster->peers[self->slot - 1] = NULL;
  self->active = FALSE;
  self->node->life++;
  refuse_waiting (self);
  trias_raft_member_close (g_steal_pointer (&self->engine), closed_cb, self);
  sim_io_finish (&self->io, orderly);
}

static void
reopen_cb (SimNode *node, gpointer data)
{
  SimMember *self = data;

  close_engine (self, TRUE);
  open_engine (self);
}

void
sim_member_start (SimMember *self)
{
  if (self->node->up)
    return;
  SIM_SAY (self->cluster->world, "%u starts", self->slot);
  self->node->up = TRUE;
  open_engine (self);
}

static void
end (SimMember *self, gboolean orderly)
{
  if (!self->node->up)
    return;
  SIM_SAY (self->cluster->world, "%u %s", self->slot, orderly ? "stops" : "crashes");
  self->node->up = FALSE;
  self->node->frozen_until = self->node->busy_until = 0;
  if (!orderly)
    sim_disk_crash (&self->disk);
  close_engine (self, orderly);
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
sim_member_init (SimMember *self, SimCluster *cluster, guint index)
{
  self->cluster = cluster;
  self->node = &cluster->world->nodes[index];
  self->slot = index + 1;
  self->node->owner = self;
  self->node->end_turn = end_turn;
  self->node->up = FALSE;
  g_queue_init (&self->asks);
  sim_disk_init (&self->disk, self->node);
}

void
sim_member_clear (SimMember *self)
{
  sim_member_crash (self);
  sim_disk_clear (&self->disk);
  g_clear_pointer (&self->ledger, trias_ledger_free);
  g_clear_pointer (&self->leases, trias_lease_clock_free);
}
