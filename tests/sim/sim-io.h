/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "sim-disk.h"
#include "sim-net.h"

G_BEGIN_DECLS

typedef struct _SimIo SimIo;

/** What a schedule may wait for. */
typedef enum
{
  SIM_MOMENT_VOTES,     /* a vote (no pre-vote) goes out */
  SIM_MOMENT_TRANSFERS, /* the order to take over goes out */
  SIM_MOMENT_APPENDS,   /* a follower acknowledged entries */
  SIM_MOMENT_WRITES,    /* a leader begins to write entries of its own */
  SIM_MOMENT_LEADS,     /* a member became leader */
  SIM_MOMENT_SERVES,    /* a member became active */
  SIM_MOMENT_HOLDS,     /* a client got a lease */
  SIM_MOMENT_SEALS,     /* a member applied a seal */
  SIM_MOMENT_BEGINS,    /* a member goes on in the next incarnation */
  SIM_N_MOMENTS
} SimMoment;

/* An implementation of libraft's raft_io on the simulated disk, network and clock of one member.
 * The disk outlives it: a crash closes it and a new start opens another on the same disk. */
struct _SimIo
{
  struct raft_io io; /* what libraft, or the engine around it, is given */
  SimNode *node;
  SimNet *net;
  SimDisk *disk;
  /** (array length=2 * SIM_SERVERS) of the whole cluster, by server; then those that go on for a
   * moment beside the next incarnation's */
  SimIo *const *peers;
  guint64 incarnation;      /* that it speaks of; others do not hear it */
  guint route[SIM_MEMBERS]; /* server of each slot */
  SimRandom random;
  raft_id id;
  int timeout; /* what io->random gives; 0 = it is drawn */
  guint tick_ms;
  raft_io_tick_cb tick;
  raft_io_recv_cb recv;    /* (nullable) before start */
  GQueue sent;             /* (element-type Sent) whose callbacks are due at the end of the turn */
  raft_io_close_cb closed; /* (nullable) closing */
  gboolean is_closed;
  /** (nullable) told of moments */
  void (*moment) (SimIo *self, SimMoment moment);
  gpointer owner;
  guint64 counts[SIM_N_MOMENTS];
};

/** For the incarnation 0, in which servers 1 to 3 have the slots 1 to 3. */
void sim_io_init (SimIo *self, SimNode *node, SimNet *net, SimDisk *disk, SimIo *const *peers);
/** Calls back what was sent in this turn: at the end of every turn. */
void sim_io_end_turn (SimIo *self);
/** After io->close: ends what is under way (with its effects if @orderly) and calls back. */
void sim_io_finish (SimIo *self, gboolean orderly);

G_END_DECLS
