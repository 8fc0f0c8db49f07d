/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger-test.h"

#include <string.h>

#define ID_A "lease-aaaaaaaaaa"
#define ID_B "lease-bbbbbbbbbb"
#define ID_C "lease-cccccccccc"
#define KEY "key-1"

static TriasCommand *
grant (gint64 time, const char *id, guint count)
{
  return test_grant (time, test_lease (id, KEY, "", "draw", count, ""));
}

/* A licence of “draw” in “Editor”. */
static TriasCommand *
install (gint64 time,
         const char *id,
         guint revision,
         guint seats,
         gint64 not_before,
         gint64 not_after,
         guint grace)
{
  g_autofree char *features = test_feature ("draw", seats, "lease", not_before, not_after, grace);
  g_autoptr (TriasLicense) license = test_license (id, revision, "Editor", features, "");

  return trias_command_install_license (time, license, "admin");
}

static void
test_succession (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasOutcome) first = test_apply (ledger, install (TEST_T0, "L1", 2, 1, 0, 0, 0));
  g_autoptr (TriasOutcome) again = NULL;
  g_autoptr (TriasOutcome) higher = NULL;
  g_autoptr (GPtrArray) licenses = NULL;
  const TriasLedgerLicense *shown;

  g_assert_cmpint (first->reason, ==, TRIAS_REASON_NONE);
  g_assert_cmpstr (first->license_id, ==, "L1");
  g_assert_cmpstr (test_event (first, "license-installed", "product"), ==, "Editor");
  again = test_apply (ledger, install (TEST_T0, "L1", 2, 1, 0, 0, 0));
  g_assert_true (again->repeated);
  g_assert_cmpint (again->reason, ==, TRIAS_REASON_NONE);
  test_expect (ledger, install (TEST_T0, "L1", 2, 9, 0, 0, 0), TRIAS_REASON_CONFLICT);
  test_expect (ledger, install (TEST_T0, "L1", 1, 9, 0, 0, 0), TRIAS_REASON_LICENSE_OLDER);
  higher = test_apply (ledger, install (TEST_T0 + 5, "L1", 3, 4, 0, 0, 0));
  g_assert_cmpstr (test_event (higher, "license-replaced", "previous_revision"), ==, "2");

  licenses = trias_ledger_get_licenses (ledger);
  g_assert_cmpuint (licenses->len, ==, 1);
  shown = g_ptr_array_index (licenses, 0);
  g_assert_cmpuint (trias_license_get_revision (shown->license), ==, 3);
  g_assert_cmpuint (shown->previous_revision, ==, 2);
  g_assert_cmpint (shown->installed_at, ==, TEST_T0 + 5);
  g_assert_cmpint (shown->state, ==, TRIAS_REASON_NONE);
}

static void
test_invalid_text (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasOutcome) outcome = NULL;
  TriasCommand *command = install (TEST_T0, "L1", 1, 1, 0, 0, 0);

  command->text[strlen (command->text) / 2] = '!';
  outcome = test_apply (ledger, command);
  g_assert_cmpint (outcome->reason, ==, TRIAS_REASON_LICENSE_INVALID);
  g_assert_null (trias_ledger_find_license (ledger, "L1"));
}

static void
test_bound (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autofree char *features = test_feature ("draw", 1, "lease", 0, 0, 0);
  g_autoptr (TriasLicense) mine = test_license ("L1", 1, "Editor", features, "\"" TEST_SERVER "\"");
  g_autoptr (TriasLicense) other = test_license ("L2", 1, "Editor", features, "\"" TEST_OTHER "\"");

  test_expect (ledger, trias_command_install_license (TEST_T0, mine, ""), TRIAS_REASON_NONE);
  test_expect (ledger, trias_command_install_license (TEST_T0, other, ""),
               TRIAS_REASON_LICENSE_ELSEWHERE);
  g_assert_null (trias_ledger_find_license (ledger, "L2"));
}

/* A licence that came by loading but is bound to others gives no seats. */
static void
test_bound_elsewhere_is_no_source (void)
{
  g_autoptr (TriasLedger) origin = trias_ledger_new (TEST_OTHER);
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autofree char *features = test_feature ("draw", 1, "lease", 0, 0, 0);
  g_autoptr (TriasLicense) license
      = test_license ("L2", 1, "Editor", features, "\"" TEST_OTHER "\"");
  g_autoptr (GPtrArray) changes = NULL;
  g_autoptr (GPtrArray) licenses = NULL;

  test_expect (origin, trias_command_install_license (TEST_T0, license, ""), TRIAS_REASON_NONE);
  changes = trias_ledger_snapshot (origin, TRUE);
  test_load (ledger, changes);
  licenses = trias_ledger_get_licenses (ledger);
  g_assert_cmpint (((TriasLedgerLicense *) g_ptr_array_index (licenses, 0))->state, ==,
                   TRIAS_REASON_LICENSE_ELSEWHERE);
  g_assert_null (trias_ledger_find_pool (ledger, "", "draw"));
  test_expect (ledger, grant (TEST_T0, ID_A, 1), TRIAS_REASON_UNKNOWN_FEATURE);
}

