/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-raft"

#include "config.h"

#include "server/journal/raft/trias-raft-compat.h"
#include "server/journal/raft/trias-raft-mend.h"

#include <string.h>

/* --- entries that a snapshot covers --- */

static void
cut_off (struct raft_append_entries *message, raft_index n)
{
  if (n < message->n_entries)
    {
      /* The memory of all belongs to the batch that each of them points to. */
      message->n_entries -= (unsigned) n;
      memmove (message->entries, message->entries + n,
               message->n_entries * sizeof *message->entries);
      return;
    }
  if (message->n_entries > 0)
    {
      raft_free (message->entries[0].batch);
      raft_free (message->entries);
    }
  message->n_entries = 0;
  message->entries = NULL;
}

void
trias_raft_mend_append_entries (struct raft *raft, struct raft_message *message)
{
  struct raft_append_entries *append = &message->append_entries;
  raft_index covered = raft->log.snapshot.last_index;

  if (message->type != TRIAS_RAFT_APPEND || append->prev_log_index >= covered
      || append->term < raft->current_term)
    return;
  cut_off (append, covered - append->prev_log_index);
  append->prev_log_index = covered;
  append->prev_log_term = raft->log.snapshot.last_term;
}

/* --- writes --- */

typedef struct
{
  struct raft_io_append request; /* what raft_io knows */
  TriasRaftWrites *writes;
  struct raft_io_append *original;
  raft_io_append_cb cb;
} Write;

static void
finish (Write *write, int status)
{
  struct raft_io_append *original = write->original;
  raft_io_append_cb cb = write->cb;

  g_free (write);
  cb (original, status);
}

static void
note_failure (TriasRaftWrites *self, int status)
{
  if (!self->broken)
    self->tell (status, self->user_data);
  self->broken = TRUE;
}

static void
written_cb (struct raft_io_append *request, int status)
{
  Write *write = (Write *) request;
  TriasRaftWrites *self = write->writes;

  if (status != 0 && self->raft->state == RAFT_UNAVAILABLE)
    finish (write, 0);
  else if (status == 0 || self->tell == NULL)
    finish (write, status);
  else
    {
      g_queue_push_tail (&self->failed, write);
      note_failure (self, status);
    }
}

void
trias_raft_writes_init (TriasRaftWrites *self,
                        struct raft *raft,
                        TriasRaftWriteFailed tell,
                        gpointer user_data)
{
  *self = (TriasRaftWrites){
    .raft = raft,
    .tell = tell,
    .user_data = user_data,
    .set_term = raft->io->set_term,
    .set_vote = raft->io->set_vote,
    .snapshot_put = raft->io->snapshot_put,
    .append = raft->io->append,
  };
  g_queue_init (&self->failed);
}

int
trias_raft_writes_append (TriasRaftWrites *self,
                          struct raft_io_append *request,
                          const struct raft_entry *entries,
                          unsigned n,
                          raft_io_append_cb cb)
{
  Write *write = g_new0 (Write, 1);
  int rv;

  write->writes = self;
  write->original = request;
  write->cb = cb;
  request->cb = cb;
  rv = self->append (self->raft->io, &write->request, entries, n, written_cb);
  if (rv != 0)
    g_free (write);
  return rv;
}

static int
pass_on (TriasRaftWrites *self, int status)
{
  if (status == 0 || self->tell == NULL)
    return status;
  note_failure (self, status);
  return 0;
}

int
trias_raft_writes_set_term (TriasRaftWrites *self, raft_term term)
{
  return pass_on (self, self->set_term (self->raft->io, term));
}

int
trias_raft_writes_set_vote (TriasRaftWrites *self, raft_id vote)
{
  return pass_on (self, self->set_vote (self->raft->io, vote));
}

typedef struct
{
  struct raft_io_snapshot_put request; /* what raft_io knows */
  TriasRaftWrites *writes;
  struct raft_io_snapshot_put *original;
  raft_io_snapshot_put_cb cb;
  int status;
} Put;

static void
finish_put (Put *put)
{
  struct raft_io_snapshot_put *original = put->original;
  raft_io_snapshot_put_cb cb = put->cb;
  int status = put->status;

  g_free (put);
  cb (original, status);
}

static void
put_cb (struct raft_io_snapshot_put *request, int status)
{
  Put *put = (Put *) request;
  TriasRaftWrites *self = put->writes;

  put->status = status;
  if (status == 0 || self->tell == NULL || self->raft->state == RAFT_UNAVAILABLE)
    {
      finish_put (put);
      return;
    }
  self->snapshot = put;
  note_failure (self, status);
}

int
trias_raft_writes_snapshot_put (TriasRaftWrites *self,
                                unsigned trailing,
                                struct raft_io_snapshot_put *request,
                                const struct raft_snapshot *snapshot,
                                raft_io_snapshot_put_cb cb)
{
  Put *put = g_new0 (Put, 1);
  int rv;

  put->writes = self;
  put->original = request;
  put->cb = cb;
  request->cb = cb;
  rv = self->snapshot_put (self->raft->io, trailing, &put->request, snapshot, put_cb);
  if (rv != 0)
    g_free (put);
  return rv;
}

void
trias_raft_writes_close (TriasRaftWrites *self)
{
  Write *write;

  if (self->snapshot != NULL)
    finish_put (g_steal_pointer (&self->snapshot));

  while ((write = g_queue_pop_head (&self->failed)) != NULL)
    finish (write, 0);
}
