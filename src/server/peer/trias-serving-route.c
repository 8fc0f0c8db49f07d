/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "core/trias-address.h"
#include "server/peer/trias-aside.h"
#include "server/peer/trias-coverage.h"
#include "server/peer/trias-partner-address.h"
#include "server/peer/trias-peer-copy.h"
#include "server/peer/trias-peer-triad.h"
#include "server/peer/trias-serving-private.h"

/* Where a client belongs. One of the two is the first: the main server, or the backup while the
 * main stands aside. The other sends clients there for what it has seats for. */

/* What licences the partner has changes rarely; with time alone it is looked at again after this.
 */
#define CACHE_MS 5000

/* --- what each has --- */

GPtrArray *
trias_serving_partner_seats (TriasServing *self)
{
  gint64 now = trias_peer_clock ();
  TriasLedger *replica = trias_keeper_get_replica (self->peer->keeper);

  if (self->seats != NULL && now < self->seats_until)
    return self->seats;
  g_clear_pointer (&self->seats, g_ptr_array_unref);
  self->seats_until = now + CACHE_MS;
  self->seats = replica != NULL ? trias_seats_of (replica, trias_keeper_now (self->peer->keeper))
                                : g_ptr_array_new ();
  return self->seats;
}

void
trias_serving_replica_changed (TriasServing *self)
{
  if (self->licenses_changed)
    {
      self->seats_until = 0;
      /* What happens if one fails is another matter now. */
      trias_peer_touch (self->peer);
    }
  self->licenses_changed = FALSE;
}

void
trias_serving_before_load (TriasServing *self, GPtrArray *changes, gboolean replace)
{
  self->licenses_changed |= replace;
  for (guint i = 0; i < changes->len && !self->licenses_changed; i++)
    self->licenses_changed
        = ((TriasChange *) g_ptr_array_index (changes, i))->record == TRIAS_RECORD_LICENSE;
}

static GPtrArray *
own_seats (TriasServing *self)
{
  gint64 now = trias_peer_clock ();
  TriasKeeper *keeper = self->peer->keeper;

  if (self->own_seats != NULL && now < self->own_seats_until)
    return self->own_seats;
  g_clear_pointer (&self->own_seats, g_ptr_array_unref);
  self->own_seats_until = now + CACHE_MS;
  self->own_seats = trias_seats_of (trias_keeper_get_ledger (keeper), trias_keeper_now (keeper));
  return self->own_seats;
}

void
trias_serving_own_changes (TriasServing *self, GPtrArray *changes)
{
  for (guint i = 0; i < changes->len; i++)
    if (((TriasChange *) g_ptr_array_index (changes, i))->record == TRIAS_RECORD_LICENSE)
      self->own_seats_until = 0;
}

static gboolean
own_has (TriasServing *self, const char *feature)
{
  return trias_seats_find (own_seats (self), NULL, feature) != NULL;
}

/* Both ask the same of the same seats, else they would send a client to and fro. @product: "" =
 * any. */
static gboolean
own_has_free (TriasServing *self, const char *product, const char *feature, guint count)
{
  return trias_seats_are_free (own_seats (self), trias_keeper_get_ledger (self->peer->keeper),
                               product, feature, count);
}

static gboolean
partner_has_free (TriasServing *self, const char *product, const char *feature, guint count)
{
  return trias_seats_are_free (trias_serving_partner_seats (self),
                               trias_keeper_get_replica (self->peer->keeper), product, feature,
                               count);
}

/* Whether the partner can go on with @lease, which is held here. Where it is unknown its client
 * would be told that it is gone. */
static gboolean
partner_can_take (TriasServing *self, const TriasLease *lease)
{
  return trias_sync_lease_is_confirmed (&self->peer->copy->sync, lease->id)
         && partner_has_free (self, lease->product, lease->feature, lease->count);
}

/* --- who is first --- */

gboolean
trias_serving_is_first (TriasServing *self)
{
  TriasPeer *peer = self->peer;
  gboolean main = peer->role == TRIAS_ROLE_MAIN;
  const char *main_id = main ? peer->id : peer->partner->id;
  const char *backup_id = main ? peer->partner->id : peer->id;
  gboolean relieved
      = trias_aside_find (peer, main_id) != NULL && trias_aside_find (peer, backup_id) == NULL;

  return main != relieved;
}

gboolean
trias_serving_is_relieved (TriasServing *self)
{
  TriasPeer *peer = self->peer;

  return peer->role == TRIAS_ROLE_MAIN && peer->link.connected && self->partner_covers
         && !trias_serving_is_first (self);
}

/* The first sends on what only the other has; while it takes the place of the main server also what
 * it has no seat for: the main one is there still. */
static gboolean
first_sends_on (TriasServing *self, const char *feature, const TriasLease *theirs)
{
  if (self->peer->role == TRIAS_ROLE_MAIN)
    return !own_has (self, feature);
  return theirs != NULL ? !own_has_free (self, theirs->product, feature, theirs->count)
                        : !own_has_free (self, "", feature, 1);
}

