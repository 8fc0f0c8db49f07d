/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-freshness.h"
#include "server/peer/trias-link.h"
#include "server/peer/trias-pieces.h"
#include "server/peer/trias-sync.h"

/* The state machines of link and synchronisation by a clock of the test's own. */

static void
test_link (void)
{
  TriasLink link;

  trias_link_init (&link, 1000);
  g_assert_false (trias_link_update (&link, 0, 1000));
  g_assert_cmpint (trias_link_reason (&link, 0), ==, TRIAS_LAG_UNREACHABLE);
  trias_link_answered (&link, 100, 1100, 250, 3);
  g_assert_false (trias_link_update (&link, 100, 1100));
  g_assert_cmpint (trias_link_reason (&link, 100), ==, TRIAS_LAG_ONE_WAY);
  trias_link_heard (&link, 200, 1200);
  g_assert_true (trias_link_update (&link, 200, 1200));
  g_assert_true (link.connected);
  g_assert_cmpint (link.connected_since, ==, 1200);
  g_assert_cmpint (trias_link_reason (&link, 200), ==, TRIAS_LAG_NONE);

  /* It still hears us, we no longer hear it. */
  trias_link_answered (&link, 3000, 4000, 250, 3);
  g_assert_false (trias_link_update (&link, 1600, 2600));
  g_assert_false (trias_link_update (&link, 3000, 4000));
  g_assert_false (trias_link_update (&link, 3199, 4199));
  g_assert_true (trias_link_update (&link, 3200, 4200));
  g_assert_cmpint (trias_link_reason (&link, 3200), ==, TRIAS_LAG_ONE_WAY);
  g_assert_cmpint (trias_link_reason (&link, 6000), ==, TRIAS_LAG_UNREACHABLE);

  /* What was said in words comes first. */
  trias_link_failed (&link, TRIAS_LAG_KEY);
  g_assert_cmpint (trias_link_reason (&link, 6000), ==, TRIAS_LAG_KEY);
  trias_link_failed (&link, TRIAS_LAG_UNREACHABLE);
  trias_link_refused (&link, TRIAS_LAG_RULE);
  g_assert_cmpint (trias_link_reason (&link, 6000), ==, TRIAS_LAG_RULE);
  trias_link_heard (&link, 6100, 7100);
  g_assert_cmpint (trias_link_reason (&link, 6100), ==, TRIAS_LAG_ONE_WAY);
}

/* This process stood still: the partner is given the time to be heard. */
static void
test_stall (void)
{
  TriasLink link;

  trias_link_init (&link, 0);
  trias_link_answered (&link, 100, 100, 250, 0);
  trias_link_heard (&link, 100, 100);
  g_assert_true (trias_link_update (&link, 100, 100));
  g_assert_false (trias_link_update (&link, 20000, 20000));
  g_assert_true (link.connected);
  for (gint64 now = 20500; now < 23000; now += 500)
    g_assert_false (trias_link_update (&link, now, now));
  g_assert_true (trias_link_update (&link, 23000, 23000));
}

/* One change of one revision. */
static void
change (TriasSync *sync, guint64 revision, gsize size, gint64 now)
{
  g_autoptr (GPtrArray) changes
      = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_change_free);
  g_autofree char *key = g_strdup_printf ("k%" G_GUINT64_FORMAT, revision);
  g_autofree char *text = g_strnfill (size, 'x');
  g_autoptr (GBytes) value = g_bytes_new (text, size);
  g_autoptr (GBytes) meta = g_bytes_new ("m", 1);

  g_ptr_array_add (changes, trias_change_new (TRIAS_RECORD_LEASE, key, value, revision));
  g_ptr_array_add (changes, trias_change_new (TRIAS_RECORD_META, "meta", meta, 0));
  trias_sync_own_changes (sync, changes, now);
}

static void
mark (TriasSync *sync)
{
  g_autofree char *digest = g_strdup_printf ("d%" G_GUINT64_FORMAT, sync->revision);

  trias_sync_mark (sync, sync->revision, digest);
}

static TriasSyncStep
step (TriasSync *sync, gint64 now, guint64 *from, guint64 *to, guint *n)
{
  g_autoptr (GPtrArray) changes = NULL;
  TriasSyncStep next = trias_sync_next (sync, now, from, to, &changes);

  *n = changes != NULL ? changes->len : 0;
  return next;
}

