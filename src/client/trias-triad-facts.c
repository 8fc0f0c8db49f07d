/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-triad-facts.h"

#include "core/trias-identity.h"

#include <string.h>

#define MAX_WORD 64

static const char *const state_words[]
    = { "unknown", "active", "standby", "catching-up", "muted", "unreachable" };

const char *
trias_triad_state_to_word (TriasTriadState state)
{
  g_return_val_if_fail ((guint) state < G_N_ELEMENTS (state_words), "unknown");

  return state_words[state];
}

TriasTriadState
trias_triad_state_from_word (const char *word)
{
  for (guint i = 0; i < G_N_ELEMENTS (state_words); i++)
    if (g_strcmp0 (word, state_words[i]) == 0)
      return (TriasTriadState) i;
  return TRIAS_TRIAD_STATE_UNKNOWN;
}

void
trias_triad_facts_free (TriasTriadFacts *self)
{
  g_free (self->leader);
  g_free (self->pinned);
  g_ptr_array_unref (self->missing);
  g_free (self);
}

/* --- what a server says of its triad --- */

static gboolean
read_member (TriasTriadFacts *self,
             const TriasJson *json,
             const TriasRelationship *relationship,
             GError **error)
{
  g_auto (TriasJsonReader) reader = { 0 };
  const char *id, *state;
  guint64 match;

  trias_json_reader_init (&reader, json);
  id = trias_json_read_string (&reader, "id", 1, TRIAS_ID_LENGTH);
  state = trias_json_read_string (&reader, "state", 1, MAX_WORD);
  match = (guint64) trias_json_read_natural (&reader, "match");
  if (!trias_json_reader_finish_lenient (&reader, error))
    return FALSE;
  for (guint rank = 0; rank < relationship->members->len; rank++)
    {
      const TriasMember *member = g_ptr_array_index (relationship->members, rank);

      if (strcmp (member->id, id) == 0)
        self->members[rank] = (TriasTriadMemberFacts){ trias_triad_state_from_word (state), match };
    }
  return TRUE;
}

static gboolean
read_missing (TriasTriadFacts *self, const TriasJson *json, GError **error)
{
  g_auto (TriasJsonReader) reader = { 0 };
  const char *from, *to;
  char **link;

  trias_json_reader_init (&reader, json);
  from = trias_json_read_string (&reader, "from", 1, TRIAS_ID_LENGTH);
  to = trias_json_read_string (&reader, "to", 1, TRIAS_ID_LENGTH);
  if (!trias_json_reader_finish_lenient (&reader, error))
    return FALSE;
  link = g_new0 (char *, 3);
  link[0] = g_strdup (from);
  link[1] = g_strdup (to);
  g_ptr_array_add (self->missing, link);
  return TRUE;
}

TriasTriadFacts *
trias_triad_facts_read (const TriasJson *object,
                        const TriasRelationship *relationship,
                        GError **error)
{
  g_autoptr (TriasTriadFacts) self = g_new0 (TriasTriadFacts, 1);
  g_auto (TriasJsonReader) reader = { 0 };
  const TriasJson *members, *missing;

  self->missing = g_ptr_array_new_with_free_func ((GDestroyNotify) g_strfreev);
  trias_json_reader_init (&reader, object);
  self->leader = g_strdup (trias_json_read_string_or (&reader, "leader", TRIAS_ID_LENGTH, NULL));
  self->term = (guint64) trias_json_read_natural (&reader, "term");
  self->index = (guint64) trias_json_read_natural (&reader, "index");
  self->commit = (guint64) trias_json_read_natural (&reader, "commit");
  self->applied = (guint64) trias_json_read_natural (&reader, "applied");
  self->lease_ms = trias_json_read_natural (&reader, "lease_ms");
  self->quorum = trias_json_read_bool (&reader, "quorum");
  self->pinned = g_strdup (trias_json_read_string_or (&reader, "pinned", TRIAS_ID_LENGTH, NULL));
  self->pinned_until = trias_json_read_natural (&reader, "pinned_until");
  members = trias_json_read_array (&reader, "members", TRIAS_MAX_MEMBERS);
  missing = trias_json_read_array_or_null (&reader, "missing", TRIAS_MAX_MEMBERS);
  if (!trias_json_reader_finish_lenient (&reader, error))
    return NULL;
  for (guint i = 0; i < trias_json_length (members); i++)
    if (!read_member (self, trias_json_element (members, i), relationship, error))
      return NULL;
  for (guint i = 0; missing != NULL && i < trias_json_length (missing); i++)
    if (!read_missing (self, trias_json_element (missing, i), error))
      return NULL;
  return g_steal_pointer (&self);
}

/* --- views of members --- */

GPtrArray *
trias_member_statuses_read (const TriasJson *array, GError **error)
{
  g_autoptr (GPtrArray) statuses
      = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_member_status_free);

  for (guint i = 0; array != NULL && i < trias_json_length (array); i++)
    {
      TriasMemberStatus *status = trias_member_status_read (trias_json_element (array, i), error);

      if (status == NULL)
        return NULL;
      g_ptr_array_add (statuses, status);
    }
  return g_steal_pointer (&statuses);
}

const TriasMemberStatus *
trias_member_statuses_find (GPtrArray *statuses, const char *peer)
{
  for (guint i = 0; statuses != NULL && i < statuses->len; i++)
    {
      const TriasMemberStatus *status = g_ptr_array_index (statuses, i);

      if (strcmp (status->peer, peer) == 0)
        return status;
    }
  return NULL;
}

static void
report_free (gpointer data)
{
  TriasMemberReport *self = data;

  g_free (self->member);
  g_clear_pointer (&self->statuses, g_ptr_array_unref);
  g_free (self);
}

static gboolean
read_report (GPtrArray *reports, const TriasJson *json, GError **error)
{
  TriasMemberReport *self = g_new0 (TriasMemberReport, 1);
  g_auto (TriasJsonReader) reader = { 0 };
  const TriasJson *statuses;

  g_ptr_array_add (reports, self);
  trias_json_reader_init (&reader, json);
  self->member = g_strdup (trias_json_read_string (&reader, "member", 1, TRIAS_ID_LENGTH));
  self->as_of = trias_json_read_natural (&reader, "as_of");
  statuses = trias_json_read_array (&reader, "statuses", TRIAS_MAX_MEMBERS);
  if (!trias_json_reader_finish_lenient (&reader, error))
    return FALSE;
  self->statuses = trias_member_statuses_read (statuses, error);
  return self->statuses != NULL;
}

GPtrArray *
trias_member_reports_read (const TriasJson *array, GError **error)
{
  g_autoptr (GPtrArray) reports = g_ptr_array_new_with_free_func (report_free);

  for (guint i = 0; array != NULL && i < trias_json_length (array); i++)
    if (!read_report (reports, trias_json_element (array, i), error))
      return NULL;
  return g_steal_pointer (&reports);
}
