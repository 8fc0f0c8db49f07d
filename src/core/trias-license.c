/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-license-private.h"

#include "core/trias-problem.h"
#include "core/trias-text.h"

#include <string.h>

#define SIGNED_PREFIX "trias-license-1\n"
#define HOUR_MS G_GINT64_CONSTANT (3600000)

static const char *const counted_words[] = { "lease", "device" };

const char *
trias_counted_by_to_word (TriasCountedBy counted_by)
{
  return counted_words[counted_by];
}

gboolean
trias_counted_by_from_word (const char *word, TriasCountedBy *counted_by)
{
  int at = trias_text_find_word (counted_words, G_N_ELEMENTS (counted_words), word);

  if (at >= 0)
    *counted_by = (TriasCountedBy) at;
  return at >= 0;
}

gpointer
trias_license_fail (GError **error, const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error_literal (error, TRIAS_ERROR, TRIAS_REASON_LICENSE_INVALID, what);
  return NULL;
}

/* A prefix, so that no other signature of the same key can pass for one of a licence. */
static GBytes *
signed_bytes (GBytes *payload)
{
  gsize length;
  gconstpointer data = g_bytes_get_data (payload, &length);
  GByteArray *all = g_byte_array_sized_new ((guint) (strlen (SIGNED_PREFIX) + length));

  g_byte_array_append (all, (const guint8 *) SIGNED_PREFIX, strlen (SIGNED_PREFIX));
  g_byte_array_append (all, data, (guint) length);
  return g_byte_array_free_to_bytes (all);
}

/* Signs with the base64 seed in @secret; a line end after it, as a file has, is forgiven. */
static gboolean
sign (GBytes *payload, const char *secret, guint8 *signature)
{
  g_autoptr (GBytes) all = signed_bytes (payload);
  guint8 seed[crypto_sign_SEEDBYTES], public_key[crypto_sign_PUBLICKEYBYTES];
  guint8 key[crypto_sign_SECRETKEYBYTES];
  char *line = g_strstrip (g_strdup (secret));
  gsize length;
  gboolean good = trias_base64_decode (line, seed, sizeof seed, &length) && length == sizeof seed;

  if (good)
    {
      crypto_sign_seed_keypair (public_key, key, seed);
      crypto_sign_detached (signature, NULL, g_bytes_get_data (all, NULL), g_bytes_get_size (all),
                            key);
    }
  sodium_memzero (line, strlen (line));
  sodium_memzero (seed, sizeof seed);
  sodium_memzero (key, sizeof key);
  g_free (line);
  return good;
}

char *
trias_license_issue (const char *payload_json, const char *secret, GError **error)
{
  g_autoptr (GBytes) payload = g_bytes_new (payload_json, strlen (payload_json));
  g_autoptr (TriasLicense) license = trias_license_read_payload (payload, error);
  TriasArmour armour = { payload };
  g_autofree char *text = NULL;

  if (license == NULL)
    return NULL;
  if (!sign (payload, secret, armour.signature))
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
                   "The issuer's secret key is not 32 bytes in base64.");
      return NULL;
    }
  text = trias_armour_close (&armour);
  if (strlen (text) > TRIAS_LICENSE_MAX_BYTES)
    return trias_license_fail (error, "The licence is larger than 64 kB.");
  return g_steal_pointer (&text);
}

static TriasLicense *
license_read (const char *text, gsize length, TriasArmour *armour, GError **error)
{
  TriasLicense *self;

  if (!trias_armour_open (text, length, armour, error))
    return NULL;
  self = trias_license_read_payload (armour->payload, error);
  if (self != NULL)
    self->text = trias_armour_close (armour);
  return self;
}

static gboolean
verify (TriasLicense *self, const TriasArmour *armour, TriasIssuers *issuers, GError **error)
{
  g_autoptr (GBytes) all = signed_bytes (armour->payload);
  guint8 key[crypto_sign_PUBLICKEYBYTES];

  if (!trias_issuers_find (issuers, self->issuer, key, &self->test))
    {
      trias_license_fail (error,
                          "The issuer “%s” is not known to this server; put its public key into "
                          "the folder of issuers.",
                          self->issuer);
      return FALSE;
    }
  if (crypto_sign_verify_detached (armour->signature, g_bytes_get_data (all, NULL),
                                   g_bytes_get_size (all), key)
      == 0)
    return TRUE;
  trias_license_fail (error,
                      "The signature does not fit: the licence was changed, or “%s” did not issue "
                      "it.",
                      self->issuer);
  return FALSE;
}

TriasLicense *
trias_license_parse (const char *text, gsize length, TriasIssuers *issuers, GError **error)
{
  TriasArmour armour = { NULL };
  g_autoptr (TriasLicense) self = license_read (text, length, &armour, error);
  g_autoptr (GBytes) payload = armour.payload;

  if (self == NULL || !verify (self, &armour, issuers, error))
    return NULL;
  return g_steal_pointer (&self);
}

TriasLicense *
trias_license_inspect (const char *text, gsize length, GError **error)
{
  TriasArmour armour = { NULL };
  TriasLicense *self = license_read (text, length, &armour, error);

  g_clear_pointer (&armour.payload, g_bytes_unref);
  return self;
}

TriasLicense *
trias_license_ref (TriasLicense *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
trias_license_unref (TriasLicense *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->text);
  g_free (self->id);
  g_free (self->issuer);
  g_free (self->licensee);
  g_free (self->product);
  g_strfreev (self->bind);
  g_ptr_array_unref (self->features);
  g_free (self);
}

const char *
trias_license_get_text (TriasLicense *self)
{
  return self->text;
}

const char *
trias_license_get_id (TriasLicense *self)
{
  return self->id;
}

guint
trias_license_get_revision (TriasLicense *self)
{
  return self->revision;
}

const char *
trias_license_get_issuer (TriasLicense *self)
{
  return self->issuer;
}

const char *
trias_license_get_licensee (TriasLicense *self)
{
  return self->licensee;
}

const char *
trias_license_get_product (TriasLicense *self)
{
  return self->product;
}

gboolean
trias_license_is_test (TriasLicense *self)
{
  return self->test;
}

const char *const *
trias_license_get_bind (TriasLicense *self)
{
  return (const char *const *) self->bind;
}

guint
trias_license_get_n_features (TriasLicense *self)
{
  return self->features->len;
}

const TriasFeature *
trias_license_get_feature (TriasLicense *self, guint index)
{
  return index < self->features->len ? g_ptr_array_index (self->features, index) : NULL;
}

gint64
trias_feature_end (const TriasFeature *feature)
{
  gint64 grace = (gint64) feature->grace_hours * HOUR_MS;

  if (feature->not_after == 0 || feature->not_after > G_MAXINT64 - grace)
    return G_MAXINT64;
  return feature->not_after + grace;
}

gboolean
trias_feature_serves (const TriasFeature *feature, gint64 time)
{
  return feature->not_before <= time && time < trias_feature_end (feature);
}

gboolean
trias_license_is_for (TriasLicense *self, const char *server_id)
{
  return self->bind[0] == NULL || g_strv_contains (trias_license_get_bind (self), server_id);
}

gboolean
trias_license_is_for_members (TriasLicense *self, const char *const *ids, guint n)
{
  const char *const *bind = trias_license_get_bind (self);

  if (bind[0] == NULL)
    return TRUE;
  /* Both name each server once: as many, and all of them among the others, are the same. */
  if (g_strv_length ((char **) bind) != n)
    return FALSE;
  for (guint i = 0; i < n; i++)
    if (!g_strv_contains (bind, ids[i]))
      return FALSE;
  return TRUE;
}
