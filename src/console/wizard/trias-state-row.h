/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-setup.h"

G_BEGIN_DECLS

/**
 * TriasStateRow:
 *
 * A check or a step with the icon of its state, what it is and how it came out. Follows its item.
 */
#define TRIAS_TYPE_STATE_ROW (trias_state_row_get_type ())
G_DECLARE_FINAL_TYPE (TriasStateRow, trias_state_row, TRIAS, STATE_ROW, AdwActionRow)

GtkWidget *trias_state_row_new_for_check (TriasCheckItem *item);
GtkWidget *trias_state_row_new_for_step (TriasSetupStep *step);

G_END_DECLS
