/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-pairs.h"

G_BEGIN_DECLS

/**
 * TriasOutlookRow:
 *
 * One sentence on what happens next if a server of a pair fails.
 */
#define TRIAS_TYPE_OUTLOOK_ROW (trias_outlook_row_get_type ())
G_DECLARE_FINAL_TYPE (TriasOutlookRow, trias_outlook_row, TRIAS, OUTLOOK_ROW, AdwPreferencesRow)

GtkWidget *trias_outlook_row_new (TriasPair *pair);

G_END_DECLS
