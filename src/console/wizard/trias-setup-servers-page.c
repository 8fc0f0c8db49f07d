/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/wizard/trias-setup-servers-page.h"

#include <glib/gi18n.h>

#include "console/connect/trias-connect-dialog.h"
#include "console/widgets/trias-a11y.h"
#include "client/trias-words.h"

struct _TriasSetupServersPage
{
  TriasWizardPage parent_instance;

  TriasSetup *setup;     /* (owned) */
  TriasServers *servers; /* (owned) */
  GtkListBox *main_list;
  GtkListBox *backup_list;
  GtkWidget *main_radio;   /* (owned) (floating group leader, not shown) */
  GtkWidget *backup_radio; /* (owned) the same */
  AdwPreferencesGroup *invitation_group;
  AdwEntryRow *invitation_row;
  GtkLabel *problem;
  gboolean filling;
};

G_DEFINE_FINAL_TYPE (TriasSetupServersPage, trias_setup_servers_page, TRIAS_TYPE_WIZARD_PAGE)

static const char *
get_title (TriasWizardPage *page)
{
  return C_ ("wizard step", "Servers");
}

static const char *
describe_problem (TriasSetupServersPage *self)
{
  const char *problem = trias_setup_get_problem (self->setup);

  if (g_strcmp0 (problem, "main") == 0)
    return _ ("Choose the main server.");
  if (g_strcmp0 (problem, "backup") == 0)
    return _ ("Choose the backup server.");
  if (g_strcmp0 (problem, "same") == 0)
    return _ ("Main server and backup server must be two different servers.");
  if (g_strcmp0 (problem, "sign-in") == 0)
    return _ ("Sign in to the main server first.");
  if (g_strcmp0 (problem, "invitation") == 0)
    return _ ("Sign in to the backup server, or enter an invitation code from it.");
  return NULL;
}

static gboolean
is_complete (TriasWizardPage *page)
{
  return describe_problem (TRIAS_SETUP_SERVERS_PAGE (page)) == NULL;
}

static void
update (TriasSetupServersPage *self)
{
  TriasServer *backup = trias_setup_get_backup (self->setup);
  const char *problem = describe_problem (self);

  gtk_widget_set_visible (GTK_WIDGET (self->invitation_group),
                          backup != NULL && !trias_server_get_signed_in (backup));
  gtk_label_set_text (self->problem, problem != NULL ? problem : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), problem != NULL);
  trias_wizard_page_changed (TRIAS_WIZARD_PAGE (self));
}

static void
chosen_cb (GtkCheckButton *radio, GParamSpec *pspec, gpointer user_data)
{
  TriasSetupServersPage *self = user_data;
  TriasServer *server = g_object_get_data (G_OBJECT (radio), "trias-server");

  if (self->filling || !gtk_check_button_get_active (radio))
    return;
  if (g_object_get_data (G_OBJECT (radio), "trias-main") != NULL)
    trias_setup_set_main (self->setup, server);
  else
    trias_setup_set_backup (self->setup, server);
  update (self);
}

static void
sign_in_cb (GtkButton *button, gpointer user_data)
{
  TriasSetupServersPage *self = user_data;

  trias_connect_dialog_show (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->servers,
                             g_object_get_data (G_OBJECT (button), "trias-server"));
}

/* What tells this server from others, and whether it can be taken. */
static char *
describe_server (TriasServer *server)
{
  g_autofree char *state = trias_words_server_state (server);
  const char *fingerprint = trias_server_get_fingerprint (server);
  g_autofree char *id = NULL;

  if (fingerprint == NULL || *fingerprint == '\0')
    return g_markup_printf_escaped ("%s · %s", trias_server_get_address (server), state);
  id = trias_connect_dialog_format_fingerprint (fingerprint);
  g_strdelimit (id, "\n", ' ');
  if (trias_server_get_role (server) != TRIAS_ROLE_SINGLE)
    return g_markup_printf_escaped (_ ("%1$s · belongs to a relationship already\n%2$s"),
                                    trias_server_get_address (server), id);
  return g_markup_printf_escaped ("%s · %s\n%s", trias_server_get_address (server), state, id);
}

static GtkWidget *
create_radio (TriasSetupServersPage *self, TriasServer *server, gboolean main_server)
{
  GtkWidget *radio = trias_a11y_radio_new (NULL);
  TriasServer *chosen
      = main_server ? trias_setup_get_main (self->setup) : trias_setup_get_backup (self->setup);
  g_autofree char *name
      = g_strdup_printf (main_server ? _ ("%s as the main server") : _ ("%s as the backup server"),
                         trias_words_server_name (server));

  trias_a11y_set_name (radio, name);
  g_object_set_data_full (G_OBJECT (radio), "trias-server", g_object_ref (server), g_object_unref);
  if (main_server)
    g_object_set_data (G_OBJECT (radio), "trias-main", self);
  gtk_check_button_set_group (
      GTK_CHECK_BUTTON (radio),
      GTK_CHECK_BUTTON (main_server ? self->main_radio : self->backup_radio));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (radio), chosen == server);
  gtk_widget_set_valign (radio, GTK_ALIGN_CENTER);
  g_signal_connect (radio, "notify::active", G_CALLBACK (chosen_cb), self);
  return radio;
}

