/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>
#include <raft/uv.h>

#include "server/journal/trias-journal-raft.h"

G_BEGIN_DECLS

/**
 * TriasRaftTransport:
 *
 * Brings the engine's streams: over sockets that others open and authenticate. Outgoing ones are
 * asked for, incoming ones are given.
 */
typedef struct
{
  struct raft_uv_transport base;
  struct uv_loop_s *loop;         /* (borrowed) */
  const TriasJournalLinks *links; /* (borrowed) (nullable) nobody can be reached */
  gpointer links_data;
  raft_uv_accept_cb accept;          /* (nullable) the engine does not listen yet */
  struct raft_buffer configuration;  /* (owned) the members, encoded */
  GPtrArray *connects;               /* (owned) under way */
  void (*turn) (gpointer user_data); /* there is something for the loop */
  gpointer user_data;
} TriasRaftTransport;

void trias_raft_transport_init (TriasRaftTransport *self,
                                struct uv_loop_s *loop,
                                void (*turn) (gpointer user_data),
                                gpointer user_data);
/** After the engine has closed. */
void trias_raft_transport_clear (TriasRaftTransport *self);
/** Member @slot opened a stream; takes @fd. */
void trias_raft_transport_accept (TriasRaftTransport *self, guint slot, int fd);

G_END_DECLS
