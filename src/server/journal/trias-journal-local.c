/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-journal"

#include "config.h"

#include <errno.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <glib-unix.h>

#include "core/trias-timer.h"
#include "server/journal/trias-journal.h"

/* Terms belong to elections; a server that decides alone has one. */
#define LOCAL_TERM 1
/* The main loop may be busy with other input for this long before waiting commands are written. */
#define LATEST_US 2000
/* So many commands are enough for one transaction. */
#define BATCH_MAX 8192
/* Mirroring alone can wait this long for company. */
#define MIRROR_DELAY_US 20000
/* Once the effects of so many commands wait to be mirrored, it is done while the next ones are
 * applied: those who were answered before have asked, those who wait are not answered yet, so the
 * disk is idle and their work does not compete with ours. Until the second number the next commands
 * go first. */
#define MIRROR_MIN 48
#define MIRROR_MAX 1024
/* Waiting for more commands to share the write: at most this, and a tenth of the last write. */
#define GATHER_MAX_US 500
#define GATHER_SHARE 10
/* A timer costs more than a shorter wait brings. */
#define GATHER_MIN_US 40
/* Work stands still until the disk takes something again, and to ask it costs next to nothing. */
#define RETRY_MS 1000
#define RETRY_MAX_MS 10000

typedef struct
{
  TriasJournal base;
  TriasStore *store; /* (borrowed) */
  const TriasJournalClient *client;
  gpointer user_data;

  GArray *pending; /* (owned) (element-type TriasJournalItem) */
  GArray *flying;  /* (owned) what the store is writing */
  GBytes *entry;   /* (owned) (nullable) bytes of it */
  guint64 index;   /* of the last entry */
  gboolean writing;
  gboolean soon;    /* someone waits for what is to be mirrored */
  gboolean dirty;   /* there is something to be mirrored */
  guint unmirrored; /* commands whose effects are */
  gboolean relaxed; /* what is being written need not be durable at once */

  GSource *dry;   /* (owned) runs when the loop has no other input */
  GSource *late;  /* (owned) runs when there is always other input */
  GSource *lazy;  /* (owned) mirrors when nothing else happens */
  GSource *retry; /* (owned) tries the disk again */
  GSource *timer; /* (owned) (nullable) ends gathering */
  int timer_fd;
  gboolean timer_set;

  guint expected;      /* commands answered last: so many may come again at once */
  gint64 gather_until; /* monotonic, µs */
  gboolean failed;
  guint retry_ms;
  gint64 recovered_at; /* monotonic, µs */
} Local;

typedef enum
{
  COMMANDS, /* wait */
  EFFECTS,  /* of commands that are durable already wait to be mirrored */
  OVERDUE,  /* something has waited long enough to be mirrored */
  PROBE,    /* the disk had refused */
} Why;

static void write_now (Local *self, Why why);

static void
item_clear (gpointer data)
{
  trias_command_free (((TriasJournalItem *) data)->command);
}

static GArray *
items_new (void)
{
  GArray *items = g_array_new (FALSE, FALSE, sizeof (TriasJournalItem));

  g_array_set_clear_func (items, item_clear);
  return items;
}

/* --- what happens after a write --- */

/* Takes what is in @items out: callbacks may append again, and that is for the next round. */
static GArray *
take (GArray **items)
{
  GArray *taken = *items;

  *items = items_new ();
  return taken;
}

static void
refuse_all (Local *self, GArray **items, const GError *error)
{
  g_autoptr (GArray) taken = take (items);

  for (guint i = 0; i < taken->len; i++)
    self->client->refuse (g_array_index (taken, TriasJournalItem, i).tag, error, self->user_data);
}

static void
arm (Local *self)
{
  if (self->pending->len > 0 || self->soon)
    {
      if (trias_timer_get (self->late) < 0)
        trias_timer_set (self->late, g_get_monotonic_time () + LATEST_US);
      trias_timer_set (self->dry, 0);
    }
  if (self->dirty && trias_timer_get (self->lazy) < 0)
    trias_timer_set (self->lazy, g_get_monotonic_time () + MIRROR_DELAY_US);
}

