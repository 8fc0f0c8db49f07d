/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger-test.h"

#define ID_A "lease-aaaaaaaaaa"
#define ID_B "lease-bbbbbbbbbb"
#define ID_C "lease-cccccccccc"
#define KEY_1 "key-1"
#define KEY_2 "key-2"

static TriasCommand *
grant (gint64 time, const char *id, const char *key, guint count)
{
  return test_grant (time, test_lease (id, key, "", "draw", count, ""));
}

static TriasLedger *
ledger_with_seats (guint seats)
{
  TriasLedger *ledger = trias_ledger_new (TEST_SERVER);

  test_install (ledger, "L1", "Editor", "draw", seats);
  return ledger;
}

static void
test_grant_fills_and_refuses (void)
{
  g_autoptr (TriasLedger) ledger = ledger_with_seats (3);
  g_autoptr (TriasOutcome) first = test_apply (ledger, grant (TEST_T0, ID_A, KEY_1, 2));
  g_autoptr (TriasOutcome) denied = NULL;
  g_autoptr (TriasPool) pool = NULL;

  g_assert_cmpint (first->reason, ==, TRIAS_REASON_NONE);
  g_assert_cmpstr (first->lease->product, ==, "Editor");
  g_assert_cmpuint (first->lease->ttl_s, ==, TRIAS_LEASE_DEFAULT_TTL_S);
  g_assert_cmpint (first->lease->granted_at, ==, TEST_T0);
  g_assert_cmpstr (test_event (first, "lease-granted", "count"), ==, "2");

  denied = test_apply (ledger, grant (TEST_T0, ID_B, KEY_1, 2));
  g_assert_cmpint (denied->reason, ==, TRIAS_REASON_NO_SEATS);
  g_assert_nonnull (strstr (denied->detail, "2 of 3 seats"));
  g_assert_null (denied->lease);
  test_expect (ledger, grant (TEST_T0, ID_C, KEY_1, 1), TRIAS_REASON_NONE);

  pool = trias_ledger_find_pool (ledger, "", "draw");
  g_assert_cmpuint (pool->seats, ==, 3);
  g_assert_cmpuint (pool->used, ==, 3);
  g_assert_cmpuint (pool->leases, ==, 2);
  g_assert_cmpuint (trias_ledger_n_leases (ledger), ==, 2);
}

static void
test_contact_is_named (void)
{
  g_autoptr (TriasLedger) ledger = ledger_with_seats (1);
  g_autoptr (TriasSettings) settings = trias_settings_new_default ();
  g_autoptr (TriasOutcome) denied = NULL;

  g_free (settings->contact);
  settings->contact = g_strdup ("licences@example.org");
  test_expect (ledger, trias_command_set_settings (TEST_T0, settings, "admin"), TRIAS_REASON_NONE);
  denied = test_apply (ledger, grant (TEST_T0, ID_A, KEY_1, 2));
  g_assert_nonnull (strstr (denied->detail, "licences@example.org"));
}

static void
test_grant_again (void)
{
  g_autoptr (TriasLedger) ledger = ledger_with_seats (2);
  g_autoptr (TriasOutcome) first = test_apply (ledger, grant (TEST_T0, ID_A, KEY_1, 1));
  g_autoptr (TriasOutcome) again = test_apply (ledger, grant (TEST_T0 + 50, ID_A, KEY_1, 1));
  TriasLease *named = test_lease (ID_A, KEY_1, "Editor", "draw", 1, "");

  g_assert_cmpint (again->reason, ==, TRIAS_REASON_NONE);
  g_assert_true (again->repeated);
  g_assert_true (trias_lease_same_content (first->lease, again->lease));
  g_assert_cmpint (again->lease->granted_at, ==, TEST_T0);
  g_assert_cmpuint (again->events->len, ==, 0);

  named->ttl_s = TRIAS_LEASE_DEFAULT_TTL_S;
  test_expect (ledger, test_grant (TEST_T0, named), TRIAS_REASON_NONE);
  test_expect (ledger, grant (TEST_T0, ID_A, KEY_2, 1), TRIAS_REASON_CONFLICT);
  test_expect (ledger, grant (TEST_T0, ID_A, KEY_1, 2), TRIAS_REASON_CONFLICT);
  g_assert_cmpuint (trias_ledger_n_leases (ledger), ==, 1);
}

