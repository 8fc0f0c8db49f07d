/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/wizard/trias-setup-servers-page.h"

#include <glib/gi18n.h>

#include "console/connect/trias-connect-dialog.h"
#include "console/widgets/trias-a11y.h"
#include "client/trias-words.h"

/** The choice of the member at one rank. */
typedef struct
{
  AdwPreferencesGroup *group;
  GtkListBox *list;
  GtkWidget *radio;                      /* (owned) (floating group leader, not shown) */
  AdwPreferencesGroup *invitation_group; /* shown when one cannot sign in there */
  AdwEntryRow *invitation;
} Choice;

struct _TriasSetupServersPage
{
  TriasWizardPage parent_instance;

  TriasSetup *setup;     /* (owned) */
  TriasServers *servers; /* (owned) */
  Choice choices[TRIAS_MAX_MEMBERS];
  GtkLabel *intro;
  GtkLabel *problem;
  GtkBox *groups;
  gboolean filling;
};

G_DEFINE_FINAL_TYPE (TriasSetupServersPage, trias_setup_servers_page, TRIAS_TYPE_WIZARD_PAGE)

static const char *
get_title (TriasWizardPage *page)
{
  return C_ ("wizard step", "Servers");
}

static gboolean
is_triad (TriasSetupServersPage *self)
{
  return trias_setup_get_kind (self->setup) == TRIAS_KIND_TRIAD;
}

/* Sentences for a pair and for a triad, by what is missing. */
static const struct
{
  const char *problem, *pair, *triad;
} sentences[] = {
  { "main", N_ ("Choose the main server."), N_ ("Choose the primary server.") },
  { "backup", N_ ("Choose the backup server."), N_ ("Choose the secondary server.") },
  { "third", NULL, N_ ("Choose the tertiary server.") },
  { "same", N_ ("Main server and backup server must be two different servers."),
    N_ ("A triad needs three different servers.") },
  { "sign-in", N_ ("Sign in to the main server first."),
    N_ ("Sign in to the primary server first.") },
  { "invitation", N_ ("Sign in to the backup server, or enter an invitation code from it."),
    N_ ("Sign in to each of the three servers, or enter an invitation code from it.") },
};

static const char *
describe_problem (TriasSetupServersPage *self)
{
  const char *problem = trias_setup_get_problem (self->setup);

  for (guint i = 0; i < G_N_ELEMENTS (sentences); i++)
    if (g_strcmp0 (problem, sentences[i].problem) == 0)
      return _ (is_triad (self) ? sentences[i].triad : sentences[i].pair);
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
  const char *problem = describe_problem (self);

  for (guint rank = 1; rank < TRIAS_MAX_MEMBERS; rank++)
    {
      TriasServer *server = trias_setup_get_server (self->setup, rank);

      gtk_widget_set_visible (GTK_WIDGET (self->choices[rank].invitation_group),
                              server != NULL && !trias_server_get_signed_in (server));
    }
  gtk_label_set_text (self->problem, problem != NULL ? problem : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), problem != NULL);
  trias_wizard_page_changed (TRIAS_WIZARD_PAGE (self));
}

static void
chosen_cb (GtkCheckButton *radio, GParamSpec *pspec, gpointer user_data)
{
  TriasSetupServersPage *self = user_data;
  guint rank = GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (radio), "trias-rank"));

  if (self->filling || !gtk_check_button_get_active (radio))
    return;
  trias_setup_set_server (self->setup, rank, g_object_get_data (G_OBJECT (radio), "trias-server"));
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

/* What the radio button makes of @server. (transfer full) */
static char *
describe_choice (TriasSetupServersPage *self, guint rank, TriasServer *server)
{
  static const char *const formats[2][TRIAS_MAX_MEMBERS] = {
    [TRIAS_KIND_BACKUP] = { N_ ("%s as the main server"), N_ ("%s as the backup server"), "" },
    [TRIAS_KIND_TRIAD] = { N_ ("%s as the primary server"), N_ ("%s as the secondary server"),
                           N_ ("%s as the tertiary server") },
  };
  const char *format = _ (formats[trias_setup_get_kind (self->setup)][rank]);
  g_auto (GStrv) parts = g_strsplit (format, "%s", 2);

  return g_strjoinv (trias_words_server_name (server), parts);
}

