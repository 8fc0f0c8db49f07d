/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Signing in and out, tokens, and the rules of administering. */

#include "api-client.h"

#define SIGN_IN(name, password) "{\"name\":\"" name "\",\"password\":\"" password "\"}"
#define RULE(id, scope, effect, where)                                                             \
  "{\"id\":\"" id "\",\"scope\":\"" scope "\",\"effect\":\"" effect "\","                          \
  "\"who\":{\"kind\":\"everyone\"},\"where\":{" where "}}"
#define EVERYWHERE "\"kind\":\"everywhere\""
#define ELSEWHERE "\"kind\":\"address\",\"value\":\"192.0.2.1\""
#define HERE "\"kind\":\"this-computer\""

static guint
with_token (ApiServer *server, const char *token)
{
  g_autofree char *head = g_strdup_printf ("Authorization: Bearer %s\r\n", token);
  g_autoptr (ApiAnswer) answer = api_request (server, NULL, head, "GET", "/settings", NULL, 0);

  return answer->status;
}

static void
token_clients (ApiServer *server)
{
  g_autoptr (ApiAnswer) none = api_client (server, NULL, "GET", "/settings", NULL);
  g_autofree char *too_long = g_strnfill (100, 'a');
  g_autofree char *other = NULL;

  api_assert_status (none, 401);
  g_assert_nonnull (strstr (none->head, "WWW-Authenticate: Bearer"));
  api_sign_in (server);
  g_assert_cmpuint (with_token (server, server->token), ==, 200);
  other = g_strdup (server->token);
  other[5] = other[5] == 'x' ? 'y' : 'x';
  g_assert_cmpuint (with_token (server, other), ==, 401);
  g_assert_cmpuint (with_token (server, ""), ==, 401);
  g_assert_cmpuint (with_token (server, too_long), ==, 401);
  /* A wrong token is no licence to be nobody. */
  api_expect (
      api_request (server, server->client, "Authorization: Bearer x\r\n", "GET", "/pools", NULL, 0),
      401, "unauthenticated");
  api_expect (api_admin (server, "DELETE", "/session", NULL), 204, NULL);
  g_assert_cmpuint (with_token (server, server->token), ==, 401);
}

static void
test_token (void)
{
  api_server_try (token_clients);
}

static void
attempts_clients (ApiServer *server)
{
  for (guint i = 0; i < 4; i++)
    api_expect (api_client (server, NULL, "POST", "/session", SIGN_IN (API_ADMIN, "wrong one")),
                401, "unauthenticated");
  /* A success forgets the failures of that name. */
  api_sign_in (server);
  for (guint i = 0; i < 5; i++)
    api_expect (api_client (server, NULL, "POST", "/session", SIGN_IN (API_ADMIN, "wrong one")),
                401, "unauthenticated");
  {
    g_autoptr (ApiAnswer) full
        = api_client (server, NULL, "POST", "/session", SIGN_IN (API_ADMIN, API_PASSWORD));

    api_assert_status (full, 429);
    g_assert_cmpstr (api_string (full, "reason"), ==, "too-many");
    g_assert_nonnull (strstr (full->head, "Retry-After: "));
  }
  /* Others are not kept out by it. */
  api_expect (api_client (server, NULL, "POST", "/session", SIGN_IN ("bob", "wrong one")), 401,
              "unauthenticated");
  api_expect (api_client (server, NULL, "POST", "/session", SIGN_IN ("no spaces", "x")), 400,
              "bad-request");
}

static void
test_attempts (void)
{
  api_server_try (attempts_clients);
}

/* --- what outlives a restart --- */

static void
still_signed_in_clients (ApiServer *server)
{
  g_assert_cmpuint (with_token (server, server->token), ==, 200);
}

static void
signed_out_clients (ApiServer *server)
{
  g_assert_cmpuint (with_token (server, server->token), ==, 401);
}

static void
until_signed_out_clients (ApiServer *server)
{
  gint64 end = g_get_monotonic_time () + 30 * G_USEC_PER_SEC;

  while (with_token (server, server->token) != 401)
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_usleep (10 * 1000);
    }
}

static void
on_removed (const GError *error, gpointer user_data)
{
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

static void
test_restart (void)
{
  ApiServer *server = api_server_start (NULL);
  g_autofree char *token = NULL;
  gboolean done = FALSE;

  api_server_run (server, api_sign_in);
  token = g_strdup (server->token);
  server = api_server_restart (server);
  server->token = g_strdup (token);
  api_server_run (server, still_signed_in_clients);
  trias_accounts_remove (server->accounts, API_ADMIN, "test", on_removed, &done);
  while (!done)
    g_main_context_iteration (NULL, TRUE);
  api_server_run (server, signed_out_clients);
  api_server_stop (server);
}

/* Lets the kept session expire a moment after the start. */
static void
age_session (const char *key, GBytes *value, gpointer user_data)
{
  g_ptr_array_add (user_data, g_strdup (key));
}

static void
test_expiry (void)
{
  ApiServer *server = api_server_start (NULL);
  g_autoptr (GPtrArray) keys = g_ptr_array_new_with_free_func (g_free);
  g_autofree char *token = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GBytes) value = NULL;

  api_server_run (server, api_sign_in);
  token = g_strdup (server->token);
  trias_keeper_foreach_local (server->keeper, "session", age_session, keys);
  g_assert_cmpuint (keys->len, ==, 1);
  /* What is kept is no token. */
  g_assert_null (strstr (keys->pdata[0], token));
  text = g_strdup_printf ("{\"name\":\"%s\",\"expires_at\":%" G_GINT64_FORMAT "}", API_ADMIN,
                          trias_keeper_now (server->keeper) + 4000);
  value = g_bytes_new (text, strlen (text));
  trias_keeper_put_local (server->keeper, "session", keys->pdata[0], value, NULL, NULL);
  server = api_server_restart (server);
  server->token = g_strdup (token);
  api_server_run (server, still_signed_in_clients);
  api_server_run (server, until_signed_out_clients);
  api_server_stop (server);
}

