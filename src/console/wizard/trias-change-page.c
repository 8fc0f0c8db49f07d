/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/wizard/trias-change-page.h"

#include <glib/gi18n.h>

#include "client/trias-age-words.h"
#include "client/trias-triad-words.h"
#include "client/trias-words.h"
#include "console/connect/trias-connect-dialog.h"
#include "console/widgets/trias-a11y.h"
#include "console/wizard/trias-aside-group.h"
#include "console/wizard/trias-server-choice.h"

#define NEWCOMER 1 /* ranks of the setup */
#define OTHER 2

struct _TriasChangePage
{
  TriasWizardPage parent_instance;

  TriasSetup *setup;     /* (owned) */
  TriasServers *servers; /* (owned) */
  TriasTriad *triad;     /* (owned) (nullable) */
  GtkBox *box;
  GtkListBox *leaving;      /* (nullable) */
  GtkWidget *first_leaving; /* (owned) leader of the radio group, not shown */
  TriasAsideGroup *aside;   /* (nullable) */
  GtkLabel *problem;
  gboolean filling;
};

G_DEFINE_FINAL_TYPE (TriasChangePage, trias_change_page, TRIAS_TYPE_WIZARD_PAGE)

static const char *
get_title (TriasWizardPage *page)
{
  return C_ ("wizard step", "Servers");
}

/* --- what is missing --- */

static const char *
describe_problem (TriasChangePage *self)
{
  const char *problem = trias_setup_get_problem (self->setup);

  if (g_strcmp0 (problem, "newcomer") == 0)
    return _ ("Choose the new server.");
  if (g_strcmp0 (problem, "invitation") == 0)
    return _ ("Sign in to the new server, or enter an invitation code from it.");
  if (g_strcmp0 (problem, "same") == 0)
    return _ ("The new server must be another one than the members.");
  if (*problem != '\0')
    return _ ("Sign in first to the server that serves the clients now.");
  if (self->aside != NULL && trias_aside_group_is_open (self->aside))
    return _ ("Decide what becomes of the licences that the others have of their own.");
  return NULL;
}

static gboolean
is_complete (TriasWizardPage *page)
{
  return describe_problem (TRIAS_CHANGE_PAGE (page)) == NULL;
}

static void
update (TriasChangePage *self)
{
  const char *problem = describe_problem (self);

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

/* The member that stays and does not carry it out: rules may be missing on it. */
static void
take_other (TriasChangePage *self)
{
  const TriasRelationship *relationship = trias_setup_get_changed (self->setup);
  const TriasMember *leaving = trias_setup_get_leaving (self->setup);
  TriasServer *first = trias_setup_get_server (self->setup, 0);
  TriasServer *other = NULL;

  for (guint i = 0; i < relationship->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (relationship->members, i);
      TriasServer *server = trias_servers_find (self->servers, member->id);

      if (server != NULL && server != first && member != leaving)
        other = server;
    }
  trias_setup_set_server (self->setup, OTHER, other);
}

static void
leaving_cb (GtkCheckButton *radio, GParamSpec *pspec, TriasChangePage *self)
{
  TriasTriadMember *member = g_object_get_data (G_OBJECT (radio), "trias-item");

  if (self->filling || !gtk_check_button_get_active (radio))
    return;
  trias_setup_set_leaving (self->setup, trias_triad_member_get_id (member));
  take_other (self);
  update (self);
}

static void
add_leaving (TriasChangePage *self, TriasTriadMember *member)
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

/* Who serves now cannot be replaced. */
static void
fill_leaving (TriasChangePage *self)
{
  GtkWidget *row;

  self->filling = TRUE;
  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->leaving))) != NULL)
    gtk_list_box_remove (self->leaving, row);
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    {
      TriasTriadMember *member = trias_triad_get_member (self->triad, rank);

      if (!trias_triad_member_get_active (member))
        add_leaving (self, member);
    }
  self->filling = FALSE;
}

static void
entered (TriasWizardPage *page)
{
  TriasChangePage *self = TRIAS_CHANGE_PAGE (page);

  if (self->leaving != NULL)
    fill_leaving (self);
  update (self);
}

static void
add_server_cb (TriasChangePage *self)
{
  trias_connect_dialog_show (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->servers,
                             NULL);
}

