/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/wizard/trias-setup-servers-page.h"

#include <glib/gi18n.h>

#include "console/connect/trias-connect-dialog.h"
#include "console/widgets/trias-a11y.h"
#include "console/wizard/trias-server-choice.h"

struct _TriasSetupServersPage
{
  TriasWizardPage parent_instance;

  TriasSetup *setup;     /* (owned) */
  TriasServers *servers; /* (owned) */
  TriasServerChoice *choices[TRIAS_MAX_MEMBERS];
  GtkLabel *intro;
  GtkLabel *problem;
  GtkBox *groups;
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

  gtk_label_set_text (self->problem, problem != NULL ? problem : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), problem != NULL);
  trias_wizard_page_changed (TRIAS_WIZARD_PAGE (self));
}

/* The words of the kind that was chosen. */
static void
show_kind (TriasSetupServersPage *self)
{
  static const char *const titles[2][TRIAS_MAX_MEMBERS] = {
    [TRIAS_KIND_BACKUP] = { N_ ("Main licence server"), N_ ("Backup licence server"), "" },
    [TRIAS_KIND_TRIAD] = { N_ ("Primary server"), N_ ("Secondary server"), N_ ("Tertiary server") },
  };
  static const char *const formats[2][TRIAS_MAX_MEMBERS] = {
    [TRIAS_KIND_BACKUP] = { N_ ("%s as the main server"), N_ ("%s as the backup server"), "" },
    [TRIAS_KIND_TRIAD] = { N_ ("%s as the primary server"), N_ ("%s as the secondary server"),
                           N_ ("%s as the tertiary server") },
  };
  TriasKind kind = trias_setup_get_kind (self->setup);
  guint n = trias_setup_get_n_members (self->setup);

  gtk_label_set_text (
      self->intro,
      kind == TRIAS_KIND_TRIAD
          ? _ ("Three licence servers act as one: the primary serves clients while it reaches one "
               "of the others; if it fails, the secondary goes on with the same licences. The "
               "tertiary never serves itself.")
          : _ ("Two licence servers stand in for each other: clients normally use the main server; "
               "if it fails, the backup server takes over with its own licences."));
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    {
      gtk_widget_set_visible (GTK_WIDGET (self->choices[rank]), rank < n);
      if (rank < n)
        trias_server_choice_set_words (self->choices[rank], _ (titles[kind][rank]),
                                       _ (formats[kind][rank]));
    }
}

static void
entered (TriasWizardPage *page)
{
  show_kind (TRIAS_SETUP_SERVERS_PAGE (page));
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
  for (guint rank = 0; rank < 2; rank++)
    trias_server_choice_fill (self->choices[rank]);
}

static void
trias_setup_servers_page_dispose (GObject *object)
{
  TriasSetupServersPage *self = TRIAS_SETUP_SERVERS_PAGE (object);

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

static void
trias_setup_servers_page_init (TriasSetupServersPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

static void
add_buttons (TriasSetupServersPage *self)
{
  GtkWidget *swap_button = gtk_button_new_with_mnemonic (_ ("E_xchange"));
  GtkWidget *add_button = gtk_button_new_with_mnemonic (_ ("Connec_t to Another…"));

  gtk_widget_set_tooltip_text (swap_button, _ ("Exchanges the first server with the second one"));
  trias_server_choice_set_button (self->choices[0], swap_button);
  trias_server_choice_set_button (self->choices[1], add_button);
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
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    {
      GtkWidget *choice = trias_server_choice_new (setup, servers, rank);

      self->choices[rank] = TRIAS_SERVER_CHOICE (choice);
      gtk_box_append (self->groups, choice);
      g_signal_connect_object (choice, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
    }
  add_buttons (self);
  show_kind (self);
  return TRIAS_WIZARD_PAGE (self);
}
