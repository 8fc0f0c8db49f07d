/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "pair-fixture.h"

/* A formed pair: what flows between the two, what is shown, who serves whom. */

#define LEASE "aaaaaaaaaaaaaaaa"
#define OTHER_LEASE "bbbbbbbbbbbbbbbb"

static const TriasMemberStatus *
status (Node *node)
{
  return trias_peer_get_status (node->peer);
}

static void
cut (Pair *pair)
{
  node_deafen (pair->main);
  node_deafen (pair->backup);
  wait_until ("the link to be lost", 10, pair_is_apart, pair);
}

static void
heal (Pair *pair)
{
  node_hear (pair->main);
  node_hear (pair->backup);
  wait_until ("the pair to be whole again", 20, pair_is_equal, pair);
}

static void
install_both (Pair *pair)
{
  node_install (pair->main, "license-main", "paint", 20);
  node_install (pair->backup, "license-backup", "paint", 12);
  wait_until ("the licences to be copied", 10, pair_is_equal, pair);
}

static void
test_changes_flow (void)
{
  g_autoptr (Pair) pair = pair_new_formed ();

  install_both (pair);
  g_assert_true (trias_peer_has_license (pair->main->peer, "license-backup"));
  g_assert_cmpint (node_grant (pair->main, LEASE, "paint", 30), ==, TRIAS_REASON_NONE);
  wait_until ("the lease to be copied", 10, pair_is_equal, pair);
  g_assert_nonnull (trias_peer_find_partner_lease (pair->backup->peer, LEASE));
  g_assert_cmpint (node_release (pair->main, LEASE), ==, TRIAS_REASON_NONE);
  wait_until ("the release to be copied", 10, pair_is_equal, pair);
  g_assert_null (trias_peer_find_partner_lease (pair->backup->peer, LEASE));
  g_assert_cmpuint (node_count (pair->main, "sync-repair"), ==, 0);
}

static gboolean
both_hear_nothing (gpointer pair)
{
  return status (((Pair *) pair)->main)->connect_reason == TRIAS_LAG_UNREACHABLE
         && status (((Pair *) pair)->backup)->connect_reason == TRIAS_LAG_UNREACHABLE;
}

/* All four icons, each server's own view, and the causes. */
static void
test_states (void)
{
  g_autoptr (Pair) pair = pair_new_formed ();

  install_both (pair);
  cut (pair);
  g_assert_true (status (pair->main)->synchronised);
  g_assert_true (status (pair->backup)->synchronised);
  wait_until ("both to hear nothing", 5, both_hear_nothing, pair);
  g_assert_cmpint (node_grant (pair->main, LEASE, "paint", 30), ==, TRIAS_REASON_NONE);
  g_assert_false (status (pair->main)->synchronised);
  g_assert_cmpint (status (pair->main)->sync_reason, ==, TRIAS_LAG_PENDING);
  g_assert_cmpuint (status (pair->main)->pending, ==, 1);
  g_assert_true (status (pair->backup)->synchronised);

  /* What is known outlives a restart while apart. */
  node_stop (pair->backup);
  node_stop (pair->main);
  node_start (pair->main);
  node_deafen (pair->main);
  g_assert_false (status (pair->main)->synchronised);
  node_start (pair->backup);
  node_deafen (pair->backup);
  g_assert_true (status (pair->backup)->synchronised);
  heal (pair);
}

static gboolean
is_lagging (gpointer node)
{
  const TriasMemberStatus *view = status (node);

  return view->connected && !view->synchronised;
}

static void
test_connected_not_synchronised (void)
{
  g_autoptr (Pair) pair = pair_new_formed ();

  install_both (pair);
  pair->backup->path_refused = g_strdup ("/changes");
  g_assert_cmpint (node_grant (pair->main, LEASE, "paint", 30), ==, TRIAS_REASON_NONE);
  wait_until ("the copy to lag", 10, is_lagging, pair->main);
  g_assert_cmpint (status (pair->main)->sync_reason, ==, TRIAS_LAG_PENDING);
  wait_until ("the backup to know that its copy lags", 10, is_lagging, pair->backup);
  g_clear_pointer (&pair->backup->path_refused, g_free);
  wait_until ("the pair to be whole again", 10, pair_is_equal, pair);
  g_assert_cmpuint (node_count (pair->main, "sync-lost"), >=, 1);
}

