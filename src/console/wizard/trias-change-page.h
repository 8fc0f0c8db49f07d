/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/trias-servers.h"
#include "client/trias-setup.h"
#include "client/trias-triads.h"
#include "console/wizard/trias-wizard-page.h"

G_BEGIN_DECLS

/** The step that names the server with which a relationship goes on: who takes the place of whom in
 * a triad, or who makes a triad of a pair. */
#define TRIAS_TYPE_CHANGE_PAGE (trias_change_page_get_type ())
G_DECLARE_FINAL_TYPE (TriasChangePage, trias_change_page, TRIAS, CHANGE_PAGE, TriasWizardPage)

/** @triad: (nullable) the one in which a server is replaced; %NULL if a pair becomes a triad. */
TriasWizardPage *
trias_change_page_new (TriasSetup *setup, TriasServers *servers, TriasTriad *triad);

G_END_DECLS
