/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/access/trias-access-private.h"

#define KIND_RULE "rule"
/* Says that the rules of a new server were made once: who removes them means it. */
#define KIND_MARK "access"
#define KEY_MARK "initialised"

static GBytes *
encode_rule (const TriasRule *rule)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  gsize length;
  char *text;

  trias_rule_write (rule, writer, NULL);
  text = trias_json_writer_end (writer, &length);
  return g_bytes_new_take (text, length);
}

static void
load_rule (const char *key, GBytes *value, gpointer user_data)
{
  GPtrArray *rules = user_data;
  gsize length;
  const char *data = g_bytes_get_data (value, &length);
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasJson) json = trias_json_parse (data, length, TRIAS_JSON_MAX_BYTES, &error);
  TriasRule *rule = json != NULL ? trias_rule_read (json, &error) : NULL;

  if (rule != NULL)
    g_ptr_array_add (rules, rule);
  else
    g_warning ("The kept access rule %s cannot be read and does not count: %s", key,
               error->message);
}

static int
compare_rules (gconstpointer a, gconstpointer b)
{
  const TriasRule *first = *(const TriasRule *const *) a;
  const TriasRule *second = *(const TriasRule *const *) b;

  if (first->scope != second->scope)
    return first->scope < second->scope ? -1 : 1;
  return strcmp (first->id, second->id);
}

static void
reload (TriasAccess *self)
{
  g_ptr_array_set_size (self->local, 0);
  trias_keeper_foreach_local (self->keeper, KIND_RULE, load_rule, self->local);
  g_ptr_array_sort (self->local, compare_rules);
}

static void
make_first_rules (TriasAccess *self)
{
  g_autoptr (TriasRule) administer = NULL;
  g_autoptr (GBytes) value = NULL;
  g_autoptr (GBytes) mark = g_bytes_new_static ("1", 1);

  if (trias_keeper_get_local (self->keeper, KIND_MARK, KEY_MARK) != NULL)
    return;
  administer = trias_rule_new ("administer-everyone", TRIAS_SCOPE_ADMINISTER, TRIAS_EFFECT_ALLOW,
                               TRIAS_WHO_EVERYONE, NULL, TRIAS_WHERE_EVERYWHERE, NULL, "", NULL);
  value = encode_rule (administer);
  trias_keeper_put_local (self->keeper, KIND_RULE, administer->id, value, NULL, NULL);
  trias_keeper_put_local (self->keeper, KIND_MARK, KEY_MARK, mark, NULL, NULL);
}

TriasAccess *
trias_access_new (TriasKeeper *keeper)
{
  TriasAccess *self = g_new0 (TriasAccess, 1);

  self->keeper = keeper;
  self->local = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_rule_free);
  self->names = trias_names_new ();
  make_first_rules (self);
  reload (self);
  return self;
}

void
trias_access_free (TriasAccess *self)
{
  if (self == NULL)
    return;
  trias_names_free (self->names);
  g_ptr_array_unref (self->local);
  g_free (self);
}

GPtrArray *
trias_access_rules (TriasAccess *self, TriasScope scope)
{
  if (scope == TRIAS_SCOPE_USE)
    return trias_ledger_get_rules (trias_keeper_get_ledger (self->keeper));
  return self->local;
}

GPtrArray *
trias_access_list (TriasAccess *self)
{
  GPtrArray *use = trias_access_rules (self, TRIAS_SCOPE_USE);
  GPtrArray *all = g_ptr_array_sized_new (use->len + self->local->len);

  g_ptr_array_extend (all, use, NULL, NULL);
  g_ptr_array_extend (all, self->local, NULL, NULL);
  return all;
}

static const TriasRule *
find_in (GPtrArray *rules, const char *id)
{
  for (guint i = 0; i < rules->len; i++)
    {
      const TriasRule *rule = rules->pdata[i];

      if (g_str_equal (rule->id, id))
        return rule;
    }
  return NULL;
}

const TriasRule *
trias_access_find (TriasAccess *self, const char *id)
{
  const TriasRule *rule = find_in (self->local, id);

  return rule != NULL ? rule : find_in (trias_access_rules (self, TRIAS_SCOPE_USE), id);
}

void
trias_access_set_cuts (TriasAccess *self, TriasAccessCuts cuts, gpointer user_data)
{
  self->cuts = cuts;
  self->cuts_data = user_data;
}

/* --- changing --- */

/* The local rules of @scope as they would be with @with in place of the one with @id.
 * (element-type TriasRule, borrowed) */
