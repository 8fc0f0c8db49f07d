/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-world.h"

/* 2026-01-01T00:00:00Z */
#define WALL_0 G_GINT64_CONSTANT (1767225600000)
/* Clocks of machines differ by up to this much in rate. */
#define PPM_MAX 3000

enum
{
  STREAM_CLOCKS = 1
};

gboolean sim_world_live;

SimWorld *
sim_world_new (guint64 seed)
{
  SimWorld *self = g_new0 (SimWorld, 1);
  SimRandom random = sim_random_stream (seed, STREAM_CLOCKS);

  self->seed = seed;
  self->heap = g_array_sized_new (FALSE, FALSE, sizeof (SimEvent), 256);
  for (guint i = 0; i <= SIM_NODES; i++)
    {
      SimNode *node = &self->nodes[i];

      node->world = self;
      node->index = i;
      node->up = TRUE;
      node->boot_base = sim_random_between (&random, SIM_S, 100000 * SIM_S);
      node->ppm = i == SIM_FATE ? 0 : sim_random_between (&random, -PPM_MAX, PPM_MAX);
      node->wall_offset = sim_random_between (&random, -2000, 2000);
    }
  return self;
}

/* --- the queue: a heap by time, then by order of making --- */

#define EVENT(self, i) (&g_array_index ((self)->heap, SimEvent, (i)))

static gboolean
is_before (const SimEvent *a, const SimEvent *b)
{
  return a->at != b->at ? a->at < b->at : a->order < b->order;
}

static void
push (SimWorld *self, const SimEvent *event)
{
  guint i = self->heap->len;

  g_array_append_vals (self->heap, event, 1);
  while (i > 0 && is_before (event, EVENT (self, (i - 1) / 2)))
    {
      *EVENT (self, i) = *EVENT (self, (i - 1) / 2);
      i = (i - 1) / 2;
    }
  *EVENT (self, i) = *event;
}

static void
pop (SimWorld *self, SimEvent *event)
{
  guint n = self->heap->len - 1;
  SimEvent last = *EVENT (self, n);
  guint i = 0;

  *event = *EVENT (self, 0);
  g_array_set_size (self->heap, n);
  if (n == 0)
    return;
  while (2 * i + 1 < n)
    {
      guint child = 2 * i + 1;

      if (child + 1 < n && is_before (EVENT (self, child + 1), EVENT (self, child)))
        child++;
      if (!is_before (EVENT (self, child), &last))
        break;
      *EVENT (self, i) = *EVENT (self, child);
      i = child;
    }
  *EVENT (self, i) = last;
}

void
sim_world_at (SimNode *node, gint64 at, SimEventFunc func, gpointer data, GDestroyNotify destroy)
{
  SimWorld *self = node->world;
  SimEvent event = {
    .at = MAX (at, self->now),
    .order = ++self->order,
    .node = node->index,
    .life = node->life,
    .func = func,
    .data = data,
    .destroy = destroy,
  };

  push (self, &event);
}

void
sim_world_after (
    SimNode *node, gint64 delay, SimEventFunc func, gpointer data, GDestroyNotify destroy)
{
  sim_world_at (node, node->world->now + delay, func, data, destroy);
}

static void
drop (SimEvent *event)
{
  if (event->destroy != NULL)
    event->destroy (event->data);
}

void
sim_world_free (SimWorld *self)
{
  for (guint i = 0; i < self->heap->len; i++)
    drop (EVENT (self, i));
  g_array_unref (self->heap);
  if (self->trace != NULL)
    g_string_free (self->trace, TRUE);
  g_free (self->violation);
  g_free (self);
}

/* --- turns --- */

static void
take_turn (SimWorld *self, SimEvent *event)
{
  SimNode *node = &self->nodes[event->node];
  gint64 free_at = MAX (node->frozen_until, node->busy_until);

  if (event->life != node->life)
    {
      drop (event);
      return;
    }
  if (free_at > self->now)
    {
      event->at = free_at;
      push (self, event);
      return;
    }
  self->turns++;
  node->lag = 0;
  event->func (node, event->data);
  if (node->end_turn != NULL && node->up)
    node->end_turn (node);
  if (node->lag > 0)
    node->busy_until = self->now + node->lag;
  node->lag = 0;
}

void
sim_world_run (SimWorld *self, gint64 end)
{
  while (self->heap->len > 0 && EVENT (self, 0)->at <= end && self->violation == NULL)
    {
      SimEvent event;

      pop (self, &event);
      self->now = event.at;
      take_turn (self, &event);
    }
  if (self->violation == NULL)
    self->now = MAX (self->now, end);
}

/* --- clocks --- */

gint64
sim_node_now (SimNode *node)
{
  return node->world->now + node->lag;
}

static gint64
own_time (SimNode *node)
{
  gint64 now = sim_node_now (node);

  return now + now * node->ppm / 1000000;
}

gint64
sim_node_boot (SimNode *node)
{
  return (node->boot_base + own_time (node)) / 1000;
}

gint64
sim_node_monotonic (SimNode *node)
{
  return (node->boot_base + own_time (node) - node->slept) / 1000;
}

gint64
sim_node_wall (SimNode *node)
{
  return WALL_0 + own_time (node) / 1000 + node->wall_offset;
}

void
sim_node_block (SimNode *node, gint64 delay)
{
  node->lag += delay;
}

void
sim_node_freeze (SimNode *node, gint64 lasts, gboolean asleep)
{
  gint64 until = node->world->now + lasts;

  if (until <= node->frozen_until)
    return;
  if (asleep)
    node->slept += until - MAX (node->frozen_until, node->world->now);
  node->frozen_until = until;
}

/* --- what is told --- */

static void
say (SimWorld *self, const char *format, va_list args)
{
  g_autofree char *text = g_strdup_vprintf (format, args);

  if (sim_world_live)
    g_printerr ("%10.3f  %s\n", (double) self->now / SIM_MS, text);
  if (self->trace == NULL)
    self->trace = g_string_new (NULL);
  g_string_append_printf (self->trace, "%10.3f  %s\n", (double) self->now / SIM_MS, text);
}

void
sim_world_say (SimWorld *self, const char *format, ...)
{
  va_list args;

  if (!self->verbose)
    return;
  va_start (args, format);
  say (self, format, args);
  va_end (args);
}

void
sim_world_violate (SimWorld *self, const char *format, ...)
{
  va_list args;

  if (self->violation != NULL)
    return;
  va_start (args, format);
  self->violation = g_strdup_vprintf (format, args);
  va_end (args);
  sim_world_say (self, "VIOLATION %s", self->violation);
}
