/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/trias-servers.h"

G_BEGIN_DECLS

/**
 * TriasConnectionsPopover:
 *
 * Each known server with its state, and what can be done about it.
 */
#define TRIAS_TYPE_CONNECTIONS_POPOVER (trias_connections_popover_get_type ())
G_DECLARE_FINAL_TYPE (
    TriasConnectionsPopover, trias_connections_popover, TRIAS, CONNECTIONS_POPOVER, GtkPopover)

void trias_connections_popover_set_servers (TriasConnectionsPopover *self, TriasServers *servers);

G_END_DECLS
