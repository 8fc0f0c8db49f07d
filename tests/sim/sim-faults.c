/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-run.h"

/* --- cuts --- */

static void
cut (SimRun *run, guint a, guint b, gboolean breaks)
{
  sim_net_cut (&run->cluster->net, a, b, breaks);
}

static void
cut_both (SimRun *run, guint a, guint b, gboolean breaks)
{
  if (a == b)
    return;
  cut (run, a, b, breaks);
  cut (run, b, a, breaks);
}

static void
heal_both (SimRun *run, guint a, guint b)
{
  if (a == b)
    return;
  sim_net_heal (&run->cluster->net, a, b);
  sim_net_heal (&run->cluster->net, b, a);
}

static void
for_all (SimRun *run,
         guint who,
         guint n,
         void (*func) (SimRun *run, guint a, guint b, gboolean breaks),
         gboolean breaks)
{
  for (guint i = 0; i < n; i++)
    func (run, who, i, breaks);
}

static void
heal_each (SimRun *run, guint a, guint b, gboolean breaks)
{
  heal_both (run, a, b);
}

static void
mend (SimRun *run, guint who)
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

gboolean
sim_fault_disturbs (SimFaultKind kind)
{
  switch ((guint) kind)
    {
    case SIM_FAULT_SAVE:
    case SIM_FAULT_WALL:
    case SIM_FAULT_HAND_OVER:
    case SIM_FAULT_GIVE_BACK:
    case SIM_FAULT_REPLACE:
    case SIM_FAULT_CUT_CLIENT:
    case SIM_FAULT_UNPLUG_CLIENT:
    case SIM_FAULT_NOTHING:
      return FALSE;
    default:
      return TRUE;
    }
}

static void
end_spell (SimSpell *spell)
{
  SimRun *run = spell->run;
  SimCluster *cluster = run->cluster;
  const SimFault *fault = spell->fault;
  SimMember *member = &cluster->members[spell->who];
  SimLink *there = &cluster->net.links[spell->who][spell->other];
  SimLink *back = &cluster->net.links[spell->other][spell->who];

  switch ((guint) fault->kind)
    {
    case SIM_FAULT_CRASH:
    case SIM_FAULT_CRASH_ALL:
    case SIM_FAULT_STOP:
    case SIM_FAULT_OLD_IMAGE:
    case SIM_FAULT_BLANK:
      sim_member_start (member);
      break;
    case SIM_FAULT_CUT:
    case SIM_FAULT_CUT_CLIENT:
      heal_both (run, spell->who, spell->other);
      break;
    case SIM_FAULT_CUT_ONE_WAY:
      sim_net_heal (&cluster->net, spell->who, spell->other);
      break;
    case SIM_FAULT_ISOLATE:
      for_all (run, spell->who, SIM_SERVERS, heal_each, FALSE);
      break;
    case SIM_FAULT_UNPLUG:
      for_all (run, spell->who, SIM_NODES, heal_each, FALSE);
      break;
    case SIM_FAULT_UNPLUG_CLIENT:
      for_all (run, spell->other, SIM_SERVERS, heal_each, FALSE);
      break;
    case SIM_FAULT_LOSS:
      there->loss = back->loss = 0;
      break;
    case SIM_FAULT_DELAY:
      there->slow = 0;
      break;
    case SIM_FAULT_SLOW_DISK:
      sim_member_set_disk (member, 0, FALSE, member->refuses);
      break;
    case SIM_FAULT_REFUSE:
      sim_member_set_disk (member, member->slow, member->blocks, FALSE);
      break;
    default:
      break;
    }
  if (sim_fault_disturbs (fault->kind))
    run->calm_since = cluster->world->now;
}

void
sim_spell_free (gpointer spell)
{
  g_slice_free (SimSpell, spell);
}

static void
end_cb (SimNode *node, gpointer data)
{
  SimSpell *spell = data;

  SIM_SAY (node->world, "--- end of a fault at %u", spell->who + 1);
  if (!spell->run->healed)
    end_spell (spell);
  sim_spell_free (spell);
}

