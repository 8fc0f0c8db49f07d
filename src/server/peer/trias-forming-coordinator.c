/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-forming-private.h"
#include "server/peer/trias-probe.h"

/* The server that coordinates, after the check: prepare, seal, and tell until the others have taken
 * it up. */

/* Who asked is answered at the latest this long after the decision: it is carried through anyway.
 */
#define PATIENCE_MS 15000
#define TELL_RETRY_MS 1000
/* While a newcomer takes it up; so often at first, then ever less often. */
#define TELL_AGAIN_MS 200
#define TELL_OFTEN_MS 3000
#define TELL_MAX_MS 5000

static char *
id_body (TriasForming *self)
{
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_int (writer, "protocol", TRIAS_PEER_PROTOCOL);
  trias_json_add_string (writer, "id", self->id);
  trias_json_add_int (writer, "incarnation", (gint64) self->relationship->incarnation);
  trias_json_end_object (writer);
  return trias_peer_end_text (writer);
}

static char *
relationship_body (TriasForming *self, const char *invitation)
{
  TriasJsonWriter *writer = trias_json_writer_new ();
  g_autofree char *hash = trias_relationship_hash (self->relationship);

  trias_json_begin_object (writer, NULL);
  trias_json_add_int (writer, "protocol", TRIAS_PEER_PROTOCOL);
  trias_json_begin_object (writer, "relationship");
  trias_relationship_write_members (self->relationship, writer);
  trias_json_end_object (writer);
  trias_json_add_string (writer, "hash", hash);
  trias_json_add_int (writer, "term", (gint64) self->term);
  if (invitation != NULL)
    trias_json_add_string (writer, "invitation", invitation);
  trias_json_end_object (writer);
  return trias_peer_end_text (writer);
}

static void
on_forgotten (const TriasPeerAnswer *answer, gpointer user_data)
{
  /* If it did not hear, it asks for the outcome by itself. */
}

void
trias_forming_give_up (TriasForming *self, const TriasProblem *problem)
{
  g_autoptr (TriasProblem) copy = trias_problem_copy (problem);

  if (self->phase != TRIAS_PHASE_CHECKING && self->relationship != NULL)
    for (guint i = 0; i < self->others->len; i++)
      {
        const TriasFormingOther *other = g_ptr_array_index (self->others, i);

        trias_peer_client_post (self->peer->client, other->address, other->id, "forget",
                                id_body (self), TRIAS_PEER_TIMEOUT_MS, on_forgotten, NULL);
      }
  trias_forming_end (self, copy);
}

/* --- formed --- */

static void
on_undone (const TriasProblem *problem, gpointer user_data)
{
  TriasForming *self = trias_forming_step_end (user_data, NULL);
  g_autoptr (TriasProblem) aborted = NULL;

  if (self == NULL)
    return;
  aborted = trias_problem_new (
      TRIAS_REASON_CHECK_FAILED,
      "An administrator ended the preparation on the other server; all are as before.");
  trias_forming_end (self, aborted);
}

static gboolean
all_are (TriasForming *self, gboolean (*is) (const TriasFormingOther *other))
{
  for (guint i = 0; i < self->others->len; i++)
    if (!is (g_ptr_array_index (self->others, i)))
      return FALSE;
  return TRUE;
}

static gboolean
is_done (const TriasFormingOther *other)
{
  return other->done;
}

static gboolean
is_refused (const TriasFormingOther *other)
{
  return other->refused;
}

static void
complete (TriasForming *self)
{
  TriasPeer *peer = self->peer;

  trias_peer_event (peer, "relationship-formed", self->id, "name", peer->relationship->name);
  trias_forming_end (self, NULL);
  trias_peer_soon_probe (peer);
}

/* A newcomer may take a while to get all that it needs. */
static gboolean
has_taken (const TriasPeerAnswer *answer)
{
  TriasJsonReader reader;
  gboolean taken;

  if (answer->problem != NULL)
    return FALSE;
  trias_json_reader_init (&reader, answer->json);
  taken = trias_json_read_bool_or (&reader, "taken", TRUE);
  return trias_json_reader_finish_lenient (&reader, NULL) && taken;
}

/* Who has not taken it up soon cannot at present, or has much to take. Jittered, so that several do
 * not meet again and again. */
static guint
tell_pause (TriasForming *self)
{
  gint64 since = trias_peer_clock () - self->decided_at;
  gint64 pause = since < TELL_OFTEN_MS ? TELL_AGAIN_MS : MIN (since / 2, TELL_MAX_MS);

  return (guint) (since < TELL_OFTEN_MS ? pause
                                        : g_random_int_range ((gint32) pause / 2, (gint32) pause));
}

static void
on_formed (const TriasPeerAnswer *answer, gpointer user_data)
{
  TriasFormingOther *other;
  TriasForming *self = trias_forming_step_end (user_data, &other);
  const TriasProblem *problem = answer->problem;

  if (self == NULL)
    return;
  other->refused
      = answer->status != 0 && problem != NULL && problem->reason == TRIAS_REASON_NOT_RELATED;
  /* What a triad decided is not undone by a newcomer that was made to forget its promise. */
  other->done = has_taken (answer) || (other->refused && self->term != 0);
  if (all_are (self, is_done))
    {
      complete (self);
      return;
    }
  /* They promised and were made to forget by an administrator: nobody else has taken it up. */
  if (all_are (self, is_refused))
    {
      trias_forming_dissolve_here (self, "", on_undone, trias_forming_step (self));
      return;
    }
  if (problem != NULL)
    {
      g_free (self->detail);
      self->detail = g_strdup (problem->detail);
    }
  if (trias_peer_clock () - self->decided_at > PATIENCE_MS)
    trias_forming_answer_waiters (self, NULL);
  if (self->retry == 0)
    trias_forming_retry (
        self, problem != NULL ? MAX (TELL_RETRY_MS, tell_pause (self)) : tell_pause (self),
        trias_forming_tell_formed);
}

