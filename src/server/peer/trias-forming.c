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

static void
other_free (gpointer data)
{
  TriasFormingOther *other = data;

  g_free (other->id);
  g_free (other->address);
  g_free (other->invitation);
  g_free (other->outcome);
  g_free (other);
}

TriasForming *
trias_forming_new (TriasPeer *peer)
{
  TriasForming *self = g_new0 (TriasForming, 1);

  self->peer = peer;
  self->waiters = g_ptr_array_new_with_free_func (g_free);
  self->others = g_ptr_array_new_with_free_func (other_free);
  self->calls = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_peer_call_unref);
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
  g_clear_pointer (&self->taker, trias_base_taker_free);
  g_ptr_array_set_size (self->others, 0);
  g_ptr_array_set_size (self->calls, 0);
  g_clear_pointer (&self->own_address, g_free);
  g_clear_pointer (&self->actor, g_free);
  g_clear_pointer (&self->leaving, g_free);
  g_clear_pointer (&self->change, g_free);
  g_clear_pointer (&self->present, trias_relationship_free);
  g_clear_pointer (&self->relationship, trias_relationship_free);
  self->term = 0;
  self->told_at = 0;
  self->reason = TRIAS_REASON_NONE;
  self->phase = TRIAS_PHASE_NONE;
}

void
trias_forming_free (TriasForming *self)
{
  clear (self);
  g_ptr_array_unref (self->waiters);
  g_ptr_array_unref (self->others);
  g_ptr_array_unref (self->calls);
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

TriasFormingStep *
trias_forming_step_to (TriasForming *self, guint index)
{
  TriasFormingStep *step = trias_forming_step (self);

  step->index = index;
  ((TriasFormingOther *) g_ptr_array_index (self->others, index))->asking = TRUE;
  return step;
}

TriasForming *
trias_forming_step_end (TriasFormingStep *step, TriasFormingOther **other)
{
  TriasPeer *peer = step->peer;
  TriasForming *self
      = !peer->stopped && peer->forming->serial == step->serial ? peer->forming : NULL;

  if (self != NULL && other != NULL)
    {
      *other = g_ptr_array_index (self->others, step->index);
      (*other)->asking = FALSE;
    }
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

TriasFormingOther *
trias_forming_add_other (TriasForming *self, const char *id, const char *address, const char *code)
{
  TriasFormingOther *other = g_new0 (TriasFormingOther, 1);

  other->id = g_strdup (id);
  other->address = g_strdup (address);
  other->invitation = g_strdup (code);
  g_ptr_array_add (self->others, other);
  return other;
}

void
trias_forming_set_relationship (TriasForming *self, TriasRelationship *relationship)
{
  g_clear_pointer (&self->relationship, trias_relationship_free);
  self->relationship = relationship;
  self->kind = relationship->kind;
  if (self->others->len > 0)
    return;
  for (guint i = 0; i < relationship->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (relationship->members, i);

      if (strcmp (member->id, self->peer->id) != 0)
        trias_forming_add_other (self, member->id, member->addresses[0], "");
    }
}

gboolean
trias_forming_is_settled (TriasPeer *peer,
                          const char *relationship,
                          guint64 incarnation,
                          guint64 term)
{
  TriasJournalStatus status;

  if (term == 0 || peer->triad == NULL || strcmp (peer->relationship->id, relationship) != 0
      || peer->relationship->incarnation + 1 != incarnation
      || trias_keeper_triad_incarnation (peer->keeper) != peer->relationship->incarnation)
    return FALSE;
  trias_keeper_triad_status (peer->keeper, &status);
  return status.applied_term > term;
}

gboolean
trias_forming_is_past (TriasForming *self)
{
  return self->relationship != NULL
         && trias_forming_is_settled (self->peer, self->id, self->relationship->incarnation,
                                      self->term);
}

gboolean
trias_forming_is_sealed (TriasPeer *peer, const char *id, guint64 incarnation)
{
  return peer->relationship != NULL && strcmp (peer->relationship->id, id) == 0
         && peer->relationship->incarnation == incarnation;
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
  trias_json_add_int (writer, "term", (gint64) self->term);
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
  gint64 since, term;

  if (value == NULL)
    return FALSE;
  json = trias_json_parse (g_bytes_get_data (value, NULL), g_bytes_get_size (value),
                           TRIAS_JSON_MAX_BYTES, NULL);
  if (json == NULL)
    return FALSE;
  trias_json_reader_init (&reader, json);
  coordinator = trias_json_read_string (&reader, "coordinator", 1, 128);
  since = trias_json_read_int (&reader, "since", 0, G_MAXINT64);
  term = trias_json_read_int_or (&reader, "term", 0, G_MAXINT64, 0);
  object = trias_json_read_object (&reader, "relationship");
  if (!trias_json_reader_finish_lenient (&reader, NULL))
    return FALSE;
  relationship = trias_relationship_read (object, NULL);
  if (relationship == NULL)
    return FALSE;
  trias_forming_begin (self, TRIAS_PHASE_PREPARED, relationship->id, coordinator);
  self->since = since;
  self->term = (guint64) term;
  trias_forming_set_relationship (self, g_steal_pointer (&relationship));
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
trias_forming_wait (TriasForming *self, TriasPeerDone done, gpointer user_data)
{
  Waiter *waiter = g_new0 (Waiter, 1);

  waiter->done = done;
  waiter->user_data = user_data;
  g_ptr_array_add (self->waiters, waiter);
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

/* Decided: tells the others until they have taken it up. */
static void
carry_through (TriasForming *self)
{
  trias_forming_set_phase (self, TRIAS_PHASE_COPYING);
  self->decided_at = trias_peer_clock ();
  for (guint i = 0; i < self->others->len; i++)
    ((TriasFormingOther *) g_ptr_array_index (self->others, i))->done = FALSE;
  trias_forming_tell_formed (self);
}

void
trias_forming_start (TriasForming *self)
{
  TriasPeer *peer = self->peer;
  gboolean coordinates;

  finish_dissolving (self);
  if (!read_kept (self))
    {
      forget_kept (self);
      return;
    }
  coordinates = strcmp (self->coordinator, peer->id) == 0;
  if (trias_forming_is_sealed (peer, self->id, self->relationship->incarnation))
    {
      if (coordinates || self->term != 0)
        carry_through (self);
      else
        trias_forming_end (self, NULL);
    }
  /* What a triad decides may be decided though this server does not know it yet. */
  else if (!coordinates || self->term != 0)
    trias_forming_ask_outcome (self);
  else
    {
      g_autoptr (TriasProblem) problem = trias_problem_new (
          TRIAS_REASON_INTERNAL,
          "The server stopped before the relationship was decided; nothing has changed.");

      trias_forming_end (self, problem);
    }
}

void
trias_forming_relationship_changed (TriasForming *self)
{
  if (self->phase == TRIAS_PHASE_PREPARED && self->term != 0
      && trias_forming_is_sealed (self->peer, self->id, self->relationship->incarnation))
    {
      g_clear_handle_id (&self->retry, g_source_remove);
      carry_through (self);
    }
}
