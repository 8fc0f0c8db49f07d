/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/keeper/trias-lease-clock.h"

struct _TriasLeaseClock
{
  GHashTable *timers; /* (owned) id to TriasLeaseTimer */
  GPtrArray *heap;    /* (owned) (element-type TriasLeaseTimer), the earliest first */
};

static void
timer_free (gpointer data)
{
  TriasLeaseTimer *timer = data;

  g_free (timer->id);
  g_free (timer);
}

TriasLeaseClock *
trias_lease_clock_new (void)
{
  TriasLeaseClock *self = g_new0 (TriasLeaseClock, 1);

  self->timers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, timer_free);
  self->heap = g_ptr_array_new ();
  return self;
}

void
trias_lease_clock_free (TriasLeaseClock *self)
{
  if (self == NULL)
    return;
  g_ptr_array_unref (self->heap);
  g_hash_table_unref (self->timers);
  g_free (self);
}

/* --- the heap; positions count from 1 --- */

static TriasLeaseTimer *
at (TriasLeaseClock *self, guint position)
{
  return g_ptr_array_index (self->heap, position - 1);
}

static void
set_at (TriasLeaseClock *self, guint position, TriasLeaseTimer *timer)
{
  g_ptr_array_index (self->heap, position - 1) = timer;
  timer->position = position;
}

static void
sift_up (TriasLeaseClock *self, TriasLeaseTimer *timer)
{
  guint position = timer->position;

  while (position > 1 && at (self, position / 2)->placed > timer->placed)
    {
      set_at (self, position, at (self, position / 2));
      position /= 2;
    }
  set_at (self, position, timer);
}

static void
sift_down (TriasLeaseClock *self, TriasLeaseTimer *timer)
{
  guint position = timer->position;

  while (position * 2 <= self->heap->len)
    {
      guint child = position * 2;

      if (child < self->heap->len && at (self, child + 1)->placed < at (self, child)->placed)
        child++;
      if (at (self, child)->placed >= timer->placed)
        break;
      set_at (self, position, at (self, child));
      position = child;
    }
  set_at (self, position, timer);
}

static void
heap_remove (TriasLeaseClock *self, TriasLeaseTimer *timer)
{
  guint position = timer->position;
  TriasLeaseTimer *last = at (self, self->heap->len);

  g_ptr_array_set_size (self->heap, (int) self->heap->len - 1);
  timer->position = 0;
  if (last == timer)
    return;
  set_at (self, position, last);
  sift_up (self, last);
  sift_down (self, last);
}

static void
place (TriasLeaseClock *self, TriasLeaseTimer *timer)
{
  if (timer->position == 0)
    {
      timer->placed = timer->due;
      g_ptr_array_add (self->heap, timer);
      timer->position = self->heap->len;
      sift_up (self, timer);
    }
  else if (timer->due < timer->placed)
    {
      timer->placed = timer->due;
      sift_up (self, timer);
    }
}

/* --- leases --- */

static void
reckon (TriasLeaseTimer *timer, gint64 now, gint64 wall)
{
  timer->due = timer->ends;
  if (timer->limit != 0)
    timer->due = MIN (timer->due, now + MAX (timer->limit - wall, 0));
}

void
trias_lease_clock_start (TriasLeaseClock *self,
                         const char *id,
                         guint64 generation,
                         guint ttl_s,
                         gint64 limit,
                         gint64 now,
                         gint64 wall)
{
  TriasLeaseTimer *timer = g_hash_table_lookup (self->timers, id);
  gint64 ttl_ms = (gint64) ttl_s * 1000;

  if (timer == NULL)
    {
      timer = g_new0 (TriasLeaseTimer, 1);
      timer->id = g_strdup (id);
      g_hash_table_insert (self->timers, timer->id, timer);
    }
  timer->generation = generation;
  timer->told = now + ttl_ms;
  timer->ends = now + ttl_ms + ttl_ms * TRIAS_LEASE_DRIFT_PERCENT / 100 + TRIAS_LEASE_DRIFT_MS;
  timer->limit = limit;
  reckon (timer, now, wall);
  place (self, timer);
}

void
trias_lease_clock_limit (
    TriasLeaseClock *self, const char *id, gint64 limit, gint64 now, gint64 wall)
{
  TriasLeaseTimer *timer = g_hash_table_lookup (self->timers, id);

  if (timer == NULL || timer->limit == limit)
    return;
  timer->limit = limit;
  reckon (timer, now, wall);
  if (timer->position != 0)
    place (self, timer);
}

void
trias_lease_clock_remove (TriasLeaseClock *self, const char *id)
{
  TriasLeaseTimer *timer = g_hash_table_lookup (self->timers, id);

  if (timer == NULL)
    return;
  if (timer->position != 0)
    heap_remove (self, timer);
  g_hash_table_remove (self->timers, id);
}

const TriasLeaseTimer *
trias_lease_clock_find (TriasLeaseClock *self, const char *id)
{
  return g_hash_table_lookup (self->timers, id);
}

const TriasLeaseTimer *
trias_lease_clock_pop (TriasLeaseClock *self, gint64 now, gint64 wall)
{
  while (self->heap->len > 0 && at (self, 1)->placed <= now)
    {
      TriasLeaseTimer *timer = at (self, 1);

      heap_remove (self, timer);
      /* It was renewed since, or the wall clock was set. */
      if (timer->ends > now && (timer->limit == 0 || timer->limit > wall))
        {
          reckon (timer, now, wall);
          place (self, timer);
          continue;
        }
      return timer;
    }
  return NULL;
}

void
trias_lease_clock_push_back (TriasLeaseClock *self, const char *id, gint64 due)
{
  TriasLeaseTimer *timer = g_hash_table_lookup (self->timers, id);

  if (timer == NULL || timer->position != 0)
    return;
  timer->due = due;
  place (self, timer);
}

gint64
trias_lease_clock_next (TriasLeaseClock *self)
{
  return self->heap->len > 0 ? at (self, 1)->placed : G_MAXINT64;
}
