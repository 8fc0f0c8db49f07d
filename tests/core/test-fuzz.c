/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "core-test.h"

#include "core/trias-address.h"
#include "core/trias-check.h"
#include "core/trias-event.h"
#include "core/trias-identity.h"
#include "core/trias-lease.h"
#include "core/trias-license.h"
#include "core/trias-member-status.h"
#include "core/trias-pool.h"
#include "core/trias-relationship.h"
#include "core/trias-rule.h"
#include "core/trias-settings.h"

#include <glib/gstdio.h>

/* Every parser of what comes from outside, fed with random bytes and with good texts in which bytes
 * were changed, cut out, doubled and mixed. Nothing may crash or warn, and what is taken must be
 * written in a form that is taken again and means the same. G_TEST_SEED repeats a run,
 * TRIAS_FUZZ_ROUNDS makes it longer. */

#define ID_A CORE_TEST_ID_A
#define ID_B CORE_TEST_ID_B

static const char *const json_seeds[] = {
  "{\"id\":\"0123456789abcdef\",\"feature\":\"print\",\"count\":1,\"holder\":{\"user\":\"anna\"},"
  "\"ttl_s\":120}",
  "{\"id\":\"x\",\"scope\":\"use\",\"effect\":\"deny\",\"who\":{\"kind\":\"user\",\"value\":\"a\"},"
  "\"where\":{\"kind\":\"network\",\"value\":\"192.0.2.0/24\"},\"note\":\"\",\"text\":\"x\"}",
  "{\"default_ttl_s\":60,\"history_days\":9,\"contact\":\"x\"}",
  "{\"id\":\"r\",\"name\":\"n\",\"kind\":\"backup\",\"incarnation\":1,\"options\":{\"profile\":"
  "\"lan\"},\"members\":[{\"id\":\"" ID_A
  "\",\"name\":\"a\",\"addresses\":[\"a:1\"]},{\"id\":\"" ID_B
  "\",\"name\":\"b\",\"addresses\":[\"[::1]:1\"]}]}",
  "{\"peer\":\"" ID_A "\",\"connected\":true,\"synchronised\":false,\"latency_us\":-1,\"pending\":"
  "\"9007199254740993\",\"sync_reason\":\"first-copy\",\"digest\":\"\"}",
  "{\"seq\":1,\"time\":2,\"server\":\"\",\"kind\":\"takeover\",\"severity\":\"info\",\"params\":"
  "{\"a\":\"b\"}}",
  "{\"kind\":\"rule\",\"state\":\"failed\",\"reason\":\"rule-missing\",\"detail\":\"x\",\"mend\":"
  "null}",
  "{\"product\":\"p\",\"feature\":\"f\",\"seats\":1,\"used\":0,\"counted_by\":\"device\"}",
  "{\"type\":\"x\",\"status\":409,\"reason\":\"gone\",\"detail\":\"x\",\"params\":{\"a\":\"b\"}}",
  "[null,true,false,0,-1.5e3,\"\\ud83d\\ude00\\n\\\\\",{\"a\":[[[]]]}]",
};

static const char *const address_seeds[] = {
  "nord.example.org:7643#" ID_A,
  "[2001:db8::1]:443",
  "192.0.2.1",
  "[fe80::1%eth0]:1",
  "bücher.example",
};

static const char *const rule_seeds[] = {
  "Allow user anna from network 2001:db8::/32",
  "Deny everyone from domain *.example.org",
  "Allow key " ID_A " from address ::ffff:192.0.2.1",
  "Allow group Büro from from network 192.0.2.0/24",
  "Deny everyone from this-computer",
};

static const char *const words[] = {
  "\"",
  "\\u0000",
  "\\ud800",
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "null",
  "1e999",
  "-",
  "'",
  "/*",
  "//",
  "99999999999999999999",
  " from ",
  "#",
  "[::1]",
  "/129",
  "\xc3",
  "\xf0\x9f\x98\x80",
  "-----",
  "=",
  "-----END TRIAS LICENSE-----\n",
  "-----BEGIN TRIAS LICENSE-----\n",
  "%",
  "\r\n",
  "\t",
  "\"id\":",
};

static guint
rounds (void)
{
  const char *given = g_getenv ("TRIAS_FUZZ_ROUNDS");

  return given != NULL ? (guint) g_ascii_strtoull (given, NULL, 10) : 20000;
}

