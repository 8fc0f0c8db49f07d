/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger/trias-ledger-private.h"

#include <string.h>

/* A triad serves what is bound to nobody or to its three. What is bound to one server alone rests
 * while there is a triad and serves again, on that server and with all its seats free, as soon as
 * there is none. So no lease may hold a seat of it by then: it would count twice. */

static gboolean
is_bound_to (TriasLicense *license, const char *id)
{
  return trias_license_get_bind (license)[0] != NULL
         && trias_license_is_for_members (license, &id, 1);
}

gboolean
trias_ledger_is_own_license (TriasLedger *self, TriasLicense *license)
{
  return is_bound_to (license, self->server_id);
}

gboolean
trias_ledger_license_rests (TriasLedger *self, TriasLicense *license)
{
  const TriasRelationship *triad = trias_ledger_get_relationship (self);

  if (triad == NULL || triad->kind != TRIAS_KIND_TRIAD)
    return FALSE;
  for (guint i = 0; i < triad->members->len; i++)
    if (is_bound_to (license, ((const TriasMember *) triad->members->pdata[i])->id))
      return TRUE;
  return FALSE;
}

/* Adds what @license has of the pool at ledger time. */
static void
add_seats (TriasLedgerPool *after, TriasLicense *license, gint64 time)
{
  if (strcmp (trias_license_get_product (license), after->product) != 0)
    return;
  for (guint i = 0; i < trias_license_get_n_features (license); i++)
    {
      const TriasFeature *feature = trias_license_get_feature (license, i);

      if (strcmp (feature->name, after->feature) == 0 && trias_feature_serves (feature, time))
        trias_ledger_pool_add_serving (after, feature);
    }
}

/* The pool as a triad of @ids would have it, with the leases that are in it now. Borrows. */
static TriasLedgerPool
in_triad (TriasLedger *self, const TriasLedgerPool *pool, const char *const *ids, guint n)
{
  TriasLedgerPool after = *pool;

  after.seats = 0;
  after.counted_by = TRIAS_COUNTED_BY_DEVICE;
  after.reason = TRIAS_REASON_UNKNOWN_FEATURE;
  for (GTreeNode *node = g_tree_node_first (self->licenses); node != NULL;
       node = g_tree_node_next (node))
    {
      TriasLicense *license = ((TriasLicenseEntry *) g_tree_node_value (node))->record->license;

      if (trias_license_is_for_members (license, ids, n))
        add_seats (&after, license, self->time);
    }
  if (after.reason != TRIAS_REASON_NONE)
    after.counted_by = pool->counted_by;
  return after;
}

gboolean
trias_ledger_find_stranded (TriasLedger *self,
                            TriasLicense *license,
                            const char *const *ids,
                            guint n,
                            TriasStranded *stranded)
{
  for (guint i = 0; i < trias_license_get_n_features (license); i++)
    {
      const char *feature = trias_license_get_feature (license, i)->name;
      TriasLedgerPool *pool
          = trias_ledger_pool_lookup (self, trias_license_get_product (license), feature);
      TriasLedgerPool after;

      if (pool == NULL || pool->n_leases == 0)
        continue;
      trias_ledger_pool_refresh (self, pool);
      after = in_triad (self, pool, ids, n);
      if (trias_ledger_pool_used (&after) <= after.seats)
        continue;
      stranded->feature = feature;
      stranded->used = trias_ledger_pool_used (&after);
      stranded->seats = after.seats;
      return TRUE;
    }
  return FALSE;
}
