/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-secrets.h"
#include "client/trias-server.h"

G_BEGIN_DECLS

/**
 * TriasServers:
 *
 * The licence servers a person added: a #GListModel of #TriasServer in the order of adding. Kept
 * as a key file with addresses, fingerprints and names; never passwords.
 *
 * Properties: `n-items` (uint), `n-online` (uint), `n-signed-in` (uint), `secrets` (TriasSecrets,
 * nullable).
 */
#define TRIAS_TYPE_SERVERS (trias_servers_get_type ())
G_DECLARE_FINAL_TYPE (TriasServers, trias_servers, TRIAS, SERVERS, GObject)

/** @path: the key file; %NULL for $XDG_CONFIG_HOME/trias/servers.conf, "" for none: a list that
 * is gone with the program. @secrets: (nullable).
 * Nothing is read yet. */
TriasServers *trias_servers_new (const char *path, TriasSecrets *secrets);
/** Reads the key file; a missing one is an empty list. Servers known already are kept. Unusable
 * entries are left out. */
gboolean trias_servers_restore (TriasServers *self, GError **error);
/** Writes it; add, remove, trust and rename do so by themselves (failures are then told by
 * `save-failed (self, GError)`). */
gboolean trias_servers_save (TriasServers *self, GError **error);
/** Adds a server, or returns the one that has this address or fingerprint already. (transfer none)
 * %NULL if @text is no address. */
TriasServer *trias_servers_add (TriasServers *self, const char *text, GError **error);
/** Forgets @server, its token and its fingerprint. */
void trias_servers_remove (TriasServers *self, TriasServer *server);
/** (nullable) (transfer none) */
TriasServer *trias_servers_find (TriasServers *self, const char *id);
/** (nullable) (transfer none) by address as typed, by name or by beginning of the id. */
TriasServer *trias_servers_lookup (TriasServers *self, const char *text);
/** Keeps the name that @server was just heard to have, for programs that do not stay connected. */
void trias_servers_note_name (TriasServers *self, TriasServer *server, const char *name);
/** Connects all that are disconnected. */
void trias_servers_connect_all (TriasServers *self);
/** Disconnects all. */
void trias_servers_disconnect_all (TriasServers *self);

G_END_DECLS
