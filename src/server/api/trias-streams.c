/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-streams.h"

#define CHECK_S 30

static const char *const words[TRIAS_N_WHATS] = {
  [TRIAS_WHAT_SERVER] = "server",     [TRIAS_WHAT_RULES] = "rules",
  [TRIAS_WHAT_LICENSES] = "licenses", [TRIAS_WHAT_POOLS] = "pools",
  [TRIAS_WHAT_LEASES] = "leases",     [TRIAS_WHAT_DENIALS] = "denials",
  [TRIAS_WHAT_SETTINGS] = "settings", [TRIAS_WHAT_RELATIONSHIP] = "relationship",
  [TRIAS_WHAT_EVENTS] = "events",
};

typedef struct
{
  TriasKeeper *keeper;
  TriasStreams *owner;   /* (nullable) once closed */
  TriasHttpStream *http; /* (nullable) once closed */
  char *token;
  guint64 sent;       /* seq of the last event sent */
  gboolean replaying; /* kept events are being read */
  GPtrArray *waiting; /* (element-type TriasEvent) that happened meanwhile */
} Stream;

struct _TriasStreams
{
  TriasKeeper *keeper;
  char *server_id;
  TriasStreamsValid valid;
  gpointer user_data;
  GPtrArray *streams; /* (element-type Stream) open */
  guint32 pending;    /* a bit for each TriasWhat */
  guint pause;
  guint check;
};

TriasStreams *
trias_streams_new (TriasKeeper *keeper,
                   const char *server_id,
                   TriasStreamsValid valid,
                   gpointer user_data)
{
  TriasStreams *self = g_new0 (TriasStreams, 1);

  self->keeper = keeper;
  self->server_id = g_strdup (server_id);
  self->valid = valid;
  self->user_data = user_data;
  self->streams = g_ptr_array_new ();
  return self;
}

static void
stream_free (Stream *stream)
{
  g_ptr_array_unref (stream->waiting);
  g_free (stream->token);
  g_free (stream);
}

/* The reader has gone. While kept events are being read, the reading frees the stream. */
static void
on_closed (gpointer user_data)
{
  Stream *stream = user_data;

  if (stream->owner != NULL)
    g_ptr_array_remove_fast (stream->owner->streams, stream);
  stream->owner = NULL;
  stream->http = NULL;
  if (!stream->replaying)
    stream_free (stream);
}

/* Neither sending nor closing ends a stream at once: on_closed() runs from the main loop. */
static void
foreach_stream (TriasStreams *self,
                void (*func) (Stream *stream, gconstpointer data),
                gconstpointer data)
{
  for (guint i = 0; i < self->streams->len; i++)
    func (self->streams->pdata[i], data);
}

static void
close_stream (Stream *stream, gconstpointer data)
{
  trias_http_stream_close (stream->http);
}

void
trias_streams_close_all (TriasStreams *self)
{
  foreach_stream (self, close_stream, NULL);
}

void
trias_streams_free (TriasStreams *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->streams->len; i++)
    ((Stream *) self->streams->pdata[i])->owner = NULL;
  g_ptr_array_unref (self->streams);
  g_clear_handle_id (&self->pause, g_source_remove);
  g_clear_handle_id (&self->check, g_source_remove);
  g_free (self->server_id);
  g_free (self);
}

/* --- events --- */

static void
send_event (Stream *stream, const TriasEvent *event)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autofree char *text = NULL;

  if (event->seq <= stream->sent)
    return;
  stream->sent = event->seq;
  trias_event_write (event, writer, NULL);
  text = trias_json_writer_end (writer, NULL);
  trias_http_stream_send (stream->http, "event", event->seq, text);
}

static void
pass_event (Stream *stream, gconstpointer data)
{
  const TriasEvent *event = data;

  if (stream->replaying)
    g_ptr_array_add (stream->waiting, trias_event_copy (event));
  else
    send_event (stream, event);
}

void
trias_streams_event (TriasStreams *self, const TriasEvent *event)
{
  if (self->streams->len > 0)
    foreach_stream (self, pass_event, event);
}

