/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-servers.h"

G_BEGIN_DECLS

/**
 * TriasServerPage:
 *
 * The known licence servers, and the chosen one: who it is and whom it lets in.
 */
#define TRIAS_TYPE_SERVER_PAGE (trias_server_page_get_type ())
G_DECLARE_FINAL_TYPE (TriasServerPage, trias_server_page, TRIAS, SERVER_PAGE, AdwBin)

void trias_server_page_set_servers (TriasServerPage *self, TriasServers *servers);

G_END_DECLS
