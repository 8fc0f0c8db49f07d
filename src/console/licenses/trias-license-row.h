/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-servers.h"

G_BEGIN_DECLS

/**
 * TriasLicenseRow:
 *
 * A licence: product, validity and seats; expanded its features, and how to remove it.
 */
#define TRIAS_TYPE_LICENSE_ROW (trias_license_row_get_type ())
G_DECLARE_FINAL_TYPE (TriasLicenseRow, trias_license_row, TRIAS, LICENSE_ROW, AdwExpanderRow)

GtkWidget *
trias_license_row_new (TriasServers *servers, TriasServer *server, TriasLicenseItem *item);
/** When it is valid, in words. @state: word of the licence; times are Unix ms, 0 = none. (transfer
 * full) */
char *trias_license_row_describe_validity (const char *state, gint64 not_after);

G_END_DECLS
