/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What the interface does with what the relationship part says: who serves whom, answers that come
 * late or after the end, and the signed member list. */

#include "api-client.h"
#include "fake-peer.h"

#include "http-client.h"

#define ID_1 "lease-0000000000001"
#define REQUEST "{\"id\":\"" ID_1 "\",\"feature\":\"cad\"}"

static void
set_route (ApiServer *server, gpointer data)
{
  fake_peer.route = (TriasRoute) GPOINTER_TO_INT (data);
  fake_peer.location = "https://127.0.0.2:7643";
}

static void
go (ApiServer *server, TriasRoute route)
{
  api_server_call (server, set_route, GINT_TO_POINTER ((int) route));
}

static void
redirect_clients (ApiServer *server)
{
  g_autoptr (ApiAnswer) post = NULL;
  g_autoptr (ApiAnswer) put = NULL;
  g_autoptr (ApiAnswer) health = NULL;

  go (server, TRIAS_ROUTE_REDIRECT);
  post = api_client (server, server->client, "POST", "/leases", REQUEST);
  api_assert_status (post, 307);
  g_assert_nonnull (strstr (post->head, "Location: https://127.0.0.2:7643/api/v1/leases\r\n"));
  g_assert_cmpstr (api_string (post, "reason"), ==, "not-active");
  g_assert_cmpint (api_int (post, "status"), ==, 307);
  g_assert_cmpstr (fake_peer.asked, ==, "cad " ID_1 " -");
  put = api_request (server, server->client, "Trias-Cannot-Reach: abc\r\n", "PUT", "/leases/" ID_1,
                     "{}", 2);
  api_assert_status (put, 307);
  g_assert_nonnull (
      strstr (put->head, "Location: https://127.0.0.2:7643/api/v1/leases/" ID_1 "\r\n"));
  g_assert_cmpstr (fake_peer.asked, ==, "- " ID_1 " abc");
  health = api_client (server, NULL, "GET", "/health", NULL);
  g_assert_false (api_bool (health, "serving"));
  g_assert_cmpstr (api_string (health, "status"), ==, "ok");
  g_assert_cmpstr (api_string (health, "reason"), ==, "not-active");
}

static void
test_redirect (void)
{
  api_server_try (redirect_clients);
  fake_peer_clear ();
}

static void
wait_clients (ApiServer *server)
{
  g_autoptr (ApiAnswer) answer = NULL;

  go (server, TRIAS_ROUTE_WAIT);
  answer = api_client (server, server->client, "POST", "/leases", REQUEST);
  api_assert_status (answer, 503);
  g_assert_cmpstr (api_string (answer, "reason"), ==, "not-active");
  g_assert_nonnull (strstr (answer->head, "Retry-After: 1\r\n"));
}

static void
test_wait (void)
{
  api_server_try (wait_clients);
  fake_peer_clear ();
}

/* --- waiting for an election --- */

static void
forget_asked (ApiServer *server, gpointer data)
{
  g_clear_pointer (&fake_peer.asked, g_free);
}

static void
was_asked (ApiServer *server, gpointer data)
{
  *(gboolean *) data = fake_peer.asked != NULL;
}

static void
decide (ApiServer *server, gpointer data)
{
  set_route (server, data);
  fake_peer.routed (fake_peer.routed_data);
}

/* Asks, and is kept waiting. */
static HttpClient *
ask_while_electing (ApiServer *server, const char *method, const char *path, const char *body)
{
  HttpClient *client = http_client_open (server->port, TRUE, server->client);
  gboolean asked = FALSE;

  api_server_call (server, forget_asked, NULL);
  go (server, TRIAS_ROUTE_ELECTION);
  http_client_send (
      client, "%s /api/v1%s HTTP/1.1\r\nHost: t\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
      method, path, strlen (body), body);
  while (!asked)
    api_server_call (server, was_asked, &asked);
  return client;
}

static void
assert_answer (HttpClient *client, guint status, const char *text)
{
  g_autoptr (HttpAnswer) answer = http_client_read (client);

  g_assert_cmpuint (answer->status, ==, status);
  g_assert_true (strstr (answer->head, text) != NULL || strstr (answer->body->str, text) != NULL);
}

