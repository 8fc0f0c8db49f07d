/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-forming-private.h"
#include "server/peer/trias-probe.h"

/* A member-to-be: promises, then asks how it ended and takes it up; and what the others answer to
 * that. */

static gboolean
read_id (TriasPeerCall *call, const char **id, guint64 *incarnation)
{
  TriasJsonReader reader;
  g_autoptr (GError) error = NULL;

  trias_json_reader_init (&reader, call->json);
  *id = trias_json_read_string (&reader, "id", 1, 128);
  *incarnation = (guint64) trias_json_read_int_or (&reader, "incarnation", 1, G_MAXINT64, 1);
  if (trias_json_reader_finish_lenient (&reader, &error))
    return TRUE;
  trias_peer_call_problem (call, trias_problem_from_error (error));
  return FALSE;
}

/* The caller and this server must be members; of a pair the caller is the main server. */
static gboolean
members_fit (const TriasRelationship *relationship, TriasPeerCall *call)
{
  TriasRole own = trias_relationship_role (relationship, call->peer->id);
  TriasRole theirs = trias_relationship_role (relationship, call->key);

  if (relationship->kind == TRIAS_KIND_BACKUP)
    return theirs == TRIAS_ROLE_MAIN && own == TRIAS_ROLE_BACKUP;
  return theirs != TRIAS_ROLE_SINGLE && own != TRIAS_ROLE_SINGLE
         && strcmp (call->key, call->peer->id) != 0;
}

/* The relationship in a request, whole. */
static TriasRelationship *
read_relationship (TriasPeerCall *call, const char **invitation)
{
  TriasJsonReader reader;
  const TriasJson *object;
  const char *hash, *code;
  gint64 protocol;
  g_autofree char *own_hash = NULL;
  g_autoptr (TriasRelationship) relationship = NULL;
  g_autoptr (GError) error = NULL;

  trias_json_reader_init (&reader, call->json);
  protocol = trias_json_read_int (&reader, "protocol", 0, G_MAXINT32);
  object = trias_json_read_object (&reader, "relationship");
  hash = trias_json_read_string (&reader, "hash", 1, 128);
  code = trias_json_read_string_or (&reader, "invitation", 64, "");
  if (!trias_json_reader_finish_lenient (&reader, &error)
      || (relationship = trias_relationship_read (object, &error)) == NULL)
    {
      trias_peer_call_problem (call, trias_problem_from_error (error));
      return NULL;
    }
  if (invitation != NULL)
    *invitation = code;
  own_hash = trias_relationship_hash (relationship);
  if (protocol != TRIAS_PEER_PROTOCOL)
    trias_peer_call_refuse (call, TRIAS_REASON_VERSION, "'%s' speaks another version.",
                            call->peer->name);
  else if (strcmp (own_hash, hash) != 0 || !members_fit (relationship, call))
    trias_peer_call_refuse (call, TRIAS_REASON_BAD_REQUEST,
                            "The members of the relationship are not these servers.");
  else
    return g_steal_pointer (&relationship);
  return NULL;
}

/* Promised, and not yet taken up. */
static gboolean
is_promised (TriasPeer *peer, const char *id, guint64 incarnation)
{
  TriasForming *forming = peer->forming;

  return (forming->phase == TRIAS_PHASE_PREPARED || forming->phase == TRIAS_PHASE_TAKING)
         && strcmp (forming->id, id) == 0 && forming->relationship->incarnation == incarnation;
}

static gboolean
is_promised_to (TriasPeer *peer, const char *id, guint64 incarnation, TriasPeerCall *call)
{
  return is_promised (peer, id, incarnation) && strcmp (peer->forming->coordinator, call->key) == 0;
}

/* --- prepare --- */

static void
ask_later (TriasForming *self)
{
  trias_forming_retry (self, TRIAS_PEER_RETRY_MS, trias_forming_ask_outcome);
}

typedef struct
{
  TriasPeerCall *call;
  TriasFormingStep *step;
} Promise;

static void
on_promised (const GError *error, gpointer user_data)
{
  Promise *promise = user_data;
  TriasForming *self = trias_forming_step_end (promise->step, NULL);

  if (self == NULL)
    trias_peer_call_refuse (promise->call, TRIAS_REASON_BUSY, "The preparation was ended.");
  else if (error != NULL)
    {
      g_autoptr (TriasProblem) problem = trias_problem_new (
          TRIAS_REASON_STORAGE, "'%s' cannot write: %s", self->peer->name, error->message);

      trias_peer_call_problem (promise->call, trias_problem_copy (problem));
      trias_forming_end (self, problem);
    }
  else
    {
      trias_peer_call_ok (promise->call);
      ask_later (self);
    }
  trias_peer_call_unref (promise->call);
  g_free (promise);
}

