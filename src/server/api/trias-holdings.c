/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-holdings.h"

typedef struct
{
  guint leases;
} Holder;

struct _TriasHoldings
{
  TriasKeeper *keeper;
  GHashTable *holders; /* (nullable) until it matters: key id to Holder */
  GHashTable *leases;  /* lease id to Holder, borrowed */
};

TriasHoldings *
trias_holdings_new (TriasKeeper *keeper)
{
  TriasHoldings *self = g_new0 (TriasHoldings, 1);

  self->keeper = keeper;
  return self;
}

static void
stop_counting (TriasHoldings *self)
{
  g_clear_pointer (&self->leases, g_hash_table_unref);
  g_clear_pointer (&self->holders, g_hash_table_unref);
}

void
trias_holdings_free (TriasHoldings *self)
{
  if (self == NULL)
    return;
  stop_counting (self);
  g_free (self);
}

static void
add_lease (const TriasLease *lease, gpointer user_data)
{
  TriasHoldings *self = user_data;
  Holder *holder;

  if (g_hash_table_contains (self->leases, lease->id))
    return;
  holder = g_hash_table_lookup (self->holders, lease->key_id);
  if (holder == NULL)
    {
      holder = g_new0 (Holder, 1);
      g_hash_table_insert (self->holders, g_strdup (lease->key_id), holder);
    }
  holder->leases++;
  g_hash_table_insert (self->leases, g_strdup (lease->id), holder);
}

/* A holder without leases stays until the count ends, to keep the table simple. */
static void
remove_lease (TriasHoldings *self, const char *id)
{
  Holder *holder = g_hash_table_lookup (self->leases, id);

  if (holder == NULL)
    return;
  holder->leases--;
  g_hash_table_remove (self->leases, id);
}

static void
start_counting (TriasHoldings *self)
{
  TriasLedger *ledger = trias_keeper_get_ledger (self->keeper);

  self->holders = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->leases = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  trias_ledger_foreach_lease (ledger, NULL, G_MAXUINT, add_lease, self);
}

gboolean
trias_holdings_reached (TriasHoldings *self, const char *key_id, guint limit)
{
  TriasLedger *ledger = trias_keeper_get_ledger (self->keeper);
  const Holder *holder;

  if (trias_ledger_n_leases (ledger) < limit)
    {
      /* Not at once: a number that goes to and fro would be counted anew each time. */
      if (self->holders != NULL && trias_ledger_n_leases (ledger) < limit / 2)
        stop_counting (self);
      return FALSE;
    }
  if (self->holders == NULL)
    start_counting (self);
  holder = g_hash_table_lookup (self->holders, key_id);
  return holder != NULL && holder->leases >= limit;
}

void
trias_holdings_changed (TriasHoldings *self, GPtrArray *changes)
{
  TriasLedger *ledger = trias_keeper_get_ledger (self->keeper);

  if (self->holders == NULL)
    return;
  for (guint i = 0; i < changes->len; i++)
    {
      const TriasChange *change = changes->pdata[i];
      const TriasLease *lease;

      if (change->record != TRIAS_RECORD_LEASE)
        continue;
      lease = change->value != NULL ? trias_ledger_find_lease (ledger, change->key) : NULL;
      if (lease != NULL)
        add_lease (lease, self);
      else
        remove_lease (self, change->key);
    }
}
