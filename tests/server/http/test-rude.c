/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Rude connections by the thousand leave nothing behind: no descriptor and no memory. TRIAS_RUDE
 * says how many; 100000 is the figure that the server promises (plain and with TLS). */

#include "http-client.h"
#include "http-server.h"

#include <stdlib.h>

#define RSS_MAX_KB 4096

typedef void (*RudeFunc) (TestServer *server, HttpClient *client, GRand *random);

static guint n_rude = 3000;

static void
nothing (TestServer *server, HttpClient *client, GRand *random)
{
}

static void
garbage (TestServer *server, HttpClient *client, GRand *random)
{
  guint32 data[64];

  for (guint i = 0; i < G_N_ELEMENTS (data); i++)
    data[i] = g_rand_int (random);
  http_client_send_bytes (client, data, (gsize) g_rand_int_range (random, 1, sizeof data));
}

static void
half_header (TestServer *server, HttpClient *client, GRand *random)
{
  http_client_send (client, "GET /echo HTTP/1.1\r\nHost: t\r\nX-Test: ");
}

static void
half_body (TestServer *server, HttpClient *client, GRand *random)
{
  http_client_send (client, "POST /echo HTTP/1.1\r\nHost: t\r\nContent-Length: 1000\r\n\r\n12345");
}

static void
no_reading (TestServer *server, HttpClient *client, GRand *random)
{
  http_client_send (client, "GET /big HTTP/1.1\r\nHost: t\r\n\r\n"
                            "GET /echo HTTP/1.1\r\nHost: t\r\n\r\n");
}

static void
gone_while_waiting (TestServer *server, HttpClient *client, GRand *random)
{
  http_client_send (client, "POST /late HTTP/1.1\r\nHost: t\r\nContent-Length: 2\r\n\r\nhi");
}

static void
gone_reader (TestServer *server, HttpClient *client, GRand *random)
{
  http_client_send (client, "GET /stream HTTP/1.1\r\nHost: t\r\n\r\n");
}

static void
half_hello (TestServer *server, HttpClient *client, GRand *random)
{
  http_client_send_bytes (client, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11);
}

static void
broken_hello (TestServer *server, HttpClient *client, GRand *random)
{
  http_client_send_bytes (client, "\x16\x03\x01\x00\x05\x01\xff\xff\xff\xff", 10);
}

static const RudeFunc bare[]
    = { nothing, garbage, half_header, half_body, no_reading, gone_while_waiting, gone_reader };
static const RudeFunc before_tls[] = { nothing, garbage, half_hello, broken_hello, half_header };

static HttpClient *
connect_rudely (TestServer *server, guint i, GRand *random)
{
  HttpClient *client = http_client_connect (server->port, NULL);

  if (!server->tls)
    bare[i % G_N_ELEMENTS (bare)](server, client, random);
  else if (i % 10 != 0)
    before_tls[i % G_N_ELEMENTS (before_tls)](server, client, random);
  else if (http_client_start_tls (client, NULL, NULL))
    bare[i / 10 % G_N_ELEMENTS (bare)](server, client, random);
  return client;
}

static void
be_rude (TestServer *server, guint n, GRand *random)
{
  for (guint i = 0; i < n; i++)
    {
      HttpClient *client = connect_rudely (server, i, random);

      if (i % 7 == 0)
        http_client_close (client);
      else
        http_client_reset (client);
      /* The backlog is finite, and streams are found gone once a second. */
      if (i % 800 == 799)
        test_server_await_connections (server, 0);
    }
  test_server_await_connections (server, 0);
}

static void
rude_clients (TestServer *server)
{
  const char *seed = g_getenv ("G_TEST_SEED");
  guint32 number = seed != NULL ? (guint32) strtoul (seed, NULL, 10) : g_random_int ();
  g_autoptr (GRand) random = g_rand_new_with_seed (number);
  g_autoptr (HttpClient) good = NULL;
  g_autoptr (HttpAnswer) answer = NULL;
  guint descriptors;
  gsize resident;
  guint descriptors_after;
  gsize resident_after;

  g_test_message ("seed %u", number);
  /* Caches and arenas fill once. */
  be_rude (server, MIN (n_rude / 2, 2000), random);
  descriptors = test_count_descriptors ();
  resident = test_resident_kb ();
  be_rude (server, n_rude, random);
  descriptors_after = test_count_descriptors ();
  resident_after = test_resident_kb ();
  g_test_message ("%u rude connections %s: descriptors %u -> %u, resident %" G_GSIZE_FORMAT
                  " -> %" G_GSIZE_FORMAT " kB",
                  n_rude, server->tls ? "with TLS" : "plain", descriptors, descriptors_after,
                  resident, resident_after);
  /* Something of the first round may have been about to go. */
  g_assert_cmpuint (descriptors_after, <=, descriptors);
  if (g_getenv ("ASAN_OPTIONS") == NULL)
    g_assert_cmpuint (resident_after, <, resident + RSS_MAX_KB);

  good = http_client_open (server->port, server->tls, NULL);
  answer = http_client_get (good, "/echo");
  g_assert_cmpuint (answer->status, ==, 200);
}

static void
run (gboolean tls)
{
  TestServer *server = test_server_start (tls, NULL);

  test_server_run (server, rude_clients);
  test_server_stop (server);
}

static void
test_plain (void)
{
  run (FALSE);
}

static void
test_tls (void)
{
  run (TRUE);
}

int
main (int argc, char **argv)
{
  const char *n = g_getenv ("TRIAS_RUDE");

  g_test_init (&argc, &argv, NULL);
  if (n != NULL)
    n_rude = (guint) strtoul (n, NULL, 10);

  g_test_add_func ("/http/rude/plain", test_plain);
  g_test_add_func ("/http/rude/tls", test_tls);

  return g_test_run ();
}
