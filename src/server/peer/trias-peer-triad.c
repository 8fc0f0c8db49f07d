/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-peer-triad-private.h"

/* The other two members: their links and how far they are. */

const TriasMember *
trias_peer_triad_member (TriasPeerTriad *self, guint rank)
{
  return g_ptr_array_index (self->peer->relationship->members, rank);
}

TriasTriadOther *
trias_peer_triad_at (TriasPeerTriad *self, guint rank)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->others); i++)
    if (self->others[i].rank == rank)
      return &self->others[i];
  return NULL;
}

TriasTriadOther *
trias_peer_triad_find (TriasPeerTriad *self, const char *key)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->others); i++)
    if (strcmp (trias_peer_triad_member (self, self->others[i].rank)->id, key) == 0)
      return &self->others[i];
  return NULL;
}

/* --- life --- */

static void
other_init (TriasTriadOther *other, TriasPeerTriad *self, guint rank)
{
  gint64 now = trias_keeper_now (self->peer->keeper);

  other->triad = self;
  other->rank = rank;
  trias_link_init (&other->link, now);
  other->status = trias_member_status_new (trias_peer_triad_member (self, rank)->id);
  other->status->synchronised_since = now;
  other->digest = g_strdup ("");
  other->told_at = -1;
  other->from = g_cancellable_new ();
  other->to = g_cancellable_new ();
  g_queue_init (&other->notes);
  g_ptr_array_add (self->statuses, other->status);
}

static void
other_clear (TriasTriadOther *other)
{
  trias_triad_other_drop_notes (other);
  /* What it opened stays as long as the engine that was left, which has something to tell it. */
  g_object_unref (other->from);
  g_cancellable_cancel (other->to);
  g_object_unref (other->to);
  trias_member_status_free (other->status);
  g_clear_pointer (&other->report, g_ptr_array_unref);
  g_free (other->address);
  g_free (other->digest);
}

TriasPeerTriad *
trias_peer_triad_new (TriasPeer *peer)
{
  TriasPeerTriad *self = g_new0 (TriasPeerTriad, 1);
  guint n = 0;

  self->peer = peer;
  self->statuses = g_ptr_array_new ();
  self->since = self->inactive_since = trias_peer_clock ();
  g_queue_init (&self->marks);
  for (guint rank = 0; rank < peer->relationship->members->len; rank++)
    if (strcmp (trias_peer_triad_member (self, rank)->id, peer->id) == 0)
      self->rank = rank;
    else
      other_init (&self->others[n++], self, rank);
  trias_peer_triad_mark (self);
  return self;
}

void
trias_peer_triad_free (TriasPeerTriad *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->others); i++)
    other_clear (&self->others[i]);
  g_ptr_array_unref (self->statuses);
  g_queue_clear_full (&self->marks, trias_triad_mark_free);
  g_free (self->active);
  g_free (self);
}

/* --- what is seen of the others --- */

TriasLink *
trias_peer_triad_link (TriasPeerTriad *self, const char *key)
{
  TriasTriadOther *other = trias_peer_triad_find (self, key);

  return other != NULL ? &other->link : NULL;
}

void
trias_peer_triad_let_in (TriasPeerTriad *self, const char *key, const char *address)
{
  TriasTriadOther *other = trias_peer_triad_find (self, key);

  if (other == NULL || g_strcmp0 (other->address, address) == 0)
    return;
  g_free (other->address);
  other->address = g_strdup (address);
}

const char *
trias_peer_triad_address (TriasPeerTriad *self, const char *key)
{
  TriasTriadOther *other = trias_peer_triad_find (self, key);

  return other != NULL ? other->address : NULL;
}

static void
fill_status (TriasTriadOther *other, gint64 now)
{
  TriasMemberStatus *status = other->status;
  TriasLedger *ledger = trias_keeper_get_ledger (other->triad->peer->keeper);
  guint64 own = trias_ledger_get_revision (ledger);

  status->connected = other->link.connected;
  status->connected_since = other->link.connected_since;
  status->last_heard = other->link.last_heard;
  status->connect_reason = trias_link_reason (&other->link, now);
  status->latency_us = other->link.latency_us;
  status->clock_offset_ms = other->link.offset_ms;
  status->revision = own;
  status->held = other->revision;
  status->confirmed = MIN (own, other->revision);
  status->pending = own - status->confirmed;
  g_free (status->digest);
  status->digest = trias_ledger_digest (ledger);
  g_free (status->held_digest);
  status->held_digest = g_strdup (other->digest);
}

GPtrArray *
trias_peer_triad_statuses (TriasPeerTriad *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->others); i++)
    fill_status (&self->others[i], trias_peer_clock ());
  return self->statuses;
}

static void
tell_link (TriasTriadOther *other)
{
  gboolean connected = other->link.connected;

  trias_peer_event (other->triad->peer, connected ? "peer-connected" : "peer-lost",
                    other->status->peer, "reason",
                    trias_lag_to_word (trias_link_reason (&other->link, trias_peer_clock ())));
}

static gboolean
refresh_sync (TriasTriadOther *other, gint64 now)
{
  TriasMemberStatus *status = other->status;
  TriasLag lag = trias_peer_triad_lag (other, now);
  gboolean synchronised = lag == TRIAS_LAG_NONE;
  gboolean changed = synchronised != status->synchronised || lag != status->sync_reason;
  gint64 wall = trias_keeper_now (other->triad->peer->keeper);

  if (synchronised && other->link.connected)
    status->synchronised_at = wall;
  status->sync_reason = lag;
  if (synchronised == status->synchronised)
    return changed;
  status->synchronised = synchronised;
  status->synchronised_since = wall;
  trias_peer_event (other->triad->peer, synchronised ? "synchronised" : "sync-lost", status->peer,
                    "reason", trias_lag_to_word (lag));
  return TRUE;
}

static gboolean
refresh_other (TriasTriadOther *other, gint64 now)
{
  TriasLag reason = other->status->connect_reason;
  gboolean changed
      = trias_link_update (&other->link, now, trias_keeper_now (other->triad->peer->keeper));

  if (changed)
    tell_link (other);
  changed |= refresh_sync (other, now);
  other->status->connect_reason = trias_link_reason (&other->link, now);
  return changed || reason != other->status->connect_reason;
}

void
trias_peer_triad_refresh (TriasPeerTriad *self)
{
  gint64 now = trias_peer_clock ();
  gboolean changed = FALSE;

  for (guint i = 0; i < G_N_ELEMENTS (self->others); i++)
    changed |= refresh_other (&self->others[i], now);
  trias_peer_triad_look_ledger (self);
  trias_peer_triad_look_role (self, now);
  if (changed)
    trias_peer_touch (self->peer);
}

void
trias_peer_triad_changed (TriasPeerTriad *self)
{
  trias_peer_triad_mark (self);
}

void
trias_peer_triad_tick (TriasPeerTriad *self)
{
  gint64 now = trias_peer_clock ();

  trias_peer_triad_mark (self);
  trias_peer_triad_refresh (self);
  for (guint i = 0; i < G_N_ELEMENTS (self->others); i++)
    if (now >= self->others[i].probe_at - 100)
      trias_peer_triad_probe (&self->others[i]);
}

void
trias_peer_triad_soon_probe (TriasPeerTriad *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->others); i++)
    if (self->others[i].probing)
      self->others[i].probe_again = TRUE;
    else
      trias_peer_triad_probe (&self->others[i]);
}
