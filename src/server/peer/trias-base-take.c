/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-base.h"
#include "server/peer/trias-pieces.h"

/* Getting the base: piece after piece from one member; from the next one if it falls silent. */

/* Beyond this it is no ledger of ours: a million leases take about 300 MB. */
#define MAX_BYTES (512 * 1024 * 1024)
/* So many members were asked in vain: whoever waits shall know. */
#define MAX_FAILURES 6

struct _TriasBaseTaker
{
  grefcount refs;
  TriasPeer *peer;
  TriasRelationship *relationship;
  TriasPeerDone done; /* (nullable) after it was called, or the taker freed */
  gpointer user_data;
  guint source; /* rank of the member that is asked */
  guint failures;
  char *digest;       /* (nullable) of the base whose pieces are here */
  GPtrArray *changes; /* (element-type TriasChange) */
  gsize bytes;
};

static void ask (TriasBaseTaker *self);

static void
taker_unref (TriasBaseTaker *self)
{
  if (!g_ref_count_dec (&self->refs))
    return;
  trias_relationship_free (self->relationship);
  g_ptr_array_unref (self->changes);
  g_free (self->digest);
  trias_peer_unref (self->peer);
  g_free (self);
}

static TriasBaseTaker *
taker_ref (TriasBaseTaker *self)
{
  g_ref_count_inc (&self->refs);
  return self;
}

static gboolean
is_over (TriasBaseTaker *self)
{
  return self->done == NULL || self->peer->stopped;
}

/* May free the taker. */
static void
finish (TriasBaseTaker *self, const TriasProblem *problem)
{
  TriasPeerDone done = self->done;

  self->done = NULL;
  if (done != NULL)
    done (problem, self->user_data);
}

static void
start_over (TriasBaseTaker *self)
{
  g_clear_pointer (&self->digest, g_free);
  g_ptr_array_set_size (self->changes, 0);
  self->bytes = 0;
}

static const TriasMember *
source_of (TriasBaseTaker *self)
{
  return g_ptr_array_index (self->relationship->members, self->source);
}

static void
next_source (TriasBaseTaker *self)
{
  do
    self->source = (self->source + 1) % self->relationship->members->len;
  while (strcmp (source_of (self)->id, self->peer->id) == 0);
}

static void
failed (TriasBaseTaker *self, const TriasProblem *problem)
{
  if (++self->failures >= MAX_FAILURES)
    {
      finish (self, problem);
      return;
    }
  next_source (self);
  ask (self);
}

/* --- the whole --- */

static void
on_taken (const GError *error, gpointer user_data)
{
  TriasBaseTaker *self = user_data;
  g_autoptr (TriasProblem) problem = error != NULL ? trias_problem_from_error (error) : NULL;

  if (!is_over (self))
    finish (self, problem);
  taker_unref (self);
}

static void
take (TriasBaseTaker *self)
{
  trias_keeper_take_base (self->peer->keeper, self->changes, self->digest, self->relationship,
                          on_taken, taker_ref (self));
}

/* --- a piece --- */

typedef struct
{
  const char *digest, *changes;
  guint total, first, next;
} Piece;

static gboolean
read_piece (Piece *piece, const TriasJson *json, GError **error)
{
  TriasJsonReader reader;

  trias_json_reader_init (&reader, json);
  piece->digest = trias_json_read_string (&reader, "digest", 1, 128);
  piece->total = (guint) trias_json_read_int (&reader, "total", 1, G_MAXINT32);
  piece->first = (guint) trias_json_read_int (&reader, "first", 0, G_MAXINT32);
  piece->next = (guint) trias_json_read_int (&reader, "next", 1, G_MAXINT32);
  piece->changes = trias_json_read_string (&reader, "changes", 1, TRIAS_JSON_MAX_BYTES);
  return trias_json_reader_finish_lenient (&reader, error);
}

static gboolean
add_piece (TriasBaseTaker *self, const Piece *piece, GError **error)
{
  gsize length = 0;
  g_autoptr (GPtrArray) changes = trias_pieces_decode (piece->changes, &length, error);

  if (changes == NULL)
    return FALSE;
  self->bytes += length;
  if (piece->first != self->changes->len || piece->next != piece->first + changes->len
      || piece->next > piece->total || changes->len == 0 || self->bytes > MAX_BYTES)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
                   "The piece does not follow on the one before.");
      return FALSE;
    }
  for (guint i = 0; i < changes->len; i++)
    g_ptr_array_add (self->changes, trias_change_copy (g_ptr_array_index (changes, i)));
  return TRUE;
}

static void
take_piece (TriasBaseTaker *self, const Piece *piece)
{
  g_autoptr (GError) error = NULL;

  if (self->digest != NULL && strcmp (self->digest, piece->digest) != 0)
    {
      start_over (self);
      if (piece->first != 0)
        {
          ask (self);
          return;
        }
    }
  if (self->digest == NULL)
    self->digest = g_strdup (piece->digest);
  if (!add_piece (self, piece, &error))
    {
      g_autoptr (TriasProblem) problem = trias_problem_from_error (error);

      start_over (self);
      failed (self, problem);
    }
  else if (piece->next == piece->total)
    take (self);
  else
    ask (self);
}

static void
on_piece (const TriasPeerAnswer *answer, gpointer user_data)
{
  TriasBaseTaker *self = user_data;
  Piece piece;
  g_autoptr (GError) error = NULL;

  if (is_over (self))
    ;
  else if (answer->problem != NULL)
    failed (self, answer->problem);
  else if (read_piece (&piece, answer->json, &error))
    take_piece (self, &piece);
  else
    {
      g_autoptr (TriasProblem) problem = trias_problem_from_error (error);

      failed (self, problem);
    }
  taker_unref (self);
}

static void
ask (TriasBaseTaker *self)
{
  const TriasMember *source = source_of (self);
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_int (writer, "protocol", TRIAS_PEER_PROTOCOL);
  trias_json_add_string (writer, "id", self->relationship->id);
  trias_json_add_int (writer, "incarnation", (gint64) self->relationship->incarnation);
  trias_json_add_int (writer, "first", self->changes->len);
  trias_json_end_object (writer);
  trias_peer_client_post (self->peer->client, source->addresses[0], source->id, "base",
                          trias_peer_end_text (writer), TRIAS_PEER_TIMEOUT_MS, on_piece,
                          taker_ref (self));
}

/* --- life --- */

static gboolean
on_begin (gpointer user_data)
{
  TriasBaseTaker *self = user_data;

  if (!is_over (self))
    ask (self);
  taker_unref (self);
  return G_SOURCE_REMOVE;
}

TriasBaseTaker *
trias_base_taker_new (TriasPeer *peer,
                      const TriasRelationship *relationship,
                      const char *key,
                      TriasPeerDone done,
                      gpointer user_data)
{
  TriasBaseTaker *self = g_new0 (TriasBaseTaker, 1);

  g_ref_count_init (&self->refs);
  self->peer = trias_peer_ref (peer);
  self->relationship = trias_relationship_copy (relationship);
  self->done = done;
  self->user_data = user_data;
  self->changes = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_change_free);
  for (guint i = 0; i < relationship->members->len; i++)
    if (strcmp (((TriasMember *) g_ptr_array_index (relationship->members, i))->id, key) == 0)
      self->source = i;
  /* Never at once: whoever makes it has not got it yet. */
  g_idle_add (on_begin, taker_ref (self));
  return self;
}

void
trias_base_taker_free (TriasBaseTaker *self)
{
  self->done = NULL;
  taker_unref (self);
}
