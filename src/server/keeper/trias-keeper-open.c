/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-keeper"

#include "config.h"

#include "server/keeper/trias-keeper-private.h"

/* --- what the store holds --- */

static gboolean
collect_cb (const char *kind,
            const char *key,
            GBytes *value,
            guint64 revision,
            gpointer user_data,
            GError **error)
{
  GPtrArray **changes = user_data;

  for (guint i = 0; i < TRIAS_N_RECORDS; i++)
    if (strcmp (kind, trias_keeper_record_words[i]) == 0)
      {
        g_ptr_array_add (changes[i], trias_change_new (i, key, value, revision));
        return TRUE;
      }
  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_VERSION,
               "The state holds a record of the unknown kind “%s”: it was written by a newer"
               " version of this program. Install that version again.",
               kind);
  return FALSE;
}

/* In the order of the kinds: ledger time and licences come before the leases on them. Leases and
 * tombstones are many and in no need of an order of their own. */
int
trias_keeper_compare_changes (gconstpointer a, gconstpointer b)
{
  const TriasChange *one = *(const TriasChange *const *) a;
  const TriasChange *other = *(const TriasChange *const *) b;

  if (one->record != other->record)
    return one->record < other->record ? -1 : 1;
  if (one->record == TRIAS_RECORD_LEASE || one->record == TRIAS_RECORD_TOMBSTONE)
    return 0;
  return strcmp (one->key, other->key);
}

static gboolean
load_changes (TriasKeeper *self, GPtrArray *changes, GError **error)
{
  g_ptr_array_sort (changes, trias_keeper_compare_changes);
  for (guint i = 0; i < changes->len; i++)
    if (!trias_ledger_load (self->ledger, g_ptr_array_index (changes, i), error))
      return FALSE;
  return TRUE;
}

static gboolean
load_ledger (TriasKeeper *self, GError **error)
{
  GPtrArray *changes[TRIAS_N_RECORDS];
  gboolean ok;

  for (guint i = 0; i < TRIAS_N_RECORDS; i++)
    changes[i] = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_change_free);
  ok = trias_store_foreach (self->store, TRIAS_SPACE_LEDGER, collect_cb, changes, error);
  self->tombstones = changes[TRIAS_RECORD_TOMBSTONE]->len;
  for (guint i = 0; i < TRIAS_N_RECORDS; i++)
    {
      ok = ok && load_changes (self, changes[i], error);
      g_ptr_array_unref (changes[i]);
    }
  if (!ok)
    g_prefix_error (error, "The kept state cannot be used. ");
  return ok;
}

static gboolean
replay_cb (guint64 term, guint64 index, GBytes *bytes, gpointer user_data, GError **error)
{
  TriasKeeper *self = user_data;
  g_autoptr (GPtrArray) commands = trias_journal_decode (bytes, error);

  if (commands == NULL)
    return FALSE;
  for (guint i = 0; i < commands->len && self->changing == TRIAS_KEEPER_STEADY; i++)
    {
      trias_outcome_free (trias_keeper_apply (self, g_ptr_array_index (commands, i)));
      if (self->relationship_changed)
        trias_keeper_follow (self);
    }
  self->applied = index;
  return TRUE;
}

static gboolean
load_base (TriasKeeper *self, GError **error)
{
  const TriasRelationship *relationship = trias_ledger_get_relationship (self->ledger);
  g_autoptr (GError) failure = NULL;

  self->base = trias_keeper_base_load (self, &failure);
  if (failure == NULL
      && (self->base == NULL
          || (relationship != NULL && relationship->kind == TRIAS_KIND_TRIAD
              && relationship->incarnation == self->base->incarnation
              && strcmp (relationship->id, self->base->relationship) == 0)))
    return TRUE;
  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_STORAGE,
               "The kept state of a triad cannot be used: %s Restore the state folder from a"
               " backup, or take this server out of the triad.",
               failure != NULL ? failure->message : "it does not belong to its ledger.");
  return FALSE;
}