static GtkWidget *
create_row (TriasSetupServersPage *self, TriasServer *server, gboolean main_server)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *radio = create_radio (self, server, main_server);
  g_autofree char *title = g_markup_escape_text (trias_words_server_name (server), -1);
  g_autofree char *subtitle = describe_server (server);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), radio);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), radio);
  gtk_widget_set_sensitive (radio, trias_server_get_role (server) == TRIAS_ROLE_SINGLE);
  if (!trias_server_get_signed_in (server))
    {
      GtkWidget *button = gtk_button_new_with_label (_ ("Sign In…"));
      g_autofree char *name
          = g_strdup_printf ("%s %s", _ ("Sign In…"), trias_words_server_name (server));

      g_object_set_data_full (G_OBJECT (button), "trias-server", g_object_ref (server),
                              g_object_unref);
      gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
      trias_a11y_set_name (button, name);
      g_signal_connect (button, "clicked", G_CALLBACK (sign_in_cb), self);
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
    }
  return row;
}

static void
clear_list (GtkListBox *list)
{
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (list))) != NULL)
    gtk_list_box_remove (list, row);
}

static void
fill_lists (TriasSetupServersPage *self)
{
  GListModel *model = G_LIST_MODEL (self->servers);

  self->filling = TRUE;
  clear_list (self->main_list);
  clear_list (self->backup_list);
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (TriasServer) server = g_list_model_get_item (model, i);

      gtk_list_box_append (self->main_list, create_row (self, server, TRUE));
      gtk_list_box_append (self->backup_list, create_row (self, server, FALSE));
    }
  self->filling = FALSE;
  update (self);
}

static void
servers_changed_cb (TriasSetupServersPage *self, guint position, guint removed, guint added)
{
  static const char *const watched[] = { "notify::state", "notify::name", "notify::role" };

  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (TriasServer) server = g_list_model_get_item (G_LIST_MODEL (self->servers), i);

      for (guint w = 0; w < G_N_ELEMENTS (watched); w++)
        g_signal_connect_object (server, watched[w], G_CALLBACK (fill_lists), self,
                                 G_CONNECT_SWAPPED);
    }
  fill_lists (self);
}

static void
add_server_cb (TriasSetupServersPage *self)
{
  trias_connect_dialog_show (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->servers,
                             NULL);
}

static void
swap_cb (TriasSetupServersPage *self)
{
  trias_setup_swap (self->setup);
  fill_lists (self);
}

static void
invitation_cb (TriasSetupServersPage *self)
{
  g_autofree char *code
      = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (self->invitation_row))));

  trias_setup_set_invitation (self->setup, code);
  update (self);
}

static void
trias_setup_servers_page_dispose (GObject *object)
{
  TriasSetupServersPage *self = TRIAS_SETUP_SERVERS_PAGE (object);

  g_clear_object (&self->main_radio);
  g_clear_object (&self->backup_radio);
  g_clear_object (&self->setup);
  g_clear_object (&self->servers);
  G_OBJECT_CLASS (trias_setup_servers_page_parent_class)->dispose (object);
}

static void
trias_setup_servers_page_class_init (TriasSetupServersPageClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = trias_setup_servers_page_dispose;
  TRIAS_WIZARD_PAGE_CLASS (klass)->get_title = get_title;
  TRIAS_WIZARD_PAGE_CLASS (klass)->is_complete = is_complete;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/trias/Console/wizard/trias-setup-servers-page.ui");
  gtk_widget_class_bind_template_child (widget_class, TriasSetupServersPage, main_list);
  gtk_widget_class_bind_template_child (widget_class, TriasSetupServersPage, backup_list);
  gtk_widget_class_bind_template_child (widget_class, TriasSetupServersPage, invitation_group);
  gtk_widget_class_bind_template_child (widget_class, TriasSetupServersPage, invitation_row);
  gtk_widget_class_bind_template_child (widget_class, TriasSetupServersPage, problem);
  gtk_widget_class_bind_template_callback (widget_class, add_server_cb);
  gtk_widget_class_bind_template_callback (widget_class, swap_cb);
  gtk_widget_class_bind_template_callback (widget_class, invitation_cb);
}

static void
trias_setup_servers_page_init (TriasSetupServersPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
  trias_a11y_name_lists (GTK_WIDGET (self));
  self->main_radio = g_object_ref_sink (gtk_check_button_new ());
  self->backup_radio = g_object_ref_sink (gtk_check_button_new ());
  trias_a11y_fix_mnemonics (GTK_WIDGET (self));
}

TriasWizardPage *
trias_setup_servers_page_new (TriasSetup *setup, TriasServers *servers)
{
  TriasSetupServersPage *self = g_object_new (TRIAS_TYPE_SETUP_SERVERS_PAGE, NULL);

  self->setup = g_object_ref (setup);
  self->servers = g_object_ref (servers);
  g_signal_connect_object (servers, "items-changed", G_CALLBACK (servers_changed_cb), self,
                           G_CONNECT_SWAPPED);
  servers_changed_cb (self, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (servers)));
  return TRIAS_WIZARD_PAGE (self);
}
