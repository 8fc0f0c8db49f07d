/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Random bytes at every phase of a connection that is to be taken over: nothing crashes, nothing is
 * left behind, and what comes over a link is its user's alone. TRIAS_RUDE says how many. */

#include "http-client.h"
#include "http-server.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define NOISE_MAX 40000
#define RSS_MAX_KB 4096

#define REQUEST                                                                                    \
  "POST /link HTTP/1.1\r\nHost: t\r\nConnection: Upgrade\r\nUpgrade: test/1\r\n"                   \
  "Content-Length: 0\r\n\r\n"

static guint n_rude = 400;

typedef struct
{
  TestServer *server;
  GRand *random;
  guint8 noise[NOISE_MAX];
  gsize length;
} Fuzz;

static void
make_noise (Fuzz *self, gsize max)
{
  self->length = (gsize) g_rand_int_range (self->random, 1, (gint32) max);
  for (gsize i = 0; i < self->length; i++)
    self->noise[i] = (guint8) g_rand_int (self->random);
}

/* Past TLS, if there is any. */
static void
send_raw (Fuzz *self, HttpClient *client)
{
  send (http_client_fd (client), self->noise, self->length, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static gboolean
ask (HttpClient *client)
{
  g_autofree char *head = NULL;

  http_client_send (client, "%s", REQUEST);
  head = http_client_read_until (client, "\r\n\r\n");
  return head != NULL && g_str_has_prefix (head, "HTTP/1.1 101 ");
}

/* --- phases --- */

typedef void (*Phase) (Fuzz *self, HttpClient *client);

static void
before_tls (Fuzz *self, HttpClient *client)
{
  make_noise (self, 2000);
  send_raw (self, client);
}

/* A record of the handshake, with anything inside. */
static void
in_hello (Fuzz *self, HttpClient *client)
{
  make_noise (self, 2000);
  self->length = MAX (self->length, 10);
  memcpy (self->noise, "\x16\x03\x01", 3);
  self->noise[3] = (guint8) ((self->length - 5) >> 8);
  self->noise[4] = (guint8) (self->length - 5);
  self->noise[5] = 1;
  send_raw (self, client);
}

static void
after_handshake (Fuzz *self, HttpClient *client)
{
  g_assert_true (http_client_start_tls (client, NULL, NULL));
  make_noise (self, 2000);
  send_raw (self, client);
}

static void
as_request (Fuzz *self, HttpClient *client)
{
  g_assert_true (http_client_start_tls (client, NULL, NULL));
  make_noise (self, 2000);
  http_client_send_bytes (client, self->noise, self->length);
}

/* Some bytes of a good request are others. */
static void
in_request (Fuzz *self, HttpClient *client)
{
  char request[] = REQUEST;

  g_assert_true (http_client_start_tls (client, NULL, NULL));
  for (int i = g_rand_int_range (self->random, 1, 6); i > 0; i--)
    request[g_rand_int_range (self->random, 0, sizeof request - 1)]
        = (char) g_rand_int (self->random);
  http_client_send_bytes (client, request, sizeof request - 1);
}

/* Does not wait for the 101. */
static void
behind_request (Fuzz *self, HttpClient *client)
{
  g_assert_true (http_client_start_tls (client, NULL, NULL));
  http_client_send (client, "%s", REQUEST);
  make_noise (self, 8000);
  if (g_rand_boolean (self->random))
    send_raw (self, client);
  else
    http_client_send_bytes (client, self->noise, self->length);
}

static void
raw_on_link (Fuzz *self, HttpClient *client)
{
  g_assert_true (http_client_start_tls (client, NULL, NULL));
  g_assert_true (ask (client));
  make_noise (self, 8000);
  send_raw (self, client);
}

/* A record that looks right from outside. */
static void
record_on_link (Fuzz *self, HttpClient *client)
{
  g_assert_true (http_client_start_tls (client, NULL, NULL));
  g_assert_true (ask (client));
  make_noise (self, 8000);
  self->length = MAX (self->length, 10);
  self->noise[0] = (guint8) g_rand_int_range (self->random, 20, 25);
  memcpy (self->noise + 1, "\x03\x03", 2);
  self->noise[3] = (guint8) ((self->length - 5) >> 8);
  self->noise[4] = (guint8) (self->length - 5);
  send_raw (self, client);
}

/* The user of the link gets these, and only these. */
static void
on_link (Fuzz *self, HttpClient *client)
{
  g_autofree guint8 *back = NULL;
  gsize got = 0;

  g_assert_true (http_client_start_tls (client, NULL, NULL));
  g_assert_true (ask (client));
  make_noise (self, NOISE_MAX);
  g_assert_true (http_client_send_bytes (client, self->noise, self->length));
  back = g_malloc (self->length);
  while (got < self->length)
    {
      gssize n = http_client_receive (client, back + got, self->length - got);

      g_assert_cmpint (n, >, 0);
      got += (gsize) n;
    }
  g_assert_cmpmem (back, got, self->noise, self->length);
}

static const Phase phases[]
    = { before_tls,     in_hello,    after_handshake, as_request, in_request,
        behind_request, raw_on_link, record_on_link,  on_link };

static void
leave (Fuzz *self, HttpClient *client)
{
  switch (g_rand_int_range (self->random, 0, 4))
    {
    case 0:
      http_client_close (client);
      break;
    case 1:
      http_client_half_close (client);
      http_client_close (client);
      break;
    case 2:
      shutdown (http_client_fd (client), SHUT_RDWR);
      http_client_reset (client);
      break;
    default:
      http_client_reset (client);
      break;
    }
}

static void
be_rude (Fuzz *self, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      HttpClient *client = http_client_connect (self->server->port, NULL);

      phases[i % G_N_ELEMENTS (phases)](self, client);
      leave (self, client);
      /* No more at once than may be open. */
      if (i % 45 == 44)
        test_server_await_links (self->server, 0);
    }
  test_server_await_links (self->server, 0);
  test_server_await_connections (self->server, 0);
}

static void
fuzz_clients (TestServer *server)
{
  const char *seed = g_getenv ("G_TEST_SEED");
  guint32 number = seed != NULL ? (guint32) strtoul (seed, NULL, 10) : g_random_int ();
  g_autofree Fuzz *self = g_new0 (Fuzz, 1);
  HttpClient *good;
  guint descriptors;
  gsize resident, resident_after;

  g_test_message ("seed %u", number);
  self->server = server;
  self->random = g_rand_new_with_seed (number);
  be_rude (self, MIN (n_rude, 2000));
  descriptors = test_count_descriptors ();
  resident = test_resident_kb ();
  be_rude (self, n_rude);
  resident_after = test_resident_kb ();
  g_test_message ("%u connections with noise: descriptors %u -> %u, resident %" G_GSIZE_FORMAT
                  " -> %" G_GSIZE_FORMAT " kB",
                  n_rude, descriptors, test_count_descriptors (), resident, resident_after);
  g_assert_cmpuint (test_count_descriptors (), ==, descriptors);
  if (g_getenv ("ASAN_OPTIONS") == NULL)
    g_assert_cmpuint (resident_after, <, resident + RSS_MAX_KB);

  good = http_client_connect (server->port, NULL);
  on_link (self, good);
  http_client_close (good);
  test_server_await_links (server, 0);
  g_rand_free (self->random);
}

static void
test_fuzz (void)
{
  TestServer *server = test_server_start (TRUE, NULL);

  test_server_run (server, fuzz_clients);
  test_server_stop (server);
}

int
main (int argc, char **argv)
{
  const char *n = g_getenv ("TRIAS_RUDE");

  g_test_init (&argc, &argv, NULL);
  if (n != NULL)
    n_rude = (guint) strtoul (n, NULL, 10);

  g_test_add_func ("/http/takeover/fuzz", test_fuzz);

  return g_test_run ();
}
