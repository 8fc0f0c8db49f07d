/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-raft"

#include "config.h"

#include <string.h>
#include <unistd.h>

#include "server/journal/raft/trias-raft-compat.h"
#include "server/journal/raft/trias-raft-member.h"
#include "server/journal/raft/trias-raft-transport.h"
#include "server/journal/raft/trias-raft-wire.h"

/* A stream that was asked for. It outlives the transport if the answer comes late. */
typedef struct
{
  TriasRaftTransport *transport; /* %NULL: not wanted any more */
  struct raft_uv_connect *request;
} Connect;

/* A stream that another member opened. The engine reads exactly a preamble, a header or a payload
 * into memory of its own; its callbacks are wrapped to look at each before it does. */
typedef struct
{
  uv_pipe_t pipe; /* what the engine knows, and frees */
  TriasRaftTransport *transport;
  guint slot;
  uv_read_cb read;
  guint64 type;
  guint64 header; /* bytes of it; 0 = the preamble is read */
  guint64 got;    /* bytes of what is read now */
  guint64 payload;
} Incoming;

/* The engine frees what it gets with raft_free(). */
static struct uv_stream_s *
open_stream (TriasRaftTransport *self, int fd, gsize size)
{
  uv_pipe_t *pipe = raft_calloc (1, size);

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

/* --- what comes in --- */

static guint64
payload_of (guint64 type, const guint8 *header)
{
  guint64 n, total = 0;

  if (type == TRIAS_RAFT_SNAPSHOT)
    {
      memcpy (&n, header + 4 * sizeof n, sizeof n);
      memcpy (&total, header + 5 * sizeof n + GUINT64_FROM_LE (n), sizeof total);
      return GUINT64_FROM_LE (total);
    }
  if (type != TRIAS_RAFT_APPEND)
    return 0;
  memcpy (&n, header + 4 * sizeof n, sizeof n);
  for (guint64 i = 0; i < GUINT64_FROM_LE (n); i++)
    {
      guint32 size;

      memcpy (&size, header + 40 + i * 16 + 12, sizeof size);
      total += GUINT32_FROM_LE (size);
    }
  return total;
}

/* @end: after the last byte of what was to be read. %FALSE: the stream must not be read on. */
static gboolean
look_at (Incoming *self, const guint8 *end)
{
  if (self->payload > 0)
    self->payload = self->header = 0;
  else if (self->header == 0)
    {
      if (!trias_raft_wire_check_preamble (end - TRIAS_RAFT_WIRE_PREAMBLE, &self->type,
                                           &self->header))
        return FALSE;
    }
  else
    {
      const guint8 *header = end - self->header;

      if (!trias_raft_wire_check_header (self->type, header, self->header, self->slot,
                                         &self->transport->configuration))
        return FALSE;
      self->payload = payload_of (self->type, header);
      if (self->payload == 0)
        self->header = 0;
    }
  self->got = 0;
  return TRUE;
}

G_GNUC_UNUSED static void
read_cb (uv_stream_t *stream, ssize_t n, const uv_buf_t *buffer)
{
  Incoming *self = (Incoming *) stream;
  guint64 want = TRIAS_RAFT_WIRE_PREAMBLE;

  if (self->payload > 0)
    want = self->payload;
  else if (self->header > 0)
    want = self->header;
  if (n > 0)
    {
      self->got += (guint64) n;
      if (self->got > want
          || (self->got == want && !look_at (self, (const guint8 *) buffer->base + n)))
        {
          g_debug ("member %u sent what the engine cannot read", self->slot);
          n = UV_EPROTO;
        }
    }
  self->read (stream, n, buffer);
}

/* --- what goes out --- */

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
    stream = open_stream (self, fd, sizeof (uv_pipe_t));
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

static void
encode_members (struct raft_buffer *buffer)
{
  struct raft_configuration configuration;

  trias_raft_configuration (&configuration);
  if (raft_configuration_encode (&configuration, buffer) != 0)
    g_error ("no memory");
  raft_configuration_close (&configuration);
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
  encode_members (&self->configuration);
}

void
trias_raft_transport_clear (TriasRaftTransport *self)
{
  g_clear_pointer (&self->connects, g_ptr_array_unref);
  raft_free (self->configuration.base);
}

void
trias_raft_transport_accept (TriasRaftTransport *self, guint slot, int fd)
{
  const char address[] = { (char) ('0' + slot), '\0' };
  struct uv_stream_s *stream;
  Incoming *incoming;

  if (self->accept == NULL || slot < 1 || slot > TRIAS_RAFT_SLOTS)
    {
      close (fd);
      return;
    }
  stream = open_stream (self, fd, sizeof (Incoming));
  if (stream != NULL)
    {
      incoming = (Incoming *) stream;
      incoming->transport = self;
      incoming->slot = slot;
      self->accept (&self->base, slot, address, stream);
#ifdef TRIAS_RAFT_OLD_NAMES /* later ones send other headers */
      incoming->read = stream->read_cb;
      if (incoming->read != NULL)
        stream->read_cb = read_cb;
#endif
    }
  self->turn (self->user_data);
}
