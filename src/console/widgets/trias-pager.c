/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/widgets/trias-pager.h"

#include <glib/gi18n.h>
#include <string.h>

#include "console/widgets/trias-a11y.h"

struct _TriasPager
{
  AdwBin parent_instance;

  TriasPagerText text;
  gpointer user_data;
  char *needle;             /* (owned) (nullable) what is searched, case folded */
  GListModel *model;        /* (owned) (nullable) all */
  GtkFilter *filter;        /* (owned) */
  GtkSliceListModel *slice; /* (owned) (nullable) what is shown */
  GtkWidget *placeholder;   /* (owned) */
  GtkWidget *nothing;       /* (owned) instead of it while something is searched */
  GtkWidget *search;
  GtkWidget *list;
  GtkWidget *more_button;
};

G_DEFINE_FINAL_TYPE (TriasPager, trias_pager, ADW_TYPE_BIN)

static gboolean
matches (gpointer item, gpointer user_data)
{
  TriasPager *self = user_data;
  g_autofree char *text = NULL;
  g_autofree char *folded = NULL;

  if (self->needle == NULL)
    return TRUE;
  text = self->text (item, self->user_data);
  folded = g_utf8_casefold (text, -1);
  return strstr (folded, self->needle) != NULL;
}

static void
update_cb (TriasPager *self)
{
  guint total = self->model != NULL ? g_list_model_get_n_items (self->model) : 0;
  guint shown = 0;
  guint found = 0;
  g_autofree char *label = NULL;

  if (self->slice != NULL)
    {
      shown = g_list_model_get_n_items (G_LIST_MODEL (self->slice));
      found = g_list_model_get_n_items (gtk_slice_list_model_get_model (self->slice));
    }
  /* Whoever searches keeps the entry, even if the list becomes short meanwhile. */
  gtk_widget_set_visible (self->search, total > TRIAS_PAGER_STEP || self->needle != NULL);
  gtk_widget_set_visible (self->more_button, shown < found);
  /* TRANSLATORS: a button: entries that are shown, entries in all */
  label = g_strdup_printf (
      ngettext ("Show More (%1$u of %2$u shown)", "Show More (%1$u of %2$u shown)", found), shown,
      found);
  gtk_button_set_label (GTK_BUTTON (self->more_button), label);
}

static void
search_changed_cb (TriasPager *self)
{
  const char *text = gtk_editable_get_text (GTK_EDITABLE (self->search));

  g_clear_pointer (&self->needle, g_free);
  if (*text != '\0')
    self->needle = g_utf8_casefold (text, -1);
  gtk_list_box_set_placeholder (GTK_LIST_BOX (self->list),
                                self->needle != NULL ? self->nothing : self->placeholder);
  if (self->slice != NULL)
    gtk_slice_list_model_set_size (self->slice, TRIAS_PAGER_STEP);
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
  update_cb (self);
}

static void
more_cb (TriasPager *self)
{
  if (self->slice != NULL)
    gtk_slice_list_model_set_size (self->slice,
                                   gtk_slice_list_model_get_size (self->slice) + TRIAS_PAGER_STEP);
  update_cb (self);
}

static void
trias_pager_dispose (GObject *object)
{
  TriasPager *self = TRIAS_PAGER (object);

  if (self->list != NULL)
    trias_pager_set_model (self, NULL, NULL, NULL);
  self->list = NULL;
  g_clear_object (&self->filter);
  g_clear_object (&self->placeholder);
  g_clear_object (&self->nothing);
  g_clear_pointer (&self->needle, g_free);
  G_OBJECT_CLASS (trias_pager_parent_class)->dispose (object);
}

static void
trias_pager_class_init (TriasPagerClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = trias_pager_dispose;
}

static void
trias_pager_init (TriasPager *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 12);

  self->filter = GTK_FILTER (gtk_custom_filter_new (matches, self, NULL));
  self->search = gtk_search_entry_new ();
  g_object_set (self->search, "placeholder-text", _ ("Search"), NULL);
  trias_a11y_set_name (self->search, _ ("Search"));
  self->list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->list, "boxed-list");
  self->more_button = gtk_button_new ();
  gtk_widget_set_halign (self->more_button, GTK_ALIGN_CENTER);
  self->nothing = g_object_ref_sink (gtk_label_new (_ ("Nothing matches the search")));
  gtk_widget_add_css_class (self->nothing, "dim-label");
  g_object_set (self->nothing, "margin-top", 15, "margin-bottom", 15, NULL);
  gtk_box_append (GTK_BOX (box), self->search);
  gtk_box_append (GTK_BOX (box), self->list);
  gtk_box_append (GTK_BOX (box), self->more_button);
  adw_bin_set_child (ADW_BIN (self), box);
  g_signal_connect_object (self->search, "search-changed", G_CALLBACK (search_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->more_button, "clicked", G_CALLBACK (more_cb), self,
                           G_CONNECT_SWAPPED);
  update_cb (self);
}

GtkWidget *
trias_pager_new (GtkWidget *placeholder, TriasPagerText text)
{
  TriasPager *self = g_object_new (TRIAS_TYPE_PAGER, NULL);

  self->text = text;
  self->placeholder = g_object_ref_sink (placeholder);
  gtk_list_box_set_placeholder (GTK_LIST_BOX (self->list), placeholder);
  return GTK_WIDGET (self);
}

GtkWidget *
trias_pager_get_list (TriasPager *self)
{
  g_return_val_if_fail (TRIAS_IS_PAGER (self), NULL);

  return self->list;
}

void
trias_pager_set_model (TriasPager *self,
                       GListModel *model,
                       GtkListBoxCreateWidgetFunc create,
                       gpointer user_data)
{
  GListModel *found;

  g_return_if_fail (TRIAS_IS_PAGER (self));

  gtk_list_box_bind_model (GTK_LIST_BOX (self->list), NULL, NULL, NULL, NULL);
  if (self->slice != NULL)
    g_signal_handlers_disconnect_by_func (gtk_slice_list_model_get_model (self->slice), update_cb,
                                          self);
  g_clear_object (&self->slice);
  g_set_object (&self->model, model);
  self->user_data = user_data;
  if (model != NULL)
    {
      found = G_LIST_MODEL (
          gtk_filter_list_model_new (g_object_ref (model), g_object_ref (self->filter)));
      self->slice = gtk_slice_list_model_new (found, 0, TRIAS_PAGER_STEP);
      gtk_list_box_bind_model (GTK_LIST_BOX (self->list), G_LIST_MODEL (self->slice), create,
                               user_data, NULL);
      /* After the slice has followed. */
      g_signal_connect_object (found, "items-changed", G_CALLBACK (update_cb), self,
                               G_CONNECT_SWAPPED | G_CONNECT_AFTER);
    }
  update_cb (self);
}
