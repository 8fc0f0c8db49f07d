/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/licenses/trias-licenses-page.h"

#include <glib/gi18n.h>

#include "console/licenses/trias-license-group.h"
#include "console/widgets/trias-a11y.h"

struct _TriasLicensesPage
{
  AdwBin parent_instance;

  TriasServers *servers; /* (owned) (nullable) */
  GtkWidget *stack;
  GtkWidget *box;
};

G_DEFINE_FINAL_TYPE (TriasLicensesPage, trias_licenses_page, ADW_TYPE_BIN)

static void
update_cb (TriasLicensesPage *self)
{
  guint n_signed_in = 0;

  if (self->servers == NULL)
    return;
  g_object_get (self->servers, "n-signed-in", &n_signed_in, NULL);
  gtk_stack_set_visible_child_name (GTK_STACK (self->stack),
                                    n_signed_in > 0 ? "licenses" : "signed-out");
}

static void
servers_changed_cb (TriasLicensesPage *self, guint position, guint removed, guint added)
{
  GtkWidget *child = gtk_widget_get_first_child (self->box);
  GtkWidget *before = NULL;

  for (guint i = 0; i < position; i++)
    {
      before = child;
      child = gtk_widget_get_next_sibling (child);
    }
  for (guint i = 0; i < removed; i++)
    {
      GtkWidget *next = gtk_widget_get_next_sibling (child);

      gtk_box_remove (GTK_BOX (self->box), child);
      child = next;
    }
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (TriasServer) server = g_list_model_get_item (G_LIST_MODEL (self->servers), i);
      GtkWidget *group = trias_license_group_new (self->servers, server);

      gtk_box_insert_child_after (GTK_BOX (self->box), group, before);
      before = group;
    }
  update_cb (self);
}

static void
trias_licenses_page_dispose (GObject *object)
{
  g_clear_object (&TRIAS_LICENSES_PAGE (object)->servers);
  G_OBJECT_CLASS (trias_licenses_page_parent_class)->dispose (object);
}

static void
trias_licenses_page_class_init (TriasLicensesPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = trias_licenses_page_dispose;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/trias/Console/licenses/trias-licenses-page.ui");
  gtk_widget_class_bind_template_child (widget_class, TriasLicensesPage, stack);
  gtk_widget_class_bind_template_child (widget_class, TriasLicensesPage, box);
}

static void
trias_licenses_page_init (TriasLicensesPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  trias_a11y_watch_stack (GTK_STACK (self->stack));
}

void
trias_licenses_page_set_servers (TriasLicensesPage *self, TriasServers *servers)
{
  g_return_if_fail (TRIAS_IS_LICENSES_PAGE (self));

  g_set_object (&self->servers, servers);
  g_signal_connect_object (servers, "items-changed", G_CALLBACK (servers_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (servers, "notify::n-signed-in", G_CALLBACK (update_cb), self,
                           G_CONNECT_SWAPPED);
  servers_changed_cb (self, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (servers)));
}