static GtkWidget *
create_radio (TriasSetupServersPage *self, TriasServer *server, guint rank)
{
  GtkWidget *radio = trias_a11y_radio_new (NULL);
  g_autofree char *name = describe_choice (self, rank, server);

  trias_a11y_set_name (radio, name);
  g_object_set_data_full (G_OBJECT (radio), "trias-server", g_object_ref (server), g_object_unref);
  g_object_set_data (G_OBJECT (radio), "trias-rank", GUINT_TO_POINTER (rank));
  gtk_check_button_set_group (GTK_CHECK_BUTTON (radio),
                              GTK_CHECK_BUTTON (self->choices[rank].radio));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (radio),
                               trias_setup_get_server (self->setup, rank) == server);
  gtk_widget_set_valign (radio, GTK_ALIGN_CENTER);
  g_signal_connect (radio, "notify::active", G_CALLBACK (chosen_cb), self);
  return radio;
}

static void
add_sign_in (TriasSetupServersPage *self, GtkWidget *row, TriasServer *server)
{
  GtkWidget *button = gtk_button_new_with_label (_ ("Sign In…"));
  g_autofree char *name
      = g_strdup_printf ("%s %s", _ ("Sign In…"), trias_words_server_name (server));

  g_object_set_data_full (G_OBJECT (button), "trias-server", g_object_ref (server), g_object_unref);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  trias_a11y_set_name (button, name);
  g_signal_connect (button, "clicked", G_CALLBACK (sign_in_cb), self);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
}

static GtkWidget *
create_row (TriasSetupServersPage *self, TriasServer *server, guint rank)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *radio = create_radio (self, server, rank);
  g_autofree char *title = g_markup_escape_text (trias_words_server_name (server), -1);
  g_autofree char *subtitle = describe_server (server);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), radio);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), radio);
  gtk_widget_set_sensitive (radio, trias_server_get_role (server) == TRIAS_ROLE_SINGLE);
  if (!trias_server_get_signed_in (server))
    add_sign_in (self, row, server);
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
  guint n = trias_setup_get_n_members (self->setup);

  self->filling = TRUE;
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    {
      clear_list (self->choices[rank].list);
      gtk_widget_set_visible (GTK_WIDGET (self->choices[rank].group), rank < n);
      for (guint i = 0; rank < n && i < g_list_model_get_n_items (model); i++)
        {
          g_autoptr (TriasServer) server = g_list_model_get_item (model, i);

          gtk_list_box_append (self->choices[rank].list, create_row (self, server, rank));
        }
    }
  self->filling = FALSE;
  update (self);
}

/* The words of the kind that was chosen. */
static void
show_kind (TriasSetupServersPage *self)
{
  static const char *const titles[2][TRIAS_MAX_MEMBERS] = {
    [TRIAS_KIND_BACKUP] = { N_ ("Main licence server"), N_ ("Backup licence server"), "" },
    [TRIAS_KIND_TRIAD] = { N_ ("Primary server"), N_ ("Secondary server"), N_ ("Tertiary server") },
  };
  TriasKind kind = trias_setup_get_kind (self->setup);

  gtk_label_set_text (
      self->intro,
      kind == TRIAS_KIND_TRIAD
          ? _ ("Three licence servers act as one: the primary serves clients while it reaches one "
               "of the others; if it fails, the secondary goes on with the same licences. The "
               "tertiary never serves itself.")
          : _ ("Two licence servers stand in for each other: clients normally use the main server; "
               "if it fails, the backup server takes over with its own licences."));
  for (guint rank = 0; rank < trias_setup_get_n_members (self->setup); rank++)
    {
      const char *title = _ (titles[kind][rank]);

      adw_preferences_group_set_title (self->choices[rank].group, title);
      trias_a11y_set_name (GTK_WIDGET (self->choices[rank].list), title);
    }
}

