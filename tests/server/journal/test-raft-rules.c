/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The rules of a member that are pure: lease, permit, rank, marks and the bytes of notes. */

#include <string.h>

#include "server/journal/raft/trias-raft-lease.h"
#include "server/journal/raft/trias-raft-notes.h"
#include "server/journal/raft/trias-raft-permit.h"
#include "server/journal/raft/trias-raft-rank.h"

#define E 300
#define P 1
#define S 2
#define T 3

static void
test_lease (void)
{
  TriasRaftLease lease;

  trias_raft_lease_init (&lease, E);
  g_assert_cmpint (trias_raft_lease_left (&lease, 1000), ==, 0);
  g_assert_true (trias_raft_lease_is_due (&lease, 1000));
  /* It counts from the proposal, not from the commit. */
  trias_raft_lease_confirm (&lease, 1000);
  g_assert_cmpint (trias_raft_lease_left (&lease, 1100), ==, 170);
  g_assert_cmpint (trias_raft_lease_left (&lease, 1269), ==, 1);
  g_assert_cmpint (trias_raft_lease_left (&lease, 1270), ==, 0);
  g_assert_false (trias_raft_lease_is_due (&lease, 1074));
  g_assert_true (trias_raft_lease_is_due (&lease, 1075));
  /* An older one that is committed late does not shorten it. */
  trias_raft_lease_confirm (&lease, 900);
  g_assert_cmpint (trias_raft_lease_left (&lease, 1100), ==, 170);
  /* Dropped: nothing that was proposed before counts. */
  trias_raft_lease_drop (&lease, 1700);
  g_assert_cmpint (trias_raft_lease_left (&lease, 1101), ==, 0);
  trias_raft_lease_confirm (&lease, 1699);
  g_assert_cmpint (trias_raft_lease_left (&lease, 1750), ==, 0);
  g_assert_false (trias_raft_lease_is_due (&lease, 1699));
  trias_raft_lease_confirm (&lease, 1700);
  g_assert_cmpint (trias_raft_lease_left (&lease, 1750), ==, 220);

  /* The order is of the past; an earlier one may not be. */
  trias_raft_lease_order (&lease, 2000);
  trias_raft_lease_order (&lease, 3000);
  g_assert_cmpint (trias_raft_lease_left (&lease, 1751), ==, 0);
  g_assert_false (trias_raft_lease_is_due (&lease, 2999));
  trias_raft_lease_obeyed (&lease);
  g_assert_false (trias_raft_lease_is_due (&lease, 1999));
  g_assert_true (trias_raft_lease_is_due (&lease, 2000));
}

static void
test_permit (void)
{
  TriasRaftPermit permit = { 0 };

  g_assert_false (trias_raft_permit_allows (&permit, 0, 0, 0, 0));
  trias_raft_permit_open (&permit, P, 77, 5, 40, 1300);
  g_assert_true (trias_raft_permit_allows (&permit, P, 5, 40, 1299));
  g_assert_true (trias_raft_permit_allows (&permit, P, 5, 41, 1000));
  /* Too late, of another, of another term, or an older order than the question. */
  g_assert_false (trias_raft_permit_allows (&permit, P, 5, 40, 1300));
  g_assert_false (trias_raft_permit_allows (&permit, T, 5, 40, 1000));
  g_assert_false (trias_raft_permit_allows (&permit, P, 6, 40, 1000));
  g_assert_false (trias_raft_permit_allows (&permit, P, 5, 39, 1000));
  /* The same question again opens nothing anew. */
  trias_raft_permit_open (&permit, P, 77, 5, 40, 2300);
  g_assert_false (trias_raft_permit_allows (&permit, P, 5, 40, 1300));
  trias_raft_permit_open (&permit, P, 78, 5, 40, 2300);
  g_assert_true (trias_raft_permit_allows (&permit, P, 5, 40, 1300));
}

