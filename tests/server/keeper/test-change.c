/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fake-triad.h"
#include "keeper-fixture.h"

/* A keeper becomes a member of a triad and leaves it; the test decides each turn of its journal. */

#define REL "rel-0000000000000001"
#define KILLS 25

static const TriasJournalLinks links = { NULL, NULL };

static TriasRelationship *
triad (guint64 incarnation)
{
  static const char *const ids[] = { SERVER_ID, PARTNER_ID, CLIENT_ID };
  const char *const at[] = { "192.0.2.1:7643", NULL };
  TriasRelationship *triad = trias_relationship_new (REL, "Werk 1", TRIAS_KIND_TRIAD);

  triad->incarnation = incarnation;
  for (guint i = 0; i < 3; i++)
    g_ptr_array_add (triad->members, trias_member_new (ids[i], ids[i], at));
  return triad;
}

static void
outcome_cb (const TriasOutcome *outcome, gpointer user_data)
{
  *(guint *) user_data = outcome->reason + 1;
}

static TriasReason
submit (Fixture *self, TriasCommand *command)
{
  guint told = 0;

  trias_keeper_submit (self->keeper, command, outcome_cb, &told);
  fixture_wait (self, &told, 1);
  return told - 1;
}

static gboolean
is_single (Fixture *self)
{
  return !trias_keeper_is_triad (self->keeper) && trias_keeper_is_active (self->keeper);
}

static gboolean
is_member (Fixture *self)
{
  return trias_keeper_is_triad (self->keeper) && fake_triad.started;
}

static gboolean
is_serving (Fixture *self)
{
  return trias_keeper_is_active (self->keeper);
}

static void
until (Fixture *self, gboolean (*condition) (Fixture *self), const char *what)
{
  gint64 end = g_get_monotonic_time () + 30 * G_TIME_SPAN_SECOND;

  while (!condition (self))
    {
      if (g_get_monotonic_time () > end)
        g_error ("not %s after the deadline", what);
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (50);
    }
}

#define UNTIL(self, condition) until (self, condition, #condition)

static void
seal (Fixture *self, guint64 incarnation)
{
  g_autoptr (TriasRelationship) wanted = triad (incarnation);

  g_assert_cmpint (submit (self, trias_command_seal (self->wall, wanted, "admin")), ==,
                   TRIAS_REASON_NONE);
}

static void
dissolve (Fixture *self, const char *keep)
{
  g_assert_cmpint (submit (self, trias_command_dissolve (self->wall, REL, keep, "admin")), ==,
                   TRIAS_REASON_NONE);
}

static Fixture *
set_up (void)
{
  Fixture *self;

  fake_triad_reset ();
  self = fixture_new (NULL);
  trias_keeper_triad_start (self->keeper, &links, NULL);
  fixture_install (self, "editor", 100);
  return self;
}

/* A member with leases 1 and 2, of which the second came in the triad. */
static Fixture *
set_up_member (void)
{
  Fixture *self = set_up ();

  g_assert_cmpint (fixture_grant (self, 1, "editor", 100), ==, TRIAS_REASON_NONE);
  seal (self, 1);
  UNTIL (self, is_member);
  g_assert_cmpint (fixture_grant (self, 9, "editor", 100), ==, TRIAS_REASON_NO_QUORUM);
  fake_triad.contacts = 0xe;
  g_assert_cmpint (fixture_grant (self, 9, "editor", 100), ==, TRIAS_REASON_NOT_ACTIVE);
  fake_triad_set_active (TRUE);
  g_assert_cmpint (fixture_grant (self, 2, "editor", 100), ==, TRIAS_REASON_NONE);
  return self;
}

static void
reopen (Fixture *self)
{
  fixture_reopen (self);
  trias_keeper_triad_start (self->keeper, &links, NULL);
}

static gboolean
has_lease (Fixture *self, guint number)
{
  g_autofree char *id = lease_id (number);

  return trias_ledger_find_lease (trias_keeper_get_ledger (self->keeper), id) != NULL;
}

static gint64
left (Fixture *self, guint number)
{
  g_autofree char *id = lease_id (number);

  return trias_keeper_lease_left (self->keeper, id);
}

static char *
digest (Fixture *self)
{
  return trias_ledger_digest_whole (trias_keeper_get_ledger (self->keeper));
}