static GPtrArray *
rules_as_if (TriasAccess *self, TriasScope scope, const char *id, const TriasRule *with)
{
  GPtrArray *rules = g_ptr_array_new ();

  for (guint i = 0; i < self->local->len; i++)
    {
      TriasRule *rule = self->local->pdata[i];

      if (rule->scope == scope && !g_str_equal (rule->id, id))
        g_ptr_array_add (rules, rule);
    }
  if (with != NULL && with->scope == scope)
    g_ptr_array_add (rules, (gpointer) with);
  return rules;
}

/* Why the rule @id must not become @with (or go), unless forced; %NULL if it may. */
static GError *
objection (TriasAccess *self, const char *id, const TriasRule *with, const TriasCommandFacts *by)
{
  g_autoptr (GPtrArray) peer = rules_as_if (self, TRIAS_SCOPE_PEER, id, with);
  g_autoptr (GPtrArray) administer = rules_as_if (self, TRIAS_SCOPE_ADMINISTER, id, with);
  const char *partner = self->cuts != NULL ? self->cuts (peer, self->cuts_data) : NULL;

  if (partner != NULL)
    return g_error_new (TRIAS_ERROR, TRIAS_REASON_RULE_IN_USE,
                        "This change would keep %s out and cut the relationship with it; force it "
                        "if that is meant",
                        partner);
  if (by != NULL && trias_access_allows (self, TRIAS_SCOPE_ADMINISTER, by, NULL))
    {
      TriasFacts view = trias_access_facts_view (by);

      if (!trias_rules_allow (administer, TRIAS_SCOPE_ADMINISTER, &view, NULL))
        return g_error_new (TRIAS_ERROR, TRIAS_REASON_RULE_IN_USE,
                            "This change would keep you out of this server's administration from "
                            "%s; force it if that is meant",
                            by->address);
    }
  return NULL;
}

typedef struct
{
  TriasAccess *access;
  TriasEvent *event; /* (owned) recorded once the change is durable */
  TriasKeeperDone done;
  gpointer user_data;
} Change;

static void
on_durable (const GError *error, gpointer user_data)
{
  Change *change = user_data;

  if (error == NULL)
    trias_keeper_record (change->access->keeper, g_steal_pointer (&change->event));
  else
    reload (change->access);
  if (change->done != NULL)
    change->done (error, change->user_data);
  g_clear_pointer (&change->event, trias_event_free);
  g_free (change);
}

static void
write_rule (TriasAccess *self,
            const char *kind,
            const char *id,
            const TriasRule *rule,
            const TriasCommandFacts *by,
            TriasKeeperDone done,
            gpointer user_data)
{
  Change *change = g_new0 (Change, 1);
  g_autoptr (GBytes) value = rule != NULL ? encode_rule (rule) : NULL;
  const TriasRule *meant = rule != NULL ? rule : find_in (self->local, id);
  g_autofree char *text = trias_rule_to_text (meant);
  g_autofree char *key = g_strdup (id);

  change->access = self;
  change->done = done;
  change->user_data = user_data;
  change->event = trias_event_new (trias_keeper_now (self->keeper), kind, id);
  trias_event_param (change->event, "rule", text);
  trias_event_param (change->event, "scope", trias_scope_to_word (meant->scope));
  g_free (change->event->actor);
  change->event->actor = g_strdup (by != NULL && by->user != NULL ? by->user : "");
  trias_keeper_put_local (self->keeper, KIND_RULE, key, value, on_durable, change);
  reload (self);
}

static void
refuse (GError *error, TriasKeeperDone done, gpointer user_data)
{
  if (done != NULL)
    done (error, user_data);
  g_error_free (error);
}

void
trias_access_put_local (TriasAccess *self,
                        const TriasRule *rule,
                        gboolean force,
                        const TriasCommandFacts *by,
                        TriasKeeperDone done,
                        gpointer user_data)
{
  GError *error = force ? NULL : objection (self, rule->id, rule, by);
  gboolean known = find_in (self->local, rule->id) != NULL;

  g_return_if_fail (rule->scope != TRIAS_SCOPE_USE);
  if (error != NULL)
    {
      refuse (error, done, user_data);
      return;
    }
  write_rule (self, known ? "rule-changed" : "rule-added", rule->id, rule, by, done, user_data);
}

void
trias_access_remove_local (TriasAccess *self,
                           const char *id,
                           gboolean force,
                           const TriasCommandFacts *by,
                           TriasKeeperDone done,
                           gpointer user_data)
{
  GError *error = NULL;

  if (find_in (self->local, id) == NULL)
    error
        = g_error_new (TRIAS_ERROR, TRIAS_REASON_NOT_FOUND, "This server has no local rule %s", id);
  else if (!force)
    error = objection (self, id, NULL, by);
  if (error != NULL)
    {
      refuse (error, done, user_data);
      return;
    }
  write_rule (self, "rule-removed", id, NULL, by, done, user_data);
}
