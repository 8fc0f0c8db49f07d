/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/server/trias-rule-dialog.h"

#include <glib/gi18n.h>

#include "client/trias-rule-words.h"
#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-banner.h"
#include "console/widgets/trias-confirm.h"
#include "console/widgets/trias-error-row.h"
#include "client/trias-reason-words.h"
#include "core/trias-identity.h"

struct _TriasRuleDialog
{
  AdwWindow parent_instance;

  TriasServer *server;       /* (owned) */
  GCancellable *cancellable; /* (owned) */
  TriasScope scope;
  char *id; /* (owned) (nullable) of the rule that is changed */
  gboolean busy;

  GtkWidget *apply_button;
  TriasBanner *banner;
  AdwPreferencesGroup *group;
  AdwComboRow *effect_row;
  AdwComboRow *who_row;
  AdwEntryRow *who_value_row;
  TriasErrorRow *who_error;
  AdwComboRow *where_row;
  AdwEntryRow *where_value_row;
  TriasErrorRow *where_error;
  AdwEntryRow *note_row;
};

G_DEFINE_FINAL_TYPE (TriasRuleDialog, trias_rule_dialog, ADW_TYPE_WINDOW)

static TriasWho
get_who (TriasRuleDialog *self)
{
  return (TriasWho) adw_combo_row_get_selected (self->who_row);
}

static TriasWhere
get_where (TriasRuleDialog *self)
{
  return (TriasWhere) adw_combo_row_get_selected (self->where_row);
}

static char *
get_text (AdwEntryRow *row)
{
  return g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (row))));
}

/* A fingerprint may be pasted in groups. */
static char *
get_who_value (TriasRuleDialog *self)
{
  g_autofree char *text = get_text (self->who_value_row);
  GString *id = NULL;

  if (get_who (self) == TRIAS_WHO_EVERYONE)
    return NULL;
  if (get_who (self) != TRIAS_WHO_KEY)
    return g_steal_pointer (&text);
  id = g_string_new (NULL);
  for (const char *c = text; *c != '\0'; c++)
    if (!g_ascii_isspace (*c))
      g_string_append_c (id, g_ascii_tolower (*c));
  return g_string_free (id, FALSE);
}

static gboolean
needs_where_value (TriasRuleDialog *self)
{
  return get_where (self) != TRIAS_WHERE_EVERYWHERE
         && get_where (self) != TRIAS_WHERE_THIS_COMPUTER;
}

static TriasRule *
create_rule (TriasRuleDialog *self, TriasWho who, TriasWhere where, GError **error)
{
  g_autofree char *who_value = who == TRIAS_WHO_EVERYONE ? NULL : get_who_value (self);
  g_autofree char *where_value
      = where == TRIAS_WHERE_EVERYWHERE || where == TRIAS_WHERE_THIS_COMPUTER
            ? NULL
            : get_text (self->where_value_row);
  g_autofree char *note = get_text (self->note_row);
  TriasEffect effect
      = adw_combo_row_get_selected (self->effect_row) == 0 ? TRIAS_EFFECT_ALLOW : TRIAS_EFFECT_DENY;

  return trias_rule_new (self->id, self->scope, effect, who, who_value, where, where_value, note,
                         error);
}

static const char *
check_who (TriasRuleDialog *self)
{
  g_autofree char *value = get_who_value (self);
  g_autoptr (TriasRule) rule = NULL;

  if (value == NULL)
    return NULL;
  if (get_who (self) == TRIAS_WHO_KEY && !trias_id_is_valid (value))
    return _ ("A fingerprint has 64 hexadecimal digits; spaces are allowed.");
  rule = create_rule (self, get_who (self), TRIAS_WHERE_EVERYWHERE, NULL);
  return rule == NULL ? _ ("Enter a name.") : NULL;
}

