/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-raft"

#include "config.h"

#include "server/journal/raft/trias-raft-member-private.h"

/* --- marks --- */

void
trias_raft_gossip_reach (TriasRaftMember *self)
{
  const struct raft *raft = &self->raft;
  TriasRaftMark mark = { .vote_term = raft->current_term, .vote = raft->voted_for };

  mark.log_term = trias_raft_log_term (raft, raft->last_stored);
  if (mark.log_term != 0)
    mark.log_index = raft->last_stored;
  trias_raft_marks_reach (&self->marks, &mark);
}

void
trias_raft_gossip_start (TriasRaftMember *self)
{
  gsize length = 0;
  const guint8 *data = self->saved != NULL ? g_bytes_get_data (self->saved, &length) : NULL;

  trias_raft_gossip_reach (self);
  if (data != NULL && !trias_raft_marks_load (&self->marks, data, length))
    {
      self->marks.blank = TRUE;
      g_warning ("What this member kept about the others is damaged: it votes for nobody before "
                 "both have told it again.");
    }
  self->nonce = ((guint64) self->guard.random (self->io, 1, G_MAXINT32) << 32)
                ^ (guint64) trias_raft_now (self) ^ self->config.slot;
  if (self->nonce == 0)
    self->nonce = 1;
  trias_raft_gossip_spread (self);
}

static void
keep_marks (TriasRaftMember *self, gint64 now)
{
  guint8 bytes[TRIAS_RAFT_MARKS_SIZE];
  g_autoptr (GBytes) marks = NULL;

  if (!self->marks_due || now - self->marks_kept < TRIAS_RAFT_NOTE_MS)
    return;
  self->marks_due = FALSE;
  self->marks_kept = now;
  trias_raft_marks_save (&self->marks, bytes);
  marks = g_bytes_new (bytes, sizeof bytes);
  self->client->keep_marks (marks, self->user_data);
}

/* --- notes out --- */

static guint
hears (TriasRaftMember *self)
{
  guint bits = 0;

  for (guint slot = 1; slot <= TRIAS_RAFT_SLOTS; slot++)
    if (self->peers[slot].contact_since != 0)
      bits |= 1u << slot;
  return bits;
}

static void
add_permit (TriasRaftMember *self, guint to, TriasRaftNote *note)
{
  TriasRaftPeer *peer = &self->peers[to];

  if (self->transfer.state == TRIAS_RAFT_TRANSFER_ASKED && self->transfer.target == to)
    {
      note->flags |= TRIAS_RAFT_NOTE_ASKS;
      note->permit_id = self->transfer.id;
      note->permit_term = self->raft.current_term;
      note->permit_index = self->transfer.index;
    }
  else if (peer->grants != 0)
    {
      note->flags |= TRIAS_RAFT_NOTE_GRANTS;
      note->permit_id = peer->grants;
      peer->grants = 0;
    }
}

static void
send_note (TriasRaftMember *self, guint to, gint64 now)
{
  TriasRaftNote note = { .nonce = self->nonce,
                         .echo = self->peers[to].nonce,
                         .number = ++self->number,
                         .hears = hears (self),
                         .pinned = self->pin.slot,
                         .last_index = raft_last_index (&self->raft),
                         .pin_version = self->pin.version };
  TriasRaftMarks *marks = &self->marks;
  g_autoptr (GBytes) bytes = NULL;
  gconstpointer data;
  gsize length;

  note.pin_left_ms = self->pin.until == G_MAXINT64 ? G_MAXINT64 : MAX (self->pin.until - now, 0);
  note.flags = (trias_raft_is_muted (self) ? TRIAS_RAFT_NOTE_MUTED : 0)
               | (self->pin.returns ? TRIAS_RAFT_NOTE_RETURNS : 0);
  add_permit (self, to, &note);
  if (trias_raft_marks_learn (marks, marks->slot, &marks->own))
    self->marks_due = TRUE;
  for (guint i = 0; i < TRIAS_RAFT_SLOTS; i++)
    note.marks[i] = marks->known[i];
  bytes = trias_raft_note_encode (&note);
  data = g_bytes_get_data (bytes, &length);
  self->peers[to].note_due = FALSE;
  self->peers[to].note_sent = now;
  self->client->note (to, data, length, self->user_data);
}

void
trias_raft_gossip_spread (TriasRaftMember *self)
{
  for (guint slot = 1; slot <= TRIAS_RAFT_SLOTS; slot++)
    self->peers[slot].note_due = TRUE;
}

