/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger/trias-ledger-private.h"

#include <string.h>

/* Ids of leases that ended, kept for two ttl: a late retry must not bring one back. */

static void
tombstone_free (gpointer data)
{
  TriasTombstone *tombstone = data;

  g_free (tombstone->id);
  g_free (tombstone);
}

/* By end, then id: an order that the records alone decide, the same on every member. */
static int
compare_tombstones (gconstpointer a, gconstpointer b)
{
  const TriasTombstone *one = a;
  const TriasTombstone *other = b;

  return strcmp (one->id, other->id);
}

/* The end, counted so that what is negative ranks before what is not. */
static guint64
rank_of (const TriasTombstone *tombstone)
{
  return (guint64) tombstone->until ^ G_GUINT64_CONSTANT (1) << 63;
}

void
trias_ledger_tombstones_init (TriasLedger *self)
{
  self->tombstones = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, tombstone_free);
  self->tombstone_order = trias_order_new (compare_tombstones);
}

void
trias_ledger_put_tombstone (TriasLedger *self, const char *id, gint64 until, GBytes *value)
{
  TriasTombstone *tombstone = g_new0 (TriasTombstone, 1);

  trias_ledger_drop_tombstone (self, id);
  tombstone->id = g_strdup (id);
  tombstone->until = until;
  tombstone->digest = trias_ledger_digest_add_bytes (self, TRIAS_RECORD_TOMBSTONE, id, value);
  g_hash_table_insert (self->tombstones, tombstone->id, tombstone);
  trias_order_insert (self->tombstone_order, rank_of (tombstone), tombstone);
}

gboolean
trias_ledger_drop_tombstone (TriasLedger *self, const char *id)
{
  TriasTombstone *tombstone = g_hash_table_lookup (self->tombstones, id);

  if (tombstone == NULL)
    return FALSE;
  trias_ledger_digest_remove (self, &tombstone->digest);
  trias_order_remove (self->tombstone_order, rank_of (tombstone), tombstone);
  g_hash_table_remove (self->tombstones, id);
  return TRUE;
}

gboolean
trias_ledger_has_tombstone (TriasLedger *self, const char *id)
{
  const TriasTombstone *tombstone = g_hash_table_lookup (self->tombstones, id);

  return tombstone != NULL && tombstone->until > self->time;
}

guint
trias_ledger_n_tombstones (TriasLedger *self)
{
  return g_hash_table_size (self->tombstones);
}

void
trias_ledger_purge_tombstones (TriasApply *apply, guint limit)
{
  TriasLedger *self = apply->ledger;

  for (; limit > 0; limit--)
    {
      const TriasTombstone *tombstone = trias_order_first (self->tombstone_order);

      if (tombstone == NULL || tombstone->until > self->time)
        return;
      trias_apply_change (apply, TRIAS_RECORD_TOMBSTONE, tombstone->id, NULL, TRUE);
      trias_ledger_drop_tombstone (self, tombstone->id);
    }
}
