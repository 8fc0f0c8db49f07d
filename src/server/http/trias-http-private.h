/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/http/trias-http.h"

#include <gnutls/gnutls.h>
#include <microhttpd.h>

G_BEGIN_DECLS

/* What the files of this folder share, and nobody else sees. */

#define TRIAS_HTTP_NO_DEADLINE G_MAXINT64

typedef struct _TriasHttpLink TriasHttpLink;

/** One open connection; kept alive by detached requests after it has closed. */
typedef struct
{
  int refs;
  GList link;        /* in TriasHttp.connections */
  TriasHttp *server; /* %NULL once closed */
  int fd;
  gnutls_session_t session; /* (nullable) plain, or closed */
  char *peer_address;       /* (owned) */
  char *local_address;      /* (owned) (nullable) until asked for */
  char *peer_key;           /* (owned) (nullable) */
  gboolean key_known;       /* the look-up was done */
  gboolean key_full;        /* too many connections of that key */
  gboolean corked;          /* the answer is gathered for one TLS record */
  gboolean served;          /* had a complete request: it is a kept-alive one */
  gboolean bad_uri;         /* the request target of the present request is broken */
  gint64 deadline;          /* the present phase must be over by then */
} TriasHttpConnection;

/* A request lives from its complete header until MHD says that it has ended. If it waits awake when
 * its client vanishes, it is cut loose and lives on until it is answered: a waiting request cannot
 * vanish under its handler. */
typedef enum
{
  TRIAS_HTTP_READING,   /* body */
  TRIAS_HTTP_HANDLING,  /* inside the handler */
  TRIAS_HTTP_WAITING,   /* until somebody answers, awake or asleep */
  TRIAS_HTTP_ANSWERED,  /* an answer is ready to be queued */
  TRIAS_HTTP_SENDING,   /* the answer is MHD's */
  TRIAS_HTTP_ABANDONED, /* the server stops; 503 will be queued in its place */
  TRIAS_HTTP_DETACHED,  /* outlived its client or the server: the late answer only frees it */
  TRIAS_HTTP_TAKING,    /* taken over inside the handler */
  TRIAS_HTTP_TAKEN,     /* suspended while its bytes go elsewhere; then it is closed */
} TriasHttpState;

struct _TriasHttpRequest
{
  GList link; /* in TriasHttp.requests */
  TriasHttp *server;
  TriasHttpConnection *connection; /* (owned) a reference */
  struct MHD_Connection *mhd;
  const char *method;
  const char *path;
  GByteArray *body; /* (owned) (nullable) */
  TriasHttpState state;
  gboolean awake;      /* while it waits: MHD asks for the answer in each run */
  gint64 waits_since;  /* monotonic, µs */
  TriasReason refusal; /* answered once the body was read, without asking the handler */
  const char *refusal_text;
  guint status;
  struct MHD_Response *response; /* (owned) (nullable) */
  gsize response_length;
  TriasHttpStream *stream;   /* (owned) (nullable) */
  TriasHttpLink *link_taken; /* (owned) (nullable) the connection was taken over */
};

struct _TriasHttp
{
  struct MHD_Daemon *daemon;
  GMainContext *context;
  GSource *source; /* runs the daemon */
  GSource *tick;   /* once a second */
  GPtrArray *listeners;
  gboolean paused;   /* the listeners are: too many connections, or no descriptors */
  gint64 complained; /* when the lack of descriptors was last logged */
  TriasIdentity *identity;
  TriasHttpLimits limits;
  TriasHttpHandler handler;
  gpointer user_data;
  gnutls_datum_t ticket_key;
  gboolean plain;
  gboolean stopping;
  gboolean mute; /* it neither reads nor answers */
  gint64 now;    /* of the present turn of the loop */
  GQueue newcomers;
  int newcomers_epoll;
  GSource *newcomers_source; /* (nullable) */
  GQueue connections;
  GQueue requests;
  guint n_awake; /* requests that wait awake */
  GQueue streams;
  GHashTable *per_address; /* connections of each peer address */
  GHashTable *per_key;
  TriasHttpStats stats;
};

/* trias-http-listener.c */
typedef struct _TriasHttpListener TriasHttpListener;
TriasHttpListener *trias_http_listener_new (TriasHttp *server, const char *address, GError **error);
void trias_http_listener_free (TriasHttpListener *self);
guint16 trias_http_listener_get_port (TriasHttpListener *self);
/** Accepts nothing until it is resumed. */
void trias_http_listeners_pause (TriasHttp *server);
/** Goes on accepting after a pause: a connection has closed, or a second has passed. */
void trias_http_listeners_resume (TriasHttp *server);