static void
test_bad_requests (void)
{
  g_autoptr (TriasLedger) ledger = ledger_with_seats (2);
  TriasLease *lease = test_lease (ID_A, KEY_1, "", "draw", 1, "");

  lease->ttl_s = TRIAS_LEASE_MAX_TTL_S + 1;
  test_expect (ledger, test_grant (TEST_T0, lease), TRIAS_REASON_BAD_REQUEST);
  test_expect (ledger, grant (TEST_T0, "short", KEY_1, 1), TRIAS_REASON_BAD_REQUEST);
  test_expect (ledger, grant (TEST_T0, ID_A, "", 1), TRIAS_REASON_BAD_REQUEST);
  test_expect (ledger, grant (TEST_T0, ID_A, KEY_1, 0), TRIAS_REASON_BAD_REQUEST);
  test_expect (ledger, grant (TEST_T0, ID_A, KEY_1, TRIAS_LEASE_MAX_COUNT + 1),
               TRIAS_REASON_BAD_REQUEST);
  test_expect (ledger, test_grant (TEST_T0, test_lease (ID_A, KEY_1, "", "", 1, "")),
               TRIAS_REASON_BAD_REQUEST);
  test_expect (ledger, test_grant (TEST_T0, test_lease (ID_A, KEY_1, "", "paint", 1, "")),
               TRIAS_REASON_UNKNOWN_FEATURE);
  test_expect (ledger, test_grant (TEST_T0, test_lease (ID_A, KEY_1, "Other", "draw", 1, "")),
               TRIAS_REASON_UNKNOWN_FEATURE);
  g_assert_cmpuint (trias_ledger_n_leases (ledger), ==, 0);
}

static void
test_renew (void)
{
  g_autoptr (TriasLedger) ledger = ledger_with_seats (2);
  g_autoptr (TriasOutcome) renewed = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  guint64 revision;

  test_expect (ledger, grant (TEST_T0, ID_A, KEY_1, 1), TRIAS_REASON_NONE);
  before = trias_ledger_digest (ledger);
  revision = trias_ledger_get_revision (ledger);
  renewed = test_apply (ledger, trias_command_renew (TEST_T0 + 40000, ID_A, KEY_1));
  g_assert_cmpint (renewed->reason, ==, TRIAS_REASON_NONE);
  g_assert_cmpuint (renewed->lease->generation, ==, 2);
  g_assert_cmpint (renewed->lease->renewed_at, ==, TEST_T0 + 40000);
  g_assert_cmpuint (renewed->events->len, ==, 0);
  for (guint i = 0; i < renewed->changes->len; i++)
    g_assert_cmpuint (((TriasChange *) g_ptr_array_index (renewed->changes, i))->revision, ==, 0);
  after = trias_ledger_digest (ledger);
  g_assert_cmpstr (before, ==, after);
  g_assert_cmpuint (trias_ledger_get_revision (ledger), ==, revision);

  test_expect (ledger, trias_command_renew (TEST_T0, ID_A, KEY_2), TRIAS_REASON_FORBIDDEN);
  test_expect (ledger, trias_command_renew (TEST_T0, ID_B, KEY_1), TRIAS_REASON_GONE);
}

static void
test_release (void)
{
  g_autoptr (TriasLedger) ledger = ledger_with_seats (1);
  g_autoptr (TriasOutcome) released = NULL;
  g_autoptr (TriasOutcome) again = NULL;
  g_autoptr (TriasOutcome) forced = NULL;

  test_expect (ledger, grant (TEST_T0, ID_A, KEY_1, 1), TRIAS_REASON_NONE);
  test_expect (ledger, trias_command_release (TEST_T0, ID_A, KEY_2, ""), TRIAS_REASON_FORBIDDEN);
  released = test_apply (ledger, trias_command_release (TEST_T0, ID_A, KEY_1, ""));
  g_assert_cmpint (released->reason, ==, TRIAS_REASON_NONE);
  g_assert_cmpstr (released->lease->id, ==, ID_A);
  g_assert_nonnull (test_event (released, "lease-released", NULL));
  g_assert_true (trias_ledger_has_tombstone (ledger, ID_A));
  again = test_apply (ledger, trias_command_release (TEST_T0, ID_A, KEY_1, ""));
  g_assert_cmpint (again->reason, ==, TRIAS_REASON_NONE);
  g_assert_true (again->repeated);
  g_assert_cmpuint (again->events->len, ==, 0);

  test_expect (ledger, trias_command_renew (TEST_T0, ID_A, KEY_1), TRIAS_REASON_GONE);
  test_expect (ledger, grant (TEST_T0, ID_A, KEY_1, 1), TRIAS_REASON_GONE);
  test_expect (ledger, grant (TEST_T0, ID_B, KEY_1, 1), TRIAS_REASON_NONE);
  forced = test_apply (ledger, trias_command_release (TEST_T0, ID_B, "", "admin"));
  g_assert_nonnull (test_event (forced, "lease-forced", NULL));
}

