/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * TriasBridge:
 *
 * Moves bytes between an encrypted connection and a local stream socket, both ways, until either
 * ends. Neither end may run ahead of the other: what cannot be written is not read. An end that
 * says that nothing more comes (half-close) is passed on; the other direction goes on. Whoever
 * closes its end wholly, or breaks it, ends the bridge.
 *
 * It is a #GSource: a few turns at a time, so that no link starves the loop it runs in.
 */
typedef struct _TriasBridge TriasBridge;

/** What the functions of the connection return if it is not a number of bytes. */
typedef enum
{
  TRIAS_BRIDGE_WAIT = -1,   /* would block: call again when the descriptor is ready */
  TRIAS_BRIDGE_BROKEN = -2, /* nothing works any more */
} TriasBridgeResult;

/** The encrypted connection; nothing here may block. */
typedef struct
{
  /** Bytes read, 0 at the end, or a #TriasBridgeResult. Called until it says WAIT: bytes that were
   * decrypted already are not announced by the descriptor. */
  gssize (*read) (gpointer connection, void *buffer, gsize length);
  /** Bytes written, or a #TriasBridgeResult; after WAIT it is called with the same bytes. */
  gssize (*write) (gpointer connection, const void *data, gsize length);
  /** Tells the other end that nothing more comes: 0, or a #TriasBridgeResult. */
  gssize (*end) (gpointer connection);
  /** The bridge is over; called once, from the loop, never inside trias_bridge_free(). To free the
   * bridge in it is right. */
  void (*over) (gpointer connection);
} TriasBridgeConnection;

/** @remote: the connection's own descriptor, only waited for. @local: socket, taken. @idle_ms:
 * without a byte in either direction for so long, it is over. */
TriasBridge *trias_bridge_new (const TriasBridgeConnection *functions,
                               gpointer connection,
                               int remote,
                               int local,
                               guint idle_ms);
/** Bytes (at most #TRIAS_BRIDGE_FIRST_MAX) that go out before all others: to the connection
 * (@outwards) or to the socket. Before trias_bridge_start() only. */
#define TRIAS_BRIDGE_FIRST_MAX 16384
void trias_bridge_put_first (TriasBridge *self, gboolean outwards, const void *data, gsize length);
/** Begins, in @context. */
void trias_bridge_start (TriasBridge *self, GMainContext *context);
/** Ends it at once: closes the socket, leaves the connection alone. */
void trias_bridge_free (TriasBridge *self);

/** Sets the TCP socket @fd up for a bridge: no delay, and cut soon if nothing is acknowledged. */
void trias_bridge_prepare (int fd);
/** A pair of connected stream sockets, close-on-exec. */
gboolean trias_bridge_sockets (int ends[2]);

G_END_DECLS
