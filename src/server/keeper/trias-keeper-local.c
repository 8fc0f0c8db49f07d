/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/keeper/trias-keeper-private.h"

/* Local records: in memory at once, in the store with the next batch. */

static void
put_free (gpointer data)
{
  TriasKeeperPut *put = data;

  g_free (put->kind);
  g_free (put->key);
  g_clear_pointer (&put->value, g_bytes_unref);
  g_clear_pointer (&put->before, g_bytes_unref);
  g_free (put);
}

void
trias_keeper_local_init (TriasKeeper *self)
{
  self->local = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                       (GDestroyNotify) g_hash_table_unref);
  self->puts = g_ptr_array_new_with_free_func (put_free);
  self->flying_puts = g_ptr_array_new_with_free_func (put_free);
}

void
trias_keeper_local_free (TriasKeeper *self)
{
  g_hash_table_unref (self->local);
  g_ptr_array_unref (self->puts);
  g_ptr_array_unref (self->flying_puts);
}

void
trias_keeper_local_set (TriasKeeper *self, const char *kind, const char *key, GBytes *value)
{
  GHashTable *records = g_hash_table_lookup (self->local, kind);

  if (records == NULL)
    {
      records
          = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_bytes_unref);
      g_hash_table_insert (self->local, g_strdup (kind), records);
    }
  if (value != NULL)
    g_hash_table_replace (records, g_strdup (key), g_bytes_ref (value));
  else
    g_hash_table_remove (records, key);
}

static gboolean
load_cb (const char *kind,
         const char *key,
         GBytes *value,
         guint64 revision,
         gpointer user_data,
         GError **error)
{
  trias_keeper_local_set (user_data, kind, key, value);
  return TRUE;
}

gboolean
trias_keeper_local_load (TriasKeeper *self, GError **error)
{
  return trias_store_foreach (self->store, TRIAS_SPACE_LOCAL, load_cb, self, error);
}

/* The array is handed over as it is: what is put from now on belongs to the next batch. */
void
trias_keeper_local_fill (TriasKeeper *self)
{
  GPtrArray *empty = self->flying_puts;

  self->flying_puts = self->puts;
  self->puts = empty;
}

static void
go_back (TriasKeeper *self, TriasKeeperPut *put)
{
  if (trias_keeper_get_local (self, put->kind, put->key) != put->value)
    return;
  trias_keeper_local_set (self, put->kind, put->key, put->before);
  trias_mirror_put (self->mirror, TRIAS_SPACE_LOCAL, g_intern_string (put->kind), put->key,
                    put->before, 0);
  trias_keeper_tell_local (self, put->kind, put->key);
}

static GPtrArray *
take (GPtrArray **puts)
{
  GPtrArray *taken = *puts;

  *puts = g_ptr_array_new_with_free_func (put_free);
  return taken;
}

/* The latest goes back first, so that the oldest value is what remains. */
static void
refuse (TriasKeeper *self, GPtrArray *puts, const GError *error)
{
  for (guint i = puts->len; i > 0; i--)
    {
      TriasKeeperPut *put = g_ptr_array_index (puts, i - 1);

      if (put->done != NULL && !put->replica)
        go_back (self, put);
    }
  for (guint i = 0; i < puts->len; i++)
    {
      TriasKeeperPut *put = g_ptr_array_index (puts, i);

      if (put->done != NULL)
        put->done (error, put->user_data);
    }
}

void
trias_keeper_local_settle (TriasKeeper *self, const GError *error)
{
  g_autoptr (GPtrArray) flying = take (&self->flying_puts);

  if (error != NULL)
    {
      g_autoptr (GPtrArray) waiting = take (&self->puts);

      refuse (self, waiting, error);
      refuse (self, flying, error);
      return;
    }
  for (guint i = 0; i < flying->len; i++)
    {
      TriasKeeperPut *put = g_ptr_array_index (flying, i);

      if (put->done != NULL)
        put->done (NULL, put->user_data);
    }
}

GBytes *
trias_keeper_get_local (TriasKeeper *self, const char *kind, const char *key)
{
  GHashTable *records = g_hash_table_lookup (self->local, kind);

  return records != NULL ? g_hash_table_lookup (records, key) : NULL;
}

void
trias_keeper_put_local (TriasKeeper *self,
                        const char *kind,
                        const char *key,
                        GBytes *value,
                        TriasKeeperDone done,
                        gpointer user_data)
{
  TriasKeeperPut *put = g_new0 (TriasKeeperPut, 1);
  GBytes *before = trias_keeper_get_local (self, kind, key);

  put->kind = g_strdup (kind);
  put->key = g_strdup (key);
  put->value = value != NULL ? g_bytes_ref (value) : NULL;
  put->before = before != NULL ? g_bytes_ref (before) : NULL;
  put->done = done;
  put->user_data = user_data;
  g_ptr_array_add (self->puts, put);
  trias_keeper_local_set (self, kind, key, value);
  trias_mirror_put (self->mirror, TRIAS_SPACE_LOCAL, g_intern_string (kind), key, value, 0);
  if (self->journal != NULL)
    trias_journal_touch (self->journal, TRUE);
  trias_keeper_tell_local (self, kind, key);
}

void
trias_keeper_foreach_local (TriasKeeper *self,
                            const char *kind,
                            TriasKeeperLocalFunc func,
                            gpointer user_data)
{
  GHashTable *records = g_hash_table_lookup (self->local, kind);
  GList *keys;

  if (records == NULL)
    return;
  /* Held: the function may write records of the kind. */
  g_hash_table_ref (records);
  keys = g_list_sort (g_hash_table_get_keys (records), (GCompareFunc) strcmp);
  for (GList *l = keys; l != NULL; l = l->next)
    l->data = g_strdup (l->data);
  for (GList *l = keys; l != NULL; l = l->next)
    {
      GBytes *value = g_hash_table_lookup (records, l->data);

      if (value != NULL)
        func (l->data, value, user_data);
    }
  g_list_free_full (keys, g_free);
  g_hash_table_unref (records);
}
