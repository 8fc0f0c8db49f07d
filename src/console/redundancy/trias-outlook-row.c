/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-outlook-row.h"

#include <glib/gi18n.h>

#include "client/trias-pair-words.h"
#include "console/widgets/trias-a11y.h"

struct _TriasOutlookRow
{
  AdwPreferencesRow parent_instance;

  TriasPair *pair; /* (owned) */
  GtkWidget *icon;
  GtkWidget *title;
  GtkWidget *sentence;
};

G_DEFINE_FINAL_TYPE (TriasOutlookRow, trias_outlook_row, ADW_TYPE_PREFERENCES_ROW)

static void
update_cb (TriasOutlookRow *self)
{
  TriasPairOutlook outlook;
  g_autofree char *text = NULL;
  g_autofree char *name = NULL;
  gboolean trouble;

  if (trias_pair_get_main (self->pair) == NULL || trias_pair_get_backup (self->pair) == NULL)
    return;
  trias_pair_outlook_read (&outlook, self->pair);
  trouble = trias_pair_outlook_is_trouble (&outlook);
  text = trias_pair_words_outlook (&outlook);
  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon),
                                trouble ? "dialog-warning-symbolic" : "trias-online-symbolic");
  gtk_widget_remove_css_class (self->icon, trouble ? "success" : "warning");
  gtk_widget_add_css_class (self->icon, trouble ? "warning" : "success");
  if (g_strcmp0 (gtk_label_get_text (GTK_LABEL (self->sentence)), text) != 0)
    gtk_label_set_text (GTK_LABEL (self->sentence), text);
  gtk_label_set_text (GTK_LABEL (self->title), trias_pair_get_name (self->pair));
  name = g_strdup_printf ("%s: %s", trias_pair_get_name (self->pair), text);
  trias_a11y_set_name (GTK_WIDGET (self), name);
}

static void
trias_outlook_row_dispose (GObject *object)
{
  g_clear_object (&TRIAS_OUTLOOK_ROW (object)->pair);
  G_OBJECT_CLASS (trias_outlook_row_parent_class)->dispose (object);
}

static void
trias_outlook_row_class_init (TriasOutlookRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = trias_outlook_row_dispose;
}

static void
trias_outlook_row_init (TriasOutlookRow *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);

  gtk_widget_add_css_class (box, "trias-notice");
  self->icon = gtk_image_new ();
  gtk_box_append (GTK_BOX (box), self->icon);
  self->title = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0f, "wrap", TRUE, NULL);
  gtk_widget_add_css_class (self->title, "caption-heading");
  self->sentence = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0f, "wrap", TRUE, "hexpand", TRUE,
                                 /* A long sentence must not make the window fold its sidebar. */
                                 "max-width-chars", 50, NULL);
  gtk_box_append (GTK_BOX (texts), self->title);
  gtk_box_append (GTK_BOX (texts), self->sentence);
  gtk_box_append (GTK_BOX (box), texts);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (self), box);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self), FALSE);
  gtk_widget_set_focusable (GTK_WIDGET (self), FALSE);
}

GtkWidget *
trias_outlook_row_new (TriasPair *pair)
{
  TriasOutlookRow *self = g_object_new (TRIAS_TYPE_OUTLOOK_ROW, NULL);

  self->pair = g_object_ref (pair);
  g_signal_connect_object (pair, "notify", G_CALLBACK (update_cb), self, G_CONNECT_SWAPPED);
  if (trias_pair_get_main (pair) != NULL)
    g_signal_connect_object (trias_pair_get_main (pair), "notify", G_CALLBACK (update_cb), self,
                             G_CONNECT_SWAPPED);
  if (trias_pair_get_backup (pair) != NULL)
    g_signal_connect_object (trias_pair_get_backup (pair), "notify", G_CALLBACK (update_cb), self,
                             G_CONNECT_SWAPPED);
  update_cb (self);
  return GTK_WIDGET (self);
}
