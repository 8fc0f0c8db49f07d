/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-servers.h"

G_BEGIN_DECLS

/**
 * TriasConnectionRow:
 *
 * A known server: its state, and buttons to sign in, connect, disconnect and forget.
 */
#define TRIAS_TYPE_CONNECTION_ROW (trias_connection_row_get_type ())
G_DECLARE_FINAL_TYPE (TriasConnectionRow, trias_connection_row, TRIAS, CONNECTION_ROW, AdwActionRow)

GtkWidget *trias_connection_row_new (TriasServers *servers, TriasServer *server);
TriasServer *trias_connection_row_get_server (TriasConnectionRow *self);

G_END_DECLS
