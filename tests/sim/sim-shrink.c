/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-schedule.h"

/* A failing schedule is made smaller: faults are taken away, first half of them at a time, then one
 * by one; then the rest is made shorter. */

static gboolean
fails (const SimSchedule *schedule, SimBreak breaks)
{
  SimStats stats = { 0 };
  g_autofree char *violation = sim_schedule_run (schedule, breaks, &stats, NULL);

  return violation != NULL;
}

/* Tries without @n faults from @i on; keeps that if it still fails. */
static gboolean
try_without (SimSchedule **schedule, SimBreak breaks, guint i, guint n)
{
  SimSchedule *smaller = sim_schedule_copy (*schedule);

  g_array_remove_range (smaller->faults, i, n);
  if (!fails (smaller, breaks))
    {
      sim_schedule_free (smaller);
      return FALSE;
    }
  sim_schedule_free (*schedule);
  *schedule = smaller;
  return TRUE;
}

static void
remove_faults (SimSchedule **schedule, SimBreak breaks)
{
  for (guint n = MAX ((*schedule)->faults->len / 2, 1); n > 0; n /= 2)
    for (guint i = 0; i + n <= (*schedule)->faults->len;)
      if (!try_without (schedule, breaks, i, n))
        i += n;
}

static void
shorten (SimSchedule **schedule, SimBreak breaks)
{
  for (guint i = 0; i < (*schedule)->faults->len; i++)
    for (guint step = 0; step < 6; step++)
      {
        SimSchedule *smaller = sim_schedule_copy (*schedule);
        SimFault *fault = &g_array_index (smaller->faults, SimFault, i);

        fault->lasts /= 2;
        if (fault->lasts < 10 || !fails (smaller, breaks))
          {
            sim_schedule_free (smaller);
            break;
          }
        sim_schedule_free (*schedule);
        *schedule = smaller;
      }
}

SimSchedule *
sim_schedule_shrink (const SimSchedule *self, SimBreak breaks)
{
  SimSchedule *schedule = sim_schedule_copy (self);

  remove_faults (&schedule, breaks);
  shorten (&schedule, breaks);
  remove_faults (&schedule, breaks);
  return schedule;
}
