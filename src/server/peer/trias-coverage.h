/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "ledger/trias-ledger.h"

G_BEGIN_DECLS

/** Seats of one product's feature. */
typedef struct
{
  char *product;
  char *feature;
  guint64 seats;
} TriasSeats;

/** What @ledger's licences give at @now (Unix ms), whatever ledger time a replica has; ordered by
 * product and feature. (transfer container full) (element-type TriasSeats) */
GPtrArray *trias_seats_of (TriasLedger *ledger, gint64 now);
/** The entry for @product (NULL = any) and @feature. (nullable) (transfer none) */
const TriasSeats *trias_seats_find (GPtrArray *seats, const char *product, const char *feature);

/** Whether @ledger has @count seats free for @feature of one @product ("" = any), where @seats is
 * what its licences give. */
gboolean trias_seats_are_free (
    GPtrArray *seats, TriasLedger *ledger, const char *product, const char *feature, guint count);

/** How much of @wanted is covered by @by: per feature the smaller number. */
typedef struct
{
  guint64 covered;
  guint64 total;
} TriasCoverage;
TriasCoverage trias_seats_cover (GPtrArray *wanted, GPtrArray *by);

G_END_DECLS
