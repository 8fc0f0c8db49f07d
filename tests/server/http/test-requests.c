/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What a well-behaved client gets, and one that breaks the rules of the protocol. */

#include "http-client.h"
#include "http-server.h"

#include <stdlib.h>
#include <string.h>

#define N_PIPELINED 20
#define N_GONE 500
/* More than wait awake at a time. */
#define N_CROWD 400
/* Who is slower than a request waits awake has to try again. */
#define VANISH_TRIES 500

/* Without TLS the address stands for the key. */
#define KEY_OF_LOCALHOST "12ca17b49af2289436f303e0166030a21e525d266e209267433801a8fd4071a0"

static void
assert_status (HttpClient *client, guint status)
{
  g_autoptr (HttpAnswer) answer = http_client_read (client);

  g_assert_cmpuint (answer->status, ==, status);
}

static void
normal_clients (TestServer *server)
{
  g_autoptr (HttpClient) client = http_client_open (server->port, server->tls, NULL);

  for (int i = 0; i < 100; i++)
    {
      g_autoptr (HttpAnswer) answer = NULL;
      g_autofree char *type = NULL;
      g_autofree char *cache = NULL;

      http_client_send (client, "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 5\r\n\r\nhallo");
      answer = http_client_read (client);
      type = http_answer_header (answer, "content-type");
      cache = http_answer_header (answer, "cache-control");
      g_assert_cmpuint (answer->status, ==, 200);
      g_assert_cmpstr (answer->body->str, ==, "hallo");
      g_assert_cmpstr (type, ==, "text/plain");
      g_assert_cmpstr (cache, ==, "no-store");
    }
  g_assert_cmpuint (test_server_stats (server).requests, ==, 100);
  g_assert_cmpuint (test_server_stats (server).connections, ==, 1);
}

static void
test_normal (void)
{
  test_server_try (NULL, normal_clients);
}

static void
describe_clients (TestServer *server)
{
  g_autoptr (HttpClient) client = http_client_open (server->port, server->tls, NULL);
  g_autoptr (HttpAnswer) first = NULL;
  g_autoptr (HttpAnswer) second = NULL;
  const char *key = server->tls ? "-" : KEY_OF_LOCALHOST;
  g_autofree char *ends = g_strdup_printf ("127.0.0.1\n127.0.0.1\n%s\n", key);
  g_autofree char *brew = g_strconcat ("BREW\n/a b/ü/..x\nq=1&2 3+4\nx-test=yes\n", ends, NULL);
  g_autofree char *get = g_strconcat ("GET\n/\nq=-\nx-test=-\n", ends, NULL);

  http_client_send (client, "BREW /a%%20b/%%C3%%BC/..x?q=1%%262+3%%2B4&r HTTP/1.1\r\nHost: t\r\n"
                            "X-TEST: yes\r\n\r\n");
  first = http_client_read (client);
  g_assert_cmpstr (first->body->str, ==, brew);
  second = http_client_get (client, "/");
  g_assert_cmpstr (second->body->str, ==, get);
}

static void
test_describe (void)
{
  test_server_try (NULL, describe_clients);
}

static void
head_clients (TestServer *server)
{
  g_autoptr (HttpClient) client = http_client_open (server->port, server->tls, NULL);
  g_autoptr (HttpAnswer) head = NULL;
  g_autoptr (HttpAnswer) next = NULL;
  g_autofree char *length = NULL;

  http_client_send (client, "HEAD /big HTTP/1.1\r\nHost: t\r\n\r\n");
  head = http_client_read_head (client);
  length = http_answer_header (head, "Content-Length");
  g_assert_cmpuint (head->status, ==, 200);
  g_assert_cmpstr (length, ==, "100000");
  next = http_client_get (client, "/big");
  g_assert_cmpuint (next->status, ==, 200);
  g_assert_cmpuint (next->body->len, ==, 100000);
}

static void
test_head (void)
{
  test_server_try (NULL, head_clients);
}

