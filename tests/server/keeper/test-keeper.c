/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "keeper-fixture.h"

/* --- the path of a command --- */

static void
test_grant (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  g_autofree char *digest = NULL;
  g_autofree char *again = NULL;

  fixture_install (fixture, "editor", 5);
  for (guint i = 0; i < 5; i++)
    g_assert_cmpint (fixture_grant (fixture, i, "editor", 120), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (fixture_grant (fixture, 5, "editor", 120), ==, TRIAS_REASON_NO_SEATS);
  g_assert_cmpint (fixture_grant (fixture, 0, "editor", 120), ==, TRIAS_REASON_NONE);
  digest = trias_ledger_digest (trias_keeper_get_ledger (fixture->keeper));
  fixture_reopen (fixture);
  again = trias_ledger_digest (trias_keeper_get_ledger (fixture->keeper));
  g_assert_cmpstr (digest, ==, again);
  g_assert_cmpuint (trias_ledger_n_leases (trias_keeper_get_ledger (fixture->keeper)), ==, 5);
  g_assert_cmpint (fixture_grant (fixture, 6, "editor", 120), ==, TRIAS_REASON_NO_SEATS);
}

/* Commands that wait share one entry, and each gets its own answer. */
static void
test_batch (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  Answers answers = { 0 };

  fixture_install (fixture, "editor", 60);
  for (guint i = 0; i < 100; i++)
    fixture_grant_async (fixture, i, "editor", 120, &answers);
  fixture_wait (fixture, &answers.count, 100);
  g_assert_cmpuint (answers.granted, ==, 60);
  g_assert_cmpuint (answers.by_reason[TRIAS_REASON_NO_SEATS], ==, 40);
}

/* Close does not lose what waits. */
static void
test_close_writes (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  Answers answers = { 0 };

  fixture_install (fixture, "editor", 60);
  for (guint i = 0; i < 50; i++)
    fixture_grant_async (fixture, i, "editor", 120, &answers);
  fixture_reopen (fixture);
  g_assert_cmpuint (answers.granted, ==, 50);
  g_assert_cmpuint (trias_ledger_n_leases (trias_keeper_get_ledger (fixture->keeper)), ==, 50);
}

static void
test_only_one (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  g_autoptr (GError) error = NULL;

  g_assert_null (trias_keeper_open (fixture->folder, SERVER_ID, NULL, &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_STORAGE);
  g_assert_nonnull (strstr (error->message, fixture->folder));
}

static void
test_other_identity (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  g_autoptr (GError) error = NULL;

  fixture_close (fixture);
  g_assert_null (trias_keeper_open (fixture->folder, PARTNER_ID, NULL, &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_STORAGE);
}

/* --- licences are verified again --- */

static void
test_invalid_license (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  g_autoptr (TriasIssuers) nobody = trias_issuers_load ("/nonexistent", NULL);
  g_autofree char *path = NULL;

  fixture_install (fixture, "editor", 5);
  g_assert_cmpint (fixture_grant (fixture, 0, "editor", 120), ==, TRIAS_REASON_NONE);
  fixture_close (fixture);
  g_test_expect_message ("trias-keeper", G_LOG_LEVEL_WARNING, "*does not verify*");
  fixture_open_with (fixture, nobody);
  g_test_assert_expected_messages ();
  g_assert_cmpint (fixture_grant (fixture, 1, "editor", 120), ==, TRIAS_REASON_UNKNOWN_FEATURE);
  g_assert_nonnull (trias_keeper_get_local (fixture->keeper, "license-invalid", "lic-editor"));
  fixture_reopen (fixture);
  g_assert_cmpint (fixture_grant (fixture, 1, "editor", 120), ==, TRIAS_REASON_NONE);
  g_assert_null (trias_keeper_get_local (fixture->keeper, "license-invalid", "lic-editor"));
}

/* --- local records --- */

static void
done_cb (const GError *error, gpointer user_data)
{
  guint *count = user_data;

  g_assert_no_error (error);
  ++*count;
}

static void
collect_cb (const char *key, GBytes *value, gpointer user_data)
{
  g_string_append_printf (user_data, "%s=%.*s;", key, (int) g_bytes_get_size (value),
                          (const char *) g_bytes_get_data (value, NULL));
}

static void
test_local (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  g_autoptr (GBytes) one = g_bytes_new_static ("1", 1);
  g_autoptr (GBytes) two = g_bytes_new_static ("2", 1);
  g_autoptr (GBytes) none = g_bytes_new_static ("", 0);
  g_autoptr (GString) all = g_string_new (NULL);
  guint count = 0;

  trias_keeper_put_local (fixture->keeper, "thing", "b", two, done_cb, &count);
  trias_keeper_put_local (fixture->keeper, "thing", "a", one, done_cb, &count);
  trias_keeper_put_local (fixture->keeper, "thing", "c", none, done_cb, &count);
  trias_keeper_put_local (fixture->keeper, "thing", "d", none, done_cb, &count);
  g_assert_nonnull (trias_keeper_get_local (fixture->keeper, "thing", "a"));
  fixture_wait (fixture, &count, 4);
  trias_keeper_put_local (fixture->keeper, "thing", "d", NULL, done_cb, &count);
  fixture_wait (fixture, &count, 5);
  fixture_reopen (fixture);
  trias_keeper_foreach_local (fixture->keeper, "thing", collect_cb, all);
  g_assert_cmpstr (all->str, ==, "a=1;b=2;c=;");
}

/* --- replica --- */

static void
test_replica (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  g_autoptr (TriasLedger) other = trias_ledger_new (PARTNER_ID);
  g_autofree char *text = fixture_license (fixture, "viewer", 3);
  g_autoptr (TriasLicense) license
      = trias_license_parse (text, strlen (text), fixture->issuers, NULL);
  g_autoptr (TriasCommand) command = trias_command_install_license (1000, license, "test");
  g_autoptr (TriasOutcome) outcome = trias_ledger_apply (other, command);
  g_autoptr (GPtrArray) snapshot = trias_ledger_snapshot (other, TRUE);
  g_autofree char *digest = trias_ledger_digest (other);
  g_autofree char *own = NULL;
  guint count = 0;

  g_assert_null (trias_keeper_get_replica (fixture->keeper));
  trias_keeper_reset_replica (fixture->keeper, PARTNER_ID, done_cb, &count);
  trias_keeper_load_replica (fixture->keeper, snapshot, 7, TRUE, done_cb, &count);
  fixture_wait (fixture, &count, 2);
  fixture_reopen (fixture);
  g_assert_nonnull (trias_keeper_get_replica (fixture->keeper));
  g_assert_cmpuint (trias_ledger_get_revision (trias_keeper_get_replica (fixture->keeper)), ==, 7);
  g_assert_cmpstr (trias_ledger_get_server_id (trias_keeper_get_replica (fixture->keeper)), ==,
                   PARTNER_ID);
  own = trias_ledger_digest (trias_keeper_get_replica (fixture->keeper));
  g_assert_cmpstr (own, ==, digest);
  trias_keeper_reset_replica (fixture->keeper, NULL, done_cb, &count);
  fixture_wait (fixture, &count, 3);
  fixture_reopen (fixture);
  g_assert_null (trias_keeper_get_replica (fixture->keeper));
}

/* --- history --- */

typedef struct
{
  GPtrArray *result;
  guint count;
} Found;

static void
found_events_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Found *found = user_data;
  g_autoptr (GError) error = NULL;

  found->result = trias_keeper_query_events_finish (NULL, result, &error);
  g_assert_no_error (error);
  found->count = 1;
}

static void
found_denials_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Found *found = user_data;
  g_autoptr (GError) error = NULL;

  found->result = trias_keeper_query_denials_finish (NULL, result, &error);
  g_assert_no_error (error);
  found->count = 1;
}

static GPtrArray *
find_events_of (Fixture *fixture, guint64 before, guint64 after, gboolean leases, guint limit)
{
  Found found = { 0 };

  trias_keeper_query_events (fixture->keeper, before, after, leases, limit, found_events_cb,
                             &found);
  fixture_wait (fixture, &found.count, 1);
  return found.result;
}

static GPtrArray *
find_events (Fixture *fixture, guint64 before, guint64 after, guint limit)
{
  return find_events_of (fixture, before, after, TRUE, limit);
}

static GPtrArray *
find_denials (Fixture *fixture, guint limit)
{
  Found found = { 0 };

  trias_keeper_query_denials (fixture->keeper, limit, found_denials_cb, &found);
  fixture_wait (fixture, &found.count, 1);
  return found.result;
}

static guint64
seq_at (GPtrArray *events, guint i)
{
  return ((TriasEvent *) g_ptr_array_index (events, i))->seq;
}

/* Whether kept or still on its way, an event is found, once. */
static void
test_events (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  g_autoptr (GPtrArray) fresh = NULL;
  g_autoptr (GPtrArray) page = NULL;
  g_autoptr (GPtrArray) kept = NULL;

  for (guint i = 0; i < 10; i++)
    trias_keeper_record (fixture->keeper,
                         trias_event_param (trias_event_new (1000 + i, "server-started", "x"), "n",
                                            i % 2 == 0 ? "even" : "odd"));
  fresh = find_events (fixture, 0, 0, 100);
  g_assert_cmpuint (fresh->len, ==, 10);
  fixture_reopen (fixture);
  kept = find_events (fixture, 0, 0, 100);
  g_assert_cmpuint (kept->len, ==, 10);
  for (guint i = 0; i < 10; i++)
    {
      const TriasEvent *event = g_ptr_array_index (kept, i);

      g_assert_cmpuint (event->seq, ==, 10 - i);
      g_assert_cmpstr (event->server, ==, SERVER_ID);
      g_assert_cmpstr (trias_event_get_param (event, "n"), ==, i % 2 == 0 ? "odd" : "even");
    }
  trias_keeper_record (fixture->keeper, trias_event_new (2000, "server-stopped", ""));
  page = find_events (fixture, 0, 7, 3);
  g_assert_cmpuint (page->len, ==, 3);
  g_assert_cmpuint (seq_at (page, 0), ==, 11);
  g_assert_cmpuint (seq_at (page, 2), ==, 9);
}

/* Among many of single leases the others are found, wherever they are. */
static void
test_events_without_leases (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);

  for (guint i = 0; i < 50; i++)
    {
      trias_keeper_record (fixture->keeper, trias_event_new (1000, "lease-granted", "lease"));
      if (i % 10 == 0)
        trias_keeper_record (fixture->keeper, trias_event_new (1000, "peer-lost", "peer"));
    }
  for (guint turn = 0; turn < 2; turn++)
    {
      g_autoptr (GPtrArray) found = find_events_of (fixture, 0, 0, FALSE, 3);
      g_autoptr (GPtrArray) before = find_events_of (fixture, seq_at (found, 2), 0, FALSE, 100);

      g_assert_cmpuint (found->len, ==, 3);
      g_assert_cmpuint (before->len, ==, 2);
      for (guint i = 0; i < 3; i++)
        g_assert_cmpstr (((TriasEvent *) g_ptr_array_index (found, i))->kind, ==, "peer-lost");
      fixture_reopen (fixture);
    }
}

