/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger/trias-ledger-private.h"

#include "core/trias-problem.h"

#include <string.h>

/* Records in and out as changes: the store at start, a partner's replica, snapshots. */

static gboolean
check_key (const TriasChange *change, const char *key, GError **error)
{
  if (strcmp (change->key, key) == 0)
    return TRUE;
  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
               "A record stands under another key than its own; it was not used.");
  return FALSE;
}

static gboolean
load_meta (TriasLedger *self, const TriasChange *change, GError **error)
{
  TriasMetaRecord meta = { 0 };
  GHashTableIter iter;
  gpointer pool;

  if (!check_key (change, TRIAS_KEY_META, error))
    return FALSE;
  if (change->value == NULL)
    return TRUE;
  if (!trias_record_decode_meta (change->value, &meta, error))
    {
      g_free (meta.ended_relationship);
      g_free (meta.ended_keep);
      return FALSE;
    }
  self->time = MIN (meta.time, TRIAS_LEDGER_TIME_LIMIT - 1);
  self->revision = meta.revision;
  self->ended_incarnation = meta.ended_incarnation;
  g_free (self->ended_relationship);
  self->ended_relationship = meta.ended_relationship;
  g_free (self->ended_keep);
  self->ended_keep = meta.ended_keep;
  /* What was reckoned at another ledger time holds no more. */
  self->next_expiry = 0;
  g_hash_table_iter_init (&iter, self->pools);
  while (g_hash_table_iter_next (&iter, &pool, NULL))
    ((TriasLedgerPool *) pool)->from = G_MAXINT64;
  return TRUE;
}

static gboolean
load_settings (TriasLedger *self, const TriasChange *change, GError **error)
{
  TriasSettings *settings;

  if (!check_key (change, TRIAS_KEY_SETTINGS, error))
    return FALSE;
  if (change->value == NULL)
    {
      trias_ledger_drop_settings (self);
      return TRUE;
    }
  settings = trias_record_decode_settings (change->value, error);
  if (settings == NULL)
    return FALSE;
  trias_ledger_put_settings (self, settings);
  return TRUE;
}

static gboolean
load_rule (TriasLedger *self, const TriasChange *change, GError **error)
{
  g_autoptr (TriasRule) rule = NULL;

  if (change->value == NULL)
    {
      trias_ledger_drop_rule (self, change->key);
      return TRUE;
    }
  rule = trias_record_decode_rule (change->value, error);
  if (rule == NULL || !check_key (change, rule->id, error))
    return FALSE;
  trias_ledger_put_rule (self, g_steal_pointer (&rule));
  return TRUE;
}

static gboolean
load_license (TriasLedger *self, const TriasChange *change, GError **error)
{
  g_autoptr (TriasLicenseRecord) record = NULL;
  g_autoptr (GBytes) value = NULL;

  if (change->value == NULL)
    {
      trias_ledger_drop_license (self, change->key);
      return TRUE;
    }
  record = trias_record_decode_license (change->value, error);
  if (record == NULL || !check_key (change, trias_license_get_id (record->license), error))
    return FALSE;
  /* A replica gets no word of ledger time: it is at least that of what it holds. */
  trias_ledger_set_time (self, record->installed_at);
  /* The text may have come with other line ends: what counts is what we keep. */
  value = trias_record_encode_license (record);
  trias_ledger_put_license (self, g_steal_pointer (&record), value);
  return TRUE;
}

static gboolean
load_lease (TriasLedger *self, const TriasChange *change, GError **error)
{
  g_autoptr (TriasLease) lease = NULL;
  gsize stable = 0;

  if (change->value == NULL)
    {
      trias_ledger_drop_lease (self, change->key);
      return TRUE;
    }
  lease = trias_record_decode_lease (change->value, &stable, error);
  if (lease == NULL || !check_key (change, lease->id, error))
    return FALSE;
  trias_ledger_set_time (self, MAX (lease->granted_at, lease->renewed_at));
  trias_ledger_put_lease (self, g_steal_pointer (&lease), change->value, stable);
  return TRUE;
}

static gboolean
load_tombstone (TriasLedger *self, const TriasChange *change, GError **error)
{
  gint64 until;

  if (change->value == NULL)
    {
      trias_ledger_drop_tombstone (self, change->key);
      return TRUE;
    }
  if (!trias_record_decode_tombstone (change->value, &until, error))
    return FALSE;
  trias_ledger_put_tombstone (self, change->key, until, change->value);
  return TRUE;
}

