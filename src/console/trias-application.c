/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/trias-application.h"

#include <glib/gi18n.h>
#include <stdlib.h>

#include "console/connect/trias-keyring.h"
#include "console/trias-console-resources.h"
#include "console/trias-screenshot.h"
#include "console/trias-window.h"

#define MAX_PASSWORD_BYTES 1024

struct _TriasApplication
{
  AdwApplication parent_instance;

  TriasServers *servers; /* (owned) */
  TriasKeyring *keyring; /* (owned) */
  char *screenshot;      /* (owned) (nullable) */
  char *page;            /* (owned) (nullable) */
  char **addresses;      /* (owned) (nullable) */
  char *user;            /* (owned) (nullable) */
  char *password_file;   /* (owned) (nullable) */
  char *password;        /* (owned) (nullable) */
};

G_DEFINE_FINAL_TYPE (TriasApplication, trias_application, ADW_TYPE_APPLICATION)

static void
about_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GtkApplication *app = user_data;

  adw_show_about_window (
      gtk_application_get_active_window (app), "application-name", _ ("Trias"), "application-icon",
      "org.trias.Console", "version", TRIAS_VERSION, "developer-name", _ ("The Trias authors"),
      "license-type", GTK_LICENSE_GPL_3_0, "comments",
      _ ("Keeps licensed production running when a licence server fails."), NULL);
}

static void
quit_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GtkWindow *window = gtk_application_get_active_window (user_data);

  /* A wizard that would lose something may ask first. */
  if (window != NULL)
    gtk_window_close (window);
}

/* What a notification leads to. */
static void
show_page_action (GSimpleAction *action, GVariant *parameter, gpointer user_data)
{
  GtkWindow *window = gtk_application_get_active_window (user_data);

  /* A wizard may stand in front. */
  while (window != NULL && !TRIAS_IS_WINDOW (window))
    window = gtk_window_get_transient_for (window);
  if (window == NULL)
    return;
  trias_window_show_page (TRIAS_WINDOW (window), g_variant_get_string (parameter, NULL));
  gtk_window_present (window);
}

static void
signed_in_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!trias_server_sign_in_finish (TRIAS_SERVER (source), result, &error)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    g_printerr ("%s: %s\n", trias_server_get_address (TRIAS_SERVER (source)), error->message);
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TriasServer *server = TRIAS_SERVER (source);
  g_autoptr (TriasApplication) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!trias_server_connect_finish (server, result, &error))
    g_debug ("%s: %s", trias_server_get_address (server), error->message);
  else if (trias_server_get_state (server) == TRIAS_SERVER_SIGNED_OUT && self->user != NULL
           && self->password != NULL)
    trias_server_sign_in_async (server, self->user, self->password, NULL, signed_in_cb, NULL);
}

static void
add_given_servers (TriasApplication *self)
{
  for (guint i = 0; self->addresses != NULL && self->addresses[i] != NULL; i++)
    {
      g_autoptr (GError) error = NULL;

      if (trias_servers_add (self->servers, self->addresses[i], &error) == NULL)
        g_printerr ("%s\n", error->message);
    }
}

static void
connect_all (TriasApplication *self)
{
  GListModel *model = G_LIST_MODEL (self->servers);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (TriasServer) server = g_list_model_get_item (model, i);

      trias_server_connect_async (server, NULL, connected_cb, g_object_ref (self));
    }
}

static void
read_password (TriasApplication *self)
{
  g_autoptr (GError) error = NULL;
  gsize length;

  if (self->password_file == NULL)
    return;
  if (!g_file_get_contents (self->password_file, &self->password, &length, &error))
    {
      g_printerr ("%s\n", error->message);
      return;
    }
  if (length > MAX_PASSWORD_BYTES)
    g_clear_pointer (&self->password, g_free);
  else
    g_strchomp (self->password);
}

static void
set_up_models (TriasApplication *self)
{
  g_autoptr (GError) error = NULL;

  self->keyring = trias_keyring_new ();
  self->servers = trias_servers_new (NULL, TRIAS_SECRETS (self->keyring));
  if (!trias_servers_restore (self->servers, &error))
    g_printerr ("%s\n", error->message);
  add_given_servers (self);
  read_password (self);
}

static void
trias_application_activate (GApplication *app)
{
  TriasApplication *self = TRIAS_APPLICATION (app);
  GtkWindow *window = gtk_application_get_active_window (GTK_APPLICATION (app));

  if (window != NULL)
    {
      gtk_window_present (window);
      return;
    }
  set_up_models (self);
  window = GTK_WINDOW (trias_window_new (GTK_APPLICATION (app), self->servers));
  if (self->page != NULL)
    trias_window_show_page (TRIAS_WINDOW (window), self->page);
  gtk_window_present (window);
  connect_all (self);
  if (self->screenshot != NULL)
    trias_screenshot_take (window, self->servers, self->password != NULL, self->screenshot);
}

