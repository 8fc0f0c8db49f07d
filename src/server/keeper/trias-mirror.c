/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/keeper/trias-mirror.h"

#include <string.h>

typedef struct
{
  const char *kind; /* (borrowed) static or interned: compared by address */
  const char *key;  /* behind the record, in the same block */
  GBytes *value;    /* (owned) (nullable) */
  guint64 revision;
} Record;

typedef struct
{
  gboolean clear;
  GHashTable *records; /* (owned) set of Record by kind and key */
} Side;

struct _TriasMirror
{
  Side waiting[TRIAS_N_SPACES];
  Side flying[TRIAS_N_SPACES];
};

static guint
record_hash (gconstpointer data)
{
  const Record *record = data;

  return g_str_hash (record->key) ^ g_direct_hash (record->kind);
}

static gboolean
record_equal (gconstpointer a, gconstpointer b)
{
  const Record *one = a;
  const Record *other = b;

  return one->kind == other->kind && strcmp (one->key, other->key) == 0;
}

static void
record_free (gpointer data)
{
  Record *record = data;

  g_clear_pointer (&record->value, g_bytes_unref);
  g_free (record);
}

static GHashTable *
records_new (void)
{
  return g_hash_table_new_full (record_hash, record_equal, record_free, NULL);
}

TriasMirror *
trias_mirror_new (void)
{
  TriasMirror *self = g_new0 (TriasMirror, 1);

  for (guint i = 0; i < TRIAS_N_SPACES; i++)
    {
      self->waiting[i].records = records_new ();
      self->flying[i].records = records_new ();
    }
  return self;
}

void
trias_mirror_free (TriasMirror *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < TRIAS_N_SPACES; i++)
    {
      g_hash_table_unref (self->waiting[i].records);
      g_hash_table_unref (self->flying[i].records);
    }
  g_free (self);
}

void
trias_mirror_put (TriasMirror *self,
                  TriasSpace space,
                  const char *kind,
                  const char *key,
                  GBytes *value,
                  guint64 revision)
{
  gsize length = strlen (key) + 1;
  Record *record = g_malloc (sizeof *record + length);

  record->kind = kind;
  record->key = memcpy (record + 1, key, length);
  record->value = value != NULL ? g_bytes_ref (value) : NULL;
  record->revision = revision;
  g_hash_table_replace (self->waiting[space].records, record, record);
}

void
trias_mirror_clear_space (TriasMirror *self, TriasSpace space)
{
  self->waiting[space].clear = TRUE;
  g_hash_table_remove_all (self->waiting[space].records);
}

static void
fill_side (Side *side, TriasSpace space, TriasStoreBatch *batch)
{
  GHashTableIter iter;
  gpointer data;

  if (side->clear)
    trias_store_batch_clear (batch, space);
  g_hash_table_iter_init (&iter, side->records);
  while (g_hash_table_iter_next (&iter, &data, NULL))
    {
      const Record *record = data;

      trias_store_batch_put (batch, space, record->kind, record->key, record->value,
                             record->revision);
    }
}

void
trias_mirror_fill (TriasMirror *self, TriasStoreBatch *batch)
{
  for (guint i = 0; i < TRIAS_N_SPACES; i++)
    {
      Side empty = self->flying[i];

      self->flying[i] = self->waiting[i];
      self->waiting[i] = empty;
      fill_side (&self->flying[i], i, batch);
    }
}

/* What was not written waits again, unless something newer waits already. */
static void
take_back (Side *flying, Side *waiting)
{
  GHashTableIter iter;
  gpointer data;

  g_hash_table_iter_init (&iter, flying->records);
  while (!waiting->clear && g_hash_table_iter_next (&iter, &data, NULL))
    if (!g_hash_table_contains (waiting->records, data))
      {
        g_hash_table_iter_steal (&iter);
        g_hash_table_add (waiting->records, data);
      }
  waiting->clear = waiting->clear || flying->clear;
}

void
trias_mirror_settle (TriasMirror *self, gboolean written)
{
  for (guint i = 0; i < TRIAS_N_SPACES; i++)
    {
      if (!written)
        take_back (&self->flying[i], &self->waiting[i]);
      self->flying[i].clear = FALSE;
      g_hash_table_remove_all (self->flying[i].records);
    }
}
