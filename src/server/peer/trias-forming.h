/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-peer-private.h"

G_BEGIN_DECLS

/** Changing who belongs together: check, prepare, seal, formed; and dissolving (design §4). */

TriasForming *trias_forming_new (TriasPeer *peer);
/** Takes up what was under way when the server stopped. */
void trias_forming_start (TriasForming *self);
/** Answers who waits. */
void trias_forming_stop (TriasForming *self);
void trias_forming_free (TriasForming *self);
/** Whether a forming is under way, here or as prepared by another. */
gboolean trias_forming_is_busy (TriasPeer *peer);
/** Whether this incarnation of the relationship is sealed here. */
gboolean trias_forming_is_sealed (TriasPeer *peer, const char *id, guint64 incarnation);
/** Writes the member `forming`. */
void trias_forming_write (TriasForming *self, TriasJsonWriter *writer);

/** Whether @relationship with the partner @key was dissolved here. */
gboolean trias_forming_was_dissolved (TriasPeer *peer, const char *relationship, const char *key);
/** Whether @key was a partner once; @relationship (out) (transfer full). */
gboolean trias_forming_dissolved_partner (TriasPeer *peer, const char *key, char **relationship);
/** Writes down with whom the present relationship was: it is over. */
void trias_forming_note_ended (TriasPeer *peer);
/** A member says, in @problem, that the relationship was dissolved while it was out of reach. */
void trias_forming_partner_dissolved (TriasForming *self, const TriasProblem *problem);

void trias_peer_on_prepare (TriasPeerCall *call);
void trias_peer_on_forget (TriasPeerCall *call);
void trias_peer_on_outcome (TriasPeerCall *call);
void trias_peer_on_formed (TriasPeerCall *call);
void trias_peer_on_dissolve (TriasPeerCall *call);

G_END_DECLS
