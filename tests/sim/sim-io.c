/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-io.h"
#include "sim-message.h"

#include <string.h>

enum
{
  STREAM_LIBRAFT = 3000
};

/* A send whose callback is due. */
typedef struct
{
  struct raft_io_send *request;
  int status;
} Sent;

static SimIo *
self_of (struct raft_io *io)
{
  return io->impl;
}

static void
tell (SimIo *self, SimMoment moment)
{
  self->counts[moment]++;
  if (self->moment != NULL)
    self->moment (self, moment);
}

/* --- start and ticks --- */

static int
io_init (struct raft_io *io, raft_id id, const char *address)
{
  self_of (io)->id = id;
  return 0;
}

static void
tick_cb (SimNode *node, gpointer data)
{
  SimIo *self = data;

  if (self->closed != NULL || self->is_closed)
    return;
  sim_world_after (node, self->tick_ms * SIM_MS, tick_cb, self, NULL);
  self->tick (&self->io);
}

static int
io_start (struct raft_io *io, unsigned msecs, raft_io_tick_cb tick, raft_io_recv_cb recv)
{
  SimIo *self = self_of (io);

  self->tick_ms = msecs;
  self->tick = tick;
  self->recv = recv;
  sim_world_after (self->node, sim_random_between (&self->random, 0, msecs * SIM_MS), tick_cb, self,
                   NULL);
  return 0;
}

/* --- what is durable --- */

static void
load_entries (const SimImage *image, struct raft_entry **entries, size_t *n_entries)
{
  struct raft_entry *all;
  guint8 *batch, *cursor;
  gsize size = 0;

  *entries = NULL;
  *n_entries = image->entries->len;
  if (image->entries->len == 0)
    return;
  for (guint i = 0; i < image->entries->len; i++)
    size += ((SimEntry *) g_ptr_array_index (image->entries, i))->length;
  all = raft_calloc (image->entries->len, sizeof *all);
  batch = cursor = raft_malloc (MAX (size, 1));
  for (guint i = 0; i < image->entries->len; i++)
    {
      const SimEntry *entry = g_ptr_array_index (image->entries, i);

      all[i].term = entry->term;
      all[i].type = entry->type;
      all[i].buf.base = cursor;
      all[i].buf.len = entry->length;
      all[i].batch = batch;
      memcpy (cursor, entry->data, entry->length);
      cursor += entry->length;
    }
  *entries = all;
}

static struct raft_snapshot *
load_snapshot (const SimSnapshot *from)
{
  struct raft_snapshot *snapshot;
  gsize length;
  gconstpointer data;

  if (from == NULL)
    return NULL;
  data = g_bytes_get_data (from->data, &length);
  snapshot = raft_calloc (1, sizeof *snapshot);
  snapshot->index = from->index;
  snapshot->term = from->term;
  snapshot->configuration_index = from->configuration_index;
  sim_configuration_copy (&from->configuration, &snapshot->configuration);
  snapshot->n_bufs = 1;
  snapshot->bufs = raft_calloc (1, sizeof *snapshot->bufs);
  snapshot->bufs[0].base = raft_malloc (MAX (length, 1));
  snapshot->bufs[0].len = length;
  if (length > 0)
    memcpy (snapshot->bufs[0].base, data, length);
  return snapshot;
}

static int
io_load (struct raft_io *io,
         raft_term *term,
         raft_id *voted_for,
         struct raft_snapshot **snapshot,
         raft_index *start_index,
         struct raft_entry *entries[],
         size_t *n_entries)
{
  const SimImage *image = &self_of (io)->disk->image;

  *term = image->term;
  *voted_for = image->vote;
  *snapshot = load_snapshot (image->snapshot);
  *start_index = image->first;
  load_entries (image, entries, n_entries);
  return 0;
}

static int
io_bootstrap (struct raft_io *io, const struct raft_configuration *conf)
{
  SimImage *image = &self_of (io)->disk->image;
  struct raft_entry entry = { .term = 1, .type = RAFT_CHANGE };

  if (image->term != 0)
    return RAFT_CANTBOOTSTRAP;
  if (raft_configuration_encode (conf, &entry.buf) != 0)
    return RAFT_NOMEM;
  g_ptr_array_add (image->entries, sim_entry_new (&entry));
  raft_free (entry.buf.base);
  image->term = 1;
  image->first = 1;
  return 0;
}

static int
io_recover (struct raft_io *io, const struct raft_configuration *conf)
{
  return RAFT_IOERR;
}

static int
io_set_term (struct raft_io *io, raft_term term)
{
  if (self_of (io)->disk->refuses)
    return RAFT_IOERR;
  sim_disk_set_term (self_of (io)->disk, term);
  return 0;
}

