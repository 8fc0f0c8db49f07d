/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-relationship-rows.h"

#include <glib/gi18n.h>

#include "client/trias-words.h"
#include "console/redundancy/trias-address-rows.h"
#include "console/widgets/trias-error-row.h"
#include "console/wizard/trias-options-rows.h"

struct _TriasRelationshipRows
{
  AdwBin parent_instance;

  gboolean edited;
  gboolean loading;
  AdwPreferencesGroup *group;
  AdwEntryRow *name_row;
  TriasErrorRow *name_error;
  TriasOptionsRows *options;
  TriasAddressRows *addresses;
};

G_DEFINE_FINAL_TYPE (TriasRelationshipRows, trias_relationship_rows, ADW_TYPE_BIN)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

static char *
get_name (TriasRelationshipRows *self)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->name_row))));
}

static void
edited_cb (TriasRelationshipRows *self)
{
  if (self->loading)
    return;
  self->edited = TRUE;
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
show_kind (TriasRelationshipRows *self, TriasKind kind)
{
  trias_options_rows_set_kind (self->options, kind);
  if (kind != TRIAS_KIND_TRIAD)
    {
      adw_preferences_group_set_title (self->group, _ ("Settings of the Relationship"));
      return;
    }
  trias_options_rows_fix_profile (self->options);
  adw_preferences_group_set_description (
      self->group, _ ("What you change here applies to all three servers at once; clients notice "
                      "nothing of it."));
}

void
trias_relationship_rows_load (TriasRelationshipRows *self, const TriasRelationship *relationship)
{
  g_return_if_fail (TRIAS_IS_RELATIONSHIP_ROWS (self));

  if (relationship == NULL || self->edited)
    return;
  self->loading = TRUE;
  show_kind (self, relationship->kind);
  if (g_strcmp0 (gtk_editable_get_text (GTK_EDITABLE (self->name_row)), relationship->name) != 0)
    gtk_editable_set_text (GTK_EDITABLE (self->name_row), relationship->name);
  trias_options_rows_set (self->options, &relationship->options);
  trias_address_rows_set (self->addresses, relationship);
  self->loading = FALSE;
}

gboolean
trias_relationship_rows_get_edited (TriasRelationshipRows *self)
{
  g_return_val_if_fail (TRIAS_IS_RELATIONSHIP_ROWS (self), FALSE);

  return self->edited;
}

void
trias_relationship_rows_forget (TriasRelationshipRows *self)
{
  g_return_if_fail (TRIAS_IS_RELATIONSHIP_ROWS (self));

  self->edited = FALSE;
}

gboolean
trias_relationship_rows_check (TriasRelationshipRows *self)
{
  g_autofree char *name = NULL;
  const char *problem;

  g_return_val_if_fail (TRIAS_IS_RELATIONSHIP_ROWS (self), FALSE);

  name = get_name (self);
  problem = trias_words_name_problem (name);
  trias_error_row_set (self->name_error, GTK_WIDGET (self->name_row), problem);
  return trias_address_rows_check (self->addresses) && problem == NULL;
}

void
trias_relationship_rows_apply (TriasRelationshipRows *self,
                               const TriasRelationship *relationship,
                               TriasServer *server,
                               GCancellable *cancellable,
                               GAsyncReadyCallback callback,
                               gpointer user_data)
{
  TriasOptions options = relationship->options;
  g_autofree char *name = get_name (self);
  g_autoptr (GPtrArray) members = trias_address_rows_get_changed (self->addresses, relationship);

  trias_options_rows_get (self->options, &options);
  if (relationship->kind == TRIAS_KIND_TRIAD)
    options.profile = relationship->options.profile;
  trias_server_set_relationship_async (server, name, &options, members, cancellable, callback,
                                       user_data);
}

static void
trias_relationship_rows_class_init (TriasRelationshipRowsClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  signals[CHANGED] = g_signal_new ("changed", TRIAS_TYPE_RELATIONSHIP_ROWS, G_SIGNAL_RUN_LAST, 0,
                                   NULL, NULL, NULL, G_TYPE_NONE, 0);
  g_type_ensure (TRIAS_TYPE_ADDRESS_ROWS);
  g_type_ensure (TRIAS_TYPE_ERROR_ROW);
  g_type_ensure (TRIAS_TYPE_OPTIONS_ROWS);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/trias/Console/redundancy/trias-relationship-rows.ui");
  gtk_widget_class_bind_template_child (widget_class, TriasRelationshipRows, group);
  gtk_widget_class_bind_template_child (widget_class, TriasRelationshipRows, name_row);
  gtk_widget_class_bind_template_child (widget_class, TriasRelationshipRows, name_error);
  gtk_widget_class_bind_template_child (widget_class, TriasRelationshipRows, options);
  gtk_widget_class_bind_template_child (widget_class, TriasRelationshipRows, addresses);
  gtk_widget_class_bind_template_callback (widget_class, edited_cb);
}

static void
trias_relationship_rows_init (TriasRelationshipRows *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}
