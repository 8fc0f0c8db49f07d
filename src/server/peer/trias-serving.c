/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-serving.h"

#include <string.h>

#include "core/trias-address.h"
#include "server/peer/trias-coverage.h"
#include "server/peer/trias-peer-copy.h"
#include "server/peer/trias-peer-triad.h"
#include "server/peer/trias-serving-private.h"
#include "server/peer/trias-partner-address.h"

/* How long a main server that is back waits for what the backup recorded. */
#define REUNION_MS 5000
/* A refused connection says that nobody is there; asked twice, in case both were started together.
 */
#define REUNION_ALONE_MS 1000
/* What licences the partner has changes rarely; with time alone it is looked at again after this.
 */
#define CACHE_MS 5000

TriasServing *
trias_serving_new (TriasPeer *peer, gboolean restarted)
{
  TriasServing *self = g_new0 (TriasServing, 1);

  self->peer = peer;
  self->started_at = trias_peer_clock ();
  self->reunion = restarted && peer->role == TRIAS_ROLE_MAIN;
  self->let_go = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, trias_let_go_free);
  return self;
}

void
trias_serving_free (TriasServing *self)
{
  g_hash_table_unref (self->let_go);
  g_clear_pointer (&self->seats, g_ptr_array_unref);
  g_free (self);
}

void
trias_serving_restart (TriasServing *self)
{
  self->started_at = trias_peer_clock ();
  self->reunion = self->peer->role == TRIAS_ROLE_MAIN;
  self->told = FALSE;
  self->letting = 0;
  trias_peer_touch (self->peer);
}

gboolean
trias_serving_is_serving (TriasServing *self)
{
  return !self->reunion;
}

/* --- reunion --- */

static void
end_reunion (TriasServing *self, const char *why)
{
  if (!self->reunion)
    return;
  self->reunion = FALSE;
  trias_peer_event (self->peer, "reunion", self->peer->partner->id, "how", why);
  trias_peer_touch (self->peer);
  /* The backup redirects only to a main server that says it serves. */
  trias_peer_soon_probe (self->peer);
}

void
trias_serving_refresh (TriasServing *self)
{
  gint64 waited = trias_peer_clock () - self->started_at;

  if (!self->reunion)
    return;
  if (self->peer->link.connected && self->told && self->letting == 0
      && trias_sync_copy_is_current (&self->peer->copy->sync))
    end_reunion (self, "caught-up");
  else if (waited >= REUNION_MS)
    end_reunion (self, "timed-out");
}

void
trias_serving_probe_failed (TriasServing *self)
{
  self->told = FALSE;
  if (self->reunion && trias_peer_clock () - self->started_at >= REUNION_ALONE_MS - 200)
    end_reunion (self, "alone");
}

void
trias_serving_told (TriasServing *self, guint letting)
{
  self->told = TRUE;
  self->letting = letting;
}

void
trias_serving_link (TriasServing *self, gboolean connected)
{
  if (!connected)
    return;
  if (self->took_over)
    trias_peer_event (self->peer, "reunion", self->peer->partner->id, "how", "back");
  self->took_over = FALSE;
  trias_serving_flush (self);
}

/* --- words --- */

const char *
trias_serving_word (TriasServing *self, char **why)
{
  TriasPeer *peer = self->peer;

  if (self->reunion)
    {
      *why = g_strdup ("It has just started and waits a moment for what the backup server recorded "
                       "in the meantime.");
      return "reunion";
    }
  if (peer->role == TRIAS_ROLE_MAIN)
    {
      *why = g_strdup ("It serves its own licences.");
      return "serving";
    }
  if (!peer->link.connected)
    {
      *why = g_strdup_printf (
          "The main server '%s' is not connected: clients are served from the backup server's own "
          "licences.",
          peer->partner->name);
      return "covering";
    }
  if (!peer->partner_serving)
    {
      *why = g_strdup_printf ("The main server '%s' is back but does not serve yet.",
                              peer->partner->name);
      return "covering";
    }
  *why = g_strdup_printf (
      "Clients are sent to the main server '%s' for what it has; the rest is served here.",
      peer->partner->name);
  return "redirecting";
}

const char *
trias_serving_active (TriasServing *self)
{
  TriasPeer *peer = self->peer;

  if (peer->role == TRIAS_ROLE_MAIN)
    return self->reunion ? NULL : peer->id;
  return peer->link.connected && peer->partner_serving ? peer->partner->id : peer->id;
}

/* --- routing --- */

static GPtrArray *
partner_seats (TriasServing *self)
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
    self->seats_until = 0;
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

static gboolean
own_has (TriasPeer *peer, const char *feature)
{
  g_autoptr (TriasPool) pool
      = trias_ledger_find_pool (trias_keeper_get_ledger (peer->keeper), "", feature);

  return pool != NULL && pool->seats > 0;
}

