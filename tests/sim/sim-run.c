/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-schedule.h"

/* After the last fault everything is healed; so long until all must be well again. */
#define HEAL_MS 4500
/* What a member acknowledged is known to the others after this time without a fault. */
#define CALM_MS 1600
#define RETRY_MS 100
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
  gboolean *armed; /* (owned) by fault: it waits for its moment */
  guint moved;     /* member that the last moment happened to */
  SimImage images[SIM_MEMBERS];
  gboolean saved[SIM_MEMBERS];
  gint64 calm_since;
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
    default:
      return who;
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

/* --- ends --- */

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
    case SIM_FAULT_LOSS:
      there->loss = back->loss = 0;
      break;
    case SIM_FAULT_DELAY:
      there->slow = 0;
      break;
    case SIM_FAULT_SLOW_DISK:
      cluster->members[spell->who].disk.slow = 0;
      break;
    default:
      break;
    }
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
  run->cluster->stats.old_images++;
}

/* Whether what everybody acknowledged is known to the others: only then is one dishonest disk
 * harmless (design §3, "Old disk images"). */
static gboolean
is_calm (Run *run)
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
  return world->now - run->calm_since >= CALM_MS * SIM_MS;
}

static void fire_cb (SimNode *node, gpointer data);

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
    case SIM_FAULT_LOSS:
      net->links[who][other].loss = net->links[other][who].loss = (guint) fault->amount;
      break;
    case SIM_FAULT_DELAY:
      net->links[who][other].slow = fault->amount * SIM_MS;
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
  guint other = fault->kind == SIM_FAULT_CUT_CLIENT ? SIM_MEMBERS + fault->other
                                                    : resolve (run, fault->other);

  SIM_SAY (run->cluster->world, "--- fault %u at %u, %u", fault->kind, who + 1, other + 1);
  run->cluster->stats.faults++;
  strike_machine (run, fault, who);
  strike_network (run, fault, who, other);
  strike_order (run, fault, who);
  if (fault->kind == SIM_FAULT_CRASH_ALL)
    crash_all (run, fault);
  if (fault->kind != SIM_FAULT_SAVE && fault->kind != SIM_FAULT_WALL)
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
  if ((fault->kind == SIM_FAULT_OLD_IMAGE || fault->kind == SIM_FAULT_BLANK) && !is_calm (run))
    {
      fire_at (run, fault, node->world->now + RETRY_MS * SIM_MS);
      return;
    }
  if (fault->kind == SIM_FAULT_OLD_IMAGE && !run->saved[resolve (run, fault->who)])
    return;
  strike (run, fault);
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

  for (guint i = 0; i < run->schedule->faults->len; i++)
    {
      const SimFault *fault = &g_array_index (run->schedule->faults, SimFault, i);

      if (!run->armed[i] || fault->moment != moment)
        continue;
      run->armed[i] = FALSE;
      run->moved = member;
      fire_at (run, fault,
               cluster->world->now
                   + (sim_random_chance (&run->random, 50)
                          ? 0
                          : sim_random_between (&run->random, 0, 3 * SIM_MS)));
      return;
    }
}

static void
plan (Run *run)
{
  for (guint i = 0; i < run->schedule->faults->len; i++)
    {
      const SimFault *fault = &g_array_index (run->schedule->faults, SimFault, i);

      if (fault->moment == SIM_N_MOMENTS)
        fire_at (run, fault, fault->at * SIM_MS);
      else
        {
          Spell *spell = g_slice_new0 (Spell);

          spell->run = run;
          spell->who = i;
          sim_world_at (fate (run), fault->at * SIM_MS, arm_cb, spell, spell_free);
        }
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
        while (link->cuts > 0)
          sim_net_heal (&cluster->net, i, j);
      }
  for (guint i = 0; i < SIM_MEMBERS; i++)
    {
      SimMember *member = &cluster->members[i];

      member->disk.slow = 0;
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
  run.cluster->net.delay_max += self->delay * SIM_MS;
  world = run.cluster->world;
  world->verbose = trace != NULL;
  for (guint i = 0; i < SIM_MEMBERS; i++)
    sim_world_at (fate (&run), sim_random_between (&run.random, 0, 30 * SIM_MS), start_cb,
                  &run.cluster->members[i], NULL);
  plan (&run);
  sim_world_run (world, self->length * SIM_MS);
  heal_all (&run);
  sim_world_run (world, world->now + HEAL_MS * SIM_MS);
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
