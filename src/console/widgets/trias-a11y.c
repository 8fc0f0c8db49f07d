/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/widgets/trias-a11y.h"

#include <glib/gi18n.h>

void
trias_a11y_set_name (GtkWidget *widget, const char *name)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                  name != NULL ? name : "", -1);
}

void
trias_a11y_set_description (GtkWidget *widget, const char *description)
{
  gtk_accessible_update_property (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_PROPERTY_DESCRIPTION,
                                  description != NULL ? description : "", -1);
}

void
trias_a11y_set_hidden (GtkWidget *widget, gboolean hidden)
{
  gtk_accessible_update_state (GTK_ACCESSIBLE (widget), GTK_ACCESSIBLE_STATE_HIDDEN, hidden, -1);
}

static void
hide_other_pages (GtkStack *stack)
{
  GtkWidget *visible = gtk_stack_get_visible_child (stack);

  for (GtkWidget *child = gtk_widget_get_first_child (GTK_WIDGET (stack)); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    trias_a11y_set_hidden (child, child != visible);
}

static void
visible_child_changed_cb (GtkStack *stack, GParamSpec *pspec, gpointer user_data)
{
  hide_other_pages (stack);
}

void
trias_a11y_watch_stack (GtkStack *stack)
{
  g_signal_connect (stack, "notify::visible-child", G_CALLBACK (visible_child_changed_cb), NULL);
  hide_other_pages (stack);
}

void
trias_a11y_fix_mnemonics (GtkWidget *root)
{
  if (GTK_IS_BUTTON (root) && gtk_button_get_use_underline (GTK_BUTTON (root))
      && gtk_button_get_label (GTK_BUTTON (root)) != NULL)
    gtk_accessible_reset_property (GTK_ACCESSIBLE (root), GTK_ACCESSIBLE_PROPERTY_LABEL);
  /* The row it stands in names it once more. */
  if (GTK_IS_SWITCH (root) || GTK_IS_SPIN_BUTTON (root))
    gtk_accessible_reset_relation (GTK_ACCESSIBLE (root), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    trias_a11y_fix_mnemonics (child);
}

static const char *
find_list_name (GtkWidget *list)
{
  for (GtkWidget *widget = list; widget != NULL; widget = gtk_widget_get_parent (widget))
    {
      if (ADW_IS_EXPANDER_ROW (widget))
        return adw_preferences_row_get_title (ADW_PREFERENCES_ROW (widget));
      if (ADW_IS_PREFERENCES_GROUP (widget))
        {
          const char *title = adw_preferences_group_get_title (ADW_PREFERENCES_GROUP (widget));

          return *title != '\0' ? title : _ ("Settings");
        }
    }
  return NULL;
}

/* A group labels its list by its title even if that is empty. */
static gboolean
is_named (GtkWidget *widget)
{
  GtkAccessible *accessible = GTK_ACCESSIBLE (widget);
  GtkWidget *group = gtk_widget_get_ancestor (widget, ADW_TYPE_PREFERENCES_GROUP);

  if (GTK_IS_LIST_BOX (widget) && group != NULL
      && *adw_preferences_group_get_title (ADW_PREFERENCES_GROUP (group)) == '\0')
    return gtk_test_accessible_has_property (accessible, GTK_ACCESSIBLE_PROPERTY_LABEL);
  return gtk_test_accessible_has_property (accessible, GTK_ACCESSIBLE_PROPERTY_LABEL)
         || gtk_test_accessible_has_relation (accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY);
}

void
trias_a11y_name_lists (GtkWidget *root)
{
  gboolean part = GTK_IS_LIST_BOX (root)
                  || (ADW_IS_ACTION_ROW (root)
                      && gtk_widget_get_ancestor (root, ADW_TYPE_EXPANDER_ROW) != NULL);
  const char *name = part && !is_named (root) ? find_list_name (root) : NULL;

  if (name != NULL)
    {
      gtk_accessible_reset_relation (GTK_ACCESSIBLE (root), GTK_ACCESSIBLE_RELATION_LABELLED_BY);
      trias_a11y_set_name (root, name);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    trias_a11y_name_lists (child);
}

void
trias_a11y_name_menu_button (GtkMenuButton *button, const char *name)
{
  GtkWidget *inner = gtk_widget_get_first_child (GTK_WIDGET (button));

  trias_a11y_set_name (GTK_WIDGET (button), name);
  if (inner != NULL)
    trias_a11y_set_name (inner, name);
}

static gboolean
leave_list_cb (GtkWidget *widget, GVariant *arguments, gpointer user_data)
{
  GtkDirectionType direction = GPOINTER_TO_INT (user_data);
  gboolean forward = direction == GTK_DIR_TAB_FORWARD;
  GtkWidget *next = g_object_get_data (G_OBJECT (widget), "trias-tab-next");

  if (next != NULL && gtk_widget_child_focus (next, direction))
    return TRUE;

  while (!GTK_IS_ROOT (widget))
    {
      GtkWidget *sibling = widget;

      while ((sibling = forward ? gtk_widget_get_next_sibling (sibling)
                                : gtk_widget_get_prev_sibling (sibling))
             != NULL)
        if (gtk_widget_child_focus (sibling, direction))
          return TRUE;
      widget = gtk_widget_get_parent (widget);
    }
  gtk_root_set_focus (GTK_ROOT (widget), NULL);
  return gtk_widget_child_focus (widget, direction);
}

static void
add_tab (GtkShortcutController *controller, GdkModifierType modifiers, GtkDirectionType direction)
{
  GtkShortcutTrigger *trigger = gtk_keyval_trigger_new (GDK_KEY_Tab, modifiers);
  GtkShortcutAction *action
      = gtk_callback_action_new (leave_list_cb, GINT_TO_POINTER (direction), NULL);

  gtk_shortcut_controller_add_shortcut (controller, gtk_shortcut_new (trigger, action));
}

void
trias_a11y_tab_leaves (GtkWidget *list)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();

  gtk_event_controller_set_propagation_phase (controller, GTK_PHASE_CAPTURE);
  add_tab (GTK_SHORTCUT_CONTROLLER (controller), 0, GTK_DIR_TAB_FORWARD);
  add_tab (GTK_SHORTCUT_CONTROLLER (controller), GDK_SHIFT_MASK, GTK_DIR_TAB_BACKWARD);
  gtk_widget_add_controller (list, controller);
}

static void
activate_cb (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  gtk_widget_activate (user_data);
}

void
trias_a11y_tab_leaves_to (GtkWidget *list, GtkWidget *next)
{
  /* Both live in one window's template. */
  g_object_set_data (G_OBJECT (list), "trias-tab-next", next);
  trias_a11y_tab_leaves (list);
}

void
trias_a11y_add_activate (GtkWidget *widget)
{
  g_autoptr (GSimpleActionGroup) group = g_simple_action_group_new ();
  g_autoptr (GSimpleAction) action = g_simple_action_new ("activate", NULL);

  g_signal_connect (action, "activate", G_CALLBACK (activate_cb), widget);
  g_action_map_add_action (G_ACTION_MAP (group), G_ACTION (action));
  gtk_widget_insert_action_group (widget, "a11y", G_ACTION_GROUP (group));
}

GtkWidget *
trias_a11y_radio_new (const char *label)
{
  GtkWidget *radio = g_object_new (GTK_TYPE_CHECK_BUTTON, "accessible-role",
                                   GTK_ACCESSIBLE_ROLE_RADIO, "label", label, NULL);

  trias_a11y_add_activate (radio);
  return radio;
}

void
trias_a11y_escape_closes (GtkWindow *window)
{
  GtkEventController *controller = gtk_shortcut_controller_new ();
  GtkShortcutTrigger *trigger = gtk_keyval_trigger_new (GDK_KEY_Escape, 0);
  GtkShortcutAction *action = gtk_named_action_new ("window.close");

  gtk_shortcut_controller_add_shortcut (GTK_SHORTCUT_CONTROLLER (controller),
                                        gtk_shortcut_new (trigger, action));
  gtk_widget_add_controller (GTK_WIDGET (window), controller);
}