static void
test_transfer (void)
{
  TriasRaftTransfer transfer;

  trias_raft_transfer_init (&transfer, E, 10000);
  g_assert_true (trias_raft_transfer_may_ask (&transfer, 10, 1000));
  trias_raft_transfer_ask (&transfer, P, 7, 10, 1000);
  g_assert_false (trias_raft_transfer_may_ask (&transfer, 11, 1001));
  g_assert_false (trias_raft_transfer_granted (&transfer, P, 8, 1010));
  g_assert_false (trias_raft_transfer_granted (&transfer, T, 7, 1010));
  g_assert_true (trias_raft_transfer_granted (&transfer, P, 7, 1010));
  /* A late answer: the permit may outlast the pause that a lease makes. */
  g_assert_false (trias_raft_transfer_granted (&transfer, P, 7, 1300));
  g_assert_true (trias_raft_transfer_is_stale (&transfer, 1300));
  /* Nothing was ordered: the lease goes on. */
  g_assert_cmpint (trias_raft_transfer_end (&transfer, 1300), ==, 0);

  trias_raft_transfer_ask (&transfer, P, 9, 10, 2000);
  trias_raft_transfer_ordered (&transfer, 12);
  g_assert_cmpint (trias_raft_transfer_end (&transfer, 2300), ==, 2600);
  /* The next question must name a newer entry than any order that may still be under way. */
  g_assert_false (trias_raft_transfer_may_ask (&transfer, 12, 9000));
  g_assert_true (trias_raft_transfer_may_ask (&transfer, 13, 9000));
}

/* Each order costs the lease for a moment: what fails again and again is tried ever less often. */
static void
test_transfer_backs_off (void)
{
  TriasRaftTransfer transfer;
  gint64 now = 1000, paused = 0, longest = 0;

  trias_raft_transfer_init (&transfer, E, 10000);
  for (guint i = 0; i < 12; i++)
    {
      g_assert_true (trias_raft_transfer_may_ask (&transfer, 10 + i, now));
      trias_raft_transfer_ask (&transfer, P, i + 1, 10 + i, now);
      trias_raft_transfer_ordered (&transfer, 10 + i);
      trias_raft_transfer_end (&transfer, now);
      /* Leading anew after the attempt is no success. */
      if (i % 3 == 0)
        trias_raft_transfer_drop (&transfer);
      paused = transfer.next_try - now;
      g_assert_cmpint (paused, >=, longest);
      longest = paused;
      now = transfer.next_try;
    }
  g_assert_cmpint (longest, >=, 5000);
  g_assert_cmpint (longest, <=, 10000);
  trias_raft_transfer_succeeded (&transfer);
  trias_raft_transfer_ask (&transfer, P, 99, 50, now);
  trias_raft_transfer_end (&transfer, now);
  g_assert_cmpint (transfer.next_try - now, ==, 2 * E);
}

/* --- rank --- */

static void
test_timeouts (void)
{
  for (guint draw = 0; draw < 1000; draw++)
    {
      guint p = trias_raft_rank_timeout (P, E, draw), s = trias_raft_rank_timeout (S, E, draw * 7),
            t = trias_raft_rank_timeout (T, E, draw * 13);

      g_assert_cmpuint (t, >=, E);
      g_assert_cmpuint (t, <, p);
      g_assert_cmpuint (p, <, s);
      g_assert_cmpuint (s, <=, 2 * E);
    }
}

/* A view in which all is well, long since. */
static TriasRaftView
view_of (guint self)
{
  TriasRaftView view = { .self = self,
                         .automatic = TRUE,
                         .now = 100000,
                         .hold_down_ms = 10000,
                         .patience_ms = 1200,
                         .glance_ms = 50 };

  for (guint slot = P; slot <= T; slot++)
    {
      view.members[slot] = (TriasRaftViewMember){
        .contact = TRUE, .since = 1, .caught_up = TRUE, .answered = TRUE
      };
      for (guint other = P; other <= T; other++)
        view.members[slot].hears_since[other] = 1;
    }
  return view;
}

static void
cut (TriasRaftView *view, guint a, guint b)
{
  view->members[a].hears_since[b] = view->members[b].hears_since[a] = 0;
  if (view->self == a)
    view->members[b].contact = FALSE;
  if (view->self == b)
    view->members[a].contact = FALSE;
}

