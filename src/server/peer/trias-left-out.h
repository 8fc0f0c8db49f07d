/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-peer-private.h"

G_BEGIN_DECLS

/** The others of the triad @former went on without this server. */
void trias_left_out_note (TriasPeer *self, const TriasRelationship *former);
/** Where the triad @former ended, tells which other member goes on alone with what was its. */
void trias_left_alone_tell (TriasPeer *self, const TriasRelationship *former);
/** Writes the member `left_out`: what went on without this server, or null. */
void trias_left_out_write (TriasPeer *self, TriasJsonWriter *writer);
/** This server belongs to a relationship again. */
void trias_left_out_forget (TriasPeer *self);

G_END_DECLS
