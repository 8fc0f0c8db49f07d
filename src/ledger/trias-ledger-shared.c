/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger/trias-ledger-private.h"

#include <string.h>

/* Settings and `use` rules: what the members of a relationship share. */

void
trias_ledger_drop_settings (TriasLedger *self)
{
  if (self->has_settings)
    {
      g_autoptr (GBytes) old = trias_record_encode_settings (self->settings);

      trias_ledger_digest_remove_bytes (self, TRIAS_RECORD_SETTINGS, TRIAS_KEY_SETTINGS, old);
    }
  g_clear_pointer (&self->settings, trias_settings_free);
  self->settings = trias_settings_new_default ();
  self->has_settings = FALSE;
}

void
trias_ledger_put_settings (TriasLedger *self, TriasSettings *settings)
{
  g_autoptr (GBytes) value = trias_record_encode_settings (settings);

  trias_ledger_drop_settings (self);
  trias_settings_free (self->settings);
  self->settings = settings;
  self->has_settings = TRUE;
  trias_ledger_digest_add_bytes (self, TRIAS_RECORD_SETTINGS, TRIAS_KEY_SETTINGS, value);
}

/* Where the rule @id stands, or would: rules are ordered by id. */
static gboolean
find_rule (GPtrArray *rules, const char *id, guint *index)
{
  guint low = 0;
  guint high = rules->len;

  while (low < high)
    {
      guint middle = (low + high) / 2;
      int order = strcmp (((const TriasRule *) g_ptr_array_index (rules, middle))->id, id);

      if (order == 0)
        {
          *index = middle;
          return TRUE;
        }
      if (order < 0)
        low = middle + 1;
      else
        high = middle;
    }
  *index = low;
  return FALSE;
}

static const TriasRule *
lookup_rule (GPtrArray *rules, const char *id)
{
  guint index;

  return find_rule (rules, id, &index) ? g_ptr_array_index (rules, index) : NULL;
}

void
trias_ledger_put_rule (TriasLedger *self, TriasRule *rule)
{
  g_autoptr (GBytes) value = trias_record_encode_rule (rule);
  guint index;

  trias_ledger_drop_rule (self, rule->id);
  find_rule (self->rules, rule->id, &index);
  g_ptr_array_insert (self->rules, (int) index, rule);
  trias_ledger_digest_add_bytes (self, TRIAS_RECORD_RULE, rule->id, value);
}

gboolean
trias_ledger_drop_rule (TriasLedger *self, const char *id)
{
  g_autoptr (GBytes) old = NULL;
  guint index;

  if (!find_rule (self->rules, id, &index))
    return FALSE;
  old = trias_record_encode_rule (g_ptr_array_index (self->rules, index));
  trias_ledger_digest_remove_bytes (self, TRIAS_RECORD_RULE, id, old);
  g_ptr_array_remove_index (self->rules, index);
  return TRUE;
}

void
trias_ledger_tell_defaults (TriasApply *apply)
{
  TriasLedger *self = apply->ledger;

  if (!self->pristine)
    return;
  self->pristine = FALSE;
  trias_apply_change (apply, TRIAS_RECORD_SETTINGS, TRIAS_KEY_SETTINGS,
                      trias_record_encode_settings (self->settings), TRUE);
  for (guint i = 0; i < self->rules->len; i++)
    {
      const TriasRule *rule = g_ptr_array_index (self->rules, i);

      trias_apply_change (apply, TRIAS_RECORD_RULE, rule->id, trias_record_encode_rule (rule),
                          TRUE);
    }
}

/* The values that are new, for the reader's sentence. */
static void
settings_event (TriasApply *apply, const TriasSettings *old, const TriasSettings *settings)
{
  TriasEvent *event = trias_apply_event (apply, "settings-changed", "");

  if (old->default_ttl_s != settings->default_ttl_s)
    trias_event_param_uint (event, "default_ttl_s", settings->default_ttl_s);
  if (old->history_days != settings->history_days)
    trias_event_param_uint (event, "history_days", settings->history_days);
  if (strcmp (old->contact, settings->contact) != 0)
    trias_event_param (event, "contact", settings->contact);
}

static void
change_settings (TriasApply *apply, const TriasSettings *settings)
{
  TriasLedger *self = apply->ledger;

  if (self->has_settings && trias_settings_equal (self->settings, settings))
    return;
  settings_event (apply, self->settings, settings);
  trias_ledger_put_settings (self, trias_settings_copy (settings));
  trias_apply_change (apply, TRIAS_RECORD_SETTINGS, TRIAS_KEY_SETTINGS,
                      trias_record_encode_settings (settings), TRUE);
}

