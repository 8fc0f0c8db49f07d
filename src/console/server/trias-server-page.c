/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/server/trias-server-page.h"

#include <glib/gi18n.h>

#include "console/connect/trias-connect-dialog.h"
#include "console/connect/trias-connection-row.h"
#include "console/server/trias-rule-group.h"
#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-age.h"
#include "console/widgets/trias-confirm.h"
#include "client/trias-words.h"

#define NAME_MAX_CHARACTERS 64

struct _TriasServerPage
{
  AdwBin parent_instance;

  TriasServers *servers; /* (owned) (nullable) */
  TriasServer *server;   /* (owned) (nullable) the chosen one */
  GtkWidget *rules[3];   /* by scope, in the order they are shown */

  GtkBox *box;
  GtkListBox *list;
  AdwPreferencesGroup *identity_group;
  AdwActionRow *name_row;
  GtkWidget *rename_button;
  AdwActionRow *fingerprint_row;
  AdwActionRow *role_row;
  AdwActionRow *addresses_row;
  AdwActionRow *version_row;
  AdwActionRow *started_row;
};

G_DEFINE_FINAL_TYPE (TriasServerPage, trias_server_page, ADW_TYPE_BIN)

static void
set_subtitle (AdwActionRow *row, const char *text)
{
  g_autofree char *escaped = g_markup_escape_text (text != NULL ? text : "", -1);

  adw_action_row_set_subtitle (row, escaped);
  gtk_widget_set_visible (GTK_WIDGET (row), text != NULL && *text != '\0');
}

static char *
describe_role (TriasServer *server)
{
  g_autofree char *relationship = NULL;
  const char *role = trias_words_role (trias_server_get_role (server));

  g_object_get (server, "relationship-name", &relationship, NULL);
  if (relationship == NULL || *relationship == '\0')
    return g_strdup (role);
  if (trias_server_get_active (server))
    /* TRANSLATORS: role, name of the relationship */
    return g_strdup_printf (_ ("%1$s of “%2$s”, serves clients"), role, relationship);
  /* TRANSLATORS: role, name of the relationship */
  return g_strdup_printf (_ ("%1$s of “%2$s”"), role, relationship);
}

static void
update_cb (TriasServerPage *self)
{
  const char *const *addresses = NULL;
  g_autofree char *list = NULL;
  g_autofree char *role = NULL;
  g_autofree char *fingerprint = NULL;
  g_autofree char *started = NULL;
  gboolean signed_in = self->server != NULL && trias_server_get_signed_in (self->server);

  gtk_widget_set_visible (GTK_WIDGET (self->identity_group), self->server != NULL);
  for (guint i = 0; i < G_N_ELEMENTS (self->rules); i++)
    gtk_widget_set_visible (self->rules[i], signed_in);
  if (self->server == NULL)
    return;
  addresses = trias_server_get_addresses (self->server);
  list = addresses != NULL ? g_strjoinv (", ", (char **) addresses)
                           : g_strdup (trias_server_get_address (self->server));
  role = describe_role (self->server);
  fingerprint
      = trias_connect_dialog_format_fingerprint (trias_server_get_fingerprint (self->server));
  g_strdelimit (fingerprint, "\n", ' ');
  if (trias_server_get_started_at (self->server) > 0)
    started = trias_age_format_time (trias_server_get_started_at (self->server));
  set_subtitle (self->name_row, trias_words_server_name (self->server));
  set_subtitle (self->fingerprint_row, fingerprint);
  set_subtitle (self->role_row, role);
  set_subtitle (self->addresses_row, list);
  set_subtitle (self->version_row, trias_server_get_version (self->server));
  set_subtitle (self->started_row, started);
  gtk_widget_set_visible (self->rename_button, signed_in);
}

static void
choose (TriasServerPage *self, TriasServer *server)
{
  if (self->server == server)
    return;
  if (self->server != NULL)
    g_signal_handlers_disconnect_by_func (self->server, update_cb, self);
  g_set_object (&self->server, server);
  if (server != NULL)
    g_signal_connect_object (server, "notify", G_CALLBACK (update_cb), self, G_CONNECT_SWAPPED);
  for (guint i = 0; i < G_N_ELEMENTS (self->rules); i++)
    trias_rule_group_set_server (TRIAS_RULE_GROUP (self->rules[i]), self->servers, server);
  update_cb (self);
}

static void
row_selected_cb (TriasServerPage *self, GtkListBoxRow *row)
{
  choose (self, row != NULL ? trias_connection_row_get_server (TRIAS_CONNECTION_ROW (row)) : NULL);
}

static void
select_first_cb (TriasServerPage *self)
{
  if (gtk_list_box_get_selected_row (self->list) == NULL)
    gtk_list_box_select_row (self->list, gtk_list_box_get_row_at_index (self->list, 0));
}

static GtkWidget *
create_row (gpointer item, gpointer user_data)
{
  TriasServerPage *self = user_data;
  GtkWidget *row = trias_connection_row_new (self->servers, item);

  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (row), TRUE);
  return row;
}

static void
copy_cb (TriasServerPage *self)
{
  g_autofree char *text = NULL;

  if (self->server == NULL)
    return;
  text = g_strdup_printf ("%s#%s", trias_server_get_address (self->server),
                          trias_server_get_fingerprint (self->server));
  gdk_clipboard_set_text (gtk_widget_get_clipboard (GTK_WIDGET (self)), text);
}

