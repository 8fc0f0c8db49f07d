/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-redundancy-page.h"

#include <glib/gi18n.h>

#include "console/connect/trias-connect-dialog.h"
#include "console/redundancy/trias-backup-wizard.h"
#include "console/redundancy/trias-check-window.h"
#include "console/redundancy/trias-drill-dialog.h"
#include "console/redundancy/trias-maintenance-actions.h"
#include "console/redundancy/trias-legend.h"
#include "console/redundancy/trias-outlook-row.h"
#include "console/redundancy/trias-pair-actions.h"
#include "console/redundancy/trias-pair-table.h"
#include "console/redundancy/trias-timeline-view.h"
#include "console/redundancy/trias-triad-panel.h"
#include "console/widgets/trias-a11y.h"
#include "console/wizard/trias-setup-wizard.h"

struct _TriasRedundancyPage
{
  AdwBin parent_instance;

  TriasServers *servers; /* (owned) (nullable) */
  TriasPairs *pairs;     /* (owned) (nullable) */
  TriasTriads *triads;   /* (owned) (nullable) */
  GtkWidget *menu;       /* (owned by the table) */

  GtkStack *stack;
  AdwStatusPage *unknown_page;
  GtkWidget *sign_in_button;
  GtkBox *triads_section;
  GtkBox *pairs_section;
  GtkListBox *outlooks;
  TriasTimelineView *timeline;
  TriasPairTable *table;
  GtkMenuButton *legend_button;
  GtkWidget *begin_maintenance;
  GtkWidget *end_maintenance;
  GtkWidget *hand_over;
  GtkWidget *give_back;
  GMenuModel *row_menu;
};

G_DEFINE_FINAL_TYPE (TriasRedundancyPage, trias_redundancy_page, ADW_TYPE_BIN)

static TriasPair *
get_selected_pair (TriasRedundancyPage *self)
{
  TriasPairMember *member = trias_pair_table_get_selected (self->table);

  return member != NULL ? trias_pair_member_get_pair (member) : NULL;
}

/* Of an action and its opposite only the one that can be done is there. */
static void
offer (TriasRedundancyPage *self, const char *action, GtkWidget *button, gboolean can, gboolean any)
{
  gtk_widget_action_set_enabled (GTK_WIDGET (self), action, can && any);
  gtk_widget_set_visible (button, can);
}

static void
update_maintenance (TriasRedundancyPage *self)
{
  TriasPairMember *member = trias_pair_table_get_selected (self->table);
  TriasPair *pair = get_selected_pair (self);
  gboolean handed = pair != NULL && trias_maintenance_actions_is_handed_over (pair);
  const TriasMaintenance *aside
      = member != NULL ? trias_pair_member_get_maintenance (member) : NULL;
  gboolean ends = aside != NULL && aside->why == TRIAS_ASIDE_MAINTENANCE;

  offer (self, "redundancy.begin-maintenance", self->begin_maintenance, !ends, pair != NULL);
  offer (self, "redundancy.end-maintenance", self->end_maintenance, ends, pair != NULL);
  offer (self, "redundancy.hand-over", self->hand_over, !handed, pair != NULL);
  offer (self, "redundancy.give-back", self->give_back, handed, pair != NULL);
}

static void
selection_changed_cb (TriasRedundancyPage *self)
{
  static const char *const actions[]
      = { "redundancy.manage", "redundancy.sync", "redundancy.why",     "redundancy.check",
          "redundancy.drill",  "redundancy.grow", "redundancy.dissolve" };
  gboolean any = get_selected_pair (self) != NULL;

  for (guint i = 0; i < G_N_ELEMENTS (actions); i++)
    gtk_widget_action_set_enabled (GTK_WIDGET (self), actions[i], any);
  update_maintenance (self);
}

/* The first server that a person can sign in to, or whose fingerprint is to be compared. */
static TriasServer *
find_signed_out (TriasRedundancyPage *self)
{
  GListModel *model = G_LIST_MODEL (self->servers);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (TriasServer) server = g_list_model_get_item (model, i);
      TriasServerState state = trias_server_get_state (server);

      if (state == TRIAS_SERVER_SIGNED_OUT || state == TRIAS_SERVER_UNTRUSTED)
        return server;
    }
  return NULL;
}

