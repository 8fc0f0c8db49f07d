/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "client/trias-rest.h"
#include "fake-server.h"

#include <string.h>

static TriasAnswer *
ask (TriasRest *rest, const char *method, const char *path, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  trias_rest_send_async (rest, method, path, NULL, NULL, NULL, fake_result_cb, &result);
  return trias_rest_send_finish (rest, fake_wait_result (&result), error);
}

static TriasRest *
rest_for (FakeServer *server)
{
  return trias_rest_new (fake_server_uri (server), fake_server_id (server), NULL);
}

static const char *
param (const GError *error, const char *name)
{
  static char value[256];
  g_autoptr (TriasProblem) problem = trias_problem_from_error (error);
  const char *found = problem->params != NULL ? g_hash_table_lookup (problem->params, name) : NULL;

  g_strlcpy (value, found != NULL ? found : "", sizeof value);
  return value;
}

static void
test_answer (void)
{
  g_autoptr (FakeServer) server = fake_server_new ();
  g_autoptr (TriasRest) rest = rest_for (server);

  fake_server_say (server, "GET", "/health", 200, "{\"status\":\"ok\"}");
  /* The second one uses the kept connection and must see the same key. */
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GError) error = NULL;
      gint64 before = g_get_monotonic_time ();
      g_autoptr (TriasAnswer) answer = ask (rest, "GET", "/health", &error);

      g_assert_no_error (error);
      g_assert_cmpuint (answer->status, ==, 200);
      g_assert_nonnull (answer->json);
      g_assert_cmpstr (answer->server_id, ==, fake_server_id (server));
      g_assert_cmpint (answer->sent_at, >=, before - 1000);
    }
}

static void
test_unknown_key (void)
{
  g_autoptr (FakeServer) server = fake_server_new ();
  g_autoptr (TriasRest) rest = trias_rest_new (fake_server_uri (server), NULL, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) again = NULL;
  g_autoptr (TriasAnswer) answer = NULL;

  fake_server_say (server, "GET", "/health", 200, "{\"status\":\"ok\"}");
  g_assert_null (ask (rest, "GET", "/health", &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_KEY_MISMATCH);
  g_assert_true (trias_rest_error_is_transport (error));
  g_assert_cmpstr (param (error, "fingerprint"), ==, fake_server_id (server));
  g_assert_cmpuint (fake_server_count (server, "GET", "/health"), ==, 0);
  trias_rest_set_fingerprint (rest, param (error, "fingerprint"));
  answer = ask (rest, "GET", "/health", &again);
  g_assert_no_error (again);
}

static void
test_changed_key (void)
{
  g_autoptr (FakeServer) server = fake_server_new ();
  g_autoptr (TriasRest) rest = rest_for (server);
  g_autoptr (GError) error = NULL;

  trias_rest_set_token (rest, "secret");
  fake_server_change_key (server);
  fake_server_say (server, "GET", "/health", 200, "{\"status\":\"ok\"}");
  g_assert_null (ask (rest, "GET", "/health", &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_KEY_MISMATCH);
  g_assert_cmpstr (param (error, "fingerprint"), ==, fake_server_id (server));
  /* Not even the request went there, let alone the token. */
  g_assert_cmpuint (fake_server_count (server, "GET", "/health"), ==, 0);
}

static void
test_identity (void)
{
  g_autoptr (FakeServer) server = fake_server_new ();
  g_autoptr (TriasIdentity) identity = trias_identity_generate ("client", NULL);
  g_autoptr (TriasRest) rest
      = trias_rest_new (fake_server_uri (server), fake_server_id (server), identity);
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasAnswer) answer = NULL;

  fake_server_say (server, "GET", "/pools", 200, "{}");
  answer = ask (rest, "GET", "/pools", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (fake_server_last_key (server), ==, trias_identity_get_id (identity));
}

static void
test_problem (void)
{
  g_autoptr (FakeServer) server = fake_server_new ();
  g_autoptr (TriasRest) rest = rest_for (server);
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) copy = NULL;

  fake_server_say (server, "POST", "/rules", 409,
                   "{\"status\":409,\"reason\":\"rule-missing\",\"detail\":\"It is missing.\","
                   "\"params\":{\"server\":\"abc\",\"transport\":\"yes\"}}");
  g_assert_null (ask (rest, "POST", "/rules", &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_RULE_MISSING);
  g_assert_cmpstr (error->message, ==, "It is missing.");
  copy = g_error_copy (error);
  g_assert_cmpstr (param (copy, "server"), ==, "abc");
  /* A server cannot claim that no answer came. */
  g_assert_false (trias_rest_error_is_transport (error));
}

static void
retry_cb (FakeServer *server, SoupServerMessage *message, GHashTable *query, gpointer user_data)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Retry-After",
                                user_data);
  fake_server_respond (message, 503, "{\"reason\":\"not-active\",\"detail\":\"Wait.\"}");
}

