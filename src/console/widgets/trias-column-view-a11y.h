/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/* GTK 4.8 names the parts of a column view after their C types. These name them after their
 * content. */

/** Names the inner list @name and the header cells after their titles; Tab leaves the table.
 * To be called once the columns are there. */
void trias_column_view_fix (GtkColumnView *view, const char *name);
/** In a factory's bind: names the cell around @child with @text, and the row around it with
 * @row_text (nullable: the row keeps its name). */
void trias_column_view_name_cell (GtkWidget *child, const char *text, const char *row_text);

G_END_DECLS
