/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/wizard/trias-replace-page.h"

#include <glib/gi18n.h>

#include "client/trias-age-words.h"
#include "client/trias-triad-words.h"
#include "client/trias-words.h"
#include "console/connect/trias-connect-dialog.h"
#include "console/widgets/trias-a11y.h"

struct _TriasReplacePage
{
  TriasWizardPage parent_instance;

  TriasSetup *setup;     /* (owned) */
  TriasServers *servers; /* (owned) */
  TriasTriad *triad;     /* (owned) */
  GtkListBox *leaving;
  GtkListBox *newcomers;
  GtkWidget *first_leaving;  /* (owned) leaders of the radio groups, not shown */
  GtkWidget *first_newcomer; /* (owned) */
  GtkLabel *problem;
  AdwPreferencesGroup *invitation_group;
  gboolean filling;
};

G_DEFINE_FINAL_TYPE (TriasReplacePage, trias_replace_page, TRIAS_TYPE_WIZARD_PAGE)

static const char *
get_title (TriasWizardPage *page)
{
  return C_ ("wizard step", "Servers");
}

/* --- what is missing --- */

static const char *
describe_problem (TriasReplacePage *self)
{
  const char *problem = trias_setup_get_problem (self->setup);

  if (g_strcmp0 (problem, "newcomer") == 0)
    return _ ("Choose the new server.");
  if (g_strcmp0 (problem, "invitation") == 0)
    return _ ("Sign in to the new server, or enter an invitation code from it.");
  if (g_strcmp0 (problem, "same") == 0)
    return _ ("The new server must be another one than the members.");
  return *problem != '\0' ? _ ("Sign in first to the server that serves the clients now.") : NULL;
}

static gboolean
is_complete (TriasWizardPage *page)
{
  return describe_problem (TRIAS_REPLACE_PAGE (page)) == NULL;
}

static void
update (TriasReplacePage *self)
{
  const char *problem = describe_problem (self);
  TriasServer *newcomer = trias_setup_get_server (self->setup, 1);

  gtk_widget_set_visible (GTK_WIDGET (self->invitation_group),
                          newcomer != NULL && !trias_server_get_signed_in (newcomer));
  gtk_label_set_text (self->problem, problem != NULL ? problem : "");
  gtk_widget_set_visible (GTK_WIDGET (self->problem), problem != NULL);
  trias_wizard_page_changed (TRIAS_WIZARD_PAGE (self));
}

/* --- rows --- */

static GtkWidget *
create_row (const char *title, const char *subtitle, GtkWidget *radio)
{
  GtkWidget *row = adw_action_row_new ();
  g_autofree char *escaped_title = g_markup_escape_text (title, -1);
  g_autofree char *escaped = g_markup_escape_text (subtitle, -1);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), escaped_title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), escaped);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  gtk_widget_set_valign (radio, GTK_ALIGN_CENTER);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), radio);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), radio);
  return row;
}

static GtkWidget *
create_radio (GtkWidget *leader, const char *name, GObject *item, gboolean active)
{
  GtkWidget *radio = trias_a11y_radio_new (NULL);

  trias_a11y_set_name (radio, name);
  g_object_set_data_full (G_OBJECT (radio), "trias-item", g_object_ref (item), g_object_unref);
  gtk_check_button_set_group (GTK_CHECK_BUTTON (radio), GTK_CHECK_BUTTON (leader));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (radio), active);
  return radio;
}

/* The member that stays and does not serve: rules may be missing on it. */
static void
take_third (TriasReplacePage *self)
{
  const TriasMember *leaving = trias_setup_get_leaving (self->setup);
  TriasServer *third = NULL;

  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    {
      TriasTriadMember *member = trias_triad_get_member (self->triad, rank);
      TriasServer *server = trias_triad_member_get_server (member);

      if (server != NULL && server != trias_setup_get_server (self->setup, 0) && leaving != NULL
          && g_strcmp0 (trias_triad_member_get_id (member), leaving->id) != 0)
        third = server;
    }
  trias_setup_set_server (self->setup, 2, third);
}

static void
leaving_cb (GtkCheckButton *radio, GParamSpec *pspec, TriasReplacePage *self)
{
  TriasTriadMember *member = g_object_get_data (G_OBJECT (radio), "trias-item");

  if (self->filling || !gtk_check_button_get_active (radio))
    return;
  trias_setup_set_leaving (self->setup, trias_triad_member_get_id (member));
  take_third (self);
  update (self);
}

