/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "client/trias-alarm.h"
#include "client/trias-triad-words.h"
#include "triad-said.h"

#include <string.h>

/* What a person is told without having asked, and what each server's state is explained by. */

typedef struct
{
  TriadSaid said[TRIAS_MAX_MEMBERS];
  gboolean reached;
} Situation;

static const Situation well = {
  { { 0, 0, S | T, ALL_LINKS, S | T, TRUE, 3, -1 },
    { 1, 0, P | T, ALL_LINKS, P | T, TRUE, 3, -1 },
    { 2, 0, P | S, ALL_LINKS, P | S, TRUE, 3, -1 } },
  TRUE,
};
static const Situation primary_cut_off = {
  { { 0, 1, 0, 4u, 0, FALSE, 3, -1 },
    { 1, 1, T, 4u, T, TRUE, 4, -1 },
    { 2, 1, S, 4u, S, TRUE, 4, -1 } },
  TRUE,
};
static const Situation secondary_serves = {
  { { 0, 1, S | T, ALL_LINKS, S | T, TRUE, 3, -1 },
    { 1, 1, P | T, ALL_LINKS, P | T, TRUE, 3, -1 },
    { 2, 1, P | S, ALL_LINKS, P | S, TRUE, 3, -1 } },
  TRUE,
};
static const Situation nobody = {
  { { 0, -1, 0, 0, 0, FALSE, 3, 0 },
    { 1, -1, 0, 0, 0, FALSE, 3, 0 },
    { 2, -1, 0, 0, 0, FALSE, 3, 0 } },
  TRUE,
};
static const Situation out_of_reach = {
  { { 0, 0, S | T, ALL_LINKS, S | T, TRUE, 3, -1 },
    { 1, 0, P | T, ALL_LINKS, P | T, TRUE, 3, -1 },
    { 2, 0, P | S, ALL_LINKS, P | S, TRUE, 3, -1 } },
  FALSE,
};

static TriasTriad *
triad_in (const Situation *situation)
{
  TriasTriad *triad = trias_triad_new ("rel");
  TriasMemberSource sources[TRIAS_MAX_MEMBERS] = { { NULL } };

  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    sources[i]
        = (TriasMemberSource){ NULL, triad_said_read (&situation->said[i]), situation->reached };
  trias_triad_update (triad, sources);
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    g_object_unref (sources[i].info);
  return triad;
}

static TriasAlarm
alarm_in (const Situation *situation)
{
  g_autoptr (TriasTriad) triad = triad_in (situation);
  TriasAlarm alarm = trias_alarm_of_triad (triad);

  trias_triad_end (triad);
  return alarm;
}

/* Redundancy lost, service lost, and not knowing are three things. */
static void
test_of_triad (void)
{
  g_assert_cmpint (alarm_in (&well), ==, TRIAS_ALARM_NONE);
  g_assert_cmpint (alarm_in (&secondary_serves), ==, TRIAS_ALARM_NONE);
  g_assert_cmpint (alarm_in (&primary_cut_off), ==, TRIAS_ALARM_WEAKENED);
  g_assert_cmpint (alarm_in (&nobody), ==, TRIAS_ALARM_STANDSTILL);
  g_assert_cmpint (alarm_in (&out_of_reach), ==, TRIAS_ALARM_OUT_OF_REACH);
}

static void
test_settle (void)
{
  TriasAlarmState state = { 0 };

  g_assert_false (trias_alarm_settle (&state, TRIAS_ALARM_NONE, 0));
  g_assert_false (trias_alarm_is_pending (&state));
  /* A take-over: nobody serves for a moment, then it is only weakened. */
  g_assert_false (trias_alarm_settle (&state, TRIAS_ALARM_STANDSTILL, 1000));
  g_assert_true (trias_alarm_is_pending (&state));
  g_assert_false (trias_alarm_settle (&state, TRIAS_ALARM_WEAKENED, 2000));
  g_assert_false (trias_alarm_settle (&state, TRIAS_ALARM_WEAKENED, 6900));
  g_assert_true (trias_alarm_settle (&state, TRIAS_ALARM_WEAKENED, 7000));
  g_assert_false (trias_alarm_settle (&state, TRIAS_ALARM_WEAKENED, 60000));
  /* Worse, and well again. */
  g_assert_false (trias_alarm_settle (&state, TRIAS_ALARM_STANDSTILL, 61000));
  g_assert_true (trias_alarm_settle (&state, TRIAS_ALARM_STANDSTILL, 64000));
  g_assert_false (trias_alarm_settle (&state, TRIAS_ALARM_NONE, 70000));
  g_assert_true (trias_alarm_settle (&state, TRIAS_ALARM_NONE, 75000));
  g_assert_false (trias_alarm_is_pending (&state));
}

/* A flicker that is over before it was told is not told. */
static void
test_flicker (void)
{
  TriasAlarmState state = { 0 };

  for (gint64 now = 0; now < 100000; now += 4000)
    g_assert_false (trias_alarm_settle (
        &state, now % 8000 == 0 ? TRIAS_ALARM_WEAKENED : TRIAS_ALARM_NONE, now));
}

/* --- why --- */

static void
assert_why (const Situation *situation, guint rank, const char *text)
{
  g_autoptr (TriasTriad) triad = triad_in (situation);
  g_autofree char *why = trias_triad_words_why_member (trias_triad_get_member (triad, rank), 0);

  if (strstr (why, text) == NULL)
    g_error ("“%s” is not in: %s", text, why);
  trias_triad_end (triad);
}

static void
test_why (void)
{
  assert_why (&well, 0, "“druck-a” is the active server");
  assert_why (&well, 0, "If it fails, “druck-b” takes over by itself.");
  assert_why (&well, 1, "takes over if that one fails");
  assert_why (&well, 2, "never serves clients itself");
  assert_why (&primary_cut_off, 1, "If it fails now, nobody can take over");
  assert_why (&secondary_serves, 0, "becomes active by itself once it has been steady");
  assert_why (&nobody, 1, "reaches neither of the other two");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/alarm/of-triad", test_of_triad);
  g_test_add_func ("/alarm/settle", test_settle);
  g_test_add_func ("/alarm/flicker", test_flicker);
  g_test_add_func ("/alarm/why", test_why);
  return g_test_run ();
}
