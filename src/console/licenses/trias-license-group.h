/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-servers.h"

G_BEGIN_DECLS

/**
 * TriasLicenseGroup:
 *
 * The licences of one server. Files can be installed by choosing or dropping them.
 */
#define TRIAS_TYPE_LICENSE_GROUP (trias_license_group_get_type ())
G_DECLARE_FINAL_TYPE (TriasLicenseGroup, trias_license_group, TRIAS, LICENSE_GROUP, AdwBin)

GtkWidget *trias_license_group_new (TriasServers *servers, TriasServer *server);
/** Installs the licence in @file and says how that ended. */
void trias_license_group_install (TriasLicenseGroup *self, GFile *file);

G_END_DECLS
