/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-disk.h"

#include <string.h>

enum
{
  STREAM_DISKS = 2000
};

typedef enum
{
  APPEND,
  TRUNCATE,
  PUT_SNAPSHOT,
  PUT_MARKS,
  WAIT
} Kind;

typedef struct
{
  Kind kind;
  GPtrArray *entries;    /* (owned) (nullable) */
  SimSnapshot *snapshot; /* (owned) (nullable) */
  GBytes *marks;         /* (owned) (nullable) */
  raft_index index;      /* of a truncation */
  guint trailing;
  gboolean refused;
  SimDiskDone done; /* (nullable) */
  gpointer request;
} Operation;

/* --- entries and snapshots, shared by the images that hold them --- */

SimEntry *
sim_entry_new (const struct raft_entry *entry)
{
  SimEntry *self = g_malloc (sizeof *self + entry->buf.len);

  g_atomic_ref_count_init (&self->references);
  self->term = entry->term;
  self->type = entry->type;
  self->length = entry->buf.len;
  if (self->length > 0)
    memcpy (self->data, entry->buf.base, self->length);
  return self;
}

void
sim_entry_unref (gpointer entry)
{
  SimEntry *self = entry;

  if (g_atomic_ref_count_dec (&self->references))
    g_free (self);
}

static gpointer
entry_ref (gconstpointer entry, gpointer user_data)
{
  SimEntry *self = (SimEntry *) entry;

  g_atomic_ref_count_inc (&self->references);
  return self;
}

void
sim_configuration_copy (const struct raft_configuration *from, struct raft_configuration *to)
{
  raft_configuration_init (to);
  for (unsigned i = 0; i < from->n; i++)
    if (raft_configuration_add (to, from->servers[i].id, from->servers[i].address,
                                from->servers[i].role)
        != 0)
      g_error ("no memory for a configuration");
}

static SimSnapshot *
snapshot_new (const struct raft_snapshot *from)
{
  SimSnapshot *self = g_new0 (SimSnapshot, 1);
  g_autoptr (GByteArray) data = g_byte_array_new ();

  for (unsigned i = 0; i < from->n_bufs; i++)
    g_byte_array_append (data, from->bufs[i].base, (guint) from->bufs[i].len);
  g_atomic_ref_count_init (&self->references);
  self->index = from->index;
  self->term = from->term;
  self->configuration_index = from->configuration_index;
  sim_configuration_copy (&from->configuration, &self->configuration);
  self->data = g_byte_array_free_to_bytes (g_steal_pointer (&data));
  return self;
}

static void
snapshot_unref (SimSnapshot *self)
{
  if (self == NULL || !g_atomic_ref_count_dec (&self->references))
    return;
  raft_configuration_close (&self->configuration);
  g_bytes_unref (self->data);
  g_free (self);
}

/* --- images --- */

void
sim_image_init (SimImage *self)
{
  *self = (SimImage){ .first = 1 };
  self->entries = g_ptr_array_new_with_free_func (sim_entry_unref);
}

void
sim_image_copy (SimImage *self, const SimImage *from)
{
  *self = *from;
  self->entries = g_ptr_array_new_full (from->entries->len, sim_entry_unref);
  for (guint i = 0; i < from->entries->len; i++)
    g_ptr_array_add (self->entries, entry_ref (g_ptr_array_index (from->entries, i), NULL));
  if (self->snapshot != NULL)
    g_atomic_ref_count_inc (&self->snapshot->references);
  if (self->marks != NULL)
    g_bytes_ref (self->marks);
}

void
sim_image_clear (SimImage *self)
{
  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_clear_pointer (&self->snapshot, snapshot_unref);
  g_clear_pointer (&self->marks, g_bytes_unref);
}

raft_index
sim_image_last_index (const SimImage *self)
{
  return self->first + self->entries->len - 1;
}

static void
image_truncate (SimImage *self, raft_index index)
{
  guint keep = index > self->first ? (guint) (index - self->first) : 0;

  if (keep < self->entries->len)
    g_ptr_array_set_size (self->entries, (int) keep);
}

