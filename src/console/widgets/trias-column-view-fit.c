/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/widgets/trias-column-view-fit.h"

static const char key[] = "trias-hide-below";

void
trias_column_view_hide_below (GtkColumnViewColumn *column, int width)
{
  g_object_set_data (G_OBJECT (column), key, GINT_TO_POINTER (width));
}

static gboolean
fit_cb (gpointer user_data)
{
  GtkColumnView *view = user_data;
  GListModel *columns = gtk_column_view_get_columns (view);
  GtkAdjustment *adjustment = gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (view));
  double width = adjustment != NULL ? gtk_adjustment_get_page_size (adjustment) : 0;

  for (guint i = 0; width > 0 && i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);
      int below = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (column), key));

      gtk_column_view_column_set_visible (column, width >= below);
    }
  return G_SOURCE_REMOVE;
}

/* Comes in the middle of giving widgets their places: columns may change only after it. */
static void
width_changed_cb (GtkColumnView *view)
{
  g_idle_add_full (GDK_PRIORITY_REDRAW + 10, fit_cb, g_object_ref (view), g_object_unref);
}

void
trias_column_view_watch_width (GtkColumnView *view)
{
  GtkAdjustment *adjustment = gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (view));

  g_return_if_fail (adjustment != NULL);
  g_signal_connect_object (adjustment, "notify::page-size", G_CALLBACK (width_changed_cb), view,
                           G_CONNECT_SWAPPED);
  width_changed_cb (view);
}
