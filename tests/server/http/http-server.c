/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "http-server.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE (20 * G_USEC_PER_SEC)

static void
echo (TriasHttpRequest *request)
{
  gsize length;
  const char *body = trias_http_body (request, &length);

  trias_http_respond (request, 200, "text/plain", body, length);
}

static gboolean
answer_late (gpointer request)
{
  echo (request);
  return G_SOURCE_REMOVE;
}

static void
describe (TriasHttpRequest *request)
{
  const char *key = trias_http_peer_key (request);
  const char *q = trias_http_query (request, "q");
  const char *header = trias_http_header (request, "x-test");
  g_autofree char *text
      = g_strdup_printf ("%s\n%s\nq=%s\nx-test=%s\n%s\n%s\n%s\n", trias_http_method (request),
                         trias_http_path (request), q != NULL ? q : "-",
                         header != NULL ? header : "-", trias_http_peer_address (request),
                         trias_http_local_address (request), key != NULL ? key : "-");

  trias_http_respond (request, 200, "text/plain", text, strlen (text));
}

typedef struct
{
  TestServer *server;
  TriasHttpStream *stream;
} OpenStream;

static void
stream_closed (gpointer data)
{
  OpenStream *open = data;

  g_assert_true (g_ptr_array_remove_fast (open->server->streams, open->stream));
  open->server->closed++;
  g_free (open);
}

static void
open_stream (TestServer *self, TriasHttpRequest *request)
{
  OpenStream *open = g_new0 (OpenStream, 1);

  open->server = self;
  open->stream = trias_http_stream_open (request, stream_closed, open);
  if (open->stream != NULL)
    g_ptr_array_add (self->streams, open->stream);
  else
    g_free (open);
}

typedef struct
{
  TestServer *server;
  int fd;
} Echo;

static gpointer
echo_link (gpointer data)
{
  Echo *self = data;
  char buffer[65536];
  gssize n;

  while ((n = recv (self->fd, buffer, sizeof buffer, 0)) > 0)
    for (gssize sent = 0, k; sent < n; sent += k)
      {
        k = send (self->fd, buffer + sent, (gsize) (n - sent), MSG_NOSIGNAL);
        if (k <= 0)
          break;
      }
  close (self->fd);
  g_atomic_int_dec_and_test (&self->server->echoing);
  g_free (self);
  return NULL;
}

static void
link_taken (int fd, gpointer data)
{
  Echo *self;

  if (fd < 0)
    return;
  self = g_new0 (Echo, 1);
  self->server = data;
  self->fd = fd;
  g_atomic_int_inc (&self->server->echoing);
  g_thread_unref (g_thread_new ("echo", echo_link, self));
}

static void
socket_taken (int fd, gpointer data)
{
  if (fd >= 0)
    g_array_append_val (((TestServer *) data)->sockets, fd);
}

static void
handle (TriasHttpRequest *request, gpointer data)
{
  TestServer *self = data;
  const char *path = trias_http_path (request);

  if (g_str_equal (path, "/echo"))
    echo (request);
  else if (g_str_equal (path, "/late"))
    g_idle_add (answer_late, request);
  else if (g_str_equal (path, "/hold"))
    g_ptr_array_add (self->held, request);
  else if (g_str_equal (path, "/stream"))
    open_stream (self, request);
  else if (g_str_equal (path, "/link"))
    trias_http_take_over (request, "test/1", NULL, link_taken, self);
  else if (g_str_equal (path, "/socket"))
    trias_http_take_over (request, "test/1", NULL, socket_taken, self);
  else if (g_str_equal (path, "/problem"))
    trias_http_refuse (request, TRIAS_REASON_NO_SEATS, "All %d seats are taken.", 20);
  else if (g_str_equal (path, "/moved"))
    trias_http_respond_header (request, 307, "Location", "https://127.0.0.2:7643/there", NULL, NULL,
                               0);
  else if (g_str_equal (path, "/big"))
    {
      g_autofree char *big = g_strnfill (100000, 'b');

      trias_http_respond (request, 200, "text/plain", big, 100000);
    }
  else
    describe (request);
}

TestServer *
test_server_start (gboolean tls, const TriasHttpLimits *limits)
{
  const char *addresses[] = { "127.0.0.1:0", NULL };
  g_autoptr (GError) error = NULL;
  TestServer *self = g_new0 (TestServer, 1);

  self->tls = tls;
  self->held = g_ptr_array_new ();
  self->streams = g_ptr_array_new ();
  self->sockets = g_array_new (FALSE, FALSE, sizeof (int));
  self->identity = trias_identity_generate ("test", &error);
  g_assert_no_error (error);
  self->http = trias_http_start (addresses, self->identity, limits, !tls, handle, self, &error);
  g_assert_no_error (error);
  self->port = trias_http_get_port (self->http, 0);
  return self;
}