static void
events_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(gpointer *) user_data = g_object_ref (result);
}

static guint
count_events (Fixture *self, const char *kind)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GPtrArray) events = NULL;
  guint n = 0;

  trias_keeper_query_events (self->keeper, 0, 0, TRUE, 1000, events_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  events = trias_keeper_query_events_finish (self->keeper, result, NULL);
  for (guint i = 0; i < events->len; i++)
    n += strcmp (((TriasEvent *) g_ptr_array_index (events, i))->kind, kind) == 0;
  return n;
}

/* --- in and out --- */

static void
test_in_and_out (void)
{
  g_autoptr (Fixture) self = set_up_member ();
  g_autofree char *before = digest (self);
  g_autofree char *after = NULL;

  g_assert_cmpuint (fake_triad.slot, ==, 1);
  g_assert_true (fake_triad.automatic);
  reopen (self);
  g_assert_true (trias_keeper_is_triad (self->keeper));
  after = digest (self);
  g_assert_cmpstr (before, ==, after);
  /* What the log tells again is no new history. */
  g_assert_cmpuint (count_events (self, "lease-granted"), ==, 2);
  g_assert_cmpuint (count_events (self, "relationship-sealed"), ==, 1);

  fake_triad_set_active (TRUE);
  dissolve (self, SERVER_ID);
  UNTIL (self, is_single);
  g_assert_true (has_lease (self, 1) && has_lease (self, 2));
  g_assert_cmpint (fixture_grant (self, 3, "editor", 100), ==, TRIAS_REASON_NONE);
  reopen (self);
  g_assert_false (trias_keeper_is_triad (self->keeper));
  g_assert_true (has_lease (self, 1) && has_lease (self, 2) && has_lease (self, 3));
  g_assert_false (g_file_test (fake_triad.folder, G_FILE_TEST_EXISTS));

  /* And once more, as a later incarnation. */
  seal (self, 2);
  UNTIL (self, is_member);
  g_assert_cmpuint (trias_keeper_triad_incarnation (self->keeper), ==, 2);
  g_assert_cmpuint (fake_triad_index (), ==, 0);
  g_assert_true (has_lease (self, 3));
}

/* Another triad is formed while the journal of the one before still goes on for a moment: it begins
 * with a log of its own, and keeps it. */
static void
test_at_once_again (void)
{
  g_autoptr (Fixture) self = set_up_member ();
  g_autoptr (TriasRelationship) other = triad (1);

  dissolve (self, SERVER_ID);
  UNTIL (self, is_single);
  g_free (other->id);
  other->id = g_strdup ("rel-0000000000000002");
  g_assert_cmpint (submit (self, trias_command_seal (self->wall, other, "admin")), ==,
                   TRIAS_REASON_NONE);
  UNTIL (self, is_member);
  g_assert_cmpuint (fake_triad_index (), ==, 0);
  fake_triad_set_active (TRUE);
  g_assert_cmpint (fixture_grant (self, 3, "editor", 100), ==, TRIAS_REASON_NONE);
  reopen (self);
  g_assert_true (trias_keeper_is_triad (self->keeper));
  g_assert_true (has_lease (self, 1) && has_lease (self, 2) && has_lease (self, 3));
}

static void
test_kept_by_another (void)
{
  g_autoptr (Fixture) self = set_up_member ();

  dissolve (self, PARTNER_ID);
  UNTIL (self, is_single);
  g_assert_cmpuint (trias_ledger_n_leases (trias_keeper_get_ledger (self->keeper)), ==, 0);
  g_assert_cmpint (fixture_grant (self, 5, "editor", 100), ==, TRIAS_REASON_UNKNOWN_FEATURE);
  reopen (self);
  g_assert_cmpuint (trias_ledger_n_leases (trias_keeper_get_ledger (self->keeper)), ==, 0);
  g_assert_cmpint (left (self, 1), ==, 0);
}

