/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "core-test.h"

#include "core/trias-address.h"

#define FINGERPRINT "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

static const struct
{
  const char *typed;
  const char *host;
  guint port;
  const char *text;
  const char *uri;
} good[] = {
  { "nord", "nord", 7643, "nord", "https://nord:7643" },
  { " Nord.Example.ORG ", "nord.example.org", 7643, "nord.example.org",
    "https://nord.example.org:7643" },
  { "nord.example.org.", "nord.example.org", 7643, "nord.example.org",
    "https://nord.example.org:7643" },
  { "nord:443", "nord", 443, "nord:443", "https://nord:443" },
  { "nord:7643", "nord", 7643, "nord", "https://nord:7643" },
  { "nord:65535", "nord", 65535, "nord:65535", "https://nord:65535" },
  { "my_host-1", "my_host-1", 7643, "my_host-1", "https://my_host-1:7643" },
  { "192.0.2.1", "192.0.2.1", 7643, "192.0.2.1", "https://192.0.2.1:7643" },
  { "127.0.0.2:1", "127.0.0.2", 1, "127.0.0.2:1", "https://127.0.0.2:1" },
  { "[::1]", "::1", 7643, "[::1]", "https://[::1]:7643" },
  { "[2001:DB8:0:0::1]:8443", "2001:db8::1", 8443, "[2001:db8::1]:8443",
    "https://[2001:db8::1]:8443" },
  { "[fe80::1%eth0]", "fe80::1%eth0", 7643, "[fe80::1%eth0]", "https://[fe80::1%25eth0]:7643" },
  { "bücher.example", "xn--bcher-kva.example", 7643, "xn--bcher-kva.example",
    "https://xn--bcher-kva.example:7643" },
};

static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      GError *error = NULL;
      g_autoptr (TriasAddress) parsed = trias_address_parse (good[i].typed, &error);
      g_autoptr (TriasAddress) address = NULL, again = NULL;
      g_autofree char *text = NULL, *uri = NULL;

      g_assert_no_error (error);
      address = trias_address_copy (parsed);
      g_assert_cmpstr (address->host, ==, good[i].host);
      g_assert_cmpuint (address->port, ==, good[i].port);
      g_assert_null (address->fingerprint);
      text = trias_address_to_string (address, TRUE);
      g_assert_cmpstr (text, ==, good[i].text);
      uri = trias_address_to_base_uri (address);
      g_assert_cmpstr (uri, ==, good[i].uri);
      again = trias_address_parse (text, &error);
      g_assert_no_error (error);
      g_assert_cmpstr (again->host, ==, address->host);
      g_assert_cmpuint (again->port, ==, address->port);
    }
}

static void
test_fingerprint (void)
{
  static const char *const typed[] = {
    "nord:99#" FINGERPRINT,
    "  nord:99 # " FINGERPRINT "  ",
    "nord:99#0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567 89AB CDEF 0123 4567 89AB CDEF",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (typed); i++)
    {
      GError *error = NULL;
      g_autoptr (TriasAddress) address = trias_address_parse (typed[i], &error);
      g_autofree char *with = NULL, *without = NULL;

      g_assert_no_error (error);
      g_assert_cmpstr (address->fingerprint, ==, FINGERPRINT);
      with = trias_address_to_string (address, TRUE);
      without = trias_address_to_string (address, FALSE);
      g_assert_cmpstr (with, ==, "nord:99#" FINGERPRINT);
      g_assert_cmpstr (without, ==, "nord:99");
    }
}

static const char *const bad[] = {
  "",
  " ",
  ":",
  ":7643",
  "nord:",
  "nord:0",
  "nord:65536",
  "nord:+80",
  "nord:-1",
  "nord:80 80",
  "nord:http",
  "nord:80:80",
  "::1",
  "2001:db8::1",
  "[::1",
  "::1]",
  "[]",
  "[nord]",
  "[192.0.2.1]",
  "[::1]7643",
  "[::1]:",
  "[::g]",
  "[fe80::1%]",
  "[fe80::1%a/b]",
  "192.0.2.256",
  "192.0.2",
  "1",
  "127.1",
  "192.0.2.1%eth0",
  "-nord",
  "nord-",
  "nord..example",
  ".nord",
  ".",
  "no rd",
  "nord/x",
  "user@nord",
  "https://nord",
  "nord?",
  "nord\\x",
  "nord\n.example",
  "nord#",
  "nord#12",
  "#" FINGERPRINT,
  "nord#" FINGERPRINT "0",
  "nord#" FINGERPRINT "#" FINGERPRINT,
  "nord#g123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
  "\xff",
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example",
};

static void
test_bad (void)
{
  g_autofree char *huge = g_strnfill (5000, 'a');
  GError *error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      if (trias_address_parse (bad[i], &error) != NULL)
        g_error ("taken although wrong: %s", bad[i]);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
      core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
    }
  g_assert_null (trias_address_parse (huge, &error));
  core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/address/good", test_good);
  g_test_add_func ("/address/fingerprint", test_fingerprint);
  g_test_add_func ("/address/bad", test_bad);
  return g_test_run ();
}