static void
test_tombstones_go (void)
{
  g_autoptr (TriasLedger) ledger = ledger_with_seats (1);
  gint64 end = TEST_T0 + 2000 * TRIAS_LEASE_DEFAULT_TTL_S;

  test_expect (ledger, grant (TEST_T0, ID_A, KEY_1, 1), TRIAS_REASON_NONE);
  test_expect (ledger, trias_command_release (TEST_T0, ID_A, KEY_1, ""), TRIAS_REASON_NONE);
  test_expect (ledger, trias_command_tick (end - 1), TRIAS_REASON_NONE);
  g_assert_true (trias_ledger_has_tombstone (ledger, ID_A));
  test_expect (ledger, trias_command_tick (end), TRIAS_REASON_NONE);
  g_assert_false (trias_ledger_has_tombstone (ledger, ID_A));
  test_expect (ledger, grant (end, ID_A, KEY_1, 1), TRIAS_REASON_NONE);
}

/* More tombstones end at once than one command clears: none may stand in the way of its id. */
static void
test_tombstones_late (void)
{
  g_autoptr (TriasLedger) ledger = ledger_with_seats (50);
  g_autoptr (TriasLedger) copy = NULL;
  g_autoptr (TriasOutcome) granted = NULL;
  gboolean cleared = FALSE;

  for (guint i = 0; i < 40; i++)
    {
      g_autofree char *id = g_strdup_printf ("lease-%010u", i);

      test_expect (ledger, grant (TEST_T0, id, KEY_1, 1), TRIAS_REASON_NONE);
      test_expect (ledger, trias_command_release (TEST_T0, id, KEY_1, ""), TRIAS_REASON_NONE);
    }
  granted = test_apply (ledger, grant (TEST_T0 + TEST_HOUR, "lease-0000000039", KEY_1, 1));
  g_assert_cmpint (granted->reason, ==, TRIAS_REASON_NONE);
  for (guint i = 0; i < granted->changes->len; i++)
    {
      const TriasChange *change = g_ptr_array_index (granted->changes, i);

      cleared |= change->record == TRIAS_RECORD_TOMBSTONE && change->value == NULL
                 && strcmp (change->key, "lease-0000000039") == 0;
    }
  g_assert_true (cleared);
  copy = test_copy (ledger, FALSE);
  test_assert_same (ledger, copy, FALSE);
  test_expect (ledger, trias_command_tick (TEST_T0 + TEST_HOUR), TRIAS_REASON_NONE);
  g_assert_nonnull (trias_ledger_find_lease (ledger, "lease-0000000039"));
}

static void
test_expire (void)
{
  g_autoptr (TriasLedger) ledger = ledger_with_seats (1);
  g_autoptr (TriasOutcome) late = NULL;
  g_autoptr (TriasOutcome) expired = NULL;

  test_expect (ledger, grant (TEST_T0, ID_A, KEY_1, 1), TRIAS_REASON_NONE);
  test_expect (ledger, trias_command_renew (TEST_T0, ID_A, KEY_1), TRIAS_REASON_NONE);
  late = test_apply (ledger, trias_command_expire (TEST_T0, ID_A, 1));
  g_assert_null (late->lease);
  g_assert_nonnull (trias_ledger_find_lease (ledger, ID_A));
  expired = test_apply (ledger, trias_command_expire (TEST_T0, ID_A, 2));
  g_assert_nonnull (test_event (expired, "lease-expired", NULL));
  g_assert_null (trias_ledger_find_lease (ledger, ID_A));
  test_expect (ledger, trias_command_renew (TEST_T0, ID_A, KEY_1), TRIAS_REASON_GONE);
  test_expect (ledger, trias_command_expire (TEST_T0, ID_A, 2), TRIAS_REASON_NONE);
}

