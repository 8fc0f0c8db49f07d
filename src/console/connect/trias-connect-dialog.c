/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/connect/trias-connect-dialog.h"

#include <glib/gi18n.h>

#include "console/connect/trias-keyring.h"
#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-banner.h"
#include "console/widgets/trias-error-row.h"
#include "client/trias-reason-words.h"
#include "client/trias-words.h"

struct _TriasConnectDialog
{
  AdwWindow parent_instance;

  TriasServers *servers;     /* (owned) */
  TriasServer *server;       /* (owned) (nullable) */
  gboolean added;            /* @server was added by this dialog and never reached */
  GCancellable *cancellable; /* (owned) */
  gboolean busy;
  char *shown; /* (owned) (nullable) the fingerprint that is there to be compared */

  GtkButton *next_button;
  GtkSpinner *spinner;
  TriasBanner *banner;
  GtkStack *stack;
  AdwEntryRow *address_row;
  TriasErrorRow *address_error;
  GtkLabel *fingerprint_intro;
  GtkLabel *fingerprint_label;
  AdwPreferencesGroup *sign_in_group;
  AdwEntryRow *name_row;
  AdwPasswordEntryRow *password_row;
  TriasErrorRow *password_error;
  AdwActionRow *keep_row;
  GtkSwitch *keep_switch;
};

G_DEFINE_FINAL_TYPE (TriasConnectDialog, trias_connect_dialog, ADW_TYPE_WINDOW)

enum
{
  CONNECTED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

char *
trias_connect_dialog_format_fingerprint (const char *fingerprint)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; fingerprint != NULL && fingerprint[i] != '\0'; i++)
    {
      if (i > 0 && i % 16 == 0)
        g_string_append_c (text, '\n');
      else if (i > 0 && i % 4 == 0)
        g_string_append_c (text, ' ');
      g_string_append_c (text, g_ascii_toupper (fingerprint[i]));
    }
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static const char *
get_page (TriasConnectDialog *self)
{
  return gtk_stack_get_visible_child_name (self->stack);
}

static gboolean
has_text (gpointer row)
{
  return *gtk_editable_get_text (GTK_EDITABLE (row)) != '\0';
}

static void
update_button (TriasConnectDialog *self)
{
  const char *page = get_page (self);
  const char *label = _ ("_Connect");
  gboolean ready = has_text (self->address_row);

  if (g_str_equal (page, "fingerprint"))
    {
      label = _ ("They _Are the Same");
      ready = TRUE;
    }
  else if (g_str_equal (page, "sign-in"))
    {
      label = _ ("_Sign In");
      ready = has_text (self->name_row) && has_text (self->password_row);
    }
  gtk_button_set_label (self->next_button, label);
  trias_a11y_fix_mnemonics (GTK_WIDGET (self->next_button));
  gtk_widget_set_sensitive (GTK_WIDGET (self->next_button), ready && !self->busy);
  gtk_widget_set_sensitive (GTK_WIDGET (self->stack), !self->busy);
  gtk_spinner_set_spinning (self->spinner, self->busy);
}

static void
show_page (TriasConnectDialog *self, const char *page, gpointer focus)
{
  gtk_stack_set_visible_child_name (self->stack, page);
  update_button (self);
  gtk_widget_grab_focus (GTK_WIDGET (focus));
}

static void
show_fingerprint (TriasConnectDialog *self)
{
  const char *offered = trias_server_get_offered_fingerprint (self->server);
  g_autofree char *text = trias_connect_dialog_format_fingerprint (offered);
  g_autofree char *intro = g_strdup_printf (_ ("“%s” answers with this fingerprint. Compare it "
                                               "with the one that triasd shows on that computer:"),
                                            trias_server_get_address (self->server));

  g_free (self->shown);
  self->shown = g_strdup (offered);
  gtk_label_set_text (self->fingerprint_intro, intro);
  gtk_label_set_text (self->fingerprint_label, text);
  if (trias_server_get_key_changed (self->server))
    {
      trias_banner_set_text (self->banner, trias_reason_words (TRIAS_REASON_KEY_MISMATCH));
      gtk_widget_remove_css_class (GTK_WIDGET (self->next_button), "suggested-action");
      gtk_widget_add_css_class (GTK_WIDGET (self->next_button), "destructive-action");
    }
  show_page (self, "fingerprint", self->next_button);
}

static void
show_sign_in (TriasConnectDialog *self)
{
  g_autofree char *text
      = g_strdup_printf (_ ("Sign in to “%s” as an administrator of this licence server."),
                         trias_words_server_name (self->server));

  trias_banner_set_text (self->banner, NULL);
  gtk_widget_remove_css_class (GTK_WIDGET (self->next_button), "destructive-action");
  gtk_widget_add_css_class (GTK_WIDGET (self->next_button), "suggested-action");
  adw_preferences_group_set_description (self->sign_in_group, text);
  show_page (self, "sign-in",
             has_text (self->name_row) ? (gpointer) self->password_row : self->name_row);
}

