/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-schedule.h"

/* What chance alone brings about once in a million schedules: each plot leads up to the moment for
 * which one of the rules was made. Times within it are drawn. */

static SimFault *
add (SimSchedule *self, SimFaultKind kind, guint who, gint64 at)
{
  SimFault fault = { .kind = kind, .who = who, .at = at, .moment = SIM_N_MOMENTS };

  g_array_append_val (self->faults, fault);
  return &g_array_index (self->faults, SimFault, self->faults->len - 1);
}

static SimFault *
add_after (SimSchedule *self, guint after, SimFaultKind kind, guint who, gint64 at)
{
  SimFault *fault = add (self, kind, who, at);

  fault->after = after;
  return fault;
}

static void
set_id (SimFault *fault, guint id, SimMoment moment, gint64 lasts, gboolean breaks)
{
  fault->id = id;
  fault->moment = moment;
  fault->lasts = lasts;
  fault->breaks = breaks;
}

/* Raft, figure 8: an entry of an old term lies on two disks, and a third member has a newer one. */
static void
plot_old_term (SimSchedule *self, SimRandom *random)
{
  SimFault *fault
      = add (self, SIM_FAULT_ISOLATE, SIM_WHO_MOVED, sim_random_between (random, 1200, 2500));

  set_id (fault, 1, SIM_MOMENT_WRITES, sim_random_between (random, 600, 1100), TRUE);
  fault = add_after (self, 1, SIM_FAULT_ISOLATE, SIM_WHO_MOVED, 50);
  set_id (fault, 2, SIM_MOMENT_LEADS, 4000, TRUE);
  fault = add_after (self, 2, SIM_FAULT_SLOW_DISK, SIM_WHO_STRUCK (1), 0);
  fault->lasts = 3000;
  fault->amount = sim_random_between (random, 300, 2000);
  fault = add_after (self, 2, SIM_FAULT_NOTHING, SIM_WHO_MOVED, 5);
  set_id (fault, 3, SIM_MOMENT_LEADS, 0, FALSE);
  fault = add_after (self, 3, SIM_FAULT_CRASH, SIM_WHO_STRUCK (1),
                     sim_random_between (random, 2, 120));
  set_id (fault, 4, SIM_N_MOMENTS, sim_random_between (random, 10, 60), FALSE);
  fault = add_after (self, 4, SIM_FAULT_CRASH, SIM_WHO_REMAINING, 0);
  fault->lasts = sim_random_between (random, 1500, 2500);
  add_after (self, 4, SIM_FAULT_MEND, SIM_WHO_STRUCK (2), 0);
  self->length = 7500;
}

/* A member that was alone with entries of its own hears a new leader for the first time. */
static void
plot_longer_log (SimSchedule *self, SimRandom *random)
{
  SimFault *fault
      = add (self, SIM_FAULT_ISOLATE, SIM_WHO_MOVED, sim_random_between (random, 1200, 2500));

  set_id (fault, 1, SIM_MOMENT_WRITES, sim_random_between (random, 300, 600), FALSE);
  fault = add_after (self, 1, SIM_FAULT_ISOLATE, SIM_WHO_REMAINING, 50);
  set_id (fault, 3, SIM_MOMENT_LEADS, sim_random_between (random, 300, 800), TRUE);
  fault = add_after (self, 1, SIM_FAULT_NOTHING, SIM_WHO_MOVED, 50);
  set_id (fault, 2, SIM_MOMENT_VOTES, 0, FALSE);
  self->delay = sim_random_between (random, 1, 8);
}

