/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-forming.h"

#include <string.h>

#include "server/peer/trias-forming-private.h"

/* What both sides of a forming share: its state, what is kept of it, and how it goes on after a
 * restart. */

#define KEY_FORMING "forming"

typedef struct
{
  TriasPeerDone done;
  gpointer user_data;
} Waiter;

TriasForming *
trias_forming_new (TriasPeer *peer)
{
  TriasForming *self = g_new0 (TriasForming, 1);

  self->peer = peer;
  self->waiters = g_ptr_array_new_with_free_func (g_free);
  return self;
}

static void
clear (TriasForming *self)
{
  g_clear_handle_id (&self->retry, g_source_remove);
  g_clear_pointer (&self->id, g_free);
  g_clear_pointer (&self->coordinator, g_free);
  g_clear_pointer (&self->detail, g_free);
  g_clear_pointer (&self->name, g_free);
  g_clear_pointer (&self->address, g_free);
  g_clear_pointer (&self->invitation, g_free);
  g_clear_pointer (&self->own_address, g_free);
  g_clear_pointer (&self->actor, g_free);
  g_clear_pointer (&self->relationship, trias_relationship_free);
  self->reason = TRIAS_REASON_NONE;
  self->phase = TRIAS_PHASE_NONE;
  self->asking = FALSE;
}

void
trias_forming_free (TriasForming *self)
{
  clear (self);
  g_ptr_array_unref (self->waiters);
  g_free (self);
}

gboolean
trias_forming_is_busy (TriasPeer *peer)
{
  return peer->forming->phase != TRIAS_PHASE_NONE && peer->forming->phase != TRIAS_PHASE_FAILED;
}

/* --- steps --- */

TriasFormingStep *
trias_forming_step (TriasForming *self)
{
  TriasFormingStep *step = g_new0 (TriasFormingStep, 1);

  step->peer = trias_peer_ref (self->peer);
  step->serial = self->serial;
  return step;
}

TriasForming *
trias_forming_step_end (TriasFormingStep *step)
{
  TriasPeer *peer = step->peer;
  TriasForming *self
      = !peer->stopped && peer->forming->serial == step->serial ? peer->forming : NULL;

  g_free (step);
  trias_peer_unref (peer);
  return self;
}

void
trias_forming_begin (TriasForming *self, TriasPhase phase, const char *id, const char *coordinator)
{
  clear (self);
  self->serial++;
  self->phase = phase;
  self->id = g_strdup (id);
  self->coordinator = g_strdup (coordinator);
  self->since = trias_keeper_now (self->peer->keeper);
  trias_peer_touch (self->peer);
}

void
trias_forming_set_phase (TriasForming *self, TriasPhase phase)
{
  self->phase = phase;
  trias_peer_touch (self->peer);
}

/* --- what is kept --- */

void
trias_forming_keep (TriasForming *self, TriasKeeperDone done, gpointer user_data)
{
  TriasJsonWriter *writer = trias_json_writer_new ();
  g_autofree char *text = NULL;
  g_autoptr (GBytes) value = NULL;

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "coordinator", self->coordinator);
  trias_json_add_int (writer, "since", self->since);
  trias_json_begin_object (writer, "relationship");
  trias_relationship_write_members (self->relationship, writer);
  trias_json_end_object (writer);
  trias_json_end_object (writer);
  text = trias_peer_end_text (writer);
  value = g_bytes_new (text, strlen (text));
  trias_keeper_put_local (self->peer->keeper, TRIAS_LOCAL_PEER, KEY_FORMING, value, done,
                          user_data);
}

static gboolean
read_kept (TriasForming *self)
{
  GBytes *value = trias_keeper_get_local (self->peer->keeper, TRIAS_LOCAL_PEER, KEY_FORMING);
  g_autoptr (TriasJson) json = NULL;
  g_autoptr (TriasRelationship) relationship = NULL;
  TriasJsonReader reader;
  const TriasJson *object;
  const char *coordinator;
  gint64 since;

  if (value == NULL)
    return FALSE;
  json = trias_json_parse (g_bytes_get_data (value, NULL), g_bytes_get_size (value),
                           TRIAS_JSON_MAX_BYTES, NULL);
  if (json == NULL)
    return FALSE;
  trias_json_reader_init (&reader, json);
  coordinator = trias_json_read_string (&reader, "coordinator", 1, 128);
  since = trias_json_read_int (&reader, "since", 0, G_MAXINT64);
  object = trias_json_read_object (&reader, "relationship");
  if (!trias_json_reader_finish_lenient (&reader, NULL))
    return FALSE;
  relationship = trias_relationship_read (object, NULL);
  if (relationship == NULL)
    return FALSE;
  trias_forming_begin (self, TRIAS_PHASE_PREPARED, relationship->id, coordinator);
  self->since = since;
  self->relationship = g_steal_pointer (&relationship);
  return TRUE;
}

