/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-sync.h"

#include <string.h>

#include "server/peer/trias-pieces.h"

#define MARKS_MAX 256
#define RETRY_MS 1000
/* A probe's answer is not older than this. */
#define STALE_MS 3000

typedef struct
{
  TriasChange *change;
  gint64 made; /* monotonic ms */
} Entry;

typedef struct
{
  guint64 revision;
  char *digest;
} Mark;

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  trias_change_free (entry->change);
  g_free (entry);
}

static void
mark_free (gpointer data)
{
  Mark *mark = data;

  g_free (mark->digest);
  g_free (mark);
}

void
trias_sync_init (TriasSync *self, guint64 revision, const char *digest)
{
  *self = (TriasSync){ .revision = revision, .base = revision, .their_lag = TRIAS_LAG_FIRST_COPY };
  self->digest = g_strdup ("");
  self->announced_digest = g_strdup ("");
  self->copy_digest = g_strdup ("");
  g_queue_init (&self->ring);
  g_queue_init (&self->marks);
  trias_sync_mark (self, revision, digest);
}

void
trias_sync_clear (TriasSync *self)
{
  g_queue_clear_full (&self->ring, entry_free);
  g_queue_clear_full (&self->marks, mark_free);
  g_clear_pointer (&self->digest, g_free);
  g_clear_pointer (&self->announced_digest, g_free);
  g_clear_pointer (&self->copy_digest, g_free);
}

void
trias_sync_restart (TriasSync *self, guint64 revision)
{
  g_queue_clear_full (&self->ring, entry_free);
  g_queue_clear_full (&self->marks, mark_free);
  self->base = self->revision = revision;
  g_free (self->digest);
  self->digest = g_strdup ("");
}

/* Whole revisions go: half of one would leave a copy that never was. */
static void
trim (TriasSync *self)
{
  while (self->ring.length > TRIAS_SYNC_RING_MAX)
    {
      guint64 revision = ((Entry *) self->ring.head->data)->change->revision;

      while (self->ring.head != NULL
             && ((Entry *) self->ring.head->data)->change->revision == revision)
        entry_free (g_queue_pop_head (&self->ring));
      self->base = revision;
    }
}

void
trias_sync_own_changes (TriasSync *self, GPtrArray *changes, gint64 now)
{
  for (guint i = 0; i < changes->len; i++)
    {
      const TriasChange *change = g_ptr_array_index (changes, i);
      Entry *entry;

      if (change->revision == 0)
        continue;
      entry = g_new0 (Entry, 1);
      entry->change = trias_change_copy (change);
      entry->made = now;
      g_queue_push_tail (&self->ring, entry);
      if (change->revision > self->revision)
        {
          self->revision = change->revision;
          g_free (self->digest);
          self->digest = g_strdup ("");
        }
    }
  trim (self);
}

static const char *
mark_at (const TriasSync *self, guint64 revision)
{
  for (GList *l = self->marks.tail; l != NULL; l = l->prev)
    if (((Mark *) l->data)->revision == revision)
      return ((Mark *) l->data)->digest;
  return NULL;
}

void
trias_sync_mark (TriasSync *self, guint64 revision, const char *digest)
{
  Mark *mark;

  if (revision == self->revision)
    {
      g_free (self->digest);
      self->digest = g_strdup (digest);
    }
  if (mark_at (self, revision) != NULL)
    return;
  mark = g_new0 (Mark, 1);
  mark->revision = revision;
  mark->digest = g_strdup (digest);
  g_queue_push_tail (&self->marks, mark);
  if (self->marks.length > MARKS_MAX)
    mark_free (g_queue_pop_head (&self->marks));
}

gboolean
trias_sync_is_stale (const TriasSync *self, guint64 held, gint64 now)
{
  return self->told && (self->in_flight || (held < self->held && now - self->ended_at < STALE_MS));
}

gboolean
trias_sync_partner_holds (TriasSync *self, guint64 held, const char *digest, gint64 wall)
{
  const char *own = mark_at (self, held);

  self->told = TRUE;
  self->held = held;
  self->equal = FALSE;
  /* It has what we never had: a copy of a ledger that is not this one. */
  if (held > self->revision)
    {
      self->repair = TRUE;
      return TRUE;
    }
  self->confirmed = MIN (self->confirmed, held);
  if (own == NULL || digest == NULL)
    {
      self->equal = held == self->confirmed;
      return FALSE;
    }
  if (strcmp (own, digest) != 0)
    {
      self->repair = TRUE;
      return TRUE;
    }
  self->equal = TRUE;
  self->repair = FALSE;
  self->ever = TRUE;
  self->confirmed = held;
  self->confirmed_wall = wall;
  return FALSE;
}

/* Changes after @from, whole revisions, as many as fit into a request. */
static GPtrArray *
changes_after (const TriasSync *self, guint64 from, guint64 *to)
{
  GPtrArray *changes = g_ptr_array_new ();
  gsize bytes = 0;
  guint whole = 0;

  *to = from;
  /* The newest that are missing are few as a rule: look from the end. */
  GList *l = self->ring.tail;
  while (l != NULL && l->prev != NULL && ((Entry *) l->prev->data)->change->revision > from)
    l = l->prev;
  for (; l != NULL; l = l->next)
    {
      TriasChange *change = ((Entry *) l->data)->change;

      if (change->revision <= from)
        continue;
      bytes += strlen (change->key) + 24
               + (change->value != NULL ? g_bytes_get_size (change->value) : 0);
      if (bytes > TRIAS_PIECE_BYTES)
        break;
      g_ptr_array_add (changes, change);
      if (l->next == NULL || ((Entry *) l->next->data)->change->revision != change->revision)
        {
          whole = changes->len;
          *to = change->revision;
        }
    }
  g_ptr_array_set_size (changes, (gint) whole);
  return changes;
}