/* What stands behind the seal in the same entry is not done, now and when it is applied again. */
static void
test_behind_the_seal (void)
{
  g_autoptr (Fixture) self = set_up ();
  g_autoptr (TriasRelationship) wanted = triad (1);
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  Answers answers = { 0 };
  guint told = 0;

  trias_keeper_submit (self->keeper, trias_command_seal (self->wall, wanted, "admin"), outcome_cb,
                       &told);
  fixture_grant_async (self, 7, "editor", 100, &answers);
  fixture_wait (self, &answers.count, 1);
  g_assert_cmpuint (told, ==, TRIAS_REASON_NONE + 1);
  g_assert_cmpuint (answers.by_reason[TRIAS_REASON_NOT_ACTIVE], ==, 1);
  UNTIL (self, is_member);
  g_assert_false (has_lease (self, 7));
  before = digest (self);
  reopen (self);
  after = digest (self);
  g_assert_cmpstr (before, ==, after);
}

static void
test_next_incarnation (void)
{
  g_autoptr (Fixture) self = set_up_member ();
  g_autofree char *former = g_strdup (fake_triad.folder);

  seal (self, 2);
  UNTIL (self, is_member);
  while (trias_keeper_triad_incarnation (self->keeper) != 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_true (has_lease (self, 1) && has_lease (self, 2));
  g_assert_cmpstr (former, !=, fake_triad.folder);
  reopen (self);
  g_assert_true (has_lease (self, 1) && has_lease (self, 2));
  g_assert_cmpuint (fake_triad.incarnation, ==, 2);
  g_assert_false (g_file_test (former, G_FILE_TEST_EXISTS));
}

/* A member that was out of reach learns from the others that it is over. */
static void
done_cb (const GError *error, gpointer user_data)
{
  *(guint *) user_data = error != NULL ? (guint) error->code + 1 : 1;
}

static void
test_told_that_it_ended (void)
{
  g_autoptr (Fixture) self = set_up_member ();
  guint done = 0;

  fake_triad_set_active (FALSE);
  trias_keeper_triad_ended (self->keeper, REL, 1, PARTNER_ID, done_cb, &done);
  fixture_wait (self, &done, 1);
  g_assert_cmpuint (done, ==, 1);
  g_assert_true (is_single (self));
  g_assert_cmpuint (trias_ledger_n_leases (trias_keeper_get_ledger (self->keeper)), ==, 0);
  done = 0;
  trias_keeper_triad_ended (self->keeper, REL, 1, PARTNER_ID, done_cb, &done);
  g_assert_cmpuint (done, ==, 1);
}

/* Its engine had failed, and is not opened again for a triad that is over. */
static void
test_ended_while_failed (void)
{
  g_autoptr (Fixture) self = set_up_member ();
  guint opened = fake_triad.opened;
  gint64 until;
  guint done = 0;

  g_test_expect_message ("trias-keeper", G_LOG_LEVEL_WARNING, "*The disk is full*");
  fake_triad_fail ("The disk is full.");
  g_test_assert_expected_messages ();
  trias_keeper_triad_ended (self->keeper, REL, 1, PARTNER_ID, done_cb, &done);
  fixture_wait (self, &done, 1);
  g_assert_true (is_single (self));
  until = g_get_monotonic_time () + G_TIME_SPAN_SECOND / 2;
  while (g_get_monotonic_time () < until)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (fake_triad.opened, ==, opened);
}

/* --- a triad that became a pair --- */

static TriasRelationship *
pair (const char *main, const char *backup, guint64 incarnation)
{
  const char *const ids[] = { main, backup };
  const char *const at[] = { "192.0.2.1:7643", NULL };
  TriasRelationship *self = trias_relationship_new (REL, "Werk 1", TRIAS_KIND_BACKUP);

  self->incarnation = incarnation;
  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    g_ptr_array_add (self->members, trias_member_new (ids[i], ids[i], at));
  return self;
}

/* By the log: the main server keeps all, with its digest, and decides alone from then on. */
static void
test_main_of_pair (void)
{
  g_autoptr (Fixture) self = set_up_member ();
  g_autoptr (TriasRelationship) wanted = pair (SERVER_ID, PARTNER_ID, 2);
  TriasLedger *ledger = trias_keeper_get_ledger (self->keeper);
  g_autofree char *before = trias_ledger_digest (ledger);
  g_autofree char *after = NULL;

  g_assert_cmpint (submit (self, trias_command_seal (self->wall, wanted, "admin")), ==,
                   TRIAS_REASON_NONE);
  UNTIL (self, is_single);
  after = trias_ledger_digest (ledger);
  g_assert_cmpstr (before, ==, after);
  g_assert_cmpint (fixture_grant (self, 3, "editor", 100), ==, TRIAS_REASON_NONE);
  reopen (self);
  g_assert_true (is_single (self));
  g_assert_true (has_lease (self, 1) && has_lease (self, 2) && has_lease (self, 3));
  g_assert_cmpint (trias_ledger_get_relationship (trias_keeper_get_ledger (self->keeper))->kind, ==,
                   TRIAS_KIND_BACKUP);
}

/* Told by another one: the main server finds it in its log, or it lost some of that. */
static void
test_told_main_of_pair (void)
{
  g_autoptr (Fixture) self = set_up_member ();
  g_autoptr (TriasRelationship) wanted = pair (SERVER_ID, PARTNER_ID, 2);
  guint done = 0;

  g_test_expect_message ("trias-keeper", G_LOG_LEVEL_WARNING, "*lacks what the server*");
  trias_keeper_triad_became_pair (self->keeper, wanted, done_cb, &done);
  g_test_assert_expected_messages ();
  g_assert_cmpuint (done, ==, TRIAS_REASON_STORAGE + 1);
  fake_triad.rest = trias_command_seal (self->wall, wanted, "admin");
  trias_keeper_triad_became_pair (self->keeper, wanted, done_cb, &done);
  UNTIL (self, is_single);
  g_assert_true (has_lease (self, 1) && has_lease (self, 2));
}

/* The backup knows what it gives up, as the main server's, also after a start. */
static void
test_told_backup_of_pair (void)
{
  g_autoptr (Fixture) self = set_up_member ();
  g_autoptr (TriasRelationship) wanted = pair (PARTNER_ID, SERVER_ID, 2);
  TriasLedger *ledger = trias_keeper_get_ledger (self->keeper);
  g_autofree char *before = trias_ledger_digest (ledger);
  guint done = 0;

  trias_keeper_triad_became_pair (self->keeper, wanted, done_cb, &done);
  fixture_wait (self, &done, 1);
  for (guint i = 0; i < 2; i++)
    {
      g_autofree char *held = trias_ledger_digest (trias_keeper_get_replica (self->keeper));

      g_assert_true (is_single (self));
      g_assert_false (has_lease (self, 1) || has_lease (self, 2));
      g_assert_cmpstr (before, ==, held);
      reopen (self);
    }
  /* It is past: what is told late changes nothing. */
  done = 0;
  trias_keeper_triad_became_pair (self->keeper, wanted, done_cb, &done);
  g_assert_cmpuint (done, ==, TRIAS_REASON_EPOCH + 1);
}

/* --- a newcomer --- */

static GPtrArray *
read_base (Fixture *self, char **told)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  GPtrArray *changes;

  trias_keeper_read_base_async (self->keeper, events_cb, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);
  changes = trias_keeper_read_base_finish (self->keeper, result, told, &error);
  g_assert_no_error (error);
  return changes;
}