static void
deny (Fixture *fixture, const char *user)
{
  TriasLease lease = { .id = (char *) "lease-0000000000000001",
                       .key_id = (char *) CLIENT_ID,
                       .feature = (char *) "editor",
                       .product = (char *) "",
                       .count = 1,
                       .holder = { (char *) user, (char *) "host", (char *) "" } };
  TriasFacts facts = { .key_id = CLIENT_ID, .address = "192.0.2.1" };

  trias_keeper_deny (fixture->keeper, TRIAS_REASON_NO_SEATS, "All taken.", &lease, &facts);
}

static void
test_denials (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  g_autoptr (GPtrArray) fresh = NULL;
  g_autoptr (GPtrArray) kept = NULL;
  const TriasDenial *denial;

  for (guint i = 0; i < 20; i++)
    deny (fixture, "one");
  deny (fixture, "two");
  fresh = find_denials (fixture, 10);
  g_assert_cmpuint (fresh->len, ==, 2);
  fixture->boot += 61000;
  trias_keeper_check_due (fixture->keeper);
  deny (fixture, "one");
  fixture_reopen (fixture);
  kept = find_denials (fixture, 10);
  g_assert_cmpuint (kept->len, ==, 3);
  denial = g_ptr_array_index (kept, 2);
  g_assert_cmpuint (denial->count, ==, 20);
  g_assert_cmpstr (denial->user, ==, "one");
  g_assert_cmpint (denial->reason, ==, TRIAS_REASON_NO_SEATS);
  denial = g_ptr_array_index (kept, 0);
  g_assert_cmpuint (denial->count, ==, 1);
}