static gsize
at_random (GRand *rand, const GByteArray *bytes)
{
  return (gsize) g_rand_int_range (rand, 0, (gint32) bytes->len + 1);
}

static void
insert (GByteArray *bytes, gsize at, const guint8 *more, gsize length)
{
  g_autofree guint8 *tail = g_memdup2 (bytes->data + at, bytes->len - at);
  guint n = (guint) (bytes->len - at);

  g_byte_array_set_size (bytes, (guint) at);
  g_byte_array_append (bytes, more, (guint) length);
  if (n > 0)
    g_byte_array_append (bytes, tail, n);
}

static void
mutate_once (GRand *rand, GByteArray *bytes)
{
  gsize at = at_random (rand, bytes);
  guint8 byte = (guint8) g_rand_int (rand);
  const char *word;
  gsize n;

  switch (g_rand_int_range (rand, 0, 6))
    {
    case 0:
      if (at < bytes->len)
        bytes->data[at] ^= (guint8) (1 << g_rand_int_range (rand, 0, 8));
      break;
    case 1:
      if (at < bytes->len)
        bytes->data[at] = byte;
      break;
    case 2:
      n = (gsize) g_rand_int_range (rand, 1, 20);
      n = MIN (n, bytes->len - at);
      if (n > 0)
        g_byte_array_remove_range (bytes, (guint) at, (guint) n);
      break;
    case 3:
      word = words[g_rand_int_range (rand, 0, G_N_ELEMENTS (words))];
      insert (bytes, at, (const guint8 *) word, strlen (word));
      break;
    case 4:
      n = (gsize) g_rand_int_range (rand, 1, 60);
      n = MIN (n, bytes->len - at);
      {
        g_autofree guint8 *copy = g_memdup2 (bytes->data + at, n);

        insert (bytes, at_random (rand, bytes), copy, n);
      }
      break;
    default:
      insert (bytes, at, &byte, 1);
      break;
    }
}

/* A text that is random or came from a good one; ends in NUL, which does not count. */
static GByteArray *
make_text (GRand *rand, const char *const *seeds, gsize n_seeds)
{
  GByteArray *bytes = g_byte_array_new ();
  const char *seed;
  int times;

  if (g_rand_int_range (rand, 0, 20) == 0)
    for (int n = g_rand_int_range (rand, 0, 200); n > 0; n--)
      {
        guint8 byte = (guint8) g_rand_int (rand);

        g_byte_array_append (bytes, &byte, 1);
      }
  else
    {
      seed = seeds[g_rand_int_range (rand, 0, (gint32) n_seeds)];
      g_byte_array_append (bytes, (const guint8 *) seed, (guint) strlen (seed));
      for (times = g_rand_int_range (rand, 0, 5); times > 0; times--)
        mutate_once (rand, bytes);
    }
  g_byte_array_append (bytes, (const guint8 *) "", 1);
  return bytes;
}

/* One of the two, never both or none. */
static gboolean
taken (gconstpointer value, GError *error)
{
  g_assert_true ((value != NULL) == (error == NULL));
  if (error != NULL)
    {
      g_assert_true (error->domain == TRIAS_ERROR);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
  return value != NULL;
}

#define READ_AND_FREE(read, free_func, ...)                                                        \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autoptr (GError) refusal = NULL;                                                             \
    gpointer value = read (__VA_ARGS__, &refusal);                                                 \
    taken (value, refusal);                                                                        \
    free_func (value);                                                                             \
  }                                                                                                \
  G_STMT_END

static void
read_all (const TriasJson *json)
{
  TriasOptions options;
  g_autoptr (GError) wrong = NULL;

  trias_options_init (&options);
  g_assert_true (trias_options_read (&options, json, &wrong) == (wrong == NULL));
  READ_AND_FREE (trias_lease_read, trias_lease_free, json);
  READ_AND_FREE (trias_rule_read, trias_rule_free, json);
  READ_AND_FREE (trias_settings_read, trias_settings_free, json, NULL);
  READ_AND_FREE (trias_relationship_read, trias_relationship_free, json);
  READ_AND_FREE (trias_member_status_read, trias_member_status_free, json);
  READ_AND_FREE (trias_event_read, trias_event_free, json);
  READ_AND_FREE (trias_check_read, trias_check_free, json);
  READ_AND_FREE (trias_pool_read, trias_pool_free, json);
}

