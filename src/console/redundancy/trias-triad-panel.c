/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-triad-panel.h"

#include <adwaita.h>
#include <glib/gi18n.h>

#include "console/redundancy/trias-check-window.h"
#include "console/redundancy/trias-drill-dialog.h"
#include "console/redundancy/trias-maintenance-actions.h"
#include "console/redundancy/trias-triad-actions.h"
#include "console/redundancy/trias-triad-diagram.h"
#include "console/redundancy/trias-triad-dialog.h"
#include "console/redundancy/trias-triad-table.h"
#include "client/trias-drill-words.h"
#include "client/trias-triad-words.h"
#include "console/widgets/trias-a11y.h"

struct _TriasTriadPanel
{
  GtkBox parent_instance;

  TriasTriad *triad; /* (owned) */
  GtkWidget *notice;
  GtkWidget *icon;
  GtkWidget *sentence;
  GtkWidget *title;
  GtkWidget *last_drill;
  GtkWidget *recover;      /* shown only where it helps */
  GMenu *maintenance;      /* (owned) an entry for each server */
  char *maintenance_shown; /* (owned) (nullable) what its entries say */
};

G_DEFINE_FINAL_TYPE (TriasTriadPanel, trias_triad_panel, GTK_TYPE_BOX)

static void
show_health (TriasTriadPanel *self)
{
  static const struct
  {
    const char *icon, *style;
  } looks[] = {
    [TRIAS_TRIAD_WELL] = { "trias-online-symbolic", "success" },
    [TRIAS_TRIAD_WEAKENED] = { "dialog-warning-symbolic", "warning" },
    [TRIAS_TRIAD_STANDSTILL] = { "dialog-error-symbolic", "error" },
  };
  TriasTriadHealth health = trias_triad_words_health (self->triad);

  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), looks[health].icon);
  for (guint i = 0; i < G_N_ELEMENTS (looks); i++)
    gtk_widget_remove_css_class (self->icon, looks[i].style);
  gtk_widget_add_css_class (self->icon, looks[health].style);
}

static void
update_actions (TriasTriadPanel *self)
{
  gboolean active = trias_triad_get_active (self->triad) != NULL;
  gboolean pinned = trias_triad_get_pinned (self->triad)[0] != '\0';

  gtk_widget_action_set_enabled (GTK_WIDGET (self), "triad.edit", active);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "triad.hand-over", active);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "triad.drill", active);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "triad.give-back", active && pinned);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "triad.replace", active);
  gtk_widget_set_visible (self->recover, trias_triad_actions_can_recover (self->triad));
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "triad.dissolve",
                                 !trias_triad_get_last_known (self->triad));
}

/* One that is open stays so while nothing changes. */
static void
update_maintenance (TriasTriadPanel *self)
{
  g_autofree char *shown = NULL;
  g_auto (GStrv) labels = g_new0 (char *, TRIAS_MAX_MEMBERS + 1);

  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    {
      TriasTriadMember *member = trias_triad_get_member (self->triad, rank);
      const char *name = trias_triad_member_get_name (member);

      labels[rank] = trias_triad_member_get_maintenance (member) != NULL
                         ? g_strdup_printf (_ ("End Maintenance of “%s”"), name)
                         : g_strdup_printf (_ ("Begin Maintenance of “%s”…"), name);
    }
  shown = g_strjoinv ("\n", labels);
  if (g_strcmp0 (shown, self->maintenance_shown) == 0)
    return;
  g_free (self->maintenance_shown);
  self->maintenance_shown = g_steal_pointer (&shown);
  g_menu_remove_all (self->maintenance);
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    {
      TriasTriadMember *member = trias_triad_get_member (self->triad, rank);
      g_autoptr (GMenuItem) item = g_menu_item_new (labels[rank], NULL);

      g_menu_item_set_action_and_target (item, "triad.maintenance", "s",
                                         trias_triad_member_get_id (member));
      g_menu_append_item (self->maintenance, item);
    }
}

static void
show_last_drill (TriasTriadPanel *self)
{
  TriasRelationshipInfo *info = trias_triad_get_info (self->triad);
  const TriasDrillRecord *record = info != NULL ? trias_relationship_info_get_drill (info) : NULL;
  g_autoptr (GDateTime) began = NULL;
  g_autofree char *time = NULL;
  g_autofree char *text = NULL;

  gtk_widget_set_visible (self->last_drill, record != NULL);
  if (record == NULL)
    return;
  began = g_date_time_new_from_unix_local (record->began_at / 1000);
  time = began != NULL ? g_date_time_format (began, "%x %R") : g_strdup ("–");
  text = trias_drill_words_last (record, time);
  if (g_strcmp0 (gtk_label_get_text (GTK_LABEL (self->last_drill)), text) != 0)
    gtk_label_set_text (GTK_LABEL (self->last_drill), text);
}

