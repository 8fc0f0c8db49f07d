/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "core/trias-address.h"
#include "server/peer/trias-forming-private.h"
#include "server/peer/trias-probe.h"

/* The main server to be: check, prepare, seal, and tell until the other has taken it up. */

/* Who asked is answered at the latest this long after the decision: it is carried through anyway.
 */
#define PATIENCE_MS 15000
#define TELL_RETRY_MS 1000

static char *
id_body (TriasForming *self)
{
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_int (writer, "protocol", TRIAS_PEER_PROTOCOL);
  trias_json_add_string (writer, "id", self->id);
  trias_json_end_object (writer);
  return trias_peer_end_text (writer);
}

static char *
relationship_body (TriasForming *self, gboolean with_invitation)
{
  TriasJsonWriter *writer = trias_json_writer_new ();
  g_autofree char *hash = trias_relationship_hash (self->relationship);

  trias_json_begin_object (writer, NULL);
  trias_json_add_int (writer, "protocol", TRIAS_PEER_PROTOCOL);
  trias_json_begin_object (writer, "relationship");
  trias_relationship_write_members (self->relationship, writer);
  trias_json_end_object (writer);
  trias_json_add_string (writer, "hash", hash);
  if (with_invitation)
    trias_json_add_string (writer, "invitation", self->invitation);
  trias_json_end_object (writer);
  return trias_peer_end_text (writer);
}

static const TriasMember *
other (TriasForming *self)
{
  return g_ptr_array_index (self->relationship->members, 1);
}

static void
on_forgotten (const TriasPeerAnswer *answer, gpointer user_data)
{
  /* If it did not hear, it asks for the outcome by itself. */
}

/* Before the seal: everybody is as before. */
static void
fail (TriasForming *self, const TriasProblem *problem)
{
  if (self->phase != TRIAS_PHASE_CHECKING && self->relationship != NULL)
    trias_peer_client_post (self->peer->client, other (self)->addresses[0], other (self)->id,
                            "forget", id_body (self), TRIAS_PEER_TIMEOUT_MS, on_forgotten, NULL);
  trias_forming_end (self, problem);
}

/* --- formed --- */

static void
on_undone (const TriasProblem *problem, gpointer user_data)
{
  TriasForming *self = trias_forming_step_end (user_data);
  g_autoptr (TriasProblem) aborted = NULL;

  if (self == NULL)
    return;
  aborted = trias_problem_new (
      TRIAS_REASON_CHECK_FAILED,
      "An administrator ended the preparation on the other server; both are as before.");
  trias_forming_end (self, aborted);
}

static void
on_formed (const TriasPeerAnswer *answer, gpointer user_data)
{
  TriasForming *self = trias_forming_step_end (user_data);

  if (self == NULL)
    return;
  self->asking = FALSE;
  if (answer->problem == NULL)
    {
      TriasPeer *peer = self->peer;

      trias_peer_event (peer, "relationship-formed", self->id, "name", peer->relationship->name);
      trias_forming_end (self, NULL);
      trias_peer_soon_probe (peer);
      return;
    }
  /* It promised and was made to forget by an administrator: there never was a pair. */
  if (answer->problem->reason == TRIAS_REASON_NOT_RELATED && answer->status != 0)
    {
      trias_forming_dissolve_here (self, "", on_undone, trias_forming_step (self));
      return;
    }
  g_free (self->detail);
  self->detail = g_strdup (answer->problem->detail);
  if (trias_peer_clock () - self->decided_at > PATIENCE_MS)
    trias_forming_answer_waiters (self, NULL);
  trias_forming_retry (self, TELL_RETRY_MS, trias_forming_tell_formed);
}

void
trias_forming_tell_formed (TriasForming *self)
{
  if (self->asking)
    return;
  self->asking = TRUE;
  trias_peer_client_post (self->peer->client, other (self)->addresses[0], other (self)->id,
                          "formed", relationship_body (self, FALSE), TRIAS_PEER_TIMEOUT_MS,
                          on_formed, trias_forming_step (self));
}

/* --- seal --- */

static void
on_sealed (const TriasOutcome *outcome, gpointer user_data)
{
  TriasForming *self = trias_forming_step_end (user_data);

  if (self == NULL)
    return;
  if (outcome->reason != TRIAS_REASON_NONE)
    {
      g_autoptr (TriasProblem) problem = trias_problem_new (
          outcome->reason, "%s", outcome->detail != NULL ? outcome->detail : "refused");

      fail (self, problem);
      return;
    }
  self->decided_at = trias_peer_clock ();
  trias_forming_set_phase (self, TRIAS_PHASE_COPYING);
  trias_peer_adopt_relationship (self->peer);
  trias_forming_tell_formed (self);
}

