/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-cluster.h"

SimCluster *
sim_cluster_new (guint64 seed, SimBreak breaks)
{
  SimCluster *self = g_new0 (SimCluster, 1);

  self->world = sim_world_new (seed);
  self->breaks = breaks;
  self->golden = g_array_sized_new (FALSE, TRUE, sizeof (guint64), 256);
  sim_net_init (&self->net, self->world);
  for (guint i = 0; i < SIM_MEMBERS; i++)
    sim_member_init (&self->members[i], self, i);
  for (guint i = 0; i < SIM_CLIENTS; i++)
    sim_client_init (&self->clients[i], self, i);
  return self;
}

void
sim_cluster_free (SimCluster *self)
{
  self->moment = NULL;
  for (guint i = 0; i < SIM_MEMBERS; i++)
    sim_member_clear (&self->members[i]);
  sim_net_clear (&self->net);
  sim_world_free (self->world);
  g_array_unref (self->golden);
  g_free (self);
}