/* trias-http-newcomers.c */
gboolean trias_http_newcomers_start (TriasHttp *server);
/** Takes the socket @fd, which counts as a connection of @address from here on. */
void trias_http_newcomers_add (
    TriasHttp *server, int fd, const struct sockaddr *peer, socklen_t length, const char *address);
/** Drops who has sent nothing in the time for a header. */
void trias_http_newcomers_sweep (TriasHttp *server);
/** Drops all. */
void trias_http_newcomers_cut (TriasHttp *server);
void trias_http_newcomers_stop (TriasHttp *server);

/* trias-http-connection.c */
void trias_http_connection_notify (void *server,
                                   struct MHD_Connection *mhd,
                                   void **context,
                                   enum MHD_ConnectionNotificationCode what);
TriasHttpConnection *trias_http_connection_of (struct MHD_Connection *mhd);
TriasHttpConnection *trias_http_connection_ref (TriasHttpConnection *self);
void trias_http_connection_unref (TriasHttpConnection *self);
/** Must be over within @seconds from now. */
void trias_http_connection_expect (TriasHttpConnection *self, guint seconds);
/** Looks the key up if it was not yet, and counts it. */
const char *trias_http_connection_peer_key (TriasHttpConnection *self);
/** Cuts every connection whose phase took too long. MHD's own clock restarts at every byte. */
void trias_http_connections_sweep (TriasHttp *server);
/** Cuts every connection but those that were taken over. */
void trias_http_connections_cut (TriasHttp *server);
/** Changes a count in a table of strings to numbers; returns the new count. */
guint trias_http_count (GHashTable *table, const char *key, int step);

/* trias-http-handler.c: what MHD calls */
void *trias_http_on_target (void *server, const char *target, struct MHD_Connection *mhd);
size_t trias_http_on_unescape (void *server, struct MHD_Connection *mhd, char *text);
enum MHD_Result trias_http_on_request (void *server,
                                       struct MHD_Connection *mhd,
                                       const char *url,
                                       const char *method,
                                       const char *version,
                                       const char *data,
                                       size_t *size,
                                       void **context);
void trias_http_on_completed (void *server,
                              struct MHD_Connection *mhd,
                              void **context,
                              enum MHD_RequestTerminationCode why);

/* trias-http-target.c */
/** Decodes percent escapes in place; %FALSE for broken ones, control bytes and broken UTF-8. */
gboolean trias_http_target_decode (char *text, gsize *length);
/** Whether @path is absolute and has no segment `..`. */
gboolean trias_http_target_is_safe (const char *path);

/* trias-http-request.c */
TriasHttpRequest *trias_http_request_new (TriasHttp *server, struct MHD_Connection *mhd);
void trias_http_request_free (TriasHttpRequest *self);
/** Cuts the request loose from a client that has gone or a server that stops; its owner still holds
 * it and will answer it. */
void trias_http_request_detach (TriasHttpRequest *self);
/** Hands over the answer; takes @response. */
void trias_http_request_answer (TriasHttpRequest *self,
                                guint status,
                                struct MHD_Response *response,
                                gsize length);

/* trias-http-wait.c */
/** The request waits for its answer from here on. Inside the handler. */
void trias_http_wait_begin (TriasHttpRequest *self);
/** MHD has asked, and there is no answer yet. Inside the handler. */
void trias_http_wait_on (TriasHttpRequest *self);
/** It goes on waiting, but MHD keeps its hands off the connection. */
void trias_http_wait_sleep (TriasHttpRequest *self);
/** The wait is over: the handler is called in the next turn of the loop, and finds @state. */
void trias_http_wait_end (TriasHttpRequest *self, TriasHttpState state);
/** Nobody will ask again: the request is being cut loose. */
void trias_http_wait_cut (TriasHttpRequest *self);

/* trias-http-stream.c */
struct MHD_Response *
trias_http_response_new (const char *content_type, const void *body, gsize length);
/** Ends the stream when MHD has ended its request: tells its owner and frees it. */
void trias_http_stream_ended (TriasHttpStream *self);
/** Each second: comments for quiet streams, and an end for those whose reader has gone or is stuck.
 */
void trias_http_streams_tick (TriasHttp *server);

/* trias-http-takeover.c */
/** Ends the link at once and lets MHD close its connection. */
void trias_http_link_end (TriasHttpLink *self);

/* trias-http-tls.c */
/** Priorities of the TLS versions and algorithms that are accepted. */
#define TRIAS_HTTP_TLS_PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2"
void trias_http_tls_prepare (TriasHttp *server, gnutls_session_t session);
/** Gathers a short answer in one record: MHD sends header and body each by itself. */
void trias_http_tls_cork (TriasHttpConnection *connection, gsize length);
void trias_http_tls_uncork (TriasHttpConnection *connection);
/** Id of the other end's key, or %NULL. (transfer full) */
char *trias_http_tls_peer_key (gnutls_session_t session);

G_END_DECLS
