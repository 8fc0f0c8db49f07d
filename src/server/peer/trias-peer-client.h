/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-identity.h"
#include "core/trias-json.h"
#include "core/trias-problem.h"

G_BEGIN_DECLS

/**
 * TriasPeerClient:
 *
 * Requests to other servers: one session, asynchronous, with the own certificate, a pinned key, a
 * deadline for each request and a limit on what is read. It speaks only to /api/v1/peer/.
 */
typedef struct _TriasPeerClient TriasPeerClient;

/** What came back. Exactly one of @json and @problem is set. Valid during the call. */
typedef struct
{
  guint status;          /* HTTP; 0 = no answer */
  TriasJson *json;       /* (nullable) the object of a 200 answer */
  TriasProblem *problem; /* (nullable) why not */
  const char *server_id; /* (nullable) key that answered, also of a refused one */
  const char *address;   /* (nullable) numeric address of the other end */
  gint64 round_trip_us;  /* from sending to the answer */
} TriasPeerAnswer;

typedef void (*TriasPeerAnswerFunc) (const TriasPeerAnswer *answer, gpointer user_data);

/** Where connections to other servers start: the first of @addresses (where the own server listens)
 * that is numeric and no wildcard. (nullable) (transfer full) */
GInetAddress *trias_peer_client_local_address (const char *const *addresses);
/** @addresses: where the own server listens; requests start from the first numeric one that is no
 * wildcard. */
TriasPeerClient *trias_peer_client_new (TriasIdentity *identity, const char *const *addresses);
/** Ends all requests: each is answered at once with UNREACHABLE. Later requests are answered so
 * too. */
void trias_peer_client_stop (TriasPeerClient *self);
void trias_peer_client_free (TriasPeerClient *self);

/** While it is mute nothing is sent: requests get no answer within their time, those under way end
 * at once. */
void trias_peer_client_set_mute (TriasPeerClient *self, gboolean mute);

/** Closes kept connections before the next request, after the partner has changed. */
void trias_peer_client_forget_connections (TriasPeerClient *self);

/**
 * Posts @body (taken) to `/api/v1/peer/@verb` at @address (`HOST[:PORT]`). @pin: id that must
 * answer, %NULL = whoever does (only to learn who it is). A pinned `ping` goes over a
 * kept connection, so its round trip holds no handshake.
 * @func is called exactly once, possibly before this returns.
 */
void trias_peer_client_post (TriasPeerClient *self,
                             const char *address,
                             const char *pin,
                             const char *verb,
                             char *body,
                             guint timeout_ms,
                             TriasPeerAnswerFunc func,
                             gpointer user_data);

G_END_DECLS
