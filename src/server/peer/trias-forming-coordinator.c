/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "core/trias-address.h"
#include "server/peer/trias-forming-private.h"
#include "server/peer/trias-probe.h"

/* The first server of those to be: check, prepare, seal, and tell until the others have taken it
 * up.
 */

/* Who asked is answered at the latest this long after the decision: it is carried through anyway.
 */
#define PATIENCE_MS 15000
#define TELL_RETRY_MS 1000
/* While a newcomer takes it up. */
#define TELL_AGAIN_MS 200

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

static void
on_formed (const TriasPeerAnswer *answer, gpointer user_data)
{
  TriasFormingOther *other;
  TriasForming *self = trias_forming_step_end (user_data, &other);
  const TriasProblem *problem = answer->problem;

  if (self == NULL)
    return;
  other->done = has_taken (answer);
  other->refused
      = answer->status != 0 && problem != NULL && problem->reason == TRIAS_REASON_NOT_RELATED;
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
    trias_forming_retry (self, problem != NULL ? TELL_RETRY_MS : TELL_AGAIN_MS,
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
on_sealed (const TriasOutcome *outcome, gpointer user_data)
{
  TriasForming *self = trias_forming_step_end (user_data, NULL);

  if (self == NULL)
    return;
  if (outcome->reason != TRIAS_REASON_NONE)
    {
      g_autoptr (TriasProblem) problem = trias_problem_new (
          outcome->reason, "%s", outcome->detail != NULL ? outcome->detail : "refused");

      trias_forming_give_up (self, problem);
      return;
    }
  self->decided_at = trias_peer_clock ();
  for (guint i = 0; i < self->others->len; i++)
    ((TriasFormingOther *) g_ptr_array_index (self->others, i))->done = FALSE;
  trias_forming_set_phase (self, TRIAS_PHASE_COPYING);
  trias_peer_adopt_relationship (self->peer);
  trias_forming_tell_formed (self);
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

/* --- check --- */

static const char *
param (const TriasCheck *check, const char *name)
{
  return check->params != NULL ? g_hash_table_lookup (check->params, name) : NULL;
}

/* The first check that failed, as the problem that the administrator reads. */
static TriasProblem *
problem_of_checks (GPtrArray *checks)
{
  for (guint i = 0; i < checks->len; i++)
    {
      const TriasCheck *check = g_ptr_array_index (checks, i);
      TriasProblem *problem;

      if (check->state != TRIAS_CHECK_FAILED)
        continue;
      problem = trias_problem_new (
          check->reason_code != TRIAS_REASON_NONE ? check->reason_code : TRIAS_REASON_CHECK_FAILED,
          "%s", check->detail);
      trias_problem_param (problem, "check", check->kind);
      trias_problem_param (problem, "server", check->server);
      for (guint j = 0; j < 4; j++)
        {
          static const char *const names[] = { "server_name", "rule", "license", "address" };

          if (param (check, names[j]) != NULL)
            trias_problem_param (problem, names[j], param (check, names[j]));
        }
      return problem;
    }
  return trias_problem_new (TRIAS_REASON_CHECK_FAILED, "The other server could not be checked.");
}

static gboolean
has_failed (GPtrArray *checks)
{
  for (guint i = 0; i < checks->len; i++)
    if (((TriasCheck *) g_ptr_array_index (checks, i))->state == TRIAS_CHECK_FAILED)
      return TRUE;
  return FALSE;
}

/* One form for all: people compare the addresses of a table with their eyes. */
static char *
usual_form (const char *text)
{
  g_autoptr (TriasAddress) address = trias_address_parse (text, NULL);

  return address != NULL ? trias_address_to_string (address, FALSE) : g_strdup (text);
}

static void
put_together (TriasForming *self, GPtrArray *found)
{
  TriasPeer *peer = self->peer;
  g_autofree char *own_address = usual_form (self->own_address);
  const char *own[] = { own_address, NULL };
  TriasRelationship *relationship = trias_relationship_new (self->id, self->name, self->kind);

  relationship->incarnation = 1;
  relationship->options = self->options;
  g_ptr_array_add (relationship->members, trias_member_new (peer->id, peer->name, own));
  for (guint i = 0; i < found->len; i++)
    {
      const TriasFound *entry = g_ptr_array_index (found, i);
      TriasFormingOther *other = g_ptr_array_index (self->others, i);
      g_autofree char *address = usual_form (entry->address);
      const char *theirs[] = { address, NULL };

      g_free (other->id);
      other->id = g_strdup (entry->id);
      g_free (other->address);
      other->address = g_strdup (address);
      g_ptr_array_add (relationship->members, trias_member_new (entry->id, entry->name, theirs));
    }
  trias_forming_set_relationship (self, relationship);
}

static void
on_examined (GPtrArray *checks, GPtrArray *found, gpointer user_data)
{
  TriasForming *self = trias_forming_step_end (user_data, NULL);

  if (self == NULL)
    return;
  if (has_failed (checks) || found->len != self->others->len)
    {
      g_autoptr (TriasProblem) problem = problem_of_checks (checks);

      trias_forming_give_up (self, problem);
      return;
    }
  put_together (self, found);
  trias_forming_set_phase (self, TRIAS_PHASE_PREPARING);
  trias_peer_event (self->peer, "relationship-prepare", self->id, "name", self->name);
  trias_forming_keep (self, on_kept, trias_forming_step (self));
}

void
trias_forming_coordinate (TriasForming *self, GPtrArray *candidates)
{
  for (guint i = 0; i < candidates->len; i++)
    {
      const TriasPeerCandidate *candidate = g_ptr_array_index (candidates, i);

      trias_forming_add_other (self, "", candidate->address,
                               candidate->invitation != NULL ? candidate->invitation : "");
      trias_peer_event (self->peer, "relationship-check", self->id, "address", candidate->address);
    }
  trias_peer_examine (self->peer, self->kind, candidates, self->own_address, on_examined,
                      trias_forming_step (self));
}
