/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/keeper/trias-keeper.h"

G_BEGIN_DECLS

/**
 * TriasHoldings:
 *
 * How many leases each client key holds, for the limit per key. While all together are below the
 * limit nobody can be beyond it, so the count starts only when it could matter.
 */
typedef struct _TriasHoldings TriasHoldings;

TriasHoldings *trias_holdings_new (TriasKeeper *keeper);
void trias_holdings_free (TriasHoldings *self);
/** Whether @key_id holds @limit leases or more. */
gboolean trias_holdings_reached (TriasHoldings *self, const char *key_id, guint limit);
/** Keeps the count up to date: (element-type TriasChange). */
void trias_holdings_changed (TriasHoldings *self, GPtrArray *changes);

G_END_DECLS
