/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/wizard/trias-state-row.h"

#include <glib/gi18n.h>

#include "console/widgets/trias-a11y.h"
#include "client/trias-check-words.h"

struct _TriasStateRow
{
  AdwActionRow parent_instance;

  GtkWidget *icon;
};

G_DEFINE_FINAL_TYPE (TriasStateRow, trias_state_row, ADW_TYPE_ACTION_ROW)

static void
show (TriasStateRow *self, TriasCheckState state, const char *title, const char *text)
{
  static const char *const styles[] = { "success", "warning", "error" };
  g_autofree char *escaped_title = g_markup_escape_text (title, -1);
  g_autofree char *escaped_text = g_markup_escape_text (text, -1);
  g_autofree char *name = g_strdup_printf ("%s: %s", title, trias_check_words_state (state));

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), escaped_title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), escaped_text);
  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), trias_check_words_icon (state));
  for (guint i = 0; i < G_N_ELEMENTS (styles); i++)
    gtk_widget_remove_css_class (self->icon, styles[i]);
  if (trias_check_words_style (state) != NULL)
    gtk_widget_add_css_class (self->icon, trias_check_words_style (state));
  trias_a11y_set_name (self->icon, trias_check_words_state (state));
  trias_a11y_set_name (GTK_WIDGET (self), name);
  trias_a11y_set_description (GTK_WIDGET (self), text);
}

static void
check_changed_cb (TriasStateRow *self, GParamSpec *pspec, TriasCheckItem *item)
{
  g_autofree char *title = trias_check_words_title (item);
  g_autofree char *text = trias_check_words_explain (item);

  show (self, trias_check_item_get_check (item)->state, title, text);
}

static void
step_changed_cb (TriasStateRow *self, GParamSpec *pspec, TriasSetupStep *step)
{
  TriasCheckState state = trias_setup_step_get_state (step);

  show (self, state, trias_check_words_step (trias_setup_step_get_kind (step)),
        trias_check_words_step_state (state));
}

static void
trias_state_row_class_init (TriasStateRowClass *klass)
{
}

static void
trias_state_row_init (TriasStateRow *self)
{
  self->icon = gtk_image_new ();
  adw_action_row_add_prefix (ADW_ACTION_ROW (self), self->icon);
  adw_action_row_set_title_lines (ADW_ACTION_ROW (self), 0);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (self), 0);
  /* The title is part of the name that it is given. */
  gtk_accessible_reset_relation (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
}

GtkWidget *
trias_state_row_new_for_check (TriasCheckItem *item)
{
  TriasStateRow *self = g_object_new (TRIAS_TYPE_STATE_ROW, NULL);

  g_signal_connect_object (item, "notify", G_CALLBACK (check_changed_cb), self, G_CONNECT_SWAPPED);
  check_changed_cb (self, NULL, item);
  return GTK_WIDGET (self);
}

GtkWidget *
trias_state_row_new_for_step (TriasSetupStep *step)
{
  TriasStateRow *self = g_object_new (TRIAS_TYPE_STATE_ROW, NULL);

  g_signal_connect_object (step, "notify", G_CALLBACK (step_changed_cb), self, G_CONNECT_SWAPPED);
  step_changed_cb (self, NULL, step);
  return GTK_WIDGET (self);
}
