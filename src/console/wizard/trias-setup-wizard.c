/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/wizard/trias-setup-wizard.h"

#include <glib/gi18n.h>

#include "console/wizard/trias-change-page.h"
#include "console/wizard/trias-setup-check-page.h"
#include "console/wizard/trias-setup-kind-page.h"
#include "console/wizard/trias-setup-progress-page.h"
#include "console/wizard/trias-setup-servers-page.h"
#include "console/wizard/trias-setup-settings-page.h"
#include "console/wizard/trias-setup-summary-page.h"

struct _TriasSetupWizard
{
  TriasWizard parent_instance;

  TriasSetup *setup;                /* (owned) */
  TriasServers *servers;            /* (owned) */
  TriasSetupProgressPage *progress; /* (owned by the widget tree) */
};

G_DEFINE_FINAL_TYPE (TriasSetupWizard, trias_setup_wizard, TRIAS_TYPE_WIZARD)

static guint
count_made_rules (TriasSetupWizard *self)
{
  return g_list_model_get_n_items (trias_setup_get_made_rules (self->setup));
}

static char *
trias_setup_wizard_describe_loss (TriasWizard *wizard)
{
  TriasSetupWizard *self = TRIAS_SETUP_WIZARD (wizard);
  TriasSetupState state = trias_setup_get_state (self->setup);
  guint n_rules = count_made_rules (self);

  if (state == TRIAS_SETUP_FORMED)
    return NULL;
  if (state == TRIAS_SETUP_FORMING && trias_setup_get_cancellable (self->setup))
    return g_strdup (_ ("The set-up is under way and not decided yet. If you cancel now, all "
                        "servers stay as they were."));
  if (state == TRIAS_SETUP_FORMING)
    return g_strdup (_ ("The set-up is decided and can no longer be cancelled. If you close the "
                        "window now, the servers carry it through by themselves."));
  if (n_rules > 0)
    return g_strdup_printf (
        ngettext ("The entries are lost, and the %u rule that was created is removed again.",
                  "The entries are lost, and the %u rules that were created are removed again.",
                  n_rules),
        n_rules);
  if (trias_wizard_get_step (wizard) > 0)
    return g_strdup (_ ("The entries are lost. Nothing has been changed on the servers."));
  return NULL;
}

static void
undone_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (!trias_setup_undo_finish (TRIAS_SETUP (source), result, &error))
    g_message ("The rules that were created could not be removed: %s", error->message);
}

static void
trias_setup_wizard_discarded (TriasWizard *wizard)
{
  TriasSetupWizard *self = TRIAS_SETUP_WIZARD (wizard);
  TriasSetupState state = trias_setup_get_state (self->setup);

  if (state == TRIAS_SETUP_FORMING)
    trias_setup_progress_page_cancel (self->progress);
  else if (state != TRIAS_SETUP_FORMED && count_made_rules (self) > 0)
    trias_setup_undo_async (self->setup, NULL, undone_cb, NULL);
}

static void
state_changed_cb (TriasSetupWizard *self)
{
  trias_wizard_set_can_cancel (TRIAS_WIZARD (self),
                               trias_setup_get_state (self->setup) != TRIAS_SETUP_FORMED);
}

static void
trias_setup_wizard_dispose (GObject *object)
{
  TriasSetupWizard *self = TRIAS_SETUP_WIZARD (object);

  g_clear_object (&self->setup);
  g_clear_object (&self->servers);
  G_OBJECT_CLASS (trias_setup_wizard_parent_class)->dispose (object);
}

static void
trias_setup_wizard_class_init (TriasSetupWizardClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = trias_setup_wizard_dispose;
  TRIAS_WIZARD_CLASS (klass)->describe_loss = trias_setup_wizard_describe_loss;
  TRIAS_WIZARD_CLASS (klass)->discarded = trias_setup_wizard_discarded;
}

static void
trias_setup_wizard_init (TriasSetupWizard *self)
{
  gtk_window_set_title (GTK_WINDOW (self), _ ("Wizard for Setting Up Redundancy"));
  self->setup = trias_setup_new (TRIAS_KIND_BACKUP);
}

static gboolean
is_chosen (TriasSetup *setup, TriasServer *server)
{
  for (guint rank = 0; rank < trias_setup_get_n_members (setup); rank++)
    if (trias_setup_get_server (setup, rank) == server)
      return TRUE;
  return FALSE;
}

