/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/journal/raft/trias-raft-transport.h"

G_BEGIN_DECLS

/**
 * TriasRaftUv:
 *
 * libraft's own raft_io, on disk and sockets; its libuv loop is driven by the main context that is
 * the thread default when it is made.
 */
typedef struct _TriasRaftUv TriasRaftUv;

/** @turned is called after each turn of the loop that did something. Fails with reason STORAGE. */
TriasRaftUv *trias_raft_uv_new (const char *folder,
                                void (*turned) (gpointer user_data),
                                gpointer user_data,
                                GError **error);
/** Runs the loop until nothing is left in it and frees; the engine must have been asked to close.
 * Blocks for what the disk still writes. */
void trias_raft_uv_free (TriasRaftUv *self);
/** Runs the loop until @done is set; blocks. */
void trias_raft_uv_run_until (TriasRaftUv *self, const gboolean *done);
struct raft_io *trias_raft_uv_get_io (TriasRaftUv *self);
TriasRaftTransport *trias_raft_uv_get_transport (TriasRaftUv *self);
/** The engine was called from outside the loop: it shall turn soon. */
void trias_raft_uv_turn (TriasRaftUv *self);

/** What keep_marks() gave last; %NULL if there is nothing. (transfer full) */
GBytes *trias_raft_uv_load_marks (TriasRaftUv *self);
/** Keeps @marks durably, beside the log, without waiting for the disk. */
void trias_raft_uv_keep_marks (TriasRaftUv *self, GBytes *marks);
/** The same, and waits for the disk: to be used before there is an engine. */
gboolean trias_raft_uv_write_marks (TriasRaftUv *self, GBytes *marks, GError **error);
/** Whether a log was ever begun in the folder. */
gboolean trias_raft_uv_has_log (TriasRaftUv *self);

G_END_DECLS