static void
forget_kept (TriasForming *self)
{
  if (trias_keeper_get_local (self->peer->keeper, TRIAS_LOCAL_PEER, KEY_FORMING) != NULL)
    trias_keeper_put_local (self->peer->keeper, TRIAS_LOCAL_PEER, KEY_FORMING, NULL, NULL, NULL);
}

/* --- ending --- */

void
trias_forming_answer_waiters (TriasForming *self, const TriasProblem *problem)
{
  g_autoptr (GPtrArray) waiters = g_steal_pointer (&self->waiters);

  self->waiters = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < waiters->len; i++)
    {
      Waiter *waiter = g_ptr_array_index (waiters, i);

      waiter->done (problem, waiter->user_data);
    }
}

void
trias_forming_end (TriasForming *self, const TriasProblem *problem)
{
  g_autofree char *id = g_strdup (self->id);
  g_autofree char *coordinator = g_strdup (self->coordinator);
  g_autoptr (TriasProblem) copy = problem != NULL ? trias_problem_copy (problem) : NULL;

  forget_kept (self);
  clear (self);
  self->serial++;
  if (copy != NULL)
    {
      trias_peer_event (self->peer, "relationship-failed", id, "reason", copy->detail);
      self->phase = TRIAS_PHASE_FAILED;
      self->id = g_strdup (id);
      self->coordinator = g_strdup (coordinator);
      self->since = trias_keeper_now (self->peer->keeper);
      self->detail = g_strdup (copy->detail);
      self->reason = copy->reason;
    }
  trias_peer_touch (self->peer);
  trias_forming_answer_waiters (self, copy);
}

void
trias_forming_stop (TriasForming *self)
{
  g_autoptr (TriasProblem) problem = trias_problem_new (
      TRIAS_REASON_NOT_ACTIVE,
      "The server '%s' is stopping; it goes on where it was after its start.", self->peer->name);

  g_clear_handle_id (&self->retry, g_source_remove);
  trias_forming_answer_waiters (self, problem);
}

/* --- trying again --- */

typedef struct
{
  TriasForming *self;
  void (*func) (TriasForming *self);
} Retry;

static gboolean
on_retry (gpointer user_data)
{
  Retry *retry = user_data;

  retry->self->retry = 0;
  retry->func (retry->self);
  return G_SOURCE_REMOVE;
}

void
trias_forming_retry (TriasForming *self, guint ms, void (*func) (TriasForming *self))
{
  Retry *retry = g_new0 (Retry, 1);

  retry->self = self;
  retry->func = func;
  g_clear_handle_id (&self->retry, g_source_remove);
  self->retry = g_timeout_add_full (G_PRIORITY_DEFAULT, ms, on_retry, retry, g_free);
}

/* --- after a restart --- */

static void
collect_dissolved (const char *key, GBytes *value, gpointer user_data)
{
  g_ptr_array_add (user_data, g_strdup (key));
}

/* Dissolving was decided but the ledger may not have it yet. */
static void
finish_dissolving (TriasForming *self)
{
  g_autoptr (GPtrArray) ids = g_ptr_array_new_with_free_func (g_free);

  if (self->peer->relationship == NULL)
    return;
  trias_keeper_foreach_local (self->peer->keeper, TRIAS_LOCAL_DISSOLVED, collect_dissolved, ids);
  for (guint i = 0; i < ids->len; i++)
    if (strcmp (g_ptr_array_index (ids, i), self->peer->relationship->id) == 0)
      {
        trias_forming_dissolve_here (self, "", NULL, NULL);
        return;
      }
}

