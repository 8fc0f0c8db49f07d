/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "triasd"

#include "config.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>

#include "server/daemon/trias-admin-socket.h"

#define MAX_CALLERS 16
#define TIMEOUT_S 30
/* Who changed something, for the event. */
#define ACTOR "root"

struct _TriasAdminSocket
{
  gatomicrefcount refs;
  char *path;
  TriasAccounts *accounts; /* (borrowed) (nullable) NULL once freed */
  GSocketService *service; /* (owned) */
  GCancellable *cancellable;
  guint callers;
};

/** One connection: a line is read, an answer written. */
typedef struct
{
  TriasAdminSocket *owner; /* (owned) */
  GSocketConnection *connection;
  char line[TRIAS_ADMIN_SOCKET_MAX_LINE + 1];
  gsize length;
  char *answer;
} Caller;

static void
owner_unref (TriasAdminSocket *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_object_unref (self->cancellable);
  g_free (self->path);
  g_free (self);
}

static void
caller_free (Caller *caller)
{
  caller->owner->callers--;
  g_io_stream_close (G_IO_STREAM (caller->connection), NULL, NULL);
  g_object_unref (caller->connection);
  /* It may have held a password. */
  memset (caller->line, 0, sizeof caller->line);
  g_free (caller->answer);
  owner_unref (caller->owner);
  g_free (caller);
}

/* --- answers --- */

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error))
    g_debug ("An answer on the administration socket was lost: %s", error->message);
  caller_free (user_data);
}

/* Takes @text. */
static void
answer (Caller *caller, char *text)
{
  GOutputStream *out = g_io_stream_get_output_stream (G_IO_STREAM (caller->connection));

  caller->answer = g_strconcat (text, "\n", NULL);
  g_free (text);
  g_output_stream_write_all_async (out, caller->answer, strlen (caller->answer), G_PRIORITY_DEFAULT,
                                   caller->owner->cancellable, written_cb, caller);
}

static void
answer_error (Caller *caller, const GError *error)
{
  g_autoptr (TriasProblem) problem = trias_problem_from_error (error);

  answer (caller, trias_problem_to_json (problem));
}

static void
answer_ok (Caller *caller, char **names)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_bool (writer, "ok", TRUE);
  if (names != NULL)
    trias_json_add_strv (writer, "admins", (const char *const *) names);
  trias_json_end_object (writer);
  answer (caller, trias_json_writer_end (writer, NULL));
}

static void
done_cb (const GError *error, gpointer user_data)
{
  if (error != NULL)
    answer_error (user_data, error);
  else
    answer_ok (user_data, NULL);
}

/* --- verbs --- */

static void
carry_out (Caller *caller, const char *verb, const char *name, const char *password)
{
  TriasAccounts *accounts = caller->owner->accounts;
  g_autoptr (GError) error = NULL;

  if (accounts == NULL)
    error = g_error_new (TRIAS_ERROR, TRIAS_REASON_NOT_ACTIVE, "The server stops.");
  else if (strcmp (verb, "admin-add") == 0)
    trias_accounts_add (accounts, name, password, ACTOR, done_cb, caller);
  else if (strcmp (verb, "admin-password") == 0)
    trias_accounts_set_password (accounts, name, password, ACTOR, done_cb, caller);
  else if (strcmp (verb, "admin-remove") == 0)
    trias_accounts_remove (accounts, name, ACTOR, done_cb, caller);
  else if (strcmp (verb, "admin-list") == 0)
    {
      g_auto (GStrv) names = trias_accounts_list (accounts);

      answer_ok (caller, names);
    }
  else
    error = g_error_new (TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
                         "“%s” is no verb. Allowed: admin-add, admin-list, admin-remove,"
                         " admin-password.",
                         verb);
  if (error != NULL)
    answer_error (caller, error);
}

static void
read_request (Caller *caller)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasJson) request
      = trias_json_parse (caller->line, caller->length, TRIAS_ADMIN_SOCKET_MAX_LINE, &error);
  const char *verb, *name, *password;
  TriasJsonReader reader;

  if (request == NULL)
    {
      answer_error (caller, error);
      return;
    }
  trias_json_reader_init (&reader, request);
  verb = trias_json_read_string (&reader, "verb", 1, 64);
  name = trias_json_read_string_or (&reader, "name", 256, "");
  password = trias_json_read_string_or (&reader, "password", 1024, "");
  if (trias_json_reader_finish (&reader, &error))
    carry_out (caller, verb, name, password);
  else
    answer_error (caller, error);
}

/* --- reading --- */

