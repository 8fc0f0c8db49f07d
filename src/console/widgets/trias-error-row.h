/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

G_BEGIN_DECLS

/**
 * TriasErrorRow:
 *
 * The row under a field of a boxed list that says what is wrong with it. Hidden while nothing is.
 */
#define TRIAS_TYPE_ERROR_ROW (trias_error_row_get_type ())
G_DECLARE_FINAL_TYPE (TriasErrorRow, trias_error_row, TRIAS, ERROR_ROW, AdwPreferencesRow)

GtkWidget *trias_error_row_new (void);
/** Says @message about @field, or clears it if %NULL. */
void trias_error_row_set (TriasErrorRow *self, GtkWidget *field, const char *message);
const char *trias_error_row_get (TriasErrorRow *self);

G_END_DECLS
