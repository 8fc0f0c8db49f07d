/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/wizard/trias-aside-group.h"

#include <glib/gi18n.h>

#include "client/trias-words.h"
#include "console/widgets/trias-a11y.h"

#define FIRST_RANK 1 /* newcomer, then backup server */
#define N_SERVERS 2

/** One of the servers whose own licences serve no more. */
typedef struct
{
  GtkWidget *row;
  TriasServer *server;  /* (owned) (nullable) */
  GListModel *licenses; /* (owned) (nullable) */
  gulong watch;
  guint n_lost; /* licences of its own */
} Part;

struct _TriasAsideGroup
{
  AdwBin parent_instance;

  TriasSetup *setup; /* (owned) */
  Part parts[N_SERVERS];
  GtkSwitch *agreed;
};

G_DEFINE_FINAL_TYPE (TriasAsideGroup, trias_aside_group, ADW_TYPE_BIN)

enum
{
  CHANGED,
  N_SIGNALS
};

static guint signals[N_SIGNALS];

/* A line for each feature: how many seats it has, and how many are in use. */
static void
describe_license (GString *text, TriasLicenseItem *license)
{
  GListModel *features = trias_license_item_get_features (license);

  for (guint i = 0; i < g_list_model_get_n_items (features); i++)
    {
      g_autoptr (TriasFeatureItem) item = g_list_model_get_item (features, i);
      const TriasFeature *feature = trias_feature_item_get_feature (item);
      guint used = trias_feature_item_get_used (item);

      if (text->len > 0)
        g_string_append_c (text, '\n');
      /* TRANSLATORS: product, id of the licence, feature, number of its seats */
      g_string_append_printf (text,
                              ngettext ("%1$s (%2$s): %3$s, %4$u seat",
                                        "%1$s (%2$s): %3$s, %4$u seats", feature->seats),
                              trias_license_item_get_product (license),
                              trias_license_item_get_id (license), feature->name, feature->seats);
      if (used > 0)
        g_string_append_printf (
            text, ngettext (", %u of them in use now", ", %u of them in use now", used), used);
    }
}

/* What the partner's ledger holds is listed by a server of a pair, too: that is not lost. */
static char *
describe_own (Part *part)
{
  GString *text = g_string_new (NULL);

  part->n_lost = 0;
  for (guint i = 0; i < g_list_model_get_n_items (part->licenses); i++)
    {
      g_autoptr (TriasLicenseItem) license = g_list_model_get_item (part->licenses, i);

      if (g_strcmp0 (trias_license_item_get_source (license), "own") != 0)
        continue;
      part->n_lost++;
      describe_license (text, license);
    }
  if (part->n_lost == 0)
    g_string_append (text, _ ("Has no licences of its own."));
  return g_string_free (text, FALSE);
}

static void
show_part (Part *part)
{
  g_autofree char *text = NULL, *title = NULL, *escaped = NULL;

  gtk_widget_set_visible (part->row, part->server != NULL);
  part->n_lost = 0;
  if (part->server == NULL)
    return;
  text = trias_server_get_signed_in (part->server)
             ? describe_own (part)
             : g_strdup (_ ("Sign in to it to see what it has of its own."));
  title = g_markup_printf_escaped (_ ("On “%s”"), trias_words_server_name (part->server));
  escaped = g_markup_escape_text (text, -1);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (part->row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (part->row), escaped);
}

static void
part_clear (Part *part)
{
  if (part->licenses != NULL)
    g_clear_signal_handler (&part->watch, part->licenses);
  g_clear_object (&part->licenses);
  g_clear_object (&part->server);
}

