/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

#include "server/journal/raft/trias-raft-member.h"

G_BEGIN_DECLS

/** What a member has bound itself to: its vote, and the entry up to which it acknowledged. */
typedef struct
{
  guint64 vote_term; /* its current term */
  guint64 vote;      /* slot it voted for in that term, 0 = none */
  guint64 log_term;  /* of the last entry on its disk */
  guint64 log_index;
} TriasRaftMark;

/**
 * TriasRaftMarks:
 *
 * The highest that each member was ever known to hold. Peers keep it for each other, so that one
 * whose disk was put back to an older image, or is blank, is found out before it votes.
 */
typedef struct
{
  guint slot;
  TriasRaftMark own;                     /* highest of this process's life */
  TriasRaftMark known[TRIAS_RAFT_SLOTS]; /* by slot - 1; [slot - 1]: what peers know of us */
  guint64 no_vote;                       /* in terms up to this the own vote may be forgotten */
  gboolean lost;                         /* what was kept about the others was damaged */
  gboolean blank;                        /* the log was lost, and what it held */
  guint fresh; /* bit set (1 << slot): told us in this process's life what it knows of us */
} TriasRaftMarks;

/** Bytes of a saved set of marks, with flags and a checksum. */
#define TRIAS_RAFT_MARKS_SIZE (TRIAS_RAFT_SLOTS * 4 * 8 + 8 + 32)

void trias_raft_marks_init (TriasRaftMarks *self, guint slot);
/** This member's own state, from its disk or kept there now. */
void trias_raft_marks_reach (TriasRaftMarks *self, const TriasRaftMark *mark);
/** @slot is known to hold @mark; %TRUE if that was news. */
gboolean trias_raft_marks_learn (TriasRaftMarks *self, guint slot, const TriasRaftMark *mark);
/** @from told what it knows of all; @fresh: it knows of this process. %TRUE if that was news. */
gboolean trias_raft_marks_hear (TriasRaftMarks *self,
                                guint from,
                                const TriasRaftMark marks[TRIAS_RAFT_SLOTS],
                                gboolean fresh);
/** This member lacks what it once acknowledged: it votes for nobody and leads nothing until its log
 * has reached that point again. */
gboolean trias_raft_marks_is_behind (const TriasRaftMarks *self);
/** Whether a vote (or the promise of one) in @term may be given to @candidate. */
gboolean trias_raft_marks_may_vote (
    const TriasRaftMarks *self, guint candidate, guint64 term, guint64 log_term, guint64 log_index);
/** Whether this member may stand for election in @term. */
gboolean trias_raft_marks_may_stand (const TriasRaftMarks *self, guint64 term);
/**
 * Whether entries of a leader of @term may be taken, which are counted as committed if they are. A
 * member whose log was lost has forgotten its term too: it waits until both others have told what
 * they know of it, since what it acknowledged last may be known to one of them alone, and follows
 * nobody of an earlier term.
 */
gboolean trias_raft_marks_may_follow (const TriasRaftMarks *self, guint64 term);

/** What is known of the others as TRIAS_RAFT_MARKS_SIZE bytes; also that more was lost than both
 * others have told since. */
void trias_raft_marks_save (const TriasRaftMarks *self, guint8 *bytes);
/** Takes back what was saved. %FALSE if it is damaged: then nothing is taken, and nobody gets a
 * vote before both others have told what they know. */
gboolean trias_raft_marks_load (TriasRaftMarks *self, const guint8 *bytes, gsize length);
/** What was saved as @saved (nullable), and that the log is lost. It must be durable before a new
 * log is made, which later looks like one that never held anything. (transfer full) */
GBytes *trias_raft_marks_blank (GBytes *saved);

G_END_DECLS