static void
add_leaving (TriasReplacePage *self, TriasTriadMember *member)
{
  const TriasMember *leaving = trias_setup_get_leaving (self->setup);
  const char *name = trias_triad_member_get_name (member);
  gboolean active
      = leaving != NULL && g_strcmp0 (leaving->id, trias_triad_member_get_id (member)) == 0;
  g_autofree char *label = g_strdup_printf (_ ("Replace %s"), name);
  g_autofree char *state = trias_triad_words_member (member, trias_age_now ());
  g_autofree char *subtitle
      = g_strdup_printf ("%s · %s", trias_words_role (trias_triad_member_get_role (member)), state);
  GtkWidget *radio = create_radio (self->first_leaving, label, G_OBJECT (member), active);

  g_signal_connect_object (radio, "notify::active", G_CALLBACK (leaving_cb), self, 0);
  gtk_list_box_append (self->leaving, create_row (name, subtitle, radio));
}

static void
newcomer_cb (GtkCheckButton *radio, GParamSpec *pspec, TriasReplacePage *self)
{
  if (self->filling || !gtk_check_button_get_active (radio))
    return;
  trias_setup_set_server (self->setup, 1, g_object_get_data (G_OBJECT (radio), "trias-item"));
  update (self);
}

static void
sign_in_cb (GtkButton *button, TriasReplacePage *self)
{
  trias_connect_dialog_show (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->servers,
                             g_object_get_data (G_OBJECT (button), "trias-item"));
}

static void
add_newcomer (TriasReplacePage *self, TriasServer *server)
{
  const char *name = trias_words_server_name (server);
  g_autofree char *label = g_strdup_printf (_ ("%s as the new server"), name);
  g_autofree char *subtitle = g_strdup_printf ("%s · %s", trias_server_get_address (server),
                                               trias_words_server_state (server));
  GtkWidget *radio = create_radio (self->first_newcomer, label, G_OBJECT (server),
                                   trias_setup_get_server (self->setup, 1) == server);
  GtkWidget *row = create_row (name, subtitle, radio);

  g_signal_connect_object (radio, "notify::active", G_CALLBACK (newcomer_cb), self, 0);
  if (!trias_server_get_signed_in (server))
    {
      GtkWidget *button = gtk_button_new_with_label (_ ("Sign In…"));
      g_autofree char *text = g_strdup_printf ("%s %s", _ ("Sign In…"), name);

      g_object_set_data_full (G_OBJECT (button), "trias-item", g_object_ref (server),
                              g_object_unref);
      gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
      trias_a11y_set_name (button, text);
      g_signal_connect_object (button, "clicked", G_CALLBACK (sign_in_cb), self, 0);
      adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
    }
  gtk_list_box_append (self->newcomers, row);
}

static void
clear_list (GtkListBox *list)
{
  GtkWidget *row;

  while ((row = gtk_widget_get_first_child (GTK_WIDGET (list))) != NULL)
    gtk_list_box_remove (list, row);
}

/* Who serves now cannot be replaced; only a server that is in no relationship can take the place.
 */
static void
fill_lists (TriasReplacePage *self)
{
  GListModel *model = G_LIST_MODEL (self->servers);

  self->filling = TRUE;
  clear_list (self->leaving);
  clear_list (self->newcomers);
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    {
      TriasTriadMember *member = trias_triad_get_member (self->triad, rank);

      if (!trias_triad_member_get_active (member))
        add_leaving (self, member);
    }
  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (TriasServer) server = g_list_model_get_item (model, i);

      if (trias_server_get_role (server) == TRIAS_ROLE_SINGLE
          && trias_relationship_find (trias_setup_get_changed (self->setup),
                                      trias_server_get_id (server))
                 == NULL)
        add_newcomer (self, server);
    }
  self->filling = FALSE;
  update (self);
}

static void
entered (TriasWizardPage *page)
{
  fill_lists (TRIAS_REPLACE_PAGE (page));
}

static void
servers_changed_cb (TriasReplacePage *self, guint position, guint removed, guint added)
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
add_server_cb (TriasReplacePage *self)
{
  trias_connect_dialog_show (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->servers,
                             NULL);
}

static void
invitation_cb (AdwEntryRow *row, TriasReplacePage *self)
{
  g_autofree char *code = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));

  trias_setup_set_invitation (self->setup, 1, code);
  update (self);
}

