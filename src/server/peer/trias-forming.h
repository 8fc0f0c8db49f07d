/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-peer-private.h"

G_BEGIN_DECLS

/** Changing who belongs together: check, prepare, seal, formed; and dissolving (design §4).
 *
 * Something new is sealed on the coordinator's disk. A triad that goes on with another member is
 * sealed by its own majority, and a promise for that holds for one term of its log: whoever has
 * applied an entry of a later one without a seal knows that it came to nothing. */

TriasForming *trias_forming_new (TriasPeer *peer);
/** Takes up what was under way when the server stopped. */
void trias_forming_start (TriasForming *self);
/** Answers who waits. */
void trias_forming_stop (TriasForming *self);
void trias_forming_free (TriasForming *self);
/** Whether a forming is under way, here or as prepared by another. */
gboolean trias_forming_is_busy (TriasPeer *peer);
/** A fellow member with @key says that the triad has gone on without this server's knowledge. */
void trias_forming_follow (TriasForming *self, const char *key, guint64 incarnation);
/** The relationship here is another one: takes note if it is what was promised. */
void trias_forming_relationship_changed (TriasForming *self);
/** Whether the log of the triad @relationship, in which this server is in the incarnation before
 * @incarnation, has gone past @term, so that no seal of that term can come any more. */
gboolean trias_forming_is_settled (TriasPeer *peer,
                                   const char *relationship,
                                   guint64 incarnation,
                                   guint64 term);
/** Whether this incarnation of the relationship is sealed here. */
gboolean trias_forming_is_sealed (TriasPeer *peer, const char *id, guint64 incarnation);
/** Writes the member `forming`. */
void trias_forming_write (TriasForming *self, TriasJsonWriter *writer);

/** Whether @relationship with the partner @key was dissolved here, in @incarnation or later. */
gboolean trias_forming_was_dissolved (TriasPeer *peer,
                                      const char *relationship,
                                      const char *key,
                                      guint64 incarnation);
/** Whether @key was a partner once; @relationship (out) (transfer full). */
gboolean trias_forming_dissolved_partner (TriasPeer *peer, const char *key, char **relationship);
/** Writes down with whom the present relationship was: it is over. */
void trias_forming_note_ended (TriasPeer *peer);
/** A member says that the triad, by now called @name (nullable), went on without this server while
 * it was out of reach. */
void trias_forming_left_out (TriasForming *self, const char *name);
/** A member says, in @problem, that the relationship was dissolved while it was out of reach. */
void trias_forming_partner_dissolved (TriasForming *self, const TriasProblem *problem);

void trias_peer_on_prepare (TriasPeerCall *call);
void trias_peer_on_forget (TriasPeerCall *call);
void trias_peer_on_outcome (TriasPeerCall *call);
void trias_peer_on_formed (TriasPeerCall *call);
void trias_peer_on_dissolve (TriasPeerCall *call);

G_END_DECLS
