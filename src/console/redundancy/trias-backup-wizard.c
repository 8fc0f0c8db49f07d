/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/redundancy/trias-backup-wizard.h"

#include <glib/gi18n.h>

#include "console/redundancy/trias-pair-actions.h"
#include "console/redundancy/trias-relationship-rows.h"
#include "client/trias-pair-words.h"
#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-age.h"
#include "console/widgets/trias-banner.h"
#include "console/widgets/trias-confirm.h"
#include "client/trias-reason-words.h"
#include "client/trias-words.h"

struct _TriasBackupWizard
{
  AdwWindow parent_instance;

  TriasPair *pair;           /* (owned) */
  TriasServers *servers;     /* (owned) */
  GCancellable *cancellable; /* (owned) */
  gboolean busy;

  AdwWindowTitle *title;
  GtkButton *apply_button;
  TriasBanner *banner;
  GtkWidget *conflict_group;
  AdwActionRow *conflict_main_row;
  AdwActionRow *conflict_backup_row;
  GtkButton *sync_button;
  AdwActionRow *main_row;
  GtkImage *main_icon;
  GtkWidget *main_why;
  AdwActionRow *backup_row;
  GtkImage *backup_icon;
  GtkWidget *backup_why;
  AdwActionRow *outlook_row;
  AdwActionRow *forming_row;
  TriasRelationshipRows *rows;
};

G_DEFINE_FINAL_TYPE (TriasBackupWizard, trias_backup_wizard, ADW_TYPE_WINDOW)

static const TriasRelationship *
get_relationship (TriasBackupWizard *self)
{
  TriasRelationshipInfo *info = trias_pair_get_info (self->pair);

  return info != NULL ? trias_relationship_info_get_relationship (info) : NULL;
}

static void
update_buttons (TriasBackupWizard *self)
{
  gboolean good = trias_relationship_rows_check (self->rows);

  gtk_widget_set_sensitive (GTK_WIDGET (self->apply_button),
                            trias_relationship_rows_get_edited (self->rows) && good && !self->busy);
  gtk_widget_set_sensitive (GTK_WIDGET (self->sync_button), !self->busy);
  gtk_widget_set_sensitive (GTK_WIDGET (self->rows), !self->busy);
}

static void
update_member (AdwActionRow *row, GtkImage *icon, GtkWidget *why, TriasPairMember *member)
{
  TriasPairFacts facts;
  gint64 now = trias_age_now ();
  TriasLinkState state = trias_pair_member_get_icon_state (member);
  const char *words = trias_pair_words_state (state);
  g_autofree char *status = NULL;
  g_autofree char *online = NULL;
  g_autofree char *title = NULL;
  g_autofree char *subtitle = NULL;
  g_autofree char *why_name = NULL;

  trias_pair_facts_read (&facts, member);
  status = trias_pair_words_status (&facts, now);
  online = trias_pair_words_online (&facts, now);
  title = g_markup_printf_escaped ("%s: %s", trias_words_role (trias_pair_member_get_role (member)),
                                   facts.name);
  subtitle = g_markup_printf_escaped ("%s · %s\n%s", trias_pair_member_get_address (member), online,
                                      status);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), title);
  adw_action_row_set_subtitle (row, subtitle);
  gtk_image_set_from_icon_name (icon, trias_pair_words_icon (state));
  trias_a11y_set_name (GTK_WIDGET (icon), words);
  why_name = g_strdup_printf ("%s %s", _ ("Why?"), facts.name);
  trias_a11y_set_name (why, why_name);
}

static char *
describe_settings (const TriasSettings *settings)
{
  g_autofree char *history = NULL;

  if (settings == NULL)
    return g_strdup ("");
  history = g_strdup_printf (
      ngettext ("History kept for %u day", "History kept for %u days", settings->history_days),
      settings->history_days);
  if (settings->contact == NULL || *settings->contact == '\0')
    return g_markup_escape_text (history, -1);
  /* TRANSLATORS: how long the history is kept, whom users ask */
  return g_markup_printf_escaped (_ ("%1$s · Contact: %2$s"), history, settings->contact);
}