void
trias_peer_on_prepare (TriasPeerCall *call)
{
  TriasPeer *self = call->peer;
  const char *invitation = NULL;
  g_autoptr (TriasRelationship) relationship = read_relationship (call, &invitation);
  TriasProblem *problem;
  Promise *promise;

  if (relationship == NULL)
    return;
  if (trias_forming_is_sealed (self, relationship->id, relationship->incarnation)
      || is_promised_to (self, relationship->id, relationship->incarnation, call))
    {
      trias_peer_call_ok (call);
      return;
    }
  if (self->relationship != NULL)
    {
      trias_peer_call_refuse (call, TRIAS_REASON_ALREADY_RELATED,
                              "The server '%s' belongs to a relationship already.", self->name);
      return;
    }
  if (trias_forming_is_busy (self))
    {
      trias_peer_call_refuse (call, TRIAS_REASON_BUSY,
                              "Another relationship is being formed with the server '%s'.",
                              self->name);
      return;
    }
  problem = trias_invitation_verify (self, invitation, call->key, relationship->kind);
  if (problem != NULL)
    {
      trias_peer_call_problem (call, problem);
      return;
    }
  trias_forming_begin (self->forming, TRIAS_PHASE_PREPARED, relationship->id, call->key);
  trias_forming_set_relationship (self->forming, g_steal_pointer (&relationship));
  trias_peer_event (self, "relationship-prepare", self->forming->id, "name",
                    self->forming->relationship->name);
  promise = g_new0 (Promise, 1);
  promise->call = trias_peer_call_ref (call);
  promise->step = trias_forming_step (self->forming);
  trias_forming_keep (self->forming, NULL, NULL);
  trias_invitation_use (self, invitation, on_promised, promise);
}

/* --- forget --- */

void
trias_peer_on_forget (TriasPeerCall *call)
{
  const char *id;
  guint64 incarnation;
  g_autoptr (TriasProblem) problem = NULL;

  if (!read_id (call, &id, &incarnation))
    return;
  if (is_promised_to (call->peer, id, incarnation, call)
      && call->peer->forming->phase == TRIAS_PHASE_PREPARED)
    {
      problem = trias_problem_new (TRIAS_REASON_CHECK_FAILED,
                                   "The other server ended the preparation; nothing has changed.");
      trias_forming_end (call->peer->forming, problem);
    }
  trias_peer_call_ok (call);
}

/* --- taking it up --- */

static void
answer_calls (TriasForming *self, const TriasProblem *problem)
{
  g_autoptr (GPtrArray) calls = g_steal_pointer (&self->calls);

  self->calls = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_peer_call_unref);
  for (guint i = 0; i < calls->len; i++)
    if (problem != NULL)
      trias_peer_call_problem (g_ptr_array_index (calls, i), trias_problem_copy (problem));
    else
      trias_peer_call_ok (g_ptr_array_index (calls, i));
}

static void
complete (TriasForming *self)
{
  TriasPeer *peer = self->peer;

  trias_peer_adopt_relationship (peer);
  trias_peer_event (peer, "relationship-formed", self->id, "name", self->relationship->name);
  answer_calls (self, NULL);
  trias_forming_end (self, NULL);
}

static void
go_back (TriasForming *self, const TriasProblem *problem)
{
  g_free (self->detail);
  self->detail = g_strdup (problem->detail);
  trias_forming_set_phase (self, TRIAS_PHASE_PREPARED);
  answer_calls (self, problem);
  ask_later (self);
}

static void
on_sealed (const TriasOutcome *outcome, gpointer user_data)
{
  TriasForming *self = trias_forming_step_end (user_data, NULL);
  g_autoptr (TriasProblem) problem = NULL;

  if (self == NULL)
    return;
  if (outcome->reason == TRIAS_REASON_NONE)
    {
      complete (self);
      return;
    }
  problem = trias_problem_new (outcome->reason, "%s",
                               outcome->detail != NULL ? outcome->detail : "refused");
  go_back (self, problem);
}

static void
on_taken (const TriasProblem *problem, gpointer user_data)
{
  TriasForming *self = user_data;

  g_clear_pointer (&self->taker, trias_base_taker_free);
  if (problem == NULL)
    complete (self);
  else
    go_back (self, problem);
}

/* It was decided. The other server of a pair seals what it was told; a newcomer to a triad gets all
 * that the triad begins with, first from the member at @key. */
static void
take_up (TriasForming *self, const char *key)
{
  TriasKeeper *keeper = self->peer->keeper;

  if (self->phase == TRIAS_PHASE_TAKING)
    return;
  g_clear_handle_id (&self->retry, g_source_remove);
  trias_forming_set_phase (self, TRIAS_PHASE_TAKING);
  if (self->kind == TRIAS_KIND_TRIAD)
    self->taker = trias_base_taker_new (self->peer, self->relationship, key, on_taken, self);
  else
    trias_keeper_submit (
        keeper,
        trias_command_seal (trias_keeper_now (keeper), self->relationship, self->coordinator),
        on_sealed, trias_forming_step (self));
}

/* --- formed --- */

