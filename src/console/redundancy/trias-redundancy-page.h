/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-pairs.h"
#include "client/trias-triads.h"

G_BEGIN_DECLS

/**
 * TriasRedundancyPage:
 *
 * The page Redundancy: what happens next if a server fails, and all backup relationships.
 */
#define TRIAS_TYPE_REDUNDANCY_PAGE (trias_redundancy_page_get_type ())
G_DECLARE_FINAL_TYPE (TriasRedundancyPage, trias_redundancy_page, TRIAS, REDUNDANCY_PAGE, AdwBin)

void trias_redundancy_page_set_models (TriasRedundancyPage *self,
                                       TriasServers *servers,
                                       TriasPairs *pairs,
                                       TriasTriads *triads);
/** Opens the wizard for setting up redundancy. */
void trias_redundancy_page_set_up (TriasRedundancyPage *self);

G_END_DECLS
