/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/trias-setup.h"
#include "console/wizard/trias-wizard-page.h"

G_BEGIN_DECLS

/**
 * TriasSetupSummaryPage:
 *
 * What will change on which server, and the same as a command.
 */
#define TRIAS_TYPE_SETUP_SUMMARY_PAGE (trias_setup_summary_page_get_type ())
G_DECLARE_FINAL_TYPE (
    TriasSetupSummaryPage, trias_setup_summary_page, TRIAS, SETUP_SUMMARY_PAGE, TriasWizardPage)

TriasWizardPage *trias_setup_summary_page_new (TriasSetup *setup);

G_END_DECLS
