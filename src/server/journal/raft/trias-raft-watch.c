/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-raft"

#include "config.h"

#include "server/journal/raft/trias-raft-compat.h"
#include "server/journal/raft/trias-raft-member-private.h"

/* Silence of so long is no contact any more: two notes and some. */
#define CONTACT_MS (2 * TRIAS_RAFT_NOTE_MS)

void
trias_raft_watch_contact (TriasRaftMember *self, guint slot)
{
  TriasRaftPeer *peer = &self->peers[slot];

  peer->last_contact = trias_raft_now (self);
  if (peer->contact_since == 0)
    peer->contact_since = peer->last_contact;
}

void
trias_raft_watch_tick (TriasRaftMember *self)
{
  gint64 silence = CONTACT_MS + (gint64) self->config.election_ms;

  for (guint slot = 1; slot <= TRIAS_RAFT_SLOTS; slot++)
    {
      TriasRaftPeer *peer = &self->peers[slot];

      if (peer->contact_since == 0 || trias_raft_now (self) - peer->last_contact <= silence)
        continue;
      peer->contact_since = 0;
      peer->hears = 0;
      for (guint i = 0; i < G_N_ELEMENTS (peer->hears_since); i++)
        peer->hears_since[i] = 0;
    }
}

static gboolean
just_heard_leader (TriasRaftMember *self)
{
  return self->leader_heard != 0
         && trias_raft_now (self) < self->leader_heard + (gint64) self->config.election_ms
         && !trias_raft_leaves_out (self, TRIAS_RAFT_NO_STICKY);
}

/* Elections are rare and worth a trace: where the time of a failover goes is seen there alone. */
static void
trace_vote (TriasRaftMember *self, const struct raft_message *message, gboolean out)
{
  const struct raft_request_vote *vote = &message->request_vote;
  const struct raft_request_vote_result *result = &message->request_vote_result;

  if (message->type == TRIAS_RAFT_VOTE)
    g_debug ("member %u %s %u: %s for term %" G_GUINT64_FORMAT, self->config.slot,
             out ? "asks" : "is asked by", (guint) message->server_id,
             vote->pre_vote ? "would it vote" : "vote", (guint64) vote->term);
  else if (message->type == TRIAS_RAFT_VOTE_RESULT)
    g_debug ("member %u %s %u: %s%s, term %" G_GUINT64_FORMAT, self->config.slot,
             out ? "tells" : "is told by", (guint) message->server_id,
             result->vote_granted ? "yes" : "no",
             result->pre_vote == raft_tribool_true ? " (would)" : "", (guint64) result->term);
}

/* Whoever is asked by one that knows less can only refuse; it is the one that can win, and waits
 * for nobody: its timer ends now. */
static void
go_first (TriasRaftMember *self, const struct raft_request_vote *vote)
{
  struct raft *raft = &self->raft;
  raft_index last = raft_last_index (raft);
  raft_term term = trias_raft_log_term (raft, last);

  if (raft->state != RAFT_CANDIDATE || !raft->candidate_state.in_pre_vote || !vote->pre_vote
      || vote->last_log_term > term
      || (vote->last_log_term == term && vote->last_log_index >= last))
    return;
  raft->election_timer_start
      = raft->io->time (raft->io) - raft->candidate_state.randomized_election_timeout;
}

/* Somebody wants to lead. Its leave to disrupt counts for the leader that ordered it alone, which
 * stops leading by its vote: the third one may have just helped to renew a lease. */
static gboolean
vote_arrives (TriasRaftMember *self, guint from, struct raft_request_vote *vote)
{
  gboolean ordered = self->raft.state == RAFT_LEADER && self->raft.transfer != NULL
                     && self->raft.transfer->id == from;

  if (vote->disrupt_leader && !ordered && !trias_raft_leaves_out (self, TRIAS_RAFT_NO_PERMIT))
    vote->disrupt_leader = FALSE;
  if (just_heard_leader (self) && !vote->disrupt_leader)
    return FALSE;
  go_first (self, vote);
  return trias_raft_leaves_out (self, TRIAS_RAFT_NO_MARKS)
         || trias_raft_marks_may_vote (&self->marks, from, vote->term, vote->last_log_term,
                                       vote->last_log_index);
}

static gboolean
order_arrives (TriasRaftMember *self, guint from, const struct raft_timeout_now *order)
{
  return trias_raft_leaves_out (self, TRIAS_RAFT_NO_PERMIT)
         || trias_raft_permit_allows (&self->permit, from, order->term, order->last_log_index,
                                      trias_raft_now (self));
}

