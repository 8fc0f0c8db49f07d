/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/journal/raft/trias-raft-permit.h"

void
trias_raft_permit_open (
    TriasRaftPermit *self, guint from, guint64 id, guint64 term, guint64 index, gint64 until)
{
  /* A question that comes twice does not lengthen the permit. */
  if (self->from == from && self->id == id)
    return;
  *self = (TriasRaftPermit){ .from = from, .id = id, .term = term, .index = index, .until = until };
}

gboolean
trias_raft_permit_is_open (const TriasRaftPermit *self, gint64 now)
{
  return self->from != 0 && now < self->until;
}

gboolean
trias_raft_permit_allows (
    const TriasRaftPermit *self, guint from, guint64 term, guint64 index, gint64 now)
{
  return trias_raft_permit_is_open (self, now) && self->from == from && self->term == term
         && index >= self->index;
}

void
trias_raft_transfer_init (TriasRaftTransfer *self, guint election_ms, guint pause_max_ms)
{
  *self = (TriasRaftTransfer){ .election_ms = election_ms, .pause_max_ms = pause_max_ms };
}

void
trias_raft_transfer_drop (TriasRaftTransfer *self)
{
  self->state = TRIAS_RAFT_TRANSFER_NONE;
  self->ordered_index = 0;
}

void
trias_raft_transfer_succeeded (TriasRaftTransfer *self)
{
  self->failures = 0;
  self->next_try = 0;
}

/* Twice E at first. */
static gint64
next_pause (TriasRaftTransfer *self)
{
  gint64 first = self->election_ms * 2;
  gint64 pause = first << MIN (self->failures, 16);

  self->failures++;
  return MIN (pause, MAX (first, self->pause_max_ms));
}

gboolean
trias_raft_transfer_may_ask (const TriasRaftTransfer *self, guint64 last_index, gint64 now)
{
  return self->state == TRIAS_RAFT_TRANSFER_NONE && now >= self->next_try
         && last_index > self->ordered_index;
}

void
trias_raft_transfer_ask (
    TriasRaftTransfer *self, guint target, guint64 id, guint64 last_index, gint64 now)
{
  self->state = TRIAS_RAFT_TRANSFER_ASKED;
  self->target = target;
  self->id = id;
  self->index = last_index;
  self->asked = now;
}

gboolean
trias_raft_transfer_granted (TriasRaftTransfer *self, guint from, guint64 id, gint64 now)
{
  return self->state == TRIAS_RAFT_TRANSFER_ASKED && self->target == from && self->id == id
         && !trias_raft_transfer_is_stale (self, now);
}

void
trias_raft_transfer_ordered (TriasRaftTransfer *self, guint64 last_index)
{
  self->state = TRIAS_RAFT_TRANSFER_ORDERED;
  self->ordered_index = MAX (self->ordered_index, last_index);
}

gint64
trias_raft_transfer_end (TriasRaftTransfer *self, gint64 now)
{
  gboolean ordered = self->state == TRIAS_RAFT_TRANSFER_ORDERED;

  self->state = TRIAS_RAFT_TRANSFER_NONE;
  self->next_try = now + next_pause (self);
  /* The permit was opened before the answer came, which was within E, and lasts E. */
  return ordered ? self->asked + 2 * self->election_ms : 0;
}

gboolean
trias_raft_transfer_is_stale (const TriasRaftTransfer *self, gint64 now)
{
  return self->state == TRIAS_RAFT_TRANSFER_ASKED && now - self->asked >= self->election_ms;
}
