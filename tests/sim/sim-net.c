/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-net.h"

/* What TCP waits at least before it sends again. */
#define RESEND_MS 200

enum
{
  STREAM_LINKS = 1000
};

/* A message under way. */
typedef struct
{
  SimNet *net;
  guint from, to;
  gboolean stream;
  SimEventFunc arrive;
  gpointer data;
  GDestroyNotify destroy;
} Parcel;

static void
parcel_free (gpointer data)
{
  Parcel *parcel = data;

  if (parcel->data != NULL && parcel->destroy != NULL)
    parcel->destroy (parcel->data);
  g_slice_free (Parcel, parcel);
}

void
sim_net_init (SimNet *self, SimWorld *world)
{
  self->world = world;
  self->delay_min = 100;
  self->delay_max = 400;
  for (guint i = 0; i < SIM_NODES; i++)
    for (guint j = 0; j < SIM_NODES; j++)
      {
        self->links[i][j] = (SimLink){ 0 };
        self->links[i][j].random
            = sim_random_stream (world->seed, STREAM_LINKS + i * SIM_NODES + j);
      }
}

void
sim_net_clear (SimNet *self)
{
  for (guint i = 0; i < SIM_NODES; i++)
    for (guint j = 0; j < SIM_NODES; j++)
      g_clear_pointer (&self->links[i][j].held, g_ptr_array_unref);
}

static void
hold (SimLink *link, Parcel *parcel)
{
  if (link->held == NULL)
    link->held = g_ptr_array_new_with_free_func (parcel_free);
  g_ptr_array_add (link->held, parcel);
}

static void
arrive_cb (SimNode *node, gpointer data)
{
  Parcel *parcel = data;
  SimLink *link = &parcel->net->links[parcel->from][parcel->to];

  if (link->cuts > 0)
    {
      if (link->breaks || !parcel->stream)
        parcel_free (parcel);
      else
        hold (link, parcel);
      return;
    }
  if (parcel->stream && link->stray > 0)
    {
      sim_world_after (node, link->stray, arrive_cb, parcel, parcel_free);
      link->stray = 0;
      parcel->stream = FALSE;
      return;
    }
  parcel->arrive (node, g_steal_pointer (&parcel->data));
  parcel_free (parcel);
}

static void
dispatch (SimNet *self, Parcel *parcel, gint64 sent)
{
  SimLink *link = &self->links[parcel->from][parcel->to];
  gint64 delay = sim_random_between (&link->random, self->delay_min, self->delay_max);
  gint64 at;

  if (link->slow > 0)
    delay += sim_random_between (&link->random, 0, link->slow);
  for (guint i = 0; i < 3 && link->loss > 0 && sim_random_chance (&link->random, link->loss); i++)
    delay += (RESEND_MS << i) * SIM_MS;
  at = sent + delay;
  if (parcel->stream)
    {
      at = MAX (at, link->stream_at);
      link->stream_at = at;
    }
  sim_world_at (&self->world->nodes[parcel->to], at, arrive_cb, parcel, parcel_free);
}

gboolean
sim_net_send (SimNet *self,
              SimNode *from,
              SimNode *to,
              gboolean stream,
              SimEventFunc arrive,
              gpointer data,
              GDestroyNotify destroy)
{
  SimLink *link = &self->links[from->index][to->index];
  Parcel *parcel;

  if (!to->up || (link->cuts > 0 && (link->breaks || !stream)))
    {
      if (destroy != NULL)
        destroy (data);
      return FALSE;
    }
  parcel = g_slice_new0 (Parcel);
  parcel->net = self;
  parcel->from = from->index;
  parcel->to = to->index;
  parcel->stream = stream;
  parcel->arrive = arrive;
  parcel->data = data;
  parcel->destroy = destroy;
  if (link->cuts > 0)
    hold (link, parcel);
  else
    dispatch (self, parcel, sim_node_now (from));
  return TRUE;
}

void
sim_net_cut (SimNet *self, guint from, guint to, gboolean breaks)
{
  SimLink *link = &self->links[from][to];

  link->cuts++;
  link->breaks = breaks;
}

void
sim_net_heal (SimNet *self, guint from, guint to)
{
  SimLink *link = &self->links[from][to];
  GPtrArray *held;

  if (link->cuts == 0 || --link->cuts > 0)
    return;
  link->stream_at = self->world->now;
  held = g_steal_pointer (&link->held);
  if (held == NULL)
    return;
  while (held->len > 0)
    dispatch (self, g_ptr_array_steal_index (held, 0), self->world->now);
  g_ptr_array_unref (held);
}

void
sim_net_reset (SimNet *self, guint from, guint to)
{
  self->links[from][to].stream_at = 0;
}

gboolean
sim_net_is_cut (SimNet *self, guint from, guint to)
{
  return self->links[from][to].cuts > 0;
}
