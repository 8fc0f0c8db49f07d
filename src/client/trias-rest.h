/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-identity.h"
#include "core/trias-json.h"
#include "core/trias-problem.h"

G_BEGIN_DECLS

/** An answer from a server is refused beyond this size. */
#define TRIAS_REST_MAX_ANSWER (8 * 1024 * 1024)
#define TRIAS_REST_DEADLINE_MS 15000

/**
 * TriasAnswer:
 *
 * What a server answered: 2xx, or 3xx for callers that follow redirects themselves. Everything
 * else is an error in %TRIAS_ERROR; trias_problem_from_error() gives its parameters back.
 */
typedef struct
{
  guint status;
  TriasJson *json; /* (owned) (nullable) the body, if it was JSON; always an object */
  char *text;      /* (owned) (nullable) the body, if it was text/plain */
  char *location;  /* (owned) (nullable) header Location of a redirect */
  gint64 sent_at;  /* boot-time clock, µs, before the request left */
  char *server_id; /* (owned) (nullable) id of the key that answered */
} TriasAnswer;

void trias_answer_free (TriasAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasAnswer, trias_answer_free)

/**
 * TriasRest:
 *
 * HTTPS and JSON to one server, whose key is pinned by its fingerprint. Without a fingerprint no
 * request is sent: the error is %TRIAS_REASON_KEY_MISMATCH with the parameter `fingerprint`, for a
 * person to compare. Asynchronous only; belongs to the thread that made it.
 */
#define TRIAS_TYPE_REST (trias_rest_get_type ())
G_DECLARE_FINAL_TYPE (TriasRest, trias_rest, TRIAS, REST, GObject)

/** @base_uri: `https://HOST:PORT`. @fingerprint, @identity (the client's own key): (nullable). */
TriasRest *trias_rest_new (const char *base_uri, const char *fingerprint, TriasIdentity *identity);
const char *trias_rest_get_base_uri (TriasRest *self);
const char *trias_rest_get_fingerprint (TriasRest *self);
/** Changes the pin; open connections are dropped. */
void trias_rest_set_fingerprint (TriasRest *self, const char *fingerprint);
/** Bearer token of an administrator's session, or %NULL. */
void trias_rest_set_token (TriasRest *self, const char *token);
const char *trias_rest_get_token (TriasRest *self);
/** Deadline of a whole request, ms. */
void trias_rest_set_deadline (TriasRest *self, guint milliseconds);

/**
 * Sends one request. @path: after `/api/v1`, with its query, already escaped; @body: JSON or %NULL;
 * @headers: (nullable) name, value, name, value, …, %NULL. A redirect is not followed.
 */
void trias_rest_send_async (TriasRest *self,
                            const char *method,
                            const char *path,
                            const char *body,
                            const char *const *headers,
                            GCancellable *cancellable,
                            GAsyncReadyCallback callback,
                            gpointer user_data);
/** (transfer full) */
TriasAnswer *trias_rest_send_finish (TriasRest *self, GAsyncResult *result, GError **error);
/** The `retry_after` (seconds) that came with @error, or 0. */
guint trias_rest_error_retry_after (const GError *error);
/** Whether @error means that no answer came: unreachable, reset, timed out, another key. */
gboolean trias_rest_error_is_transport (const GError *error);

/* --- server-sent events --- */

/** A parser of server-sent events with limits; it knows nothing of the network. */
typedef struct _TriasSseParser TriasSseParser;
#define TRIAS_SSE_MAX_MESSAGE (256 * 1024)
/** @event: "message" if none was named; @id: last id seen, "" if none. All borrowed. */
typedef void (*TriasSseFunc) (const char *event,
                              const char *id,
                              const char *data,
                              gpointer user_data);
TriasSseParser *trias_sse_parser_new (TriasSseFunc func, gpointer user_data);
void trias_sse_parser_free (TriasSseParser *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasSseParser, trias_sse_parser_free)
/** %FALSE (and %TRIAS_REASON_TOO_LARGE) when a line or message is beyond the limit. */
gboolean
trias_sse_parser_feed (TriasSseParser *self, const char *data, gsize length, GError **error);

/**
 * TriasStream:
 *
 * The live events of one server. Reconnects by itself with jittered back-off (0.5 s to 30 s) and
 * resumes after the last event seen; 40 s without a byte count as lost.
 *
 * Signals: `opened (self)` at the hello; `message (self, event, id, data)`; `lost (self, GError)`.
 * Properties: `open` (boolean).
 */
#define TRIAS_TYPE_STREAM (trias_stream_get_type ())
G_DECLARE_FINAL_TYPE (TriasStream, trias_stream, TRIAS, STREAM, GObject)

TriasStream *trias_stream_new (TriasRest *rest);
/** Before it starts: what followed event @seq is wanted, and nothing twice. */
void trias_stream_resume_after (TriasStream *self, guint64 seq);
void trias_stream_start (TriasStream *self);
void trias_stream_stop (TriasStream *self);
gboolean trias_stream_is_open (TriasStream *self);
/** Tries again at once if it waits for its back-off. */
void trias_stream_hurry (TriasStream *self);

G_END_DECLS
