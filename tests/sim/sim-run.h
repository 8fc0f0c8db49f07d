/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "sim-schedule.h"

G_BEGIN_DECLS

/* What sim-run.c, which carries a schedule out, and sim-faults.c share. */

#define SIM_RUN_LOOKS 25

typedef struct
{
  const SimSchedule *schedule;
  SimCluster *cluster;
  SimRandom random;
  gboolean *armed;          /* (owned) by fault: it waits for its moment */
  guint moved;              /* server that the last moment happened to */
  guint client;             /* that got a lease last */
  guint struck[SIM_MAX_ID]; /* by id of a fault */
  SimImage images[SIM_SERVERS];
  GBytes *bases[SIM_SERVERS]; /* (owned) (nullable) what belongs to the image */
  guint64 saved[SIM_SERVERS]; /* incarnation of the image, 0 = none */
  raft_index saved_index[SIM_SERVERS];
  gint64 calm_since;
  guint looks;
  gint64 quiet_since;
  raft_index looked[SIM_RUN_LOOKS][SIM_SERVERS]; /* last index of each, at the last looks */
  raft_index spread[SIM_SERVERS];                /* what the others surely know and have kept */
  guint64 incarnations[SIM_SERVERS];             /* at the last look */
  raft_index former_spread[SIM_SERVERS];         /* the same of the incarnation before */
  guint64 former[SIM_SERVERS];
  gboolean healed;
} SimRun;

/** What ends a fault. */
typedef struct
{
  SimRun *run;
  const SimFault *fault;
  guint who, other;
} SimSpell;

/** The node that nothing stops. */
static inline SimNode *
sim_run_fate (SimRun *run)
{
  return &run->cluster->world->nodes[SIM_FATE];
}

/** The server (from 0) that leads in the highest incarnation, or would like to best. */
guint sim_run_leader (SimCluster *cluster);
/** The server (from 0) that a schedule's SimWho means now. */
guint sim_run_resolve (SimRun *run, guint who);
/** Whether it may keep members from hearing of each other, or from keeping what they heard. */
gboolean sim_fault_disturbs (SimFaultKind kind);
/** It happens now; what ends it is planned. */
void sim_run_strike (SimRun *run, const SimFault *fault);
/** In a turn of a member: its pin ends. */
void sim_run_give_back_cb (SimNode *node, gpointer data);
void sim_spell_free (gpointer spell);

G_END_DECLS