static void
on_prepared (const TriasPeerAnswer *answer, gpointer user_data)
{
  TriasForming *self = trias_forming_step_end (user_data);
  TriasPeer *peer;

  if (self == NULL)
    return;
  if (answer->problem != NULL)
    {
      fail (self, answer->problem);
      return;
    }
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
  TriasForming *self = trias_forming_step_end (user_data);

  if (self == NULL)
    return;
  if (error != NULL)
    {
      g_autoptr (TriasProblem) problem = trias_problem_new (
          TRIAS_REASON_STORAGE, "'%s' cannot write: %s", self->peer->name, error->message);

      trias_forming_end (self, problem);
      return;
    }
  trias_peer_client_post (self->peer->client, other (self)->addresses[0], other (self)->id,
                          "prepare", relationship_body (self, TRUE), TRIAS_PEER_TIMEOUT_MS,
                          on_prepared, trias_forming_step (self));
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
put_together (TriasForming *self, const TriasFound *found)
{
  TriasPeer *peer = self->peer;
  g_autofree char *own_address = usual_form (self->own_address);
  g_autofree char *other_address = usual_form (found->address);
  const char *own[] = { own_address, NULL };
  const char *theirs[] = { other_address, NULL };

  self->relationship = trias_relationship_new (self->id, self->name, TRIAS_KIND_BACKUP);
  self->relationship->incarnation = 1;
  self->relationship->options = self->options;
  g_ptr_array_add (self->relationship->members, trias_member_new (peer->id, peer->name, own));
  g_ptr_array_add (self->relationship->members, trias_member_new (found->id, found->name, theirs));
}

static void
on_examined (GPtrArray *checks, const TriasFound *found, gpointer user_data)
{
  TriasForming *self = trias_forming_step_end (user_data);

  if (self == NULL)
    return;
  if (has_failed (checks) || found == NULL)
    {
      g_autoptr (TriasProblem) problem = problem_of_checks (checks);

      fail (self, problem);
      return;
    }
  put_together (self, found);
  trias_forming_set_phase (self, TRIAS_PHASE_PREPARING);
  trias_peer_event (self->peer, "relationship-prepare", self->id, "name", self->name);
  trias_forming_keep (self, on_kept, trias_forming_step (self));
}

void
trias_forming_coordinate (TriasForming *self, const TriasPeerCandidate *candidate)
{
  self->invitation = g_strdup (candidate->invitation != NULL ? candidate->invitation : "");
  self->address = g_strdup (candidate->address);
  trias_peer_event (self->peer, "relationship-check", self->id, "address", candidate->address);
  trias_peer_examine (self->peer, candidate, self->own_address, on_examined,
                      trias_forming_step (self));
}

/* --- abort --- */

void
trias_peer_abort (TriasPeer *self, const char *actor, TriasPeerDone done, gpointer user_data)
{
  TriasForming *forming = self->forming;
  g_autoptr (TriasProblem) problem = NULL;

  switch (forming->phase)
    {
    case TRIAS_PHASE_SEALING:
    case TRIAS_PHASE_COPYING:
      problem = trias_problem_new (
          TRIAS_REASON_CONFLICT,
          "The relationship is decided and is being carried through; dissolve it instead.");
      break;
    case TRIAS_PHASE_CHECKING:
    case TRIAS_PHASE_PREPARING:
    case TRIAS_PHASE_PREPARED:
      {
        g_autoptr (TriasProblem) aborted = trias_problem_new (
            TRIAS_REASON_CHECK_FAILED, "The administrator '%s' ended the preparation.", actor);

        if (forming->phase == TRIAS_PHASE_PREPARED)
          trias_forming_end (forming, aborted);
        else
          fail (forming, aborted);
        break;
      }
    case TRIAS_PHASE_FAILED:
      trias_forming_end (forming, NULL); /* seen: no longer shown */
      break;
    case TRIAS_PHASE_NONE:
    default:
      problem = trias_problem_new (TRIAS_REASON_NOT_FOUND, "Nothing is being prepared.");
      break;
    }
  done (problem, user_data);
}
