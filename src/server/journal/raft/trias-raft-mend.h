/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>
#include <raft.h>

G_BEGIN_DECLS

/* What libraft 0.15 does not survive, kept away from it. */

/**
 * Cuts off what @message, from a leader, brings of the part that a snapshot of @raft covers.
 * libraft would take those entries for new ones. All that a snapshot covers is committed, so the
 * leader's are the same. Anything but such a message is left alone.
 */
void trias_raft_mend_append_entries (struct raft *raft, struct raft_message *message);

/** (nullable) told of the first write that failed: the engine must be closed and opened anew. */
typedef void (*TriasRaftWriteFailed) (int status, gpointer user_data);

/**
 * TriasRaftWrites:
 *
 * Writes of the log under way. libraft goes on leading after one that failed, with a log that it
 * has cut off, and does not survive a second one, nor two that are cancelled when it is closed. So
 * it is not told of a failure: the owner is, and libraft frees what it holds once it is closed.
 */
typedef struct
{
  struct raft *raft; /* (borrowed) */
  GQueue failed;     /* (element-type Write) held until the engine is closed */
  gpointer snapshot; /* (owned) (nullable) the same of a snapshot */
  gboolean broken;   /* something was not kept */
  TriasRaftWriteFailed tell;
  gpointer user_data;
  int (*set_term) (struct raft_io *, raft_term);
  int (*set_vote) (struct raft_io *, raft_id);
  int (*snapshot_put) (struct raft_io *,
                       unsigned,
                       struct raft_io_snapshot_put *,
                       const struct raft_snapshot *,
                       raft_io_snapshot_put_cb);
  int (*append) (struct raft_io *,
                 struct raft_io_append *,
                 const struct raft_entry[],
                 unsigned,
                 raft_io_append_cb);
} TriasRaftWrites;

/** Stands in for io->append of @raft from now on; the caller puts its own function there, which
 * calls trias_raft_writes_append(). @tell %NULL: libraft is told of failures while it runs. */
void trias_raft_writes_init (TriasRaftWrites *self,
                             struct raft *raft,
                             TriasRaftWriteFailed tell,
                             gpointer user_data);
int trias_raft_writes_append (TriasRaftWrites *self,
                              struct raft_io_append *request,
                              const struct raft_entry *entries,
                              unsigned n,
                              raft_io_append_cb cb);
int trias_raft_writes_set_term (TriasRaftWrites *self, raft_term term);
int trias_raft_writes_set_vote (TriasRaftWrites *self, raft_id vote);
int trias_raft_writes_snapshot_put (TriasRaftWrites *self,
                                    unsigned trailing,
                                    struct raft_io_snapshot_put *request,
                                    const struct raft_snapshot *snapshot,
                                    raft_io_snapshot_put_cb cb);
/** The engine is being closed, and unavailable by now: lets go of what was held. */
void trias_raft_writes_close (TriasRaftWrites *self);

G_END_DECLS
