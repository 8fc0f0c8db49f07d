/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "core/trias-process.h"

#include <gio/gio.h>

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

/* Whatever becomes of a connection, what it took to make it is freed. */

typedef struct
{
  int listener, filler; /* -1 = none */
  guint16 port;
  GSocketClient *client; /* as long as anything of the attempt is there */
  GCancellable *cancellable;
  GSocketConnection *connection;
  GError *error;
  gboolean done;
} Fixture;

static void
fixture_set_up (Fixture *self, gconstpointer data)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  socklen_t length = sizeof address;

  inet_pton (AF_INET, "127.0.0.1", &address.sin_addr);
  self->filler = -1;
  self->listener = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_no_errno (bind (self->listener, (struct sockaddr *) &address, sizeof address));
  g_assert_no_errno (getsockname (self->listener, (struct sockaddr *) &address, &length));
  g_assert_no_errno (listen (self->listener, 0));
  self->port = ntohs (address.sin_port);
  self->cancellable = g_cancellable_new ();
}

static void
fixture_close (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static void
fixture_tear_down (Fixture *self, gconstpointer data)
{
  fixture_close (&self->listener);
  fixture_close (&self->filler);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->connection);
  g_clear_error (&self->error);
}

/* One connection that nobody accepts fills the queue: the next one gets no answer. */
static void
fill (Fixture *self)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons (self->port) };

  inet_pton (AF_INET, "127.0.0.1", &address.sin_addr);
  self->filler = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_no_errno (connect (self->filler, (struct sockaddr *) &address, sizeof address));
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *self = user_data;

  self->connection
      = g_socket_client_connect_to_host_finish (G_SOCKET_CLIENT (source), result, &self->error);
  self->done = TRUE;
}

static void
start (Fixture *self, const char *host)
{
  self->client = g_socket_client_new ();
  g_object_add_weak_pointer (G_OBJECT (self->client), (gpointer *) &self->client);
  g_socket_client_connect_to_host_async (self->client, host, self->port, self->cancellable,
                                         on_connected, self);
  g_object_unref (self->client);
}

static gboolean
on_pause_over (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
run (guint ms)
{
  gboolean over = FALSE;

  g_timeout_add (ms, on_pause_over, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
}

static void
finish (Fixture *self)
{
  while (!self->done)
    g_main_context_iteration (NULL, TRUE);
  run (50);
  g_assert_null (self->client);
}

static void
test_connected (Fixture *self, gconstpointer data)
{
  start (self, "127.0.0.1");
  finish (self);
  g_assert_no_error (self->error);
  g_assert_true (g_socket_connection_is_connected (self->connection));
}

static void
test_refused_at_once (Fixture *self, gconstpointer data)
{
  fixture_close (&self->listener);
  start (self, "127.0.0.1");
  finish (self);
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

/* At the second try of the kernel, a second later: nobody listens any more. */
static void
test_refused_late (Fixture *self, gconstpointer data)
{
  fill (self);
  start (self, data);
  run (500);
  g_assert_false (self->done);
  fixture_close (&self->listener);
  finish (self);
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

static void
test_connected_late (Fixture *self, gconstpointer data)
{
  int accepted;

  fill (self);
  start (self, "127.0.0.1");
  run (500);
  g_assert_false (self->done);
  accepted = accept (self->listener, NULL, NULL);
  g_assert_cmpint (accepted, >=, 0);
  finish (self);
  g_assert_no_error (self->error);
  close (accepted);
}

static void
test_cancelled (Fixture *self, gconstpointer data)
{
  fill (self);
  start (self, "127.0.0.1");
  run (500);
  g_assert_false (self->done);
  g_cancellable_cancel (self->cancellable);
  finish (self);
  g_assert_error (self->error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

#define ADD(path, data, test)                                                                      \
  g_test_add (path, Fixture, data, fixture_set_up, test, fixture_tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  trias_process_begin ();
  ADD ("/addresses/connected", NULL, test_connected);
  ADD ("/addresses/connected-late", NULL, test_connected_late);
  ADD ("/addresses/refused-at-once", NULL, test_refused_at_once);
  ADD ("/addresses/refused-late", "127.0.0.1", test_refused_late);
  ADD ("/addresses/refused-late-by-name", "localhost", test_refused_late);
  ADD ("/addresses/cancelled", NULL, test_cancelled);
  return g_test_run ();
}
