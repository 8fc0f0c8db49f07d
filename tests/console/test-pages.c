/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console-fixture.h"
#include "console/connect/trias-connect-dialog.h"
#include "console/licenses/trias-license-group.h"
#include "console/redundancy/trias-backup-wizard.h"
#include "console/server/trias-rule-dialog.h"
#include "console/trias-window.h"

#define DIALOG_MAX_WIDTH 720

static void
assert_accessible (GtkWidget *window)
{
  g_autofree char *nameless = console_fixture_nameless (window);
  g_autofree char *doubled = console_fixture_doubled_mnemonics (window);

  g_assert_cmpstr (nameless, ==, "");
  g_assert_cmpstr (doubled, ==, "");
}

static void
test_window (void)
{
  static const char *const pages[] = { "server", "licenses", "redundancy", "events" };
  g_autoptr (TriasServers) servers = console_fixture_servers (2);
  GtkWidget *window = trias_window_new (NULL, servers);

  console_fixture_show (GTK_WINDOW (window));
  for (guint i = 0; i < G_N_ELEMENTS (pages); i++)
    {
      trias_window_show_page (TRIAS_WINDOW (window), pages[i]);
      gtk_test_widget_wait_for_draw (window);
      assert_accessible (window);
    }
  gtk_window_destroy (GTK_WINDOW (window));
  console_fixture_settle ();
}

static void
test_welcome (void)
{
  g_autoptr (TriasServers) servers = console_fixture_servers (0);
  GtkWidget *window = trias_window_new (NULL, servers);

  console_fixture_show (GTK_WINDOW (window));
  assert_accessible (window);
  g_assert_nonnull (console_fixture_find (window, ADW_TYPE_STATUS_PAGE, NULL));
  gtk_window_destroy (GTK_WINDOW (window));
  console_fixture_settle ();
}

static void
test_window_is_freed (void)
{
  g_autoptr (TriasServers) servers = console_fixture_servers (2);
  GtkWidget *window = trias_window_new (NULL, servers);
  gpointer pointer = window;

  g_object_add_weak_pointer (G_OBJECT (window), &pointer);
  console_fixture_show (GTK_WINDOW (window));
  gtk_window_destroy (GTK_WINDOW (window));
  console_fixture_settle ();
  g_assert_null (pointer);
}

static void
test_connect_dialog (void)
{
  g_autoptr (TriasServers) servers = console_fixture_servers (0);
  TriasConnectDialog *dialog = trias_connect_dialog_show (NULL, servers, NULL);
  GtkWidget *widget = GTK_WIDGET (dialog);
  GtkWidget *row;
  GtkWidget *button;

  console_fixture_show (GTK_WINDOW (dialog));
  assert_accessible (widget);
  g_assert_cmpint (gtk_widget_get_width (widget), <, DIALOG_MAX_WIDTH);
  row = console_fixture_find (widget, ADW_TYPE_ENTRY_ROW, NULL);
  button = gtk_window_get_default_widget (GTK_WINDOW (dialog));
  g_assert_false (gtk_widget_get_sensitive (button));
  gtk_editable_set_text (GTK_EDITABLE (row), "this is no address");
  g_assert_true (gtk_widget_get_sensitive (button));
  g_signal_emit_by_name (button, "clicked");
  gtk_test_accessible_assert_state (row, GTK_ACCESSIBLE_STATE_INVALID, GTK_ACCESSIBLE_INVALID_TRUE);
  g_assert_cmpuint (g_list_model_get_n_items (G_LIST_MODEL (servers)), ==, 0);
  gtk_window_destroy (GTK_WINDOW (dialog));
  console_fixture_settle ();
}

