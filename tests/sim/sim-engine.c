/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-cluster.h"

#include <string.h>

#include "server/journal/raft/trias-raft-marks.h"

/* The engine of one incarnation on its simulated machine. When the incarnation ends it goes on for
 * a moment, as the keeper lets it, so that the others learn that the seal was committed. */

#define TURN_MS 20
#define LINGER_MS 2000

/* --- what the engine calls --- */

static gint64
boot_cb (gpointer user_data)
{
  return sim_node_boot (((SimEngine *) user_data)->member->node);
}

static void
refuse_all (SimMember *self, GPtrArray *asks)
{
  for (guint i = 0; i < asks->len; i++)
    sim_keeper_refuse (self, g_ptr_array_index (asks, i));
}

static void
apply_cb (
    guint64 term, guint64 index, const void *data, gsize length, gpointer tag, gpointer user_data)
{
  SimEngine *engine = user_data;
  SimMember *self = engine->member;
  g_autoptr (GPtrArray) asks = tag;

  SIM_SAY (self->cluster->world, "%u applies %" G_GUINT64_FORMAT "/t%" G_GUINT64_FORMAT "%s%s",
           self->index + 1, index, term, asks != NULL ? ", its own" : "",
           engine->left ? ", for nobody" : "");
  if (index <= engine->applied)
    sim_world_violate (self->cluster->world,
                       "server %u applies %" G_GUINT64_FORMAT " after %" G_GUINT64_FORMAT,
                       self->index + 1, index, engine->applied);
  sim_check_entry (engine, index, data, length);
  engine->applied = index;
  if (asks != NULL)
    sim_member_settle_early (self, asks);
  if (!engine->left)
    sim_keeper_apply (self, data, length, asks);
  else if (asks != NULL)
    refuse_all (self, asks);
}

static void
refused_cb (gpointer tag, gboolean unknown, gpointer user_data)
{
  SimMember *self = ((SimEngine *) user_data)->member;
  g_autoptr (GPtrArray) asks = tag;

  sim_member_settle_early (self, asks);
  refuse_all (self, asks);
}

/* After the seal there is nothing to keep. */
static GBytes *
snapshot_cb (gpointer user_data)
{
  SimEngine *engine = user_data;

  return engine->left || engine->member->changing ? NULL : sim_keeper_snapshot (engine->member);
}

static gboolean
restore_cb (GBytes *state, guint64 term, guint64 index, gpointer user_data, GError **error)
{
  SimEngine *engine = user_data;
  SimMember *self = engine->member;

  SIM_SAY (self->cluster->world, "%u restores a snapshot up to %" G_GUINT64_FORMAT, self->index + 1,
           index);
  engine->applied = index;
  if (engine->left || self->changing)
    return TRUE;
  if (!sim_keeper_restore (self, state, error))
    return FALSE;
  if (self->active)
    sim_keeper_begin (self);
  sim_change_follow (self);
  return TRUE;
}

static void
changed_cb (gpointer user_data)
{
}

typedef struct
{
  SimMember *to;
  guint64 incarnation;
  guint from;
  gsize length;
  guint8 data[];
} Note;

static void
note_arrives (SimNode *node, gpointer data)
{
  Note *note = data;
  SimEngine *engines[] = { note->to->engine, note->to->lingering };

  for (guint i = 0; i < G_N_ELEMENTS (engines); i++)
    if (engines[i] != NULL && engines[i]->raft != NULL
        && engines[i]->incarnation == note->incarnation)
      trias_raft_member_receive_note (engines[i]->raft, note->from, note->data, note->length);
  g_free (note);
}

static void
note_cb (guint to_slot, const void *data, gsize length, gpointer user_data)
{
  SimEngine *engine = user_data;
  SimCluster *cluster = engine->member->cluster;
  Note *note;

  if (engine->disk.dead || engine->left)
    return;
  note = g_malloc (sizeof *note + length);
  note->to = &cluster->members[engine->io.route[to_slot - 1]];
  note->incarnation = engine->incarnation;
  note->from = engine->slot;
  note->length = length;
  memcpy (note->data, data, length);
  sim_net_send (&cluster->net, engine->member->node, note->to->node, FALSE, note_arrives, note,
                g_free);
}

static void
keep_marks_cb (GBytes *marks, gpointer user_data)
{
  SimEngine *engine = user_data;

  if (!engine->disk.dead)
    sim_disk_put_marks (&engine->disk, marks);
}