static char *
find_archive (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    if (g_str_has_prefix (name, "archive-"))
      return g_build_filename (folder, name, NULL);
  return NULL;
}

static void
check_archive (Fixture *self)
{
  g_autofree char *path = find_archive (self->folder);
  g_autoptr (TriasLedger) former = trias_ledger_new (PARTNER_ID);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autofree char *id = lease_id (77);
  char *data;
  gsize length;

  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  bytes = g_bytes_new_take (data, length);
  trias_ledger_deserialize (former, bytes, &error);
  g_assert_no_error (error);
  g_assert_nonnull (trias_ledger_find_lease (former, id));
  g_assert_cmpuint (count_events (self, "state-archived"), ==, 1);
}

static void
test_newcomer (void)
{
  g_autoptr (Fixture) first = set_up_member ();
  g_autoptr (Fixture) second = NULL;
  g_autoptr (TriasRelationship) wanted = triad (1);
  g_autoptr (TriasRelationship) other = triad (3);
  g_autofree char *base = NULL;
  g_autoptr (GPtrArray) changes = read_base (first, &base);
  g_autofree char *taken = NULL;
  guint done = 0;

  fixture_close (first);
  second = fixture_new_server (PARTNER_ID, first);
  trias_keeper_triad_start (second->keeper, &links, NULL);
  fixture_install (second, "viewer", 3);
  g_assert_cmpint (fixture_grant (second, 77, "viewer", 100), ==, TRIAS_REASON_NONE);

  trias_keeper_take_base (second->keeper, changes, "0", wanted, done_cb, &done);
  g_assert_cmpuint (done, ==, TRIAS_REASON_BAD_REQUEST + 1);
  done = 0;
  trias_keeper_take_base (second->keeper, changes, base, other, done_cb, &done);
  g_assert_cmpuint (done, ==, TRIAS_REASON_BAD_REQUEST + 1);
  g_assert_true (is_single (second));
  done = 0;
  trias_keeper_take_base (second->keeper, changes, base, wanted, done_cb, &done);
  fixture_wait (second, &done, 1);
  g_assert_cmpuint (done, ==, 1);
  g_assert_true (is_member (second));
  g_assert_cmpuint (fake_triad.slot, ==, 2);
  taken = digest (second);
  g_assert_cmpstr (base, ==, taken);
  g_assert_true (has_lease (second, 1));
  g_assert_false (has_lease (second, 2) || has_lease (second, 77));
  check_archive (second);

  reopen (second);
  g_clear_pointer (&taken, g_free);
  taken = digest (second);
  g_assert_cmpstr (base, ==, taken);
  done = 0;
  trias_keeper_take_base (second->keeper, changes, base, wanted, done_cb, &done);
  g_assert_cmpuint (done, ==, 1);
}

