/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Three members in one process, each with real disk files, linked by sockets. */

#include "config.h"

#include <signal.h>
#include <string.h>
#include <sys/resource.h>

#include "triad-fixture.h"

static Triad *
triad_running (void)
{
  Triad *triad = triad_new ();

  for (guint slot = 1; slot <= 3; slot++)
    triad_up (triad, slot);
  triad_until_active (triad, 1);
  return triad;
}

static char *
expected (guint first, guint last)
{
  GString *state = g_string_new (NULL);

  for (guint i = first; i <= last; i++)
    g_string_append_printf (state, "%u;", i);
  return g_string_free (state, FALSE);
}

static void
test_order (void)
{
  Triad *triad = triad_running ();
  g_autofree char *want = expected (1, 500);
  TriasJournalStatus status;

  for (guint i = 0; i < 50; i++)
    {
      triad_append (triad, 1, 10);
      triad_run (1);
    }
  triad_until_applied (triad, 1, 500);
  triad_until_equal (triad);
  for (guint slot = 1; slot <= 3; slot++)
    g_assert_cmpstr (triad->members[slot].state->str, ==, want);
  triad_status (triad, 1, &status);
  g_assert_true (status.active && status.leading && status.quorum);
  g_assert_cmpint (status.lease_left_ms, >, 0);
  g_assert_cmpint (status.lease_left_ms, <=, 270);
  for (guint i = 0; i < 3; i++)
    g_assert_true (status.members[i].contact);
  triad_status (triad, 2, &status);
  g_assert_false (status.active);
  g_assert_cmpuint (status.leader, ==, 1);
  g_assert_cmpuint (triad->members[1].refused, ==, 0);
  triad_free (triad);
}

static void
test_mirror (void)
{
  Triad *triad = triad_new ();

  triad_up (triad, 1);
  /* Local records need no quorum. */
  trias_journal_touch (triad->members[1].journal, TRUE);
  UNTIL (triad->members[1].fills == 1);
  trias_journal_touch (triad->members[1].journal, FALSE);
  UNTIL (triad->members[1].fills == 2);
  trias_journal_touch (triad->members[1].journal, FALSE);
  triad_down (triad, 1);
  g_assert_cmpuint (triad->members[1].fills, ==, 3);
  triad_free (triad);
}

static void
test_refuses (void)
{
  Triad *triad = triad_running ();

  triad_append (triad, 2, 3);
  g_assert_cmpuint (triad->members[2].refused, ==, 0); /* never at once */
  UNTIL (triad->members[2].refused == 3);
  g_assert_cmpint (triad->members[2].reason, ==, TRIAS_REASON_NOT_ACTIVE);
  /* One alone: what was on its way is unknown, and then nobody is active. */
  triad_down (triad, 2);
  triad_down (triad, 3);
  triad_append (triad, 1, 1);
  UNTIL (triad_active (triad) == 0);
  UNTIL (triad->members[1].refused == 1);
  g_assert_cmpuint (triad->members[1].unknown, ==, 1);
  UNTIL ((triad_append (triad, 1, 1), triad_run (5),
          triad->members[1].reason == TRIAS_REASON_NO_QUORUM));
  triad_free (triad);
}

static void
test_restart (void)
{
  Triad *triad = triad_running ();
  g_autofree char *want = expected (1, 300);
  gint64 start;

  triad_append (triad, 1, 100);
  triad_until_applied (triad, 1, 100);
  /* Two of three go on without the primary; it comes back and leads again. */
  triad_down (triad, 1);
  start = g_get_monotonic_time ();
  triad_until_active (triad, 2);
  g_test_message ("the secondary took over after %" G_GINT64_FORMAT " ms",
                  (g_get_monotonic_time () - start) / G_TIME_SPAN_MILLISECOND);
  triad_append (triad, 2, 100);
  triad_until_applied (triad, 2, 100);
  triad_up (triad, 1);
  triad_until_equal (triad);
  triad_until_active (triad, 1);
  /* All at once. */
  for (guint slot = 1; slot <= 3; slot++)
    triad_down (triad, slot);
  for (guint slot = 1; slot <= 3; slot++)
    triad_up (triad, slot);
  triad_until_active (triad, 1);
  triad_append (triad, 1, 100);
  triad_until_applied (triad, 1, 200);
  triad_until_equal (triad);
  g_assert_cmpstr (triad->members[1].state->str, ==, want);
  triad_free (triad);
}

