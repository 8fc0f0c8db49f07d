/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-schedule.h"

enum
{
  STREAM_SCHEDULE = 5000
};

/* How often each kind comes, relative to the others. */
static const guint weights[SIM_N_FAULTS] = {
  [SIM_FAULT_CRASH] = 14,      [SIM_FAULT_CRASH_ALL] = 2, [SIM_FAULT_STOP] = 3,
  [SIM_FAULT_FREEZE] = 8,      [SIM_FAULT_SLEEP] = 3,     [SIM_FAULT_CUT] = 12,
  [SIM_FAULT_CUT_ONE_WAY] = 8, [SIM_FAULT_ISOLATE] = 10,  [SIM_FAULT_UNPLUG] = 4,
  [SIM_FAULT_CUT_CLIENT] = 5,  [SIM_FAULT_LOSS] = 4,      [SIM_FAULT_DELAY] = 6,
  [SIM_FAULT_RESET] = 2,       [SIM_FAULT_SLOW_DISK] = 8, [SIM_FAULT_STRAY] = 3,
  [SIM_FAULT_REFUSE] = 4,      [SIM_FAULT_WALL] = 2,      [SIM_FAULT_SAVE] = 0,
  [SIM_FAULT_OLD_IMAGE] = 0,   [SIM_FAULT_BLANK] = 0,     [SIM_FAULT_HAND_OVER] = 10,
  [SIM_FAULT_GIVE_BACK] = 2,   [SIM_FAULT_QUIET] = 2,     [SIM_FAULT_REPLACE] = 0,
};

static const char *const kind_words[SIM_N_FAULTS] = {
  [SIM_FAULT_CRASH] = "crash",
  [SIM_FAULT_CRASH_ALL] = "crash all",
  [SIM_FAULT_STOP] = "stop",
  [SIM_FAULT_FREEZE] = "freeze",
  [SIM_FAULT_SLEEP] = "sleep",
  [SIM_FAULT_CUT] = "cut",
  [SIM_FAULT_CUT_ONE_WAY] = "cut one way",
  [SIM_FAULT_ISOLATE] = "isolate",
  [SIM_FAULT_UNPLUG] = "unplug",
  [SIM_FAULT_CUT_CLIENT] = "cut client",
  [SIM_FAULT_UNPLUG_CLIENT] = "unplug client",
  [SIM_FAULT_LOSS] = "loss",
  [SIM_FAULT_DELAY] = "delay",
  [SIM_FAULT_RESET] = "reset",
  [SIM_FAULT_STRAY] = "stray",
  [SIM_FAULT_SLOW_DISK] = "slow disk",
  [SIM_FAULT_REFUSE] = "disk refuses",
  [SIM_FAULT_WALL] = "wall clock",
  [SIM_FAULT_SAVE] = "save",
  [SIM_FAULT_OLD_IMAGE] = "old image",
  [SIM_FAULT_BLANK] = "blank",
  [SIM_FAULT_HAND_OVER] = "hand over",
  [SIM_FAULT_GIVE_BACK] = "give back",
  [SIM_FAULT_REPLACE] = "replace",
  [SIM_FAULT_QUIET] = "quiet",
  [SIM_FAULT_MEND] = "mend",
  [SIM_FAULT_NOTHING] = "nothing",
};

static const char *const who_words[SIM_N_WHO] = {
  "slot 1",           "slot 2",
  "slot 3",           "the leader",
  "a follower",       "the other follower",
  "who moved",        "the remaining one",
  "the replaced one", "the newcomer",
};

