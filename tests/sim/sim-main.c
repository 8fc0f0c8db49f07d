/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-breaks.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Runs many schedules and prints what happened; a violation ends it, with its seed. */

static gint64 option_seed = 0, option_schedules = 1000;
static gboolean option_shrink, option_trace, option_minimum, option_continue;
static char *option_break;

static const GOptionEntry entries[] = {
  { "seed", 's', 0, G_OPTION_ARG_INT64, &option_seed, "First seed (default: drawn)", "N" },
  { "schedules", 'n', 0, G_OPTION_ARG_INT64, &option_schedules, "How many (default 1000)", "N" },
  { "break", 'b', 0, G_OPTION_ARG_STRING, &option_break, "Break this rule", "RULE" },
  { "shrink", 0, 0, G_OPTION_ARG_NONE, &option_shrink, "Make a failing schedule smaller", NULL },
  { "trace", 't', 0, G_OPTION_ARG_NONE, &option_trace, "Tell the whole story of a failure", NULL },
  { "live", 'l', 0, G_OPTION_ARG_NONE, &sim_world_live, "Tell it while it happens", NULL },
  { "continue", 'c', 0, G_OPTION_ARG_NONE, &option_continue, "Go on after a violation", NULL },
  { "minimum", 'm', 0, G_OPTION_ARG_NONE, &option_minimum,
    "Fail if too little happened for the number of schedules", NULL },
  { NULL },
};

static void
print_stats (const SimStats *stats, double seconds)
{
  g_print ("# %" G_GUINT64_FORMAT " schedules in %.1f s (%.0f/s), %" G_GUINT64_FORMAT " turns\n",
           stats->schedules, seconds, (double) stats->schedules / MAX (seconds, 0.001),
           stats->turns);
  g_print ("# faults %" G_GUINT64_FORMAT ", crashes %" G_GUINT64_FORMAT
           ", old or blank disks %" G_GUINT64_FORMAT ", engines opened anew %" G_GUINT64_FORMAT
           "\n",
           stats->faults, stats->crashes, stats->old_images, stats->failed);
  g_print ("# elections %" G_GUINT64_FORMAT ", changes of the active member %" G_GUINT64_FORMAT
           ", handovers asked for %" G_GUINT64_FORMAT ", snapshots %" G_GUINT64_FORMAT "\n",
           stats->elections, stats->failovers, stats->handovers, stats->snapshots);
  g_print ("# replacements sealed %" G_GUINT64_FORMAT ", by a former member %" G_GUINT64_FORMAT
           ", seals applied %" G_GUINT64_FORMAT ", members left %" G_GUINT64_FORMAT
           ", commands behind a seal %" G_GUINT64_FORMAT
           ", disks of an incarnation before %" G_GUINT64_FORMAT "\n",
           stats->replaced, stats->returned, stats->seals, stats->left, stats->behind,
           stats->far_back);
  g_print ("# entries applied %" G_GUINT64_FORMAT ", grants %" G_GUINT64_FORMAT
           ", renewals %" G_GUINT64_FORMAT ", releases %" G_GUINT64_FORMAT
           ", denied %" G_GUINT64_FORMAT ", denied by rule %" G_GUINT64_FORMAT
           ", expired %" G_GUINT64_FORMAT ", lost by time %" G_GUINT64_FORMAT
           ", expiries after a renewal %" G_GUINT64_FORMAT "\n",
           stats->entries, stats->grants, stats->renewals, stats->releases, stats->denied,
           stats->rule_denied, stats->expired, stats->lost, stats->late_expiries);
}

static void
report (const SimSchedule *schedule, SimBreak breaks, const char *violation)
{
  g_autoptr (SimSchedule) small = NULL;
  g_autofree char *text = NULL;
  SimStats stats = { 0 };

  g_print ("# VIOLATION, seed %" G_GUINT64_FORMAT ": %s\n", schedule->seed, violation);
  small = option_shrink ? sim_schedule_shrink (schedule, breaks) : sim_schedule_copy (schedule);
  text = sim_schedule_describe (small);
  g_print ("%s", text);
  if (option_shrink || option_trace)
    {
      g_autofree char *trace = NULL;
      g_autofree char *why = sim_schedule_run (small, breaks, &stats, &trace);

      if (option_trace)
        g_print ("%s", trace);
      g_print ("# %s\n", why);
    }
}

/* A run in which nothing happens finds nothing. */
static gboolean
is_enough (const SimStats *stats)
{
  guint64 n = stats->schedules;

  return stats->failovers >= n / 2 && stats->grants >= 3 * n && stats->crashes >= n / 2
         && stats->elections >= 2 * n && stats->handovers >= n / 5 && stats->denied >= n
         && stats->rule_denied >= n && stats->renewals >= n && stats->old_images >= n / 60
         && stats->snapshots >= n / 2 && stats->expired >= n / 10 && stats->seals >= n / 4
         && stats->left >= n / 8;
}

/* The engine itself may not survive a schedule: its seed is told all the same. */
static volatile guint64 present;

static void
crashed (int number)
{
  char text[] = "# CRASH, seed 00000000000000000000\n";
  guint64 seed = present;

  for (gsize i = sizeof text - 3; text[i] == '0'; i--, seed /= 10)
    text[i] = (char) ('0' + seed % 10);
  if (write (STDOUT_FILENO, text, sizeof text - 1) < 0)
    _exit (EXIT_FAILURE);
  signal (number, SIG_DFL);
  raise (number);
}

static guint
run_all (SimBreak breaks, SimStats *stats)
{
  guint violations = 0;

  for (gint64 i = 0; i < option_schedules; i++)
    {
      g_autoptr (SimSchedule) schedule = sim_schedule_new ((guint64) (option_seed + i), breaks);
      g_autofree char *trace = NULL;
      g_autofree char *violation = NULL;

      present = schedule->seed;
      violation = sim_schedule_run (schedule, breaks, stats, sim_world_live ? &trace : NULL);

      if (violation == NULL)
        continue;
      violations++;
      report (schedule, breaks, violation);
      if (!option_continue)
        break;
    }
  return violations;
}

int
main (int argc, char *argv[])
{
  g_autoptr (GOptionContext) context = g_option_context_new ("- simulate triads");
  g_autoptr (GError) error = NULL;
  SimStats stats = { 0 };
  SimBreak breaks = SIM_BREAK_NOTHING;
  gint64 begun = g_get_monotonic_time ();
  guint violations;
  double seconds;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)
      || (option_break != NULL && !sim_break_from_word (option_break, &breaks)))
    {
      g_printerr ("%s\n", error != NULL ? error->message : "No such rule.");
      return EXIT_FAILURE;
    }
  signal (SIGSEGV, crashed);
  signal (SIGABRT, crashed);
  if (option_seed == 0)
    option_seed = g_random_int ();
  g_print ("# seeds from %" G_GINT64_FORMAT "\n", option_seed);
  violations = run_all (breaks, &stats);
  seconds = (double) (g_get_monotonic_time () - begun) / G_TIME_SPAN_SECOND;
  print_stats (&stats, seconds);
  if (violations > 0)
    return EXIT_FAILURE;
  if (option_minimum && !is_enough (&stats))
    {
      g_print ("# too little happened\n");
      return EXIT_FAILURE;
    }
  g_print ("# no violation\n");
  return EXIT_SUCCESS;
}
