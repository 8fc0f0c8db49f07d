/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "core/trias-timer.h"

typedef struct
{
  GSource source;
  gint64 at;
} Timer;

static gboolean
timer_prepare (GSource *source, int *timeout)
{
  gint64 at = ((Timer *) source)->at, left;

  *timeout = -1;
  if (at < 0)
    return FALSE;
  left = at - g_source_get_time (source);
  *timeout = (int) CLAMP ((left + 999) / 1000, 0, G_MAXINT);
  return left <= 0;
}

static gboolean
timer_check (GSource *source)
{
  gint64 at = ((Timer *) source)->at;

  return at >= 0 && at <= g_source_get_time (source);
}

static gboolean
timer_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static GSourceFuncs timer_funcs = { timer_prepare, timer_check, timer_dispatch, NULL, NULL, NULL };

GSource *
trias_timer_new (const char *name, int priority, GSourceFunc func, gpointer user_data)
{
  GSource *source = g_source_new (&timer_funcs, sizeof (Timer));

  ((Timer *) source)->at = -1;
  g_source_set_static_name (source, name);
  g_source_set_priority (source, priority);
  g_source_set_callback (source, func, user_data, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

void
trias_timer_set (GSource *timer, gint64 at)
{
  ((Timer *) timer)->at = at;
}

gint64
trias_timer_get (GSource *timer)
{
  return ((Timer *) timer)->at;
}