static guint
target (const TriasRaftView *view)
{
  gboolean detour;

  return trias_raft_rank_target (view, &detour);
}

/* The table of design §5, from the side of each who may lead. */
static void
test_links (void)
{
  TriasRaftView view;
  gboolean detour;

  /* All up: P. */
  view = view_of (P);
  g_assert_cmpuint (target (&view), ==, 0);
  view = view_of (S);
  g_assert_cmpuint (target (&view), ==, P);
  view = view_of (T);
  g_assert_cmpuint (target (&view), ==, P);
  /* P–S only: T hears nobody and is not heard. */
  view = view_of (S);
  cut (&view, S, T);
  cut (&view, P, T);
  g_assert_cmpuint (target (&view), ==, P);
  /* P–T only. */
  view = view_of (T);
  cut (&view, S, T);
  cut (&view, S, P);
  g_assert_cmpuint (target (&view), ==, P);
  /* S–T only: S, and it stays there. */
  view = view_of (T);
  cut (&view, P, T);
  cut (&view, P, S);
  g_assert_cmpuint (target (&view), ==, S);
  view = view_of (S);
  cut (&view, P, T);
  cut (&view, P, S);
  g_assert_cmpuint (target (&view), ==, 0);
  /* P–S cut: through the tertiary. */
  view = view_of (S);
  cut (&view, P, S);
  g_assert_cmpuint (trias_raft_rank_target (&view, &detour), ==, T);
  g_assert_true (detour);
  view = view_of (T);
  cut (&view, P, S);
  g_assert_cmpuint (target (&view), ==, P);
  view = view_of (P);
  cut (&view, P, S);
  g_assert_cmpuint (target (&view), ==, 0);
  /* P–T cut: by themselves. */
  view = view_of (S);
  cut (&view, P, T);
  g_assert_cmpuint (trias_raft_rank_target (&view, &detour), ==, P);
  g_assert_false (detour);
}

/* Who stands aside leads only while no other can, whatever is pinned and however the lead returns.
 */
static void
test_aside (void)
{
  for (guint options = 0; options < 4; options++)
    {
      TriasRaftView view = view_of (P);

      view.automatic = (options & 1) != 0;
      view.pinned = (options & 2) != 0 ? P : 0;
      view.aside = 1u << P;
      view.members[S].since = view.now;
      g_assert_cmpuint (target (&view), ==, S);
      view.members[S].caught_up = FALSE;
      g_assert_cmpuint (target (&view), ==, 0);
      cut (&view, P, S);
      cut (&view, S, T);
      g_assert_cmpuint (target (&view), ==, 0);
      view = view_of (S);
      view.aside = 1u << P;
      view.at_once = TRUE;
      g_assert_cmpuint (target (&view), ==, 0);
      /* Both: as if nobody did. */
      view = view_of (P);
      view.automatic = TRUE;
      view.aside = 1u << P | 1u << S;
      g_assert_cmpuint (target (&view), ==, 0);
    }
  {
    TriasRaftView view = view_of (T);

    view.aside = 1u << P;
    g_assert_cmpuint (target (&view), ==, S);
    cut (&view, S, T);
    g_assert_cmpuint (target (&view), ==, P);
    view = view_of (S);
    view.pinned = S;
    view.aside = 1u << S;
    g_assert_cmpuint (target (&view), ==, P);
  }
}

static void
test_failback (void)
{
  TriasRaftView view = view_of (S);

  view.members[P].since = view.now - 9999;
  g_assert_cmpuint (target (&view), ==, 0);
  view.members[P].since = view.now - 10000;
  g_assert_cmpuint (target (&view), ==, P);
  view.members[P].caught_up = FALSE;
  g_assert_cmpuint (target (&view), ==, 0);
  view = view_of (S);
  view.members[P].muted = TRUE;
  g_assert_cmpuint (target (&view), ==, 0);
  /* Manual: it waits, until a pin is given back. */
  view = view_of (S);
  view.automatic = FALSE;
  g_assert_cmpuint (target (&view), ==, 0);
  view.at_once = TRUE;
  view.members[P].since = view.now;
  g_assert_cmpuint (target (&view), ==, P);
  /* The detour has a hold-down of its own, and is not tried again and again. */
  view = view_of (S);
  cut (&view, P, S);
  view.members[T].hears_since[P] = view.now - 9999;
  g_assert_cmpuint (target (&view), ==, 0);
  view.members[T].hears_since[P] = view.now - 10000;
  g_assert_cmpuint (target (&view), ==, T);
  view.detour_allowed = view.now + 1;
  g_assert_cmpuint (target (&view), ==, 0);
}

