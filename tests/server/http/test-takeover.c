/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A connection that was taken over: its bytes arrive whole and in order, neither end can run away
 * from the other, and however it ends nothing is left behind. */

#include "http-client.h"
#include "http-server.h"

#include <errno.h>
#include <glib-unix.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define ASK(path)                                                                                  \
  "POST " path " HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: test/1\r\n"                \
  "Content-Length: 0\r\n\r\n"

static HttpClient *
open_link (TestServer *server, const char *request)
{
  HttpClient *client = http_client_open (server->port, TRUE, NULL);
  g_autofree char *head = NULL;

  http_client_send (client, "%s", request);
  head = http_client_read_until (client, "\r\n\r\n");
  g_assert_nonnull (head);
  g_assert_true (g_str_has_prefix (head, "HTTP/1.1 101 "));
  g_assert_nonnull (strstr (head, "\r\nUpgrade: test/1"));
  return client;
}

static void
run (TestClientFunc clients, const TriasHttpLimits *limits)
{
  TestServer *server = test_server_start (TRUE, limits);

  test_server_run (server, clients);
  test_server_stop (server);
}

/* Byte @i of what is sent in tests; its period is no power of two. */
static guint8
pattern (gsize i)
{
  return (guint8) ((i % 65521) * 7 + i / 65521);
}

static void
fill_pattern (guint8 *data, gsize offset, gsize length)
{
  for (gsize i = 0; i < length; i++)
    data[i] = pattern (offset + i);
}

static void
assert_pattern (const guint8 *data, gsize offset, gsize length)
{
  for (gsize i = 0; i < length; i++)
    if (data[i] != pattern (offset + i))
      g_error ("byte %" G_GSIZE_FORMAT " differs", offset + i);
}

/* --- a plain TCP echo, to compare with --- */

static gpointer
be_plain_echo (gpointer data)
{
  int listener = GPOINTER_TO_INT (data);
  int fd = accept (listener, NULL, NULL);
  static char buffer[65536];
  gssize n;

  while ((n = recv (fd, buffer, sizeof buffer, 0)) > 0)
    g_assert_cmpint (send (fd, buffer, (gsize) n, MSG_NOSIGNAL), ==, n);
  close (fd);
  return NULL;
}

typedef struct
{
  int listener;
  GThread *thread;
  HttpClient *client;
} PlainEcho;

static void
plain_echo_start (PlainEcho *self)
{
  g_autoptr (GSocket) any
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;

  g_assert_true (g_socket_bind (any, address, TRUE, NULL));
  g_assert_true (g_socket_listen (any, NULL));
  bound = g_socket_get_local_address (any, NULL);
  self->listener = dup (g_socket_get_fd (any));
  /* The descriptor of GIO does not block, and its copy neither. */
  g_socket_set_blocking (any, TRUE);
  g_assert_cmpint (g_unix_set_fd_nonblocking (self->listener, FALSE, NULL), ==, TRUE);
  self->thread = g_thread_new ("plain echo", be_plain_echo, GINT_TO_POINTER (self->listener));
  self->client
      = http_client_connect (g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)), NULL);
}

static void
plain_echo_stop (PlainEcho *self)
{
  http_client_close (self->client);
  g_thread_join (self->thread);
  close (self->listener);
}

/* --- throughput and latency --- */

#define ECHO_BYTES (64u * 1024 * 1024)

static gpointer
send_all (gpointer client)
{
  g_autofree guint8 *data = g_malloc (65536);

  for (gsize sent = 0; sent < ECHO_BYTES; sent += 65536)
    {
      fill_pattern (data, sent, 65536);
      g_assert_true (http_client_send_bytes (client, data, 65536));
    }
  return NULL;
}

/* MB/s each way. */
static double
echo_much (HttpClient *client)
{
  g_autofree guint8 *data = g_malloc (65536);
  gint64 start = g_get_monotonic_time ();
  GThread *sender = g_thread_new ("sender", send_all, client);
  gssize n;

  for (gsize received = 0; received < ECHO_BYTES; received += (gsize) n)
    {
      n = http_client_receive (client, data, 65536);
      g_assert_cmpint (n, >, 0);
      assert_pattern (data, received, (gsize) n);
    }
  g_thread_join (sender);
  return ECHO_BYTES / 1e6 / ((double) (g_get_monotonic_time () - start) / G_USEC_PER_SEC);
}