/* --- watchers --- */

typedef struct
{
  guint changes, events, locals;
  guint64 last_seq;
} Seen;

static void
changed_cb (GPtrArray *changes, gpointer user_data)
{
  ((Seen *) user_data)->changes += changes->len;
}

static void
event_cb (const TriasEvent *event, gpointer user_data)
{
  Seen *seen = user_data;

  g_assert_cmpuint (event->seq, ==, seen->last_seq + 1);
  seen->last_seq = event->seq;
  seen->events++;
}

static void
local_cb (const char *kind, const char *key, gpointer user_data)
{
  ((Seen *) user_data)->locals++;
}

static void
test_watch (void)
{
  const TriasKeeperWatch watch = { .changed = changed_cb, .event = event_cb, .local = local_cb };
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  Seen seen = { 0 };
  guint id = trias_keeper_watch (fixture->keeper, &watch, &seen);
  guint before;

  fixture_install (fixture, "editor", 5);
  g_assert_cmpint (fixture_grant (fixture, 0, "editor", 120), ==, TRIAS_REASON_NONE);
  trias_keeper_put_local (fixture->keeper, "thing", "a", NULL, NULL, NULL);
  fixture_wait (fixture, &seen.events, 2);
  g_assert_cmpuint (seen.changes, >=, 2);
  g_assert_cmpuint (seen.locals, ==, 1);
  trias_keeper_unwatch (fixture->keeper, id);
  before = seen.changes;
  g_assert_cmpint (fixture_grant (fixture, 1, "editor", 120), ==, TRIAS_REASON_NONE);
  g_assert_cmpuint (seen.changes, ==, before);
}