static void
test_tertiary (void)
{
  TriasRaftView view = view_of (T);

  /* It brings the better one up to date, but not for ever. */
  view.leading_since = view.now - 1199;
  view.members[P].caught_up = FALSE;
  g_assert_cmpuint (target (&view), ==, 0);
  view.leading_since = view.now - 1200;
  g_assert_cmpuint (target (&view), ==, S);
  view.members[S].caught_up = FALSE;
  g_assert_cmpuint (target (&view), ==, 0);
  /* One that was heard before, but does not answer: it has failed. */
  view = view_of (T);
  view.members[P].caught_up = view.members[P].answered = FALSE;
  view.leading_since = view.now - 49;
  g_assert_cmpuint (target (&view), ==, 0);
  view.leading_since = view.now - 50;
  g_assert_cmpuint (target (&view), ==, S);
  /* Failback by hand or a hold-down do not keep it in the lead. */
  view = view_of (T);
  view.automatic = FALSE;
  view.members[P].since = view.now;
  g_assert_cmpuint (target (&view), ==, P);
}

static void
test_pin (void)
{
  TriasRaftView view = view_of (S);

  view.pinned = S;
  g_assert_cmpuint (target (&view), ==, 0);
  view = view_of (P);
  view.pinned = S;
  g_assert_cmpuint (target (&view), ==, S);
  view.automatic = FALSE;
  g_assert_cmpuint (target (&view), ==, S);
  view = view_of (T);
  view.pinned = S;
  g_assert_cmpuint (target (&view), ==, S);
}

/* --- marks --- */

static TriasRaftMark
mark (guint64 vote_term, guint64 vote, guint64 log_term, guint64 log_index)
{
  return (TriasRaftMark){ vote_term, vote, log_term, log_index };
}

/* Member S with @own on its disk, told by P what is known of it. */
static TriasRaftMarks
told (TriasRaftMark own, TriasRaftMark known)
{
  TriasRaftMarks marks;
  TriasRaftMark all[TRIAS_RAFT_SLOTS] = { mark (5, P, 3, 90), known, { 0 } };

  trias_raft_marks_init (&marks, S);
  trias_raft_marks_reach (&marks, &own);
  trias_raft_marks_hear (&marks, P, all, TRUE);
  return marks;
}

static void
test_marks (void)
{
  TriasRaftMarks marks = told (mark (5, P, 3, 100), mark (5, P, 3, 100));
  TriasRaftMark now = mark (6, 0, 3, 101);

  g_assert_false (trias_raft_marks_is_behind (&marks));
  g_assert_true (trias_raft_marks_may_vote (&marks, P, 6, 3, 100));
  g_assert_true (trias_raft_marks_may_stand (&marks, 6));
  /* From T came nothing yet: it may know better. */
  g_assert_false (trias_raft_marks_may_vote (&marks, T, 6, 3, 200));

  /* An old image: no vote, no lead, until the log has reached that point. */
  marks = told (mark (5, P, 3, 50), mark (5, P, 3, 100));
  g_assert_true (trias_raft_marks_is_behind (&marks));
  g_assert_false (trias_raft_marks_may_vote (&marks, P, 6, 3, 100));
  g_assert_false (trias_raft_marks_may_stand (&marks, 6));
  now = mark (5, P, 3, 99);
  trias_raft_marks_reach (&marks, &now);
  g_assert_true (trias_raft_marks_is_behind (&marks));
  /* A newer leader's log holds all that was committed, even if it is shorter. */
  now = mark (6, 0, 6, 95);
  trias_raft_marks_reach (&marks, &now);
  g_assert_false (trias_raft_marks_is_behind (&marks));
  g_assert_true (trias_raft_marks_may_vote (&marks, P, 7, 6, 95));

  /* A forgotten vote: none again in that term, however far the log is. */
  marks = told (mark (4, 0, 3, 100), mark (5, P, 3, 100));
  g_assert_false (trias_raft_marks_may_vote (&marks, P, 5, 3, 100));
  now = mark (5, 0, 3, 200);
  trias_raft_marks_reach (&marks, &now);
  g_assert_false (trias_raft_marks_may_vote (&marks, P, 5, 3, 200));
  g_assert_false (trias_raft_marks_may_stand (&marks, 5));
  g_assert_true (trias_raft_marks_may_vote (&marks, P, 6, 3, 200));

  /* A blank disk. */
  marks = told (mark (1, 0, 1, 1), mark (5, P, 3, 100));
  g_assert_true (trias_raft_marks_is_behind (&marks));
}

