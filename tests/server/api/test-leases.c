/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Leases: the good path, every refusal, retries, and what belongs to whom. */

#include "api-client.h"

#define ID_1 "lease-0000000000001"
#define ID_2 "lease-0000000000002"
#define ID_3 "lease-0000000000003"
#define REQUEST(id, feature) "{\"id\":\"" id "\",\"feature\":\"" feature "\"}"

static void
good_path_clients (ApiServer *server)
{
  api_install (server, "lic-1", "cad:2");
  {
    g_autoptr (ApiAnswer) granted
        = api_client (server, server->client, "POST", "/leases",
                      "{\"id\":\"" ID_1 "\",\"feature\":\"cad\",\"ttl_s\":60,"
                      "\"holder\":{\"user\":\"eve\",\"host\":\"pc1\"}}");
    g_autoptr (ApiAnswer) renewed
        = api_client (server, server->client, "PUT", "/leases/" ID_1, "{}");
    g_autoptr (ApiAnswer) got = api_client (server, server->client, "GET", "/leases/" ID_1, NULL);

    api_assert_status (granted, 201);
    g_assert_cmpstr (api_string (granted, "id"), ==, ID_1);
    g_assert_cmpstr (api_string (granted, "product"), ==, "suite");
    g_assert_cmpstr (api_string (granted, "key"), ==, trias_identity_get_id (server->client));
    g_assert_cmpstr (api_string (granted, "server"), ==, trias_identity_get_id (server->identity));
    g_assert_cmpstr (api_string (granted, "holder.user"), ==, "eve");
    g_assert_cmpstr (api_string (granted, "epoch"), ==, "");
    g_assert_cmpint (api_int (granted, "left_ms"), >, 50000);
    g_assert_cmpint (api_int (granted, "left_ms"), <=, 62000);
    api_assert_status (renewed, 200);
    g_assert_cmpint (api_int (renewed, "generation"), >, api_int (granted, "generation"));
    api_assert_status (got, 200);
    g_assert_cmpint (api_int (got, "generation"), ==, api_int (renewed, "generation"));
  }
  api_expect (api_client (server, server->client, "DELETE", "/leases/" ID_1, NULL), 204, NULL);
  api_expect (api_client (server, server->client, "GET", "/leases/" ID_1, NULL), 410, "gone");
  api_expect (api_client (server, server->client, "PUT", "/leases/" ID_1, "{}"), 410, "gone");
  api_expect (api_client (server, server->client, "POST", "/leases", REQUEST (ID_1, "cad")), 410,
              "gone");
}

static void
test_good_path (void)
{
  api_server_try (good_path_clients);
}

static void
retry_clients (ApiServer *server)
{
  api_install (server, "lic-1", "cad:2");
  api_expect (api_client (server, server->client, "POST", "/leases", REQUEST (ID_1, "cad")), 201,
              NULL);
  api_expect (api_client (server, server->client, "POST", "/leases", REQUEST (ID_1, "cad")), 200,
              NULL);
  api_expect (api_client (server, server->client, "POST", "/leases",
                          "{\"id\":\"" ID_1 "\",\"feature\":\"cad\",\"count\":2}"),
              409, "conflict");
  api_expect (api_client (server, server->stranger, "POST", "/leases", REQUEST (ID_1, "cad")), 409,
              "conflict");
  /* A retried release is as good as the first. */
  api_expect (api_client (server, server->client, "DELETE", "/leases/" ID_1, NULL), 204, NULL);
  api_expect (api_client (server, server->client, "DELETE", "/leases/" ID_1, NULL), 204, NULL);
}

static void
test_retry (void)
{
  api_server_try (retry_clients);
}

static void
refusals_clients (ApiServer *server)
{
  api_install (server, "lic-1", "cad:1");
  api_expect (api_admin (server, "PATCH", "/settings", "{\"contact\":\"desk 7\"}"), 200, NULL);
  api_expect (api_client (server, NULL, "POST", "/leases", REQUEST (ID_1, "cad")), 401,
              "unauthenticated");
  api_expect (api_client (server, server->client, "POST", "/leases", REQUEST (ID_1, "cam")), 404,
              "unknown-feature");
  api_expect (api_client (server, server->client, "POST", "/leases", REQUEST (ID_1, "cad")), 201,
              NULL);
  {
    g_autoptr (ApiAnswer) full
        = api_client (server, server->stranger, "POST", "/leases", REQUEST (ID_2, "cad"));

    api_assert_status (full, 409);
    g_assert_cmpstr (api_string (full, "reason"), ==, "no-seats");
    g_assert_cmpstr (api_string (full, "params.feature"), ==, "cad");
    g_assert_cmpstr (api_string (full, "params.contact"), ==, "desk 7");
  }
  api_expect (api_client (server, server->client, "PUT", "/leases/" ID_2, "{}"), 410, "gone");
  api_expect (api_client (server, server->client, "GET", "/leases/" ID_2, NULL), 404, "not-found");
}

