/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-journal"

#include "config.h"

#include "server/journal/trias-journal-mirror.h"

#include "core/trias-timer.h"

/* Mirroring can wait so long for company. */
#define DELAY_US 20000
/* Until it is written this member cannot take over. */
#define RETRY_MS 1000

struct _TriasJournalMirror
{
  TriasStore *store; /* (borrowed) */
  const TriasJournalClient *client;
  gpointer user_data;
  gboolean dirty;
  gboolean soon;
  gboolean writing;
  gboolean failed;
  GSource *timer; /* (owned) when to write */
};

static void write_now (TriasJournalMirror *self);

static void
arm (TriasJournalMirror *self)
{
  gint64 now = g_get_monotonic_time (), at, set = trias_timer_get (self->timer);

  if (self->writing || self->failed || !(self->dirty || self->soon))
    return;
  at = self->soon ? now : now + DELAY_US;
  if (set < 0 || at < set)
    trias_timer_set (self->timer, at);
}

static void
after_failure (TriasJournalMirror *self, const GError *error)
{
  gboolean known = self->failed;

  self->failed = self->dirty = TRUE;
  self->soon = FALSE;
  trias_timer_set (self->timer, g_get_monotonic_time () + RETRY_MS * G_TIME_SPAN_MILLISECOND);
  self->client->settled (error, self->user_data);
  if (!known)
    self->client->storage (FALSE, error->message, self->user_data);
}

static void
written_cb (const GError *error, gint64 took_us, gpointer user_data)
{
  TriasJournalMirror *self = user_data;

  self->writing = FALSE;
  if (error != NULL)
    {
      after_failure (self, error);
      return;
    }
  self->client->settled (NULL, self->user_data);
  if (self->failed)
    {
      self->failed = FALSE;
      self->client->storage (TRUE, NULL, self->user_data);
    }
  arm (self);
}

static void
write_now (TriasJournalMirror *self)
{
  TriasStoreBatch *batch;

  trias_timer_set (self->timer, -1);
  if (self->writing)
    return;
  batch = trias_store_batch_new ();
  self->dirty = self->soon = FALSE;
  self->writing = TRUE;
  self->client->fill (batch, self->user_data);
  trias_store_commit_async (self->store, batch, written_cb, self);
}

static gboolean
write_cb (gpointer user_data)
{
  write_now (user_data);
  return G_SOURCE_CONTINUE;
}

TriasJournalMirror *
trias_journal_mirror_new (TriasStore *store, const TriasJournalClient *client, gpointer user_data)
{
  TriasJournalMirror *self = g_new0 (TriasJournalMirror, 1);

  self->store = store;
  self->client = client;
  self->user_data = user_data;
  self->timer = trias_timer_new ("journal-mirror", G_PRIORITY_DEFAULT, write_cb, self);
  return self;
}

void
trias_journal_mirror_touch (TriasJournalMirror *self, gboolean soon)
{
  self->dirty = TRUE;
  self->soon = self->soon || soon;
  arm (self);
}

void
trias_journal_mirror_flush (TriasJournalMirror *self)
{
  trias_store_wait (self->store);
  while ((self->dirty || self->soon) && !self->failed)
    {
      write_now (self);
      trias_store_wait (self->store);
    }
}

void
trias_journal_mirror_free (TriasJournalMirror *self)
{
  trias_journal_mirror_flush (self);
  /* A disk that refuses is asked once more, then left. */
  if (self->failed)
    {
      write_now (self);
      trias_store_wait (self->store);
    }
  g_source_destroy (self->timer);
  g_source_unref (self->timer);
  g_free (self);
}
