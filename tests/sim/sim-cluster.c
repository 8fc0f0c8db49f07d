/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-cluster.h"

static void
engine_free (gpointer data)
{
  SimEngine *engine = data;

  sim_disk_clear (&engine->disk);
  g_free (engine);
}

SimCluster *
sim_cluster_new (guint64 seed, SimBreak breaks)
{
  SimCluster *self = g_new0 (SimCluster, 1);

  self->world = sim_world_new (seed);
  self->breaks = breaks;
  self->buried = g_ptr_array_new_with_free_func (engine_free);
  self->newcomer = SIM_MEMBERS;
  sim_net_init (&self->net, self->world);
  for (guint i = 0; i < SIM_INCARNATIONS; i++)
    self->golden[i] = g_array_sized_new (FALSE, TRUE, sizeof (guint64), 256);
  for (guint i = 0; i < SIM_SERVERS; i++)
    sim_member_init (&self->members[i], self, i);
  for (guint i = 0; i < SIM_CLIENTS; i++)
    sim_client_init (&self->clients[i], self, i);
  return self;
}

void
sim_cluster_free (SimCluster *self)
{
  self->moment = NULL;
  for (guint i = 0; i < SIM_SERVERS; i++)
    sim_member_clear (&self->members[i]);
  sim_net_clear (&self->net);
  sim_world_free (self->world);
  g_ptr_array_unref (self->buried);
  for (guint i = 0; i < SIM_INCARNATIONS; i++)
    {
      g_array_unref (self->golden[i]);
      g_free (self->bases[i]);
    }
  g_free (self);
}