/* Goes where the server stands now. */
static void
follow_server (TriasConnectDialog *self)
{
  if (self->server == NULL)
    {
      show_page (self, "address", self->address_row);
      return;
    }
  if (trias_server_get_key_changed (self->server)
      || trias_server_get_state (self->server) == TRIAS_SERVER_UNTRUSTED)
    show_fingerprint (self);
  else if (trias_server_get_state (self->server) == TRIAS_SERVER_SIGNED_OUT)
    show_sign_in (self);
  else if (trias_server_get_state (self->server) == TRIAS_SERVER_CONNECTED)
    {
      self->added = FALSE;
      g_signal_emit (self, signals[CONNECTED], 0, self->server);
      gtk_window_destroy (GTK_WINDOW (self));
    }
  else
    {
      gtk_editable_set_text (GTK_EDITABLE (self->address_row),
                             trias_server_get_address (self->server));
      show_page (self, "address", self->address_row);
    }
}

static void
set_busy (TriasConnectDialog *self, gboolean busy)
{
  self->busy = busy;
  update_button (self);
}

static void
show_error (TriasConnectDialog *self, const GError *error)
{
  g_autofree char *text = trias_reason_words_error (error);

  if (g_str_equal (get_page (self), "address"))
    trias_error_row_set (self->address_error, GTK_WIDGET (self->address_row), text);
  else if (g_str_equal (get_page (self), "sign-in"))
    {
      trias_error_row_set (self->password_error, GTK_WIDGET (self->password_row), text);
      gtk_widget_grab_focus (GTK_WIDGET (self->password_row));
    }
  else
    trias_banner_set_text (self->banner, text);
}

/* Every step ends here: it owns a reference of the dialog. */
static void
step_done (TriasConnectDialog *self, gboolean done, GError *error)
{
  g_autoptr (TriasConnectDialog) owned = self;
  g_autoptr (GError) problem = error;

  if (g_error_matches (problem, G_IO_ERROR, G_IO_ERROR_CANCELLED)
      || g_cancellable_is_cancelled (self->cancellable))
    return;
  set_busy (self, FALSE);
  if (done || trias_server_get_state (self->server) == TRIAS_SERVER_UNTRUSTED
      || trias_server_get_key_changed (self->server))
    follow_server (self);
  else
    show_error (self, problem);
}

static void
connected_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean done = trias_server_connect_finish (TRIAS_SERVER (source), result, &error);

  step_done (user_data, done, error);
}

static void
trusted_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean done = trias_server_trust_finish (TRIAS_SERVER (source), result, &error);

  step_done (user_data, done, error);
}

static void
signed_in_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GError *error = NULL;
  gboolean done = trias_server_sign_in_finish (TRIAS_SERVER (source), result, &error);

  step_done (user_data, done, error);
}

static void
forget_unreached (TriasConnectDialog *self)
{
  if (self->added && self->server != NULL)
    trias_servers_remove (self->servers, self->server);
  self->added = FALSE;
}

static void
begin_connect (TriasConnectDialog *self)
{
  g_autoptr (GError) error = NULL;
  guint before = g_list_model_get_n_items (G_LIST_MODEL (self->servers));
  TriasServer *server = NULL;

  forget_unreached (self);
  server = trias_servers_add (self->servers,
                              gtk_editable_get_text (GTK_EDITABLE (self->address_row)), &error);
  if (server == NULL)
    {
      trias_error_row_set (
          self->address_error, GTK_WIDGET (self->address_row),
          _ ("This is no address. Examples: licences.example.org, 192.0.2.7:7643"));
      return;
    }
  self->added = g_list_model_get_n_items (G_LIST_MODEL (self->servers)) > before;
  g_set_object (&self->server, server);
  if (trias_server_get_state (server) == TRIAS_SERVER_CONNECTED
      || trias_server_get_state (server) == TRIAS_SERVER_SIGNED_OUT)
    {
      follow_server (self);
      return;
    }
  set_busy (self, TRUE);
  trias_server_connect_async (server, self->cancellable, connected_cb, g_object_ref (self));
}

static void
begin_sign_in (TriasConnectDialog *self)
{
  TriasSecrets *secrets = NULL;

  g_object_get (self->servers, "secrets", &secrets, NULL);
  if (TRIAS_IS_KEYRING (secrets))
    trias_keyring_set_keep (TRIAS_KEYRING (secrets), trias_server_get_fingerprint (self->server),
                            gtk_switch_get_active (self->keep_switch));
  g_clear_object (&secrets);
  set_busy (self, TRUE);
  trias_server_sign_in_async (self->server, gtk_editable_get_text (GTK_EDITABLE (self->name_row)),
                              gtk_editable_get_text (GTK_EDITABLE (self->password_row)),
                              self->cancellable, signed_in_cb, g_object_ref (self));
}

static void
next_cb (TriasConnectDialog *self)
{
  const char *page = get_page (self);

  if (self->busy || !gtk_widget_get_sensitive (GTK_WIDGET (self->next_button)))
    return;
  if (g_str_equal (page, "address"))
    begin_connect (self);
  else if (g_str_equal (page, "sign-in"))
    begin_sign_in (self);
  else
    {
      set_busy (self, TRUE);
      /* Another one may answer by now: what was compared is trusted, nothing else. */
      trias_server_trust_async (self->server, self->shown, self->cancellable, trusted_cb,
                                g_object_ref (self));
    }
}

