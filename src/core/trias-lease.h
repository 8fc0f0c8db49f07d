/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-json.h"

G_BEGIN_DECLS

#define TRIAS_LEASE_DEFAULT_TTL_S 120
#define TRIAS_LEASE_MIN_TTL_S 3
#define TRIAS_LEASE_MAX_TTL_S 86400
#define TRIAS_LEASE_MAX_COUNT 100000

/** Whom a lease is for. Claims of the client, shown as such. */
typedef struct
{
  char *user;   /* "" if not told */
  char *host;   /* "" if not told */
  char *device; /* "" unless the feature is counted by device */
} TriasHolder;

/** A seat (or @count seats) held by a client key. Those that are kept stand in one block together
 * with their texts, which are never replaced one by one: fill a struct on the stack with texts that
 * belong to others and copy it. */
typedef struct
{
  char *id; /* chosen by the client, 16 to 64 of [A-Za-z0-9._-] */
  char *key_id;
  char *feature;
  char *product; /* of the pool; "" in a request for any product */
  guint count;
  TriasHolder holder;
  guint ttl_s;
  guint64 generation; /* +1 by each renewal; not replicated within a pair */
  gint64 granted_at;  /* ledger time, Unix ms */
  gint64 renewed_at;  /* ledger time, Unix ms; not replicated within a pair */
} TriasLease;

/** The only way to make one: @self may be put together of borrowed texts. */
TriasLease *trias_lease_copy (const TriasLease *self);
void trias_lease_free (TriasLease *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasLease, trias_lease_free)
gboolean trias_lease_id_is_valid (const char *id);
/** Whether both ask for the same: everything but generation and times. */
gboolean trias_lease_same_content (const TriasLease *a, const TriasLease *b);
/** `{id, key, feature, product, count, holder:{user,host,device}, ttl_s, generation, granted_at,
 * renewed_at}`; members are added to the object that is open, so that an answer can add its own. */
void trias_lease_write_members (const TriasLease *self, TriasJsonWriter *writer);
/** Reads the same, leniently. */
TriasLease *trias_lease_read (const TriasJson *object, GError **error);

G_END_DECLS
