/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-raft"

#include "config.h"

#include "core/trias-problem.h"
#include "server/journal/raft/trias-raft-member-private.h"

#define PRIMARY 1
#define TERTIARY 3
/* After a pin was given back, the best one may take so long to be ready. */
#define RETURN_MS 30000
/* An order of an administrator to hand over is tried so long. */
#define ERRAND_MS 10000
/* Each failed order costs service for a moment. But while the tertiary leads nobody serves. */
#define FAILED_PAUSE_MS 10000
/* A way through the tertiary that did not help is not tried again before so many hold-downs. */
#define DETOUR_PAUSE 6

/* --- the lease --- */

typedef struct
{
  struct raft_barrier barrier;
  TriasRaftMember *member;
  raft_term term;
  gint64 proposed_at;
} Confirmation;

static void
confirm_cb (struct raft_barrier *barrier, int status)
{
  Confirmation *confirmation = (Confirmation *) barrier;
  TriasRaftMember *self = confirmation->member;

  self->confirms = FALSE;
  if (status == 0 && self->raft.state == RAFT_LEADER
      && self->raft.current_term == confirmation->term)
    trias_raft_lease_confirm (&self->lease, confirmation->proposed_at);
  g_free (confirmation);
}

static void
renew (TriasRaftMember *self, gint64 now)
{
  Confirmation *confirmation;

  if (self->confirms || self->raft.transfer != NULL || !trias_raft_lease_is_due (&self->lease, now))
    return;
  confirmation = g_new0 (Confirmation, 1);
  confirmation->member = self;
  confirmation->term = self->raft.current_term;
  confirmation->proposed_at = now;
  self->confirms = TRUE;
  if (raft_barrier (&self->raft, &confirmation->barrier, confirm_cb) == 0)
    return;
  self->confirms = FALSE;
  g_free (confirmation);
}

/* --- transfer --- */

static void
end_transfer (TriasRaftMember *self, gint64 now)
{
  gint64 not_before = trias_raft_transfer_end (&self->transfer, now);

  if (not_before != 0 && !trias_raft_leaves_out (self, TRIAS_RAFT_LEASE_KEPT))
    trias_raft_lease_drop (&self->lease, not_before);
}

static void
ask (TriasRaftMember *self, guint target, gint64 now)
{
  guint64 last = raft_last_index (&self->raft);

  if (!trias_raft_transfer_may_ask (&self->transfer, last, now))
    return;
  g_debug ("member %u asks %u to lead", self->config.slot, target);
  trias_raft_transfer_ask (&self->transfer, target, self->nonce ^ ++self->number, last, now);
  self->peers[target].note_due = TRUE;
}

/* From here on this member serves nobody, until it knows that the order cannot work any more. */
void
trias_raft_lead_granted (TriasRaftMember *self, guint from, guint64 id)
{
  gint64 now = trias_raft_now (self);
  struct raft_transfer *order;

  if (self->raft.state != RAFT_LEADER || self->raft.transfer != NULL
      || !trias_raft_transfer_granted (&self->transfer, from, id, now))
    return;
  if (!trias_raft_leaves_out (self, TRIAS_RAFT_LEASE_KEPT))
    trias_raft_lease_order (&self->lease,
                            self->transfer.asked + 2 * (gint64) self->config.election_ms);
  trias_raft_transfer_ordered (&self->transfer, raft_last_index (&self->raft));
  self->ordered = from;
  self->ordered_term = self->raft.current_term;
  order = g_new0 (struct raft_transfer, 1);
  g_ptr_array_add (self->orders, order);
  if (raft_transfer (&self->raft, order, from, NULL) != 0)
    end_transfer (self, now);
}

static void
watch_transfer (TriasRaftMember *self, gint64 now)
{
  if (trias_raft_transfer_is_stale (&self->transfer, now))
    end_transfer (self, now);
  else if (self->transfer.state == TRIAS_RAFT_TRANSFER_ORDERED && self->raft.transfer == NULL)
    end_transfer (self, now);
}

/* --- pins --- */

void
trias_raft_lead_pin (TriasRaftMember *self, const TriasRaftPin *pin)
{
  if (pin->version < self->pin.version
      || (pin->version == self->pin.version && pin->slot <= self->pin.slot))
    return;
  /* Who starts hears of the last return first, however long ago it was. */
  if (pin->returns && self->pin.version != 0)
    self->returning_until = trias_raft_now (self) + RETURN_MS;
  self->pin = *pin;
  trias_raft_gossip_spread (self);
}

static void
set_pin (TriasRaftMember *self, guint slot, gint64 until, gboolean returns)
{
  TriasRaftPin pin
      = { .version = self->pin.version + 1, .slot = slot, .until = until, .returns = returns };

  trias_raft_lead_pin (self, &pin);
}

/* A pin ends by its time, and by the failure of the one that it names. */
static void
watch_pin (TriasRaftMember *self, gint64 now)
{
  guint slot = self->pin.slot;

  if (slot == 0)
    return;
  if (now >= self->pin.until)
    set_pin (self, 0, 0, FALSE);
  else if (slot != self->config.slot && self->config.slot != TERTIARY
           && self->peers[slot].contact_since == 0
           && (self->peers[TERTIARY].hears & (1u << slot)) == 0)
    set_pin (self, 0, 0, FALSE);
}

void
trias_raft_lead_init (TriasRaftMember *self)
{
  trias_raft_transfer_init (&self->transfer, self->config.election_ms,
                            self->config.slot == TERTIARY ? 4 * self->config.election_ms
                                                          : FAILED_PAUSE_MS);
}