static gboolean
is_one_way (gpointer node)
{
  const TriasMemberStatus *view = status (node);

  return !view->connected && view->connect_reason == TRIAS_LAG_ONE_WAY;
}

static void
test_one_way (void)
{
  g_autoptr (Pair) pair = pair_new_formed ();

  node_deafen (pair->main);
  wait_until ("the main to see one way", 10, is_one_way, pair->main);
  wait_until ("the backup to see one way", 10, is_one_way, pair->backup);
  heal (pair);
}

static void
on_loaded (const GError *error, gpointer user_data)
{
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static gboolean
was_repaired (gpointer pair)
{
  return node_count (((Pair *) pair)->main, "sync-repair") > 0 && pair_is_equal (pair);
}

/* A copy that differs at an equal revision is found at the next comparison and made anew. */
static void
test_divergence (void)
{
  g_autoptr (Pair) pair = pair_new_formed ();
  g_autoptr (GPtrArray) changes
      = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_change_free);
  TriasLedger *replica;
  gboolean done = FALSE;

  install_both (pair);
  g_assert_cmpint (node_grant (pair->main, LEASE, "paint", 30), ==, TRIAS_REASON_NONE);
  wait_until ("the lease to be copied", 10, pair_is_equal, pair);
  replica = trias_keeper_get_replica (pair->backup->keeper);
  g_ptr_array_add (changes, trias_change_new (TRIAS_RECORD_LEASE, LEASE, NULL,
                                              trias_ledger_get_revision (replica)));
  trias_keeper_load_replica (pair->backup->keeper, changes, trias_ledger_get_revision (replica),
                             FALSE, on_loaded, &done);
  wait_until ("the copy to be spoilt", 10, flag_is_set, &done);
  g_assert_null (trias_peer_find_partner_lease (pair->backup->peer, LEASE));
  wait_until ("the copy to be repaired", 20, was_repaired, pair);
  g_assert_nonnull (trias_peer_find_partner_lease (pair->backup->peer, LEASE));
}

static void
test_routing (void)
{
  g_autoptr (Pair) pair = pair_new_formed ();
  const char *main_id = trias_identity_get_id (pair->main->identity);
  g_autofree char *location = NULL;
  TriasRoute route;

  install_both (pair);
  node_install (pair->backup, "license-only", "cut", 3);
  wait_until ("the licence to be copied", 10, pair_is_equal, pair);
  /* The backup sends on what the main server has, serves what only it has, and what the client
   * cannot reach. */
  g_assert_cmpint (trias_peer_route (pair->backup->peer, "paint", LEASE, NULL, NULL, &location), ==,
                   TRIAS_ROUTE_REDIRECT);
  g_assert_true (g_str_has_prefix (location, "https://127.0.0.2:"));
  node_ask (pair->backup, OTHER_LEASE, "cut", NULL, &route);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_SERVE);
  node_ask (pair->main, "cccccccccccccccc", "cut", NULL, &route);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_REDIRECT);
  g_assert_cmpint (node_ask (pair->main, LEASE, "paint", NULL, &route), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_SERVE);
  wait_until ("the lease to be copied", 10, pair_is_equal, pair);
  g_assert_cmpint (node_ask (pair->backup, LEASE, NULL, main_id, &route), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_RESUME);
}

/* The backup has not got to know yet what the main server granted: it does not say that it is gone.
 */