static void
after_failure (Local *self, const GError *error)
{
  gboolean known = self->failed;
  gint64 now = g_get_monotonic_time ();

  self->failed = TRUE;
  /* A disk that takes a little and fails again soon after is asked ever less often: each time is
   * told, and kept as an event. */
  if (!known)
    self->retry_ms = now - self->recovered_at > (gint64) RETRY_MAX_MS * G_TIME_SPAN_MILLISECOND
                         ? RETRY_MS
                         : MIN (self->retry_ms * 2, RETRY_MAX_MS);
  trias_timer_set (self->retry, now + (gint64) self->retry_ms * G_TIME_SPAN_MILLISECOND);
  self->dirty = TRUE;
  self->soon = FALSE;
  self->client->settled (error, self->user_data);
  refuse_all (self, &self->flying, error);
  refuse_all (self, &self->pending, error);
  if (!known)
    self->client->storage (FALSE, error->message, self->user_data);
}

static void
after_success (Local *self, gint64 took_us)
{
  g_autoptr (GArray) items = take (&self->flying);

  self->client->settled (NULL, self->user_data);
  if (self->failed)
    {
      self->failed = FALSE;
      self->recovered_at = g_get_monotonic_time ();
      self->client->storage (TRUE, NULL, self->user_data);
    }
  if (items->len == 0)
    {
      /* The next write makes it durable, or this one that is then due. */
      self->dirty = self->dirty || self->relaxed;
      return;
    }
  self->index++;
  /* What came before these, whose own turn comes while the next ones are applied. */
  if (self->unmirrored >= MIRROR_MIN && self->pending->len == 0)
    write_now (self, EFFECTS);
  self->unmirrored += items->len;
  self->expected = items->len;
  self->gather_until = g_get_monotonic_time () + MIN (GATHER_MAX_US, took_us / GATHER_SHARE);
  self->client->apply (LOCAL_TERM, self->index, (const TriasJournalItem *) (gpointer) items->data,
                       items->len, self->user_data);
}

static void
written_cb (const GError *error, gint64 took_us, gpointer user_data)
{
  Local *self = user_data;

  self->writing = FALSE;
  g_clear_pointer (&self->entry, g_bytes_unref);
  if (error != NULL)
    after_failure (self, error);
  else
    after_success (self, took_us);
  arm (self);
}

/* --- when to write --- */

static void
refuse_pending (Local *self)
{
  g_autoptr (GError) error = g_error_new (TRIAS_ERROR, TRIAS_REASON_STORAGE,
                                          "The disk of this server refuses to write. Nothing was"
                                          " changed; the server tries again by itself.");

  self->soon = FALSE;
  refuse_all (self, &self->pending, error);
  self->client->settled (error, self->user_data);
}

static void
add_entry (Local *self, TriasStoreBatch *batch)
{
  GArray *empty = self->flying;

  self->flying = self->pending;
  self->pending = empty;
  self->entry = trias_journal_encode ((const TriasJournalItem *) (gpointer) self->flying->data,
                                      self->flying->len);
  trias_store_batch_entry (batch, LOCAL_TERM, self->index + 1, self->entry);
}

static void
write_now (Local *self, Why why)
{
  gboolean mirror
      = self->pending->len == 0 || self->soon || why != COMMANDS || self->unmirrored >= MIRROR_MAX;
  TriasStoreBatch *batch;

  trias_timer_set (self->dry, -1);
  trias_timer_set (self->late, -1);
  if (self->writing)
    return;
  if (self->failed && why != PROBE)
    {
      refuse_pending (self);
      return;
    }
  batch = trias_store_batch_new ();
  self->relaxed = why == EFFECTS && !self->soon;
  if (self->relaxed)
    trias_store_batch_relax (batch);
  if (self->pending->len > 0)
    add_entry (self, batch);
  self->writing = TRUE;
  if (mirror)
    {
      self->dirty = self->soon = FALSE;
      self->unmirrored = 0;
      trias_timer_set (self->lazy, -1);
      self->client->fill (batch, self->user_data);
    }
  trias_store_commit_async (self->store, batch, written_cb, self);
}

/* Whether it pays to wait a moment: those who were just answered are likely to ask again. */
static gboolean
gather (Local *self)
{
  gint64 left = self->gather_until - g_get_monotonic_time ();
  struct itimerspec at = { 0 };

  if (self->failed || self->pending->len == 0 || self->pending->len >= self->expected
      || left < (self->timer_set ? 1 : GATHER_MIN_US))
    return FALSE;
  trias_timer_set (self->dry, -1);
  if (self->timer_set)
    return TRUE;
  self->timer_set = TRUE;
  at.it_value.tv_nsec = (long) left * 1000;
  timerfd_settime (self->timer_fd, 0, &at, NULL);
  return TRUE;
}

static gboolean
dry_cb (gpointer user_data)
{
  Local *self = user_data;

  if (self->writing)
    trias_timer_set (self->dry, -1);
  else if (!gather (self))
    write_now (self, COMMANDS);
  return G_SOURCE_CONTINUE;
}