static void
entry_changed_cb (TriasConnectDialog *self)
{
  trias_error_row_set (self->address_error, GTK_WIDGET (self->address_row), NULL);
  trias_error_row_set (self->password_error, GTK_WIDGET (self->password_row), NULL);
  update_button (self);
}

static gboolean
trias_connect_dialog_close_request (GtkWindow *window)
{
  TriasConnectDialog *self = TRIAS_CONNECT_DIALOG (window);

  g_cancellable_cancel (self->cancellable);
  if (self->server != NULL && trias_server_get_state (self->server) != TRIAS_SERVER_SIGNED_OUT)
    forget_unreached (self);
  return GTK_WINDOW_CLASS (trias_connect_dialog_parent_class)->close_request (window);
}

static void
trias_connect_dialog_dispose (GObject *object)
{
  TriasConnectDialog *self = TRIAS_CONNECT_DIALOG (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->server);
  g_clear_object (&self->servers);
  G_OBJECT_CLASS (trias_connect_dialog_parent_class)->dispose (object);
}

static void
trias_connect_dialog_finalize (GObject *object)
{
  g_clear_object (&TRIAS_CONNECT_DIALOG (object)->cancellable);
  g_free (TRIAS_CONNECT_DIALOG (object)->shown);
  G_OBJECT_CLASS (trias_connect_dialog_parent_class)->finalize (object);
}

static void
trias_connect_dialog_class_init (TriasConnectDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = trias_connect_dialog_dispose;
  G_OBJECT_CLASS (klass)->finalize = trias_connect_dialog_finalize;
  GTK_WINDOW_CLASS (klass)->close_request = trias_connect_dialog_close_request;
  signals[CONNECTED] = g_signal_new ("connected", TRIAS_TYPE_CONNECT_DIALOG, G_SIGNAL_RUN_LAST, 0,
                                     NULL, NULL, NULL, G_TYPE_NONE, 1, TRIAS_TYPE_SERVER);
  g_type_ensure (TRIAS_TYPE_BANNER);
  g_type_ensure (TRIAS_TYPE_ERROR_ROW);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/trias/Console/connect/trias-connect-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, TriasConnectDialog, next_button);
  gtk_widget_class_bind_template_child (widget_class, TriasConnectDialog, spinner);
  gtk_widget_class_bind_template_child (widget_class, TriasConnectDialog, banner);
  gtk_widget_class_bind_template_child (widget_class, TriasConnectDialog, stack);
  gtk_widget_class_bind_template_child (widget_class, TriasConnectDialog, address_row);
  gtk_widget_class_bind_template_child (widget_class, TriasConnectDialog, address_error);
  gtk_widget_class_bind_template_child (widget_class, TriasConnectDialog, fingerprint_intro);
  gtk_widget_class_bind_template_child (widget_class, TriasConnectDialog, fingerprint_label);
  gtk_widget_class_bind_template_child (widget_class, TriasConnectDialog, sign_in_group);
  gtk_widget_class_bind_template_child (widget_class, TriasConnectDialog, name_row);
  gtk_widget_class_bind_template_child (widget_class, TriasConnectDialog, password_row);
  gtk_widget_class_bind_template_child (widget_class, TriasConnectDialog, password_error);
  gtk_widget_class_bind_template_child (widget_class, TriasConnectDialog, keep_row);
  gtk_widget_class_bind_template_child (widget_class, TriasConnectDialog, keep_switch);
  gtk_widget_class_bind_template_callback (widget_class, next_cb);
  gtk_widget_class_bind_template_callback (widget_class, entry_changed_cb);
}

static void
trias_connect_dialog_init (TriasConnectDialog *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  trias_a11y_name_lists (GTK_WIDGET (self));
  trias_a11y_watch_stack (self->stack);
  trias_a11y_escape_closes (GTK_WINDOW (self));
  update_button (self);
  trias_a11y_fix_mnemonics (GTK_WIDGET (self));
}

TriasConnectDialog *
trias_connect_dialog_show (GtkWindow *parent, TriasServers *servers, TriasServer *server)
{
  TriasConnectDialog *self
      = g_object_new (TRIAS_TYPE_CONNECT_DIALOG, "transient-for", parent, NULL);
  TriasSecrets *secrets = NULL;

  self->servers = g_object_ref (servers);
  g_set_object (&self->server, server);
  g_object_get (servers, "secrets", &secrets, NULL);
  gtk_widget_set_visible (GTK_WIDGET (self->keep_row),
                          TRIAS_IS_KEYRING (secrets)
                              && trias_keyring_is_available (TRIAS_KEYRING (secrets)));
  g_clear_object (&secrets);
  /* Shown first: a window that has the focus before is announced as something else. */
  gtk_window_present (GTK_WINDOW (self));
  follow_server (self);
  return self;
}