static void
test_unknown_lease (void)
{
  g_autoptr (Pair) pair = pair_new_formed ();
  TriasRoute route;

  install_both (pair);
  pair->backup->path_refused = g_strdup ("/changes");
  g_assert_cmpint (node_grant (pair->main, LEASE, "paint", 30), ==, TRIAS_REASON_NONE);
  node_ask (pair->backup, LEASE, NULL, NULL, &route);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_REDIRECT);
  g_clear_pointer (&pair->backup->path_refused, g_free);
  /* Nor is a client sent to a main server that has not heard of its lease. */
  pair->main->path_refused = g_strdup ("/changes");
  g_assert_cmpint (node_grant (pair->backup, OTHER_LEASE, "paint", 30), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (node_ask (pair->backup, OTHER_LEASE, NULL, NULL, &route), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_SERVE);
  g_clear_pointer (&pair->main->path_refused, g_free);
  wait_until ("the leases to be copied", 10, pair_is_equal, pair);
  node_ask (pair->backup, OTHER_LEASE, NULL, NULL, &route);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_REDIRECT);
}

static gboolean
other_is_let_go (gpointer pair)
{
  return node_lease (((Pair *) pair)->main, OTHER_LEASE) == NULL && pair_is_equal (pair);
}

/* Apart from the main server the backup says of what that one granted last that it is gone: who
 * went back to the main server keeps it, what nobody went on with is let go. */
static void
test_gone_apart (void)
{
  g_autoptr (Pair) pair = pair_new_formed ();

  install_both (pair);
  cut (pair);
  g_assert_cmpint (node_grant (pair->main, LEASE, "paint", 30), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (node_grant (pair->main, OTHER_LEASE, "paint", 30), ==, TRIAS_REASON_NONE);
  run_for (50);
  g_assert_cmpint (node_ask (pair->backup, LEASE, NULL, NULL, NULL), ==, TRIAS_REASON_GONE);
  g_assert_cmpint (node_ask (pair->backup, OTHER_LEASE, NULL, NULL, NULL), ==, TRIAS_REASON_GONE);
  run_for (50);
  g_assert_cmpint (node_ask (pair->main, LEASE, NULL, NULL, NULL), ==, TRIAS_REASON_NONE);
  node_stop (pair->main);
  node_start (pair->main);
  node_hear (pair->backup);
  wait_until ("the other lease to be let go", 20, other_is_let_go, pair);
  g_assert_nonnull (node_lease (pair->main, LEASE));
}

static gboolean
main_let_go (gpointer pair)
{
  return node_lease (((Pair *) pair)->main, LEASE) == NULL && pair_is_equal (pair);
}

/* The client cannot reach the main server, which both servers can: the seat there becomes free at
 * once. */
static void
test_moved (void)
{
  g_autoptr (Pair) pair = pair_new_formed ();
  const char *main_id = trias_identity_get_id (pair->main->identity);
  TriasRoute route;

  install_both (pair);
  g_assert_cmpint (node_ask (pair->main, LEASE, "paint", NULL, NULL), ==, TRIAS_REASON_NONE);
  wait_until ("the lease to be copied", 10, pair_is_equal, pair);
  run_for (50);
  g_assert_cmpint (node_ask (pair->backup, LEASE, NULL, main_id, &route), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_RESUME);
  wait_until ("the main server to let go", 10, main_let_go, pair);
  g_assert_nonnull (node_lease (pair->backup, LEASE));
  /* And back, although the main server released it just now. */
  run_for (50);
  g_assert_cmpint (node_ask (pair->main, LEASE, NULL, NULL, &route), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_RESUME);
}

static gboolean
main_has_let_go (gpointer pair)
{
  return node_lease (((Pair *) pair)->main, LEASE) == NULL;
}

/* Neither knows yet that the main server let the lease go: the backup does not send its client
 * there. */
static void
test_moved_unseen (void)
{
  g_autoptr (Pair) pair = pair_new_formed ();
  const char *main_id = trias_identity_get_id (pair->main->identity);
  TriasRoute route;

  install_both (pair);
  g_assert_cmpint (node_grant (pair->main, LEASE, "paint", 30), ==, TRIAS_REASON_NONE);
  wait_until ("the lease to be copied", 10, pair_is_equal, pair);
  pair->main->path_refused = g_strdup ("/changes");
  pair->backup->path_refused = g_strdup ("/changes");
  g_assert_cmpint (node_ask (pair->backup, LEASE, NULL, main_id, &route), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_RESUME);
  wait_until ("the main server to let go", 10, main_has_let_go, pair);
  g_assert_cmpint (node_ask (pair->backup, LEASE, NULL, NULL, &route), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_SERVE);
  g_clear_pointer (&pair->main->path_refused, g_free);
  g_clear_pointer (&pair->backup->path_refused, g_free);
  wait_until ("the lease to be copied", 10, pair_is_equal, pair);
  node_ask (pair->backup, LEASE, NULL, NULL, &route);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_REDIRECT);
}

