/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Bad input: whatever comes in, the answer is a problem with a reason, nothing is changed, and the
 * server goes on. */

#include "api-client.h"

#include "http-client.h"

static void
expect_bad (ApiServer *server, const char *method, const char *path, const char *body)
{
  g_autoptr (ApiAnswer) answer = api_admin (server, method, path, body);

  if (answer->status != 400)
    g_error ("%s %s %s: status %u, not 400: %s", method, path, body, answer->status, answer->text);
  g_assert_cmpstr (api_string (answer, "reason"), ==, "bad-request");
  g_assert_cmpuint (strlen (api_string (answer, "detail")), >, 10);
}

static void
forms_clients (ApiServer *server)
{
  static const char *const texts[] = {
    "{",
    "[]",
    "null",
    "\"text\"",
    "17",
    "{}{}",
    "{\"contact\":}",
    "{\"contact\":\"a\",}",
    "{\"contact\":\"a\",\"contact\":\"b\"}",
    "{\"contact\":\"a\",\"cont\\u0061ct\":\"b\"}",
    "{\"contact\":\"\xff\xfe\"}",
    "{\"contact\":\"\xc0\xaf\"}",
    "{\"contact\":\"\xed\xa0\x80\"}",
    "{\"contact\":17}",
    "{\"contact\":[\"a\"]}",
    "{\"history_days\":\"many\"}",
    "{\"history_days\":1.5}",
    "{\"history_days\":0}",
    "{\"history_days\":-1}",
    "{\"history_days\":99999999999999999999999999}",
    "{\"history_days\":true}",
    "{\"unknown\":1}",
    "{\"contact\":\"a\",\"Contact\":\"b\"}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    expect_bad (server, "PATCH", "/settings", texts[i]);
  {
    g_autoptr (ApiAnswer) named = api_admin (server, "PATCH", "/settings", "{\"unknown\":1}");
    g_autoptr (ApiAnswer) settings = api_admin (server, "GET", "/settings", NULL);

    g_assert_nonnull (strstr (api_string (named, "detail"), "unknown"));
    g_assert_cmpstr (api_string (settings, "contact"), ==, "");
    g_assert_cmpint (api_int (settings, "history_days"), ==, 90);
  }
}

static void
test_forms (void)
{
  api_server_try (forms_clients);
}

static void
depth_clients (ApiServer *server)
{
  g_autofree char *open = g_strnfill (20000, '[');
  g_autofree char *close = g_strnfill (20000, ']');
  g_autofree char *deep = g_strconcat ("{\"contact\":", open, close, "}", NULL);
  g_autofree char *long_text = g_strnfill (300, 'x');
  g_autofree char *long_contact = g_strdup_printf ("{\"contact\":\"%s\"}", long_text);

  expect_bad (server, "PATCH", "/settings", deep);
  expect_bad (server, "PATCH", "/settings", long_contact);
  {
    g_autofree char *filler = g_strnfill (300 * 1024, ' ');
    g_autofree char *head = g_strdup_printf ("Authorization: Bearer %s\r\n", server->token);
    g_autoptr (ApiAnswer) answer
        = api_request (server, NULL, head, "PATCH", "/settings", filler, strlen (filler));

    api_assert_status (answer, 413);
    g_assert_cmpstr (api_string (answer, "reason"), ==, "too-large");
  }
  api_expect (api_admin (server, "GET", "/settings", NULL), 200, NULL);
}

static void
test_depth (void)
{
  api_server_try (depth_clients);
}

/* Every path that reads a body, with bodies that lack, bend or add a member. */
static void
members_clients (ApiServer *server)
{
  static const struct
  {
    const char *method, *path, *body;
  } cases[] = {
    { "PATCH", "/server", "{}" },
    { "PATCH", "/server", "{\"name\":\"\"}" },
    { "PATCH", "/server", "{\"name\":\"two\\nlines\"}" },
    { "PATCH", "/server", "{\"name\":\" space\"}" },
    { "PATCH", "/relationship", "{\"name\":\"\"}" },
    { "PATCH", "/relationship", "{\"name\":\" space \"}" },
    { "PATCH", "/relationship", "{\"name\":\"two\\nlines\"}" },
    { "POST", "/relationship",
      "{\"id\":\"abcdefgh\",\"name\":\"space \",\"kind\":\"backup\","
      "\"members\":[{\"address\":\"127.0.0.2\"}]}" },
    { "PATCH", "/server", "{\"name\":\"a\",\"id\":\"b\"}" },
    { "POST", "/session", "{\"name\":\"a\"}" },
    { "POST", "/session", "{\"name\":\"a\",\"password\":\"\"}" },
    { "POST", "/session", "{\"name\":\"a\",\"password\":\"b\",\"remember\":true}" },
    { "POST", "/rules", "{}" },
    { "POST", "/rules",
      "{\"scope\":\"use\",\"effect\":\"allow\","
      "\"who\":{\"kind\":\"everyone\"},\"where\":{\"kind\":\"nowhere\"}}" },
    { "POST", "/rules",
      "{\"scope\":\"all\",\"effect\":\"allow\",\"who\":{\"kind\":\"everyone\"},"
      "\"where\":{\"kind\":\"everywhere\"}}" },
    { "POST", "/licenses", "{}" },
    { "POST", "/licenses", "{\"text\":\"\"}" },
    { "POST", "/relationship", "{}" },
    { "POST", "/relationship",
      "{\"id\":\"BAD ID\",\"name\":\"n\",\"kind\":\"backup\","
      "\"members\":[{\"address\":\"127.0.0.2\"}]}" },
    { "POST", "/relationship/check", "{\"kind\":\"triad\",\"members\":[]}" },
    { "POST", "/relationship/check", "{\"kind\":\"backup\",\"members\":[]}" },
    { "POST", "/relationship/check", "{\"kind\":\"backup\",\"members\":[17]}" },
    { "POST", "/relationship/check",
      "{\"kind\":\"backup\",\"members\":[{\"address\":\"a b c\"}]}" },
    { "POST", "/relationship/check",
      "{\"kind\":\"backup\",\"members\":[{\"address\":\"h\",\"fingerprint\":\"12\"}]}" },
    { "POST", "/relationship/invitation", "{\"coordinator\":\"12\",\"kind\":\"backup\"}" },
    { "POST", "/relationship/conflict", "{\"take\":\"both\"}" },
    { "POST", "/relationship/sync", "{\"now\":true}" },
    { "GET", "/denials?limit=x", NULL },
    { "GET", "/events?limit=-5", NULL },
    { "GET", "/events?after=1e3", NULL },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    expect_bad (server, cases[i].method, cases[i].path, cases[i].body);
}

static void
test_members (void)
{
  api_server_try (members_clients);
}

static void
leases_clients (ApiServer *server)
{
  static const char *const bodies[] = {
    "{\"id\":\"short\",\"feature\":\"cad\"}",
    "{\"id\":\"lease-000000000000!\",\"feature\":\"cad\"}",
    "{\"id\":\"lease-0000000000001\"}",
    "{\"id\":\"lease-0000000000001\",\"feature\":\"\"}",
    "{\"id\":\"lease-0000000000001\",\"feature\":\"cad\",\"count\":0}",
    "{\"id\":\"lease-0000000000001\",\"feature\":\"cad\",\"count\":100001}",
    "{\"id\":\"lease-0000000000001\",\"feature\":\"cad\",\"ttl_s\":2}",
    "{\"id\":\"lease-0000000000001\",\"feature\":\"cad\",\"ttl_s\":86401}",
    "{\"id\":\"lease-0000000000001\",\"feature\":\"cad\",\"holder\":\"eve\"}",
    "{\"id\":\"lease-0000000000001\",\"feature\":\"cad\",\"holder\":{\"name\":\"eve\"}}",
    "{\"id\":\"lease-0000000000001\",\"feature\":\"cad\",\"key\":\"mine\"}",
  };

  api_install (server, "lic-1", "cad:5");
  for (guint i = 0; i < G_N_ELEMENTS (bodies); i++)
    api_expect (api_client (server, server->client, "POST", "/leases", bodies[i]), 400,
                "bad-request");
  api_expect (
      api_client (server, server->client, "PUT", "/leases/lease-0000000000001", "{\"ttl_s\":5}"),
      400, "bad-request");
  {
    g_autoptr (ApiAnswer) list = api_admin (server, "GET", "/leases", NULL);

    g_assert_cmpint (api_int (list, "total"), ==, 0);
  }
}

static void
test_leases (void)
{
  api_server_try (leases_clients);
}

static void
paths_clients (ApiServer *server)
{
  g_autoptr (ApiAnswer) method = api_admin (server, "DELETE", "/rules", NULL);
  g_autoptr (ApiAnswer) lease = api_admin (server, "PATCH", "/leases/lease-0000000000001", "{}");

  api_assert_status (method, 405);
  g_assert_cmpstr (api_string (method, "reason"), ==, "method-not-allowed");
  g_assert_nonnull (strstr (method->head, "Allow: GET, POST\r\n"));
  api_assert_status (lease, 405);
  g_assert_nonnull (strstr (lease->head, "Allow: PUT, DELETE, GET\r\n"));
  api_expect (api_admin (server, "GET", "/nothing", NULL), 404, "not-found");
  api_expect (api_admin (server, "GET", "/rules/", NULL), 404, "not-found");
  api_expect (api_admin (server, "GET", "/licenses/a/text/b", NULL), 404, "not-found");
  api_expect (api_admin (server, "GET", "/../../secret", NULL), 400, NULL);
  {
    g_autofree char *head = NULL;

    api_sign_in (server);
    head = g_strdup_printf ("Authorization: Bearer %s\r\nContent-Type: text/plain\r\n"
                            "Content-Length: 2\r\n",
                            server->token);
    /* The head ends with its blank line, the body is what is left of the request. */
    {
      g_autoptr (HttpClient) client = http_client_open (server->port, TRUE, NULL);
      g_autoptr (HttpAnswer) answer = NULL;

      http_client_send (client, "PATCH /api/v1/settings HTTP/1.1\r\nHost: t\r\n%s\r\n{}", head);
      answer = http_client_read (client);
      g_assert_cmpuint (answer->status, ==, 415);
    }
  }
}

static void
test_paths (void)
{
  api_server_try (paths_clients);
}

/* Requests that end in the middle, at every kind of place. */
static void
halves_clients (ApiServer *server)
{
  static const char request[] = "POST /api/v1/leases HTTP/1.1\r\nHost: t\r\n"
                                "Content-Type: application/json\r\nContent-Length: 53\r\n\r\n"
                                "{\"id\":\"lease-0000000000001\",\"feature\":\"cad\",\"count\":1}";

  api_install (server, "lic-1", "cad:5");
  for (gsize length = 1; length < strlen (request); length += 9)
    {
      HttpClient *client = http_client_open (server->port, TRUE, server->client);

      http_client_send_bytes (client, request, length);
      if (length % 2 == 0)
        http_client_reset (client);
      else
        http_client_close (client);
    }
  {
    g_autoptr (ApiAnswer) list = api_admin (server, "GET", "/leases", NULL);

    g_assert_cmpint (api_int (list, "total"), ==, 0);
  }
}

static void
test_halves (void)
{
  api_server_try (halves_clients);
}

/* Bodies of random bytes and random mutations of a good one: never 500, never the end. */
static void
random_clients (ApiServer *server)
{
  static const char good[] = "{\"id\":\"lease-0000000000001\",\"feature\":\"cad\",\"count\":1,"
                             "\"ttl_s\":60,\"holder\":{\"user\":\"eve\",\"host\":\"pc\"}}";
  const char *given = g_getenv ("G_TEST_SEED");
  guint32 seed = given != NULL ? (guint32) g_ascii_strtoull (given, NULL, 10) : g_random_int ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  g_test_message ("seed %u", seed);
  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *body = g_strdup (good);
      guint changes = (guint) g_rand_int_range (rand, 1, 4);
      g_autoptr (ApiAnswer) answer = NULL;

      for (guint c = 0; c < changes; c++)
        body[g_rand_int_range (rand, 0, (gint32) strlen (good))]
            = (char) g_rand_int_range (rand, 1, 256);
      answer = api_request (server, server->client, "", "POST", "/leases", body, strlen (good));
      g_assert_true (answer->status == 400 || answer->status == 404);
    }
}

static void
test_random (void)
{
  api_server_try (random_clients);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/api/input/forms", test_forms);
  g_test_add_func ("/api/input/depth-and-size", test_depth);
  g_test_add_func ("/api/input/members", test_members);
  g_test_add_func ("/api/input/leases", test_leases);
  g_test_add_func ("/api/input/paths", test_paths);
  g_test_add_func ("/api/input/halves", test_halves);
  g_test_add_func ("/api/input/random", test_random);
  return g_test_run ();
}
