/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/http/trias-http-private.h"

#include <glib-unix.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Who has connected waits here until the first byte is there, and a few at a time go on to MHD,
 * which serves everybody who is ready before it returns. A handshake takes 1 to 2 ms of the loop,
 * which a triad's engine shares: thousands of clients that come back at once would keep it from its
 * heartbeats for seconds, and cost an election. */

#define PER_TURN 8

typedef struct
{
  GList link; /* in TriasHttp.newcomers */
  int fd;
  gint64 deadline;
  char *address; /* (owned) */
  struct sockaddr_storage peer;
  socklen_t length;
} Newcomer;

/* Forgets it without closing its socket. */
static void
forget (TriasHttp *server, Newcomer *newcomer)
{
  epoll_ctl (server->newcomers_epoll, EPOLL_CTL_DEL, newcomer->fd, NULL);
  g_queue_unlink (&server->newcomers, &newcomer->link);
  server->stats.connections--;
  trias_http_count (server->per_address, newcomer->address, -1);
  g_free (newcomer->address);
}

static void
drop (TriasHttp *server, Newcomer *newcomer)
{
  forget (server, newcomer);
  close (newcomer->fd);
  g_free (newcomer);
}

static void
hand_on (TriasHttp *server, Newcomer *newcomer)
{
  forget (server, newcomer);
  /* On failure the socket is closed already. */
  if (MHD_add_connection (server->daemon, newcomer->fd, (struct sockaddr *) &newcomer->peer,
                          newcomer->length)
      != MHD_YES)
    server->stats.refused++;
  g_free (newcomer);
}

static gboolean
on_ready (int epoll, GIOCondition condition, gpointer user_data)
{
  TriasHttp *server = user_data;
  struct epoll_event events[PER_TURN];
  int n = epoll_wait (epoll, events, PER_TURN, 0);

  server->now = g_get_monotonic_time ();
  for (int i = 0; i < n; i++)
    {
      if ((events[i].events & (EPOLLHUP | EPOLLERR)) != 0)
        drop (server, events[i].data.ptr);
      else
        hand_on (server, events[i].data.ptr);
    }
  if (n > 0)
    trias_http_listeners_resume (server);
  return G_SOURCE_CONTINUE;
}

gboolean
trias_http_newcomers_start (TriasHttp *server)
{
  server->newcomers_epoll = epoll_create1 (EPOLL_CLOEXEC);
  if (server->newcomers_epoll < 0)
    return FALSE;
  server->newcomers_source = g_unix_fd_source_new (server->newcomers_epoll, G_IO_IN);
  g_source_set_callback (server->newcomers_source, G_SOURCE_FUNC (on_ready), server, NULL);
  g_source_set_static_name (server->newcomers_source, "[trias] newcomers");
  g_source_attach (server->newcomers_source, server->context);
  return TRUE;
}

void
trias_http_newcomers_add (
    TriasHttp *server, int fd, const struct sockaddr *peer, socklen_t length, const char *address)
{
  Newcomer *newcomer = g_new0 (Newcomer, 1);
  struct epoll_event event = { EPOLLIN, { .ptr = newcomer } };

  newcomer->link.data = newcomer;
  newcomer->fd = fd;
  newcomer->deadline = server->now + (gint64) server->limits.header_timeout_s * G_USEC_PER_SEC;
  newcomer->address = g_strdup (address);
  memcpy (&newcomer->peer, peer, length);
  newcomer->length = length;
  g_queue_push_tail_link (&server->newcomers, &newcomer->link);
  server->stats.connections++;
  trias_http_count (server->per_address, address, 1);
  if (epoll_ctl (server->newcomers_epoll, EPOLL_CTL_ADD, fd, &event) != 0)
    drop (server, newcomer);
}

void
trias_http_newcomers_sweep (TriasHttp *server)
{
  Newcomer *oldest;

  while ((oldest = g_queue_peek_head (&server->newcomers)) != NULL
         && oldest->deadline <= server->now)
    {
      drop (server, oldest);
      server->stats.refused++;
    }
}

void
trias_http_newcomers_cut (TriasHttp *server)
{
  Newcomer *newcomer;

  while ((newcomer = g_queue_peek_head (&server->newcomers)) != NULL)
    drop (server, newcomer);
}

void
trias_http_newcomers_stop (TriasHttp *server)
{
  if (server->newcomers_source == NULL)
    return;
  trias_http_newcomers_cut (server);
  g_source_destroy (server->newcomers_source);
  g_clear_pointer (&server->newcomers_source, g_source_unref);
  close (server->newcomers_epoll);
}