static void
test_first_copy_and_changes (void)
{
  TriasSync sync;
  guint64 from = 0, to = 0;
  guint n;

  trias_sync_init (&sync, 5, "d5");
  g_assert_cmpint (step (&sync, 0, &from, &to, &n), ==, TRIAS_SYNC_NOTHING);
  g_assert_cmpint (trias_sync_own_lag (&sync, 0), ==, TRIAS_LAG_FIRST_COPY);
  g_assert_false (trias_sync_partner_holds (&sync, 0, "blank", 1));
  g_assert_cmpint (step (&sync, 0, &from, &to, &n), ==, TRIAS_SYNC_SEND_SNAPSHOT);
  trias_sync_sent (&sync);
  g_assert_cmpint (step (&sync, 0, &from, &to, &n), ==, TRIAS_SYNC_NOTHING);
  trias_sync_ended (&sync, 0);
  g_assert_false (trias_sync_partner_holds (&sync, 5, "d5", 2));
  g_assert_cmpint (trias_sync_own_lag (&sync, 0), ==, TRIAS_LAG_NONE);
  g_assert_cmpint (trias_sync_lag (&sync, 0), ==, TRIAS_LAG_FIRST_COPY); /* the other half */
  sync.their_lag = TRIAS_LAG_NONE;

  /* Young changes do no harm, old ones do. */
  change (&sync, 6, 10, 10000);
  change (&sync, 7, 10, 11000);
  mark (&sync);
  g_assert_cmpuint (trias_sync_pending (&sync), ==, 2);
  g_assert_cmpint (trias_sync_lag (&sync, 12000), ==, TRIAS_LAG_NONE);
  g_assert_cmpint (trias_sync_lag (&sync, 12001), ==, TRIAS_LAG_PENDING);
  g_assert_cmpint (step (&sync, 12001, &from, &to, &n), ==, TRIAS_SYNC_SEND_CHANGES);
  g_assert_cmpuint (from, ==, 5);
  g_assert_cmpuint (to, ==, 7);
  g_assert_cmpuint (n, ==, 2);
  trias_sync_sent (&sync);
  trias_sync_failed (&sync, TRIAS_LAG_STORAGE, 12001);
  g_assert_cmpint (trias_sync_lag (&sync, 12002), ==, TRIAS_LAG_STORAGE);
  g_assert_cmpint (step (&sync, 12500, &from, &to, &n), ==, TRIAS_SYNC_NOTHING);
  g_assert_cmpint (step (&sync, 13001, &from, &to, &n), ==, TRIAS_SYNC_SEND_CHANGES);
  trias_sync_sent (&sync);
  trias_sync_ended (&sync, 13002);
  g_assert_false (trias_sync_partner_holds (&sync, 7, "d7", 3));
  g_assert_cmpint (trias_sync_lag (&sync, 13002), ==, TRIAS_LAG_NONE);
  g_assert_cmpuint (trias_sync_pending (&sync), ==, 0);
  trias_sync_clear (&sync);
}

static void
test_batches_and_ring (void)
{
  TriasSync sync;
  guint64 from = 0, to = 0;
  guint n;

  trias_sync_init (&sync, 0, "d0");
  g_assert_false (trias_sync_partner_holds (&sync, 0, "d0", 1));
  for (guint i = 1; i <= 10; i++)
    change (&sync, i, 50000, 0);
  mark (&sync);
  g_assert_cmpint (step (&sync, 0, &from, &to, &n), ==, TRIAS_SYNC_SEND_CHANGES);
  g_assert_cmpuint (to, ==, 3);
  for (guint i = 11; i <= TRIAS_SYNC_RING_MAX + 20; i++)
    change (&sync, i, 10, 0);
  /* Too far behind for the ring. */
  g_assert_cmpuint (sync.ring.length, ==, TRIAS_SYNC_RING_MAX);
  g_assert_cmpuint (sync.base, ==, 20);
  g_assert_cmpint (step (&sync, 0, &from, &to, &n), ==, TRIAS_SYNC_SEND_SNAPSHOT);
  g_assert_false (trias_sync_partner_holds (&sync, 20, NULL, 1));
  g_assert_cmpint (step (&sync, 0, &from, &to, &n), ==, TRIAS_SYNC_SEND_CHANGES);
  g_assert_cmpuint (from, ==, 20);
  trias_sync_clear (&sync);

  /* One change larger than a request. */
  trias_sync_init (&sync, 0, "d0");
  g_assert_false (trias_sync_partner_holds (&sync, 0, "d0", 1));
  change (&sync, 1, TRIAS_PIECE_BYTES + 1, 0);
  g_assert_cmpint (step (&sync, 0, &from, &to, &n), ==, TRIAS_SYNC_SEND_SNAPSHOT);
  trias_sync_clear (&sync);
}

