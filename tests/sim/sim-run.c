/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-run.h"

#include <string.h>

/* After the last fault everything is healed; so long until all must be well again. */
#define HEAL_MS 3000
#define HEAL_ELECTIONS 6
/* What a member acknowledged is known to the others after half of so many looks without a fault,
 * and kept by them after the other half. */
#define LOOK_MS 100
/* Until nothing is just on its way from one to the others. */
#define SETTLE_MS 30
#define SETTLE_TRIES 30

enum
{
  STREAM_RUN = 6000
};

/* Whether the members hear each other, all in the same incarnation. */
static gboolean
is_quiet (SimRun *run)
{
  SimWorld *world = run->cluster->world;
  const SimSeats *seats = &run->cluster->seats;

  for (guint i = 0; i < SIM_MEMBERS; i++)
    {
      const SimMember *member = &run->cluster->members[seats->servers[i]];

      if (!member->node->up || member->node->frozen_until > world->now || member->changing
          || sim_change_incarnation (member) != seats->incarnation)
        return FALSE;
      for (guint j = 0; j < SIM_MEMBERS; j++)
        if (sim_net_is_cut (&run->cluster->net, seats->servers[i], seats->servers[j]))
          return FALSE;
    }
  return world->now >= run->calm_since;
}

static void
look_at (SimRun *run, guint server)
{
  SimMember *member = &run->cluster->members[server];
  guint64 incarnation = sim_change_incarnation (member);

  run->looked[run->looks % SIM_RUN_LOOKS][server]
      = member->engine != NULL ? sim_image_last_index (&member->engine->disk.image) : 0;
  if (run->incarnations[server] == incarnation)
    return;
  run->former[server] = run->incarnations[server];
  run->former_spread[server] = run->spread[server];
  run->incarnations[server] = incarnation;
  run->spread[server] = 0;
  run->quiet_since = run->cluster->world->now;
}

/* Looks at what everybody acknowledged. What was so a while ago the others know, if it was quiet
 * since, and in another while they have kept it. */
static void
look_cb (SimNode *node, gpointer data)
{
  SimRun *run = data;
  gint64 now = node->world->now;

  sim_world_after (node, LOOK_MS * SIM_MS, look_cb, run, NULL);
  for (guint i = 0; i < SIM_SERVERS; i++)
    look_at (run, i);
  run->looks++;
  if (!is_quiet (run))
    run->quiet_since = now;
  run->quiet_since = MAX (run->quiet_since, run->calm_since);
  if (now - run->quiet_since >= SIM_RUN_LOOKS * LOOK_MS * SIM_MS)
    memcpy (run->spread, run->looked[run->looks % SIM_RUN_LOOKS], sizeof run->spread);
}

/* An image of the incarnation before leads back there. The others of then must know better, the
 * replaced one too, and those of now as well when it returns with nothing. */
static gboolean
may_go_far_back (SimRun *run, guint who)
{
  return run->saved[who] != 0 && run->saved[who] == run->former[who]
         && run->former_spread[who] > run->saved_index[who] && run->spread[who] > 1;
}

/* One dishonest disk of three is harmless only if the others know better (design §3, "Old disk
 * images"), and only one may be so. */
static gboolean
may_go_back (SimRun *run, const SimFault *fault, guint who)
{
  const SimMember *member = &run->cluster->members[who];

  for (guint i = 0; i < SIM_SERVERS; i++)
    if (i != who && run->cluster->members[i].dishonest)
      return FALSE;
  if (member->changing || run->incarnations[who] == 0
      || run->incarnations[who] != sim_change_incarnation (member))
    return FALSE;
  if (fault->kind == SIM_FAULT_BLANK)
    return run->spread[who] > 1;
  if (run->saved[who] != run->incarnations[who])
    return may_go_far_back (run, who);
  return run->spread[who] > run->saved_index[who];
}

static void fire_cb (SimNode *node, gpointer data);
static void plan_after (SimRun *run, guint id);

static void
fire_at (SimRun *run, const SimFault *fault, gint64 at)
{
  SimSpell *spell = g_slice_new0 (SimSpell);

  spell->run = run;
  spell->fault = fault;
  sim_world_at (sim_run_fate (run), at, fire_cb, spell, sim_spell_free);
}

static void
fire_cb (SimNode *node, gpointer data)
{
  SimSpell *spell = data;
  SimRun *run = spell->run;
  const SimFault *fault = spell->fault;

  sim_spell_free (spell);
  if (run->healed)
    return;
  if ((fault->kind == SIM_FAULT_OLD_IMAGE || fault->kind == SIM_FAULT_BLANK)
      && !may_go_back (run, fault, sim_run_resolve (run, fault->who)))
    return;
  sim_run_strike (run, fault);
  if (fault->id != 0)
    plan_after (run, fault->id);
}

/* --- moments --- */

static void
arm_cb (SimNode *node, gpointer data)
{
  SimSpell *spell = data;

  spell->run->armed[spell->who] = TRUE;
  sim_spell_free (spell);
}

static void
moment_cb (SimCluster *cluster, guint member, SimMoment moment)
{
  SimRun *run = cluster->user_data;

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
plan_after (SimRun *run, guint id)
{
  gint64 now = run->cluster->world->now;

  for (guint i = 0; i < run->schedule->faults->len; i++)
    {
      const SimFault *fault = &g_array_index (run->schedule->faults, SimFault, i);
      SimSpell *spell;

      if (fault->after != id)
        continue;
      if (fault->moment == SIM_N_MOMENTS)
        {
          fire_at (run, fault, now + fault->at * SIM_MS);
          continue;
        }
      spell = g_slice_new0 (SimSpell);
      spell->run = run;
      spell->who = i;
      sim_world_at (sim_run_fate (run), now + fault->at * SIM_MS, arm_cb, spell, sim_spell_free);
    }
}

/* --- the whole --- */

static void
heal_all (SimRun *run)
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
  for (guint i = 0; i < SIM_SERVERS; i++)
    {
      SimMember *member = &cluster->members[i];

      sim_member_set_disk (member, 0, FALSE, FALSE);
      member->node->frozen_until = MIN (member->node->frozen_until, cluster->world->now);
      sim_member_start (member);
      sim_world_after (member->node, 0, sim_run_give_back_cb, NULL, NULL);
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
finish (SimRun *run, SimStats *stats)
{
  SimWorld *world = run->cluster->world;
  const guint64 *from = (const guint64 *) &run->cluster->stats;
  guint64 *to = (guint64 *) stats;

  run->cluster->stats.schedules = 1;
  run->cluster->stats.turns = world->turns;
  for (guint i = 0; i < sizeof *stats / sizeof (guint64); i++)
    to[i] += from[i];
  for (guint i = 0; i < SIM_SERVERS; i++)
    if (run->saved[i] != 0)
      {
        sim_image_clear (&run->images[i]);
        g_bytes_unref (run->bases[i]);
      }
  sim_cluster_free (run->cluster);
  g_free (run->armed);
}

char *
sim_schedule_run (const SimSchedule *self, SimBreak breaks, SimStats *stats, char **trace)
{
  SimRun run = { .schedule = self };
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
  for (guint i = 0; i < SIM_SERVERS; i++)
    sim_world_at (sim_run_fate (&run), sim_random_between (&run.random, 0, 30 * SIM_MS), start_cb,
                  &run.cluster->members[i], NULL);
  plan_after (&run, 0);
  look_cb (sim_run_fate (&run), &run);
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
