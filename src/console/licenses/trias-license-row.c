/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/licenses/trias-license-row.h"

#include <glib/gi18n.h>

#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-age.h"
#include "console/widgets/trias-confirm.h"
#include "client/trias-words.h"

struct _TriasLicenseRow
{
  AdwExpanderRow parent_instance;

  TriasServers *servers;  /* (owned) */
  TriasServer *server;    /* (owned) */
  TriasLicenseItem *item; /* (owned) */
  GtkWidget *level;
  GtkWidget *test_badge;
  GtkWidget *copy_badge;
  GtkWidget *features; /* list box */
  GtkWidget *details;
  GtkWidget *remove_button;
};

G_DEFINE_FINAL_TYPE (TriasLicenseRow, trias_license_row, ADW_TYPE_EXPANDER_ROW)

char *
trias_license_row_describe_validity (const char *state, gint64 not_after)
{
  g_autofree char *date = not_after > 0 ? trias_age_format_date (not_after) : NULL;

  if (g_strcmp0 (state, "expired") == 0)
    return date != NULL ? g_strdup_printf (_ ("Expired on %s"), date) : g_strdup (_ ("Expired"));
  if (g_strcmp0 (state, "not-yet-valid") == 0)
    return g_strdup (_ ("Not valid yet"));
  if (g_strcmp0 (state, "elsewhere") == 0)
    return g_strdup (_ ("Bound to another licence server; not served here"));
  if (g_strcmp0 (state, "resting") == 0)
    return g_strdup (_ ("Bound to one server alone; not served while there is a triad"));
  if (g_strcmp0 (state, "invalid") == 0)
    return g_strdup (_ ("Not valid; not served"));
  return date != NULL ? g_strdup_printf (_ ("Valid until %s"), date)
                      : g_strdup (_ ("Valid without limit"));
}

static GtkWidget *
create_badge (const char *text, const char *style)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_widget_add_css_class (label, "trias-badge");
  gtk_widget_set_valign (label, GTK_ALIGN_CENTER);
  if (style != NULL)
    gtk_widget_add_css_class (label, style);
  return label;
}

/* Returns what it shows, in words. (transfer full) */
static char *
set_level (GtkWidget *level, const char *what, guint used, guint seats)
{
  /* TRANSLATORS: seats in use, seats in all */
  g_autofree char *text = g_strdup_printf (
      ngettext ("%1$u of %2$u seat used", "%1$u of %2$u seats used", seats), used, seats);
  g_autofree char *name = g_strdup_printf ("%s: %s", what, text);

  gtk_level_bar_set_max_value (GTK_LEVEL_BAR (level), MAX (1, seats));
  gtk_level_bar_set_value (GTK_LEVEL_BAR (level), MIN (used, seats));
  trias_a11y_set_name (level, name);
  return g_steal_pointer (&text);
}

static GtkWidget *
create_level (void)
{
  GtkWidget *level = gtk_level_bar_new ();

  gtk_level_bar_remove_offset_value (GTK_LEVEL_BAR (level), GTK_LEVEL_BAR_OFFSET_LOW);
  gtk_level_bar_remove_offset_value (GTK_LEVEL_BAR (level), GTK_LEVEL_BAR_OFFSET_HIGH);
  gtk_level_bar_remove_offset_value (GTK_LEVEL_BAR (level), GTK_LEVEL_BAR_OFFSET_FULL);
  gtk_widget_set_size_request (level, 72, -1);
  gtk_widget_set_valign (level, GTK_ALIGN_CENTER);
  return level;
}

static void
feature_changed_cb (GtkWidget *row, GParamSpec *pspec, TriasFeatureItem *item)
{
  const TriasFeature *feature = trias_feature_item_get_feature (item);
  g_autofree char *validity = trias_license_row_describe_validity ("valid", feature->not_after);
  const char *counted = feature->counted_by == TRIAS_COUNTED_BY_DEVICE ? _ ("a seat per device")
                                                                       : _ ("a seat per use");
  g_autofree char *title = g_markup_escape_text (feature->name, -1);
  g_autofree char *subtitle = NULL;
  g_autofree char *grace = NULL;
  g_autofree char *seats
      = set_level (g_object_get_data (G_OBJECT (row), "trias-level"), feature->name,
                   trias_feature_item_get_used (item), feature->seats);

  if (feature->grace_hours > 0)
    grace = g_strdup_printf (
        ngettext (" · %u hour of grace", " · %u hours of grace", feature->grace_hours),
        feature->grace_hours);
  subtitle = g_markup_printf_escaped ("%s · %s · %s%s", seats, validity, counted,
                                      grace != NULL ? grace : "");
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), subtitle);
}