static void
echo_clients (TestServer *server)
{
  HttpClient *link = open_link (server, ASK ("/link"));
  PlainEcho plain;
  double linked, unlinked;

  plain_echo_start (&plain);
  unlinked = echo_much (plain.client);
  linked = echo_much (link);
  plain_echo_stop (&plain);
  g_test_message ("echo of 64 MiB: %.0f MB/s each way; plain TCP %.0f MB/s; ratio %.2f", linked,
                  unlinked, linked / unlinked);
  http_client_close (link);
  test_server_await_links (server, 0);
}

static void
test_echo (void)
{
  run (echo_clients, NULL);
}

#define PINGS 2000

static int
compare_times (const void *a, const void *b)
{
  gint64 x = *(const gint64 *) a, y = *(const gint64 *) b;

  return (x > y) - (x < y);
}

static void
ping (HttpClient *client, gint64 *p50, gint64 *p99)
{
  g_autofree gint64 *times = g_new (gint64, PINGS);
  guint8 data[200];

  for (guint i = 0; i < PINGS; i++)
    {
      gint64 start = g_get_monotonic_time ();

      fill_pattern (data, i, sizeof data);
      g_assert_true (http_client_send_bytes (client, data, sizeof data));
      for (gsize got = 0; got < sizeof data;)
        {
          gssize n = http_client_receive (client, data, sizeof data - got);

          g_assert_cmpint (n, >, 0);
          assert_pattern (data, i + got, (gsize) n);
          got += (gsize) n;
        }
      times[i] = g_get_monotonic_time () - start;
    }
  qsort (times, PINGS, sizeof *times, compare_times);
  *p50 = times[PINGS / 2];
  *p99 = times[PINGS * 99 / 100];
}

static void
ping_clients (TestServer *server)
{
  HttpClient *link = open_link (server, ASK ("/link"));
  gint64 link_p50, link_p99, plain_p50, plain_p99;
  PlainEcho plain;

  plain_echo_start (&plain);
  ping (plain.client, &plain_p50, &plain_p99);
  ping (link, &link_p50, &link_p99);
  plain_echo_stop (&plain);
  g_test_message ("ping of 200 bytes: p50 %d µs, p99 %d µs; plain TCP %d and %d µs; ratio %.1f",
                  (int) link_p50, (int) link_p99, (int) plain_p50, (int) plain_p99,
                  (double) link_p50 / (double) MAX (plain_p50, 1));
  /* A delayed acknowledgement would be 40 ms. */
  g_assert_cmpint (link_p50, <, 10000);
  http_client_close (link);
  test_server_await_links (server, 0);
}

static void
test_ping (void)
{
  run (ping_clients, NULL);
}

/* --- neither end runs away from the other --- */

/* What sockets and buffers between the two may hold. */
#define IN_BETWEEN_MAX (24u * 1024 * 1024)

static double
cpu_during (double seconds)
{
  clock_t before = clock ();

  g_usleep ((gulong) (seconds * G_USEC_PER_SEC));
  return (double) (clock () - before) / CLOCKS_PER_SEC;
}

/* Writes the pattern until nothing has gone for half a second. */
static gsize
write_until_stuck (int fd)
{
  g_autofree guint8 *data = g_malloc (65536);
  struct pollfd events = { fd, POLLOUT, 0 };
  gsize sent = 0;

  while (poll (&events, 1, 500) == 1)
    {
      gssize n;

      fill_pattern (data, sent, 65536);
      n = send (fd, data, 65536, MSG_DONTWAIT | MSG_NOSIGNAL);
      g_assert_true (n > 0 || (n < 0 && errno == EAGAIN));
      sent += (gsize) MAX (n, 0);
      g_assert_cmpuint (sent, <, IN_BETWEEN_MAX);
    }
  return sent;
}

