/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-identity-private.h"

#include "core/trias-problem.h"

#include <gnutls/gnutls.h>
#include <string.h>
#include <time.h>

#define MAX_COMMON_NAME 64 /* ub-common-name of X.520 */
#define VALID_SECONDS (20L * 365 * 86400)

struct _TriasIdentity
{
  gatomicrefcount refs;
  char *id;
  char *certificate_pem;
  char *key_pem;
  char *public_key;
  guint8 secret[crypto_sign_SECRETKEYBYTES];
};

void
trias_free_secret_text (char *text)
{
  if (text == NULL)
    return;
  sodium_memzero (text, strlen (text));
  g_free (text);
}

/* Takes the bytes that GnuTLS gave out, and wipes them. */
static char *
take_datum (gnutls_datum_t *datum)
{
  char *text = g_strndup ((const char *) datum->data, datum->size);

  sodium_memzero (datum->data, datum->size);
  gnutls_free (datum->data);
  return text;
}

static gpointer
fail (GError **error, TriasReason reason, const char *what, int code)
{
  g_set_error (error, TRIAS_ERROR, (int) reason, "%s: %s", what, gnutls_strerror (code));
  return NULL;
}

static gboolean
take_secret (TriasIdentity *self, gnutls_x509_privkey_t privkey, guint8 *raw)
{
  gnutls_ecc_curve_t curve;
  gnutls_datum_t x = { NULL, 0 }, k = { NULL, 0 };
  gboolean good;

  if (gnutls_x509_privkey_get_pk_algorithm (privkey) != GNUTLS_PK_EDDSA_ED25519
      || gnutls_x509_privkey_export_ecc_raw (privkey, &curve, &x, NULL, &k) < 0)
    return FALSE;
  good = k.size == crypto_sign_SEEDBYTES
         && crypto_sign_seed_keypair (raw, self->secret, k.data) == 0;
  sodium_memzero (k.data, k.size);
  gnutls_free (k.data);
  gnutls_free (x.data);
  return good;
}

/* Both are written anew from what was read: a file may hold more than one of them, and the text of
 * the certificate, which is shown to everybody, must never carry the private key along. */
static int
take_texts (TriasIdentity *self, gnutls_x509_crt_t crt, gnutls_x509_privkey_t privkey)
{
  gnutls_datum_t text = { NULL, 0 };
  int code = gnutls_x509_crt_export2 (crt, GNUTLS_X509_FMT_PEM, &text);

  if (code < 0)
    return code;
  self->certificate_pem = take_datum (&text);
  code = gnutls_x509_privkey_export2_pkcs8 (privkey, GNUTLS_X509_FMT_PEM, NULL, GNUTLS_PKCS_PLAIN,
                                            &text);
  if (code >= 0)
    self->key_pem = take_datum (&text);
  return code;
}

static gpointer
fail_kind (GError **error, TriasReason reason, const char *what)
{
  g_set_error (error, TRIAS_ERROR, (int) reason, "The certificate and the private key %s.", what);
  return NULL;
}

/* An identity of two keys that were read or made. */
static TriasIdentity *
identity_new (gnutls_x509_crt_t crt, gnutls_x509_privkey_t privkey, GError **error)
{
  g_autoptr (TriasIdentity) self = g_new0 (TriasIdentity, 1);
  g_autofree char *id = NULL;
  guint8 raw[crypto_sign_PUBLICKEYBYTES];
  int code;

  g_atomic_ref_count_init (&self->refs);
  self->id = trias_id_from_crt (crt);
  if (self->id == NULL || !take_secret (self, privkey, raw))
    return fail_kind (error, TRIAS_REASON_BAD_REQUEST, "must be of the kind Ed25519");
  self->public_key = trias_public_key_encode (raw);
  id = trias_id_from_public_key (self->public_key);
  if (g_strcmp0 (self->id, id) != 0)
    return fail_kind (error, TRIAS_REASON_KEY_MISMATCH, "do not belong together");
  code = take_texts (self, crt, privkey);
  if (code < 0)
    return fail (error, TRIAS_REASON_INTERNAL, "The identity cannot be written as text", code);
  return g_steal_pointer (&self);
}

TriasIdentity *
trias_identity_new_from_pem (const char *text, GError **error)
{
  g_auto (gnutls_x509_crt_t) crt = NULL;
  g_auto (gnutls_x509_privkey_t) privkey = NULL;
  gnutls_datum_t datum = { (guint8 *) text, (guint) strlen (text) };
  int code;

  if ((code = gnutls_x509_crt_init (&crt)) < 0 || (code = gnutls_x509_privkey_init (&privkey)) < 0)
    return fail (error, TRIAS_REASON_INTERNAL, "GnuTLS cannot be used", code);
  if ((code = gnutls_x509_crt_import (crt, &datum, GNUTLS_X509_FMT_PEM)) < 0)
    return fail (error, TRIAS_REASON_BAD_REQUEST, "The certificate cannot be read", code);
  if ((code = gnutls_x509_privkey_import (privkey, &datum, GNUTLS_X509_FMT_PEM)) < 0)
    return fail (error, TRIAS_REASON_BAD_REQUEST, "The private key cannot be read", code);
  return identity_new (crt, privkey, error);
}

