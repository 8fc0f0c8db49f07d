/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-base.h"

#include <string.h>

#include "server/peer/trias-forming.h"
#include "server/peer/trias-pieces.h"

/* Handing out the base. */

/* Who has not asked for another piece by then needs none. */
#define KEEP_MS 60000

struct _TriasBaseGiver
{
  TriasPeer *peer;
  GPtrArray *changes; /* (nullable) (element-type TriasChange) */
  char *digest;       /* (nullable) */
  char *relationship; /* (nullable) of which they are the base */
  guint64 incarnation;
  char *wanted_of; /* (nullable) relationship whose base is being read */
  guint64 wanted;  /* and its incarnation */
  gboolean reading;
  GPtrArray *waiting; /* (element-type TriasPeerCall) */
  guint idle;         /* source */
};

TriasBaseGiver *
trias_base_giver_new (TriasPeer *peer)
{
  TriasBaseGiver *self = g_new0 (TriasBaseGiver, 1);

  self->peer = peer;
  self->waiting = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_peer_call_unref);
  return self;
}

static void
forget (TriasBaseGiver *self)
{
  g_clear_handle_id (&self->idle, g_source_remove);
  g_clear_pointer (&self->changes, g_ptr_array_unref);
  g_clear_pointer (&self->digest, g_free);
  g_clear_pointer (&self->relationship, g_free);
}

void
trias_base_giver_free (TriasBaseGiver *self)
{
  forget (self);
  g_free (self->wanted_of);
  g_ptr_array_unref (self->waiting);
  g_free (self);
}

static gboolean
on_idle (gpointer user_data)
{
  TriasBaseGiver *self = user_data;

  self->idle = 0;
  forget (self);
  return G_SOURCE_REMOVE;
}

static void
give (TriasBaseGiver *self, TriasPeerCall *call)
{
  TriasJsonReader reader;
  TriasJsonWriter *writer;
  g_autofree char *text = NULL;
  g_autoptr (GError) error = NULL;
  guint first, next;

  trias_json_reader_init (&reader, call->json);
  first = (guint) trias_json_read_int (&reader, "first", 0, G_MAXINT32);
  if (!trias_json_reader_finish_lenient (&reader, &error))
    {
      trias_peer_call_problem (call, trias_problem_from_error (error));
      return;
    }
  text = trias_pieces_cut (self->changes, MIN (first, self->changes->len), &next);
  writer = trias_json_writer_new ();
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "digest", self->digest);
  trias_json_add_int (writer, "total", self->changes->len);
  trias_json_add_int (writer, "first", first);
  trias_json_add_int (writer, "next", next);
  trias_json_add_string (writer, "changes", text);
  trias_json_end_object (writer);
  trias_peer_call_answer (call, writer);
  g_clear_handle_id (&self->idle, g_source_remove);
  self->idle = g_timeout_add (KEEP_MS, on_idle, self);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TriasPeer *peer = user_data;
  TriasBaseGiver *self = peer->giver;
  g_autofree char *digest = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) waiting = NULL;
  GPtrArray *changes;

  /* The keeper is gone: the result goes with its task. */
  if (peer->stopped)
    {
      trias_peer_unref (peer);
      return;
    }
  changes = trias_keeper_read_base_finish (peer->keeper, result, &digest, &error);
  self->reading = FALSE;
  waiting = g_steal_pointer (&self->waiting);
  self->waiting = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_peer_call_unref);
  if (changes != NULL)
    {
      forget (self);
      self->changes = changes;
      self->digest = g_steal_pointer (&digest);
      self->relationship = g_strdup (self->wanted_of);
      self->incarnation = self->wanted;
    }
  for (guint i = 0; i < waiting->len; i++)
    if (changes != NULL)
      give (self, g_ptr_array_index (waiting, i));
    else
      trias_peer_call_problem (g_ptr_array_index (waiting, i), trias_problem_from_error (error));
  trias_peer_unref (peer);
}

void
trias_peer_on_base (TriasPeerCall *call)
{
  TriasPeer *peer = call->peer;
  TriasBaseGiver *self = peer->giver;
  TriasJsonReader reader;
  const char *id;
  guint64 incarnation;
  g_autoptr (GError) error = NULL;

  trias_json_reader_init (&reader, call->json);
  id = trias_json_read_string (&reader, "id", 1, 128);
  incarnation = (guint64) trias_json_read_int (&reader, "incarnation", 1, G_MAXINT64);
  if (!trias_json_reader_finish_lenient (&reader, &error))
    trias_peer_call_problem (call, trias_problem_from_error (error));
  else if (!trias_forming_is_sealed (peer, id, incarnation)
           || trias_relationship_find (peer->relationship, call->key) == NULL
           || trias_keeper_triad_incarnation (peer->keeper) != incarnation)
    trias_peer_call_refuse (call, TRIAS_REASON_NOT_RELATED,
                            "The server '%s' does not have what this relationship begins with.",
                            peer->name);
  else if (self->changes != NULL && self->incarnation == incarnation
           && strcmp (self->relationship, id) == 0)
    give (self, call);
  else
    {
      g_ptr_array_add (self->waiting, trias_peer_call_ref (call));
      if (!self->reading)
        {
          g_free (self->wanted_of);
          self->wanted_of = g_strdup (id);
          self->wanted = incarnation;
          trias_keeper_read_base_async (peer->keeper, on_read, trias_peer_ref (peer));
        }
      self->reading = TRUE;
    }
}
