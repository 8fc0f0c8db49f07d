/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/trias-setup.h"
#include "client/trias-servers.h"
#include "client/trias-triads.h"
#include "console/wizard/trias-wizard.h"

G_BEGIN_DECLS

/**
 * TriasSetupWizard:
 *
 * The wizard for setting up redundancy: joins two servers in a backup relationship.
 */
#define TRIAS_TYPE_SETUP_WIZARD (trias_setup_wizard_get_type ())
G_DECLARE_FINAL_TYPE (TriasSetupWizard, trias_setup_wizard, TRIAS, SETUP_WIZARD, TriasWizard)

/** (transfer none) */
TriasSetupWizard *trias_setup_wizard_show (GtkWindow *parent, TriasServers *servers);
/** The same for a member of @triad that is replaced; @member: its server id. The console must be
 * signed in to a server of it, the active one if there is one. (transfer none) */
TriasSetupWizard *trias_setup_wizard_show_replace (GtkWindow *parent,
                                                   TriasServers *servers,
                                                   TriasTriad *triad,
                                                   const char *member);
/** The same for a pair that becomes a triad. @main_server: its main server; the console must be
 * signed in to it. (transfer none) */
TriasSetupWizard *
trias_setup_wizard_show_grow (GtkWindow *parent, TriasServers *servers, TriasServer *main_server);
/** (transfer none) */
TriasSetup *trias_setup_wizard_get_setup (TriasSetupWizard *self);

G_END_DECLS
