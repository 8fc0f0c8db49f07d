/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "core/trias-relationship.h"

G_BEGIN_DECLS

/**
 * TriasAddressRows:
 *
 * The addresses at which the members of a relationship reach each other, a field each, best address
 * first. What is typed is looked at at once. Emits "changed" when the person edits one.
 */
#define TRIAS_TYPE_ADDRESS_ROWS (trias_address_rows_get_type ())
G_DECLARE_FINAL_TYPE (TriasAddressRows, trias_address_rows, TRIAS, ADDRESS_ROWS, AdwBin)

/** Shows the addresses of @relationship; fields of the same members stay. */
void trias_address_rows_set (TriasAddressRows *self, const TriasRelationship *relationship);
/** Whether all that stands in the fields can be an address; says beside each what cannot. */
gboolean trias_address_rows_check (TriasAddressRows *self);
/** The members whose addresses are others than in @relationship. (transfer full) (element-type
 * TriasMember) */
GPtrArray *trias_address_rows_get_changed (TriasAddressRows *self,
                                           const TriasRelationship *relationship);

G_END_DECLS