static void
test_resume (void)
{
  g_autoptr (TriasLedger) ledger = ledger_with_seats (1);
  g_autoptr (TriasLease) lease = test_lease (ID_A, KEY_1, "Editor", "draw", 1, "");
  TriasFacts facts = { .key_id = KEY_1, .user = "user", .address = "192.0.2.7" };
  g_autoptr (TriasOutcome) resumed = NULL;

  resumed = test_apply (ledger, trias_command_resume (TEST_T0, lease, &facts));
  g_assert_nonnull (test_event (resumed, "lease-resumed", "feature"));
  g_assert_null (test_event (resumed, "lease-granted", NULL));
  test_expect (ledger, grant (TEST_T0, ID_A, KEY_1, 1), TRIAS_REASON_NONE);
}

static void
test_devices (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autofree char *features = test_feature ("print", 2, "device", 0, 0, 0);
  g_autoptr (TriasLicense) license = test_license ("L1", 1, "Press", features, "");
  g_autoptr (TriasPool) pool = NULL;

  test_expect (ledger, trias_command_install_license (TEST_T0, license, ""), TRIAS_REASON_NONE);
  test_expect (ledger, test_grant (TEST_T0, test_lease (ID_A, KEY_1, "", "print", 1, "P1")),
               TRIAS_REASON_NONE);
  test_expect (ledger, test_grant (TEST_T0, test_lease (ID_B, KEY_2, "", "print", 1, "P1")),
               TRIAS_REASON_NONE);
  test_expect (ledger, test_grant (TEST_T0, test_lease (ID_C, KEY_2, "", "print", 1, "")),
               TRIAS_REASON_BAD_REQUEST);
  test_expect (ledger, test_grant (TEST_T0, test_lease (ID_C, KEY_2, "", "print", 2, "P2")),
               TRIAS_REASON_BAD_REQUEST);
  test_expect (ledger, test_grant (TEST_T0, test_lease (ID_C, KEY_2, "", "print", 1, "P2")),
               TRIAS_REASON_NONE);
  test_expect (ledger,
               test_grant (TEST_T0, test_lease ("lease-dddddddddd", KEY_2, "", "print", 1, "P3")),
               TRIAS_REASON_NO_SEATS);
  pool = trias_ledger_find_pool (ledger, "Press", "print");
  g_assert_cmpuint (pool->used, ==, 2);
  g_assert_cmpuint (pool->leases, ==, 3);

  test_expect (ledger, trias_command_release (TEST_T0, ID_A, KEY_1, ""), TRIAS_REASON_NONE);
  g_clear_pointer (&pool, trias_pool_free);
  pool = trias_ledger_find_pool (ledger, "Press", "print");
  g_assert_cmpuint (pool->used, ==, 2);
  test_expect (ledger, trias_command_release (TEST_T0, ID_B, KEY_2, ""), TRIAS_REASON_NONE);
  test_expect (ledger,
               test_grant (TEST_T0, test_lease ("lease-dddddddddd", KEY_2, "", "print", 1, "P3")),
               TRIAS_REASON_NONE);
}

static void
test_any_product (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);

  test_install (ledger, "L2", "Beta", "draw", 1);
  test_install (ledger, "L1", "Alpha", "draw", 1);
  test_expect (ledger, grant (TEST_T0, ID_A, KEY_1, 1), TRIAS_REASON_NONE);
  test_expect (ledger, grant (TEST_T0, ID_B, KEY_1, 1), TRIAS_REASON_NONE);
  test_expect (ledger, grant (TEST_T0, ID_C, KEY_1, 1), TRIAS_REASON_NO_SEATS);
  g_assert_cmpstr (trias_ledger_find_lease (ledger, ID_A)->product, ==, "Alpha");
  g_assert_cmpstr (trias_ledger_find_lease (ledger, ID_B)->product, ==, "Beta");
}

