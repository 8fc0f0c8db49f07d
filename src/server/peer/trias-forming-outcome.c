/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-forming-private.h"

/* How it ended: who has promised asks everybody, and who was away when a triad went on without it
 * asks who says so.
 *
 * Believed is: that it was decided, by whoever holds the seal, because only what was decided is
 * applied; that it came to nothing, by the coordinator of something new, and of a triad by every
 * member whose log has gone past the term of the promise. All of them are known by their keys, from
 * the promise or from the present relationship. */

/* --- what is answered --- */

typedef struct
{
  const char *id;
  guint64 incarnation, term;
} Question;

static gboolean
read_question (TriasPeerCall *call, Question *question)
{
  TriasJsonReader reader;
  g_autoptr (GError) error = NULL;

  trias_json_reader_init (&reader, call->json);
  question->id = trias_json_read_string (&reader, "id", 1, 128);
  question->incarnation
      = (guint64) trias_json_read_int_or (&reader, "incarnation", 1, G_MAXINT64, 1);
  question->term = (guint64) trias_json_read_int_or (&reader, "term", 0, G_MAXINT64, 0);
  if (trias_json_reader_finish_lenient (&reader, &error))
    return TRUE;
  trias_peer_call_problem (call, trias_problem_from_error (error));
  return FALSE;
}

/* The ledger has the seal by now, and this server is about to go over to it. */
static gboolean
is_being_taken_up (TriasPeer *self, const Question *question)
{
  const TriasRelationship *sealed
      = trias_ledger_get_relationship (trias_keeper_get_ledger (self->keeper));

  return sealed != NULL && strcmp (sealed->id, question->id) == 0
         && sealed->incarnation >= question->incarnation
         && (self->relationship == NULL || sealed->incarnation > self->relationship->incarnation);
}

/* Not decided, and it never will be: another one was, or the triad ended, or its log went on. */
static gboolean
came_to_nothing (TriasPeer *self, const Question *question)
{
  const TriasRelationship *present = self->relationship;
  TriasLedger *ledger = trias_keeper_get_ledger (self->keeper);

  if (question->term == 0 || is_being_taken_up (self, question))
    return FALSE;
  if (present == NULL)
    return strcmp (trias_ledger_get_ended (ledger, NULL), question->id) == 0;
  return strcmp (present->id, question->id) == 0
         && (present->incarnation >= question->incarnation
             || trias_forming_is_settled (self, question->id, question->incarnation,
                                          question->term));
}

static const char *
outcome_of (TriasPeerCall *call, const Question *question)
{
  TriasPeer *self = call->peer;
  const TriasRelationship *present = self->relationship;

  /* A triad may have gone on further since. */
  if (present != NULL && strcmp (present->id, question->id) == 0
      && trias_relationship_find (present, call->key) != NULL
      && (present->incarnation == question->incarnation
          || (self->triad != NULL && present->incarnation > question->incarnation)))
    return "sealed";
  if (came_to_nothing (self, question))
    return "void";
  if (is_being_taken_up (self, question))
    return "pending";
  if (trias_forming_is_busy (self) && strcmp (self->forming->id, question->id) == 0)
    return "pending";
  return "unknown";
}

void
trias_peer_on_outcome (TriasPeerCall *call)
{
  TriasJsonWriter *writer;
  Question question;
  const char *outcome;

  if (!read_question (call, &question))
    return;
  outcome = outcome_of (call, &question);
  writer = trias_json_writer_new ();
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "outcome", outcome);
  if (strcmp (outcome, "sealed") == 0)
    {
      trias_json_begin_object (writer, "relationship");
      trias_relationship_write_members (call->peer->relationship, writer);
      trias_json_end_object (writer);
    }
  trias_json_end_object (writer);
  trias_peer_call_answer (call, writer);
}

/* --- asking --- */

void
trias_forming_ask_later (TriasForming *self)
{
  trias_forming_retry (self, TRIAS_PEER_RETRY_MS, trias_forming_ask_outcome);
}

/* What was sealed, if that is told, in @sealed (out) (transfer full). */
static char *
read_outcome (TriasForming *self, const TriasPeerAnswer *answer, TriasRelationship **sealed)
{
  TriasJsonReader reader;
  const char *outcome;
  const TriasJson *object;

  *sealed = NULL;
  if (answer->problem != NULL)
    {
      g_free (self->detail);
      self->detail = g_strdup (answer->problem->detail);
      return g_strdup ("pending");
    }
  trias_json_reader_init (&reader, answer->json);
  outcome = trias_json_read_string (&reader, "outcome", 1, 32);
  object = trias_json_read_object_or_null (&reader, "relationship");
  if (!trias_json_reader_finish_lenient (&reader, NULL))
    return g_strdup ("pending");
  if (object != NULL)
    *sealed = trias_relationship_read (object, NULL);
  return g_strdup (outcome);
}

static void
end_undecided (TriasForming *self)
{
  g_autoptr (TriasProblem) problem = trias_problem_new (
      TRIAS_REASON_CHECK_FAILED,
      "The other server did not decide on the relationship; nothing has changed.");

  trias_forming_end (self, problem);
}

/* Whoever has sealed it knows that it was decided; that it was not is known by few, and believed
 * once nobody else who answers says otherwise. */
static void
decide (TriasForming *self)
{
  gboolean undecided = FALSE;

  for (guint i = 0; i < self->others->len; i++)
    {
      const TriasFormingOther *other = g_ptr_array_index (self->others, i);

      if (other->asking)
        return;
      undecided |= strcmp (other->outcome, "void") == 0
                   || (strcmp (other->outcome, "unknown") == 0
                       && strcmp (other->id, self->coordinator) == 0);
    }
  if (undecided)
    end_undecided (self);
  else
    trias_forming_ask_later (self);
}