static void
image_put_snapshot (SimImage *self, SimSnapshot *snapshot, guint trailing)
{
  raft_index keep_from = 1;

  g_clear_pointer (&self->snapshot, snapshot_unref);
  g_atomic_ref_count_inc (&snapshot->references);
  self->snapshot = snapshot;
  /* A log that ends before the snapshot is of no use; it has a gap after writes that failed. */
  if (trailing == 0 || sim_image_last_index (self) < snapshot->index)
    g_ptr_array_set_size (self->entries, 0);
  else if (snapshot->index > trailing)
    keep_from = snapshot->index - trailing + 1;
  if (self->entries->len == 0)
    self->first = snapshot->index + 1;
  else if (keep_from > self->first)
    {
      g_ptr_array_remove_range (self->entries, 0,
                                MIN ((guint) (keep_from - self->first), self->entries->len));
      self->first = keep_from;
    }
}

/* --- the queue of writes --- */

static void
operation_free (gpointer data)
{
  Operation *self = data;

  g_clear_pointer (&self->entries, g_ptr_array_unref);
  g_clear_pointer (&self->snapshot, snapshot_unref);
  g_clear_pointer (&self->marks, g_bytes_unref);
  g_slice_free (Operation, self);
}

void
sim_disk_init (SimDisk *self, SimNode *node, guint64 purpose)
{
  *self = (SimDisk){ .node = node, .delay_min = 100, .delay_max = 1500 };
  self->random = sim_random_stream (node->world->seed, STREAM_DISKS + node->index + 100 * purpose);
  g_queue_init (&self->operations);
  sim_image_init (&self->image);
}

void
sim_disk_clear (SimDisk *self)
{
  g_queue_clear_full (&self->operations, operation_free);
  sim_image_clear (&self->image);
}

static void
carry_out (SimDisk *self, Operation *operation)
{
  switch (operation->kind)
    {
    case APPEND:
      for (guint i = 0; i < operation->entries->len; i++)
        g_ptr_array_add (self->image.entries,
                         entry_ref (g_ptr_array_index (operation->entries, i), NULL));
      break;
    case TRUNCATE:
      image_truncate (&self->image, operation->index);
      break;
    case PUT_SNAPSHOT:
      image_put_snapshot (&self->image, operation->snapshot, operation->trailing);
      break;
    case PUT_MARKS:
      g_clear_pointer (&self->image.marks, g_bytes_unref);
      self->image.marks = g_bytes_ref (operation->marks);
      break;
    case WAIT:
    default:
      break;
    }
}

static gint64
draw_delay (SimDisk *self)
{
  gint64 delay = sim_random_between (&self->random, self->delay_min, self->delay_max);

  return self->slow > 0 ? delay + sim_random_between (&self->random, 0, self->slow) : delay;
}

static void done_cb (SimNode *node, gpointer data);

/* All appends that wait at the head go in one write. */
static void
begin_write (SimDisk *self)
{
  if (self->writing > 0 || self->dead)
    return;
  for (GList *l = self->operations.head; l != NULL; l = l->next)
    {
      Operation *operation = l->data;

      if (self->writing > 0 && operation->kind != APPEND)
        break;
      self->writing++;
      if (operation->kind != APPEND)
        break;
    }
  if (self->writing > 0)
    sim_world_at (self->node, sim_node_now (self->node) + draw_delay (self), done_cb, self, NULL);
}

static void
done_cb (SimNode *node, gpointer data)
{
  SimDisk *self = data;
  GQueue done = G_QUEUE_INIT;

  for (; self->writing > 0; self->writing--)
    {
      Operation *operation = g_queue_pop_head (&self->operations);

      operation->refused = self->refuses && operation->kind != WAIT;
      /* Nothing is kept after a gap. */
      if (operation->kind == APPEND && operation->refused)
        self->damaged = TRUE;
      if (operation->kind == APPEND && self->damaged)
        operation->refused = TRUE;
      if (!operation->refused)
        carry_out (self, operation);
      else
        SIM_SAY (node->world, "%u: the disk refuses a write%s", node->index + 1,
                 self->refuses ? "" : " after a gap");
      g_queue_push_tail (&done, operation);
    }
  /* A truncation costs no write of its own. */
  while (!g_queue_is_empty (&self->operations)
         && ((Operation *) g_queue_peek_head (&self->operations))->kind == TRUNCATE)
    {
      Operation *operation = g_queue_pop_head (&self->operations);

      carry_out (self, operation);
      operation_free (operation);
    }
  begin_write (self);
  while (!g_queue_is_empty (&done))
    {
      Operation *operation = g_queue_pop_head (&done);

      if (operation->done != NULL)
        operation->done (operation->request, operation->refused ? RAFT_IOERR : 0);
      operation_free (operation);
    }
}

