/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/journal/raft/trias-raft-lease.h"

void
trias_raft_lease_init (TriasRaftLease *self, guint election_ms)
{
  *self = (TriasRaftLease){ .length = (gint64) election_ms * 9 / 10, .pause = election_ms / 4 };
}

void
trias_raft_lease_confirm (TriasRaftLease *self, gint64 proposed_at)
{
  if (proposed_at < self->not_before || proposed_at + self->length <= self->until)
    return;
  self->asked = proposed_at;
  self->until = proposed_at + self->length;
}

void
trias_raft_lease_drop (TriasRaftLease *self, gint64 not_before)
{
  self->until = self->asked = 0;
  self->not_before = MAX (self->not_before, not_before);
}

void
trias_raft_lease_order (TriasRaftLease *self, gint64 not_before)
{
  self->former = self->not_before;
  trias_raft_lease_drop (self, not_before);
}

void
trias_raft_lease_obeyed (TriasRaftLease *self)
{
  self->not_before = self->former;
}

gint64
trias_raft_lease_left (const TriasRaftLease *self, gint64 now)
{
  return MAX (self->until - now, 0);
}

gboolean
trias_raft_lease_is_due (const TriasRaftLease *self, gint64 now)
{
  return now >= self->not_before && (self->until == 0 || now >= self->asked + self->pause);
}