static void
await_echoes (TestServer *self, gint n)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;

  while (g_atomic_int_get (&self->echoing) > n)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (1000);
    }
}

void
test_server_stop (TestServer *self)
{
  if (self->http != NULL)
    trias_http_stop (self->http);
  /* What is still held has outlived the server. */
  for (guint i = 0; i < self->held->len; i++)
    echo (self->held->pdata[i]);
  g_assert_cmpuint (self->streams->len, ==, 0);
  g_ptr_array_unref (self->held);
  g_ptr_array_unref (self->streams);
  for (guint i = 0; i < self->sockets->len; i++)
    close (g_array_index (self->sockets, int, i));
  g_array_unref (self->sockets);
  await_echoes (self, 0);
  trias_identity_unref (self->identity);
  g_free (self);
}

typedef struct
{
  TestServer *server;
  TestClientFunc clients;
  gint done;
} Run;

static gpointer
run_clients (gpointer data)
{
  Run *run = data;

  run->clients (run->server);
  g_atomic_int_set (&run->done, TRUE);
  g_main_context_wakeup (NULL);
  return NULL;
}

void
test_server_run (TestServer *self, TestClientFunc clients)
{
  Run run = { self, clients, FALSE };
  GThread *thread = g_thread_new ("clients", run_clients, &run);

  while (!g_atomic_int_get (&run.done))
    g_main_context_iteration (NULL, TRUE);
  g_thread_join (thread);
}

void
test_server_try (const TriasHttpLimits *limits, TestClientFunc clients)
{
  for (int tls = 0; tls < 2; tls++)
    {
      TestServer *server = test_server_start (tls, limits);

      test_server_run (server, clients);
      test_server_stop (server);
    }
}

typedef struct
{
  TestServer *server;
  TestServerFunc func;
  gpointer data;
  gboolean done;
  GMutex lock;
  GCond changed;
} Call;

static gboolean
do_call (gpointer data)
{
  Call *call = data;

  call->func (call->server, call->data);
  g_mutex_lock (&call->lock);
  call->done = TRUE;
  g_cond_signal (&call->changed);
  g_mutex_unlock (&call->lock);
  return G_SOURCE_REMOVE;
}

void
test_server_call (TestServer *self, TestServerFunc func, gpointer data)
{
  Call call = { .server = self, .func = func, .data = data };

  g_mutex_init (&call.lock);
  g_cond_init (&call.changed);
  g_idle_add_full (G_PRIORITY_DEFAULT, do_call, &call, NULL);
  g_mutex_lock (&call.lock);
  while (!call.done)
    g_cond_wait (&call.changed, &call.lock);
  g_mutex_unlock (&call.lock);
  g_mutex_clear (&call.lock);
  g_cond_clear (&call.changed);
}

static void
release (TestServer *self, gpointer data)
{
  for (guint i = 0; i < self->held->len; i++)
    echo (self->held->pdata[i]);
  g_ptr_array_set_size (self->held, 0);
}

void
test_server_release (TestServer *self)
{
  test_server_call (self, release, NULL);
}

static void
get_held (TestServer *self, gpointer data)
{
  *(guint *) data = self->held->len;
}

static void
get_stats (TestServer *self, gpointer data)
{
  trias_http_get_stats (self->http, data);
}

TriasHttpStats
test_server_stats (TestServer *self)
{
  TriasHttpStats stats;

  test_server_call (self, get_stats, &stats);
  return stats;
}

void
test_server_await_held (TestServer *self, guint n)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;
  guint held;

  for (test_server_call (self, get_held, &held); held != n;
       test_server_call (self, get_held, &held))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (1000);
    }
}

void
test_server_await_connections (TestServer *self, guint n)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;

  while (test_server_stats (self).connections != n)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (1000);
    }
}

void
test_server_await_streams (TestServer *self, guint n)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;

  while (test_server_stats (self).streams != n)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (1000);
    }
}

void
test_server_await_links (TestServer *self, guint n)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;

  while (test_server_stats (self).links != n)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (1000);
    }
  await_echoes (self, (gint) n);
}

static void
pop_socket (TestServer *self, gpointer data)
{
  *(int *) data = -1;
  if (self->sockets->len == 0)
    return;
  *(int *) data = g_array_index (self->sockets, int, 0);
  g_array_remove_index (self->sockets, 0);
}

int
test_server_take_socket (TestServer *self)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;
  int fd;

  for (test_server_call (self, pop_socket, &fd); fd < 0; test_server_call (self, pop_socket, &fd))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (1000);
    }
  return fd;
}

guint
test_count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n - 1;
}

gsize
test_resident_kb (void)
{
  g_autofree char *text = NULL;
  const char *line;

  g_assert_true (g_file_get_contents ("/proc/self/status", &text, NULL, NULL));
  line = strstr (text, "VmRSS:");
  g_assert_nonnull (line);
  return g_ascii_strtoull (line + strlen ("VmRSS:"), NULL, 10);
}
