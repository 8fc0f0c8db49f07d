/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-identity.h"

#include <gnutls/x509.h>
#include <sodium.h>

G_BEGIN_DECLS

/** Builds an identity from the certificate and the key in @text; checks that they are Ed25519 and
 * belong together. */
TriasIdentity *trias_identity_new_from_pem (const char *text, GError **error);
/** Wipes and frees @text, which may be %NULL. */
void trias_free_secret_text (char *text);

/** The raw key in base64 of a SubjectPublicKeyInfo. */
gboolean trias_public_key_decode (const char *public_key, guint8 raw[crypto_sign_PUBLICKEYBYTES]);
/** The reverse. (transfer full) */
char *trias_public_key_encode (const guint8 raw[crypto_sign_PUBLICKEYBYTES]);
/** Id of the Ed25519 key in @crt, or %NULL. (transfer full) */
char *trias_id_from_crt (gnutls_x509_crt_t crt);

G_DEFINE_AUTO_CLEANUP_FREE_FUNC (gnutls_x509_crt_t, gnutls_x509_crt_deinit, NULL)
G_DEFINE_AUTO_CLEANUP_FREE_FUNC (gnutls_x509_privkey_t, gnutls_x509_privkey_deinit, NULL)

G_END_DECLS
