/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-forming-private.h"

/* What an administrator asks of a forming, and what he is shown of it. */

/* --- shown --- */

static const char *
phase_word (TriasPhase phase)
{
  static const char *const words[]
      = { "none", "checking", "preparing", "sealing", "copying", "prepared", "copying", "failed" };

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
  trias_json_add_string (writer, "change", self->change);
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
  TriasProblem *problem = trias_peer_check_plan (kind, candidates);

  if (problem != NULL)
    return problem;
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
        "Say under which address the other server reaches this one.");
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

  if (self->relationship != NULL && strcmp (self->relationship->id, id) == 0
      && self->relationship->kind == kind && !trias_forming_is_busy (self))
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
  trias_forming_wait (forming, done, user_data);
  if (trias_forming_is_busy (self))
    return;
  trias_forming_begin (forming, TRIAS_PHASE_CHECKING, id, self->id);
  forming->name = g_strdup (name);
  forming->kind = kind;
  forming->options = *options;
  forming->own_address = g_steal_pointer (&address);
  forming->actor = g_strdup (actor);
  trias_forming_coordinate (forming, candidates);
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
    case TRIAS_PHASE_TAKING:
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
          trias_forming_give_up (forming, aborted);
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
