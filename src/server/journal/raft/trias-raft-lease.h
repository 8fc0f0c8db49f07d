/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TriasRaftLease:
 *
 * How long a leader may answer without asking the others again. An entry that was proposed at some
 * moment and is committed shows that a majority followed this member after that moment, and none of
 * them helps another to lead within E. All times are of this machine's boot clock, in ms.
 */
typedef struct
{
  gint64 length;     /* 0.9 E */
  gint64 pause;      /* E / 4: so often it is renewed */
  gint64 until;      /* 0 = none */
  gint64 asked;      /* when what gave the present one was proposed */
  gint64 not_before; /* what was proposed earlier gives none */
  gint64 former;     /* the same, but for the last order */
} TriasRaftLease;

void trias_raft_lease_init (TriasRaftLease *self, guint election_ms);
/** An entry of this member's term that was proposed at @proposed_at is committed. */
void trias_raft_lease_confirm (TriasRaftLease *self, gint64 proposed_at);
/** Ends it; what is proposed before @not_before gives none. */
void trias_raft_lease_drop (TriasRaftLease *self, gint64 not_before);
/** Ends it since another member is ordered to lead, which it may try until @not_before. */
void trias_raft_lease_order (TriasRaftLease *self, gint64 not_before);
/** The order is of the past: who got it has led since, in a later term than it was given in. Nobody
 * obeys it any more, so nobody needs to wait until it has run out. */
void trias_raft_lease_obeyed (TriasRaftLease *self);
/** What is left of it, 0 if it does not run. */
gint64 trias_raft_lease_left (const TriasRaftLease *self, gint64 now);
/** Whether it is time to propose something that renews it. */
gboolean trias_raft_lease_is_due (const TriasRaftLease *self, gint64 now);

G_END_DECLS
