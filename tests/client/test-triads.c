/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "triad-said.h"

/* One picture of a triad from what up to three servers say. */

static void
test_all_well (void)
{
  g_autoptr (TriasRelationshipInfo) p
      = triad_said_read (&(TriadSaid){ 0, 0, S | T, ALL_LINKS, S | T, TRUE, 3, -1 });
  g_autoptr (TriasRelationshipInfo) s
      = triad_said_read (&(TriadSaid){ 1, 0, P | T, ALL_LINKS, P | T, TRUE, 3, -1 });
  TriasMemberSource sources[3] = { { NULL, p, TRUE }, { NULL, s, TRUE }, { NULL, NULL, FALSE } };
  g_autoptr (TriasTriad) triad = trias_triad_new ("rel");
  guint by = 9;

  trias_triad_update (triad, sources);
  g_assert_true (trias_triad_get_info (triad) == p);
  g_assert_true (trias_triad_get_active (triad) == trias_triad_get_member (triad, 0));
  g_assert_true (trias_triad_get_quorum (triad));
  g_assert_false (trias_triad_get_last_known (triad));
  for (guint link = 0; link < TRIAS_TRIAD_N_LINKS; link++)
    {
      g_assert_cmpint (trias_triad_link_get_state (trias_triad_get_link (triad, link)), ==,
                       TRIAS_TRIAD_LINK_CONNECTED);
      g_assert_cmpint (trias_triad_link_get_latency_us (trias_triad_get_link (triad, link)), ==,
                       400);
    }
  /* The tertiary is not reached by this program, but by the others. */
  g_assert_true (trias_triad_member_get_online (trias_triad_get_member (triad, 2)));
  g_assert_false (trias_triad_member_get_reached (trias_triad_get_member (triad, 2)));
  g_assert_cmpint (trias_triad_member_get_state (trias_triad_get_member (triad, 2)), ==,
                   TRIAS_TRIAD_STATE_STANDBY);
  g_assert_cmpstr (trias_triad_member_get_version (trias_triad_get_member (triad, 2)), ==, "0.2.0");
  g_assert_cmpstr (trias_triad_member_get_address (trias_triad_get_member (triad, 2)), ==,
                   "127.0.0.3:7643");
  g_assert_cmpint (trias_triad_get_failure (triad, 0, &by), ==, TRIAS_TRIAD_FAILURE_TAKEN_OVER);
  g_assert_cmpuint (by, ==, 1);
  g_assert_cmpint (trias_triad_get_failure (triad, 1, &by), ==, TRIAS_TRIAD_FAILURE_CONTINUES);
  g_assert_cmpuint (by, ==, 0);
  g_assert_cmpint (trias_triad_get_failure (triad, 2, NULL), ==, TRIAS_TRIAD_FAILURE_CONTINUES);
  trias_triad_end (triad);
}

static void
test_primary_down (void)
{
  g_autoptr (TriasRelationshipInfo) old
      = triad_said_read (&(TriadSaid){ 0, 0, S | T, ALL_LINKS, S | T, TRUE, 3, -1 });
  g_autoptr (TriasRelationshipInfo) s
      = triad_said_read (&(TriadSaid){ 1, 1, T, 4u, T | P, TRUE, 4, -1 });
  TriasMemberSource sources[3] = { { NULL, old, FALSE }, { NULL, s, TRUE }, { NULL, NULL, FALSE } };
  g_autoptr (TriasTriad) triad = trias_triad_new ("rel");

  trias_triad_update (triad, sources);
  g_assert_true (trias_triad_get_info (triad) == s);
  g_assert_true (trias_triad_get_active (triad) == trias_triad_get_member (triad, 1));
  g_assert_false (trias_triad_member_get_online (trias_triad_get_member (triad, 0)));
  g_assert_cmpint (trias_triad_member_get_as_of (trias_triad_get_member (triad, 0)), ==, 9);
  g_assert_cmpint (trias_triad_member_get_state (trias_triad_get_member (triad, 0)), ==,
                   TRIAS_TRIAD_STATE_UNREACHABLE);
  g_assert_cmpint (trias_triad_link_get_state (trias_triad_get_link (triad, 0)), ==,
                   TRIAS_TRIAD_LINK_CUT);
  g_assert_cmpint (trias_triad_link_get_state (trias_triad_get_link (triad, 1)), ==,
                   TRIAS_TRIAD_LINK_CUT);
  g_assert_cmpint (trias_triad_link_get_state (trias_triad_get_link (triad, 2)), ==,
                   TRIAS_TRIAD_LINK_CONNECTED);
  /* One more failure would be a standstill, whichever it is. */
  g_assert_cmpint (trias_triad_get_failure (triad, 1, NULL), ==, TRIAS_TRIAD_FAILURE_STANDSTILL);
  g_assert_cmpint (trias_triad_get_failure (triad, 2, NULL), ==, TRIAS_TRIAD_FAILURE_STANDSTILL);
  trias_triad_end (triad);
}

