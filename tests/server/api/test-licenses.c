/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Licences: installing, replacing, removing, and every text that is none. */

#include "api-client.h"

static guint
install (ApiServer *server, const char *text, const char **reason)
{
  static char kept[64];
  g_autofree char *body = api_license_body (text);
  g_autoptr (ApiAnswer) answer = api_admin (server, "POST", "/licenses", body);

  if (answer->status >= 400)
    g_strlcpy (kept, api_string (answer, "reason"), sizeof kept);
  *reason = answer->status >= 400 ? kept : NULL;
  return answer->status;
}

static void
good_path_clients (ApiServer *server)
{
  g_autofree char *one = api_license (server, "lic-1", 1, "cad:3 cam:1");
  g_autofree char *two = api_license (server, "lic-1", 2, "cad:4");
  const char *reason;

  g_assert_cmpuint (install (server, one, &reason), ==, 201);
  g_assert_cmpuint (install (server, one, &reason), ==, 200);
  {
    g_autoptr (ApiAnswer) list = api_admin (server, "GET", "/licenses", NULL);
    g_autoptr (ApiAnswer) text = api_admin (server, "GET", "/licenses/lic-1/text", NULL);

    g_assert_cmpint (api_length (list, "licenses"), ==, 1);
    g_assert_cmpstr (api_string (list, "licenses.0.state"), ==, "valid");
    g_assert_cmpstr (api_string (list, "licenses.0.source"), ==, "own");
    g_assert_true (api_bool (list, "licenses.0.test"));
    g_assert_cmpint (api_length (list, "licenses.0.features"), ==, 2);
    g_assert_cmpstr (text->text, ==, one);
  }
  g_assert_cmpuint (install (server, two, &reason), ==, 201);
  g_assert_cmpuint (install (server, one, &reason), ==, 409);
  g_assert_cmpstr (reason, ==, "license-older");
  {
    g_autoptr (ApiAnswer) pools = api_admin (server, "GET", "/pools", NULL);
    g_autoptr (ApiAnswer) list = api_admin (server, "GET", "/licenses", NULL);

    g_assert_cmpint (api_length (pools, "pools"), ==, 1);
    g_assert_cmpint (api_int (pools, "pools.0.seats"), ==, 4);
    g_assert_cmpint (api_int (list, "licenses.0.previous_revision"), ==, 1);
  }
}

static void
test_good_path (void)
{
  api_server_try (good_path_clients);
}

static void
removal_clients (ApiServer *server)
{
  api_install (server, "lic-1", "cad:1");
  api_expect (api_client (server, server->client, "POST", "/leases",
                          "{\"id\":\"lease-0000000000001\",\"feature\":\"cad\"}"),
              201, NULL);
  {
    g_autoptr (ApiAnswer) used = api_admin (server, "DELETE", "/licenses/lic-1", NULL);

    api_assert_status (used, 409);
    g_assert_cmpstr (api_string (used, "reason"), ==, "conflict");
    g_assert_cmpstr (api_string (used, "params.leases"), ==, "1");
  }
  api_expect (api_admin (server, "DELETE", "/licenses/lic-1?force=perhaps", NULL), 400,
              "bad-request");
  api_expect (api_admin (server, "DELETE", "/licenses/lic-1?force=true", NULL), 204, NULL);
  api_expect (api_admin (server, "DELETE", "/licenses/lic-1", NULL), 404, "not-found");
  api_expect (api_admin (server, "GET", "/licenses/lic-1/text", NULL), 404, "not-found");
}

static void
test_removal (void)
{
  api_server_try (removal_clients);
}

/* A licence of an issuer that this server does not know. */
static char *
forged (ApiServer *server)
{
  g_autofree char *secret = NULL;
  g_autofree char *public_key = NULL;
  char *own = server->issuer_secret;
  char *text;

  trias_issuer_generate (&secret, &public_key);
  server->issuer_secret = secret;
  text = api_license (server, "lic-1", 9, "cad:1000");
  server->issuer_secret = own;
  return text;
}

static void
bad_clients (ApiServer *server)
{
  g_autofree char *good = api_license (server, "lic-1", 1, "cad:3");
  g_autofree char *forgery = forged (server);
  const char *reason;
  guint changed = 0;

  g_assert_cmpuint (install (server, good, &reason), ==, 201);
  g_assert_cmpuint (install (server, forgery, &reason), ==, 422);
  g_assert_cmpstr (reason, ==, "license-invalid");
  g_assert_cmpuint (install (server, "no licence at all", &reason), ==, 422);
  for (gsize length = 1; length < strlen (good) - 1; length += 7)
    {
      g_autofree char *cut = g_strndup (good, length);

      g_assert_cmpuint (install (server, cut, &reason), ==, 422);
    }
  /* No single changed character of the payload or the signature passes. */
  for (gsize at = 40; at < strlen (good) - 40; at += 11)
    {
      g_autofree char *bent = g_strdup (good);

      if (!g_ascii_isalnum (bent[at]))
        continue;
      bent[at] = bent[at] == 'A' ? 'B' : 'A';
      g_assert_cmpuint (install (server, bent, &reason), !=, 201);
      changed++;
    }
  g_assert_cmpuint (changed, >, 10);
  {
    g_autoptr (ApiAnswer) list = api_admin (server, "GET", "/licenses", NULL);

    g_assert_cmpint (api_length (list, "licenses"), ==, 1);
    g_assert_cmpint (api_int (list, "licenses.0.revision"), ==, 1);
  }
}

static void
test_bad (void)
{
  api_server_try (bad_clients);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/api/licenses/good-path", test_good_path);
  g_test_add_func ("/api/licenses/removal", test_removal);
  g_test_add_func ("/api/licenses/bad", test_bad);
  return g_test_run ();
}
