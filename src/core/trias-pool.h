/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-license.h"

G_BEGIN_DECLS

/** A feature over all valid licences of a server: what there is and what is free. */
typedef struct
{
  char *product;
  char *feature;
  guint seats;
  guint used;
  guint leases; /* number of leases; more than @used where several share a device */
  TriasCountedBy counted_by;
  gint64 not_after; /* the earliest end among its licences, Unix ms; 0 = none */
} TriasPool;

TriasPool *trias_pool_copy (const TriasPool *self);
void trias_pool_free (TriasPool *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasPool, trias_pool_free)
void trias_pool_write (const TriasPool *self, TriasJsonWriter *writer, const char *name);
TriasPool *trias_pool_read (const TriasJson *object, GError **error);

G_END_DECLS