static void
election_clients (ApiServer *server)
{
  const struct
  {
    const char *method, *path, *body;
    guint status;
  } requests[] = { { "POST", "/leases", REQUEST, 201 },
                   { "PUT", "/leases/" ID_1, "{}", 200 },
                   { "DELETE", "/leases/" ID_1, "", 204 } };
  gint64 began;

  api_install (server, "lic-1", "cad:2");
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      g_autoptr (HttpClient) client
          = ask_while_electing (server, requests[i].method, requests[i].path, requests[i].body);

      began = g_get_monotonic_time ();
      /* In vain: nobody serves yet. */
      api_server_call (server, decide, GINT_TO_POINTER (TRIAS_ROUTE_ELECTION));
      api_server_call (server, decide, GINT_TO_POINTER (TRIAS_ROUTE_SERVE));
      assert_answer (client, requests[i].status, "");
      g_assert_cmpint (g_get_monotonic_time () - began, <, 900000);
    }
  {
    g_autoptr (HttpClient) client = ask_while_electing (server, "PUT", "/leases/" ID_1, "{}");

    api_server_call (server, decide, GINT_TO_POINTER (TRIAS_ROUTE_REDIRECT));
    assert_answer (client, 307, "Location: https://127.0.0.2:7643/api/v1/leases/" ID_1 "\r\n");
  }
  {
    g_autoptr (HttpClient) client = ask_while_electing (server, "PUT", "/leases/" ID_1, "{}");

    assert_answer (client, 503, "Retry-After: 1\r\n");
  }
  /* Who has gone meanwhile harms nobody, nor does the end of the server. */
  http_client_reset (ask_while_electing (server, "PUT", "/leases/" ID_1, "{}"));
  api_server_call (server, decide, GINT_TO_POINTER (TRIAS_ROUTE_SERVE));
  http_client_close (ask_while_electing (server, "PUT", "/leases/" ID_1, "{}"));
}

static void
test_election (void)
{
  api_server_try (election_clients);
  fake_peer_clear ();
}

/* --- resuming --- */

static void
give_lease (ApiServer *server, gpointer data)
{
  const char *text = "{\"id\":\"" ID_1 "\",\"key\":\"%s\",\"feature\":\"cad\","
                     "\"product\":\"suite\",\"count\":2,"
                     "\"holder\":{\"user\":\"eve\",\"host\":\"pc\",\"device\":\"\"},"
                     "\"ttl_s\":60,\"generation\":7,\"granted_at\":1,\"renewed_at\":1}";
  g_auto (GStrv) parts = g_strsplit (text, "%s", 2);
  g_autofree char *json
      = g_strjoin (trias_identity_get_id (server->client), parts[0], parts[1], NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasJson) object = trias_json_parse (json, strlen (json), 4096, &error);

  g_assert_no_error (error);
  trias_lease_free (fake_peer.lease);
  fake_peer.lease = trias_lease_read (object, &error);
  g_assert_no_error (error);
}

static void
resume_clients (ApiServer *server)
{
  g_autoptr (ApiAnswer) resumed = NULL;

  api_install (server, "lic-1", "cad:2");
  go (server, TRIAS_ROUTE_RESUME);
  api_expect (api_client (server, server->client, "PUT", "/leases/" ID_1, "{}"), 410, "gone");
  api_server_call (server, give_lease, NULL);
  resumed = api_client (server, server->client, "PUT", "/leases/" ID_1, "{}");
  api_assert_status (resumed, 200);
  g_assert_cmpint (api_int (resumed, "count"), ==, 2);
  g_assert_cmpstr (api_string (resumed, "holder.user"), ==, "eve");
  g_assert_cmpstr (api_string (resumed, "server"), ==, trias_identity_get_id (server->identity));
  g_assert_cmpstr (fake_peer.moved, ==, ID_1);
  go (server, TRIAS_ROUTE_SERVE);
  api_expect (api_client (server, server->client, "PUT", "/leases/" ID_1, "{}"), 200, NULL);
  api_expect (api_client (server, server->client, "DELETE", "/leases/" ID_1, NULL), 204, NULL);
}

static void
uncovered_clients (ApiServer *server)
{
  go (server, TRIAS_ROUTE_RESUME);
  api_server_call (server, give_lease, NULL);
  api_expect (api_client (server, server->client, "PUT", "/leases/" ID_1, "{}"), 404,
              "unknown-feature");
  api_expect (api_client (server, server->client, "DELETE", "/leases/" ID_1, NULL), 204, NULL);
  g_assert_cmpstr (fake_peer.given_up, ==, ID_1);
}

static void
test_resume (void)
{
  api_server_try (resume_clients);
  fake_peer_clear ();
  api_server_try (uncovered_clients);
  fake_peer_clear ();
}

static void
elsewhere_clients (ApiServer *server)
{
  g_autofree char *text = api_license (server, "lic-7", 1, "cad:2");
  g_autofree char *body = api_license_body (text);

  fake_peer.license_id = "lic-7";
  api_expect (api_admin (server, "POST", "/licenses", body), 409, "license-elsewhere");
  api_install (server, "lic-8", "cad:2");
}

static void
test_elsewhere (void)
{
  api_server_try (elsewhere_clients);
  fake_peer_clear ();
}

/* --- the member list --- */

static void
relate (ApiServer *server, gpointer data)
{
  const char *first[] = { "127.0.0.1:7643", NULL };
  const char *second[] = { "127.0.0.2:7643", NULL };
  TriasRelationship *pair = trias_relationship_new ("pair-1", "Pair", TRIAS_KIND_BACKUP);

  pair->incarnation = GPOINTER_TO_UINT (data);
  g_ptr_array_add (pair->members,
                   trias_member_new (trias_identity_get_id (server->identity), "a", first));
  g_ptr_array_add (pair->members,
                   trias_member_new (trias_identity_get_id (server->stranger), "b", second));
  trias_relationship_free (fake_peer.relationship);
  fake_peer.relationship = pair;
}

