/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-peer-private.h"

G_BEGIN_DECLS

/* Signs of life to the partner, and what they carry. */

/** Called twice a second while there is a relationship. */
void trias_peer_tick (TriasPeer *self);
/** Sends a probe now if none is on its way; @compare: with digests. */
void trias_peer_probe (TriasPeer *self, gboolean compare);
/** Works the status out anew; tells events and watchers of what has changed. */
void trias_peer_refresh (TriasPeer *self);
/** Brings the numbers of the status up to date, without deciding anything. */
void trias_peer_fill_status (TriasPeer *self, gint64 now);
void trias_peer_on_probe (TriasPeerCall *call);

G_END_DECLS