/* The order to take over is late, or the old leader does not hear that it was obeyed. */
static void
plot_transfer (SimSchedule *self, SimRandom *random)
{
  gboolean late = sim_random_chance (random, 50);
  gint64 at = sim_random_between (random, 1500, 2500), delay = 0;
  SimFault *fault;

  /* The third one hears only the new leader. */
  fault = add (self, SIM_FAULT_CUT, SIM_WHO_1, at - sim_random_between (random, 350, 900));
  fault->other = SIM_WHO_3;
  set_id (fault, 0, SIM_N_MOMENTS, late ? 0 : 2500, TRUE);
  if (late)
    fault->kind = SIM_FAULT_NOTHING;
  fault = add (self, SIM_FAULT_HAND_OVER, SIM_WHO_2, at);
  set_id (fault, 1, SIM_N_MOMENTS, 0, FALSE);
  if (late)
    {
      delay = sim_random_between (random, 560, 1500);
      fault = add_after (self, 1, SIM_FAULT_STRAY, SIM_WHO_1, 0);
      fault->moment = SIM_MOMENT_TRANSFERS;
      fault->other = SIM_WHO_2;
      fault->amount = delay;
      delay -= 40;
    }
  fault = add_after (self, 1, SIM_FAULT_CUT_ONE_WAY, SIM_WHO_2, delay);
  set_id (fault, 0, late ? SIM_N_MOMENTS : SIM_MOMENT_TRANSFERS,
          sim_random_between (random, 100, 500), FALSE);
  fault->other = SIM_WHO_1;
}

/* A disk goes back in time while another member lags behind, and the third one fails. */
static void
plot_old_disk (SimSchedule *self, SimRandom *random, gboolean blank)
{
  guint old = (guint) sim_random_between (random, SIM_WHO_1, SIM_WHO_3);
  guint lags = (old + (guint) sim_random_between (random, 1, 2)) % 3;
  guint fails = 3 - old - lags;
  SimFault *fault;

  if (!blank)
    add (self, SIM_FAULT_SAVE, old, sim_random_between (random, 200, 1500));
  fault = add (self, SIM_FAULT_ISOLATE, lags, sim_random_between (random, 4500, 5000));
  set_id (fault, 1, SIM_N_MOMENTS, 3000, TRUE);
  fault = add_after (self, 1, blank ? SIM_FAULT_BLANK : SIM_FAULT_OLD_IMAGE, old,
                     sim_random_between (random, 100, 1200));
  set_id (fault, 2, SIM_N_MOMENTS, sim_random_between (random, 10, 300), FALSE);
  fault = add_after (self, 2, sim_random_chance (random, 50) ? SIM_FAULT_CRASH : SIM_FAULT_ISOLATE,
                     fails, 0);
  set_id (fault, 0, SIM_N_MOMENTS, sim_random_between (random, 1000, 2500), TRUE);
  add_after (self, 2, SIM_FAULT_MEND, lags, sim_random_between (random, 0, 200));
  self->length = 8500;
}

/* The follower that the leader counts on forgets it, and another one asks for its vote. */
static void
plot_forgets (SimSchedule *self, SimRandom *random)
{
  SimFault *fault = add (self, SIM_FAULT_CUT, SIM_WHO_1, sim_random_between (random, 1500, 2000));

  fault->other = SIM_WHO_2;
  set_id (fault, 1, SIM_N_MOMENTS, 3000, TRUE);
  for (guint i = 0; i < 4; i++)
    {
      fault = add_after (self, 1, SIM_FAULT_CRASH, SIM_WHO_3,
                         300 + i * 600 + sim_random_between (random, 0, 400));
      fault->lasts = sim_random_between (random, 5, 60);
    }
}

/* A renewal is under way when the lease would end without it. With a short E a leader that writes
 * so slowly is not active. */
static void
plot_late_renewal (SimSchedule *self, SimRandom *random)
{
  SimFault *fault = add (self, SIM_FAULT_UNPLUG_CLIENT, 0, sim_random_between (random, 3000, 4500));
  gint64 lasts = sim_random_between (random, 2500, 2900);

  set_id (fault, 1, SIM_MOMENT_HOLDS, lasts, TRUE);
  fault = add_after (self, 1, SIM_FAULT_SLOW_DISK, SIM_WHO_LEADER, lasts - 50);
  fault->lasts = 1500;
  fault->amount = sim_random_between (random, 700, 1200);
  self->length = 9000;
  self->election_ms = 1200;
}

/* Someone is replaced, while … */
static SimFault *
add_replacement (SimSchedule *self, SimRandom *random, guint who)
{
  SimFault *fault = add (self, SIM_FAULT_REPLACE, who, sim_random_between (random, 1500, 2500));

  set_id (fault, 1, SIM_N_MOMENTS, 0, FALSE);
  fault->amount = sim_random_between (random, 0, SIM_SERVERS - 1);
  return fault;
}

