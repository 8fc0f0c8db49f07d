/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-examine-private.h"
#include "server/peer/trias-partner-address.h"

/* The check of the relationship that there is. Nothing is promised and nothing changed: the members
 * are asked as in a check before forming, but what lets this server ask is that it is one of them.
 */

void
trias_check_run_write_permit (TriasCheckRun *run, TriasJsonWriter *writer)
{
  const TriasRelationship *relationship = run->peer->relationship;

  trias_json_add_string (writer, "kind", trias_kind_to_word (run->examination->kind));
  if ((!run->examination->present && !run->stays) || relationship == NULL)
    {
      trias_json_add_string (writer, "invitation", run->invitation);
      return;
    }
  trias_json_add_string (writer, "relationship", relationship->id);
  trias_json_add_int (writer, "incarnation", (gint64) relationship->incarnation);
}

TriasCheck *
trias_check_run_add_permit (TriasCheckRun *run, TriasCheckState state)
{
  gboolean present = run->examination->present || run->stays;
  TriasCheck *check = trias_check_run_add (run, present ? "member" : "invitation", TRUE, state);

  if (state == TRIAS_CHECK_PASSED)
    trias_check_set_detail (check, present ? "Both servers are in the same relationship."
                                           : "The invitation is good.");
  return check;
}

TriasProblem *
trias_peer_ask_permit (TriasPeerCall *call, const TriasPermit *permit)
{
  TriasPeer *self = call->peer;
  const TriasRelationship *present = self->relationship;

  if (permit->relationship == NULL)
    return trias_invitation_verify (self, permit->invitation, call->key, permit->kind);
  if (present != NULL && strcmp (present->id, permit->relationship) == 0
      && present->incarnation == (guint64) permit->incarnation
      && trias_peer_find_other (self, call->key) != NULL)
    return NULL;
  return trias_problem_new (TRIAS_REASON_EPOCH,
                            "The server '%s' is not in this incarnation of the relationship.",
                            self->name);
}

void
trias_peer_read_permit (TriasJsonReader *reader, TriasPermit *permit)
{
  permit->kind = TRIAS_KIND_BACKUP;
  permit->invitation = trias_json_read_string_or (reader, "invitation", 64, "");
  permit->relationship = trias_json_read_string_or (reader, "relationship", 128, NULL);
  permit->incarnation = trias_json_read_int_or (reader, "incarnation", 0, G_MAXINT64, 0);
  if (!trias_kind_from_word (trias_json_read_string_or (reader, "kind", 16, ""), &permit->kind))
    trias_json_reader_fail (reader, "kind", "is unknown");
}

/* --- asked for by an administrator --- */

typedef struct
{
  TriasPeerChecked done;
  gpointer user_data;
} Checked;

static void
on_examined (GPtrArray *checks, GPtrArray *found, gpointer user_data)
{
  Checked *checked = user_data;

  checked->done (checks, NULL, checked->user_data);
  g_free (checked);
}

void
trias_peer_check_present (TriasPeer *self, TriasPeerChecked done, gpointer user_data)
{
  const TriasRelationship *present = self->relationship;
  g_autoptr (GPtrArray) others = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (TriasProblem) problem = NULL;
  Checked *checked;

  if (present == NULL)
    {
      problem = trias_problem_new (TRIAS_REASON_NOT_RELATED,
                                   "The server '%s' is in no relationship.", self->name);
      done (NULL, problem, user_data);
      return;
    }
  for (guint i = 0; i < present->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (present->members, i);
      TriasPeerCandidate candidate = { .address = member->addresses[0], .fingerprint = member->id };

      if (strcmp (member->id, self->id) == 0)
        continue;
      if (trias_peer_is_pair (self))
        candidate.address = (char *) trias_partner_address (self);
      g_ptr_array_add (others, g_memdup2 (&candidate, sizeof candidate));
    }
  checked = g_new0 (Checked, 1);
  checked->done = done;
  checked->user_data = user_data;
  trias_peer_examine (
      self,
      &(TriasExamineOrder){ .kind = present->kind,
                            .present = TRUE,
                            .candidates = others,
                            .own_address
                            = trias_relationship_find (present, self->id)->addresses[0] },
      on_examined, checked);
}