static void
end_later (SimRun *run, const SimFault *fault, guint who, guint other, gint64 ms)
{
  SimSpell *spell = g_slice_new0 (SimSpell);

  spell->run = run;
  spell->fault = fault;
  spell->who = who;
  spell->other = other;
  sim_world_after (sim_run_fate (run), ms * SIM_MS, end_cb, spell, sim_spell_free);
}

/* --- what administrators do, in a turn of a member --- */

static gboolean
runs (const SimMember *member)
{
  return member->engine != NULL && member->engine->raft != NULL;
}

static void
hand_over_cb (SimNode *node, gpointer data)
{
  SimSpell *spell = data;
  SimMember *member = node->owner;
  gint64 pin = spell->fault->amount;

  if (pin != 0 && pin != G_MAXINT64)
    pin += sim_node_boot (node);
  for (guint i = 0; runs (member) && i < SIM_MEMBERS; i++)
    if (member->engine->io.route[i] == spell->who
        && trias_raft_member_hand_over (member->engine->raft, i + 1, pin, NULL))
      member->cluster->stats.handovers++;
  sim_spell_free (spell);
}

static void
quiet_cb (SimNode *node, gpointer data)
{
  SimSpell *spell = data;
  SimMember *member = node->owner;

  if (runs (member))
    trias_raft_member_set_quiet (member->engine->raft, sim_node_boot (node) + spell->fault->lasts);
  sim_spell_free (spell);
}

void
sim_run_give_back_cb (SimNode *node, gpointer data)
{
  SimMember *member = node->owner;

  if (runs (member))
    trias_raft_member_give_back (member->engine->raft);
}

/* The newcomer is one that belongs to no triad; the one that was replaced last, if it is wanted. */
static void
replace_cb (SimNode *node, gpointer data)
{
  SimSpell *spell = data;
  SimMember *self = node->owner;
  SimCluster *cluster = self->cluster;
  guint wanted = spell->fault->amount < 0 ? cluster->replaced : (guint) spell->fault->amount;

  for (guint i = 0; i < SIM_SERVERS; i++)
    {
      guint newcomer = (wanted + i) % SIM_SERVERS;

      if (cluster->members[newcomer].base != NULL || !cluster->members[newcomer].node->up)
        continue;
      sim_change_replace (self, spell->who, newcomer);
      break;
    }
  sim_spell_free (spell);
}

static void
ask_member (SimRun *run, guint whom, const SimFault *fault, guint who, SimEventFunc func)
{
  SimSpell *spell = g_slice_new0 (SimSpell);

  spell->run = run;
  spell->fault = fault;
  spell->who = who;
  sim_world_after (&run->cluster->world->nodes[whom], 0, func, spell, sim_spell_free);
}

/* --- faults --- */

static void
crash (SimRun *run, guint who)
{
  if (run->cluster->members[who].node->up)
    run->cluster->stats.crashes++;
  sim_member_crash (&run->cluster->members[who]);
}

static void
crash_all (SimRun *run, const SimFault *fault)
{
  for (guint i = 0; i < SIM_SERVERS; i++)
    {
      crash (run, i);
      end_later (run, fault, i, i, sim_random_between (&run->random, 10, fault->lasts + 10));
    }
}

static void
save (SimRun *run, guint who)
{
  const SimMember *member = &run->cluster->members[who];

  if (member->engine == NULL || member->changing)
    return;
  if (run->saved[who] != 0)
    {
      sim_image_clear (&run->images[who]);
      g_bytes_unref (run->bases[who]);
    }
  sim_image_copy (&run->images[who], &member->engine->disk.image);
  run->bases[who] = g_bytes_ref (member->base);
  run->saved_index[who] = sim_image_last_index (&run->images[who]);
  run->saved[who] = member->engine->incarnation;
}