static void
sign_in_cb (TriasRedundancyPage *self)
{
  TriasServer *server = find_signed_out (self);

  if (server != NULL)
    trias_connect_dialog_show (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->servers,
                               server);
}

/* Who is signed in nowhere does not know whether there is redundancy: that is not to be denied. */
static gboolean
is_unknown (TriasRedundancyPage *self)
{
  guint n_signed_in = 0;

  g_object_get (self->servers, "n-signed-in", &n_signed_in, NULL);
  return n_signed_in == 0 && g_list_model_get_n_items (G_LIST_MODEL (self->servers)) > 0;
}

static void
update_unknown (TriasRedundancyPage *self)
{
  gboolean signed_out = find_signed_out (self) != NULL;

  adw_status_page_set_title (self->unknown_page, signed_out ? _ ("Not Signed In Yet")
                                                            : _ ("No Licence Server Is Reached"));
  adw_status_page_set_description (
      self->unknown_page,
      signed_out ? _ ("Sign in to a licence server to see whether others stand in for it.")
                 : _ ("Whether servers stand in for each other shows as soon as one of them is "
                      "reached. The console keeps trying."));
  gtk_widget_set_visible (self->sign_in_button, signed_out);
}

static void
update_stack_cb (TriasRedundancyPage *self)
{
  gboolean pairs = g_list_model_get_n_items (G_LIST_MODEL (self->pairs)) > 0;
  gboolean triads = g_list_model_get_n_items (G_LIST_MODEL (self->triads)) > 0;

  gtk_widget_set_visible (GTK_WIDGET (self->pairs_section), pairs);
  gtk_widget_set_visible (GTK_WIDGET (self->triads_section), triads);
  update_unknown (self);
  gtk_stack_set_visible_child_name (self->stack, pairs || triads     ? "pairs"
                                                 : is_unknown (self) ? "unknown"
                                                                     : "empty");
}

/* A panel for each triad, in their order; one that stays keeps its panel. */
static void
triads_changed_cb (TriasRedundancyPage *self)
{
  GListModel *model = G_LIST_MODEL (self->triads);
  guint n = g_list_model_get_n_items (model);
  GtkWidget *panel = gtk_widget_get_first_child (GTK_WIDGET (self->triads_section));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TriasTriad) triad = g_list_model_get_item (model, i);

      while (panel != NULL && trias_triad_panel_get_triad (TRIAS_TRIAD_PANEL (panel)) != triad)
        {
          GtkWidget *next = gtk_widget_get_next_sibling (panel);

          gtk_box_remove (self->triads_section, panel);
          panel = next;
        }
      if (panel == NULL)
        gtk_box_append (self->triads_section, trias_triad_panel_new (triad));
      else
        panel = gtk_widget_get_next_sibling (panel);
    }
  while (panel != NULL)
    {
      GtkWidget *next = gtk_widget_get_next_sibling (panel);

      gtk_box_remove (self->triads_section, panel);
      panel = next;
    }
  update_stack_cb (self);
}

static GtkWidget *
create_outlook (gpointer item, gpointer user_data)
{
  return trias_outlook_row_new (item);
}

static void
manage_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  TriasRedundancyPage *self = TRIAS_REDUNDANCY_PAGE (widget);
  TriasPair *pair = get_selected_pair (self);

  if (pair != NULL)
    trias_backup_wizard_show (GTK_WINDOW (gtk_widget_get_root (widget)), pair, self->servers);
}

static void
sync_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  TriasPair *pair = get_selected_pair (TRIAS_REDUNDANCY_PAGE (widget));

  if (pair != NULL)
    trias_pair_actions_sync (widget, pair);
}

static void
why_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  TriasPairMember *member = trias_pair_table_get_selected (TRIAS_REDUNDANCY_PAGE (widget)->table);

  if (member != NULL)
    trias_pair_actions_explain (widget, member);
}

static void
check_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  TriasPair *pair = get_selected_pair (TRIAS_REDUNDANCY_PAGE (widget));

  if (pair != NULL)
    trias_check_window_show_pair (widget, pair);
}