static int
io_set_vote (struct raft_io *io, raft_id server_id)
{
  if (self_of (io)->disk->refuses)
    return RAFT_IOERR;
  sim_disk_set_vote (self_of (io)->disk, server_id);
  return 0;
}

static void
appended_cb (gpointer request, int status)
{
  struct raft_io_append *append = request;

  append->cb (append, status);
}

static int
io_append (struct raft_io *io,
           struct raft_io_append *req,
           const struct raft_entry entries[],
           unsigned n,
           raft_io_append_cb cb)
{
  SimIo *self = self_of (io);

  req->cb = cb;
  sim_disk_append (self->disk, entries, n, appended_cb, req);
  if (entries[0].type == RAFT_COMMAND && ((struct raft *) io->data)->state == RAFT_LEADER)
    tell (self, SIM_MOMENT_WRITES);
  return 0;
}

static int
io_truncate (struct raft_io *io, raft_index index)
{
  sim_disk_truncate (self_of (io)->disk, index);
  return 0;
}

static void
snapshot_put_cb (gpointer request, int status)
{
  struct raft_io_snapshot_put *put = request;

  put->cb (put, status);
}

static int
io_snapshot_put (struct raft_io *io,
                 unsigned trailing,
                 struct raft_io_snapshot_put *req,
                 const struct raft_snapshot *snapshot,
                 raft_io_snapshot_put_cb cb)
{
  req->cb = cb;
  sim_disk_put_snapshot (self_of (io)->disk, snapshot, trailing, snapshot_put_cb, req);
  return 0;
}

/* --- reading a snapshot, and other work --- */

typedef struct
{
  SimIo *self;
  struct raft_io_snapshot_get *request;
} Get;

static void
got_cb (gpointer request, int status)
{
  Get *get = request;
  struct raft_snapshot *snapshot = NULL;

  if (status == 0)
    snapshot = load_snapshot (get->self->disk->image.snapshot);
  if (status == 0 && snapshot == NULL)
    status = RAFT_NOTFOUND;
  get->request->cb (get->request, snapshot, status);
  g_free (get);
}

static int
io_snapshot_get (struct raft_io *io, struct raft_io_snapshot_get *req, raft_io_snapshot_get_cb cb)
{
  Get *get = g_new0 (Get, 1);

  get->self = self_of (io);
  get->request = req;
  req->cb = cb;
  sim_disk_wait (get->self->disk, got_cb, get);
  return 0;
}

static void
worked_cb (gpointer request, int status)
{
  struct raft_io_async_work *work = request;

  work->cb (work, status == 0 ? work->work (work) : status);
}

static int
io_async_work (struct raft_io *io, struct raft_io_async_work *req, raft_io_async_work_cb cb)
{
  req->cb = cb;
  sim_disk_wait (self_of (io)->disk, worked_cb, req);
  return 0;
}

/* --- messages --- */

static void
tell_of_message (SimIo *self, const struct raft_message *message)
{
  if (message->type == RAFT_IO_REQUEST_VOTE_RESULT && message->request_vote_result.vote_granted
      && message->request_vote_result.pre_vote != raft_tribool_true)
    tell (self, SIM_MOMENT_VOTES);
  else if (message->type == RAFT_IO_TIMEOUT_NOW)
    tell (self, SIM_MOMENT_TRANSFERS);
  else if (message->type == RAFT_IO_APPEND_ENTRIES_RESULT
           && message->append_entries_result.rejected == 0)
    tell (self, SIM_MOMENT_APPENDS);
}

static void
say_message (SimIo *self, const char *what, guint other, const struct raft_message *message)
{
  g_autofree char *text = NULL;

  if (!self->node->world->verbose)
    return;
  text = sim_message_describe (message);
  SIM_SAY (self->node->world, "%u %s slot %u of %" G_GUINT64_FORMAT ": %s", self->node->index + 1,
           what, other, self->incarnation, text);
}

/* A message under way. It leads to the receiver, whatever life that has then, if it is of the same
 * incarnation. */
typedef struct
{
  SimIo *const *peers;
  guint64 incarnation;
  struct raft_message *message; /* (owned) (nullable) */
} Envelope;

static void
envelope_free (gpointer data)
{
  Envelope *envelope = data;

  if (envelope->message != NULL)
    sim_message_free (envelope->message);
  g_slice_free (Envelope, envelope);
}

