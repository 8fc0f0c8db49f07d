/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console-fixture.h"

#include <glib/gi18n.h>
#include <glib/gstdio.h>
#include <locale.h>
#include <string.h>

#include "console/trias-application.h"

/* What the application does by itself. */
static void
add_style (const char *file)
{
  g_autoptr (GtkCssProvider) provider = gtk_css_provider_new ();
  g_autofree char *path = g_strconcat ("/org/trias/Console/", file, NULL);

  gtk_css_provider_load_from_resource (provider, path);
  gtk_style_context_add_provider_for_display (gdk_display_get_default (),
                                              GTK_STYLE_PROVIDER (provider),
                                              GTK_STYLE_PROVIDER_PRIORITY_APPLICATION);
}

void
console_fixture_init (int *argc, char ***argv)
{
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, g_getenv ("TRIAS_LOCALEDIR"));
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  gtk_test_init (argc, argv);
  adw_init ();
  trias_application_register_resources ();
  add_style ("style.css");
  if (adw_style_manager_get_high_contrast (adw_style_manager_get_default ()))
    add_style ("style-hc.css");
}

gboolean
console_fixture_is_german (void)
{
  return g_strcmp0 (g_getenv ("LANGUAGE"), "de") == 0;
}

TriasServers *
console_fixture_servers (guint n)
{
  g_autofree char *folder = g_dir_make_tmp ("trias-console-XXXXXX", NULL);
  g_autofree char *path = g_build_filename (folder, "servers.conf", NULL);
  TriasServers *servers = trias_servers_new (path, NULL);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *address = g_strdup_printf ("127.0.0.%u:1#%064x", i + 2, i + 1);
      g_autoptr (GError) error = NULL;

      trias_servers_add (servers, address, &error);
      g_assert_no_error (error);
    }
  g_unlink (path);
  g_rmdir (folder);
  return servers;
}

GtkWidget *
console_fixture_find (GtkWidget *root, GType type, const char *label)
{
  if (gtk_widget_get_mapped (root) && g_type_is_a (G_OBJECT_TYPE (root), type)
      && (label == NULL
          || (GTK_IS_BUTTON (root)
              && g_strcmp0 (gtk_button_get_label (GTK_BUTTON (root)), label) == 0)))
    return root;
  for (GtkWidget *child = gtk_widget_get_first_child (root); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    {
      GtkWidget *found = console_fixture_find (child, type, label);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static gboolean
has_name (GtkWidget *widget)
{
  GtkAccessible *accessible = GTK_ACCESSIBLE (widget);

  return gtk_test_accessible_has_property (accessible, GTK_ACCESSIBLE_PROPERTY_LABEL)
         || (gtk_test_accessible_has_relation (accessible, GTK_ACCESSIBLE_RELATION_LABELLED_BY)
             && !(GTK_IS_BUTTON (widget) && gtk_button_get_icon_name (GTK_BUTTON (widget))));
}

static void
collect_nameless (GtkWidget *widget, GString *text)
{
  /* Parts of the toolkit's own widgets, which stand for the named one around them. */
  static const char *const inner[]
      = { "GtkText",  "GtkScrolledWindow", "GtkListItemWidget", "GtkFlowBox", "GtkToggleButton",
          "GtkLabel", "GtkPopoverContent", "GtkListView",       NULL };

  if (!gtk_widget_get_mapped (widget))
    return;
  if (gtk_widget_get_focusable (widget) && !GTK_IS_WINDOW (widget)
      && !g_strv_contains (inner, G_OBJECT_TYPE_NAME (widget)) && !ADW_IS_PREFERENCES_ROW (widget)
      && !has_name (widget))
    g_string_append_printf (text, "%s in %s\n", G_OBJECT_TYPE_NAME (widget),
                            G_OBJECT_TYPE_NAME (gtk_widget_get_parent (widget)));
  if (GTK_IS_SPIN_BUTTON (widget) || GTK_IS_SEARCH_ENTRY (widget) || GTK_IS_DROP_DOWN (widget)
      || ADW_IS_COMBO_ROW (widget) || ADW_IS_ENTRY_ROW (widget) || GTK_IS_WINDOW_CONTROLS (widget))
    return;
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    collect_nameless (child, text);
}

char *
console_fixture_nameless (GtkWidget *root)
{
  GString *text = g_string_new (NULL);

  collect_nameless (root, text);
  return g_string_free (text, FALSE);
}

static void
collect_mnemonics (GtkWidget *widget, char *seen, GString *doubled)
{
  const char *label = GTK_IS_BUTTON (widget) && gtk_button_get_use_underline (GTK_BUTTON (widget))
                          ? gtk_button_get_label (GTK_BUTTON (widget))
                          : NULL;
  const char *mark = label != NULL && gtk_widget_get_mapped (widget) ? strchr (label, '_') : NULL;

  if (mark != NULL && g_ascii_isalpha (mark[1]))
    {
      char letter = g_ascii_tolower (mark[1]);

      if (seen[letter - 'a']++ > 0)
        g_string_append_printf (doubled, "%s\n", label);
    }
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL;
       child = gtk_widget_get_next_sibling (child))
    collect_mnemonics (child, seen, doubled);
}

char *
console_fixture_doubled_mnemonics (GtkWidget *root)
{
  GString *doubled = g_string_new (NULL);
  char seen[26] = { 0 };

  collect_mnemonics (root, seen, doubled);
  return g_string_free (doubled, FALSE);
}

void
console_fixture_show (GtkWindow *window)
{
  gtk_window_present (window);
  gtk_test_widget_wait_for_draw (GTK_WIDGET (window));
}

void
console_fixture_settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
}