static void
answer_clients (TestServer *server)
{
  g_autoptr (HttpClient) client = http_client_open (server->port, server->tls, NULL);
  g_autoptr (HttpAnswer) problem = http_client_get (client, "/problem");
  g_autoptr (HttpAnswer) moved = http_client_get (client, "/moved");
  g_autofree char *type = http_answer_header (problem, "Content-Type");
  g_autofree char *location = http_answer_header (moved, "Location");

  g_assert_cmpuint (problem->status, ==, 409);
  g_assert_cmpstr (type, ==, "application/problem+json");
  g_assert_nonnull (strstr (problem->body->str, "\"no-seats\""));
  g_assert_nonnull (strstr (problem->body->str, "All 20 seats are taken."));
  g_assert_cmpuint (moved->status, ==, 307);
  g_assert_cmpstr (location, ==, "https://127.0.0.2:7643/there");
}

static void
test_answers (void)
{
  test_server_try (NULL, answer_clients);
}

static void
late_clients (TestServer *server)
{
  g_autoptr (HttpClient) client = http_client_open (server->port, server->tls, NULL);
  static const char *const paths[] = { "/late", "/echo", "/late" };

  for (guint i = 0; i < 3 * N_PIPELINED; i++)
    {
      g_autoptr (HttpAnswer) answer = NULL;

      http_client_send (client, "PUT %s HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\n%02u",
                        paths[i % 3], i);
      answer = http_client_read (client);
      g_assert_cmpuint (answer->status, ==, 200);
      g_assert_cmpint (atoi (answer->body->str), ==, (int) i);
    }
}

static void
test_late (void)
{
  test_server_try (NULL, late_clients);
}

static void
pipelined_clients (TestServer *server)
{
  g_autoptr (HttpClient) client = http_client_open (server->port, server->tls, NULL);
  g_autoptr (GString) all = g_string_new (NULL);

  for (guint i = 0; i < N_PIPELINED; i++)
    g_string_append_printf (all, "POST %s HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\n%02u",
                            i % 2 ? "/late" : "/echo", i);
  http_client_send_bytes (client, all->str, all->len);
  for (guint i = 0; i < N_PIPELINED; i++)
    {
      g_autoptr (HttpAnswer) answer = http_client_read (client);

      g_assert_cmpuint (answer->status, ==, 200);
      g_assert_cmpint (atoi (answer->body->str), ==, (int) i);
    }
}

static void
test_pipelined (void)
{
  test_server_try (NULL, pipelined_clients);
}

static void
half_closed_clients (TestServer *server)
{
  g_autoptr (HttpClient) client = http_client_open (server->port, server->tls, NULL);
  g_autoptr (HttpAnswer) answer = NULL;

  http_client_send (client, "POST /hold HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nhi");
  test_server_await_held (server, 1);
  http_client_half_close (client);
  test_server_release (server);
  answer = http_client_read (client);
  g_assert_cmpuint (answer->status, ==, 200);
  g_assert_cmpstr (answer->body->str, ==, "hi");
  test_server_await_connections (server, 0);
}

static void
test_half_closed (void)
{
  test_server_try (NULL, half_closed_clients);
}

/* Opens @n clients and waits until each has a request that waits. */
static void
hold_all (TestServer *server, HttpClient **clients, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      clients[i] = http_client_open (server->port, server->tls, NULL);
      http_client_send (clients[i],
                        "POST /hold HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nhi");
    }
  test_server_await_held (server, n);
}

static void
gone_clients (TestServer *server)
{
  HttpClient *clients[N_GONE];

  hold_all (server, clients, N_GONE);
  for (guint i = 0; i < N_GONE; i++)
    if (i % 2)
      http_client_close (clients[i]);
    else
      http_client_reset (clients[i]);
  test_server_release (server);
  test_server_await_connections (server, 0);
}