static void
test_snapshot (void)
{
  Triad *triad = triad_running ();
  g_autofree char *want = NULL;

  triad_down (triad, 3);
  /* One command an entry: more than a snapshot leaves behind. */
  for (guint i = 1; i <= 5500; i++)
    {
      triad_until_active (triad, 1);
      triad_append (triad, 1, 1);
      while (triad->members[1].applied < i)
        g_main_context_iteration (NULL, TRUE);
    }
  triad_up (triad, 3);
  UNTIL (triad->members[3].restored == 1);
  triad_until_equal (triad);
  want = expected (1, 5500);
  g_assert_cmpstr (triad->members[3].state->str, ==, want);
  /* A restart begins with the own snapshot. */
  triad_down (triad, 3);
  triad_up (triad, 3);
  UNTIL (triad->members[3].restored == 2);
  triad_until_equal (triad);
  g_assert_cmpstr (triad->members[3].state->str, ==, want);
  triad_free (triad);
}

static void
test_handover (void)
{
  Triad *triad = triad_running ();
  g_autoptr (GError) error = NULL;
  TriasJournalStatus status;
  gint64 start, gap;

  triad_append (triad, 1, 10);
  triad_until_applied (triad, 1, 10);
  g_assert_false (trias_journal_raft_hand_over (triad->members[2].journal, 1, 0, &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_NOT_ACTIVE);
  g_clear_error (&error);
  g_assert_true (trias_journal_raft_hand_over (triad->members[1].journal, 2, G_MAXINT64, &error));
  g_assert_no_error (error);
  while (triad_active (triad) == 1)
    g_main_context_iteration (NULL, TRUE);
  start = g_get_monotonic_time ();
  while (triad_active (triad) != 2 && g_get_monotonic_time () - start < 5 * G_TIME_SPAN_SECOND)
    g_main_context_iteration (NULL, TRUE);
  gap = g_get_monotonic_time () - start;
  g_test_message ("nobody was active for %.1f ms", (double) gap / 1000);
  g_assert_cmpuint (triad_active (triad), ==, 2);
  g_assert_cmpint (gap, <, 200 * G_TIME_SPAN_MILLISECOND);
  triad_append (triad, 2, 10);
  triad_until_applied (triad, 2, 10);
  UNTIL ((triad_status (triad, 3, &status), status.pinned == 2));
  g_assert_cmpint (status.pinned_until, ==, G_MAXINT64);
  /* Given back on any member. */
  trias_journal_raft_give_back (triad->members[3].journal);
  triad_until_active (triad, 1);
  UNTIL ((triad_status (triad, 2, &status), status.pinned == 0));
  triad_free (triad);
}

/* A lead that was given back once is not given back again by somebody who starts later. */
static void
test_given_back (void)
{
  Triad *triad = triad_new ();
  TriasJournalStatus status;
  guint64 last;

  triad->manual = TRUE;
  for (guint slot = 1; slot <= 3; slot++)
    triad_up (triad, slot);
  UNTIL (triad_active (triad) != 0);
  if (triad_active (triad) == 1)
    g_assert_true (trias_journal_raft_hand_over (triad->members[1].journal, 2, G_MAXINT64, NULL));
  triad_until_active (triad, 2);
  UNTIL ((triad_status (triad, 3, &status), status.pinned == 2));
  trias_journal_raft_give_back (triad->members[3].journal);
  triad_until_active (triad, 1);
  triad_down (triad, 2);
  triad_up (triad, 2);
  UNTIL ((triad_status (triad, 1, &status),
          status.members[1].contact_since != 0 && status.members[1].caught_up));
  UNTIL (trias_journal_raft_hand_over (triad->members[1].journal, 2, 0, NULL));
  triad_until_active (triad, 2);
  triad_status (triad, 2, &status);
  last = status.last_index;
  /* Confirmations of its lease. */
  UNTIL ((triad_status (triad, 2, &status), status.last_index >= last + 20));
  g_assert_cmpuint (triad_active (triad), ==, 2);
  triad_free (triad);
}

static void
test_drill (void)
{
  Triad *triad = triad_running ();
  TriasJournalStatus status;
  gint64 now;

  triad_status (triad, 1, &status);
  now = status.members[1].last_contact;
  trias_journal_raft_set_quiet (triad->members[1].journal, now + 3000);
  triad_until_active (triad, 2);
  triad_append (triad, 2, 5);
  triad_until_applied (triad, 2, 5);
  /* Ended by its own timer; after the hold-down it leads again. */
  triad_until_active (triad, 1);
  triad_until_equal (triad);
  triad_free (triad);
}

static void
test_cut (void)
{
  Triad *triad = triad_running ();
  TriasJournalStatus status;

  /* P–S cut while P leads: nothing happens. */
  triad_cut (triad, 1, 2);
  for (guint i = 0; i < 20; i++)
    {
      /* On a busy machine its lease may run out for a moment. */
      triad_until_active (triad, 1);
      triad_append (triad, 1, 1);
      triad_run (50);
    }
  triad_until_applied (triad, 1, 20);
  triad_until_active (triad, 1);
  triad_status (triad, 1, &status);
  g_assert_cmpuint (status.members[2].hears & (1u << 2), !=, 0);
  triad_join (triad, 1, 2);
  triad_until_equal (triad);
  /* P alone: S takes over with T, P is not active before that. */
  triad_cut (triad, 1, 2);
  triad_cut (triad, 1, 3);
  triad_until_active (triad, 2);
  triad_join (triad, 1, 2);
  triad_join (triad, 1, 3);
  triad_until_active (triad, 1);
  triad_free (triad);
}

/* What a member that is broken, or newer than it should be, may send: libraft's own reader would
 * take the process down. */
static void
test_garbage (void)
{
  static const guint64 hostile[][12] = {
    { 1, 0 },                                  /* nothing */
    { 1, G_MAXUINT64 },                        /* endless */
    { 1, 48, 9, 1, 1, 1, G_MAXUINT64, 0, 0 },  /* more entries than there is room for */
    { 1, 56, 9, 1, 1, 1, 1, 1, 0x0700000001 }, /* an entry whose size is no multiple of 8 */
    { 1, 56, 9, 1, 1, 1, 1, 1, 0x0000000001 }, /* … that is empty */
    { 1, 56, 9, 1, 1, 1, 1, 1, 0x0800000009 }, /* … of no kind */
    { 1, 56, 9, 1, 1, 1, 1, 1, 0x0800000003 }, /* … that changes the members */
    { 2, 8, 9, 9 },                            /* too short */
    { 3, 40, 99, 2, 99, 99, 0 },               /* a vote in the name of another */
    { 3, 40, G_MAXUINT64, 3, 99, 99, 0 },      /* a term that nobody can follow */
    { 5, 48, 9, 9, 9, 1, G_MAXUINT64, 0 },     /* members without end */
    { 5, 96, 9, 9, 9, 1, 48, 1, 1, 1, 1, 1 },  /* other members */
    { 7, 24, 1, 1, 1 },                        /* no message */
    { G_MAXUINT64, 24, 1, 1, 1 },
  };
  Triad *triad = triad_running ();
  TriasJournalStatus before, after;

  triad_status (triad, 2, &before);
  for (guint i = 0; i < G_N_ELEMENTS (hostile); i++)
    {
      guint64 words[12];

      for (guint n = 0; n < 12; n++)
        words[n] = GUINT64_TO_LE (hostile[i][n]);
      triad_send (triad, 3, 2, words, sizeof words);
    }
  for (guint round = 0; round < 300; round++)
    {
      guint8 bytes[512];
      gsize length = (gsize) g_test_rand_int_range (1, sizeof bytes);

      for (gsize n = 0; n < length; n++)
        bytes[n] = (guint8) g_test_rand_int_range (0, 256);
      if (round % 2 == 0)
        {
          guint64 preamble[2] = { GUINT64_TO_LE ((guint64) g_test_rand_int_range (1, 7)),
                                  GUINT64_TO_LE ((guint64) g_test_rand_int_range (24, 496)) };

          memcpy (bytes, preamble, MIN (length, sizeof preamble));
        }
      triad_send (triad, 3, 2, bytes, length);
    }
  triad_append (triad, 1, 10);
  triad_until_applied (triad, 1, 10);
  triad_until_equal (triad);
  triad_status (triad, 2, &after);
  g_assert_cmpuint (after.term, ==, before.term);
  for (guint slot = 1; slot <= 3; slot++)
    g_assert_cmpuint (triad->members[slot].failed, ==, 0);
  triad_free (triad);
}

/* A member whose disk was replaced helps nobody to lead before it holds again what it once had. */
static void
test_blank_disk (void)
{
  Triad *triad = triad_running ();
  TriasJournalStatus status;

  triad_append (triad, 1, 20);
  triad_until_applied (triad, 1, 20);
  triad_until_equal (triad);
  /* The others keep what they know of it for more than a second, and on their disks. */
  triad_run (2500);
  for (guint slot = 1; slot <= 3; slot++)
    triad_down (triad, slot);
  triad_wipe (triad, 3);
  triad_up (triad, 1);
  triad_up (triad, 3);
  UNTIL ((triad_status (triad, 3, &status), status.muted));
  UNTIL ((triad_status (triad, 1, &status), status.members[2].muted));
  for (guint i = 0; i < 30; i++)
    {
      triad_run (100);
      g_assert_cmpuint (triad_active (triad), ==, 0);
    }
  /* With the third one there are two honest disks, and what was lost is copied. */
  triad_up (triad, 2);
  triad_until_active (triad, 1);
  UNTIL ((triad_status (triad, 3, &status), status.applied > 0 && !status.muted));
  triad_until_equal (triad);
  triad_down (triad, 2);
  triad_append (triad, 1, 5);
  triad_until_applied (triad, 1, 25);
  triad_free (triad);
}

/* … and acknowledges nothing before both others have told what they know, however often it is
 * started meanwhile. */
static void
test_blank_disk_restarted (void)
{
  Triad *triad = triad_running ();
  TriasJournalStatus status;

  triad_append (triad, 1, 20);
  triad_until_applied (triad, 1, 20);
  triad_until_equal (triad);
  triad_down (triad, 3);
  triad_wipe (triad, 3);
  triad_cut (triad, 2, 3);
  for (guint start = 0; start < 3; start++)
    {
      triad_up (triad, 3);
      UNTIL ((triad_status (triad, 3, &status), status.members[0].contact));
      triad_run (1000);
      triad_status (triad, 3, &status);
      g_assert_cmpuint (status.last_index, <=, 1);
      if (start < 2)
        triad_down (triad, 3);
    }
  triad_join (triad, 2, 3);
  UNTIL ((triad_status (triad, 3, &status), status.applied > 0));
  triad_until_equal (triad);
  /* What it holds now is a log like any other. */
  triad_down (triad, 3);
  triad_cut (triad, 2, 3);
  triad_up (triad, 3);
  triad_until_active (triad, 1);
  triad_append (triad, 1, 5);
  UNTIL ((triad_status (triad, 3, &status), status.members[0].contact && status.applied > 20));
  triad_free (triad);
}

/* The disk refuses: the owner is told, and opens the journal anew when it can. */
static void
test_disk_refuses (void)
{
  Triad *triad = triad_new ();
  struct rlimit limit, small;

  triad_up (triad, 1);
  triad_up (triad, 2);
  triad_until_active (triad, 1);
  triad_append (triad, 1, 10);
  triad_until_applied (triad, 1, 10);
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  small = limit;
  small.rlim_cur = 4096;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &small), ==, 0);
  triad_up (triad, 3);
  UNTIL (triad->members[3].failed == 1);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  g_assert_false (trias_journal_is_active (triad->members[3].journal));
  triad_append (triad, 3, 1);
  UNTIL (triad->members[3].refused == 1);
  triad_down (triad, 3);
  triad_up (triad, 3);
  triad_until_equal (triad);
  g_assert_cmpuint (triad->members[3].failed, ==, 1);
  g_assert_cmpuint (triad_active (triad), ==, 1);
  triad_free (triad);
}