static void
test_times (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  gint64 begin = TEST_T0 + TEST_HOUR;
  gint64 end = TEST_T0 + 3 * TEST_HOUR;

  test_expect (ledger, install (TEST_T0, "L1", 1, 5, begin, end, 0), TRIAS_REASON_NONE);
  test_expect (ledger, grant (begin - 1, ID_A, 1), TRIAS_REASON_NOT_YET_VALID);
  test_expect (ledger, grant (begin, ID_A, 1), TRIAS_REASON_NONE);
  g_assert_cmpint (trias_ledger_lease_limit (ledger, trias_ledger_find_lease (ledger, ID_A)), ==,
                   end);
  test_expect (ledger, grant (end - 1, ID_B, 1), TRIAS_REASON_NONE);
  test_expect (ledger, grant (end, ID_C, 1), TRIAS_REASON_EXPIRED);
  test_expect (ledger, trias_command_renew (end, ID_A, KEY), TRIAS_REASON_EXPIRED);
  g_assert_nonnull (trias_ledger_find_lease (ledger, ID_A));
  g_assert_cmpint (trias_ledger_lease_limit (ledger, trias_ledger_find_lease (ledger, ID_A)), ==,
                   end);
}

static void
test_grace (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  gint64 end = TEST_T0 + TEST_HOUR;
  g_autoptr (TriasOutcome) crossing = NULL;
  g_autoptr (TriasOutcome) later = NULL;
  g_autofree char *until = g_strdup_printf ("%" G_GINT64_FORMAT, end + 2 * TEST_HOUR);

  test_expect (ledger, install (TEST_T0, "L1", 1, 5, 0, end, 2), TRIAS_REASON_NONE);
  test_expect (ledger, grant (TEST_T0, ID_A, 1), TRIAS_REASON_NONE);
  crossing = test_apply (ledger, trias_command_tick (end));
  g_assert_cmpstr (test_event (crossing, "license-expired", "features"), ==, "draw");
  g_assert_cmpstr (test_event (crossing, "license-expired", "grace_until"), ==, until);
  later = test_apply (ledger, trias_command_tick (end + TEST_HOUR));
  g_assert_null (test_event (later, "license-expired", NULL));
  test_expect (ledger, grant (end + TEST_HOUR, ID_B, 1), TRIAS_REASON_NONE);
  test_expect (ledger, trias_command_renew (end + TEST_HOUR, ID_A, KEY), TRIAS_REASON_NONE);
  g_assert_cmpint (trias_ledger_lease_limit (ledger, trias_ledger_find_lease (ledger, ID_A)), ==,
                   end + 2 * TEST_HOUR);
  test_expect (ledger, grant (end + 2 * TEST_HOUR, ID_C, 1), TRIAS_REASON_EXPIRED);
  test_expect (ledger, trias_command_renew (end, ID_A, KEY), TRIAS_REASON_EXPIRED);
}

/* Licences that follow each other carry a lease on; one after a gap does not. */
static void
test_limit_chains (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  gint64 hour = TEST_HOUR;
  const TriasLease *lease;

  test_expect (ledger, install (TEST_T0, "L1", 1, 1, 0, TEST_T0 + hour, 0), TRIAS_REASON_NONE);
  test_expect (ledger, install (TEST_T0, "L3", 1, 1, TEST_T0 + 3 * hour, 0, 0), TRIAS_REASON_NONE);
  test_expect (ledger, grant (TEST_T0, ID_A, 1), TRIAS_REASON_NONE);
  lease = trias_ledger_find_lease (ledger, ID_A);
  g_assert_cmpint (trias_ledger_lease_limit (ledger, lease), ==, TEST_T0 + hour);
  test_expect (ledger, install (TEST_T0, "L2", 1, 1, TEST_T0 + hour, TEST_T0 + 2 * hour, 0),
               TRIAS_REASON_NONE);
  g_assert_cmpint (trias_ledger_lease_limit (ledger, lease), ==, TEST_T0 + 2 * hour);
  test_expect (ledger, install (TEST_T0, "L2", 2, 1, TEST_T0 + hour, TEST_T0 + 3 * hour, 0),
               TRIAS_REASON_NONE);
  g_assert_cmpint (trias_ledger_lease_limit (ledger, lease), ==, 0);
}