static gboolean
late_cb (gpointer user_data)
{
  write_now (user_data, COMMANDS);
  return G_SOURCE_CONTINUE;
}

static gboolean
timer_cb (int fd, GIOCondition condition, gpointer user_data)
{
  Local *self = user_data;
  guint64 count;

  self->timer_set = FALSE;
  if (read (fd, &count, sizeof count) < 0)
    g_debug ("the timer had not run out: %s", g_strerror (errno));
  if (!self->writing && self->pending->len > 0)
    write_now (self, COMMANDS);
  return G_SOURCE_CONTINUE;
}

static gboolean
lazy_cb (gpointer user_data)
{
  Local *self = user_data;

  trias_timer_set (self->lazy, -1);
  /* While the disk refuses, the retry takes it along. */
  if (!self->failed && self->dirty)
    write_now (self, OVERDUE);
  return G_SOURCE_CONTINUE;
}

static gboolean
retry_cb (gpointer user_data)
{
  Local *self = user_data;

  trias_timer_set (self->retry, -1);
  if (self->failed)
    write_now (self, PROBE);
  return G_SOURCE_CONTINUE;
}

/* --- the interface --- */

static void
local_append (TriasJournal *journal, TriasCommand *command, gpointer tag)
{
  Local *self = (Local *) journal;
  TriasJournalItem item = { command, tag };

  g_array_append_val (self->pending, item);
  if (self->writing)
    return;
  if (self->pending->len >= BATCH_MAX && !self->failed)
    write_now (self, COMMANDS);
  else if (self->pending->len == 1 || trias_timer_get (self->dry) < 0)
    arm (self);
}

static void
local_touch (TriasJournal *journal, gboolean soon)
{
  Local *self = (Local *) journal;

  self->dirty = TRUE;
  self->soon = self->soon || soon;
  if (!self->writing)
    arm (self);
}

static void
drop_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_source_unref (*source);
  *source = NULL;
}

static void
local_flush (TriasJournal *journal)
{
  Local *self = (Local *) journal;

  trias_store_wait (self->store);
  while (self->pending->len > 0 || self->soon)
    {
      write_now (self, COMMANDS);
      trias_store_wait (self->store);
    }
}

static void
local_close (TriasJournal *journal)
{
  Local *self = (Local *) journal;

  trias_store_wait (self->store);
  /* A disk that refuses is asked once more, then left. */
  if (self->failed)
    {
      write_now (self, PROBE);
      trias_store_wait (self->store);
    }
  while (self->pending->len > 0 || ((self->dirty || self->soon) && !self->failed))
    {
      write_now (self, COMMANDS);
      trias_store_wait (self->store);
    }
  drop_source (&self->dry);
  drop_source (&self->late);
  drop_source (&self->lazy);
  drop_source (&self->retry);
  drop_source (&self->timer);
  close (self->timer_fd);
  g_array_unref (self->pending);
  g_array_unref (self->flying);
  g_free (self);
}

static const TriasJournalClass local_class = {
  .append = local_append,
  .touch = local_touch,
  .flush = local_flush,
  .close = local_close,
};

TriasJournal *
trias_journal_local_new (TriasStore *store,
                         guint64 index,
                         const TriasJournalClient *client,
                         gpointer user_data)
{
  Local *self = g_new0 (Local, 1);

  self->base.klass = &local_class;
  self->store = store;
  self->index = index;
  self->client = client;
  self->user_data = user_data;
  self->pending = items_new ();
  self->flying = items_new ();
  self->recovered_at = G_MININT64 / 2;
  self->dry = trias_timer_new ("journal-dry", G_PRIORITY_DEFAULT_IDLE, dry_cb, self);
  self->late = trias_timer_new ("journal-late", G_PRIORITY_DEFAULT, late_cb, self);
  self->lazy = trias_timer_new ("journal-lazy", G_PRIORITY_DEFAULT, lazy_cb, self);
  self->retry = trias_timer_new ("journal-retry", G_PRIORITY_DEFAULT, retry_cb, self);
  self->timer_fd = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  if (self->timer_fd >= 0)
    {
      self->timer = g_unix_fd_source_new (self->timer_fd, G_IO_IN);
      /* Else GLib takes the descriptor out and puts it back around every call. */
      g_source_set_can_recurse (self->timer, TRUE);
      g_source_set_callback (self->timer, (GSourceFunc) timer_cb, self, NULL);
      g_source_attach (self->timer, g_main_context_get_thread_default ());
    }
  return &self->base;
}