static GtkWidget *
create_feature_row (gpointer item, gpointer user_data)
{
  GtkWidget *row = adw_action_row_new ();
  GtkWidget *level = create_level ();

  adw_action_row_add_suffix (ADW_ACTION_ROW (row), level);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  g_object_set_data (G_OBJECT (row), "trias-level", level);
  feature_changed_cb (row, NULL, item);
  g_signal_connect_object (item, "notify", G_CALLBACK (feature_changed_cb), row, G_CONNECT_SWAPPED);
  return row;
}

static char *
describe_copy (TriasLicenseRow *self)
{
  TriasServer *partner
      = trias_servers_find (self->servers, trias_license_item_get_server (self->item));

  if (partner == NULL)
    return g_strdup (_ ("Read-only copy of the partner"));
  return g_strdup_printf (_ ("Read-only copy from “%s”"), trias_words_server_name (partner));
}

static void
update_details (TriasLicenseRow *self)
{
  g_autofree char *installed
      = trias_age_format_time (trias_license_item_get_installed_at (self->item));
  /* TRANSLATORS: licensee, issuer, number of the revision, time */
  g_autofree char *text = g_markup_printf_escaped (
      _ ("Licensed to %1$s · issued by %2$s · revision %3$u · installed %4$s"),
      trias_license_item_get_licensee (self->item), trias_license_item_get_issuer (self->item),
      trias_license_item_get_revision (self->item), installed);
  /* TRANSLATORS: id of the licence, by which events and checks call it */
  g_autofree char *title
      = g_markup_printf_escaped (_ ("Licence “%s”"), trias_license_item_get_id (self->item));

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->details), title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (self->details), text);
}

static void
update_cb (TriasLicenseRow *self)
{
  const char *state = trias_license_item_get_state (self->item);
  gboolean copy = g_strcmp0 (trias_license_item_get_source (self->item), "partner") == 0;
  guint seats = 0;
  guint used = 0;
  gint64 not_after = 0;
  g_autofree char *validity = NULL;
  g_autofree char *title = g_markup_escape_text (trias_license_item_get_product (self->item), -1);
  g_autofree char *subtitle = NULL;
  g_autofree char *words = NULL;
  g_autofree char *copied = copy ? describe_copy (self) : NULL;

  g_object_get (self->item, "seats", &seats, "used", &used, "not-after", &not_after, NULL);
  validity = trias_license_row_describe_validity (state, not_after);
  words = set_level (self->level, trias_license_item_get_product (self->item), used, seats);
  subtitle = copied != NULL ? g_markup_printf_escaped ("%s · %s · %s", words, validity, copied)
                            : g_markup_printf_escaped ("%s · %s", words, validity);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self), title);
  adw_expander_row_set_subtitle (ADW_EXPANDER_ROW (self), subtitle);
  trias_a11y_set_name (GTK_WIDGET (self), trias_license_item_get_product (self->item));
  gtk_widget_set_visible (self->test_badge, trias_license_item_is_test (self->item));
  gtk_widget_set_visible (self->copy_badge, copy);
  gtk_widget_set_visible (self->remove_button, !copy);
  update_details (self);
}

typedef struct
{
  TriasLicenseRow *self; /* (owned) */
  gboolean force;
} Removal;

static void
removal_free (gpointer data)
{
  g_object_unref (((Removal *) data)->self);
  g_free (data);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Removal, removal_free)

static void ask_remove (TriasLicenseRow *self, gboolean force);

static void
removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Removal) removal = user_data;
  g_autoptr (GError) error = NULL;

  if (trias_server_action_finish (TRIAS_SERVER (source), result, &error)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (!removal->force && g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_CONFLICT))
    ask_remove (removal->self, TRUE);
  else
    trias_confirm_show_error (GTK_WIDGET (removal->self), _ ("Licence Not Removed"), error);
}

static void
remove_confirmed (gpointer user_data)
{
  Removal *removal = user_data;
  Removal *next = g_new0 (Removal, 1);

  next->self = g_object_ref (removal->self);
  next->force = removal->force;
  trias_server_remove_license_async (removal->self->server,
                                     trias_license_item_get_id (removal->self->item),
                                     removal->force, NULL, removed_cb, next);
}

