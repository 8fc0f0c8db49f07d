/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-identity.h"
#include "core/trias-lease.h"
#include "core/trias-problem.h"

G_BEGIN_DECLS

typedef enum
{
  TRIAS_LEASE_HELD,      /* renewed in time */
  TRIAS_LEASE_UNCERTAIN, /* no server answered the last renewal; valid until its end */
  TRIAS_LEASE_LOST,      /* ended: the application must stop using the feature */
  TRIAS_LEASE_RELEASED,
} TriasLeaseState;

/**
 * TriasFailoverLease:
 *
 * A seat that renews itself and survives the failure of a server.
 *
 * Properties: `id`, `feature`, `product`, `count` (uint), `state` (TriasLeaseState), `server-id`,
 * `server-name` (who serves it now), `left-ms` (int64: counted from the moment the last successful
 * request was sent). Signals: `moved (self, server_id)`: another server serves it now; `lost (self,
 * GError)`: its time has run out or it was taken.
 */
#define TRIAS_TYPE_FAILOVER_LEASE (trias_failover_lease_get_type ())
G_DECLARE_FINAL_TYPE (TriasFailoverLease, trias_failover_lease, TRIAS, FAILOVER_LEASE, GObject)
const char *trias_failover_lease_get_id (TriasFailoverLease *self);
const char *trias_failover_lease_get_feature (TriasFailoverLease *self);
const char *trias_failover_lease_get_product (TriasFailoverLease *self);
guint trias_failover_lease_get_count (TriasFailoverLease *self);
TriasLeaseState trias_failover_lease_get_state (TriasFailoverLease *self);
const char *trias_failover_lease_get_server_id (TriasFailoverLease *self);
const char *trias_failover_lease_get_server_name (TriasFailoverLease *self);
gint64 trias_failover_lease_get_left_ms (TriasFailoverLease *self);
/** Gives the seat back; also when it is dropped, without waiting for an answer. */
void trias_failover_lease_release_async (TriasFailoverLease *self,
                                         GCancellable *cancellable,
                                         GAsyncReadyCallback callback,
                                         gpointer user_data);
gboolean trias_failover_lease_release_finish (TriasFailoverLease *self,
                                              GAsyncResult *result,
                                              GError **error);
/** Renews now instead of at a third of the ttl. */
void trias_failover_lease_renew (TriasFailoverLease *self);

/**
 * TriasFailover:
 *
 * What an application links: knows any of the servers that belong together, learns the others,
 * and gets seats from whichever serves. Belongs to the thread (main context) that made it; that
 * thread must own the context as long as it lives, as g_main_loop_run() does; who iterates it by
 * hand calls g_main_context_acquire() first, or a thread of GLib's TLS may run it in between.
 *
 * Which servers it follows to: the first member list it learns counts by the signature of one
 * server it was configured with; a later one by those of a majority of the list it knows, two of a
 * triad or either of a pair. If that majority is gone, the word of one known server counts as soon
 * as every other one has left the known relationship or has been silent for a minute; a member that
 * still stands by it prevents that.
 *
 * Properties: `active-id`, `active-name` (server that answered last, "" none), `members` (strv of
 * `ADDRESS#FINGERPRINT`).
 */
#define TRIAS_TYPE_FAILOVER (trias_failover_get_type ())
G_DECLARE_FINAL_TYPE (TriasFailover, trias_failover, TRIAS, FAILOVER, GObject)

/**
 * trias_failover_new:
 * @servers: (array zero-terminated=1): `ADDRESS#FINGERPRINT`, any subset of the members
 * @identity: (nullable): the client's key; %NULL for the user's own, made at first use
 *
 * Returns: (transfer full): a client of these servers
 */
TriasFailover *
trias_failover_new (const char *const *servers, TriasIdentity *identity, GError **error);
/** The user's client identity, $XDG_DATA_HOME/trias/client.pem. */
TriasIdentity *trias_failover_load_identity (GError **error);
/** Where the member list is kept; %NULL keeps none. By default $XDG_CACHE_HOME/trias. Call it
 * before the first request. */
void trias_failover_set_cache (TriasFailover *self, const char *folder);
/** How long an acquire goes on trying while nobody serves, ms; 20 s by default. */
void trias_failover_set_patience (TriasFailover *self, guint milliseconds);
const char *trias_failover_get_active_id (TriasFailover *self);
const char *trias_failover_get_active_name (TriasFailover *self);
/**
 * trias_failover_get_members:
 *
 * Returns: (transfer none) (array zero-terminated=1): the servers that are known to belong together
 */
const char *const *trias_failover_get_members (TriasFailover *self);

/**
 * trias_failover_acquire_async:
 * @feature: what is needed
 * @product: (nullable): %NULL for any
 * @count: number of seats
 * @ttl_s: 0 for the server's default
 * @holder: (nullable): %NULL for this user on this computer
 * @cancellable: (nullable): to give up
 *
 * Asks for a seat at whichever server serves.
 */
void trias_failover_acquire_async (TriasFailover *self,
                                   const char *feature,
                                   const char *product,
                                   guint count,
                                   guint ttl_s,
                                   const TriasHolder *holder,
                                   GCancellable *cancellable,
                                   GAsyncReadyCallback callback,
                                   gpointer user_data);
/**
 * trias_failover_acquire_finish:
 *
 * Returns: (transfer full): the seat; dropping it gives it back
 */
TriasFailoverLease *
trias_failover_acquire_finish (TriasFailover *self, GAsyncResult *result, GError **error);

/** trias_failover_get_pools_async: (skip)
 * Asks the serving member for its pools; the array (element-type TriasPool) is the caller's. */
void trias_failover_get_pools_async (TriasFailover *self,
                                     GCancellable *cancellable,
                                     GAsyncReadyCallback callback,
                                     gpointer user_data);
GPtrArray *trias_failover_get_pools_finish (TriasFailover *self,
                                            GAsyncResult *result,
                                            char **server_name,
                                            GError **error);

G_END_DECLS