/* Free servers for the places that are still empty: what most people mean. */
static void
preselect (TriasSetupWizard *self)
{
  GListModel *model = G_LIST_MODEL (self->servers);
  guint next = 0;

  for (guint rank = 0; rank < trias_setup_get_n_members (self->setup); rank++)
    while (trias_setup_get_server (self->setup, rank) == NULL
           && next < g_list_model_get_n_items (model))
      {
        g_autoptr (TriasServer) server = g_list_model_get_item (model, next++);

        if (trias_server_get_role (server) == TRIAS_ROLE_SINGLE
            && trias_server_get_signed_in (server) && !is_chosen (self->setup, server))
          trias_setup_set_server (self->setup, rank, server);
      }
}

TriasSetupWizard *
trias_setup_wizard_show (GtkWindow *parent, TriasServers *servers)
{
  TriasSetupWizard *self = g_object_new (TRIAS_TYPE_SETUP_WIZARD, "transient-for", parent, NULL);
  TriasWizard *wizard = TRIAS_WIZARD (self);
  TriasWizardPage *progress = trias_setup_progress_page_new (self->setup);

  self->servers = g_object_ref (servers);
  preselect (self);
  g_signal_connect_object (self->setup, "notify::kind", G_CALLBACK (preselect), self,
                           G_CONNECT_SWAPPED);
  self->progress = TRIAS_SETUP_PROGRESS_PAGE (progress);
  trias_wizard_add_page (wizard, trias_setup_kind_page_new (self->setup));
  trias_wizard_add_page (wizard, trias_setup_servers_page_new (self->setup, servers));
  trias_wizard_add_page (wizard, trias_setup_settings_page_new (self->setup));
  trias_wizard_add_page (wizard, trias_setup_check_page_new (self->setup));
  trias_wizard_add_page (wizard, trias_setup_summary_page_new (self->setup));
  trias_wizard_add_page (wizard, progress);
  g_signal_connect_object (self->setup, "notify::state", G_CALLBACK (state_changed_cb), self,
                           G_CONNECT_SWAPPED);
  trias_wizard_start (wizard);
  gtk_window_present (GTK_WINDOW (self));
  return self;
}

/* For what @deciding belongs to; @triad and @leaving (nullable): see the page. */
static TriasSetupWizard *
show_change (GtkWindow *parent,
             const char *title,
             TriasServers *servers,
             TriasServer *deciding,
             TriasTriad *triad,
             const char *leaving)
{
  TriasSetupWizard *self = g_object_new (TRIAS_TYPE_SETUP_WIZARD, "transient-for", parent, NULL);
  TriasWizard *wizard = TRIAS_WIZARD (self);
  TriasRelationshipInfo *info = trias_server_get_relationship (deciding);

  gtk_window_set_title (GTK_WINDOW (self), title);
  g_object_unref (self->setup);
  self->setup = trias_setup_new_change (trias_relationship_info_get_relationship (info), leaving);
  trias_setup_set_server (self->setup, 0, deciding);
  self->servers = g_object_ref (servers);
  self->progress = TRIAS_SETUP_PROGRESS_PAGE (trias_setup_progress_page_new (self->setup));
  trias_wizard_add_page (wizard, trias_change_page_new (self->setup, servers, triad));
  trias_wizard_add_page (wizard, trias_setup_check_page_new (self->setup));
  trias_wizard_add_page (wizard, trias_setup_summary_page_new (self->setup));
  trias_wizard_add_page (wizard, TRIAS_WIZARD_PAGE (self->progress));
  g_signal_connect_object (self->setup, "notify::state", G_CALLBACK (state_changed_cb), self,
                           G_CONNECT_SWAPPED);
  trias_wizard_start (wizard);
  gtk_window_present (GTK_WINDOW (self));
  return self;
}

TriasSetupWizard *
trias_setup_wizard_show_replace (GtkWindow *parent,
                                 TriasServers *servers,
                                 TriasTriad *triad,
                                 const char *member)
{
  return show_change (parent, _ ("Replace a Server"), servers, trias_triad_get_server (triad),
                      triad, member);
}

TriasSetupWizard *
trias_setup_wizard_show_grow (GtkWindow *parent, TriasServers *servers, TriasServer *main_server)
{
  return show_change (parent, _ ("Grow into a Triad"), servers, main_server, NULL, NULL);
}

TriasSetup *
trias_setup_wizard_get_setup (TriasSetupWizard *self)
{
  g_return_val_if_fail (TRIAS_IS_SETUP_WIZARD (self), NULL);

  return self->setup;
}
