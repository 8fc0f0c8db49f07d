/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <glib/gstdio.h>

#include "server/store/trias-store.h"

#define SERVER_ID "1111111111111111111111111111111111111111111111111111111111111111"

typedef struct
{
  char *folder;
  TriasStore *store;
} Fixture;

static void
open_store (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  self->store = trias_store_open (self->folder, SERVER_ID, &error);
  g_assert_no_error (error);
}

static void
reopen (Fixture *self)
{
  trias_store_close (self->store);
  open_store (self);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  self->folder = g_dir_make_tmp ("trias-store-XXXXXX", NULL);
  open_store (self);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  static const char *const names[] = { "trias.db", "trias.db-wal", "trias.db-shm", "lock" };

  trias_store_close (self->store);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (self->folder, names[i], NULL);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_free (self->folder);
}

static void
done_cb (const GError *error, gint64 took_us, gpointer user_data)
{
  GString *order = user_data;

  g_assert_no_error (error);
  g_assert_cmpint (took_us, >=, 0);
  if (order != NULL)
    g_string_append_c (order, 'x');
}

static void
commit (Fixture *self, TriasStoreBatch *batch)
{
  trias_store_commit_async (self->store, batch, done_cb, NULL);
  trias_store_wait (self->store);
}

static gboolean
record_cb (const char *kind,
           const char *key,
           GBytes *value,
           guint64 revision,
           gpointer user_data,
           GError **error)
{
  g_string_append_printf (user_data, "%s/%s=%.*s@%u ", kind, key, (int) g_bytes_get_size (value),
                          (const char *) g_bytes_get_data (value, NULL), (guint) revision);
  return TRUE;
}

static char *
all_of (Fixture *self, TriasSpace space)
{
  GString *text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  trias_store_foreach (self->store, space, record_cb, text, &error);
  g_assert_no_error (error);
  return g_string_free (text, FALSE);
}

static void
test_records (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) one = g_bytes_new_static ("1", 1);
  g_autoptr (GBytes) two = g_bytes_new_static ("2", 1);
  TriasStoreBatch *batch = trias_store_batch_new ();
  g_autofree char *ledger = NULL;
  g_autofree char *replica = NULL;
  g_autofree char *local = NULL;

  g_assert_true (trias_store_batch_is_empty (batch));
  trias_store_batch_put (batch, TRIAS_SPACE_REPLICA, "rule", "old", one, 1);
  trias_store_batch_put (batch, TRIAS_SPACE_LEDGER, "rule", "b", one, 1);
  trias_store_batch_put (batch, TRIAS_SPACE_LEDGER, "rule", "a", one, 2);
  trias_store_batch_put (batch, TRIAS_SPACE_LEDGER, "lease", "z", one, 3);
  g_assert_false (trias_store_batch_is_empty (batch));
  commit (self, batch);
  batch = trias_store_batch_new ();
  trias_store_batch_put (batch, TRIAS_SPACE_LEDGER, "rule", "b", two, 4);
  trias_store_batch_put (batch, TRIAS_SPACE_LEDGER, "lease", "z", NULL, 5);
  trias_store_batch_clear (batch, TRIAS_SPACE_REPLICA);
  trias_store_batch_put (batch, TRIAS_SPACE_REPLICA, "rule", "new", two, 6);
  commit (self, batch);
  reopen (self);
  ledger = all_of (self, TRIAS_SPACE_LEDGER);
  replica = all_of (self, TRIAS_SPACE_REPLICA);
  local = all_of (self, TRIAS_SPACE_LOCAL);
  g_assert_cmpstr (ledger, ==, "rule/b=2@4 rule/a=1@2 ");
  g_assert_cmpstr (replica, ==, "rule/new=2@6 ");
  g_assert_cmpstr (local, ==, "");
}

static gboolean
entry_cb (guint64 term, guint64 index, GBytes *commands, gpointer user_data, GError **error)
{
  g_string_append_printf (user_data, "%u.%u=%.*s ", (guint) term, (guint) index,
                          (int) g_bytes_get_size (commands),
                          (const char *) g_bytes_get_data (commands, NULL));
  return TRUE;
}

static void
test_journal (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) a = g_bytes_new_static ("a", 1);
  g_autoptr (GString) tail = g_string_new (NULL);
  g_autoptr (GString) order = g_string_new (NULL);
  g_autoptr (GError) error = NULL;

  for (guint i = 1; i <= 5; i++)
    {
      TriasStoreBatch *batch = trias_store_batch_new ();

      trias_store_batch_entry (batch, 1, i, a);
      if (i == 5)
        trias_store_batch_applied (batch, 3);
      trias_store_commit_async (self->store, batch, done_cb, order);
    }
  trias_store_wait (self->store);
  g_assert_cmpstr (order->str, ==, "xxxxx");
  reopen (self);
  g_assert_cmpuint (trias_store_get_applied (self->store), ==, 3);
  trias_store_foreach_entry (self->store, 3, entry_cb, tail, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (tail->str, ==, "1.4=a 1.5=a ");
}

