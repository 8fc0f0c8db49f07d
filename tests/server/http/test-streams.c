/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Server-sent events: delivery, and every way in which a stream can end. */

#include "http-client.h"
#include "http-server.h"

#include <sys/socket.h>

#define N_EVENTS 2000
#define N_READERS 20

typedef struct
{
  guint from;
  guint n;
  gsize size; /* of the data of each */
} Burst;

static void
send_burst (TestServer *server, gpointer data)
{
  const Burst *burst = data;
  g_autofree char *filler = g_strnfill (burst->size, '.');

  for (guint i = burst->from; i < burst->from + burst->n; i++)
    {
      g_autofree char *text = g_strdup_printf ("{\"n\":%u,\"x\":\"%s\"}", i, filler);

      for (guint j = 0; j < server->streams->len; j++)
        trias_http_stream_send (server->streams->pdata[j], "changed", i, text);
    }
}

static HttpClient *
subscribe (TestServer *server)
{
  HttpClient *client = http_client_open (server->port, server->tls, NULL);

  http_client_send (client, "GET /stream HTTP/1.1\r\nHost: t\r\nAccept: text/event-stream\r\n\r\n");
  return client;
}

static void
delivery_clients (TestServer *server)
{
  HttpClient *readers[N_READERS];
  Burst one = { 1, 1, 10 };
  Burst many = { 2, N_EVENTS / 4, 30 };

  for (guint i = 0; i < N_READERS; i++)
    {
      readers[i] = subscribe (server);
      g_assert_true (http_client_await (readers[i], "HTTP/1.1 200 OK\r\n"));
      g_assert_true (http_client_await (readers[i], "Content-Type: text/event-stream\r\n"));
      g_assert_true (http_client_await (readers[i], ":\n\n"));
    }
  test_server_await_streams (server, N_READERS);
  test_server_call (server, send_burst, &one);
  for (guint i = 0; i < N_READERS; i++)
    g_assert_true (http_client_await (readers[i], "id: 1\nevent: changed\n"
                                                  "data: {\"n\":1,\"x\":\"..........\"}\n\n"));
  for (; many.from < N_EVENTS; many.from += many.n)
    {
      test_server_call (server, send_burst, &many);
      /* A chunk may end anywhere in a message, so only its number is looked for. */
      for (guint i = 0; i < N_READERS; i++)
        {
          g_autofree char *last = g_strdup_printf ("id: %u\n", many.from + many.n - 2);

          g_assert_true (http_client_await (readers[i], last));
        }
    }
  for (guint i = 0; i < N_READERS; i++)
    http_client_close (readers[i]);
  test_server_await_streams (server, 0);
  test_server_await_connections (server, 0);
  g_assert_cmpuint (server->closed, ==, N_READERS);
}

static void
test_delivery (void)
{
  test_server_try (NULL, delivery_clients);
}

/* Found without sending anything: by asking the system each second. */
static void
gone_clients (TestServer *server)
{
  gint64 start;

  for (guint i = 0; i < N_READERS; i++)
    {
      HttpClient *reader = subscribe (server);

      g_assert_true (http_client_await (reader, ":\n\n"));
      if (i % 2)
        http_client_close (reader);
      else
        http_client_reset (reader);
    }
  start = g_get_monotonic_time ();
  test_server_await_connections (server, 0);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 4 * G_USEC_PER_SEC);
  g_assert_cmpuint (server->closed, ==, N_READERS);
}

static void
test_gone (void)
{
  test_server_try (NULL, gone_clients);
}

static void
slow_clients (TestServer *server)
{
  g_autoptr (HttpClient) slow = subscribe (server);
  g_autoptr (HttpClient) good = NULL;
  Burst burst = { 1, 5, 10000 };
  guint n = 0;

  g_assert_true (http_client_await (slow, ":\n\n"));
  good = subscribe (server);
  g_assert_true (http_client_await (good, ":\n\n"));
  test_server_await_streams (server, 2);
  while (test_server_stats (server).streams == 2)
    {
      g_autofree char *last = g_strdup_printf ("id: %u\n", burst.from + burst.n - 1);

      test_server_call (server, send_burst, &burst);
      g_assert_true (http_client_await (good, last));
      burst.from += burst.n;
      g_assert_cmpuint (++n, <, 10000);
    }
  g_assert_cmpuint (test_server_stats (server).streams, ==, 1);
  g_assert_cmpuint (server->closed, ==, 1);
  test_server_call (server, send_burst, &burst);
  g_assert_true (http_client_await (good, "}\n\n"));
}

static void
test_slow (void)
{
  TriasHttpLimits limits;

  trias_http_limits_init (&limits);
  limits.stream_backlog = 50;
  test_server_try (&limits, slow_clients);
}

static void
stuck_clients (TestServer *server)
{
  g_autoptr (HttpClient) stuck = subscribe (server);
  Burst burst = { 1, 400, 10000 };

  g_assert_true (http_client_await (stuck, ":\n\n"));
  test_server_await_streams (server, 1);
  test_server_call (server, send_burst, &burst);
  burst.from += burst.n;
  burst.n = 150;
  test_server_call (server, send_burst, &burst);
  test_server_await_streams (server, 0);
}

/* Not too far behind, but it does not read at all. */
static void
test_stuck (void)
{
  TriasHttpLimits limits;

  trias_http_limits_init (&limits);
  limits.body_timeout_s = 1;
  test_server_try (&limits, stuck_clients);
}