/* The triad may have gone on since the promise was made. */
static gboolean
is_further (TriasForming *self, const TriasRelationship *sealed)
{
  return sealed != NULL && strcmp (sealed->id, self->id) == 0
         && sealed->incarnation > self->relationship->incarnation
         && trias_relationship_find (sealed, self->peer->id) != NULL;
}

static void
on_outcome (const TriasPeerAnswer *answer, gpointer user_data)
{
  TriasFormingOther *other;
  TriasForming *self = trias_forming_step_end (user_data, &other);
  g_autoptr (TriasRelationship) sealed = NULL;
  g_autofree char *key = NULL;

  if (self == NULL || self->phase != TRIAS_PHASE_PREPARED)
    return;
  g_free (other->outcome);
  other->outcome = read_outcome (self, answer, &sealed);
  if (strcmp (other->outcome, "sealed") != 0)
    {
      decide (self);
      return;
    }
  /* Something else was decided: a probe tells what. */
  if (sealed != NULL && sealed->kind != self->kind)
    {
      end_undecided (self);
      return;
    }
  key = g_strdup (other->id);
  if (is_further (self, sealed))
    {
      /* Nobody else is asked any more under the old list. */
      self->serial++;
      g_ptr_array_set_size (self->others, 0);
      trias_forming_set_relationship (self, g_steal_pointer (&sealed));
    }
  trias_forming_take_up (self, key);
}

void
trias_forming_ask_outcome (TriasForming *self)
{
  guint serial = self->serial;

  if (self->phase != TRIAS_PHASE_PREPARED)
    return;
  g_clear_pointer (&self->detail, g_free);
  if (trias_forming_is_past (self))
    {
      end_undecided (self);
      return;
    }
  for (guint i = 0; self->serial == serial && i < self->others->len; i++)
    {
      const TriasFormingOther *other = g_ptr_array_index (self->others, i);
      TriasJsonWriter *writer;

      if (other->asking)
        continue;
      writer = trias_json_writer_new ();
      trias_json_begin_object (writer, NULL);
      trias_json_add_string (writer, "id", self->id);
      trias_json_add_int (writer, "incarnation", (gint64) self->relationship->incarnation);
      trias_json_add_int (writer, "term", (gint64) self->term);
      trias_json_end_object (writer);
      trias_peer_client_post (self->peer->client, other->address, other->id, "outcome",
                              trias_peer_end_text (writer), TRIAS_PEER_TIMEOUT_MS, on_outcome,
                              trias_forming_step_to (self, i));
    }
}

/* --- away when it was decided --- */

typedef struct
{
  TriasPeer *peer;
  char *key;
} Follow;

/* It holds the seal, or it could not tell of it. */
/* Whether @sealed is what this member's triad went on as, with this member and with the one at @key
 * who says so. */
static gboolean
goes_on (TriasPeer *peer, const TriasRelationship *sealed, const char *key)
{
  return !trias_forming_is_busy (peer) && peer->triad != NULL && sealed != NULL
         && strcmp (sealed->id, peer->relationship->id) == 0
         && sealed->incarnation > peer->relationship->incarnation
         && trias_relationship_find (sealed, peer->id) != NULL
         && trias_relationship_find (sealed, key) != NULL;
}

static void
on_followed (const TriasPeerAnswer *answer, gpointer user_data)
{
  Follow *follow = user_data;
  TriasPeer *peer = follow->peer;
  TriasForming *self = peer->forming;
  g_autoptr (TriasRelationship) sealed = NULL;
  g_autofree char *outcome = NULL;

  if (!peer->stopped)
    {
      self->following = FALSE;
      outcome = read_outcome (self, answer, &sealed);
      if (!goes_on (peer, sealed, follow->key))
        ;
      else if (sealed->kind == TRIAS_KIND_BACKUP)
        trias_keeper_triad_became_pair (peer->keeper, sealed, NULL, NULL);
      else
        {
          trias_forming_begin (self, TRIAS_PHASE_PREPARED, sealed->id, follow->key);
          trias_forming_set_relationship (self, g_steal_pointer (&sealed));
          trias_forming_take_up (self, follow->key);
        }
    }
  g_free (follow->key);
  g_free (follow);
  trias_peer_unref (peer);
}

void
trias_forming_follow (TriasForming *self, const char *key, guint64 incarnation)
{
  TriasPeer *peer = self->peer;
  const TriasMember *member = trias_peer_find_other (peer, key);
  TriasJsonWriter *writer;
  Follow *follow;

  if (self->phase == TRIAS_PHASE_PREPARED && self->retry != 0)
    {
      g_clear_handle_id (&self->retry, g_source_remove);
      trias_forming_ask_outcome (self);
    }
  if (trias_forming_is_busy (peer) || self->following || member == NULL
      || incarnation <= peer->relationship->incarnation)
    return;
  self->following = TRUE;
  follow = g_new0 (Follow, 1);
  follow->peer = trias_peer_ref (peer);
  follow->key = g_strdup (key);
  writer = trias_json_writer_new ();
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "id", peer->relationship->id);
  trias_json_add_int (writer, "incarnation", (gint64) incarnation);
  trias_json_end_object (writer);
  trias_peer_client_post (peer->client, member->addresses[0], key, "outcome",
                          trias_peer_end_text (writer), TRIAS_PEER_TIMEOUT_MS, on_followed, follow);
}
