/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "fake-triad.h"
#include "keeper-fixture.h"

/* A disk that refuses: nothing is answered that is not kept, nothing is kept that was refused,
 * reads go on, and it recovers by itself. */

#define SEATS 100000
#define BATCH 40
#define DEADLINE_US (40 * G_TIME_SPAN_SECOND)

/* Takes the place of the C library's for SQLite too: so many syncs fail from now on. */
static gint failing_syncs;

int
fdatasync (int fd)
{
  if (g_atomic_int_get (&failing_syncs) > 0)
    {
      g_atomic_int_add (&failing_syncs, -1);
      errno = EIO;
      return -1;
    }
  return (int) syscall (SYS_fdatasync, fd);
}

int
fsync (int fd)
{
  if (g_atomic_int_get (&failing_syncs) > 0)
    {
      g_atomic_int_add (&failing_syncs, -1);
      errno = EIO;
      return -1;
    }
  return (int) syscall (SYS_fsync, fd);
}

static void
expect_warning (void)
{
  g_test_expect_message ("trias-keeper", G_LOG_LEVEL_WARNING, "*");
}

static void
wait_recovered (Fixture *fixture)
{
  gint64 until = g_get_monotonic_time () + DEADLINE_US;

  while (!trias_keeper_storage_ok (fixture->keeper, NULL))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, until);
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (500);
    }
}

/* One grant at a time, so that each answer is known. Returns the number that was refused first. */
static guint
grant_until_refused (Fixture *fixture, guint first, guint limit)
{
  guint number = first;

  while (number < first + limit
         && fixture_grant (fixture, number, "editor", 3600) == TRIAS_REASON_NONE)
    number++;
  g_assert_cmpuint (number, <, first + limit);
  return number;
}

static void
assert_exactly (Fixture *fixture, guint n)
{
  TriasLedger *ledger = trias_keeper_get_ledger (fixture->keeper);

  g_assert_cmpuint (trias_ledger_n_leases (ledger), ==, n);
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = lease_id (i);

      g_assert_nonnull (trias_ledger_find_lease (ledger, id));
    }
}

static void
refused_cb (const GError *error, gpointer user_data)
{
  guint *count = user_data;

  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_STORAGE);
  ++*count;
}

/* While it refuses: reads go on, records go back to what they were, batches are refused whole. */
static void
check_refusing (Fixture *fixture, guint granted)
{
  g_autoptr (GBytes) value = g_bytes_new_static ("new", 3);
  const char *detail = NULL;
  Answers answers = { 0 };
  guint refused = 0;

  g_assert_false (trias_keeper_storage_ok (fixture->keeper, &detail));
  g_assert_nonnull (detail);
  assert_exactly (fixture, granted);
  trias_keeper_put_local (fixture->keeper, "thing", "a", value, refused_cb, &refused);
  fixture_wait (fixture, &refused, 1);
  g_assert_null (trias_keeper_get_local (fixture->keeper, "thing", "a"));
  for (guint i = 0; i < BATCH; i++)
    fixture_grant_async (fixture, granted + i, "editor", 3600, &answers);
  fixture_wait (fixture, &answers.count, BATCH);
  g_assert_cmpuint (answers.by_reason[TRIAS_REASON_STORAGE], ==, BATCH);
  assert_exactly (fixture, granted);
}

static void
check_recovered (Fixture *fixture, guint granted)
{
  g_autofree char *digest = NULL;
  g_autofree char *again = NULL;

  wait_recovered (fixture);
  g_test_assert_expected_messages ();
  for (guint i = 0; i < BATCH; i++)
    g_assert_cmpint (fixture_grant (fixture, granted + i, "editor", 3600), ==, TRIAS_REASON_NONE);
  assert_exactly (fixture, granted + BATCH);
  digest = trias_ledger_digest (trias_keeper_get_ledger (fixture->keeper));
  fixture_reopen (fixture);
  again = trias_ledger_digest (trias_keeper_get_ledger (fixture->keeper));
  g_assert_cmpstr (digest, ==, again);
  assert_exactly (fixture, granted + BATCH);
}

