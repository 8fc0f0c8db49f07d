/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/wizard/trias-server-choice.h"

#include <glib/gi18n.h>

#include "client/trias-words.h"
#include "console/connect/trias-connect-dialog.h"
#include "console/widgets/trias-a11y.h"

struct _TriasServerChoice
{
  AdwBin parent_instance;

  TriasSetup *setup;     /* (owned) */
  TriasServers *servers; /* (owned) */
  guint rank;
  char *format; /* (owned) */
  AdwPreferencesGroup *group;
  GtkListBox *list;
  GtkWidget *leader; /* (owned) of the radio group, not shown */
  AdwPreferencesGroup *invitation_group;
  gboolean filling;
};

G_DEFINE_FINAL_TYPE (TriasServerChoice, trias_server_choice, ADW_TYPE_BIN)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* A code is asked for only where one cannot sign in; the first server is always signed in to. */
static void
update (TriasServerChoice *self)
{
  TriasServer *server = trias_setup_get_server (self->setup, self->rank);

  gtk_widget_set_visible (GTK_WIDGET (self->invitation_group),
                          self->rank > 0 && server != NULL && !trias_server_get_signed_in (server));
  g_signal_emit (self, signals[CHANGED], 0);
}

/* --- rows --- */

static void
chosen_cb (GtkCheckButton *radio, GParamSpec *pspec, TriasServerChoice *self)
{
  if (self->filling || !gtk_check_button_get_active (radio))
    return;
  trias_setup_set_server (self->setup, self->rank,
                          g_object_get_data (G_OBJECT (radio), "trias-server"));
  update (self);
}

static void
sign_in_cb (GtkButton *button, TriasServerChoice *self)
{
  trias_connect_dialog_show (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->servers,
                             g_object_get_data (G_OBJECT (button), "trias-server"));
}

static gboolean
is_free (TriasServer *server)
{
  return trias_server_get_role (server) == TRIAS_ROLE_SINGLE;
}

/* What tells this server from others, and whether it can be taken. (transfer full) */
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
  if (!is_free (server))
    return g_markup_printf_escaped (_ ("%1$s · belongs to a relationship already\n%2$s"),
                                    trias_server_get_address (server), id);
  return g_markup_printf_escaped ("%s · %s\n%s", trias_server_get_address (server), state, id);
}

static GtkWidget *
create_radio (TriasServerChoice *self, TriasServer *server)
{
  GtkWidget *radio = trias_a11y_radio_new (NULL);
  g_auto (GStrv) parts = g_strsplit (self->format, "%s", 2);
  g_autofree char *name = g_strjoinv (trias_words_server_name (server), parts);

  trias_a11y_set_name (radio, name);
  g_object_set_data_full (G_OBJECT (radio), "trias-server", g_object_ref (server), g_object_unref);
  gtk_check_button_set_group (GTK_CHECK_BUTTON (radio), GTK_CHECK_BUTTON (self->leader));
  gtk_check_button_set_active (GTK_CHECK_BUTTON (radio),
                               trias_setup_get_server (self->setup, self->rank) == server);
  gtk_widget_set_valign (radio, GTK_ALIGN_CENTER);
  gtk_widget_set_sensitive (radio, is_free (server));
  g_signal_connect_object (radio, "notify::active", G_CALLBACK (chosen_cb), self, 0);
  return radio;
}

static GtkWidget *
create_sign_in (TriasServerChoice *self, TriasServer *server)
{
  GtkWidget *button = gtk_button_new_with_label (_ ("Sign In…"));
  g_autofree char *name
      = g_strdup_printf ("%s %s", _ ("Sign In…"), trias_words_server_name (server));

  g_object_set_data_full (G_OBJECT (button), "trias-server", g_object_ref (server), g_object_unref);
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  trias_a11y_set_name (button, name);
  g_signal_connect_object (button, "clicked", G_CALLBACK (sign_in_cb), self, 0);
  return button;
}

static GtkWidget *
create_row (TriasServerChoice *self, TriasServer *server)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *radio = create_radio (self, server);
  g_autofree char *title = g_markup_escape_text (trias_words_server_name (server), -1);
  g_autofree char *subtitle = describe_server (server);

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_add_prefix (ADW_ACTION_ROW (row), radio);
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), radio);
  if (!trias_server_get_signed_in (server))
    adw_action_row_add_suffix (ADW_ACTION_ROW (row), create_sign_in (self, server));
  return row;
}