static void
update_conflict (TriasBackupWizard *self)
{
  TriasRelationshipInfo *info = trias_pair_get_info (self->pair);
  const TriasSettings *main_settings = NULL;
  const TriasSettings *backup_settings = NULL;
  gboolean conflict
      = info != NULL
        && trias_relationship_info_get_conflict (info, NULL, &main_settings, &backup_settings);
  g_autofree char *main_text = describe_settings (main_settings);
  g_autofree char *backup_text = describe_settings (backup_settings);

  gtk_widget_set_visible (self->conflict_group, conflict);
  if (!conflict)
    return;
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->conflict_main_row),
                                 _ ("Main server (applies now)"));
  adw_action_row_set_subtitle (self->conflict_main_row, main_text);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->conflict_backup_row),
                                 _ ("Backup server (kept aside)"));
  adw_action_row_set_subtitle (self->conflict_backup_row, backup_text);
}

static const char *
name_phase (const char *phase)
{
  if (g_strcmp0 (phase, "checking") == 0)
    return _ ("The servers are checked.");
  if (g_strcmp0 (phase, "preparing") == 0 || g_strcmp0 (phase, "prepared") == 0)
    return _ ("Both servers prepare the relationship; they serve as before.");
  if (g_strcmp0 (phase, "sealing") == 0)
    return _ ("The change is being decided.");
  if (g_strcmp0 (phase, "copying") == 0)
    return _ ("The data are being copied for the first time.");
  if (g_strcmp0 (phase, "failed") == 0)
    return _ ("The last change failed; everything is as before.");
  return NULL;
}

static void
update_forming (TriasBackupWizard *self)
{
  TriasRelationshipInfo *info = trias_pair_get_info (self->pair);
  const TriasForming *forming = info != NULL ? trias_relationship_info_get_forming (info) : NULL;
  const char *phase = forming != NULL ? name_phase (forming->phase) : NULL;

  gtk_widget_set_visible (GTK_WIDGET (self->forming_row), phase != NULL);
  if (phase != NULL)
    adw_action_row_set_subtitle (self->forming_row, phase);
}

static void
update (TriasBackupWizard *self)
{
  TriasPairMember *main_member = trias_pair_get_main (self->pair);
  TriasPairMember *backup = trias_pair_get_backup (self->pair);
  TriasPairOutlook outlook;
  TriasPairFacts main_facts;
  TriasPairFacts backup_facts;
  g_autofree char *text = NULL;
  g_autofree char *escaped = NULL;

  if (main_member == NULL || backup == NULL)
    return;
  update_member (self->main_row, self->main_icon, self->main_why, main_member);
  update_member (self->backup_row, self->backup_icon, self->backup_why, backup);
  trias_pair_outlook_read (&outlook, self->pair);
  text = trias_pair_words_outlook (&outlook);
  escaped = g_markup_escape_text (text, -1);
  adw_action_row_set_subtitle (self->outlook_row, escaped);
  adw_window_title_set_title (self->title, gtk_window_get_title (GTK_WINDOW (self)));
  adw_window_title_set_subtitle (self->title, trias_pair_get_name (self->pair));
  trias_pair_facts_read (&main_facts, main_member);
  trias_pair_facts_read (&backup_facts, backup);
  trias_age_set_needed (GTK_WIDGET (self), trias_pair_words_ages (&main_facts)
                                               || trias_pair_words_ages (&backup_facts));
  update_conflict (self);
  update_forming (self);
  trias_relationship_rows_load (self->rows, get_relationship (self));
  update_buttons (self);
}

static void
tick (gpointer user_data)
{
  update (user_data);
}

static void
pair_changed_cb (TriasBackupWizard *self)
{
  update (self);
}

static TriasServer *
get_server (TriasBackupWizard *self)
{
  TriasServer *server = trias_pair_get_server (self->pair);

  trias_banner_set_text (
      self->banner,
      server == NULL ? _ ("Sign in to one of the two servers to change something.") : NULL);
  return server;
}