static const char *const moment_words[SIM_N_MOMENTS] = {
  [SIM_MOMENT_VOTES] = "when one votes",
  [SIM_MOMENT_TRANSFERS] = "when the order to take over goes out",
  [SIM_MOMENT_APPENDS] = "when a follower acknowledges",
  [SIM_MOMENT_WRITES] = "when a leader writes",
  [SIM_MOMENT_LEADS] = "when one leads",
  [SIM_MOMENT_SERVES] = "when one serves",
  [SIM_MOMENT_HOLDS] = "when a client gets a lease",
  [SIM_MOMENT_SEALS] = "when one applies a seal",
  [SIM_MOMENT_BEGINS] = "when one goes on in the next incarnation",
};

static SimFaultKind
draw_kind (SimRandom *random)
{
  gint64 sum = 0, drawn;

  for (guint i = 0; i < SIM_N_FAULTS; i++)
    sum += weights[i];
  drawn = sim_random_between (random, 0, sum - 1);
  for (guint i = 0; i < SIM_N_FAULTS; i++)
    if ((drawn -= weights[i]) < 0)
      return i;
  return SIM_FAULT_CRASH;
}

static guint
draw_who (SimRandom *random)
{
  return (guint) (sim_random_chance (random, 60)
                      ? SIM_WHO_LEADER + sim_random_between (random, 0, 2)
                      : sim_random_between (random, 0, 2));
}

static gint64
draw_amount (SimRandom *random, SimFaultKind kind)
{
  static const gint64 pins[] = { 0, 0, 700, 2500, G_MAXINT64 };

  switch ((guint) kind)
    {
    case SIM_FAULT_LOSS:
      return sim_random_between (random, 5, 60);
    case SIM_FAULT_DELAY:
      return sim_random_between (random, 5, 400);
    case SIM_FAULT_STRAY:
      return sim_random_between (random, 20, 2000);
    case SIM_FAULT_SLOW_DISK:
      return sim_random_between (random, 10, 700);
    case SIM_FAULT_WALL:
      return sim_random_between (random, -90000, 90000);
    case SIM_FAULT_HAND_OVER:
      return pins[sim_random_between (random, 0, G_N_ELEMENTS (pins) - 1)];
    default:
      return 0;
    }
}

/* Where members are exchanged much happens at that moment, and to those. */
static void
draw_exchange (SimRandom *random, SimFault *fault)
{
  if (sim_random_chance (random, 30))
    fault->moment = (SimMoment) sim_random_between (random, SIM_MOMENT_SEALS, SIM_MOMENT_BEGINS);
  if (sim_random_chance (random, 25))
    fault->who = (guint) sim_random_between (random, SIM_WHO_REPLACED, SIM_WHO_NEWCOMER);
  if (sim_random_chance (random, 15))
    fault->other = (guint) sim_random_between (random, SIM_WHO_REPLACED, SIM_WHO_NEWCOMER);
}

static SimFault
draw_replacement (SimRandom *random, gint64 low, gint64 high)
{
  SimFault fault = { .kind = SIM_FAULT_REPLACE, .moment = SIM_N_MOMENTS };

  fault.at = sim_random_between (random, low, high);
  fault.who = (guint) (sim_random_chance (random, 60)
                           ? sim_random_between (random, SIM_WHO_FOLLOWER, SIM_WHO_OTHER_FOLLOWER)
                           : sim_random_between (random, SIM_WHO_1, SIM_WHO_3));
  fault.amount = sim_random_between (random, -1, SIM_SERVERS - 1);
  return fault;
}

static SimFault
draw_fault (SimRandom *random, gint64 length, gboolean exchanges)
{
  SimFault fault = { 0 };

  fault.kind = draw_kind (random);
  fault.at = sim_random_between (random, 300, length);
  fault.moment = sim_random_chance (random, 40)
                     ? (SimMoment) sim_random_between (random, 0, SIM_MOMENT_HOLDS)
                     : SIM_N_MOMENTS;
  fault.who = fault.moment != SIM_N_MOMENTS && sim_random_chance (random, 50)
                  ? (guint) SIM_WHO_MOVED
                  : draw_who (random);
  fault.other = draw_who (random);
  fault.lasts = sim_random_chance (random, 50) ? sim_random_between (random, 20, 700)
                                               : sim_random_between (random, 200, 2500);
  fault.amount = draw_amount (random, fault.kind);
  fault.breaks = sim_random_chance (random, 60);
  if (exchanges)
    draw_exchange (random, &fault);
  if (fault.kind == SIM_FAULT_CUT_CLIENT)
    fault.other = (guint) sim_random_between (random, 0, SIM_CLIENTS - 1);
  if (fault.kind == SIM_FAULT_HAND_OVER)
    fault.who = (guint) sim_random_between (random, SIM_WHO_1, SIM_WHO_2);
  return fault;
}

