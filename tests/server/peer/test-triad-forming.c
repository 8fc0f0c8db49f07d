/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "triad-fixture.h"

static void
assert_state (Triad *triad,
              GPtrArray *checks,
              const char *kind,
              guint server,
              guint peer,
              TriasCheckState state)
{
  const TriasCheck *check = triad_find_check (triad, checks, kind, server, peer);

  g_assert_nonnull (check);
  g_assert_cmpint (check->state, ==, state);
}

typedef struct
{
  gboolean done;
  TriasReason reason;
} Refused;

static void
on_refused (GPtrArray *checks, const TriasProblem *problem, gpointer user_data)
{
  Refused *refused = user_data;

  g_assert_null (checks);
  refused->done = TRUE;
  refused->reason = problem->reason;
}

/* Each of the six rules that is missing is named, on the server where it is missing, with the mend.
 */
static void
test_missing_rules (void)
{
  g_autoptr (Triad) triad = triad_new ();
  g_autoptr (GPtrArray) checks = triad_check (triad);

  for (guint on = 0; on < TRIAS_MAX_MEMBERS; on++)
    for (guint whom = 0; whom < TRIAS_MAX_MEMBERS; whom++)
      {
        const TriasCheck *check;

        if (on == whom)
          continue;
        check = triad_find_check (triad, checks, "rule", on, whom);
        g_assert_nonnull (check);
        g_assert_cmpint (check->state, ==, TRIAS_CHECK_FAILED);
        g_assert_cmpint (check->reason_code, ==, TRIAS_REASON_RULE_MISSING);
        g_assert_cmpstr (check->mend->who_value, ==, node_id (triad->nodes[whom]));
        g_assert_cmpstr (check->mend->where_value, ==, triad->nodes[whom]->host);
        g_assert_cmpstr (g_hash_table_lookup (check->params, "server_name"), ==,
                         triad->nodes[on]->name);
        g_assert_cmpstr (g_hash_table_lookup (check->params, "peer_name"), ==,
                         triad->nodes[whom]->name);
      }
}

/* One of six is not there: the refusal names it, and everybody is as before. */
static void
test_one_rule_missing (void)
{
  g_autoptr (Triad) triad = triad_new ();
  g_autoptr (TriasProblem) problem = NULL;

  triad_allow_all_but (triad, 2, 1);
  problem = triad_form (triad);
  g_assert_nonnull (problem);
  g_assert_cmpint (problem->reason, ==, TRIAS_REASON_RULE_MISSING);
  g_assert_cmpstr (g_hash_table_lookup (problem->params, "server"), ==, node_id (triad->nodes[2]));
  g_assert_nonnull (
      strstr (g_hash_table_lookup (problem->params, "rule"), node_id (triad->nodes[1])));
  g_assert_true (triad_is_as_before (triad));
}

static void
test_checks_pass (void)
{
  g_autoptr (Triad) triad = triad_new ();
  g_autoptr (GPtrArray) checks = NULL;

  triad_allow_all (triad);
  node_install (triad->nodes[0], "license-1", "paint", 5);
  checks = triad_check (triad);
  for (guint i = 0; i < checks->len; i++)
    g_assert_cmpint (((TriasCheck *) g_ptr_array_index (checks, i))->state, ==, TRIAS_CHECK_PASSED);
  assert_state (triad, checks, "reach-back", 1, 2, TRIAS_CHECK_PASSED);
  assert_state (triad, checks, "reach-back", 2, 1, TRIAS_CHECK_PASSED);
  assert_state (triad, checks, "reach-back", 2, 0, TRIAS_CHECK_PASSED);
  assert_state (triad, checks, "issuers", 1, 0, TRIAS_CHECK_PASSED);
}

/* A member that cannot verify what it would serve is named, with the issuer, before and after. It
 * is mended by the key alone. */