static void
ask_remove (TriasLicenseRow *self, gboolean force)
{
  g_autofree char *heading = g_strdup_printf (_ ("Remove the Licence “%s”?"),
                                              trias_license_item_get_product (self->item));
  guint used = 0;
  g_autofree char *body = NULL;
  TriasQuestion question = { .heading = heading,
                             .verb = force ? _ ("Remove _Anyway") : _ ("_Remove"),
                             .destructive = TRUE };
  Removal *removal = g_new0 (Removal, 1);

  g_object_get (self->item, "used", &used, NULL);
  if (used > 0)
    body = g_strdup_printf (
        ngettext ("%u seat is in use now and will be refused at its next renewal.",
                  "%u seats are in use now and will be refused at their next renewal.", used),
        used);
  question.body
      = body != NULL
            ? body
            : _ ("No seat is in use now. You can install the licence again from its file.");
  removal->self = g_object_ref (self);
  removal->force = force;
  trias_confirm (GTK_WIDGET (self), &question, remove_confirmed, removal, removal_free);
}

static void
remove_cb (TriasLicenseRow *self)
{
  ask_remove (self, FALSE);
}

static void
trias_license_row_dispose (GObject *object)
{
  TriasLicenseRow *self = TRIAS_LICENSE_ROW (object);

  if (self->features != NULL)
    gtk_list_box_bind_model (GTK_LIST_BOX (self->features), NULL, NULL, NULL, NULL);
  self->features = NULL;
  g_clear_object (&self->item);
  g_clear_object (&self->server);
  g_clear_object (&self->servers);
  G_OBJECT_CLASS (trias_license_row_parent_class)->dispose (object);
}

static void
trias_license_row_class_init (TriasLicenseRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = trias_license_row_dispose;
}

static void
trias_license_row_init (TriasLicenseRow *self)
{
  GtkWidget *features_row = gtk_list_box_row_new ();

  self->test_badge = create_badge (_ ("Test"), "test");
  gtk_widget_set_tooltip_text (self->test_badge,
                               _ ("Signed by a test issuer: only for trying out"));
  self->copy_badge = create_badge (_ ("Copy"), NULL);
  self->level = create_level ();
  /* An expander row puts each new action before the others. */
  adw_expander_row_add_action (ADW_EXPANDER_ROW (self), self->level);
  adw_expander_row_add_action (ADW_EXPANDER_ROW (self), self->copy_badge);
  adw_expander_row_add_action (ADW_EXPANDER_ROW (self), self->test_badge);
  self->features = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->features), GTK_SELECTION_NONE);
  trias_a11y_set_name (self->features, _ ("Features"));
  gtk_widget_add_css_class (self->features, "background");
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (features_row), self->features);
  gtk_list_box_row_set_activatable (GTK_LIST_BOX_ROW (features_row), FALSE);
  gtk_widget_set_focusable (features_row, FALSE);
  trias_a11y_set_name (features_row, _ ("Features"));
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), features_row);
  self->details = adw_action_row_new ();
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (self->details), 0);
  self->remove_button = gtk_button_new_with_label (_ ("Remove…"));
  gtk_widget_set_valign (self->remove_button, GTK_ALIGN_CENTER);
  adw_action_row_add_suffix (ADW_ACTION_ROW (self->details), self->remove_button);
  adw_expander_row_add_row (ADW_EXPANDER_ROW (self), self->details);
  g_signal_connect_object (self->remove_button, "clicked", G_CALLBACK (remove_cb), self,
                           G_CONNECT_SWAPPED);
}

GtkWidget *
trias_license_row_new (TriasServers *servers, TriasServer *server, TriasLicenseItem *item)
{
  TriasLicenseRow *self = g_object_new (TRIAS_TYPE_LICENSE_ROW, NULL);
  g_autofree char *name
      = g_strdup_printf ("%s %s", _ ("Remove…"), trias_license_item_get_product (item));

  self->servers = g_object_ref (servers);
  self->server = g_object_ref (server);
  self->item = g_object_ref (item);
  trias_a11y_set_name (self->remove_button, name);
  gtk_list_box_bind_model (GTK_LIST_BOX (self->features), trias_license_item_get_features (item),
                           create_feature_row, NULL, NULL);
  g_signal_connect_object (item, "notify", G_CALLBACK (update_cb), self, G_CONNECT_SWAPPED);
  update_cb (self);
  trias_a11y_name_lists (GTK_WIDGET (self));
  return GTK_WIDGET (self);
}