static void
disturb (Triad *triad)
{
  guint a = (guint) g_test_rand_int_range (1, 4), b = a % 3 + 1;

  switch (g_test_rand_int_range (0, 4))
    {
    case 0:
      /* One at most is down. */
      for (guint slot = 1; slot <= 3; slot++)
        if (triad->members[slot].journal == NULL)
          triad_up (triad, slot);
      triad_down (triad, a);
      break;
    case 1:
      triad_cut (triad, a, b);
      break;
    case 2:
      triad_join (triad, a, b);
      break;
    default:
      if (triad->members[a].journal == NULL)
        triad_up (triad, a);
    }
}

/* Whatever happens to members and links: what a client was told of is there, once, on all. */
static void
test_torture (void)
{
  Triad *triad = triad_running ();
  gint64 end = g_get_monotonic_time () + 12 * G_TIME_SPAN_SECOND, next = 0;
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);
  g_auto (GStrv) ids = NULL;
  guint found = 0;

  while (g_get_monotonic_time () < end)
    {
      guint active = triad_active (triad);

      if (active != 0)
        triad_append (triad, active, 5);
      triad_run (5);
      if (g_get_monotonic_time () < next)
        continue;
      disturb (triad);
      next = g_get_monotonic_time () + g_test_rand_int_range (100, 1200) * G_TIME_SPAN_MILLISECOND;
    }
  for (guint slot = 1; slot <= 3; slot++)
    {
      triad_join (triad, slot, slot % 3 + 1);
      if (triad->members[slot].journal == NULL)
        triad_up (triad, slot);
    }
  triad_until_active (triad, 1);
  triad_until_equal (triad);
  ids = g_strsplit (triad->members[1].state->str, ";", -1);
  for (guint i = 0; ids[i] != NULL && *ids[i] != '\0'; i++)
    {
      g_assert_true (g_hash_table_add (seen, GINT_TO_POINTER (atoi (ids[i]))));
      if (g_hash_table_remove (triad->told, GINT_TO_POINTER (atoi (ids[i]))))
        found++;
    }
  g_test_message ("%u commands, %u told as made", triad->next - 1, found);
  g_assert_cmpuint (found, >, 100);
  g_assert_cmpuint (g_hash_table_size (triad->told), ==, 0);
  triad_free (triad);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/journal-raft/order", test_order);
  g_test_add_func ("/journal-raft/mirror", test_mirror);
  g_test_add_func ("/journal-raft/refuses", test_refuses);
  g_test_add_func ("/journal-raft/restart", test_restart);
  g_test_add_func ("/journal-raft/snapshot", test_snapshot);
  g_test_add_func ("/journal-raft/handover", test_handover);
  g_test_add_func ("/journal-raft/given-back", test_given_back);
  g_test_add_func ("/journal-raft/drill", test_drill);
  g_test_add_func ("/journal-raft/cut", test_cut);
  g_test_add_func ("/journal-raft/garbage", test_garbage);
  g_test_add_func ("/journal-raft/torture", test_torture);
  g_test_add_func ("/journal-raft/blank-disk", test_blank_disk);
  g_test_add_func ("/journal-raft/blank-disk-restarted", test_blank_disk_restarted);
  g_test_add_func ("/journal-raft/disk-refuses", test_disk_refuses);
  return g_test_run ();
}
