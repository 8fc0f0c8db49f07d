/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/journal/raft/trias-raft-guard.h"

#include "sim-io.h"

G_BEGIN_DECLS

/* Three members of libraft on the simulated disk and network, each with a log of letters as
 * its state: proves the simulation itself, and shows what libraft does without a guard. */

typedef struct
{
  SimIo io;
  struct raft raft;
  TriasRaftGuard guard;
  struct raft_fsm fsm;
  SimDisk disk;
  GString *letters; /* (owned) what was applied */
  gboolean running;
  guint failures; /* of writes, as the guard told */
} RawMember;

typedef struct
{
  SimWorld *world; /* (owned) */
  SimNet net;
  RawMember members[SIM_MEMBERS];
  SimIo *peers[2 * SIM_SERVERS];
  gboolean guarded;
  guint n_committed; /* how many proposals were told as committed */
} RawCluster;

/** @guarded: with the guards around libraft, else bare. */
RawCluster *raw_cluster_new (guint64 seed, gboolean guarded);
void raw_cluster_free (RawCluster *self);
void raw_start (RawCluster *self, guint i);
/** Cuts the power; start it again with raw_start(). */
void raw_crash (RawCluster *self, guint i);
/** Proposes @letter on member @i; %FALSE if it does not lead. */
gboolean raw_propose (RawCluster *self, guint i, char letter);
void raw_cut (RawCluster *self, guint a, guint b);
void raw_heal (RawCluster *self, guint a, guint b);
void raw_run (RawCluster *self, guint ms);
/** The one that leads with the highest term; SIM_MEMBERS if none. */
guint raw_leader (RawCluster *self);
/** From now on @i stands for election first. */
void raw_prefer (RawCluster *self, guint i);
/** Runs until @i leads, at most @ms. */
gboolean raw_until_leads (RawCluster *self, guint i, guint ms);

G_END_DECLS
