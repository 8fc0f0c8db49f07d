/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-engine-link-private.h"

#include "server/http/trias-bridge.h"

/* As long as the other end gives a link without a byte. */
#define IDLE_MS 60000

typedef struct
{
  GSocketConnection *base;
  GIOStream *tls;
  GPollableInputStream *in;   /* of @tls */
  GPollableOutputStream *out; /* of @tls */
  TriasBridge *bridge;        /* (nullable) once it is over */
  GSource *cancelled;         /* (nullable) */
  GCancellable *saying_bye;   /* (nullable) set while a thread tells the other end */
} Stream;

static void
stream_free (Stream *self)
{
  /* Not the TLS connection's own way to close, which may wait for a peer that does not read. */
  g_io_stream_close (G_IO_STREAM (self->base), NULL, NULL);
  g_clear_object (&self->tls);
  g_clear_object (&self->base);
  g_free (self);
}

static void
stream_end (Stream *self)
{
  g_clear_pointer (&self->bridge, trias_bridge_free);
  if (self->cancelled != NULL)
    {
      g_source_destroy (self->cancelled);
      g_clear_pointer (&self->cancelled, g_source_unref);
    }
  if (self->saying_bye != NULL)
    g_cancellable_cancel (self->saying_bye); /* freed when the thread has ended */
  else
    stream_free (self);
}

static gssize
result_of (gssize n, GError *error)
{
  gboolean wait = g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);

  g_clear_error (&error);
  if (n >= 0)
    return n;
  return wait ? TRIAS_BRIDGE_WAIT : TRIAS_BRIDGE_BROKEN;
}

static gssize
stream_read (gpointer connection, void *buffer, gsize length)
{
  Stream *self = connection;
  GError *error = NULL;
  gssize n = g_pollable_input_stream_read_nonblocking (self->in, buffer, length, NULL, &error);

  return result_of (n, error);
}

static gssize
stream_write (gpointer connection, const void *data, gsize length)
{
  Stream *self = connection;
  GError *error = NULL;
  gssize n = g_pollable_output_stream_write_nonblocking (self->out, data, length, NULL, &error);

  return result_of (n, error);
}

static void
on_bye (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Stream *self = user_data;

  g_output_stream_close_finish (G_OUTPUT_STREAM (source), result, NULL);
  g_clear_object (&self->saying_bye);
  if (self->bridge == NULL)
    stream_free (self);
}

static gssize
stream_say_bye (gpointer connection)
{
  Stream *self = connection;

  self->saying_bye = g_cancellable_new ();
  g_output_stream_close_async (G_OUTPUT_STREAM (self->out), G_PRIORITY_DEFAULT, self->saying_bye,
                               on_bye, self);
  return 0;
}

static void
stream_over (gpointer connection)
{
  stream_end (connection);
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  stream_end (user_data);
  return G_SOURCE_REMOVE;
}

static const TriasBridgeConnection functions = {
  .read = stream_read,
  .write = stream_write,
  .end = stream_say_bye,
  .over = stream_over,
};

int
trias_engine_link_stream_start (GSocketConnection *base,
                                GIOStream *tls,
                                const void *first,
                                gsize length,
                                GCancellable *cancellable,
                                GMainContext *context)
{
  Stream *self;
  int ends[2];

  if (!trias_bridge_sockets (ends))
    return -1;

  self = g_new0 (Stream, 1);
  self->base = g_object_ref (base);
  self->tls = g_object_ref (tls);
  self->in = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (tls));
  self->out = G_POLLABLE_OUTPUT_STREAM (g_io_stream_get_output_stream (tls));
  self->bridge = trias_bridge_new (
      &functions, self, g_socket_get_fd (g_socket_connection_get_socket (base)), ends[0], IDLE_MS);
  trias_bridge_put_first (self->bridge, FALSE, first, length);
  trias_bridge_start (self->bridge, context);
  if (cancellable != NULL)
    {
      self->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (self->cancelled, G_SOURCE_FUNC (on_cancelled), self, NULL);
      g_source_attach (self->cancelled, context);
    }
  return ends[1];
}