/* What the others should know at once; the rest can wait for the next second. */
static gboolean
has_changed (TriasRaftMember *self)
{
  guint now[G_N_ELEMENTS (self->spread)] = {
    trias_raft_is_leading (self), trias_raft_is_muted (self), hears (self),
    (guint) self->raft.voted_for, (guint) self->pin.version,  (guint) self->raft.current_term
  };
  gboolean changed = memcmp (now, self->spread, sizeof now) != 0;

  memcpy (self->spread, now, sizeof now);
  return changed;
}

void
trias_raft_gossip_tick (TriasRaftMember *self)
{
  gint64 now = trias_raft_now (self);

  trias_raft_gossip_reach (self);
  if (has_changed (self))
    trias_raft_gossip_spread (self);
  for (guint slot = 1; slot <= TRIAS_RAFT_SLOTS; slot++)
    {
      TriasRaftPeer *peer = &self->peers[slot];

      if (slot == self->config.slot || now < self->quiet_until)
        continue;
      if (peer->note_due || now - peer->note_sent >= TRIAS_RAFT_NOTE_MS)
        send_note (self, slot, now);
    }
  keep_marks (self, now);
}

/* --- notes in --- */

static void
note_contacts (TriasRaftMember *self, guint from, const TriasRaftNote *note)
{
  TriasRaftPeer *peer = &self->peers[from];
  gint64 now = trias_raft_now (self);

  /* Another process: it was gone in between, however short. */
  if (peer->nonce != note->nonce)
    {
      peer->contact_since = now;
      peer->note_due = TRUE;
    }
  else if (note->echo != self->nonce)
    peer->note_due = TRUE;
  peer->nonce = note->nonce;
  peer->number = note->number;
  peer->hears = note->hears;
  peer->muted = (note->flags & TRIAS_RAFT_NOTE_MUTED) != 0;
  peer->last_index = note->last_index;
  for (guint slot = 1; slot <= TRIAS_RAFT_SLOTS; slot++)
    if ((note->hears & (1u << slot)) == 0)
      peer->hears_since[slot] = 0;
    else if (peer->hears_since[slot] == 0)
      peer->hears_since[slot] = now;
}

static void
note_permit (TriasRaftMember *self, guint from, const TriasRaftNote *note)
{
  gint64 now = trias_raft_now (self);

  if ((note->flags & TRIAS_RAFT_NOTE_GRANTS) != 0 && note->echo == self->nonce)
    trias_raft_lead_granted (self, from, note->permit_id);
  if ((note->flags & TRIAS_RAFT_NOTE_ASKS) == 0 || note->echo != self->nonce
      || trias_raft_is_muted (self) || note->permit_term != self->raft.current_term
      || self->raft.state != RAFT_FOLLOWER || self->raft.follower_state.current_leader.id != from)
    return;
  trias_raft_permit_open (&self->permit, from, note->permit_id, note->permit_term,
                          note->permit_index, now + (gint64) self->config.election_ms);
  self->peers[from].grants = note->permit_id;
  self->peers[from].note_due = TRUE;
}

void
trias_raft_member_receive_note (TriasRaftMember *self,
                                guint from_slot,
                                const void *data,
                                gsize length)
{
  TriasRaftNote note;
  TriasRaftPin pin;
  gint64 now = trias_raft_now (self);

  if (from_slot < 1 || from_slot > TRIAS_RAFT_SLOTS || from_slot == self->config.slot
      || !self->started || now < self->quiet_until || !trias_raft_note_decode (&note, data, length))
    return;
  if (self->peers[from_slot].nonce == note.nonce && note.number <= self->peers[from_slot].number)
    return;
  trias_raft_watch_contact (self, from_slot);
  trias_raft_gossip_reach (self);
  if (trias_raft_marks_hear (&self->marks, from_slot, note.marks, note.echo == self->nonce))
    self->marks_due = TRUE;
  note_contacts (self, from_slot, &note);
  pin = (TriasRaftPin){ .version = note.pin_version,
                        .slot = note.pinned,
                        .until
                        = note.pin_left_ms == G_MAXINT64 ? G_MAXINT64 : now + note.pin_left_ms,
                        .returns = (note.flags & TRIAS_RAFT_NOTE_RETURNS) != 0 };
  trias_raft_lead_pin (self, &pin);
  note_permit (self, from_slot, &note);
}