static gboolean
main_serves (gpointer pair)
{
  g_autofree char *location = NULL;

  return trias_peer_route (((Pair *) pair)->main->peer, "paint", NULL, NULL, NULL, &location)
         == TRIAS_ROUTE_SERVE;
}

static gboolean
backup_redirects (gpointer pair)
{
  g_autofree char *location = NULL;

  return trias_peer_route (((Pair *) pair)->backup->peer, NULL, LEASE, NULL, NULL, &location)
         == TRIAS_ROUTE_REDIRECT;
}

static gboolean
backup_let_go (gpointer pair)
{
  return node_lease (((Pair *) pair)->backup, LEASE) == NULL && pair_is_equal (pair);
}

static gboolean
sends_on (gpointer pair)
{
  g_autofree char *location = NULL;

  return trias_peer_route (((Pair *) pair)->backup->peer, "press", LEASE, NULL, NULL, &location)
         == TRIAS_ROUTE_REDIRECT;
}

/* The card of the address that the relationship was made with is gone: the partner is reached at
 * the other one that it once told, and clients are sent there. */
static void
test_other_address (void)
{
  g_autoptr (Pair) pair = pair_new ();
  g_autofree char *invitation = pair_invite (pair);
  g_autofree char *location = NULL;
  Node *main_node = pair->main;

  node_stop (main_node);
  main_node->spare = "127.0.0.12";
  node_start (main_node);
  node_install (main_node, "L-1", "press", 2);
  node_allow (main_node, pair->backup);
  node_allow (pair->backup, main_node);
  g_assert_null (pair_form (pair, "0123456789abcdef0123456789abcdef", invitation, NULL));
  wait_until ("the pair to be whole", 20, pair_is_equal, pair);

  node_stop (main_node);
  wait_until ("the loss to be seen", 20, node_is_alone, pair->backup);
  g_free (main_node->host);
  main_node->host = g_strdup (main_node->spare);
  main_node->spare = NULL;
  node_allow (pair->backup, main_node);
  node_start (main_node);
  wait_until ("the partner to be found at its other address", 20, pair_is_equal, pair);
  wait_until ("clients to be sent to the main server", 20, sends_on, pair);
  trias_peer_route (pair->backup->peer, "press", LEASE, NULL, NULL, &location);
  g_assert_true (g_str_has_prefix (location, "https://127.0.0.12:"));
}