/* --- building --- */

static GtkListBox *
add_list (GtkBox *box, AdwPreferencesGroup *group, const char *title)
{
  GtkWidget *list = gtk_list_box_new ();

  adw_preferences_group_set_title (group, title);
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (list), GTK_SELECTION_NONE);
  gtk_widget_add_css_class (list, "boxed-list");
  trias_a11y_set_name (list, title);
  adw_preferences_group_add (group, list);
  gtk_box_append (box, GTK_WIDGET (group));
  return GTK_LIST_BOX (list);
}

static void
add_invitation (TriasReplacePage *self, GtkBox *box)
{
  GtkWidget *row = adw_entry_row_new ();

  self->invitation_group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  adw_preferences_group_set_description (
      self->invitation_group,
      _ ("If you cannot sign in to this server, its administrator can make a code with “trias "
         "invite”. It is valid for ten minutes."));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("Invitation code"));
  g_signal_connect_object (row, "changed", G_CALLBACK (invitation_cb), self, 0);
  adw_preferences_group_add (self->invitation_group, row);
  gtk_box_append (box, GTK_WIDGET (self->invitation_group));
}

static void
trias_replace_page_init (TriasReplacePage *self)
{
  GtkBox *box = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, 18));
  GtkWidget *intro = g_object_new (
      GTK_TYPE_LABEL, "wrap", TRUE, "xalign", 0.0f, "label",
      _ ("The triad goes on with another server in the place of one that is broken or shall be "
         "retired. Clients notice no more than a failover, and no seat is lost."),
      NULL);
  AdwPreferencesGroup *newcomers = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  GtkWidget *add = gtk_button_new_with_mnemonic (_ ("Connec_t to Another…"));

  self->first_leaving = g_object_ref_sink (gtk_check_button_new ());
  self->first_newcomer = g_object_ref_sink (gtk_check_button_new ());
  gtk_box_append (box, intro);
  self->leaving = add_list (box, ADW_PREFERENCES_GROUP (adw_preferences_group_new ()),
                            _ ("Server to be replaced"));
  self->newcomers = add_list (box, newcomers, _ ("New server"));
  gtk_widget_add_css_class (add, "flat");
  gtk_widget_set_valign (add, GTK_ALIGN_CENTER);
  g_signal_connect_object (add, "clicked", G_CALLBACK (add_server_cb), self, G_CONNECT_SWAPPED);
  adw_preferences_group_set_header_suffix (newcomers, add);
  add_invitation (self, box);
  self->problem = g_object_new (GTK_TYPE_LABEL, "wrap", TRUE, "xalign", 0.0f, NULL);
  gtk_widget_add_css_class (GTK_WIDGET (self->problem), "dim-label");
  gtk_box_append (box, GTK_WIDGET (self->problem));
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (box));
  trias_a11y_fix_mnemonics (GTK_WIDGET (self));
}

static void
trias_replace_page_dispose (GObject *object)
{
  TriasReplacePage *self = TRIAS_REPLACE_PAGE (object);

  g_clear_object (&self->first_leaving);
  g_clear_object (&self->first_newcomer);
  g_clear_object (&self->setup);
  g_clear_object (&self->servers);
  g_clear_object (&self->triad);
  G_OBJECT_CLASS (trias_replace_page_parent_class)->dispose (object);
}

static void
trias_replace_page_class_init (TriasReplacePageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = trias_replace_page_dispose;
  TRIAS_WIZARD_PAGE_CLASS (klass)->get_title = get_title;
  TRIAS_WIZARD_PAGE_CLASS (klass)->is_complete = is_complete;
  TRIAS_WIZARD_PAGE_CLASS (klass)->entered = entered;
}

TriasWizardPage *
trias_replace_page_new (TriasSetup *setup, TriasServers *servers, TriasTriad *triad)
{
  TriasReplacePage *self = g_object_new (TRIAS_TYPE_REPLACE_PAGE, NULL);

  self->setup = g_object_ref (setup);
  self->servers = g_object_ref (servers);
  self->triad = g_object_ref (triad);
  take_third (self);
  g_signal_connect_object (servers, "items-changed", G_CALLBACK (servers_changed_cb), self,
                           G_CONNECT_SWAPPED);
  servers_changed_cb (self, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (servers)));
  return TRIAS_WIZARD_PAGE (self);
}
