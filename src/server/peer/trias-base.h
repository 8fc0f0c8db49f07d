/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-peer-private.h"

G_BEGIN_DECLS

/* The base of a triad's incarnation: all records at its seal. Every member begins with it; who has
 * it hands it out, in pieces, to those who lack it. */

/** Gets the base and takes it up. */
typedef struct _TriasBaseTaker TriasBaseTaker;

/**
 * Begins to get the base of @relationship, first from the member with @key, then from any other,
 * and hands it to the keeper. @done is called once, unless the taker is freed before.
 */
TriasBaseTaker *trias_base_taker_new (TriasPeer *peer,
                                      const TriasRelationship *relationship,
                                      const char *key,
                                      TriasPeerDone done,
                                      gpointer user_data);
void trias_base_taker_free (TriasBaseTaker *self);

/** What is kept in memory of the base while it is handed out. */
typedef struct _TriasBaseGiver TriasBaseGiver;
TriasBaseGiver *trias_base_giver_new (TriasPeer *peer);
void trias_base_giver_free (TriasBaseGiver *self);

void trias_peer_on_base (TriasPeerCall *call);

G_END_DECLS
