/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-raft"

#include "config.h"

#include <string.h>

#include "server/journal/raft/trias-raft-compat.h"
#include "server/journal/raft/trias-raft-guard.h"

/* In a heartbeat. */
#define TICKS 4

static TriasRaftGuard *
guard_of (struct raft_io *io)
{
  return ((struct raft *) io->data)->data;
}

const struct raft_entry *
trias_raft_log_entry (const struct raft *raft, raft_index index)
{
  const struct raft_log *log = &raft->log;
  gsize n;

  if (log->size == 0)
    n = 0;
  else
    n = log->back >= log->front ? log->back - log->front : log->size - log->front + log->back;
  if (index <= log->offset || index > log->offset + n)
    return NULL;
  return &log->entries[(log->front + (gsize) (index - log->offset - 1)) % log->size];
}

raft_term
trias_raft_log_term (const struct raft *raft, raft_index index)
{
  const struct raft_log *log = &raft->log;
  const struct raft_entry *entry = trias_raft_log_entry (raft, index);

  if (entry != NULL)
    return entry->term;
  return index > 0 && index == log->snapshot.last_index ? log->snapshot.last_term : 0;
}

/* --- guard 1: the leader --- */

static void
barrier_cb (struct raft_barrier *barrier, int status)
{
  g_free (barrier);
}

static void
begin_term (TriasRaftGuard *self)
{
  struct raft *raft = self->raft;
  struct raft_barrier *barrier;

  if (self->barrier_term == raft->current_term || (self->left_out & TRIAS_RAFT_NO_BARRIER))
    return;
  barrier = g_new0 (struct raft_barrier, 1);
  if (raft_barrier (raft, barrier, barrier_cb) != 0)
    {
      g_free (barrier);
      return;
    }
  self->barrier_index = raft_last_index (raft);
  self->barrier_term = raft->current_term;
}

gboolean
trias_raft_guard_has_begun (TriasRaftGuard *self)
{
  struct raft *raft = self->raft;

  if (raft->state != RAFT_LEADER)
    return FALSE;
  if (self->left_out & TRIAS_RAFT_NO_BARRIER)
    return TRUE;
  return self->barrier_term == raft->current_term && raft->last_applied >= self->barrier_index;
}

static gboolean
is_acknowledgement (TriasRaftGuard *self, const struct raft_message *message)
{
  return message->type == TRIAS_RAFT_APPEND_RESULT && message->append_entries_result.rejected == 0
         && message->append_entries_result.term == self->raft->current_term;
}

/* What lies at or below the commit index is known to be safe, and snapshots need it told. */
static gboolean
must_withhold (TriasRaftGuard *self, raft_index index)
{
  struct raft *raft = self->raft;

  return index > raft->commit_index
         && (self->barrier_term != raft->current_term || index < self->barrier_index
             || raft->last_stored < self->barrier_index);
}

/* The engine is told as much as is safe, so that it goes on sending. The rest is told once the
 * barrier lies on this disk, which may be slower than the other's. */
static void
withhold (TriasRaftGuard *self, struct raft_message *message)
{
  struct raft_append_entries_result *result = &message->append_entries_result;

  if (self->raft->state != RAFT_LEADER || !is_acknowledgement (self, message)
      || !must_withhold (self, result->last_log_index) || (self->left_out & TRIAS_RAFT_NO_WITHHOLD))
    return;
  self->withheld++;
  if (self->held_term != result->term)
    memset (self->held, 0, sizeof self->held);
  if (message->server_id < G_N_ELEMENTS (self->held))
    {
      self->held[message->server_id] = result->last_log_index;
      self->held_term = result->term;
    }
  result->last_log_index = self->raft->commit_index;
}

static void
tell_held (TriasRaftGuard *self)
{
  struct raft *raft = self->raft;

  for (unsigned i = 0; i < raft->configuration.n; i++)
    {
      const struct raft_server *server = &raft->configuration.servers[i];
      struct raft_message message = { .type = TRIAS_RAFT_APPEND_RESULT,
                                      .server_id = server->id,
                                      .server_address = server->address };

      if (server->id >= G_N_ELEMENTS (self->held) || self->held[server->id] == 0
          || must_withhold (self, self->held[server->id]))
        continue;
      message.append_entries_result.term = self->held_term;
      message.append_entries_result.last_log_index = self->held[server->id];
      self->held[server->id] = 0;
      self->recv (raft->io, &message);
      if (raft->state != RAFT_LEADER)
        return;
    }
}

