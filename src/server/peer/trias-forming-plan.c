/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "core/trias-address.h"
#include "server/peer/trias-forming-private.h"

/* The server that coordinates, before anybody promises: the check, and the relationship that is put
 * together from those who were found. */

/* --- the check --- */

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

static TriasMember *
found_member (const TriasFound *found)
{
  g_autofree char *address = usual_form (found->address);
  const char *addresses[] = { address, NULL };

  return trias_member_new (found->id, found->name, addresses);
}

static TriasRelationship *
put_new (TriasForming *self, GPtrArray *found)
{
  TriasPeer *peer = self->peer;
  g_autofree char *own_address = usual_form (self->own_address);
  const char *own[] = { own_address, NULL };
  TriasRelationship *relationship = trias_relationship_new (self->id, self->name, self->kind);

  relationship->options = self->options;
  g_ptr_array_add (relationship->members, trias_member_new (peer->id, peer->name, own));
  for (guint i = 0; i < found->len; i++)
    g_ptr_array_add (relationship->members, found_member (g_ptr_array_index (found, i)));
  return relationship;
}

/* The newcomer gets the rank of who leaves, or the last. */
static TriasRelationship *
put_next (TriasForming *self, GPtrArray *found)
{
  const TriasRelationship *present = self->present;
  TriasRelationship *next = trias_relationship_copy (present);
  TriasMember *newcomer = NULL;

  for (guint i = 0; i < found->len; i++)
    {
      const TriasFound *entry = g_ptr_array_index (found, i);

      if (trias_relationship_find (present, entry->id) == NULL)
        newcomer = found_member (entry);
    }
  next->kind = self->kind;
  next->incarnation++;
  if (newcomer == NULL)
    return next;
  if (self->leaving == NULL)
    g_ptr_array_add (next->members, newcomer);
  for (guint rank = 0; self->leaving != NULL && rank < present->members->len; rank++)
    if (strcmp (((TriasMember *) g_ptr_array_index (present->members, rank))->id, self->leaving)
        == 0)
      {
        trias_member_free (g_ptr_array_index (next->members, rank));
        g_ptr_array_index (next->members, rank) = newcomer;
      }
  return next;
}

static void
put_together (TriasForming *self, GPtrArray *found)
{
  for (guint i = 0; i < found->len; i++)
    {
      const TriasFound *entry = g_ptr_array_index (found, i);
      TriasFormingOther *other = g_ptr_array_index (self->others, i);

      g_free (other->id);
      other->id = g_strdup (entry->id);
      g_free (other->address);
      other->address = usual_form (entry->address);
    }
  trias_forming_set_relationship (self, self->present != NULL ? put_next (self, found)
                                                              : put_new (self, found));
}

/* Only what is decided in the present term was promised. */
static void
note_term (TriasForming *self)
{
  TriasJournalStatus status;

  if (self->present == NULL || self->present->kind != TRIAS_KIND_TRIAD)
    return;
  trias_keeper_triad_status (self->peer->keeper, &status);
  self->term = status.term;
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
  note_term (self);
  trias_forming_set_phase (self, TRIAS_PHASE_PREPARING);
  trias_peer_event (self->peer, "relationship-prepare", self->id, "name", self->name);
  trias_forming_prepare (self);
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
  trias_peer_examine (self->peer,
                      &(TriasExamineOrder){ .kind = self->kind,
                                            .candidates = candidates,
                                            .own_address = self->own_address,
                                            .changed = self->present,
                                            .leaving = self->leaving,
                                            .discard = self->discard },
                      on_examined, trias_forming_step (self));
}