static void
test_lacks_issuer (void)
{
  g_autoptr (Triad) triad = triad_new ();
  Node *lacking = triad->nodes[2];
  g_autofree char *folder = g_build_filename (lacking->folder, "issuers", NULL);
  g_autofree char *common = g_build_filename (triad->folder, "issuers", "Example.pub", NULL);
  g_autofree char *own = g_build_filename (folder, "Example.pub", NULL);
  g_autofree char *key = NULL, *secret = NULL, *other = NULL;
  g_autoptr (GPtrArray) before = NULL;
  g_autoptr (GPtrArray) wrong = NULL;
  g_autoptr (GPtrArray) after = NULL;
  const TriasCheck *check;

  node_stop (lacking);
  trias_issuers_unref (lacking->issuers);
  lacking->issuers = trias_issuers_load (folder, NULL);
  node_start (lacking);
  triad_allow_all (triad);
  before = triad_check (triad);
  assert_state (triad, before, "issuers", 2, 0, TRIAS_CHECK_PASSED);
  g_clear_pointer (&before, g_ptr_array_unref);
  node_install (triad->nodes[0], "license-1", "paint", 5);
  before = triad_check (triad);
  assert_state (triad, before, "issuers", 1, 0, TRIAS_CHECK_PASSED);
  check = triad_find_check (triad, before, "issuers", 2, 0);
  g_assert_cmpint (check->state, ==, TRIAS_CHECK_FAILED);
  g_assert_cmpstr (g_hash_table_lookup (check->params, "issuer"), ==, "Example");
  /* Another key by the same name is none. */
  trias_issuer_generate (&secret, &other);
  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  g_assert_true (g_file_set_contents (own, other, -1, NULL));
  wrong = triad_check (triad);
  assert_state (triad, wrong, "issuers", 2, 0, TRIAS_CHECK_FAILED);
  g_assert_true (g_file_get_contents (common, &key, NULL, NULL));
  g_assert_true (g_file_set_contents (own, key, -1, NULL));
  after = triad_check (triad);
  assert_state (triad, after, "issuers", 2, 0, TRIAS_CHECK_PASSED);
}

/* One is not reached by the other alone: said of those two. */
static void
test_not_reached (void)
{
  g_autoptr (Triad) triad = triad_new ();
  g_autoptr (GPtrArray) checks = NULL;

  triad_allow_all (triad);
  node_deafen (triad->nodes[2]);
  checks = triad_check (triad);
  assert_state (triad, checks, "reach", 2, 0, TRIAS_CHECK_FAILED);
  assert_state (triad, checks, "reach", 1, 0, TRIAS_CHECK_PASSED);
  assert_state (triad, checks, "rule", 2, 1, TRIAS_CHECK_WAITING);
}

/* A newcomer has something of its own that would be lost. */
static void
test_own_license (void)
{
  g_autoptr (Triad) triad = triad_new ();
  g_autoptr (GPtrArray) checks = NULL;
  const TriasCheck *check;

  triad_allow_all (triad);
  node_install (triad->nodes[1], "license-2", "paint", 5);
  checks = triad_check (triad);
  check = triad_find_check (triad, checks, "licenses", 1, 0);
  g_assert_cmpint (check->state, ==, TRIAS_CHECK_FAILED);
  g_assert_cmpstr (g_hash_table_lookup (check->params, "license"), ==, "license-2");
  assert_state (triad, checks, "licenses", 2, 0, TRIAS_CHECK_PASSED);
}

/* A licence that is bound to the first server rests in the triad: that is told, and no seat of it
 * may be in use by then. */
static void
test_resting (void)
{
  g_autoptr (Triad) triad = triad_new ();
  Node *first = triad->nodes[0];
  g_autoptr (GPtrArray) unused = NULL;
  g_autoptr (GPtrArray) used = NULL;
  const TriasCheck *check;

  triad_allow_all (triad);
  node_install_bound (first, "license-1", "paint", 5);
  unused = triad_check (triad);
  check = find_check (unused, "resting", node_id (first));
  g_assert_nonnull (check);
  g_assert_cmpint (check->state, ==, TRIAS_CHECK_WARNING);
  g_assert_cmpstr (g_hash_table_lookup (check->params, "license"), ==, "license-1");

  g_assert_cmpint (node_grant (first, "lease-aaaaaaaaaa", "paint", 120), ==, TRIAS_REASON_NONE);
  used = triad_check (triad);
  check = find_check (used, "resting", node_id (first));
  g_assert_cmpint (check->state, ==, TRIAS_CHECK_FAILED);
  g_assert_cmpstr (g_hash_table_lookup (check->params, "feature"), ==, "paint");
  g_assert_cmpstr (g_hash_table_lookup (check->params, "used"), ==, "1");
  g_assert_cmpstr (g_hash_table_lookup (check->params, "seats"), ==, "0");
}

/* The triad that there is, asked of any of its members: nobody has to be invited, nothing changes.
 */
