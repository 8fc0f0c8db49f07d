/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "sim-random.h"

G_BEGIN_DECLS

/* A small world with one clock and one queue of events. Time is in microseconds from 0. Machines
 * (nodes) take turns: an event is one turn of one machine, and nothing happens beside it. */

/** Members of a triad at a time, … */
#define SIM_MEMBERS 3
/** … and servers that may be one. */
#define SIM_SERVERS 5
#define SIM_CLIENTS 5
#define SIM_NODES (SIM_SERVERS + SIM_CLIENTS)
#define SIM_MS G_GINT64_CONSTANT (1000)
#define SIM_S G_GINT64_CONSTANT (1000000)

typedef struct _SimWorld SimWorld;
typedef struct _SimNode SimNode;
typedef void (*SimEventFunc) (SimNode *node, gpointer data);

struct _SimNode
{
  SimWorld *world;
  guint index; /* servers first */
  gboolean up;
  guint life;          /* rises with each crash: events of an earlier life are dropped */
  gint64 frozen_until; /* no turns before this moment, while time goes on */
  gint64 busy_until;   /* its loop is blocked until then, by a write that it waits for */
  gint64 lag;          /* how long the present turn has taken so far */
  gint64 boot_base;    /* what its boot-time clock showed at 0 */
  gint64 ppm;          /* by how much that clock runs fast */
  gint64 slept;        /* time in which its monotonic clock stood still */
  gint64 wall_offset;  /* of its wall clock, ms */
  void (*end_turn) (SimNode *node); /* (nullable) */
  gpointer owner;
};

typedef struct
{
  gint64 at;
  guint64 order;
  guint node;
  guint life;
  SimEventFunc func;
  gpointer data;
  GDestroyNotify destroy; /* (nullable) for data of an event that is dropped */
} SimEvent;

struct _SimWorld
{
  gint64 now;
  guint64 seed;
  guint64 order;
  guint64 turns;
  SimNode nodes[SIM_NODES + 1]; /* the last one is the hand of fate: it is always up */
  GArray *heap;                 /* (owned) (element-type SimEvent) */
  gboolean verbose;
  GString *trace;  /* (owned) (nullable) what happened, if wanted */
  char *violation; /* (owned) (nullable) the first one */
};

/** The node whose events nothing stops: schedules and checks. */
#define SIM_FATE SIM_NODES

/** Tells at once, on standard error, for the story of a crash. */
extern gboolean sim_world_live;

SimWorld *sim_world_new (guint64 seed);
void sim_world_free (SimWorld *self);
/** Calls @func in a turn of @node at @at, or later if it cannot take turns then; if it crashes
 * before, @destroy takes @data. */
void
sim_world_at (SimNode *node, gint64 at, SimEventFunc func, gpointer data, GDestroyNotify destroy);
/** The same after @delay. */
void sim_world_after (
    SimNode *node, gint64 delay, SimEventFunc func, gpointer data, GDestroyNotify destroy);
/** Lets time go on until @end, or until a violation. */
void sim_world_run (SimWorld *self, gint64 end);
/** The moment within its turn that @node has reached. */
gint64 sim_node_now (SimNode *node);
/** Its boot-time clock, ms. */
gint64 sim_node_boot (SimNode *node);
/** Its monotonic clock, which stands still while it sleeps, ms. */
gint64 sim_node_monotonic (SimNode *node);
/** Its wall clock, Unix ms. */
gint64 sim_node_wall (SimNode *node);
/** The turn of @node waits @delay for something. */
void sim_node_block (SimNode *node, gint64 delay);
/** Takes no turns for @lasts; @asleep: its monotonic clock stands still too. */
void sim_node_freeze (SimNode *node, gint64 lasts, gboolean asleep);
/** Notes what happened, with its time. */
void sim_world_say (SimWorld *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
#define SIM_SAY(world, ...)                                                                        \
  G_STMT_START                                                                                     \
  {                                                                                                \
    if ((world)->verbose)                                                                          \
      sim_world_say ((world), __VA_ARGS__);                                                        \
  }                                                                                                \
  G_STMT_END
/** What must never happen did. */
void sim_world_violate (SimWorld *self, const char *format, ...) G_GNUC_PRINTF (2, 3);

G_END_DECLS
