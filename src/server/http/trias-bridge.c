/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/http/trias-bridge.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER 65536
/* How often each direction is served before the rest of the loop has its turn. */
#define TURNS 16
/* Sent and not acknowledged for so long, the way is cut: a new connection gets through sooner than
 * the next repetition of this one would. */
#define UNACKNOWLEDGED_MS 3000

G_STATIC_ASSERT (TRIAS_BRIDGE_FIRST_MAX <= BUFFER);

typedef struct
{
  gsize start, end; /* what waits to be written */
  gboolean ended;   /* nothing more will be read */
  gboolean told;    /* and the other side knows */
  char data[BUFFER];
} Way;

/* One descriptor in the poll set, or not: one that is not waited for must not be there at all,
 * since the end of its connection would be reported again and again. */
typedef struct
{
  int fd;
  gpointer tag; /* (nullable) */
  GIOCondition wanted;
} Watch;

struct _TriasBridge
{
  GSource source;
  TriasBridgeConnection functions;
  gpointer connection;
  Watch remote, local;
  Way out; /* socket to connection */
  Way in;  /* connection to socket */
  gboolean remote_full, local_full;
  gboolean over;
  gboolean again; /* there is more to do at once */
  gint64 idle_us;
  gint64 moved_at;
};

/* --- moving --- */

static gboolean
is_empty (const Way *way)
{
  return way->start == way->end;
}

/* Each of these: whether anything moved. What cannot go on sets @over. */

static gboolean
fill (TriasBridge *self, Way *way, gssize n)
{
  if (n == TRIAS_BRIDGE_WAIT)
    return FALSE;
  if (n == TRIAS_BRIDGE_BROKEN)
    {
      self->over = TRUE;
      return FALSE;
    }
  way->start = 0;
  way->end = (gsize) n;
  way->ended = n == 0;
  return TRUE;
}

static gboolean
drain (TriasBridge *self, Way *way, gssize n, gboolean *full)
{
  *full = n == TRIAS_BRIDGE_WAIT;
  if (n == TRIAS_BRIDGE_WAIT)
    return FALSE;
  if (n <= 0)
    {
      self->over = TRUE;
      return FALSE;
    }
  way->start += (gsize) n;
  return TRUE;
}

static gssize
result_of (gssize n)
{
  if (n >= 0)
    return n;
  return errno == EAGAIN || errno == EINTR ? TRIAS_BRIDGE_WAIT : TRIAS_BRIDGE_BROKEN;
}

static gssize
write_local (TriasBridge *self)
{
  return result_of (send (self->local.fd, self->in.data + self->in.start,
                          self->in.end - self->in.start, MSG_DONTWAIT | MSG_NOSIGNAL));
}

static gboolean
move_in (TriasBridge *self)
{
  Way *way = &self->in;
  gboolean moved = FALSE;

  if (is_empty (way) && !way->ended)
    moved = fill (self, way, self->functions.read (self->connection, way->data, BUFFER));
  if (!is_empty (way) && !self->over)
    moved |= drain (self, way, write_local (self), &self->local_full);
  if (is_empty (way) && way->ended && !way->told && !self->over)
    {
      shutdown (self->local.fd, SHUT_WR);
      way->told = TRUE;
    }
  return moved;
}

/* Whether the socket's other end is closed wholly, not only for writing. */
static gboolean
is_local_gone (TriasBridge *self)
{
  struct pollfd local = { self->local.fd, 0, 0 };

  return poll (&local, 1, 0) > 0 && (local.revents & (POLLHUP | POLLERR)) != 0;
}

static void
end_outwards (TriasBridge *self)
{
  gssize n = self->functions.end (self->connection);

  self->remote_full = n == TRIAS_BRIDGE_WAIT;
  if (n == TRIAS_BRIDGE_BROKEN)
    self->over = TRUE;
  else if (n != TRIAS_BRIDGE_WAIT)
    self->out.told = TRUE;
}

static gboolean
move_out (TriasBridge *self)
{
  Way *way = &self->out;
  gboolean moved = FALSE;

  if (is_empty (way) && !way->ended)
    moved = fill (self, way, result_of (recv (self->local.fd, way->data, BUFFER, MSG_DONTWAIT)));
  if (!is_empty (way) && !self->over)
    moved |= drain (
        self, way,
        self->functions.write (self->connection, way->data + way->start, way->end - way->start),
        &self->remote_full);
  if (is_empty (way) && way->ended && !way->told && !self->over)
    end_outwards (self);
  return moved;
}

static void
move (TriasBridge *self)
{
  gboolean moved = TRUE;

  for (guint i = 0; i < TURNS && moved && !self->over; i++)
    {
      moved = move_out (self);
      if (!self->over)
        moved |= move_in (self);
      if (moved)
        self->moved_at = g_source_get_time (&self->source);
    }
  self->again = moved;
  if (self->out.told && (self->in.told || is_local_gone (self)))
    self->over = TRUE;
}