static void
trias_application_startup (GApplication *app)
{
  static const GActionEntry actions[] = {
    { "about", about_action },
    { "quit", quit_action },
    { "show-page", show_page_action, "s" },
  };

  G_APPLICATION_CLASS (trias_application_parent_class)->startup (app);
  trias_application_register_resources ();
  g_action_map_add_action_entries (G_ACTION_MAP (app), actions, G_N_ELEMENTS (actions), app);
  gtk_application_set_accels_for_action (GTK_APPLICATION (app), "app.quit",
                                         (const char *const[]){ "<Control>q", NULL });
  gtk_application_set_accels_for_action (GTK_APPLICATION (app), "win.show-help-overlay",
                                         (const char *const[]){ "<Control>question", "F1", NULL });
}

static int
trias_application_handle_local_options (GApplication *app, GVariantDict *options)
{
  TriasApplication *self = TRIAS_APPLICATION (app);

  if (g_variant_dict_contains (options, "version"))
    {
      g_print ("trias-console %s\n", TRIAS_VERSION);
      return EXIT_SUCCESS;
    }
  /* Options speak of this run alone: never hand over to a console that runs already. */
  if (self->screenshot != NULL || self->addresses != NULL || self->page != NULL)
    g_application_set_flags (app, g_application_get_flags (app) | G_APPLICATION_NON_UNIQUE);
  return -1;
}

static void
add_options (TriasApplication *self)
{
  const GOptionEntry entries[] = {
    { "server", 's', 0, G_OPTION_ARG_STRING_ARRAY, &self->addresses,
      N_ ("Connect to this licence server too (repeatable)"), N_ ("ADDRESS#FINGERPRINT") },
    { "user", 'u', 0, G_OPTION_ARG_STRING, &self->user, N_ ("Sign in as this administrator"),
      N_ ("NAME") },
    { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &self->password_file,
      N_ ("Read the password from this file"), N_ ("FILE") },
    { "page", 'p', 0, G_OPTION_ARG_STRING, &self->page,
      N_ ("Show this page: server, licenses, redundancy or events"), N_ ("NAME") },
    { "screenshot", 0, 0, G_OPTION_ARG_FILENAME, &self->screenshot,
      N_ ("Save a picture of the window once it has its content, and exit"), N_ ("FILE") },
    { "version", 0, 0, G_OPTION_ARG_NONE, NULL, N_ ("Print the version and exit"), NULL },
    { NULL },
  };

  g_application_add_main_option_entries (G_APPLICATION (self), entries);
}

static void
trias_application_dispose (GObject *object)
{
  TriasApplication *self = TRIAS_APPLICATION (object);

  if (self->servers != NULL)
    trias_servers_disconnect_all (self->servers);
  g_clear_object (&self->servers);
  g_clear_object (&self->keyring);
  G_OBJECT_CLASS (trias_application_parent_class)->dispose (object);
}

static void
trias_application_finalize (GObject *object)
{
  TriasApplication *self = TRIAS_APPLICATION (object);

  g_free (self->screenshot);
  g_free (self->page);
  g_strfreev (self->addresses);
  g_free (self->user);
  g_free (self->password_file);
  g_free (self->password);
  G_OBJECT_CLASS (trias_application_parent_class)->finalize (object);
}

static void
trias_application_class_init (TriasApplicationClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = trias_application_dispose;
  G_OBJECT_CLASS (klass)->finalize = trias_application_finalize;
  G_APPLICATION_CLASS (klass)->activate = trias_application_activate;
  G_APPLICATION_CLASS (klass)->startup = trias_application_startup;
  G_APPLICATION_CLASS (klass)->handle_local_options = trias_application_handle_local_options;
}

static void
trias_application_init (TriasApplication *self)
{
  add_options (self);
}

TriasApplication *
trias_application_new (void)
{
  /* A static library keeps its resources only if something names them. Before the application
   * looks for its style and shortcuts. */
  g_resources_register (trias_console_get_resource ());
  return g_object_new (TRIAS_TYPE_APPLICATION, "application-id", "org.trias.Console",
                       "resource-base-path", "/org/trias/Console", NULL);
}

void
trias_application_register_resources (void)
{
  g_resources_register (trias_console_get_resource ());
  gtk_icon_theme_add_resource_path (gtk_icon_theme_get_for_display (gdk_display_get_default ()),
                                    "/org/trias/Console/icons");
}