static void
check_signature (ApiServer *server, const char *epoch, const char *line)
{
  g_autoptr (ApiAnswer) answer = api_client (server, NULL, "GET", "/server", NULL);
  const char *text = api_string (answer, "signed_members.text");
  const char *key = api_string (answer, "signed_members.signatures.0.public_key");
  g_autofree char *id = trias_id_from_public_key (key);

  g_assert_cmpstr (api_string (answer, "epoch"), ==, epoch);
  g_assert_cmpstr (api_string (answer, "role"), ==, "main");
  g_assert_cmpint (api_length (answer, "relationship.members"), ==, 2);
  g_assert_cmpstr (id, ==, trias_identity_get_id (server->identity));
  g_assert_nonnull (strstr (text, line));
  g_assert_true (trias_identity_verify (
      key, text, strlen (text), api_string (answer, "signed_members.signatures.0.signature")));
}

static void
members_clients (ApiServer *server)
{
  api_server_call (server, relate, GUINT_TO_POINTER (1));
  check_signature (server, "pair-1/1", trias_identity_get_id (server->stranger));
  check_signature (server, "pair-1/1", trias_identity_get_id (server->stranger));
  api_server_call (server, relate, GUINT_TO_POINTER (2));
  check_signature (server, "pair-1/2", trias_identity_get_id (server->stranger));
}

static void
test_members (void)
{
  api_server_try (members_clients);
  fake_peer_clear ();
}

/* --- answers that come late --- */

static void
is_waiting (ApiServer *server, gpointer data)
{
  *(gboolean *) data = fake_peer.done != NULL;
}

static void
finish (ApiServer *server, gpointer data)
{
  fake_peer_finish (data);
}

static HttpClient *
ask_and_leave_open (ApiServer *server)
{
  HttpClient *client;
  gboolean waiting = FALSE;

  if (server->token == NULL)
    api_sign_in (server);
  client = http_client_open (server->port, TRUE, NULL);
  http_client_send (client,
                    "POST /api/v1/relationship/sync HTTP/1.1\r\nHost: t\r\n"
                    "Authorization: Bearer %s\r\nContent-Length: 0\r\n\r\n",
                    server->token);
  while (!waiting)
    api_server_call (server, is_waiting, &waiting);
  return client;
}

static void
late_clients (ApiServer *server)
{
  g_autoptr (TriasProblem) problem = trias_problem_new (TRIAS_REASON_UNREACHABLE, "No answer.");

  api_server_call (server, relate, GUINT_TO_POINTER (1));
  {
    g_autoptr (HttpClient) client = ask_and_leave_open (server);
    g_autoptr (HttpAnswer) answer = NULL;

    api_server_call (server, finish, NULL);
    answer = http_client_read (client);
    g_assert_cmpuint (answer->status, ==, 200);
  }
  {
    g_autoptr (HttpClient) client = ask_and_leave_open (server);
    g_autoptr (HttpAnswer) answer = NULL;

    api_server_call (server, finish, problem);
    answer = http_client_read (client);
    g_assert_cmpuint (answer->status, ==, 502);
  }
  /* The client has gone before the answer. */
  http_client_reset (ask_and_leave_open (server));
  api_server_call (server, finish, NULL);
}

static void
test_late (void)
{
  api_server_try (late_clients);
  fake_peer_clear ();
}

static void
never_answered_clients (ApiServer *server)
{
  api_server_call (server, relate, GUINT_TO_POINTER (1));
  http_client_close (ask_and_leave_open (server));
}

/* The server has stopped and is gone when the answer comes. */
static void
test_too_late (void)
{
  api_server_try (never_answered_clients);
  g_assert_nonnull (fake_peer.done);
  fake_peer_finish (NULL);
  fake_peer_clear ();
}

static void
tell_changed (ApiServer *server, gpointer data)
{
  fake_peer.changed (fake_peer.changed_data);
}

static void
changed_clients (ApiServer *server)
{
  g_autoptr (HttpClient) reader = NULL;

  api_sign_in (server);
  reader = http_client_open (server->port, TRUE, NULL);
  http_client_send (reader,
                    "GET /api/v1/events HTTP/1.1\r\nHost: t\r\nAccept: text/event-stream\r\n"
                    "Authorization: Bearer %s\r\n\r\n",
                    server->token);
  g_assert_true (http_client_await (reader, "event: hello"));
  api_server_call (server, tell_changed, NULL);
  g_assert_true (http_client_await (reader, "{\"what\":\"relationship\"}"));
}

static void
test_changed (void)
{
  api_server_try (changed_clients);
  fake_peer_clear ();
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/api/routing/redirect", test_redirect);
  g_test_add_func ("/api/routing/wait", test_wait);
  g_test_add_func ("/api/routing/election", test_election);
  g_test_add_func ("/api/routing/resume", test_resume);
  g_test_add_func ("/api/routing/license-elsewhere", test_elsewhere);
  g_test_add_func ("/api/routing/signed-members", test_members);
  g_test_add_func ("/api/routing/late-answer", test_late);
  g_test_add_func ("/api/routing/answer-after-the-end", test_too_late);
  g_test_add_func ("/api/routing/changed", test_changed);
  return g_test_run ();
}
