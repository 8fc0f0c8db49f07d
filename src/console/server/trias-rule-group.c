/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/server/trias-rule-group.h"

#include <glib/gi18n.h>

#include "console/server/trias-rule-dialog.h"
#include "client/trias-rule-words.h"
#include "console/widgets/trias-a11y.h"
#include "console/widgets/trias-confirm.h"
#include "console/widgets/trias-pager.h"
#include "client/trias-reason-words.h"
#include "client/trias-words.h"

struct _TriasRuleGroup
{
  AdwBin parent_instance;

  TriasScope scope;
  TriasServers *servers; /* (owned) (nullable) */
  TriasServer *server;   /* (owned) (nullable) */
  GtkWidget *group;
  TriasPager *pager; /* (owned by the group) */
  GtkWidget *add_button;
};

G_DEFINE_FINAL_TYPE (TriasRuleGroup, trias_rule_group, ADW_TYPE_BIN)

typedef struct
{
  TriasRuleGroup *self; /* (owned) */
  TriasServer *server;  /* (owned) */
  TriasRule *rule;      /* (owned) */
  gboolean force;
} Removal;

static void
removal_free (gpointer data)
{
  Removal *removal = data;

  g_object_unref (removal->self);
  g_object_unref (removal->server);
  trias_rule_free (removal->rule);
  g_free (removal);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Removal, removal_free)

static Removal *
removal_new (TriasRuleGroup *self, TriasServer *server, const TriasRule *rule, gboolean force)
{
  Removal *removal = g_new0 (Removal, 1);

  removal->self = g_object_ref (self);
  removal->server = g_object_ref (server);
  removal->rule = trias_rule_copy (rule);
  removal->force = force;
  return removal;
}

static const char *
name_of_key (const char *id, gpointer user_data)
{
  TriasRuleGroup *self = user_data;
  TriasServer *server = self->servers != NULL ? trias_servers_find (self->servers, id) : NULL;

  return server != NULL ? trias_words_server_name (server) : NULL;
}

static void ask_remove (Removal *removal, const GError *refusal);

static void
removed_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Removal) removal = user_data;
  g_autoptr (GError) error = NULL;

  if (trias_server_action_finish (TRIAS_SERVER (source), result, &error)
      || g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_RULE_IN_USE) && !removal->force)
    ask_remove (removal, error);
  else
    trias_confirm_show_error (GTK_WIDGET (removal->self), _ ("Rule Not Removed"), error);
}

static void
remove_confirmed (gpointer user_data)
{
  Removal *removal = user_data;

  trias_server_remove_rule_async (
      removal->server, removal->rule->id, removal->force, NULL, removed_cb,
      removal_new (removal->self, removal->server, removal->rule, removal->force));
}

static gboolean
lets_use (const TriasRule *rule)
{
  return rule->scope == TRIAS_SCOPE_USE && rule->effect == TRIAS_EFFECT_ALLOW;
}

/* Without such a rule nobody may use licences. */
static gboolean
is_last_use (Removal *removal)
{
  GListModel *rules = trias_server_get_rules (removal->server);
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (rules); i++)
    {
      g_autoptr (TriasRuleItem) item = g_list_model_get_item (rules, i);

      n += lets_use (trias_rule_item_get_rule (item)) ? 1 : 0;
    }
  return n == 1 && lets_use (removal->rule);
}

/* @refusal: (nullable) why the server refused without force. (transfer full) */
static char *
describe_removal (Removal *removal, const GError *refusal)
{
  g_autofree char *title = trias_rule_words_title (removal->rule, name_of_key, removal->self);

  if (refusal != NULL)
    return trias_reason_words_error (refusal);
  if (is_last_use (removal))
    return g_strdup_printf ("%s\n\n%s", title,
                            _ ("It is the last rule that lets anybody use licences: afterwards no "
                               "client gets a seat any more."));
  return g_steal_pointer (&title);
}

