/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the engine of Debian 12 loses, and that the guards keep it: each loss is shown with its
 * guard left out, so that none of these tests can pass by chance. */

#include "raft-fixture.h"

/* Raft, figure 8: X of an old term reaches a majority, then a member with a newer entry leads. */
static gboolean
figure_8 (guint left_out, gboolean *committed, guint *withheld)
{
  Fixture *f = fixture_new (left_out);
  gboolean lost;

  fixture_prefer (f, 0);
  fixture_start (f, 1);
  fixture_until (f, 0, RAFT_LEADER, 5000);
  fixture_put (f, 0, 'A');
  fixture_run (f, 300);
  /* X lies on 0 alone; 1 wins a newer term, and its Y lies there alone. */
  fixture_cut (f, 0, 1);
  fixture_cut (f, 0, 2);
  fixture_put (f, 0, 'X');
  fixture_run (f, 50);
  fixture_prefer (f, 1);
  fixture_until (f, 0, RAFT_FOLLOWER, 3000);
  fixture_until (f, 1, RAFT_LEADER, 5000);
  fixture_cut (f, 1, 2);
  fixture_put (f, 1, 'Y');
  fixture_run (f, 50);
  fixture_until (f, 1, RAFT_FOLLOWER, 3000);
  /* 0 leads again and brings X to 2. */
  fixture_join (f, 0, 2);
  fixture_prefer (f, 0);
  fixture_until (f, 0, RAFT_LEADER, 20000);
  fixture_run (f, 400);
  *committed = strchr (f->applied[0]->str, 'X') != NULL;
  *withheld = f->guards[0].withheld;
  /* 0 is cut off; may 1 lead, which lacks X? */
  fixture_cut (f, 0, 2);
  fixture_until (f, 0, RAFT_FOLLOWER, 3000);
  fixture_join (f, 1, 2);
  fixture_prefer (f, 1);
  for (guint n = 0; n < 30000 && raft_state (fixture_raft (f, 1)) != RAFT_LEADER; n++)
    fixture_run (f, 1);
  lost = *committed && raft_state (fixture_raft (f, 1)) == RAFT_LEADER;
  fixture_free (f);
  return lost;
}

static void
test_figure_8 (void)
{
  gboolean committed;
  guint withheld;

  g_assert_true (figure_8 (TRIAS_RAFT_NO_BARRIER | TRIAS_RAFT_NO_WITHHOLD, &committed, &withheld));
  g_assert_true (committed);
  /* With half a guard nothing is lost, but nothing goes on either. */
  g_assert_false (figure_8 (TRIAS_RAFT_NO_BARRIER, &committed, &withheld));
  g_assert_false (committed);
  g_assert_cmpuint (withheld, >, 0);
  g_assert_false (figure_8 (TRIAS_RAFT_RULES_ALL, &committed, &withheld));
  g_assert_true (committed);
}

/* Lets 2 hear the first heartbeat of 0, and nothing after it. */
static void
one_heartbeat (Fixture *f)
{
  struct raft *raft = fixture_raft (f, 2);

  for (guint n = 0; n < 100 && raft->follower_state.current_leader.id != 1; n++)
    fixture_run (f, 1);
  g_assert_cmpint (raft_state (raft), ==, RAFT_FOLLOWER);
  g_assert_cmpuint (raft->follower_state.current_leader.id, ==, 1);
  raft_fixture_disconnect (&f->world, 0, 2);
}

/* 0 is gone: does @i win the votes of 1 and 2? */
static gboolean
wins_without_0 (Fixture *f, guint i)
{
  fixture_cut (f, 0, 2);
  fixture_until (f, 0, RAFT_FOLLOWER, 3000);
  fixture_join (f, 1, 2);
  fixture_prefer (f, i);
  for (guint n = 0; n < 30000 && raft_state (fixture_raft (f, i)) != RAFT_LEADER; n++)
    fixture_run (f, 1);
  return raft_state (fixture_raft (f, i)) == RAFT_LEADER;
}

/* The other half of guard 1. X of term 2 lies on two disks already when 0 begins to lead: its very
 * first heartbeat is acknowledged up to X, before the barrier is anywhere. */
static gboolean
early_acknowledgement (guint left_out, guint *withheld)
{
  Fixture *f = fixture_new (left_out);
  gboolean committed, lost;

  for (guint i = 0; i < FIXTURE_SERVERS; i++)
    fixture_disk (f, i, 1, 'A');
  fixture_disk (f, 0, 2, 'X');
  fixture_disk (f, 2, 2, 'X');
  fixture_disk (f, 1, 3, 'Y');
  fixture_cut (f, 0, 1);
  fixture_cut (f, 1, 2);
  fixture_prefer (f, 0);
  /* The disk of the leader is slower than the network. */
  raft_fixture_set_disk_latency (&f->world, 0, 500);
  fixture_start (f, 4);
  fixture_until (f, 0, RAFT_LEADER, 5000);
  one_heartbeat (f);
  fixture_run (f, 300);
  committed = strchr (f->applied[0]->str, 'X') != NULL;
  *withheld = f->guards[0].withheld;
  /* 1 lacks X, but its last entry is newer than that of 2. */
  lost = wins_without_0 (f, 1) && committed;
  fixture_free (f);
  return lost;
}

static void
test_withholding (void)
{
  guint withheld;

  g_assert_true (early_acknowledgement (TRIAS_RAFT_NO_WITHHOLD, &withheld));
  g_assert_false (early_acknowledgement (TRIAS_RAFT_RULES_ALL, &withheld));
  g_assert_cmpuint (withheld, >, 0);
}

/* 2 led once and has a longer log that nobody else saw. It answers the first heartbeat of a new
 * leader with its own last index: an acknowledgement of what it does not hold. */
static gboolean
longer_log (guint left_out, gboolean *committed, guint *capped)
{
  Fixture *f = fixture_new (left_out);
  gboolean lost;

  for (guint i = 0; i < FIXTURE_SERVERS; i++)
    fixture_disk (f, i, 1, 'A');
  for (guint n = 0; n < 4; n++)
    fixture_disk (f, 2, 2, 'X');
  fixture_cut (f, 1, 2);
  fixture_prefer (f, 0);
  fixture_start (f, 2);
  fixture_until (f, 0, RAFT_LEADER, 5000);
  fixture_put (f, 0, 'Y');
  fixture_cut (f, 0, 1);
  one_heartbeat (f);
  fixture_run (f, 300);
  *committed = strchr (f->committed->str, 'Y') != NULL;
  *capped = f->guards[2].capped;
  /* Y lies on 0 alone; 2 has the longest log of the other two. */
  lost = wins_without_0 (f, 2) && *committed;
  fixture_free (f);
  return lost;
}

static void
test_verified (void)
{
  gboolean committed;
  guint capped;

  g_assert_true (longer_log (TRIAS_RAFT_NO_VERIFIED, &committed, &capped));
  g_assert_false (longer_log (TRIAS_RAFT_RULES_ALL, &committed, &capped));
  g_assert_false (committed);
  g_assert_cmpuint (capped, >, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/raft/guard/figure-8", test_figure_8);
  g_test_add_func ("/raft/guard/withholding", test_withholding);
  g_test_add_func ("/raft/guard/verified", test_verified);
  return g_test_run ();
}
