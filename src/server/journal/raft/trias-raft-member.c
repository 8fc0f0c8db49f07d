/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-raft"

#include "config.h"

#include <string.h>

#include "core/trias-problem.h"
#include "server/journal/raft/trias-raft-member-private.h"

#define TERTIARY 3
/* A log that was just made holds who the members are. */
#define PRISTINE_INDEX 1
/* An entry and a snapshot begin with their length, and end with what the engine wants: its sizes
 * are multiples of 8. */
#define HEAD sizeof (guint64)
#define SNAPSHOT_HEAD (3 * sizeof (guint64))
/* A follower that lost a snapshot gets it anew after so long. */
#define SNAPSHOT_TIMEOUT_MS 2000

typedef struct
{
  struct raft_apply request;
  TriasRaftMember *member;
  gpointer tag;
  void *base; /* (owned) until it is proposed */
  gsize size;
  raft_term term;
  gint64 proposed_at;
  gboolean unknown;
} Request;

gint64
trias_raft_now (TriasRaftMember *self)
{
  return self->client->boot (self->user_data);
}

gboolean
trias_raft_leaves_out (TriasRaftMember *self, TriasRaftRules rule)
{
  return (self->config.left_out & rule) != 0;
}

gboolean
trias_raft_is_leading (TriasRaftMember *self)
{
  return self->started && self->raft.state == RAFT_LEADER && self->broken == 0;
}

gboolean
trias_raft_is_muted (TriasRaftMember *self)
{
  return self->started && !trias_raft_leaves_out (self, TRIAS_RAFT_NO_MARKS)
         && trias_raft_marks_is_behind (&self->marks);
}

/* --- entries --- */

static void
refuse (TriasRaftMember *self, Request *request, gboolean unknown)
{
  request->unknown = unknown;
  g_queue_push_tail (&self->refusals, request);
}

static void
applied_cb (struct raft_apply *apply, int status, void *result)
{
  Request *request = (Request *) apply;
  TriasRaftMember *self = request->member;

  g_queue_remove (&self->flying, request);
  if (status != 0)
    {
      /* It may lie on another disk already. */
      refuse (self, request, TRUE);
      return;
    }
  if (self->raft.state == RAFT_LEADER && self->raft.current_term == request->term)
    trias_raft_lease_confirm (&self->lease, request->proposed_at);
  g_free (request);
}

static void
propose (TriasRaftMember *self, Request *request)
{
  struct raft_buffer buffer = { .base = request->base, .len = request->size };
  int status = RAFT_NOTLEADER;

  request->proposed_at = trias_raft_now (self);
  request->term = self->raft.current_term;
  if (trias_raft_is_leading (self) && self->transfer.state != TRIAS_RAFT_TRANSFER_ORDERED)
    {
      g_queue_push_tail (&self->flying, request);
      status = raft_apply (&self->raft, &request->request, &buffer, 1, applied_cb);
    }
  if (status == 0)
    return;
  g_queue_remove (&self->flying, request);
  raft_free (request->base);
  refuse (self, request, status != RAFT_NOTLEADER);
}

static void
propose_waiting (TriasRaftMember *self)
{
  Request *request;

  /* A callback of the engine is no place to call it. */
  while (self->inside == 0 && (request = g_queue_pop_head (&self->waiting)) != NULL)
    propose (self, request);
}

void
trias_raft_member_append (TriasRaftMember *self, const void *data, gsize length, gpointer tag)
{
  Request *request = g_new0 (Request, 1);
  guint64 prefix = GUINT64_TO_LE ((guint64) length);

  request->member = self;
  request->tag = tag;
  request->size = HEAD + (length + 7) / 8 * 8;
  request->base = raft_calloc (1, request->size);
  memcpy (request->base, &prefix, HEAD);
  memcpy ((guint8 *) request->base + HEAD, data, length);
  g_queue_push_tail (&self->waiting, request);
  propose_waiting (self);
}

guint
trias_raft_member_in_flight (TriasRaftMember *self)
{
  return self->flying.length + self->waiting.length;
}

