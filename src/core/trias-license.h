/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-json.h"

G_BEGIN_DECLS

typedef enum
{
  TRIAS_COUNTED_BY_LEASE,
  TRIAS_COUNTED_BY_DEVICE
} TriasCountedBy;

/** "lease" or "device". */
const char *trias_counted_by_to_word (TriasCountedBy counted_by);
gboolean trias_counted_by_from_word (const char *word, TriasCountedBy *counted_by);

/** One feature of a licence. Times are Unix milliseconds; 0 means no limit. */
typedef struct
{
  char *name; /* (owned) 1 to 64 of [A-Za-z0-9._-] */
  guint seats;
  TriasCountedBy counted_by;
  gint64 not_before;
  gint64 not_after;
  guint grace_hours;
} TriasFeature;

/** When @feature serves no more, its grace period included: Unix ms; %G_MAXINT64 = never. */
gint64 trias_feature_end (const TriasFeature *feature);
/** Whether @feature serves at @time (Unix ms). */
gboolean trias_feature_serves (const TriasFeature *feature, gint64 time);

/** A licence as its issuer signed it. Immutable, reference counted. */
typedef struct _TriasLicense TriasLicense;

/** Issuers' public keys: issuer name to Ed25519 public key. */
typedef struct _TriasIssuers TriasIssuers;

/** Reads every `NAME.pub` (one line of base64 raw Ed25519 key) of @folder. A missing folder gives
 * an empty set. `NAME.test.pub` marks a test issuer, which the UI must show. */
TriasIssuers *trias_issuers_load (const char *folder, GError **error);
/** Reads the folder again, for everybody who holds @self; on an error nothing changes. */
gboolean trias_issuers_reload (TriasIssuers *self, GError **error);
TriasIssuers *trias_issuers_ref (TriasIssuers *self);
void trias_issuers_unref (TriasIssuers *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasIssuers, trias_issuers_unref)
guint trias_issuers_count (TriasIssuers *self);
/** Names of all, sorted. (transfer full) */
char **trias_issuers_list (TriasIssuers *self);
/** SHA-256 of the public key of the issuer @name, hex, to compare it with another server's; %NULL
 * if it is unknown. (transfer full) (nullable) */
char *trias_issuers_fingerprint (TriasIssuers *self, const char *name);

/** Makes an issuer's key pair: base64 secret and public key. Both (transfer full). */
void trias_issuer_generate (char **secret, char **public_key);

/** What is to be signed. The payload is checked as a reader would check it. */
char *trias_license_issue (const char *payload_json, const char *secret, GError **error);
/** Parses and verifies @text. %TRIAS_REASON_LICENSE_INVALID says what is wrong: armour, signature,
 * unknown issuer, unknown field or feature kind (readers refuse what they do not know). */
TriasLicense *
trias_license_parse (const char *text, gsize length, TriasIssuers *issuers, GError **error);
/** Parses without checking the signature, to show what a file claims. */
TriasLicense *trias_license_inspect (const char *text, gsize length, GError **error);
TriasLicense *trias_license_ref (TriasLicense *self);
void trias_license_unref (TriasLicense *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasLicense, trias_license_unref)

const char *
trias_license_get_text (TriasLicense *self); /* the armoured text, normalised line ends */
const char *trias_license_get_id (TriasLicense *self);
guint trias_license_get_revision (TriasLicense *self);
const char *trias_license_get_issuer (TriasLicense *self);
const char *trias_license_get_licensee (TriasLicense *self);
const char *trias_license_get_product (TriasLicense *self);
gboolean trias_license_is_test (TriasLicense *self);
/** Server ids it is bound to: none, one or three. (transfer none) (array zero-terminated=1) */
const char *const *trias_license_get_bind (TriasLicense *self);
guint trias_license_get_n_features (TriasLicense *self);
const TriasFeature *trias_license_get_feature (TriasLicense *self, guint index);
/** Whether it may be installed on @server_id: unbound, bound to it, or (three) bound to it among
 * others. */
gboolean trias_license_is_for (TriasLicense *self, const char *server_id);
/** Whether the @n servers @ids serve it together as one: unbound, or bound to exactly these, in any
 * order. With one id: whether that server serves it alone. */
gboolean trias_license_is_for_members (TriasLicense *self, const char *const *ids, guint n);

/* The payload, JSON: {"id","revision","issuer","licensee","product","bind":[…],
 * "features":[{"name","seats","counted_by":"lease|device","not_before","not_after" (RFC 3339 or
 * null),"grace_hours"}]} The file:
 *   -----BEGIN TRIAS LICENSE-----
 *   base64 of the exact payload bytes, 64 per line
 *   -----SIGNATURE-----
 *   base64 of the Ed25519 signature over "trias-license-1\n" and the payload bytes
 *   -----END TRIAS LICENSE-----
 * Lines before BEGIN and after END are comments. At most 64 kB. */
#define TRIAS_LICENSE_MAX_BYTES (64 * 1024)

G_END_DECLS
