/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-breaks.h"

/* Each rule is broken on purpose: the simulation must notice, or it could not be believed when it
 * notices nothing. */

/* So many schedules at most; most are found within the first hundred. */
#define SCHEDULES 2000

static void
test_is_noticed (gconstpointer data)
{
  SimBreak breaks = GPOINTER_TO_UINT (data);
  SimStats stats = { 0 };

  for (guint64 seed = 1; seed <= SCHEDULES; seed++)
    {
      g_autoptr (SimSchedule) schedule = sim_schedule_new (seed, breaks);
      g_autofree char *violation = sim_schedule_run (schedule, breaks, &stats, NULL);

      if (violation == NULL)
        continue;
      g_test_message ("without %s, seed %" G_GUINT64_FORMAT ": %s", sim_break_to_word (breaks),
                      seed, violation);
      return;
    }
  g_test_fail_printf ("%s: not noticed within %d schedules", sim_break_to_word (breaks), SCHEDULES);
}

/* The others (--break) are second lines of defence: what they keep off, another rule keeps off too.
 */
static const SimBreak rules[] = {
  SIM_BREAK_GUARD_1,         SIM_BREAK_WITHHOLD,
  SIM_BREAK_GUARD_2,         SIM_BREAK_LEASE,
  SIM_BREAK_TERTIARY,        SIM_BREAK_TRANSFER_LEASE,
  SIM_BREAK_BLANK_VOTES,     SIM_BREAK_EARLY_ANSWER,
  SIM_BREAK_OLD_IMAGE_VOTES, SIM_BREAK_EXPIRY_GENERATION,
  SIM_BREAK_SEALED_SERVES,   SIM_BREAK_BLANK_BASE,
  SIM_BREAK_EARLY_SEAL,      SIM_BREAK_BEHIND_SEAL,
};

/* Thousands of lines that nobody reads. */
static void
drop_log (const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_handler ("trias-raft", G_LOG_LEVEL_DEBUG, drop_log, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (rules); i++)
    {
      g_autofree char *path = g_strdup_printf ("/sim/broken/%s", sim_break_to_word (rules[i]));

      g_test_add_data_func (path, GUINT_TO_POINTER (rules[i]), test_is_noticed);
    }
  return g_test_run ();
}
