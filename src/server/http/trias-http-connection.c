/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/http/trias-http-private.h"

#include "server/http/trias-http-source.h"

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

guint
trias_http_count (GHashTable *table, const char *key, int step)
{
  guint count = GPOINTER_TO_UINT (g_hash_table_lookup (table, key));

  if (step == 0)
    return count;
  count += (guint) step;
  if (count == 0)
    g_hash_table_remove (table, key);
  else
    g_hash_table_insert (table, g_strdup (key), GUINT_TO_POINTER (count));
  return count;
}

static char *
address_text (const struct sockaddr *address)
{
  gssize length = address->sa_family == AF_INET6 ? (gssize) sizeof (struct sockaddr_in6)
                                                 : (gssize) sizeof (struct sockaddr_in);
  g_autoptr (GSocketAddress) socket_address
      = g_socket_address_new_from_native ((gpointer) address, (gsize) length);

  if (!G_IS_INET_SOCKET_ADDRESS (socket_address))
    return g_strdup ("");
  return g_inet_address_to_string (
      g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (socket_address)));
}

TriasHttpConnection *
trias_http_connection_of (struct MHD_Connection *mhd)
{
  return MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

void
trias_http_connection_expect (TriasHttpConnection *self, guint seconds)
{
  self->deadline = self->server->now + (gint64) seconds * G_USEC_PER_SEC;
}

static TriasHttpConnection *
connection_opened (TriasHttp *server, struct MHD_Connection *mhd)
{
  TriasHttpConnection *self = g_new0 (TriasHttpConnection, 1);

  self->refs = 1;
  self->link.data = self;
  self->server = server;
  self->fd = MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
  self->peer_address = address_text (
      MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr);
  trias_http_connection_expect (self, server->limits.header_timeout_s);
  if (!server->plain)
    {
      self->session
          = MHD_get_connection_info (mhd, MHD_CONNECTION_INFO_GNUTLS_SESSION)->tls_session;
      trias_http_tls_prepare (server, self->session);
    }

  g_queue_push_tail_link (&server->connections, &self->link);
  server->stats.connections++;
  trias_http_count (server->per_address, self->peer_address, 1);
  return self;
}

static void
connection_closed (TriasHttpConnection *self)
{
  TriasHttp *server = self->server;

  g_queue_unlink (&server->connections, &self->link);
  server->stats.connections--;
  trias_http_count (server->per_address, self->peer_address, -1);
  if (self->peer_key != NULL)
    trias_http_count (server->per_key, self->peer_key, -1);
  self->server = NULL;
  self->session = NULL;
  self->fd = -1;
  trias_http_connection_unref (self);
  trias_http_listeners_resume (server);
}

void
trias_http_connection_notify (void *server,
                              struct MHD_Connection *mhd,
                              void **context,
                              enum MHD_ConnectionNotificationCode what)
{
  if (what == MHD_CONNECTION_NOTIFY_STARTED)
    *context = connection_opened (server, mhd);
  else if (*context != NULL)
    connection_closed (g_steal_pointer (context));
}

TriasHttpConnection *
trias_http_connection_ref (TriasHttpConnection *self)
{
  self->refs++;
  return self;
}

void
trias_http_connection_unref (TriasHttpConnection *self)
{
  if (--self->refs > 0)
    return;
  g_free (self->peer_address);
  g_free (self->local_address);
  g_free (self->peer_key);
  g_free (self);
}

/* Without TLS nobody proves a key, and only this computer can connect: the address stands for it,
 * so that benchmarks can hold leases of several clients. */
static char *
plain_key (const char *address)
{
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, address, -1);
}

const char *
trias_http_connection_peer_key (TriasHttpConnection *self)
{
  guint max;

  if (self->key_known || self->server == NULL)
    return self->peer_key;

  self->key_known = TRUE;
  self->peer_key = self->session != NULL ? trias_http_tls_peer_key (self->session)
                                         : plain_key (self->peer_address);
  if (self->peer_key == NULL)
    return NULL;
  max = self->server->limits.connections_per_key;
  self->key_full = trias_http_count (self->server->per_key, self->peer_key, 1) > max && max > 0;
  return self->peer_key;
}

/* Handshaking, MHD may miss that the client has gone: it stops reading when GnuTLS asks for more,
 * although the end was announced together with the data, and is told of it only once. Shutting the
 * connection down makes the system tell it again. */
static void
shut_down_gone (TriasHttp *server)
{
  g_autofree struct pollfd *fds = g_new (struct pollfd, server->connections.length);
  nfds_t n = 0;

  for (GList *l = server->connections.head; l != NULL; l = l->next)
    {
      TriasHttpConnection *connection = l->data;

      if (connection->session != NULL && !connection->served)
        fds[n++] = (struct pollfd){ connection->fd, POLLRDHUP, 0 };
    }
  if (n == 0 || poll (fds, n, 0) <= 0)
    return;
  for (nfds_t i = 0; i < n; i++)
    if (fds[i].revents != 0)
      shutdown (fds[i].fd, SHUT_RDWR);
}

void
trias_http_connections_sweep (TriasHttp *server)
{
  shut_down_gone (server);
  for (GList *l = server->connections.head; l != NULL; l = l->next)
    {
      TriasHttpConnection *connection = l->data;

      if (connection->deadline > server->now)
        continue;
      /* MHD sees the end of the connection and frees it. */
      shutdown (connection->fd, SHUT_RDWR);
      connection->deadline = TRIAS_HTTP_NO_DEADLINE;
      server->stats.refused++;
    }
}

static gboolean
is_taken (TriasHttp *server, TriasHttpConnection *connection)
{
  for (GList *l = server->requests.head; l != NULL; l = l->next)
    {
      const TriasHttpRequest *request = l->data;

      if (request->connection == connection && request->link_taken != NULL)
        return TRUE;
    }
  return FALSE;
}

void
trias_http_connections_cut (TriasHttp *server)
{
  for (GList *l = server->connections.head; l != NULL; l = l->next)
    {
      TriasHttpConnection *connection = l->data;

      if (is_taken (server, connection))
        continue;
      shutdown (connection->fd, SHUT_RDWR);
      connection->deadline = TRIAS_HTTP_NO_DEADLINE;
    }
}
