/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-identity.h"
#include "core/trias-problem.h"

G_BEGIN_DECLS

/* The façade over the HTTP library: nothing outside this folder knows which one it is. Everything
 * runs in the thread of the default main context. */

typedef struct _TriasHttp TriasHttp; /* the server: one TLS port on one or more addresses */
typedef struct _TriasHttpRequest
    TriasHttpRequest;                            /* valid from the handler until it was answered */
typedef struct _TriasHttpStream TriasHttpStream; /* an open stream of server-sent events */

/** Limits of every phase (design §9); trias_http_limits_init() gives the defaults. */
typedef struct
{
  gsize body_max;                /* bytes; 256 kB */
  guint connections_max;         /* 10000, but at least 200 below RLIMIT_NOFILE */
  guint connections_per_address; /* 2000 */
  guint connections_per_key;     /* 1000; 0 = no limit */
  guint header_timeout_s;        /* connection to complete header, a trickle included; 10 */
  guint body_timeout_s;          /* header to complete body; 30 */
  guint idle_timeout_s;          /* keep-alive without a request; 90 */
  guint streams_max;             /* server-sent events; 200 */
  guint stream_backlog;      /* messages a slow reader may be behind before it is dropped; 1000 */
  guint links_max;           /* connections that were taken over; 64 */
  guint link_idle_timeout_s; /* a link without a byte in either direction; 60 */
} TriasHttpLimits;

void trias_http_limits_init (TriasHttpLimits *self);

/** Called once a request is complete. The handler answers at once or later, but exactly once, with
 * trias_http_respond*(), trias_http_problem() or trias_http_stream_open(). */
typedef void (*TriasHttpHandler) (TriasHttpRequest *request, gpointer user_data);

/**
 * Starts to listen. @addresses: numeric `ADDRESS:PORT`, IPv6 in brackets, port 0 = any free one.
 * @plain serves without TLS, only for benchmarks; then all addresses must be loopback, and
 * @identity may be %NULL.
 */
TriasHttp *trias_http_start (const char *const *addresses,
                             TriasIdentity *identity,
                             const TriasHttpLimits *limits,
                             gboolean plain,
                             TriasHttpHandler handler,
                             gpointer user_data,
                             GError **error);
/** Stops: answers what is under way with 503, closes streams, frees everything. Not from within a
 * handler. Who holds a request still answers it later, which then only frees it. */
void trias_http_stop (TriasHttp *self);
/** Lets the server fall silent as if its cable were pulled: it accepts nothing, reads nothing,
 * answers nothing. With %FALSE it speaks again; what was connected or asked meanwhile is cut, for
 * it is of the past. Connections that were taken over are left alone. */
void trias_http_set_mute (TriasHttp *self, gboolean mute);
/** Port that was bound for the address at @index. */
guint16 trias_http_get_port (TriasHttp *self, guint index);

/** For /metrics and tests. */
typedef struct
{
  guint connections;
  guint streams;
  guint links; /* connections that were taken over */
  guint64 requests;
  guint64 refused;
} TriasHttpStats;
void trias_http_get_stats (TriasHttp *self, TriasHttpStats *stats);

/* --- a request; all strings borrowed --- */
/** HEAD is reported as GET: the body of the answer is left out by itself. */
const char *trias_http_method (TriasHttpRequest *request);
/** Path without query, percent-decoded once; refused earlier if it has `..`, control bytes or
 * broken UTF-8. */
const char *trias_http_path (TriasHttpRequest *request);
/** Query argument, or %NULL. */
const char *trias_http_query (TriasHttpRequest *request, const char *name);
/** Request header, any case, or %NULL. */
const char *trias_http_header (TriasHttpRequest *request, const char *name);
/** Body; never %NULL, empty if there was none. */
const char *trias_http_body (TriasHttpRequest *request, gsize *length);
/** Numeric address of the other end, and the own address it reached us at. */
const char *trias_http_peer_address (TriasHttpRequest *request);
const char *trias_http_local_address (TriasHttpRequest *request);
/** Id of the client's TLS key (64 hex), or %NULL: it proved that it holds the key. Looked up once
 * per connection. On a plain server a digest of the client's address stands for it. */
const char *trias_http_peer_key (TriasHttpRequest *request);

/** Answers with @body (copied; may be %NULL). @content_type %NULL: application/json. */
void trias_http_respond (TriasHttpRequest *request,
                         guint status,
                         const char *content_type,
                         const void *body,
                         gsize length);
/** As above with one more header, e.g. "Location". */
/** The same with JSON that it takes. */
void trias_http_respond_take (TriasHttpRequest *request, guint status, char *json, gsize length);
void trias_http_respond_header (TriasHttpRequest *request,
                                guint status,
                                const char *header,
                                const char *value,
                                const char *content_type,
                                const void *body,
                                gsize length);
/** Answers with application/problem+json; takes @problem. */
void trias_http_problem (TriasHttpRequest *request, TriasProblem *problem);
/** Short form of it. */
void trias_http_refuse (TriasHttpRequest *request, TriasReason reason, const char *format, ...)
    G_GNUC_PRINTF (3, 4);

/** Turns the request into a stream of server-sent events. @closed runs once from the main loop,
 * never inside _send() or _close(), when the stream has ended for whatever reason: reader gone or
 * too slow, closed, server stopped; after it the stream must not be used. (nullable) %NULL when too
 * many are open: then the request was answered, @closed will not run. */
TriasHttpStream *
trias_http_stream_open (TriasHttpRequest *request, GDestroyNotify closed, gpointer user_data);
/** Sends one message; @id 0 = none; @data one line. Comments keep idle streams alive every 15 s by
 * themselves. */
void
trias_http_stream_send (TriasHttpStream *stream, const char *event, guint64 id, const char *data);
/** Ends the stream once what was sent has been read. */
void trias_http_stream_close (TriasHttpStream *stream);

/** @fd: one end of a stream socket pair, now the callee's, or -1: refused and answered. */
typedef void (*TriasHttpTaken) (int fd, gpointer user_data);
/**
 * Answers 101 and hands the connection's bytes over: they move between it and the socket that
 * @taken gets, until either ends or the server stops. Only for a request over TLS that asks for
 * @protocol in its header `Upgrade` (400 otherwise); the client sends nothing between the request
 * and the 101. @cancellable (nullable) cuts it. @taken is called exactly once, before this returns.
 * It counts as a connection of its client all the time.
 */
void trias_http_take_over (TriasHttpRequest *request,
                           const char *protocol,
                           GCancellable *cancellable,
                           TriasHttpTaken taken,
                           gpointer user_data);

G_END_DECLS
