/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/widgets/trias-column-view-a11y.h"

#include "console/widgets/trias-a11y.h"

static void
name_header_cells (GtkColumnView *view, GtkWidget *header)
{
  GListModel *columns = gtk_column_view_get_columns (view);
  GtkWidget *cell = gtk_widget_get_first_child (header);

  for (guint i = 0; i < g_list_model_get_n_items (columns) && cell != NULL; i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);
      const char *title = gtk_column_view_column_get_title (column);

      if (title != NULL)
        trias_a11y_set_name (cell, title);
      cell = gtk_widget_get_next_sibling (cell);
    }
}

void
trias_column_view_fix (GtkColumnView *view, const char *name)
{
  trias_a11y_set_name (GTK_WIDGET (view), name);
  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (view)); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      if (GTK_IS_LIST_VIEW (child))
        trias_a11y_set_name (child, name);
      else
        {
          trias_a11y_set_name (child, name);
          name_header_cells (view, child);
        }
    }
  trias_a11y_tab_leaves (GTK_WIDGET (view));
}

void
trias_column_view_name_cell (GtkWidget *child, const char *text, const char *row_text)
{
  GtkWidget *cell = gtk_widget_get_parent (child);
  GtkWidget *row = cell != NULL ? gtk_widget_get_parent (cell) : NULL;

  if (cell != NULL)
    trias_a11y_set_name (cell, text);
  if (row != NULL && row_text != NULL)
    trias_a11y_set_name (row, row_text);
}