typedef struct
{
  struct raft_io_send *request;
  raft_io_send_cb cb;
} KeptIn;

/* A send that fails at once makes libraft free the message that it answers twice: it is told later.
 */
static int
keep_in (TriasRaftGuard *self, struct raft_io_send *request, raft_io_send_cb cb)
{
  KeptIn *kept = g_new0 (KeptIn, 1);

  request->cb = cb;
  kept->request = request;
  kept->cb = cb;
  g_queue_push_tail (&self->kept_in, kept);
  return 0;
}

static void
tell_kept_in (TriasRaftGuard *self)
{
  KeptIn *kept;

  while ((kept = g_queue_pop_head (&self->kept_in)) != NULL)
    {
      if (kept->cb != NULL)
        kept->cb (kept->request, RAFT_NOCONNECTION);
      g_free (kept);
    }
}

void
trias_raft_guard_tick (TriasRaftGuard *self)
{
  tell_kept_in (self);
  if (self->raft->state != RAFT_LEADER)
    return;
  begin_term (self);
  if (self->held_term == self->raft->current_term)
    tell_held (self);
  else
    memset (self->held, 0, sizeof self->held);
}

/* --- guard 2: a follower --- */

static void
note_verified (TriasRaftGuard *self, const struct raft_message *message)
{
  raft_term term;
  raft_index index;

  if (message->type == TRIAS_RAFT_APPEND)
    {
      term = message->append_entries.term;
      index = message->append_entries.prev_log_index + message->append_entries.n_entries;
    }
  else if (message->type == TRIAS_RAFT_SNAPSHOT)
    {
      term = message->install_snapshot.term;
      index = message->install_snapshot.last_index;
    }
  else
    return;
  if (term < self->raft->current_term)
    return;
  if (term != self->verified_term)
    self->verified = 0;
  self->verified_term = term;
  /* An upper bound: where the logs differ the answer is a rejection. */
  self->verified = MAX (self->verified, index);
}

static void
cap (TriasRaftGuard *self, struct raft_message *message)
{
  raft_index limit = self->verified_term == self->raft->current_term ? self->verified : 0;

  if (!is_acknowledgement (self, message) || message->append_entries_result.last_log_index <= limit
      || (self->left_out & TRIAS_RAFT_NO_VERIFIED))
    return;
  self->capped++;
  message->append_entries_result.last_log_index = limit;
}

/* --- what is wrapped --- */

/* The engine owns what a message brings once it has seen it. */
static void
drop (struct raft_message *message)
{
  if (message->type == TRIAS_RAFT_APPEND && message->append_entries.n_entries > 0)
    {
      raft_free (message->append_entries.entries[0].batch);
      raft_free (message->append_entries.entries);
    }
  else if (message->type == TRIAS_RAFT_SNAPSHOT)
    {
      raft_configuration_close (&message->install_snapshot.conf);
      raft_free (message->install_snapshot.data.base);
    }
}

static void
guard_recv (struct raft_io *io, struct raft_message *message)
{
  TriasRaftGuard *self = guard_of (io);

  if (self->writes.broken
      || (self->hooks != NULL && self->hooks->arrives != NULL
          && !self->hooks->arrives (message, self->user_data)))
    {
      drop (message);
      return;
    }
  withhold (self, message);
  trias_raft_mend_append_entries (self->raft, message);
  note_verified (self, message);
  self->recv (io, message);
  trias_raft_guard_tick (self);
}

static int
guard_start (struct raft_io *io, unsigned msecs, raft_io_tick_cb tick, raft_io_recv_cb recv)
{
  TriasRaftGuard *self = guard_of (io);

  self->recv = recv;
  /* A time-out is noticed only then: ranks are told apart by a tenth of E. */
  return self->start (io, MAX (msecs / TICKS, 1), tick, guard_recv);
}