static void
denials_clients (ApiServer *server)
{
  gint64 end = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;

  refusals_clients (server);
  /* History is written behind the answer. */
  for (;;)
    {
      g_autoptr (ApiAnswer) denials = api_admin (server, "GET", "/denials?limit=10", NULL);

      api_assert_status (denials, 200);
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      if (api_length (denials, "denials") < 2)
        continue;
      g_assert_cmpint (api_length (denials, "denials"), ==, 2);
      g_assert_cmpstr (api_string (denials, "denials.0.reason"), ==, "no-seats");
      g_assert_cmpstr (api_string (denials, "denials.0.feature"), ==, "cad");
      g_assert_cmpstr (api_string (denials, "denials.0.address"), ==, "127.0.0.1");
      g_assert_cmpstr (api_string (denials, "denials.0.key"), ==,
                       trias_identity_get_id (server->stranger));
      g_assert_cmpstr (api_string (denials, "denials.1.reason"), ==, "unknown-feature");
      return;
    }
}

static void
test_refusals (void)
{
  api_server_try (denials_clients);
}

static void
foreign_clients (ApiServer *server)
{
  api_install (server, "lic-1", "cad:2");
  api_expect (api_client (server, server->client, "POST", "/leases", REQUEST (ID_1, "cad")), 201,
              NULL);
  api_expect (api_client (server, server->stranger, "GET", "/leases/" ID_1, NULL), 403,
              "forbidden");
  api_expect (api_client (server, server->stranger, "PUT", "/leases/" ID_1, "{}"), 403,
              "forbidden");
  api_expect (api_client (server, server->stranger, "DELETE", "/leases/" ID_1, NULL), 403,
              "forbidden");
  api_expect (api_client (server, NULL, "DELETE", "/leases/" ID_1, NULL), 401, "unauthenticated");
  api_expect (api_admin (server, "GET", "/leases/" ID_1, NULL), 200, NULL);
  api_expect (api_admin (server, "DELETE", "/leases/" ID_1, NULL), 204, NULL);
  api_expect (api_client (server, server->client, "PUT", "/leases/" ID_1, "{}"), 410, "gone");
}

static void
test_foreign (void)
{
  api_server_try (foreign_clients);
}

static void
list_clients (ApiServer *server)
{
  api_install (server, "lic-1", "cad:5");
  api_expect (api_client (server, server->client, "POST", "/leases", REQUEST (ID_1, "cad")), 201,
              NULL);
  api_expect (api_client (server, server->stranger, "POST", "/leases", REQUEST (ID_2, "cad")), 201,
              NULL);
  api_expect (api_client (server, server->client, "POST", "/leases", REQUEST (ID_3, "cad")), 201,
              NULL);
  {
    g_autoptr (ApiAnswer) own = api_client (server, server->client, "GET", "/leases", NULL);
    g_autoptr (ApiAnswer) first = api_admin (server, "GET", "/leases?limit=2", NULL);
    g_autoptr (ApiAnswer) last = api_admin (server, "GET", "/leases?limit=2&after=" ID_2, NULL);
    g_autoptr (ApiAnswer) page
        = api_client (server, server->client, "GET", "/leases?limit=1", NULL);

    g_assert_cmpint (api_length (own, "leases"), ==, 2);
    g_assert_cmpint (api_int (own, "total"), ==, 2);
    g_assert_null (api_string (own, "next"));
    g_assert_cmpint (api_length (first, "leases"), ==, 2);
    g_assert_cmpint (api_int (first, "total"), ==, 3);
    g_assert_cmpstr (api_string (first, "next"), ==, ID_2);
    g_assert_cmpint (api_length (last, "leases"), ==, 1);
    g_assert_cmpstr (api_string (last, "leases.0.id"), ==, ID_3);
    g_assert_null (api_string (last, "next"));
    g_assert_cmpint (api_length (page, "leases"), ==, 1);
    g_assert_cmpstr (api_string (page, "next"), ==, ID_1);
  }
  api_expect (api_admin (server, "GET", "/leases?limit=0", NULL), 400, "bad-request");
  api_expect (api_admin (server, "GET", "/leases?limit=1001", NULL), 400, "bad-request");
  api_expect (api_client (server, NULL, "GET", "/leases", NULL), 401, "unauthenticated");
}