static gboolean
load_relationship (TriasLedger *self, const TriasChange *change, GError **error)
{
  g_autoptr (TriasRelationshipRecord) record = NULL;

  if (!check_key (change, TRIAS_KEY_RELATIONSHIP, error))
    return FALSE;
  if (change->value == NULL)
    {
      trias_ledger_put_relationship (self, NULL, NULL, 0);
      return TRUE;
    }
  record = trias_record_decode_relationship (change->value, error);
  if (record == NULL)
    return FALSE;
  trias_ledger_put_relationship (self, g_steal_pointer (&record->relationship),
                                 g_steal_pointer (&record->pinned), record->pinned_until);
  return TRUE;
}

typedef gboolean (*LoadFunc) (TriasLedger *self, const TriasChange *change, GError **error);

static const LoadFunc load_funcs[TRIAS_N_RECORDS] = {
  [TRIAS_RECORD_META] = load_meta,
  [TRIAS_RECORD_SETTINGS] = load_settings,
  [TRIAS_RECORD_RULE] = load_rule,
  [TRIAS_RECORD_LICENSE] = load_license,
  [TRIAS_RECORD_LEASE] = load_lease,
  [TRIAS_RECORD_TOMBSTONE] = load_tombstone,
  [TRIAS_RECORD_RELATIONSHIP] = load_relationship,
};

gboolean
trias_ledger_load (TriasLedger *self, const TriasChange *change, GError **error)
{
  if (change->record >= TRIAS_N_RECORDS)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_VERSION,
                   "A record is of a kind that this version does not know; it was not used.");
      return FALSE;
    }
  /* Whoever loads brings all records: the first command of a new ledger tells its defaults too. */
  if (self->pristine)
    trias_ledger_clear (self);
  return load_funcs[change->record](self, change, error);
}

static void
snapshot_add (
    GPtrArray *changes, TriasRecordKind record, const char *key, GBytes *value, guint64 revision)
{
  TriasChange *change = g_new0 (TriasChange, 1);

  change->record = record;
  change->key = g_strdup (key);
  change->value = value;
  change->revision = revision;
  g_ptr_array_add (changes, change);
}

static void
snapshot_shared (TriasLedger *self, GPtrArray *changes)
{
  if (self->has_settings)
    snapshot_add (changes, TRIAS_RECORD_SETTINGS, TRIAS_KEY_SETTINGS,
                  trias_record_encode_settings (self->settings), self->revision);
  for (guint i = 0; i < self->rules->len; i++)
    {
      const TriasRule *rule = g_ptr_array_index (self->rules, i);

      snapshot_add (changes, TRIAS_RECORD_RULE, rule->id, trias_record_encode_rule (rule),
                    self->revision);
    }
}

static void
snapshot_licenses (TriasLedger *self, GPtrArray *changes)
{
  for (GTreeNode *node = g_tree_node_first (self->licenses); node != NULL;
       node = g_tree_node_next (node))
    {
      const TriasLicenseEntry *entry = g_tree_node_value (node);

      snapshot_add (changes, TRIAS_RECORD_LICENSE, g_tree_node_key (node),
                    trias_record_encode_license (entry->record), self->revision);
    }
}

static void
snapshot_leases (TriasLedger *self, GPtrArray *changes, gboolean renewals)
{
  const TriasLeaseEntry *entry;
  const TriasTombstone *tombstone;
  TriasOrderIter iter;

  trias_order_iter_init (&iter, self->lease_order);
  while ((entry = trias_order_iter_next (&iter)) != NULL)
    {
      snapshot_add (changes, TRIAS_RECORD_LEASE, entry->lease->id,
                    trias_record_encode_lease (entry->lease, renewals, NULL), self->revision);
    }
  trias_order_iter_init (&iter, self->tombstone_order);
  while ((tombstone = trias_order_iter_next (&iter)) != NULL)
    {
      snapshot_add (changes, TRIAS_RECORD_TOMBSTONE, tombstone->id,
                    trias_record_encode_tombstone (tombstone->until), self->revision);
    }
}

GPtrArray *
trias_ledger_snapshot (TriasLedger *self, gboolean replicated_only)
{
  GPtrArray *changes = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_change_free);

  if (!replicated_only)
    snapshot_add (changes, TRIAS_RECORD_META, TRIAS_KEY_META, trias_ledger_encode_meta (self), 0);
  snapshot_shared (self, changes);
  snapshot_licenses (self, changes);
  snapshot_leases (self, changes, !replicated_only);
  if (!replicated_only && self->relationship != NULL)
    snapshot_add (changes, TRIAS_RECORD_RELATIONSHIP, TRIAS_KEY_RELATIONSHIP,
                  trias_ledger_encode_relationship (self), 0);
  return changes;
}
