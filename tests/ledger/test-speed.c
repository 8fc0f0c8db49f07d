/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <time.h>

#include "ledger-test.h"

/* The server's speed rests on this: a lease costs the same whatever the number of leases. Processor
 * time of a small ledger is compared with that of a large one, each the best of some tries, so that
 * a busy machine or a checking build does not matter; what grew with the number would be SCALE
 * times dearer. The measured times are in the messages. */

#define SMALL 2000
#define SCALE 50
#define LARGE (SMALL * SCALE)
#define TRIES 5
/* Caches, deeper trees and rehashing make some difference. */
#define ALLOWED (SCALE / 3)

static double
cpu_us (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return (double) now.tv_sec * 1e6 + (double) now.tv_nsec / 1e3;
}

/* What one of @n cost since @start, if it is less than @best. */
static void
note_best (double *best, double start, guint n)
{
  double each = (cpu_us () - start) / n;

  if (*best <= 0 || each < *best)
    *best = each;
}

static void
compare (const char *what, double small, double large)
{
  g_test_message ("%s: %.3f µs each, %.3f in a ledger %d times as large", what, small, large,
                  SCALE);
  g_assert_cmpfloat (large, <, small * ALLOWED);
}

static TriasLease *
numbered_lease (guint i)
{
  /* Scattered, as clients' random ids are. */
  g_autofree char *id = g_strdup_printf ("lease-%010u", i * 2654435761u);
  g_autofree char *key = g_strdup_printf ("%064u", i % 500);

  return test_lease (id, key, "", "draw", 1, "");
}

static TriasLedger *
empty_ledger (void)
{
  TriasLedger *ledger = trias_ledger_new (TEST_SERVER);

  /* Many licences: finding the pool must not depend on their number. */
  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *id = g_strdup_printf ("L%u", i);
      g_autofree char *feature = g_strdup_printf ("feature-%u", i);

      test_install (ledger, id, "Editor", feature, 10);
    }
  test_install (ledger, "L", "Editor", "draw", LARGE);
  return ledger;
}

/* Grants @n leases; @best is what one of the last SMALL took. */
static TriasLedger *
filled_ledger (guint n, double *best)
{
  TriasLedger *ledger = empty_ledger ();

  for (guint first = 0; first < n; first += SMALL)
    {
      double start, none = 0;

      g_autoptr (GPtrArray) commands
          = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_command_free);

      for (guint i = 0; i < SMALL; i++)
        g_ptr_array_add (commands, test_grant (TEST_T0, numbered_lease (first + i)));
      start = cpu_us ();
      for (guint i = 0; i < SMALL; i++)
        {
          g_autoptr (TriasOutcome) outcome
              = trias_ledger_apply (ledger, g_ptr_array_index (commands, i));

          g_assert_cmpint (outcome->reason, ==, TRIAS_REASON_NONE);
        }
      note_best (first + TRIES * SMALL >= n ? best : &none, start, SMALL);
    }
  return ledger;
}

static void
renew (TriasLedger *ledger, guint n, double *best)
{
  for (guint try = 0; try < TRIES; try++)
    {
      double start = cpu_us ();

      for (guint i = 0; i < SMALL; i++)
        {
          g_autoptr (TriasLease) lease = numbered_lease ((try * SMALL + i) % n);
          g_autoptr (TriasOutcome) outcome
              = test_apply (ledger, trias_command_renew (TEST_T0, lease->id, lease->key_id));

          g_assert_cmpint (outcome->reason, ==, TRIAS_REASON_NONE);
        }
      note_best (best, start, SMALL);
    }
}

static void
copy_ledger (TriasLedger *ledger, guint n, double *snapshot_best, double *load_best)
{
  for (guint try = 0; try < 2; try++)
    {
      g_autoptr (TriasLedger) copy = trias_ledger_new (TEST_SERVER);
      double start = cpu_us ();
      g_autoptr (GPtrArray) snapshot = trias_ledger_snapshot (ledger, FALSE);

      note_best (snapshot_best, start, n);
      start = cpu_us ();
      test_load (copy, snapshot);
      note_best (load_best, start, n);
      test_assert_same (ledger, copy, FALSE);
    }
}

static void
serialize_ledger (TriasLedger *ledger, guint n, double *out_best, double *in_best)
{
  for (guint try = 0; try < 2; try++)
    {
      g_autoptr (TriasLedger) copy = trias_ledger_new (TEST_SERVER);
      double start = cpu_us ();
      g_autoptr (GBytes) bytes = trias_ledger_serialize (ledger);

      note_best (out_best, start, n);
      start = cpu_us ();
      g_assert_true (trias_ledger_deserialize (copy, bytes, NULL));
      note_best (in_best, start, n);
      test_assert_same (ledger, copy, FALSE);
    }
}

static void
count_lease (const TriasLease *lease, gpointer user_data)
{
  ++*(guint *) user_data;
}

static void
read_pages (TriasLedger *ledger, double *best)
{
  for (guint try = 0; try < TRIES; try++)
    {
      double start = cpu_us ();
      guint n = 0;

      for (guint i = 0; i < 100; i++)
        trias_ledger_foreach_lease (ledger, "lease-2", 100, count_lease, &n);
      note_best (best, start, 100);
      g_assert_cmpuint (n, ==, 10000);
    }
}

typedef struct
{
  double grant, renewal, snapshot, load, serialize, deserialize, page;
} Costs;

static Costs
measure (guint n)
{
  Costs costs = { 0 };

  for (guint try = 0; try < (n == SMALL ? TRIES : 1); try++)
    {
      g_autoptr (TriasLedger) ledger = filled_ledger (n, &costs.grant);

      renew (ledger, n, &costs.renewal);
      copy_ledger (ledger, n, &costs.snapshot, &costs.load);
      serialize_ledger (ledger, n, &costs.serialize, &costs.deserialize);
      read_pages (ledger, &costs.page);
    }
  return costs;
}

static void
test_speed (void)
{
  Costs small = measure (SMALL);
  Costs large = measure (LARGE);

  compare ("grants", small.grant, large.grant);
  compare ("renewals", small.renewal, large.renewal);
  compare ("snapshot, a lease", small.snapshot, large.snapshot);
  compare ("load, a lease", small.load, large.load);
  compare ("serialize, a lease", small.serialize, large.serialize);
  compare ("deserialize, a lease", small.deserialize, large.deserialize);
  compare ("page of 100", small.page, large.page);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ledger/speed", test_speed);
  return g_test_run ();
}
