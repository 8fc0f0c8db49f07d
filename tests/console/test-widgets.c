/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "console-fixture.h"
#include "console/redundancy/trias-legend.h"
#include "console/redundancy/trias-pair-table.h"
#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-banner.h"
#include "console/widgets/trias-column-view-fit.h"
#include "console/widgets/trias-confirm.h"
#include "console/widgets/trias-error-row.h"
#include "console/widgets/trias-pager.h"
#include "console/wizard/trias-options-rows.h"

static GtkWindow *
show_in_window (GtkWidget *child)
{
  GtkWidget *window = gtk_window_new ();

  gtk_window_set_child (GTK_WINDOW (window), child);
  console_fixture_show (GTK_WINDOW (window));
  return GTK_WINDOW (window);
}

static void
count_cb (gpointer instance, gpointer user_data)
{
  (*(guint *) user_data)++;
}

static void
test_banner (void)
{
  TriasBanner *banner = trias_banner_new ();
  GtkWindow *window = show_in_window (GTK_WIDGET (banner));
  guint activated = 0;

  gtk_test_accessible_assert_role (banner, GTK_ACCESSIBLE_ROLE_ALERT);
  g_assert_null (trias_banner_get_text (banner));
  trias_banner_set_text (banner, "Trouble");
  trias_banner_set_button (banner, "_Mend");
  g_signal_connect (banner, "activated", G_CALLBACK (count_cb), &activated);
  console_fixture_settle ();
  g_assert_cmpstr (trias_banner_get_text (banner), ==, "Trouble");
  gtk_test_accessible_assert_property (banner, GTK_ACCESSIBLE_PROPERTY_LABEL, "Trouble");
  g_signal_emit_by_name (console_fixture_find (GTK_WIDGET (banner), GTK_TYPE_BUTTON, "_Mend"),
                         "clicked");
  g_assert_cmpuint (activated, ==, 1);
  trias_banner_set_text (banner, NULL);
  g_assert_false (gtk_widget_get_visible (GTK_WIDGET (banner)));
  gtk_window_destroy (window);
}

static void
test_error_row (void)
{
  GtkWidget *list = gtk_list_box_new ();
  GtkWidget *field = adw_entry_row_new ();
  GtkWidget *row = trias_error_row_new ();
  GtkWindow *window;

  gtk_list_box_append (GTK_LIST_BOX (list), field);
  gtk_list_box_append (GTK_LIST_BOX (list), row);
  window = show_in_window (list);
  trias_error_row_set (TRIAS_ERROR_ROW (row), field, "Wrong");
  g_assert_cmpstr (trias_error_row_get (TRIAS_ERROR_ROW (row)), ==, "Wrong");
  gtk_test_accessible_assert_state (field, GTK_ACCESSIBLE_STATE_INVALID,
                                    GTK_ACCESSIBLE_INVALID_TRUE);
  gtk_test_accessible_assert_property (field, GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, "Wrong");
  trias_error_row_set (TRIAS_ERROR_ROW (row), field, NULL);
  g_assert_null (trias_error_row_get (TRIAS_ERROR_ROW (row)));
  gtk_window_destroy (window);
}

static void
test_radio (void)
{
  GtkWidget *radio = g_object_ref_sink (trias_a11y_radio_new ("One"));

  gtk_test_accessible_assert_role (radio, GTK_ACCESSIBLE_ROLE_RADIO);
  g_object_unref (radio);
}

static void
test_stack (void)
{
  GtkWidget *stack = gtk_stack_new ();
  GtkWidget *first = gtk_label_new ("first");
  GtkWidget *second = gtk_label_new ("second");
  GtkWindow *window;

  gtk_stack_add_named (GTK_STACK (stack), first, "first");
  gtk_stack_add_named (GTK_STACK (stack), second, "second");
  trias_a11y_watch_stack (GTK_STACK (stack));
  window = show_in_window (stack);
  gtk_test_accessible_assert_state (second, GTK_ACCESSIBLE_STATE_HIDDEN, TRUE);
  gtk_stack_set_visible_child (GTK_STACK (stack), second);
  gtk_test_accessible_assert_state (second, GTK_ACCESSIBLE_STATE_HIDDEN, FALSE);
  gtk_test_accessible_assert_state (first, GTK_ACCESSIBLE_STATE_HIDDEN, TRUE);
  gtk_window_destroy (window);
}

static void
confirmed_cb (gpointer user_data)
{
  (*(guint *) user_data)++;
}

static void
test_typed_confirmation (void)
{
  guint confirmed = 0;
  TriasQuestion question = { .heading = "Dissolve?",
                             .body = "Body",
                             .verb = "_Dissolve",
                             .destructive = TRUE,
                             .typed = "Pair" };
  GtkWindow *dialog = trias_confirm (NULL, &question, confirmed_cb, &confirmed, NULL);
  GtkWidget *entry = adw_message_dialog_get_extra_child (ADW_MESSAGE_DIALOG (dialog));

  console_fixture_show (dialog);
  g_assert_false (adw_message_dialog_get_response_enabled (ADW_MESSAGE_DIALOG (dialog), "yes"));
  gtk_editable_set_text (GTK_EDITABLE (entry), "pair");
  g_assert_false (adw_message_dialog_get_response_enabled (ADW_MESSAGE_DIALOG (dialog), "yes"));
  gtk_editable_set_text (GTK_EDITABLE (entry), "Pair");
  g_assert_true (adw_message_dialog_get_response_enabled (ADW_MESSAGE_DIALOG (dialog), "yes"));
  adw_message_dialog_response (ADW_MESSAGE_DIALOG (dialog), "yes");
  g_assert_cmpuint (confirmed, ==, 1);
  console_fixture_settle ();
}