static void
test_gone (void)
{
  TriasHttpLimits limits;

  trias_http_limits_init (&limits);
  limits.connections_max = 2 * N_GONE;
  test_server_try (&limits, gone_clients);
}

static void
crowd_clients (TestServer *server)
{
  HttpClient *clients[N_CROWD];

  hold_all (server, clients, N_CROWD);
  test_server_release (server);
  for (guint i = 0; i < N_CROWD; i++)
    {
      g_autoptr (HttpAnswer) answer = http_client_read (clients[i]);

      g_assert_cmpuint (answer->status, ==, 200);
      g_assert_cmpstr (answer->body->str, ==, "hi");
      http_client_close (clients[i]);
    }
}

static void
test_crowd (void)
{
  test_server_try (NULL, crowd_clients);
}

static void
look_at_held (TestServer *server, gpointer data)
{
  TriasHttpRequest *held = server->held->pdata[0];
  gsize length;
  const char *body = trias_http_body (held, &length);

  g_assert_cmpstr (trias_http_path (held), ==, "/hold");
  g_assert_cmpmem (body, length, "hi", 2);
}

/* Whether the connection ended while its request waited. */
static gboolean
vanish (TestServer *server)
{
  HttpClient *client;
  gint64 end;
  gboolean vanished;

  hold_all (server, &client, 1);
  http_client_reset (client);
  end = g_get_monotonic_time () + 15000;
  do
    vanished = test_server_stats (server).connections == 0;
  while (!vanished && g_get_monotonic_time () < end);
  test_server_call (server, look_at_held, NULL);
  test_server_release (server);
  test_server_await_connections (server, 0);
  return vanished;
}

/* The answer to somebody who has gone while the request waited awake goes nowhere. */
static void
vanishing_clients (TestServer *server)
{
  guint tries = 0;

  while (!vanish (server))
    g_assert_cmpuint (++tries, <, VANISH_TRIES);
}

static void
test_vanish (void)
{
  test_server_try (NULL, vanishing_clients);
}

/* Whether the server has @n connections for the next @ms. */
static gboolean
keeps_connections (TestServer *server, guint n, guint ms)
{
  gint64 end = g_get_monotonic_time () + (gint64) ms * G_TIME_SPAN_MILLISECOND;

  while (g_get_monotonic_time () < end)
    if (test_server_stats (server).connections != n)
      return FALSE;
  return TRUE;
}

/* Who waits long sleeps and costs nothing: MHD does not even see that the client has gone. */
static void
sleeping_clients (TestServer *server)
{
  HttpClient *client;

  hold_all (server, &client, 1);
  g_assert_true (keeps_connections (server, 1, 200));
  http_client_reset (client);
  g_assert_true (keeps_connections (server, 1, 50));
  test_server_release (server);
  test_server_await_connections (server, 0);
}

static void
test_sleep (void)
{
  test_server_try (NULL, sleeping_clients);
}

static void
waiting_clients (TestServer *server)
{
  HttpClient *client = http_client_open (server->port, server->tls, NULL);

  http_client_send (client, "GET /hold HTTP/1.1\r\nHost: t\r\nX-Test: 1\r\n\r\n");
  test_server_await_held (server, 1);
  server->data = client;
}

/* Who waits when the server stops gets an answer, and who holds the request may still answer it. */
static void
test_stop (void)
{
  for (int tls = 0; tls < 2; tls++)
    {
      TestServer *server = test_server_start (tls, NULL);
      g_autoptr (HttpAnswer) answer = NULL;
      HttpClient *client;
      TriasHttpRequest *held;

      test_server_run (server, waiting_clients);
      client = server->data;
      trias_http_stop (g_steal_pointer (&server->http));
      answer = http_client_read (client);
      g_assert_cmpuint (answer->status, ==, 503);
      g_assert_true (http_client_await_end (client, 5));
      http_client_close (client);

      held = server->held->pdata[0];
      g_assert_cmpstr (trias_http_path (held), ==, "/hold");
      g_assert_cmpstr (trias_http_peer_address (held), ==, "127.0.0.1");
      g_assert_null (trias_http_header (held, "X-Test"));
      test_server_stop (server);
    }
}