TriasSyncStep
trias_sync_next (TriasSync *self, gint64 now, guint64 *from, guint64 *to, GPtrArray **changes)
{
  g_autoptr (GPtrArray) found = NULL;

  if (!self->told || self->in_flight || now < self->retry_at)
    return TRIAS_SYNC_NOTHING;
  if (self->repair)
    return TRIAS_SYNC_SEND_SNAPSHOT;
  if (self->held >= self->revision)
    return TRIAS_SYNC_NOTHING;
  /* A blank copy is not an early revision of ours: what a ledger begins with is in no change. */
  if (self->held < self->base || (self->held == 0 && !self->ever))
    return TRIAS_SYNC_SEND_SNAPSHOT;
  found = changes_after (self, self->held, to);
  if (found->len == 0)
    return TRIAS_SYNC_SEND_SNAPSHOT; /* one revision alone is larger than a request */
  *from = self->held;
  *changes = g_steal_pointer (&found);
  return TRIAS_SYNC_SEND_CHANGES;
}

void
trias_sync_sent (TriasSync *self)
{
  self->in_flight = TRUE;
}

void
trias_sync_ended (TriasSync *self, gint64 now)
{
  self->in_flight = FALSE;
  self->trouble = TRIAS_LAG_NONE;
  self->ended_at = now;
  self->retry_at = 0;
}

void
trias_sync_failed (TriasSync *self, TriasLag trouble, gint64 now)
{
  self->in_flight = FALSE;
  self->trouble = trouble;
  self->ended_at = now;
  self->retry_at = now + RETRY_MS;
}

void
trias_sync_cut (TriasSync *self)
{
  self->told = FALSE;
  self->in_flight = FALSE;
  self->retry_at = 0;
  self->trouble = TRIAS_LAG_NONE;
}

void
trias_sync_announced (TriasSync *self, guint64 revision, const char *digest)
{
  if (self->announced_known && self->announced == revision && digest == NULL)
    return;
  self->announced_known = TRUE;
  self->announced = revision;
  g_free (self->announced_digest);
  self->announced_digest = g_strdup (digest != NULL ? digest : "");
}

void
trias_sync_copy (TriasSync *self, guint64 revision, const char *digest)
{
  self->copy_revision = revision;
  g_free (self->copy_digest);
  self->copy_digest = g_strdup (digest);
}

gboolean
trias_sync_copy_is_current (const TriasSync *self)
{
  if (!self->announced_known || self->copy_revision < self->announced)
    return FALSE;
  return self->copy_revision > self->announced || self->announced_digest[0] == '\0'
         || strcmp (self->announced_digest, self->copy_digest) == 0;
}

/* When the oldest change was made that the partner has not confirmed; -1 = there is none. */
static gint64
oldest_pending (const TriasSync *self)
{
  gint64 oldest = -1;

  for (GList *l = self->ring.tail; l != NULL; l = l->prev)
    {
      const Entry *entry = l->data;

      if (entry->change->revision <= self->confirmed)
        break;
      oldest = entry->made;
    }
  return oldest;
}

TriasLag
trias_sync_own_lag (const TriasSync *self, gint64 now)
{
  gint64 oldest;

  if (!self->ever)
    return self->trouble != TRIAS_LAG_NONE ? self->trouble : TRIAS_LAG_FIRST_COPY;
  if (self->repair)
    return self->trouble != TRIAS_LAG_NONE ? self->trouble : TRIAS_LAG_REPAIR;
  if (self->confirmed >= self->revision)
    return TRIAS_LAG_NONE;
  /* Beyond the ring everything is old. */
  oldest = self->confirmed < self->base ? 0 : oldest_pending (self);
  if (oldest < 0 || (self->confirmed >= self->base && now - oldest <= TRIAS_SYNC_SLACK_MS))
    return TRIAS_LAG_NONE;
  return self->trouble != TRIAS_LAG_NONE ? self->trouble : TRIAS_LAG_PENDING;
}

TriasLag
trias_sync_lag (const TriasSync *self, gint64 now)
{
  TriasLag own = trias_sync_own_lag (self, now);

  return own != TRIAS_LAG_NONE ? own : self->their_lag;
}

gboolean
trias_sync_apart_ok (const TriasSync *self)
{
  return self->ever && !self->repair && self->confirmed >= self->revision
         && self->their_lag == TRIAS_LAG_NONE && trias_sync_copy_is_current (self);
}

gboolean
trias_sync_lease_is_confirmed (const TriasSync *self, const char *id)
{
  if (!self->told || !self->ever || self->repair || self->confirmed < self->base)
    return FALSE;
  for (GList *l = self->ring.tail; l != NULL; l = l->prev)
    {
      const TriasChange *change = ((Entry *) l->data)->change;

      if (change->revision <= self->confirmed)
        break;
      if (change->record == TRIAS_RECORD_LEASE && strcmp (change->key, id) == 0)
        return FALSE;
    }
  return TRUE;
}

guint64
trias_sync_pending (const TriasSync *self)
{
  return self->revision > self->confirmed ? self->revision - self->confirmed : 0;
}