/* --- who serves --- */

static void
test_only_the_active_expires (void)
{
  g_autoptr (Fixture) self = set_up_member ();

  fixture_pass (self, 60000);
  g_assert_cmpint (left (self, 2), ==, 40000);
  fake_triad_set_active (FALSE);
  /* Far beyond the end of both: they end only by the word of an active server. */
  self->boot += 500000;
  self->wall += 500000;
  trias_keeper_check_due (self->keeper);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_true (has_lease (self, 1) && has_lease (self, 2));
  fake_triad_set_active (TRUE);
  UNTIL (self, is_serving);
  trias_keeper_check_due (self->keeper);
  fixture_settle (self);
  g_assert_true (has_lease (self, 1) && has_lease (self, 2));
  g_assert_cmpint (left (self, 1), ==, 100000);
  fixture_pass (self, 99000);
  g_assert_true (has_lease (self, 1));
  fixture_pass (self, 5000);
  fixture_settle (self);
  g_assert_false (has_lease (self, 1) || has_lease (self, 2));
}

static void
test_engine_fails (void)
{
  g_autoptr (Fixture) self = set_up_member ();
  g_autofree char *before = digest (self);
  g_autofree char *after = NULL;
  const char *detail = NULL;
  guint opened = fake_triad.opened;
  g_autoptr (GBytes) value = g_bytes_new_static ("x", 1);
  guint done = 0;

  g_test_expect_message ("trias-keeper", G_LOG_LEVEL_WARNING, "*The disk is full*");
  fake_triad_fail ("The disk is full.");
  g_test_assert_expected_messages ();
  g_test_expect_message ("trias-keeper", G_LOG_LEVEL_WARNING, "*The disk is gone*");
  g_assert_false (trias_keeper_storage_ok (self->keeper, &detail));
  g_assert_nonnull (strstr (detail, "The disk is full."));
  g_assert_cmpint (fixture_grant (self, 5, "editor", 100), ==, TRIAS_REASON_STORAGE);
  fake_triad.refuse_open = TRUE;
  while (fake_triad.opened == opened)
    g_main_context_iteration (NULL, TRUE);
  /* What is this server's own is kept meanwhile. */
  g_assert_cmpint (fixture_grant (self, 5, "editor", 100), ==, TRIAS_REASON_STORAGE);
  trias_keeper_put_local (self->keeper, "kind", "key", value, done_cb, &done);
  fixture_wait (self, &done, 1);
  g_assert_cmpuint (done, ==, 1);

  g_test_assert_expected_messages ();
  fake_triad.refuse_open = FALSE;
  while (!trias_keeper_storage_ok (self->keeper, NULL))
    g_main_context_iteration (NULL, TRUE);
  after = digest (self);
  g_assert_cmpstr (before, ==, after);
  fake_triad_set_active (TRUE);
  g_assert_cmpint (fixture_grant (self, 5, "editor", 100), ==, TRIAS_REASON_NONE);
  g_assert_cmpuint (count_events (self, "lease-granted"), ==, 3);
}

