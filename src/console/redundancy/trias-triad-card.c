/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-triad-card.h"

#include <glib/gi18n.h>

#include "client/trias-triad-words.h"
#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-age.h"
#include "client/trias-words.h"

struct _TriasTriadCard
{
  GtkButton parent_instance;

  TriasTriadMember *member; /* (owned) */
  GtkWidget *badge;
  GtkWidget *pin;
  GtkWidget *name;
  GtkWidget *address;
  GtkWidget *state_icon;
  GtkWidget *state;
};

G_DEFINE_FINAL_TYPE (TriasTriadCard, trias_triad_card, GTK_TYPE_BUTTON)

static void
set_label (GtkWidget *label, const char *text)
{
  if (g_strcmp0 (gtk_label_get_text (GTK_LABEL (label)), text) != 0)
    gtk_label_set_text (GTK_LABEL (label), text);
}

static void
set_class (GtkWidget *widget, const char *style, gboolean on)
{
  if (on)
    gtk_widget_add_css_class (widget, style);
  else
    gtk_widget_remove_css_class (widget, style);
}

static void
update_tooltip (TriasTriadCard *self)
{
  const char *const *others = trias_triad_member_get_other_addresses (self->member);
  g_autofree char *more
      = others != NULL && others[0] != NULL ? g_strjoinv ("\n", (char **) others) : NULL;
  const char *version = trias_triad_member_get_version (self->member);
  g_autofree char *text = NULL;

  if (version[0] != '\0')
    /* TRANSLATORS: name, address, version */
    text = g_strdup_printf (
        _ ("%1$s\n%2$s\nVersion %3$s"), trias_triad_member_get_name (self->member),
        more != NULL ? more : trias_triad_member_get_address (self->member), version);
  else
    text = g_strdup (trias_triad_member_get_name (self->member));
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), text);
}

static void
update_cb (gpointer user_data)
{
  TriasTriadCard *self = user_data;
  TriasTriadState state = trias_triad_member_get_state (self->member);
  gboolean online = trias_triad_member_get_online (self->member);
  gint64 now = trias_age_now ();
  g_autofree char *words = trias_triad_words_member (self->member, now);
  g_autofree char *name = trias_triad_words_card (self->member, now);

  set_label (self->name, trias_triad_member_get_name (self->member));
  set_label (self->address, trias_triad_member_get_address (self->member));
  set_label (self->state, words);
  gtk_image_set_from_icon_name (
      GTK_IMAGE (self->state_icon),
      trias_triad_words_state_icon (online ? state : TRIAS_TRIAD_STATE_UNREACHABLE));
  gtk_widget_set_visible (self->badge, trias_triad_member_get_active (self->member));
  gtk_widget_set_visible (self->pin, trias_triad_member_get_pinned (self->member));
  set_class (GTK_WIDGET (self), "active-server", trias_triad_member_get_active (self->member));
  set_class (GTK_WIDGET (self), "offline", !online);
  set_class (self->state_icon, "success",
             online && (state == TRIAS_TRIAD_STATE_ACTIVE || state == TRIAS_TRIAD_STATE_STANDBY));
  set_class (self->state_icon, "warning",
             online && state != TRIAS_TRIAD_STATE_ACTIVE && state != TRIAS_TRIAD_STATE_STANDBY);
  set_class (self->state_icon, "error", !online);
  trias_a11y_set_name (GTK_WIDGET (self), name);
  update_tooltip (self);
  trias_age_set_needed (GTK_WIDGET (self),
                        !online && trias_triad_member_get_as_of (self->member) > 0);
}

static void
changed_cb (TriasTriadCard *self)
{
  update_cb (self);
}

static void
trias_triad_card_dispose (GObject *object)
{
  g_clear_object (&TRIAS_TRIAD_CARD (object)->member);
  G_OBJECT_CLASS (trias_triad_card_parent_class)->dispose (object);
}

static void
trias_triad_card_class_init (TriasTriadCardClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = trias_triad_card_dispose;
}

/* Two lines at most: a narrow window has room below, not beside. */
static GtkWidget *
create_label (const char *style)
{
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0f, "wrap", TRUE, "wrap-mode",
                                   PANGO_WRAP_WORD_CHAR, "lines", 2, "ellipsize",
                                   PANGO_ELLIPSIZE_END, "hexpand", TRUE, "width-chars", 8, NULL);

  gtk_widget_add_css_class (label, style);
  return label;
}

static GtkWidget *
create_header (TriasTriadCard *self, TriasRole role)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *title = create_label ("caption-heading");

  gtk_label_set_text (GTK_LABEL (title), trias_words_role (role));
  gtk_widget_add_css_class (title, "dim-label");
  gtk_box_append (GTK_BOX (box), title);
  self->pin = gtk_image_new_from_icon_name ("trias-pin-symbolic");
  gtk_widget_set_tooltip_text (self->pin, _ ("Held in place by an administrator"));
  gtk_box_append (GTK_BOX (box), self->pin);
  self->badge = gtk_label_new (_ ("active"));
  gtk_widget_add_css_class (self->badge, "trias-badge");
  gtk_widget_add_css_class (self->badge, "active-server");
  gtk_widget_set_valign (self->badge, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), self->badge);
  return box;
}

static void
trias_triad_card_init (TriasTriadCard *self)
{
  gtk_widget_add_css_class (GTK_WIDGET (self), "trias-server-card");
}

static void
build (TriasTriadCard *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);
  GtkWidget *line = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);

  gtk_box_append (GTK_BOX (box), create_header (self, trias_triad_member_get_role (self->member)));
  self->name = create_label ("heading");
  gtk_box_append (GTK_BOX (box), self->name);
  self->address = create_label ("dim-label");
  gtk_widget_add_css_class (self->address, "numeric");
  gtk_box_append (GTK_BOX (box), self->address);
  self->state_icon = gtk_image_new ();
  self->state = create_label ("caption");
  gtk_box_append (GTK_BOX (line), self->state_icon);
  gtk_box_append (GTK_BOX (line), self->state);
  gtk_box_append (GTK_BOX (box), line);
  gtk_button_set_child (GTK_BUTTON (self), box);
}

GtkWidget *
trias_triad_card_new (TriasTriadMember *member)
{
  TriasTriadCard *self = g_object_new (TRIAS_TYPE_TRIAD_CARD, NULL);

  self->member = g_object_ref (member);
  build (self);
  trias_age_watch (GTK_WIDGET (self), update_cb, self);
  g_signal_connect_object (member, "notify", G_CALLBACK (changed_cb), self, G_CONNECT_SWAPPED);
  update_cb (self);
  return GTK_WIDGET (self);
}

TriasTriadMember *
trias_triad_card_get_member (TriasTriadCard *self)
{
  g_return_val_if_fail (TRIAS_IS_TRIAD_CARD (self), NULL);

  return self->member;
}
