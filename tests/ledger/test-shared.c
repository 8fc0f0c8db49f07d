/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger-test.h"

#define REL "rel-0000000000000001"

static TriasRule *
rule (const char *id, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasRule) parsed = trias_rule_parse (TRIAS_SCOPE_USE, text, &error);

  g_assert_no_error (error);
  g_free (parsed->id);
  parsed->id = g_strdup (id);
  return g_steal_pointer (&parsed);
}

static void
test_defaults (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasLedger) from_changes = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasLedger) from_snapshot = test_copy (ledger, TRUE);
  g_autoptr (TriasOutcome) outcome = NULL;
  GPtrArray *rules = trias_ledger_get_rules (ledger);

  g_assert_cmpuint (rules->len, ==, 1);
  g_assert_cmpuint (trias_ledger_get_revision (ledger), ==, 0);
  test_assert_same (ledger, from_snapshot, TRUE);
  test_assert_same (ledger, from_changes, TRUE);
  outcome = test_apply (
      ledger, trias_command_remove_rule (
                  TEST_T0, ((const TriasRule *) g_ptr_array_index (rules, 0))->id, "admin"));
  g_assert_cmpuint (trias_ledger_get_revision (ledger), ==, 1);
  test_load (from_changes, outcome->changes);
  test_assert_same (ledger, from_changes, FALSE);
  g_assert_cmpuint (trias_ledger_get_rules (from_changes)->len, ==, 0);
}

static void
test_settings (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasSettings) settings = trias_settings_new_default ();
  g_autoptr (TriasOutcome) changed = NULL;
  g_autoptr (TriasOutcome) again = NULL;
  guint64 revision;

  settings->default_ttl_s = 60;
  changed = test_apply (ledger, trias_command_set_settings (TEST_T0, settings, "admin"));
  g_assert_cmpstr (test_event (changed, "settings-changed", "default_ttl_s"), ==, "60");
  g_assert_null (test_event (changed, "settings-changed", "history_days"));
  g_assert_cmpuint (trias_ledger_get_settings (ledger)->default_ttl_s, ==, 60);
  revision = trias_ledger_get_revision (ledger);
  again = test_apply (ledger, trias_command_set_settings (TEST_T0, settings, "admin"));
  g_assert_true (again->repeated);
  g_assert_cmpuint (trias_ledger_get_revision (ledger), ==, revision);
}

static void
test_rules (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasRule) first = rule ("b", "Deny user mia from everywhere");
  g_autoptr (TriasRule) second = rule ("a", "Allow group staff from network 192.0.2.0/24");
  g_autoptr (TriasRule) changed = rule ("b", "Deny user max from everywhere");
  g_autoptr (TriasRule) peer = rule ("c", "Allow everyone from everywhere");
  g_autoptr (TriasOutcome) added = NULL;
  g_autoptr (TriasOutcome) again = NULL;
  g_autoptr (TriasOutcome) replaced = NULL;
  g_autoptr (TriasOutcome) removed = NULL;
  GPtrArray *rules;

  added = test_apply (ledger, trias_command_put_rule (TEST_T0, first, "admin"));
  g_assert_nonnull (test_event (added, "rule-added", "rule"));
  again = test_apply (ledger, trias_command_put_rule (TEST_T0, first, "admin"));
  g_assert_true (again->repeated);
  replaced = test_apply (ledger, trias_command_put_rule (TEST_T0, changed, "admin"));
  g_assert_nonnull (strstr (test_event (replaced, "rule-changed", "previous"), "mia"));
  g_assert_nonnull (strstr (test_event (replaced, "rule-changed", "rule"), "max"));
  test_expect (ledger, trias_command_put_rule (TEST_T0, second, "admin"), TRIAS_REASON_NONE);
  rules = trias_ledger_get_rules (ledger);
  g_assert_cmpuint (rules->len, ==, 3);
  g_assert_cmpstr (((const TriasRule *) g_ptr_array_index (rules, 0))->id, ==, "a");
  g_assert_cmpstr (((const TriasRule *) g_ptr_array_index (rules, 1))->id, ==, "b");
  peer->scope = TRIAS_SCOPE_PEER;
  test_expect (ledger, trias_command_put_rule (TEST_T0, peer, "admin"), TRIAS_REASON_BAD_REQUEST);
  removed = test_apply (ledger, trias_command_remove_rule (TEST_T0, "a", "admin"));
  g_assert_nonnull (test_event (removed, "rule-removed", "rule"));
  test_expect (ledger, trias_command_remove_rule (TEST_T0, "a", "admin"), TRIAS_REASON_NONE);
}

static void
test_too_many_rules (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasRule) one = rule ("x", "Deny user mia from everywhere");

  for (guint i = 0; i < 999; i++)
    {
      g_autofree char *id = g_strdup_printf ("r%u", i);
      g_autoptr (TriasRule) more = rule (id, "Deny user mia from everywhere");

      test_expect (ledger, trias_command_put_rule (TEST_T0, more, ""), TRIAS_REASON_NONE);
    }
  test_expect (ledger, trias_command_put_rule (TEST_T0, one, ""), TRIAS_REASON_TOO_MANY);
}

