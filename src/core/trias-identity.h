/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** Length of an id: hex SHA-256 of the SubjectPublicKeyInfo of an Ed25519 key. */
#define TRIAS_ID_LENGTH 64

/** A key pair with its self-signed certificate: a server's identity or a client's. Reference
 * counted, immutable. */
typedef struct _TriasIdentity TriasIdentity;

/** Makes a new Ed25519 identity; @common_name is only a label in the certificate. */
TriasIdentity *trias_identity_generate (const char *common_name, GError **error);
/** Reads certificate and key (PEM, one file). Refuses a file that others may read. */
TriasIdentity *trias_identity_load (const char *path, GError **error);
/** Writes atomically and durably with mode 0600. */
gboolean trias_identity_save (TriasIdentity *self, const char *path, GError **error);
/** Loads, or makes and saves if there is no such file. @created (out) (optional) */
TriasIdentity *trias_identity_load_or_create (const char *path,
                                              const char *common_name,
                                              gboolean *created,
                                              GError **error);
TriasIdentity *trias_identity_ref (TriasIdentity *self);
void trias_identity_unref (TriasIdentity *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasIdentity, trias_identity_unref)

/** 64 lower-case hex digits. */
const char *trias_identity_get_id (TriasIdentity *self);
const char *trias_identity_get_certificate_pem (TriasIdentity *self);
const char *trias_identity_get_key_pem (TriasIdentity *self);
/** Certificate with its private key, for GIO and libsoup. (transfer full) */
GTlsCertificate *trias_identity_to_tls (TriasIdentity *self, GError **error);
/** Public key as base64 of its SubjectPublicKeyInfo (DER); trias_id_from_public_key() of it is the
 * id. */
const char *trias_identity_get_public_key (TriasIdentity *self);
/** Ed25519 signature over @data, base64. (transfer full) */
char *trias_identity_sign (TriasIdentity *self, const void *data, gsize length, GError **error);
/** Whether @signature (base64) over @data was made with @public_key (base64 SubjectPublicKeyInfo).
 */
gboolean trias_identity_verify (const char *public_key,
                                const void *data,
                                gsize length,
                                const char *signature);

/** Id of a public key, or %NULL if it is no Ed25519 key. (transfer full) */
char *trias_id_from_public_key (const char *public_key);
/** Id of the key in a DER certificate, or %NULL. (transfer full) */
char *trias_id_from_certificate_der (const void *der, gsize length);
/** The same for GIO's certificate object. (transfer full) (nullable) */
char *trias_id_from_tls (GTlsCertificate *certificate);
/** Whether @text is 64 lower-case hex digits. */
gboolean trias_id_is_valid (const char *text);
/** For people to compare: groups of four, "ab12 cd34 …", upper case. (transfer full) */
char *trias_id_format (const char *id);
/** First 12 digits, for tables and logs. (transfer full) */
char *trias_id_short (const char *id);
/** A random id of 32 hex digits for leases, rules, relationships, invitations. (transfer full) */
char *trias_random_id (void);

G_END_DECLS
