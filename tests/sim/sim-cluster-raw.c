/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/journal/raft/trias-raft-rank.h"
#include "sim-cluster-raw.h"

#include <string.h>

#define ELECTION_MS 300
#define HEARTBEAT_MS 50

static int
fsm_apply (struct raft_fsm *fsm, const struct raft_buffer *buf, void **result)
{
  RawMember *member = fsm->data;

  g_string_append_c (member->letters, *(const char *) buf->base);
  *result = NULL;
  return 0;
}

static int
fsm_snapshot (struct raft_fsm *fsm, struct raft_buffer *bufs[], unsigned *n_bufs)
{
  RawMember *member = fsm->data;
  struct raft_buffer *buffer = raft_malloc (sizeof *buffer);

  buffer->len = MAX (member->letters->len, 1);
  buffer->base = raft_calloc (1, buffer->len);
  memcpy (buffer->base, member->letters->str, member->letters->len);
  *bufs = buffer;
  *n_bufs = 1;
  return 0;
}

static int
fsm_restore (struct raft_fsm *fsm, struct raft_buffer *buf)
{
  RawMember *member = fsm->data;

  g_string_truncate (member->letters, 0);
  g_string_append_len (member->letters, buf->base, (gssize) buf->len);
  raft_free (buf->base);
  return 0;
}

static void
end_turn (SimNode *node)
{
  RawMember *member = node->owner;

  sim_io_end_turn (&member->io);
}

static void
failed_cb (int status, gpointer user_data)
{
  ((RawMember *) user_data)->failures++;
}

static int
draws_cb (int min, int max, gpointer user_data)
{
  RawMember *member = user_data;

  if (member->io.timeout != 0)
    return member->io.timeout;
  return (int) trias_raft_rank_timeout ((guint) member->raft.id, (guint) min,
                                        (guint) sim_random_between (&member->io.random, 0, min));
}

static const TriasRaftHooks hooks = { .draws = draws_cb, .failed = failed_cb };

void
raw_start (RawCluster *self, guint i)
{
  RawMember *member = &self->members[i];
  SimNode *node = &self->world->nodes[i];
  struct raft_configuration configuration;
  int rv;

  g_string_truncate (member->letters, 0);
  node->up = TRUE;
  sim_io_init (&member->io, node, &self->net, &member->disk, self->peers);
  member->fsm = (struct raft_fsm){ 1, member, fsm_apply, fsm_snapshot, fsm_restore, NULL, NULL };
  memset (&member->raft, 0, sizeof member->raft);
  g_assert_cmpint (raft_init (&member->raft, &member->io.io, &member->fsm, i + 1, "x"), ==, 0);
  if (self->guarded)
    trias_raft_guard_init (&member->guard, &member->raft, 0, &hooks, member);
  raft_set_election_timeout (&member->raft, ELECTION_MS);
  raft_set_heartbeat_timeout (&member->raft, HEARTBEAT_MS);
  raft_set_pre_vote (&member->raft, true);
  raft_set_snapshot_threshold (&member->raft, 64);
  raft_set_snapshot_trailing (&member->raft, 16);
  raft_set_install_snapshot_timeout (&member->raft, 1000);
  raft_configuration_init (&configuration);
  for (raft_id id = 1; id <= SIM_MEMBERS; id++)
    {
      char address[] = { (char) ('0' + id), '\0' };

      raft_configuration_add (&configuration, id, address, RAFT_VOTER);
    }
  rv = raft_bootstrap (&member->raft, &configuration);
  g_assert_true (rv == 0 || rv == RAFT_CANTBOOTSTRAP);
  raft_configuration_close (&configuration);
  g_assert_cmpint (raft_start (&member->raft), ==, 0);
  self->peers[i] = &member->io;
  member->running = TRUE;
}

static void
stop (RawCluster *self, guint i)
{
  RawMember *member = &self->members[i];

  if (!member->running)
    return;
  self->peers[i] = NULL;
  self->world->nodes[i].up = FALSE;
  self->world->nodes[i].life++;
  raft_close (&member->raft, NULL);
  sim_io_finish (&member->io, FALSE);
  member->running = FALSE;
}