static void
slow_client_clients (TestServer *server)
{
  HttpClient *client = open_link (server, ASK ("/socket"));
  int fd = test_server_take_socket (server);
  g_autofree guint8 *data = g_malloc (65536);
  gsize sent = write_until_stuck (fd);
  gssize n;

  g_test_message ("%" G_GSIZE_FORMAT " kB on their way to a client that does not read",
                  sent / 1024);
  g_assert_cmpfloat (cpu_during (0.5), <, 0.1);
  close (fd);
  for (gsize received = 0; received < sent; received += (gsize) n)
    {
      n = http_client_receive (client, data, 65536);
      g_assert_cmpint (n, >, 0);
      assert_pattern (data, received, (gsize) n);
    }
  g_assert_cmpint (http_client_receive (client, data, 1), ==, 0);
  http_client_close (client);
  test_server_await_links (server, 0);
}

typedef struct
{
  HttpClient *client;
  gsize sent;
  gint enough;
} Flood;

static gpointer
flood (gpointer data)
{
  Flood *self = data;
  guint8 block[16384];

  while (!g_atomic_int_get (&self->enough))
    {
      fill_pattern (block, self->sent, sizeof block);
      g_assert_true (http_client_send_bytes (self->client, block, sizeof block));
      g_atomic_pointer_add (&self->sent, sizeof block);
    }
  return NULL;
}

static void
slow_socket_clients (TestServer *server)
{
  Flood self = { open_link (server, ASK ("/socket")), 0, FALSE };
  int fd = test_server_take_socket (server);
  GThread *thread = g_thread_new ("flood", flood, &self);
  gsize before = 1, received = 0;
  guint8 data[16384];
  gssize n;

  while (before != (gsize) g_atomic_pointer_get (&self.sent))
    {
      before = (gsize) g_atomic_pointer_get (&self.sent);
      g_usleep (500000);
      g_assert_cmpuint (before, <, IN_BETWEEN_MAX);
    }
  g_test_message ("%" G_GSIZE_FORMAT " kB on their way to a socket that nobody reads",
                  before / 1024);
  g_assert_cmpfloat (cpu_during (0.5), <, 0.1);
  g_atomic_int_set (&self.enough, TRUE);
  for (gboolean joined = FALSE; !joined || received < self.sent; received += (gsize) n)
    {
      n = recv (fd, data, sizeof data, 0);
      g_assert_cmpint (n, >, 0);
      assert_pattern (data, received, (gsize) n);
      if (!joined && received >= before)
        {
          g_thread_join (thread);
          joined = TRUE;
        }
    }
  close (fd);
  http_client_close (self.client);
  test_server_await_links (server, 0);
}

static void
test_slow (void)
{
  run (slow_client_clients, NULL);
  run (slow_socket_clients, NULL);
}

/* --- half a close --- */

static void
assert_receives (int fd, const char *text)
{
  char data[64];
  gsize got = 0;
  gssize n;

  while (got < strlen (text) && (n = recv (fd, data + got, sizeof data - got, 0)) > 0)
    got += (gsize) n;
  g_assert_cmpmem (data, got, text, strlen (text));
}

static void
half_clients (TestServer *server)
{
  HttpClient *client = open_link (server, ASK ("/socket"));
  int fd = test_server_take_socket (server);
  char byte;

  /* The client has no more to say, but listens. */
  http_client_send (client, "last words");
  http_client_half_close (client);
  assert_receives (fd, "last words");
  g_assert_cmpint (recv (fd, &byte, 1, 0), ==, 0);
  g_assert_cmpfloat (cpu_during (0.3), <, 0.06);
  g_assert_cmpint (send (fd, "answer!", 7, MSG_NOSIGNAL), ==, 7);
  g_assert_true (http_client_await (client, "answer!"));
  close (fd);
  g_assert_cmpint (http_client_receive (client, &byte, 1), ==, 0);
  http_client_close (client);
  test_server_await_links (server, 0);

  /* And the other way about. */
  client = open_link (server, ASK ("/socket"));
  fd = test_server_take_socket (server);
  g_assert_cmpint (send (fd, "bye!", 4, MSG_NOSIGNAL), ==, 4);
  g_assert_no_errno (shutdown (fd, SHUT_WR));
  g_assert_true (http_client_await (client, "bye!"));
  g_assert_cmpint (http_client_receive (client, &byte, 1), ==, 0);
  g_assert_cmpfloat (cpu_during (0.3), <, 0.06);
  http_client_send (client, "still here");
  assert_receives (fd, "still here");
  /* Nothing but this tells that it has gone altogether. */
  close (fd);
  test_server_await_links (server, 0);
  http_client_close (client);
}