/* Whether it may, sim-run.c has made sure of. */
static void
bring_back (SimRun *run, const SimFault *fault, guint who)
{
  SimMember *member = &run->cluster->members[who];
  SimImage *image;

  crash (run, who);
  if (fault->kind == SIM_FAULT_OLD_IMAGE && run->saved[who] != run->incarnations[who])
    {
      SIM_SAY (run->cluster->world, "%u goes back to incarnation %" G_GUINT64_FORMAT, who + 1,
               run->saved[who]);
      g_bytes_unref (member->base);
      member->base = g_bytes_ref (run->bases[who]);
      run->cluster->stats.far_back++;
    }
  image = sim_engine_log (member, fault->kind == SIM_FAULT_OLD_IMAGE ? run->saved[who]
                                                                     : run->incarnations[who]);
  sim_image_clear (image);
  if (fault->kind == SIM_FAULT_OLD_IMAGE)
    sim_image_copy (image, &run->images[who]);
  else
    sim_image_init (image);
  member->dishonest = TRUE;
  run->cluster->stats.old_images++;
}

static void
strike_machine (SimRun *run, const SimFault *fault, guint who)
{
  SimMember *member = &run->cluster->members[who];

  switch ((guint) fault->kind)
    {
    case SIM_FAULT_CRASH:
      crash (run, who);
      break;
    case SIM_FAULT_STOP:
      sim_member_stop (member);
      break;
    case SIM_FAULT_FREEZE:
    case SIM_FAULT_SLEEP:
      sim_node_freeze (member->node, fault->lasts * SIM_MS, fault->kind == SIM_FAULT_SLEEP);
      break;
    case SIM_FAULT_SLOW_DISK:
      sim_member_set_disk (member, fault->amount * SIM_MS, fault->breaks, member->refuses);
      break;
    case SIM_FAULT_REFUSE:
      sim_member_set_disk (member, member->slow, member->blocks, TRUE);
      break;
    case SIM_FAULT_WALL:
      member->node->wall_offset += fault->amount;
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
strike_network (SimRun *run, const SimFault *fault, guint who, guint other)
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
      for_all (run, who, SIM_SERVERS, cut_both, fault->breaks);
      break;
    case SIM_FAULT_UNPLUG:
      for_all (run, who, SIM_NODES, cut_both, fault->breaks);
      break;
    case SIM_FAULT_UNPLUG_CLIENT:
      for_all (run, other, SIM_SERVERS, cut_both, fault->breaks);
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
strike_order (SimRun *run, const SimFault *fault, guint who)
{
  guint leader = sim_run_leader (run->cluster);

  if (fault->kind == SIM_FAULT_HAND_OVER)
    ask_member (run, leader, fault, who, hand_over_cb);
  else if (fault->kind == SIM_FAULT_REPLACE)
    ask_member (run, leader, fault, who, replace_cb);
  else if (fault->kind == SIM_FAULT_QUIET)
    ask_member (run, who, fault, who, quiet_cb);
  else if (fault->kind == SIM_FAULT_GIVE_BACK)
    sim_world_after (&run->cluster->world->nodes[leader], 0, sim_run_give_back_cb, NULL, NULL);
  else if (fault->kind == SIM_FAULT_SAVE)
    save (run, who);
}

void
sim_run_strike (SimRun *run, const SimFault *fault)
{
  guint who = sim_run_resolve (run, fault->who);
  guint other = fault->kind == SIM_FAULT_CUT_CLIENT      ? SIM_SERVERS + fault->other
                : fault->kind == SIM_FAULT_UNPLUG_CLIENT ? SIM_SERVERS + run->client
                                                         : sim_run_resolve (run, fault->other);

  run->struck[fault->id] = who;

  SIM_SAY (run->cluster->world, "--- fault %u at %u, %u", fault->kind, who + 1, other + 1);
  run->cluster->stats.faults++;
  strike_machine (run, fault, who);
  strike_network (run, fault, who, other);
  strike_order (run, fault, who);
  if (fault->kind == SIM_FAULT_CRASH_ALL)
    crash_all (run, fault);
  if (sim_fault_disturbs (fault->kind))
    run->calm_since = run->cluster->world->now + fault->lasts * SIM_MS;
  if (fault->lasts > 0 && fault->kind != SIM_FAULT_CRASH_ALL)
    end_later (run, fault, who, other, fault->lasts);
}