static void
fuzz_json_text (const char *text, gsize length)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasJson) json = trias_json_parse (text, length, TRIAS_JSON_MAX_BYTES, &error);
  g_autoptr (TriasProblem) problem = trias_problem_from_json (text, length, 500);
  g_autoptr (TriasJson) again = NULL;
  g_autofree char *first = NULL, *second = NULL;

  g_assert_nonnull (problem->detail);
  if (!taken (json, error))
    return;
  first = trias_json_to_string (json);
  again = trias_json_parse (first, strlen (first), G_MAXSIZE, &error);
  g_assert_no_error (error);
  second = trias_json_to_string (again);
  g_assert_cmpstr (first, ==, second);
  read_all (json);
}

static void
test_json (void)
{
  g_autoptr (GRand) rand = core_test_rand ();

  for (guint i = rounds (); i > 0; i--)
    {
      g_autoptr (GByteArray) text = make_text (rand, json_seeds, G_N_ELEMENTS (json_seeds));

      fuzz_json_text ((const char *) text->data, text->len - 1);
    }
}

/* Brackets in any mixture, mostly far too deep. */
static void
test_json_brackets (void)
{
  g_autoptr (GRand) rand = core_test_rand ();
  static const char *const pieces[] = { "[", "{\"a\":", "[", "{", "]", "}", "1", "," };

  for (int i = 0; i < 300; i++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      int most = g_rand_int_range (rand, 1, (gint32) G_N_ELEMENTS (pieces) + 1);

      for (int n = g_rand_int_range (rand, 0, i < 3 ? 100001 : 300); n > 0; n--)
        g_string_append (text, pieces[g_rand_int_range (rand, 0, most)]);
      fuzz_json_text (text->str, text->len);
    }
}

static void
test_address (void)
{
  g_autoptr (GRand) rand = core_test_rand ();

  for (guint i = rounds (); i > 0; i--)
    {
      g_autoptr (GByteArray) text = make_text (rand, address_seeds, G_N_ELEMENTS (address_seeds));
      g_autoptr (GError) error = NULL;
      g_autoptr (TriasAddress) address = trias_address_parse ((const char *) text->data, &error);
      g_autoptr (TriasAddress) again = NULL;
      g_autofree char *first = NULL, *second = NULL, *uri = NULL;
      g_autoptr (GUri) parsed = NULL;

      if (!taken (address, error))
        continue;
      first = trias_address_to_string (address, TRUE);
      again = trias_address_parse (first, &error);
      g_assert_no_error (error);
      second = trias_address_to_string (again, TRUE);
      g_assert_cmpstr (first, ==, second);
      uri = trias_address_to_base_uri (address);
      parsed = g_uri_parse (uri, G_URI_FLAGS_NONE, &error);
      g_assert_no_error (error);
      g_assert_cmpint (g_uri_get_port (parsed), ==, address->port);
      g_assert_null (g_uri_get_userinfo (parsed));
      g_assert_cmpstr (g_uri_get_path (parsed), ==, "");
    }
}

static void
test_rule (void)
{
  g_autoptr (GRand) rand = core_test_rand ();
  static const char *const names[] = { "pc.example.org", NULL };
  const TriasFacts facts = { .user = "anna", .address = "192.0.2.1", .host_names = names };

  for (guint i = rounds (); i > 0; i--)
    {
      g_autoptr (GByteArray) text = make_text (rand, rule_seeds, G_N_ELEMENTS (rule_seeds));
      g_autoptr (GError) error = NULL;
      g_autoptr (TriasRule) rule
          = trias_rule_parse (TRIAS_SCOPE_USE, (const char *) text->data, &error);
      g_autoptr (TriasRule) again = NULL;
      g_autofree char *first = NULL, *second = NULL;

      if (!taken (rule, error))
        continue;
      first = trias_rule_to_text (rule);
      again = trias_rule_parse (TRIAS_SCOPE_USE, first, &error);
      g_assert_no_error (error);
      second = trias_rule_to_text (again);
      g_assert_cmpstr (first, ==, second);
      g_assert_cmpint (trias_rule_matches (rule, &facts), ==, trias_rule_matches (again, &facts));
    }
}

