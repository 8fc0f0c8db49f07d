/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/store/trias-store-index.h"

#include <string.h>

typedef struct
{
  const char *kind; /* (borrowed) interned once it is in the table */
  const char *key;  /* (borrowed) behind the entry once it is in the table */
  gint64 row;
} Entry;

struct _TriasStoreIndex
{
  GHashTable *entries; /* (owned) set of Entry by kind and key */
  gint64 last;         /* highest row that was ever used */
};

static guint
entry_hash (gconstpointer data)
{
  return g_str_hash (((const Entry *) data)->key);
}

static gboolean
entry_equal (gconstpointer a, gconstpointer b)
{
  const Entry *one = a;
  const Entry *other = b;

  return strcmp (one->key, other->key) == 0
         && (one->kind == other->kind || strcmp (one->kind, other->kind) == 0);
}

TriasStoreIndex *
trias_store_index_new (void)
{
  TriasStoreIndex *self = g_new0 (TriasStoreIndex, 1);

  self->entries = g_hash_table_new_full (entry_hash, entry_equal, g_free, NULL);
  return self;
}

void
trias_store_index_free (TriasStoreIndex *self)
{
  if (self == NULL)
    return;
  g_hash_table_unref (self->entries);
  g_free (self);
}

static Entry *
lookup (TriasStoreIndex *self, const char *kind, const char *key)
{
  Entry probe = { kind, key, 0 };

  return g_hash_table_lookup (self->entries, &probe);
}

static void
add (TriasStoreIndex *self, const char *kind, const char *key, gint64 row)
{
  gsize length = strlen (key) + 1;
  Entry *entry = g_malloc (sizeof (Entry) + length);

  entry->kind = g_intern_string (kind);
  entry->key = memcpy (entry + 1, key, length);
  entry->row = row;
  g_hash_table_add (self->entries, entry);
  self->last = MAX (self->last, row);
}

gint64
trias_store_index_find (TriasStoreIndex *self, const char *kind, const char *key)
{
  const Entry *entry = lookup (self, kind, key);

  return entry != NULL ? entry->row : 0;
}

gint64
trias_store_index_ensure (TriasStoreIndex *self, const char *kind, const char *key)
{
  const Entry *entry = lookup (self, kind, key);

  if (entry != NULL)
    return entry->row;
  add (self, kind, key, self->last + 1);
  return self->last;
}

gboolean
trias_store_index_note (TriasStoreIndex *self, const char *kind, const char *key, gint64 row)
{
  if (lookup (self, kind, key) != NULL)
    return FALSE;
  add (self, kind, key, row);
  return TRUE;
}

void
trias_store_index_remove (TriasStoreIndex *self, const char *kind, const char *key)
{
  Entry probe = { kind, key, 0 };

  g_hash_table_remove (self->entries, &probe);
}

void
trias_store_index_clear (TriasStoreIndex *self)
{
  g_hash_table_remove_all (self->entries);
}
