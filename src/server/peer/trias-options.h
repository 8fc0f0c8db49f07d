/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-peer-private.h"

G_BEGIN_DECLS

/** Name, options and addresses of a relationship: the main server's hold, the backup follows. */

/** What a probe tells of them. (transfer full) */
char *trias_options_hash (const TriasRelationship *relationship);
/** The backup has those with @hash: a main server sends its own if they differ. */
void trias_options_told (TriasPeer *self, const char *hash);
void trias_peer_on_options (TriasPeerCall *call);

G_END_DECLS
