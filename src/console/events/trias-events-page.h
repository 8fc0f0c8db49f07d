/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-servers.h"

G_BEGIN_DECLS

/**
 * TriasEventsPage:
 *
 * What happened on all servers, newest first.
 */
#define TRIAS_TYPE_EVENTS_PAGE (trias_events_page_get_type ())
G_DECLARE_FINAL_TYPE (TriasEventsPage, trias_events_page, TRIAS, EVENTS_PAGE, AdwBin)

void trias_events_page_set_servers (TriasEventsPage *self, TriasServers *servers);

G_END_DECLS
