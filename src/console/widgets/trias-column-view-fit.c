/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/widgets/trias-column-view-fit.h"

/* A heading that is longer may take two lines. */
#define HEADING_CHARACTERS 18

static const char key[] = "trias-hide-below";
static const char width_key[] = "trias-fixed-width";

void
trias_column_view_hide_below (GtkColumnViewColumn *column, int width)
{
  g_object_set_data (G_OBJECT (column), key, GINT_TO_POINTER (width));
}

/* GTK 4.8 asks neither how wide the headings are nor how high they get by wrapping. */
static void
fit_headings (GtkWidget *widget)
{
  int width, height;

  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    fit_headings (child);
  if (!GTK_IS_LABEL (widget)
      || g_utf8_strlen (gtk_label_get_text (GTK_LABEL (widget)), -1) <= HEADING_CHARACTERS)
    return;
  g_object_set (widget, "wrap", TRUE, "max-width-chars", HEADING_CHARACTERS, "xalign", 0.0f, NULL);
  gtk_widget_set_size_request (widget, -1, -1);
  gtk_widget_measure (widget, GTK_ORIENTATION_HORIZONTAL, -1, NULL, &width, NULL, NULL);
  gtk_widget_measure (widget, GTK_ORIENTATION_VERTICAL, width, &height, NULL, NULL, NULL);
  gtk_widget_set_size_request (widget, -1, height);
}

static gboolean
is_wanted (GtkColumnViewColumn *column, double width)
{
  return width >= GPOINTER_TO_INT (g_object_get_data (G_OBJECT (column), key));
}

/* GTK 4.8 keeps the fixed width of a hidden column free. */
static void
show_column (GtkColumnViewColumn *column, gboolean shown)
{
  int width = gtk_column_view_column_get_fixed_width (column);
  int kept = GPOINTER_TO_INT (g_object_get_data (G_OBJECT (column), width_key));

  gtk_column_view_column_set_visible (column, shown);
  if (shown && kept > 0)
    {
      gtk_column_view_column_set_fixed_width (column, kept);
      g_object_set_data (G_OBJECT (column), width_key, NULL);
    }
  else if (!shown && width > 0)
    {
      g_object_set_data (G_OBJECT (column), width_key, GINT_TO_POINTER (width));
      gtk_column_view_column_set_fixed_width (column, -1);
    }
}

/* A cell that comes back is the last of its row for a screen reader: all have to come back. */
static void
fit_columns (GListModel *columns, double width)
{
  gboolean same = TRUE;

  for (guint i = 0; i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);

      same = same && gtk_column_view_column_get_visible (column) == is_wanted (column, width);
    }
  for (guint i = 0; !same && i < g_list_model_get_n_items (columns); i++)
    {
      g_autoptr (GtkColumnViewColumn) column = g_list_model_get_item (columns, i);

      show_column (column, FALSE);
      show_column (column, is_wanted (column, width));
    }
}

static gboolean
fit_cb (gpointer user_data)
{
  GtkColumnView *view = user_data;
  GtkAdjustment *adjustment = gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (view));
  double width = adjustment != NULL ? gtk_adjustment_get_page_size (adjustment) : 0;

  if (width > 0)
    {
      fit_columns (gtk_column_view_get_columns (view), width);
      fit_headings (gtk_widget_get_first_child (GTK_WIDGET (view)));
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