static void
add (SimSchedule *self, SimFault fault)
{
  g_array_append_val (self->faults, fault);
}

static int
compare_faults (gconstpointer a, gconstpointer b)
{
  const SimFault *one = a, *other = b;

  return one->at < other->at ? -1 : one->at > other->at;
}

/* What alone must not cost a client its lease. */
static void
add_strict (SimSchedule *self, SimRandom *random)
{
  static const SimFaultKind kinds[]
      = { SIM_FAULT_CRASH,     SIM_FAULT_STOP, SIM_FAULT_FREEZE, SIM_FAULT_ISOLATE,
          SIM_FAULT_HAND_OVER, SIM_FAULT_CUT,  SIM_FAULT_UNPLUG, SIM_FAULT_QUIET };
  SimFault fault = draw_fault (random, self->length, FALSE);

  self->strict = TRUE;
  self->delay = MIN (self->delay, 5);
  fault.kind = kinds[sim_random_between (random, 0, G_N_ELEMENTS (kinds) - 1)];
  fault.at = sim_random_between (random, 2500, self->length);
  fault.moment = SIM_N_MOMENTS;
  if (fault.kind != SIM_FAULT_HAND_OVER)
    fault.who = draw_who (random);
  else
    fault.who = (guint) sim_random_between (random, SIM_WHO_1, SIM_WHO_2);
  fault.amount = 0;
  add (self, fault);
}

/* A member is exchanged, and perhaps it was lost a good while before. */
static void
add_strict_exchange (SimSchedule *self, SimRandom *random)
{
  SimFault fault = draw_replacement (random, 7000, 8500);

  self->strict = TRUE;
  self->delay = MIN (self->delay, 5);
  self->length = 11000;
  add (self, fault);
  if (sim_random_chance (random, 50))
    return;
  fault.kind = sim_random_chance (random, 50) ? SIM_FAULT_CRASH : SIM_FAULT_ISOLATE;
  fault.who = g_array_index (self->faults, SimFault, 0).who
      = (guint) sim_random_between (random, SIM_WHO_1, SIM_WHO_3);
  fault.at = sim_random_between (random, 2000, 3500);
  fault.lasts = self->length - fault.at + sim_random_between (random, -2500, 0);
  fault.breaks = TRUE;
  fault.amount = 0;
  add (self, fault);
}

SimSchedule *
sim_schedule_new (guint64 seed, SimBreak breaks)
{
  SimSchedule *self = g_new0 (SimSchedule, 1);
  SimRandom random = sim_random_stream (seed, STREAM_SCHEDULE);
  static const gint64 delays[] = { 0, 0, 1, 2, 5, 20 };
  gboolean exchanges;
  gint64 n;

  self->seed = seed;
  self->election_ms = SIM_ELECTION_MS;
  self->faults = g_array_new (FALSE, FALSE, sizeof (SimFault));
  self->length = sim_random_between (&random, 3000, 7000);
  self->delay = delays[sim_random_between (&random, 0, G_N_ELEMENTS (delays) - 1)];
  self->manual = sim_random_chance (&random, 20);
  if (sim_random_chance (&random, 15))
    {
      if (sim_random_chance (&random, 25))
        add_strict_exchange (self, &random);
      else
        add_strict (self, &random);
      g_array_sort (self->faults, compare_faults);
      return self;
    }
  if (sim_random_chance (&random, breaks != SIM_BREAK_NOTHING ? 70 : 30))
    sim_plot_add (self, &random, breaks);
  exchanges = sim_random_chance (&random, 35);
  n = sim_random_between (&random, 0, self->faults->len > 0 ? 2 : 10);
  while (n-- > 0)
    add (self, draw_fault (&random, self->length, exchanges));
  for (n = exchanges ? sim_random_between (&random, 1, 3) : 0; n > 0; n--)
    add (self, draw_replacement (&random, 1000, self->length));
  g_array_sort (self->faults, compare_faults);
  return self;
}