static void
test_present (void)
{
  g_autoptr (Triad) triad = triad_new ();

  triad_allow_all (triad);
  node_install (triad->nodes[0], "license-1", "paint", 5);
  g_assert_null (triad_form (triad));
  wait_until ("the triad to be whole", 30, triad_is_whole, triad);
  for (guint by = 0; by < TRIAS_MAX_MEMBERS; by++)
    {
      g_autoptr (GPtrArray) checks = triad_check_present (triad, by);

      for (guint i = 0; i < checks->len; i++)
        g_assert_cmpint (((TriasCheck *) g_ptr_array_index (checks, i))->state, ==,
                         TRIAS_CHECK_PASSED);
      for (guint on = 0; on < TRIAS_MAX_MEMBERS; on++)
        for (guint whom = 0; whom < TRIAS_MAX_MEMBERS; whom++)
          if (on != whom)
            assert_state (triad, checks, "rule", on, whom, TRIAS_CHECK_PASSED);
      g_assert_nonnull (triad_find_check (triad, checks, "member", (by + 1) % 3, by));
      g_assert_null (triad_find_check (triad, checks, "free", (by + 1) % 3, by));
      g_assert_null (triad_find_check (triad, checks, "invitation", (by + 1) % 3, by));
    }
  g_assert_true (triad_is_whole (triad));
}

/* One does not answer: what the two others find on their way to it is said of each of them. */
static void
test_present_unreached (void)
{
  g_autoptr (Triad) triad = triad_new ();
  g_autoptr (GPtrArray) checks = NULL;

  triad_allow_all (triad);
  g_assert_null (triad_form (triad));
  wait_until ("the triad to be whole", 30, triad_is_whole, triad);
  node_deafen (triad->nodes[2]);
  checks = triad_check_present (triad, 0);
  assert_state (triad, checks, "reach", 2, 0, TRIAS_CHECK_FAILED);
  assert_state (triad, checks, "reach-back", 1, 2, TRIAS_CHECK_FAILED);
  assert_state (triad, checks, "reach-back", 2, 1, TRIAS_CHECK_WAITING);
  assert_state (triad, checks, "reach", 1, 0, TRIAS_CHECK_PASSED);
  assert_state (triad, checks, "reach-back", 1, 0, TRIAS_CHECK_PASSED);
}

/* Without a relationship there is none to be checked. */
static void
test_present_stranger (void)
{
  g_autoptr (Triad) triad = triad_new ();
  Refused refused = { FALSE };

  trias_peer_check_present (triad->nodes[0]->peer, on_refused, &refused);
  g_assert_true (refused.done);
  g_assert_cmpint (refused.reason, ==, TRIAS_REASON_NOT_RELATED);
}

/* One refuses to promise: before the seal everybody is as before, also who had promised. */
static void
test_refused_before_seal (void)
{
  g_autoptr (Triad) triad = triad_new ();
  g_autoptr (TriasProblem) problem = NULL;

  triad_allow_all (triad);
  triad->nodes[2]->path_refused = g_strdup ("/prepare");
  problem = triad_form (triad);
  g_assert_nonnull (problem);
  wait_until ("all to be as before", 20, triad_is_as_before, triad);
}

static gboolean
all_are_prepared (gpointer user_data)
{
  Triad *triad = user_data;

  return node_count (triad->nodes[1], "relationship-prepare") > 0
         && node_count (triad->nodes[2], "relationship-prepare") > 0;
}

/* The coordinator goes before it decides: whoever has promised asks, and forgets. */
static void
test_coordinator_gone_before_seal (void)
{
  g_autoptr (Triad) triad = triad_new ();

  triad_allow_all (triad);
  triad_begin_forming (triad);
  wait_until ("both to have promised", 20, all_are_prepared, triad);
  node_stop (triad->nodes[0]);
  node_stop (triad->nodes[1]);
  node_start (triad->nodes[1]);
  node_start (triad->nodes[0]);
  wait_until ("all to be as before", 30, triad_is_as_before, triad);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  trias_process_begin ();
  g_test_add_func ("/triad-forming/missing-rules", test_missing_rules);
  g_test_add_func ("/triad-forming/one-rule-missing", test_one_rule_missing);
  g_test_add_func ("/triad-forming/checks-pass", test_checks_pass);
  g_test_add_func ("/triad-forming/lacks-issuer", test_lacks_issuer);
  g_test_add_func ("/triad-forming/not-reached", test_not_reached);
  g_test_add_func ("/triad-forming/own-license", test_own_license);
  g_test_add_func ("/triad-forming/resting", test_resting);
  g_test_add_func ("/triad-forming/present", test_present);
  g_test_add_func ("/triad-forming/present-unreached", test_present_unreached);
  g_test_add_func ("/triad-forming/present-stranger", test_present_stranger);
  g_test_add_func ("/triad-forming/refused-before-seal", test_refused_before_seal);
  g_test_add_func ("/triad-forming/coordinator-gone-before-seal",
                   test_coordinator_gone_before_seal);
  return g_test_run ();
}
