/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-forming-private.h"
#include "server/peer/trias-probe.h"

/* The backup server to be: promises, then asks how it ended and takes it up; and what a coordinator
 * answers to that. */

static gboolean
read_id (TriasPeerCall *call, const char **id)
{
  TriasJsonReader reader;
  g_autoptr (GError) error = NULL;

  trias_json_reader_init (&reader, call->json);
  *id = trias_json_read_string (&reader, "id", 1, 128);
  if (trias_json_reader_finish_lenient (&reader, &error))
    return TRUE;
  trias_peer_call_problem (call, trias_problem_from_error (error));
  return FALSE;
}

/* The relationship in a request: whole, with this server as backup and the caller as main server.
 */
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
  else if (relationship->kind != TRIAS_KIND_BACKUP || strcmp (own_hash, hash) != 0
           || strcmp (((TriasMember *) g_ptr_array_index (relationship->members, 0))->id, call->key)
                  != 0
           || strcmp (((TriasMember *) g_ptr_array_index (relationship->members, 1))->id,
                      call->peer->id)
                  != 0)
    trias_peer_call_refuse (call, TRIAS_REASON_BAD_REQUEST,
                            "The members of the relationship are not these two servers.");
  else
    return g_steal_pointer (&relationship);
  return NULL;
}

static gboolean
is_sealed (TriasPeer *peer, const char *id)
{
  return peer->relationship != NULL && strcmp (peer->relationship->id, id) == 0;
}

static gboolean
is_promised (TriasPeer *peer, const char *id, TriasPeerCall *call)
{
  return peer->forming->phase == TRIAS_PHASE_PREPARED && strcmp (peer->forming->id, id) == 0
         && strcmp (peer->forming->coordinator, call->key) == 0;
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
  TriasForming *self = trias_forming_step_end (promise->step);

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
  if (is_sealed (self, relationship->id) || is_promised (self, relationship->id, call))
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
  self->forming->relationship = g_steal_pointer (&relationship);
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
  g_autoptr (TriasProblem) problem = NULL;

  if (!read_id (call, &id))
    return;
  if (is_promised (call->peer, id, call))
    {
      problem = trias_problem_new (TRIAS_REASON_CHECK_FAILED,
                                   "The other server ended the preparation; nothing has changed.");
      trias_forming_end (call->peer->forming, problem);
    }
  trias_peer_call_ok (call);
}

/* --- formed --- */

typedef struct
{
  TriasPeerCall *call; /* (nullable) */
  TriasFormingStep *step;
} Seal;

static void
on_sealed (const TriasOutcome *outcome, gpointer user_data)
{
  Seal *seal = user_data;
  TriasForming *self = trias_forming_step_end (seal->step);

  if (self != NULL && outcome->reason == TRIAS_REASON_NONE)
    {
      TriasPeer *peer = self->peer;

      trias_peer_adopt_relationship (peer);
      trias_peer_event (peer, "relationship-formed", self->id, "name", self->relationship->name);
      trias_forming_end (self, NULL);
      if (seal->call != NULL)
        trias_peer_call_ok (seal->call);
    }
  else if (self != NULL)
    {
      self->asking = FALSE;
      ask_later (self);
    }
  if (seal->call != NULL)
    {
      if (outcome->reason != TRIAS_REASON_NONE)
        trias_peer_call_refuse (seal->call, outcome->reason, "%s",
                                outcome->detail != NULL ? outcome->detail : "refused");
      trias_peer_call_unref (seal->call);
    }
  g_free (seal);
}

static void
take_up (TriasForming *self, TriasPeerCall *call)
{
  Seal *seal = g_new0 (Seal, 1);
  TriasKeeper *keeper = self->peer->keeper;

  seal->call = call != NULL ? trias_peer_call_ref (call) : NULL;
  seal->step = trias_forming_step (self);
  trias_keeper_submit (
      keeper, trias_command_seal (trias_keeper_now (keeper), self->relationship, self->coordinator),
      on_sealed, seal);
}

void
trias_peer_on_formed (TriasPeerCall *call)
{
  TriasPeer *self = call->peer;
  g_autoptr (TriasRelationship) relationship = read_relationship (call, NULL);

  if (relationship == NULL)
    return;
  if (is_sealed (self, relationship->id))
    trias_peer_call_ok (call);
  else if (is_promised (self, relationship->id, call))
    {
      g_autofree char *promised = trias_relationship_hash (self->forming->relationship);
      g_autofree char *told = trias_relationship_hash (relationship);

      if (strcmp (promised, told) == 0)
        take_up (self->forming, call);
      else
        trias_peer_call_refuse (call, TRIAS_REASON_CONFLICT,
                                "This is not the relationship that was prepared.");
    }
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
  gboolean sealed;

  if (!read_id (call, &id))
    return;
  sealed = is_sealed (self, id) && trias_relationship_find (self->relationship, call->key) != NULL;
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

static void
on_outcome (const TriasPeerAnswer *answer, gpointer user_data)
{
  TriasForming *self = trias_forming_step_end (user_data);
  TriasJsonReader reader;
  const char *outcome = "pending";

  if (self == NULL || self->phase != TRIAS_PHASE_PREPARED)
    return;
  self->asking = FALSE;
  g_clear_pointer (&self->detail, g_free);
  if (answer->problem != NULL)
    self->detail = g_strdup (answer->problem->detail);
  else
    {
      trias_json_reader_init (&reader, answer->json);
      outcome = trias_json_read_string (&reader, "outcome", 1, 32);
      if (!trias_json_reader_finish_lenient (&reader, NULL))
        outcome = "pending";
    }
  if (strcmp (outcome, "sealed") == 0)
    {
      self->asking = TRUE;
      take_up (self, NULL);
    }
  else if (strcmp (outcome, "unknown") == 0)
    {
      g_autoptr (TriasProblem) problem = trias_problem_new (
          TRIAS_REASON_CHECK_FAILED,
          "The other server did not decide on the relationship; nothing has changed.");

      trias_forming_end (self, problem);
    }
  else
    ask_later (self);
}

void
trias_forming_ask_outcome (TriasForming *self)
{
  const TriasMember *coordinator = g_ptr_array_index (self->relationship->members, 0);
  TriasJsonWriter *writer;

  if (self->asking)
    return;
  self->asking = TRUE;
  writer = trias_json_writer_new ();
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "id", self->id);
  trias_json_end_object (writer);
  trias_peer_client_post (self->peer->client, coordinator->addresses[0], coordinator->id, "outcome",
                          trias_peer_end_text (writer), TRIAS_PEER_TIMEOUT_MS, on_outcome,
                          trias_forming_step (self));
}