/* --- leases in time --- */

static void
test_expiry (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  TriasLedger *ledger;
  g_autofree char *id = lease_id (0);

  fixture_install (fixture, "editor", 1);
  ledger = trias_keeper_get_ledger (fixture->keeper);
  g_assert_cmpint (fixture_grant (fixture, 0, "editor", 10), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (trias_keeper_lease_left (fixture->keeper, id), ==, 10000);
  /* The client has stopped, the server still waits. */
  fixture_pass (fixture, 10000);
  g_assert_cmpint (trias_keeper_lease_left (fixture->keeper, id), ==, 0);
  fixture_pass (fixture, 449);
  g_assert_cmpuint (trias_ledger_n_leases (ledger), ==, 1);
  fixture_pass (fixture, 2);
  g_assert_cmpuint (trias_ledger_n_leases (ledger), ==, 0);
  g_assert_true (trias_ledger_has_tombstone (ledger, id));
  g_assert_cmpint (fixture_grant (fixture, 1, "editor", 10), ==, TRIAS_REASON_NONE);
}

static void
test_renewal (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  TriasLedger *ledger;
  g_autofree char *id = lease_id (0);

  fixture_install (fixture, "editor", 1);
  ledger = trias_keeper_get_ledger (fixture->keeper);
  g_assert_cmpint (fixture_grant (fixture, 0, "editor", 10), ==, TRIAS_REASON_NONE);
  for (guint i = 0; i < 5; i++)
    {
      fixture_pass (fixture, 9000);
      g_assert_cmpint (fixture_renew (fixture, 0), ==, TRIAS_REASON_NONE);
      g_assert_cmpint (trias_keeper_lease_left (fixture->keeper, id), ==, 10000);
    }
  g_assert_cmpuint (trias_ledger_n_leases (ledger), ==, 1);
  fixture_pass (fixture, 10500);
  g_assert_cmpuint (trias_ledger_n_leases (ledger), ==, 0);
  g_assert_cmpint (fixture_renew (fixture, 0), ==, TRIAS_REASON_GONE);
}

/* A renewal that is in the journal before the end wins; both in one batch. */
static void
test_race (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  Answers answers = { 0 };
  g_autofree char *id = lease_id (0);

  fixture_install (fixture, "editor", 1);
  g_assert_cmpint (fixture_grant (fixture, 0, "editor", 10), ==, TRIAS_REASON_NONE);
  fixture->boot += 10500;
  fixture->wall += 10500;
  fixture_renew_async (fixture, 0, &answers);
  trias_keeper_check_due (fixture->keeper);
  fixture_wait (fixture, &answers.count, 1);
  g_assert_cmpuint (answers.granted, ==, 1);
  fixture_settle (fixture);
  g_assert_cmpuint (trias_ledger_n_leases (trias_keeper_get_ledger (fixture->keeper)), ==, 1);
  g_assert_cmpint (trias_keeper_lease_left (fixture->keeper, id), ==, 10000);
  /* And its clock still runs. */
  fixture_pass (fixture, 10500);
  g_assert_cmpuint (trias_ledger_n_leases (trias_keeper_get_ledger (fixture->keeper)), ==, 0);
}

static void
test_restart_afresh (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  g_autofree char *id = lease_id (0);

  fixture_install (fixture, "editor", 1);
  g_assert_cmpint (fixture_grant (fixture, 0, "editor", 10), ==, TRIAS_REASON_NONE);
  fixture_pass (fixture, 8000);
  fixture_reopen (fixture);
  g_assert_cmpint (trias_keeper_lease_left (fixture->keeper, id), ==, 10000);
  fixture_pass (fixture, 10449);
  g_assert_cmpuint (trias_ledger_n_leases (trias_keeper_get_ledger (fixture->keeper)), ==, 1);
  fixture_pass (fixture, 2);
  g_assert_cmpuint (trias_ledger_n_leases (trias_keeper_get_ledger (fixture->keeper)), ==, 0);
}

/* No lease outlives its licence, whatever its ttl. */
static void
test_limit (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  g_autofree char *id = lease_id (0);

  fixture_install_until (fixture, "editor", 1, fixture->wall + 5000);
  g_assert_cmpint (fixture_grant (fixture, 0, "editor", 60), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (trias_keeper_lease_left (fixture->keeper, id), <=, 5000);
  g_assert_cmpint (trias_keeper_lease_left (fixture->keeper, id), >, 3000);
  fixture_pass (fixture, 5001);
  g_assert_cmpuint (trias_ledger_n_leases (trias_keeper_get_ledger (fixture->keeper)), ==, 0);
}

static void
test_many_end_at_once (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  TriasLedger *ledger;
  Answers answers = { 0 };

  fixture_install (fixture, "editor", 5000);
  ledger = trias_keeper_get_ledger (fixture->keeper);
  for (guint i = 0; i < 3000; i++)
    fixture_grant_async (fixture, i, "editor", 10, &answers);
  fixture_wait (fixture, &answers.count, 3000);
  g_assert_cmpuint (answers.granted, ==, 3000);
  fixture_pass (fixture, 11000);
  for (guint i = 0; i < 10; i++)
    fixture_pass (fixture, 1);
  g_assert_cmpuint (trias_ledger_n_leases (ledger), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/keeper/grant", test_grant);
  g_test_add_func ("/keeper/batch", test_batch);
  g_test_add_func ("/keeper/close-writes", test_close_writes);
  g_test_add_func ("/keeper/only-one", test_only_one);
  g_test_add_func ("/keeper/other-identity", test_other_identity);
  g_test_add_func ("/keeper/invalid-license", test_invalid_license);
  g_test_add_func ("/keeper/local", test_local);
  g_test_add_func ("/keeper/replica", test_replica);
  g_test_add_func ("/keeper/events", test_events);
  g_test_add_func ("/keeper/events-without-leases", test_events_without_leases);
  g_test_add_func ("/keeper/denials", test_denials);
  g_test_add_func ("/keeper/watch", test_watch);
  g_test_add_func ("/keeper/expiry", test_expiry);
  g_test_add_func ("/keeper/renewal", test_renewal);
  g_test_add_func ("/keeper/race", test_race);
  g_test_add_func ("/keeper/restart-afresh", test_restart_afresh);
  g_test_add_func ("/keeper/limit", test_limit);
  g_test_add_func ("/keeper/many-end-at-once", test_many_end_at_once);
  return g_test_run ();
}
