/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "pair-fixture.h"

#define RELATIONSHIP "0123456789abcdef0123456789abcdef"

static const char *
id_of (Node *node)
{
  return trias_identity_get_id (node->identity);
}

static gboolean
is_idle (Node *node)
{
  g_autofree char *text = NULL;
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_peer_write (node->peer, writer, TRUE);
  text = trias_json_writer_end (writer, NULL);
  trias_json_writer_free (writer);
  return strstr (text, "\"forming\":null") != NULL || strstr (text, "\"phase\":\"failed\"") != NULL;
}

static gboolean
both_are_as_before (gpointer user_data)
{
  Pair *pair = user_data;

  return trias_peer_get_relationship (pair->main->peer) == NULL
         && trias_peer_get_relationship (pair->backup->peer) == NULL && is_idle (pair->main)
         && is_idle (pair->backup);
}

static void
test_happy (void)
{
  g_autoptr (Pair) pair = pair_new_formed ();
  const TriasRelationship *relationship = trias_peer_get_relationship (pair->backup->peer);
  TriasProblem *problem;

  g_assert_cmpstr (relationship->name, ==, "Pair");
  g_assert_cmpint (trias_relationship_role (relationship, id_of (pair->main)), ==, TRIAS_ROLE_MAIN);
  g_assert_cmpuint (node_count (pair->main, "peer-connected"), ==, 1);
  g_assert_cmpuint (node_count (pair->backup, "relationship-formed"), ==, 1);
  /* Asked again with the same id: done already. */
  problem = pair_form (pair, RELATIONSHIP, "", NULL);
  g_assert_null (problem);
  problem = pair_form (pair, "ffffffffffffffffffffffffffffffff", "", NULL);
  g_assert_cmpint (problem->reason, ==, TRIAS_REASON_ALREADY_RELATED);
  trias_problem_free (problem);
}

static void
test_missing_rules (void)
{
  g_autoptr (Pair) pair = pair_new ();
  g_autofree char *invitation = pair_invite (pair);
  g_autoptr (GPtrArray) checks = pair_check (pair, invitation, id_of (pair->backup));
  g_autofree char *wanted
      = g_strdup_printf ("Allow key %s from address 127.0.0.2", id_of (pair->main));
  const TriasCheck *check = find_check (checks, "rule", id_of (pair->backup));
  g_autofree char *mend = trias_rule_to_text (check->mend);
  TriasProblem *problem;

  g_assert_cmpint (check->state, ==, TRIAS_CHECK_FAILED);
  g_assert_cmpint (check->reason_code, ==, TRIAS_REASON_RULE_MISSING);
  g_assert_cmpstr (mend, ==, wanted);
  check = find_check (checks, "rule", id_of (pair->main));
  g_assert_cmpint (check->state, ==, TRIAS_CHECK_FAILED);
  g_assert_cmpstr (check->mend->where_value, ==, "127.0.0.3");

  /* One alone is not enough, and the refusal names the server where the other is missing. */
  node_allow (pair->main, pair->backup);
  problem = pair_form (pair, RELATIONSHIP, invitation, NULL);
  g_assert_cmpint (problem->reason, ==, TRIAS_REASON_RULE_MISSING);
  g_assert_cmpstr (g_hash_table_lookup (problem->params, "server"), ==, id_of (pair->backup));
  g_assert_cmpstr (g_hash_table_lookup (problem->params, "server_name"), ==, "backup");
  g_assert_cmpstr (g_hash_table_lookup (problem->params, "rule"), ==, wanted);
  trias_problem_free (problem);
  g_assert_true (both_are_as_before (pair));

  /* The invitation was not used up by that. */
  node_allow (pair->backup, pair->main);
  problem = pair_form (pair, RELATIONSHIP, invitation, NULL);
  g_assert_null (problem);
}