static void
tell_refusals (TriasRaftMember *self)
{
  Request *request;

  while ((request = g_queue_pop_head (&self->refusals)) != NULL)
    {
      self->client->refused (request->tag, request->unknown, self->user_data);
      g_free (request);
    }
}

/* --- the state machine, called by the engine --- */

static void
set_trouble (TriasRaftMember *self, const char *what)
{
  g_free (self->trouble);
  self->trouble = g_strdup (what);
}

static gboolean
read_head (const struct raft_buffer *buffer, gsize at, gsize head, guint64 *value)
{
  if (buffer->len < head)
    return FALSE;
  memcpy (value, (const guint8 *) buffer->base + at, sizeof *value);
  *value = GUINT64_FROM_LE (*value);
  return TRUE;
}

static gpointer
tag_of (TriasRaftMember *self, raft_index index)
{
  Request *request = g_queue_peek_head (&self->flying);

  return request != NULL && request->request.index == index ? request->tag : NULL;
}

static int
fsm_apply (struct raft_fsm *fsm, const struct raft_buffer *buffer, void **result)
{
  TriasRaftMember *self = fsm->data;
  raft_index index = raft_last_applied (&self->raft) + 1;
  guint64 length;

  *result = NULL;
  if (!read_head (buffer, 0, HEAD, &length) || length > buffer->len - HEAD)
    {
      set_trouble (self, "An entry of the log is damaged.");
      return RAFT_MALFORMED;
    }
  self->inside++;
  self->client->apply (trias_raft_log_term (&self->raft, index), index,
                       (const guint8 *) buffer->base + HEAD, length, tag_of (self, index),
                       self->user_data);
  self->inside--;
  return 0;
}

gboolean
trias_raft_member_apply_rest (TriasRaftMember *self)
{
  raft_index last = self->started ? raft_last_index (&self->raft) : 0;

  for (raft_index i = self->started ? raft_last_applied (&self->raft) + 1 : 1; i <= last; i++)
    {
      const struct raft_entry *entry = trias_raft_log_entry (&self->raft, i);
      guint64 length;

      if (entry == NULL || entry->type != RAFT_COMMAND || !read_head (&entry->buf, 0, HEAD, &length)
          || length > entry->buf.len - HEAD)
        continue;
      self->client->apply (entry->term, i, (const guint8 *) entry->buf.base + HEAD, length, NULL,
                           self->user_data);
    }
  return self->started;
}

static int
fsm_snapshot (struct raft_fsm *fsm, struct raft_buffer *buffers[], unsigned *n)
{
  TriasRaftMember *self = fsm->data;
  g_autoptr (GBytes) state = NULL;
  struct raft_buffer *buffer;
  guint64 head[3];
  gsize length;
  gconstpointer data;

  self->inside++;
  state = self->client->snapshot (self->user_data);
  self->inside--;
  /* It is tried again with a later entry. */
  if (state == NULL)
    return RAFT_BUSY;
  data = g_bytes_get_data (state, &length);
  head[0] = GUINT64_TO_LE ((guint64) length);
  head[1] = GUINT64_TO_LE ((guint64) raft_last_applied (&self->raft));
  head[2] = GUINT64_TO_LE (
      (guint64) trias_raft_log_term (&self->raft, raft_last_applied (&self->raft)));
  buffer = raft_calloc (1, sizeof *buffer);
  if (buffer == NULL)
    return RAFT_NOMEM;
  buffer->len = SNAPSHOT_HEAD + (length + 7) / 8 * 8;
  buffer->base = raft_calloc (1, buffer->len);
  if (buffer->base == NULL)
    {
      raft_free (buffer);
      return RAFT_NOMEM;
    }
  memcpy (buffer->base, head, SNAPSHOT_HEAD);
  if (length > 0)
    memcpy ((guint8 *) buffer->base + SNAPSHOT_HEAD, data, length);
  *buffers = buffer;
  *n = 1;
  return 0;
}