static const char *
check_where (TriasRuleDialog *self)
{
  g_autoptr (TriasRule) rule = NULL;

  if (!needs_where_value (self))
    return NULL;
  rule = create_rule (self, TRIAS_WHO_EVERYONE, get_where (self), NULL);
  if (rule != NULL)
    return NULL;
  if (get_where (self) == TRIAS_WHERE_ADDRESS)
    return _ ("Enter one IP address, for example 192.0.2.7 or 2001:db8::7.");
  if (get_where (self) == TRIAS_WHERE_NETWORK)
    return _ ("Enter a network with its prefix, for example 192.0.2.0/24.");
  if (get_where (self) == TRIAS_WHERE_DOMAIN)
    return _ ("Enter a domain with an asterisk, for example *.example.org.");
  return _ ("Enter a host name, for example licences.example.org.");
}

static void
changed_cb (TriasRuleDialog *self)
{
  gboolean who_value = get_who (self) != TRIAS_WHO_EVERYONE;
  const char *who_problem = check_who (self);
  const char *where_problem = check_where (self);
  gboolean who_empty = *gtk_editable_get_text (GTK_EDITABLE (self->who_value_row)) == '\0';
  gboolean where_empty = *gtk_editable_get_text (GTK_EDITABLE (self->where_value_row)) == '\0';

  gtk_widget_set_visible (GTK_WIDGET (self->who_value_row), who_value);
  gtk_widget_set_visible (GTK_WIDGET (self->where_value_row), needs_where_value (self));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->who_value_row),
                                 get_who (self) == TRIAS_WHO_KEY ? _ ("Fingerprint") : _ ("Name"));
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (self->where_value_row),
                                 trias_rule_words_where (get_where (self)));
  /* An empty field is not wrong yet, but there is nothing to save. */
  trias_error_row_set (self->who_error, GTK_WIDGET (self->who_value_row),
                       who_empty ? NULL : who_problem);
  trias_error_row_set (self->where_error, GTK_WIDGET (self->where_value_row),
                       where_empty ? NULL : where_problem);
  gtk_widget_set_sensitive (self->apply_button,
                            who_problem == NULL && where_problem == NULL && !self->busy);
}

static void save (TriasRuleDialog *self, gboolean force);

static void
save_anyway (gpointer user_data)
{
  save (user_data, TRUE);
}

static void
saved_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasRuleDialog) self = user_data;
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  TriasQuestion question
      = { .heading = _ ("Save Anyway?"), .verb = _ ("Save _Anyway"), .destructive = TRUE };

  if (trias_server_action_finish (TRIAS_SERVER (source), result, &error))
    {
      gtk_window_destroy (GTK_WINDOW (self));
      return;
    }
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED) || self->server == NULL)
    return;
  self->busy = FALSE;
  changed_cb (self);
  text = trias_reason_words_error (error);
  question.body = text;
  if (g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_RULE_IN_USE))
    trias_confirm (GTK_WIDGET (self), &question, save_anyway, g_object_ref (self), g_object_unref);
  else
    trias_banner_set_text (self->banner, text);
}

static void
save (TriasRuleDialog *self, gboolean force)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasRule) rule = create_rule (self, get_who (self), get_where (self), &error);

  if (rule == NULL)
    {
      trias_banner_set_text (self->banner, error->message);
      return;
    }
  self->busy = TRUE;
  changed_cb (self);
  if (self->id != NULL)
    trias_server_change_rule_async (self->server, rule, force, self->cancellable, saved_cb,
                                    g_object_ref (self));
  else
    trias_server_add_rule_async (self->server, rule, force, self->cancellable, saved_cb,
                                 g_object_ref (self));
}

static void
apply_cb (TriasRuleDialog *self)
{
  if (gtk_widget_get_sensitive (self->apply_button))
    save (self, FALSE);
}

static void
trias_rule_dialog_dispose (GObject *object)
{
  TriasRuleDialog *self = TRIAS_RULE_DIALOG (object);

  if (self->cancellable != NULL)
    g_cancellable_cancel (self->cancellable);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->server);
  g_clear_pointer (&self->id, g_free);
  G_OBJECT_CLASS (trias_rule_dialog_parent_class)->dispose (object);
}