static void
lists_changed_cb (TriasAsideGroup *self)
{
  for (guint i = 0; i < N_SERVERS; i++)
    show_part (&self->parts[i]);
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
setup_changed_cb (TriasAsideGroup *self)
{
  for (guint i = 0; i < N_SERVERS; i++)
    {
      Part *part = &self->parts[i];
      TriasServer *server = trias_setup_get_server (self->setup, FIRST_RANK + i);

      if (server == part->server)
        continue;
      part_clear (part);
      if (server == NULL)
        continue;
      part->server = g_object_ref (server);
      part->licenses = g_object_ref (trias_server_get_licenses (server));
      part->watch = g_signal_connect_object (
          part->licenses, "items-changed", G_CALLBACK (lists_changed_cb), self, G_CONNECT_SWAPPED);
    }
  lists_changed_cb (self);
}

static void
agreed_cb (TriasAsideGroup *self)
{
  trias_setup_set_discard (self->setup, gtk_switch_get_active (self->agreed));
  g_signal_emit (self, signals[CHANGED], 0);
}

static void
trias_aside_group_dispose (GObject *object)
{
  TriasAsideGroup *self = TRIAS_ASIDE_GROUP (object);

  for (guint i = 0; i < N_SERVERS; i++)
    part_clear (&self->parts[i]);
  g_clear_object (&self->setup);
  G_OBJECT_CLASS (trias_aside_group_parent_class)->dispose (object);
}

static void
trias_aside_group_class_init (TriasAsideGroupClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = trias_aside_group_dispose;
  signals[CHANGED] = g_signal_new ("changed", TRIAS_TYPE_ASIDE_GROUP, G_SIGNAL_RUN_LAST, 0, NULL,
                                   NULL, NULL, G_TYPE_NONE, 0);
}

static GtkWidget *
add_row (AdwPreferencesGroup *group)
{
  GtkWidget *row = adw_action_row_new ();

  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  adw_preferences_group_add (group, row);
  return row;
}

static void
add_agreement (TriasAsideGroup *self, AdwPreferencesGroup *group)
{
  GtkWidget *row = add_row (group);

  self->agreed = GTK_SWITCH (gtk_switch_new ());
  gtk_widget_set_valign (GTK_WIDGET (self->agreed), GTK_ALIGN_CENTER);
  trias_a11y_set_name (GTK_WIDGET (self->agreed), _ ("Set own licences aside"));
  adw_preferences_row_set_use_underline (ADW_PREFERENCES_ROW (row), TRUE);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), _ ("Set own licences _aside"));
  adw_action_row_set_subtitle (
      ADW_ACTION_ROW (row),
      _ ("They and their seats serve no more; each server keeps them in a file. To serve them on, "
         "leave this off, install them on the main server and remove them there"));
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), GTK_WIDGET (self->agreed));
  adw_action_row_set_activatable_widget (ADW_ACTION_ROW (row), GTK_WIDGET (self->agreed));
  g_signal_connect_object (self->agreed, "notify::active", G_CALLBACK (agreed_cb), self,
                           G_CONNECT_SWAPPED);
}

static void
trias_aside_group_init (TriasAsideGroup *self)
{
  AdwPreferencesGroup *group = ADW_PREFERENCES_GROUP (adw_preferences_group_new ());

  adw_preferences_group_set_title (group, _ ("What the others have of their own"));
  /* The backup server is known from the start, so it comes first. */
  for (guint i = N_SERVERS; i-- > 0;)
    {
      self->parts[i].row = add_row (group);
      gtk_widget_set_focusable (self->parts[i].row, FALSE);
    }
  add_agreement (self, group);
  adw_bin_set_child (ADW_BIN (self), GTK_WIDGET (group));
  trias_a11y_name_lists (GTK_WIDGET (self));
}

GtkWidget *
trias_aside_group_new (TriasSetup *setup)
{
  TriasAsideGroup *self = g_object_new (TRIAS_TYPE_ASIDE_GROUP, NULL);

  self->setup = g_object_ref (setup);
  g_signal_connect_object (setup, "notify", G_CALLBACK (setup_changed_cb), self, G_CONNECT_SWAPPED);
  setup_changed_cb (self);
  return GTK_WIDGET (self);
}

gboolean
trias_aside_group_is_open (TriasAsideGroup *self)
{
  guint n_lost = 0;

  g_return_val_if_fail (TRIAS_IS_ASIDE_GROUP (self), FALSE);

  for (guint i = 0; i < N_SERVERS; i++)
    n_lost += self->parts[i].n_lost;
  return n_lost > 0 && !gtk_switch_get_active (self->agreed);
}
