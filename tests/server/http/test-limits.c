/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Every limit and every time-out, made small. */

#include "http-client.h"
#include "http-server.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#define LIMIT_S 1
/* The sweep comes once a second. */
#define LATEST_S (LIMIT_S + 2.5)

/* --- time-outs: all slow clients at once, one thread each --- */

typedef void (*SlowFunc) (TestServer *server, HttpClient *client);

typedef struct
{
  const char *name;
  SlowFunc func;
  gboolean bare; /* without TLS handshake even if the server wants one */
} Slow;

typedef struct
{
  TestServer *server;
  const Slow *slow;
} SlowThread;

/* Sends a byte every 50 ms until the connection ends. */
static void
trickle (HttpClient *client, const char *text)
{
  struct pollfd events = { http_client_fd (client), POLLRDHUP, 0 };

  for (gsize i = 0; poll (&events, 1, 50) == 0; i = (i + 1) % strlen (text))
    if (!http_client_send_bytes (client, text + i, 1))
      return;
}

static void
silent (TestServer *server, HttpClient *client)
{
}

static void
half_header (TestServer *server, HttpClient *client)
{
  http_client_send (client, "GET /echo HTTP/1.1\r\nHost: t\r\nX-");
}

static void
header_trickle (TestServer *server, HttpClient *client)
{
  http_client_send (client, "GET /echo HTTP/1.1\r\nHost: t\r\nX-Test: ");
  trickle (client, "x");
}

static void
line_trickle (TestServer *server, HttpClient *client)
{
  trickle (client, "G");
}

static void
half_body (TestServer *server, HttpClient *client)
{
  http_client_send (client, "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n12345");
}

static void
body_trickle (TestServer *server, HttpClient *client)
{
  http_client_send (client, "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 100000\r\n\r\n");
  trickle (client, "b");
}

static void
idle (TestServer *server, HttpClient *client)
{
  g_autoptr (HttpAnswer) answer = http_client_get (client, "/echo");

  g_assert_cmpuint (answer->status, ==, 200);
}

static void
idle_trickle (TestServer *server, HttpClient *client)
{
  idle (server, client);
  trickle (client, "G");
}

static void
second_header_trickle (TestServer *server, HttpClient *client)
{
  idle (server, client);
  header_trickle (server, client);
}