static void
updated_cb (TriasTriadPanel *self)
{
  g_autofree char *text = trias_triad_words_outlook (self->triad);
  g_autofree char *name = NULL;

  show_health (self);
  if (g_strcmp0 (gtk_label_get_text (GTK_LABEL (self->sentence)), text) != 0)
    gtk_label_set_text (GTK_LABEL (self->sentence), text);
  gtk_label_set_text (GTK_LABEL (self->title), trias_triad_get_name (self->triad));
  name = g_strdup_printf ("%s: %s", trias_triad_get_name (self->triad), text);
  trias_a11y_set_name (self->notice, name);
  show_last_drill (self);
  update_maintenance (self);
  update_actions (self);
}

static void
edit_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  trias_triad_dialog_show (GTK_WINDOW (gtk_widget_get_root (widget)),
                           TRIAS_TRIAD_PANEL (widget)->triad);
}

static void
check_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  trias_check_window_show_triad (widget, TRIAS_TRIAD_PANEL (widget)->triad, NULL);
}

static void
hand_over_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  trias_triad_actions_hand_over (widget, TRIAS_TRIAD_PANEL (widget)->triad);
}

static void
give_back_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  trias_triad_actions_give_back (widget, TRIAS_TRIAD_PANEL (widget)->triad);
}

static void
replace_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  trias_triad_actions_replace (widget, TRIAS_TRIAD_PANEL (widget)->triad, NULL);
}

static void
recover_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  trias_triad_actions_recover (widget, TRIAS_TRIAD_PANEL (widget)->triad);
}

static void
drill_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  trias_drill_dialog_show_triad (widget, TRIAS_TRIAD_PANEL (widget)->triad);
}

static void
dissolve_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  trias_triad_actions_dissolve (widget, TRIAS_TRIAD_PANEL (widget)->triad);
}

static void
maintenance_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  TriasTriadMember *member = trias_triad_find_member (TRIAS_TRIAD_PANEL (widget)->triad,
                                                      g_variant_get_string (parameter, NULL));

  if (member != NULL)
    trias_maintenance_actions_toggle_triad (widget, member);
}

static void
member_activated_cb (TriasTriadPanel *self, TriasTriadMember *member)
{
  trias_triad_actions_explain_member (GTK_WIDGET (self), member);
}

static void
link_activated_cb (TriasTriadPanel *self, TriasTriadLink *link)
{
  trias_triad_actions_explain_link (GTK_WIDGET (self), link);
}

static void
trias_triad_panel_dispose (GObject *object)
{
  g_clear_object (&TRIAS_TRIAD_PANEL (object)->triad);
  G_OBJECT_CLASS (trias_triad_panel_parent_class)->dispose (object);
}

static void
trias_triad_panel_finalize (GObject *object)
{
  TriasTriadPanel *self = TRIAS_TRIAD_PANEL (object);

  g_clear_object (&self->maintenance);
  g_free (self->maintenance_shown);
  G_OBJECT_CLASS (trias_triad_panel_parent_class)->finalize (object);
}

static void
trias_triad_panel_class_init (TriasTriadPanelClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = trias_triad_panel_dispose;
  G_OBJECT_CLASS (klass)->finalize = trias_triad_panel_finalize;
  gtk_widget_class_install_action (widget_class, "triad.edit", NULL, edit_action);
  gtk_widget_class_install_action (widget_class, "triad.check", NULL, check_action);
  gtk_widget_class_install_action (widget_class, "triad.hand-over", NULL, hand_over_action);
  gtk_widget_class_install_action (widget_class, "triad.give-back", NULL, give_back_action);
  gtk_widget_class_install_action (widget_class, "triad.replace", NULL, replace_action);
  gtk_widget_class_install_action (widget_class, "triad.recover", NULL, recover_action);
  gtk_widget_class_install_action (widget_class, "triad.drill", NULL, drill_action);
  gtk_widget_class_install_action (widget_class, "triad.dissolve", NULL, dissolve_action);
  gtk_widget_class_install_action (widget_class, "triad.maintenance", "s", maintenance_action);
}

/* --- building --- */

static void
add_notice (TriasTriadPanel *self)
{
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 12);
  GtkWidget *texts = gtk_box_new (GTK_ORIENTATION_VERTICAL, 3);

  self->notice = g_object_new (GTK_TYPE_BOX, "accessible-role", GTK_ACCESSIBLE_ROLE_STATUS, NULL);
  gtk_widget_add_css_class (self->notice, "card");
  gtk_widget_add_css_class (box, "trias-notice");
  self->icon = gtk_image_new ();
  gtk_box_append (GTK_BOX (box), self->icon);
  self->title = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0f, "wrap", TRUE, NULL);
  gtk_widget_add_css_class (self->title, "caption-heading");
  self->sentence
      = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0f, "wrap", TRUE, "hexpand", TRUE, NULL);
  gtk_box_append (GTK_BOX (texts), self->title);
  gtk_box_append (GTK_BOX (texts), self->sentence);
  gtk_box_append (GTK_BOX (box), texts);
  gtk_box_append (GTK_BOX (self->notice), box);
  gtk_box_append (GTK_BOX (self), self->notice);
}

