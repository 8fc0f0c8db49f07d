/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger/trias-ledger-private.h"

#include <string.h>

static void
lease_entry_free (gpointer data)
{
  TriasLeaseEntry *entry = data;

  trias_lease_free (entry->lease);
  g_free (entry);
}

static int
compare_entries (gconstpointer a, gconstpointer b)
{
  const TriasLeaseEntry *one = a;
  const TriasLeaseEntry *other = b;

  return strcmp (one->lease->id, other->lease->id);
}

/* --- how many leases a key holds --- */

static guint
holder_hash (gconstpointer data)
{
  return g_str_hash (((const TriasLeaseHolder *) data)->key_id);
}

static gboolean
holder_equal (gconstpointer a, gconstpointer b)
{
  const TriasLeaseHolder *one = a;
  const TriasLeaseHolder *other = b;

  return strcmp (one->key_id, other->key_id) == 0;
}

static void
holder_free (gpointer data)
{
  TriasLeaseHolder *holder = data;

  g_free (holder->key_id);
  g_free (holder);
}

static TriasLeaseHolder *
holder_lookup (TriasLedger *self, const char *key_id)
{
  TriasLeaseHolder probe = { .key_id = (char *) key_id };

  return g_hash_table_lookup (self->holders, &probe);
}

static TriasLeaseHolder *
holder_add (TriasLedger *self, const char *key_id)
{
  TriasLeaseHolder *holder = holder_lookup (self, key_id);

  if (holder == NULL)
    {
      holder = g_new0 (TriasLeaseHolder, 1);
      holder->key_id = g_strdup (key_id);
      g_hash_table_add (self->holders, holder);
    }
  holder->n_leases++;
  return holder;
}

static void
holder_remove (TriasLedger *self, TriasLeaseHolder *holder)
{
  if (--holder->n_leases == 0)
    g_hash_table_remove (self->holders, holder);
}

guint
trias_ledger_n_leases_of (TriasLedger *self, const char *key_id)
{
  const TriasLeaseHolder *holder = holder_lookup (self, key_id);

  return holder != NULL ? holder->n_leases : 0;
}

/* --- leases --- */

void
trias_ledger_leases_init (TriasLedger *self)
{
  self->leases = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, lease_entry_free);
  self->lease_order = trias_order_new (compare_entries);
  self->holders = g_hash_table_new_full (holder_hash, holder_equal, holder_free, NULL);
}

TriasLeaseEntry *
trias_ledger_lease_lookup (TriasLedger *self, const char *id)
{
  return g_hash_table_lookup (self->leases, id);
}

TriasLeaseEntry *
trias_ledger_put_lease (TriasLedger *self, TriasLease *lease, GBytes *value, gsize stable)
{
  TriasLeaseEntry *entry = g_new0 (TriasLeaseEntry, 1);

  trias_ledger_drop_lease (self, lease->id);
  entry->lease = lease;
  entry->digest = trias_ledger_digest_add (self, TRIAS_RECORD_LEASE, lease->id,
                                           g_bytes_get_data (value, NULL), stable);
  entry->pool = trias_ledger_pool_ensure (self, lease->product, lease->feature);
  trias_ledger_pool_count (entry->pool, lease, TRUE);
  entry->holder = holder_add (self, lease->key_id);
  self->renewals += trias_ledger_renewal_mix (entry);
  g_hash_table_insert (self->leases, lease->id, entry);
  trias_order_insert (self->lease_order, trias_order_rank_text (lease->id), entry);
  return entry;
}

gboolean
trias_ledger_drop_lease (TriasLedger *self, const char *id)
{
  TriasLeaseEntry *entry = trias_ledger_lease_lookup (self, id);

  if (entry == NULL)
    return FALSE;
  trias_ledger_digest_remove (self, &entry->digest);
  self->renewals -= trias_ledger_renewal_mix (entry);
  trias_ledger_pool_count (entry->pool, entry->lease, FALSE);
  trias_ledger_pool_settle (self, entry->pool);
  holder_remove (self, entry->holder);
  trias_order_remove (self->lease_order, trias_order_rank_text (id), entry);
  g_hash_table_remove (self->leases, id);
  return TRUE;
}

const TriasLease *
trias_ledger_find_lease (TriasLedger *self, const char *id)
{
  TriasLeaseEntry *entry = trias_ledger_lease_lookup (self, id);

  return entry != NULL ? entry->lease : NULL;
}

guint
trias_ledger_n_leases (TriasLedger *self)
{
  return g_hash_table_size (self->leases);
}

guint
trias_ledger_foreach_lease (
    TriasLedger *self, const char *after, guint limit, TriasLeaseFunc func, gpointer user_data)
{
  TriasLease probe_lease = { .id = (char *) after };
  TriasLeaseEntry probe = { .lease = &probe_lease };
  const TriasLeaseEntry *entry;
  TriasOrderIter iter;
  guint n = 0;

  if (after == NULL)
    trias_order_iter_init (&iter, self->lease_order);
  else
    trias_order_iter_init_after (&iter, self->lease_order, trias_order_rank_text (after), &probe);
  for (; n < limit && (entry = trias_order_iter_next (&iter)) != NULL; n++)
    func (entry->lease, user_data);
  return n;
}