static Operation *
queue (SimDisk *self, Kind kind, SimDiskDone done, gpointer request)
{
  Operation *operation = g_slice_new0 (Operation);

  operation->kind = kind;
  operation->done = done;
  operation->request = request;
  g_queue_push_tail (&self->operations, operation);
  return operation;
}

void
sim_disk_append (
    SimDisk *self, const struct raft_entry *entries, guint n, SimDiskDone done, gpointer request)
{
  Operation *operation = queue (self, APPEND, done, request);

  operation->entries = g_ptr_array_new_full (n, sim_entry_unref);
  for (guint i = 0; i < n; i++)
    g_ptr_array_add (operation->entries, sim_entry_new (&entries[i]));
  begin_write (self);
}

void
sim_disk_truncate (SimDisk *self, raft_index index)
{
  if (g_queue_is_empty (&self->operations))
    {
      if (!self->dead)
        image_truncate (&self->image, index);
    }
  else
    queue (self, TRUNCATE, NULL, NULL)->index = index;
}

void
sim_disk_put_snapshot (SimDisk *self,
                       const struct raft_snapshot *snapshot,
                       guint trailing,
                       SimDiskDone done,
                       gpointer request)
{
  Operation *operation = queue (self, PUT_SNAPSHOT, done, request);

  operation->snapshot = snapshot_new (snapshot);
  operation->trailing = trailing;
  begin_write (self);
}

void
sim_disk_wait (SimDisk *self, SimDiskDone done, gpointer request)
{
  queue (self, WAIT, done, request);
  begin_write (self);
}

void
sim_disk_put_marks (SimDisk *self, GBytes *marks)
{
  queue (self, PUT_MARKS, NULL, NULL)->marks = g_bytes_ref (marks);
  begin_write (self);
}

static void
block (SimDisk *self)
{
  sim_node_block (self->node, self->blocks ? draw_delay (self)
                                           : sim_random_between (&self->random, self->delay_min,
                                                                 self->delay_max));
}

void
sim_disk_set_term (SimDisk *self, raft_term term)
{
  block (self);
  if (self->dead)
    return;
  self->image.term = term;
  self->image.vote = 0;
}

void
sim_disk_set_vote (SimDisk *self, raft_id vote)
{
  block (self);
  if (!self->dead)
    self->image.vote = vote;
}

/* --- the end of a process --- */

void
sim_disk_crash (SimDisk *self)
{
  guint written = self->writing;

  self->writing = 0;
  self->dead = TRUE;
  for (GList *l = self->operations.head; l != NULL && written > 0; l = l->next, written--)
    {
      Operation *operation = l->data;
      guint kept;

      if (sim_random_chance (&self->random, 30))
        return;
      if (operation->kind != APPEND || sim_random_chance (&self->random, 50))
        {
          carry_out (self, operation);
          continue;
        }
      kept = (guint) sim_random_between (&self->random, 0, operation->entries->len);
      for (guint i = 0; i < kept; i++)
        g_ptr_array_add (self->image.entries,
                         entry_ref (g_ptr_array_index (operation->entries, i), NULL));
      return;
    }
}

void
sim_disk_cancel (SimDisk *self)
{
  self->writing = 0;
  while (!g_queue_is_empty (&self->operations))
    {
      Operation *operation = g_queue_pop_head (&self->operations);

      if (operation->done != NULL)
        operation->done (operation->request, RAFT_CANCELED);
      operation_free (operation);
    }
}

void
sim_disk_settle (SimDisk *self)
{
  self->writing = 0;
  while (!g_queue_is_empty (&self->operations))
    {
      Operation *operation = g_queue_pop_head (&self->operations);

      operation->refused = operation->kind == APPEND && (self->damaged || self->refuses);
      if (!operation->refused)
        carry_out (self, operation);
      if (operation->done != NULL)
        operation->done (operation->request, operation->refused ? RAFT_IOERR : 0);
      operation_free (operation);
    }
}