/* The main server dies and comes back: twice, with the same lease throughout. */
static void
test_takeover_and_reunion (void)
{
  g_autoptr (Pair) pair = pair_new_formed ();
  const char *main_id = trias_identity_get_id (pair->main->identity);

  install_both (pair);
  g_assert_cmpint (node_ask (pair->main, LEASE, "paint", NULL, NULL), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (node_ask (pair->main, OTHER_LEASE, "paint", NULL, NULL), ==, TRIAS_REASON_NONE);
  wait_until ("the leases to be copied", 10, pair_is_equal, pair);
  for (guint round = 0; round < 2; round++)
    {
      g_autofree char *location = NULL;
      TriasRoute route;

      node_stop (pair->main);
      /* At once, on the client's word. */
      g_assert_cmpint (node_ask (pair->backup, LEASE, NULL, main_id, &route), ==,
                       TRIAS_REASON_NONE);
      g_assert_cmpint (route, ==, TRIAS_ROUTE_RESUME);
      if (round == 0)
        {
          g_assert_cmpint (node_ask (pair->backup, OTHER_LEASE, NULL, main_id, NULL), ==,
                           TRIAS_REASON_NONE);
          g_assert_cmpint (node_release (pair->backup, OTHER_LEASE), ==, TRIAS_REASON_NONE);
        }
      wait_until ("the backup to miss the main server", 10, node_is_alone, pair->backup);
      g_assert_cmpint (node_ask (pair->backup, LEASE, NULL, NULL, &route), ==, TRIAS_REASON_NONE);
      g_assert_cmpint (route, ==, TRIAS_ROUTE_SERVE);
      g_assert_cmpuint (node_count (pair->backup, "takeover"), >=, round + 1);

      node_start (pair->main);
      g_assert_cmpint (trias_peer_route (pair->main->peer, "paint", NULL, NULL, NULL, &location),
                       ==, TRIAS_ROUTE_WAIT);
      wait_until ("the reunion", 4, main_serves, pair);
      wait_until ("the backup to send its clients back", 2, backup_redirects, pair);
      wait_until ("the pair to be whole again", 20, pair_is_equal, pair);
      /* What its client released meanwhile is not held on to. */
      g_assert_null (node_lease (pair->main, OTHER_LEASE));
      g_assert_cmpint (node_ask (pair->main, LEASE, NULL, NULL, NULL), ==, TRIAS_REASON_NONE);
      wait_until ("the backup to let go", 10, backup_let_go, pair);
    }
  g_assert_nonnull (node_lease (pair->main, LEASE));
}

/* A main server without its backup does not wait long. */
static void
test_main_alone (void)
{
  g_autoptr (Pair) pair = pair_new_formed ();
  gint64 before;

  install_both (pair);
  node_stop (pair->backup);
  node_stop (pair->main);
  node_start (pair->main);
  before = g_get_monotonic_time ();
  wait_until ("the main server to serve", 5, main_serves, pair);
  g_assert_cmpint (g_get_monotonic_time () - before, <, 2500000);
  node_start (pair->backup);
  wait_until ("the pair to be whole again", 20, pair_is_equal, pair);
}

/* --- what is shared --- */

static gboolean
contacts_are_equal (gpointer pair)
{
  return strcmp (node_contact (((Pair *) pair)->main), node_contact (((Pair *) pair)->backup)) == 0
         && pair_is_equal (pair);
}

static void
test_settings (void)
{
  g_autoptr (Pair) pair = pair_new_formed ();

  g_assert_cmpint (node_set_contact (pair->main, "one"), ==, TRIAS_REASON_NONE);
  wait_until ("the settings to be adopted", 10, contacts_are_equal, pair);
  g_assert_cmpstr (node_contact (pair->backup), ==, "one");
  g_assert_cmpint (node_set_contact (pair->backup, "two"), ==, TRIAS_REASON_NONE);
  g_assert_cmpstr (node_contact (pair->main), ==, "two");
  g_assert_cmpstr (node_contact (pair->backup), ==, "two");
  wait_until ("the settings to settle", 10, contacts_are_equal, pair);
  /* Edited on one side while apart: that holds, whichever it was. */
  cut (pair);
  g_assert_cmpint (node_set_contact (pair->backup, "three"), ==, TRIAS_REASON_NONE);
  heal (pair);
  wait_until ("the backup's edit to be taken", 10, contacts_are_equal, pair);
  g_assert_cmpstr (node_contact (pair->main), ==, "three");
  cut (pair);
  g_assert_cmpint (node_set_contact (pair->main, "four"), ==, TRIAS_REASON_NONE);
  heal (pair);
  wait_until ("the main server's edit to be taken", 10, contacts_are_equal, pair);
  g_assert_cmpstr (node_contact (pair->backup), ==, "four");
  g_assert_cmpuint (node_count (pair->main, "settings-conflict"), ==, 0);
}

static gboolean
in_conflict (gpointer pair)
{
  return status (((Pair *) pair)->main)->sync_reason == TRIAS_LAG_CONFLICT
         && status (((Pair *) pair)->backup)->sync_reason == TRIAS_LAG_CONFLICT
         && strcmp (node_contact (((Pair *) pair)->backup), node_contact (((Pair *) pair)->main))
                == 0;
}

static void
on_done (const TriasProblem *problem, gpointer user_data)
{
  if (problem != NULL)
    g_test_message ("%s", problem->detail);
  g_assert_null (problem);
  *(gboolean *) user_data = TRUE;
}

static void
conflict (Pair *pair, Node *resolver, const char *take, const char *mains, const char *backups)
{
  gboolean done = FALSE;

  cut (pair);
  g_assert_cmpint (node_set_contact (pair->backup, backups), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (node_set_contact (pair->main, mains), ==, TRIAS_REASON_NONE);
  node_stop (pair->backup);
  node_start (pair->backup);
  node_hear (pair->main);
  wait_until ("the conflict", 20, in_conflict, pair);
  g_assert_cmpstr (node_contact (pair->backup), ==, mains);
  trias_peer_resolve_conflict (resolver->peer, take, "admin", on_done, &done);
  wait_until ("the conflict to be resolved", 10, flag_is_set, &done);
  wait_until ("the resolution to arrive", 20, contacts_are_equal, pair);
  g_assert_cmpstr (node_contact (pair->backup), ==, strcmp (take, "main") == 0 ? mains : backups);
}

static void
test_conflict (void)
{
  g_autoptr (Pair) pair = pair_new_formed ();

  conflict (pair, pair->main, "main", "m1", "b1");
  conflict (pair, pair->main, "backup", "m2", "b2");
  conflict (pair, pair->backup, "backup", "m3", "b3");
  conflict (pair, pair->backup, "main", "m4", "b4");
}

static gboolean
options_are_equal (gpointer pair)
{
  return strcmp (trias_peer_get_relationship (((Pair *) pair)->backup->peer)->name, "Other") == 0
         && trias_peer_get_relationship (((Pair *) pair)->backup->peer)->options.sync_interval_s
                == 77;
}

static void
test_options (void)
{
  g_autoptr (Pair) pair = pair_new_formed ();
  TriasOptions options;

  trias_options_init (&options);
  options.sync_interval_s = 77;
  cut (pair);
  pair_set_options (pair, "Other", &options);
  heal (pair);
  wait_until ("the options to arrive", 10, options_are_equal, pair);
}

/* --- ending it --- */

static gboolean
are_single (gpointer pair)
{
  return trias_peer_get_relationship (((Pair *) pair)->main->peer) == NULL
         && trias_peer_get_relationship (((Pair *) pair)->backup->peer) == NULL;
}

static void
test_dissolve (void)
{
  g_autoptr (Pair) pair = pair_new_formed ();
  g_autofree char *invitation = NULL;
  gboolean done = FALSE;

  install_both (pair);
  trias_peer_dissolve (pair->backup->peer, FALSE, NULL, "admin", on_done, &done);
  wait_until ("the relationship to be dissolved", 10, flag_is_set, &done);
  wait_until ("both to be single", 10, are_single, pair);
  g_assert_null (trias_keeper_get_replica (pair->main->keeper));
  g_assert_null (trias_keeper_get_replica (pair->backup->keeper));
  invitation = pair_invite (pair);
  g_assert_null (pair_form (pair, "11111111111111111111111111111111", invitation, NULL));
  wait_until ("a new pair", 20, pair_is_equal, pair);
}

static void
on_unreachable (const TriasProblem *problem, gpointer user_data)
{
  g_assert_nonnull (problem);
  g_assert_cmpint (problem->reason, ==, TRIAS_REASON_UNREACHABLE);
  *(gboolean *) user_data = TRUE;
}

static void
test_dissolve_apart (void)
{
  g_autoptr (Pair) pair = pair_new_formed ();
  gboolean done = FALSE;

  node_stop (pair->backup);
  trias_peer_dissolve (pair->main->peer, FALSE, NULL, "admin", on_unreachable, &done);
  wait_until ("the refusal", 10, flag_is_set, &done);
  done = FALSE;
  trias_peer_dissolve (pair->main->peer, TRUE, NULL, "admin", on_done, &done);
  wait_until ("the relationship to be dissolved", 10, flag_is_set, &done);
  node_stop (pair->main);
  node_start (pair->main);
  g_assert_null (trias_peer_get_relationship (pair->main->peer));
  node_start (pair->backup);
  g_assert_nonnull (trias_peer_get_relationship (pair->backup->peer));
  wait_until ("the backup to learn of it", 10, are_single, pair);
}

/* --- a large copy --- */

static void
on_granted (const TriasOutcome *outcome, gpointer user_data)
{
  g_assert_cmpint (outcome->reason, ==, TRIAS_REASON_NONE);
  (*(guint *) user_data)--;
}

static gboolean
is_zero (gpointer user_data)
{
  return *(guint *) user_data == 0;
}

static void
test_snapshot (void)
{
  g_autoptr (Pair) pair = pair_new_formed ();
  guint n = 50000, open = n;
  gint64 before;

  node_install (pair->main, "license-main", "paint", 100000);
  cut (pair);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("lease-%016u", i);
      g_autofree char *key = g_strdup_printf ("%064u", i);
      TriasLease lease = { .id = id,
                           .key_id = key,
                           .feature = (char *) "paint",
                           .product = (char *) "",
                           .count = 1,
                           .ttl_s = 600 };
      TriasFacts facts = { .key_id = key, .address = "127.0.0.9" };

      lease.holder.user = lease.holder.host = lease.holder.device = (char *) "";
      trias_keeper_submit (
          pair->main->keeper,
          trias_command_grant (trias_keeper_now (pair->main->keeper), &lease, &facts), on_granted,
          &open);
    }
  wait_until ("the leases to be granted", 60, is_zero, &open);
  before = g_get_monotonic_time ();
  heal (pair);
  g_test_message ("%u leases copied within %.1f s of the heal", n,
                  (double) (g_get_monotonic_time () - before) / 1e6);
  g_assert_cmpuint (trias_ledger_n_leases (trias_keeper_get_replica (pair->backup->keeper)), ==, n);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  trias_process_begin ();
  g_test_add_func ("/pair/changes-flow", test_changes_flow);
  g_test_add_func ("/pair/states", test_states);
  g_test_add_func ("/pair/connected-not-synchronised", test_connected_not_synchronised);
  g_test_add_func ("/pair/one-way", test_one_way);
  g_test_add_func ("/pair/divergence", test_divergence);
  g_test_add_func ("/pair/routing", test_routing);
  g_test_add_func ("/pair/unknown-lease", test_unknown_lease);
  g_test_add_func ("/pair/gone-apart", test_gone_apart);
  g_test_add_func ("/pair/moved", test_moved);
  g_test_add_func ("/pair/moved-unseen", test_moved_unseen);
  g_test_add_func ("/pair/other-address", test_other_address);
  g_test_add_func ("/pair/takeover-and-reunion", test_takeover_and_reunion);
  g_test_add_func ("/pair/main-alone", test_main_alone);
  g_test_add_func ("/pair/settings", test_settings);
  g_test_add_func ("/pair/conflict", test_conflict);
  g_test_add_func ("/pair/options", test_options);
  g_test_add_func ("/pair/dissolve", test_dissolve);
  g_test_add_func ("/pair/dissolve-apart", test_dissolve_apart);
  g_test_add_func ("/pair/snapshot", test_snapshot);
  return g_test_run ();
}