static void
close_all (TestServer *server, gpointer data)
{
  for (guint i = 0; i < server->streams->len; i++)
    {
      trias_http_stream_send (server->streams->pdata[i], "bye", 0, "1");
      trias_http_stream_close (server->streams->pdata[i]);
      trias_http_stream_send (server->streams->pdata[i], "never", 0, "2");
    }
}

static void
close_clients (TestServer *server)
{
  g_autoptr (HttpClient) reader = subscribe (server);
  g_autoptr (HttpAnswer) after = NULL;

  g_assert_true (http_client_await (reader, ":\n\n"));
  test_server_call (server, close_all, NULL);
  g_assert_true (http_client_await (reader, "event: bye\ndata: 1\n\n"));
  g_assert_true (http_client_await (reader, "0\r\n\r\n"));
  test_server_await_streams (server, 0);
  g_assert_cmpuint (server->closed, ==, 1);
  /* The connection is as good as before. */
  after = http_client_get (reader, "/echo");
  g_assert_cmpuint (after->status, ==, 200);
}

static void
test_close (void)
{
  test_server_try (NULL, close_clients);
}

static void
limit_clients (TestServer *server)
{
  g_autoptr (HttpClient) first = subscribe (server);
  g_autoptr (HttpClient) second = NULL;
  g_autoptr (HttpAnswer) refused = NULL;
  g_autoptr (HttpClient) third = NULL;

  g_assert_true (http_client_await (first, ":\n\n"));
  second = subscribe (server);
  refused = http_client_read (second);
  g_assert_cmpuint (refused->status, ==, 429);
  http_client_reset (g_steal_pointer (&first));
  test_server_await_streams (server, 0);
  third = subscribe (server);
  g_assert_true (http_client_await (third, ":\n\n"));
}

static void
test_limit (void)
{
  TriasHttpLimits limits;

  trias_http_limits_init (&limits);
  limits.streams_max = 1;
  test_server_try (&limits, limit_clients);
}

static void
head_clients (TestServer *server)
{
  g_autoptr (HttpClient) client = http_client_open (server->port, server->tls, NULL);
  g_autoptr (HttpAnswer) head = NULL;

  http_client_send (client, "HEAD /stream HTTP/1.1\r\nHost: t\r\n\r\n");
  head = http_client_read_head (client);
  g_assert_cmpuint (head->status, ==, 200);
  test_server_await_streams (server, 0);
  g_assert_cmpuint (server->closed, ==, 1);
}

static void
test_head (void)
{
  test_server_try (NULL, head_clients);
}

typedef struct
{
  HttpClient *reader;
  HttpClient *stuck;
  HttpClient *waiting;
  HttpClient *half;
} Mix;

static void
mixed_clients (TestServer *server)
{
  Mix *mix = server->data;
  Burst burst = { 1, 900, 4000 };

  mix->stuck = subscribe (server);
  g_assert_true (http_client_await (mix->stuck, ":\n\n"));
  test_server_await_streams (server, 1);
  test_server_call (server, send_burst, &burst);
  mix->reader = subscribe (server);
  g_assert_true (http_client_await (mix->reader, ":\n\n"));
  mix->waiting = http_client_open (server->port, server->tls, NULL);
  http_client_send (mix->waiting, "GET /hold HTTP/1.1\r\nHost: t\r\n\r\n");
  mix->half = http_client_open (server->port, server->tls, NULL);
  http_client_send (mix->half, "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 10\r\n\r\n12345");
  test_server_await_held (server, 1);
}

/* A server stops while streams are open, one of them stuck, and requests wait. */
static void
test_stop (void)
{
  for (int tls = 0; tls < 2; tls++)
    {
      TestServer *server = test_server_start (tls, NULL);
      g_autoptr (HttpAnswer) answer = NULL;
      Mix mix = { NULL };
      gint64 start;

      server->data = &mix;
      test_server_run (server, mixed_clients);
      start = g_get_monotonic_time ();
      trias_http_stop (g_steal_pointer (&server->http));
      g_assert_cmpint (g_get_monotonic_time () - start, <, 2 * G_USEC_PER_SEC);
      g_assert_cmpuint (server->closed, ==, 2);
      g_assert_true (http_client_await (mix.reader, "0\r\n\r\n"));
      answer = http_client_read (mix.waiting);
      g_assert_cmpuint (answer->status, ==, 503);
      g_assert_true (http_client_await_end (mix.half, 5));
      http_client_close (mix.reader);
      http_client_close (mix.stuck);
      http_client_close (mix.waiting);
      http_client_close (mix.half);
      test_server_stop (server);
    }
}

static void
quiet_clients (TestServer *server)
{
  g_autoptr (HttpClient) reader = subscribe (server);

  g_assert_true (http_client_await (reader, ":\n\n"));
  g_assert_true (http_client_await (reader, ":\n\n"));
}

/* A stream without messages carries a comment every 15 s. */
static void
test_quiet (void)
{
  TestServer *server;

  if (!g_test_slow ())
    {
      g_test_skip ("takes 15 s; run with -m slow");
      return;
    }
  server = test_server_start (TRUE, NULL);
  test_server_run (server, quiet_clients);
  test_server_stop (server);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/http/streams/delivery", test_delivery);
  g_test_add_func ("/http/streams/gone", test_gone);
  g_test_add_func ("/http/streams/slow", test_slow);
  g_test_add_func ("/http/streams/stuck", test_stuck);
  g_test_add_func ("/http/streams/close", test_close);
  g_test_add_func ("/http/streams/limit", test_limit);
  g_test_add_func ("/http/streams/head", test_head);
  g_test_add_func ("/http/streams/stop", test_stop);
  g_test_add_func ("/http/streams/quiet", test_quiet);

  return g_test_run ();
}
