/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/journal/raft/trias-raft-member.h"
#include "server/journal/raft/trias-raft-mend.h"

G_BEGIN_DECLS

/** What passes between an engine and its world; a hook that is %NULL lets everything pass. */
typedef struct
{
  /** A message came; it may be changed. %FALSE: the engine does not see it. */
  gboolean (*arrives) (struct raft_message *message, gpointer user_data);
  /** A message goes out; it may be changed. %FALSE: it is lost. */
  gboolean (*leaves) (struct raft_message *message, gpointer user_data);
  /** The engine draws its time-out, @min being E. */
  int (*draws) (int min, int max, gpointer user_data);
  /** The disk refused the log: the engine must be closed and opened anew, it goes on with nothing.
   */
  TriasRaftWriteFailed failed;
} TriasRaftHooks;

/**
 * TriasRaftGuard:
 *
 * Stands between a struct raft and its raft_io, whichever that is, and keeps it from what the
 * version in Debian 12 does wrong (Raft, figure 8):
 *
 * 1. A leader begins its term with a barrier. Acknowledgements that do not reach it are withheld
 *    until it lies on this disk, so that no entry of an older term is committed by counting.
 * 2. A follower acknowledges nothing but what the leader of this term compared with its own log:
 *    not the rest of a longer log, nor what an older leader sent and the disk kept only now.
 *
 * It also keeps away what that version does not survive (trias-raft-mend.h).
 *
 * Newer versions do the same by themselves; there it changes nothing.
 */
typedef struct
{
  struct raft *raft; /* (borrowed) its `data` is this guard */
  guint left_out;    /* TriasRaftRules */
  const TriasRaftHooks *hooks;
  gpointer user_data;

  raft_term barrier_term; /* in which this member led last and began with a barrier */
  raft_index barrier_index;
  raft_term verified_term; /* of the leader heard last */
  raft_index verified;     /* so far its log and this one are the same */
  raft_index held[8];      /* by server: what it acknowledged and libraft is not told yet */
  raft_term held_term;
  guint withheld;
  guint capped;

  /* What was wrapped. */
  raft_io_recv_cb recv;
  int (*start) (struct raft_io *, unsigned, raft_io_tick_cb, raft_io_recv_cb);
  int (*send) (struct raft_io *,
               struct raft_io_send *,
               const struct raft_message *,
               raft_io_send_cb);
  int (*random) (struct raft_io *, int, int);
  void (*close) (struct raft_io *, raft_io_close_cb);
  TriasRaftWrites writes;
  GQueue kept_in; /* (element-type KeptIn) messages that did not go out, to be told so */
} TriasRaftGuard;

/** After raft_init() and before raft_start(). @hooks may be %NULL. */
void trias_raft_guard_init (TriasRaftGuard *self,
                            struct raft *raft,
                            guint left_out,
                            const TriasRaftHooks *hooks,
                            gpointer user_data);
/** Begins the term if this member leads and has not yet. */
void trias_raft_guard_tick (TriasRaftGuard *self);
/** Whether this member leads and all that was committed before its term is applied. */
gboolean trias_raft_guard_has_begun (TriasRaftGuard *self);
/** Term of the entry at @index of the engine's log; 0 if it is not there. */
raft_term trias_raft_log_term (const struct raft *raft, raft_index index);
/** The entry at @index of the log; %NULL if it is not in it (any more). */
const struct raft_entry *trias_raft_log_entry (const struct raft *raft, raft_index index);

G_END_DECLS