static void
test_half (void)
{
  run (half_clients, NULL);
}

/* --- rude ends --- */

typedef void (*RudeFunc) (TestServer *server, HttpClient *client);

static void
reset_at_once (TestServer *server, HttpClient *client)
{
  http_client_reset (client);
}

static void
reset_unread (TestServer *server, HttpClient *client)
{
  g_autofree char *data = g_strnfill (100000, 'x');

  http_client_send_bytes (client, data, 100000);
  http_client_reset (client);
}

static void
close_unread (TestServer *server, HttpClient *client)
{
  http_client_send (client, "never read");
  http_client_close (client);
}

static void
half_close_only (TestServer *server, HttpClient *client)
{
  char buffer[64];

  http_client_send (client, "echo?");
  http_client_half_close (client);
  g_assert_true (http_client_await (client, "echo?"));
  g_assert_cmpint (http_client_receive (client, buffer, 1), <=, 0);
  http_client_close (client);
}

static void
garbage_after (TestServer *server, HttpClient *client)
{
  guint8 data[500];

  for (guint i = 0; i < sizeof data; i++)
    data[i] = (guint8) g_random_int ();
  /* Past TLS. */
  send (http_client_fd (client), data, sizeof data, MSG_NOSIGNAL);
  g_assert_true (http_client_await_end (client, 10));
  http_client_reset (client);
}

static void
truncated (TestServer *server, HttpClient *client)
{
  shutdown (http_client_fd (client), SHUT_RDWR);
  http_client_reset (client);
}

static const RudeFunc rude[]
    = { reset_at_once, reset_unread, close_unread, half_close_only, garbage_after, truncated };

/* Sends on right behind its request: what MHD has read already is nobody's, and no request. */
static void
garbage_before (TestServer *server)
{
  HttpClient *client = http_client_open (server->port, TRUE, NULL);
  g_autofree char *head = NULL;
  gssize n;
  GString *rest = g_string_new (NULL);
  char buffer[4096];

  http_client_send (client, "%s", ASK ("/link") "GET /echo HTTP/1.1\r\nHost: t\r\n\r\n");
  head = http_client_read_until (client, "\r\n\r\n");
  g_assert_true (g_str_has_prefix (head, "HTTP/1.1 101 "));
  http_client_half_close (client);
  while ((n = http_client_receive (client, buffer, sizeof buffer)) > 0)
    g_string_append_len (rest, buffer, n);
  g_assert_null (strstr (rest->str, "HTTP/1.1 "));
  g_string_free (rest, TRUE);
  http_client_close (client);
}

static void
socket_first (TestServer *server, guint i)
{
  HttpClient *client = open_link (server, ASK ("/socket"));
  int fd = test_server_take_socket (server);
  char byte;

  if (i % 2 == 0)
    http_client_send (client, "never read");
  close (fd);
  while (http_client_receive (client, &byte, 1) > 0)
    ;
  http_client_close (client);
}

static void
be_rude (TestServer *server, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      guint kind = i % (G_N_ELEMENTS (rude) + 2);

      if (kind < G_N_ELEMENTS (rude))
        rude[kind](server, open_link (server, ASK ("/link")));
      else if (kind == G_N_ELEMENTS (rude))
        garbage_before (server);
      else
        socket_first (server, i / 8);
    }
  test_server_await_links (server, 0);
  test_server_await_connections (server, 0);
}