/* The other one sends on all but what the first cannot go on with: moving would lose it. */
static gboolean
other_sends_on (TriasServing *self,
                const char *feature,
                const TriasLease *own,
                const TriasLease *theirs)
{
  gboolean relieved = trias_serving_is_relieved (self);

  if (self->peer->role == TRIAS_ROLE_MAIN && !relieved)
    return own == NULL && !own_has (self, feature);
  /* That the copy of the partner's ledger has it as well tells nothing: it may just have been let
   * go there. */
  if (own != NULL)
    return partner_can_take (self, own);
  if (theirs != NULL)
    return TRUE;
  return !relieved || partner_has_free (self, "", feature, 1);
}

/* That a lease is gone is for the first to say: the other may not have got to know it yet. */
static gboolean
other_sends_unknown_on (TriasServing *self)
{
  return !trias_serving_is_first (self)
         && (self->peer->role == TRIAS_ROLE_BACKUP || trias_serving_is_relieved (self));
}

static gboolean
belongs_to_partner (TriasServing *self,
                    const char *feature,
                    const TriasLease *own,
                    const TriasLease *theirs,
                    const char *cannot_reach)
{
  TriasPeer *peer = self->peer;

  if (!peer->link.connected || !peer->partner_serving
      || (cannot_reach != NULL && strcmp (cannot_reach, peer->partner->id) == 0))
    return FALSE;
  if (feature == NULL)
    return other_sends_unknown_on (self);
  if (trias_seats_find (trias_serving_partner_seats (self), NULL, feature) == NULL)
    return FALSE;
  if (!trias_serving_is_first (self))
    return other_sends_on (self, feature, own, theirs);
  return own == NULL && first_sends_on (self, feature, theirs);
}

static char *
partner_location (TriasPeer *peer)
{
  g_autoptr (TriasAddress) address = trias_address_parse (trias_partner_address (peer), NULL);

  return address != NULL ? trias_address_to_base_uri (address) : NULL;
}

/* The backup serves what the main server would: told once each time. */
static void
note_takeover (TriasServing *self, const char *feature)
{
  TriasPeer *peer = self->peer;

  if (trias_seats_find (trias_serving_partner_seats (self), NULL, feature) == NULL)
    return;
  if (self->stood_in == 0)
    self->stood_in = trias_peer_clock ();
  if (self->took_over)
    return;
  self->took_over = TRUE;
  trias_peer_event (peer, "takeover", peer->partner->id, "name", peer->partner->name);
  trias_peer_touch (peer);
}

/* A main server whose clients the backup was to go on with serves them itself: that is over. */
static void
note_return (TriasServing *self)
{
  const TriasMaintenance *own = trias_aside_own (self->peer);

  if (own != NULL && own->why != TRIAS_ASIDE_MAINTENANCE)
    trias_aside_end (self->peer->aside, "", NULL, NULL);
}

static void
note_serving_alone (TriasServing *self, const char *feature)
{
  if (self->peer->link.connected || feature == NULL)
    return;
  if (self->peer->role == TRIAS_ROLE_BACKUP)
    note_takeover (self, feature);
  else
    note_return (self);
}

TriasRoute
trias_peer_route (TriasPeer *self,
                  const char *feature,
                  const char *id,
                  const char *key_id,
                  const char *cannot_reach,
                  char **location)
{
  const TriasLease *own, *theirs;

  *location = NULL;
  if (self->triad != NULL)
    return trias_peer_triad_route (self->triad, cannot_reach, location);
  if (self->relationship == NULL)
    return TRIAS_ROUTE_SERVE;
  if (!trias_serving_is_serving (self->serving))
    return TRIAS_ROUTE_WAIT;
  own = id != NULL ? trias_ledger_find_lease (trias_keeper_get_ledger (self->keeper), id) : NULL;
  /* The common case: the main server renews what it holds. */
  if (own != NULL && self->role == TRIAS_ROLE_MAIN && trias_serving_is_first (self->serving))
    return TRIAS_ROUTE_SERVE;
  theirs = id != NULL ? trias_peer_find_partner_lease (self, id) : NULL;
  if (feature == NULL && (own != NULL || theirs != NULL))
    feature = own != NULL ? own->feature : theirs->feature;
  if (belongs_to_partner (self->serving, feature, own, theirs, cannot_reach))
    {
      *location = partner_location (self);
      if (*location != NULL)
        return TRIAS_ROUTE_REDIRECT;
    }
  note_serving_alone (self->serving, feature);
  if (own == NULL && theirs != NULL && key_id != NULL && strcmp (theirs->key_id, key_id) == 0)
    return TRIAS_ROUTE_RESUME;
  return TRIAS_ROUTE_SERVE;
}

const TriasLease *
trias_peer_find_partner_lease (TriasPeer *self, const char *id)
{
  TriasLedger *replica = trias_peer_is_pair (self) ? trias_keeper_get_replica (self->keeper) : NULL;

  return replica != NULL ? trias_ledger_find_lease (replica, id) : NULL;
}

gboolean
trias_peer_has_license (TriasPeer *self, const char *license_id)
{
  TriasLedger *replica = trias_peer_is_pair (self) ? trias_keeper_get_replica (self->keeper) : NULL;

  return replica != NULL && trias_ledger_find_license (replica, license_id) != NULL;
}