static GtkWidget *
add_button (GtkWidget *flow, const char *label, const char *action)
{
  GtkWidget *child = gtk_flow_box_child_new ();
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  gtk_actionable_set_action_name (GTK_ACTIONABLE (button), action);
  gtk_flow_box_child_set_child (GTK_FLOW_BOX_CHILD (child), button);
  gtk_widget_set_focusable (child, FALSE);
  gtk_flow_box_append (GTK_FLOW_BOX (flow), child);
  return child;
}

/* A menu with an entry for each server; its words follow the state. */
static void
add_maintenance (TriasTriadPanel *self, GtkWidget *flow)
{
  GtkWidget *child = gtk_flow_box_child_new ();
  GtkWidget *button = gtk_menu_button_new ();

  self->maintenance = g_menu_new ();
  gtk_menu_button_set_label (GTK_MENU_BUTTON (button), _ ("_Maintenance"));
  gtk_menu_button_set_use_underline (GTK_MENU_BUTTON (button), TRUE);
  gtk_menu_button_set_always_show_arrow (GTK_MENU_BUTTON (button), TRUE);
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (button), G_MENU_MODEL (self->maintenance));
  gtk_flow_box_child_set_child (GTK_FLOW_BOX_CHILD (child), button);
  gtk_widget_set_focusable (child, FALSE);
  gtk_flow_box_append (GTK_FLOW_BOX (flow), child);
}

static void
add_buttons (TriasTriadPanel *self)
{
  GtkWidget *flow = g_object_new (GTK_TYPE_FLOW_BOX, "selection-mode", GTK_SELECTION_NONE,
                                  "max-children-per-line", 3, "min-children-per-line", 1,
                                  "column-spacing", 6, "row-spacing", 6, NULL);

  add_button (flow, _ ("_Edit…"), "triad.edit");
  add_button (flow, _ ("Switch _Active Server…"), "triad.hand-over");
  add_button (flow, _ ("_Give Back"), "triad.give-back");
  add_maintenance (self, flow);
  add_button (flow, _ ("Check Co_nnection"), "triad.check");
  add_button (flow, _ ("_Replace Server…"), "triad.replace");
  self->recover = add_button (flow, _ ("Go _On Alone…"), "triad.recover");
  add_button (flow, _ ("_Failover Drill…"), "triad.drill");
  add_button (flow, _ ("_Dissolve…"), "triad.dissolve");
  gtk_box_append (GTK_BOX (self), flow);
  self->last_drill = g_object_new (GTK_TYPE_LABEL, "xalign", 0.0f, "wrap", TRUE, NULL);
  gtk_widget_add_css_class (self->last_drill, "dim-label");
  gtk_box_append (GTK_BOX (self), self->last_drill);
}

static void
add_table (TriasTriadPanel *self)
{
  GtkWidget *expander = gtk_expander_new_with_mnemonic (_ ("As a _table"));

  gtk_expander_set_child (GTK_EXPANDER (expander), trias_triad_table_new (self->triad));
  trias_a11y_set_name (expander, _ ("As a table"));
  gtk_box_append (GTK_BOX (self), expander);
}

static void
trias_triad_panel_init (TriasTriadPanel *self)
{
  gtk_orientable_set_orientation (GTK_ORIENTABLE (self), GTK_ORIENTATION_VERTICAL);
  gtk_box_set_spacing (GTK_BOX (self), 12);
}

GtkWidget *
trias_triad_panel_new (TriasTriad *triad)
{
  TriasTriadPanel *self = g_object_new (TRIAS_TYPE_TRIAD_PANEL, NULL);
  GtkWidget *diagram = trias_triad_diagram_new (triad);

  self->triad = g_object_ref (triad);
  add_notice (self);
  trias_a11y_set_name (diagram, _ ("Diagram of the triad"));
  g_signal_connect_object (diagram, "member-activated", G_CALLBACK (member_activated_cb), self,
                           G_CONNECT_SWAPPED);
  g_signal_connect_object (diagram, "link-activated", G_CALLBACK (link_activated_cb), self,
                           G_CONNECT_SWAPPED);
  gtk_box_append (GTK_BOX (self), diagram);
  add_buttons (self);
  add_table (self);
  g_signal_connect_object (triad, "updated", G_CALLBACK (updated_cb), self, G_CONNECT_SWAPPED);
  updated_cb (self);
  trias_a11y_fix_mnemonics (GTK_WIDGET (self));
  return GTK_WIDGET (self);
}

TriasTriad *
trias_triad_panel_get_triad (TriasTriadPanel *self)
{
  g_return_val_if_fail (TRIAS_IS_TRIAD_PANEL (self), NULL);

  return self->triad;
}