/* … whoever seals is lost at once. */
static void
plot_sealer_fails (SimSchedule *self, SimRandom *random)
{
  static const SimFaultKind kinds[]
      = { SIM_FAULT_CRASH, SIM_FAULT_ISOLATE, SIM_FAULT_FREEZE, SIM_FAULT_REFUSE };
  SimFault *fault;

  add_replacement (self, random, SIM_WHO_FOLLOWER);
  fault = add_after (self, 1, kinds[sim_random_between (random, 0, G_N_ELEMENTS (kinds) - 1)],
                     SIM_WHO_MOVED, 0);
  set_id (fault, 2, SIM_MOMENT_SEALS, sim_random_between (random, 20, 3500), TRUE);
  if (sim_random_chance (random, 50))
    return;
  fault = add_after (self, 2, SIM_FAULT_CRASH, SIM_WHO_NEWCOMER, 0);
  set_id (fault, 0, SIM_MOMENT_BEGINS, sim_random_between (random, 20, 1500), FALSE);
}

/* … it is cut off from the others with its clients. */
static void
plot_cut_off (SimSchedule *self, SimRandom *random)
{
  SimFault *fault = add_replacement (self, random, SIM_WHO_STRUCK (2));

  fault = add (self, SIM_FAULT_ISOLATE, (guint) sim_random_between (random, SIM_WHO_1, SIM_WHO_3),
               fault->at - sim_random_between (random, 100, 900));
  set_id (fault, 2, SIM_N_MOMENTS, sim_random_between (random, 1500, 4500), TRUE);
}

/* … whoever sealed hears only the one that is replaced; or it tried to, and hears only the one that
 * was to come. */
static void
plot_apart (SimSchedule *self, SimRandom *random)
{
  gboolean sealed = sim_random_chance (random, 50);
  SimFault *fault = add_replacement (self, random, SIM_WHO_FOLLOWER);
  gint64 at = fault->at;

  for (guint i = 0; i < 2; i++)
    {
      fault = sealed ? add_after (self, 1, SIM_FAULT_CUT, SIM_WHO_MOVED, 0)
                     : add (self, SIM_FAULT_CUT, SIM_WHO_LEADER,
                            at - sim_random_between (random, 0, 40));
      fault->other = i == 0 ? SIM_WHO_OTHER_FOLLOWER : sealed ? SIM_WHO_NEWCOMER : SIM_WHO_FOLLOWER;
      set_id (fault, 2 + i, sealed ? SIM_MOMENT_SEALS : SIM_N_MOMENTS,
              sim_random_between (random, 500, 3500), TRUE);
    }
}

/* … another one follows at once, perhaps the same server again. */
static void
plot_twice (SimSchedule *self, SimRandom *random)
{
  SimFault *fault;

  add_replacement (self, random, SIM_WHO_FOLLOWER);
  fault = add_after (self, 1, SIM_FAULT_REPLACE,
                     sim_random_chance (random, 50) ? SIM_WHO_OTHER_FOLLOWER : SIM_WHO_FOLLOWER,
                     sim_random_between (random, 400, 2500));
  set_id (fault, 2, SIM_N_MOMENTS, 0, FALSE);
  fault->amount = sim_random_chance (random, 60) ? -1 : sim_random_between (random, 0, 4);
  fault = add_after (self, sim_random_chance (random, 50) ? 1 : 2, SIM_FAULT_ISOLATE,
                     sim_random_chance (random, 50) ? SIM_WHO_REPLACED : SIM_WHO_LEADER,
                     sim_random_between (random, 0, 300));
  set_id (fault, 0, SIM_N_MOMENTS, sim_random_between (random, 300, 3000), TRUE);
}

