/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-triads.h"

G_BEGIN_DECLS

/**
 * TriasLicensesPage:
 *
 * The licences of all servers that the console is signed in to.
 */
#define TRIAS_TYPE_LICENSES_PAGE (trias_licenses_page_get_type ())
G_DECLARE_FINAL_TYPE (TriasLicensesPage, trias_licenses_page, TRIAS, LICENSES_PAGE, AdwBin)

/** A triad is one licence server here: its active member stands for all three. */
void trias_licenses_page_set_models (TriasLicensesPage *self,
                                     TriasServers *servers,
                                     TriasTriads *triads);

G_END_DECLS
