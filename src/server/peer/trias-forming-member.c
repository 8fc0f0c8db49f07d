/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-forming-private.h"
#include "server/peer/trias-probe.h"

/* A member-to-be: promises, is made to forget it, or takes up what was decided. */

/* So long a member of the triad waits for its own log to tell what it was told. */
#define LOG_PATIENCE_MS 1500

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
read_relationship (TriasPeerCall *call, const char **invitation, guint64 *term)
{
  TriasJsonReader reader;
  const TriasJson *object;
  const char *hash, *code;
  gint64 protocol, in_term;
  g_autofree char *own_hash = NULL;
  g_autoptr (TriasRelationship) relationship = NULL;
  g_autoptr (GError) error = NULL;

  trias_json_reader_init (&reader, call->json);
  protocol = trias_json_read_int (&reader, "protocol", 0, G_MAXINT32);
  object = trias_json_read_object (&reader, "relationship");
  hash = trias_json_read_string (&reader, "hash", 1, 128);
  code = trias_json_read_string_or (&reader, "invitation", 64, "");
  in_term = trias_json_read_int_or (&reader, "term", 0, G_MAXINT64, 0);
  if (!trias_json_reader_finish_lenient (&reader, &error)
      || (relationship = trias_relationship_read (object, &error)) == NULL)
    {
      trias_peer_call_problem (call, trias_problem_from_error (error));
      return NULL;
    }
  if (invitation != NULL)
    *invitation = code;
  if (term != NULL)
    *term = (guint64) in_term;
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
      trias_forming_ask_later (self);
    }
  trias_peer_call_unref (promise->call);
  g_free (promise);
}

/* What a fellow member proposes goes on from the present relationship: whether it comes about
 * stands in the log of the triad, or on the disk of the pair's main server. */
static gboolean
goes_on (TriasPeer *self, const TriasRelationship *wanted, TriasPeerCall *call)
{
  const TriasRelationship *present = self->relationship;

  return present != NULL && strcmp (present->id, wanted->id) == 0
         && wanted->incarnation == present->incarnation + 1 && wanted->kind == TRIAS_KIND_TRIAD
         && trias_peer_find_other (self, call->key) != NULL
         && (self->triad != NULL
             || trias_relationship_role (present, call->key) == TRIAS_ROLE_MAIN);
}

/* A promise for the same relationship gives way: of a triad its log decides between the two, and
 * only who is active in it gets as far. What is decided already is no promise any more. */
static gboolean
gives_way (TriasForming *forming, const TriasRelationship *wanted)
{
  return forming->phase == TRIAS_PHASE_FAILED || forming->phase == TRIAS_PHASE_NONE
         || (forming->phase == TRIAS_PHASE_PREPARED && wanted->incarnation > 1
             && strcmp (forming->id, wanted->id) == 0)
         || (forming->phase == TRIAS_PHASE_COPYING
             && forming->relationship->incarnation < wanted->incarnation);
}

static TriasProblem *
refuse_promise (TriasPeerCall *call, const TriasRelationship *wanted, const char *invitation)
{
  TriasPeer *self = call->peer;
  gboolean member = goes_on (self, wanted, call);

  if (self->relationship != NULL && !member)
    return trias_problem_new (TRIAS_REASON_ALREADY_RELATED,
                              "The server '%s' belongs to a relationship already.", self->name);
  if (!gives_way (self->forming, wanted))
    return trias_problem_new (TRIAS_REASON_BUSY,
                              "Another relationship is being formed with the server '%s'.",
                              self->name);
  if (member)
    return NULL;
  return trias_invitation_verify (self, invitation, call->key, wanted->kind);
}

static gboolean
has_promised (TriasPeer *self, const TriasRelationship *wanted, TriasPeerCall *call)
{
  g_autofree char *promised = NULL;
  g_autofree char *told = NULL;

  if (!is_promised_to (self, wanted->id, wanted->incarnation, call))
    return FALSE;
  promised = trias_relationship_hash (self->forming->relationship);
  told = trias_relationship_hash (wanted);
  return strcmp (promised, told) == 0;
}

static void
make_promise (TriasPeerCall *call, TriasRelationship *wanted, const char *invitation, guint64 term)
{
  TriasForming *forming = call->peer->forming;
  Promise *promise = g_new0 (Promise, 1);

  trias_forming_begin (forming, TRIAS_PHASE_PREPARED, wanted->id, call->key);
  trias_forming_set_relationship (forming, wanted);
  forming->term = term;
  trias_peer_event (call->peer, "relationship-prepare", wanted->id, "name", wanted->name);
  promise->call = trias_peer_call_ref (call);
  promise->step = trias_forming_step (forming);
  if (call->peer->relationship == NULL)
    {
      trias_forming_keep (forming, NULL, NULL);
      trias_invitation_use (call->peer, invitation, on_promised, promise);
    }
  else
    trias_forming_keep (forming, on_promised, promise);
}

void
trias_peer_on_prepare (TriasPeerCall *call)
{
  TriasPeer *self = call->peer;
  const char *invitation = NULL;
  guint64 term = 0;
  g_autoptr (TriasRelationship) relationship = read_relationship (call, &invitation, &term);
  TriasProblem *problem;

  if (relationship == NULL)
    return;
  if (trias_forming_is_sealed (self, relationship->id, relationship->incarnation)
      || has_promised (self, relationship, call))
    {
      trias_peer_call_ok (call);
      return;
    }
  problem = refuse_promise (call, relationship, invitation);
  if (problem != NULL)
    trias_peer_call_problem (call, problem);
  else
    make_promise (call, g_steal_pointer (&relationship), invitation, term);
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
  trias_forming_ask_later (self);
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
void
trias_forming_take_up (TriasForming *self, const char *key)
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

/* A member whose own log will say the same in a moment has no need of the whole base. */
static gboolean
waits_for_log (TriasForming *self)
{
  TriasPeer *peer = self->peer;

  if (peer->triad == NULL || strcmp (peer->relationship->id, self->id) != 0)
    return FALSE;
  if (self->told_at == 0)
    self->told_at = trias_peer_clock ();
  return trias_peer_clock () - self->told_at < LOG_PATIENCE_MS;
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
  if (!waits_for_log (self))
    trias_forming_take_up (self, call->key);
}

void
trias_peer_on_formed (TriasPeerCall *call)
{
  TriasPeer *self = call->peer;
  g_autoptr (TriasRelationship) relationship = read_relationship (call, NULL, NULL);

  if (relationship == NULL)
    return;
  if (trias_forming_is_sealed (self, relationship->id, relationship->incarnation))
    trias_peer_call_ok (call);
  else if (is_promised (self, relationship->id, relationship->incarnation))
    told_formed (self->forming, relationship, call);
  else if (self->triad != NULL && strcmp (self->relationship->id, relationship->id) == 0
           && trias_peer_find_other (self, call->key) != NULL)
    {
      trias_forming_follow (self->forming, call->key, relationship->incarnation);
      answer_taking (call);
    }
  else
    trias_peer_call_refuse (call, TRIAS_REASON_NOT_RELATED,
                            "The server '%s' is not prepared for this relationship.", self->name);
}