static struct raft_progress *
progress_of (TriasRaftMember *self, guint slot)
{
  struct raft *raft = &self->raft;

  if (raft->state != RAFT_LEADER)
    return NULL;
  for (unsigned i = 0; i < raft->configuration.n; i++)
    if (raft->configuration.servers[i].id == slot)
      return &raft->leader_state.progress[i];
  return NULL;
}

/* The engine takes a rejection of what was acknowledged before for an old message and would never
 * send it again; but a disk may have been put back. */
static void
result_arrives (TriasRaftMember *self, guint from, const struct raft_append_entries_result *result)
{
  struct raft_progress *progress = progress_of (self, from);
  raft_term term;

  if (progress == NULL || result->term != self->raft.current_term)
    return;
  if (result->rejected == 0)
    {
      TriasRaftMark mark
          = { .log_index = MIN (result->last_log_index, raft_last_index (&self->raft)) };

      term = trias_raft_log_term (&self->raft, mark.log_index);
      mark.log_term = term;
      if (term != 0 && trias_raft_marks_learn (&self->marks, from, &mark))
        self->marks_due = TRUE;
      return;
    }
  /* What it lacks is sent at once; the engine would wait for the next heartbeat. */
  progress->last_send = 0;
  if (progress->state != 1 /* pipeline */ || result->rejected > progress->match_index
      || result->last_log_index >= progress->match_index)
    return;
  g_debug ("member %u has lost entries after %" G_GUINT64_FORMAT, from,
           (guint64) result->last_log_index);
  progress->state = 0; /* probe */
  progress->next_index = result->rejected + 1;
  progress->match_index = result->last_log_index;
}

static gboolean
arrives (struct raft_message *message, gpointer user_data)
{
  TriasRaftMember *self = user_data;
  guint from = (guint) message->server_id;
  raft_term term = 0;

  if (from < 1 || from > TRIAS_RAFT_SLOTS || from == self->config.slot
      || trias_raft_now (self) < self->quiet_until)
    return FALSE;
  trias_raft_watch_contact (self, from);
  trace_vote (self, message, FALSE);
  if (message->type == TRIAS_RAFT_VOTE)
    return vote_arrives (self, from, &message->request_vote);
  if (message->type == TRIAS_RAFT_TIMEOUT_NOW)
    return order_arrives (self, from, &message->timeout_now);
  if (message->type == TRIAS_RAFT_APPEND_RESULT)
    result_arrives (self, from, &message->append_entries_result);
  else if (message->type == TRIAS_RAFT_APPEND)
    term = message->append_entries.term;
  else if (message->type == TRIAS_RAFT_SNAPSHOT)
    term = message->install_snapshot.term;
  if (term == 0)
    return TRUE;
  if (!trias_raft_leaves_out (self, TRIAS_RAFT_NO_MARKS)
      && !trias_raft_marks_may_follow (&self->marks, term))
    return FALSE;
  if (term >= self->raft.current_term)
    self->leader_heard = trias_raft_now (self);
  return TRUE;
}

/* This member's vote for itself is a vote as well. */
static gboolean
may_stand (TriasRaftMember *self, const struct raft_request_vote *vote)
{
  if (just_heard_leader (self) && !vote->disrupt_leader)
    return FALSE;
  return trias_raft_leaves_out (self, TRIAS_RAFT_NO_MARKS)
         || trias_raft_marks_may_stand (&self->marks, vote->term);
}

static gboolean
leaves (struct raft_message *message, gpointer user_data)
{
  TriasRaftMember *self = user_data;

  if (trias_raft_now (self) < self->quiet_until)
    return FALSE;
  trace_vote (self, message, TRUE);
  return message->type != TRIAS_RAFT_VOTE || may_stand (self, &message->request_vote);
}

static int
draws (int min, int max, gpointer user_data)
{
  TriasRaftMember *self = user_data;

  return (int) trias_raft_rank_timeout (self->config.slot, (guint) min,
                                        (guint) self->guard.random (self->io, 0, max - min));
}

static void
write_failed (int status, gpointer user_data)
{
  TriasRaftMember *self = user_data;

  self->broken = status;
}

const TriasRaftHooks trias_raft_watch_hooks
    = { .arrives = arrives, .leaves = leaves, .draws = draws, .failed = write_failed };

guint64
trias_raft_match (TriasRaftMember *self, guint slot)
{
  const struct raft_progress *progress = progress_of (self, slot);

  if (slot == self->config.slot)
    return raft_last_index (&self->raft);
  return progress != NULL ? progress->match_index : self->peers[slot].last_index;
}

gboolean
trias_raft_is_caught_up (TriasRaftMember *self, guint slot)
{
  return trias_raft_match (self, slot) >= self->raft.commit_index && self->raft.commit_index > 0;
}
