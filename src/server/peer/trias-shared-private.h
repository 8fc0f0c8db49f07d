/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-bundle.h"
#include "server/peer/trias-shared.h"

G_BEGIN_DECLS

struct _TriasShared
{
  TriasPeer *peer;
  gboolean busy;           /* a step of reconciling is under way */
  guint64 await_revision;  /* of the main server's ledger: what it did for us must be in the copy
                              first */
  TriasConflict *conflict; /* (nullable) */
  gboolean conflict_sent;  /* the main server keeps it as well */
  guint unknown_at_main;   /* probes in a row that did not name it */
  gboolean dirty; /* what is shared changed here or in the copy since both were found equal */
};

/** Keeps @conflict (taken) durably. */
void trias_shared_keep_conflict (TriasShared *self,
                                 TriasConflict *conflict,
                                 TriasKeeperDone done,
                                 gpointer user_data);
void trias_shared_drop_conflict (TriasShared *self, const char *take);
/** Remembers from which version a backup departs with its first edit while apart. */
void trias_shared_note_apart (TriasShared *self);
/** Has the main server carry @command out. */
void trias_shared_post_command (TriasShared *self,
                                const TriasCommand *command,
                                TriasPeerAnswerFunc func,
                                gpointer user_data);
/** The main server's answer names the revision that holds the change. */
void trias_shared_await (TriasShared *self, const TriasJson *answer);

G_END_DECLS
