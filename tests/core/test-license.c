/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "core-test.h"

#include "core/trias-license.h"

#include <glib/gstdio.h>
#include <sodium.h>

#define FEATURES "'features':[{'name':'print','seats':20}]"
#define PAYLOAD                                                                                    \
  "{'id':'L-1','revision':3,'issuer':'maker','licensee':'Werk Süd','product':'Werkbank "          \
  "2'," FEATURES "}"

typedef struct
{
  char *folder;
  char *secret;
  char *other_secret;
  TriasIssuers *issuers; /* maker, and rehearsal as a test issuer */
} Fixture;

static void
put (Fixture *self, const char *file, const char *text)
{
  g_autofree char *path = g_build_filename (self->folder, file, NULL);
  GError *error = NULL;

  g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0644, &error);
  g_assert_no_error (error);
}

static void
drop (Fixture *self, const char *file)
{
  g_autofree char *path = g_build_filename (self->folder, file, NULL);

  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autofree char *public_key = NULL, *other_key = NULL, *line = NULL;
  GError *error = NULL;

  self->folder = g_dir_make_tmp ("trias-license-XXXXXX", NULL);
  trias_issuer_generate (&self->secret, &public_key);
  trias_issuer_generate (&self->other_secret, &other_key);
  g_assert_cmpstr (public_key, !=, other_key);
  line = g_strconcat (public_key, "\n", NULL);
  put (self, "maker.pub", line);
  put (self, "rehearsal.test.pub", other_key);
  put (self, "README", "not a key");
  self->issuers = trias_issuers_load (self->folder, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (trias_issuers_count (self->issuers), ==, 2);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (self->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    drop (self, name);
  g_rmdir (self->folder);
  g_free (self->folder);
  g_free (self->secret);
  g_free (self->other_secret);
  trias_issuers_unref (self->issuers);
}

static char *
quotes (const char *text)
{
  return g_strdelimit (g_strdup (text), "'", '"');
}

static char *
issue (const char *payload, const char *secret)
{
  g_autofree char *json = quotes (payload);
  GError *error = NULL;
  char *text = trias_license_issue (json, secret, &error);

  g_assert_no_error (error);
  return text;
}

static void
test_round_trip (Fixture *self, gconstpointer data)
{
  static const char payload[]
      = "{'id':'L-1','revision':3,'issuer':'maker','licensee':'Werk Süd','product':'Werkbank 2',"
        "'bind':['" CORE_TEST_ID_A "'],'features':["
        "{'name':'print','seats':20,'counted_by':'device','not_before':'2025-01-01T00:00:00Z',"
        "'not_after':'2030-01-01T02:00:00.500+02:00','grace_hours':72},"
        "{'name':'draw.3d','seats':1000000,'counted_by':'lease','not_before':null}]}";
  g_autofree char *text = issue (payload, self->secret);
  g_autoptr (TriasLicense) license = NULL;
  const TriasFeature *feature;
  GError *error = NULL;

  license = trias_license_parse (text, strlen (text), self->issuers, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (trias_license_get_text (license), ==, text);
  g_assert_cmpstr (trias_license_get_id (license), ==, "L-1");
  g_assert_cmpuint (trias_license_get_revision (license), ==, 3);
  g_assert_cmpstr (trias_license_get_issuer (license), ==, "maker");
  g_assert_cmpstr (trias_license_get_licensee (license), ==, "Werk Süd");
  g_assert_cmpstr (trias_license_get_product (license), ==, "Werkbank 2");
  g_assert_false (trias_license_is_test (license));
  g_assert_cmpuint (trias_license_get_n_features (license), ==, 2);
  feature = trias_license_get_feature (license, 0);
  g_assert_cmpstr (feature->name, ==, "print");
  g_assert_cmpuint (feature->seats, ==, 20);
  g_assert_cmpint (feature->counted_by, ==, TRIAS_COUNTED_BY_DEVICE);
  g_assert_cmpint (feature->not_before, ==, 1735689600000);
  g_assert_cmpint (feature->not_after, ==, 1893456000500);
  g_assert_cmpuint (feature->grace_hours, ==, 72);
  feature = trias_license_get_feature (license, 1);
  g_assert_cmpuint (feature->seats, ==, 1000000);
  g_assert_cmpint (feature->not_before, ==, 0);
  g_assert_cmpint (feature->not_after, ==, 0);
  g_assert_null (trias_license_get_feature (license, 2));
  g_assert_true (trias_license_is_for (license, CORE_TEST_ID_A));
  g_assert_false (trias_license_is_for (license, CORE_TEST_ID_B));
}

static void
test_bind (Fixture *self, gconstpointer data)
{
  g_autofree char *free_text = issue (PAYLOAD, self->secret);
  g_autofree char *three_text
      = issue ("{'id':'L','revision':1,'issuer':'maker','licensee':'x','product':'y','bind':["
               "'" CORE_TEST_ID_A "','" CORE_TEST_ID_B "','" CORE_TEST_ID_C "']," FEATURES "}",
               self->secret);
  g_autoptr (TriasLicense) unbound = NULL, three = NULL;

  unbound = trias_license_parse (free_text, strlen (free_text), self->issuers, NULL);
  three = trias_license_parse (three_text, strlen (three_text), self->issuers, NULL);
  g_assert_null (trias_license_get_bind (unbound)[0]);
  g_assert_true (trias_license_is_for (unbound, CORE_TEST_ID_B));
  g_assert_true (trias_license_is_for (three, CORE_TEST_ID_C));
  g_assert_false (trias_license_is_for (three, "other"));
}

static void
test_test_issuer (Fixture *self, gconstpointer data)
{
  g_autofree char *text = issue (
      "{'id':'L','revision':1,'issuer':'rehearsal','licensee':'x','product':'y'," FEATURES "}",
      self->other_secret);
  g_autoptr (TriasLicense) license = trias_license_parse (text, strlen (text), self->issuers, NULL);

  g_assert_true (trias_license_is_test (license));
}

static void
assert_invalid (Fixture *self, const char *text, gsize length)
{
  GError *error = NULL;

  if (trias_license_parse (text, length, self->issuers, &error) != NULL)
    g_error ("taken although wrong: %.*s", (int) length, text);
  core_test_refused (error, TRIAS_REASON_LICENSE_INVALID);
}

static void
test_forged (Fixture *self, gconstpointer data)
{
  g_autofree char *by_other = issue (PAYLOAD, self->other_secret);
  g_autofree char *unknown = NULL;
  g_autoptr (TriasLicense) shown = NULL;
  GError *error = NULL;

  /* Signed by another's key in the maker's name; inspecting shows what it claims all the same. */
  assert_invalid (self, by_other, strlen (by_other));
  shown = trias_license_inspect (by_other, strlen (by_other), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (trias_license_get_issuer (shown), ==, "maker");
  unknown = issue ("{'id':'L','revision':1,'issuer':'nobody','licensee':'x','product':'y'," FEATURES
                   "}",
                   self->secret);
  assert_invalid (self, unknown, strlen (unknown));
}

/* The text of one part of @text: 0 payload, 1 signature. */
static char *
part_of (const char *text, int part)
{
  g_auto (GStrv) at_begin = g_strsplit (text, "-----BEGIN TRIAS LICENSE-----\n", 2);
  g_auto (GStrv) at_middle = g_strsplit (at_begin[1], "-----SIGNATURE-----\n", 2);
  g_auto (GStrv) at_end = g_strsplit (at_middle[1], "-----END TRIAS LICENSE-----\n", 2);

  return g_strdup (part == 0 ? at_middle[0] : at_end[0]);
}

static char *
armour (const char *payload, const char *signature)
{
  return g_strconcat ("-----BEGIN TRIAS LICENSE-----\n", payload, "-----SIGNATURE-----\n",
                      signature, "-----END TRIAS LICENSE-----\n", NULL);
}

/* The parts of two good licences put together anew. */
static void
test_rearmoured (Fixture *self, gconstpointer data)
{
  g_autofree char *a = issue (PAYLOAD, self->secret);
  g_autofree char *b = issue (
      "{'id':'L-1','revision':4,'issuer':'maker','licensee':'x','product':'y'," FEATURES "}",
      self->secret);
  g_autofree char *payload_a = part_of (a, 0), *signature_a = part_of (a, 1);
  g_autofree char *payload_b = part_of (b, 0), *signature_b = part_of (b, 1);
  g_autofree char *mixed = armour (payload_a, signature_b), *same = armour (payload_a, signature_a);
  g_autofree char *other = armour (payload_b, signature_a);
  g_autofree char *empty = armour ("", signature_a), *bare = armour (payload_a, "");
  g_autofree char *twice = g_strconcat (signature_a, signature_a, NULL);
  g_autofree char *doubled = armour (payload_a, twice);
  g_autofree char *swapped = armour (signature_a, payload_a);
  g_autoptr (TriasLicense) good = trias_license_parse (same, strlen (same), self->issuers, NULL);

  g_assert_nonnull (good);
  assert_invalid (self, mixed, strlen (mixed));
  assert_invalid (self, other, strlen (other));
  assert_invalid (self, empty, strlen (empty));
  assert_invalid (self, bare, strlen (bare));
  assert_invalid (self, doubled, strlen (doubled));
  assert_invalid (self, swapped, strlen (swapped));
}

/* The signature covers a prefix: one over the payload alone, made for another purpose, is none. */
static void
test_prefix (Fixture *self, gconstpointer data)
{
  g_autofree char *payload = quotes (PAYLOAD);
  g_autofree char *payload_text = g_base64_encode ((const guint8 *) payload, strlen (payload));
  g_autofree char *payload_line = g_strconcat (payload_text, "\n", NULL);
  g_autofree char *signature_text = NULL, *signature_line = NULL, *text = NULL;
  guint8 public_key[crypto_sign_PUBLICKEYBYTES], key[crypto_sign_SECRETKEYBYTES];
  guint8 signature[crypto_sign_BYTES];
  gsize n;
  g_autofree guint8 *seed = g_base64_decode (self->secret, &n);

  g_assert_cmpuint (n, ==, crypto_sign_SEEDBYTES);
  crypto_sign_seed_keypair (public_key, key, seed);
  crypto_sign_detached (signature, NULL, (const guint8 *) payload, strlen (payload), key);
  signature_text = g_base64_encode (signature, sizeof signature);
  signature_line = g_strconcat (signature_text, "\n", NULL);
  text = armour (payload_line, signature_line);
  assert_invalid (self, text, strlen (text));
}

static void
test_truncated (Fixture *self, gconstpointer data)
{
  g_autofree char *text = issue (PAYLOAD, self->secret);

  /* The last line end may be missing, all else not. */
  for (gsize length = 0; length + 1 < strlen (text); length++)
    assert_invalid (self, text, length);
}

/* Every single bit counts, but for line ends. */
static void
test_flipped (Fixture *self, gconstpointer data)
{
  g_autofree char *text = issue (PAYLOAD, self->secret);
  gsize length = strlen (text);

  for (gsize i = 0; i < length; i++)
    for (int bit = 0; bit < 8; bit++)
      {
        g_autofree char *changed = g_strdup (text);
        g_autoptr (TriasLicense) license = NULL;

        changed[i] = (char) (changed[i] ^ (1 << bit));
        license = trias_license_parse (changed, length, self->issuers, NULL);
        if (license != NULL)
          {
            g_assert_cmpstr (trias_license_get_text (license), ==, text);
            g_assert_cmpint (text[i], ==, '\n');
          }
      }
}

static void
test_armour (Fixture *self, gconstpointer data)
{
  g_autofree char *text = issue (PAYLOAD, self->secret);
  g_autofree char *commented = g_strconcat ("Licence for Werk S\xfc"
                                            "d\n\n",
                                            text, "Keep it.\n", NULL);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *crlf = g_strjoinv ("\r\n", lines);
  g_autofree char *twice = g_strconcat (text, text, NULL);
  g_autofree char *nested = g_strconcat ("-----BEGIN TRIAS LICENSE-----\n", text, NULL);
  g_autofree char *huge = g_strnfill (TRIAS_LICENSE_MAX_BYTES, 'x');
  g_autofree char *large = g_strconcat (huge, "\n", text, NULL);
  g_autoptr (TriasLicense) a = NULL, b = NULL;
  GError *error = NULL;

  a = trias_license_parse (commented, strlen (commented), self->issuers, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (trias_license_get_text (a), ==, text);
  b = trias_license_parse (crlf, strlen (crlf), self->issuers, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (trias_license_get_text (b), ==, text);
  assert_invalid (self, twice, strlen (twice));
  assert_invalid (self, nested, strlen (nested));
  assert_invalid (self, large, strlen (large));
  assert_invalid (self, text, strlen (text) + 1);
  assert_invalid (self, "", 0);
  assert_invalid (self, "hello", 5);
}

static const char *const bad_base64[] = {
  "ey J9\n", "ey*J9\n", "eyJ9-_==\n", "eyJ\n", "e30\n",
  "e31=\n",  "e30==\n", "e30=e30=\n", "=\n",   "\n",
};

static void
test_base64 (Fixture *self, gconstpointer data)
{
  g_autofree char *text = issue (PAYLOAD, self->secret);
  g_autofree char *payload = part_of (text, 0), *signature = part_of (text, 1);

  for (gsize i = 0; i < G_N_ELEMENTS (bad_base64); i++)
    {
      g_autofree char *as_payload = armour (bad_base64[i], signature);
      g_autofree char *as_signature = armour (payload, bad_base64[i]);

      assert_invalid (self, as_payload, strlen (as_payload));
      assert_invalid (self, as_signature, strlen (as_signature));
    }
}

#define HEAD "{'id':'L','revision':1,'issuer':'maker','licensee':'x','product':'y',"
#define FEATURE(more) HEAD "'features':[{'name':'print','seats':1," more "}]}"

static const char *const bad_payloads[] = {
  "",
  "[]",
  "{}",
  PAYLOAD "x",
  "{'revision':1,'issuer':'maker','licensee':'x','product':'y'," FEATURES "}",
  "{'id':'a b','revision':1,'issuer':'maker','licensee':'x','product':'y'," FEATURES "}",
  "{'id':'L','revision':0,'issuer':'maker','licensee':'x','product':'y'," FEATURES "}",
  "{'id':'L','revision':-1,'issuer':'maker','licensee':'x','product':'y'," FEATURES "}",
  "{'id':'L','revision':2147483648,'issuer':'maker','licensee':'x','product':'y'," FEATURES "}",
  "{'id':'L','revision':1,'issuer':'../maker','licensee':'x','product':'y'," FEATURES "}",
  "{'id':'L','revision':1,'issuer':'maker','licensee':'','product':'y'," FEATURES "}",
  "{'id':'L','revision':1,'issuer':'maker','licensee':'a\\nb','product':'y'," FEATURES "}",
  "{'id':'L','revision':1,'issuer':'maker','licensee':'x','product':''," FEATURES "}",
  HEAD "'valid':true," FEATURES "}",
  HEAD FEATURES "," FEATURES "}",
  HEAD "'features':[]}",
  HEAD "'features':{}}",
  HEAD "'features':['print']}",
  HEAD "'features':[{'seats':1}]}",
  HEAD "'features':[{'name':'print'}]}",
  HEAD "'features':[{'name':'','seats':1}]}",
  HEAD "'features':[{'name':'a/b','seats':1}]}",
  HEAD "'features':[{'name':'print','seats':0}]}",
  HEAD "'features':[{'name':'print','seats':-1}]}",
  HEAD "'features':[{'name':'print','seats':1.5}]}",
  HEAD "'features':[{'name':'print','seats':1000001}]}",
  HEAD "'features':[{'name':'print','seats':1},{'name':'print','seats':2}]}",
  FEATURE ("'counted_by':'weight'"),
  FEATURE ("'unlimited':true"),
  FEATURE ("'grace_hours':-1"),
  FEATURE ("'grace_hours':8785"),
  FEATURE ("'not_after':1893456000"),
  FEATURE ("'not_after':'2030-01-01'"),
  FEATURE ("'not_after':'2030-01-01T00:00:00'"),
  FEATURE ("'not_after':'2030-01-01 00:00:00Z'"),
  FEATURE ("'not_after':'20300101T000000Z'"),
  FEATURE ("'not_after':'2030-W01-1T00:00:00Z'"),
  FEATURE ("'not_after':'2030-02-30T00:00:00Z'"),
  FEATURE ("'not_after':'2030-01-01T25:00:00Z'"),
  FEATURE ("'not_after':'2030-01-01T00:00Z'"),
  FEATURE ("'not_after':'2030-01-01T00:00:00.Z'"),
  FEATURE ("'not_after':'2030-01-01T00:00:00+0200'"),
  FEATURE ("'not_after':'2030-01-01T00:00:00+02'"),
  FEATURE ("'not_after':'2030-01-01T00:00:00Z '"),
  FEATURE ("'not_after':'1970-01-01T00:00:00Z'"),
  FEATURE ("'not_after':'never'"),
  FEATURE ("'not_before':'2030-01-02T00:00:00Z','not_after':'2030-01-01T00:00:00Z'"),
  HEAD "'bind':'" CORE_TEST_ID_A "'," FEATURES "}",
  HEAD "'bind':['short']," FEATURES "}",
  HEAD "'bind':['" CORE_TEST_ID_A "','" CORE_TEST_ID_B "']," FEATURES "}",
  HEAD "'bind':['" CORE_TEST_ID_A "','" CORE_TEST_ID_B "','" CORE_TEST_ID_A "']," FEATURES "}",
  HEAD "'bind':['" CORE_TEST_ID_A "','" CORE_TEST_ID_A "']," FEATURES "}",
  HEAD "'bind':['" CORE_TEST_ID_A "','" CORE_TEST_ID_B "','" CORE_TEST_ID_C "','dd']," FEATURES "}",
};

static void
test_payloads (Fixture *self, gconstpointer data)
{
  GError *error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (bad_payloads); i++)
    {
      g_autofree char *json = quotes (bad_payloads[i]);
      g_autofree char *text = trias_license_issue (json, self->secret, &error);

      if (text != NULL)
        g_error ("taken although wrong: %s", json);
      core_test_refused (error, TRIAS_REASON_LICENSE_INVALID);
    }
}

/* What is signed by the right key, but wrong, is refused by the reader as well as by the issuer. */
static void
test_signed_nonsense (Fixture *self, gconstpointer data)
{
  guint8 public_key[crypto_sign_PUBLICKEYBYTES], key[crypto_sign_SECRETKEYBYTES];
  gsize n;
  g_autofree guint8 *seed = g_base64_decode (self->secret, &n);

  crypto_sign_seed_keypair (public_key, key, seed);
  for (gsize i = 0; i < G_N_ELEMENTS (bad_payloads); i++)
    {
      g_autofree char *json = quotes (bad_payloads[i]);
      g_autofree char *signed_text = g_strconcat ("trias-license-1\n", json, NULL);
      g_autofree char *payload = g_base64_encode ((const guint8 *) json, strlen (json));
      g_autofree char *signature_text = NULL, *text = NULL;
      guint8 signature[crypto_sign_BYTES];

      crypto_sign_detached (signature, NULL, (const guint8 *) signed_text, strlen (signed_text),
                            key);
      signature_text = g_base64_encode (signature, sizeof signature);
      text = g_strconcat ("-----BEGIN TRIAS LICENSE-----\n", payload, "\n-----SIGNATURE-----\n",
                          signature_text, "\n-----END TRIAS LICENSE-----\n", NULL);
      assert_invalid (self, text, strlen (text));
    }
}

static char *
many_features (int n)
{
  GString *text = g_string_new (HEAD "'features':[");

  for (int i = 0; i < n; i++)
    g_string_append_printf (text, "%s{'name':'f%d','seats':1}", i > 0 ? "," : "", i);
  g_string_append (text, "]}");
  return g_string_free (text, FALSE);
}

static void
test_many_features (Fixture *self, gconstpointer data)
{
  g_autofree char *most = many_features (64), *more = many_features (65);
  g_autofree char *text = issue (most, self->secret), *json = quotes (more);
  g_autoptr (TriasLicense) license = trias_license_parse (text, strlen (text), self->issuers, NULL);
  GError *error = NULL;

  g_assert_cmpuint (trias_license_get_n_features (license), ==, 64);
  g_assert_null (trias_license_issue (json, self->secret, &error));
  core_test_refused (error, TRIAS_REASON_LICENSE_INVALID);
}

static void
test_bad_secret (Fixture *self, gconstpointer data)
{
  g_autofree char *json = quotes (PAYLOAD);
  static const char *const secrets[] = { "", "x", "AAAA" };
  GError *error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (secrets); i++)
    {
      g_assert_null (trias_license_issue (json, secrets[i], &error));
      core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
    }
}

static void
assert_issuers_refused (Fixture *self, const char *file)
{
  GError *error = NULL;

  g_assert_null (trias_issuers_load (self->folder, &error));
  g_assert_nonnull (strstr (error->message, file));
  core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
  drop (self, file);
}

static void
test_issuers (Fixture *self, gconstpointer data)
{
  g_autofree char *missing = g_build_filename (self->folder, "missing", NULL);
  g_autofree char *open_path = g_build_filename (self->folder, "open.pub", NULL);
  g_autofree char *key = NULL, *secret = NULL, *two = NULL, *longer = NULL;
  g_autoptr (TriasIssuers) none = NULL, all = NULL;
  GError *error = NULL;

  none = trias_issuers_load (missing, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (trias_issuers_count (none), ==, 0);

  trias_issuer_generate (&secret, &key);
  two = g_strconcat (key, "\n", key, "\n", NULL);
  longer = g_strnfill (2000, 'A');
  put (self, "two.pub", two);
  assert_issuers_refused (self, "two.pub");
  put (self, "empty.pub", "");
  assert_issuers_refused (self, "empty.pub");
  put (self, "short.pub", "AAAA");
  assert_issuers_refused (self, "short.pub");
  put (self, "long.pub", longer);
  assert_issuers_refused (self, "long.pub");
  put (self, "bad name.pub", key);
  assert_issuers_refused (self, "bad name.pub");
  put (self, "open.pub", key);
  g_chmod (open_path, 0666);
  assert_issuers_refused (self, "open.pub");
  put (self, "maker.test.pub", key);
  g_assert_null (trias_issuers_load (self->folder, &error));
  core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
  drop (self, "maker.test.pub");
  all = trias_issuers_load (self->folder, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (trias_issuers_count (all), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(path, func) g_test_add ("/license/" path, Fixture, NULL, set_up, func, tear_down)
  ADD ("round-trip", test_round_trip);
  ADD ("bind", test_bind);
  ADD ("test-issuer", test_test_issuer);
  ADD ("forged", test_forged);
  ADD ("rearmoured", test_rearmoured);
  ADD ("prefix", test_prefix);
  ADD ("truncated", test_truncated);
  ADD ("flipped", test_flipped);
  ADD ("armour", test_armour);
  ADD ("base64", test_base64);
  ADD ("payloads", test_payloads);
  ADD ("signed-nonsense", test_signed_nonsense);
  ADD ("many-features", test_many_features);
  ADD ("bad-secret", test_bad_secret);
  ADD ("issuers", test_issuers);
  return g_test_run ();
}
