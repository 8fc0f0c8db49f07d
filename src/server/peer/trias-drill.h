/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-peer-private.h"

G_BEGIN_DECLS

/** Failover drills (design §7): the server that serves hands over, or goes silent, for a time; who
 * served before serves afterwards. The last drill is kept, on every member. */

TriasDrills *trias_drills_new (TriasPeer *peer);
/** Reads the last one; one that was under way when the server stopped has ended by that. */
void trias_drills_start (TriasDrills *self);
/** The relationship of the last one has ended: what it told is of no other. */
void trias_drills_forget (TriasDrills *self);
void trias_drills_stop (TriasDrills *self);
void trias_drills_free (TriasDrills *self);
/** Whether one is under way, as far as is known here. */
gboolean trias_drills_is_running (TriasPeer *peer);
/** %NULL or, while one is under way, a problem that says so. (transfer full) */
TriasProblem *trias_drills_refuse_change (TriasPeer *peer);
/** Writes the member `drill`: the last one, or null. */
void trias_drills_write (TriasDrills *self, TriasJsonWriter *writer);

void trias_peer_on_drill (TriasPeerCall *call);

G_END_DECLS