static void
entered (TriasWizardPage *page)
{
  TriasSetupServersPage *self = TRIAS_SETUP_SERVERS_PAGE (page);

  show_kind (self);
  fill_lists (self);
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
  trias_setup_swap (self->setup, 1);
  fill_lists (self);
}

static void
invitation_cb (AdwEntryRow *row, gpointer user_data)
{
  TriasSetupServersPage *self = user_data;
  g_autofree char *code = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));

  for (guint rank = 1; rank < trias_setup_get_n_members (self->setup); rank++)
    if (self->choices[rank].invitation == row)
      trias_setup_set_invitation (self->setup, rank, code);
  update (self);
}

static void
trias_setup_servers_page_dispose (GObject *object)
{
  TriasSetupServersPage *self = TRIAS_SETUP_SERVERS_PAGE (object);

  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    g_clear_object (&self->choices[rank].radio);
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
  TRIAS_WIZARD_PAGE_CLASS (klass)->entered = entered;
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/trias/Console/wizard/trias-setup-servers-page.ui");
  gtk_widget_class_bind_template_child (widget_class, TriasSetupServersPage, intro);
  gtk_widget_class_bind_template_child (widget_class, TriasSetupServersPage, problem);
  gtk_widget_class_bind_template_child (widget_class, TriasSetupServersPage, groups);
}

static GtkWidget *
create_header_button (const char *label, const char *tooltip)
{
  GtkWidget *button = gtk_button_new_with_mnemonic (label);

  gtk_widget_set_tooltip_text (button, tooltip);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  return button;
}

static void
add_invitation (TriasSetupServersPage *self, Choice *choice)
{
  GtkWidget *row = adw_entry_row_new ();

  choice->invitation_group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  choice->invitation = ADW_ENTRY_ROW (row);
  adw_preferences_group_set_description (
      choice->invitation_group,
      _ ("If you cannot sign in to this server, its administrator can make a code with “trias "
         "invite”. It is valid for ten minutes."));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("Invitation code"));
  g_signal_connect (row, "changed", G_CALLBACK (invitation_cb), self);
  adw_preferences_group_add (choice->invitation_group, row);
  gtk_widget_set_visible (GTK_WIDGET (choice->invitation_group), FALSE);
  gtk_box_append (self->groups, GTK_WIDGET (choice->invitation_group));
}

static void
add_choice (TriasSetupServersPage *self, guint rank)
{
  Choice *choice = &self->choices[rank];
  GtkWidget *list = gtk_list_box_new ();

  choice->group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  choice->list = GTK_LIST_BOX (list);
  choice->radio = g_object_ref_sink (gtk_check_button_new ());
  gtk_list_box_set_selection_mode (choice->list, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  trias_a11y_set_name (list, trias_words_role (trias_kind_role (TRIAS_KIND_TRIAD, rank)));
  adw_preferences_group_add (choice->group, list);
  gtk_box_append (self->groups, GTK_WIDGET (choice->group));
  add_invitation (self, choice);
}

static void
trias_setup_servers_page_init (TriasSetupServersPage *self)
{
  GtkWidget *swap_button = create_header_button (
      _ ("E_xchange"), _ ("Exchanges the first server with the second one"));
  GtkWidget *add_button = create_header_button (_ ("Connec_t to Another…"), NULL);

  gtk_widget_init_template (GTK_WIDGET (self));
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    add_choice (self, rank);
  adw_preferences_group_set_header_suffix (self->choices[0].group, swap_button);
  adw_preferences_group_set_header_suffix (self->choices[1].group, add_button);
  g_signal_connect_object (swap_button, "clicked", G_CALLBACK (swap_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (add_button, "clicked", G_CALLBACK (add_server_cb), self,
                           G_CONNECT_SWAPPED);
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
