/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger/trias-ledger-private.h"

#include <sodium.h>
#include <string.h>

/* Tombstones that may go with one command: more than a command can make, so that they never pile
 * up, and few, so that no client waits for another's past. */
#define PURGE_PER_COMMAND 4
#define PURGE_PER_TICK 256

static void
ledger_drop_records (TriasLedger *self)
{
  g_clear_pointer (&self->settings, trias_settings_free);
  g_clear_pointer (&self->rules, g_ptr_array_unref);
  g_clear_pointer (&self->relationship, trias_relationship_free);
  g_clear_pointer (&self->pinned, g_free);
  g_clear_pointer (&self->ended_relationship, g_free);
  g_clear_pointer (&self->ended_keep, g_free);
  g_clear_pointer (&self->lease_order, trias_order_free);
  g_clear_pointer (&self->leases, g_hash_table_unref);
  g_clear_pointer (&self->holders, g_hash_table_unref);
  g_clear_pointer (&self->tombstone_order, trias_order_free);
  g_clear_pointer (&self->tombstones, g_hash_table_unref);
  g_clear_pointer (&self->features, g_hash_table_unref);
  g_clear_pointer (&self->pools, g_hash_table_unref);
  g_clear_pointer (&self->licenses, g_tree_unref);
}

static void
ledger_init_empty (TriasLedger *self)
{
  self->time = 0;
  self->revision = 0;
  self->pristine = FALSE;
  self->settings = trias_settings_new_default ();
  self->has_settings = FALSE;
  self->rules = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_rule_free);
  self->ended_relationship = g_strdup ("");
  self->ended_incarnation = 0;
  self->ended_keep = g_strdup ("");
  self->pinned_until = 0;
  self->renewals = 0;
  self->next_expiry = G_MAXINT64;
  memset (&self->digest, 0, sizeof self->digest);
  trias_ledger_licenses_init (self);
  trias_ledger_pools_init (self);
  trias_ledger_leases_init (self);
  trias_ledger_tombstones_init (self);
}

TriasLedger *
trias_ledger_new (const char *server_id)
{
  TriasLedger *self = g_new0 (TriasLedger, 1);
  TriasRule *rule;

  /* Picks the fast hash for this processor; harmless to repeat. */
  if (sodium_init () < 0)
    g_error ("libsodium cannot be used on this computer");
  self->server_id = g_strdup (server_id);
  ledger_init_empty (self);
  rule = trias_rule_new (TRIAS_DEFAULT_RULE_ID, TRIAS_SCOPE_USE, TRIAS_EFFECT_ALLOW,
                         TRIAS_WHO_EVERYONE, NULL, TRIAS_WHERE_EVERYWHERE, NULL, "", NULL);
  trias_ledger_put_rule (self, rule);
  trias_ledger_put_settings (self, trias_settings_new_default ());
  self->pristine = TRUE;
  return self;
}

void
trias_ledger_free (TriasLedger *self)
{
  if (self == NULL)
    return;
  ledger_drop_records (self);
  g_free (self->server_id);
  g_free (self);
}

void
trias_ledger_clear (TriasLedger *self)
{
  ledger_drop_records (self);
  ledger_init_empty (self);
}

void
trias_outcome_free (TriasOutcome *self)
{
  if (self == NULL)
    return;
  g_free (self->detail);
  g_clear_pointer (&self->lease, trias_lease_free);
  g_free (self->license_id);
  g_clear_pointer (&self->changes, g_ptr_array_unref);
  g_clear_pointer (&self->events, g_ptr_array_unref);
  g_free (self);
}

gboolean
trias_outcome_check (const TriasOutcome *self, GError **error)
{
  if (self->reason == TRIAS_REASON_NONE)
    return TRUE;
  g_set_error_literal (error, TRIAS_ERROR, (int) self->reason,
                       self->detail != NULL ? self->detail : trias_reason_title (self->reason));
  return FALSE;
}

void
trias_apply_change (
    TriasApply *apply, TriasRecordKind record, const char *key, GBytes *value, gboolean replicated)
{
  TriasChange *change = g_new0 (TriasChange, 1);

  change->record = record;
  change->key = g_strdup (key);
  change->value = value;
  change->revision = replicated ? apply->ledger->revision + 1 : 0;
  apply->replicated |= replicated;
  g_ptr_array_add (apply->outcome->changes, change);
}

TriasEvent *
trias_apply_event (TriasApply *apply, const char *kind, const char *subject)
{
  TriasEvent *event = trias_event_new_by (apply->ledger->time, kind, subject,
                                          apply->ledger->server_id, apply->command->actor);

  g_ptr_array_add (apply->outcome->events, event);
  return event;
}

void
trias_event_param_uint (TriasEvent *event, const char *name, guint64 value)
{
  char text[24];

  g_snprintf (text, sizeof text, "%" G_GUINT64_FORMAT, value);
  trias_event_param (event, name, text);
}