static void
test_retry_after (void)
{
  static const struct
  {
    const char *header;
    guint expected;
  } cases[] = { { "1", 1 }, { "7", 7 }, { "-1", 0 }, { "99999999999999999999", 0 }, { "soon", 0 } };
  g_autoptr (FakeServer) server = fake_server_new ();
  g_autoptr (TriasRest) rest = rest_for (server);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;

      fake_server_on (server, "GET", "/pools", retry_cb, (gpointer) cases[i].header);
      g_assert_null (ask (rest, "GET", "/pools", &error));
      g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_NOT_ACTIVE);
      g_assert_cmpuint (trias_rest_error_retry_after (error), ==, cases[i].expected);
    }
}

static void
redirect_cb (FakeServer *server, SoupServerMessage *message, GHashTable *query, gpointer user_data)
{
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Location",
                                "https://127.0.0.2:1/api/v1/leases");
  fake_server_respond (message, 307, "{\"reason\":\"not-active\",\"detail\":\"There.\"}");
}

static void
test_redirect (void)
{
  g_autoptr (FakeServer) server = fake_server_new ();
  g_autoptr (TriasRest) rest = rest_for (server);
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasAnswer) answer = NULL;

  fake_server_on (server, "POST", "/leases", redirect_cb, NULL);
  answer = ask (rest, "POST", "/leases", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (answer->status, ==, 307);
  g_assert_cmpstr (answer->location, ==, "https://127.0.0.2:1/api/v1/leases");
}

static void
test_unreachable (void)
{
  g_autoptr (FakeServer) server = fake_server_new ();
  g_autoptr (TriasRest) rest = rest_for (server);
  g_autoptr (GError) error = NULL;

  fake_server_stop (server);
  g_assert_null (ask (rest, "GET", "/health", &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_UNREACHABLE);
  g_assert_true (trias_rest_error_is_transport (error));
}

static void
test_silent (void)
{
  g_autoptr (FakeServer) server = fake_server_new ();
  g_autoptr (TriasRest) rest = rest_for (server);
  g_autoptr (GError) error = NULL;
  gint64 before = g_get_monotonic_time ();

  fake_server_set_silent (server, TRUE);
  trias_rest_set_deadline (rest, 300);
  g_assert_null (ask (rest, "GET", "/health", &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_TIMED_OUT);
  g_assert_true (trias_rest_error_is_transport (error));
  g_assert_cmpint (g_get_monotonic_time () - before, <, 5 * G_USEC_PER_SEC);
}

/* A host that takes connections and says nothing, not even in the handshake: it must block nobody,
 * neither by its deadline, nor when the connection is dropped in the middle. */
static void
test_mute (void)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autofree char *uri = g_strdup_printf ("https://127.0.0.1:%u", port);
  g_autofree char *id = g_strnfill (TRIAS_ID_LENGTH, 'a');
  gint64 before = g_get_monotonic_time ();

  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (TriasRest) rest = trias_rest_new (uri, id, NULL);
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GError) error = NULL;

      trias_rest_set_deadline (rest, i == 0 ? 300 : 10000);
      trias_rest_send_async (rest, "GET", "/health", NULL, NULL, cancellable, fake_result_cb,
                             &result);
      fake_run (100);
      if (i == 1)
        g_cancellable_cancel (cancellable);
      else if (i == 2)
        trias_rest_set_fingerprint (rest, NULL);
      g_assert_null (trias_rest_send_finish (rest, fake_wait_result (&result), &error));
      g_assert_nonnull (error);
    }
  g_assert_cmpint (g_get_monotonic_time () - before, <, 5 * G_USEC_PER_SEC);
}