static void
test_list (void)
{
  api_server_try (list_clients);
}

static void
rule_clients (ApiServer *server)
{
  api_install (server, "lic-1", "cad:5");
  api_expect (api_admin (server, "POST", "/rules",
                         "{\"id\":\"no-mallory\",\"scope\":\"use\",\"effect\":\"deny\","
                         "\"who\":{\"kind\":\"user\",\"value\":\"mallory\"},"
                         "\"where\":{\"kind\":\"everywhere\",\"value\":null},\"note\":\"\"}"),
              201, NULL);
  api_expect (api_client (server, server->client, "POST", "/leases",
                          "{\"id\":\"" ID_1 "\",\"feature\":\"cad\","
                          "\"holder\":{\"user\":\"mallory\"}}"),
              403, "rule-denied");
  api_expect (api_client (server, server->client, "POST", "/leases", REQUEST (ID_1, "cad")), 201,
              NULL);
  api_expect (api_client (server, server->client, "GET", "/pools", NULL), 200, NULL);
  api_expect (api_admin (server, "POST", "/rules",
                         "{\"id\":\"nobody\",\"scope\":\"use\",\"effect\":\"deny\","
                         "\"who\":{\"kind\":\"everyone\"},\"where\":{\"kind\":\"everywhere\"}}"),
              201, NULL);
  api_expect (api_client (server, server->client, "GET", "/pools", NULL), 403, "rule-denied");
  api_expect (api_admin (server, "GET", "/pools", NULL), 200, NULL);
  /* What was granted is not taken away by a new rule. */
  api_expect (api_client (server, server->client, "PUT", "/leases/" ID_1, "{}"), 200, NULL);
}

static void
test_rule (void)
{
  api_server_try (rule_clients);
}

/* Fills the ledger without HTTP, to the limit of leases for a key. */
static void
fill (ApiServer *server, gpointer data)
{
  TriasFacts facts = { .key_id = trias_identity_get_id (server->client), .address = "127.0.0.1" };
  guint n = GPOINTER_TO_UINT (data);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("filler-%012u", i);
      TriasLease lease = {
        .id = id,
        .key_id = (char *) trias_identity_get_id (server->client),
        .feature = (char *) "cad",
        .product = (char *) "",
        .count = 1,
        .holder = { (char *) "", (char *) "", (char *) "" },
      };

      trias_keeper_submit (server->keeper,
                           trias_command_grant (trias_keeper_now (server->keeper), &lease, &facts),
                           NULL, NULL);
    }
}

static void
await_leases (ApiServer *server, guint n)
{
  gint64 end = g_get_monotonic_time () + 60 * G_USEC_PER_SEC;

  for (;;)
    {
      g_autoptr (ApiAnswer) answer = api_admin (server, "GET", "/leases?limit=1", NULL);

      if (api_int (answer, "total") >= n)
        return;
      g_assert_cmpint (g_get_monotonic_time (), <, end);
    }
}

static void
limit_clients (ApiServer *server)
{
  api_install (server, "lic-1", "cad:20000");
  api_server_call (server, fill, GUINT_TO_POINTER (10000));
  await_leases (server, 10000);
  api_expect (api_client (server, server->client, "POST", "/leases", REQUEST (ID_1, "cad")), 429,
              "too-many");
  api_expect (api_client (server, server->stranger, "POST", "/leases", REQUEST (ID_2, "cad")), 201,
              NULL);
  /* A retry is no new lease; one given back makes room for one. */
  api_expect (api_client (server, server->client, "POST", "/leases",
                          REQUEST ("filler-000000000007", "cad")),
              200, NULL);
  api_expect (api_client (server, server->client, "DELETE", "/leases/filler-000000000007", NULL),
              204, NULL);
  api_expect (api_client (server, server->client, "POST", "/leases", REQUEST (ID_1, "cad")), 201,
              NULL);
  api_expect (api_client (server, server->client, "POST", "/leases", REQUEST (ID_3, "cad")), 429,
              "too-many");
}

static void
test_limit (void)
{
  api_server_try (limit_clients);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/api/leases/good-path", test_good_path);
  g_test_add_func ("/api/leases/retry", test_retry);
  g_test_add_func ("/api/leases/refusals", test_refusals);
  g_test_add_func ("/api/leases/foreign", test_foreign);
  g_test_add_func ("/api/leases/list", test_list);
  g_test_add_func ("/api/leases/rule", test_rule);
  g_test_add_func ("/api/leases/limit-per-key", test_limit);
  return g_test_run ();
}