static void
fill_disk (const char *path)
{
  g_autofree char *zeros = g_malloc0 (4096);
  int fd = g_open (path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

  g_assert_cmpint (fd, >=, 0);
  while (write (fd, zeros, 4096) == 4096)
    ;
  g_assert_cmpint (errno, ==, ENOSPC);
  close (fd);
}

static void
test_full (void)
{
  g_autofree char *folder = g_dir_make_tmp ("trias-disk-XXXXXX", NULL);
  g_autofree char *filler = g_build_filename (folder, "filler", NULL);
  Fixture *fixture;
  guint granted;

  if (unshare (CLONE_NEWNS) != 0 || mount ("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0
      || mount ("none", folder, "tmpfs", 0, "size=2m") != 0)
    {
      g_rmdir (folder);
      g_test_skip ("needs the right to mount");
      return;
    }
  fixture = fixture_new (folder);
  fixture_install (fixture, "editor", SEATS);
  fill_disk (filler);
  expect_warning ();
  granted = grant_until_refused (fixture, 0, 5000);
  check_refusing (fixture, granted);
  g_assert_cmpint (g_unlink (filler), ==, 0);
  check_recovered (fixture, granted);
  fixture_free (fixture);
  umount2 (folder, MNT_DETACH);
  g_rmdir (folder);
}

static void
test_file_limit (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  struct rlimit limit, small;
  guint granted;

  signal (SIGXFSZ, SIG_IGN);
  fixture_install (fixture, "editor", SEATS);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  small = limit;
  small.rlim_cur = 200 * 1024;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  expect_warning ();
  granted = grant_until_refused (fixture, 0, 5000);
  check_refusing (fixture, granted);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  check_recovered (fixture, granted);
}

/* A sync that fails leaves open whether the commit happened: what is answered must be found so. */
static void
test_sync_fails (gconstpointer data)
{
  const guint n_fail = GPOINTER_TO_UINT (data);
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  TriasReason reason;
  guint granted = 10;

  fixture_install (fixture, "editor", SEATS);
  for (guint i = 0; i < granted; i++)
    g_assert_cmpint (fixture_grant (fixture, i, "editor", 3600), ==, TRIAS_REASON_NONE);
  expect_warning ();
  g_atomic_int_set (&failing_syncs, (gint) n_fail);
  reason = fixture_grant (fixture, granted, "editor", 3600);
  g_test_message ("%u syncs fail: %s", n_fail, trias_reason_to_word (reason));
  g_atomic_int_set (&failing_syncs, 0);
  if (reason == TRIAS_REASON_NONE)
    {
      granted++;
      /* Nobody was warned, for nothing was refused. */
      g_log ("trias-keeper", G_LOG_LEVEL_WARNING, "the commit was found to be good");
    }
  assert_exactly (fixture, granted);
  wait_recovered (fixture);
  check_recovered (fixture, granted);
}

/* Longer than a log that cannot be used is left alone. */
#define REOPENED_US (400 * G_TIME_SPAN_MILLISECOND)

static void
let_pass (gint64 us)
{
  gint64 until = g_get_monotonic_time () + us;

  while (g_get_monotonic_time () < until)
    if (!g_main_context_iteration (NULL, FALSE))
      g_usleep (500);
}

static void
counted_cb (const TriasOutcome *outcome, gpointer user_data)
{
  g_assert_cmpint (outcome->reason, ==, TRIAS_REASON_NONE);
  ++*(guint *) user_data;
}

static void
sealed_cb (const TriasOutcome *outcome, gpointer user_data)
{
  g_assert_cmpint (outcome->reason, ==, TRIAS_REASON_NONE);
  g_atomic_int_set (&failing_syncs, 1000);
  ++*(guint *) user_data;
}

static TriasCommand *
seal_with (Fixture *fixture, const char *first, guint64 incarnation)
{
  const char *const ids[] = { first, PARTNER_ID, CLIENT_ID };
  const char *const at[] = { "192.0.2.1:7643", NULL };
  g_autoptr (TriasRelationship) triad
      = trias_relationship_new ("rel-0000000000000001", "Werk 1", TRIAS_KIND_TRIAD);

  triad->incarnation = incarnation;
  for (guint i = 0; i < 3; i++)
    g_ptr_array_add (triad->members, trias_member_new (ids[i], ids[i], at));
  return trias_command_seal (fixture->wall, triad, "admin");
}

static TriasCommand *
seal (Fixture *fixture)
{
  return seal_with (fixture, SERVER_ID, 1);
}

/* The triad is decided, and then the disk refuses the change of journals: it is carried through as
 * soon as the disk lets it. */
static void
test_change_of_journals (void)
{
  static const TriasJournalLinks links = { NULL, NULL };
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  g_autofree char *digest = NULL;
  g_autofree char *again = NULL;
  guint sealed = 0;

  fake_triad_reset ();
  trias_keeper_triad_start (fixture->keeper, &links, NULL);
  fixture_install (fixture, "editor", SEATS);
  g_assert_cmpint (fixture_grant (fixture, 0, "editor", 3600), ==, TRIAS_REASON_NONE);
  expect_warning ();
  trias_keeper_submit (fixture->keeper, seal (fixture), sealed_cb, &sealed);
  fixture_wait (fixture, &sealed, 1);
  while (trias_keeper_storage_ok (fixture->keeper, NULL))
    g_main_context_iteration (NULL, TRUE);
  g_assert_false (trias_keeper_is_triad (fixture->keeper));
  g_assert_false (trias_keeper_is_active (fixture->keeper));
  g_assert_cmpint (fixture_grant (fixture, 1, "editor", 3600), ==, TRIAS_REASON_NOT_ACTIVE);
  assert_exactly (fixture, 1);

  g_atomic_int_set (&failing_syncs, 0);
  wait_recovered (fixture);
  g_test_assert_expected_messages ();
  while (!trias_keeper_is_triad (fixture->keeper))
    g_main_context_iteration (NULL, TRUE);
  fake_triad_set_active (TRUE);
  g_assert_cmpint (fixture_grant (fixture, 1, "editor", 3600), ==, TRIAS_REASON_NONE);
  digest = trias_ledger_digest_whole (trias_keeper_get_ledger (fixture->keeper));
  fixture_reopen (fixture);
  trias_keeper_triad_start (fixture->keeper, &links, NULL);
  again = trias_ledger_digest_whole (trias_keeper_get_ledger (fixture->keeper));
  g_assert_cmpstr (digest, ==, again);
  assert_exactly (fixture, 2);
}

static void
become_member (Fixture *fixture)
{
  static const TriasJournalLinks links = { NULL, NULL };
  guint done = 0;

  fake_triad_reset ();
  trias_keeper_triad_start (fixture->keeper, &links, NULL);
  fixture_install (fixture, "editor", SEATS);
  trias_keeper_submit (fixture->keeper, seal (fixture), counted_cb, &done);
  while (!trias_keeper_is_triad (fixture->keeper))
    g_main_context_iteration (NULL, TRUE);
  fake_triad_set_active (TRUE);
  g_assert_cmpint (fixture_grant (fixture, 0, "editor", 3600), ==, TRIAS_REASON_NONE);
}

/* This member was replaced, and then the disk refuses both the change and the log that it leaves:
 * there is nothing to open that log for. */
static void
test_replaced (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  g_autofree char *other = g_strnfill (64, 'd');
  guint sealed = 0;

  become_member (fixture);
  trias_keeper_submit (fixture->keeper, seal_with (fixture, other, 2), sealed_cb, &sealed);
  fixture_wait (fixture, &sealed, 1);
  while (g_atomic_int_get (&failing_syncs) == 1000)
    g_main_context_iteration (NULL, TRUE);
  expect_warning ();
  fake_triad_fail ("The disk is full.");
  let_pass (REOPENED_US);
  g_assert_true (trias_keeper_is_triad (fixture->keeper));
  g_atomic_int_set (&failing_syncs, 0);
  while (trias_keeper_is_triad (fixture->keeper))
    g_main_context_iteration (NULL, TRUE);
  wait_recovered (fixture);
  g_test_assert_expected_messages ();
  assert_exactly (fixture, 0);
  fixture_reopen (fixture);
  g_assert_false (trias_keeper_is_triad (fixture->keeper));
}

/* The log cannot be used, and before it is tried again this member hears that it was left out. */
static void
test_left_out (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  guint opened;

  become_member (fixture);
  expect_warning ();
  fake_triad_fail ("The disk is full.");
  opened = fake_triad.opened;
  trias_keeper_triad_ended (fixture->keeper, "rel-0000000000000001", 2, NULL, NULL, NULL);
  while (trias_keeper_is_triad (fixture->keeper))
    g_main_context_iteration (NULL, TRUE);
  let_pass (REOPENED_US);
  g_assert_cmpuint (fake_triad.opened, ==, opened);
  wait_recovered (fixture);
  g_test_assert_expected_messages ();
  fixture_install (fixture, "own", SEATS);
  g_assert_cmpint (fixture_grant (fixture, 1, "own", 3600), ==, TRIAS_REASON_NONE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/disk/file-limit", test_file_limit);
  g_test_add_data_func ("/disk/sync-fails-once", GUINT_TO_POINTER (1), test_sync_fails);
  g_test_add_data_func ("/disk/sync-fails-twice", GUINT_TO_POINTER (2), test_sync_fails);
  g_test_add_data_func ("/disk/sync-fails-on", GUINT_TO_POINTER (1000), test_sync_fails);
  g_test_add_func ("/disk/change-of-journals", test_change_of_journals);
  g_test_add_func ("/disk/replaced", test_replaced);
  g_test_add_func ("/disk/left-out", test_left_out);
  g_test_add_func ("/disk/full", test_full);
  return g_test_run ();
}
