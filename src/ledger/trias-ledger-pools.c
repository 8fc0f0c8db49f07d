/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger/trias-ledger-private.h"

#include <string.h>

static guint
pool_hash (gconstpointer data)
{
  const TriasLedgerPool *pool = data;

  return g_str_hash (pool->product) * 33 ^ g_str_hash (pool->feature);
}

static gboolean
pool_equal (gconstpointer a, gconstpointer b)
{
  const TriasLedgerPool *one = a;
  const TriasLedgerPool *other = b;

  return strcmp (one->feature, other->feature) == 0 && strcmp (one->product, other->product) == 0;
}

static void
source_clear (gpointer data)
{
  TriasPoolSource *source = data;

  g_clear_pointer (&source->license, trias_license_unref);
}

static void
ledger_pool_free (gpointer data)
{
  TriasLedgerPool *pool = data;

  g_free (pool->product);
  g_free (pool->feature);
  g_array_unref (pool->sources);
  g_hash_table_unref (pool->devices);
  g_free (pool);
}

void
trias_ledger_pools_init (TriasLedger *self)
{
  self->pools = g_hash_table_new_full (pool_hash, pool_equal, ledger_pool_free, NULL);
  self->features
      = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
}

/* Anything may have changed: look at the sources again before the next use. */
static void
pool_outdate (TriasLedgerPool *pool)
{
  pool->from = G_MAXINT64;
  pool->until = G_MININT64;
}

TriasLedgerPool *
trias_ledger_pool_lookup (TriasLedger *self, const char *product, const char *feature)
{
  TriasLedgerPool probe = { .product = (char *) product, .feature = (char *) feature };

  return g_hash_table_lookup (self->pools, &probe);
}

static void
index_by_feature (TriasLedger *self, TriasLedgerPool *pool)
{
  GPtrArray *pools = g_hash_table_lookup (self->features, pool->feature);
  guint at = 0;

  if (pools == NULL)
    {
      pools = g_ptr_array_new ();
      g_hash_table_insert (self->features, g_strdup (pool->feature), pools);
    }
  while (at < pools->len
         && strcmp (((TriasLedgerPool *) g_ptr_array_index (pools, at))->product, pool->product)
                < 0)
    at++;
  g_ptr_array_insert (pools, (int) at, pool);
}

TriasLedgerPool *
trias_ledger_pool_ensure (TriasLedger *self, const char *product, const char *feature)
{
  TriasLedgerPool *pool = trias_ledger_pool_lookup (self, product, feature);

  if (pool != NULL)
    return pool;

  pool = g_new0 (TriasLedgerPool, 1);
  pool->product = g_strdup (product);
  pool->feature = g_strdup (feature);
  pool->sources = g_array_new (FALSE, FALSE, sizeof (TriasPoolSource));
  g_array_set_clear_func (pool->sources, source_clear);
  pool->devices = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  pool_outdate (pool);
  g_hash_table_add (self->pools, pool);
  index_by_feature (self, pool);
  return pool;
}

void
trias_ledger_pool_settle (TriasLedger *self, TriasLedgerPool *pool)
{
  GPtrArray *pools;

  if (pool->sources->len > 0 || pool->n_leases > 0)
    return;
  pools = g_hash_table_lookup (self->features, pool->feature);
  g_ptr_array_remove (pools, pool);
  if (pools->len == 0)
    g_hash_table_remove (self->features, pool->feature);
  g_hash_table_remove (self->pools, pool);
}

void
trias_ledger_pool_add_source (TriasLedger *self, TriasLicense *license, const TriasFeature *feature)
{
  TriasLedgerPool *pool
      = trias_ledger_pool_ensure (self, trias_license_get_product (license), feature->name);
  TriasPoolSource source = { trias_license_ref (license), feature };

  g_array_append_val (pool->sources, source);
  pool_outdate (pool);
}

void
trias_ledger_pool_remove_sources (TriasLedger *self, TriasLicense *license)
{
  for (guint i = 0; i < trias_license_get_n_features (license); i++)
    {
      const TriasFeature *feature = trias_license_get_feature (license, i);
      TriasLedgerPool *pool
          = trias_ledger_pool_lookup (self, trias_license_get_product (license), feature->name);

      if (pool == NULL)
        continue;
      for (guint j = pool->sources->len; j > 0; j--)
        if (g_array_index (pool->sources, TriasPoolSource, j - 1).license == license)
          g_array_remove_index (pool->sources, j - 1);
      pool_outdate (pool);
      trias_ledger_pool_settle (self, pool);
    }
}

void
trias_ledger_pool_add_serving (TriasLedgerPool *pool, const TriasFeature *feature)
{
  pool->reason = TRIAS_REASON_NONE;
  pool->seats += feature->seats;
  /* Where licences differ, a seat per lease is the stricter way. */
  if (feature->counted_by == TRIAS_COUNTED_BY_LEASE)
    pool->counted_by = TRIAS_COUNTED_BY_LEASE;
}

/* What is not served now says how it would count and when it ended. */
static void
pool_add_resting (TriasLedgerPool *pool, const TriasFeature *feature, gint64 time)
{
  if (feature->not_before > time)
    {
      pool->until = MIN (pool->until, feature->not_before);
      if (pool->reason != TRIAS_REASON_NONE)
        pool->reason = TRIAS_REASON_NOT_YET_VALID;
    }
  else if (pool->reason == TRIAS_REASON_UNKNOWN_FEATURE)
    {
      pool->reason = TRIAS_REASON_EXPIRED;
    }
}