static void
action_done_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasBackupWizard) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  gboolean done = trias_server_action_finish (TRIAS_SERVER (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->pair == NULL)
    return;
  self->busy = FALSE;
  if (done)
    trias_relationship_rows_forget (self->rows);
  else
    text = trias_reason_words_error (error);
  trias_banner_set_text (self->banner, text);
  update (self);
}

static void
apply_cb (TriasBackupWizard *self)
{
  TriasServer *server = get_server (self);
  const TriasRelationship *relationship = get_relationship (self);

  if (server == NULL || relationship == NULL)
    return;
  self->busy = TRUE;
  update_buttons (self);
  trias_relationship_rows_apply (self->rows, relationship, server, self->cancellable,
                                 action_done_cb, g_object_ref (self));
}

static void
resolve (TriasBackupWizard *self, TriasRole take)
{
  TriasServer *server = get_server (self);

  if (server == NULL)
    return;
  self->busy = TRUE;
  update_buttons (self);
  trias_server_resolve_conflict_async (server, take, self->cancellable, action_done_cb,
                                       g_object_ref (self));
}

static void
keep_main_cb (TriasBackupWizard *self)
{
  resolve (self, TRIAS_ROLE_MAIN);
}

static void
keep_backup_cb (TriasBackupWizard *self)
{
  resolve (self, TRIAS_ROLE_BACKUP);
}

static void
sync_cb (TriasBackupWizard *self)
{
  trias_pair_actions_sync (GTK_WIDGET (self), self->pair);
}

static void
main_why_cb (TriasBackupWizard *self)
{
  trias_pair_actions_explain (GTK_WIDGET (self), trias_pair_get_main (self->pair));
}

static void
backup_why_cb (TriasBackupWizard *self)
{
  trias_pair_actions_explain (GTK_WIDGET (self), trias_pair_get_backup (self->pair));
}

static void
dissolve_cb (TriasBackupWizard *self)
{
  trias_pair_actions_dissolve (GTK_WIDGET (self), self->pair);
}

/* Asks whether to go on, which forgets what was edited. */
static void
ask_discard (TriasBackupWizard *self, TriasConfirmed confirmed)
{
  TriasQuestion question = {
    .heading = _ ("Discard the changes?"),
    .body = _ ("What you changed here has not been applied yet."),
    .verb = _ ("_Discard"),
    .destructive = TRUE,
  };

  trias_confirm (GTK_WIDGET (self), &question, confirmed, g_object_ref (self), g_object_unref);
}

/* This window has nothing more to show once the pair is a triad, so it makes room. */
static void
grow (gpointer user_data)
{
  TriasBackupWizard *self = user_data;
  GtkWindow *parent = gtk_window_get_transient_for (GTK_WINDOW (self));

  if (trias_pair_actions_grow (GTK_WIDGET (parent), self->pair, self->servers))
    gtk_window_destroy (GTK_WINDOW (self));
}

static void
grow_cb (TriasBackupWizard *self)
{
  if (trias_relationship_rows_get_edited (self->rows))
    ask_discard (self, grow);
  else
    grow (self);
}

static void
discard_confirmed (gpointer user_data)
{
  gtk_window_destroy (GTK_WINDOW (user_data));
}

static gboolean
trias_backup_wizard_close_request (GtkWindow *window)
{
  TriasBackupWizard *self = TRIAS_BACKUP_WIZARD (window);

  if (!trias_relationship_rows_get_edited (self->rows))
    return FALSE;
  ask_discard (self, discard_confirmed);
  return TRUE;
}

static void
trias_backup_wizard_dispose (GObject *object)
{
  TriasBackupWizard *self = TRIAS_BACKUP_WIZARD (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->pair);
  g_clear_object (&self->servers);
  G_OBJECT_CLASS (trias_backup_wizard_parent_class)->dispose (object);
}