static int
fsm_restore (struct raft_fsm *fsm, struct raft_buffer *buffer)
{
  TriasRaftMember *self = fsm->data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) state = NULL;
  guint64 length = 0, index = 0, term = 0;
  gboolean done;

  if (!read_head (buffer, 0, SNAPSHOT_HEAD, &length)
      || !read_head (buffer, HEAD, SNAPSHOT_HEAD, &index)
      || !read_head (buffer, 2 * HEAD, SNAPSHOT_HEAD, &term)
      || length > buffer->len - SNAPSHOT_HEAD)
    {
      set_trouble (self, "A snapshot is damaged.");
      return RAFT_MALFORMED;
    }
  state = g_bytes_new ((const guint8 *) buffer->base + SNAPSHOT_HEAD, length);
  self->inside++;
  done = self->client->restore (state, term, index, self->user_data, &error);
  self->inside--;
  if (!done)
    {
      set_trouble (self, error->message);
      return RAFT_MALFORMED;
    }
  raft_free (buffer->base); /* ours on success alone */
  return 0;
}

/* --- life --- */

static void
set_up (TriasRaftMember *self)
{
  const TriasRaftConfig *config = &self->config;

  raft_set_election_timeout (&self->raft, config->election_ms);
  raft_set_heartbeat_timeout (&self->raft, config->heartbeat_ms);
  raft_set_install_snapshot_timeout (&self->raft, SNAPSHOT_TIMEOUT_MS);
  raft_set_pre_vote (&self->raft, true);
  if (config->snapshot_threshold > 0)
    {
      raft_set_snapshot_threshold (&self->raft, config->snapshot_threshold);
      raft_set_snapshot_trailing (&self->raft, config->snapshot_trailing);
    }
}

static void
member_free (TriasRaftMember *self)
{
  g_clear_pointer (&self->saved, g_bytes_unref);
  g_ptr_array_unref (self->orders);
  g_free (self->trouble);
  g_free (self);
}

static void
set_error (GError **error, TriasRaftMember *self, int status, const char *what)
{
  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_STORAGE, "%s: %s (%s)", what,
               self->trouble != NULL ? self->trouble : raft_errmsg (&self->raft),
               raft_strerror (status));
}

TriasRaftMember *
trias_raft_member_new (struct raft_io *io,
                       const TriasRaftConfig *config,
                       GBytes *marks,
                       const TriasRaftClient *client,
                       gpointer user_data,
                       GError **error)
{
  TriasRaftMember *self = g_new0 (TriasRaftMember, 1);
  const char address[] = { (char) ('0' + config->slot), '\0' };
  int status;

  g_return_val_if_fail (config->slot >= 1 && config->slot <= TRIAS_RAFT_SLOTS, NULL);
  self->io = io;
  self->config = *config;
  self->client = client;
  self->user_data = user_data;
  self->saved = marks != NULL ? g_bytes_ref (marks) : NULL;
  self->orders = g_ptr_array_new_with_free_func (g_free);
  self->fsm = (struct raft_fsm){
    .version = 1, .data = self, .apply = fsm_apply, .snapshot = fsm_snapshot, .restore = fsm_restore
  };
  status = raft_init (&self->raft, io, &self->fsm, config->slot, address);
  if (status != 0)
    {
      set_error (error, self, status, "The engine cannot be set up");
      member_free (self);
      return NULL;
    }
  trias_raft_guard_init (&self->guard, &self->raft, config->left_out, &trias_raft_watch_hooks,
                         self);
  trias_raft_lease_init (&self->lease, config->election_ms);
  trias_raft_marks_init (&self->marks, config->slot);
  trias_raft_lead_init (self);
  set_up (self);
  return self;
}

void
trias_raft_configuration (struct raft_configuration *configuration)
{
  raft_configuration_init (configuration);
  for (guint slot = 1; slot <= TRIAS_RAFT_SLOTS; slot++)
    {
      const char address[] = { (char) ('0' + slot), '\0' };

      raft_configuration_add (configuration, slot, address, RAFT_VOTER);
    }
}

