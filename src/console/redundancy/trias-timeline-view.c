/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-timeline-view.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "client/trias-timeline-words.h"
#include "console/widgets/trias-a11y.h"

/* The page is for what is now; who looks further back goes to the events. */
#define SHOWN 12

struct _TriasTimelineView
{
  GtkBox parent_instance;

  TriasTimeline *timeline; /* (owned) (nullable) */
  GtkWidget *list;
  GtkWidget *empty;
};

G_DEFINE_FINAL_TYPE (TriasTimelineView, trias_timeline_view, GTK_TYPE_BOX)

static const char *
name_of (const char *id, gpointer user_data)
{
  return trias_timeline_name_of (user_data, id);
}

/* --- a row --- */

static void
show_entry_cb (GtkWidget *row, GParamSpec *pspec, TriasTimelineEntry *entry)
{
  TriasTimeline *timeline = g_object_get_data (G_OBJECT (row), "trias-timeline");
  GtkWidget *icon = g_object_get_data (G_OBJECT (row), "trias-icon");
  TriasSeverity severity = trias_timeline_entry_get_severity (entry);
  g_autofree char *text = trias_timeline_words_describe (entry, name_of, timeline);
  g_autofree char *told = trias_timeline_words_told (entry, name_of, timeline);
  g_autofree char *title = g_markup_escape_text (text, -1);
  g_autofree char *subtitle = g_markup_escape_text (told, -1);
  g_autofree char *name = g_strdup_printf ("%s: %s", trias_event_words_severity (severity), text);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  gtk_image_set_from_icon_name (GTK_IMAGE (icon), trias_event_words_icon (severity));
  if (severity != TRIAS_SEVERITY_INFO)
    gtk_widget_add_css_class (icon, severity == TRIAS_SEVERITY_ERROR ? "error" : "warning");
  trias_a11y_set_name (row, name);
  trias_a11y_set_description (row, told);
}

static GtkWidget *
create_row (gpointer item, gpointer user_data)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *icon
      = g_object_new (GTK_TYPE_IMAGE, "accessible-role", GTK_ACCESSIBLE_ROLE_PRESENTATION, NULL);

  g_object_set_data_full (G_OBJECT (row), "trias-timeline", g_object_ref (user_data),
                          g_object_unref);
  g_object_set_data (G_OBJECT (row), "trias-icon", icon);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), icon);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  /* The title is part of the name that it is given. */
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), FALSE);
  g_signal_connect_object (item, "notify", G_CALLBACK (show_entry_cb), row, G_CONNECT_SWAPPED);
  show_entry_cb (row, NULL, item);
  return row;
}

/* --- the whole --- */

static void
update_empty_cb (TriasTimelineView *self)
{
  gboolean any = g_list_model_get_n_items (G_LIST_MODEL (self->timeline)) > 0;
  const char *text = trias_timeline_get_loading (self->timeline)
                         ? _ ("The events of the servers are being read…")
                         : _ ("Nothing is known yet of what happened. Sign in to a server of the "
                              "relationship to see its events.");

  gtk_widget_set_visible (self->list, any);
  gtk_widget_set_visible (self->empty, !any);
  gtk_label_set_text (GTK_LABEL (self->empty), text);
}

static void
trias_timeline_view_dispose (GObject *object)
{
  TriasTimelineView *self = TRIAS_TIMELINE_VIEW (object);

  if (self->list != NULL)
    gtk_list_box_bind_model (GTK_LIST_BOX (self->list), NULL, NULL, NULL, NULL);
  self->list = NULL;
  g_clear_object (&self->timeline);
  G_OBJECT_CLASS (trias_timeline_view_parent_class)->dispose (object);
}

static void
trias_timeline_view_class_init (TriasTimelineViewClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = trias_timeline_view_dispose;
}

static void
add_heading (TriasTimelineView *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6);
  GtkWidget *title = g_object_new (GTK_TYPE_LABEL, "label", _ ("What Happened"), "xalign", 0.0f,
                                   "hexpand", TRUE, "ellipsize", PANGO_ELLIPSIZE_END,
                                   "accessible-role", GTK_ACCESSIBLE_ROLE_HEADING, NULL);
  GtkWidget *all = gtk_button_new_with_mnemonic (_ ("A_ll Events"));

  gtk_widget_add_css_class (title, "title-4");
  gtk_widget_add_css_class (all, "flat");
  gtk_actionable_set_detailed_action_name (GTK_ACTIONABLE (all), "win.show-page::events");
  gtk_box_append (GTK_BOX (box), title);
  gtk_box_append (GTK_BOX (box), all);
  gtk_box_append (GTK_BOX (self), box);
}

static void
trias_timeline_view_init (TriasTimelineView *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), 12);
  add_heading (self);
  self->list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (self->list, "boxed-list");
  trias_a11y_set_name (self->list, _ ("What happened"));
  trias_a11y_tab_leaves (self->list);
  gtk_box_append (GTK_BOX (self), self->list);
  self->empty = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0f, "wrap", TRUE, NULL);
  gtk_widget_add_css_class (self->empty, "dim-label");
  gtk_box_append (GTK_BOX (self), self->empty);
  trias_a11y_fix_mnemonics (GTK_WIDGET (self));
}

void
trias_timeline_view_set_timeline (TriasTimelineView *self, TriasTimeline *timeline)
{
  g_autoptr (GListModel) newest = NULL;

  g_return_if_fail (TRIAS_IS_TIMELINE_VIEW (self));
  g_return_if_fail (self->timeline == NULL);

  self->timeline = g_object_ref (timeline);
  newest
      = G_LIST_MODEL (gtk_slice_list_model_new (G_LIST_MODEL (g_object_ref (timeline)), 0, SHOWN));
  gtk_list_box_bind_model (GTK_LIST_BOX (self->list), newest, create_row, timeline, NULL);
  g_signal_connect_object (timeline, "notify", G_CALLBACK (update_empty_cb), self,
                           G_CONNECT_SWAPPED);
  update_empty_cb (self);
}