/* An answer that never ends but is never silent either. */
static void
more_cb (SoupServerMessage *message, gpointer user_data)
{
  soup_message_body_append (soup_server_message_get_response_body (message), SOUP_MEMORY_COPY,
                            "   ", 3);
}

static void
endless_cb (FakeServer *server, SoupServerMessage *message, GHashTable *query, gpointer user_data)
{
  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_set_encoding (soup_server_message_get_response_headers (message),
                                     SOUP_ENCODING_CHUNKED);
  soup_message_body_set_accumulate (soup_server_message_get_response_body (message), FALSE);
  g_signal_connect (message, "wrote-chunk", G_CALLBACK (more_cb), NULL);
  more_cb (message, NULL);
}

static void
test_endless (void)
{
  g_autoptr (FakeServer) server = fake_server_new ();
  g_autoptr (TriasRest) rest = rest_for (server);
  g_autoptr (GError) error = NULL;

  fake_server_on (server, "GET", "/health", endless_cb, NULL);
  trias_rest_set_deadline (rest, 500);
  g_assert_null (ask (rest, "GET", "/health", &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_TIMED_OUT);
}

static void
test_huge (void)
{
  g_autoptr (FakeServer) server = fake_server_new ();
  g_autoptr (TriasRest) rest = rest_for (server);
  g_autoptr (GError) error = NULL;
  g_autofree char *huge = g_strnfill (TRIAS_REST_MAX_ANSWER + 100, ' ');

  fake_server_say (server, "GET", "/health", 200, huge);
  g_assert_null (ask (rest, "GET", "/health", &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_TOO_LARGE);
}

static void
test_nonsense (void)
{
  static const char *const bodies[] = { "{",
                                        "[",
                                        "nul",
                                        "{\"a\":1}}",
                                        "\xff\xfe",
                                        "{\"a\":\""
                                        "\xc3(\"}",
                                        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[" };
  g_autoptr (FakeServer) server = fake_server_new ();
  g_autoptr (TriasRest) rest = rest_for (server);

  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    {
      g_autoptr (GError) error = NULL;

      fake_server_say (server, "GET", "/health", 200, bodies[i]);
      g_assert_null (ask (rest, "GET", "/health", &error));
      g_assert_true (error->domain == TRIAS_ERROR);
      fake_server_say (server, "GET", "/health", 500, bodies[i]);
      g_clear_error (&error);
      g_assert_null (ask (rest, "GET", "/health", &error));
      g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_INTERNAL);
    }
}

static void
test_cancel (void)
{
  g_autoptr (FakeServer) server = fake_server_new ();
  g_autoptr (TriasRest) rest = rest_for (server);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  fake_server_set_silent (server, TRUE);
  trias_rest_send_async (rest, "GET", "/health", NULL, NULL, cancellable, fake_result_cb, &result);
  fake_run (50);
  g_assert_null (result);
  g_cancellable_cancel (cancellable);
  g_assert_null (trias_rest_send_finish (rest, fake_wait_result (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  trias_process_begin ();
  g_test_add_func ("/rest/answer", test_answer);
  g_test_add_func ("/rest/unknown-key", test_unknown_key);
  g_test_add_func ("/rest/changed-key", test_changed_key);
  g_test_add_func ("/rest/identity", test_identity);
  g_test_add_func ("/rest/problem", test_problem);
  g_test_add_func ("/rest/retry-after", test_retry_after);
  g_test_add_func ("/rest/redirect", test_redirect);
  g_test_add_func ("/rest/unreachable", test_unreachable);
  g_test_add_func ("/rest/silent", test_silent);
  g_test_add_func ("/rest/mute", test_mute);
  g_test_add_func ("/rest/endless", test_endless);
  g_test_add_func ("/rest/huge", test_huge);
  g_test_add_func ("/rest/nonsense", test_nonsense);
  g_test_add_func ("/rest/cancel", test_cancel);
  return g_test_run ();
}
