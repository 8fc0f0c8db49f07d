/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-legend.h"

#include <glib/gi18n.h>

#include "client/trias-pair-words.h"
#include "console/widgets/trias-a11y.h"

struct _TriasLegend
{
  GtkPopover parent_instance;
};

G_DEFINE_FINAL_TYPE (TriasLegend, trias_legend, GTK_TYPE_POPOVER)

static GtkWidget *
create_label (const char *text, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0);
  gtk_label_set_wrap (GTK_LABEL (label), TRUE);
  gtk_label_set_max_width_chars (GTK_LABEL (label), 44);
  gtk_widget_add_css_class (label, style);
  return label;
}

static void
trias_legend_class_init (TriasLegendClass *klass)
{
}

static void
trias_legend_init (TriasLegend *self)
{
  GtkWidget *grid = gtk_grid_new ();

  gtk_grid_set_column_spacing (GTK_GRID (grid), 15);
  gtk_grid_set_row_spacing (GTK_GRID (grid), 3);
  for (int state = TRIAS_LINK_CONNECTED_SYNCHRONISED;
       state <= TRIAS_LINK_DISCONNECTED_UNSYNCHRONISED; state++)
    {
      GtkWidget *icon
          = gtk_image_new_from_icon_name (trias_pair_words_icon ((TriasLinkState) state));
      const char *title = trias_pair_words_state ((TriasLinkState) state);
      GtkWidget *explanation;

      gtk_image_set_pixel_size (GTK_IMAGE (icon), 32);
      gtk_widget_set_margin_top (icon, 9);
      gtk_widget_set_margin_bottom (icon, 9);
      trias_a11y_set_name (icon, title);
      gtk_widget_set_valign (icon, GTK_ALIGN_START);
      gtk_grid_attach (GTK_GRID (grid), icon, 0, state * 2, 1, 2);
      gtk_grid_attach (GTK_GRID (grid), create_label (title, "heading"), 1, state * 2, 1, 1);
      explanation = create_label (trias_pair_words_legend ((TriasLinkState) state), "dim-label");
      gtk_widget_set_margin_bottom (explanation, 12);
      gtk_grid_attach (GTK_GRID (grid), explanation, 1, state * 2 + 1, 1, 1);
    }
  g_object_set (grid, "margin-top", 9, "margin-bottom", 9, "margin-start", 9, "margin-end", 9,
                NULL);
  gtk_popover_set_child (GTK_POPOVER (self), grid);
  trias_a11y_set_name (GTK_WIDGET (self), _ ("Legend"));
}
