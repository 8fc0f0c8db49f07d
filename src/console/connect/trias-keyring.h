/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/trias-secrets.h"

G_BEGIN_DECLS

/**
 * TriasKeyring:
 *
 * Keeps sessions in the desktop's keyring, for the servers for which the person asked so.
 */
#define TRIAS_TYPE_KEYRING (trias_keyring_get_type ())
G_DECLARE_FINAL_TYPE (TriasKeyring, trias_keyring, TRIAS, KEYRING, GObject)

TriasKeyring *trias_keyring_new (void);
/** Whether there is a keyring to keep anything in. */
gboolean trias_keyring_is_available (TriasKeyring *self);
/** Whether the session with @server_id may be kept from now on. */
void trias_keyring_set_keep (TriasKeyring *self, const char *server_id, gboolean keep);

G_END_DECLS
