/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/trias-servers.h"
#include "client/trias-setup.h"
#include "console/wizard/trias-wizard-page.h"

G_BEGIN_DECLS

/**
 * TriasSetupServersPage:
 *
 * Which server is the main one, which the backup.
 */
#define TRIAS_TYPE_SETUP_SERVERS_PAGE (trias_setup_servers_page_get_type ())
G_DECLARE_FINAL_TYPE (
    TriasSetupServersPage, trias_setup_servers_page, TRIAS, SETUP_SERVERS_PAGE, TriasWizardPage)

TriasWizardPage *trias_setup_servers_page_new (TriasSetup *setup, TriasServers *servers);

G_END_DECLS
