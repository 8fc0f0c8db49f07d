/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-coverage.h"

#include <string.h>

static void
seats_free (gpointer data)
{
  TriasSeats *seats = data;

  g_free (seats->product);
  g_free (seats->feature);
  g_free (seats);
}

static int
compare (gconstpointer a, gconstpointer b)
{
  const TriasSeats *first = *(const TriasSeats *const *) a,
                   *second = *(const TriasSeats *const *) b;
  int order = strcmp (first->product, second->product);

  return order != 0 ? order : strcmp (first->feature, second->feature);
}

static void
add (GPtrArray *all, GHashTable *index, const char *product, const TriasFeature *feature)
{
  g_autofree char *key = g_strconcat (product, "\x1f", feature->name, NULL);
  TriasSeats *seats = g_hash_table_lookup (index, key);

  if (seats == NULL)
    {
      seats = g_new0 (TriasSeats, 1);
      seats->product = g_strdup (product);
      seats->feature = g_strdup (feature->name);
      g_ptr_array_add (all, seats);
      g_hash_table_insert (index, g_steal_pointer (&key), seats);
    }
  seats->seats += feature->seats;
}

GPtrArray *
trias_seats_of (TriasLedger *ledger, gint64 now)
{
  GPtrArray *all = g_ptr_array_new_with_free_func (seats_free);
  g_autoptr (GHashTable) index = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GPtrArray) licenses = trias_ledger_get_licenses (ledger);

  for (guint i = 0; i < licenses->len; i++)
    {
      TriasLicense *license = ((TriasLedgerLicense *) g_ptr_array_index (licenses, i))->license;

      if (!trias_ledger_serves_license (ledger, license))
        continue;
      for (guint j = 0; j < trias_license_get_n_features (license); j++)
        if (trias_feature_serves (trias_license_get_feature (license, j), now))
          add (all, index, trias_license_get_product (license),
               trias_license_get_feature (license, j));
    }
  g_ptr_array_sort (all, compare);
  return all;
}

const TriasSeats *
trias_seats_find (GPtrArray *seats, const char *product, const char *feature)
{
  for (guint i = 0; i < seats->len; i++)
    {
      const TriasSeats *entry = g_ptr_array_index (seats, i);

      if (strcmp (entry->feature, feature) == 0
          && (product == NULL || strcmp (entry->product, product) == 0))
        return entry;
    }
  return NULL;
}

gboolean
trias_seats_are_free (
    GPtrArray *seats, TriasLedger *ledger, const char *product, const char *feature, guint count)
{
  for (guint i = 0; i < seats->len; i++)
    {
      const TriasSeats *entry = g_ptr_array_index (seats, i);
      g_autoptr (TriasPool) pool = NULL;

      if (strcmp (entry->feature, feature) != 0
          || (product[0] != '\0' && strcmp (entry->product, product) != 0))
        continue;
      pool = trias_ledger_find_pool (ledger, entry->product, feature);
      if ((guint64) count + (pool != NULL ? pool->used : 0) <= entry->seats)
        return TRUE;
    }
  return FALSE;
}

TriasCoverage
trias_seats_cover (GPtrArray *wanted, GPtrArray *by)
{
  TriasCoverage result = { 0, 0 };

  for (guint i = 0; i < wanted->len; i++)
    {
      const TriasSeats *entry = g_ptr_array_index (wanted, i);
      const TriasSeats *other = trias_seats_find (by, entry->product, entry->feature);

      result.total += entry->seats;
      result.covered += other != NULL ? MIN (entry->seats, other->seats) : 0;
    }
  return result;
}