static void
half_hello (TestServer *server, HttpClient *client)
{
  if (server->tls)
    http_client_send_bytes (client, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
}

/* Asks for much and reads nothing of it. */
static void
no_reader (TestServer *server, HttpClient *client)
{
  int small = 4096;

  setsockopt (http_client_fd (client), SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  for (int i = 0; i < 200; i++)
    if (!http_client_send (client, "GET /big HTTP/1.1\r\nHost: t\r\n\r\n"))
      return;
}

static const Slow slow_clients[] = {
  { "silent", silent, FALSE },
  { "silent, no handshake", silent, TRUE },
  { "half a hello", half_hello, TRUE },
  { "half a header", half_header, FALSE },
  { "a trickle of header", header_trickle, FALSE },
  { "a trickle of first line", line_trickle, FALSE },
  { "half a body", half_body, FALSE },
  { "a trickle of body", body_trickle, FALSE },
  { "idle", idle, FALSE },
  { "a trickle while idle", idle_trickle, FALSE },
  { "a trickle of second header", second_header_trickle, FALSE },
  { "no reader", no_reader, FALSE },
};

static gpointer
run_slow (gpointer data)
{
  SlowThread *thread = data;
  HttpClient *client = http_client_connect (thread->server->port, NULL);
  gint64 start = g_get_monotonic_time ();
  double seconds;

  if (thread->server->tls && !thread->slow->bare)
    g_assert_true (http_client_start_tls (client, NULL, NULL));
  thread->slow->func (thread->server, client);
  /* A client that reads nothing does not see the end either: ask the server. */
  if (thread->slow->func == no_reader)
    test_server_await_connections (thread->server, 0);
  else
    g_assert_true (http_client_await_end (client, 2 * LATEST_S));
  seconds = (double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC;
  g_test_message ("%s: cut after %.2f s", thread->slow->name, seconds);
  g_assert_cmpfloat (seconds, >=, LIMIT_S * 0.95);
  /* At most two phases. */
  g_assert_cmpfloat (seconds, <=, 2 * LATEST_S);
  http_client_reset (client);
  return NULL;
}

static void
run_all_slow (TestServer *server)
{
  GThread *threads[G_N_ELEMENTS (slow_clients)];
  SlowThread data[G_N_ELEMENTS (slow_clients)];

  for (guint i = 0; i < G_N_ELEMENTS (slow_clients); i++)
    {
      data[i] = (SlowThread){ server, &slow_clients[i] };
      threads[i] = g_thread_new ("slow", run_slow, &data[i]);
    }
  for (guint i = 0; i < G_N_ELEMENTS (slow_clients); i++)
    g_thread_join (threads[i]);
  test_server_await_connections (server, 0);
}

static void
test_timeouts (void)
{
  TriasHttpLimits limits;

  trias_http_limits_init (&limits);
  limits.header_timeout_s = LIMIT_S;
  limits.body_timeout_s = LIMIT_S;
  limits.idle_timeout_s = LIMIT_S;
  test_server_try (&limits, run_all_slow);
}

/* Whoever waits for an answer, or reads a stream, is not cut. */
static void
patient_clients (TestServer *server)
{
  g_autoptr (HttpClient) waiting = http_client_open (server->port, server->tls, NULL);
  g_autoptr (HttpClient) reader = http_client_open (server->port, server->tls, NULL);
  g_autoptr (HttpClient) idle_one = http_client_open (server->port, server->tls, NULL);
  g_autoptr (HttpAnswer) answer = NULL;

  http_client_send (waiting, "GET /hold HTTP/1.1\r\nHost: t\r\n\r\n");
  http_client_send (reader, "GET /stream HTTP/1.1\r\nHost: t\r\n\r\n");
  test_server_await_held (server, 1);
  test_server_await_streams (server, 1);
  for (int i = 0; i < 3; i++)
    {
      g_assert_true (http_client_await_end (idle_one, LATEST_S));
      http_client_close (idle_one);
      idle_one = http_client_open (server->port, server->tls, NULL);
    }
  g_assert_cmpuint (test_server_stats (server).streams, ==, 1);
  test_server_release (server);
  answer = http_client_read (waiting);
  g_assert_cmpuint (answer->status, ==, 200);
}

static void
test_patience (void)
{
  TriasHttpLimits limits;

  trias_http_limits_init (&limits);
  limits.header_timeout_s = LIMIT_S;
  limits.body_timeout_s = LIMIT_S;
  limits.idle_timeout_s = LIMIT_S;
  test_server_try (&limits, patient_clients);
}

/* --- sizes and numbers --- */

static void
header_clients (TestServer *server)
{
  const gsize sizes[] = { 100, 6000, 9000, 40000 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (HttpClient) client = http_client_open (server->port, server->tls, NULL);
      g_autofree char *filler = g_strnfill (sizes[i], 'x');
      g_autoptr (HttpAnswer) answer = NULL;

      http_client_send (client, "GET /echo HTTP/1.1\r\nHost: t\r\nX-Test: %s\r\n\r\n", filler);
      answer = http_client_read (client);
      g_assert_cmpuint (answer->status, ==, sizes[i] < 8192 ? 200 : 431);
    }
}

static void
test_header_size (void)
{
  test_server_try (NULL, header_clients);
}

static gboolean
is_served (HttpClient *client)
{
  g_autoptr (HttpAnswer) answer = http_client_get (client, "/echo");

  return answer->status == 200;
}

static void
address_clients (TestServer *server)
{
  HttpClient *clients[3];
  g_autoptr (HttpClient) fourth = NULL;
  g_autoptr (HttpClient) other = NULL;
  guint64 refused;

  for (guint i = 0; i < 3; i++)
    {
      clients[i] = http_client_open (server->port, server->tls, NULL);
      g_assert_true (is_served (clients[i]));
    }
  refused = test_server_stats (server).refused;
  fourth = http_client_connect (server->port, NULL);
  g_assert_true (http_client_await_end (fourth, 5));
  g_assert_cmpuint (test_server_stats (server).refused, ==, refused + 1);
  other = http_client_connect (server->port, "127.0.0.9");
  if (server->tls)
    g_assert_true (http_client_start_tls (other, NULL, NULL));
  g_assert_true (is_served (other));

  http_client_close (clients[0]);
  test_server_await_connections (server, 3);
  clients[0] = http_client_open (server->port, server->tls, NULL);
  g_assert_true (is_served (clients[0]));
  for (guint i = 0; i < 3; i++)
    http_client_close (clients[i]);
}

static void
test_per_address (void)
{
  TriasHttpLimits limits;

  trias_http_limits_init (&limits);
  limits.connections_per_address = 3;
  test_server_try (&limits, address_clients);
}

static void
key_clients (TestServer *server)
{
  g_autoptr (TriasIdentity) one = trias_identity_generate ("one", NULL);
  g_autoptr (TriasIdentity) two = trias_identity_generate ("two", NULL);
  HttpClient *first = http_client_open (server->port, TRUE, one);
  g_autoptr (HttpClient) second = http_client_open (server->port, TRUE, one);
  g_autoptr (HttpClient) third = http_client_open (server->port, TRUE, one);
  g_autoptr (HttpClient) fourth = http_client_open (server->port, TRUE, one);
  g_autoptr (HttpClient) other = http_client_open (server->port, TRUE, two);
  g_autoptr (HttpAnswer) answer = NULL;

  g_assert_true (is_served (first));
  g_assert_true (is_served (second));
  answer = http_client_get (third, "/echo");
  g_assert_cmpuint (answer->status, ==, 429);
  g_assert_true (is_served (other));
  g_assert_true (http_client_await_end (third, 5));
  http_client_close (first);
  test_server_await_connections (server, 3);
  g_assert_true (is_served (fourth));
}

static void
test_per_key (void)
{
  TriasHttpLimits limits;
  TestServer *server;

  trias_http_limits_init (&limits);
  limits.connections_per_key = 2;
  server = test_server_start (TRUE, &limits);
  test_server_run (server, key_clients);
  test_server_stop (server);
}

#define N_FULL 4

static void
full_clients (TestServer *server)
{
  HttpClient *clients[3 * N_FULL];
  struct pollfd waiting;
  clock_t cpu;

  for (guint i = 0; i < 3 * N_FULL; i++)
    {
      clients[i] = http_client_connect (server->port, NULL);
      if (i < N_FULL)
        {
          if (server->tls)
            g_assert_true (http_client_start_tls (clients[i], NULL, NULL));
          g_assert_true (is_served (clients[i]));
        }
    }
  /* The others wait in the backlog, at no cost. */
  if (!server->tls)
    http_client_send (clients[N_FULL], "GET /echo HTTP/1.1\r\nHost: t\r\n\r\n");
  waiting = (struct pollfd){ http_client_fd (clients[N_FULL]), POLLIN | POLLRDHUP, 0 };
  cpu = clock ();
  g_assert_cmpint (poll (&waiting, 1, 1500), ==, 0);
  g_assert_cmpfloat ((double) (clock () - cpu) / CLOCKS_PER_SEC, <, 0.3);
  g_assert_cmpuint (test_server_stats (server).connections, ==, N_FULL);

  for (guint i = 0; i < 2 * N_FULL; i++)
    {
      g_autoptr (HttpAnswer) answer = NULL;
      HttpClient *next = clients[i + N_FULL];

      if (i % 2)
        http_client_close (clients[i]);
      else
        http_client_reset (clients[i]);
      if (server->tls)
        g_assert_true (http_client_start_tls (next, NULL, NULL));
      if (i > 0 || server->tls)
        http_client_send (next, "GET /echo HTTP/1.1\r\nHost: t\r\n\r\n");
      answer = http_client_read (next);
      g_assert_cmpuint (answer->status, ==, 200);
    }
  for (guint i = 2 * N_FULL; i < 3 * N_FULL; i++)
    http_client_close (clients[i]);
}

static void
test_full (void)
{
  TriasHttpLimits limits;

  trias_http_limits_init (&limits);
  limits.connections_max = N_FULL;
  test_server_try (&limits, full_clients);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/http/limits/timeouts", test_timeouts);
  g_test_add_func ("/http/limits/patience", test_patience);
  g_test_add_func ("/http/limits/header-size", test_header_size);
  g_test_add_func ("/http/limits/per-address", test_per_address);
  g_test_add_func ("/http/limits/per-key", test_per_key);
  g_test_add_func ("/http/limits/full", test_full);

  return g_test_run ();
}
