/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "server/daemon/trias-admin-socket.h"

#define SERVER_ID "1111111111111111111111111111111111111111111111111111111111111111"
#define DEADLINE_US (30 * G_TIME_SPAN_SECOND)

typedef struct
{
  char *folder;
  char *path;
  TriasKeeper *keeper;
  TriasAccounts *accounts;
  TriasAdminSocket *socket;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->folder = g_dir_make_tmp ("trias-admin-XXXXXX", NULL);
  self->path = g_build_filename (self->folder, "admin.sock", NULL);
  self->keeper = trias_keeper_open (self->folder, SERVER_ID, NULL, &error);
  g_assert_no_error (error);
  self->accounts = trias_accounts_new (self->keeper);
  self->socket = trias_admin_socket_new (self->path, self->accounts, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  static const char *const names[] = { "trias.db", "trias.db-wal", "trias.db-shm", "lock" };

  trias_admin_socket_free (self->socket);
  trias_accounts_free (self->accounts);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  trias_keeper_close (self->keeper);
  g_assert_false (g_file_test (self->path, G_FILE_TEST_EXISTS));
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (self->folder, names[i], NULL);

      g_unlink (path);
    }
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_free (self->folder);
  g_free (self->path);
}

/* --- a caller, as `trias admin` is one --- */

typedef struct
{
  const char *path;
  const char *request;
  char *answer; /* (nullable) NULL if the other end just closed */
  gint done;
} Call;

static gpointer
call_thread (gpointer data)
{
  Call *call = data;
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (call->path);
  g_autoptr (GSocketConnection) connection
      = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, NULL);
  g_autoptr (GDataInputStream) in = NULL;

  g_assert_nonnull (connection);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)),
                             call->request, strlen (call->request), NULL, NULL, NULL);
  in = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  call->answer = g_data_input_stream_read_line (in, NULL, NULL, NULL);
  g_atomic_int_set (&call->done, 1);
  g_main_context_wakeup (NULL);
  return NULL;
}

static char *
call (Fixture *self, const char *request)
{
  Call call = { .path = self->path, .request = request };
  GThread *thread = g_thread_new ("caller", call_thread, &call);
  gint64 until = g_get_monotonic_time () + DEADLINE_US;

  while (!g_atomic_int_get (&call.done))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, until);
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (100);
    }
  g_thread_join (thread);
  return call.answer;
}

static void
assert_ok (Fixture *self, const char *request)
{
  g_autofree char *answer = call (self, request);

  g_assert_cmpstr (answer, ==, "{\"ok\":true}");
}

static void
assert_reason (Fixture *self, const char *request, TriasReason reason)
{
  g_autofree char *answer = call (self, request);
  g_autoptr (TriasProblem) problem = NULL;

  g_assert_nonnull (answer);
  problem = trias_problem_from_json (answer, strlen (answer), 0);
  g_assert_cmpint (problem->reason, ==, reason);
}

typedef struct
{
  gboolean done, ok;
} Verified;

static void
verified_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Verified *verified = user_data;
  g_autoptr (GError) error = NULL;

  verified->ok = trias_accounts_verify_finish (NULL, result, &error);
  if (!verified->ok)
    g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_UNAUTHENTICATED);
  verified->done = TRUE;
}

static gboolean
verify (Fixture *self, const char *name, const char *password)
{
  Verified verified = { 0 };
  gint64 until = g_get_monotonic_time () + DEADLINE_US;

  trias_accounts_verify_async (self->accounts, name, password, verified_cb, &verified);
  while (!verified.done)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, until);
      g_main_context_iteration (NULL, TRUE);
    }
  return verified.ok;
}

/* --- tests --- */

static void
test_accounts (Fixture *self, gconstpointer data)
{
  g_autofree char *list = NULL;

  assert_ok (self, "{\"verb\":\"admin-add\",\"name\":\"second\",\"password\":\"12345678\"}\n");
  assert_ok (self, "{\"verb\":\"admin-add\",\"name\":\"first@x\",\"password\":\"12345678\"}\n");
  list = call (self, "{\"verb\":\"admin-list\"}\n");
  g_assert_cmpstr (list, ==, "{\"ok\":true,\"admins\":[\"first@x\",\"second\"]}");
  g_assert_true (verify (self, "second", "12345678"));
  g_assert_false (verify (self, "second", "12345679"));
  g_assert_false (verify (self, "third", "12345678"));
  assert_ok (self, "{\"verb\":\"admin-password\",\"name\":\"second\",\"password\":\"abcdefgh\"}\n");
  g_assert_true (verify (self, "second", "abcdefgh"));
  g_assert_false (verify (self, "second", "12345678"));
  assert_ok (self, "{\"verb\":\"admin-remove\",\"name\":\"second\"}\n");
  g_assert_false (verify (self, "second", "abcdefgh"));
}

static void
test_refusals (Fixture *self, gconstpointer data)
{
  g_autofree char *endless = g_strnfill (TRIAS_ADMIN_SOCKET_MAX_LINE + 10, 'x');

  assert_ok (self, "{\"verb\":\"admin-add\",\"name\":\"a\",\"password\":\"12345678\"}\n");
  assert_reason (self, "{\"verb\":\"admin-add\",\"name\":\"a\",\"password\":\"12345678\"}\n",
                 TRIAS_REASON_CONFLICT);
  assert_reason (self, "{\"verb\":\"admin-add\",\"name\":\"b\",\"password\":\"1234567\"}\n",
                 TRIAS_REASON_BAD_REQUEST);
  assert_reason (self, "{\"verb\":\"admin-add\",\"name\":\"b c\",\"password\":\"12345678\"}\n",
                 TRIAS_REASON_BAD_REQUEST);
  assert_reason (self, "{\"verb\":\"admin-add\",\"password\":\"12345678\"}\n",
                 TRIAS_REASON_BAD_REQUEST);
  assert_reason (self, "{\"verb\":\"admin-remove\",\"name\":\"nobody\"}\n", TRIAS_REASON_NOT_FOUND);
  assert_reason (self,
                 "{\"verb\":\"admin-password\",\"name\":\"nobody\",\"password\":\"12345678\"}\n",
                 TRIAS_REASON_NOT_FOUND);
  assert_reason (self, "{\"verb\":\"dance\"}\n", TRIAS_REASON_BAD_REQUEST);
  assert_reason (self, "{\"verb\":\"admin-list\",\"more\":1}\n", TRIAS_REASON_BAD_REQUEST);
  assert_reason (self, "hello\n", TRIAS_REASON_BAD_REQUEST);
  assert_reason (self, endless, TRIAS_REASON_TOO_LARGE);
}

static void
test_socket (Fixture *self, gconstpointer data)
{
  g_autofree char *name = g_strnfill (120, 'a');
  g_autofree char *path = g_build_filename (self->folder, name, NULL);
  g_autoptr (GError) error = NULL;
  GStatBuf info;

  g_assert_cmpint (g_stat (self->path, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0077, ==, 0);
  g_assert_null (trias_admin_socket_new (path, self->accounts, &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/admin-socket/accounts", Fixture, NULL, set_up, test_accounts, tear_down);
  g_test_add ("/admin-socket/refusals", Fixture, NULL, set_up, test_refusals, tear_down);
  g_test_add ("/admin-socket/socket", Fixture, NULL, set_up, test_socket, tear_down);
  return g_test_run ();
}