static SimIo *
find_receiver (const Envelope *envelope, guint server)
{
  for (guint i = server; i < 2 * SIM_SERVERS; i += SIM_SERVERS)
    if (envelope->peers[i] != NULL && envelope->peers[i]->incarnation == envelope->incarnation)
      return envelope->peers[i];
  return NULL;
}

static void
arrive_cb (SimNode *node, gpointer data)
{
  Envelope *envelope = data;
  SimIo *self = find_receiver (envelope, node->index);
  struct raft_message *message = envelope->message;
  char address[16];

  if (self == NULL || self->recv == NULL || self->closed != NULL || self->is_closed)
    {
      envelope_free (envelope);
      return;
    }
  g_snprintf (address, sizeof address, "%llu", message->server_id);
  message->server_address = address;
  say_message (self, "<-", (guint) message->server_id, message);
  self->recv (&self->io, message);
  g_slice_free (struct raft_message, g_steal_pointer (&envelope->message));
  envelope_free (envelope);
}

static Envelope *
envelope_new (SimIo *self, const struct raft_message *message)
{
  Envelope *envelope = g_slice_new0 (Envelope);

  envelope->peers = self->peers;
  envelope->incarnation = self->incarnation;
  envelope->message = sim_message_copy (message);
  envelope->message->server_id = self->id;
  envelope->message->server_address = NULL;
  return envelope;
}

static int
io_send (struct raft_io *io,
         struct raft_io_send *req,
         const struct raft_message *message,
         raft_io_send_cb cb)
{
  SimIo *self = self_of (io);
  SimNode *to;
  Sent *sent;

  /* The real one looks up an address that is not there. */
  if (message->server_id < 1 || message->server_id > SIM_MEMBERS)
    g_error ("a message to nobody");
  to = &self->node->world->nodes[self->route[message->server_id - 1]];
  sent = g_slice_new0 (Sent);
  req->cb = cb;
  sent->request = req;
  g_queue_push_tail (&self->sent, sent);
  say_message (self, "->", (guint) message->server_id, message);
  if (self->disk->dead)
    return 0;
  if (!sim_net_send (self->net, self->node, to, TRUE, arrive_cb, envelope_new (self, message),
                     envelope_free))
    sent->status = RAFT_NOCONNECTION;
  tell_of_message (self, message);
  return 0;
}

void
sim_io_end_turn (SimIo *self)
{
  Sent *sent;

  while ((sent = g_queue_pop_head (&self->sent)) != NULL)
    {
      if (sent->request->cb != NULL)
        sent->request->cb (sent->request, sent->status);
      g_slice_free (Sent, sent);
    }
}

/* --- clock, chance, end --- */

static raft_time
io_time (struct raft_io *io)
{
  return (raft_time) sim_node_monotonic (self_of (io)->node);
}

static int
io_random (struct raft_io *io, int min, int max)
{
  SimIo *self = self_of (io);

  return self->timeout != 0 ? self->timeout
                            : (int) sim_random_between (&self->random, min, max - 1);
}

static void
io_close (struct raft_io *io, raft_io_close_cb cb)
{
  self_of (io)->closed = cb;
}

void
sim_io_finish (SimIo *self, gboolean orderly)
{
  raft_io_close_cb closed;

  sim_io_end_turn (self);
  if (orderly)
    sim_disk_settle (self->disk);
  else
    sim_disk_cancel (self->disk);
  sim_io_end_turn (self);
  closed = g_steal_pointer (&self->closed);
  self->is_closed = TRUE;
  if (closed != NULL)
    closed (&self->io);
}

void
sim_io_init (SimIo *self, SimNode *node, SimNet *net, SimDisk *disk, SimIo *const *peers)
{
  *self = (SimIo){ .node = node, .net = net, .disk = disk, .peers = peers };
  self->random = sim_random_stream (node->world->seed,
                                    STREAM_LIBRAFT + node->index + 100 * (guint64) node->life);
  for (guint i = 0; i < SIM_MEMBERS; i++)
    self->route[i] = i;
  g_queue_init (&self->sent);
  disk->dead = disk->damaged = FALSE;
  self->io.version = 2;
  self->io.impl = self;
  self->io.init = io_init;
  self->io.close = io_close;
  self->io.load = io_load;
  self->io.start = io_start;
  self->io.bootstrap = io_bootstrap;
  self->io.recover = io_recover;
  self->io.set_term = io_set_term;
  self->io.set_vote = io_set_vote;
  self->io.send = io_send;
  self->io.append = io_append;
  self->io.truncate = io_truncate;
  self->io.snapshot_put = io_snapshot_put;
  self->io.snapshot_get = io_snapshot_get;
  self->io.time = io_time;
  self->io.random = io_random;
  self->io.async_work = io_async_work;
}
