/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger/trias-ledger-private.h"

#include <string.h>

static void
relationship_event (TriasApply *apply, const char *kind, const TriasRelationship *relationship)
{
  TriasEvent *event = trias_apply_event (apply, kind, relationship->id);

  trias_event_param (event, "name", relationship->name);
  trias_event_param (event, "kind", trias_kind_to_word (relationship->kind));
  trias_event_param_uint (event, "incarnation", relationship->incarnation);
}

static gboolean
same_relationship (const TriasRelationship *a, const TriasRelationship *b)
{
  g_autoptr (GBytes) one = trias_record_encode_relationship (a);
  g_autoptr (GBytes) other = trias_record_encode_relationship (b);

  return g_bytes_equal (one, other);
}

static void
keep_relationship (TriasApply *apply, const char *event)
{
  TriasLedger *self = apply->ledger;
  TriasRelationship *relationship = trias_relationship_copy (apply->command->relationship);

  g_clear_pointer (&self->relationship, trias_relationship_free);
  self->relationship = relationship;
  trias_apply_change (apply, TRIAS_RECORD_RELATIONSHIP, TRIAS_KEY_RELATIONSHIP,
                      trias_record_encode_relationship (relationship), FALSE);
  relationship_event (apply, event, relationship);
}

/* Whether an incarnation of @wanted as high was lived through already. */
static gboolean
is_past (TriasLedger *self, const TriasRelationship *wanted)
{
  if (self->relationship != NULL)
    return wanted->incarnation <= self->relationship->incarnation;
  return strcmp (self->ended_relationship, wanted->id) == 0
         && wanted->incarnation <= self->ended_incarnation;
}

void
trias_ledger_apply_seal (TriasApply *apply)
{
  TriasLedger *self = apply->ledger;
  const TriasRelationship *present = self->relationship;
  const TriasRelationship *wanted = apply->command->relationship;

  if (present != NULL && same_relationship (present, wanted))
    apply->outcome->repeated = TRUE;
  else if (trias_relationship_find (wanted, self->server_id) == NULL)
    trias_apply_refuse (apply, TRIAS_REASON_BAD_REQUEST,
                        "This server is no member of the relationship “%s”.", wanted->name);
  else if (present != NULL && strcmp (present->id, wanted->id) != 0)
    trias_apply_refuse (apply, TRIAS_REASON_ALREADY_RELATED,
                        "This server belongs to the relationship “%s”; dissolve that one first.",
                        present->name);
  else if (is_past (self, wanted))
    trias_apply_refuse (apply, TRIAS_REASON_EPOCH,
                        "Incarnation %" G_GUINT64_FORMAT " of the relationship “%s” is past.",
                        wanted->incarnation, wanted->name);
  else
    keep_relationship (apply, "relationship-sealed");
}

static gboolean
same_members (const TriasRelationship *a, const TriasRelationship *b)
{
  if (a->kind != b->kind || a->members->len != b->members->len)
    return FALSE;
  for (guint i = 0; i < a->members->len; i++)
    {
      const TriasMember *one = g_ptr_array_index (a->members, i);
      const TriasMember *other = g_ptr_array_index (b->members, i);

      if (strcmp (one->id, other->id) != 0)
        return FALSE;
    }
  return TRUE;
}

void
trias_ledger_apply_set_options (TriasApply *apply)
{
  const TriasRelationship *present = apply->ledger->relationship;
  const TriasRelationship *wanted = apply->command->relationship;

  if (present == NULL || strcmp (present->id, wanted->id) != 0)
    trias_apply_refuse (apply, TRIAS_REASON_NOT_RELATED,
                        "This server does not belong to the relationship “%s”.", wanted->name);
  else if (wanted->incarnation != present->incarnation)
    trias_apply_refuse (apply, TRIAS_REASON_EPOCH,
                        "The relationship “%s” has been formed anew meanwhile; look at it again.",
                        present->name);
  else if (!same_members (present, wanted))
    trias_apply_refuse (apply, TRIAS_REASON_CONFLICT,
                        "Other members need the relationship “%s” to be formed anew.",
                        present->name);
  else if (same_relationship (present, wanted))
    apply->outcome->repeated = TRUE;
  else
    keep_relationship (apply, "relationship-changed");
}

void
trias_ledger_apply_dissolve (TriasApply *apply)
{
  TriasLedger *self = apply->ledger;
  g_autoptr (TriasRelationship) present = NULL;

  if (self->relationship == NULL && strcmp (self->ended_relationship, apply->command->id) == 0)
    {
      apply->outcome->repeated = TRUE;
      return;
    }
  if (self->relationship == NULL || strcmp (self->relationship->id, apply->command->id) != 0)
    {
      trias_apply_refuse (apply, TRIAS_REASON_NOT_RELATED,
                          "This server does not belong to that relationship.");
      return;
    }
  present = g_steal_pointer (&self->relationship);
  g_free (self->ended_relationship);
  self->ended_relationship = g_strdup (present->id);
  self->ended_incarnation = present->incarnation;
  trias_apply_change (apply, TRIAS_RECORD_RELATIONSHIP, TRIAS_KEY_RELATIONSHIP, NULL, FALSE);
  relationship_event (apply, "relationship-dissolved", present);
}
