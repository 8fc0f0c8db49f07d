/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-cluster-raw.h"

#include <string.h>

/* The simulated disk, network and clock under the real libraft: what a cluster does on them. */

static void
propose_many (RawCluster *cluster, guint n)
{
  for (guint k = 0; k < n; k++)
    {
      g_assert_true (raw_propose (cluster, raw_leader (cluster), (char) ('A' + k % 26)));
      raw_run (cluster, 5);
    }
}

static void
assert_equal (RawCluster *cluster)
{
  for (guint i = 1; i < SIM_MEMBERS; i++)
    g_assert_cmpstr (cluster->members[i].letters->str, ==, cluster->members[0].letters->str);
}

static void
test_elects_and_replicates (void)
{
  RawCluster *cluster = raw_cluster_new (1, FALSE);

  raw_run (cluster, 2000);
  g_assert_cmpuint (raw_leader (cluster), <, SIM_MEMBERS);
  propose_many (cluster, 10);
  raw_run (cluster, 200);
  g_assert_cmpuint (cluster->n_committed, ==, 10);
  g_assert_cmpstr (cluster->members[0].letters->str, ==, "ABCDEFGHIJ");
  assert_equal (cluster);
  raw_cluster_free (cluster);
}

static void
test_survives_crashes (void)
{
  RawCluster *cluster = raw_cluster_new (2, FALSE);

  for (guint round = 0; round < 6; round++)
    {
      guint leader;

      raw_run (cluster, 2000);
      leader = raw_leader (cluster);
      g_assert_cmpuint (leader, <, SIM_MEMBERS);
      /* More than the threshold: snapshots are made, and sent to the one that missed them. */
      propose_many (cluster, 40);
      g_assert_true (raw_propose (cluster, leader, 'z'));
      raw_crash (cluster, leader);
      raw_run (cluster, 2000);
      g_assert_cmpuint (raw_leader (cluster), <, SIM_MEMBERS);
      propose_many (cluster, 100);
      raw_start (cluster, leader);
    }
  raw_run (cluster, 5000);
  assert_equal (cluster);
  g_assert_cmpuint (cluster->n_committed, >=, 6 * 140);
  g_assert_nonnull (cluster->members[0].disk.image.snapshot);
  raw_cluster_free (cluster);
}

static void
test_all_crash (void)
{
  RawCluster *cluster = raw_cluster_new (3, FALSE);
  g_autofree char *before = NULL;

  raw_run (cluster, 2000);
  propose_many (cluster, 30);
  before = g_strdup (cluster->members[raw_leader (cluster)].letters->str);
  for (guint i = 0; i < SIM_MEMBERS; i++)
    raw_crash (cluster, i);
  raw_run (cluster, 100);
  for (guint i = 0; i < SIM_MEMBERS; i++)
    raw_start (cluster, i);
  raw_run (cluster, 3000);
  /* Entries of the old term count as committed once a newer one follows. */
  propose_many (cluster, 1);
  raw_run (cluster, 300);
  g_assert_true (g_str_has_prefix (cluster->members[0].letters->str, before));
  assert_equal (cluster);
  raw_cluster_free (cluster);
}

static void
test_repeats (void)
{
  g_autofree char *first = NULL;

  for (guint run = 0; run < 2; run++)
    {
      RawCluster *cluster = raw_cluster_new (99, FALSE);
      g_autofree char *trace = NULL;

      cluster->world->verbose = TRUE;
      cluster->net.links[0][1].loss = 20;
      raw_run (cluster, 2000);
      propose_many (cluster, 20);
      raw_crash (cluster, raw_leader (cluster));
      raw_run (cluster, 2000);
      trace = g_strdup (cluster->world->trace->str);
      if (first == NULL)
        first = g_steal_pointer (&trace);
      else
        g_assert_cmpstr (trace, ==, first);
      raw_cluster_free (cluster);
    }
}

static void
test_clocks (void)
{
  SimWorld *world = sim_world_new (5);
  SimNode *node = &world->nodes[0];
  gint64 boot = sim_node_boot (node), monotonic = sim_node_monotonic (node);

  sim_node_freeze (node, 500 * SIM_MS, TRUE);
  sim_world_run (world, 1000 * SIM_MS);
  g_assert_cmpint (ABS (sim_node_boot (node) - boot - 1000), <=, 4);
  g_assert_cmpint (ABS (sim_node_monotonic (node) - monotonic - 500), <=, 4);
  sim_world_free (world);
}