static void read_more (Caller *caller);

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Caller *caller = user_data;
  g_autoptr (GError) error = NULL;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);
  const char *end;

  if (n <= 0)
    {
      caller_free (caller);
      return;
    }
  caller->length += (gsize) n;
  end = memchr (caller->line, '\n', caller->length);
  if (end != NULL)
    {
      caller->length = (gsize) (end - caller->line);
      caller->line[caller->length] = '\0';
      read_request (caller);
    }
  else if (caller->length < TRIAS_ADMIN_SOCKET_MAX_LINE)
    read_more (caller);
  else
    {
      error = g_error_new (TRIAS_ERROR, TRIAS_REASON_TOO_LARGE,
                           "A request must be one line of at most %d bytes.",
                           TRIAS_ADMIN_SOCKET_MAX_LINE);
      answer_error (caller, error);
    }
}

static void
read_more (Caller *caller)
{
  g_input_stream_read_async (g_io_stream_get_input_stream (G_IO_STREAM (caller->connection)),
                             caller->line + caller->length,
                             TRIAS_ADMIN_SOCKET_MAX_LINE - caller->length, G_PRIORITY_DEFAULT,
                             caller->owner->cancellable, read_cb, caller);
}

static gboolean
may_call (GSocketConnection *connection)
{
  GSocket *socket = g_socket_connection_get_socket (connection);
  g_autoptr (GError) error = NULL;
  g_autoptr (GCredentials) credentials = g_socket_get_credentials (socket, &error);
  uid_t uid;

  if (credentials == NULL)
    return FALSE;
  uid = g_credentials_get_unix_user (credentials, &error);
  return error == NULL && (uid == 0 || uid == geteuid ());
}

static gboolean
incoming_cb (GSocketService *service,
             GSocketConnection *connection,
             GObject *source,
             gpointer user_data)
{
  TriasAdminSocket *self = user_data;
  Caller *caller;

  if (self->callers >= MAX_CALLERS || !may_call (connection))
    {
      g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
      return TRUE;
    }
  g_socket_set_timeout (g_socket_connection_get_socket (connection), TIMEOUT_S);
  caller = g_new0 (Caller, 1);
  g_atomic_ref_count_inc (&self->refs);
  self->callers++;
  caller->owner = self;
  caller->connection = g_object_ref (connection);
  read_more (caller);
  return TRUE;
}

/* --- making and ending --- */

static gboolean
make_room (const char *path, GError **error)
{
  GStatBuf info;

  if (strlen (path) >= sizeof ((struct sockaddr_un *) NULL)->sun_path)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
                   "The path of the administration socket is too long: %s. Set a shorter one with"
                   " “socket” in the configuration.",
                   path);
      return FALSE;
    }
  /* Only what is a socket: a mistyped path must not cost a file. */
  if (g_lstat (path, &info) == 0 && S_ISSOCK (info.st_mode))
    g_unlink (path);
  return TRUE;
}

TriasAdminSocket *
trias_admin_socket_new (const char *path, TriasAccounts *accounts, GError **error)
{
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GSocketService) service = g_socket_service_new ();
  g_autoptr (GError) local = NULL;
  TriasAdminSocket *self;
  mode_t mask;
  gboolean ok;

  if (!make_room (path, error))
    return NULL;
  address = g_unix_socket_address_new (path);
  mask = umask (0077);
  ok = g_socket_listener_add_address (G_SOCKET_LISTENER (service), address, G_SOCKET_TYPE_STREAM,
                                      G_SOCKET_PROTOCOL_DEFAULT, NULL, NULL, &local);
  umask (mask);
  if (!ok)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_INTERNAL,
                   "Cannot listen on the administration socket %s: %s. Name another path with"
                   " “socket” in the configuration.",
                   path, local->message);
      return NULL;
    }
  self = g_new0 (TriasAdminSocket, 1);
  g_atomic_ref_count_init (&self->refs);
  self->path = g_strdup (path);
  self->accounts = accounts;
  self->cancellable = g_cancellable_new ();
  self->service = g_steal_pointer (&service);
  g_signal_connect (self->service, "incoming", G_CALLBACK (incoming_cb), self);
  g_socket_service_start (self->service);
  return self;
}

void
trias_admin_socket_free (TriasAdminSocket *self)
{
  if (self == NULL)
    return;
  self->accounts = NULL;
  g_cancellable_cancel (self->cancellable);
  g_signal_handlers_disconnect_by_data (self->service, self);
  g_socket_service_stop (self->service);
  g_socket_listener_close (G_SOCKET_LISTENER (self->service));
  g_clear_object (&self->service);
  g_unlink (self->path);
  owner_unref (self);
}