static int
fill_certificate (gnutls_x509_crt_t crt, gnutls_x509_privkey_t privkey, const char *name)
{
  guint8 serial[16];
  time_t now = time (NULL);
  int code;

  randombytes_buf (serial, sizeof serial);
  serial[0] = (serial[0] & 0x7f) | 0x40; /* positive and never shorter */
  if ((code = gnutls_x509_crt_set_version (crt, 3)) < 0
      || (code = gnutls_x509_crt_set_serial (crt, serial, sizeof serial)) < 0
      /* A day back, because clocks differ: the key is pinned, not the time. */
      || (code = gnutls_x509_crt_set_activation_time (crt, now - 86400)) < 0
      || (code = gnutls_x509_crt_set_expiration_time (crt, now + VALID_SECONDS)) < 0
      || (code = gnutls_x509_crt_set_dn_by_oid (crt, GNUTLS_OID_X520_COMMON_NAME, 0, name,
                                                (guint) strlen (name)))
             < 0
      || (code = gnutls_x509_crt_set_key (crt, privkey)) < 0
      || (code = gnutls_x509_crt_set_basic_constraints (crt, 0, -1)) < 0
      || (code = gnutls_x509_crt_set_key_usage (crt, GNUTLS_KEY_DIGITAL_SIGNATURE)) < 0
      || (code = gnutls_x509_crt_set_key_purpose_oid (crt, GNUTLS_KP_TLS_WWW_SERVER, 0)) < 0
      || (code = gnutls_x509_crt_set_key_purpose_oid (crt, GNUTLS_KP_TLS_WWW_CLIENT, 0)) < 0)
    return code;
  return gnutls_x509_crt_sign2 (crt, crt, privkey, GNUTLS_DIG_SHA512, 0);
}

/* A label that every reader of certificates can bear. */
static char *
shorten_name (const char *name)
{
  g_autofree char *valid = g_utf8_make_valid (name != NULL ? name : "", -1);
  const char *end = valid;

  while (*end != '\0' && g_utf8_next_char (end) - valid <= MAX_COMMON_NAME)
    end = g_utf8_next_char (end);
  return end > valid ? g_strndup (valid, (gsize) (end - valid)) : g_strdup ("trias");
}

TriasIdentity *
trias_identity_generate (const char *common_name, GError **error)
{
  g_auto (gnutls_x509_crt_t) crt = NULL;
  g_auto (gnutls_x509_privkey_t) privkey = NULL;
  g_autofree char *name = shorten_name (common_name);
  int code;

  if ((code = gnutls_x509_privkey_init (&privkey)) < 0 || (code = gnutls_x509_crt_init (&crt)) < 0
      || (code = gnutls_x509_privkey_generate (privkey, GNUTLS_PK_EDDSA_ED25519, 0, 0)) < 0
      || (code = fill_certificate (crt, privkey, name)) < 0)
    return fail (error, TRIAS_REASON_INTERNAL, "No key could be made", code);
  return identity_new (crt, privkey, error);
}

TriasIdentity *
trias_identity_ref (TriasIdentity *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
trias_identity_unref (TriasIdentity *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->refs))
    return;
  sodium_memzero (self->secret, sizeof self->secret);
  trias_free_secret_text (self->key_pem);
  g_free (self->id);
  g_free (self->certificate_pem);
  g_free (self->public_key);
  g_free (self);
}

const char *
trias_identity_get_id (TriasIdentity *self)
{
  return self->id;
}

const char *
trias_identity_get_certificate_pem (TriasIdentity *self)
{
  return self->certificate_pem;
}

const char *
trias_identity_get_key_pem (TriasIdentity *self)
{
  return self->key_pem;
}

const char *
trias_identity_get_public_key (TriasIdentity *self)
{
  return self->public_key;
}

GTlsCertificate *
trias_identity_to_tls (TriasIdentity *self, GError **error)
{
  char *both = g_strconcat (self->certificate_pem, self->key_pem, NULL);
  GTlsCertificate *certificate = g_tls_certificate_new_from_pem (both, -1, error);

  trias_free_secret_text (both);
  return certificate;
}

char *
trias_identity_sign (TriasIdentity *self, const void *data, gsize length, GError **error)
{
  guint8 signature[crypto_sign_BYTES];
  char text[sodium_base64_ENCODED_LEN (sizeof signature, sodium_base64_VARIANT_ORIGINAL)];

  if (crypto_sign_detached (signature, NULL, data, length, self->secret) != 0)
    return fail (error, TRIAS_REASON_INTERNAL, "Nothing could be signed", GNUTLS_E_PK_SIGN_FAILED);
  return g_strdup (sodium_bin2base64 (text, sizeof text, signature, sizeof signature,
                                      sodium_base64_VARIANT_ORIGINAL));
}
