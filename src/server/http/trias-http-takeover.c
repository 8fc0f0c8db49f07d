/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/http/trias-http-private.h"

#include "server/http/trias-bridge.h"
#include "server/http/trias-http-source.h"

#include <string.h>

/* MHD's own upgrade moves four bytes a record over TLS. So its connection sleeps while we drive
 * that connection's TLS session; then it wakes up only to be closed. */

/* How often in a row the session may have nothing to give but its own business. */
#define OWN_BUSINESS_MAX 8

struct _TriasHttpLink
{
  TriasHttpRequest *request;
  gnutls_session_t session;
  TriasBridge *bridge;
  GSource *cancelled; /* (owned) (nullable) */
};

static gssize
result_of (gssize n)
{
  if (n >= 0)
    return n;
  return n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED ? TRIAS_BRIDGE_WAIT : TRIAS_BRIDGE_BROKEN;
}

static gssize
link_read (gpointer connection, void *buffer, gsize length)
{
  TriasHttpLink *self = connection;

  for (guint i = 0; i < OWN_BUSINESS_MAX; i++)
    {
      gssize n = gnutls_record_recv (self->session, buffer, length);

      if (n != GNUTLS_E_INTERRUPTED && n != GNUTLS_E_WARNING_ALERT_RECEIVED)
        return result_of (n);
    }
  return TRIAS_BRIDGE_BROKEN;
}

static gssize
link_write (gpointer connection, const void *data, gsize length)
{
  return result_of (gnutls_record_send (((TriasHttpLink *) connection)->session, data, length));
}

static gssize
link_end (gpointer connection)
{
  return result_of (gnutls_bye (((TriasHttpLink *) connection)->session, GNUTLS_SHUT_WR));
}

void
trias_http_link_end (TriasHttpLink *self)
{
  TriasHttpRequest *request = self->request;
  TriasHttp *server = request->server;

  trias_bridge_free (self->bridge);
  if (self->cancelled != NULL)
    {
      g_source_destroy (self->cancelled);
      g_source_unref (self->cancelled);
    }
  g_free (self);
  request->link_taken = NULL;
  server->stats.links--;
  /* The handler is called again and refuses to go on: MHD closes and frees. */
  MHD_resume_connection (request->mhd);
  trias_http_source_kick (server->source);
}

static void
link_over (gpointer connection)
{
  trias_http_link_end (connection);
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  trias_http_link_end (user_data);
  return G_SOURCE_REMOVE;
}

static const TriasBridgeConnection functions = {
  .read = link_read,
  .write = link_write,
  .end = link_end,
  .over = link_over,
};

static void
start_link (TriasHttpRequest *request, const char *protocol, GCancellable *cancellable, int local)
{
  TriasHttp *server = request->server;
  TriasHttpLink *self = g_new0 (TriasHttpLink, 1);
  g_autofree char *head = g_strdup_printf ("HTTP/1.1 101 Switching Protocols\r\n"
                                           "Connection: Upgrade\r\nUpgrade: %s\r\n\r\n",
                                           protocol);

  self->request = request;
  self->session = request->connection->session;
  trias_bridge_prepare (request->connection->fd);
  self->bridge = trias_bridge_new (&functions, self, request->connection->fd, local,
                                   server->limits.link_idle_timeout_s * 1000);
  trias_bridge_put_first (self->bridge, TRUE, head, strlen (head));
  /* From the loop: inside the handler the connection is not asleep yet. */
  trias_bridge_start (self->bridge, server->context);
  if (cancellable != NULL)
    {
      self->cancelled = g_cancellable_source_new (cancellable);
      g_source_set_callback (self->cancelled, G_SOURCE_FUNC (on_cancelled), self, NULL);
      g_source_attach (self->cancelled, server->context);
    }
  request->link_taken = self;
  trias_http_wait_sleep (request);
  request->state = request->state == TRIAS_HTTP_WAITING ? TRIAS_HTTP_TAKEN : TRIAS_HTTP_TAKING;
  request->connection->deadline = TRIAS_HTTP_NO_DEADLINE;
  server->stats.links++;
}

static gboolean
refuse (TriasHttpRequest *request, const char *protocol)
{
  TriasHttp *server = request->server;
  const char *wanted = trias_http_header (request, "Upgrade");

  if (server == NULL || server->stopping)
    trias_http_refuse (request, TRIAS_REASON_NOT_ACTIVE, "The server is stopping.");
  else if (request->connection->session == NULL || wanted == NULL
           || g_ascii_strcasecmp (wanted, protocol) != 0)
    trias_http_refuse (request, TRIAS_REASON_BAD_REQUEST,
                       "Ask for this over TLS, with the header 'Upgrade: %s'.", protocol);
  else if (server->stats.links >= server->limits.links_max)
    trias_http_refuse (request, TRIAS_REASON_TOO_MANY, "Too many links are open.");
  else
    return FALSE;
  return TRUE;
}

void
trias_http_take_over (TriasHttpRequest *request,
                      const char *protocol,
                      GCancellable *cancellable,
                      TriasHttpTaken taken,
                      gpointer user_data)
{
  int ends[2];

  if (refuse (request, protocol))
    {
      taken (-1, user_data);
      return;
    }
  if (!trias_bridge_sockets (ends))
    {
      trias_http_refuse (request, TRIAS_REASON_INTERNAL, "The server has no descriptors left.");
      taken (-1, user_data);
      return;
    }
  start_link (request, protocol, cancellable, ends[0]);
  taken (ends[1], user_data);
}