/* Whether the partner could go on with a lease that is held here: else moving would lose it. */
static gboolean
partner_can_take (TriasServing *self, const TriasLease *lease)
{
  TriasLedger *replica = trias_keeper_get_replica (self->peer->keeper);
  const TriasSeats *seats;
  g_autoptr (TriasPool) pool = NULL;

  if (trias_ledger_find_lease (replica, lease->id) != NULL)
    return TRUE;
  seats = trias_seats_find (partner_seats (self), NULL, lease->feature);
  pool = trias_ledger_find_pool (replica, seats != NULL ? seats->product : "", lease->feature);
  return seats != NULL && (pool == NULL || pool->used + lease->count <= seats->seats);
}

static gboolean
belongs_to_partner (TriasServing *self,
                    const char *feature,
                    const TriasLease *own,
                    const char *cannot_reach)
{
  TriasPeer *peer = self->peer;

  if (!peer->link.connected || !peer->partner_serving || feature == NULL
      || (cannot_reach != NULL && strcmp (cannot_reach, peer->partner->id) == 0))
    return FALSE;
  if (trias_seats_find (partner_seats (self), NULL, feature) == NULL)
    return FALSE;
  if (peer->role == TRIAS_ROLE_MAIN)
    return own == NULL && !own_has (peer, feature);
  return own == NULL || partner_can_take (self, own);
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

  if (self->took_over || peer->role != TRIAS_ROLE_BACKUP || peer->link.connected || feature == NULL
      || trias_seats_find (partner_seats (self), NULL, feature) == NULL)
    return;
  self->took_over = TRUE;
  trias_peer_event (peer, "takeover", peer->partner->id, "name", peer->partner->name);
  trias_peer_touch (peer);
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
  if (own != NULL && self->role == TRIAS_ROLE_MAIN)
    return TRIAS_ROUTE_SERVE;
  theirs = id != NULL ? trias_peer_find_partner_lease (self, id) : NULL;
  if (feature == NULL && (own != NULL || theirs != NULL))
    feature = own != NULL ? own->feature : theirs->feature;
  if (belongs_to_partner (self->serving, feature, own, cannot_reach))
    {
      *location = partner_location (self);
      if (*location != NULL)
        return TRIAS_ROUTE_REDIRECT;
    }
  note_takeover (self->serving, feature);
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

/* --- what happens if one fails --- */

static void
write_failure (TriasServing *self,
               TriasJsonWriter *writer,
               const char *failing,
               const char *by,
               GPtrArray *wanted,
               GPtrArray *rest)
{
  TriasCoverage cover = trias_seats_cover (wanted, rest);

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "if", failing);
  trias_json_add_string (writer, "then",
                         cover.total == 0    ? "continues"
                         : cover.covered > 0 ? "takes-over"
                                             : "standstill");
  trias_json_add_string (writer, "by", cover.covered > 0 || cover.total == 0 ? by : NULL);
  trias_json_add_int (writer, "covered", (gint64) cover.covered);
  trias_json_add_int (writer, "total", (gint64) cover.total);
  trias_json_begin_array (writer, "features");
  for (guint i = 0; i < wanted->len && i < 500; i++)
    {
      const TriasSeats *entry = g_ptr_array_index (wanted, i);
      const TriasSeats *other = trias_seats_find (rest, entry->product, entry->feature);

      trias_json_begin_object (writer, NULL);
      trias_json_add_string (writer, "product", entry->product);
      trias_json_add_string (writer, "feature", entry->feature);
      trias_json_add_int (writer, "covered",
                          other != NULL ? (gint64) MIN (entry->seats, other->seats) : 0);
      trias_json_add_int (writer, "total", (gint64) entry->seats);
      trias_json_end_object (writer);
    }
  trias_json_end_array (writer);
  trias_json_end_object (writer);
}

void
trias_serving_write_consequence (TriasServing *self, TriasJsonWriter *writer)
{
  TriasPeer *peer = self->peer;
  g_autoptr (GPtrArray) own
      = trias_seats_of (trias_keeper_get_ledger (peer->keeper), trias_keeper_now (peer->keeper));
  GPtrArray *theirs = partner_seats (self);
  gboolean is_main = peer->role == TRIAS_ROLE_MAIN;
  const char *main_id = is_main ? peer->id : peer->partner->id;
  const char *backup_id = is_main ? peer->partner->id : peer->id;

  trias_json_begin_array (writer, "consequence");
  write_failure (self, writer, main_id, backup_id, is_main ? own : theirs, is_main ? theirs : own);
  write_failure (self, writer, backup_id, main_id, is_main ? theirs : own, is_main ? own : theirs);
  trias_json_end_array (writer);
}