static void
test_rule_dialog (void)
{
  g_autoptr (TriasServers) servers = console_fixture_servers (1);
  g_autoptr (TriasServer) server = g_list_model_get_item (G_LIST_MODEL (servers), 0);
  TriasRuleDialog *dialog = trias_rule_dialog_show (NULL, server, TRIAS_SCOPE_PEER, NULL);
  GtkWidget *widget = GTK_WIDGET (dialog);
  GtkWidget *button = gtk_window_get_default_widget (GTK_WINDOW (dialog));
  GtkWidget *row;

  console_fixture_show (GTK_WINDOW (dialog));
  assert_accessible (widget);
  g_assert_cmpint (gtk_widget_get_width (widget), <, DIALOG_MAX_WIDTH);
  row = console_fixture_find (widget, ADW_TYPE_ENTRY_ROW, NULL);
  g_assert_false (gtk_widget_get_sensitive (button));
  gtk_editable_set_text (GTK_EDITABLE (row), "AB CD");
  gtk_test_accessible_assert_state (row, GTK_ACCESSIBLE_STATE_INVALID, GTK_ACCESSIBLE_INVALID_TRUE);
  g_assert_false (gtk_widget_get_sensitive (button));
  gtk_editable_set_text (
      GTK_EDITABLE (row),
      "1674 E023 BD9A CB76 E876 E4AD 8348 0B4C 36FE E340 05E3 139F 734A 6B01 48F2 51E6");
  g_assert_true (gtk_widget_get_sensitive (button));
  gtk_window_destroy (GTK_WINDOW (dialog));
  console_fixture_settle ();
}

static void
test_backup_wizard (void)
{
  GtkWidget *window = g_object_new (TRIAS_TYPE_BACKUP_WIZARD, NULL);

  console_fixture_show (GTK_WINDOW (window));
  assert_accessible (window);
  gtk_window_destroy (GTK_WINDOW (window));
  console_fixture_settle ();
}

static GtkWidget *
last_label (GtkWidget *root)
{
  GtkWidget *last = GTK_IS_LABEL (root) ? root : NULL;

  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *below = last_label (child);

      last = below != NULL ? below : last;
    }
  return last;
}

/* Who has no licence yet reads all of what to do about it. */
static void
test_no_license (void)
{
  g_autoptr (TriasServers) servers = console_fixture_servers (1);
  g_autoptr (TriasServer) server = g_list_model_get_item (G_LIST_MODEL (servers), 0);
  GtkWidget *group = trias_license_group_new (servers, server);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *window = gtk_window_new ();
  GtkWidget *list;
  graphene_rect_t bounds;

  gtk_widget_set_visible (group, TRUE);
  gtk_box_append (GTK_BOX (box), group);
  gtk_window_set_child (GTK_WINDOW (window), box);
  console_fixture_show (GTK_WINDOW (window));
  list = console_fixture_find (window, GTK_TYPE_LIST_BOX, NULL);
  g_assert_true (gtk_widget_compute_bounds (last_label (list), list, &bounds));
  g_assert_cmpfloat (bounds.origin.y + bounds.size.height, <=, gtk_widget_get_height (list));
  gtk_window_destroy (GTK_WINDOW (window));
  console_fixture_settle ();
}

static void
test_help (void)
{
  g_autoptr (GtkBuilder) builder
      = gtk_builder_new_from_resource ("/org/trias/Console/gtk/help-overlay.ui");
  GtkWindow *window = GTK_WINDOW (gtk_builder_get_object (builder, "help_overlay"));

  g_assert_true (GTK_IS_SHORTCUTS_WINDOW (window));
  gtk_window_destroy (window);
}

int
main (int argc, char **argv)
{
  console_fixture_init (&argc, &argv);
  g_test_add_func ("/pages/window", test_window);
  g_test_add_func ("/pages/welcome", test_welcome);
  g_test_add_func ("/pages/window-is-freed", test_window_is_freed);
  g_test_add_func ("/pages/connect-dialog", test_connect_dialog);
  g_test_add_func ("/pages/rule-dialog", test_rule_dialog);
  g_test_add_func ("/pages/backup-wizard", test_backup_wizard);
  g_test_add_func ("/pages/no-license", test_no_license);
  g_test_add_func ("/pages/help", test_help);
  return g_test_run ();
}
