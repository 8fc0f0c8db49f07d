/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/wizard/trias-options-rows.h"

#include <glib/gi18n.h>

#include "console/widgets/trias-a11y.h"

struct _TriasOptionsRows
{
  GtkWidget parent_instance;

  gboolean setting; /* the program itself sets values now */
  GtkListBox *list;
  AdwActionRow *interval_row;
  AdwActionRow *failback_row;
  AdwActionRow *profile_row;
  GtkSpinButton *interval;
  GtkSwitch *failback;
  GtkSwitch *profile;
};

G_DEFINE_FINAL_TYPE (TriasOptionsRows, trias_options_rows, GTK_TYPE_WIDGET)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static void
edited_cb (TriasOptionsRows *self)
{
  if (!self->setting)
    g_signal_emit (self, signals[CHANGED], 0);
}

static void
trias_options_rows_dispose (GObject *object)
{
  gtk_widget_dispose_template (GTK_WIDGET (object), TRIAS_TYPE_OPTIONS_ROWS);
  G_OBJECT_CLASS (trias_options_rows_parent_class)->dispose (object);
}

static void
trias_options_rows_class_init (TriasOptionsRowsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = trias_options_rows_dispose;
  signals[CHANGED] = g_signal_new ("changed", TRIAS_TYPE_OPTIONS_ROWS, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
  gtk_widget_class_set_layout_manager_type (widget_class, GTK_TYPE_BIN_LAYOUT);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/trias/Console/wizard/trias-options-rows.ui");
  /* Only children that are bound go with the template. */
  gtk_widget_class_bind_template_child (widget_class, TriasOptionsRows, list);
  gtk_widget_class_bind_template_child (widget_class, TriasOptionsRows, interval_row);
  gtk_widget_class_bind_template_child (widget_class, TriasOptionsRows, failback_row);
  gtk_widget_class_bind_template_child (widget_class, TriasOptionsRows, profile_row);
  gtk_widget_class_bind_template_child (widget_class, TriasOptionsRows, interval);
  gtk_widget_class_bind_template_child (widget_class, TriasOptionsRows, failback);
  gtk_widget_class_bind_template_child (widget_class, TriasOptionsRows, profile);
  gtk_widget_class_bind_template_callback (widget_class, edited_cb);
}

static void
trias_options_rows_init (TriasOptionsRows *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

void
trias_options_rows_set_kind (TriasOptionsRows *self, TriasKind kind)
{
  gboolean triad = kind == TRIAS_KIND_TRIAD;

  g_return_if_fail (TRIAS_IS_OPTIONS_ROWS (self));

  gtk_widget_set_visible (GTK_WIDGET (self->interval_row), !triad);
  gtk_widget_set_visible (GTK_WIDGET (self->profile_row), triad);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->failback_row),
                                 triad ? _ ("Back to the primary server by _itself")
                                       : _ ("Back to the main server by _itself"));
  adw_action_row_set_subtitle (
      self->failback_row,
      triad ? _ ("As soon as the primary server is back, has caught up and is steady for ten "
                 "seconds, it serves the clients again. Otherwise an administrator decides when")
            : _ ("As soon as the main server is back and has caught up, it serves the clients "
                 "again. Otherwise an administrator decides when"));
  trias_a11y_set_name (GTK_WIDGET (self->failback), triad
                                                        ? _ ("Back to the primary server by itself")
                                                        : _ ("Back to the main server by itself"));
}

void
trias_options_rows_fix_profile (TriasOptionsRows *self)
{
  g_return_if_fail (TRIAS_IS_OPTIONS_ROWS (self));

  gtk_widget_set_sensitive (GTK_WIDGET (self->profile), FALSE);
  adw_action_row_set_subtitle (
      self->profile_row, _ ("Fixed as long as the triad exists, because all three servers must "
                            "count with the same times. To change it, dissolve the triad and set "
                            "it up anew"));
}

void
trias_options_rows_set (TriasOptionsRows *self, const TriasOptions *options)
{
  g_return_if_fail (TRIAS_IS_OPTIONS_ROWS (self));

  self->setting = TRUE;
  gtk_spin_button_set_value (self->interval, options->sync_interval_s);
  gtk_switch_set_active (self->failback, options->failback == TRIAS_FAILBACK_AUTOMATIC);
  gtk_switch_set_active (self->profile, options->profile == TRIAS_PROFILE_WAN);
  self->setting = FALSE;
}

void
trias_options_rows_get (TriasOptionsRows *self, TriasOptions *options)
{
  g_return_if_fail (TRIAS_IS_OPTIONS_ROWS (self));

  gtk_spin_button_update (self->interval);
  options->sync_interval_s = (guint) gtk_spin_button_get_value_as_int (self->interval);
  options->failback
      = gtk_switch_get_active (self->failback) ? TRIAS_FAILBACK_AUTOMATIC : TRIAS_FAILBACK_MANUAL;
  if (gtk_widget_get_visible (GTK_WIDGET (self->profile_row)))
    options->profile
        = gtk_switch_get_active (self->profile) ? TRIAS_PROFILE_WAN : TRIAS_PROFILE_LAN;
}