/* @refusal: (nullable) why the server refused without force. */
static void
ask_remove (Removal *removal, const GError *refusal)
{
  g_autofree char *body = describe_removal (removal, refusal);
  TriasQuestion question
      = { .heading = _ ("Remove This Rule?"), .verb = _ ("_Remove"), .destructive = TRUE };

  if (refusal != NULL)
    {
      question.heading = _ ("A Relationship Needs This Rule");
      question.verb = _ ("Remove _Anyway");
    }
  question.body = body;
  trias_confirm (GTK_WIDGET (removal->self), &question, remove_confirmed,
                 removal_new (removal->self, removal->server, removal->rule, refusal != NULL),
                 removal_free);
}

static TriasRuleItem *
get_item (GtkWidget *button)
{
  return g_object_get_data (G_OBJECT (button), "trias-item");
}

static void
remove_cb (GtkWidget *button, gpointer user_data)
{
  TriasRuleGroup *self = user_data;
  g_autoptr (Removal) removal
      = removal_new (self, self->server, trias_rule_item_get_rule (get_item (button)), FALSE);

  ask_remove (removal, NULL);
}

static void
edit_cb (GtkWidget *button, gpointer user_data)
{
  TriasRuleGroup *self = user_data;

  trias_rule_dialog_show (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->server,
                          self->scope, trias_rule_item_get_rule (get_item (button)));
}

static void
add_cb (TriasRuleGroup *self)
{
  if (self->server != NULL)
    trias_rule_dialog_show (GTK_WINDOW (gtk_widget_get_root (GTK_WIDGET (self))), self->server,
                            self->scope, NULL);
}

static void
add_row_button (GtkWidget *row,
                TriasRuleGroup *self,
                TriasRuleItem *item,
                const char *icon,
                const char *verb,
                GCallback callback)
{
  GtkWidget *button = gtk_button_new_from_icon_name (icon);
  g_autofree char *title
      = trias_rule_words_title (trias_rule_item_get_rule (item), name_of_key, self);
  g_autofree char *name = g_strdup_printf ("%s: %s", verb, title);

  gtk_widget_add_css_class (button, "flat");
  gtk_widget_set_valign (button, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (button, verb);
  trias_a11y_set_name (button, name);
  g_object_set_data_full (G_OBJECT (button), "trias-item", g_object_ref (item), g_object_unref);
  g_signal_connect (button, "clicked", callback, self);
  adw_action_row_add_suffix (ADW_ACTION_ROW (row), button);
}

static void
item_changed_cb (GtkWidget *row, GParamSpec *pspec, TriasRuleItem *item)
{
  TriasRuleGroup *self = g_object_get_data (G_OBJECT (row), "trias-group");
  const TriasRule *rule = trias_rule_item_get_rule (item);
  g_autofree char *title = trias_rule_words_title (rule, name_of_key, self);
  g_autofree char *text = trias_rule_words_explain (rule, name_of_key, self);
  g_autofree char *escaped_title = g_markup_escape_text (title, -1);
  g_autofree char *escaped = NULL;

  if (rule->note != NULL && *rule->note != '\0')
    escaped = g_markup_printf_escaped ("%s\n%s", text, rule->note);
  else
    escaped = g_markup_escape_text (text, -1);
  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), escaped_title);
  adw_action_row_set_subtitle (ADW_ACTION_ROW (row), escaped);
}

static GtkWidget *
create_row (gpointer item, gpointer user_data)
{
  TriasRuleGroup *self = user_data;
  GtkWidget *row = adw_action_row_new ();

  adw_action_row_set_title_lines (ADW_ACTION_ROW (row), 0);
  adw_action_row_set_subtitle_lines (ADW_ACTION_ROW (row), 0);
  g_object_set_data (G_OBJECT (row), "trias-group", self);
  item_changed_cb (row, NULL, item);
  g_signal_connect_object (item, "notify", G_CALLBACK (item_changed_cb), row, G_CONNECT_SWAPPED);
  if (trias_rule_item_is_fixed (item))
    return row;
  add_row_button (row, self, item, "document-edit-symbolic", _ ("Change rule"),
                  G_CALLBACK (edit_cb));
  add_row_button (row, self, item, "user-trash-symbolic", _ ("Remove rule"),
                  G_CALLBACK (remove_cb));
  return row;
}