static void
rude_clients (TestServer *server)
{
  guint descriptors;
  gsize resident;

  be_rude (server, 50);
  descriptors = test_count_descriptors ();
  resident = test_resident_kb ();
  be_rude (server, 100);
  g_test_message ("100 rude links: descriptors %u -> %u, resident %" G_GSIZE_FORMAT
                  " -> %" G_GSIZE_FORMAT " kB",
                  descriptors, test_count_descriptors (), resident, test_resident_kb ());
  g_assert_cmpuint (test_count_descriptors (), ==, descriptors);
}

static void
test_rude (void)
{
  run (rude_clients, NULL);
}

/* A reset is noticed although nothing can be moved, at the latest when time is up; and it costs no
 * time until then. */
static void
stuck_clients (TestServer *server)
{
  HttpClient *client = open_link (server, ASK ("/socket"));
  int fd = test_server_take_socket (server);

  write_until_stuck (fd);
  http_client_reset (client);
  test_server_await_links (server, 0);
  close (fd);

  client = open_link (server, ASK ("/socket"));
  fd = test_server_take_socket (server);
  {
    Flood self = { client, 0, FALSE };
    GThread *thread = g_thread_new ("flood", flood, &self);

    while (test_server_stats (server).links != 1
           || (gsize) g_atomic_pointer_get (&self.sent) < 200000)
      g_usleep (1000);
    g_atomic_int_set (&self.enough, TRUE);
    g_thread_join (thread);
  }
  http_client_reset (client);
  g_assert_cmpfloat (cpu_during (0.5), <, 0.1);
  test_server_await_links (server, 0);
  close (fd);
}

static void
test_stuck (void)
{
  TriasHttpLimits limits;

  trias_http_limits_init (&limits);
  limits.link_idle_timeout_s = 2;
  run (stuck_clients, &limits);
}

/* --- time and limits --- */

static void
idle_clients (TestServer *server)
{
  HttpClient *silent = open_link (server, ASK ("/link"));
  HttpClient *lively = open_link (server, ASK ("/link"));
  HttpClient *half = open_link (server, ASK ("/socket"));
  int fd = test_server_take_socket (server);
  gint64 start = g_get_monotonic_time (), end;

  g_assert_no_errno (shutdown (fd, SHUT_WR));
  /* Longer than any of the limits of a connection. */
  for (guint i = 0; i < 35; i++)
    {
      g_usleep (100000);
      http_client_send (lively, "x");
      g_assert_true (http_client_await (lively, "x"));
    }
  g_assert_true (http_client_await_end (silent, 0.1));
  g_assert_true (http_client_await_end (half, 0.1));
  end = g_get_monotonic_time ();
  g_assert_cmpint (end - start, <, 10 * G_USEC_PER_SEC);
  g_assert_cmpuint (test_server_stats (server).links, ==, 1);
  http_client_close (lively);
  http_client_close (silent);
  http_client_close (half);
  close (fd);
  test_server_await_links (server, 0);
}

static void
test_idle (void)
{
  TriasHttpLimits limits;

  trias_http_limits_init (&limits);
  limits.header_timeout_s = limits.body_timeout_s = limits.idle_timeout_s = 1;
  limits.link_idle_timeout_s = 2;
  run (idle_clients, &limits);
}

static void
assert_refused (TestServer *server, const char *request, TriasIdentity *identity, guint status)
{
  g_autoptr (HttpClient) client = http_client_open (server->port, server->tls, identity);
  g_autoptr (HttpAnswer) answer = NULL;

  http_client_send (client, "%s", request);
  answer = http_client_read (client);
  g_assert_cmpuint (answer->status, ==, status);
  if (identity != NULL)
    return;
  /* It goes on as a connection like any other. */
  http_answer_free (g_steal_pointer (&answer));
  answer = http_client_get (client, "/echo");
  g_assert_cmpuint (answer->status, ==, 200);
}

