/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/connect/trias-connection-row.h"

#include <glib/gi18n.h>

#include "console/trias-window.h"
#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-confirm.h"
#include "client/trias-words.h"

struct _TriasConnectionRow
{
  AdwActionRow parent_instance;

  TriasServers *servers; /* (owned) */
  TriasServer *server;   /* (owned) */
  GtkWidget *icon;
  GtkWidget *button; /* the one thing to do next */
};

G_DEFINE_FINAL_TYPE (TriasConnectionRow, trias_connection_row, ADW_TYPE_ACTION_ROW)

static void
ignore_result_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  /* What became of it shows in the server's state. */
  trias_server_connect_finish (TRIAS_SERVER (source), result, NULL);
}

static void
close_popover (TriasConnectionRow *self)
{
  GtkWidget *popover = gtk_widget_get_ancestor (GTK_WIDGET (self), GTK_TYPE_POPOVER);

  if (popover != NULL)
    gtk_popover_popdown (GTK_POPOVER (popover));
}

static void
button_cb (TriasConnectionRow *self)
{
  TriasServerState state = trias_server_get_state (self->server);
  GtkRoot *root = gtk_widget_get_root (GTK_WIDGET (self));

  if (state == TRIAS_SERVER_DISCONNECTED && !trias_server_get_key_changed (self->server))
    {
      trias_server_connect_async (self->server, NULL, ignore_result_cb, NULL);
      return;
    }
  close_popover (self);
  if (TRIAS_IS_WINDOW (root))
    trias_window_connect_server (TRIAS_WINDOW (root), self->server);
}

static void
signed_out_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  trias_server_sign_out_finish (TRIAS_SERVER (source), result, NULL);
}

static void
sign_out_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  trias_server_sign_out_async (TRIAS_CONNECTION_ROW (widget)->server, NULL, signed_out_cb, NULL);
}

static void
disconnect_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  trias_server_disconnect (TRIAS_CONNECTION_ROW (widget)->server);
}

static void
forget_confirmed (gpointer user_data)
{
  TriasConnectionRow *self = user_data;

  trias_servers_remove (self->servers, self->server);
}

static void
forget_action (GtkWidget *widget, const char *name, GVariant *parameter)
{
  TriasConnectionRow *self = TRIAS_CONNECTION_ROW (widget);
  GtkRoot *root = gtk_widget_get_root (widget);
  g_autofree char *heading
      = g_strdup_printf (_ ("Forget “%s”?"), trias_words_server_name (self->server));
  TriasQuestion question = {
    .heading = heading,
    .body = _ ("The console no longer shows this licence server and forgets its fingerprint. "
               "Nothing changes on the server itself."),
    .verb = _ ("_Forget"),
    .destructive = TRUE,
  };

  close_popover (self);
  trias_confirm (GTK_WIDGET (root), &question, forget_confirmed, g_object_ref (self),
                 g_object_unref);
}

static const char *
get_button_label (TriasConnectionRow *self)
{
  if (trias_server_get_key_changed (self->server))
    return _ ("Compare…");
  switch (trias_server_get_state (self->server))
    {
    case TRIAS_SERVER_UNTRUSTED:
      return _ ("Compare…");
    case TRIAS_SERVER_SIGNED_OUT:
      return _ ("Sign In…");
    case TRIAS_SERVER_DISCONNECTED:
      return _ ("Connect");
    case TRIAS_SERVER_CONNECTING:
    case TRIAS_SERVER_CONNECTED:
    case TRIAS_SERVER_LOST:
      break;
    }
  return NULL;
}

static void
update_cb (TriasConnectionRow *self)
{
  TriasServerState state = trias_server_get_state (self->server);
  g_autofree char *words = trias_words_server_state (self->server);
  g_autofree char *title = g_markup_escape_text (trias_words_server_name (self->server), -1);
  g_autofree char *subtitle
      = g_markup_printf_escaped ("%s\n%s", trias_server_get_address (self->server), words);
  const char *label = get_button_label (self);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self), subtitle);
  gtk_image_set_from_icon_name (GTK_IMAGE (self->icon), trias_words_server_icon (state));
  gtk_widget_set_visible (self->button, label != NULL);
  if (label != NULL)
    {
      g_autofree char *name
          = g_strdup_printf ("%s %s", label, trias_words_server_name (self->server));

      gtk_button_set_label (GTK_BUTTON (self->button), label);
      trias_a11y_set_name (self->button, name);
    }
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "row.sign-out",
                                 state == TRIAS_SERVER_CONNECTED);
  gtk_widget_action_set_enabled (GTK_WIDGET (self), "row.disconnect",
                                 state != TRIAS_SERVER_DISCONNECTED);
}

static void
trias_connection_row_dispose (GObject *object)
{
  TriasConnectionRow *self = TRIAS_CONNECTION_ROW (object);

  g_clear_object (&self->server);
  g_clear_object (&self->servers);
  G_OBJECT_CLASS (trias_connection_row_parent_class)->dispose (object);
}

static void
trias_connection_row_class_init (TriasConnectionRowClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = trias_connection_row_dispose;
  gtk_widget_class_install_action (widget_class, "row.sign-out", NULL, sign_out_action);
  gtk_widget_class_install_action (widget_class, "row.disconnect", NULL, disconnect_action);
  gtk_widget_class_install_action (widget_class, "row.forget", NULL, forget_action);
}

static void
trias_connection_row_init (TriasConnectionRow *self)
{
  g_autoptr (GMenu) menu = g_menu_new ();
  GtkWidget *more = gtk_menu_button_new ();

  g_menu_append (menu, _ ("Sign _Out"), "row.sign-out");
  g_menu_append (menu, _ ("_Disconnect"), "row.disconnect");
  g_menu_append (menu, _ ("_Forget…"), "row.forget");
  self->icon = gtk_image_new ();
  adw_action_row_add_prefix (ADW_ACTION_ROW (self), self->icon);
  self->button = gtk_button_new ();
  gtk_widget_set_valign (self->button, GTK_ALIGN_CENTER);
  g_signal_connect_object (self->button, "clicked", G_CALLBACK (button_cb), self,
                           G_CONNECT_SWAPPED);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), self->button);
  gtk_menu_button_set_icon_name (GTK_MENU_BUTTON (more), "view-more-symbolic");
  gtk_menu_button_set_menu_model (GTK_MENU_BUTTON (more), G_MENU_MODEL (menu));
  gtk_widget_set_valign (more, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (more, "flat");
  gtk_widget_set_tooltip_text (more, _ ("More for this licence server"));
  trias_a11y_set_name (more, _ ("More for this licence server"));
  adw_action_row_add_suffix (ADW_ACTION_ROW (self), more);
}

GtkWidget *
trias_connection_row_new (TriasServers *servers, TriasServer *server)
{
  static const char *const watched[] = { "notify::state", "notify::name", "notify::admin",
                                         "notify::key-changed", "notify::error-reason" };
  TriasConnectionRow *self = g_object_new (TRIAS_TYPE_CONNECTION_ROW, NULL);

  self->servers = g_object_ref (servers);
  self->server = g_object_ref (server);
  for (guint i = 0; i < G_N_ELEMENTS (watched); i++)
    g_signal_connect_object (server, watched[i], G_CALLBACK (update_cb), self, G_CONNECT_SWAPPED);
  update_cb (self);
  return GTK_WIDGET (self);
}

TriasServer *
trias_connection_row_get_server (TriasConnectionRow *self)
{
  g_return_val_if_fail (TRIAS_IS_CONNECTION_ROW (self), NULL);

  return self->server;
}