static void
test_shrink_and_remove (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasPool) pool = NULL;
  g_autoptr (TriasOutcome) removed = NULL;

  test_expect (ledger, install (TEST_T0, "L1", 1, 3, 0, 0, 0), TRIAS_REASON_NONE);
  test_expect (ledger, grant (TEST_T0, ID_A, 3), TRIAS_REASON_NONE);
  test_expect (ledger, install (TEST_T0, "L1", 2, 1, 0, 0, 0), TRIAS_REASON_NONE);
  pool = trias_ledger_find_pool (ledger, "Editor", "draw");
  g_assert_cmpuint (pool->seats, ==, 1);
  g_assert_cmpuint (pool->used, ==, 3);
  test_expect (ledger, grant (TEST_T0, ID_B, 1), TRIAS_REASON_NO_SEATS);
  test_expect (ledger, trias_command_renew (TEST_T0, ID_A, KEY), TRIAS_REASON_NONE);

  removed = test_apply (ledger, trias_command_remove_license (TEST_T0, "L1", "admin"));
  g_assert_nonnull (test_event (removed, "license-removed", "product"));
  g_assert_nonnull (trias_ledger_find_lease (ledger, ID_A));
  test_expect (ledger, trias_command_renew (TEST_T0, ID_A, KEY), TRIAS_REASON_EXPIRED);
  test_expect (ledger, grant (TEST_T0, ID_B, 1), TRIAS_REASON_UNKNOWN_FEATURE);
  test_expect (ledger, trias_command_release (TEST_T0, ID_A, KEY, ""), TRIAS_REASON_NONE);
  g_assert_null (trias_ledger_find_pool (ledger, "Editor", "draw"));
  test_expect (ledger, trias_command_remove_license (TEST_T0, "L1", "admin"), TRIAS_REASON_NONE);
}

static void
test_sum_of_licenses (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  gint64 end = TEST_T0 + TEST_HOUR;
  g_autoptr (TriasPool) pool = NULL;

  test_expect (ledger, install (TEST_T0, "L1", 1, 3, 0, end, 0), TRIAS_REASON_NONE);
  test_expect (ledger, install (TEST_T0, "L2", 1, 4, 0, 0, 0), TRIAS_REASON_NONE);
  pool = trias_ledger_find_pool (ledger, "", "draw");
  g_assert_cmpuint (pool->seats, ==, 7);
  g_assert_cmpint (pool->not_after, ==, end);
  test_expect (ledger, trias_command_tick (end), TRIAS_REASON_NONE);
  g_clear_pointer (&pool, trias_pool_free);
  pool = trias_ledger_find_pool (ledger, "", "draw");
  g_assert_cmpuint (pool->seats, ==, 4);
  g_assert_cmpint (pool->not_after, ==, 0);
}

static void
test_replica_has_pools (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasLedger) replica = NULL;
  g_autoptr (TriasPool) pool = NULL;

  test_expect (ledger, install (TEST_T0, "L1", 1, 3, TEST_T0 - TEST_HOUR, 0, 0), TRIAS_REASON_NONE);
  test_expect (ledger, grant (TEST_T0, ID_A, 2), TRIAS_REASON_NONE);
  test_expect (ledger, trias_command_renew (TEST_T0 + 9, ID_A, KEY), TRIAS_REASON_NONE);
  replica = test_copy (ledger, TRUE);
  test_assert_same (ledger, replica, TRUE);
  pool = trias_ledger_find_pool (replica, "Editor", "draw");
  g_assert_cmpuint (pool->seats, ==, 3);
  g_assert_cmpuint (pool->used, ==, 2);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ledger/license/succession", test_succession);
  g_test_add_func ("/ledger/license/invalid", test_invalid_text);
  g_test_add_func ("/ledger/license/bound", test_bound);
  g_test_add_func ("/ledger/license/bound-elsewhere", test_bound_elsewhere_is_no_source);
  g_test_add_func ("/ledger/license/times", test_times);
  g_test_add_func ("/ledger/license/grace", test_grace);
  g_test_add_func ("/ledger/license/limit-chains", test_limit_chains);
  g_test_add_func ("/ledger/license/shrink-and-remove", test_shrink_and_remove);
  g_test_add_func ("/ledger/license/sum", test_sum_of_licenses);
  g_test_add_func ("/ledger/license/replica", test_replica_has_pools);
  return g_test_run ();
}