/* The defect that the guards are for: an entry of an old term counts as committed on the strength
 * of replicas, and a member without it is elected afterwards. */
static void
test_old_term_is_lost (void)
{
  RawCluster *cluster = raw_cluster_new (7, FALSE);
  RawMember *a;
  guint i, j, k;

  raw_run (cluster, 2000);
  i = raw_leader (cluster);
  j = (i + 1) % SIM_MEMBERS;
  k = (i + 2) % SIM_MEMBERS;
  a = &cluster->members[i];
  propose_many (cluster, 1);
  raw_run (cluster, 200);
  /* i has X alone; j wins a newer term and has Y alone. */
  raw_cut (cluster, i, j);
  raw_cut (cluster, i, k);
  g_assert_true (raw_propose (cluster, i, 'X'));
  raw_run (cluster, 20);
  raw_prefer (cluster, j);
  g_assert_true (raw_until_leads (cluster, j, 5000));
  raw_cut (cluster, j, k);
  g_assert_true (raw_propose (cluster, j, 'Y'));
  raw_run (cluster, 1000);
  /* i leads again with k, which gets X: the majority has it, but nothing of the new term. */
  raw_heal (cluster, i, k);
  raw_prefer (cluster, i);
  g_assert_true (raw_until_leads (cluster, i, 10000));
  raw_run (cluster, 300);
  g_assert_nonnull (strchr (a->letters->str, 'X'));
  /* j is elected all the same, because its last entry is of a newer term. */
  raw_crash (cluster, i);
  raw_heal (cluster, j, k);
  raw_prefer (cluster, j);
  g_assert_true (raw_until_leads (cluster, j, 10000));
  raw_run (cluster, 300);
  g_assert_null (strchr (cluster->members[j].letters->str, 'X'));
  raw_cluster_free (cluster);
}

/* Another defect that needs a guard: a follower takes entries that lie before its snapshot for new
 * ones, if a leader whose log begins at 1 sends it everything, and does not survive it. */
static void
send_from_the_start (gboolean guarded)
{
  RawCluster *cluster = raw_cluster_new (8, guarded);
  guint i, j, k;

  raw_run (cluster, 2000);
  i = raw_leader (cluster);
  j = (i + 1) % SIM_MEMBERS;
  k = (i + 2) % SIM_MEMBERS;
  /* j makes a snapshot early, k does not yet. */
  raft_set_snapshot_threshold (&cluster->members[j].raft, 20);
  raft_set_snapshot_trailing (&cluster->members[j].raft, 5);
  propose_many (cluster, 30);
  raw_run (cluster, 200);
  g_assert_cmpuint (cluster->members[j].raft.log.offset, >, 0);
  g_assert_cmpuint (cluster->members[k].raft.log.offset, ==, 0);
  /* k comes to lead, and its first messages do not reach j. */
  raw_crash (cluster, i);
  raw_prefer (cluster, k);
  raw_prefer (cluster, k);
  for (guint n = 0; n < 100000 && raw_leader (cluster) != k; n++)
    sim_world_run (cluster->world, cluster->world->now + 50);
  g_assert_cmpuint (raw_leader (cluster), ==, k);
  raw_cut (cluster, j, k);
  raw_propose (cluster, k, 'x');
  raw_run (cluster, 130);
  raw_heal (cluster, j, k);
  raw_run (cluster, 200);
  g_assert_cmpuint (raft_last_index (&cluster->members[j].raft), ==,
                    raft_last_index (&cluster->members[k].raft));
  g_assert_cmpstr (cluster->members[j].letters->str, ==, cluster->members[k].letters->str);
  g_assert_true (g_str_has_suffix (cluster->members[j].letters->str, "x"));
  raw_cluster_free (cluster);
}