/* Slot of who leads; 0 = nobody known. */
static guint
leader_of (TriasRaftMember *self)
{
  raft_id leader = 0;
  const char *address;

  raft_leader (&self->raft, &leader, &address);
  return (guint) leader;
}

/* An order is obeyed in the term in which it was given alone, and whoever stands for election
 * because of it does so until it leads. After that nothing of it can come any more. */
static void
watch_order (TriasRaftMember *self)
{
  if (self->ordered == 0 || leader_of (self) != self->ordered
      || self->raft.current_term <= self->ordered_term)
    return;
  trias_raft_lease_obeyed (&self->lease);
  self->ordered = 0;
}

/* A return is over when the best one leads: it is not owed again to one that comes back later. */
static void
watch_return (TriasRaftMember *self)
{
  if (leader_of (self) == PRIMARY)
    self->returning_until = 0;
}

void
trias_raft_member_give_back (TriasRaftMember *self)
{
  if (self->pin.slot != 0)
    set_pin (self, 0, 0, TRUE);
}

/* --- rank --- */

static void
fill_view (TriasRaftMember *self, TriasRaftView *view, gint64 now)
{
  *view = (TriasRaftView){ .self = self->config.slot,
                           .automatic = self->config.automatic,
                           .at_once = now < self->returning_until,
                           .pinned = self->pin.slot,
                           .aside = self->aside,
                           .now = now,
                           .hold_down_ms = self->config.hold_down_ms,
                           .leading_since = self->leading_since,
                           .patience_ms = 4 * (gint64) self->config.election_ms,
                           .glance_ms = self->config.heartbeat_ms,
                           .detour_allowed = self->detour_allowed };
  if (self->errand != 0)
    {
      view->pinned = self->errand;
      view->at_once = TRUE;
    }
  for (guint slot = 1; slot <= TRIAS_RAFT_SLOTS; slot++)
    {
      const TriasRaftPeer *peer = &self->peers[slot];
      TriasRaftViewMember *member = &view->members[slot];

      member->contact = peer->contact_since != 0;
      member->since = peer->contact_since;
      member->caught_up = trias_raft_is_caught_up (self, slot);
      member->answered = peer->last_contact >= self->leading_since;
      member->muted = peer->muted;
      for (guint i = 1; i <= TRIAS_RAFT_SLOTS; i++)
        member->hears_since[i] = peer->hears_since[i];
    }
}

static void
follow_rank (TriasRaftMember *self, gint64 now)
{
  TriasRaftView view;
  gboolean detour;
  guint target;

  if (now >= self->errand_until || self->errand == self->config.slot)
    self->errand = 0;
  if (self->transfer.state != TRIAS_RAFT_TRANSFER_NONE || !trias_raft_guard_has_begun (&self->guard)
      || (self->config.slot == TERTIARY
          && trias_raft_leaves_out (self, TRIAS_RAFT_TERTIARY_SERVES)))
    return;
  fill_view (self, &view, now);
  target = trias_raft_rank_target (&view, &detour);
  if (target == 0)
    return;
  if (detour)
    self->detour_allowed = now + DETOUR_PAUSE * (gint64) self->config.hold_down_ms;
  ask (self, target, now);
}

/* --- together --- */

static void
note_leading (TriasRaftMember *self, gint64 now)
{
  if (self->leading_term == self->raft.current_term)
    return;
  self->leading_term = self->raft.current_term;
  self->leading_since = now;
  trias_raft_lease_drop (&self->lease, 0);
  trias_raft_transfer_drop (&self->transfer);
}

void
trias_raft_lead_tick (TriasRaftMember *self)
{
  gint64 now = trias_raft_now (self);

  watch_return (self);
  watch_order (self);
  if (!trias_raft_is_leading (self))
    {
      trias_raft_lease_drop (&self->lease, 0);
      trias_raft_transfer_drop (&self->transfer);
      if (leader_of (self) != 0)
        trias_raft_transfer_succeeded (&self->transfer);
      self->errand = 0;
      return;
    }
  note_leading (self, now);
  watch_transfer (self, now);
  watch_pin (self, now);
  follow_rank (self, now);
  renew (self, now);
}

gboolean
trias_raft_member_hand_over (TriasRaftMember *self, guint slot, gint64 pin_until, GError **error)
{
  gint64 now = trias_raft_now (self);
  gboolean there;

  if (!trias_raft_is_leading (self) || slot < 1 || slot >= TERTIARY)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_NOT_ACTIVE,
                   "Only the active server can hand over, and only to the primary or secondary"
                   " server.");
      return FALSE;
    }
  if (self->transfer.state != TRIAS_RAFT_TRANSFER_NONE)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BUSY, "A handover is under way already.");
      return FALSE;
    }
  there = slot == self->config.slot || self->peers[slot].contact_since != 0
          || (self->peers[TERTIARY].hears & (1u << slot)) != 0;
  if (!there || self->peers[slot].muted)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_UNREACHABLE,
                   "The server that is to become active cannot be reached or is not ready.");
      return FALSE;
    }
  /* The tertiary hands it on to whom the pin names. */
  if (slot != self->config.slot && self->peers[slot].contact_since == 0)
    pin_until = MAX (pin_until, now + 2 * ERRAND_MS);
  if (pin_until > now)
    set_pin (self, slot, pin_until, FALSE);
  else if (self->pin.slot != 0)
    set_pin (self, 0, 0, FALSE);
  self->errand = slot != self->config.slot ? slot : 0;
  self->errand_until = now + ERRAND_MS;
  self->transfer.next_try = MIN (self->transfer.next_try, now);
  self->detour_allowed = MIN (self->detour_allowed, now);
  return TRUE;
}