/* The log fails and so does the store: that one works again does not say so of the other. */
static void
test_two_troubles (void)
{
  g_autoptr (Fixture) self = set_up_member ();
  const char *detail = NULL;

  g_test_expect_message ("trias-keeper", G_LOG_LEVEL_WARNING, "*store*");
  fake_triad_store_refuses ("The store is full.");
  g_test_assert_expected_messages ();
  g_test_expect_message ("trias-keeper", G_LOG_LEVEL_WARNING, "*The log is torn*");
  fake_triad_fail ("The log is torn.");
  g_test_assert_expected_messages ();
  fake_triad_store_refuses (NULL);
  g_assert_false (trias_keeper_storage_ok (self->keeper, &detail));
  g_assert_nonnull (strstr (detail, "The log is torn."));
  g_assert_cmpuint (count_events (self, "storage-failed"), ==, 2);
  g_assert_cmpuint (count_events (self, "storage-recovered"), ==, 0);
  while (!trias_keeper_storage_ok (self->keeper, NULL))
    g_main_context_iteration (NULL, TRUE);
}

static void
test_snapshot (void)
{
  g_autoptr (Fixture) self = set_up_member ();
  g_autoptr (GBytes) state = fake_triad_snapshot ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bad = g_bytes_new_static ("no ledger", 9);
  guint64 index = fake_triad_index ();
  g_autofree char *before = digest (self);
  g_autofree char *after = NULL;

  g_assert_cmpint (fixture_grant (self, 3, "editor", 100), ==, TRIAS_REASON_NONE);
  /* Older than what is here already: left alone. */
  g_assert_true (fake_triad_restore (state, index, &error));
  g_assert_true (has_lease (self, 3));
  g_assert_false (fake_triad_restore (bad, index + 50, &error));
  g_assert_nonnull (error);
  g_clear_error (&error);
  g_assert_true (fake_triad_restore (state, index + 50, &error));
  g_assert_false (has_lease (self, 3));
  g_assert_cmpint (left (self, 3), ==, 0);
  after = digest (self);
  g_assert_cmpstr (before, ==, after);
}

static void
test_pin (void)
{
  g_autoptr (Fixture) self = set_up_member ();

  g_assert_cmpint (
      submit (self, trias_command_pin (self->wall, REL, PARTNER_ID, self->wall + 5000, "admin")),
      ==, TRIAS_REASON_NONE);
  while (fake_triad.handed_to != 2)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (fake_triad.pinned_until, ==, self->boot + 5000);
  g_assert_cmpint (submit (self, trias_command_pin (self->wall, REL, "", 0, "admin")), ==,
                   TRIAS_REASON_NONE);
  while (fake_triad.pinned != 0)
    g_main_context_iteration (NULL, TRUE);

  /* The pinned server is not there when another becomes active: the pin is over. */
  fake_triad.contacts = 0xa;
  g_assert_cmpint (
      submit (self, trias_command_pin (self->wall, REL, PARTNER_ID, G_MAXINT64, "admin")), ==,
      TRIAS_REASON_NONE);
  while (trias_ledger_get_pin (trias_keeper_get_ledger (self->keeper), NULL) != NULL)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_options (void)
{
  g_autoptr (Fixture) self = set_up_member ();
  g_autoptr (TriasRelationship) wanted = triad (1);

  wanted->options.failback = TRIAS_FAILBACK_MANUAL;
  g_assert_cmpint (submit (self, trias_command_set_options (self->wall, wanted, "admin")), ==,
                   TRIAS_REASON_NONE);
  while (fake_triad.automatic)
    g_main_context_iteration (NULL, TRUE);
}

/* --- kill -9 at any instant of all that --- */

typedef struct
{
  Fixture *fixture;
  int fd;
} Child;

static void
say (Child *self, guint number)
{
  if (write (self->fd, &number, sizeof number) != (gssize) sizeof number)
    _exit (3);
}

/* Grants, seals, grants, dissolves, and begins again. */
G_NORETURN static void
run_child (const char *folder, guint first, int fd)
{
  Child child = { .fd = fd };
  Fixture *self;
  guint64 incarnation = 0;

  self = child.fixture = fixture_attach (folder);
  trias_keeper_triad_start (self->keeper, &links, NULL);
  while (TRUE)
    {
      if (trias_keeper_is_triad (self->keeper))
        {
          incarnation = trias_keeper_triad_incarnation (self->keeper);
          fake_triad_set_active (TRUE);
          if (fixture_grant (self, first, "editor", 86400) == TRIAS_REASON_NONE)
            say (&child, first++);
          dissolve (self, SERVER_ID);
          UNTIL (self, is_single);
        }
      trias_ledger_get_ended (trias_keeper_get_ledger (self->keeper), &incarnation);
      if (fixture_grant (self, first, "editor", 86400) == TRIAS_REASON_NONE)
        say (&child, first++);
      seal (self, incarnation + 1);
      UNTIL (self, is_member);
    }
}

static guint
kill_once (Fixture *self, guint first, guint32 after_us, GArray *said)
{
  int fds[2];
  guint number;
  pid_t child;

  g_assert_cmpint (pipe (fds), ==, 0);
  fixture_close (self);
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      char first_text[16], fd_text[16];

      close (fds[0]);
      g_snprintf (first_text, sizeof first_text, "%u", first);
      g_snprintf (fd_text, sizeof fd_text, "%d", fds[1]);
      execl ("/proc/self/exe", "test-change", "--child", self->folder, first_text, fd_text, NULL);
      _exit (4);
    }
  close (fds[1]);
  g_usleep (after_us);
  kill (child, SIGKILL);
  while (read (fds[0], &number, sizeof number) == (gssize) sizeof number)
    {
      g_array_append_val (said, number);
      first = MAX (first, number + 1);
    }
  close (fds[0]);
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
  return first + 1;
}

