/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-disk.h"
#include "sim-message.h"

#include <string.h>

static void *
take (gsize size)
{
  void *memory = raft_malloc (size);

  if (memory == NULL)
    g_error ("no memory for a message");
  return memory;
}

static void
copy_entries (struct raft_append_entries *message)
{
  const struct raft_entry *from = message->entries;
  gsize size = 0;
  guint8 *batch, *cursor;

  if (message->n_entries == 0)
    {
      message->entries = NULL;
      return;
    }
  for (unsigned i = 0; i < message->n_entries; i++)
    size += from[i].buf.len;
  batch = cursor = take (MAX (size, 1));
  message->entries = take (message->n_entries * sizeof *from);
  for (unsigned i = 0; i < message->n_entries; i++)
    {
      struct raft_entry *entry = &message->entries[i];

      *entry = from[i];
      entry->buf.base = cursor;
      entry->batch = batch;
      memcpy (cursor, from[i].buf.base, from[i].buf.len);
      cursor += from[i].buf.len;
    }
}

static void
copy_snapshot (struct raft_install_snapshot *message)
{
  struct raft_configuration from = message->conf;
  void *data = take (MAX (message->data.len, 1));

  memcpy (data, message->data.base, message->data.len);
  message->data.base = data;
  sim_configuration_copy (&from, &message->conf);
}

struct raft_message *
sim_message_copy (const struct raft_message *from)
{
  struct raft_message *self = g_slice_new (struct raft_message);

  *self = *from;
  if (self->type == RAFT_IO_APPEND_ENTRIES)
    copy_entries (&self->append_entries);
  else if (self->type == RAFT_IO_INSTALL_SNAPSHOT)
    copy_snapshot (&self->install_snapshot);
  return self;
}

void
sim_message_free (gpointer message)
{
  struct raft_message *self = message;

  if (self->type == RAFT_IO_APPEND_ENTRIES && self->append_entries.n_entries > 0)
    {
      raft_free (self->append_entries.entries[0].batch);
      raft_free (self->append_entries.entries);
    }
  else if (self->type == RAFT_IO_INSTALL_SNAPSHOT)
    {
      raft_configuration_close (&self->install_snapshot.conf);
      raft_free (self->install_snapshot.data.base);
    }
  g_slice_free (struct raft_message, self);
}

static char *
describe_append (const struct raft_append_entries *message)
{
  return g_strdup_printf ("append t%llu prev %llu/t%llu n=%u commit %llu", message->term,
                          message->prev_log_index, message->prev_log_term, message->n_entries,
                          message->leader_commit);
}

char *
sim_message_describe (const struct raft_message *message)
{
  switch (message->type)
    {
    case RAFT_IO_APPEND_ENTRIES:
      return describe_append (&message->append_entries);
    case RAFT_IO_APPEND_ENTRIES_RESULT:
      return g_strdup_printf (
          "ack t%llu rejected %llu last %llu", message->append_entries_result.term,
          message->append_entries_result.rejected, message->append_entries_result.last_log_index);
    case RAFT_IO_REQUEST_VOTE:
      return g_strdup_printf ("%s t%llu last %llu/t%llu%s",
                              message->request_vote.pre_vote ? "pre-vote?" : "vote?",
                              message->request_vote.term, message->request_vote.last_log_index,
                              message->request_vote.last_log_term,
                              message->request_vote.disrupt_leader ? " transfer" : "");
    case RAFT_IO_REQUEST_VOTE_RESULT:
      return g_strdup_printf (
          "%s %s t%llu",
          message->request_vote_result.pre_vote == raft_tribool_true ? "pre-vote" : "vote",
          message->request_vote_result.vote_granted ? "yes" : "no",
          message->request_vote_result.term);
    case RAFT_IO_INSTALL_SNAPSHOT:
      return g_strdup_printf ("snapshot t%llu up to %llu/t%llu", message->install_snapshot.term,
                              message->install_snapshot.last_index,
                              message->install_snapshot.last_term);
    case RAFT_IO_TIMEOUT_NOW:
      return g_strdup_printf ("take over t%llu last %llu/t%llu", message->timeout_now.term,
                              message->timeout_now.last_log_index,
                              message->timeout_now.last_log_term);
    default:
      return g_strdup_printf ("message of type %u", message->type);
    }
}
