/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-peer-private.h"

G_BEGIN_DECLS

/**
 * TriasListSignatures:
 *
 * The members' signatures over the present member list. Clients follow a list that a majority of
 * the one they know has signed; each member hands out all signatures, so that a client needs to
 * reach only one of them. They come with the probes.
 */
TriasListSignatures *trias_list_signatures_new (void);
void trias_list_signatures_free (TriasListSignatures *self);
/** Writes the own signature into what goes to another member. */
void trias_list_signatures_write (TriasPeer *peer, TriasJsonWriter *writer);
/** Takes the one that the member with @key told in @json, if it is over the present list. */
void trias_list_signatures_read (TriasPeer *peer, const char *key, const TriasJson *json);

G_END_DECLS