void
trias_forming_start (TriasForming *self)
{
  TriasPeer *peer = self->peer;
  gboolean sealed;

  finish_dissolving (self);
  if (!read_kept (self))
    {
      forget_kept (self);
      return;
    }
  sealed = peer->relationship != NULL && strcmp (peer->relationship->id, self->id) == 0;
  if (strcmp (self->coordinator, peer->id) != 0)
    {
      if (sealed)
        trias_forming_end (self, NULL);
      else
        trias_forming_ask_outcome (self);
    }
  else if (sealed)
    {
      trias_forming_set_phase (self, TRIAS_PHASE_COPYING);
      self->decided_at = trias_peer_clock ();
      trias_forming_tell_formed (self);
    }
  else
    {
      g_autoptr (TriasProblem) problem = trias_problem_new (
          TRIAS_REASON_INTERNAL,
          "The server stopped before the relationship was decided; nothing has changed.");

      trias_forming_end (self, problem);
    }
}

/* --- shown --- */

static const char *
phase_word (TriasPhase phase)
{
  static const char *const words[]
      = { "none", "checking", "preparing", "sealing", "copying", "prepared", "failed" };

  return words[phase];
}

void
trias_forming_write (TriasForming *self, TriasJsonWriter *writer)
{
  if (self->phase == TRIAS_PHASE_NONE)
    {
      trias_json_add_null (writer, "forming");
      return;
    }
  trias_json_begin_object (writer, "forming");
  trias_json_add_string (writer, "id", self->id);
  trias_json_add_string (writer, "phase", phase_word (self->phase));
  trias_json_add_string (writer, "coordinator", self->coordinator);
  trias_json_add_int (writer, "since", self->since);
  trias_json_add_string (writer, "detail", self->detail != NULL ? self->detail : "");
  trias_json_add_string (writer, "reason", trias_reason_to_word (self->reason));
  trias_json_end_object (writer);
}

/* --- asked for by an administrator --- */

static TriasProblem *
refuse_form (TriasPeer *self, TriasKind kind, GPtrArray *candidates, const char *own_address)
{
  if (kind != TRIAS_KIND_BACKUP || candidates->len != 1)
    return trias_problem_new (TRIAS_REASON_BAD_REQUEST,
                              "A backup relationship has this server and exactly one other.");
  if (self->relationship != NULL)
    return trias_problem_new (
        TRIAS_REASON_ALREADY_RELATED,
        "The server '%s' belongs to the relationship '%s' already; dissolve that first.",
        self->name, self->relationship->name);
  if (trias_forming_is_busy (self))
    return trias_problem_new (TRIAS_REASON_BUSY,
                              "Another relationship is being formed with the server '%s'.",
                              self->name);
  if (own_address == NULL)
    return trias_problem_new (
        TRIAS_REASON_BAD_REQUEST,
        "Say under which address the other server reaches this one (own_address).");
  return NULL;
}

void
trias_peer_form (TriasPeer *self,
                 const char *id,
                 const char *name,
                 TriasKind kind,
                 const TriasOptions *options,
                 GPtrArray *candidates,
                 const char *own_address,
                 const char *actor,
                 TriasPeerDone done,
                 gpointer user_data)
{
  TriasForming *forming = self->forming;
  g_autofree char *address = trias_peer_own_address (self, own_address);
  g_autoptr (TriasProblem) problem = NULL;
  Waiter *waiter;

  if (self->relationship != NULL && strcmp (self->relationship->id, id) == 0
      && !trias_forming_is_busy (self))
    {
      done (NULL, user_data);
      return;
    }
  /* Asked again while it is under way: both are answered. */
  if (!trias_forming_is_busy (self) || strcmp (forming->id, id) != 0
      || strcmp (forming->coordinator, self->id) != 0)
    problem = refuse_form (self, kind, candidates, address);
  if (problem != NULL)
    {
      done (problem, user_data);
      return;
    }
  waiter = g_new0 (Waiter, 1);
  waiter->done = done;
  waiter->user_data = user_data;
  g_ptr_array_add (forming->waiters, waiter);
  if (trias_forming_is_busy (self))
    return;
  trias_forming_begin (forming, TRIAS_PHASE_CHECKING, id, self->id);
  forming->name = g_strdup (name);
  forming->options = *options;
  forming->own_address = g_steal_pointer (&address);
  forming->actor = g_strdup (actor);
  trias_forming_coordinate (forming, g_ptr_array_index (candidates, 0));
}
