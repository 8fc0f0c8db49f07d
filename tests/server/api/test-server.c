/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What a server tells about itself, and its history: kept and live. */

#include "api-client.h"

#include "http-client.h"

static void
server_clients (ApiServer *server)
{
  g_autoptr (ApiAnswer) health = api_client (server, NULL, "GET", "/health", NULL);
  g_autoptr (ApiAnswer) before = api_client (server, NULL, "GET", "/server", NULL);
  g_autoptr (ApiAnswer) metrics = NULL;

  api_assert_status (health, 200);
  g_assert_cmpstr (api_string (health, "status"), ==, "ok");
  g_assert_true (api_bool (health, "serving"));
  g_assert_cmpstr (api_string (health, "reason"), ==, "none");
  api_assert_status (before, 200);
  g_assert_cmpstr (api_string (before, "id"), ==, trias_identity_get_id (server->identity));
  g_assert_cmpstr (api_string (before, "name"), ==, "first");
  g_assert_cmpstr (api_string (before, "role"), ==, "single");
  g_assert_true (api_bool (before, "active"));
  g_assert_false (api_bool (before, "test_issuer"));
  g_assert_cmpint (api_length (before, "addresses"), ==, 1);
  {
    g_autofree char *id = trias_id_from_public_key (api_string (before, "public_key"));

    g_assert_cmpstr (id, ==, api_string (before, "id"));
  }
  api_expect (api_client (server, NULL, "PATCH", "/server", "{\"name\":\"x\"}"), 401,
              "unauthenticated");
  api_expect (api_admin (server, "PATCH", "/server", "{\"name\":\"Werk Süd\"}"), 200, NULL);
  api_install (server, "lic-1", "cad:3");
  metrics = api_client (server, NULL, "GET", "/metrics", NULL);
  api_assert_status (metrics, 200);
  g_assert_nonnull (
      strstr (metrics->text, "\ntrias_pool_seats{product=\"suite\",feature=\"cad\"} 3\n"));
  g_assert_nonnull (strstr (metrics->text, "\ntrias_storage_ok 1\n"));
}

static void
renamed_clients (ApiServer *server)
{
  g_autoptr (ApiAnswer) answer = api_client (server, NULL, "GET", "/server", NULL);

  g_assert_cmpstr (api_string (answer, "name"), ==, "Werk Süd");
  g_assert_true (api_bool (answer, "test_issuer"));
}

static void
test_server (void)
{
  ApiServer *server = api_server_start (NULL);

  api_server_run (server, server_clients);
  server = api_server_restart (server);
  api_server_run (server, renamed_clients);
  api_server_stop (server);
}

static void
settings_clients (ApiServer *server)
{
  g_autoptr (ApiAnswer) before = api_admin (server, "GET", "/settings", NULL);
  g_autoptr (ApiAnswer) after
      = api_admin (server, "PATCH", "/settings", "{\"default_ttl_s\":30,\"contact\":\"desk 7\"}");
  g_autoptr (ApiAnswer) lease = NULL;

  g_assert_cmpint (api_int (before, "default_ttl_s"), ==, 120);
  api_assert_status (after, 200);
  g_assert_cmpint (api_int (after, "default_ttl_s"), ==, 30);
  g_assert_cmpint (api_int (after, "history_days"), ==, api_int (before, "history_days"));
  api_install (server, "lic-1", "cad:3");
  lease = api_client (server, server->client, "POST", "/leases",
                      "{\"id\":\"lease-0000000000001\",\"feature\":\"cad\"}");
  g_assert_cmpint (api_int (lease, "ttl_s"), ==, 30);
  g_assert_cmpstr (api_string (lease, "contact"), ==, "desk 7");
}

static void
test_settings (void)
{
  api_server_try (settings_clients);
}

