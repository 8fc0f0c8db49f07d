/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-peer-private.h"

G_BEGIN_DECLS

/** Settings and `use` rules, which both servers of a pair share: the main server's hold. */

TriasShared *trias_shared_new (TriasPeer *peer);
void trias_shared_free (TriasShared *self);
/** Id of the conflict that waits to be resolved; "" = none. */
const char *trias_shared_conflict_id (TriasShared *self);
/** The partner knows of this conflict. */
void trias_shared_told (TriasShared *self, const char *conflict);
/** Changes of the own ledger, or of the copy of the partner's: says whether there is anything to
 * reconcile. */
void trias_shared_note_changes (TriasShared *self, GPtrArray *changes);
/** A connected backup takes over what the main server has, once its copy is current. */
void trias_shared_reconcile (TriasShared *self);
/** Writes the member `conflict`. */
void trias_shared_write_conflict (TriasShared *self, TriasJsonWriter *writer);

void trias_peer_on_shared (TriasPeerCall *call);
void trias_peer_on_conflict (TriasPeerCall *call);

G_END_DECLS
