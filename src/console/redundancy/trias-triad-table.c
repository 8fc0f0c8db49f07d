/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-triad-table.h"

#include <glib/gi18n.h>

#include "client/trias-triad-words.h"
#include "client/trias-age-words.h"
#include "client/trias-words.h"

#define COLUMNS 5

struct _TriasTriadTable
{
  GtkBox parent_instance;

  TriasTriad *triad; /* (owned) */
  GtkWidget *cells[TRIAS_MAX_MEMBERS][COLUMNS];
  GtkWidget *links[TRIAS_TRIAD_N_LINKS][2];
};

G_DEFINE_FINAL_TYPE (TriasTriadTable, trias_triad_table, GTK_TYPE_BOX)

static void
set_text (GtkWidget *label, const char *text)
{
  if (g_strcmp0 (gtk_label_get_text (GTK_LABEL (label)), text) != 0)
    gtk_label_set_text (GTK_LABEL (label), text);
}

static void
show_member (TriasTriadTable *self, guint rank)
{
  TriasTriadMember *member = trias_triad_get_member (self->triad, rank);
  g_autofree char *state = trias_triad_words_member (member, trias_age_now ());

  set_text (self->cells[rank][0], trias_words_role (trias_triad_member_get_role (member)));
  set_text (self->cells[rank][1], trias_triad_member_get_name (member));
  set_text (self->cells[rank][2], trias_triad_member_get_address (member));
  set_text (self->cells[rank][3], state);
  set_text (self->cells[rank][4], trias_triad_member_get_version (member));
}

static void
show_link (TriasTriadTable *self, guint number)
{
  TriasTriadLink *link = trias_triad_get_link (self->triad, number);
  TriasTriadMember *a = trias_triad_link_get_member (link, 0);
  TriasTriadMember *b = trias_triad_link_get_member (link, 1);
  g_autofree char *words = trias_triad_words_link (link);
  g_autofree char *ends = NULL;

  if (a == NULL || b == NULL)
    return;
  ends = g_strdup_printf ("%s – %s", trias_triad_member_get_name (a),
                          trias_triad_member_get_name (b));
  set_text (self->links[number][0], ends);
  set_text (self->links[number][1], words);
}

static void
updated_cb (TriasTriadTable *self)
{
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    show_member (self, i);
  for (guint i = 0; i < TRIAS_TRIAD_N_LINKS; i++)
    show_link (self, i);
}

static void
trias_triad_table_dispose (GObject *object)
{
  g_clear_object (&TRIAS_TRIAD_TABLE (object)->triad);
  G_OBJECT_CLASS (trias_triad_table_parent_class)->dispose (object);
}

static void
trias_triad_table_class_init (TriasTriadTableClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = trias_triad_table_dispose;
}

static GtkWidget *
add_cell (GtkWidget *grid, int column, int row, const char *heading)
{
  GtkWidget *label = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0f, "wrap", TRUE, "label",
                                   heading != NULL ? heading : "", NULL);

  if (heading != NULL)
    {
      gtk_widget_add_css_class (label, "caption-heading");
      gtk_widget_add_css_class (label, "dim-label");
    }
  else
    gtk_label_set_selectable (GTK_LABEL (label), TRUE);
  gtk_grid_attach (GTK_GRID (grid), label, column, row, 1, 1);
  return label;
}

static GtkWidget *
create_grid (void)
{
  return g_object_new (GTK_TYPE_GRID, "column-spacing", 18, "row-spacing", 6, "margin-top", 12,
                       "margin-start", 12, NULL);
}

static void
trias_triad_table_init (TriasTriadTable *self)
{
  const char *const headings[COLUMNS]
      = { _ ("Role"), _ ("Name"), _ ("IP address"), _ ("Online status"), _ ("Version") };
  GtkWidget *servers = create_grid (), *links = create_grid ();

  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  for (int column = 0; column < COLUMNS; column++)
    {
      add_cell (servers, column, 0, headings[column]);
      for (int row = 0; row < TRIAS_MAX_MEMBERS; row++)
        self->cells[row][column] = add_cell (servers, column, row + 1, NULL);
    }
  add_cell (links, 0, 0, _ ("Link"));
  add_cell (links, 1, 0, _ ("State"));
  for (int row = 0; row < TRIAS_TRIAD_N_LINKS; row++)
    for (int column = 0; column < 2; column++)
      self->links[row][column] = add_cell (links, column, row + 1, NULL);
  gtk_box_append (GTK_BOX (self), servers);
  gtk_box_append (GTK_BOX (self), links);
}

GtkWidget *
trias_triad_table_new (TriasTriad *triad)
{
  TriasTriadTable *self = g_object_new (TRIAS_TYPE_TRIAD_TABLE, NULL);

  self->triad = g_object_ref (triad);
  g_signal_connect_object (triad, "updated", G_CALLBACK (updated_cb), self, G_CONNECT_SWAPPED);
  updated_cb (self);
  return GTK_WIDGET (self);
}