static void
trias_rule_dialog_class_init (TriasRuleDialogClass *klass)
{
  GtkWidgetClass *widget_class = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = trias_rule_dialog_dispose;
  g_type_ensure (TRIAS_TYPE_BANNER);
  g_type_ensure (TRIAS_TYPE_ERROR_ROW);
  gtk_widget_class_set_template_from_resource (widget_class,
                                               "/org/trias/Console/server/trias-rule-dialog.ui");
  gtk_widget_class_bind_template_child (widget_class, TriasRuleDialog, apply_button);
  gtk_widget_class_bind_template_child (widget_class, TriasRuleDialog, banner);
  gtk_widget_class_bind_template_child (widget_class, TriasRuleDialog, group);
  gtk_widget_class_bind_template_child (widget_class, TriasRuleDialog, effect_row);
  gtk_widget_class_bind_template_child (widget_class, TriasRuleDialog, who_row);
  gtk_widget_class_bind_template_child (widget_class, TriasRuleDialog, who_value_row);
  gtk_widget_class_bind_template_child (widget_class, TriasRuleDialog, who_error);
  gtk_widget_class_bind_template_child (widget_class, TriasRuleDialog, where_row);
  gtk_widget_class_bind_template_child (widget_class, TriasRuleDialog, where_value_row);
  gtk_widget_class_bind_template_child (widget_class, TriasRuleDialog, where_error);
  gtk_widget_class_bind_template_child (widget_class, TriasRuleDialog, note_row);
  gtk_widget_class_bind_template_callback (widget_class, apply_cb);
  gtk_widget_class_bind_template_callback (widget_class, changed_cb);
}

static void
trias_rule_dialog_init (TriasRuleDialog *self)
{
  GtkStringList *who = gtk_string_list_new (NULL);
  GtkStringList *where = gtk_string_list_new (NULL);

  self->cancellable = g_cancellable_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
  trias_a11y_name_lists (GTK_WIDGET (self));
  for (int i = TRIAS_WHO_EVERYONE; i <= TRIAS_WHO_KEY; i++)
    gtk_string_list_append (who, trias_rule_words_who ((TriasWho) i));
  for (int i = TRIAS_WHERE_EVERYWHERE; i <= TRIAS_WHERE_NETWORK; i++)
    gtk_string_list_append (where, trias_rule_words_where ((TriasWhere) i));
  adw_combo_row_set_model (self->who_row, G_LIST_MODEL (who));
  adw_combo_row_set_model (self->where_row, G_LIST_MODEL (where));
  g_object_unref (who);
  g_object_unref (where);
  trias_a11y_fix_mnemonics (GTK_WIDGET (self));
  trias_a11y_escape_closes (GTK_WINDOW (self));
}

static void
load_rule (TriasRuleDialog *self, const TriasRule *rule)
{
  self->id = g_strdup (rule->id);
  adw_combo_row_set_selected (self->effect_row, rule->effect == TRIAS_EFFECT_ALLOW ? 0 : 1);
  adw_combo_row_set_selected (self->who_row, (guint) rule->who);
  adw_combo_row_set_selected (self->where_row, (guint) rule->where);
  gtk_editable_set_text (GTK_EDITABLE (self->who_value_row),
                         rule->who_value != NULL ? rule->who_value : "");
  gtk_editable_set_text (GTK_EDITABLE (self->where_value_row),
                         rule->where_value != NULL ? rule->where_value : "");
  gtk_editable_set_text (GTK_EDITABLE (self->note_row), rule->note != NULL ? rule->note : "");
}

TriasRuleDialog *
trias_rule_dialog_show (GtkWindow *parent,
                        TriasServer *server,
                        TriasScope scope,
                        const TriasRule *rule)
{
  TriasRuleDialog *self = g_object_new (TRIAS_TYPE_RULE_DIALOG, "transient-for", parent, "title",
                                        rule != NULL ? _ ("Change Rule") : _ ("New Rule"), NULL);

  self->server = g_object_ref (server);
  self->scope = scope;
  adw_preferences_group_set_title (self->group, trias_rule_words_scope (scope));
  adw_preferences_group_set_description (self->group, trias_rule_words_scope_text (scope));
  if (rule != NULL)
    load_rule (self, rule);
  else if (scope == TRIAS_SCOPE_PEER)
    adw_combo_row_set_selected (self->who_row, TRIAS_WHO_KEY);
  changed_cb (self);
  gtk_window_present (GTK_WINDOW (self));
  return self;
}
