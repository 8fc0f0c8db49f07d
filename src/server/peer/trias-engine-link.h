/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-identity.h"
#include "core/trias-problem.h"

G_BEGIN_DECLS

/* A link of the engine to another member: a connection to its port with the own certificate and its
 * pinned key, handed over to the engine after one request (design §5). */

/** Path and protocol that a link asks for. */
#define TRIAS_ENGINE_LINK_PATH "/api/v1/peer/engine"
#define TRIAS_ENGINE_LINK_PROTOCOL "trias-engine/1"

/** @fd: one end of a stream socket pair, now the callee's, -1 = failed because of @problem
 * (transfer none). */
typedef void (*TriasEngineLinkOpened) (int fd, const TriasProblem *problem, gpointer user_data);

/**
 * Opens a link to the member with the key @pin. @addresses (`HOST[:PORT]`) are tried in turn;
 * @timeout_ms is the time for all of it together. @local_address: numeric, where the connection
 * starts from (trias_peer_client_local_address()); (nullable) any. @slot: the own one, from 1.
 *
 * @opened is called exactly once, from the thread's default main context, never inside this
 * function. The bytes then move in that context until the fd is closed or the connection ends.
 * @cancellable (nullable) ends it in every state: while it opens (@opened gets UNREACHABLE) and
 * after.
 */
void trias_engine_link_open (TriasIdentity *identity,
                             const char *local_address,
                             const char *const *addresses,
                             const char *pin,
                             const char *relationship,
                             guint64 incarnation,
                             guint slot,
                             guint timeout_ms,
                             GCancellable *cancellable,
                             TriasEngineLinkOpened opened,
                             gpointer user_data);

G_END_DECLS
