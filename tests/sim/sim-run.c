/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-schedule.h"

#include <string.h>

/* After the last fault everything is healed; so long until all must be well again. */
#define HEAL_MS 3000
#define HEAL_ELECTIONS 6
/* What a member acknowledged is known to the others after half of so many looks without a fault,
 * and kept by them after the other half. */
#define LOOK_MS 100
#define LOOKS 25
/* Until nothing is just on its way from one to the others. */
#define SETTLE_MS 30
#define SETTLE_TRIES 30

enum
{
  STREAM_RUN = 6000
};

typedef struct
{
  const SimSchedule *schedule;
  SimCluster *cluster;
  SimRandom random;
  gboolean *armed;          /* (owned) by fault: it waits for its moment */
  guint moved;              /* member that the last moment happened to */
  guint client;             /* that got a lease last */
  guint struck[SIM_MAX_ID]; /* by id of a fault */
  SimImage images[SIM_MEMBERS];
  gboolean saved[SIM_MEMBERS];
  raft_index saved_index[SIM_MEMBERS];
  gint64 calm_since;
  guint looks;
  gint64 quiet_since;
  raft_index looked[LOOKS][SIM_MEMBERS]; /* last index of each, at the last looks */
  raft_index spread[SIM_MEMBERS];        /* what the others surely know and have kept */
  gboolean healed;
} Run;

/** What ends a fault. */
typedef struct
{
  Run *run;
  const SimFault *fault;
  guint who, other;
} Spell;

static SimNode *
fate (Run *run)
{
  return &run->cluster->world->nodes[SIM_FATE];
}

/* --- whom it meets --- */

static guint
leader_of (SimCluster *cluster)
{
  guint leader = 0;
  raft_term term = 0;

  for (guint i = 0; i < SIM_MEMBERS; i++)
    {
      SimMember *member = &cluster->members[i];

      if (member->engine != NULL && member->leading && member->disk.image.term >= term)
        {
          leader = i;
          term = member->disk.image.term;
        }
    }
  return leader;
}

static guint
resolve (Run *run, guint who)
{
  guint leader = leader_of (run->cluster);

  switch (who)
    {
    case SIM_WHO_LEADER:
      return leader;
    case SIM_WHO_FOLLOWER:
      return (leader + 1) % SIM_MEMBERS;
    case SIM_WHO_OTHER_FOLLOWER:
      return (leader + 2) % SIM_MEMBERS;
    case SIM_WHO_MOVED:
      return run->moved;
    case SIM_WHO_REMAINING:
      return (2 * SIM_MEMBERS - run->struck[1] - run->struck[2]) % SIM_MEMBERS;
    default:
      return who < SIM_N_WHO ? who : run->struck[who - SIM_N_WHO];
    }
}

/* --- cuts --- */

static void
cut (Run *run, guint a, guint b, gboolean breaks)
{
  sim_net_cut (&run->cluster->net, a, b, breaks);
}

static void
cut_both (Run *run, guint a, guint b, gboolean breaks)
{
  if (a == b)
    return;
  cut (run, a, b, breaks);
  cut (run, b, a, breaks);
}

static void
heal_both (Run *run, guint a, guint b)
{
  if (a == b)
    return;
  sim_net_heal (&run->cluster->net, a, b);
  sim_net_heal (&run->cluster->net, b, a);
}

static void
for_all (Run *run,
         guint who,
         guint n,
         void (*func) (Run *run, guint a, guint b, gboolean breaks),
         gboolean breaks)
{
  for (guint i = 0; i < n; i++)
    func (run, who, i, breaks);
}

static void
heal_each (Run *run, guint a, guint b, gboolean breaks)
{
  heal_both (run, a, b);
}

static void
mend (Run *run, guint who)
{
  for (guint i = 0; i < SIM_NODES; i++)
    {
      while (run->cluster->net.links[who][i].cuts > 0)
        sim_net_heal (&run->cluster->net, who, i);
      while (run->cluster->net.links[i][who].cuts > 0)
        sim_net_heal (&run->cluster->net, i, who);
    }
}

/* --- ends --- */

/* Whether it may keep members from hearing of each other, or from keeping what they heard. */
static gboolean
disturbs (SimFaultKind kind)
{
  switch ((guint) kind)
    {
    case SIM_FAULT_SAVE:
    case SIM_FAULT_WALL:
    case SIM_FAULT_HAND_OVER:
    case SIM_FAULT_GIVE_BACK:
    case SIM_FAULT_CUT_CLIENT:
    case SIM_FAULT_UNPLUG_CLIENT:
    case SIM_FAULT_NOTHING:
      return FALSE;
    default:
      return TRUE;
    }
}

