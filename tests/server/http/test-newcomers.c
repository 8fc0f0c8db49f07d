/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "http-client.h"
#include "http-server.h"

/* Many clients at once must not keep the loop, which a triad's engine shares, from its other work:
 * the server's loop is turned by hand here, and what one turn takes on is counted. */

#define N_CLIENTS 100
/* Eight are handed on in a turn, and the HTTP library may take up those of two. */
#define AT_MOST 16

static void
turn (void)
{
  g_main_context_iteration (NULL, TRUE);
}

static guint
count_connections (TestServer *server)
{
  TriasHttpStats stats;

  trias_http_get_stats (server->http, &stats);
  return stats.connections;
}

static void
connect_all (TestServer *server, HttpClient **clients)
{
  for (guint i = 0; i < N_CLIENTS; i++)
    clients[i] = http_client_connect (server->port, NULL);
}

static void
close_all (HttpClient **clients)
{
  for (guint i = 0; i < N_CLIENTS; i++)
    http_client_close (clients[i]);
}

static void
test_turns (void)
{
  TestServer *server = test_server_start (FALSE, NULL);
  HttpClient *clients[N_CLIENTS];
  guint before = 0, most = 0;

  connect_all (server, clients);
  for (guint i = 0; i < N_CLIENTS; i++)
    http_client_send (clients[i], "GET /hold HTTP/1.1\r\nHost: t\r\n\r\n");
  while (server->held->len < N_CLIENTS)
    {
      turn ();
      most = MAX (most, server->held->len - before);
      before = server->held->len;
    }
  g_assert_cmpuint (most, >, 0);
  g_assert_cmpuint (most, <=, AT_MOST);
  close_all (clients);
  test_server_stop (server);
}

/* Who says nothing takes no part of the turns, whoever came first. */
static void
test_silent (void)
{
  TestServer *server = test_server_start (FALSE, NULL);
  HttpClient *clients[N_CLIENTS];

  connect_all (server, clients);
  while (count_connections (server) < N_CLIENTS)
    turn ();
  http_client_send (clients[N_CLIENTS - 1], "GET /hold HTTP/1.1\r\nHost: t\r\n\r\n");
  while (server->held->len < 1)
    turn ();
  g_assert_cmpuint (count_connections (server), ==, N_CLIENTS);
  close_all (clients);
  test_server_stop (server);
}

/* Whoever goes before a word, in order or with a reset, leaves nothing behind. */
static void
test_gone (void)
{
  TestServer *server = test_server_start (FALSE, NULL);
  guint descriptors = test_count_descriptors ();
  HttpClient *clients[N_CLIENTS];

  connect_all (server, clients);
  while (count_connections (server) < N_CLIENTS)
    turn ();
  for (guint i = 0; i < N_CLIENTS; i++)
    if (i % 2 == 0)
      http_client_close (clients[i]);
    else
      http_client_reset (clients[i]);
  while (count_connections (server) > 0)
    turn ();
  g_assert_cmpuint (test_count_descriptors (), ==, descriptors);
  test_server_stop (server);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/http/newcomers/turns", test_turns);
  g_test_add_func ("/http/newcomers/silent", test_silent);
  g_test_add_func ("/http/newcomers/gone", test_gone);
  return g_test_run ();
}
