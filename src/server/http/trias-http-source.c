/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/http/trias-http-source.h"

#include <glib-unix.h>

typedef struct
{
  GSource source;
  struct MHD_Daemon *daemon;
  gint64 *now;
  gpointer tag;
  gboolean kick;
  gboolean running;
  gboolean held;
  gboolean awake;
} TriasHttpSource;

/* In ms; -1: until something happens. */
static int
time_left (TriasHttpSource *self)
{
  MHD_UNSIGNED_LONG_LONG ms;

  if (self->kick)
    return 0;
  if (self->awake)
    return g_source_get_time (&self->source) - *self->now < G_TIME_SPAN_MILLISECOND ? 1 : 0;
  return MHD_get_timeout (self->daemon, &ms) == MHD_YES ? (int) MIN (ms, 60000u) : -1;
}

static gboolean
is_due (TriasHttpSource *self, int *timeout)
{
  *timeout = self->running || self->held ? -1 : time_left (self);
  return *timeout == 0;
}

static gboolean
source_prepare (GSource *source, int *timeout)
{
  return is_due ((TriasHttpSource *) source, timeout);
}

static gboolean
source_check (GSource *source)
{
  TriasHttpSource *self = (TriasHttpSource *) source;
  int timeout;

  if (self->held)
    return FALSE;
  return is_due (self, &timeout)
         || (!self->running && g_source_query_unix_fd (source, self->tag) != 0);
}

static gboolean
source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  TriasHttpSource *self = (TriasHttpSource *) source;

  /* Before the run: what is called inside it may kick again. */
  self->kick = FALSE;
  *self->now = g_source_get_time (source);
  self->running = TRUE;
  MHD_run (self->daemon);
  self->running = FALSE;
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs
    = { source_prepare, source_check, source_dispatch, NULL, NULL, NULL };

GSource *
trias_http_source_new (struct MHD_Daemon *daemon, gint64 *now)
{
  GSource *source = g_source_new (&source_funcs, sizeof (TriasHttpSource));
  TriasHttpSource *self = (TriasHttpSource *) source;
  const union MHD_DaemonInfo *info = MHD_get_daemon_info (daemon, MHD_DAEMON_INFO_EPOLL_FD);

  self->daemon = daemon;
  self->now = now;
  self->tag = g_source_add_unix_fd (source, info->epoll_fd, G_IO_IN | G_IO_ERR | G_IO_HUP);
  g_source_set_static_name (source, "[trias] http");
  /* Otherwise GLib takes the descriptor out and puts it back around each dispatch, and wakes itself
   * for that: a write, a read and a turn of the loop for each request. @running guards instead. */
  g_source_set_can_recurse (source, TRUE);
  return source;
}

void
trias_http_source_kick (GSource *source)
{
  ((TriasHttpSource *) source)->kick = TRUE;
}

void
trias_http_source_set_awake (GSource *source, gboolean awake)
{
  ((TriasHttpSource *) source)->awake = awake;
}

void
trias_http_source_hold (GSource *source, gboolean hold)
{
  TriasHttpSource *self = (TriasHttpSource *) source;

  self->held = hold;
  /* What waits to be read would wake the loop all the time. */
  g_source_modify_unix_fd (source, self->tag, hold ? 0 : G_IO_IN | G_IO_ERR | G_IO_HUP);
}
