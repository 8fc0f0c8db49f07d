/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-peer-private.h"

G_BEGIN_DECLS

/** Tells of each rule that still lets a member of @former in that is no partner any more. */
void trias_left_over_rules (TriasPeer *self, const TriasRelationship *former);

G_END_DECLS
