/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/connect/trias-connections-popover.h"

#include "console/connect/trias-connection-row.h"
#include "console/widgets/trias-a11y.h"

struct _TriasConnectionsPopover
{
  GtkPopover parent_instance;

  TriasServers *servers; /* (owned) (nullable) */
  GtkListBox *list;
};

G_DEFINE_FINAL_TYPE (TriasConnectionsPopover, trias_connections_popover, GTK_TYPE_POPOVER)

static GtkWidget *
create_row (gpointer item, gpointer user_data)
{
  TriasConnectionsPopover *self = user_data;

  return trias_connection_row_new (self->servers, item);
}

static void
update_visible_cb (TriasConnectionsPopover *self)
{
  gtk_widget_set_visible (
      gtk_widget_get_ancestor (GTK_WIDGET (self->list), GTK_TYPE_SCROLLED_WINDOW),
      g_list_model_get_n_items (G_LIST_MODEL (self->servers)) > 0);
}

static void
trias_connections_popover_dispose (GObject *object)
{
  TriasConnectionsPopover *self = TRIAS_CONNECTIONS_POPOVER (object);

  if (self->list != NULL)
    gtk_list_box_bind_model (self->list, NULL, NULL, NULL, NULL);
  self->list = NULL;
  g_clear_object (&self->servers);
  G_OBJECT_CLASS (trias_connections_popover_parent_class)->dispose (object);
}

static void
trias_connections_popover_class_init (TriasConnectionsPopoverClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = trias_connections_popover_dispose;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/trias/Console/connect/trias-connections-popover.ui");
  gtk_widget_class_bind_template_child (widget_class, TriasConnectionsPopover, list);
}

static void
trias_connections_popover_init (TriasConnectionsPopover *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  trias_a11y_fix_mnemonics (GTK_WIDGET (self));
}

void
trias_connections_popover_set_servers (TriasConnectionsPopover *self, TriasServers *servers)
{
  g_return_if_fail (TRIAS_IS_CONNECTIONS_POPOVER (self));

  g_set_object (&self->servers, servers);
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (servers), create_row, self, NULL);
  g_signal_connect_object (servers, "items-changed", G_CALLBACK (update_visible_cb), self,
                           G_CONNECT_SWAPPED);
  update_visible_cb (self);
}
