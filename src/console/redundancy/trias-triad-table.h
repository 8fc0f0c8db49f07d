/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/trias-triads.h"

G_BEGIN_DECLS

/**
 * TriasTriadTable:
 *
 * What the diagram shows, as a table: the three servers, and the three links below them. Its texts
 * can be selected and copied.
 */
#define TRIAS_TYPE_TRIAD_TABLE (trias_triad_table_get_type ())
G_DECLARE_FINAL_TYPE (TriasTriadTable, trias_triad_table, TRIAS, TRIAD_TABLE, GtkBox)
GtkWidget *trias_triad_table_new (TriasTriad *triad);

G_END_DECLS