static void
refused_clients (TestServer *server)
{
  HttpClient *first, *second;

  assert_refused (server, "POST /link HTTP/1.1\r\nHost: t\r\nContent-Length: 0\r\n\r\n", NULL, 400);
  assert_refused (server,
                  "POST /link HTTP/1.1\r\nHost: t\r\nUpgrade: other/1\r\nContent-Length: 0\r\n\r\n",
                  NULL, 400);
  first = open_link (server, ASK ("/link"));
  second = open_link (server, ASK ("/link"));
  assert_refused (server, ASK ("/link"), NULL, 429);
  http_client_close (first);
  test_server_await_links (server, 1);
  first = open_link (server, ASK ("/link"));
  http_client_close (first);
  http_client_close (second);
  test_server_await_links (server, 0);
}

/* A link counts as a connection of its key. */
static void
key_clients (TestServer *server)
{
  g_autoptr (TriasIdentity) identity = trias_identity_generate ("member", NULL);
  HttpClient *client = http_client_open (server->port, TRUE, identity);
  g_autofree char *head = NULL;

  http_client_send (client, ASK ("/link"));
  head = http_client_read_until (client, "\r\n\r\n");
  g_assert_true (g_str_has_prefix (head, "HTTP/1.1 101 "));
  g_assert_cmpuint (test_server_stats (server).connections, ==, 1);
  assert_refused (server, "GET /echo HTTP/1.1\r\nHost: t\r\n\r\n", identity, 429);
  http_client_close (client);
  test_server_await_connections (server, 0);
}

static void
plain_clients (TestServer *server)
{
  assert_refused (server, ASK ("/link"), NULL, 400);
}

static void
test_limits (void)
{
  TestServer *server = test_server_start (FALSE, NULL);
  TriasHttpLimits limits;

  test_server_run (server, plain_clients);
  test_server_stop (server);

  trias_http_limits_init (&limits);
  limits.links_max = 2;
  run (refused_clients, &limits);
  limits.connections_per_key = 1;
  run (key_clients, &limits);
}

/* --- the server stops --- */

#define N_OPEN 10

typedef struct
{
  HttpClient *clients[N_OPEN];
  int fds[N_OPEN];
} Open;

static void
open_clients (TestServer *server)
{
  Open *open = server->data;

  for (guint i = 0; i < N_OPEN; i++)
    {
      open->clients[i] = open_link (server, ASK ("/socket"));
      open->fds[i] = test_server_take_socket (server);
    }
  /* Some idle, some stuck in either direction, some half closed. */
  write_until_stuck (open->fds[0]);
  http_client_half_close (open->clients[1]);
  shutdown (open->fds[2], SHUT_WR);
  http_client_send (open->clients[3], "never read");
  /* One that nobody has looked at yet. */
  http_client_send (open->clients[4], "x");
}

static void
test_stop (void)
{
  guint descriptors = test_count_descriptors ();
  TestServer *server = test_server_start (TRUE, NULL);
  Open open;
  gint64 start;
  char buffer[4096];

  server->data = &open;
  test_server_run (server, open_clients);
  start = g_get_monotonic_time ();
  test_server_stop (server);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 2 * G_USEC_PER_SEC);
  for (guint i = 0; i < N_OPEN; i++)
    {
      while (recv (open.fds[i], buffer, sizeof buffer, 0) > 0)
        ;
      close (open.fds[i]);
      while (http_client_receive (open.clients[i], buffer, sizeof buffer) > 0)
        ;
      http_client_close (open.clients[i]);
    }
  g_assert_cmpuint (test_count_descriptors (), ==, descriptors);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/http/takeover/echo", test_echo);
  g_test_add_func ("/http/takeover/ping", test_ping);
  g_test_add_func ("/http/takeover/slow", test_slow);
  g_test_add_func ("/http/takeover/half", test_half);
  g_test_add_func ("/http/takeover/rude", test_rude);
  g_test_add_func ("/http/takeover/stuck", test_stuck);
  g_test_add_func ("/http/takeover/idle", test_idle);
  g_test_add_func ("/http/takeover/limits", test_limits);
  g_test_add_func ("/http/takeover/stop", test_stop);

  return g_test_run ();
}
