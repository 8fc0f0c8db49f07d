/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-store"

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "server/store/trias-store-history.h"

typedef struct
{
  TriasStoreBatch *batch; /* (owned) (nullable) NULL ends the thread */
  TriasStoreDone done;    /* (nullable) */
  gpointer user_data;
  GError *error; /* (owned) (nullable) the outcome */
  gint64 took_us;
} Job;

struct _TriasStore
{
  char *path;      /* (owned) of the database */
  int lock_fd;     /* held while the store is open */
  GThread *thread; /* (owned) starts with the first batch */
  GMainContext *context;
  GSource *source;    /* (owned) runs callbacks in the core thread */
  GAsyncQueue *queue; /* (owned) (element-type Job) to the thread */
  GAsyncQueue *ready; /* (owned) (element-type Job) carried out */
  guint under_way;    /* jobs queued whose callback has not run */
  guint64 applied, last_event, last_denial;

  /* The thread's own once it runs */
  TriasStoreDb *db;      /* (owned) (nullable) NULL while it cannot be opened */
  guint64 serial;        /* of the last batch that is durable */
  guint64 last_entry;    /* index of the last row of the journal that is durable */
  gboolean suspect_tail; /* a failed batch may have left a row behind */

  GMutex read_lock;
  sqlite3 *reader; /* (owned) (nullable) */
};

static void
job_free (Job *job)
{
  trias_store_batch_free (job->batch);
  g_clear_error (&job->error);
  g_free (job);
}

/* --- the thread --- */

static void
drop_reader (TriasStore *self)
{
  g_mutex_lock (&self->read_lock);
  g_clear_pointer (&self->reader, sqlite3_close);
  g_mutex_unlock (&self->read_lock);
}

/* After a commit that failed, only opening the file anew tells whether it happened: what reached
 * the log whole comes back. If it is there it must also be made safe, or it counts as not done. */
static gboolean
settle_unknown (TriasStore *self)
{
  guint64 applied = 0, serial = 0;

  drop_reader (self);
  g_clear_pointer (&self->db, trias_store_db_close);
  self->db = trias_store_db_open (self->path, NULL);
  return self->db != NULL && trias_store_db_state (self->db, &applied, &serial, NULL)
         && serial == self->serial + 1 && trias_store_db_checkpoint (self->db, NULL);
}

static gboolean
write_batch (TriasStore *self, TriasStoreBatch *batch, GError **error)
{
  g_autoptr (GError) failure = NULL;
  gboolean unknown = FALSE;
  guint64 keep = self->suspect_tail ? self->last_entry : G_MAXUINT64;

  if (self->db == NULL)
    self->db = trias_store_db_open (self->path, error);
  if (self->db == NULL)
    return FALSE;
  if (!trias_store_db_write (self->db, batch, self->serial + 1, keep, &unknown, &failure)
      && !(unknown && settle_unknown (self)))
    {
      self->suspect_tail = TRUE;
      g_propagate_error (error, g_steal_pointer (&failure));
      return FALSE;
    }
  self->serial++;
  self->suspect_tail = FALSE;
  if (batch->restarts)
    self->last_entry = 0;
  else if (batch->index != 0)
    self->last_entry = batch->index;
  return TRUE;
}

static gpointer
thread_func (gpointer data)
{
  TriasStore *self = data;

  while (TRUE)
    {
      Job *job = g_async_queue_pop (self->queue);
      gint64 start = g_get_monotonic_time ();
      gboolean last = job->batch == NULL;

      if (!last)
        write_batch (self, job->batch, &job->error);
      job->took_us = g_get_monotonic_time () - start;
      g_async_queue_push (self->ready, job);
      if (last)
        return NULL;
      g_source_set_ready_time (self->source, 0);
    }
}

/* --- callbacks in the core thread --- */

static gboolean
finish_one (TriasStore *self, gboolean wait)
{
  Job *job = wait ? g_async_queue_pop (self->ready) : g_async_queue_try_pop (self->ready);

  if (job == NULL)
    return FALSE;
  self->under_way--;
  if (job->done != NULL)
    job->done (job->error, job->took_us, job->user_data);
  job_free (job);
  return TRUE;
}

static gboolean
finish_cb (gpointer user_data)
{
  TriasStore *self = user_data;

  g_source_set_ready_time (self->source, -1);
  while (finish_one (self, FALSE))
    ;
  return G_SOURCE_CONTINUE;
}

static gboolean
source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  return callback (user_data);
}

static GSourceFuncs source_funcs = { .dispatch = source_dispatch };

/* --- open and close --- */

static int
take_lock (const char *folder, GError **error)
{
  g_autofree char *path = g_build_filename (folder, "lock", NULL);
  int fd = g_open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_STORAGE,
                   "Cannot use the state folder %s: %s. Check that it exists and belongs to the"
                   " server's user.",
                   folder, g_strerror (errno));
      return -1;
    }
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    return fd;
  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_STORAGE,
               "The state folder %s is in use by another server. Stop that one, or name another"
               " folder.",
               folder);
  close (fd);
  return -1;
}