static void
bind_children (GtkWidgetClass *widget_class)
{
  gtk_widget_class_bind_template_child (widget_class, TriasBackupWizard, title);
  gtk_widget_class_bind_template_child (widget_class, TriasBackupWizard, apply_button);
  gtk_widget_class_bind_template_child (widget_class, TriasBackupWizard, banner);
  gtk_widget_class_bind_template_child (widget_class, TriasBackupWizard, conflict_group);
  gtk_widget_class_bind_template_child (widget_class, TriasBackupWizard, conflict_main_row);
  gtk_widget_class_bind_template_child (widget_class, TriasBackupWizard, conflict_backup_row);
  gtk_widget_class_bind_template_child (widget_class, TriasBackupWizard, sync_button);
  gtk_widget_class_bind_template_child (widget_class, TriasBackupWizard, main_row);
  gtk_widget_class_bind_template_child (widget_class, TriasBackupWizard, main_icon);
  gtk_widget_class_bind_template_child (widget_class, TriasBackupWizard, main_why);
  gtk_widget_class_bind_template_child (widget_class, TriasBackupWizard, backup_row);
  gtk_widget_class_bind_template_child (widget_class, TriasBackupWizard, backup_icon);
  gtk_widget_class_bind_template_child (widget_class, TriasBackupWizard, backup_why);
  gtk_widget_class_bind_template_child (widget_class, TriasBackupWizard, outlook_row);
  gtk_widget_class_bind_template_child (widget_class, TriasBackupWizard, forming_row);
  gtk_widget_class_bind_template_child (widget_class, TriasBackupWizard, rows);
}

static void
trias_backup_wizard_class_init (TriasBackupWizardClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = trias_backup_wizard_dispose;
  GTK_WINDOW_CLASS (klass)->close_request = trias_backup_wizard_close_request;
  g_type_ensure (TRIAS_TYPE_BANNER);
  g_type_ensure (TRIAS_TYPE_RELATIONSHIP_ROWS);
  gtk_widget_class_set_template_from_resource (
      widget_class, "/org/trias/Console/redundancy/trias-backup-wizard.ui");
  bind_children (widget_class);
  gtk_widget_class_bind_template_callback (widget_class, apply_cb);
  gtk_widget_class_bind_template_callback (widget_class, update_buttons);
  gtk_widget_class_bind_template_callback (widget_class, keep_main_cb);
  gtk_widget_class_bind_template_callback (widget_class, keep_backup_cb);
  gtk_widget_class_bind_template_callback (widget_class, sync_cb);
  gtk_widget_class_bind_template_callback (widget_class, main_why_cb);
  gtk_widget_class_bind_template_callback (widget_class, backup_why_cb);
  gtk_widget_class_bind_template_callback (widget_class, grow_cb);
  gtk_widget_class_bind_template_callback (widget_class, dissolve_cb);
}

static void
trias_backup_wizard_init (TriasBackupWizard *self)
{
  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  trias_a11y_name_lists (GTK_WIDGET (self));
  trias_age_watch (GTK_WIDGET (self), tick, self);
  trias_a11y_escape_closes (GTK_WINDOW (self));
}

TriasBackupWizard *
trias_backup_wizard_show (GtkWindow *parent, TriasPair *pair, TriasServers *servers)
{
  TriasBackupWizard *self = g_object_new (TRIAS_TYPE_BACKUP_WIZARD, "transient-for", parent, NULL);

  self->pair = g_object_ref (pair);
  self->servers = g_object_ref (servers);
  g_signal_connect_object (pair, "notify", G_CALLBACK (pair_changed_cb), self, G_CONNECT_SWAPPED);
  if (trias_pair_get_main (pair) != NULL)
    g_signal_connect_object (trias_pair_get_main (pair), "notify", G_CALLBACK (pair_changed_cb),
                             self, G_CONNECT_SWAPPED);
  if (trias_pair_get_backup (pair) != NULL)
    g_signal_connect_object (trias_pair_get_backup (pair), "notify", G_CALLBACK (pair_changed_cb),
                             self, G_CONNECT_SWAPPED);
  update (self);
  trias_a11y_fix_mnemonics (GTK_WIDGET (self));
  gtk_window_present (GTK_WINDOW (self));
  return self;
}