static void
test_views_differ (void)
{
  g_autoptr (TriasRelationshipInfo) p
      = triad_said_read (&(TriadSaid){ 0, 0, T, 2u, T, TRUE, 3, -1 });
  g_autoptr (TriasRelationshipInfo) s
      = triad_said_read (&(TriadSaid){ 1, 0, P | T, ALL_LINKS, P | T, TRUE, 3, -1 });
  TriasMemberSource sources[3] = { { NULL, p, TRUE }, { NULL, s, TRUE }, { NULL, NULL, FALSE } };
  g_autoptr (TriasTriad) triad = trias_triad_new ("rel");
  gboolean live = FALSE;

  trias_triad_update (triad, sources);
  g_assert_cmpint (trias_triad_link_get_state (trias_triad_get_link (triad, 0)), ==,
                   TRIAS_TRIAD_LINK_ONE_WAY);
  g_assert_false (trias_triad_link_get_view (trias_triad_get_link (triad, 0), 0, &live)->connected);
  g_assert_true (live);
  g_assert_true (trias_triad_link_get_view (trias_triad_get_link (triad, 0), 1, NULL)->connected);
  g_assert_true (trias_triad_link_get_member (trias_triad_get_link (triad, 0), 1)
                 == trias_triad_get_member (triad, 1));
  trias_triad_end (triad);
}

static void
test_no_quorum (void)
{
  g_autoptr (TriasRelationshipInfo) p
      = triad_said_read (&(TriadSaid){ 0, -1, 0, 0, 0, FALSE, 3, 0 });
  TriasMemberSource sources[3]
      = { { NULL, p, TRUE }, { NULL, NULL, FALSE }, { NULL, NULL, FALSE } };
  g_autoptr (TriasTriad) triad = trias_triad_new ("rel");

  trias_triad_update (triad, sources);
  g_assert_null (trias_triad_get_active (triad));
  g_assert_false (trias_triad_get_quorum (triad));
  g_assert_true (trias_triad_link_get_missing (trias_triad_get_link (triad, 0)));
  g_assert_false (trias_triad_link_get_missing (trias_triad_get_link (triad, 1)));
  /* Nobody who could know is reached. */
  g_assert_cmpint (trias_triad_link_get_state (trias_triad_get_link (triad, 2)), ==,
                   TRIAS_TRIAD_LINK_UNKNOWN);
  g_assert_cmpint (trias_triad_get_failure (triad, 2, NULL), ==, TRIAS_TRIAD_FAILURE_STANDSTILL);
  trias_triad_end (triad);
}

static void
test_last_known (void)
{
  g_autoptr (TriasRelationshipInfo) p
      = triad_said_read (&(TriadSaid){ 0, 0, S | T, ALL_LINKS, S | T, TRUE, 3, -1 });
  TriasMemberSource sources[3]
      = { { NULL, p, FALSE }, { NULL, NULL, FALSE }, { NULL, NULL, FALSE } };
  g_autoptr (TriasTriad) triad = trias_triad_new ("rel");

  trias_triad_update (triad, sources);
  g_assert_true (trias_triad_get_last_known (triad));
  g_assert_null (trias_triad_get_active (triad));
  g_assert_false (trias_triad_member_get_online (trias_triad_get_member (triad, 0)));
  g_assert_cmpint (trias_triad_member_get_state (trias_triad_get_member (triad, 0)), ==,
                   TRIAS_TRIAD_STATE_UNKNOWN);
  trias_triad_end (triad);
}

/* The table of who is active by the links that are up (design §5). */
static void
test_who_serves (void)
{
  static const gboolean all[TRIAS_MAX_MEMBERS] = { TRUE, TRUE, TRUE };
  static const struct
  {
    gboolean links[TRIAS_TRIAD_N_LINKS]; /* P–S, P–T, S–T */
    guint present, serves;
  } rows[] = {
    { { TRUE, TRUE, TRUE }, 3, 0 },   { { TRUE, FALSE, FALSE }, 3, 0 },
    { { FALSE, TRUE, FALSE }, 3, 0 }, { { FALSE, FALSE, TRUE }, 0, 1 },
    { { FALSE, TRUE, TRUE }, 1, 1 },  { { FALSE, TRUE, TRUE }, 0, 0 },
    { { TRUE, FALSE, TRUE }, 1, 1 },  { { FALSE, FALSE, FALSE }, 0, TRIAS_MAX_MEMBERS },
  };

  for (guint i = 0; i < G_N_ELEMENTS (rows); i++)
    g_assert_cmpuint (trias_triad_who_serves (all, rows[i].links, rows[i].present), ==,
                      rows[i].serves);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/triads/all-well", test_all_well);
  g_test_add_func ("/triads/primary-down", test_primary_down);
  g_test_add_func ("/triads/views-differ", test_views_differ);
  g_test_add_func ("/triads/no-quorum", test_no_quorum);
  g_test_add_func ("/triads/last-known", test_last_known);
  g_test_add_func ("/triads/who-serves", test_who_serves);
  return g_test_run ();
}