static gboolean
may_leave (TriasRaftGuard *self, const struct raft_message *message)
{
  const struct raft *raft = self->raft;

  /* A write ended after the leader that it was for is gone: libraft would send to nobody, or to
   * whatever stands in that place for a candidate, and raft_uv does not survive that. */
  if (self->writes.broken || message->server_id < 1 || message->server_id > TRIAS_RAFT_SLOTS)
    return FALSE;
  /* While a snapshot of a leader is written, the log claims it, and what is applied lacks it. */
  return message->type != TRIAS_RAFT_VOTE || raft->snapshot.put.data == NULL
         || raft->snapshot.pending.term != 0;
}

/* libraft says no to a question of an older term with that term. One with the longer log would
 * never learn of the newer term, and one with the newer term lacks the log: neither could ever
 * lead. */
static void
tell_term (TriasRaftGuard *self, struct raft_message *message)
{
  struct raft_request_vote_result *result = &message->request_vote_result;

  if (message->type == TRIAS_RAFT_VOTE_RESULT && result->pre_vote == raft_tribool_true
      && !result->vote_granted)
    result->term = MAX (result->term, self->raft->current_term);
}

static int
guard_send (struct raft_io *io,
            struct raft_io_send *request,
            const struct raft_message *message,
            raft_io_send_cb cb)
{
  TriasRaftGuard *self = guard_of (io);
  struct raft_message copy = *message;

  if (!may_leave (self, message))
    return keep_in (self, request, cb);
  if (self->hooks != NULL && self->hooks->leaves != NULL
      && !self->hooks->leaves (&copy, self->user_data))
    return keep_in (self, request, cb);
  cap (self, &copy);
  tell_term (self, &copy);
  return self->send (io, request, &copy, cb);
}

static int
guard_append (struct raft_io *io,
              struct raft_io_append *request,
              const struct raft_entry entries[],
              unsigned n,
              raft_io_append_cb cb)
{
  return trias_raft_writes_append (&guard_of (io)->writes, request, entries, n, cb);
}

static int
guard_set_term (struct raft_io *io, raft_term term)
{
  return trias_raft_writes_set_term (&guard_of (io)->writes, term);
}

static int
guard_set_vote (struct raft_io *io, raft_id vote)
{
  return trias_raft_writes_set_vote (&guard_of (io)->writes, vote);
}

static int
guard_snapshot_put (struct raft_io *io,
                    unsigned trailing,
                    struct raft_io_snapshot_put *request,
                    const struct raft_snapshot *snapshot,
                    raft_io_snapshot_put_cb cb)
{
  return trias_raft_writes_snapshot_put (&guard_of (io)->writes, trailing, request, snapshot, cb);
}

static void
guard_close (struct raft_io *io, raft_io_close_cb cb)
{
  TriasRaftGuard *self = guard_of (io);

  tell_kept_in (self);
  trias_raft_writes_close (&self->writes);
  self->close (io, cb);
}

static int
guard_random (struct raft_io *io, int min, int max)
{
  TriasRaftGuard *self = guard_of (io);

  if (self->hooks != NULL && self->hooks->draws != NULL)
    return self->hooks->draws (min, max, self->user_data);
  return self->random (io, min, max);
}

void
trias_raft_guard_init (TriasRaftGuard *self,
                       struct raft *raft,
                       guint left_out,
                       const TriasRaftHooks *hooks,
                       gpointer user_data)
{
  *self = (TriasRaftGuard){
    .raft = raft,
    .left_out = left_out,
    .hooks = hooks,
    .user_data = user_data,
    .start = raft->io->start,
    .send = raft->io->send,
    .random = raft->io->random,
    .close = raft->io->close,
  };
  g_queue_init (&self->kept_in);
  trias_raft_writes_init (&self->writes, raft, hooks != NULL ? hooks->failed : NULL, user_data);
  raft->data = self;
  raft->io->start = guard_start;
  raft->io->send = guard_send;
  raft->io->random = guard_random;
  raft->io->append = guard_append;
  raft->io->snapshot_put = guard_snapshot_put;
  raft->io->set_term = guard_set_term;
  raft->io->set_vote = guard_set_vote;
  raft->io->close = guard_close;
}