static void
end_spell (Spell *spell)
{
  Run *run = spell->run;
  SimCluster *cluster = run->cluster;
  const SimFault *fault = spell->fault;
  SimLink *there = &cluster->net.links[spell->who][spell->other];
  SimLink *back = &cluster->net.links[spell->other][spell->who];

  switch ((guint) fault->kind)
    {
    case SIM_FAULT_CRASH:
    case SIM_FAULT_CRASH_ALL:
    case SIM_FAULT_STOP:
    case SIM_FAULT_OLD_IMAGE:
    case SIM_FAULT_BLANK:
      sim_member_start (&cluster->members[spell->who]);
      break;
    case SIM_FAULT_CUT:
    case SIM_FAULT_CUT_CLIENT:
      heal_both (run, spell->who, spell->other);
      break;
    case SIM_FAULT_CUT_ONE_WAY:
      sim_net_heal (&cluster->net, spell->who, spell->other);
      break;
    case SIM_FAULT_ISOLATE:
      for_all (run, spell->who, SIM_MEMBERS, heal_each, FALSE);
      break;
    case SIM_FAULT_UNPLUG:
      for_all (run, spell->who, SIM_NODES, heal_each, FALSE);
      break;
    case SIM_FAULT_UNPLUG_CLIENT:
      for_all (run, spell->other, SIM_MEMBERS, heal_each, FALSE);
      break;
    case SIM_FAULT_LOSS:
      there->loss = back->loss = 0;
      break;
    case SIM_FAULT_DELAY:
      there->slow = 0;
      break;
    case SIM_FAULT_SLOW_DISK:
      cluster->members[spell->who].disk.slow = 0;
      cluster->members[spell->who].disk.blocks = FALSE;
      break;
    case SIM_FAULT_REFUSE:
      cluster->members[spell->who].disk.refuses = FALSE;
      break;
    default:
      break;
    }
  if (disturbs (fault->kind))
    run->calm_since = cluster->world->now;
}

static void
spell_free (gpointer spell)
{
  g_slice_free (Spell, spell);
}

static void
end_cb (SimNode *node, gpointer data)
{
  Spell *spell = data;

  SIM_SAY (node->world, "--- end of a fault at %u", spell->who + 1);
  if (!spell->run->healed)
    end_spell (spell);
  spell_free (spell);
}

static void
end_later (Run *run, const SimFault *fault, guint who, guint other, gint64 ms)
{
  Spell *spell = g_slice_new0 (Spell);

  spell->run = run;
  spell->fault = fault;
  spell->who = who;
  spell->other = other;
  sim_world_after (fate (run), ms * SIM_MS, end_cb, spell, spell_free);
}

/* --- what administrators do, in a turn of a member --- */

static void
hand_over_cb (SimNode *node, gpointer data)
{
  Spell *spell = data;
  SimMember *member = node->owner;
  gint64 pin = spell->fault->amount;

  if (pin != 0 && pin != G_MAXINT64)
    pin += sim_node_boot (node);
  if (member->engine != NULL
      && trias_raft_member_hand_over (member->engine, spell->who + 1, pin, NULL))
    member->cluster->stats.handovers++;
  spell_free (spell);
}

static void
quiet_cb (SimNode *node, gpointer data)
{
  Spell *spell = data;
  SimMember *member = node->owner;

  if (member->engine != NULL)
    trias_raft_member_set_quiet (member->engine, sim_node_boot (node) + spell->fault->lasts);
  spell_free (spell);
}

static void
give_back_cb (SimNode *node, gpointer data)
{
  SimMember *member = node->owner;

  if (member->engine != NULL)
    trias_raft_member_give_back (member->engine);
}

static void
ask_member (Run *run, guint whom, const SimFault *fault, guint who, SimEventFunc func)
{
  Spell *spell = g_slice_new0 (Spell);

  spell->run = run;
  spell->fault = fault;
  spell->who = who;
  sim_world_after (&run->cluster->world->nodes[whom], 0, func, spell, spell_free);
}

/* --- faults --- */

static void
crash (Run *run, guint who)
{
  if (run->cluster->members[who].node->up)
    run->cluster->stats.crashes++;
  sim_member_crash (&run->cluster->members[who]);
}