void
raw_crash (RawCluster *self, guint i)
{
  sim_disk_crash (&self->members[i].disk);
  stop (self, i);
}

RawCluster *
raw_cluster_new (guint64 seed, gboolean guarded)
{
  RawCluster *self = g_new0 (RawCluster, 1);

  self->world = sim_world_new (seed);
  self->guarded = guarded;
  sim_net_init (&self->net, self->world);
  for (guint i = 0; i < SIM_MEMBERS; i++)
    {
      self->members[i].letters = g_string_new (NULL);
      self->world->nodes[i].owner = &self->members[i];
      self->world->nodes[i].end_turn = end_turn;
      sim_disk_init (&self->members[i].disk, &self->world->nodes[i], 0);
      raw_start (self, i);
    }
  return self;
}

void
raw_cluster_free (RawCluster *self)
{
  for (guint i = 0; i < SIM_MEMBERS; i++)
    {
      stop (self, i);
      sim_disk_clear (&self->members[i].disk);
      g_string_free (self->members[i].letters, TRUE);
    }
  sim_net_clear (&self->net);
  sim_world_free (self->world);
  g_free (self);
}

typedef struct
{
  struct raft_apply request;
  RawCluster *cluster;
} Proposal;

static void
applied_cb (struct raft_apply *request, int status, void *result)
{
  Proposal *proposal = (Proposal *) request;

  if (status == 0)
    proposal->cluster->n_committed++;
  g_free (proposal);
}

gboolean
raw_propose (RawCluster *self, guint i, char letter)
{
  Proposal *proposal = g_new0 (Proposal, 1);
  struct raft_buffer buffer = { raft_calloc (1, 8), 8 };

  *(char *) buffer.base = letter;
  proposal->cluster = self;
  if (raft_apply (&self->members[i].raft, &proposal->request, &buffer, 1, applied_cb) != 0)
    {
      raft_free (buffer.base);
      g_free (proposal);
      return FALSE;
    }
  end_turn (&self->world->nodes[i]);
  return TRUE;
}

void
raw_cut (RawCluster *self, guint a, guint b)
{
  sim_net_cut (&self->net, a, b, TRUE);
  sim_net_cut (&self->net, b, a, TRUE);
}

void
raw_heal (RawCluster *self, guint a, guint b)
{
  sim_net_heal (&self->net, a, b);
  sim_net_heal (&self->net, b, a);
}

void
raw_run (RawCluster *self, guint ms)
{
  sim_world_run (self->world, self->world->now + ms * SIM_MS);
}

guint
raw_leader (RawCluster *self)
{
  guint leader = SIM_MEMBERS;
  raft_term term = 0;

  for (guint i = 0; i < SIM_MEMBERS; i++)
    if (self->members[i].running && raft_state (&self->members[i].raft) == RAFT_LEADER
        && self->members[i].raft.current_term > term)
      {
        leader = i;
        term = self->members[i].raft.current_term;
      }
  return leader;
}

void
raw_prefer (RawCluster *self, guint i)
{
  for (guint k = 0; k < SIM_MEMBERS; k++)
    {
      struct raft *raft = &self->members[k].raft;
      int timeout = k == i ? ELECTION_MS : ELECTION_MS * 19 / 10;

      self->members[k].io.timeout = timeout;
      /* With pre-vote the one whose leader is gone last would win. */
      raft_set_pre_vote (raft, false);
      if (raft_state (raft) == RAFT_FOLLOWER)
        raft->follower_state.randomized_election_timeout = (unsigned) timeout;
      else if (raft_state (raft) == RAFT_CANDIDATE)
        raft->candidate_state.randomized_election_timeout = (unsigned) timeout;
    }
}

gboolean
raw_until_leads (RawCluster *self, guint i, guint ms)
{
  for (guint k = 0; k < ms && raw_leader (self) != i; k++)
    raw_run (self, 1);
  return raw_leader (self) == i;
}