/* --- waiting --- */

static void
watch (TriasBridge *self, Watch *watch, GIOCondition wanted, gboolean anyway)
{
  if (wanted == 0 && !anyway)
    {
      if (watch->tag != NULL)
        g_source_remove_unix_fd (&self->source, g_steal_pointer (&watch->tag));
      return;
    }
  if (watch->tag == NULL)
    watch->tag = g_source_add_unix_fd (&self->source, watch->fd, wanted);
  else if (watch->wanted != wanted)
    g_source_modify_unix_fd (&self->source, watch->tag, wanted);
  watch->wanted = wanted;
}

static void
wait_for_more (TriasBridge *self)
{
  GIOCondition remote = 0, local = 0;

  if (is_empty (&self->in) && !self->in.ended)
    remote |= G_IO_IN;
  if (self->remote_full)
    remote |= G_IO_OUT;
  if (is_empty (&self->out) && !self->out.ended)
    local |= G_IO_IN;
  if (self->local_full)
    local |= G_IO_OUT;
  watch (self, &self->remote, remote, FALSE);
  /* Whoever said that it sends no more may still close, which nothing else tells. */
  watch (self, &self->local, local, self->out.told);
}

static gboolean
bridge_prepare (GSource *source, int *timeout)
{
  *timeout = -1;
  return ((TriasBridge *) source)->again;
}

static gboolean
bridge_check (GSource *source)
{
  TriasBridge *self = (TriasBridge *) source;

  return self->again
         || (self->remote.tag != NULL && g_source_query_unix_fd (source, self->remote.tag) != 0)
         || (self->local.tag != NULL && g_source_query_unix_fd (source, self->local.tag) != 0);
}

/* Looked at only when the time is over: to set it anew at every byte would wake the loop. */
static void
check_idle (TriasBridge *self)
{
  gint64 end = self->moved_at + self->idle_us;

  if (g_source_get_ready_time (&self->source) > g_source_get_time (&self->source))
    return;
  if (end <= g_source_get_time (&self->source))
    self->over = TRUE;
  else
    g_source_set_ready_time (&self->source, end);
}

static gboolean
bridge_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  TriasBridge *self = (TriasBridge *) source;

  if (self->over)
    return G_SOURCE_CONTINUE;
  move (self);
  if (!self->over)
    check_idle (self);
  if (!self->over)
    {
      wait_for_more (self);
      return G_SOURCE_CONTINUE;
    }
  watch (self, &self->remote, 0, FALSE);
  watch (self, &self->local, 0, FALSE);
  self->again = FALSE;
  g_source_set_ready_time (source, -1);
  self->functions.over (self->connection);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs bridge_funcs = {
  .prepare = bridge_prepare,
  .check = bridge_check,
  .dispatch = bridge_dispatch,
};

/* --- life --- */

TriasBridge *
trias_bridge_new (const TriasBridgeConnection *functions,
                  gpointer connection,
                  int remote,
                  int local,
                  guint idle_ms)
{
  GSource *source = g_source_new (&bridge_funcs, sizeof (TriasBridge));
  TriasBridge *self = (TriasBridge *) source;

  g_source_set_static_name (source, "[trias] bridge");
  /* Else GLib takes the descriptors out and puts them back around every dispatch. */
  g_source_set_can_recurse (source, TRUE);
  self->functions = *functions;
  self->connection = connection;
  self->remote.fd = remote;
  self->local.fd = local;
  self->idle_us = (gint64) idle_ms * 1000;
  self->again = TRUE;
  return self;
}

void
trias_bridge_put_first (TriasBridge *self, gboolean outwards, const void *data, gsize length)
{
  Way *way = outwards ? &self->out : &self->in;

  g_return_if_fail (length <= TRIAS_BRIDGE_FIRST_MAX);

  memcpy (way->data, data, length);
  way->end = length;
}

void
trias_bridge_start (TriasBridge *self, GMainContext *context)
{
  self->moved_at = g_get_monotonic_time ();
  g_source_set_ready_time (&self->source, self->moved_at + self->idle_us);
  g_source_attach (&self->source, context);
}

void
trias_bridge_free (TriasBridge *self)
{
  self->over = TRUE;
  close (self->local.fd);
  g_source_destroy (&self->source);
  g_source_unref (&self->source);
}

void
trias_bridge_prepare (int fd)
{
  const int one = 1;
  const unsigned int patience = UNACKNOWLEDGED_MS;

  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  setsockopt (fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &patience, sizeof patience);
}

gboolean
trias_bridge_sockets (int ends[2])
{
  return socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0;
}