static void
rule_event (TriasApply *apply, const char *kind, const TriasRule *rule, const TriasRule *previous)
{
  TriasEvent *event = trias_apply_event (apply, kind, rule->id);
  g_autofree char *text = trias_rule_to_text (rule);

  trias_event_param (event, "rule", text);
  trias_event_param (event, "scope", trias_scope_to_word (rule->scope));
  if (previous != NULL)
    {
      g_autofree char *before = trias_rule_to_text (previous);

      trias_event_param (event, "previous", before);
    }
}

static void
change_rule (TriasApply *apply, const TriasRule *rule)
{
  TriasLedger *self = apply->ledger;
  const TriasRule *old = lookup_rule (self->rules, rule->id);

  if (old != NULL && trias_rule_equal (old, rule))
    return;
  rule_event (apply, old != NULL ? "rule-changed" : "rule-added", rule, old);
  trias_ledger_put_rule (self, trias_rule_copy (rule));
  trias_apply_change (apply, TRIAS_RECORD_RULE, rule->id, trias_record_encode_rule (rule), TRUE);
}

static void
remove_rule (TriasApply *apply, const TriasRule *rule)
{
  g_autofree char *id = g_strdup (rule->id);

  rule_event (apply, "rule-removed", rule, NULL);
  trias_ledger_drop_rule (apply->ledger, id);
  trias_apply_change (apply, TRIAS_RECORD_RULE, id, NULL, TRUE);
}

/* Marks the command as a retry if it had nothing left to change. */
static void
finish_shared (TriasApply *apply, guint events_before)
{
  apply->outcome->repeated = apply->outcome->events->len == events_before;
}

static gboolean
check_scope (TriasApply *apply, const TriasRule *rule)
{
  if (rule->scope == TRIAS_SCOPE_USE)
    return TRUE;
  trias_apply_refuse (apply, TRIAS_REASON_BAD_REQUEST,
                      "The rule “%s” is not about use; it belongs to one server alone.", rule->id);
  return FALSE;
}

static gboolean
check_number (TriasApply *apply, guint n)
{
  if (n <= TRIAS_LEDGER_MAX_RULES)
    return TRUE;
  trias_apply_refuse (apply, TRIAS_REASON_TOO_MANY,
                      "There may be %d rules for use; remove some, or combine them by group or "
                      "network.",
                      TRIAS_LEDGER_MAX_RULES);
  return FALSE;
}

void
trias_ledger_apply_set_settings (TriasApply *apply)
{
  guint events_before = apply->outcome->events->len;

  change_settings (apply, apply->command->settings);
  finish_shared (apply, events_before);
}

void
trias_ledger_apply_put_rule (TriasApply *apply)
{
  const TriasRule *rule = apply->command->rule;
  GPtrArray *rules = apply->ledger->rules;
  guint events_before = apply->outcome->events->len;
  gboolean more = lookup_rule (rules, rule->id) == NULL;

  if (!check_scope (apply, rule) || !check_number (apply, rules->len + (more ? 1 : 0)))
    return;
  change_rule (apply, rule);
  finish_shared (apply, events_before);
}

void
trias_ledger_apply_remove_rule (TriasApply *apply)
{
  const TriasRule *rule = lookup_rule (apply->ledger->rules, apply->command->id);

  apply->outcome->repeated = rule == NULL;
  if (rule != NULL)
    remove_rule (apply, rule);
}

void
trias_ledger_apply_adopt_shared (TriasApply *apply)
{
  GPtrArray *rules = apply->command->rules;
  guint events_before = apply->outcome->events->len;
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);

  if (!check_number (apply, rules->len))
    return;
  for (guint i = 0; i < rules->len; i++)
    {
      const TriasRule *rule = g_ptr_array_index (rules, i);

      if (!check_scope (apply, rule))
        return;
      if (!g_hash_table_add (wanted, rule->id))
        {
          trias_apply_refuse (apply, TRIAS_REASON_BAD_REQUEST, "Two rules have the id “%s”.",
                              rule->id);
          return;
        }
    }

  change_settings (apply, apply->command->settings);
  for (guint i = apply->ledger->rules->len; i > 0; i--)
    {
      const TriasRule *rule = g_ptr_array_index (apply->ledger->rules, i - 1);

      if (!g_hash_table_contains (wanted, rule->id))
        remove_rule (apply, rule);
    }
  for (guint i = 0; i < rules->len; i++)
    change_rule (apply, g_ptr_array_index (rules, i));
  finish_shared (apply, events_before);
}
