/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-rest-private.h"

#include "client/trias-deadline.h"

#include <string.h>

#define BACKOFF_FIRST_MS 500
#define BACKOFF_LAST_MS 30000
#define CONNECT_MS 15000
#define SILENCE_MS 40000
#define CHUNK (16 * 1024)

struct _TriasStream
{
  GObject parent_instance;

  TriasRest *rest;
  gboolean started;
  gboolean open;
  char *last_id; /* (owned) "" before the first event */
  TriasBackoff backoff;
  GSource *retry;          /* (owned) (nullable) */
  struct Attempt *attempt; /* (nullable) the one under way; owned by its callbacks */
};

G_DEFINE_FINAL_TYPE (TriasStream, trias_stream, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_OPEN,
  N_PROPS
};
static GParamSpec *props[N_PROPS];
enum
{
  OPENED,
  MESSAGE,
  LOST,
  N_SIGNALS
};
static guint signals[N_SIGNALS];

/* One connection. It outlives a stop of the stream until libsoup has let go of it. */
typedef struct Attempt
{
  TriasStream *self; /* (owned) */
  SoupMessage *message;
  TriasDeadline *deadline;
  TriasSseParser *parser;
  GInputStream *input; /* (owned) (nullable) */
} Attempt;

static void begin (TriasStream *self);

static void
attempt_free (Attempt *attempt)
{
  if (attempt->self->attempt == attempt)
    attempt->self->attempt = NULL;
  trias_deadline_free (attempt->deadline);
  trias_sse_parser_free (attempt->parser);
  g_clear_object (&attempt->message);
  g_clear_object (&attempt->input);
  g_object_unref (attempt->self);
  g_free (attempt);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Attempt, attempt_free)

static gboolean
is_current (Attempt *attempt)
{
  return attempt->self->attempt == attempt;
}

static void
set_open (TriasStream *self, gboolean open)
{
  if (self->open == open)
    return;
  self->open = open;
  g_object_notify_by_pspec (G_OBJECT (self), props[PROP_OPEN]);
}

static gboolean
retry_cb (gpointer user_data)
{
  begin (user_data);
  return G_SOURCE_REMOVE;
}

/* Takes @error. */
static void
lose (Attempt *attempt, GError *error)
{
  g_autoptr (TriasStream) self = g_object_ref (attempt->self);
  gboolean expired = attempt->deadline->expired;
  g_autoptr (GError) cause = trias_rest_translate (self->rest, attempt->message, error, expired);

  if (!is_current (attempt))
    return;
  self->attempt = NULL;
  g_cancellable_cancel (attempt->deadline->cancellable);
  set_open (self, FALSE);
  trias_timer_start (&self->retry, trias_backoff_next (&self->backoff), retry_cb, self);
  g_signal_emit (self, signals[LOST], 0, cause);
}

static void
message_cb (const char *event, const char *id, const char *data, gpointer user_data)
{
  Attempt *attempt = user_data;
  TriasStream *self = attempt->self;

  if (!is_current (attempt))
    return;
  if (strcmp (event, "hello") == 0)
    {
      trias_backoff_reset (&self->backoff);
      set_open (self, TRUE);
      g_signal_emit (self, signals[OPENED], 0);
      return;
    }
  if (id[0] != '\0' && strcmp (self->last_id, id) != 0)
    {
      g_free (self->last_id);
      self->last_id = g_strdup (id);
    }
  g_signal_emit (self, signals[MESSAGE], 0, event, id, data);
}

static void read_some (Attempt *attempt);

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Attempt) attempt = user_data;
  GError *error = NULL;
  g_autoptr (GBytes) bytes
      = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);

  if (bytes != NULL && g_bytes_get_size (bytes) == 0)
    error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CLOSED, "it closed the connection");
  if (error != NULL)
    {
      lose (attempt, error);
      return;
    }
  if (!is_current (attempt))
    return;
  trias_deadline_rearm (attempt->deadline, SILENCE_MS);
  if (!trias_sse_parser_feed (attempt->parser, g_bytes_get_data (bytes, NULL),
                              g_bytes_get_size (bytes), &error))
    {
      lose (attempt, error);
      return;
    }
  if (is_current (attempt))
    read_some (g_steal_pointer (&attempt));
}

/* Takes @attempt. */
static void
read_some (Attempt *attempt)
{
  g_input_stream_read_bytes_async (attempt->input, CHUNK, G_PRIORITY_DEFAULT,
                                   attempt->deadline->cancellable, read_cb, attempt);
}

static gboolean
check_answer (Attempt *attempt, GError **error)
{
  SoupMessageHeaders *headers = soup_message_get_response_headers (attempt->message);
  const char *type = soup_message_headers_get_content_type (headers, NULL);

  if (!trias_rest_check_pin (attempt->self->rest, attempt->message, error))
    return FALSE;
  if (soup_message_get_status (attempt->message) != SOUP_STATUS_OK)
    {
      g_propagate_error (error, trias_rest_refused (attempt->message, "", 0));
      return FALSE;
    }
  if (g_strcmp0 (type, "text/event-stream") == 0)
    return TRUE;
  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_VERSION,
               "The server at %s does not send live events.",
               trias_rest_get_base_uri (attempt->self->rest));
  return FALSE;
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Attempt) attempt = user_data;
  GError *error = NULL;

  attempt->input = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (attempt->input == NULL || !check_answer (attempt, &error))
    {
      lose (attempt, error);
      return;
    }
  if (!is_current (attempt))
    return;
  trias_deadline_rearm (attempt->deadline, SILENCE_MS);
  read_some (g_steal_pointer (&attempt));
}

static void
begin (TriasStream *self)
{
  const char *headers[] = { "Accept", "text/event-stream", NULL, NULL, NULL };
  Attempt *attempt;
  SoupMessage *message;

  if (self->last_id[0] != '\0')
    {
      headers[2] = "Last-Event-ID";
      headers[3] = self->last_id;
    }
  message = trias_rest_new_message (self->rest, "GET", "/events", NULL, headers);
  if (message == NULL)
    return;
  attempt = g_new0 (Attempt, 1);
  attempt->self = g_object_ref (self);
  attempt->message = message;
  attempt->deadline = trias_deadline_new (NULL, CONNECT_MS);
  attempt->parser = trias_sse_parser_new (message_cb, attempt);
  self->attempt = attempt;
  soup_session_send_async (trias_rest_get_session (self->rest), message, G_PRIORITY_DEFAULT,
                           attempt->deadline->cancellable, sent_cb, attempt);
}

void
trias_stream_resume_after (TriasStream *self, guint64 seq)
{
  g_free (self->last_id);
  self->last_id = g_strdup_printf ("%" G_GUINT64_FORMAT, seq);
}

void
trias_stream_start (TriasStream *self)
{
  if (self->started)
    return;
  self->started = TRUE;
  trias_backoff_reset (&self->backoff);
  begin (self);
}

void
trias_stream_stop (TriasStream *self)
{
  struct Attempt *attempt = self->attempt;

  self->started = FALSE;
  trias_timer_stop (&self->retry);
  self->attempt = NULL;
  if (attempt != NULL)
    g_cancellable_cancel (attempt->deadline->cancellable);
  set_open (self, FALSE);
}

void
trias_stream_hurry (TriasStream *self)
{
  if (self->retry == NULL)
    return;
  trias_timer_stop (&self->retry);
  trias_backoff_reset (&self->backoff);
  begin (self);
}

gboolean
trias_stream_is_open (TriasStream *self)
{
  return self->open;
}

TriasStream *
trias_stream_new (TriasRest *rest)
{
  TriasStream *self = g_object_new (TRIAS_TYPE_STREAM, NULL);

  self->rest = g_object_ref (rest);
  return self;
}

static void
trias_stream_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_boolean (value, TRIAS_STREAM (object)->open);
}

static void
trias_stream_dispose (GObject *object)
{
  TriasStream *self = TRIAS_STREAM (object);

  trias_stream_stop (self);
  g_clear_object (&self->rest);
  G_OBJECT_CLASS (trias_stream_parent_class)->dispose (object);
}

static void
trias_stream_finalize (GObject *object)
{
  g_free (TRIAS_STREAM (object)->last_id);
  G_OBJECT_CLASS (trias_stream_parent_class)->finalize (object);
}

static void
trias_stream_class_init (TriasStreamClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = trias_stream_get_property;
  object_class->dispose = trias_stream_dispose;
  object_class->finalize = trias_stream_finalize;
  props[PROP_OPEN]
      = g_param_spec_boolean ("open", NULL, NULL, FALSE, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS);
  g_object_class_install_properties (object_class, N_PROPS, props);
  signals[OPENED] = g_signal_new ("opened", TRIAS_TYPE_STREAM, G_SIGNAL_RUN_LAST, 0, NULL, NULL,
                                  NULL, G_TYPE_NONE, 0);
  signals[MESSAGE]
      = g_signal_new ("message", TRIAS_TYPE_STREAM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                      G_TYPE_NONE, 3, G_TYPE_STRING, G_TYPE_STRING, G_TYPE_STRING);
  signals[LOST] = g_signal_new ("lost", TRIAS_TYPE_STREAM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                G_TYPE_NONE, 1, G_TYPE_ERROR);
}

static void
trias_stream_init (TriasStream *self)
{
  self->last_id = g_strdup ("");
  trias_backoff_init (&self->backoff, BACKOFF_FIRST_MS, BACKOFF_LAST_MS);
}