static void
answer_taking (TriasPeerCall *call)
{
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_bool (writer, "ok", TRUE);
  trias_json_add_bool (writer, "taken", FALSE);
  trias_json_end_object (writer);
  trias_peer_call_answer (call, writer);
}

static void
told_formed (TriasForming *self, const TriasRelationship *relationship, TriasPeerCall *call)
{
  g_autofree char *promised = trias_relationship_hash (self->relationship);
  g_autofree char *told = trias_relationship_hash (relationship);

  if (strcmp (promised, told) != 0)
    {
      trias_peer_call_refuse (call, TRIAS_REASON_CONFLICT,
                              "This is not the relationship that was prepared.");
      return;
    }
  /* All that a triad begins with may take longer than an answer may. */
  if (self->kind == TRIAS_KIND_TRIAD)
    answer_taking (call);
  else
    g_ptr_array_add (self->calls, trias_peer_call_ref (call));
  take_up (self, call->key);
}

void
trias_peer_on_formed (TriasPeerCall *call)
{
  TriasPeer *self = call->peer;
  g_autoptr (TriasRelationship) relationship = read_relationship (call, NULL);

  if (relationship == NULL)
    return;
  if (trias_forming_is_sealed (self, relationship->id, relationship->incarnation))
    trias_peer_call_ok (call);
  else if (is_promised (self, relationship->id, relationship->incarnation))
    told_formed (self->forming, relationship, call);
  else
    trias_peer_call_refuse (call, TRIAS_REASON_NOT_RELATED,
                            "The server '%s' is not prepared for this relationship.", self->name);
}

/* --- outcome --- */

void
trias_peer_on_outcome (TriasPeerCall *call)
{
  TriasPeer *self = call->peer;
  TriasJsonWriter *writer;
  const char *id;
  guint64 incarnation;
  gboolean sealed;

  if (!read_id (call, &id, &incarnation))
    return;
  sealed = trias_forming_is_sealed (self, id, incarnation)
           && trias_relationship_find (self->relationship, call->key) != NULL;
  writer = trias_json_writer_new ();
  trias_json_begin_object (writer, NULL);
  if (sealed)
    {
      trias_json_add_string (writer, "outcome", "sealed");
      trias_json_begin_object (writer, "relationship");
      trias_relationship_write_members (self->relationship, writer);
      trias_json_end_object (writer);
    }
  else if (trias_forming_is_busy (self) && strcmp (self->forming->id, id) == 0)
    trias_json_add_string (writer, "outcome", "pending");
  else
    trias_json_add_string (writer, "outcome", "unknown");
  trias_json_end_object (writer);
  trias_peer_call_answer (call, writer);
}

static char *
read_outcome (TriasForming *self, const TriasPeerAnswer *answer)
{
  TriasJsonReader reader;
  const char *outcome;

  if (answer->problem != NULL)
    {
      g_free (self->detail);
      self->detail = g_strdup (answer->problem->detail);
      return g_strdup ("pending");
    }
  trias_json_reader_init (&reader, answer->json);
  outcome = trias_json_read_string (&reader, "outcome", 1, 32);
  return g_strdup (trias_json_reader_finish_lenient (&reader, NULL) ? outcome : "pending");
}

/* Whoever has sealed it knows that it was decided; that it was not is known by the coordinator
 * alone, and believed once nobody else who answers says otherwise. */
static void
decide (TriasForming *self)
{
  gboolean undecided = FALSE;

  for (guint i = 0; i < self->others->len; i++)
    {
      const TriasFormingOther *other = g_ptr_array_index (self->others, i);

      if (other->asking)
        return;
      undecided
          |= strcmp (other->outcome, "unknown") == 0 && strcmp (other->id, self->coordinator) == 0;
    }
  if (undecided)
    {
      g_autoptr (TriasProblem) problem = trias_problem_new (
          TRIAS_REASON_CHECK_FAILED,
          "The other server did not decide on the relationship; nothing has changed.");

      trias_forming_end (self, problem);
    }
  else
    ask_later (self);
}

static void
on_outcome (const TriasPeerAnswer *answer, gpointer user_data)
{
  TriasFormingOther *other;
  TriasForming *self = trias_forming_step_end (user_data, &other);

  if (self == NULL || self->phase != TRIAS_PHASE_PREPARED)
    return;
  g_free (other->outcome);
  other->outcome = read_outcome (self, answer);
  if (strcmp (other->outcome, "sealed") == 0)
    take_up (self, other->id);
  else
    decide (self);
}

void
trias_forming_ask_outcome (TriasForming *self)
{
  guint serial = self->serial;

  if (self->phase != TRIAS_PHASE_PREPARED)
    return;
  g_clear_pointer (&self->detail, g_free);
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
      trias_json_end_object (writer);
      trias_peer_client_post (self->peer->client, other->address, other->id, "outcome",
                              trias_peer_end_text (writer), TRIAS_PEER_TIMEOUT_MS, on_outcome,
                              trias_forming_step_to (self, i));
    }
}