static gboolean
is_member (TriasServerChoice *self, TriasServer *server)
{
  const TriasRelationship *changed = trias_setup_get_changed (self->setup);

  return changed != NULL && trias_relationship_find (changed, trias_server_get_id (server)) != NULL;
}

static void
add_rows (TriasServerChoice *self, gboolean free)
{
  GListModel *model = G_LIST_MODEL (self->servers);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (TriasServer) server = g_list_model_get_item (model, i);

      if (is_free (server) == free && !is_member (self, server))
        gtk_list_box_append (self->list, create_row (self, server));
    }
}

/* Those that can be taken come first. */
void
trias_server_choice_fill (TriasServerChoice *self)
{
  GtkWidget *row;

  g_return_if_fail (TRIAS_IS_SERVER_CHOICE (self));

  self->filling = TRUE;
  while ((row = gtk_widget_get_first_child (GTK_WIDGET (self->list))) != NULL)
    gtk_list_box_remove (self->list, row);
  add_rows (self, TRUE);
  add_rows (self, FALSE);
  self->filling = FALSE;
  update (self);
}

static void
servers_changed_cb (TriasServerChoice *self, guint position, guint removed, guint added)
{
  static const char *const watched[] = { "notify::state", "notify::name", "notify::role" };

  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (TriasServer) server = g_list_model_get_item (G_LIST_MODEL (self->servers), i);

      for (guint w = 0; w < G_N_ELEMENTS (watched); w++)
        g_signal_connect_object (server, watched[w], G_CALLBACK (trias_server_choice_fill), self,
                                 G_CONNECT_SWAPPED);
    }
  trias_server_choice_fill (self);
}

static void
invitation_cb (AdwEntryRow *row, TriasServerChoice *self)
{
  g_autofree char *code = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));

  trias_setup_set_invitation (self->setup, self->rank, code);
  update (self);
}

/* --- building --- */

static void
trias_server_choice_dispose (GObject *object)
{
  TriasServerChoice *self = TRIAS_SERVER_CHOICE (object);

  g_clear_object (&self->leader);
  g_clear_object (&self->setup);
  g_clear_object (&self->servers);
  g_clear_pointer (&self->format, g_free);
  G_OBJECT_CLASS (trias_server_choice_parent_class)->dispose (object);
}

static void
trias_server_choice_class_init (TriasServerChoiceClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = trias_server_choice_dispose;
  signals[CHANGED] = g_signal_new ("changed", TRIAS_TYPE_SERVER_CHOICE, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static void
add_invitation (TriasServerChoice *self, GtkBox *box)
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
trias_server_choice_init (TriasServerChoice *self)
{
  GtkBox *box = GTK_BOX (gtk_box_new (GTK_ORIENTATION_VERTICAL, 18));

  self->format = g_strdup ("%s");
  self->leader = g_object_ref_sink (gtk_check_button_new ());
  self->list = GTK_LIST_BOX (gtk_list_box_new ());
  self->group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());
  gtk_list_box_set_selection_mode (self->list, GTK_SELECTION_NONE);
  gtk_widget_add_css_class (GTK_WIDGET (self->list), "boxed-list");
  adw_preferences_group_add (self->group, GTK_WIDGET (self->list));
  gtk_box_append (box, GTK_WIDGET (self->group));
  add_invitation (self, box);
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (box));
}

GtkWidget *
trias_server_choice_new (TriasSetup *setup, TriasServers *servers, guint rank)
{
  TriasServerChoice *self = g_object_new (TRIAS_TYPE_SERVER_CHOICE, NULL);

  self->setup = g_object_ref (setup);
  self->servers = g_object_ref (servers);
  self->rank = rank;
  g_signal_connect_object (servers, "items-changed", G_CALLBACK (servers_changed_cb), self,
                           G_CONNECT_SWAPPED);
  servers_changed_cb (self, 0, 0, g_list_model_get_n_items (G_LIST_MODEL (servers)));
  return GTK_WIDGET (self);
}

void
trias_server_choice_set_words (TriasServerChoice *self, const char *title, const char *format)
{
  g_return_if_fail (TRIAS_IS_SERVER_CHOICE (self));

  adw_preferences_group_set_title (self->group, title);
  trias_a11y_set_name (GTK_WIDGET (self->list), title);
  g_free (self->format);
  self->format = g_strdup (format);
  trias_server_choice_fill (self);
}

void
trias_server_choice_set_button (TriasServerChoice *self, GtkWidget *button)
{
  g_return_if_fail (TRIAS_IS_SERVER_CHOICE (self));

  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_add_css_class (button, "flat");
  adw_preferences_group_set_header_suffix (self->group, button);
}