SimSchedule *
sim_schedule_copy (const SimSchedule *self)
{
  SimSchedule *copy = g_new0 (SimSchedule, 1);

  *copy = *self;
  copy->faults = g_array_copy (self->faults);
  return copy;
}

void
sim_schedule_free (SimSchedule *self)
{
  g_array_unref (self->faults);
  g_free (self);
}

/* --- words --- */

static void
append_who (GString *text, guint who)
{
  if (who < SIM_N_WHO)
    g_string_append_printf (text, " %s", who_words[who]);
  else
    g_string_append_printf (text, " whom [%u] struck", who - SIM_N_WHO);
}

static void
describe_who (GString *text, const SimFault *fault)
{
  if (fault->kind == SIM_FAULT_CRASH_ALL || fault->kind == SIM_FAULT_GIVE_BACK
      || fault->kind == SIM_FAULT_NOTHING || fault->kind == SIM_FAULT_UNPLUG_CLIENT)
    return;
  append_who (text, fault->who);
  if (fault->kind == SIM_FAULT_CUT_CLIENT)
    g_string_append_printf (text, " and client %u", fault->other);
  else if (fault->kind == SIM_FAULT_CUT || fault->kind == SIM_FAULT_CUT_ONE_WAY
           || fault->kind == SIM_FAULT_LOSS || fault->kind == SIM_FAULT_DELAY
           || fault->kind == SIM_FAULT_RESET || fault->kind == SIM_FAULT_STRAY)
    {
      g_string_append (text, " and");
      append_who (text, fault->other);
    }
}

static void
describe_fault (GString *text, const SimFault *fault)
{
  g_string_append_printf (text, "  %6" G_GINT64_FORMAT " ms  ", fault->at);
  if (fault->after != 0)
    g_string_append_printf (text, "after [%u] ", fault->after);
  if (fault->id != 0)
    g_string_append_printf (text, "[%u] ", fault->id);
  g_string_append (text, kind_words[fault->kind]);
  describe_who (text, fault);
  if (fault->moment != SIM_N_MOMENTS)
    g_string_append_printf (text, ", %s", moment_words[fault->moment]);
  if (fault->lasts > 0)
    g_string_append_printf (text, ", for %" G_GINT64_FORMAT " ms", fault->lasts);
  if (fault->amount == G_MAXINT64)
    g_string_append (text, ", until given back");
  else if (fault->amount != 0)
    g_string_append_printf (text, ", by %" G_GINT64_FORMAT, fault->amount);
  g_string_append (text, fault->breaks ? ", breaking connections\n" : "\n");
}

char *
sim_schedule_describe (const SimSchedule *self)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text,
                          "seed %" G_GUINT64_FORMAT ": %" G_GINT64_FORMAT
                          " ms, E %u ms, network up to %" G_GINT64_FORMAT " ms, failback %s%s\n",
                          self->seed, self->length, self->election_ms, self->delay,
                          self->manual ? "manual" : "automatic", self->strict ? ", strict" : "");
  for (guint i = 0; i < self->faults->len; i++)
    describe_fault (text, &g_array_index (self->faults, SimFault, i));
  return g_string_free (text, FALSE);
}
