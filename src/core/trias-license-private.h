/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-license.h"

#include <sodium.h>

G_BEGIN_DECLS

struct _TriasLicense
{
  gatomicrefcount refs;
  char *text;
  char *id;
  guint revision;
  char *issuer;
  char *licensee;
  char *product;
  char **bind;
  GPtrArray *features; /* (element-type TriasFeature) */
  gboolean test;
};

/** What stands in the armour. */
typedef struct
{
  GBytes *payload;
  guint8 signature[crypto_sign_BYTES];
} TriasArmour;

/** Takes the armour off; exact in all but comments and line ends. */
gboolean trias_armour_open (const char *text, gsize length, TriasArmour *armour, GError **error);
/** The canonical text. (transfer full) */
char *trias_armour_close (const TriasArmour *armour);

/** Reads the payload with every check but the signature. */
TriasLicense *trias_license_read_payload (GBytes *payload, GError **error);
/** The key of @name; %FALSE if there is no such issuer. */
gboolean trias_issuers_find (TriasIssuers *self,
                             const char *name,
                             guint8 key[crypto_sign_PUBLICKEYBYTES],
                             gboolean *test);
/** Sets %TRIAS_REASON_LICENSE_INVALID; returns %NULL. */
gpointer trias_license_fail (GError **error, const char *format, ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS
