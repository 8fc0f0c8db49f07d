/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/http/trias-http-private.h"

#include "server/http/trias-http-source.h"

#include <string.h>

/* The way of one request through MHD: target, header, body, end. */

/* A body too large by no more than this many times is read and thrown away, so that its sender
 * sees the answer instead of a reset connection. */
#define DISCARD_TIMES 16
/* A reader slower than this is cut. */
#define SEND_BYTES_PER_S 65536

typedef struct
{
  guint lengths;
  guint hosts;
  gboolean chunked;
  guint64 length;
} Framing;

void *
trias_http_on_target (void *server, const char *target, struct MHD_Connection *mhd)
{
  TriasHttpConnection *connection = trias_http_connection_of (mhd);

  connection->bad_uri = FALSE;
  /* The first header's time runs from the connection on, the others' from their first line. */
  if (connection->served)
    trias_http_connection_expect (connection, ((TriasHttp *) server)->limits.header_timeout_s);
  return NULL;
}

size_t
trias_http_on_unescape (void *server, struct MHD_Connection *mhd, char *text)
{
  gsize length;

  if (trias_http_target_decode (text, &length))
    return length;
  trias_http_connection_of (mhd)->bad_uri = TRUE;
  return strlen (text);
}

static enum MHD_Result
look_at_header (void *data, enum MHD_ValueKind kind, const char *name, const char *value)
{
  Framing *framing = data;

  switch (name[0])
    {
    case 'C':
    case 'c':
      if (g_ascii_strcasecmp (name, "Content-Length") == 0)
        {
          framing->lengths++;
          framing->length = value != NULL ? g_ascii_strtoull (value, NULL, 10) : 0;
        }
      break;
    case 'H':
    case 'h':
      framing->hosts += g_ascii_strcasecmp (name, "Host") == 0;
      break;
    case 'T':
    case 't':
      if (g_ascii_strcasecmp (name, "Transfer-Encoding") == 0)
        framing->chunked = TRUE;
      break;
    default:
      break;
    }
  return MHD_YES;
}

static void
refuse (TriasHttpRequest *request, TriasReason reason, const char *text)
{
  if (request->refusal != TRIAS_REASON_NONE)
    return;
  request->refusal = reason;
  request->refusal_text = text;
}

/* Whether the refusal cannot wait for the end of the body. */
static gboolean
check_framing (TriasHttpRequest *request, const Framing *framing)
{
  gsize max = request->server->limits.body_max;

  if (framing->lengths > 1 || (framing->lengths > 0 && framing->chunked) || framing->hosts > 1)
    {
      refuse (request, TRIAS_REASON_BAD_REQUEST,
              "The request says in two ways how long it is or whom it is for.");
      return TRUE;
    }
  if (framing->chunked)
    {
      refuse (request, TRIAS_REASON_LENGTH_REQUIRED,
              "Send the body with a Content-Length, not in chunks.");
      return TRUE;
    }
  if (framing->length > max)
    {
      refuse (request, TRIAS_REASON_TOO_LARGE, "The body is larger than the server accepts.");
      return framing->length / DISCARD_TIMES > max;
    }
  return FALSE;
}

static void
check_request (TriasHttpRequest *request)
{
  TriasHttpConnection *connection = request->connection;

  if (connection->bad_uri || !trias_http_target_is_safe (request->path))
    refuse (request, TRIAS_REASON_BAD_REQUEST, "The path or query of the request is malformed.");
  trias_http_connection_peer_key (connection);
  if (connection->key_full)
    refuse (request, TRIAS_REASON_TOO_MANY, "Too many connections are open with this key.");
}

static enum MHD_Result
queue (TriasHttpRequest *request)
{
  struct MHD_Response *response = g_steal_pointer (&request->response);
  TriasHttpConnection *connection = request->connection;
  TriasHttp *server = request->server;
  enum MHD_Result result;

  request->state = TRIAS_HTTP_SENDING;
  if (request->stream != NULL)
    connection->deadline = TRIAS_HTTP_NO_DEADLINE;
  else
    {
      trias_http_connection_expect (connection, server->limits.body_timeout_s
                                                    + request->response_length / SEND_BYTES_PER_S);
      trias_http_tls_cork (connection, request->response_length);
    }
  result = MHD_queue_response (request->mhd, request->status, response);
  /* An answer that had to wait is written in the run after this one. */
  if (server->n_awake > 0)
    trias_http_source_kick (server->source);
  MHD_destroy_response (response);
  return result;
}

static void
answer_refusal (TriasHttpRequest *request)
{
  request->server->stats.refused++;
  trias_http_refuse (request, request->refusal, "%s", request->refusal_text);
}

static enum MHD_Result
begin (TriasHttp *server,
       struct MHD_Connection *mhd,
       const char *url,
       const char *method,
       void **context)
{
  TriasHttpRequest *request = trias_http_request_new (server, mhd);
  Framing framing = {
    0,
  };

  *context = request;
  /* MHD leaves out the body of the answer by itself. */
  request->method = strcmp (method, "HEAD") == 0 ? "GET" : method;
  request->path = url;
  request->connection->served = TRUE;
  trias_http_connection_expect (request->connection, server->limits.body_timeout_s);
  MHD_get_connection_values (mhd, MHD_HEADER_KIND, look_at_header, &framing);
  if (check_framing (request, &framing))
    {
      answer_refusal (request);
      return queue (request);
    }
  check_request (request);
  return MHD_YES;
}

static enum MHD_Result
take_body (TriasHttpRequest *request, const char *data, size_t *size)
{
  gsize have = request->body != NULL ? request->body->len : 0;

  if (request->refusal == TRIAS_REASON_NONE)
    {
      if (*size > request->server->limits.body_max - have)
        return MHD_NO;
      if (request->body == NULL)
        request->body = g_byte_array_sized_new ((guint) *size + 1);
      g_byte_array_append (request->body, (const guint8 *) data, (guint) *size);
    }
  *size = 0;
  return MHD_YES;
}

static enum MHD_Result
dispatch (TriasHttpRequest *request)
{
  TriasHttp *server = request->server;

  request->state = TRIAS_HTTP_HANDLING;
  server->stats.requests++;
  if (server->stopping)
    trias_http_refuse (request, TRIAS_REASON_NOT_ACTIVE, "The server is stopping.");
  else if (request->refusal != TRIAS_REASON_NONE)
    answer_refusal (request);
  else
    server->handler (request, server->user_data);

  if (request->state == TRIAS_HTTP_ANSWERED)
    return queue (request);
  if (request->state != TRIAS_HTTP_TAKING)
    trias_http_wait_begin (request);
  else
    {
      request->state = TRIAS_HTTP_TAKEN;
      MHD_suspend_connection (request->mhd);
    }
  return MHD_YES;
}

/* The owner of the request still holds it: another one takes its place for the answer. */
static enum MHD_Result
replace (TriasHttpRequest *request, void **context)
{
  TriasHttpRequest *other = trias_http_request_new (request->server, request->mhd);

  trias_http_request_detach (request);
  *context = other;
  other->state = TRIAS_HTTP_HANDLING;
  trias_http_refuse (other, TRIAS_REASON_NOT_ACTIVE, "The server is stopping.");
  return queue (other);
}

enum MHD_Result
trias_http_on_request (void *server,
                       struct MHD_Connection *mhd,
                       const char *url,
                       const char *method,
                       const char *version,
                       const char *data,
                       size_t *size,
                       void **context)
{
  TriasHttpRequest *request = *context;

  if (request == NULL)
    return begin (server, mhd, url, method, context);

  switch (request->state)
    {
    case TRIAS_HTTP_READING:
      return *size > 0 ? take_body (request, data, size) : dispatch (request);
    case TRIAS_HTTP_ANSWERED:
      return queue (request);
    case TRIAS_HTTP_ABANDONED:
      return replace (request, context);
    case TRIAS_HTTP_WAITING:
      trias_http_wait_on (request);
      return MHD_YES;
    case TRIAS_HTTP_HANDLING:
    case TRIAS_HTTP_SENDING:
    case TRIAS_HTTP_DETACHED:
    case TRIAS_HTTP_TAKING:
    case TRIAS_HTTP_TAKEN:
    default:
      return MHD_NO;
    }
}

void
trias_http_on_completed (void *server,
                         struct MHD_Connection *mhd,
                         void **context,
                         enum MHD_RequestTerminationCode why)
{
  TriasHttpRequest *request = g_steal_pointer (context);

  if (request == NULL)
    return;
  trias_http_tls_uncork (request->connection);
  trias_http_connection_expect (request->connection, ((TriasHttp *) server)->limits.idle_timeout_s);
  if (request->stream != NULL)
    trias_http_stream_ended (g_steal_pointer (&request->stream));
  if (request->state == TRIAS_HTTP_ABANDONED || request->state == TRIAS_HTTP_WAITING)
    trias_http_request_detach (request);
  else
    trias_http_request_free (request);
}
