/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/keeper/trias-keeper-private.h"

/* Events that wait while the disk refuses; beyond this number the oldest are given up. */
#define MAX_WAITING 20000

static GPtrArray *
events_new (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify) trias_event_free);
}

void
trias_keeper_history_init (TriasKeeper *self)
{
  self->events = events_new ();
  self->flying_events = events_new ();
  g_mutex_init (&self->query_lock);
  g_cond_init (&self->query_ended);
}

void
trias_keeper_history_wait (TriasKeeper *self)
{
  g_mutex_lock (&self->query_lock);
  while (self->queries > 0)
    g_cond_wait (&self->query_ended, &self->query_lock);
  g_mutex_unlock (&self->query_lock);
}

void
trias_keeper_history_free (TriasKeeper *self)
{
  g_mutex_clear (&self->query_lock);
  g_cond_clear (&self->query_ended);
  g_ptr_array_unref (self->events);
  g_ptr_array_unref (self->flying_events);
}

void
trias_keeper_history_add (TriasKeeper *self, TriasEvent *event)
{
  event->seq = ++self->last_event;
  if (event->server == NULL || event->server[0] == '\0')
    {
      g_free (event->server);
      event->server = g_strdup (trias_ledger_get_server_id (self->ledger));
    }
  if (self->events->len >= MAX_WAITING)
    g_ptr_array_remove_range (self->events, 0, MAX_WAITING / 10);
  g_ptr_array_add (self->events, event);
}

void
trias_keeper_history_tell_pending (TriasKeeper *self)
{
  for (guint i = 0; i < self->events->len; i++)
    {
      g_autoptr (TriasEvent) event = NULL;

      if (((TriasEvent *) g_ptr_array_index (self->events, i))->seq <= self->told_event)
        continue;
      event = trias_event_copy (g_ptr_array_index (self->events, i));
      self->told_event = event->seq;
      trias_keeper_tell_event (self, event);
    }
}

void
trias_keeper_record (TriasKeeper *self, TriasEvent *event)
{
  trias_keeper_history_add (self, event);
  /* What cannot be kept now must be seen all the same. */
  if (!trias_keeper_storage_ok (self, NULL))
    trias_keeper_history_tell_pending (self);
  if (self->journal != NULL)
    trias_journal_touch (self->journal, FALSE);
}

void
trias_keeper_history_fill (TriasKeeper *self, TriasStoreBatch *batch)
{
  GPtrArray *empty = self->flying_events;

  self->flying_events = self->events;
  self->events = empty;
  for (guint i = 0; i < self->flying_events->len; i++)
    trias_store_batch_event (batch, g_ptr_array_index (self->flying_events, i));
  if (self->trim_before != 0)
    trias_store_batch_trim (batch, self->trim_before);
  self->trim_before = 0;
}

void
trias_keeper_history_settle (TriasKeeper *self, gboolean written)
{
  g_autoptr (GPtrArray) flying = self->flying_events;

  self->flying_events = events_new ();
  if (!written)
    {
      /* In front of what came since. */
      g_ptr_array_extend_and_steal (flying, g_steal_pointer (&self->events));
      self->events = g_steal_pointer (&flying);
      return;
    }
  for (guint i = 0; i < flying->len; i++)
    {
      const TriasEvent *event = g_ptr_array_index (flying, i);

      if (event->seq <= self->told_event)
        continue;
      self->told_event = event->seq;
      trias_keeper_tell_event (self, event);
    }
}

/* --- reading --- */

static void
query_free (gpointer data)
{
  TriasKeeperQuery *query = data;

  g_clear_pointer (&query->recent, g_ptr_array_unref);
  g_clear_error (&query->error);
  g_free (query);
}

TriasKeeperQuery *
trias_keeper_query_new (TriasKeeper *self, guint limit, GDestroyNotify free_func)
{
  TriasKeeperQuery *query = g_new0 (TriasKeeperQuery, 1);

  query->keeper = self;
  query->limit = limit;
  query->recent = g_ptr_array_new_with_free_func (free_func);
  return query;
}

void
trias_keeper_query_run (TriasKeeperQuery *query, GTask *task, GTaskThreadFunc func)
{
  TriasKeeper *self = query->keeper;

  g_mutex_lock (&self->query_lock);
  self->queries++;
  g_mutex_unlock (&self->query_lock);
  g_task_set_task_data (task, query, query_free);
  g_task_run_in_thread (task, func);
}

void
trias_keeper_query_end (
    TriasKeeperQuery *query, GTask *task, gpointer result, GDestroyNotify free_func, GError *error)
{
  TriasKeeper *self = query->keeper;

  g_mutex_lock (&self->query_lock);
  self->queries--;
  g_cond_signal (&self->query_ended);
  g_mutex_unlock (&self->query_lock);
  if (error == NULL)
    g_task_return_pointer (task, result, free_func);
  else
    g_task_return_error (task, error);
}

/* The newest events may not have reached the store yet; newest first. */
static void
add_recent (TriasKeeperQuery *query, GPtrArray *events)
{
  for (guint i = events->len; i > 0 && query->recent->len < query->limit; i--)
    {
      const TriasEvent *event = g_ptr_array_index (events, i - 1);

      if (event->seq > query->after && (query->before == 0 || event->seq < query->before)
          && (query->leases || !g_str_has_prefix (event->kind, "lease-")))
        g_ptr_array_add (query->recent, trias_event_copy (event));
    }
}

static void
read_events (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  TriasKeeperQuery *query = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) stored = NULL;
  guint64 before = query->before;
  GPtrArray *result = NULL;

  if (query->recent->len > 0)
    before = ((TriasEvent *) g_ptr_array_index (query->recent, query->recent->len - 1))->seq;
  stored = trias_store_read_events (query->keeper->store, before, query->after, query->leases,
                                    query->limit - query->recent->len, &error);
  if (stored != NULL)
    {
      result = events_new ();
      g_ptr_array_extend_and_steal (result, g_steal_pointer (&query->recent));
      g_ptr_array_extend_and_steal (result, g_steal_pointer (&stored));
    }
  trias_keeper_query_end (query, task, result, (GDestroyNotify) g_ptr_array_unref,
                          g_steal_pointer (&error));
}

void
trias_keeper_query_events (TriasKeeper *self,
                           guint64 before,
                           guint64 after,
                           gboolean leases,
                           guint limit,
                           GAsyncReadyCallback callback,
                           gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  TriasKeeperQuery *query = trias_keeper_query_new (self, limit, (GDestroyNotify) trias_event_free);

  g_task_set_source_tag (task, trias_keeper_query_events);
  query->before = before;
  query->after = after;
  query->leases = leases;
  add_recent (query, self->events);
  add_recent (query, self->flying_events);
  trias_keeper_query_run (query, task, read_events);
}

GPtrArray *
trias_keeper_query_events_finish (TriasKeeper *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, trias_keeper_query_events), NULL);
  return g_task_propagate_pointer (G_TASK (result), error);
}
