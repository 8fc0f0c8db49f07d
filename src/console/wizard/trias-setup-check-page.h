/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/trias-setup.h"
#include "console/wizard/trias-wizard-page.h"

G_BEGIN_DECLS

/**
 * TriasSetupCheckPage:
 *
 * The live list of checks, with the mending of missing rules.
 */
#define TRIAS_TYPE_SETUP_CHECK_PAGE (trias_setup_check_page_get_type ())
G_DECLARE_FINAL_TYPE (
    TriasSetupCheckPage, trias_setup_check_page, TRIAS, SETUP_CHECK_PAGE, TriasWizardPage)

TriasWizardPage *trias_setup_check_page_new (TriasSetup *setup);
/** Shows only what is about the servers with the ids @one and @other (nullable: all of it). */
TriasWizardPage *
trias_setup_check_page_new_for_link (TriasSetup *setup, const char *one, const char *other);

G_END_DECLS
