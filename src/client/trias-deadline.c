/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-deadline.h"

#include <time.h>

gint64
trias_boot_time (void)
{
  struct timespec now;

  if (clock_gettime (CLOCK_BOOTTIME, &now) != 0)
    return g_get_monotonic_time ();
  return (gint64) now.tv_sec * G_USEC_PER_SEC + now.tv_nsec / 1000;
}

void
trias_timer_stop (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

typedef struct
{
  GSource **place;
  GSourceFunc func;
  gpointer user_data;
} Timer;

static gboolean
timer_cb (gpointer user_data)
{
  Timer *timer = user_data;
  Timer copy = *timer;

  /* The place is cleared first, so that the function may start the next one. */
  trias_timer_stop (copy.place);
  copy.func (copy.user_data);
  return G_SOURCE_REMOVE;
}

void
trias_timer_start (GSource **source, guint milliseconds, GSourceFunc func, gpointer user_data)
{
  Timer *timer = g_new (Timer, 1);

  *timer = (Timer){ source, func, user_data };
  trias_timer_stop (source);
  *source = g_timeout_source_new (milliseconds);
  g_source_set_callback (*source, timer_cb, timer, g_free);
  g_source_attach (*source, g_main_context_get_thread_default ());
}

static gboolean
expire_cb (gpointer user_data)
{
  TriasDeadline *self = user_data;

  self->expired = TRUE;
  g_cancellable_cancel (self->cancellable);
  return G_SOURCE_REMOVE;
}

static void
parent_cancelled_cb (GCancellable *parent, gpointer user_data)
{
  g_cancellable_cancel (user_data);
}

TriasDeadline *
trias_deadline_new (GCancellable *parent, guint milliseconds)
{
  TriasDeadline *self = g_new0 (TriasDeadline, 1);

  self->cancellable = g_cancellable_new ();
  if (parent != NULL)
    {
      self->parent = g_object_ref (parent);
      self->handler = g_cancellable_connect (parent, G_CALLBACK (parent_cancelled_cb),
                                             g_object_ref (self->cancellable), g_object_unref);
    }
  trias_deadline_rearm (self, milliseconds);
  return self;
}

void
trias_deadline_rearm (TriasDeadline *self, guint milliseconds)
{
  if (milliseconds > 0)
    trias_timer_start (&self->timer, milliseconds, expire_cb, self);
  else
    trias_timer_stop (&self->timer);
}

void
trias_deadline_free (TriasDeadline *self)
{
  if (self == NULL)
    return;
  trias_timer_stop (&self->timer);
  if (self->parent != NULL)
    g_cancellable_disconnect (self->parent, self->handler);
  g_clear_object (&self->parent);
  g_clear_object (&self->cancellable);
  g_free (self);
}

void
trias_backoff_init (TriasBackoff *self, guint first_ms, guint last_ms)
{
  *self = (TriasBackoff){ first_ms, last_ms, first_ms };
}

void
trias_backoff_reset (TriasBackoff *self)
{
  self->next_ms = self->first_ms;
}

guint
trias_backoff_next (TriasBackoff *self)
{
  guint step = self->next_ms;

  self->next_ms = MIN (step * 2, self->last_ms);
  return step - (guint) g_random_int_range (0, (gint32) (step / 2 + 1));
}
