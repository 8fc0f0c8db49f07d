/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/http/trias-http-private.h"

#include "server/http/trias-http-source.h"

#include <poll.h>
#include <signal.h>
#include <sys/resource.h>

/* Line and headers of a request must fit in; MHD wipes it all after each. */
#define MEMORY_PER_CONNECTION 8192
#define DESCRIPTORS_KEPT 200
/* MHD frees a connection a little later than it tells us; its own limit must never bite. */
#define CONNECTIONS_SLACK 64
/* How long stopping waits for its last answers to be written. */
#define STOP_MS 500

void
trias_http_limits_init (TriasHttpLimits *self)
{
  *self = (TriasHttpLimits){
    .body_max = 256 * 1024,
    .connections_max = 10000,
    .connections_per_address = 2000,
    .connections_per_key = 1000,
    .header_timeout_s = 10,
    .body_timeout_s = 30,
    .idle_timeout_s = 90,
    .streams_max = 200,
    .stream_backlog = 1000,
    .links_max = 64,
    .link_idle_timeout_s = 60,
  };
}

/* Without spare descriptors the ledger and the links would fail before the connections do. */
static guint
clamp_connections (guint wanted)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
    return wanted;
  if (limit.rlim_cur <= 2 * DESCRIPTORS_KEPT)
    return MIN (wanted, MAX ((guint) limit.rlim_cur / 2, 1));
  return (guint) MIN (wanted, limit.rlim_cur - DESCRIPTORS_KEPT);
}

/* What MHD has to say is what strangers did to it, or repeats what the caller is told. */
static void
log_mhd (void *data, const char *format, va_list args)
{
  g_autofree char *raw = g_strdup_vprintf (format, args);
  g_autofree char *text = g_utf8_make_valid (raw, -1);

  /* Said at the end of every link: no other way ends a connection that we took over. */
  if (!g_str_has_prefix (text, "Application reported internal error"))
    g_debug ("%s", g_strchomp (text));
}

static gboolean
on_tick (gpointer data)
{
  TriasHttp *self = data;

  self->now = g_get_monotonic_time ();
  if (self->mute)
    return G_SOURCE_CONTINUE;
  trias_http_newcomers_sweep (self);
  trias_http_connections_sweep (self);
  trias_http_streams_tick (self);
  trias_http_listeners_resume (self);
  trias_http_source_kick (self->source);
  return G_SOURCE_CONTINUE;
}

static struct MHD_Daemon *
start_daemon (TriasHttp *self)
{
  unsigned int flags = MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME
                       | MHD_USE_ERROR_LOG | (self->plain ? 0 : MHD_USE_TLS);
  struct MHD_OptionItem common[] = {
    { MHD_OPTION_CONNECTION_LIMIT, self->limits.connections_max + CONNECTIONS_SLACK, NULL },
    { MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY_PER_CONNECTION, NULL },
    { MHD_OPTION_CONNECTION_TIMEOUT, 0, NULL }, /* the sweep is stricter */
    { MHD_OPTION_STRICT_FOR_CLIENT, 1, NULL },
    { MHD_OPTION_NOTIFY_CONNECTION, (intptr_t) trias_http_connection_notify, self },
    { MHD_OPTION_NOTIFY_COMPLETED, (intptr_t) trias_http_on_completed, self },
    { MHD_OPTION_URI_LOG_CALLBACK, (intptr_t) trias_http_on_target, self },
    { MHD_OPTION_UNESCAPE_CALLBACK, (intptr_t) trias_http_on_unescape, self },
    { MHD_OPTION_END, 0, NULL },
  };
  struct MHD_OptionItem tls[] = {
    { MHD_OPTION_END, 0, NULL },
    { MHD_OPTION_HTTPS_MEM_KEY, 0, NULL },
    { MHD_OPTION_HTTPS_PRIORITIES, 0, (void *) TRIAS_HTTP_TLS_PRIORITIES },
    { MHD_OPTION_END, 0, NULL },
  };

  if (!self->plain)
    {
      tls[0].option = MHD_OPTION_HTTPS_MEM_CERT;
      tls[0].ptr_value = (void *) trias_identity_get_certificate_pem (self->identity);
      tls[1].ptr_value = (void *) trias_identity_get_key_pem (self->identity);
    }
  return MHD_start_daemon (flags, 0, NULL, NULL, trias_http_on_request, self,
                           MHD_OPTION_EXTERNAL_LOGGER, log_mhd, NULL, MHD_OPTION_ARRAY, common,
                           MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

static void
free_server (TriasHttp *self)
{
  g_ptr_array_unref (self->listeners);
  trias_http_newcomers_stop (self);
  g_hash_table_unref (self->per_address);
  g_hash_table_unref (self->per_key);
  g_clear_pointer (&self->identity, trias_identity_unref);
  gnutls_free (self->ticket_key.data);
  g_main_context_unref (self->context);
  g_free (self);
}

static gboolean
start_listeners (TriasHttp *self, const char *const *addresses, GError **error)
{
  for (guint i = 0; addresses[i] != NULL; i++)
    {
      TriasHttpListener *listener = trias_http_listener_new (self, addresses[i], error);

      if (listener == NULL)
        return FALSE;
      g_ptr_array_add (self->listeners, listener);
    }
  return TRUE;
}

TriasHttp *
trias_http_start (const char *const *addresses,
                  TriasIdentity *identity,
                  const TriasHttpLimits *limits,
                  gboolean plain,
                  TriasHttpHandler handler,
                  gpointer user_data,
                  GError **error)
{
  TriasHttp *self;

  g_return_val_if_fail (plain || identity != NULL, NULL);

  self = g_new0 (TriasHttp, 1);
  self->context = g_main_context_ref_thread_default ();
  self->listeners = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_http_listener_free);
  self->per_address = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->per_key = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->identity = identity != NULL ? trias_identity_ref (identity) : NULL;
  self->handler = handler;
  self->user_data = user_data;
  self->plain = plain;
  self->now = g_get_monotonic_time ();
  trias_http_limits_init (&self->limits);
  if (limits != NULL)
    self->limits = *limits;
  if (plain)
    self->limits.connections_per_key = 0; /* a key is an address there, which has its own limit */
  self->limits.connections_max = clamp_connections (self->limits.connections_max);
  /* A client that resets its connection must not end the server. */
  signal (SIGPIPE, SIG_IGN);

  if (!trias_http_newcomers_start (self))
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_INTERNAL,
                   "The HTTP server does not start: no descriptors are left.");
      free_server (self);
      return NULL;
    }
  if (!start_listeners (self, addresses, error))
    {
      free_server (self);
      return NULL;
    }
  if (!plain)
    gnutls_session_ticket_key_generate (&self->ticket_key);
  self->daemon = start_daemon (self);
  if (self->daemon == NULL)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_INTERNAL,
                   "The HTTP server does not start. Check the server's certificate and key.");
      free_server (self);
      return NULL;
    }

  self->source = trias_http_source_new (self->daemon, &self->now);
  g_source_attach (self->source, self->context);
  self->tick = g_timeout_source_new_seconds (1);
  g_source_set_callback (self->tick, on_tick, self, NULL);
  g_source_attach (self->tick, self->context);
  return self;
}