/* A batch that cannot be carried out leaves nothing behind, and the next one is. */
static void
failed_cb (const GError *error, gint64 took_us, gpointer user_data)
{
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_STORAGE);
  *(gboolean *) user_data = TRUE;
}

static void
test_atomic (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) one = g_bytes_new_static ("1", 1);
  TriasStoreBatch *batch = trias_store_batch_new ();
  g_autofree char *ledger = NULL;
  gboolean failed = FALSE;

  trias_store_batch_entry (batch, 1, 1, one);
  commit (self, batch);
  batch = trias_store_batch_new ();
  trias_store_batch_put (batch, TRIAS_SPACE_LEDGER, "rule", "a", one, 1);
  trias_store_batch_entry (batch, 1, 1, one);
  trias_store_commit_async (self->store, batch, failed_cb, &failed);
  trias_store_wait (self->store);
  g_assert_true (failed);
  batch = trias_store_batch_new ();
  trias_store_batch_put (batch, TRIAS_SPACE_LEDGER, "rule", "b", one, 2);
  commit (self, batch);
  reopen (self);
  ledger = all_of (self, TRIAS_SPACE_LEDGER);
  g_assert_cmpstr (ledger, ==, "rule/b=1@2 ");
}

/* The journal begins anew: its rows go, also that of the same batch, and it counts from 1 again
 * even if a failed batch may have left a row behind. */
