/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define TRIAS_DEFAULT_PORT 7643

/** Where a server is: `HOST[:PORT][#FINGERPRINT]`, IPv6 in brackets. */
typedef struct
{
  char *host; /* (owned) name or address without brackets */
  guint16 port;
  char *fingerprint; /* (owned) (nullable) 64 hex digits */
} TriasAddress;

/** Parses what a person typed; spaces around it and in the fingerprint are forgiven. */
TriasAddress *trias_address_parse (const char *text, GError **error);
TriasAddress *trias_address_copy (const TriasAddress *self);
void trias_address_free (TriasAddress *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasAddress, trias_address_free)
/** `HOST` or `HOST:PORT` (the default port is left out), with the fingerprint if asked. (transfer
 * full) */
char *trias_address_to_string (const TriasAddress *self, gboolean with_fingerprint);
/** `https://HOST:PORT`. (transfer full) */
char *trias_address_to_base_uri (const TriasAddress *self);

G_END_DECLS
