/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-maintenance.h"
#include "server/peer/trias-peer-private.h"

G_BEGIN_DECLS

/** Who serves which client, and which leases one of the two lets go because the other has them. */

/** @restarted: the relationship was there when this server started, so clients may have gone to the
 * partner. */
TriasServing *trias_serving_new (TriasPeer *peer, gboolean restarted);
void trias_serving_free (TriasServing *self);
/** This server was silent for a drill: a main server that is back waits as after a start. */
void trias_serving_restart (TriasServing *self);
gboolean trias_serving_is_serving (TriasServing *self);
/** `serving`, `redirecting`, `covering`, `reunion`, and a sentence. (transfer full) @why */
const char *trias_serving_word (TriasServing *self, char **why);
/** Id of the server that clients of the main server's licences are served by, as far as known.
 * (nullable) */
const char *trias_serving_active (TriasServing *self);

void trias_serving_link (TriasServing *self, gboolean connected);
void trias_serving_probe_failed (TriasServing *self);
/** The partner has @letting leases to let go here still. */
void trias_serving_told (TriasServing *self, guint letting);
void trias_serving_refresh (TriasServing *self);
/** Leases that the partner is to let go still. */
guint trias_serving_n_letting (TriasServing *self);
/** A kept event: a lease was released here that the partner may hold as well. */
void trias_serving_event (TriasServing *self, const TriasEvent *event);
void trias_serving_before_load (TriasServing *self, GPtrArray *changes, gboolean replace);
void trias_serving_own_changes (TriasServing *self, GPtrArray *changes);
void trias_serving_replica_changed (TriasServing *self);
/** Since when this backup has served in the place of the main server, which has not said yet that
 * it knows: a number of this server's own clock, 0 = it has not. */
gint64 trias_serving_stood_in (TriasServing *self);
/** Of the partner's numbers the one that this main server knows of, 0 = none. */
gint64 trias_serving_stood_in_known (TriasServing *self);
/** Both, as the partner says them of itself. */
void trias_serving_told_stood_in (TriasServing *self, gint64 stood_in, gint64 known);
/** The partner says whether it takes the place of this main server that stands aside. */
void trias_serving_told_covers (TriasServing *self, gboolean covers);
/** Why this server must not be switched off; @other (out) (nullable): the member that it is about.
 * @left, @kept (out): leases here that the partner can go on with, and cannot. */
TriasUnsafe
trias_serving_unsafe (TriasServing *self, const char **other, gint64 *left, gint64 *kept);
/** Whether its backup server covers no seat of this main server, which has some. */
gboolean trias_serving_is_uncovered (TriasServing *self);
/** Whether this backup server stands in for a main server that is away and has none of its seats.
 */
gboolean trias_serving_covers_nothing (TriasServing *self);
/** Writes the member `consequence`. */
void trias_serving_write_consequence (TriasServing *self, TriasJsonWriter *writer);

void trias_peer_on_moved (TriasPeerCall *call);

G_END_DECLS