static void
test_entries_behind_a_snapshot (void)
{
  if (g_test_subprocess ())
    {
      send_from_the_start (FALSE);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  send_from_the_start (TRUE);
}

/* Two writes of a leader are under way when it is closed. */
static void
close_while_writing (gboolean guarded)
{
  RawCluster *cluster = raw_cluster_new (9, guarded);
  guint i;

  raw_run (cluster, 2000);
  i = raw_leader (cluster);
  g_assert_true (raw_propose (cluster, i, 'a'));
  g_assert_true (raw_propose (cluster, i, 'b'));
  raw_crash (cluster, i);
  raw_start (cluster, i);
  raw_run (cluster, 2000);
  g_assert_cmpuint (raw_leader (cluster), <, SIM_MEMBERS);
  raw_cluster_free (cluster);
}

static void
test_close_while_writing (void)
{
  if (g_test_subprocess ())
    {
      close_while_writing (FALSE);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  close_while_writing (TRUE);
}

/* The disk of a leader refuses two writes: with the guard the owner is told once, libraft is not,
 * and nothing that was not kept is acknowledged. */
static void
test_refused_writes (void)
{
  RawCluster *cluster = raw_cluster_new (10, TRUE);
  RawMember *leader;
  guint i;

  raw_run (cluster, 2000);
  propose_many (cluster, 5);
  i = raw_leader (cluster);
  leader = &cluster->members[i];
  leader->disk.refuses = TRUE;
  g_assert_true (raw_propose (cluster, i, 'a'));
  raw_run (cluster, 20);
  g_assert_true (raw_propose (cluster, i, 'b'));
  raw_run (cluster, 20);
  g_assert_cmpuint (leader->failures, ==, 1);
  leader->disk.refuses = FALSE;
  raw_crash (cluster, i);
  raw_start (cluster, i);
  raw_run (cluster, 3000);
  propose_many (cluster, 5);
  raw_run (cluster, 300);
  assert_equal (cluster);
  raw_cluster_free (cluster);
}

static gboolean
follows_nobody (struct raft *raft)
{
  return raft_state (raft) == RAFT_FOLLOWER && raft->follower_state.current_leader.id == 0;
}

/* A follower's write ends after it stood for election and then heard of a newer term. */
static void
acknowledge_to_nobody (gboolean guarded)
{
  RawCluster *cluster = raw_cluster_new (11, guarded);
  RawMember *member;
  guint i, j, k;

  raw_run (cluster, 2000);
  i = raw_leader (cluster);
  j = (i + 1) % SIM_MEMBERS;
  k = (i + 2) % SIM_MEMBERS;
  member = &cluster->members[j];
  member->disk.delay_min = member->disk.delay_max = 6000 * SIM_MS;
  g_assert_true (raw_propose (cluster, i, 'a'));
  raw_run (cluster, 5);
  g_assert_cmpuint (member->disk.writing, ==, 1);
  member->disk.delay_min = member->disk.delay_max = 1;
  raw_cut (cluster, i, j);
  raw_cut (cluster, i, k);
  raw_cut (cluster, j, k);
  raw_prefer (cluster, k);
  raw_run (cluster, 2000);
  g_assert_cmpint (raft_state (&member->raft), ==, RAFT_CANDIDATE);
  raw_heal (cluster, j, k);
  for (guint n = 0; n < 20000 && !follows_nobody (&member->raft); n++)
    sim_world_run (cluster->world, cluster->world->now + 50);
  g_assert_true (follows_nobody (&member->raft));
  raw_crash (cluster, k);
  member->raft.follower_state.randomized_election_timeout = 60000;
  g_assert_cmpuint (member->disk.writing, ==, 1);
  raw_run (cluster, 6000);
  g_assert_cmpuint (member->disk.writing, ==, 0);
  raw_cluster_free (cluster);
}

/* A follower loses its leader while it writes a snapshot from it. */
static void
stand_while_installing (gboolean guarded)
{
  RawCluster *cluster = raw_cluster_new (12, guarded);
  RawMember *member;
  guint i, j, k;

  raw_run (cluster, 2000);
  i = raw_leader (cluster);
  j = (i + 1) % SIM_MEMBERS;
  k = (i + 2) % SIM_MEMBERS;
  member = &cluster->members[j];
  raw_crash (cluster, j);
  propose_many (cluster, 100);
  raw_start (cluster, j);
  member->disk.delay_min = member->disk.delay_max = 3000 * SIM_MS;
  for (guint n = 0; n < 40000 && member->raft.snapshot.put.data == NULL; n++)
    sim_world_run (cluster->world, cluster->world->now + 50);
  g_assert_nonnull (member->raft.snapshot.put.data);
  raw_cut (cluster, i, j);
  raw_cut (cluster, j, k);
  member->disk.delay_min = member->disk.delay_max = 1;
  for (guint n = 0; n < 2000 && raft_state (&member->raft) != RAFT_CANDIDATE; n++)
    raw_run (cluster, 1);
  g_assert_cmpint (raft_state (&member->raft), ==, RAFT_CANDIDATE);
  g_assert_nonnull (member->raft.snapshot.put.data);
  raw_run (cluster, 4000);
  raw_heal (cluster, i, j);
  raw_heal (cluster, j, k);
  raw_run (cluster, 3000);
  assert_equal (cluster);
  raw_cluster_free (cluster);
}

static void
test_stand_while_installing (void)
{
  if (g_test_subprocess ())
    {
      stand_while_installing (FALSE);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  stand_while_installing (TRUE);
}

static void
test_acknowledge_to_nobody (void)
{
  if (g_test_subprocess ())
    {
      acknowledge_to_nobody (FALSE);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  g_test_trap_assert_stderr ("*a message to nobody*");
  acknowledge_to_nobody (TRUE);
}

/* The disk refuses the term of a member that stands for election. */
static void
refuse_term (gboolean guarded)
{
  RawCluster *cluster = raw_cluster_new (13, guarded);
  RawMember *member;
  guint i, j;

  raw_run (cluster, 2000);
  i = raw_leader (cluster);
  j = (i + 1) % SIM_MEMBERS;
  member = &cluster->members[j];
  member->disk.refuses = TRUE;
  raw_prefer (cluster, j);
  raw_crash (cluster, i);
  raw_run (cluster, 3000);
  g_assert_cmpuint (raw_leader (cluster), !=, j);
  g_assert_cmpuint (member->failures, ==, 1);
  g_assert_cmpuint (member->disk.image.term, <, member->raft.current_term);
  raw_cluster_free (cluster);
}

static void
test_refused_term (void)
{
  if (g_test_subprocess ())
    {
      refuse_term (FALSE);
      return;
    }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_failed ();
  refuse_term (TRUE);
}

/* Two are left: one has the longer log, the other has seen a newer term. */
static guint
leader_of_unlike (gboolean guarded)
{
  RawCluster *cluster = raw_cluster_new (14, guarded);
  guint8 letter[8] = { 'x' };
  struct raft_entry entry = { .type = RAFT_COMMAND, .buf = { letter, sizeof letter } };
  SimImage *longer = &cluster->members[0].disk.image;
  guint leader;

  raw_run (cluster, 2000);
  propose_many (cluster, 3);
  raw_run (cluster, 200);
  for (guint i = 0; i < SIM_MEMBERS; i++)
    raw_crash (cluster, i);
  entry.term = longer->term;
  g_ptr_array_add (longer->entries, sim_entry_new (&entry));
  cluster->members[1].disk.image.term += 2;
  cluster->members[1].disk.image.vote = 0;
  raw_start (cluster, 0);
  raw_start (cluster, 1);
  raw_run (cluster, 10000);
  leader = raw_leader (cluster);
  raw_cluster_free (cluster);
  return leader;
}

static void
test_unlike_terms (void)
{
  g_assert_cmpuint (leader_of_unlike (FALSE), ==, SIM_MEMBERS);
  g_assert_cmpuint (leader_of_unlike (TRUE), ==, 0);
}

/* Two members that are left must find a leader soon, however their timers stand to each other. */
static void
test_two_elect_one (void)
{
  for (guint64 seed = 1; seed <= 500; seed++)
    {
      RawCluster *cluster = raw_cluster_new (seed, TRUE);
      guint ms = 0;

      raw_run (cluster, 100);
      raw_crash (cluster, 1);
      while (raw_leader (cluster) == SIM_MEMBERS && ++ms < 5000)
        raw_run (cluster, 1);
      if (ms > 2500)
        g_error ("seed %" G_GUINT64_FORMAT ": no leader after %u ms", seed, ms);
      raw_cluster_free (cluster);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim/io/elects-and-replicates", test_elects_and_replicates);
  g_test_add_func ("/sim/io/survives-crashes", test_survives_crashes);
  g_test_add_func ("/sim/io/all-crash", test_all_crash);
  g_test_add_func ("/sim/io/repeats", test_repeats);
  g_test_add_func ("/sim/io/clocks", test_clocks);
  g_test_add_func ("/sim/io/old-term-is-lost", test_old_term_is_lost);
  g_test_add_func ("/sim/io/entries-behind-a-snapshot", test_entries_behind_a_snapshot);
  g_test_add_func ("/sim/io/close-while-writing", test_close_while_writing);
  g_test_add_func ("/sim/io/refused-writes", test_refused_writes);
  g_test_add_func ("/sim/io/acknowledge-to-nobody", test_acknowledge_to_nobody);
  g_test_add_func ("/sim/io/stand-while-installing", test_stand_while_installing);
  g_test_add_func ("/sim/io/refused-term", test_refused_term);
  g_test_add_func ("/sim/io/unlike-terms", test_unlike_terms);
  g_test_add_func ("/sim/io/two-elect-one", test_two_elect_one);
  return g_test_run ();
}
