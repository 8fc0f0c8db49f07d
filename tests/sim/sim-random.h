/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Random numbers that a seed repeats on every machine. Each part of the simulation draws from a
 * stream of its own, so that a schedule with one fault less still meets the same delays. */
typedef struct
{
  guint64 state;
} SimRandom;

static inline guint64
sim_random_next (SimRandom *self)
{
  guint64 z = (self->state += G_GUINT64_CONSTANT (0x9e3779b97f4a7c15));

  z = (z ^ (z >> 30)) * G_GUINT64_CONSTANT (0xbf58476d1ce4e5b9);
  z = (z ^ (z >> 27)) * G_GUINT64_CONSTANT (0x94d049bb133111eb);
  return z ^ (z >> 31);
}

/** The stream @purpose of @seed. */
static inline SimRandom
sim_random_stream (guint64 seed, guint64 purpose)
{
  SimRandom self = { seed };

  self.state = sim_random_next (&self) ^ (purpose * G_GUINT64_CONSTANT (0xd1342543de82ef95));
  sim_random_next (&self);
  return self;
}

/** Between @low and @high, both included. */
static inline gint64
sim_random_between (SimRandom *self, gint64 low, gint64 high)
{
  if (high <= low)
    return low;
  return low + (gint64) (sim_random_next (self) % (guint64) (high - low + 1));
}

/** True in @percent of a hundred cases. */
static inline gboolean
sim_random_chance (SimRandom *self, guint percent)
{
  return sim_random_next (self) % 100 < percent;
}

G_END_DECLS
