/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-servers.h"

G_BEGIN_DECLS

/**
 * TriasConnectDialog:
 *
 * Address, fingerprint at first contact, sign-in: what it takes to get to a server.
 */
#define TRIAS_TYPE_CONNECT_DIALOG (trias_connect_dialog_get_type ())
G_DECLARE_FINAL_TYPE (TriasConnectDialog, trias_connect_dialog, TRIAS, CONNECT_DIALOG, AdwWindow)

/** Shows it over @parent (nullable). With @server (nullable) it begins where that server stands.
 * It closes by itself once the server is signed in to, and emits "connected (self, TriasServer)".
 * (transfer none) */
TriasConnectDialog *
trias_connect_dialog_show (GtkWindow *parent, TriasServers *servers, TriasServer *server);
/** The fingerprint in groups of four, four groups a line. (transfer full) */
char *trias_connect_dialog_format_fingerprint (const char *fingerprint);

G_END_DECLS