void
trias_apply_refuse (TriasApply *apply, TriasReason reason, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_free (apply->outcome->detail);
  apply->outcome->detail = g_strdup_vprintf (format, args);
  apply->outcome->reason = reason;
  va_end (args);
}

typedef void (*ApplyFunc) (TriasApply *apply);

static const ApplyFunc apply_funcs[TRIAS_N_COMMANDS] = {
  [TRIAS_COMMAND_INSTALL_LICENSE] = trias_ledger_apply_install_license,
  [TRIAS_COMMAND_REMOVE_LICENSE] = trias_ledger_apply_remove_license,
  [TRIAS_COMMAND_SET_SETTINGS] = trias_ledger_apply_set_settings,
  [TRIAS_COMMAND_PUT_RULE] = trias_ledger_apply_put_rule,
  [TRIAS_COMMAND_REMOVE_RULE] = trias_ledger_apply_remove_rule,
  [TRIAS_COMMAND_ADOPT_SHARED] = trias_ledger_apply_adopt_shared,
  [TRIAS_COMMAND_GRANT] = trias_ledger_apply_grant,
  [TRIAS_COMMAND_RESUME] = trias_ledger_apply_grant,
  [TRIAS_COMMAND_RENEW] = trias_ledger_apply_renew,
  [TRIAS_COMMAND_RELEASE] = trias_ledger_apply_release,
  [TRIAS_COMMAND_EXPIRE] = trias_ledger_apply_expire,
  [TRIAS_COMMAND_SEAL] = trias_ledger_apply_seal,
  [TRIAS_COMMAND_SET_OPTIONS] = trias_ledger_apply_set_options,
  [TRIAS_COMMAND_DISSOLVE] = trias_ledger_apply_dissolve,
  [TRIAS_COMMAND_PIN] = trias_ledger_apply_pin,
};

GBytes *
trias_ledger_encode_meta (TriasLedger *self)
{
  TriasMetaRecord meta = {
    .time = self->time,
    .revision = self->revision,
    .ended_incarnation = self->ended_incarnation,
    .ended_relationship = self->ended_relationship,
    .ended_keep = self->ended_keep,
  };

  return trias_record_encode_meta (&meta);
}

static TriasOutcome *
outcome_new (void)
{
  TriasOutcome *outcome = g_new0 (TriasOutcome, 1);

  outcome->changes = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_change_free);
  outcome->events = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_event_free);
  return outcome;
}

TriasOutcome *
trias_ledger_apply (TriasLedger *self, const TriasCommand *command)
{
  TriasApply apply = { .ledger = self, .command = command, .outcome = outcome_new () };
  gboolean tick = command->kind == TRIAS_COMMAND_TICK;
  gint64 before = self->time;

  trias_ledger_set_time (self, command->time);
  trias_ledger_tell_defaults (&apply);
  if (before > 0)
    trias_ledger_note_expiries (&apply, before);
  if (self->pinned != NULL)
    trias_ledger_end_pin (&apply);
  trias_ledger_purge_tombstones (&apply, tick ? PURGE_PER_TICK : PURGE_PER_COMMAND);
  if (apply_funcs[command->kind] != NULL)
    apply_funcs[command->kind](&apply);

  if (apply.replicated)
    self->revision++;
  if (apply.outcome->changes->len > 0 || self->time != before)
    trias_apply_change (&apply, TRIAS_RECORD_META, TRIAS_KEY_META, trias_ledger_encode_meta (self),
                        FALSE);
  return apply.outcome;
}

const char *
trias_ledger_get_server_id (TriasLedger *self)
{
  return self->server_id;
}

gint64
trias_ledger_get_time (TriasLedger *self)
{
  return self->time;
}

guint64
trias_ledger_get_revision (TriasLedger *self)
{
  return self->revision;
}

void
trias_ledger_set_revision (TriasLedger *self, guint64 revision)
{
  self->revision = revision;
}

void
trias_ledger_set_time (TriasLedger *self, gint64 time)
{
  self->time = MAX (self->time, MIN (time, TRIAS_LEDGER_TIME_LIMIT - 1));
}

const TriasSettings *
trias_ledger_get_settings (TriasLedger *self)
{
  return self->settings;
}

GPtrArray *
trias_ledger_get_rules (TriasLedger *self)
{
  return self->rules;
}

const TriasRelationship *
trias_ledger_get_relationship (TriasLedger *self)
{
  return self->relationship;
}

const char *
trias_ledger_get_pin (TriasLedger *self, gint64 *until)
{
  if (until != NULL)
    *until = self->pinned_until < TRIAS_TIME_LIMIT - 1 ? self->pinned_until : G_MAXINT64;
  return self->pinned;
}

const char *
trias_ledger_get_ended_keep (TriasLedger *self)
{
  return self->ended_keep;
}

const char *
trias_ledger_get_ended (TriasLedger *self, guint64 *incarnation)
{
  if (incarnation != NULL)
    *incarnation = self->ended_incarnation;
  return self->ended_relationship;
}
