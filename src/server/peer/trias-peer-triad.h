/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-maintenance.h"
#include "server/peer/trias-peer-private.h"

G_BEGIN_DECLS

/* A triad at run time: signs of life to the other two members, what each says of the rest, who is
 * active, and the links of the engine (design §5). */

/** How the engine reaches the other members; its user data is the TriasPeer. */
extern const TriasJournalLinks trias_peer_triad_links;

TriasPeerTriad *trias_peer_triad_new (TriasPeer *peer);
void trias_peer_triad_free (TriasPeerTriad *self);
/** Rules of peers changed: cuts the engine's streams with whom they keep out. */
void trias_peer_triad_rules_changed (TriasPeerTriad *self);
/** Twice a second. */
void trias_peer_triad_tick (TriasPeerTriad *self);
/** Sends probes to both as soon as it can be: there is news. */
void trias_peer_triad_soon_probe (TriasPeerTriad *self);
/** Works all views out anew; tells events and watchers of what has changed. */
void trias_peer_triad_refresh (TriasPeerTriad *self);
/** The own ledger changed. */
void trias_peer_triad_changed (TriasPeerTriad *self);
/** The link to the member with @key. (nullable) */
TriasLink *trias_peer_triad_link (TriasPeerTriad *self, const char *key);
/** The member with @key was let in from @address. */
void trias_peer_triad_let_in (TriasPeerTriad *self, const char *key, const char *address);
/** Numeric address that the member with @key was last let in from. (nullable) */
const char *trias_peer_triad_address (TriasPeerTriad *self, const char *key);
/** Own views of the other two, by rank. (element-type TriasMemberStatus) */
GPtrArray *trias_peer_triad_statuses (TriasPeerTriad *self);

/** Server id of the active member, %NULL if none is known. */
const char *trias_peer_triad_active (TriasPeerTriad *self);
/** `serving`, `redirecting` or `no-quorum`, and a sentence. (transfer full) @why */
const char *trias_peer_triad_word (TriasPeerTriad *self, char **why);
TriasRoute trias_peer_triad_route (TriasPeerTriad *self, const char *cannot_reach, char **location);
/** Why this server must not be switched off; @other (out) (nullable): the member that it is about.
 */
TriasUnsafe trias_peer_triad_unsafe (TriasPeerTriad *self, const char **other);
/** Who stands aside has changed: the engine is to know. */
void trias_peer_triad_follow_aside (TriasPeerTriad *self);
/** Adds to @problem who is active and where, or which links are missing. */
void trias_peer_triad_explain (TriasPeerTriad *self, TriasProblem *problem);

/** Writes the members of GET /relationship that only administrators see. */
void trias_peer_triad_write (TriasPeerTriad *self, TriasJsonWriter *writer);

void trias_peer_triad_on_probe (TriasPeerCall *call);
void trias_peer_on_note (TriasPeerCall *call);
void trias_peer_on_engine (TriasPeerCall *call);

G_END_DECLS