static void
target_clients (TestServer *server)
{
  static const char *const bad[] = {
    "/..", "/../etc", "/a/../b",    "/a/%2e%2e/b", "/a/.%2E", "/a%00b",   "/a%0ab",
    "/%",  "/%1",     "/%zz",       "/%ff",        "/%c3",    "/%C0%AF",  "*",
    "a/b", "/\x01",   "http://t/x", "/x?q=%00",    "/x?q=%f", "/x?%ff=1",
  };
  static const char *const good[]
      = { "/a..b", "/..a/b", "/a.../b", "/%41?q=%25", "/x?", "/x?&&=", "//" };

  for (guint i = 0; i < G_N_ELEMENTS (bad) + G_N_ELEMENTS (good); i++)
    {
      gboolean is_bad = i < G_N_ELEMENTS (bad);
      const char *target = is_bad ? bad[i] : good[i - G_N_ELEMENTS (bad)];
      g_autoptr (HttpClient) client = http_client_open (server->port, server->tls, NULL);
      g_autoptr (HttpAnswer) answer = http_client_get (client, target);

      g_test_message ("%s: %u", target, answer->status);
      g_assert_cmpuint (answer->status, ==, is_bad ? 400 : 200);
    }
}

static void
test_targets (void)
{
  test_server_try (NULL, target_clients);
}

