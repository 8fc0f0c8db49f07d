/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-triad-link-mark.h"

#include "client/trias-triad-words.h"
#include "console/widgets/trias-a11y.h"

struct _TriasTriadLinkMark
{
  GtkButton parent_instance;

  TriasTriadLink *link; /* (owned) */
  GtkWidget *icon;
  GtkWidget *label;
};

G_DEFINE_FINAL_TYPE (TriasTriadLinkMark, trias_triad_link_mark, GTK_TYPE_BUTTON)

static const char *
style_of (TriasTriadLinkState state)
{
  switch (state)
    {
    case TRIAS_TRIAD_LINK_CONNECTED:
      return "connected";
    case TRIAS_TRIAD_LINK_ONE_WAY:
      return "one-way";
    case TRIAS_TRIAD_LINK_CUT:
      return "cut";
    case TRIAS_TRIAD_LINK_UNKNOWN:
      break;
    }
  return "unknown";
}

static void
update_cb (TriasTriadLinkMark *self)
{
  TriasTriadLinkState state = trias_triad_link_get_state (self->link);
  const char *classes[] = { "trias-link-mark", style_of (state), NULL };
  g_autofree char *words = trias_triad_words_link (self->link);
  g_autofree char *name = trias_triad_words_link_name (self->link);

  gtk_widget_set_css_classes (GTK_WIDGET (self), classes);
  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), trias_triad_words_link_icon (state));
  if (g_strcmp0 (gtk_label_get_text (GTK_LABEL (self->label)), words) != 0)
    gtk_label_set_text (GTK_LABEL (self->label), words);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), name);
  trias_a11y_set_name (GTK_WIDGET (self), name);
}

static void
trias_triad_link_mark_dispose (GObject *object)
{
  g_clear_object (&TRIAS_TRIAD_LINK_MARK (object)->link);
  G_OBJECT_CLASS (trias_triad_link_mark_parent_class)->dispose (object);
}

static void
trias_triad_link_mark_class_init (TriasTriadLinkMarkClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = trias_triad_link_mark_dispose;
}

static void
trias_triad_link_mark_init (TriasTriadLinkMark *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  self->icon = gtk_image_new ();
  self->label = gtk_label_new (NULL);
  gtk_widget_add_css_class (self->label, "numeric");
  gtk_box_append (GTK_BOX (box), self->icon);
  gtk_box_append (GTK_BOX (box), self->label);
  gtk_button_set_child (GTK_BUTTON (self), box);
}

GtkWidget *
trias_triad_link_mark_new (TriasTriadLink *link)
{
  TriasTriadLinkMark *self = g_object_new (TRIAS_TYPE_TRIAD_LINK_MARK, NULL);

  self->link = g_object_ref (link);
  g_signal_connect_object (link, "notify", G_CALLBACK (update_cb), self, G_CONNECT_SWAPPED);
  for (guint end = 0; end < 2; end++)
    if (trias_triad_link_get_member (link, end) != NULL)
      g_signal_connect_object (trias_triad_link_get_member (link, end), "notify::name",
                               G_CALLBACK (update_cb), self, G_CONNECT_SWAPPED);
  update_cb (self);
  return GTK_WIDGET (self);
}

TriasTriadLink *
trias_triad_link_mark_get_link (TriasTriadLinkMark *self)
{
  g_return_val_if_fail (TRIAS_IS_TRIAD_LINK_MARK (self), NULL);

  return self->link;
}
