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
  TriasTriads *triads;   /* (owned) (nullable) */
  GtkFilter *filter;     /* (owned) (nullable) of @hosts */
  GListModel *hosts;     /* (owned) (nullable) servers that stand for themselves or a triad */
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
hosts_changed_cb (TriasLicensesPage *self, guint position, guint removed, guint added)
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
      g_autoptr (TriasServer) server = g_list_model_get_item (self->hosts, i);
      GtkWidget *group = trias_license_group_new (self->servers, server);

      gtk_box_insert_child_after (GTK_BOX (self->box), group, before);
      before = group;
    }
  update_cb (self);
}

static gboolean
is_host (gpointer item, gpointer user_data)
{
  TriasLicensesPage *self = user_data;
  const char *id = trias_server_get_id (item);
  TriasTriad *triad = trias_triads_find_by_member (self->triads, id);
  TriasTriadMember *active = triad != NULL ? trias_triad_get_active (triad) : NULL;

  return triad == NULL || (active != NULL && g_str_equal (trias_triad_member_get_id (active), id));
}

static void
triad_updated_cb (TriasLicensesPage *self)
{
  gtk_filter_changed (self->filter, GTK_FILTER_CHANGE_DIFFERENT);
}

static void
triads_changed_cb (TriasLicensesPage *self, guint position, guint removed, guint added)
{
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (TriasTriad) triad = g_list_model_get_item (G_LIST_MODEL (self->triads), i);

      /* The list is told anew as a whole: one that stays is not to be followed twice. */
      g_signal_handlers_disconnect_by_func (triad, triad_updated_cb, self);
      g_signal_connect_object (triad, "updated", G_CALLBACK (triad_updated_cb), self,
                               G_CONNECT_SWAPPED);
    }
  triad_updated_cb (self);
}

static void
trias_licenses_page_dispose (GObject *object)
{
  TriasLicensesPage *self = TRIAS_LICENSES_PAGE (object);

  g_clear_object (&self->hosts);
  g_clear_object (&self->filter);
  g_clear_object (&self->triads);
  g_clear_object (&self->servers);
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
trias_licenses_page_set_models (TriasLicensesPage *self, TriasServers *servers, TriasTriads *triads)
{
  g_return_if_fail (TRIAS_IS_LICENSES_PAGE (self));

  g_set_object (&self->servers, servers);
  g_set_object (&self->triads, triads);
  self->filter = GTK_FILTER (gtk_custom_filter_new (is_host, self, NULL));
  self->hosts = G_LIST_MODEL (gtk_filter_list_model_new (g_object_ref (G_LIST_MODEL (servers)),
                                                         g_object_ref (self->filter)));
  g_signal_connect_object (self->hosts, "items-changed", G_CALLBACK (hosts_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (triads, "items-changed", G_CALLBACK (triads_changed_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (servers, "notify::n-signed-in", G_CALLBACK (update_cb), self,
                           G_CONNECT_SWAPPED);
  hosts_changed_cb (self, 0, 0, g_list_model_get_n_items (self->hosts));
  triads_changed_cb (self, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (triads)));
}
