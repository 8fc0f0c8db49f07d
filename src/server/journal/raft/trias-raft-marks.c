/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/journal/raft/trias-raft-marks.h"

void
trias_raft_marks_init (TriasRaftMarks *self, guint slot)
{
  *self = (TriasRaftMarks){ .slot = slot };
}

static gboolean
log_is_higher (const TriasRaftMark *a, const TriasRaftMark *b)
{
  return a->log_term > b->log_term || (a->log_term == b->log_term && a->log_index > b->log_index);
}

/* A vote that was given outlives one that was not, in the same term. */
static gboolean
vote_is_higher (const TriasRaftMark *a, const TriasRaftMark *b)
{
  return a->vote_term > b->vote_term
         || (a->vote_term == b->vote_term && a->vote > 0 && b->vote == 0);
}

static gboolean
raise_mark (TriasRaftMark *mark, const TriasRaftMark *to)
{
  gboolean news = FALSE;

  if (log_is_higher (to, mark))
    {
      mark->log_term = to->log_term;
      mark->log_index = to->log_index;
      news = TRUE;
    }
  if (vote_is_higher (to, mark))
    {
      mark->vote_term = to->vote_term;
      mark->vote = to->vote;
      news = TRUE;
    }
  return news;
}

/* Whether peers remember a vote of ours that this disk does not. */
static gboolean
vote_is_forgotten (const TriasRaftMarks *self)
{
  const TriasRaftMark *known = &self->known[self->slot - 1];

  return known->vote_term > self->own.vote_term
         || (known->vote_term == self->own.vote_term && known->vote > 0
             && known->vote != self->own.vote);
}

static void
compare (TriasRaftMarks *self)
{
  if (vote_is_forgotten (self))
    self->no_vote = MAX (self->no_vote, self->known[self->slot - 1].vote_term);
}

void
trias_raft_marks_reach (TriasRaftMarks *self, const TriasRaftMark *mark)
{
  raise_mark (&self->own, mark);
  compare (self);
}

gboolean
trias_raft_marks_learn (TriasRaftMarks *self, guint slot, const TriasRaftMark *mark)
{
  return raise_mark (&self->known[slot - 1], mark);
}

/* What this member knew is what the others know together. */
static gboolean
has_learned_again (const TriasRaftMarks *self)
{
  for (guint slot = 1; slot <= TRIAS_RAFT_SLOTS; slot++)
    if (slot != self->slot && (self->fresh & (1u << slot)) == 0)
      return FALSE;
  return TRUE;
}

gboolean
trias_raft_marks_hear (TriasRaftMarks *self,
                       guint from,
                       const TriasRaftMark marks[TRIAS_RAFT_SLOTS],
                       gboolean fresh)
{
  gboolean news = FALSE;

  for (guint i = 0; i < TRIAS_RAFT_SLOTS; i++)
    news = raise_mark (&self->known[i], &marks[i]) || news;
  compare (self);
  if (fresh)
    self->fresh |= 1u << from;
  if (!self->lost || !has_learned_again (self))
    return news;
  self->lost = FALSE;
  return TRUE;
}

gboolean
trias_raft_marks_is_behind (const TriasRaftMarks *self)
{
  return log_is_higher (&self->known[self->slot - 1], &self->own);
}

gboolean
trias_raft_marks_may_stand (const TriasRaftMarks *self, guint64 term)
{
  return !trias_raft_marks_is_behind (self) && term > self->no_vote
         && (!self->blank || has_learned_again (self));
}

/* The term of the last leader that may count on what this member promised it: entries of it lie on
 * a disk, or it was given the vote. A vote for oneself made nobody else a leader. */
static guint64
last_leader (const TriasRaftMarks *self)
{
  const TriasRaftMark *own = &self->known[self->slot - 1];
  guint64 term = own->vote != 0 && own->vote != self->slot ? own->vote_term : 0;

  for (guint slot = 1; slot <= TRIAS_RAFT_SLOTS; slot++)
    term = MAX (term, self->known[slot - 1].log_term);
  return term;
}

gboolean
trias_raft_marks_may_follow (const TriasRaftMarks *self, guint64 term)
{
  return !self->blank || (has_learned_again (self) && term >= last_leader (self));
}

