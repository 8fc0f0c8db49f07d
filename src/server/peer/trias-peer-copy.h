/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-peer-private.h"

G_BEGIN_DECLS

/** Carries out what TriasSync decides: pushes own changes and snapshots to the partner, takes the
 * partner's in. */
struct _TriasPeerCopy
{
  TriasPeer *peer;
  TriasSync sync;
  guint idle;     /* source: a step is to be decided */
  guint patience; /* how often changes that the ledger has were awaited */
  gint64 saved_at;

  /* A snapshot being sent. */
  GPtrArray *sending; /* (nullable) (element-type TriasChange) */
  char *sending_id;
  guint sent; /* changes of it */
  guint64 sending_revision;

  /* A snapshot being received. */
  GPtrArray *staged; /* (nullable) */
  char *staged_id;
  guint64 staged_revision;
  gsize staged_bytes;
};

TriasPeerCopy *trias_peer_copy_new (TriasPeer *peer);
void trias_peer_copy_free (TriasPeerCopy *self);
/** Changes of the own ledger. */
void trias_peer_copy_own_changes (TriasPeerCopy *self, GPtrArray *changes);
/** Decides the next step, soon. */
void trias_peer_copy_kick (TriasPeerCopy *self);
/** The link came up or went. */
void trias_peer_copy_link (TriasPeerCopy *self, gboolean connected);
/** Takes what a probe says of the copies: own copy at the partner, and what it announces. */
void trias_peer_copy_told (TriasPeerCopy *self,
                           guint64 held,
                           const char *held_digest,
                           guint64 revision,
                           const char *digest);
/** Digest of the own ledger, noted. Borrowed. */
const char *trias_peer_copy_digest (TriasPeerCopy *self);
/** Remembers durably what the partner confirmed, if that has changed and @now or a while has
 * passed. */
void trias_peer_copy_save (TriasPeerCopy *self, gboolean now);

void trias_peer_on_changes (TriasPeerCall *call);
void trias_peer_on_snapshot (TriasPeerCall *call);

G_END_DECLS
