/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/trias-setup.h"
#include "console/wizard/trias-wizard-page.h"

G_BEGIN_DECLS

/**
 * TriasSetupSettingsPage:
 *
 * Name, options and the addresses at which the two servers reach each other.
 */
#define TRIAS_TYPE_SETUP_SETTINGS_PAGE (trias_setup_settings_page_get_type ())
G_DECLARE_FINAL_TYPE (
    TriasSetupSettingsPage, trias_setup_settings_page, TRIAS, SETUP_SETTINGS_PAGE, TriasWizardPage)

TriasWizardPage *trias_setup_settings_page_new (TriasSetup *setup);

G_END_DECLS
