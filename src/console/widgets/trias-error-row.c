/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/widgets/trias-error-row.h"

struct _TriasErrorRow
{
  AdwPreferencesRow parent_instance;

  GtkWidget *label; /* (owned by the widget tree) */
};

G_DEFINE_FINAL_TYPE (TriasErrorRow, trias_error_row, ADW_TYPE_PREFERENCES_ROW)

static void
trias_error_row_class_init (TriasErrorRowClass *klass)
{
}

static void
trias_error_row_init (TriasErrorRow *self)
{
  self->label = g_object_new (GTK_TYPE_LABEL, "wrap", TRUE, "wrap-mode", PANGO_WRAP_WORD_CHAR,
                              "xalign", 0.0f, "margin-start", 12, "margin-end", 12, "margin-top", 6,
                              "margin-bottom", 9, NULL);
  gtk_widget_add_css_class (self->label, "error");
  gtk_widget_add_css_class (self->label, "caption");
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (self), self->label);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (self), FALSE);
  gtk_list_box_row_set_selectable (GTK_LIST_BOX_ROW (self), FALSE);
  gtk_widget_set_focusable (GTK_WIDGET (self), FALSE);
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
}

GtkWidget *
trias_error_row_new (void)
{
  return g_object_new (TRIAS_TYPE_ERROR_ROW, NULL);
}

void
trias_error_row_set (TriasErrorRow *self, GtkWidget *field, const char *message)
{
  g_return_if_fail (TRIAS_IS_ERROR_ROW (self));

  gtk_label_set_text (GTK_LABEL (self->label), message != NULL ? message : "");
  gtk_widget_set_visible (GTK_WIDGET (self), message != NULL);
  if (message != NULL)
    {
      gtk_widget_add_css_class (field, "error");
      gtk_accessible_update_state (GTK_ACCESSIBLE (field), GTK_ACCESSIBLE_STATE_INVALID,
                                   GTK_ACCESSIBLE_INVALID_TRUE, -1);
      gtk_accessible_update_property (GTK_ACCESSIBLE (field), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                      message, -1);
      return;
    }
  gtk_widget_remove_css_class (field, "error");
  gtk_accessible_reset_state (GTK_ACCESSIBLE (field), GTK_ACCESSIBLE_STATE_INVALID);
  gtk_accessible_reset_property (GTK_ACCESSIBLE (field), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION);
}

const char *
trias_error_row_get (TriasErrorRow *self)
{
  g_return_val_if_fail (TRIAS_IS_ERROR_ROW (self), NULL);

  return gtk_widget_get_visible (GTK_WIDGET (self)) ? gtk_label_get_text (GTK_LABEL (self->label))
                                                    : NULL;
}