static void
test_invitations (void)
{
  g_autoptr (Pair) pair = pair_new ();
  g_autofree char *wrong = NULL;
  g_autofree char *good = pair_invite (pair);
  TriasProblem *problem;
  gint64 expires;
  GPtrArray *checks;

  node_allow (pair->main, pair->backup);
  node_allow (pair->backup, pair->main);
  wrong = trias_peer_invite (pair->backup->peer, id_of (pair->backup), TRIAS_KIND_BACKUP, &expires);
  problem = pair_form (pair, RELATIONSHIP, wrong, NULL);
  g_assert_cmpint (problem->reason, ==, TRIAS_REASON_INVITATION);
  trias_problem_free (problem);
  problem = pair_form (pair, RELATIONSHIP, "", NULL);
  g_assert_cmpint (problem->reason, ==, TRIAS_REASON_INVITATION);
  trias_problem_free (problem);

  checks = pair_check (pair, "", NULL);
  g_assert_cmpint (find_check (checks, "reach", id_of (pair->backup))->state, ==,
                   TRIAS_CHECK_PASSED);
  g_assert_cmpint (find_check (checks, "identity", id_of (pair->backup))->state, ==,
                   TRIAS_CHECK_WARNING);
  g_assert_cmpint (find_check (checks, "invitation", id_of (pair->backup))->state, ==,
                   TRIAS_CHECK_FAILED);
  g_ptr_array_unref (checks);

  /* Kept over a restart, used once. */
  node_stop (pair->backup);
  node_start (pair->backup);
  checks = pair_check (pair, good, NULL);
  for (guint i = 0; i < checks->len; i++)
    g_assert_cmpint (((TriasCheck *) g_ptr_array_index (checks, i))->state, !=, TRIAS_CHECK_FAILED);
  g_ptr_array_unref (checks);
  g_assert_null (pair_form (pair, RELATIONSHIP, good, NULL));
  checks = pair_check (pair, good, NULL);
  g_assert_cmpint (find_check (checks, "invitation", id_of (pair->backup))->reason_code, ==,
                   TRIAS_REASON_INVITATION);
  g_ptr_array_unref (checks);
}

/* Ten minutes pass on all clocks: the same invitation is refused, by the check and by the forming,
 * and nothing has changed anywhere. A new one is good. */
static void
test_expired_invitation (void)
{
  g_autoptr (Pair) pair = pair_new ();
  g_autofree char *invitation = pair_invite (pair);
  g_autofree char *fresh = NULL;
  const TriasCheck *check;
  TriasProblem *problem;
  GPtrArray *checks;

  node_allow (pair->main, pair->backup);
  node_allow (pair->backup, pair->main);
  pair->main->wall_ahead_ms = pair->backup->wall_ahead_ms = 9 * 60 * 1000;
  checks = pair_check (pair, invitation, id_of (pair->backup));
  check = find_check (checks, "invitation", id_of (pair->backup));
  g_assert_cmpint (check->state, ==, TRIAS_CHECK_PASSED);
  g_ptr_array_unref (checks);

  pair->main->wall_ahead_ms = pair->backup->wall_ahead_ms = 10 * 60 * 1000;
  checks = pair_check (pair, invitation, id_of (pair->backup));
  check = find_check (checks, "invitation", id_of (pair->backup));
  g_assert_cmpint (check->state, ==, TRIAS_CHECK_FAILED);
  g_assert_cmpint (check->reason_code, ==, TRIAS_REASON_INVITATION);
  g_assert_nonnull (strstr (check->detail, "has expired"));
  g_ptr_array_unref (checks);

  problem = pair_form (pair, RELATIONSHIP, invitation, id_of (pair->backup));
  g_assert_cmpint (problem->reason, ==, TRIAS_REASON_INVITATION);
  g_assert_cmpstr (g_hash_table_lookup (problem->params, "server"), ==, id_of (pair->backup));
  trias_problem_free (problem);
  g_assert_true (both_are_as_before (pair));
  g_assert_cmpuint (node_count (pair->main, "relationship-sealed"), ==, 0);
  g_assert_cmpuint (node_count (pair->backup, "relationship-prepare"), ==, 0);

  fresh = pair_invite (pair);
  g_assert_null (pair_form (pair, RELATIONSHIP, fresh, id_of (pair->backup)));
}

static void
test_wrong_key (void)
{
  g_autoptr (Pair) pair = pair_new ();
  g_autofree char *invitation = pair_invite (pair);
  g_autofree char *other = g_strnfill (64, 'a');
  TriasProblem *problem = pair_form (pair, RELATIONSHIP, invitation, other);

  g_assert_cmpint (problem->reason, ==, TRIAS_REASON_KEY_MISMATCH);
  trias_problem_free (problem);
}

static void
test_same_license (void)
{
  g_autoptr (Pair) pair = pair_new ();
  g_autofree char *invitation = pair_invite (pair);
  TriasProblem *problem;

  node_allow (pair->main, pair->backup);
  node_allow (pair->backup, pair->main);
  node_install (pair->main, "license-1", "paint", 5);
  node_install (pair->backup, "license-1", "paint", 5);
  problem = pair_form (pair, RELATIONSHIP, invitation, NULL);
  g_assert_cmpint (problem->reason, ==, TRIAS_REASON_LICENSE_ELSEWHERE);
  trias_problem_free (problem);
}