static gboolean
read_state (TriasStore *self, const char *server_id, GError **error)
{
  self->db = trias_store_db_open (self->path, error);
  return self->db != NULL && trias_store_db_claim (self->db, server_id, error)
         && trias_store_db_state (self->db, &self->applied, &self->serial, error)
         && trias_store_db_last (self->db, &self->last_entry, &self->last_event, &self->last_denial,
                                 error);
}

static void
store_free (TriasStore *self)
{
  if (self->source != NULL)
    {
      g_source_destroy (self->source);
      g_source_unref (self->source);
    }
  g_clear_pointer (&self->context, g_main_context_unref);
  g_clear_pointer (&self->reader, sqlite3_close);
  g_clear_pointer (&self->db, trias_store_db_close);
  g_async_queue_unref (self->queue);
  g_async_queue_unref (self->ready);
  g_mutex_clear (&self->read_lock);
  if (self->lock_fd >= 0)
    close (self->lock_fd);
  g_free (self->path);
  g_free (self);
}

TriasStore *
trias_store_open (const char *folder, const char *server_id, GError **error)
{
  TriasStore *self;
  int lock_fd;

  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_STORAGE,
                   "Cannot make the state folder %s: %s. Make it by hand, or name another one.",
                   folder, g_strerror (errno));
      return NULL;
    }
  lock_fd = take_lock (folder, error);
  if (lock_fd < 0)
    return NULL;
  self = g_new0 (TriasStore, 1);
  self->lock_fd = lock_fd;
  self->path = g_build_filename (folder, TRIAS_STORE_FILE, NULL);
  self->queue = g_async_queue_new ();
  self->ready = g_async_queue_new ();
  g_mutex_init (&self->read_lock);
  if (!read_state (self, server_id, error))
    {
      store_free (self);
      return NULL;
    }
  self->context = g_main_context_ref_thread_default ();
  self->source = g_source_new (&source_funcs, sizeof (GSource));
  g_source_set_static_name (self->source, "trias-store");
  g_source_set_callback (self->source, finish_cb, self, NULL);
  g_source_attach (self->source, self->context);
  return self;
}

static void
push (TriasStore *self, Job *job)
{
  if (self->thread == NULL)
    self->thread = g_thread_new ("trias-store", thread_func, self);
  self->under_way++;
  g_async_queue_push (self->queue, job);
}

void
trias_store_close (TriasStore *self)
{
  if (self == NULL)
    return;
  trias_store_wait (self);
  if (self->thread != NULL)
    {
      push (self, g_new0 (Job, 1));
      trias_store_wait (self);
      g_thread_join (self->thread);
    }
  store_free (self);
}

/* --- use --- */

gboolean
trias_store_foreach (TriasStore *self,
                     TriasSpace space,
                     TriasStoreRecordFunc func,
                     gpointer user_data,
                     GError **error)
{
  g_return_val_if_fail (self->thread == NULL, FALSE);
  return trias_store_db_foreach (self->db, space, func, user_data, error);
}

gboolean
trias_store_foreach_entry (
    TriasStore *self, guint64 index, TriasStoreEntryFunc func, gpointer user_data, GError **error)
{
  g_return_val_if_fail (self->thread == NULL, FALSE);
  return trias_store_db_foreach_entry (self->db, index, func, user_data, error);
}

guint64
trias_store_get_applied (TriasStore *self)
{
  return self->applied;
}

guint64
trias_store_get_last_event (TriasStore *self)
{
  return self->last_event;
}

guint64
trias_store_get_last_denial (TriasStore *self)
{
  return self->last_denial;
}

void
trias_store_commit_async (TriasStore *self,
                          TriasStoreBatch *batch,
                          TriasStoreDone done,
                          gpointer user_data)
{
  Job *job = g_new0 (Job, 1);

  job->batch = batch;
  job->done = done;
  job->user_data = user_data;
  push (self, job);
}

void
trias_store_wait (TriasStore *self)
{
  while (self->under_way > 0)
    finish_one (self, TRUE);
}

static gboolean
ensure_reader (TriasStore *self, GError **error)
{
  if (self->reader == NULL)
    self->reader = trias_store_history_open (self->path, error);
  return self->reader != NULL;
}

GPtrArray *
trias_store_read_events (
    TriasStore *self, guint64 before, guint64 after, gboolean leases, guint limit, GError **error)
{
  GPtrArray *events = NULL;

  g_mutex_lock (&self->read_lock);
  if (ensure_reader (self, error))
    events = trias_store_history_events (self->reader, self->path, before, after, leases, limit,
                                         error);
  g_mutex_unlock (&self->read_lock);
  return events;
}

gboolean
trias_store_read_records (TriasStore *self,
                          const char *kind,
                          TriasStoreRecordFunc func,
                          gpointer user_data,
                          GError **error)
{
  gboolean ok;

  g_mutex_lock (&self->read_lock);
  ok = ensure_reader (self, error)
       && trias_store_history_records (self->reader, self->path, kind, func, user_data, error);
  g_mutex_unlock (&self->read_lock);
  return ok;
}

GPtrArray *
trias_store_read_denials (TriasStore *self, guint limit, GError **error)
{
  GPtrArray *denials = NULL;

  g_mutex_lock (&self->read_lock);
  if (ensure_reader (self, error))
    denials = trias_store_history_denials (self->reader, self->path, limit, error);
  g_mutex_unlock (&self->read_lock);
  return denials;
}