/* --- rules --- */

static void
rules_clients (ApiServer *server)
{
  g_autoptr (ApiAnswer) first = api_admin (server, "GET", "/rules", NULL);

  g_assert_cmpint (api_length (first, "rules"), ==, 2);
  g_assert_cmpstr (api_string (first, "rules.0.scope"), ==, "use");
  g_assert_cmpstr (api_string (first, "rules.1.scope"), ==, "administer");
  g_assert_cmpstr (api_string (first, "rules.1.text"), ==, "Allow everyone from everywhere");
  g_assert_false (api_bool (first, "rules.1.fixed"));

  api_expect (api_admin (server, "POST", "/rules", RULE ("r1", "peer", "allow", ELSEWHERE)), 201,
              NULL);
  api_expect (api_admin (server, "POST", "/rules", RULE ("r1", "peer", "allow", ELSEWHERE)), 201,
              NULL);
  api_expect (api_admin (server, "POST", "/rules", RULE ("r1", "peer", "deny", ELSEWHERE)), 409,
              "conflict");
  api_expect (api_admin (server, "PUT", "/rules/r1", RULE ("r1", "peer", "deny", ELSEWHERE)), 200,
              NULL);
  api_expect (api_admin (server, "PUT", "/rules/r1", RULE ("r2", "peer", "deny", ELSEWHERE)), 400,
              "bad-request");
  api_expect (api_admin (server, "PUT", "/rules/r1", RULE ("r1", "use", "deny", ELSEWHERE)), 409,
              "conflict");
  api_expect (api_admin (server, "PUT", "/rules/r9", RULE ("r9", "peer", "deny", ELSEWHERE)), 404,
              "not-found");
  api_expect (
      api_admin (server, "POST", "/rules",
                 RULE ("r3", "peer", "allow", "\"kind\":\"network\",\"value\":\"1.2.3/99\"")),
      400, "bad-request");
  api_expect (api_admin (server, "DELETE", "/rules/r1", NULL), 204, NULL);
  api_expect (api_admin (server, "DELETE", "/rules/r1", NULL), 404, "not-found");
  /* A use rule goes through the ledger. */
  api_expect (api_admin (server, "POST", "/rules", RULE ("u1", "use", "deny", ELSEWHERE)), 201,
              NULL);
  api_expect (api_admin (server, "PUT", "/rules/u1", RULE ("u1", "use", "allow", ELSEWHERE)), 200,
              NULL);
  api_expect (api_admin (server, "DELETE", "/rules/u1", NULL), 204, NULL);
}

static void
test_rules (void)
{
  api_server_try (rules_clients);
}

static void
lock_out_clients (ApiServer *server)
{
  g_autofree char *first = NULL;

  {
    g_autoptr (ApiAnswer) rules = api_admin (server, "GET", "/rules", NULL);

    first = g_strdup_printf ("/rules/%s", api_string (rules, "rules.1.id"));
  }
  api_expect (api_admin (server, "DELETE", first, NULL), 409, "rule-in-use");
  api_expect (api_admin (server, "POST", "/rules", RULE ("d", "administer", "deny", EVERYWHERE)),
              409, "rule-in-use");
  api_expect (api_admin (server, "POST", "/rules", RULE ("d", "administer", "deny", ELSEWHERE)),
              201, NULL);
  /* With another rule that lets him in, the first may go. */
  api_expect (api_admin (server, "POST", "/rules", RULE ("h", "administer", "allow", HERE)), 201,
              NULL);
  api_expect (api_admin (server, "DELETE", first, NULL), 204, NULL);
  api_expect (api_admin (server, "PUT", "/rules/h", RULE ("h", "administer", "allow", ELSEWHERE)),
              409, "rule-in-use");
  api_expect (api_admin (server, "PUT", "/rules/h?force=true",
                         RULE ("h", "administer", "allow", ELSEWHERE)),
              200, NULL);
  api_expect (api_admin (server, "GET", "/rules", NULL), 403, "rule-denied");
  api_expect (api_client (server, NULL, "POST", "/session", SIGN_IN (API_ADMIN, API_PASSWORD)), 403,
              "rule-denied");
}

static void
still_locked_out_clients (ApiServer *server)
{
  api_expect (api_admin (server, "GET", "/rules", NULL), 403, "rule-denied");
}

/* The first rule was removed on purpose: it does not come back with a restart. */
static void
test_lock_out (void)
{
  ApiServer *server = api_server_start (NULL);
  g_autofree char *token = NULL;

  api_server_run (server, lock_out_clients);
  token = g_strdup (server->token);
  server = api_server_restart (server);
  server->token = g_strdup (token);
  api_server_run (server, still_locked_out_clients);
  api_server_stop (server);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/api/session/token", test_token);
  g_test_add_func ("/api/session/attempts", test_attempts);
  g_test_add_func ("/api/session/restart", test_restart);
  g_test_add_func ("/api/session/expiry", test_expiry);
  g_test_add_func ("/api/rules/all", test_rules);
  g_test_add_func ("/api/rules/lock-out", test_lock_out);
  return g_test_run ();
}