static void
crash_all (Run *run, const SimFault *fault)
{
  for (guint i = 0; i < SIM_MEMBERS; i++)
    {
      crash (run, i);
      end_later (run, fault, i, i, sim_random_between (&run->random, 10, fault->lasts + 10));
    }
}

static void
save (Run *run, guint who)
{
  if (run->saved[who])
    sim_image_clear (&run->images[who]);
  sim_image_copy (&run->images[who], &run->cluster->members[who].disk.image);
  run->saved_index[who] = sim_image_last_index (&run->images[who]);
  run->saved[who] = TRUE;
}

static void
bring_back (Run *run, const SimFault *fault, guint who)
{
  SimMember *member = &run->cluster->members[who];

  crash (run, who);
  sim_image_clear (&member->disk.image);
  if (fault->kind == SIM_FAULT_OLD_IMAGE)
    sim_image_copy (&member->disk.image, &run->images[who]);
  else
    sim_image_init (&member->disk.image);
  member->dishonest = TRUE;
  run->cluster->stats.old_images++;
}

static gboolean
is_quiet (Run *run)
{
  SimWorld *world = run->cluster->world;

  for (guint i = 0; i < SIM_MEMBERS; i++)
    {
      if (!world->nodes[i].up || world->nodes[i].frozen_until > world->now)
        return FALSE;
      for (guint j = 0; j < SIM_MEMBERS; j++)
        if (sim_net_is_cut (&run->cluster->net, i, j))
          return FALSE;
    }
  return world->now >= run->calm_since;
}

/* Looks at what everybody acknowledged. What was so a while ago the others know, if it was quiet
 * since, and in another while they have kept it. */
static void
look_cb (SimNode *node, gpointer data)
{
  Run *run = data;
  gint64 now = node->world->now;

  sim_world_after (node, LOOK_MS * SIM_MS, look_cb, run, NULL);
  for (guint i = 0; i < SIM_MEMBERS; i++)
    run->looked[run->looks % LOOKS][i]
        = sim_image_last_index (&run->cluster->members[i].disk.image);
  run->looks++;
  if (!is_quiet (run))
    run->quiet_since = now;
  run->quiet_since = MAX (run->quiet_since, run->calm_since);
  if (now - run->quiet_since >= LOOKS * LOOK_MS * SIM_MS)
    memcpy (run->spread, run->looked[run->looks % LOOKS], sizeof run->spread);
}

/* One dishonest disk of three is harmless only if the others know better (design §3, "Old disk
 * images"), and only one may be so. */
static gboolean
may_go_back (Run *run, const SimFault *fault, guint who)
{
  raft_index index = fault->kind == SIM_FAULT_BLANK ? 1 : run->saved_index[who];

  for (guint i = 0; i < SIM_MEMBERS; i++)
    if (i != who && run->cluster->members[i].dishonest)
      return FALSE;
  return (fault->kind == SIM_FAULT_BLANK || run->saved[who]) && run->spread[who] > index;
}

static void fire_cb (SimNode *node, gpointer data);
static void plan_after (Run *run, guint id);

static void
fire_at (Run *run, const SimFault *fault, gint64 at)
{
  Spell *spell = g_slice_new0 (Spell);

  spell->run = run;
  spell->fault = fault;
  sim_world_at (fate (run), at, fire_cb, spell, spell_free);
}

static void
strike_machine (Run *run, const SimFault *fault, guint who)
{
  SimCluster *cluster = run->cluster;

  switch ((guint) fault->kind)
    {
    case SIM_FAULT_CRASH:
      crash (run, who);
      break;
    case SIM_FAULT_STOP:
      sim_member_stop (&cluster->members[who]);
      break;
    case SIM_FAULT_FREEZE:
    case SIM_FAULT_SLEEP:
      sim_node_freeze (cluster->members[who].node, fault->lasts * SIM_MS,
                       fault->kind == SIM_FAULT_SLEEP);
      break;
    case SIM_FAULT_SLOW_DISK:
      cluster->members[who].disk.slow = fault->amount * SIM_MS;
      cluster->members[who].disk.blocks = fault->breaks;
      break;
    case SIM_FAULT_REFUSE:
      cluster->members[who].disk.refuses = TRUE;
      break;
    case SIM_FAULT_WALL:
      cluster->members[who].node->wall_offset += fault->amount;
      break;
    case SIM_FAULT_OLD_IMAGE:
    case SIM_FAULT_BLANK:
      bring_back (run, fault, who);
      break;
    default:
      break;
    }
}