/* A log that was lost: nothing is acknowledged before both others have told what they know, and
 * nothing to a leader that another may have followed, whom this member helped. */
static void
test_marks_blank (void)
{
  TriasRaftMarks marks = told (mark (1, 0, 1, 1), mark (2, P, 2, 84));
  TriasRaftMark all[TRIAS_RAFT_SLOTS] = { 0 };

  g_assert_true (trias_raft_marks_may_follow (&marks, 1));
  marks.blank = TRUE;
  g_assert_false (trias_raft_marks_may_follow (&marks, 9));
  g_assert_false (trias_raft_marks_may_stand (&marks, 9));
  all[T - 1] = mark (3, T, 3, 103);
  trias_raft_marks_hear (&marks, T, all, TRUE);
  g_assert_false (trias_raft_marks_may_follow (&marks, 2));
  g_assert_true (trias_raft_marks_may_follow (&marks, 3));

  /* A forgotten vote for another made it a leader, perhaps before it wrote anything. */
  all[S - 1] = mark (7, T, 3, 103);
  trias_raft_marks_hear (&marks, T, all, TRUE);
  g_assert_false (trias_raft_marks_may_follow (&marks, 6));
  g_assert_true (trias_raft_marks_may_follow (&marks, 7));
  /* One for itself did not: the leader that there is goes on. */
  all[S - 1] = mark (8, S, 3, 103);
  trias_raft_marks_hear (&marks, T, all, TRUE);
  g_assert_true (trias_raft_marks_may_follow (&marks, 3));
}

/* That the log was lost is kept from before there is a new one until that is filled. */
static void
test_marks_blank_saved (void)
{
  TriasRaftMarks marks = told (mark (5, P, 3, 100), mark (5, P, 3, 100)), again;
  guint8 bytes[TRIAS_RAFT_MARKS_SIZE];
  g_autoptr (GBytes) saved = NULL, blank = NULL;

  trias_raft_marks_save (&marks, bytes);
  saved = g_bytes_new (bytes, sizeof bytes);
  blank = trias_raft_marks_blank (saved);
  trias_raft_marks_init (&again, S);
  g_assert_true (trias_raft_marks_load (&again, g_bytes_get_data (blank, NULL), sizeof bytes));
  g_assert_cmpmem (again.known, sizeof again.known, marks.known, sizeof marks.known);
  g_assert_false (trias_raft_marks_may_follow (&again, 9));
  g_assert_false (again.lost);
  trias_raft_marks_save (&again, bytes);
  trias_raft_marks_init (&again, S);
  g_assert_true (trias_raft_marks_load (&again, bytes, sizeof bytes));
  g_assert_false (trias_raft_marks_may_follow (&again, 9));
  /* The log was filled. */
  again.blank = FALSE;
  trias_raft_marks_save (&again, bytes);
  trias_raft_marks_init (&again, S);
  g_assert_true (trias_raft_marks_load (&again, bytes, sizeof bytes));
  g_assert_true (trias_raft_marks_may_follow (&again, 1));
}