static void
failed_cb (const char *why, gpointer user_data)
{
  SimEngine *engine = user_data;

  if (!engine->left)
    sim_member_fail (engine->member, why);
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

/* --- open --- */

static void
moment_cb (SimIo *io, SimMoment moment)
{
  SimEngine *engine = io->owner;
  SimCluster *cluster = engine->member->cluster;

  if (cluster->moment != NULL && !engine->left)
    cluster->moment (cluster, engine->member->index, moment);
}

/* Once it has started the engine's own ticks are turns enough. */
static void
turn_cb (SimNode *node, gpointer data)
{
  SimEngine *engine = data;

  if (engine->raft != NULL && engine->io.tick == NULL)
    sim_world_after (node, TURN_MS * SIM_MS, turn_cb, engine, NULL);
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

static SimEngine *
engine_new (SimMember *self, guint64 incarnation)
{
  SimEngine *engine = g_new0 (SimEngine, 1);

  engine->member = self;
  engine->incarnation = incarnation;
  sim_disk_init (&engine->disk, self->node, incarnation);
  return engine;
}

/* A log of an incarnation that is past is not opened any more. */
static SimEngine *
take_log (SimMember *self, guint64 incarnation)
{
  if (self->engine != NULL && self->engine->incarnation == incarnation)
    return self->engine;
  if (self->engine != NULL)
    sim_engine_bury (self->engine);
  self->engine = engine_new (self, incarnation);
  return self->engine;
}

SimImage *
sim_engine_log (SimMember *self, guint64 incarnation)
{
  return &take_log (self, incarnation)->disk.image;
}

static void
set_up_io (SimEngine *engine, const SimSeats *seats)
{
  SimMember *self = engine->member;
  SimCluster *cluster = self->cluster;

  sim_io_init (&engine->io, self->node, &cluster->net, &engine->disk, cluster->peers);
  engine->io.moment = moment_cb;
  engine->io.owner = engine;
  engine->io.incarnation = seats->incarnation;
  for (guint i = 0; i < SIM_MEMBERS; i++)
    {
      engine->io.route[i] = seats->servers[i];
      if (seats->servers[i] == self->index)
        engine->slot = i + 1;
    }
  cluster->peers[self->index] = &engine->io;
}

void
sim_engine_open (SimMember *self)
{
  SimCluster *cluster = self->cluster;
  g_autoptr (GError) error = NULL;
  TriasRaftConfig config;
  SimEngine *engine;
  SimSeats seats;

  sim_change_seats (self, &seats);
  engine = take_log (self, seats.incarnation);
  sim_member_set_disk (self, self->slow, self->blocks, self->refuses);
  engine->leading = FALSE;
  engine->committed = engine->applied = 0;
  set_up_io (engine, &seats);
  config = (TriasRaftConfig){
    .slot = engine->slot,
    .election_ms = cluster->election_ms,
    .heartbeat_ms = cluster->election_ms / 6,
    .hold_down_ms = SIM_HOLD_DOWN_MS,
    .automatic = !cluster->manual,
    .fresh = !engine->begun,
    .snapshot_threshold = 40,
    .snapshot_trailing = 10,
    .left_out = left_out (cluster->breaks),
  };
  /* Written while nothing else happens, before there is a log again. */
  if (!config.fresh && engine->disk.image.term == 0)
    {
      g_autoptr (GBytes) saved = engine->disk.image.marks;

      engine->disk.image.marks = trias_raft_marks_blank (saved);
    }
  engine->raft = trias_raft_member_new (&engine->io.io, &config, engine->disk.image.marks,
                                        &raft_client, engine, &error);
  g_assert_no_error (error);
  engine->begun = TRUE;
  if (!trias_raft_member_start (engine->raft, &error))
    sim_member_fail (self, error->message);
  sim_world_after (self->node, TURN_MS * SIM_MS, turn_cb, engine, NULL);
}

/* --- close --- */

static void
closed_cb (gpointer user_data)
{
}

void
sim_engine_close (SimEngine *engine, gboolean orderly)
{
  SimMember *self = engine->member;

  if (engine->raft == NULL)
    return;
  self->cluster->peers[self->index + (engine->left ? SIM_SERVERS : 0)] = NULL;
  trias_raft_member_close (g_steal_pointer (&engine->raft), closed_cb, engine);
  sim_io_finish (&engine->io, orderly);
}

void
sim_engine_bury (SimEngine *engine)
{
  sim_engine_close (engine, TRUE);
  g_ptr_array_add (engine->member->cluster->buried, engine);
}

static void
linger_cb (SimNode *node, gpointer data)
{
  SimEngine *engine = data;

  if (engine->member->lingering == engine)
    sim_engine_bury (g_steal_pointer (&engine->member->lingering));
}

void
sim_engine_leave (SimMember *self)
{
  SimEngine *engine = g_steal_pointer (&self->engine);

  if (self->lingering != NULL)
    sim_engine_bury (g_steal_pointer (&self->lingering));
  self->cluster->peers[self->index] = NULL;
  self->cluster->peers[self->index + SIM_SERVERS] = &engine->io;
  engine->left = TRUE;
  self->lingering = engine;
  sim_world_after (self->node, LINGER_MS * SIM_MS, linger_cb, engine, NULL);
}
