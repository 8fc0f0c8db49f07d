/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/http/trias-http-private.h"

#include "server/http/trias-http-source.h"

#include <poll.h>
#include <string.h>
#include <sys/socket.h>

#define COMMENT_EVERY (15 * G_USEC_PER_SEC)
#define BACKLOG_BYTES_MAX (4 * 1024 * 1024)
#define BLOCK 4096

/* The connection of a stream without messages is suspended; a message resumes it. */
struct _TriasHttpStream
{
  GList link; /* in TriasHttp.streams */
  TriasHttpRequest *request;
  GQueue messages; /* of GBytes */
  gsize offset;    /* into the first one */
  gsize bytes;     /* in all of them */
  gboolean suspended;
  gboolean closing; /* ends when all messages were read */
  gboolean dropped; /* the connection was shut down */
  gint64 last_sent;
  gint64 last_read;
  GDestroyNotify closed;
  gpointer user_data;
};

static void
wake (TriasHttpStream *self)
{
  /* Never resume what is not suspended: MHD would ignore the next suspension. */
  if (!self->suspended)
    return;
  self->suspended = FALSE;
  MHD_resume_connection (self->request->mhd);
  trias_http_source_kick (self->request->server->source);
}

static void
drop (TriasHttpStream *self)
{
  if (self->dropped)
    return;
  self->dropped = TRUE;
  shutdown (self->request->connection->fd, SHUT_RDWR);
  wake (self);
}

static void
push (TriasHttpStream *self, char *text)
{
  gsize length = strlen (text);

  if (g_queue_is_empty (&self->messages))
    self->last_read = g_get_monotonic_time ();
  g_queue_push_tail (&self->messages, g_bytes_new_take (text, length));
  self->bytes += length;
  wake (self);
}

static gsize
copy_out (TriasHttpStream *self, char *buffer, gsize max)
{
  gsize copied = 0;

  while (copied < max && !g_queue_is_empty (&self->messages))
    {
      GBytes *message = g_queue_peek_head (&self->messages);
      gsize size;
      const char *data = g_bytes_get_data (message, &size);
      gsize n = MIN (size - self->offset, max - copied);

      memcpy (buffer + copied, data + self->offset, n);
      copied += n;
      self->offset += n;
      if (self->offset < size)
        break;
      self->offset = 0;
      g_bytes_unref (g_queue_pop_head (&self->messages));
    }
  self->bytes -= copied;
  return copied;
}

static ssize_t
read_stream (void *data, uint64_t position, char *buffer, size_t max)
{
  TriasHttpStream *self = data;
  gsize copied;

  if (self->dropped)
    return MHD_CONTENT_READER_END_WITH_ERROR;
  copied = copy_out (self, buffer, max);
  self->last_read = self->request->server->now;
  if (copied > 0)
    return (ssize_t) copied;
  if (self->closing)
    return MHD_CONTENT_READER_END_OF_STREAM;
  self->suspended = TRUE;
  MHD_suspend_connection (self->request->mhd);
  return 0;
}

TriasHttpStream *
trias_http_stream_open (TriasHttpRequest *request, GDestroyNotify closed, gpointer user_data)
{
  TriasHttp *server = request->server;
  struct MHD_Response *response;
  TriasHttpStream *self;

  if (server == NULL || server->stopping || server->stats.streams >= server->limits.streams_max)
    {
      trias_http_refuse (request, TRIAS_REASON_TOO_MANY, "Too many event streams are open.");
      return NULL;
    }

  self = g_new0 (TriasHttpStream, 1);
  self->link.data = self;
  self->request = request;
  self->closed = closed;
  self->user_data = user_data;
  self->last_sent = g_get_monotonic_time ();
  g_queue_push_tail_link (&server->streams, &self->link);
  server->stats.streams++;
  request->stream = self;
  /* Something to send at once takes the header along. */
  push (self, g_strdup (":\n\n"));

  response = MHD_create_response_from_callback (MHD_SIZE_UNKNOWN, BLOCK, read_stream, self, NULL);
  MHD_add_response_header (response, "Content-Type", "text/event-stream");
  MHD_add_response_header (response, "Cache-Control", "no-store");
  MHD_add_response_header (response, "X-Content-Type-Options", "nosniff");
  trias_http_request_answer (request, MHD_HTTP_OK, response, 0);
  return self;
}

void
trias_http_stream_send (TriasHttpStream *stream, const char *event, guint64 id, const char *data)
{
  char *text;

  g_return_if_fail (strpbrk (event, "\r\n") == NULL && strpbrk (data, "\r\n") == NULL);

  if (stream->closing || stream->dropped)
    return;
  if (stream->messages.length >= stream->request->server->limits.stream_backlog
      || stream->bytes >= BACKLOG_BYTES_MAX)
    {
      drop (stream);
      return;
    }
  if (id != 0)
    text = g_strdup_printf ("id: %" G_GUINT64_FORMAT "\nevent: %s\ndata: %s\n\n", id, event, data);
  else
    text = g_strdup_printf ("event: %s\ndata: %s\n\n", event, data);
  stream->last_sent = g_get_monotonic_time ();
  push (stream, text);
}

void
trias_http_stream_close (TriasHttpStream *stream)
{
  stream->closing = TRUE;
  wake (stream);
}

void
trias_http_stream_ended (TriasHttpStream *self)
{
  TriasHttp *server = self->request->server;

  g_queue_unlink (&server->streams, &self->link);
  server->stats.streams--;
  if (self->closed != NULL)
    self->closed (self->user_data);
  g_queue_clear_full (&self->messages, (GDestroyNotify) g_bytes_unref);
  g_free (self);
}

/* While suspended, MHD does not look at the connection: ask the system which readers have gone. */
static void
drop_gone (TriasHttp *server)
{
  g_autofree struct pollfd *fds = g_new (struct pollfd, server->streams.length);
  nfds_t n = 0;

  for (GList *l = server->streams.head; l != NULL; l = l->next)
    {
      TriasHttpStream *stream = l->data;

      fds[n++] = (struct pollfd){ stream->request->connection->fd, POLLRDHUP, 0 };
    }
  if (poll (fds, n, 0) <= 0)
    return;
  n = 0;
  for (GList *l = server->streams.head; l != NULL; l = l->next, n++)
    if (fds[n].revents != 0)
      drop (l->data);
}

void
trias_http_streams_tick (TriasHttp *server)
{
  gint64 stuck = server->now - (gint64) server->limits.body_timeout_s * G_USEC_PER_SEC;

  if (g_queue_is_empty (&server->streams))
    return;
  drop_gone (server);
  for (GList *l = server->streams.head; l != NULL; l = l->next)
    {
      TriasHttpStream *stream = l->data;
      gboolean quiet = g_queue_is_empty (&stream->messages);

      if (!quiet && stream->last_read < stuck)
        drop (stream);
      else if (quiet && server->now - stream->last_sent >= COMMENT_EVERY)
        {
          stream->last_sent = server->now;
          push (stream, g_strdup (":\n\n"));
        }
    }
}
