/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-run.h"

/* Whom a fault meets. */

guint
sim_run_leader (SimCluster *cluster)
{
  guint leader = cluster->seats.servers[0];
  guint64 incarnation = 0;
  raft_term term = 0;

  for (guint i = 0; i < SIM_SERVERS; i++)
    {
      const SimEngine *engine = cluster->members[i].engine;

      if (engine == NULL || engine->raft == NULL || !engine->leading
          || engine->incarnation < incarnation
          || (engine->incarnation == incarnation && engine->disk.image.term < term))
        continue;
      leader = i;
      incarnation = engine->incarnation;
      term = engine->disk.image.term;
    }
  return leader;
}

/* Slot (from 0) of @server, as the triad is now; 0 if it has none. */
static guint
slot_of (SimCluster *cluster, guint server)
{
  for (guint i = 0; i < SIM_MEMBERS; i++)
    if (cluster->seats.servers[i] == server)
      return i;
  return 0;
}

static guint
remaining (SimRun *run)
{
  const SimSeats *seats = &run->cluster->seats;

  for (guint i = 0; i < SIM_MEMBERS; i++)
    if (seats->servers[i] != run->struck[1] && seats->servers[i] != run->struck[2])
      return seats->servers[i];
  return seats->servers[0];
}

guint
sim_run_resolve (SimRun *run, guint who)
{
  SimCluster *cluster = run->cluster;
  const SimSeats *seats = &cluster->seats;
  guint leader = sim_run_leader (cluster);

  switch (who)
    {
    case SIM_WHO_LEADER:
      return leader;
    case SIM_WHO_FOLLOWER:
      return seats->servers[(slot_of (cluster, leader) + 1) % SIM_MEMBERS];
    case SIM_WHO_OTHER_FOLLOWER:
      return seats->servers[(slot_of (cluster, leader) + 2) % SIM_MEMBERS];
    case SIM_WHO_MOVED:
      return run->moved;
    case SIM_WHO_REMAINING:
      return remaining (run);
    case SIM_WHO_REPLACED:
      return cluster->replaced;
    case SIM_WHO_NEWCOMER:
      return cluster->newcomer;
    default:
      return who < SIM_N_WHO ? seats->servers[who] : run->struck[who - SIM_N_WHO];
    }
}