gboolean
trias_raft_member_start (TriasRaftMember *self, GError **error)
{
  struct raft_configuration configuration;
  gint64 wait = self->config.election_ms;
  int status;

  trias_raft_configuration (&configuration);
  status = raft_bootstrap (&self->raft, &configuration);
  raft_configuration_close (&configuration);
  if (status != 0 && status != RAFT_CANTBOOTSTRAP)
    {
      set_error (error, self, status, "The log cannot be made");
      return FALSE;
    }
  self->marks.blank = status == 0 && !self->config.fresh;
  if (self->config.slot == TERTIARY)
    wait *= 2;
  /* Who never took part has promised nobody anything; the last still lets the others go first. */
  if (self->config.fresh && status == 0)
    wait -= self->config.election_ms;
  if (trias_raft_leaves_out (self, TRIAS_RAFT_NO_START_WAIT))
    wait = 0;
  self->start_at = MAX (trias_raft_now (self) + wait, 1);
  return TRUE;
}

static void
fail (TriasRaftMember *self, int status)
{
  const char *what = self->trouble;
  g_autofree char *why = NULL;

  if (what == NULL && self->broken != 0)
    what = "The disk refused a write of the log";
  if (what == NULL)
    what = *raft_errmsg (&self->raft) != '\0' ? raft_errmsg (&self->raft) : "The engine stopped";
  why = g_strdup_printf ("%s (%s)", what, status != 0 ? raft_strerror (status) : "unavailable");
  self->failed = TRUE;
  self->client->failed (why, self->user_data);
}

static void
start_now (TriasRaftMember *self)
{
  int status = raft_start (&self->raft);

  if (status != 0)
    {
      fail (self, status);
      return;
    }
  self->started = TRUE;
  /* Whom it followed is forgotten; whoever it was may still count on it. */
  trias_raft_gossip_start (self);
  /* What comes first into a new log brings the term of a leader that may be followed. */
  self->marks.blank &= raft_last_index (&self->raft) <= PRISTINE_INDEX;
}

static void
tell_changes (TriasRaftMember *self)
{
  TriasRaftStatus status;
  guint now[G_N_ELEMENTS (self->told)] = { 0 };

  trias_raft_member_get_status (self, &status);
  now[0] = status.active;
  now[1] = status.leading;
  now[2] = status.muted;
  now[3] = status.transferring;
  now[4] = status.leader;
  now[5] = (guint) self->pin.version;
  now[6] = (guint) status.term;
  now[7] = status.quorum;
  for (guint i = 0; i < TRIAS_RAFT_SLOTS; i++)
    {
      now[8] = now[8] << 3 | (status.members[i].contact ? 4u : 0)
               | (status.members[i].caught_up ? 2u : 0) | (status.members[i].muted ? 1u : 0);
      now[9] = now[9] << 4 | status.members[i].hears;
    }
  if (memcmp (now, self->told, sizeof now) == 0)
    return;
  if (memcmp (now, self->told, 8 * sizeof now[0]) != 0)
    g_debug ("member %u: term %" G_GUINT64_FORMAT "%s%s%s%s, leader %u", self->config.slot,
             status.term, status.leading ? ", leads" : "", status.active ? ", active" : "",
             status.muted ? ", muted" : "", status.transferring ? ", hands over" : "",
             status.leader);
  memcpy (self->told, now, sizeof now);
  self->client->changed (self->user_data);
}

void
trias_raft_member_tick (TriasRaftMember *self)
{
  if (self->failed || self->closed != NULL || self->start_at == 0 || self->inside > 0)
    return;
  if (!self->started && trias_raft_now (self) >= self->start_at)
    start_now (self);
  if (!self->started)
    return;
  if (self->raft.state == RAFT_UNAVAILABLE || self->broken != 0)
    {
      tell_refusals (self);
      fail (self, self->broken);
      return;
    }
  trias_raft_guard_tick (&self->guard);
  trias_raft_watch_tick (self);
  trias_raft_lead_tick (self);
  trias_raft_gossip_tick (self);
  propose_waiting (self);
  tell_refusals (self);
  tell_changes (self);
}