static void
test_options (void)
{
  GtkWidget *rows = g_object_ref_sink (g_object_new (TRIAS_TYPE_OPTIONS_ROWS, NULL));
  TriasOptions options;
  guint changed = 0;

  g_signal_connect (rows, "changed", G_CALLBACK (count_cb), &changed);
  trias_options_init (&options);
  options.sync_interval_s = 45;
  options.failback = TRIAS_FAILBACK_MANUAL;
  options.profile = TRIAS_PROFILE_WAN;
  trias_options_rows_set (TRIAS_OPTIONS_ROWS (rows), &options);
  g_assert_cmpuint (changed, ==, 0);
  trias_options_init (&options);
  options.profile = TRIAS_PROFILE_WAN;
  trias_options_rows_get (TRIAS_OPTIONS_ROWS (rows), &options);
  g_assert_cmpuint (options.sync_interval_s, ==, 45);
  g_assert_cmpint (options.failback, ==, TRIAS_FAILBACK_MANUAL);
  g_assert_cmpint (options.profile, ==, TRIAS_PROFILE_WAN);
  g_object_unref (rows);
}

static void
test_legend (void)
{
  GtkWidget *legend = g_object_ref_sink (g_object_new (TRIAS_TYPE_LEGEND, NULL));

  g_assert_nonnull (gtk_popover_get_child (GTK_POPOVER (legend)));
  g_object_unref (legend);
}

#define N_LONG 5000
/* Generous: rows for all of them take many times as long. */
#define LONG_MAX_US (2 * G_USEC_PER_SEC)

static char *
text_of (gpointer item, gpointer user_data)
{
  return g_strdup (gtk_string_object_get_string (item));
}

static GtkWidget *
create_text_row (gpointer item, gpointer user_data)
{
  GtkWidget *row = adw_action_row_new ();

  (*(guint *) user_data)++;
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), gtk_string_object_get_string (item));
  return row;
}

static guint
count_rows (GtkWidget *list)
{
  guint n = 0;

  while (gtk_list_box_get_row_at_index (GTK_LIST_BOX (list), (int) n) != NULL)
    n++;
  return n;
}

static GtkStringList *
create_long_model (void)
{
  GtkStringList *model = gtk_string_list_new (NULL);

  for (guint i = 0; i < N_LONG; i++)
    gtk_string_list_take (model, g_strdup_printf ("Regel %u.", i));
  return model;
}

static void
test_pager (void)
{
  g_autoptr (GtkStringList) model = create_long_model ();
  GtkWidget *pager = trias_pager_new (gtk_label_new ("leer"), text_of);
  GtkWidget *list = trias_pager_get_list (TRIAS_PAGER (pager));
  GtkWidget *search, *more;
  guint n_created = 0;
  gint64 start = g_get_monotonic_time ();
  GtkWindow *window = show_in_window (pager);

  g_assert_null (console_fixture_find (pager, GTK_TYPE_SEARCH_ENTRY, NULL));
  trias_pager_set_model (TRIAS_PAGER (pager), G_LIST_MODEL (model), create_text_row, &n_created);
  gtk_test_widget_wait_for_draw (pager);
  g_assert_cmpuint (n_created, ==, TRIAS_PAGER_STEP);
  g_assert_cmpuint (count_rows (list), ==, TRIAS_PAGER_STEP);
  more = console_fixture_find (pager, GTK_TYPE_BUTTON, NULL);
  g_assert_nonnull (strstr (gtk_button_get_label (GTK_BUTTON (more)), "5000"));
  g_signal_emit_by_name (more, "clicked");
  g_assert_cmpuint (count_rows (list), ==, 2 * TRIAS_PAGER_STEP);

  search = console_fixture_find (pager, GTK_TYPE_SEARCH_ENTRY, NULL);
  gtk_editable_set_text (GTK_EDITABLE (search), "regel 4999.");
  g_signal_emit_by_name (search, "search-changed");
  g_assert_cmpuint (count_rows (list), ==, 1);
  g_assert_false (gtk_widget_get_visible (more));
  gtk_editable_set_text (GTK_EDITABLE (search), "");
  g_signal_emit_by_name (search, "search-changed");
  g_assert_cmpuint (count_rows (list), ==, TRIAS_PAGER_STEP);

  n_created = 0;
  gtk_string_list_remove (model, 0);
  g_assert_cmpuint (n_created, <=, TRIAS_PAGER_STEP);
  g_assert_cmpuint (count_rows (list), ==, TRIAS_PAGER_STEP);
  gtk_string_list_splice (model, 3, g_list_model_get_n_items (G_LIST_MODEL (model)) - 3, NULL);
  g_assert_cmpuint (count_rows (list), ==, 3);
  g_assert_false (gtk_widget_get_visible (search));
  g_assert_cmpint (g_get_monotonic_time () - start, <, LONG_MAX_US);
  gtk_window_destroy (window);
}

