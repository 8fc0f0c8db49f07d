/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-aside.h"
#include "server/peer/trias-coverage.h"
#include "server/peer/trias-serving-private.h"

/* A server of a pair that is to be switched off: what is there still. */

/* There may be many leases. */
#define COUNT_MS 1000

typedef struct
{
  TriasServing *serving;
  GHashTable *free; /* product and feature to the partner's free seats, as a pointer */
  gint64 left, kept;
} Count;

static gint64
partner_free (TriasServing *self, const char *product, const char *feature)
{
  const TriasSeats *seats = trias_seats_find (trias_serving_partner_seats (self), product, feature);
  g_autoptr (TriasPool) pool
      = trias_ledger_find_pool (trias_keeper_get_replica (self->peer->keeper), product, feature);

  return seats != NULL ? (gint64) seats->seats - (pool != NULL ? pool->used : 0) : 0;
}

static void
count_lease (const TriasLease *lease, gpointer user_data)
{
  Count *count = user_data;
  TriasLedger *replica = trias_keeper_get_replica (count->serving->peer->keeper);
  g_autofree char *key = NULL;
  gint64 free;
  gpointer known;

  /* It has moved, and is let go here in a moment. */
  if (trias_ledger_find_lease (replica, lease->id) != NULL)
    {
      count->left++;
      return;
    }
  key = g_strconcat (lease->product, "\x1f", lease->feature, NULL);
  free = g_hash_table_lookup_extended (count->free, key, NULL, &known)
             ? GPOINTER_TO_INT (known)
             : partner_free (count->serving, lease->product, lease->feature);
  if (free >= lease->count)
    {
      free -= lease->count;
      count->left++;
    }
  else
    count->kept++;
  g_hash_table_insert (count->free, g_steal_pointer (&key), GINT_TO_POINTER ((int) free));
}

static void
count_leases (TriasServing *self)
{
  gint64 now = trias_peer_clock ();
  Count count = { .serving = self };

  /* That nothing is left must be true now: a server is switched off then. */
  if (trias_keeper_get_replica (self->peer->keeper) == NULL
      || (self->left > 0 && now - self->counted_at < COUNT_MS))
    return;
  count.free = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  trias_ledger_foreach_lease (trias_keeper_get_ledger (self->peer->keeper), NULL, G_MAXUINT,
                              count_lease, &count);
  g_hash_table_unref (count.free);
  self->left = count.left;
  self->kept = count.kept;
  self->counted_at = now;
}

void
trias_serving_told_covers (TriasServing *self, gboolean covers)
{
  if (self->partner_covers == covers)
    return;
  self->partner_covers = covers;
  trias_peer_touch (self->peer);
}

TriasUnsafe
trias_serving_unsafe (TriasServing *self, const char **other, gint64 *left, gint64 *kept)
{
  TriasPeer *peer = self->peer;

  count_leases (self);
  *left = self->left;
  *kept = self->kept;
  *other = peer->partner->id;
  if (trias_aside_find (peer, peer->partner->id) != NULL)
    return TRIAS_UNSAFE_OTHER;
  if (!peer->link.connected)
    return TRIAS_UNSAFE_DISCONNECTED;
  if (!peer->status->synchronised)
    return TRIAS_UNSAFE_BEHIND;
  *other = NULL;
  if (peer->role == TRIAS_ROLE_MAIN && !trias_serving_is_relieved (self))
    return TRIAS_UNSAFE_ACTIVE;
  return self->left > 0 ? TRIAS_UNSAFE_LEASES : TRIAS_UNSAFE_NONE;
}
