/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-peer-private.h"

G_BEGIN_DECLS

/* Where the partner is reached. It may have several network cards, of which one fails, or have
 * moved: its addresses are those of the relationship, best first, then those that it told itself.
 * The one that worked last is used until it fails; then the next gets its turn. */

/** The address in use. */
const char *trias_partner_address (TriasPeer *self);
/** It did not answer at @address: turns to the next. %TRUE if that is another one, and not all had
 * their turn since the last answer. */
gboolean trias_partner_address_failed (TriasPeer *self, const char *address);
/** It answered. */
void trias_partner_address_works (TriasPeer *self);
/** The partner said where it listens (nullable). */
void trias_partner_address_told (TriasPeer *self, const char *const *addresses);
/** The partner is another one, or there is none. */
void trias_partner_address_forget (TriasPeer *self);
/** Writes the own addresses, without wildcards, as what a partner is to be told. */
void trias_partner_address_write (TriasPeer *self, TriasJsonWriter *writer, const char *name);

G_END_DECLS