/* The other server refuses at @path; before the seal everybody is as before. */
static void
test_refused_before_seal (void)
{
  g_autoptr (Pair) pair = pair_new ();
  g_autofree char *invitation = pair_invite (pair);
  TriasProblem *problem;

  node_allow (pair->main, pair->backup);
  node_allow (pair->backup, pair->main);
  pair->backup->path_refused = g_strdup ("/prepare");
  problem = pair_form (pair, RELATIONSHIP, invitation, NULL);
  g_assert_nonnull (problem);
  trias_problem_free (problem);
  wait_until ("both to be as before", 10, both_are_as_before, pair);
  g_clear_pointer (&pair->backup->path_refused, g_free);
  g_assert_null (pair_form (pair, RELATIONSHIP, invitation, NULL));
}

static gboolean
was_refused (gpointer node)
{
  return ((Node *) node)->refusals > 0;
}

static void
on_ignored (const TriasProblem *problem, gpointer user_data)
{
}

static void
begin_forming (Pair *pair, const char *invitation)
{
  TriasPeerCandidate candidate = { pair->backup->address, NULL, (char *) invitation };
  g_autoptr (GPtrArray) array = g_ptr_array_new ();
  TriasOptions options;

  trias_options_init (&options);
  g_ptr_array_add (array, &candidate);
  trias_peer_form (pair->main->peer, RELATIONSHIP, "Pair", TRIAS_KIND_BACKUP, &options, array, NULL,
                   "admin", on_ignored, NULL);
}

/* Decided, but neither hears of it before both were restarted: carried through. */
static void
test_restart_after_seal (void)
{
  g_autoptr (Pair) pair = pair_new ();
  g_autofree char *invitation = pair_invite (pair);

  node_allow (pair->main, pair->backup);
  node_allow (pair->backup, pair->main);
  pair->backup->path_refused = g_strdup ("/formed");
  begin_forming (pair, invitation);
  wait_until ("the seal", 20, was_refused, pair->backup);
  g_assert_nonnull (trias_peer_get_relationship (pair->main->peer));
  g_assert_null (trias_peer_get_relationship (pair->backup->peer));
  node_stop (pair->main);
  node_stop (pair->backup);
  g_clear_pointer (&pair->backup->path_refused, g_free);
  node_start (pair->backup);
  run_for (300);
  g_assert_null (trias_peer_get_relationship (pair->backup->peer));
  node_start (pair->main);
  wait_until ("the pair", 20, pair_is_equal, pair);
}

static gboolean
backup_is_prepared (gpointer user_data)
{
  Pair *pair = user_data;

  return node_count (pair->backup, "relationship-prepare") > 0;
}

/* The coordinator goes before it decides: the prepared one asks and forgets. */
static void
test_coordinator_gone_before_seal (void)
{
  g_autoptr (Pair) pair = pair_new ();
  g_autofree char *invitation = pair_invite (pair);

  node_allow (pair->main, pair->backup);
  node_allow (pair->backup, pair->main);
  begin_forming (pair, invitation);
  wait_until ("the preparation", 20, backup_is_prepared, pair);
  node_stop (pair->main);
  g_assert_false (is_idle (pair->backup));
  /* And it keeps its promise over a restart of its own. */
  node_stop (pair->backup);
  node_start (pair->backup);
  run_for (200);
  g_assert_false (is_idle (pair->backup));
  node_start (pair->main);
  wait_until ("both to be as before", 20, both_are_as_before, pair);
}

/* An administrator ends the preparation by hand although it was decided: the main server undoes it.
 */
static void
test_abort_after_seal (void)
{
  g_autoptr (Pair) pair = pair_new ();
  g_autofree char *invitation = pair_invite (pair);

  node_allow (pair->main, pair->backup);
  node_allow (pair->backup, pair->main);
  pair->backup->path_refused = g_strdup ("/formed");
  begin_forming (pair, invitation);
  wait_until ("the seal", 20, was_refused, pair->backup);
  trias_peer_abort (pair->backup->peer, "admin", on_ignored, NULL);
  g_clear_pointer (&pair->backup->path_refused, g_free);
  wait_until ("both to be as before", 20, both_are_as_before, pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  trias_process_begin ();
  g_test_add_func ("/forming/happy", test_happy);
  g_test_add_func ("/forming/missing-rules", test_missing_rules);
  g_test_add_func ("/forming/invitations", test_invitations);
  g_test_add_func ("/forming/expired-invitation", test_expired_invitation);
  g_test_add_func ("/forming/wrong-key", test_wrong_key);
  g_test_add_func ("/forming/same-license", test_same_license);
  g_test_add_func ("/forming/refused-before-seal", test_refused_before_seal);
  g_test_add_func ("/forming/restart-after-seal", test_restart_after_seal);
  g_test_add_func ("/forming/coordinator-gone-before-seal", test_coordinator_gone_before_seal);
  g_test_add_func ("/forming/abort-after-seal", test_abort_after_seal);
  return g_test_run ();
}