static void
framing_clients (TestServer *server)
{
  static const struct
  {
    const char *header;
    guint status;
  } cases[] = {
    { "Host: t\r\nContent-Length: 2\r\nContent-Length: 2\r\n", 400 },
    { "Host: t\r\nContent-Length: 2\r\nContent-Length: 3\r\n", 400 },
    { "Host: t\r\ncontent-length: 2\r\nTRANSFER-ENCODING: chunked\r\n", 400 },
    { "Host: t\r\nTransfer-Encoding: chunked\r\nContent-Length: 2\r\n", 400 },
    { "Host: t\r\nTransfer-Encoding: chunked\r\n", 411 },
    { "Host: t\r\nTransfer-Encoding: gzip, chunked\r\n", 411 },
    { "Host: t\r\nTransfer-Encoding: identity\r\n", 411 },
    { "Host: t\r\nContent-Length: -2\r\n", 400 },
    { "Host: t\r\nContent-Length: 2, 2\r\n", 400 },
    { "Host: t\r\nContent-Length: 0x2\r\n", 400 },
    { "Host: t\r\nHost: u\r\nContent-Length: 2\r\n", 400 },
    { "Content-Length: 2\r\n", 400 },
    { "Host : t\r\nContent-Length: 2\r\n", 400 },
    { "Host: t\r\nContent-Length: 2\r\n", 200 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (HttpClient) client = http_client_open (server->port, server->tls, NULL);

      g_test_message ("%s", cases[i].header);
      http_client_send (client, "POST /echo HTTP/1.1\r\n%s\r\nhi", cases[i].header);
      assert_status (client, cases[i].status);
      if (cases[i].status != 200)
        g_assert_true (http_client_await_end (client, 5));
    }
}

static void
test_framing (void)
{
  test_server_try (NULL, framing_clients);
}

static void
send_body (HttpClient *client, gsize length)
{
  g_autofree char *body = g_strnfill (length, 'x');

  http_client_send (client,
                    "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n",
                    length);
  http_client_send_bytes (client, body, length);
}

static void
body_clients (TestServer *server)
{
  g_autoptr (HttpClient) client = http_client_open (server->port, server->tls, NULL);
  g_autoptr (HttpClient) huge = NULL;
  g_autoptr (HttpAnswer) full = NULL;
  const gsize max = 256 * 1024;

  http_client_send (client, "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 9\r\n\r\n");
  for (int i = 0; i < 9; i++)
    http_client_send (client, "%d", i);
  assert_status (client, 200);

  send_body (client, max);
  full = http_client_read (client);
  g_assert_cmpuint (full->status, ==, 200);
  g_assert_cmpuint (full->body->len, ==, max);

  /* A little too large: refused, and the connection goes on. */
  send_body (client, max + 1);
  assert_status (client, 413);
  send_body (client, 10);
  assert_status (client, 200);

  /* Far too large: refused before the body has come. */
  huge = http_client_open (server->port, server->tls, NULL);
  http_client_send (huge, "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 26000000\r\n\r\n");
  assert_status (huge, 413);
  g_assert_true (http_client_await_end (huge, 5));
}

static void
test_bodies (void)
{
  test_server_try (NULL, body_clients);
}

static void
expect_clients (TestServer *server)
{
  g_autoptr (HttpClient) client = http_client_open (server->port, server->tls, NULL);
  g_autoptr (HttpAnswer) go_on = NULL;

  http_client_send (client, "POST /echo HTTP/1.1\r\nHost: t\r\nExpect: 100-continue\r\n"
                            "Content-Length: 2\r\n\r\n");
  go_on = http_client_read_head (client);
  g_assert_cmpuint (go_on->status, ==, 100);
  http_client_send (client, "hi");
  assert_status (client, 200);
}

static void
test_expect (void)
{
  test_server_try (NULL, expect_clients);
}

static void
nothing (TriasHttpRequest *request, gpointer data)
{
  trias_http_respond (request, 204, NULL, NULL, 0);
}

static void
test_addresses (void)
{
  static const char *const bad[]
      = { "", "127.0.0.1", "localhost:1", "127.0.0.1:65536", "::1:80", "[127.0.0.1", "0.0.0.0:0" };
  const char *two[] = { "127.0.0.1:0", "127.0.0.2:0", NULL };
  g_autoptr (GError) error = NULL;
  TriasHttp *http = trias_http_start (two, NULL, NULL, TRUE, nothing, NULL, &error);
  TriasHttp *other;
  g_autofree char *taken = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (trias_http_get_port (http, 0), !=, 0);
  g_assert_cmpuint (trias_http_get_port (http, 1), !=, 0);
  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      const char *one[] = { bad[i], NULL };

      other = trias_http_start (one, NULL, NULL, TRUE, nothing, NULL, &error);
      g_assert_null (other);
      g_assert_nonnull (error);
      g_clear_error (&error);
    }
  taken = g_strdup_printf ("127.0.0.1:%u", trias_http_get_port (http, 0));
  two[0] = taken;
  other = trias_http_start (two, NULL, NULL, TRUE, nothing, NULL, &error);
  g_assert_null (other);
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_CONFLICT);
  trias_http_stop (http);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/http/requests/normal", test_normal);
  g_test_add_func ("/http/requests/describe", test_describe);
  g_test_add_func ("/http/requests/head", test_head);
  g_test_add_func ("/http/requests/answers", test_answers);
  g_test_add_func ("/http/requests/late", test_late);
  g_test_add_func ("/http/requests/pipelined", test_pipelined);
  g_test_add_func ("/http/requests/half-closed", test_half_closed);
  g_test_add_func ("/http/requests/gone", test_gone);
  g_test_add_func ("/http/requests/crowd", test_crowd);
  g_test_add_func ("/http/requests/vanish", test_vanish);
  g_test_add_func ("/http/requests/sleep", test_sleep);
  g_test_add_func ("/http/requests/stop", test_stop);
  g_test_add_func ("/http/requests/targets", test_targets);
  g_test_add_func ("/http/requests/framing", test_framing);
  g_test_add_func ("/http/requests/bodies", test_bodies);
  g_test_add_func ("/http/requests/expect", test_expect);
  g_test_add_func ("/http/requests/addresses", test_addresses);

  return g_test_run ();
}