static gboolean
column_is_visible (GtkColumnView *view, guint position)
{
  g_autoptr (GtkColumnViewColumn) column
      = g_list_model_get_item (gtk_column_view_get_columns (view), position);

  return gtk_column_view_column_get_visible (column);
}

/* However narrow: nobody has to scroll aside, and the icon, the name and whether the server is
 * online are never left out. */
static void
test_pair_table (void)
{
  const int widths[] = { 310, 440, 560, 732, 960 };
  const guint always[] = { 0, 3, 5 };

  for (guint i = 0; i < G_N_ELEMENTS (widths); i++)
    {
      GtkWidget *table = g_object_new (TRIAS_TYPE_PAIR_TABLE, "hexpand", TRUE, NULL);
      GtkWindow *window = GTK_WINDOW (gtk_window_new ());
      GtkWidget *view;
      GtkAdjustment *across;

      gtk_window_set_default_size (window, widths[i], 300);
      gtk_window_set_child (window, table);
      console_fixture_show (window);
      gtk_test_widget_wait_for_draw (table);
      gtk_test_widget_wait_for_draw (table);
      view = console_fixture_find (table, GTK_TYPE_COLUMN_VIEW, NULL);
      across = gtk_scrollable_get_hadjustment (GTK_SCROLLABLE (view));
      g_test_message ("%d: %g of %g", widths[i], gtk_adjustment_get_page_size (across),
                      gtk_adjustment_get_upper (across));
      g_assert_cmpfloat (gtk_adjustment_get_upper (across), <=,
                         gtk_adjustment_get_page_size (across));
      for (guint n = 0; n < G_N_ELEMENTS (always); n++)
        g_assert_true (column_is_visible (GTK_COLUMN_VIEW (view), always[n]));
      gtk_window_destroy (window);
    }
}

static void
add_plain_column (GtkColumnView *view, int fixed, int hide_below)
{
  g_autoptr (GtkColumnViewColumn) column
      = gtk_column_view_column_new ("Spalte", gtk_signal_list_item_factory_new ());

  gtk_column_view_column_set_fixed_width (column, fixed);
  gtk_column_view_column_set_expand (column, fixed < 0);
  trias_column_view_hide_below (column, hide_below);
  gtk_column_view_append_column (view, column);
}

/* The room of a column that is left out goes to the others, and it gets it back. */
static void
test_column_room (void)
{
  g_autoptr (GtkStringList) model = gtk_string_list_new ((const char *const[]){ "x", NULL });
  GtkSelectionModel *selection
      = GTK_SELECTION_MODEL (gtk_no_selection_new (g_object_ref (G_LIST_MODEL (model))));
  GtkWidget *view = gtk_column_view_new (selection);
  GtkWidget *scroller = gtk_scrolled_window_new (), *header;
  GtkWindow *window = GTK_WINDOW (gtk_window_new ());

  add_plain_column (GTK_COLUMN_VIEW (view), 130, 400);
  add_plain_column (GTK_COLUMN_VIEW (view), -1, 0);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (scroller), view);
  trias_column_view_watch_width (GTK_COLUMN_VIEW (view));
  gtk_window_set_default_size (window, 300, 300);
  gtk_window_set_child (window, scroller);
  console_fixture_show (window);
  gtk_test_widget_wait_for_draw (view);
  gtk_test_widget_wait_for_draw (view);
  g_assert_false (column_is_visible (GTK_COLUMN_VIEW (view), 0));
  header = gtk_widget_get_first_child (view);
  g_assert_cmpint (gtk_widget_get_width (gtk_widget_get_last_child (header)), >, 250);
  gtk_widget_set_size_request (scroller, 500, -1);
  while (!column_is_visible (GTK_COLUMN_VIEW (view), 0))
    gtk_test_widget_wait_for_draw (view);
  gtk_test_widget_wait_for_draw (view);
  g_assert_cmpint (gtk_widget_get_width (gtk_widget_get_first_child (header)), >, 100);
  gtk_window_destroy (window);
}

int
main (int argc, char **argv)
{
  console_fixture_init (&argc, &argv);
  g_test_add_func ("/widgets/banner", test_banner);
  g_test_add_func ("/widgets/error-row", test_error_row);
  g_test_add_func ("/widgets/radio", test_radio);
  g_test_add_func ("/widgets/stack", test_stack);
  g_test_add_func ("/widgets/typed-confirmation", test_typed_confirmation);
  g_test_add_func ("/widgets/options", test_options);
  g_test_add_func ("/widgets/legend", test_legend);
  g_test_add_func ("/widgets/pager", test_pager);
  g_test_add_func ("/widgets/pair-table", test_pair_table);
  g_test_add_func ("/widgets/column-room", test_column_room);
  return g_test_run ();
}