void
trias_ledger_pool_refresh (TriasLedger *self, TriasLedgerPool *pool)
{
  TriasCountedBy resting_by = TRIAS_COUNTED_BY_DEVICE;

  if (pool->from <= self->time && self->time < pool->until)
    return;

  pool->from = self->time;
  pool->until = G_MAXINT64;
  pool->seats = 0;
  pool->not_after = 0;
  pool->counted_by = TRIAS_COUNTED_BY_DEVICE;
  pool->reason = TRIAS_REASON_UNKNOWN_FEATURE;
  for (guint i = 0; i < pool->sources->len; i++)
    {
      const TriasFeature *feature = g_array_index (pool->sources, TriasPoolSource, i).feature;

      if (feature->counted_by == TRIAS_COUNTED_BY_LEASE)
        resting_by = TRIAS_COUNTED_BY_LEASE;
      if (feature->not_after != 0 && (pool->not_after == 0 || feature->not_after < pool->not_after)
          && self->time < trias_feature_end (feature))
        pool->not_after = feature->not_after;
      if (!trias_feature_serves (feature, self->time))
        {
          pool_add_resting (pool, feature, self->time);
          continue;
        }
      pool->until = MIN (pool->until, trias_feature_end (feature));
      trias_ledger_pool_add_serving (pool, feature);
    }
  if (pool->reason != TRIAS_REASON_NONE)
    pool->counted_by = pool->sources->len > 0 ? resting_by : TRIAS_COUNTED_BY_LEASE;
}

static void
count_device (TriasLedgerPool *pool, const char *device, gboolean add)
{
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (pool->devices, device));

  n = add ? n + 1 : n - 1;
  if (n > 0)
    g_hash_table_insert (pool->devices, g_strdup (device), GUINT_TO_POINTER (n));
  else
    g_hash_table_remove (pool->devices, device);
}

void
trias_ledger_pool_count (TriasLedgerPool *pool, const TriasLease *lease, gboolean add)
{
  guint64 count = lease->count;

  pool->n_leases = add ? pool->n_leases + 1 : pool->n_leases - 1;
  pool->counts = add ? pool->counts + count : pool->counts - count;
  if (lease->holder.device[0] != '\0')
    count_device (pool, lease->holder.device, add);
  else
    pool->deviceless = add ? pool->deviceless + count : pool->deviceless - count;
}

guint64
trias_ledger_pool_used (const TriasLedgerPool *pool)
{
  if (pool->counted_by == TRIAS_COUNTED_BY_DEVICE)
    return g_hash_table_size (pool->devices) + pool->deviceless;
  return pool->counts;
}

static TriasPool *
pool_describe (TriasLedger *self, TriasLedgerPool *pool)
{
  TriasPool *shown = g_new0 (TriasPool, 1);

  trias_ledger_pool_refresh (self, pool);
  shown->product = g_strdup (pool->product);
  shown->feature = g_strdup (pool->feature);
  shown->seats = (guint) MIN (pool->seats, G_MAXUINT);
  shown->used = (guint) MIN (trias_ledger_pool_used (pool), G_MAXUINT);
  shown->leases = pool->n_leases;
  shown->counted_by = pool->counted_by;
  shown->not_after = pool->not_after;
  return shown;
}

static int
compare_pools (gconstpointer a, gconstpointer b)
{
  const TriasPool *one = *(TriasPool *const *) a;
  const TriasPool *other = *(TriasPool *const *) b;
  int order = strcmp (one->product, other->product);

  return order != 0 ? order : strcmp (one->feature, other->feature);
}

GPtrArray *
trias_ledger_get_pools (TriasLedger *self)
{
  GPtrArray *pools = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_pool_free);
  GHashTableIter iter;
  gpointer pool;

  g_hash_table_iter_init (&iter, self->pools);
  while (g_hash_table_iter_next (&iter, &pool, NULL))
    g_ptr_array_add (pools, pool_describe (self, pool));
  g_ptr_array_sort (pools, compare_pools);
  return pools;
}

TriasPool *
trias_ledger_find_pool (TriasLedger *self, const char *product, const char *feature)
{
  TriasLedgerPool *pool = NULL;
  GPtrArray *pools;

  if (product != NULL && product[0] != '\0')
    pool = trias_ledger_pool_lookup (self, product, feature);
  else if ((pools = g_hash_table_lookup (self->features, feature)) != NULL)
    pool = g_ptr_array_index (pools, 0);
  return pool != NULL ? pool_describe (self, pool) : NULL;
}

gint64
trias_ledger_lease_limit (TriasLedger *self, const TriasLease *lease)
{
  TriasLedgerPool *pool = trias_ledger_pool_lookup (self, lease->product, lease->feature);
  gint64 limit = self->time;
  gint64 ended = 0;
  gboolean further = pool != NULL;

  /* Licences that follow each other without a gap carry a lease from one to the next. */
  while (further)
    {
      further = FALSE;
      for (guint i = 0; i < pool->sources->len; i++)
        {
          const TriasFeature *feature = g_array_index (pool->sources, TriasPoolSource, i).feature;
          gint64 end = trias_feature_end (feature);

          if (end <= self->time)
            ended = MAX (ended, end);
          else if (feature->not_before <= limit && end > limit)
            {
              limit = end;
              further = TRUE;
            }
        }
    }
  if (limit == G_MAXINT64)
    return 0;
  return limit > self->time ? limit : ended;
}