gboolean
trias_raft_marks_may_vote (
    const TriasRaftMarks *self, guint candidate, guint64 term, guint64 log_term, guint64 log_index)
{
  const TriasRaftMark *known = &self->known[candidate - 1];
  TriasRaftMark claims = { .log_term = log_term, .log_index = log_index };

  if (self->lost)
    return FALSE;
  if ((self->fresh & (1u << candidate)) == 0 || !trias_raft_marks_may_stand (self, term))
    return FALSE;
  /* The candidate itself may come from an old image: it lacks what we know that it held, or stands
   * in a term in which it voted for another. */
  if (log_is_higher (known, &claims))
    return FALSE;
  return term > known->vote_term
         || (term == known->vote_term && (known->vote == 0 || known->vote == candidate));
}

/* --- bytes --- */

#define SUM_SIZE 32
#define MARKS_SIZE (TRIAS_RAFT_MARKS_SIZE - SUM_SIZE)
#define FLAGS_AT (MARKS_SIZE - sizeof (guint64))
#define FLAG_LOST 1
#define FLAG_BLANK 2

static void
sum_up (const guint8 *bytes, guint8 *sum)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize size = SUM_SIZE;

  g_checksum_update (checksum, bytes, MARKS_SIZE);
  g_checksum_get_digest (checksum, sum, &size);
}

void
trias_raft_marks_save (const TriasRaftMarks *self, guint8 *bytes)
{
  guint64 flags
      = GUINT64_TO_LE ((guint64) ((self->lost ? FLAG_LOST : 0) | (self->blank ? FLAG_BLANK : 0)));

  for (guint i = 0; i < TRIAS_RAFT_SLOTS; i++)
    {
      const TriasRaftMark *mark = &self->known[i];
      guint64 words[4] = { GUINT64_TO_LE (mark->vote_term), GUINT64_TO_LE (mark->vote),
                           GUINT64_TO_LE (mark->log_term), GUINT64_TO_LE (mark->log_index) };

      memcpy (bytes + i * sizeof words, words, sizeof words);
    }
  memcpy (bytes + FLAGS_AT, &flags, sizeof flags);
  sum_up (bytes, bytes + MARKS_SIZE);
}

gboolean
trias_raft_marks_load (TriasRaftMarks *self, const guint8 *bytes, gsize length)
{
  guint8 sum[SUM_SIZE];
  guint64 flags;

  if (length == TRIAS_RAFT_MARKS_SIZE)
    sum_up (bytes, sum);
  if (length != TRIAS_RAFT_MARKS_SIZE || memcmp (sum, bytes + MARKS_SIZE, sizeof sum) != 0)
    {
      self->lost = TRUE;
      return FALSE;
    }
  for (guint i = 0; i < TRIAS_RAFT_SLOTS; i++)
    {
      guint64 words[4];
      TriasRaftMark mark;

      memcpy (words, bytes + i * sizeof words, sizeof words);
      mark = (TriasRaftMark){ GUINT64_FROM_LE (words[0]), GUINT64_FROM_LE (words[1]),
                              GUINT64_FROM_LE (words[2]), GUINT64_FROM_LE (words[3]) };
      raise_mark (&self->known[i], &mark);
    }
  memcpy (&flags, bytes + FLAGS_AT, sizeof flags);
  self->lost |= (GUINT64_FROM_LE (flags) & FLAG_LOST) != 0;
  self->blank |= (GUINT64_FROM_LE (flags) & FLAG_BLANK) != 0;
  compare (self);
  return TRUE;
}

GBytes *
trias_raft_marks_blank (GBytes *saved)
{
  TriasRaftMarks self;
  guint8 bytes[TRIAS_RAFT_MARKS_SIZE];
  gsize length;
  const guint8 *data;

  trias_raft_marks_init (&self, 1);
  if (saved != NULL)
    {
      data = g_bytes_get_data (saved, &length);
      trias_raft_marks_load (&self, data, length);
    }
  self.blank = TRUE;
  trias_raft_marks_save (&self, bytes);
  return g_bytes_new (bytes, sizeof bytes);
}