static void
strike_network (Run *run, const SimFault *fault, guint who, guint other)
{
  SimNet *net = &run->cluster->net;

  switch ((guint) fault->kind)
    {
    case SIM_FAULT_CUT:
    case SIM_FAULT_CUT_CLIENT:
      cut_both (run, who, other, fault->breaks);
      break;
    case SIM_FAULT_CUT_ONE_WAY:
      if (who != other)
        cut (run, who, other, fault->breaks);
      break;
    case SIM_FAULT_ISOLATE:
      for_all (run, who, SIM_MEMBERS, cut_both, fault->breaks);
      break;
    case SIM_FAULT_UNPLUG:
      for_all (run, who, SIM_NODES, cut_both, fault->breaks);
      break;
    case SIM_FAULT_UNPLUG_CLIENT:
      for_all (run, other, SIM_MEMBERS, cut_both, fault->breaks);
      break;
    case SIM_FAULT_MEND:
      mend (run, who);
      break;
    case SIM_FAULT_LOSS:
      net->links[who][other].loss = net->links[other][who].loss = (guint) fault->amount;
      break;
    case SIM_FAULT_DELAY:
      net->links[who][other].slow = fault->amount * SIM_MS;
      break;
    case SIM_FAULT_STRAY:
      net->links[who][other].stray = fault->amount * SIM_MS;
      break;
    case SIM_FAULT_RESET:
      sim_net_reset (net, who, other);
      sim_net_reset (net, other, who);
      break;
    default:
      break;
    }
}

static void
strike_order (Run *run, const SimFault *fault, guint who)
{
  guint leader = leader_of (run->cluster);

  if (fault->kind == SIM_FAULT_HAND_OVER)
    ask_member (run, leader, fault, who, hand_over_cb);
  else if (fault->kind == SIM_FAULT_QUIET)
    ask_member (run, who, fault, who, quiet_cb);
  else if (fault->kind == SIM_FAULT_GIVE_BACK)
    sim_world_after (&run->cluster->world->nodes[leader], 0, give_back_cb, NULL, NULL);
  else if (fault->kind == SIM_FAULT_SAVE)
    save (run, who);
}

static void
strike (Run *run, const SimFault *fault)
{
  guint who = resolve (run, fault->who);
  guint other = fault->kind == SIM_FAULT_CUT_CLIENT      ? SIM_MEMBERS + fault->other
                : fault->kind == SIM_FAULT_UNPLUG_CLIENT ? SIM_MEMBERS + run->client
                                                         : resolve (run, fault->other);

  run->struck[fault->id] = who;

  SIM_SAY (run->cluster->world, "--- fault %u at %u, %u", fault->kind, who + 1, other + 1);
  run->cluster->stats.faults++;
  strike_machine (run, fault, who);
  strike_network (run, fault, who, other);
  strike_order (run, fault, who);
  if (fault->kind == SIM_FAULT_CRASH_ALL)
    crash_all (run, fault);
  if (disturbs (fault->kind))
    run->calm_since = run->cluster->world->now + fault->lasts * SIM_MS;
  if (fault->lasts > 0 && fault->kind != SIM_FAULT_CRASH_ALL)
    end_later (run, fault, who, other, fault->lasts);
}

static void
fire_cb (SimNode *node, gpointer data)
{
  Spell *spell = data;
  Run *run = spell->run;
  const SimFault *fault = spell->fault;

  spell_free (spell);
  if (run->healed)
    return;
  if ((fault->kind == SIM_FAULT_OLD_IMAGE || fault->kind == SIM_FAULT_BLANK)
      && !may_go_back (run, fault, resolve (run, fault->who)))
    return;
  strike (run, fault);
  if (fault->id != 0)
    plan_after (run, fault->id);
}

/* --- moments --- */

static void
arm_cb (SimNode *node, gpointer data)
{
  Spell *spell = data;

  spell->run->armed[spell->who] = TRUE;
  spell_free (spell);
}

static void
moment_cb (SimCluster *cluster, guint member, SimMoment moment)
{
  Run *run = cluster->user_data;

  if (moment == SIM_MOMENT_HOLDS)
    run->client = member;
  else
    run->moved = member;
  for (guint i = 0; i < run->schedule->faults->len; i++)
    {
      const SimFault *fault = &g_array_index (run->schedule->faults, SimFault, i);

      if (!run->armed[i] || fault->moment != moment)
        continue;
      run->armed[i] = FALSE;
      fire_at (run, fault,
               cluster->world->now
                   + (sim_random_chance (&run->random, 50)
                          ? 0
                          : sim_random_between (&run->random, 0, 3 * SIM_MS)));
    }
}

