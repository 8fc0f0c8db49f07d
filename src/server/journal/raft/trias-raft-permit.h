/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* An orderly transfer: the leader asks, the other opens a permit and says so, the leader gives up
 * its lease and orders the other to stand for election. An order that comes late, after the leader
 * took a lease again, finds no permit. Times are of each machine's own boot clock, in ms. */

/** The one that is to lead. */
typedef struct
{
  guint from;    /* slot of the leader that asked; 0 = no permit */
  guint64 id;    /* of its question */
  guint64 term;  /* in which it leads */
  guint64 index; /* last entry of its log when it asked: an older order names an older one */
  gint64 until;
} TriasRaftPermit;

void trias_raft_permit_open (
    TriasRaftPermit *self, guint from, guint64 id, guint64 term, guint64 index, gint64 until);
gboolean trias_raft_permit_is_open (const TriasRaftPermit *self, gint64 now);
/** Whether an order to stand for election may be obeyed. */
gboolean trias_raft_permit_allows (
    const TriasRaftPermit *self, guint from, guint64 term, guint64 index, gint64 now);

typedef enum
{
  TRIAS_RAFT_TRANSFER_NONE,
  TRIAS_RAFT_TRANSFER_ASKED,   /* still serving */
  TRIAS_RAFT_TRANSFER_ORDERED, /* without a lease */
} TriasRaftTransferState;

/** The one that leads. */
typedef struct
{
  TriasRaftTransferState state;
  guint target; /* slot */
  guint64 id;
  guint64 index;         /* last entry of the log when it asked */
  guint64 ordered_index; /* … of the last order that went out */
  gint64 asked;
  gint64 next_try;
  guint failures; /* in a row */
  gint64 election_ms;
  gint64 pause_max_ms;
} TriasRaftTransfer;

/** @pause_max_ms: the longest pause between tries. */
void trias_raft_transfer_init (TriasRaftTransfer *self, guint election_ms, guint pause_max_ms);
/** What was under way is of the past, since this member began or ended to lead. Pauses stay: that
 * it leads again may be because the other could not. */
void trias_raft_transfer_drop (TriasRaftTransfer *self);
/** Another one leads: the next failure is a first one. */
void trias_raft_transfer_succeeded (TriasRaftTransfer *self);
/** Whether a question may be put now; the log must have grown since the last order. */
gboolean
trias_raft_transfer_may_ask (const TriasRaftTransfer *self, guint64 last_index, gint64 now);
void trias_raft_transfer_ask (
    TriasRaftTransfer *self, guint target, guint64 id, guint64 last_index, gint64 now);
/** The answer came: %TRUE if it is one to the present question and in time. */
gboolean trias_raft_transfer_granted (TriasRaftTransfer *self, guint from, guint64 id, gint64 now);
/** The order goes out; @last_index is what it names. */
void trias_raft_transfer_ordered (TriasRaftTransfer *self, guint64 last_index);
/** It ended without another one leading; the next try waits, twice as long with each failure in a
 * row up to some seconds. Returns before when no lease may be taken: then the permit has surely run
 * out. */
gint64 trias_raft_transfer_end (TriasRaftTransfer *self, gint64 now);
/** Whether nobody answered the question in time. */
gboolean trias_raft_transfer_is_stale (const TriasRaftTransfer *self, gint64 now);

G_END_DECLS
