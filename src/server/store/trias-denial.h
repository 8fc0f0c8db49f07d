/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-problem.h"

G_BEGIN_DECLS

/** A refused request for a lease. Equal ones within a minute are counted, not kept one by one. */
typedef struct
{
  guint64 id;         /* row in the history; 0 until kept */
  gint64 first, last; /* Unix ms */
  guint count;
  TriasReason reason;
  char *feature, *user, *host, *address, *key_id, *detail;
} TriasDenial;

TriasDenial *trias_denial_copy (const TriasDenial *self);
void trias_denial_free (TriasDenial *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasDenial, trias_denial_free)

G_END_DECLS