/* The candidate is the one with the old image. */
static void
test_marks_candidate (void)
{
  TriasRaftMarks marks = told (mark (5, P, 3, 50), mark (5, P, 3, 50));

  g_assert_true (trias_raft_marks_may_vote (&marks, P, 6, 3, 90));
  g_assert_false (trias_raft_marks_may_vote (&marks, P, 6, 3, 89));
  g_assert_true (trias_raft_marks_may_vote (&marks, P, 6, 4, 60));
  /* In term 5 it voted for itself, which is what a candidate does. */
  g_assert_true (trias_raft_marks_may_vote (&marks, P, 5, 3, 90));
  g_assert_false (trias_raft_marks_may_vote (&marks, P, 4, 3, 90));
  marks.known[P - 1].vote = T;
  g_assert_false (trias_raft_marks_may_vote (&marks, P, 5, 3, 90));
}

static void
test_marks_saved (void)
{
  TriasRaftMarks marks = told (mark (5, P, 3, 100), mark (5, P, 3, 100)), again;
  guint8 bytes[TRIAS_RAFT_MARKS_SIZE];
  TriasRaftMark own = mark (2, 0, 2, 10);

  trias_raft_marks_save (&marks, bytes);
  trias_raft_marks_init (&again, S);
  trias_raft_marks_reach (&again, &own);
  g_assert_true (trias_raft_marks_load (&again, bytes, sizeof bytes));
  g_assert_cmpmem (again.known, sizeof again.known, marks.known, sizeof marks.known);
  g_assert_true (trias_raft_marks_is_behind (&again));
}

/* Whatever byte of them is wrong, or missing: nothing is taken from them, and what they said about
 * a candidate is learned from both others before anybody gets a vote. */
static void
test_marks_damaged (void)
{
  TriasRaftMarks marks = told (mark (5, P, 3, 100), mark (5, P, 3, 100));
  TriasRaftMark none[TRIAS_RAFT_SLOTS] = { 0 };
  guint8 good[TRIAS_RAFT_MARKS_SIZE], bytes[TRIAS_RAFT_MARKS_SIZE];

  trias_raft_marks_save (&marks, good);
  for (guint i = 0; i <= TRIAS_RAFT_MARKS_SIZE; i++)
    {
      TriasRaftMarks again;

      memcpy (bytes, good, sizeof bytes);
      if (i < TRIAS_RAFT_MARKS_SIZE)
        bytes[i] ^= 1 << (i % 8);
      trias_raft_marks_init (&again, S);
      g_assert_false (
          trias_raft_marks_load (&again, bytes, i < TRIAS_RAFT_MARKS_SIZE ? sizeof bytes : i - 1));
      g_assert_cmpmem (again.known, sizeof again.known, none, sizeof none);
      trias_raft_marks_hear (&again, P, none, TRUE);
      g_assert_false (trias_raft_marks_may_vote (&again, P, 6, 3, 100));
      g_assert_true (trias_raft_marks_may_stand (&again, 6));
      trias_raft_marks_hear (&again, T, marks.known, TRUE);
      g_assert_false (trias_raft_marks_may_vote (&again, P, 6, 3, 99));
    }
}

/* The next process reads @bytes, and hears P. */
static TriasRaftMarks
read_again (const guint8 *bytes, gsize length)
{
  TriasRaftMarks marks;
  TriasRaftMark own = mark (5, P, 3, 100), all[TRIAS_RAFT_SLOTS] = { mark (5, P, 3, 90) };

  trias_raft_marks_init (&marks, S);
  trias_raft_marks_reach (&marks, &own);
  g_assert_true (trias_raft_marks_load (&marks, bytes, length) == (length > 0));
  trias_raft_marks_hear (&marks, P, all, TRUE);
  return marks;
}

/* What was damaged is soon written anew, and read again after a start: it is not whole before both
 * others have told what they know. */