static void
test_rules_decide (void)
{
  g_autoptr (TriasLedger) ledger = ledger_with_seats (5);
  g_autoptr (TriasRule) deny
      = trias_rule_parse (TRIAS_SCOPE_USE, "Deny user user from everywhere", NULL);
  g_autoptr (TriasOutcome) denied = NULL;

  test_expect (ledger, trias_command_put_rule (TEST_T0, deny, "admin"), TRIAS_REASON_NONE);
  denied = test_apply (ledger, grant (TEST_T0, ID_A, KEY_1, 1));
  g_assert_cmpint (denied->reason, ==, TRIAS_REASON_RULE_DENIED);
  g_assert_nonnull (strstr (denied->detail, "user user"));
  test_expect (ledger, trias_command_remove_rule (TEST_T0, deny->id, "admin"), TRIAS_REASON_NONE);
  test_expect (ledger, grant (TEST_T0, ID_A, KEY_1, 1), TRIAS_REASON_NONE);
}

static void
collect_id (const TriasLease *lease, gpointer user_data)
{
  g_string_append_c (user_data, lease->id[6]);
}

static void
test_foreach (void)
{
  g_autoptr (TriasLedger) ledger = ledger_with_seats (5);
  g_autoptr (GString) ids = g_string_new (NULL);

  test_expect (ledger, grant (TEST_T0, ID_C, KEY_1, 1), TRIAS_REASON_NONE);
  test_expect (ledger, grant (TEST_T0, ID_A, KEY_1, 1), TRIAS_REASON_NONE);
  test_expect (ledger, grant (TEST_T0, ID_B, KEY_1, 1), TRIAS_REASON_NONE);
  g_assert_cmpuint (trias_ledger_foreach_lease (ledger, NULL, 2, collect_id, ids), ==, 2);
  g_assert_cmpuint (trias_ledger_foreach_lease (ledger, ID_B, 2, collect_id, ids), ==, 1);
  g_assert_cmpuint (trias_ledger_foreach_lease (ledger, "lease-bb", 9, collect_id, ids), ==, 2);
  g_assert_cmpstr (ids->str, ==, "abcbc");
}

static void
test_time_never_back (void)
{
  g_autoptr (TriasLedger) ledger = ledger_with_seats (5);
  g_autoptr (TriasOutcome) granted = NULL;

  test_expect (ledger, trias_command_tick (TEST_T0 + TEST_HOUR), TRIAS_REASON_NONE);
  granted = test_apply (ledger, grant (TEST_T0, ID_A, KEY_1, 1));
  g_assert_cmpint (granted->lease->granted_at, ==, TEST_T0 + TEST_HOUR);
  g_assert_cmpint (trias_ledger_get_time (ledger), ==, TEST_T0 + TEST_HOUR);
}

/* Times far beyond any clock do no harm. */
static void
test_time_far_ahead (void)
{
  g_autoptr (TriasLedger) ledger = ledger_with_seats (5);
  g_autoptr (TriasLedger) copy = NULL;

  test_expect (ledger, grant (G_MAXINT64, ID_A, KEY_1, 1), TRIAS_REASON_NONE);
  test_expect (ledger, trias_command_release (G_MAXINT64, ID_A, KEY_1, ""), TRIAS_REASON_NONE);
  g_assert_true (trias_ledger_has_tombstone (ledger, ID_A));
  copy = test_copy (ledger, FALSE);
  test_assert_same (ledger, copy, FALSE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ledger/lease/fills-and-refuses", test_grant_fills_and_refuses);
  g_test_add_func ("/ledger/lease/contact", test_contact_is_named);
  g_test_add_func ("/ledger/lease/again", test_grant_again);
  g_test_add_func ("/ledger/lease/bad-requests", test_bad_requests);
  g_test_add_func ("/ledger/lease/renew", test_renew);
  g_test_add_func ("/ledger/lease/release", test_release);
  g_test_add_func ("/ledger/lease/tombstones-go", test_tombstones_go);
  g_test_add_func ("/ledger/lease/tombstones-late", test_tombstones_late);
  g_test_add_func ("/ledger/lease/expire", test_expire);
  g_test_add_func ("/ledger/lease/resume", test_resume);
  g_test_add_func ("/ledger/lease/devices", test_devices);
  g_test_add_func ("/ledger/lease/any-product", test_any_product);
  g_test_add_func ("/ledger/lease/rules", test_rules_decide);
  g_test_add_func ("/ledger/lease/foreach", test_foreach);
  g_test_add_func ("/ledger/lease/time", test_time_never_back);
  g_test_add_func ("/ledger/lease/time-far-ahead", test_time_far_ahead);
  return g_test_run ();
}