/* … and left alone with another one whose disk goes back to before that. */
static void
plot_far_back (SimSchedule *self, SimRandom *random)
{
  guint old = (guint) sim_random_between (random, SIM_WHO_1, SIM_WHO_3);
  guint leaving = (old + (guint) sim_random_between (random, 1, 2)) % 3;
  guint stays = 3 - old - leaving;
  SimFault *fault;

  add (self, SIM_FAULT_SAVE, old, sim_random_between (random, 200, 1500));
  fault = add (self, SIM_FAULT_ISOLATE, leaving, sim_random_between (random, 4500, 5000));
  set_id (fault, 1, SIM_N_MOMENTS, 0, TRUE);
  fault = add_after (self, 1, SIM_FAULT_REPLACE, SIM_WHO_STRUCK (1),
                     sim_random_between (random, 700, 1500));
  set_id (fault, 2, SIM_N_MOMENTS, 0, FALSE);
  fault->amount = sim_random_between (random, 0, SIM_SERVERS - 1);
  fault = add_after (self, 2, SIM_FAULT_OLD_IMAGE, old, sim_random_between (random, 3200, 4200));
  set_id (fault, 3, SIM_N_MOMENTS, sim_random_between (random, 10, 300), FALSE);
  fault = add_after (self, 3, SIM_FAULT_ISOLATE, stays, 1);
  set_id (fault, 0, SIM_N_MOMENTS, sim_random_between (random, 1000, 2500), TRUE);
  fault = add_after (self, 3, SIM_FAULT_ISOLATE, SIM_WHO_NEWCOMER, 1);
  set_id (fault, 0, SIM_N_MOMENTS, sim_random_between (random, 1000, 2500), TRUE);
  add_after (self, 3, SIM_FAULT_MEND, SIM_WHO_STRUCK (1), 0);
  self->length = 13500;
}

typedef enum
{
  PLOT_OLD_TERM,
  PLOT_LONGER_LOG,
  PLOT_TRANSFER,
  PLOT_OLD_IMAGE,
  PLOT_BLANK,
  PLOT_FORGETS,
  PLOT_LATE_RENEWAL,
  PLOT_SEALER_FAILS,
  PLOT_CUT_OFF,
  PLOT_APART,
  PLOT_TWICE,
  PLOT_FAR_BACK,
  N_PLOTS
} Plot;

/* The plot that shows a broken rule soonest. */
static Plot
plot_for (SimRandom *random, SimBreak breaks)
{
  switch ((guint) breaks)
    {
    case SIM_BREAK_GUARD_1:
    case SIM_BREAK_WITHHOLD:
      return PLOT_OLD_TERM;
    case SIM_BREAK_GUARD_2:
      return PLOT_LONGER_LOG;
    case SIM_BREAK_TRANSFER_LEASE:
    case SIM_BREAK_PERMIT:
      return PLOT_TRANSFER;
    case SIM_BREAK_BLANK_VOTES:
      return PLOT_BLANK;
    case SIM_BREAK_OLD_IMAGE_VOTES:
      return sim_random_chance (random, 50) ? PLOT_OLD_IMAGE : PLOT_FAR_BACK;
    case SIM_BREAK_STICKY:
    case SIM_BREAK_START_WAIT:
      return PLOT_FORGETS;
    case SIM_BREAK_EXPIRY_GENERATION:
      return PLOT_LATE_RENEWAL;
    case SIM_BREAK_SEALED_SERVES:
    case SIM_BREAK_BLANK_BASE:
    case SIM_BREAK_BEHIND_SEAL:
    case SIM_BREAK_EARLY_SEAL:
      return (Plot) sim_random_between (random, PLOT_SEALER_FAILS, PLOT_TWICE);
    default:
      return (Plot) sim_random_between (random, 0, N_PLOTS - 1);
    }
}

void
sim_plot_add (SimSchedule *self, SimRandom *random, SimBreak breaks)
{
  Plot plot = plot_for (random, breaks);

  if (plot == PLOT_OLD_TERM)
    plot_old_term (self, random);
  else if (plot == PLOT_LONGER_LOG)
    plot_longer_log (self, random);
  else if (plot == PLOT_TRANSFER)
    plot_transfer (self, random);
  else if (plot == PLOT_OLD_IMAGE || plot == PLOT_BLANK)
    plot_old_disk (self, random, plot == PLOT_BLANK);
  else if (plot == PLOT_FORGETS)
    plot_forgets (self, random);
  else if (plot == PLOT_SEALER_FAILS)
    plot_sealer_fails (self, random);
  else if (plot == PLOT_CUT_OFF)
    plot_cut_off (self, random);
  else if (plot == PLOT_APART)
    plot_apart (self, random);
  else if (plot == PLOT_TWICE)
    plot_twice (self, random);
  else if (plot == PLOT_FAR_BACK)
    plot_far_back (self, random);
  else
    plot_late_renewal (self, random);
}