/* Faults that wait for fault @id, counted from now; those that wait for none, counted from 0. */
static void
plan_after (Run *run, guint id)
{
  gint64 now = run->cluster->world->now;

  for (guint i = 0; i < run->schedule->faults->len; i++)
    {
      const SimFault *fault = &g_array_index (run->schedule->faults, SimFault, i);
      Spell *spell;

      if (fault->after != id)
        continue;
      if (fault->moment == SIM_N_MOMENTS)
        {
          fire_at (run, fault, now + fault->at * SIM_MS);
          continue;
        }
      spell = g_slice_new0 (Spell);
      spell->run = run;
      spell->who = i;
      sim_world_at (fate (run), now + fault->at * SIM_MS, arm_cb, spell, spell_free);
    }
}

/* --- the whole --- */

static void
heal_all (Run *run)
{
  SimCluster *cluster = run->cluster;

  SIM_SAY (cluster->world, "--- everything is healed");
  run->healed = TRUE;
  for (guint i = 0; i < SIM_NODES; i++)
    for (guint j = 0; j < SIM_NODES; j++)
      {
        SimLink *link = &cluster->net.links[i][j];

        link->loss = 0;
        link->slow = 0;
        link->stray = 0;
        while (link->cuts > 0)
          sim_net_heal (&cluster->net, i, j);
      }
  for (guint i = 0; i < SIM_MEMBERS; i++)
    {
      SimMember *member = &cluster->members[i];

      member->disk.slow = 0;
      member->disk.blocks = FALSE;
      member->disk.refuses = FALSE;
      member->node->frozen_until = MIN (member->node->frozen_until, cluster->world->now);
      sim_member_start (member);
      sim_world_after (member->node, 0, give_back_cb, NULL, NULL);
    }
  for (guint i = 0; i < SIM_CLIENTS; i++)
    cluster->clients[i].quiet = TRUE;
}

static void
start_cb (SimNode *node, gpointer data)
{
  sim_member_start (data);
}

static void
finish (Run *run, SimStats *stats)
{
  SimWorld *world = run->cluster->world;
  const guint64 *from = (const guint64 *) &run->cluster->stats;
  guint64 *to = (guint64 *) stats;

  run->cluster->stats.schedules = 1;
  run->cluster->stats.turns = world->turns;
  for (guint i = 0; i < sizeof *stats / sizeof (guint64); i++)
    to[i] += from[i];
  for (guint i = 0; i < SIM_MEMBERS; i++)
    if (run->saved[i])
      sim_image_clear (&run->images[i]);
  sim_cluster_free (run->cluster);
  g_free (run->armed);
}

char *
sim_schedule_run (const SimSchedule *self, SimBreak breaks, SimStats *stats, char **trace)
{
  Run run = { .schedule = self };
  SimWorld *world;
  char *violation;

  run.random = sim_random_stream (self->seed, STREAM_RUN);
  run.cluster = sim_cluster_new (self->seed, breaks);
  run.armed = g_new0 (gboolean, self->faults->len + 1);
  run.cluster->moment = moment_cb;
  run.cluster->user_data = &run;
  run.cluster->strict = self->strict;
  run.cluster->manual = self->manual;
  run.cluster->election_ms = self->election_ms;
  run.cluster->net.delay_max += self->delay * SIM_MS;
  world = run.cluster->world;
  world->verbose = trace != NULL;
  for (guint i = 0; i < SIM_MEMBERS; i++)
    sim_world_at (fate (&run), sim_random_between (&run.random, 0, 30 * SIM_MS), start_cb,
                  &run.cluster->members[i], NULL);
  plan_after (&run, 0);
  look_cb (fate (&run), &run);
  sim_world_run (world, self->length * SIM_MS);
  heal_all (&run);
  sim_world_run (world, world->now + (HEAL_MS + HEAL_ELECTIONS * self->election_ms) * SIM_MS);
  for (guint i = 0; i < SETTLE_TRIES && !sim_check_is_even (run.cluster); i++)
    sim_world_run (world, world->now + SETTLE_MS * SIM_MS);
  if (world->violation == NULL)
    sim_check_end (run.cluster);
  violation = g_strdup (world->violation);
  if (trace != NULL)
    *trace = g_strdup (world->trace != NULL ? world->trace->str : "");
  finish (&run, stats);
  return violation;
}
