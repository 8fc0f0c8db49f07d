/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Who should lead: pure decisions over what a leader knows. Slots 1, 2, 3 are the primary, the
 * secondary and the tertiary server. */

/**
 * The randomised time-out of a member, in ms. E is one for all; rank lives only in narrow slots of
 * it, because a follower refuses its vote until its own timer ends: the tertiary is first, its own
 * question fails, and it is then free to vote for the primary, or, if that is gone, the secondary.
 * @draw: any random number.
 */
guint trias_raft_rank_timeout (guint slot, guint election_ms, guint draw);

typedef struct
{
  gboolean contact;
  gint64 since;       /* in contact without a gap */
  gboolean caught_up; /* holds all but what is under way */
  gboolean answered;  /* has been heard since this one leads */
  gboolean muted;
  gint64 hears_since[4]; /* by slot: since when it says that it hears that one; 0 = it does not */
} TriasRaftViewMember;

typedef struct
{
  guint self; /* slot of the leader that looks */
  gboolean automatic;
  gboolean at_once; /* a pin was given back: neither hold-down nor manual mode hinder */
  guint pinned;     /* slot, 0 = nobody */
  guint aside;      /* a bit for each slot that is not to lead while another can */
  gint64 now;       /* boot clock, ms, as all times here */
  gint64 hold_down_ms;
  gint64 leading_since;
  gint64 patience_ms;    /* how long the tertiary waits for a better one to catch up, … */
  gint64 glance_ms;      /* … and to answer at all */
  gint64 detour_allowed; /* not through the tertiary before */
  TriasRaftViewMember members[4]; /* by slot */
} TriasRaftView;

/** Slot to which the lead should go now, or 0: it stays. @detour (out): it goes to the tertiary, so
 * that this one hands it on. */
guint trias_raft_rank_target (const TriasRaftView *view, gboolean *detour);

G_END_DECLS
