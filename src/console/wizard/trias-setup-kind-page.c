/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/wizard/trias-setup-kind-page.h"

#include <glib/gi18n.h>

#include "console/widgets/trias-a11y.h"

#define PICTURE_SIZE 96

struct _TriasSetupKindPage
{
  TriasWizardPage parent_instance;

  TriasSetup *setup;    /* (owned) */
  GtkWidget *radios[2]; /* by TriasKind */
};

G_DEFINE_FINAL_TYPE (TriasSetupKindPage, trias_setup_kind_page, TRIAS_TYPE_WIZARD_PAGE)

static const char *
get_title (TriasWizardPage *page)
{
  return C_ ("wizard step", "Kind");
}

static void
chosen_cb (TriasSetupKindPage *self)
{
  gboolean triad = gtk_check_button_get_active (GTK_CHECK_BUTTON (self->radios[TRIAS_KIND_TRIAD]));

  trias_setup_set_kind (self->setup, triad ? TRIAS_KIND_TRIAD : TRIAS_KIND_BACKUP);
  trias_wizard_page_changed (TRIAS_WIZARD_PAGE (self));
}

static void
trias_setup_kind_page_dispose (GObject *object)
{
  g_clear_object (&TRIAS_SETUP_KIND_PAGE (object)->setup);
  G_OBJECT_CLASS (trias_setup_kind_page_parent_class)->dispose (object);
}

static void
trias_setup_kind_page_class_init (TriasSetupKindPageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = trias_setup_kind_page_dispose;
  TRIAS_WIZARD_PAGE_CLASS (klass)->get_title = get_title;
}

static GtkWidget *
create_label (const char *text, const char *style)
{
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "label", text, "xalign", 0.0f, "wrap", TRUE,
                                   "hexpand", TRUE, NULL);

  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return label;
}

static GtkWidget *
create_choice (TriasSetupKindPage *self, TriasKind kind)
{
  static const struct
  {
    const char *icon, *title, *text, *need;
  } words[] = {
    [TRIAS_KIND_BACKUP]
    = { "trias-picture-pair-symbolic", N_ ("Backup relationship"),
        N_ ("Two servers with licences of their own. If the main server fails, the backup server "
            "goes on with its own licences: as many seats are covered as it has."),
        N_ ("Needs two servers") },
    [TRIAS_KIND_TRIAD]
    = { "trias-picture-triad-symbolic", N_ ("Triad relationship"),
        N_ ("Three servers with the same licences act as one. If one fails, whichever it is, "
            "another goes on with all seats after about a second."),
        N_ ("Needs three servers") },
  };
  GtkWidget *row = gtk_list_box_row_new ();
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 18);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 6);
  GtkWidget *picture = gtk_image_new_from_icon_name (words[kind].icon);
  GtkWidget *radio = trias_a11y_radio_new (NULL);

  gtk_image_set_pixel_size (GTK_IMAGE (picture), PICTURE_SIZE);
  gtk_widget_set_valign (radio, GTK_ALIGN_CENTER);
  trias_a11y_set_name (radio, _ (words[kind].title));
  trias_a11y_set_description (radio, _ (words[kind].text));
  gtk_box_append (GTK_BOX (texts), create_label (_ (words[kind].title), "heading"));
  gtk_box_append (GTK_BOX (texts), create_label (_ (words[kind].text), NULL));
  gtk_box_append (GTK_BOX (texts), create_label (_ (words[kind].need), "dim-label"));
  gtk_widget_set_valign (texts, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (box), radio);
  gtk_box_append (GTK_BOX (box), picture);
  gtk_box_append (GTK_BOX (box), texts);
  g_object_set (box, "margin-top", 12, "margin-bottom", 12, "margin-start", 12, "margin-end", 12,
                NULL);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_widget_set_focusable (row, FALSE);
  self->radios[kind] = radio;
  return row;
}

/* A click anywhere on the row chooses it. */
static void
row_activated_cb (GtkListBox *list, GtkListBoxRow *row, gpointer user_data)
{
  TriasSetupKindPage *self = user_data;

  gtk_check_button_set_active (GTK_CHECK_BUTTON (self->radios[gtk_list_box_row_get_index (row)]),
                               TRUE);
}

static void
trias_setup_kind_page_init (TriasSetupKindPage *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 18);
  GtkWidget *list = gtk_list_box_new ();

  gtk_box_append (GTK_BOX (box), create_label (_ ("What shall protect your production?"), NULL));
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  trias_a11y_set_name (list, _ ("Kind of redundancy"));
  gtk_list_box_append (GTK_LIST_BOX (list), create_choice (self, TRIAS_KIND_BACKUP));
  gtk_list_box_append (GTK_LIST_BOX (list), create_choice (self, TRIAS_KIND_TRIAD));
  gtk_check_button_set_group (GTK_CHECK_BUTTON (self->radios[TRIAS_KIND_TRIAD]),
                              GTK_CHECK_BUTTON (self->radios[TRIAS_KIND_BACKUP]));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (self->radios[TRIAS_KIND_BACKUP]), TRUE);
  g_signal_connect (list, "row-activated", G_CALLBACK (row_activated_cb), self);
  gtk_box_append (GTK_BOX (box), list);
  adw_bin_set_child (ADW_BIN (self), box);
}

TriasWizardPage *
trias_setup_kind_page_new (TriasSetup *setup)
{
  TriasSetupKindPage *self = g_object_new (TRIAS_TYPE_SETUP_KIND_PAGE, NULL);

  self->setup = g_object_ref (setup);
  gtk_check_button_set_active (GTK_CHECK_BUTTON (self->radios[trias_setup_get_kind (setup)]), TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (self->radios); i++)
    g_signal_connect_object (self->radios[i], "notify::active", G_CALLBACK (chosen_cb), self,
                             G_CONNECT_SWAPPED);
  return TRIAS_WIZARD_PAGE (self);
}
