/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-serving.h"

G_BEGIN_DECLS

struct _TriasServing
{
  TriasPeer *peer;
  gint64 started_at;  /* monotonic ms */
  gboolean reunion;   /* a main server that waits for what the backup recorded */
  gboolean took_over; /* a backup that has served in the main server's place */
  gboolean told;      /* the partner has spoken since the last failure */
  guint letting;      /* leases that the partner wants to be let go here still */

  GPtrArray *seats; /* (nullable) cache: what the partner's licences give */
  gint64 seats_until;
  gboolean licenses_changed;

  GHashTable *let_go; /* id to LetGo: the partner shall let go of these */
  gboolean sending;
};

/** Tells the partner of leases to let go, if it is connected. */
void trias_serving_flush (TriasServing *self);

/** Frees an entry of `let_go`. */
void trias_let_go_free (gpointer data);

G_END_DECLS
