/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/trias-pairs.h"

G_BEGIN_DECLS

/**
 * TriasPairTable:
 *
 * The table of all backup relationships, a row for each member.
 *
 * Signals: "activated (self)": Enter or double-click on the selected row; "selection-changed
 * (self)"; "menu (self, x, y)": the context menu of the selected row is wanted at that point of the
 * table.
 */
#define TRIAS_TYPE_PAIR_TABLE (trias_pair_table_get_type ())
G_DECLARE_FINAL_TYPE (TriasPairTable, trias_pair_table, TRIAS, PAIR_TABLE, GtkWidget)

void trias_pair_table_set_model (TriasPairTable *self, GListModel *members);
/** (nullable) (transfer none) */
TriasPairMember *trias_pair_table_get_selected (TriasPairTable *self);

G_END_DECLS