static void
renamed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasServerPage) self = user_data;
  g_autoptr (GError) error = NULL;

  if (!trias_server_action_finish (TRIAS_SERVER (source), result, &error)
      && !g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    trias_confirm_show_error (GTK_WIDGET (self), _ ("Not Renamed"), error);
}

static void
rename_response_cb (AdwMessageDialog *dialog, const char *response, gpointer user_data)
{
  TriasServerPage *self = user_data;
  GtkWidget *entry = adw_message_dialog_get_extra_child (dialog);
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (entry))));

  if (g_str_equal (response, "rename") && self->server != NULL)
    trias_server_rename_async (self->server, name, NULL, renamed_cb, g_object_ref (self));
}

static void
rename_changed_cb (GtkEditable *entry, gpointer user_data)
{
  g_autofree char *name = g_strstrip (g_strdup (gtk_editable_get_text (entry)));

  adw_message_dialog_set_response_enabled (
      user_data, "rename", *name != '\0' && g_utf8_strlen (name, -1) <= NAME_MAX_CHARACTERS);
}

static void
rename_cb (TriasServerPage *self)
{
  GtkWidget *widget = adw_message_dialog_new (
      GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), _ ("Rename Licence Server"),
      _ ("The name is shown everywhere; the identity of the server stays the same."));
  AdwMessageDialog *dialog = ADW_MESSAGE_DIALOG (widget);
  GtkWidget *entry = gtk_entry_new ();

  gtk_editable_set_text (GTK_EDITABLE (entry), trias_words_server_name (self->server));
  gtk_entry_set_activates_default (GTK_ENTRY (entry), TRUE);
  trias_a11y_set_name (entry, _ ("Name"));
  adw_message_dialog_set_extra_child (dialog, entry);
  adw_message_dialog_add_responses (dialog, "cancel", _ ("_Cancel"), "rename", _ ("_Rename"), NULL);
  adw_message_dialog_set_response_appearance (dialog, "rename", ADW_RESPONSE_SUGGESTED);
  adw_message_dialog_set_default_response (dialog, "rename");
  adw_message_dialog_set_close_response (dialog, "cancel");
  g_signal_connect (entry, "changed", G_CALLBACK (rename_changed_cb), dialog);
  g_signal_connect_object (dialog, "response", G_CALLBACK (rename_response_cb), self, 0);
  trias_a11y_fix_mnemonics (widget);
  gtk_window_present (GTK_WINDOW (dialog));
}

static void
trias_server_page_dispose (GObject *object)
{
  TriasServerPage *self = TRIAS_SERVER_PAGE (object);

  if (self->list != NULL)
    gtk_list_box_bind_model (self->list, NULL, NULL, NULL, NULL);
  self->list = NULL;
  g_clear_object (&self->server);
  g_clear_object (&self->servers);
  G_OBJECT_CLASS (trias_server_page_parent_class)->dispose (object);
}

static void
trias_server_page_class_init (TriasServerPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = trias_server_page_dispose;
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/trias/Console/server/trias-server-page.ui");
  gtk_widget_class_bind_template_child (widget_class, TriasServerPage, box);
  gtk_widget_class_bind_template_child (widget_class, TriasServerPage, list);
  gtk_widget_class_bind_template_child (widget_class, TriasServerPage, identity_group);
  gtk_widget_class_bind_template_child (widget_class, TriasServerPage, name_row);
  gtk_widget_class_bind_template_child (widget_class, TriasServerPage, rename_button);
  gtk_widget_class_bind_template_child (widget_class, TriasServerPage, fingerprint_row);
  gtk_widget_class_bind_template_child (widget_class, TriasServerPage, role_row);
  gtk_widget_class_bind_template_child (widget_class, TriasServerPage, addresses_row);
  gtk_widget_class_bind_template_child (widget_class, TriasServerPage, version_row);
  gtk_widget_class_bind_template_child (widget_class, TriasServerPage, started_row);
  gtk_widget_class_bind_template_callback (widget_class, row_selected_cb);
  gtk_widget_class_bind_template_callback (widget_class, rename_cb);
  gtk_widget_class_bind_template_callback (widget_class, copy_cb);
}

static void
trias_server_page_init (TriasServerPage *self)
{
  static const TriasScope scopes[] = { TRIAS_SCOPE_PEER, TRIAS_SCOPE_USE, TRIAS_SCOPE_ADMINISTER };

  gtk_widget_init_template (GTK_WIDGET (self));
  trias_a11y_name_lists (GTK_WIDGET (self));
  for (guint i = 0; i < G_N_ELEMENTS (scopes); i++)
    {
      self->rules[i] = trias_rule_group_new (scopes[i]);
      gtk_box_append (self->box, self->rules[i]);
    }
  trias_a11y_fix_mnemonics (GTK_WIDGET (self));
  update_cb (self);
}

void
trias_server_page_set_servers (TriasServerPage *self, TriasServers *servers)
{
  g_return_if_fail (TRIAS_IS_SERVER_PAGE (self));

  g_set_object (&self->servers, servers);
  gtk_list_box_bind_model (self->list, G_LIST_MODEL (servers), create_row, self, NULL);
  g_signal_connect_object (servers, "items-changed", G_CALLBACK (select_first_cb), self,
                           G_CONNECT_SWAPPED | G_CONNECT_AFTER);
  select_first_cb (self);
}