/* --- building --- */

static void
add_intro (TriasChangePage *self)
{
  const char *text
      = self->triad != NULL
            ? _ ("The triad goes on with another server in the place of one that is broken or "
                 "shall be retired. Clients notice no more than a failover, and no seat is lost.")
            : _ ("The pair goes on as a triad: from then on all three servers serve the same "
                 "licences, those of the main server. Clients notice no more than a failover, and "
                 "none of its seats is lost.");
  GtkWidget *intro
      = g_object_new (GTK_TYPE_LABEL, "wrap", TRUE, "xalign", 0.0f, "label", text, NULL);

  gtk_box_append (self->box, intro);
}

static void
add_leaving_list (TriasChangePage *self)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());

  self->first_leaving = g_object_ref_sink (gtk_check_button_new ());
  self->leaving = GTK_LIST_BOX (gtk_list_box_new ());
  adw_preferences_group_set_title (group, _ ("Server to be replaced"));
  gtk_list_box_set_selection_mode (self->leaving, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (self->leaving), "boxed-list");
  trias_a11y_set_name (GTK_WIDGET (self->leaving), _ ("Server to be replaced"));
  adw_preferences_group_add (group, GTK_WIDGET (self->leaving));
  gtk_box_append (self->box, GTK_WIDGET (group));
}

static void
add_newcomer (TriasChangePage *self)
{
  GtkWidget *choice = trias_server_choice_new (self->setup, self->servers, NEWCOMER);
  GtkWidget *add = gtk_button_new_with_mnemonic (_ ("Connec_t to Another…"));

  trias_server_choice_set_words (TRIAS_SERVER_CHOICE (choice), _ ("New server"),
                                 _ ("%s as the new server"));
  trias_server_choice_set_button (TRIAS_SERVER_CHOICE (choice), add);
  g_signal_connect_object (add, "clicked", G_CALLBACK (add_server_cb), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (choice, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  gtk_box_append (self->box, choice);
}

static void
add_aside (TriasChangePage *self)
{
  GtkWidget *aside = trias_aside_group_new (self->setup);

  self->aside = TRIAS_ASIDE_GROUP (aside);
  g_signal_connect_object (aside, "changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  gtk_box_append (self->box, aside);
}

static void
trias_change_page_init (TriasChangePage *self)
{
  self->box = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, 18));
  self->problem = g_object_new (GTK_TYPE_LABEL, "wrap", TRUE, "xalign", 0.0f, "accessible-role",
                                GTK_ACCESSIBLE_ROLE_STATUS, NULL);
  gtk_widget_add_css_class (GTK_WIDGET (self->problem), "warning");
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (self->box));
}

static void
trias_change_page_dispose (GObject *object)
{
  TriasChangePage *self = TRIAS_CHANGE_PAGE (object);

  g_clear_object (&self->first_leaving);
  g_clear_object (&self->setup);
  g_clear_object (&self->servers);
  g_clear_object (&self->triad);
  G_OBJECT_CLASS (trias_change_page_parent_class)->dispose (object);
}

static void
trias_change_page_class_init (TriasChangePageClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = trias_change_page_dispose;
  TRIAS_WIZARD_PAGE_CLASS (klass)->get_title = get_title;
  TRIAS_WIZARD_PAGE_CLASS (klass)->is_complete = is_complete;
  TRIAS_WIZARD_PAGE_CLASS (klass)->entered = entered;
}

TriasWizardPage *
trias_change_page_new (TriasSetup *setup, TriasServers *servers, TriasTriad *triad)
{
  TriasChangePage *self = g_object_new (TRIAS_TYPE_CHANGE_PAGE, NULL);

  self->setup = g_object_ref (setup);
  self->servers = g_object_ref (servers);
  g_set_object (&self->triad, triad);
  take_other (self);
  add_intro (self);
  gtk_box_append (self->box, GTK_WIDGET (self->problem));
  if (triad != NULL)
    add_leaving_list (self);
  add_newcomer (self);
  if (triad == NULL)
    add_aside (self);
  trias_a11y_fix_mnemonics (GTK_WIDGET (self));
  update (self);
  return TRIAS_WIZARD_PAGE (self);
}
