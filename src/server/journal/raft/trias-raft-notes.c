/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/journal/raft/trias-raft-notes.h"

#define MAGIC 0x4e54u /* "TN" */
#define VERSION 1u
#define N_WORDS (1 + 6 + TRIAS_RAFT_SLOTS * 4 + 3)
/* No member lives to see a number as high: it would stop all others from counting on. */
#define HIGHEST (G_MAXUINT64 >> 2)

G_STATIC_ASSERT (N_WORDS * 8 <= TRIAS_RAFT_NOTE_MAX);

GBytes *
trias_raft_note_encode (const TriasRaftNote *self)
{
  guint64 words[N_WORDS];
  guint n = 0;

  words[n++] = MAGIC | VERSION << 16 | (guint64) self->flags << 24 | (guint64) self->hears << 32
               | (guint64) self->pinned << 40;
  words[n++] = self->nonce;
  words[n++] = self->echo;
  words[n++] = self->number;
  words[n++] = self->last_index;
  words[n++] = self->pin_version;
  words[n++] = (guint64) self->pin_left_ms;
  for (guint i = 0; i < TRIAS_RAFT_SLOTS; i++)
    {
      words[n++] = self->marks[i].vote_term;
      words[n++] = self->marks[i].vote;
      words[n++] = self->marks[i].log_term;
      words[n++] = self->marks[i].log_index;
    }
  words[n++] = self->permit_id;
  words[n++] = self->permit_term;
  words[n++] = self->permit_index;
  g_assert (n == N_WORDS);
  for (guint i = 0; i < N_WORDS; i++)
    words[i] = GUINT64_TO_LE (words[i]);
  return g_bytes_new (words, sizeof words);
}

static gboolean
mark_is_sane (const TriasRaftMark *mark)
{
  return mark->vote <= TRIAS_RAFT_SLOTS && mark->vote_term < HIGHEST && mark->log_term < HIGHEST
         && mark->log_index < HIGHEST;
}

gboolean
trias_raft_note_decode (TriasRaftNote *self, const void *data, gsize length)
{
  guint64 words[N_WORDS];
  guint n = 0;
  gboolean sane;

  if (length != sizeof words)
    return FALSE;
  memcpy (words, data, sizeof words);
  for (guint i = 0; i < N_WORDS; i++)
    words[i] = GUINT64_FROM_LE (words[i]);
  if ((words[0] & 0xffffff) != (MAGIC | VERSION << 16) || words[0] >> 48 != 0)
    return FALSE;
  self->flags = (words[0] >> 24) & 0xff;
  self->hears = (words[0] >> 32) & 0xff;
  self->pinned = (words[0] >> 40) & 0xff;
  n = 1;
  self->nonce = words[n++];
  self->echo = words[n++];
  self->number = words[n++];
  self->last_index = words[n++];
  self->pin_version = words[n++];
  self->pin_left_ms = (gint64) words[n++];
  sane = (self->flags & ~(guint) TRIAS_RAFT_NOTE_FLAGS) == 0 && (self->hears & ~14u) == 0
         && self->pinned < TRIAS_RAFT_SLOTS && self->nonce != 0 && self->last_index < HIGHEST
         && self->pin_version < HIGHEST && self->pin_left_ms >= 0
         && (self->pin_left_ms < G_MAXINT64 / 4 || self->pin_left_ms == G_MAXINT64);
  for (guint i = 0; i < TRIAS_RAFT_SLOTS; i++)
    {
      self->marks[i].vote_term = words[n++];
      self->marks[i].vote = words[n++];
      self->marks[i].log_term = words[n++];
      self->marks[i].log_index = words[n++];
      sane = sane && mark_is_sane (&self->marks[i]);
    }
  self->permit_id = words[n++];
  self->permit_term = words[n++];
  self->permit_index = words[n++];
  return sane;
}