static void
closed_cb (struct raft *raft)
{
  TriasRaftMember *self = ((TriasRaftGuard *) raft->data)->user_data;
  void (*closed) (gpointer) = self->closed;
  gpointer user_data = self->closed_data;
  Request *request;

  while ((request = g_queue_pop_head (&self->waiting)) != NULL)
    {
      raft_free (request->base);
      refuse (self, request, FALSE);
    }
  tell_refusals (self);
  member_free (self);
  closed (user_data);
}

void
trias_raft_member_close (TriasRaftMember *self,
                         void (*closed) (gpointer user_data),
                         gpointer user_data)
{
  self->closed = closed;
  self->closed_data = user_data;
  raft_close (&self->raft, closed_cb);
}

/* --- what is asked --- */

gboolean
trias_raft_member_is_active (TriasRaftMember *self)
{
  if (!trias_raft_is_leading (self) || trias_raft_is_muted (self)
      || !trias_raft_guard_has_begun (&self->guard)
      || (self->config.slot == TERTIARY
          && !trias_raft_leaves_out (self, TRIAS_RAFT_TERTIARY_SERVES)))
    return FALSE;
  if (self->transfer.state == TRIAS_RAFT_TRANSFER_ORDERED
      && !trias_raft_leaves_out (self, TRIAS_RAFT_LEASE_KEPT))
    return FALSE;
  return trias_raft_leaves_out (self, TRIAS_RAFT_NO_LEASE)
         || trias_raft_lease_left (&self->lease, trias_raft_now (self)) > 0;
}

static void
get_members (TriasRaftMember *self, TriasRaftStatus *status)
{
  for (guint slot = 1; slot <= TRIAS_RAFT_SLOTS; slot++)
    {
      const TriasRaftPeer *peer = &self->peers[slot];
      TriasRaftPeerStatus *member = &status->members[slot - 1];

      if (slot != self->config.slot)
        {
          member->contact = peer->contact_since != 0;
          member->contact_since = peer->contact_since;
          member->last_contact = peer->last_contact;
          member->muted = peer->muted;
          member->hears = peer->hears;
        }
      else
        {
          member->contact = TRUE;
          member->muted = status->muted;
        }
      member->match = trias_raft_match (self, slot);
      member->caught_up = self->started && trias_raft_is_caught_up (self, slot);
    }
}

void
trias_raft_member_get_status (TriasRaftMember *self, TriasRaftStatus *status)
{
  raft_id leader = 0;
  const char *address;

  *status = (TriasRaftStatus){ 0 };
  status->muted = trias_raft_is_muted (self);
  get_members (self, status);
  if (!self->started)
    return;
  raft_leader (&self->raft, &leader, &address);
  status->active = trias_raft_member_is_active (self);
  status->leading = trias_raft_is_leading (self);
  status->transferring = self->transfer.state == TRIAS_RAFT_TRANSFER_ORDERED;
  status->leader = (guint) leader;
  status->quorum = leader != 0;
  status->pinned = self->pin.slot;
  status->pinned_until = self->pin.slot != 0 ? self->pin.until : 0;
  status->term = self->raft.current_term;
  status->last_index = raft_last_index (&self->raft);
  status->commit_index = self->raft.commit_index;
  status->applied = raft_last_applied (&self->raft);
  status->applied_term = trias_raft_log_term (&self->raft, status->applied);
  status->lease_left_ms = trias_raft_lease_left (&self->lease, trias_raft_now (self));
}

void
trias_raft_member_set_automatic (TriasRaftMember *self, gboolean automatic)
{
  self->config.automatic = automatic;
}

void
trias_raft_member_set_aside (TriasRaftMember *self, guint slots)
{
  self->aside = slots;
}

void
trias_raft_member_set_quiet (TriasRaftMember *self, gint64 until_boot)
{
  self->quiet_until = until_boot;
}
