/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* TLS: the client's key, versions, resumption, and how many records an answer takes. */

#include "http-client.h"
#include "http-server.h"

#include <gnutls/gnutls.h>
#include <string.h>
#include <sys/socket.h>

static void
assert_key (HttpClient *client, const char *key)
{
  for (int i = 0; i < 3; i++)
    {
      g_autoptr (HttpAnswer) answer = http_client_get (client, "/who");
      g_auto (GStrv) lines = g_strsplit (answer->body->str, "\n", -1);

      g_assert_cmpuint (answer->status, ==, 200);
      g_assert_cmpstr (lines[6], ==, key);
    }
}

static void
key_clients (TestServer *server)
{
  g_autoptr (TriasIdentity) one = trias_identity_generate ("one", NULL);
  g_autoptr (TriasIdentity) two = trias_identity_generate ("two", NULL);
  g_autoptr (HttpClient) first = http_client_open (server->port, TRUE, one);
  g_autoptr (HttpClient) second = http_client_open (server->port, TRUE, two);
  g_autoptr (HttpClient) nobody = http_client_open (server->port, TRUE, NULL);

  assert_key (first, trias_identity_get_id (one));
  assert_key (nobody, "-");
  assert_key (second, trias_identity_get_id (two));
  assert_key (first, trias_identity_get_id (one));
}

static void
run (TestClientFunc clients, const TriasHttpLimits *limits)
{
  TestServer *server = test_server_start (TRUE, limits);

  test_server_run (server, clients);
  test_server_stop (server);
}

static void
test_key (void)
{
  run (key_clients, NULL);
}

static void
server_key_clients (TestServer *server)
{
  g_autoptr (HttpClient) client = http_client_open (server->port, TRUE, NULL);
  unsigned int n = 0;
  const gnutls_datum_t *chain = gnutls_certificate_get_peers (http_client_session (client), &n);
  g_autofree char *id = NULL;

  g_assert_cmpuint (n, ==, 1);
  id = trias_id_from_certificate_der (chain[0].data, chain[0].size);
  g_assert_cmpstr (id, ==, trias_identity_get_id (server->identity));
}

static void
test_server_key (void)
{
  run (server_key_clients, NULL);
}

static void
version_clients (TestServer *server)
{
  g_autoptr (TriasIdentity) identity = trias_identity_generate ("old", NULL);
  HttpClient *client = http_client_connect (server->port, NULL);

  g_assert_true (http_client_start_tls (client, identity, "NORMAL:-VERS-ALL:+VERS-TLS1.2"));
  assert_key (client, trias_identity_get_id (identity));
  http_client_close (client);

  client = http_client_connect (server->port, NULL);
  g_assert_true (http_client_start_tls (client, identity, "NORMAL:-VERS-ALL:+VERS-TLS1.3"));
  assert_key (client, trias_identity_get_id (identity));
  http_client_close (client);

  client = http_client_connect (server->port, NULL);
  g_assert_false (http_client_start_tls (client, identity, "NORMAL:-VERS-ALL:+VERS-TLS1.1"));
  http_client_reset (client);
}

static void
test_versions (void)
{
  run (version_clients, NULL);
}

static void
resumption_clients (TestServer *server)
{
  g_autoptr (TriasIdentity) identity = trias_identity_generate ("again", NULL);
  g_autoptr (HttpClient) first = http_client_open (server->port, TRUE, identity);
  g_autoptr (HttpClient) second = http_client_connect (server->port, NULL);
  gnutls_datum_t ticket = { NULL, 0 };

  assert_key (first, trias_identity_get_id (identity));
  g_assert_cmpint (gnutls_session_get_data2 (http_client_session (first), &ticket), ==, 0);
  g_assert_true (http_client_resume_tls (second, ticket.data, ticket.size));
  gnutls_free (ticket.data);
  g_assert_true (gnutls_session_is_resumed (http_client_session (second)));
  assert_key (second, trias_identity_get_id (identity));
}

static void
test_resumption (void)
{
  run (resumption_clients, NULL);
}

/* Counts the application records in the bytes on the wire. */
static guint
count_records (int fd)
{
  guint8 data[65536];
  gssize n = recv (fd, data, sizeof data, MSG_PEEK);
  guint records = 0;

  for (gssize i = 0; i + 5 <= n; i += 5 + (data[i + 3] << 8 | data[i + 4]))
    records++;
  return records;
}

static void
record_clients (TestServer *server)
{
  g_autoptr (HttpClient) client = http_client_open (server->port, TRUE, NULL);
  static const char *const paths[] = { "/echo", "/late" };

  for (guint i = 0; i < 2; i++)
    {
      /* Takes in the tickets too. */
      g_autoptr (HttpAnswer) before = http_client_get (client, "/echo");
      g_autoptr (HttpAnswer) answer = NULL;
      g_autofree char *body = g_strnfill (8000, 'x');

      http_client_send (client, "POST %s HTTP/1.1\r\nHost: t\r\nContent-Length: 8000\r\n\r\n%s",
                        paths[i], body);
      g_assert_cmpuint (count_records (http_client_fd (client)), ==, 1);
      answer = http_client_read (client);
      g_assert_cmpuint (answer->body->len, ==, 8000);
    }
}

static void
test_records (void)
{
  run (record_clients, NULL);
}

/* Asks on and on and reads nothing: cut, and nobody else notices. */
static void
greedy_clients (TestServer *server)
{
  g_autoptr (HttpClient) greedy = http_client_open (server->port, TRUE, NULL);
  g_autoptr (HttpClient) other = http_client_open (server->port, TRUE, NULL);
  g_autofree char *body = g_strnfill (8000, 'x');
  g_autoptr (HttpAnswer) answer = NULL;

  while (http_client_send (greedy,
                           "POST /echo HTTP/1.1\r\nHost: t\r\n"
                           "Content-Length: 8000\r\n\r\n%s",
                           body))
    g_assert_cmpuint (test_server_stats (server).requests, <, 100000);
  test_server_await_connections (server, 1);
  answer = http_client_get (other, "/echo");
  g_assert_cmpuint (answer->status, ==, 200);
}

static void
test_greedy (void)
{
  run (greedy_clients, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/http/tls/key", test_key);
  g_test_add_func ("/http/tls/server-key", test_server_key);
  g_test_add_func ("/http/tls/versions", test_versions);
  g_test_add_func ("/http/tls/resumption", test_resumption);
  g_test_add_func ("/http/tls/records", test_records);
  g_test_add_func ("/http/tls/greedy", test_greedy);

  return g_test_run ();
}
