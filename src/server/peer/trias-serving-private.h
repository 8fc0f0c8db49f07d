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
  gint64 stood_in; /* monotonic ms: since when, until the main server says that it knows; 0 = not */
  gint64 partner_stood_in; /* the same, as the backup says it to this main server */
  gint64 stood_in_seen;    /* which of those this main server has acted upon; 0 = none */
  gint64 stood_in_known;   /* the same, once that is durable */
  gboolean told;           /* the partner has spoken since the last failure */
  gboolean partner_covers; /* a backup that knows that this main server stands aside */
  gint64 counted_at;       /* monotonic ms: when the next two were counted */
  gint64 left, kept;       /* leases here that the partner can go on with, and cannot */
  guint letting;           /* leases that the partner wants to be let go here still */

  GPtrArray *seats; /* (nullable) cache: what the partner's licences give */
  gint64 seats_until;
  gboolean licenses_changed;
  GPtrArray *own_seats; /* (nullable) cache: what the own ones give */
  gint64 own_seats_until;

  GHashTable *let_go; /* id to LetGo: the partner shall let go of these */
  gboolean sending;
};

/** Tells the partner of leases to let go, if it is connected. */
void trias_serving_flush (TriasServing *self);

/* trias-serving-route.c */
/** What the partner's licences give. (element-type TriasSeats) (transfer none) */
GPtrArray *trias_serving_partner_seats (TriasServing *self);
/** Whether this is the server that clients of both belong to. */
gboolean trias_serving_is_first (TriasServing *self);
/** A main server that stands aside, and the backup takes its place. */
gboolean trias_serving_is_relieved (TriasServing *self);

/** Frees an entry of `let_go`. */
void trias_let_go_free (gpointer data);

G_END_DECLS
