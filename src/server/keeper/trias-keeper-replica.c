/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/keeper/trias-keeper-private.h"

/* The partner's ledger, read only. Its records lie in a space of their own; whose it is and its
 * revision beside them, so that both change in one transaction. */
#define KIND_ABOUT "about"
#define KEY_PARTNER "partner"
#define KEY_REVISION "revision"

TriasLedger *
trias_keeper_get_replica (TriasKeeper *self)
{
  return self->replica;
}

static void
put_text (TriasKeeper *self, const char *key, const char *text)
{
  g_autoptr (GBytes) value = g_bytes_new (text, strlen (text));

  trias_mirror_put (self->mirror, TRIAS_SPACE_REPLICA, KIND_ABOUT, key, value, 0);
}

static void
put_revision (TriasKeeper *self, guint64 revision)
{
  g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, revision);

  put_text (self, KEY_REVISION, text);
}

static void
wait_for_disk (TriasKeeper *self, TriasKeeperDone done, gpointer user_data)
{
  TriasKeeperPut *put;

  if (done != NULL)
    {
      put = g_new0 (TriasKeeperPut, 1);
      put->replica = TRUE;
      put->done = done;
      put->user_data = user_data;
      g_ptr_array_add (self->puts, put);
    }
  trias_journal_touch (self->journal, done != NULL);
}

void
trias_keeper_reset_replica (TriasKeeper *self,
                            const char *partner,
                            TriasKeeperDone done,
                            gpointer user_data)
{
  g_clear_pointer (&self->replica, trias_ledger_free);
  trias_mirror_clear_space (self->mirror, TRIAS_SPACE_REPLICA);
  if (partner != NULL)
    {
      self->replica = trias_ledger_new (partner);
      trias_ledger_clear (self->replica);
      put_text (self, KEY_PARTNER, partner);
      put_revision (self, 0);
    }
  wait_for_disk (self, done, user_data);
}

/* A change that cannot be read ends it; the ones before it stay, which is harmless. */
static gboolean
load_changes (TriasKeeper *self, GPtrArray *changes, GError **error)
{
  for (guint i = 0; i < changes->len; i++)
    {
      const TriasChange *change = g_ptr_array_index (changes, i);

      if (!trias_ledger_load (self->replica, change, error))
        return FALSE;
      trias_mirror_put (self->mirror, TRIAS_SPACE_REPLICA,
                        trias_keeper_record_words[change->record], change->key, change->value,
                        change->revision);
    }
  return TRUE;
}

void
trias_keeper_load_replica (TriasKeeper *self,
                           GPtrArray *changes,
                           guint64 revision,
                           gboolean replace,
                           TriasKeeperDone done,
                           gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  if (self->replica == NULL)
    {
      error = g_error_new (TRIAS_ERROR, TRIAS_REASON_NOT_RELATED,
                           "There is no replica to bring up to date.");
      if (done != NULL)
        done (error, user_data);
      return;
    }
  if (replace)
    {
      trias_ledger_clear (self->replica);
      trias_mirror_clear_space (self->mirror, TRIAS_SPACE_REPLICA);
      put_text (self, KEY_PARTNER, trias_ledger_get_server_id (self->replica));
    }
  if (!load_changes (self, changes, &error))
    {
      /* The revision stays: the next comparison finds the difference and repairs it. */
      put_revision (self, trias_ledger_get_revision (self->replica));
      trias_journal_touch (self->journal, FALSE);
      if (done != NULL)
        done (error, user_data);
      return;
    }
  trias_ledger_set_revision (self->replica, revision);
  put_revision (self, revision);
  wait_for_disk (self, done, user_data);
}

void
trias_keeper_seed_replica (TriasKeeper *self, const char *partner)
{
  g_autoptr (GPtrArray) changes = trias_ledger_snapshot (self->ledger, TRUE);

  trias_keeper_reset_replica (self, partner, NULL, NULL);
  trias_keeper_load_replica (self, changes, trias_ledger_get_revision (self->ledger), FALSE, NULL,
                             NULL);
}

/* --- at start --- */

typedef struct
{
  GPtrArray *changes; /* (element-type TriasChange) */
  char *partner;
  guint64 revision;
} Loading;

static gboolean
load_cb (const char *kind,
         const char *key,
         GBytes *value,
         guint64 revision,
         gpointer user_data,
         GError **error)
{
  Loading *loading = user_data;

  if (strcmp (kind, KIND_ABOUT) == 0)
    {
      gsize length;
      const char *data = g_bytes_get_data (value, &length);
      g_autofree char *text = g_strndup (data, length);

      if (strcmp (key, KEY_REVISION) == 0)
        loading->revision = g_ascii_strtoull (text, NULL, 10);
      else if (strcmp (key, KEY_PARTNER) == 0)
        {
          g_free (loading->partner);
          loading->partner = g_steal_pointer (&text);
        }
      return TRUE;
    }
  for (guint i = 0; i < TRIAS_N_RECORDS; i++)
    if (strcmp (kind, trias_keeper_record_words[i]) == 0)
      g_ptr_array_add (loading->changes, trias_change_new (i, key, value, revision));
  return TRUE;
}

gboolean
trias_keeper_replica_load (TriasKeeper *self, GError **error)
{
  g_autoptr (GPtrArray) changes
      = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_change_free);
  Loading loading = { .changes = changes };
  g_autofree char *partner = NULL;
  gboolean ok = trias_store_foreach (self->store, TRIAS_SPACE_REPLICA, load_cb, &loading, error);

  partner = loading.partner;
  if (!ok || partner == NULL)
    return ok;
  self->replica = trias_ledger_new (partner);
  trias_ledger_clear (self->replica);
  g_ptr_array_sort (changes, trias_keeper_compare_changes);
  for (guint i = 0; i < changes->len; i++)
    if (!trias_ledger_load (self->replica, g_ptr_array_index (changes, i), error))
      return FALSE;
  trias_ledger_set_revision (self->replica, loading.revision);
  return TRUE;
}
