/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/trias-setup.h"
#include "console/wizard/trias-wizard-page.h"

G_BEGIN_DECLS

/**
 * TriasSetupProgressPage:
 *
 * Forms the relationship step by step, and says how it ended.
 */
#define TRIAS_TYPE_SETUP_PROGRESS_PAGE (trias_setup_progress_page_get_type ())
G_DECLARE_FINAL_TYPE (
    TriasSetupProgressPage, trias_setup_progress_page, TRIAS, SETUP_PROGRESS_PAGE, TriasWizardPage)

TriasWizardPage *trias_setup_progress_page_new (TriasSetup *setup);
/** Stops the forming, which works until its seal. */
void trias_setup_progress_page_cancel (TriasSetupProgressPage *self);

G_END_DECLS