void
trias_forming_tell_formed (TriasForming *self)
{
  guint serial = self->serial;

  for (guint i = 0; self->serial == serial && i < self->others->len; i++)
    {
      const TriasFormingOther *other = g_ptr_array_index (self->others, i);

      if (!other->asking && !other->done)
        trias_peer_client_post (self->peer->client, other->address, other->id, "formed",
                                relationship_body (self, NULL), TRIAS_PEER_TIMEOUT_MS, on_formed,
                                trias_forming_step_to (self, i));
    }
}

/* --- seal --- */

static void
decided (TriasForming *self)
{
  self->decided_at = trias_peer_clock ();
  for (guint i = 0; i < self->others->len; i++)
    ((TriasFormingOther *) g_ptr_array_index (self->others, i))->done = FALSE;
  trias_forming_set_phase (self, TRIAS_PHASE_COPYING);
  trias_peer_adopt_relationship (self->peer);
  trias_forming_tell_formed (self);
}

/* Who leads the log changed before the outcome was known: the log itself will tell. */
static void
look_whether_sealed (TriasForming *self)
{
  const TriasRelationship *sealed
      = trias_ledger_get_relationship (trias_keeper_get_ledger (self->peer->keeper));
  g_autoptr (TriasProblem) problem = NULL;

  if (self->phase != TRIAS_PHASE_SEALING)
    return;
  if (sealed != NULL && strcmp (sealed->id, self->id) == 0
      && sealed->incarnation == self->relationship->incarnation)
    {
      decided (self);
      return;
    }
  if (trias_forming_is_past (self))
    {
      problem = trias_problem_new (
          TRIAS_REASON_NOT_ACTIVE,
          "Another server became the active one before it was decided; all are as before.");
      trias_forming_give_up (self, problem);
      return;
    }
  if (trias_peer_clock () - self->decided_at > PATIENCE_MS)
    {
      problem = trias_problem_new (
          TRIAS_REASON_NO_QUORUM,
          "It is not known yet whether it was decided: the servers of the triad do not reach each "
          "other. It is carried through, or nothing changes, as soon as they do.");
      trias_forming_answer_waiters (self, problem);
    }
  trias_forming_retry (self, TELL_AGAIN_MS, look_whether_sealed);
}

static void
on_sealed (const TriasOutcome *outcome, gpointer user_data)
{
  TriasForming *self = trias_forming_step_end (user_data, NULL);

  if (self == NULL)
    return;
  if (outcome->reason == TRIAS_REASON_NONE)
    decided (self);
  else if (self->term != 0
           && (outcome->reason == TRIAS_REASON_NOT_ACTIVE
               || outcome->reason == TRIAS_REASON_NO_QUORUM
               || outcome->reason == TRIAS_REASON_STORAGE))
    {
      self->decided_at = trias_peer_clock ();
      look_whether_sealed (self);
    }
  else
    {
      g_autoptr (TriasProblem) problem = trias_problem_new (
          outcome->reason, "%s", outcome->detail != NULL ? outcome->detail : "refused");

      trias_forming_give_up (self, problem);
    }
}

/* What was promised for one term is decided in that term or never. */
static gboolean
may_seal (TriasForming *self)
{
  TriasKeeper *keeper = self->peer->keeper;
  TriasJournalStatus status;

  if (self->term == 0)
    return TRUE;
  trias_keeper_triad_status (keeper, &status);
  return trias_keeper_is_active (keeper) && status.term == self->term;
}

static void
on_prepared (const TriasPeerAnswer *answer, gpointer user_data)
{
  TriasFormingOther *other;
  TriasForming *self = trias_forming_step_end (user_data, &other);
  TriasPeer *peer;

  if (self == NULL)
    return;
  if (answer->problem != NULL)
    {
      trias_forming_give_up (self, answer->problem);
      return;
    }
  other->done = TRUE;
  if (!all_are (self, is_done))
    return;
  peer = self->peer;
  if (!may_seal (self))
    {
      g_autoptr (TriasProblem) problem = trias_problem_new (
          TRIAS_REASON_NOT_ACTIVE,
          "Another server became the active one meanwhile; all are as before. Ask that one.");

      trias_forming_give_up (self, problem);
      return;
    }
  trias_forming_set_phase (self, TRIAS_PHASE_SEALING);
  trias_keeper_submit (
      peer->keeper,
      trias_command_seal (trias_keeper_now (peer->keeper), self->relationship, self->actor),
      on_sealed, trias_forming_step (self));
}

static void
on_kept (const GError *error, gpointer user_data)
{
  TriasForming *self = trias_forming_step_end (user_data, NULL);
  guint serial;

  if (self == NULL)
    return;
  if (error != NULL)
    {
      g_autoptr (TriasProblem) problem = trias_problem_new (
          TRIAS_REASON_STORAGE, "'%s' cannot write: %s", self->peer->name, error->message);

      trias_forming_end (self, problem);
      return;
    }
  serial = self->serial;
  for (guint i = 0; self->serial == serial && i < self->others->len; i++)
    {
      const TriasFormingOther *other = g_ptr_array_index (self->others, i);

      trias_peer_client_post (self->peer->client, other->address, other->id, "prepare",
                              relationship_body (self, other->invitation), TRIAS_PEER_TIMEOUT_MS,
                              on_prepared, trias_forming_step_to (self, i));
    }
}

void
trias_forming_prepare (TriasForming *self)
{
  trias_forming_keep (self, on_kept, trias_forming_step (self));
}
