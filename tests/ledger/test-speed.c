/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <time.h>

#include "ledger-test.h"

/* Figures that the server's speed rests on. The limits leave room for slow machines and checking
 * builds; the measured times are in the messages. */

#define N_LEASES 100000

static TriasLease *
numbered_lease (guint i)
{
  /* Scattered, as clients' random ids are. */
  g_autofree char *id = g_strdup_printf ("lease-%010u", i * 2654435761u);
  g_autofree char *key = g_strdup_printf ("%064u", i % 500);

  return test_lease (id, key, "", "draw", 1, "");
}

/* Time of the processor, µs: a busy machine makes nothing slower. */
static gint64
spent (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

static void
report (const char *what, gint64 start, guint n, gint64 limit_ms)
{
  gint64 used = spent () - start;

  g_test_message ("%s: %.1f ms, %.2f µs each", what, (double) used / 1000, (double) used / n);
  g_assert_cmpint (used / 1000, <, limit_ms);
}

static TriasLedger *
filled_ledger (void)
{
  TriasLedger *ledger = trias_ledger_new (TEST_SERVER);
  g_autoptr (GPtrArray) commands
      = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_command_free);
  gint64 start;

  /* Many licences: finding the pool must not depend on their number. */
  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *id = g_strdup_printf ("L%u", i);
      g_autofree char *feature = g_strdup_printf ("feature-%u", i);

      test_install (ledger, id, "Editor", feature, 10);
    }
  test_install (ledger, "L", "Editor", "draw", N_LEASES);
  for (guint i = 0; i < N_LEASES; i++)
    g_ptr_array_add (commands, test_grant (TEST_T0, numbered_lease (i)));

  start = spent ();
  for (guint i = 0; i < N_LEASES; i++)
    {
      g_autoptr (TriasOutcome) outcome
          = trias_ledger_apply (ledger, g_ptr_array_index (commands, i));

      g_assert_cmpint (outcome->reason, ==, TRIAS_REASON_NONE);
    }
  report ("grants", start, N_LEASES, 10000);

  start = spent ();
  for (guint i = 0; i < N_LEASES; i++)
    {
      const TriasCommand *command = g_ptr_array_index (commands, i);
      g_autoptr (GBytes) bytes = trias_command_encode (command);
      g_autoptr (TriasCommand) back
          = trias_command_decode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL);

      g_assert_nonnull (back);
    }
  report ("encode and decode", start, N_LEASES, 10000);
  return ledger;
}

static void
count_lease (const TriasLease *lease, gpointer user_data)
{
  ++*(guint *) user_data;
}

static void
test_speed (void)
{
  g_autoptr (TriasLedger) ledger = filled_ledger ();
  g_autoptr (TriasLedger) copy = trias_ledger_new (TEST_SERVER);
  g_autoptr (GPtrArray) snapshot = NULL;
  g_autoptr (GBytes) bytes = NULL;
  gint64 start = spent ();
  guint n = 0;

  for (guint i = 0; i < N_LEASES; i++)
    {
      g_autoptr (TriasLease) lease = numbered_lease (i);
      g_autoptr (TriasOutcome) outcome
          = test_apply (ledger, trias_command_renew (TEST_T0, lease->id, lease->key_id));

      g_assert_cmpint (outcome->reason, ==, TRIAS_REASON_NONE);
    }
  report ("renewals", start, N_LEASES, 10000);

  start = spent ();
  snapshot = trias_ledger_snapshot (ledger, FALSE);
  report ("snapshot", start, N_LEASES, 5000);
  start = spent ();
  test_load (copy, snapshot);
  report ("load", start, N_LEASES, 5000);
  test_assert_same (ledger, copy, FALSE);

  start = spent ();
  bytes = trias_ledger_serialize (ledger);
  report ("serialize", start, N_LEASES, 2000);
  start = spent ();
  g_assert_true (trias_ledger_deserialize (copy, bytes, NULL));
  report ("deserialize", start, N_LEASES, 5000);
  test_assert_same (ledger, copy, FALSE);

  start = spent ();
  for (guint i = 0; i < 1000; i++)
    trias_ledger_foreach_lease (copy, "lease-2", 100, count_lease, &n);
  report ("pages of 100", start, 1000, 5000);
  g_assert_cmpuint (n, ==, 100000);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ledger/speed", test_speed);
  return g_test_run ();
}
