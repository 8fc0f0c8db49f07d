/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <glib/gstdio.h>

#include "triad-fixture.h"

/* Three keepers with the real journal: what was answered survives whoever fails, no seat is given
 * twice, and all end up the same. */

#define TTL_S 100
#define REL "rel-0000000000000001"

/* Formed of a server with a lease; the primary is active. */
static Triad *
set_up (guint seats)
{
  Triad *self = triad_new ();
  Node *first = triad_node (self, 1);

  node_install (first, seats);
  g_assert_cmpint (node_grant (first, 1, TTL_S), ==, TRIAS_REASON_NONE);
  triad_form (self, first, 1);
  node_wait_active (first);
  return self;
}

static void
test_serve (void)
{
  g_autoptr (Triad) self = set_up (3);
  Node *one = triad_node (self, 1);

  g_assert_true (node_has (one, 1));
  g_assert_cmpint (node_grant (one, 2, TTL_S), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (node_renew (one, 1), ==, TRIAS_REASON_NONE);
  /* Whoever holds what was granted has heard who leads. */
  triad_wait_equal (self);
  g_assert_cmpint (node_grant (triad_node (self, 2), 8, TTL_S), ==, TRIAS_REASON_NOT_ACTIVE);
  g_assert_cmpint (node_grant (triad_node (self, 3), 8, TTL_S), ==, TRIAS_REASON_NOT_ACTIVE);
  g_assert_cmpint (node_grant (one, 3, TTL_S), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (node_grant (one, 4, TTL_S), ==, TRIAS_REASON_NO_SEATS);
  triad_wait_equal (self);
  for (guint slot = 1; slot <= 3; slot++)
    g_assert_cmpuint (
        trias_ledger_n_leases (trias_keeper_get_ledger (triad_node (self, slot)->keeper)), ==, 3);
}

static void
test_failover (void)
{
  g_autoptr (Triad) self = set_up (3);
  Node *one = triad_node (self, 1);
  Node *two = triad_node (self, 2);

  g_assert_cmpint (node_grant (one, 2, TTL_S), ==, TRIAS_REASON_NONE);
  node_crash (one);
  node_wait_active (two);
  /* Every lease is there, afresh; the same ask is answered the same; no seat is given twice. */
  g_assert_cmpint (node_left (two, 1), >, TTL_S * 1000 - 5000);
  g_assert_cmpint (node_left (two, 2), >, TTL_S * 1000 - 5000);
  g_assert_cmpint (node_grant (two, 2, TTL_S), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (node_grant (two, 3, TTL_S), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (node_grant (two, 4, TTL_S), ==, TRIAS_REASON_NO_SEATS);
  node_open (one);
  triad_wait_equal (self);
  g_assert_true (node_has (one, 3));
  /* Nothing is told twice to the history of the one that came back. */
  g_assert_cmpuint (node_count_events (one, "lease-granted"), ==, 3);
  g_assert_cmpuint (node_count_events (two, "lease-granted"), ==, 2);
}

static void
test_no_quorum (void)
{
  g_autoptr (Triad) self = set_up (3);
  Node *one = triad_node (self, 1);
  gint64 since = g_get_monotonic_time ();

  node_crash (triad_node (self, 2));
  node_crash (triad_node (self, 3));
  while (trias_keeper_is_active (one->keeper))
    {
      g_assert_cmpint (g_get_monotonic_time () - since, <, 30 * G_TIME_SPAN_SECOND);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_cmpint (node_grant (one, 5, TTL_S), !=, TRIAS_REASON_NONE);
  node_open (triad_node (self, 3));
  node_wait_active (one);
  g_assert_cmpint (node_grant (one, 5, TTL_S), ==, TRIAS_REASON_NONE);
}

static void
test_restart_all (void)
{
  g_autoptr (Triad) self = set_up (100);
  Node *active;

  for (guint i = 2; i < 40; i++)
    g_assert_cmpint (node_grant (triad_node (self, 1), i, TTL_S), ==, TRIAS_REASON_NONE);
  for (guint slot = 1; slot <= 3; slot++)
    node_crash (triad_node (self, slot));
  for (guint slot = 1; slot <= 3; slot++)
    node_open (triad_node (self, slot));
  active = triad_wait_active (self);
  for (guint i = 1; i < 40; i++)
    {
      g_assert_true (node_has (active, i));
      g_assert_cmpint (node_left (active, i), >, TTL_S * 1000 - 5000);
    }
  triad_wait_equal (self);
  g_assert_cmpuint (node_count_events (triad_node (self, 1), "lease-granted"), ==, 39);
  g_assert_cmpint (node_grant (triad_wait_active (self), 50, TTL_S), ==, TRIAS_REASON_NONE);
}

static gboolean
has_snapshot (Node *node)
{
  g_autofree char *folder = g_build_filename (node->folder, "triad-1", NULL);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, "snapshot-"))
      return TRUE;
  return FALSE;
}

/* One that was away for longer than the log is kept gets a snapshot. */
static void
test_catch_up (void)
{
  g_autoptr (Triad) self = set_up (100);
  Node *one = triad_node (self, 1);
  Node *three = triad_node (self, 3);
  guint rounds = 0;

  node_close (three);
  while (!has_snapshot (one) || rounds % 5000 != 0)
    {
      /* Where the processor is busy elsewhere, the lead may be lost for a moment. */
      if (node_renew (one, 1) != TRIAS_REASON_NONE)
        node_wait_active (one);
      g_assert_cmpuint (++rounds, <, 60000);
    }
  g_test_message ("a snapshot after at most %u entries", rounds);
  node_open (three);
  triad_wait_equal (self);
  g_assert_true (has_snapshot (three));
  node_crash (one);
  node_wait_active (triad_node (self, 2));
  g_assert_cmpint (node_grant (triad_node (self, 2), 7, TTL_S), ==, TRIAS_REASON_NONE);
  triad_wait_equal (self);
}

static void
test_dissolve (void)
{
  g_autoptr (Triad) self = set_up (3);
  Node *one = triad_node (self, 1);
  Node *two = triad_node (self, 2);

  g_assert_cmpint (node_grant (one, 2, TTL_S), ==, TRIAS_REASON_NONE);
  triad_wait_equal (self);
  g_assert_cmpint (node_submit (one, trias_command_dissolve (trias_keeper_now (one->keeper), REL,
                                                             two->id, "admin")),
                   ==, TRIAS_REASON_NONE);
  for (guint slot = 1; slot <= 3; slot++)
    node_wait_single (triad_node (self, slot));
  g_assert_true (node_has (two, 1) && node_has (two, 2));
  g_assert_cmpint (node_grant (two, 3, TTL_S), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (node_grant (one, 9, TTL_S), ==, TRIAS_REASON_UNKNOWN_FEATURE);
  for (guint slot = 1; slot <= 3; slot++)
    {
      node_close (triad_node (self, slot));
      node_open (triad_node (self, slot));
      g_assert_false (trias_keeper_is_triad (triad_node (self, slot)->keeper));
    }
  g_assert_true (node_has (two, 3));

  /* And formed anew, from the one that kept all. */
  triad_form (self, two, 2);
  node_wait_active (one);
  g_assert_true (node_has (one, 3));
  triad_wait_equal (self);
}

/* The next triad is another one of the same incarnation, and is there before the logs of the first
 * are gone. */
static void
test_at_once_again (void)
{
  g_autoptr (Triad) self = set_up (3);
  Node *one = triad_node (self, 1);

  g_assert_cmpint (node_grant (one, 2, TTL_S), ==, TRIAS_REASON_NONE);
  triad_wait_equal (self);
  g_assert_cmpint (node_submit (one, trias_command_dissolve (trias_keeper_now (one->keeper), REL,
                                                             one->id, "admin")),
                   ==, TRIAS_REASON_NONE);
  for (guint slot = 1; slot <= 3; slot++)
    node_wait_single (triad_node (self, slot));
  self->relationship = "rel-0000000000000002";
  triad_form (self, one, 1);
  node_wait_active (one);
  g_assert_cmpint (node_grant (one, 3, TTL_S), ==, TRIAS_REASON_NONE);
  triad_wait_equal (self);
  for (guint slot = 1; slot <= 3; slot++)
    node_close (triad_node (self, slot));
  for (guint slot = 1; slot <= 3; slot++)
    node_open (triad_node (self, slot));
  node_wait_active (one);
  g_assert_true (node_has (one, 1) && node_has (one, 2) && node_has (one, 3));
  triad_wait_equal (self);
}

/* A key that is missing on the one that becomes active ends nothing. */
static void
test_issuer_missing (void)
{
  g_autoptr (Triad) self = set_up (3);
  g_autofree char *empty = g_dir_make_tmp ("trias-issuers-XXXXXX", NULL);
  g_autoptr (TriasIssuers) none = trias_issuers_load (empty, NULL);
  TriasIssuers *known = self->issuers;
  Node *two = triad_node (self, 2);

  g_rmdir (empty);
  triad_wait_equal (self);
  node_close (two);
  self->issuers = none;
  node_open (two);
  self->issuers = known;
  triad_wait_equal (self);
  node_crash (triad_node (self, 1));
  node_wait_active (two);
  g_assert_cmpint (node_grant (two, 2, TTL_S), ==, TRIAS_REASON_NONE);
  g_assert_cmpuint (node_count_events (two, "license-unverified"), >=, 1);
  g_assert_cmpuint (node_count_events (two, "license-removed"), ==, 0);
}

static void
test_pin (void)
{
  g_autoptr (Triad) self = set_up (3);
  Node *one = triad_node (self, 1);
  Node *two = triad_node (self, 2);

  triad_wait_equal (self);
  g_assert_cmpint (node_submit (one, trias_command_pin (trias_keeper_now (one->keeper), REL,
                                                        two->id, G_MAXINT64, "admin")),
                   ==, TRIAS_REASON_NONE);
  node_wait_active (two);
  g_assert_cmpint (node_grant (two, 2, TTL_S), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (node_left (two, 1), >, TTL_S * 1000 - 5000);
  g_assert_cmpstr (trias_ledger_get_pin (trias_keeper_get_ledger (two->keeper), NULL), ==, two->id);
  /* A failure of the pinned one overrides the pin. */
  node_crash (two);
  node_wait_active (one);
  while (trias_ledger_get_pin (trias_keeper_get_ledger (one->keeper), NULL) != NULL)
    g_main_context_iteration (NULL, TRUE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/keeper/triad/serve", test_serve);
  g_test_add_func ("/keeper/triad/failover", test_failover);
  g_test_add_func ("/keeper/triad/no-quorum", test_no_quorum);
  g_test_add_func ("/keeper/triad/restart-all", test_restart_all);
  g_test_add_func ("/keeper/triad/catch-up", test_catch_up);
  g_test_add_func ("/keeper/triad/dissolve", test_dissolve);
  g_test_add_func ("/keeper/triad/at-once-again", test_at_once_again);
  g_test_add_func ("/keeper/triad/issuer-missing", test_issuer_missing);
  g_test_add_func ("/keeper/triad/pin", test_pin);
  return g_test_run ();
}
