/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-identity-private.h"

#include "core/trias-text.h"

#include <string.h>

#define HASH_BYTES crypto_hash_sha256_BYTES

/* DER of the SubjectPublicKeyInfo of an Ed25519 key: this prefix and the 32 bytes (RFC 8410). */
static const guint8 spki_prefix[]
    = { 0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00 };
#define SPKI_BYTES (sizeof spki_prefix + crypto_sign_PUBLICKEYBYTES)
#define SPKI_BASE64 sodium_base64_ENCODED_LEN (SPKI_BYTES, sodium_base64_VARIANT_ORIGINAL)

static char *
hex_of_hash (const guint8 *hash)
{
  char hex[2 * HASH_BYTES + 1];

  return g_strdup (sodium_bin2hex (hex, sizeof hex, hash, HASH_BYTES));
}

gboolean
trias_public_key_decode (const char *public_key, guint8 raw[crypto_sign_PUBLICKEYBYTES])
{
  guint8 spki[SPKI_BYTES];
  gsize length;

  if (public_key == NULL || !trias_base64_decode (public_key, spki, sizeof spki, &length)
      || length != sizeof spki || memcmp (spki, spki_prefix, sizeof spki_prefix) != 0)
    return FALSE;
  memcpy (raw, spki + sizeof spki_prefix, crypto_sign_PUBLICKEYBYTES);
  return TRUE;
}

static void
fill_spki (guint8 *spki, const guint8 *raw)
{
  memcpy (spki, spki_prefix, sizeof spki_prefix);
  memcpy (spki + sizeof spki_prefix, raw, crypto_sign_PUBLICKEYBYTES);
}

char *
trias_public_key_encode (const guint8 raw[crypto_sign_PUBLICKEYBYTES])
{
  guint8 spki[SPKI_BYTES];
  char text[SPKI_BASE64];

  fill_spki (spki, raw);
  return g_strdup (
      sodium_bin2base64 (text, sizeof text, spki, sizeof spki, sodium_base64_VARIANT_ORIGINAL));
}

char *
trias_id_from_public_key (const char *public_key)
{
  guint8 raw[crypto_sign_PUBLICKEYBYTES], spki[SPKI_BYTES], hash[HASH_BYTES];

  if (!trias_public_key_decode (public_key, raw))
    return NULL;
  fill_spki (spki, raw);
  crypto_hash_sha256 (hash, spki, sizeof spki);
  return hex_of_hash (hash);
}

char *
trias_id_from_crt (gnutls_x509_crt_t crt)
{
  guint8 hash[HASH_BYTES];
  size_t length = sizeof hash;

  if (gnutls_x509_crt_get_pk_algorithm (crt, NULL) != GNUTLS_PK_EDDSA_ED25519
      || gnutls_x509_crt_get_key_id (crt, GNUTLS_KEYID_USE_SHA256, hash, &length) < 0
      || length != sizeof hash)
    return NULL;
  return hex_of_hash (hash);
}

char *
trias_id_from_certificate_der (const void *der, gsize length)
{
  g_auto (gnutls_x509_crt_t) crt = NULL;
  gnutls_datum_t datum = { (guint8 *) der, (guint) length };

  if (der == NULL || length == 0 || length > G_MAXUINT16 || gnutls_x509_crt_init (&crt) < 0
      || gnutls_x509_crt_import (crt, &datum, GNUTLS_X509_FMT_DER) < 0)
    return NULL;
  return trias_id_from_crt (crt);
}

char *
trias_id_from_tls (GTlsCertificate *certificate)
{
  g_autoptr (GByteArray) der = NULL;

  if (certificate == NULL)
    return NULL;
  g_object_get (certificate, "certificate", &der, NULL);
  return der != NULL ? trias_id_from_certificate_der (der->data, der->len) : NULL;
}

gboolean
trias_id_is_valid (const char *text)
{
  if (text == NULL)
    return FALSE;
  for (guint i = 0; i < TRIAS_ID_LENGTH; i++)
    if (!g_ascii_isdigit (text[i]) && !(text[i] >= 'a' && text[i] <= 'f'))
      return FALSE;
  return text[TRIAS_ID_LENGTH] == '\0';
}

char *
trias_id_format (const char *id)
{
  GString *out = g_string_sized_new (TRIAS_ID_LENGTH * 5 / 4);

  for (guint i = 0; id[i] != '\0'; i++)
    {
      if (i > 0 && i % 4 == 0)
        g_string_append_c (out, ' ');
      g_string_append_c (out, g_ascii_toupper (id[i]));
    }
  return g_string_free (out, FALSE);
}

char *
trias_id_short (const char *id)
{
  return g_strndup (id, 12);
}

char *
trias_random_id (void)
{
  guint8 bytes[16];
  char hex[2 * sizeof bytes + 1];

  randombytes_buf (bytes, sizeof bytes);
  return g_strdup (sodium_bin2hex (hex, sizeof hex, bytes, sizeof bytes));
}

gboolean
trias_identity_verify (const char *public_key,
                       const void *data,
                       gsize length,
                       const char *signature)
{
  guint8 raw[crypto_sign_PUBLICKEYBYTES], bytes[crypto_sign_BYTES];
  gsize n;

  return trias_public_key_decode (public_key, raw) && signature != NULL
         && trias_base64_decode (signature, bytes, sizeof bytes, &n) && n == sizeof bytes
         && crypto_sign_verify_detached (bytes, data, length, raw) == 0;
}