static void
drill_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  TriasPair *pair = get_selected_pair (TRIAS_REDUNDANCY_PAGE (widget));

  if (pair != NULL)
    trias_drill_dialog_show_pair (widget, pair);
}

static void
maintenance_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  TriasPairMember *member = trias_pair_table_get_selected (TRIAS_REDUNDANCY_PAGE (widget)->table);

  if (member != NULL)
    trias_maintenance_actions_toggle_pair (widget, member);
}

static void
hand_over_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  TriasPair *pair = get_selected_pair (TRIAS_REDUNDANCY_PAGE (widget));

  if (pair != NULL)
    trias_maintenance_actions_toggle_handover (widget, pair);
}

static void
grow_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  TriasRedundancyPage *self = TRIAS_REDUNDANCY_PAGE (widget);
  TriasPair *pair = get_selected_pair (self);

  if (pair != NULL)
    trias_pair_actions_grow (widget, pair, self->servers);
}

static void
dissolve_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  TriasPair *pair = get_selected_pair (TRIAS_REDUNDANCY_PAGE (widget));

  if (pair != NULL)
    trias_pair_actions_dissolve (widget, pair);
}

static void
set_up_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  trias_redundancy_page_set_up (TRIAS_REDUNDANCY_PAGE (widget));
}

/* Parameters: id of the relationship, of the member. */
static void
replace_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  TriasRedundancyPage *self = TRIAS_REDUNDANCY_PAGE (widget);
  const char *id, *member;
  TriasTriad *triad;

  g_variant_get (parameter, "(&s&s)", &id, &member);
  triad = trias_triads_find (self->triads, id);
  if (triad != NULL && trias_triad_get_server (triad) != NULL)
    trias_setup_wizard_show_replace (GTK_WINDOW (gtk_widget_get_root (widget)), self->servers,
                                     triad, member);
}

static void
activated_cb (TriasRedundancyPage *self)
{
  gtk_widget_activate_action (GTK_WIDGET (self), "redundancy.manage", NULL);
}

static void
menu_cb (TriasRedundancyPage *self, double x, double y)
{
  gtk_popover_set_pointing_to (GTK_POPOVER (self->menu), &(GdkRectangle){ (int) x, (int) y, 1, 1 });
  gtk_popover_popup (GTK_POPOVER (self->menu));
}

static void
trias_redundancy_page_dispose (GObject *object)
{
  TriasRedundancyPage *self = TRIAS_REDUNDANCY_PAGE (object);

  if (self->outlooks != NULL)
    gtk_list_box_bind_model (self->outlooks, NULL, NULL, NULL, NULL);
  self->outlooks = NULL;
  g_clear_pointer (&self->menu, gtk_widget_unparent);
  g_clear_object (&self->pairs);
  g_clear_object (&self->triads);
  g_clear_object (&self->servers);
  G_OBJECT_CLASS (trias_redundancy_page_parent_class)->dispose (object);
}