static void
send_kept (Stream *stream, GPtrArray *newest_first)
{
  for (guint i = newest_first->len; i > 0; i--)
    send_event (stream, newest_first->pdata[i - 1]);
  for (guint i = 0; i < stream->waiting->len; i++)
    send_event (stream, stream->waiting->pdata[i]);
}

static void
on_kept (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Stream *stream = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) kept = trias_keeper_query_events_finish (stream->keeper, result, &error);

  if (stream->http != NULL && kept != NULL)
    send_kept (stream, kept);
  /* Without the kept ones the reader would believe that nothing happened: it shall come again. */
  else if (stream->http != NULL)
    trias_http_stream_close (stream->http);
  stream->replaying = FALSE;
  if (stream->http == NULL)
    stream_free (stream);
  else
    g_ptr_array_set_size (stream->waiting, 0);
}

static gboolean
on_check (gpointer user_data)
{
  TriasStreams *self = user_data;

  trias_streams_check (self);
  if (self->streams->len > 0)
    return G_SOURCE_CONTINUE;
  self->check = 0;
  return G_SOURCE_REMOVE;
}

static void
send_hello (TriasStreams *self, Stream *stream)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autofree char *text = NULL;

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "server", self->server_id);
  trias_json_add_int (writer, "time", trias_keeper_now (self->keeper));
  trias_json_end_object (writer);
  text = trias_json_writer_end (writer, NULL);
  trias_http_stream_send (stream->http, "hello", 0, text);
}

void
trias_streams_open (TriasStreams *self, TriasHttpRequest *request, guint64 after, const char *token)
{
  Stream *stream = g_new0 (Stream, 1);

  stream->keeper = self->keeper;
  stream->owner = self;
  stream->token = g_strdup (token);
  stream->sent = after;
  stream->waiting = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_event_free);
  stream->http = trias_http_stream_open (request, on_closed, stream);
  if (stream->http == NULL)
    {
      stream_free (stream);
      return;
    }
  g_ptr_array_add (self->streams, stream);
  if (self->check == 0)
    self->check = g_timeout_add_seconds (CHECK_S, on_check, self);
  send_hello (self, stream);
  if (after == 0)
    return;
  stream->replaying = TRUE;
  trias_keeper_query_events (self->keeper, 0, after, TRUE, TRIAS_STREAMS_REPLAY_MAX, on_kept,
                             stream);
}

static void
check_stream (Stream *stream, gconstpointer data)
{
  TriasStreams *self = stream->owner;

  if (!self->valid (stream->token, self->user_data))
    trias_http_stream_close (stream->http);
}

void
trias_streams_check (TriasStreams *self)
{
  foreach_stream (self, check_stream, NULL);
}

/* --- changed --- */

static void
send_changed (Stream *stream, gconstpointer data)
{
  const TriasStreams *self = stream->owner;

  for (guint i = 0; i < TRIAS_N_WHATS; i++)
    if ((self->pending & (1u << i)) != 0)
      {
        g_autofree char *text = g_strdup_printf ("{\"what\":\"%s\"}", words[i]);

        trias_http_stream_send (stream->http, "changed", 0, text);
      }
}

static gboolean
on_pause_over (gpointer user_data)
{
  TriasStreams *self = user_data;

  if (self->pending == 0)
    {
      self->pause = 0;
      return G_SOURCE_REMOVE;
    }
  foreach_stream (self, send_changed, NULL);
  self->pending = 0;
  return G_SOURCE_CONTINUE;
}

/* The first change is told at once, those within the pause after it together. */
void
trias_streams_changed (TriasStreams *self, TriasWhat what)
{
  if (self->streams->len == 0)
    return;
  self->pending |= 1u << what;
  if (self->pause != 0)
    return;
  self->pause = g_timeout_add (TRIAS_STREAMS_PAUSE_MS, on_pause_over, self);
  foreach_stream (self, send_changed, NULL);
  self->pending = 0;
}
