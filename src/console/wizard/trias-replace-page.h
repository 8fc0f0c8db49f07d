/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/trias-servers.h"
#include "client/trias-setup.h"
#include "client/trias-triads.h"
#include "console/wizard/trias-wizard-page.h"

G_BEGIN_DECLS

/** The step that names who leaves a triad and who takes its place. */
#define TRIAS_TYPE_REPLACE_PAGE (trias_replace_page_get_type ())
G_DECLARE_FINAL_TYPE (TriasReplacePage, trias_replace_page, TRIAS, REPLACE_PAGE, TriasWizardPage)

TriasWizardPage *
trias_replace_page_new (TriasSetup *setup, TriasServers *servers, TriasTriad *triad);

G_END_DECLS