/* What a rule is found by. */
static char *
describe (gpointer item, gpointer user_data)
{
  const TriasRule *rule = trias_rule_item_get_rule (item);
  g_autofree char *title = trias_rule_words_title (rule, name_of_key, user_data);

  return g_strdup_printf ("%s %s", title, rule->note != NULL ? rule->note : "");
}

static gboolean
is_of_scope (gpointer item, gpointer user_data)
{
  return trias_rule_item_get_rule (item)->scope == TRIAS_RULE_GROUP (user_data)->scope;
}

static GtkWidget *
create_placeholder (void)
{
  GtkWidget *label = gtk_label_new (_ ("No rule: nobody is let in"));

  gtk_widget_add_css_class (label, "dim-label");
  g_object_set (label, "margin-top", 15, "margin-bottom", 15, NULL);
  return label;
}

static void
trias_rule_group_dispose (GObject *object)
{
  TriasRuleGroup *self = TRIAS_RULE_GROUP (object);

  if (self->pager != NULL)
    trias_pager_set_model (self->pager, NULL, NULL, NULL);
  self->pager = NULL;
  g_clear_object (&self->server);
  g_clear_object (&self->servers);
  G_OBJECT_CLASS (trias_rule_group_parent_class)->dispose (object);
}

static void
trias_rule_group_class_init (TriasRuleGroupClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = trias_rule_group_dispose;
}

static void
trias_rule_group_init (TriasRuleGroup *self)
{
  self->group = adw_preferences_group_new ();
  self->pager = TRIAS_PAGER (trias_pager_new (create_placeholder (), describe));
  adw_preferences_group_add (ADW_PREFERENCES_GROUP (self->group), GTK_WIDGET (self->pager));
  self->add_button = gtk_button_new_from_icon_name ("list-add-symbolic");
  gtk_widget_add_css_class (self->add_button, "flat");
  g_signal_connect_object (self->add_button, "clicked", G_CALLBACK (add_cb), self,
                           G_CONNECT_SWAPPED);
  adw_preferences_group_set_header_suffix (ADW_PREFERENCES_GROUP (self->group), self->add_button);
  adw_bin_set_child (ADW_BIN (self), self->group);
}

GtkWidget *
trias_rule_group_new (TriasScope scope)
{
  TriasRuleGroup *self = g_object_new (TRIAS_TYPE_RULE_GROUP, NULL);
  const char *title = trias_rule_words_scope (scope);
  /* TRANSLATORS: %s is a kind of rule, such as "Partners" */
  g_autofree char *list_name = g_strdup_printf (_ ("Rules: %s"), title);
  g_autofree char *add_name = g_strdup_printf (_ ("Add rule: %s"), title);

  self->scope = scope;
  adw_preferences_group_set_title (ADW_PREFERENCES_GROUP (self->group), list_name);
  adw_preferences_group_set_description (ADW_PREFERENCES_GROUP (self->group),
                                         trias_rule_words_scope_text (scope));
  trias_a11y_set_name (trias_pager_get_list (self->pager), list_name);
  trias_a11y_set_name (self->add_button, add_name);
  gtk_widget_set_tooltip_text (self->add_button, add_name);
  trias_a11y_name_lists (GTK_WIDGET (self));
  return GTK_WIDGET (self);
}

void
trias_rule_group_set_server (TriasRuleGroup *self, TriasServers *servers, TriasServer *server)
{
  g_autoptr (GtkFilterListModel) model = NULL;

  g_return_if_fail (TRIAS_IS_RULE_GROUP (self));

  trias_pager_set_model (self->pager, NULL, NULL, NULL);
  g_set_object (&self->servers, servers);
  g_set_object (&self->server, server);
  if (server == NULL)
    return;
  model = gtk_filter_list_model_new (g_object_ref (trias_server_get_rules (server)),
                                     GTK_FILTER (gtk_custom_filter_new (is_of_scope, self, NULL)));
  trias_pager_set_model (self->pager, G_LIST_MODEL (model), create_row, self);
}
