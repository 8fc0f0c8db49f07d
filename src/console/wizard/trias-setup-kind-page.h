/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/trias-setup.h"
#include "console/wizard/trias-wizard-page.h"

G_BEGIN_DECLS

/**
 * TriasSetupKindPage:
 *
 * The first step of setting up redundancy: two servers that stand in for each other, or three that
 * act as one. Two pictured choices.
 */
#define TRIAS_TYPE_SETUP_KIND_PAGE (trias_setup_kind_page_get_type ())
G_DECLARE_FINAL_TYPE (
    TriasSetupKindPage, trias_setup_kind_page, TRIAS, SETUP_KIND_PAGE, TriasWizardPage)
TriasWizardPage *trias_setup_kind_page_new (TriasSetup *setup);

G_END_DECLS
