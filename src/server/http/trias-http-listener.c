/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/http/trias-http-private.h"

#include <errno.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

/* We accept ourselves and hand the sockets to MHD. Its own listener serves one address, and goes
 * deaf or spins when descriptors run out; here one daemon serves all addresses with one set of
 * limits, and a full server lets newcomers wait in the backlog at no cost. */

#define BACKLOG 1024
#define ACCEPTS_PER_TURN 64
#define COMPLAIN_EVERY (60 * G_USEC_PER_SEC)

struct _TriasHttpListener
{
  TriasHttp *server;
  int fd;
  guint16 port;
  GSource *source; /* (nullable) while paused */
};

static gboolean accept_some (int fd, GIOCondition condition, gpointer user_data);

static void
listener_watch (TriasHttpListener *self)
{
  self->source = g_unix_fd_source_new (self->fd, G_IO_IN);
  g_source_set_callback (self->source, G_SOURCE_FUNC (accept_some), self, NULL);
  g_source_set_static_name (self->source, "[trias] listener");
  g_source_attach (self->source, self->server->context);
}

static void
listener_unwatch (TriasHttpListener *self)
{
  if (self->source == NULL)
    return;
  g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

void
trias_http_listeners_pause (TriasHttp *server)
{
  server->paused = TRUE;
  for (guint i = 0; i < server->listeners->len; i++)
    listener_unwatch (server->listeners->pdata[i]);
}

void
trias_http_listeners_resume (TriasHttp *server)
{
  if (!server->paused || server->stopping || server->mute
      || server->stats.connections >= server->limits.connections_max)
    return;

  server->paused = FALSE;
  for (guint i = 0; i < server->listeners->len; i++)
    listener_watch (server->listeners->pdata[i]);
}

static void
take (TriasHttp *server, int fd, const struct sockaddr *peer, socklen_t length)
{
  const int one = 1;
  g_autoptr (GSocketAddress) address = g_socket_address_new_from_native ((gpointer) peer, length);
  g_autofree char *text = NULL;

  if (!G_IS_INET_SOCKET_ADDRESS (address))
    {
      close (fd);
      return;
    }
  text = g_inet_address_to_string (
      g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address)));
  if (trias_http_count (server->per_address, text, 0) >= server->limits.connections_per_address)
    {
      server->stats.refused++;
      close (fd);
      return;
    }

  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  trias_http_newcomers_add (server, fd, peer, length, text);
}

static void
out_of_descriptors (TriasHttp *server, int error)
{
  trias_http_listeners_pause (server);
  if (server->complained != 0 && server->now - server->complained < COMPLAIN_EVERY)
    return;

  server->complained = server->now;
  g_message ("Cannot accept connections: %s. They wait until others close; raise the limit of "
             "open files if this goes on.",
             g_strerror (error));
}

static gboolean
accept_some (int fd, GIOCondition condition, gpointer user_data)
{
  TriasHttpListener *self = user_data;
  TriasHttp *server = self->server;

  server->now = g_get_monotonic_time ();
  for (guint i = 0; i < ACCEPTS_PER_TURN; i++)
    {
      struct sockaddr_storage peer;
      socklen_t length = sizeof peer;
      int client;

      if (server->stats.connections >= server->limits.connections_max)
        {
          trias_http_listeners_pause (server);
          return G_SOURCE_REMOVE;
        }
      client = accept4 (fd, (struct sockaddr *) &peer, &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
      if (client >= 0)
        take (server, client, (struct sockaddr *) &peer, length);
      else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        {
          out_of_descriptors (server, errno);
          return G_SOURCE_REMOVE;
        }
      else if (errno == EAGAIN)
        break;
      /* Anything else concerns that one connection alone. */
    }
  return G_SOURCE_CONTINUE;
}

/* Splits `ADDRESS:PORT`; IPv6 stands in brackets. */
static GInetSocketAddress *
parse (const char *text, GError **error)
{
  const char *colon = strrchr (text, ':');
  g_autofree char *host = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  guint64 port;

  if (colon != NULL && g_ascii_string_to_unsigned (colon + 1, 10, 0, G_MAXUINT16, &port, NULL))
    {
      host = g_strndup (text, colon - text);
      if (*host == '[' && g_str_has_suffix (host, "]"))
        {
          host[strlen (host) - 1] = '\0';
          address = g_inet_socket_address_new_from_string (host + 1, (guint) port);
        }
      else if (strchr (host, ':') == NULL)
        address = g_inet_socket_address_new_from_string (host, (guint) port);
    }
  if (address == NULL)
    g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
                 "“%s” is no address to listen on. Write it as 192.0.2.1:7643 or "
                 "[2001:db8::1]:7643.",
                 text);
  return (GInetSocketAddress *) g_steal_pointer (&address);
}

static int
bind_and_listen (GInetSocketAddress *address, struct sockaddr_storage *bound)
{
  const int one = 1;
  socklen_t length = (socklen_t) g_socket_address_get_native_size (G_SOCKET_ADDRESS (address));
  int fd;

  if (!g_socket_address_to_native (G_SOCKET_ADDRESS (address), bound, sizeof *bound, NULL))
    {
      errno = EINVAL;
      return -1;
    }
  fd = socket (bound->ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return -1;

  setsockopt (fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bound->ss_family == AF_INET6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &one, sizeof one);
  if (bind (fd, (struct sockaddr *) bound, length) == 0 && listen (fd, BACKLOG) == 0
      && getsockname (fd, (struct sockaddr *) bound, &length) == 0)
    return fd;

  {
    int saved = errno;

    close (fd);
    errno = saved;
  }
  return -1;
}

TriasHttpListener *
trias_http_listener_new (TriasHttp *server, const char *text, GError **error)
{
  g_autoptr (GInetSocketAddress) address = parse (text, error);
  struct sockaddr_storage bound;
  TriasHttpListener *self;
  int fd;

  if (address == NULL)
    return NULL;
  if (server->plain
      && !g_inet_address_get_is_loopback (g_inet_socket_address_get_address (address)))
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_FORBIDDEN,
                   "Without TLS the server listens on loopback addresses only, not on %s.", text);
      return NULL;
    }
  fd = bind_and_listen (address, &bound);
  if (fd < 0)
    {
      int saved = errno;

      g_set_error (error, TRIAS_ERROR,
                   saved == EADDRINUSE ? TRIAS_REASON_CONFLICT : TRIAS_REASON_INTERNAL,
                   "Cannot listen on %s: %s. Choose another address or port, or end the program "
                   "that uses it.",
                   text, g_strerror (saved));
      return NULL;
    }

  self = g_new0 (TriasHttpListener, 1);
  self->server = server;
  self->fd = fd;
  self->port = g_ntohs (bound.ss_family == AF_INET6 ? ((struct sockaddr_in6 *) &bound)->sin6_port
                                                    : ((struct sockaddr_in *) &bound)->sin_port);
  listener_watch (self);
  return self;
}

void
trias_http_listener_free (TriasHttpListener *self)
{
  listener_unwatch (self);
  close (self->fd);
  g_free (self);
}

guint16
trias_http_listener_get_port (TriasHttpListener *self)
{
  return self->port;
}
