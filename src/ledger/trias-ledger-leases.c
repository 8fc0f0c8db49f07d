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
compare_ids (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return strcmp (a, b);
}

void
trias_ledger_leases_init (TriasLedger *self)
{
  self->leases = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, lease_entry_free);
  self->lease_order = g_tree_new_full (compare_ids, NULL, NULL, NULL);
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
  self->renewals += trias_ledger_renewal_mix (entry);
  g_hash_table_insert (self->leases, lease->id, entry);
  g_tree_insert (self->lease_order, lease->id, entry);
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
  g_tree_remove (self->lease_order, id);
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
  GTreeNode *node = after != NULL ? g_tree_upper_bound (self->lease_order, after)
                                  : g_tree_node_first (self->lease_order);
  guint n = 0;

  for (; node != NULL && n < limit; node = g_tree_node_next (node), n++)
    {
      const TriasLeaseEntry *entry = g_tree_node_value (node);

      func (entry->lease, user_data);
    }
  return n;
}