/* Queues the last answers: MHD aborts the program if a connection is still suspended in the end. */
static void
resume_all (TriasHttp *self)
{
  for (GList *l = self->requests.head; l != NULL; l = l->next)
    {
      TriasHttpRequest *request = l->data;

      if (request->stream != NULL)
        trias_http_stream_close (request->stream);
      if (request->link_taken != NULL)
        trias_http_link_end (request->link_taken);
      if (request->state == TRIAS_HTTP_WAITING)
        trias_http_wait_end (request, TRIAS_HTTP_ABANDONED);
    }
}

/* Whether answers are still to be written; half a request is not waited for. */
static gboolean
is_answering (TriasHttp *self)
{
  for (GList *l = self->requests.head; l != NULL; l = l->next)
    if (((TriasHttpRequest *) l->data)->state != TRIAS_HTTP_READING)
      return TRUE;
  return FALSE;
}

static void
run_until_quiet (TriasHttp *self)
{
  const union MHD_DaemonInfo *info = MHD_get_daemon_info (self->daemon, MHD_DAEMON_INFO_EPOLL_FD);
  struct pollfd events = { info->epoll_fd, POLLIN, 0 };
  gint64 end = g_get_monotonic_time () + STOP_MS * 1000;

  do
    {
      MHD_run (self->daemon);
      if (!is_answering (self))
        return;
      poll (&events, 1, 10);
      self->now = g_get_monotonic_time ();
    }
  while (self->now < end);
}

void
trias_http_stop (TriasHttp *self)
{
  self->stopping = TRUE;
  trias_http_source_hold (self->source, FALSE);
  g_ptr_array_set_size (self->listeners, 0);
  trias_http_newcomers_stop (self);
  resume_all (self);
  run_until_quiet (self);

  MHD_stop_daemon (self->daemon);
  g_source_destroy (self->tick);
  g_source_unref (self->tick);
  g_source_destroy (self->source);
  g_source_unref (self->source);
  free_server (self);
}

void
trias_http_set_mute (TriasHttp *self, gboolean mute)
{
  if (self->mute == mute || self->stopping)
    return;
  self->mute = mute;
  if (mute)
    trias_http_listeners_pause (self);
  else
    {
      trias_http_newcomers_cut (self);
      trias_http_connections_cut (self);
    }
  trias_http_source_hold (self->source, mute);
  if (mute)
    return;
  trias_http_listeners_resume (self);
  trias_http_source_kick (self->source);
}

guint16
trias_http_get_port (TriasHttp *self, guint index)
{
  g_return_val_if_fail (index < self->listeners->len, 0);

  return trias_http_listener_get_port (self->listeners->pdata[index]);
}

void
trias_http_get_stats (TriasHttp *self, TriasHttpStats *stats)
{
  *stats = self->stats;
}