gboolean
trias_keeper_load (TriasKeeper *self, GError **error)
{
  self->applied = self->mirrored = trias_store_get_applied (self->store);
  self->last_event = self->told_event = trias_store_get_last_event (self->store);
  self->last_denial = trias_store_get_last_denial (self->store);
  if (!trias_keeper_local_load (self, error) || !trias_keeper_replica_load (self, error)
      || !load_ledger (self, error))
    return FALSE;
  if (!load_base (self, error))
    return FALSE;
  if (self->base == NULL)
    return trias_store_foreach_entry (self->store, self->applied, replay_cb, self, error);
  /* The store's index is that up to which events are kept; the ledger is the base. */
  self->recorded = self->applied;
  self->applied = 0;
  return TRUE;
}

/* --- licences are verified again at each start --- */

static void
removed_cb (const TriasOutcome *outcome, gpointer user_data)
{
  GError **failure = user_data;

  if (*failure == NULL)
    trias_outcome_check (outcome, failure);
}

static void
tell_unverified (TriasKeeper *self, const char *kind, const char *id, const char *why)
{
  TriasEvent *event = trias_event_new (trias_keeper_now (self), kind, id);

  trias_event_param (event, "detail", why);
  trias_keeper_record (self, event);
}

/* A licence whose signature or issuer is no longer good stays stored, but beside the ledger. In a
 * triad it was verified by the member that installed it; that the issuer's key is missing on
 * another one must not end what all three serve, just because that one becomes active. */
static void
put_aside (TriasKeeper *self, TriasLicense *license, const char *why, GError **failure)
{
  const char *id = trias_license_get_id (license);
  const char *text = trias_license_get_text (license);
  g_autoptr (GBytes) value = g_bytes_new (text, strlen (text));

  if (self->base != NULL)
    {
      g_message ("The licence %s of the triad cannot be verified on this server: %s", id, why);
      tell_unverified (self, "license-unverified", id, why);
      return;
    }
  g_warning ("The licence %s does not verify any more and is not served: %s", id, why);
  tell_unverified (self, "license-invalid", id, why);
  trias_keeper_put_local (self, TRIAS_KEEPER_INVALID_LICENSE, id, value, NULL, NULL);
  trias_keeper_submit (self,
                       trias_command_remove_license (trias_keeper_now (self), id, "verification"),
                       removed_cb, failure);
}

/* What verifies again, because its issuer's key is back, is served again. */
static void
take_back_cb (const char *key, GBytes *value, gpointer user_data)
{
  TriasKeeper *self = user_data;
  gsize length;
  const char *text = g_bytes_get_data (value, &length);
  g_autoptr (TriasLicense) license = trias_license_parse (text, length, self->issuers, NULL);

  if (license == NULL)
    return;
  g_message ("The licence %s verifies again and is served.", key);
  trias_keeper_put_local (self, TRIAS_KEEPER_INVALID_LICENSE, key, NULL, NULL, NULL);
  trias_keeper_submit (
      self, trias_command_install_license (trias_keeper_now (self), license, "verification"), NULL,
      NULL);
}

gboolean
trias_keeper_verify_licenses (TriasKeeper *self, GError **error)
{
  g_autoptr (GPtrArray) licenses = trias_ledger_get_licenses (self->ledger);
  g_autoptr (GError) failure = NULL;

  if (trias_keeper_is_active (self))
    trias_keeper_foreach_local (self, TRIAS_KEEPER_INVALID_LICENSE, take_back_cb, self);
  for (guint i = 0; i < licenses->len; i++)
    {
      TriasLicense *license = ((TriasLedgerLicense *) g_ptr_array_index (licenses, i))->license;
      const char *text = trias_license_get_text (license);
      g_autoptr (GError) why = NULL;
      g_autoptr (TriasLicense) verified
          = trias_license_parse (text, strlen (text), self->issuers, &why);

      if (verified == NULL)
        put_aside (self, license, why->message, &failure);
    }
  /* Nobody is served before this is kept. */
  if (self->base == NULL)
    trias_journal_flush (self->journal);
  if (failure == NULL)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&failure));
  return FALSE;
}