static void
test_repair (void)
{
  TriasSync sync;
  guint64 from = 0, to = 0;
  guint n;

  trias_sync_init (&sync, 3, "d3");
  g_assert_false (trias_sync_partner_holds (&sync, 3, "d3", 1));
  g_assert_true (trias_sync_partner_holds (&sync, 3, "other", 2));
  g_assert_cmpint (trias_sync_own_lag (&sync, 0), ==, TRIAS_LAG_REPAIR);
  g_assert_cmpint (step (&sync, 0, &from, &to, &n), ==, TRIAS_SYNC_SEND_SNAPSHOT);
  g_assert_false (trias_sync_partner_holds (&sync, 3, "d3", 3));
  g_assert_cmpint (trias_sync_own_lag (&sync, 0), ==, TRIAS_LAG_NONE);
  /* It holds a future that this ledger never had: an older disk was put in. */
  g_assert_true (trias_sync_partner_holds (&sync, 9, "d9", 4));
  g_assert_cmpint (step (&sync, 0, &from, &to, &n), ==, TRIAS_SYNC_SEND_SNAPSHOT);
  trias_sync_clear (&sync);
}

static void
test_apart (void)
{
  TriasSync sync;

  trias_sync_init (&sync, 3, "d3");
  sync.their_lag = TRIAS_LAG_NONE;
  g_assert_false (trias_sync_partner_holds (&sync, 3, "d3", 1));
  trias_sync_announced (&sync, 8, "e8");
  trias_sync_copy (&sync, 7, "e7");
  trias_sync_cut (&sync);
  g_assert_false (trias_sync_apart_ok (&sync)); /* it announced more than we hold */
  trias_sync_copy (&sync, 8, "e8");
  g_assert_true (trias_sync_apart_ok (&sync));
  change (&sync, 4, 10, 0);
  g_assert_false (trias_sync_apart_ok (&sync)); /* something changed here since */
  trias_sync_clear (&sync);
}

static TriasJson *
say (TriasSpeaker *speaker)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autofree char *text = NULL;
  gsize length;

  trias_json_begin_object (writer, NULL);
  if (speaker != NULL)
    trias_speaker_write (speaker, writer);
  trias_json_end_object (writer);
  text = trias_json_writer_end (writer, &length);
  return trias_json_parse (text, length, TRIAS_JSON_MAX_BYTES, NULL);
}

/* In the order they were sent, over a restart of the sender. */
static void
test_freshness (void)
{
  TriasSpeaker before, after;
  TriasFreshness heard = { .number = 0 };
  g_autoptr (TriasJson) nameless = say (NULL);
  g_autoptr (TriasJson) first = NULL;
  g_autoptr (TriasJson) second = NULL;
  g_autoptr (TriasJson) last = NULL;
  g_autoptr (TriasJson) restarted = NULL;

  trias_speaker_init (&before);
  trias_speaker_init (&after);
  first = say (&before);
  second = say (&before);
  last = say (&before);
  restarted = say (&after);
  g_assert_true (trias_freshness_take (&heard, second));
  g_assert_false (trias_freshness_take (&heard, first));
  g_assert_false (trias_freshness_take (&heard, second));
  g_assert_true (trias_freshness_take (&heard, restarted));
  g_assert_false (trias_freshness_take (&heard, last));
  g_assert_false (trias_freshness_take (&heard, restarted));
  g_assert_true (trias_freshness_take (&heard, nameless));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/peer/link", test_link);
  g_test_add_func ("/peer/stall", test_stall);
  g_test_add_func ("/peer/freshness", test_freshness);
  g_test_add_func ("/peer/sync/changes", test_first_copy_and_changes);
  g_test_add_func ("/peer/sync/ring", test_batches_and_ring);
  g_test_add_func ("/peer/sync/repair", test_repair);
  g_test_add_func ("/peer/sync/apart", test_apart);
  return g_test_run ();
}
