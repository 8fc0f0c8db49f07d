/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-raft"

#include "config.h"

#include <unistd.h>

#include "server/journal/raft/trias-raft-member.h"
#include "server/journal/raft/trias-raft-transport.h"

/* A stream that was asked for. It outlives the transport if the answer comes late. */
typedef struct
{
  TriasRaftTransport *transport; /* %NULL: not wanted any more */
  struct raft_uv_connect *request;
} Connect;

/* The engine frees what it gets with raft_free(). */
static struct uv_stream_s *
open_stream (TriasRaftTransport *self, int fd)
{
  uv_pipe_t *pipe = raft_calloc (1, sizeof *pipe);

  if (pipe != NULL && uv_pipe_init (self->loop, pipe, 0) == 0)
    {
      if (uv_pipe_open (pipe, fd) == 0)
        return (struct uv_stream_s *) pipe;
      uv_close ((struct uv_handle_s *) pipe, (uv_close_cb) raft_free);
    }
  else
    raft_free (pipe);
  close (fd);
  return NULL;
}

static void
opened_cb (int fd, gpointer data)
{
  Connect *connect = data;
  TriasRaftTransport *self = connect->transport;
  struct uv_stream_s *stream = NULL;

  if (self == NULL)
    {
      if (fd >= 0)
        close (fd);
      g_free (connect);
      return;
    }
  g_ptr_array_remove_fast (self->connects, connect);
  if (fd >= 0)
    stream = open_stream (self, fd);
  connect->request->cb (connect->request, stream, stream != NULL ? 0 : RAFT_NOCONNECTION);
  g_free (connect);
  self->turn (self->user_data);
}

static int
transport_init (struct raft_uv_transport *base, raft_id id, const char *address)
{
  return 0;
}

static int
transport_listen (struct raft_uv_transport *base, raft_uv_accept_cb cb)
{
  TriasRaftTransport *self = base->impl;

  self->accept = cb;
  return 0;
}

static int
transport_connect (struct raft_uv_transport *base,
                   struct raft_uv_connect *request,
                   raft_id id,
                   const char *address,
                   raft_uv_connect_cb cb)
{
  TriasRaftTransport *self = base->impl;
  Connect *connect;

  if (self->links == NULL)
    return RAFT_NOCONNECTION;
  connect = g_new0 (Connect, 1);
  connect->transport = self;
  connect->request = request;
  request->cb = cb;
  g_ptr_array_add (self->connects, connect);
  self->links->connect ((guint) id, opened_cb, connect, self->links_data);
  return 0;
}

static void
transport_close (struct raft_uv_transport *base, raft_uv_transport_close_cb cb)
{
  TriasRaftTransport *self = base->impl;

  self->accept = NULL;
  while (self->connects->len > 0)
    {
      Connect *connect = g_ptr_array_steal_index_fast (self->connects, 0);

      connect->transport = NULL;
      connect->request->cb (connect->request, NULL, RAFT_CANCELED);
    }
  cb (base);
}

void
trias_raft_transport_init (TriasRaftTransport *self,
                           struct uv_loop_s *loop,
                           void (*turn) (gpointer user_data),
                           gpointer user_data)
{
  *self = (TriasRaftTransport){ .loop = loop, .turn = turn, .user_data = user_data };
#ifdef TRIAS_RAFT_TRANSPORT_VERSION /* from 0.16 on */
  self->base.version = 1;
#endif
  self->base.impl = self;
  self->base.init = transport_init;
  self->base.listen = transport_listen;
  self->base.connect = transport_connect;
  self->base.close = transport_close;
  self->connects = g_ptr_array_new ();
}

void
trias_raft_transport_clear (TriasRaftTransport *self)
{
  g_clear_pointer (&self->connects, g_ptr_array_unref);
}

void
trias_raft_transport_accept (TriasRaftTransport *self, guint slot, int fd)
{
  const char address[] = { (char) ('0' + slot), '\0' };
  struct uv_stream_s *stream;

  if (self->accept == NULL || slot < 1 || slot > TRIAS_RAFT_SLOTS)
    {
      close (fd);
      return;
    }
  stream = open_stream (self, fd);
  if (stream != NULL)
    self->accept (&self->base, slot, address, stream);
  self->turn (self->user_data);
}