static void
test_marks_damaged_restarted (void)
{
  TriasRaftMark all[TRIAS_RAFT_SLOTS] = { mark (5, P, 3, 90) };
  guint8 bytes[TRIAS_RAFT_MARKS_SIZE] = { 0 };
  TriasRaftMarks marks = read_again (bytes, 0);

  trias_raft_marks_save (&marks, bytes);
  marks = read_again (bytes, sizeof bytes);
  g_assert_cmpuint (marks.known[P - 1].log_index, ==, 90);
  g_assert_false (trias_raft_marks_may_vote (&marks, P, 6, 3, 100));
  /* That it is whole now has to be kept. */
  g_assert_true (trias_raft_marks_hear (&marks, T, all, TRUE));
  g_assert_true (trias_raft_marks_may_vote (&marks, P, 6, 3, 100));
  trias_raft_marks_save (&marks, bytes);
  marks = read_again (bytes, sizeof bytes);
  g_assert_true (trias_raft_marks_may_vote (&marks, P, 6, 3, 100));
}

/* --- notes --- */

static void
test_notes (void)
{
  TriasRaftNote note = { .flags = TRIAS_RAFT_NOTE_MUTED | TRIAS_RAFT_NOTE_ASKS,
                         .hears = 6,
                         .pinned = S,
                         .nonce = G_MAXUINT64,
                         .echo = 3,
                         .number = 4,
                         .last_index = 5,
                         .pin_version = 6,
                         .pin_left_ms = G_MAXINT64,
                         .marks = { { 7, 1, 8, 9 }, { 10, 2, 11, 12 }, { 13, 0, 14, 15 } },
                         .permit_id = 16,
                         .permit_term = 17,
                         .permit_index = 18 };
  TriasRaftNote again = { 0 };
  g_autoptr (GBytes) bytes = trias_raft_note_encode (&note), same = NULL;
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  g_assert_cmpuint (length, <=, TRIAS_RAFT_NOTE_MAX);
  g_assert_true (trias_raft_note_decode (&again, data, length));
  same = trias_raft_note_encode (&again);
  g_assert_true (g_bytes_equal (same, bytes));
  for (gsize n = 0; n < length; n++)
    g_assert_false (trias_raft_note_decode (&again, data, n));
  /* Any byte may be hostile: what is read stays within its bounds. */
  for (guint round = 0; round < 20000; round++)
    {
      guint8 hostile[TRIAS_RAFT_NOTE_MAX];

      memcpy (hostile, data, length);
      for (guint n = 0; n < 1 + round % 5; n++)
        hostile[g_test_rand_int_range (0, (gint32) length)]
            = (guint8) g_test_rand_int_range (0, 256);
      if (!trias_raft_note_decode (&again, hostile, length))
        continue;
      g_assert_cmpuint (again.pinned, <, T);
      g_assert_cmpuint (again.hears & ~14u, ==, 0);
      g_assert_cmpint (again.pin_left_ms, >=, 0);
      for (guint i = 0; i < TRIAS_RAFT_SLOTS; i++)
        g_assert_cmpuint (again.marks[i].vote, <=, T);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/raft/lease", test_lease);
  g_test_add_func ("/raft/permit", test_permit);
  g_test_add_func ("/raft/transfer", test_transfer);
  g_test_add_func ("/raft/transfer-backs-off", test_transfer_backs_off);
  g_test_add_func ("/raft/rank/timeouts", test_timeouts);
  g_test_add_func ("/raft/rank/links", test_links);
  g_test_add_func ("/raft/rank/aside", test_aside);
  g_test_add_func ("/raft/rank/failback", test_failback);
  g_test_add_func ("/raft/rank/tertiary", test_tertiary);
  g_test_add_func ("/raft/rank/pin", test_pin);
  g_test_add_func ("/raft/marks", test_marks);
  g_test_add_func ("/raft/marks/blank", test_marks_blank);
  g_test_add_func ("/raft/marks/blank-saved", test_marks_blank_saved);
  g_test_add_func ("/raft/marks/candidate", test_marks_candidate);
  g_test_add_func ("/raft/marks/saved", test_marks_saved);
  g_test_add_func ("/raft/marks-damaged", test_marks_damaged);
  g_test_add_func ("/raft/marks-damaged-restarted", test_marks_damaged_restarted);
  g_test_add_func ("/raft/notes", test_notes);
  return g_test_run ();
}