static void
test_restart (Fixture *self, gconstpointer data)
{
  g_autoptr (GBytes) one = g_bytes_new_static ("1", 1);
  g_autoptr (GBytes) mark = g_bytes_new_static ("m", 1);
  g_autoptr (GString) read = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) entries = g_string_new (NULL);
  TriasStoreBatch *batch = trias_store_batch_new ();
  gboolean failed = FALSE;

  trias_store_batch_entry (batch, 1, 1, one);
  commit (self, batch);
  batch = trias_store_batch_new ();
  trias_store_batch_entry (batch, 1, 2, one);
  trias_store_batch_put (batch, TRIAS_SPACE_LEDGER, "rule", "r", one, 4);
  trias_store_batch_put (batch, TRIAS_SPACE_LOCAL, "triad", "base", mark, 0);
  trias_store_batch_put (batch, TRIAS_SPACE_LOCAL, "other", "x", mark, 0);
  trias_store_batch_restart (batch);
  commit (self, batch);
  g_assert_true (trias_store_read_records (self->store, "triad", record_cb, read, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (read->str, ==, "triad/base=m@0 rule/r=1@4 ");

  batch = trias_store_batch_new ();
  trias_store_batch_entry (batch, 1, 1, one);
  trias_store_batch_entry (batch, 1, 1, one);
  trias_store_commit_async (self->store, batch, failed_cb, &failed);
  trias_store_wait (self->store);
  g_assert_true (failed);
  batch = trias_store_batch_new ();
  trias_store_batch_entry (batch, 1, 1, one);
  commit (self, batch);
  reopen (self);
  g_assert_cmpuint (trias_store_get_applied (self->store), ==, 0);
  trias_store_foreach_entry (self->store, 0, entry_cb, entries, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (entries->str, ==, "1.1=1 ");
}

/* Old history goes, but never the newest: numbers must not begin again. */
static void
test_trim (Fixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) events = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_event_free);
  TriasStoreBatch *batch = trias_store_batch_new ();
  g_autoptr (GPtrArray) left = NULL;
  g_autoptr (GPtrArray) last = NULL;
  g_autoptr (GError) error = NULL;

  for (guint i = 1; i <= 10; i++)
    {
      TriasEvent *event = trias_event_new (i * 100, "server-started", "");

      event->seq = i;
      g_ptr_array_add (events, event);
      trias_store_batch_event (batch, event);
    }
  commit (self, batch);
  batch = trias_store_batch_new ();
  trias_store_batch_trim (batch, 500);
  commit (self, batch);
  left = trias_store_read_events (self->store, 0, 0, TRUE, 100, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (left->len, ==, 6);
  batch = trias_store_batch_new ();
  trias_store_batch_trim (batch, G_MAXINT64);
  commit (self, batch);
  last = trias_store_read_events (self->store, 0, 0, TRUE, 100, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (last->len, ==, 1);
  reopen (self);
  g_assert_cmpuint (trias_store_get_last_event (self->store), ==, 10);
}

static void
test_locked (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (trias_store_open (self->folder, SERVER_ID, &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_STORAGE);
  g_assert_nonnull (strstr (error->message, self->folder));
}

static void
assert_refused (Fixture *self, const char *content, gsize length, TriasReason reason)
{
  g_autofree char *path = g_build_filename (self->folder, TRIAS_STORE_FILE, NULL);
  g_autofree char *kept = NULL;
  g_autoptr (GError) error = NULL;
  gsize kept_length;
  char version;

  trias_store_close (self->store);
  g_assert_true (g_file_get_contents (path, &kept, &kept_length, NULL));
  if (content != NULL)
    g_assert_true (g_file_set_contents (path, content, (gssize) length, NULL));
  else
    {
      /* user_version stands in the header, big endian. */
      version = kept[60 + 3];
      kept[60 + 3] = 99;
      g_assert_true (g_file_set_contents (path, kept, (gssize) kept_length, NULL));
      kept[60 + 3] = version;
    }
  g_assert_null (trias_store_open (self->folder, SERVER_ID, &error));
  g_assert_error (error, TRIAS_ERROR, (int) reason);
  g_assert_nonnull (strstr (error->message, path));
  g_assert_true (g_file_set_contents (path, kept, (gssize) kept_length, NULL));
  open_store (self);
}

static void
test_foreign (Fixture *self, gconstpointer data)
{
  g_autofree char *text = g_strnfill (8192, 'x');

  assert_refused (self, text, 8192, TRIAS_REASON_STORAGE);
  assert_refused (self, NULL, 0, TRIAS_REASON_VERSION);
}

/* A file as the first version wrote it, where a record was found by its key. */
static void
test_version_1 (Fixture *self, gconstpointer data)
{
  g_autofree char *path = g_build_filename (self->folder, TRIAS_STORE_FILE, NULL);
  g_autofree char *old = NULL;
  gsize length;
  g_autoptr (GBytes) two = g_bytes_new_static ("2", 1);
  TriasStoreBatch *batch = trias_store_batch_new ();
  g_autoptr (GString) tail = g_string_new (NULL);
  g_autofree char *ledger = NULL;
  g_autofree char *replica = NULL;
  g_autofree char *local = NULL;

  trias_store_close (self->store);
  g_assert_true (g_file_get_contents (TRIAS_TEST_STATE_1, &old, &length, NULL));
  g_assert_true (g_file_set_contents (path, old, (gssize) length, NULL));
  open_store (self);
  g_assert_cmpuint (trias_store_get_applied (self->store), ==, 7);
  g_assert_cmpuint (trias_store_get_last_event (self->store), ==, 2);
  trias_store_batch_put (batch, TRIAS_SPACE_LEDGER, "lease", "b", two, 9);
  trias_store_batch_put (batch, TRIAS_SPACE_LEDGER, "lease", "c", NULL, 10);
  trias_store_batch_put (batch, TRIAS_SPACE_LEDGER, "lease", "d", two, 11);
  trias_store_batch_put (batch, TRIAS_SPACE_LEDGER, "rule", "gone", NULL, 12);
  commit (self, batch);
  reopen (self);
  ledger = all_of (self, TRIAS_SPACE_LEDGER);
  replica = all_of (self, TRIAS_SPACE_REPLICA);
  local = all_of (self, TRIAS_SPACE_LOCAL);
  g_assert_cmpstr (ledger, ==, "lease/a=1@3 lease/b=2@9 rule/b=1@1 lease/d=2@11 ");
  g_assert_cmpstr (replica, ==, "lease/a=r@5 ");
  g_assert_cmpstr (local, ==, "rule/a=l@0 ");
  g_assert_true (trias_store_foreach_entry (self->store, 7, entry_cb, tail, NULL));
  g_assert_cmpstr (tail->str, ==, "1.8=x ");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/store/records", Fixture, NULL, set_up, test_records, tear_down);
  g_test_add ("/store/journal", Fixture, NULL, set_up, test_journal, tear_down);
  g_test_add ("/store/atomic", Fixture, NULL, set_up, test_atomic, tear_down);
  g_test_add ("/store/restart", Fixture, NULL, set_up, test_restart, tear_down);
  g_test_add ("/store/trim", Fixture, NULL, set_up, test_trim, tear_down);
  g_test_add ("/store/locked", Fixture, NULL, set_up, test_locked, tear_down);
  g_test_add ("/store/foreign", Fixture, NULL, set_up, test_foreign, tear_down);
  g_test_add ("/store/version-1", Fixture, NULL, set_up, test_version_1, tear_down);
  return g_test_run ();
}
