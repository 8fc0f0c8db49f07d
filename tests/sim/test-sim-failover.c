/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-cluster.h"

/* How long nobody serves after the active server's power is cut, whoever of the others got its last
 * entries: in the time of the simulation, so nothing else on the machine counts. */

#define SEEDS 20
#define STEP (1 * SIM_MS)
#define P 0
#define S 1
#define T 2
/* The secondary's time-out at its longest, and some messages and writes. */
#define BUDGET_MS (SIM_ELECTION_MS * 130 / 100 + 30)
/* The tertiary looks so long whether the primary answers. */
#define GLANCE_MS 50

static raft_index
last_index (SimCluster *cluster, guint who)
{
  TriasRaftStatus status;

  trias_raft_member_get_status (cluster->members[who].engine->raft, &status);
  return status.last_index;
}

/* Lets time go on until the primary has served for a while. */
static void
until_settled (SimCluster *cluster)
{
  SimWorld *world = cluster->world;

  for (guint i = 0; i < 30 && !sim_member_is_active (&cluster->members[P]); i++)
    sim_world_run (world, world->now + SIM_S);
  g_assert_true (sim_member_is_active (&cluster->members[P]));
  sim_world_run (world, world->now + 5 * SIM_S);
}

/* Cuts the primary's power; returns for how many ms nobody serves. */
static guint
cut_power (SimCluster *cluster)
{
  SimWorld *world = cluster->world;
  gint64 began = world->now;

  sim_member_crash (&cluster->members[P]);
  while (!sim_member_is_active (&cluster->members[S]) && world->now < began + 10 * SIM_S)
    sim_world_run (world, world->now + STEP);
  return (guint) ((world->now - began) / SIM_MS);
}

/* The same, and that is all of it: frees @cluster. */
static guint
cut_power_last (SimCluster *cluster)
{
  guint gap = cut_power (cluster);

  g_assert_cmpstr (cluster->world->violation, ==, NULL);
  sim_cluster_free (cluster);
  return gap;
}

static SimCluster *
new_settled (guint64 seed)
{
  SimCluster *cluster = sim_cluster_new (seed, SIM_BREAK_NOTHING);

  cluster->election_ms = SIM_ELECTION_MS;
  for (guint i = 0; i < SIM_SERVERS; i++)
    sim_member_start (&cluster->members[i]);
  until_settled (cluster);
  return cluster;
}

/* The lead has just come back to the primary, which dies. */
static guint
measure_return (guint64 seed)
{
  SimCluster *cluster = new_settled (seed);
  SimWorld *world = cluster->world;

  cut_power (cluster);
  sim_member_start (&cluster->members[P]);
  for (guint i = 0; i < 60000 && !sim_member_is_active (&cluster->members[P]); i++)
    sim_world_run (world, world->now + STEP);
  g_assert_true (sim_member_is_active (&cluster->members[P]));
  return cut_power_last (cluster);
}

/* Cuts the primary's power once @ahead has entries that @behind lacks; returns for how many ms
 * nobody serves. */
static guint
measure (guint64 seed, guint ahead, guint behind)
{
  SimCluster *cluster = new_settled (seed);
  SimWorld *world = cluster->world;
  gint64 deadline;

  sim_net_cut (&cluster->net, P, behind, FALSE);
  deadline = world->now + 200 * SIM_MS;
  while (last_index (cluster, ahead) <= last_index (cluster, behind) && world->now < deadline)
    sim_world_run (world, world->now + STEP);
  g_assert_cmpuint (last_index (cluster, ahead), >, last_index (cluster, behind));
  return cut_power_last (cluster);
}

static void
assert_quick (guint ahead, guint behind, guint budget)
{
  guint worst = 0;

  for (guint64 seed = 1; seed <= SEEDS; seed++)
    worst = MAX (worst, measure (seed, ahead, behind));
  g_test_message ("worst of %u: %u ms, of %u", SEEDS, worst, budget);
  g_assert_cmpuint (worst, <=, budget);
}

/* The secondary has more: the tertiary votes for it, and gets what it lacks without a wait. */
static void
test_tertiary_behind (void)
{
  assert_quick (S, T, BUDGET_MS);
}

/* The tertiary has more: it cannot vote for the secondary, so it leads for a moment. */
static void
test_secondary_behind (void)
{
  assert_quick (T, S, BUDGET_MS + GLANCE_MS);
}

/* The secondary gave the lead back a moment ago: its own order is of the past, it does not wait
 * until that has run out. */
static void
test_after_return (void)
{
  guint worst = 0;

  for (guint64 seed = 1; seed <= SEEDS; seed++)
    worst = MAX (worst, measure_return (seed));
  g_test_message ("worst of %u: %u ms, of %u", SEEDS, worst, BUDGET_MS);
  g_assert_cmpuint (worst, <=, BUDGET_MS);
}

/* Thousands of lines that nobody reads. */
static void
drop_log (const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_handler ("trias-raft", G_LOG_LEVEL_DEBUG, drop_log, NULL);
  g_test_add_func ("/sim/failover/tertiary-behind", test_tertiary_behind);
  g_test_add_func ("/sim/failover/secondary-behind", test_secondary_behind);
  g_test_add_func ("/sim/failover/after-return", test_after_return);
  return g_test_run ();
}