static void
relationship_clients (ApiServer *server)
{
  g_autoptr (ApiAnswer) brief = api_client (server, NULL, "GET", "/relationship", NULL);
  g_autoptr (ApiAnswer) full = api_admin (server, "GET", "/relationship", NULL);
  g_autofree char *self = g_strdup_printf ("{\"coordinator\":\"%s\",\"kind\":\"backup\"}",
                                           trias_identity_get_id (server->identity));
  g_autofree char *other = g_strdup_printf ("{\"coordinator\":\"%s\",\"kind\":\"backup\"}",
                                            trias_identity_get_id (server->stranger));
  g_autoptr (ApiAnswer) invitation = NULL;

  api_assert_status (brief, 200);
  api_assert_status (full, 200);
  g_assert_nonnull (strstr (brief->text, "\"relationship\":null"));
  g_assert_nonnull (strstr (full->text, "\"relationship\":null"));
  api_expect (api_admin (server, "PATCH", "/relationship", "{\"name\":\"x\"}"), 404, "not-related");
  api_expect (api_admin (server, "DELETE", "/relationship", NULL), 404, "not-related");
  api_expect (api_admin (server, "POST", "/relationship/sync", "{}"), 404, "not-related");
  api_expect (api_admin (server, "POST", "/relationship/conflict", "{\"take\":\"main\"}"), 404,
              "not-related");
  api_expect (api_admin (server, "POST", "/relationship/invitation", self), 400, "bad-request");
  invitation = api_admin (server, "POST", "/relationship/invitation", other);
  api_assert_status (invitation, 201);
  g_assert_cmpuint (strlen (api_string (invitation, "code")), >, 8);
  g_assert_cmpint (api_int (invitation, "expires_at"), >, g_get_real_time () / 1000);
}

static void
test_relationship (void)
{
  api_server_try (relationship_clients);
}

/* --- history --- */

static ApiAnswer *
await_events (ApiServer *server, const char *path, int n)
{
  gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  for (;;)
    {
      ApiAnswer *answer = api_admin (server, "GET", path, NULL);

      api_assert_status (answer, 200);
      if (api_length (answer, "events") >= n)
        return answer;
      api_answer_free (answer);
      g_assert_cmpint (g_get_monotonic_time (), <, end);
    }
}

static void
history_clients (ApiServer *server)
{
  g_autoptr (ApiAnswer) all = NULL;
  g_autoptr (ApiAnswer) older = NULL;
  g_autofree char *path = NULL;
  gint64 seq;

  api_expect (api_admin (server, "PATCH", "/server", "{\"name\":\"a\"}"), 200, NULL);
  api_expect (api_admin (server, "PATCH", "/server", "{\"name\":\"b\"}"), 200, NULL);
  all = await_events (server, "/events", 4);
  g_assert_cmpstr (api_string (all, "server"), ==, trias_identity_get_id (server->identity));
  g_assert_cmpstr (api_string (all, "events.0.kind"), ==, "server-renamed");
  g_assert_cmpstr (api_string (all, "events.0.actor"), ==, API_ADMIN);
  g_assert_cmpstr (api_string (all, "events.0.params.name"), ==, "b");
  seq = api_int (all, "events.0.seq");
  g_assert_cmpint (api_int (all, "events.1.seq"), ==, seq - 1);
  path = g_strdup_printf ("/events?before=%" G_GINT64_FORMAT "&limit=1", seq);
  older = await_events (server, path, 1);
  g_assert_cmpint (api_length (older, "events"), ==, 1);
  g_assert_cmpint (api_int (older, "events.0.seq"), ==, seq - 1);
}

static void
test_history (void)
{
  api_server_try (history_clients);
}

/* --- live --- */

static HttpClient *
subscribe (ApiServer *server, const char *more)
{
  HttpClient *client = http_client_open (server->port, TRUE, NULL);

  http_client_send (client,
                    "GET /api/v1/events HTTP/1.1\r\nHost: t\r\nAccept: text/event-stream\r\n"
                    "Authorization: Bearer %s\r\n%s\r\n",
                    server->token, more);
  return client;
}

static void
stream_clients (ApiServer *server)
{
  g_autoptr (HttpClient) reader = NULL;
  g_autofree char *hello = g_strdup_printf ("event: hello\ndata: {\"server\":\"%s\",\"time\":",
                                            trias_identity_get_id (server->identity));

  api_sign_in (server);
  reader = subscribe (server, "");
  g_assert_true (http_client_await (reader, "Content-Type: text/event-stream"));
  g_assert_true (http_client_await (reader, hello));
  api_expect (api_admin (server, "PATCH", "/server", "{\"name\":\"a\"}"), 200, NULL);
  g_assert_true (http_client_await (reader, "event: event\ndata: {\"seq\":"));
  g_assert_true (http_client_await (reader, "\"server-renamed\""));
  api_install (server, "lic-1", "cad:3");
  g_assert_true (http_client_await (reader, "event: changed\ndata: {\"what\":\"licenses\"}"));
  api_expect (api_client (server, server->client, "POST", "/leases",
                          "{\"id\":\"lease-0000000000001\",\"feature\":\"cad\"}"),
              201, NULL);
  g_assert_true (http_client_await (reader, "event: changed\ndata: {\"what\":\"leases\"}"));
  api_expect (api_client (server, server->client, "POST", "/leases",
                          "{\"id\":\"lease-0000000000002\",\"feature\":\"none\"}"),
              404, NULL);
  g_assert_true (http_client_await (reader, "event: changed\ndata: {\"what\":\"denials\"}"));
  /* Who signs out reads no further. */
  api_expect (api_admin (server, "DELETE", "/session", NULL), 204, NULL);
  g_assert_true (http_client_await (reader, "\r\n0\r\n\r\n"));
}