static void
test_license (void)
{
  g_autoptr (GRand) rand = core_test_rand ();
  g_autofree char *folder = g_dir_make_tmp ("trias-fuzz-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "maker.pub", NULL);
  g_autofree char *secret = NULL, *public_key = NULL, *good = NULL;
  g_autoptr (TriasIssuers) issuers = NULL;
  const char *seeds[1];

  trias_issuer_generate (&secret, &public_key);
  g_assert_true (g_file_set_contents_full (path, public_key, -1, 0, 0600, NULL));
  issuers = trias_issuers_load (folder, NULL);
  g_assert_cmpuint (trias_issuers_count (issuers), ==, 1);
  g_remove (path);
  g_rmdir (folder);
  good
      = trias_license_issue ("{\"id\":\"L\",\"revision\":1,\"issuer\":\"maker\",\"licensee\":\"x\","
                             "\"product\":\"y\",\"features\":[{\"name\":\"f\",\"seats\":1}]}",
                             secret, NULL);
  seeds[0] = good;
  for (guint i = rounds (); i > 0; i--)
    {
      g_autoptr (GByteArray) text = make_text (rand, seeds, 1);
      g_autoptr (GError) error = NULL;
      g_autoptr (TriasLicense) license
          = trias_license_parse ((const char *) text->data, text->len - 1, issuers, &error);

      /* There is one licence with a good signature, so only it can be taken. */
      if (taken (license, error))
        g_assert_cmpstr (trias_license_get_text (license), ==, good);
    }
}

/* Payloads that are signed as they are: past the signature, only the checks of the content stand.
 */
static void
test_license_payload (void)
{
  g_autoptr (GRand) rand = core_test_rand ();
  static const char *const seeds[] = {
    "{\"id\":\"L\",\"revision\":1,\"issuer\":\"maker\",\"licensee\":\"x\",\"product\":\"y\","
    "\"bind\":[\"" ID_A
    "\"],\"features\":[{\"name\":\"f\",\"seats\":1,\"counted_by\":\"device\",\"not_before\":"
    "\"2025-01-01T00:00:00Z\",\"not_after\":\"2030-01-01T02:00:00.5+02:00\",\"grace_hours\":9}]}",
  };
  g_autofree char *secret = NULL, *public_key = NULL;

  trias_issuer_generate (&secret, &public_key);
  for (guint i = rounds () / 4; i > 0; i--)
    {
      g_autoptr (GByteArray) payload = make_text (rand, seeds, G_N_ELEMENTS (seeds));
      g_autoptr (GError) error = NULL;
      g_autofree char *text = trias_license_issue ((const char *) payload->data, secret, &error);
      g_autoptr (TriasLicense) license = NULL;

      if (!taken (text, error))
        continue;
      license = trias_license_inspect (text, strlen (text), &error);
      g_assert_no_error (error);
      g_assert_cmpstr (trias_license_get_text (license), ==, text);
      g_assert_cmpuint (trias_license_get_feature (license, 0)->seats, >=, 1);
      g_assert_cmpuint (trias_license_get_feature (license, 0)->seats, <=, 1000000);
    }
}

static void
test_certificate (void)
{
  g_autoptr (GRand) rand = core_test_rand ();
  g_autoptr (TriasIdentity) identity = trias_identity_generate ("x", NULL);
  g_autoptr (GTlsCertificate) tls = trias_identity_to_tls (identity, NULL);
  g_autoptr (GByteArray) der = NULL;

  g_object_get (tls, "certificate", &der, NULL);
  for (guint i = rounds () / 4; i > 0; i--)
    {
      g_autoptr (GByteArray) bytes = g_byte_array_new ();
      g_autofree char *id = NULL;

      g_byte_array_append (bytes, der->data, der->len);
      for (int times = g_rand_int_range (rand, 1, 4); times > 0; times--)
        mutate_once (rand, bytes);
      id = trias_id_from_certificate_der (bytes->data, bytes->len);
      g_assert_true (id == NULL || trias_id_is_valid (id));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fuzz/json", test_json);
  g_test_add_func ("/fuzz/json-brackets", test_json_brackets);
  g_test_add_func ("/fuzz/address", test_address);
  g_test_add_func ("/fuzz/rule", test_rule);
  g_test_add_func ("/fuzz/license", test_license);
  g_test_add_func ("/fuzz/license-payload", test_license_payload);
  g_test_add_func ("/fuzz/certificate", test_certificate);
  return g_test_run ();
}