static void
trias_redundancy_page_class_init (TriasRedundancyPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = trias_redundancy_page_dispose;
  g_type_ensure (TRIAS_TYPE_LEGEND);
  g_type_ensure (TRIAS_TYPE_PAIR_TABLE);
  g_type_ensure (TRIAS_TYPE_TIMELINE_VIEW);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/trias/Console/redundancy/trias-redundancy-page.ui");
  gtk_widget_class_bind_template_child (widget_class, TriasRedundancyPage, stack);
  gtk_widget_class_bind_template_child (widget_class, TriasRedundancyPage, unknown_page);
  gtk_widget_class_bind_template_child (widget_class, TriasRedundancyPage, sign_in_button);
  gtk_widget_class_bind_template_callback (widget_class, sign_in_cb);
  gtk_widget_class_bind_template_child (widget_class, TriasRedundancyPage, triads_section);
  gtk_widget_class_bind_template_child (widget_class, TriasRedundancyPage, pairs_section);
  gtk_widget_class_bind_template_child (widget_class, TriasRedundancyPage, outlooks);
  gtk_widget_class_bind_template_child (widget_class, TriasRedundancyPage, timeline);
  gtk_widget_class_bind_template_child (widget_class, TriasRedundancyPage, table);
  gtk_widget_class_bind_template_child (widget_class, TriasRedundancyPage, legend_button);
  gtk_widget_class_bind_template_child (widget_class, TriasRedundancyPage, begin_maintenance);
  gtk_widget_class_bind_template_child (widget_class, TriasRedundancyPage, end_maintenance);
  gtk_widget_class_bind_template_child (widget_class, TriasRedundancyPage, hand_over);
  gtk_widget_class_bind_template_child (widget_class, TriasRedundancyPage, give_back);
  gtk_widget_class_bind_template_child (widget_class, TriasRedundancyPage, row_menu);
  gtk_widget_class_install_action (widget_class, "redundancy.manage", NULL, manage_action);
  gtk_widget_class_install_action (widget_class, "redundancy.sync", NULL, sync_action);
  gtk_widget_class_install_action (widget_class, "redundancy.why", NULL, why_action);
  gtk_widget_class_install_action (widget_class, "redundancy.check", NULL, check_action);
  gtk_widget_class_install_action (widget_class, "redundancy.drill", NULL, drill_action);
  gtk_widget_class_install_action (widget_class, "redundancy.begin-maintenance", NULL,
                                   maintenance_action);
  gtk_widget_class_install_action (widget_class, "redundancy.end-maintenance", NULL,
                                   maintenance_action);
  gtk_widget_class_install_action (widget_class, "redundancy.hand-over", NULL, hand_over_action);
  gtk_widget_class_install_action (widget_class, "redundancy.give-back", NULL, hand_over_action);
  gtk_widget_class_install_action (widget_class, "redundancy.grow", NULL, grow_action);
  gtk_widget_class_install_action (widget_class, "redundancy.dissolve", NULL, dissolve_action);
  gtk_widget_class_install_action (widget_class, "redundancy.set-up", NULL, set_up_action);
  gtk_widget_class_install_action (widget_class, "redundancy.replace", "(ss)", replace_action);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F5, 0, "redundancy.sync", NULL);
  gtk_widget_class_add_binding_action (widget_class, GDK_KEY_F2, 0, "redundancy.why", NULL);
}

static void
trias_redundancy_page_init (TriasRedundancyPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  trias_a11y_watch_stack (self->stack);
  trias_a11y_set_name (GTK_WIDGET (self->legend_button), _ ("Legend"));
  self->menu = gtk_popover_menu_new_from_model (self->row_menu);
  gtk_popover_set_has_arrow (GTK_POPOVER (self->menu), FALSE);
  gtk_widget_set_halign (self->menu, GTK_ALIGN_START);
  gtk_widget_set_parent (self->menu, GTK_WIDGET (self->table));
  g_signal_connect_object (self->table, "activated", G_CALLBACK (activated_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (self->table, "selection-changed", G_CALLBACK (selection_changed_cb),
                           self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->table, "menu", G_CALLBACK (menu_cb), self, G_CONNECT_SWAPPED);
  selection_changed_cb (self);
}

void
trias_redundancy_page_set_models (TriasRedundancyPage *self,
                                  TriasServers *servers,
                                  TriasPairs *pairs,
                                  TriasTriads *triads)
{
  g_autoptr (TriasTimeline) timeline = NULL;

  g_return_if_fail (TRIAS_IS_REDUNDANCY_PAGE (self));

  g_set_object (&self->servers, servers);
  g_set_object (&self->pairs, pairs);
  g_set_object (&self->triads, triads);
  trias_pair_table_set_model (self->table, G_LIST_MODEL (pairs));
  gtk_list_box_bind_model (self->outlooks, trias_pairs_get_pairs (pairs), create_outlook, NULL,
                           NULL);
  g_signal_connect_object (servers, "notify", G_CALLBACK (update_stack_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (pairs, "items-changed", G_CALLBACK (update_stack_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (triads, "items-changed", G_CALLBACK (triads_changed_cb), self,
                           G_CONNECT_SWAPPED);
  triads_changed_cb (self);
  timeline = trias_timeline_new (servers);
  trias_timeline_view_set_timeline (self->timeline, timeline);
}

void
trias_redundancy_page_set_up (TriasRedundancyPage *self)
{
  g_return_if_fail (TRIAS_IS_REDUNDANCY_PAGE (self));

  trias_setup_wizard_show (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->servers);
}