static void
test_stream (void)
{
  api_server_try (stream_clients);
}

static void
resume_clients (ApiServer *server)
{
  g_autoptr (ApiAnswer) all = NULL;
  g_autofree char *last = NULL;
  g_autoptr (HttpClient) reader = NULL;
  gint64 seq;

  api_expect (api_admin (server, "PATCH", "/server", "{\"name\":\"a\"}"), 200, NULL);
  all = await_events (server, "/events", 3);
  seq = api_int (all, "events.0.seq");
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *body = g_strdup_printf ("{\"name\":\"n%u\"}", i);

      api_expect (api_admin (server, "PATCH", "/server", body), 200, NULL);
    }
  last = g_strdup_printf ("Last-Event-ID: %" G_GINT64_FORMAT "\r\n", seq);
  reader = subscribe (server, last);
  for (guint i = 1; i <= 5; i++)
    {
      g_autofree char *text = g_strdup_printf ("id: %" G_GINT64_FORMAT "\nevent: event\n", seq + i);

      g_assert_true (http_client_await (reader, text));
    }
  /* And it goes on live, each once. */
  api_expect (api_admin (server, "PATCH", "/server", "{\"name\":\"live\"}"), 200, NULL);
  {
    g_autofree char *text = g_strdup_printf ("id: %" G_GINT64_FORMAT "\nevent: event\n", seq + 6);

    g_assert_true (http_client_await (reader, text));
  }
}

static void
bad_resume_clients (ApiServer *server)
{
  g_autoptr (HttpClient) reader = NULL;
  g_autoptr (HttpAnswer) answer = NULL;

  api_sign_in (server);
  reader = subscribe (server, "Last-Event-ID: yesterday\r\n");
  answer = http_client_read (reader);
  g_assert_cmpuint (answer->status, ==, 400);
}

static void
test_resume (void)
{
  api_server_try (resume_clients);
  api_server_try (bad_resume_clients);
}

static void
get_streams (ApiServer *server, gpointer data)
{
  TriasHttpStats stats;

  trias_http_get_stats (server->http, &stats);
  *(guint *) data = stats.streams;
}

static guint
count (const char *text, const char *what)
{
  guint n = 0;

  for (const char *at = strstr (text, what); at != NULL; at = strstr (at + 1, what))
    n++;
  return n;
}

/* A flood of changes: each list is named at most once in 100 ms, every event is told. */
static void
coalesce_clients (ApiServer *server)
{
  g_autoptr (HttpClient) reader = NULL;
  gint64 start, took;
  guint streams = 0, told = 0;

  api_install (server, "lic-1", "cad:100");
  reader = subscribe (server, "");
  while (streams == 0)
    api_server_call (server, get_streams, &streams);
  start = g_get_monotonic_time ();
  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *body = g_strdup_printf ("{\"id\":\"lease-%013u\",\"feature\":\"cad\"}", i);

      api_expect (api_client (server, server->client, "POST", "/leases", body), 201, NULL);
    }
  for (guint i = 0; i < 60; i++)
    {
      g_autofree char *before = http_client_read_until (reader, "\"lease-granted\"");

      g_assert_nonnull (before);
      told += count (before, "\"what\":\"leases\"");
    }
  took = (g_get_monotonic_time () - start) / 1000;
  g_test_message ("60 grants in %d ms, told %u times", (int) took, told);
  g_assert_cmpuint (told, >=, 1);
  g_assert_cmpuint (told, <=, took / 100 + 2);
}

static void
test_coalesce (void)
{
  api_server_try (coalesce_clients);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/api/server/self", test_server);
  g_test_add_func ("/api/server/settings", test_settings);
  g_test_add_func ("/api/server/relationship", test_relationship);
  g_test_add_func ("/api/events/history", test_history);
  g_test_add_func ("/api/events/stream", test_stream);
  g_test_add_func ("/api/events/resume", test_resume);
  g_test_add_func ("/api/events/coalesce", test_coalesce);
  return g_test_run ();
}