static void
test_kill (void)
{
  g_autoptr (Fixture) self = set_up ();
  g_autoptr (GArray) said = g_array_new (FALSE, FALSE, sizeof (guint));
  const char *given = g_getenv ("G_TEST_SEED");
  guint32 seed = given != NULL ? (guint32) strtoul (given, NULL, 10) : g_random_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  guint next = 1000, triads = 0;

  g_test_message ("G_TEST_SEED=%u", seed);
  fixture_install_more (self, "editor", 100000);
  for (guint round = 0; round < KILLS; round++)
    {
      next = kill_once (self, next, (guint32) g_rand_int_range (rand, 20000, 120000), said);
      fixture_open_with (self, self->issuers);
      trias_keeper_triad_start (self->keeper, &links, NULL);
      triads += trias_keeper_is_triad (self->keeper);
      for (guint i = 0; i < said->len; i++)
        if (!has_lease (self, g_array_index (said, guint, i)))
          g_error ("lease %u is gone", g_array_index (said, guint, i));
    }
  g_test_message ("%u answers kept over %u kills, %u of them in a triad", said->len, KILLS, triads);
  g_assert_cmpuint (said->len, >, KILLS);
}

int
main (int argc, char *argv[])
{
  if (argc == 5 && strcmp (argv[1], "--child") == 0)
    run_child (argv[2], (guint) atoi (argv[3]), atoi (argv[4]));
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/keeper/change/in-and-out", test_in_and_out);
  g_test_add_func ("/keeper/change/at-once-again", test_at_once_again);
  g_test_add_func ("/keeper/change/kept-by-another", test_kept_by_another);
  g_test_add_func ("/keeper/change/behind-the-seal", test_behind_the_seal);
  g_test_add_func ("/keeper/change/next-incarnation", test_next_incarnation);
  g_test_add_func ("/keeper/change/told-that-it-ended", test_told_that_it_ended);
  g_test_add_func ("/keeper/change/ended-while-failed", test_ended_while_failed);
  g_test_add_func ("/keeper/change/main-of-pair", test_main_of_pair);
  g_test_add_func ("/keeper/change/told-main-of-pair", test_told_main_of_pair);
  g_test_add_func ("/keeper/change/told-backup-of-pair", test_told_backup_of_pair);
  g_test_add_func ("/keeper/change/newcomer", test_newcomer);
  g_test_add_func ("/keeper/change/only-the-active-expires", test_only_the_active_expires);
  g_test_add_func ("/keeper/change/engine-fails", test_engine_fails);
  g_test_add_func ("/keeper/change/two-troubles", test_two_troubles);
  g_test_add_func ("/keeper/change/snapshot", test_snapshot);
  g_test_add_func ("/keeper/change/pin", test_pin);
  g_test_add_func ("/keeper/change/options", test_options);
  g_test_add_func ("/keeper/change/kill", test_kill);
  return g_test_run ();
}
