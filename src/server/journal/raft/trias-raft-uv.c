/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-raft"

#include "config.h"

#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <glib-unix.h>
#include <glib/gstdio.h>

#include "core/trias-problem.h"
#include "core/trias-timer.h"
#include "server/journal/raft/trias-raft-uv.h"
#include "server/journal/trias-journal-raft.h"

/* The loop stalls for some 30 ms when a segment is full, whatever its size. */
#define SEGMENT_SIZE (64 * 1024 * 1024)
#define CONNECT_RETRY_MS 200
#define MARKS_MAX 4096

struct _TriasRaftUv
{
  struct uv_loop_s loop;
  struct raft_io io;
  TriasRaftTransport transport;
  GSource *source; /* (owned) the timers and the descriptor of the loop */
  void (*turned) (gpointer user_data);
  gpointer user_data;
  gboolean turning;

  char *marks_path; /* (owned) */
  uv_work_t work;
  GBytes *writing; /* (owned) (nullable) */
  GBytes *next;    /* (owned) (nullable) */
};

/* --- the loop --- */

static void
set_timer (TriasRaftUv *self)
{
  int timeout;

  uv_update_time (&self->loop);
  timeout = uv_backend_timeout (&self->loop);
  trias_timer_set (self->source, timeout < 0 ? -1
                                             : g_get_monotonic_time ()
                                                   + (gint64) timeout * G_TIME_SPAN_MILLISECOND);
}

static gboolean
loop_cb (gpointer user_data)
{
  TriasRaftUv *self = user_data;

  self->turning = TRUE;
  uv_run (&self->loop, UV_RUN_NOWAIT);
  self->turning = FALSE;
  trias_timer_set (self->source, -1);
  self->turned (self->user_data);
  if (trias_timer_get (self->source) != 0)
    set_timer (self);
  return G_SOURCE_CONTINUE;
}

void
trias_raft_uv_turn (TriasRaftUv *self)
{
  /* What was begun outside the loop is known to the kernel only after a turn. */
  if (!self->turning)
    trias_timer_set (self->source, 0);
}

static void
turn_cb (gpointer user_data)
{
  trias_raft_uv_turn (user_data);
}

/* --- marks --- */

gboolean
trias_raft_uv_write_marks (TriasRaftUv *self, GBytes *marks, GError **error)
{
  gsize length;
  const char *data = g_bytes_get_data (marks, &length);

  return g_file_set_contents_full (self->marks_path, data, (gssize) length,
                                   G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE,
                                   0600, error);
}

static void
write_marks_cb (uv_work_t *work)
{
  TriasRaftUv *self = work->data;
  g_autoptr (GError) error = NULL;

  if (!trias_raft_uv_write_marks (self, self->writing, &error))
    g_message ("%s", error->message);
}

static void start_writing (TriasRaftUv *self);

static void
written_cb (uv_work_t *work, int status)
{
  TriasRaftUv *self = work->data;

  g_clear_pointer (&self->writing, g_bytes_unref);
  start_writing (self);
}

static void
start_writing (TriasRaftUv *self)
{
  if (self->writing != NULL || self->next == NULL)
    return;
  self->writing = g_steal_pointer (&self->next);
  self->work.data = self;
  if (uv_queue_work (&self->loop, &self->work, write_marks_cb, written_cb) != 0)
    g_clear_pointer (&self->writing, g_bytes_unref);
  trias_raft_uv_turn (self);
}

void
trias_raft_uv_keep_marks (TriasRaftUv *self, GBytes *marks)
{
  g_clear_pointer (&self->next, g_bytes_unref);
  self->next = g_bytes_ref (marks);
  start_writing (self);
}

GBytes *
trias_raft_uv_load_marks (TriasRaftUv *self)
{
  char *data = NULL;
  gsize length;

  if (!g_file_get_contents (self->marks_path, &data, &length, NULL))
    return NULL;
  if (length > MARKS_MAX)
    {
      g_free (data);
      return NULL;
    }
  return g_bytes_new_take (data, length);
}

gboolean
trias_raft_uv_has_log (TriasRaftUv *self)
{
  static const char *const names[] = { "metadata1", "metadata2" };
  g_autofree char *folder = g_path_get_dirname (self->marks_path);

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *path = g_build_filename (folder, names[i], NULL);

      if (g_file_test (path, G_FILE_TEST_EXISTS))
        return TRUE;
    }
  return FALSE;
}

/* --- life --- */

/* libraft draws its time-outs and file names from random(). */
static void
seed (void)
{
  static gsize done = 0;

  if (g_once_init_enter (&done))
    {
      srandom (g_random_int ());
      signal (SIGPIPE, SIG_IGN);
      g_once_init_leave (&done, 1);
    }
}

TriasRaftUv *
trias_raft_uv_new (const char *folder,
                   void (*turned) (gpointer user_data),
                   gpointer user_data,
                   GError **error)
{
  TriasRaftUv *self;
  int status;

  seed ();
  self = g_new0 (TriasRaftUv, 1);
  self->turned = turned;
  self->user_data = user_data;
  self->marks_path = g_build_filename (folder, TRIAS_JOURNAL_RAFT_MARKS, NULL);
  g_mkdir (folder, 0700);
  if (uv_loop_init (&self->loop) != 0)
    g_error ("no event loop can be made");
  trias_raft_transport_init (&self->transport, &self->loop, turn_cb, self);
  status = raft_uv_init (&self->io, &self->loop, folder, &self->transport.base);
  if (status != 0)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_STORAGE,
                   "The folder %s cannot be used: %s (%s)", folder, self->io.errmsg,
                   raft_strerror (status));
      trias_raft_transport_clear (&self->transport);
      uv_loop_close (&self->loop);
      g_free (self->marks_path);
      g_free (self);
      return NULL;
    }
  raft_uv_set_segment_size (&self->io, SEGMENT_SIZE);
  raft_uv_set_connect_retry_delay (&self->io, CONNECT_RETRY_MS);
  self->source = trias_timer_new ("raft-loop", G_PRIORITY_DEFAULT, loop_cb, self);
  /* Else GLib takes the descriptor out and puts it back around every turn, and wakes itself up. */
  g_source_set_can_recurse (self->source, TRUE);
  g_source_add_unix_fd (self->source, uv_backend_fd (&self->loop), G_IO_IN | G_IO_ERR);
  return self;
}

void
trias_raft_uv_run_until (TriasRaftUv *self, const gboolean *done)
{
  self->turning = TRUE;
  while (!*done)
    uv_run (&self->loop, UV_RUN_ONCE);
  self->turning = FALSE;
}

void
trias_raft_uv_free (TriasRaftUv *self)
{
  g_source_destroy (self->source);
  g_source_unref (self->source);
  self->turning = TRUE;
  /* The last marks and streams that close. */
  while (uv_run (&self->loop, UV_RUN_ONCE) != 0)
    ;
  raft_uv_close (&self->io);
  if (uv_loop_close (&self->loop) != 0)
    g_warning ("the engine left something in its loop");
  trias_raft_transport_clear (&self->transport);
  g_clear_pointer (&self->next, g_bytes_unref);
  g_clear_pointer (&self->writing, g_bytes_unref);
  g_free (self->marks_path);
  g_free (self);
}

struct raft_io *
trias_raft_uv_get_io (TriasRaftUv *self)
{
  return &self->io;
}

TriasRaftTransport *
trias_raft_uv_get_transport (TriasRaftUv *self)
{
  return &self->transport;
}