static void
test_adopt (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasSettings) settings = trias_settings_new_default ();
  g_autoptr (GPtrArray) rules = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_rule_free);
  g_autoptr (TriasOutcome) adopted = NULL;
  g_autoptr (TriasOutcome) again = NULL;
  guint64 revision;

  g_ptr_array_add (rules, rule ("z", "Deny user mia from everywhere"));
  g_ptr_array_add (rules, rule ("y", "Allow everyone from everywhere"));
  settings->history_days = 7;
  adopted = test_apply (ledger, trias_command_adopt_shared (TEST_T0, settings, rules, "eins"));
  g_assert_nonnull (test_event (adopted, "settings-changed", "history_days"));
  g_assert_nonnull (test_event (adopted, "rule-removed", NULL));
  g_assert_nonnull (test_event (adopted, "rule-added", NULL));
  g_assert_cmpuint (trias_ledger_get_rules (ledger)->len, ==, 2);
  revision = trias_ledger_get_revision (ledger);
  again = test_apply (ledger, trias_command_adopt_shared (TEST_T0, settings, rules, "eins"));
  g_assert_true (again->repeated);
  g_assert_cmpuint (trias_ledger_get_revision (ledger), ==, revision);

  g_ptr_array_add (rules, rule ("z", "Allow everyone from everywhere"));
  test_expect (ledger, trias_command_adopt_shared (TEST_T0, settings, rules, ""),
               TRIAS_REASON_BAD_REQUEST);
  g_assert_cmpuint (trias_ledger_get_rules (ledger)->len, ==, 2);
}

static TriasCommand *
seal (const char *id, guint64 incarnation)
{
  g_autoptr (TriasRelationship) relationship = test_relationship (id, incarnation);

  return trias_command_seal (TEST_T0, relationship, "admin");
}

static void
test_seal (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasLedger) stranger = trias_ledger_new (TEST_OTHER);
  g_autoptr (TriasOutcome) sealed = NULL;
  g_autoptr (TriasOutcome) again = NULL;
  g_autoptr (TriasLedger) copy = NULL;

  test_expect (stranger, seal (REL, 1), TRIAS_REASON_BAD_REQUEST);
  sealed = test_apply (ledger, seal (REL, 2));
  g_assert_cmpstr (test_event (sealed, "relationship-sealed", "name"), ==, "Werk 1");
  again = test_apply (ledger, seal (REL, 2));
  g_assert_true (again->repeated);
  test_expect (ledger, seal (REL, 1), TRIAS_REASON_EPOCH);
  test_expect (ledger, seal ("rel-0000000000000002", 3), TRIAS_REASON_ALREADY_RELATED);
  test_expect (ledger, seal (REL, 3), TRIAS_REASON_NONE);
  g_assert_cmpuint (trias_ledger_get_relationship (ledger)->incarnation, ==, 3);

  copy = test_copy (ledger, FALSE);
  test_assert_same (ledger, copy, FALSE);
  g_clear_pointer (&copy, trias_ledger_free);
  copy = test_copy (ledger, TRUE);
  g_assert_null (trias_ledger_get_relationship (copy));
  test_assert_same (ledger, copy, TRUE);
}

static void
test_options_and_dissolve (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasRelationship) wanted = test_relationship (REL, 1);
  g_autoptr (TriasOutcome) changed = NULL;
  g_autoptr (TriasOutcome) dissolved = NULL;
  g_autoptr (TriasLedger) copy = NULL;

  test_expect (ledger, trias_command_set_options (TEST_T0, wanted, ""), TRIAS_REASON_NOT_RELATED);
  test_expect (ledger, seal (REL, 1), TRIAS_REASON_NONE);
  wanted->options.sync_interval_s = 60;
  changed = test_apply (ledger, trias_command_set_options (TEST_T0, wanted, "admin"));
  g_assert_nonnull (test_event (changed, "relationship-changed", NULL));
  g_assert_cmpuint (trias_ledger_get_relationship (ledger)->options.sync_interval_s, ==, 60);
  wanted->incarnation = 2;
  test_expect (ledger, trias_command_set_options (TEST_T0, wanted, ""), TRIAS_REASON_EPOCH);
  wanted->incarnation = 1;
  g_free (((TriasMember *) g_ptr_array_index (wanted->members, 1))->id);
  ((TriasMember *) g_ptr_array_index (wanted->members, 1))->id = g_strdup (TEST_OTHER);
  test_expect (ledger, trias_command_set_options (TEST_T0, wanted, ""), TRIAS_REASON_CONFLICT);

  test_expect (ledger, trias_command_dissolve (TEST_T0, "rel-x", "", ""), TRIAS_REASON_NOT_RELATED);
  dissolved = test_apply (ledger, trias_command_dissolve (TEST_T0, REL, "", "admin"));
  g_assert_nonnull (test_event (dissolved, "relationship-dissolved", "name"));
  g_assert_null (trias_ledger_get_relationship (ledger));
  test_expect (ledger, trias_command_dissolve (TEST_T0, REL, "", "admin"), TRIAS_REASON_NONE);
  copy = test_copy (ledger, FALSE);
  test_expect (copy, seal (REL, 1), TRIAS_REASON_EPOCH);
  test_expect (copy, seal (REL, 2), TRIAS_REASON_NONE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ledger/shared/defaults", test_defaults);
  g_test_add_func ("/ledger/shared/settings", test_settings);
  g_test_add_func ("/ledger/shared/rules", test_rules);
  g_test_add_func ("/ledger/shared/too-many-rules", test_too_many_rules);
  g_test_add_func ("/ledger/shared/adopt", test_adopt);
  g_test_add_func ("/ledger/relationship/seal", test_seal);
  g_test_add_func ("/ledger/relationship/options-and-dissolve", test_options_and_dissolve);
  return g_test_run ();
}
