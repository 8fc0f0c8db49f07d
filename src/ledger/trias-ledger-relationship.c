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
  g_autoptr (GBytes) one = trias_record_encode_relationship (a, NULL, 0);
  g_autoptr (GBytes) other = trias_record_encode_relationship (b, NULL, 0);

  return g_bytes_equal (one, other);
}

static gboolean
is_triad (const TriasRelationship *relationship)
{
  return relationship != NULL && relationship->kind == TRIAS_KIND_TRIAD;
}

void
trias_ledger_put_relationship (TriasLedger *self,
                               TriasRelationship *relationship,
                               char *pinned,
                               gint64 pinned_until)
{
  gboolean bound = is_triad (self->relationship) || is_triad (relationship);

  g_clear_pointer (&self->relationship, trias_relationship_free);
  self->relationship = relationship;
  g_free (self->pinned);
  self->pinned = pinned != NULL && pinned[0] != '\0' ? pinned : NULL;
  self->pinned_until = self->pinned != NULL ? pinned_until : 0;
  if (self->pinned == NULL)
    g_free (pinned);
  /* Who belongs together decides which licences serve. */
  if (bound)
    trias_ledger_resource_licenses (self);
}

GBytes *
trias_ledger_encode_relationship (TriasLedger *self)
{
  return trias_record_encode_relationship (self->relationship, self->pinned, self->pinned_until);
}

/* Tells of the relationship as it stands now. */
static void
change_relationship (TriasApply *apply)
{
  TriasLedger *self = apply->ledger;

  trias_apply_change (apply, TRIAS_RECORD_RELATIONSHIP, TRIAS_KEY_RELATIONSHIP,
                      self->relationship != NULL ? trias_ledger_encode_relationship (self) : NULL,
                      FALSE);
}

static void
keep_relationship (TriasApply *apply, const char *event, gboolean keep_pin)
{
  TriasLedger *self = apply->ledger;
  TriasRelationship *relationship = trias_relationship_copy (apply->command->relationship);

  trias_ledger_put_relationship (
      self, relationship, keep_pin ? g_steal_pointer (&self->pinned) : NULL, self->pinned_until);
  change_relationship (apply);
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

/* How many members of @a are members of @b. */
static guint
count_common (const TriasRelationship *a, const TriasRelationship *b)
{
  guint n = 0;

  for (guint i = 0; i < a->members->len; i++)
    n += trias_relationship_find (b, ((const TriasMember *) g_ptr_array_index (a->members, i))->id)
         != NULL;
  return n;
}

static gboolean
members_are_distinct (const TriasRelationship *wanted)
{
  for (guint i = 0; i < wanted->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (wanted->members, i);

      /* It finds the first of that id. */
      if (trias_relationship_find (wanted, member->id) != member)
        return FALSE;
    }
  return wanted->members->len == trias_kind_n_members (wanted->kind);
}

/* What becomes of a triad, another one or a pair of two of its members, is decided by what its
 * members all know: their log must do the same to each, also to one that leaves. */
static gboolean
check_next_triad (TriasApply *apply,
                  const TriasRelationship *present,
                  const TriasRelationship *wanted)
{
  if (count_common (present, wanted) >= 2)
    return TRUE;
  trias_apply_refuse (apply, TRIAS_REASON_CONFLICT,
                      "At least two members of the triad “%s” must stay in it.", present->name);
  return FALSE;
}

/* A server that decides alone, or for its pair, becomes a member itself. */
static gboolean
check_own (TriasApply *apply, const TriasRelationship *present, const TriasRelationship *wanted)
{
  const char *own = apply->ledger->server_id;

  if (trias_relationship_find (wanted, own) == NULL)
    trias_apply_refuse (apply, TRIAS_REASON_BAD_REQUEST,
                        "This server is no member of the relationship “%s”.", wanted->name);
  else if (present == NULL || strcmp (present->id, wanted->id) != 0
           || wanted->kind != TRIAS_KIND_TRIAD)
    return TRUE;
  else if (trias_relationship_role (present, own) != TRIAS_ROLE_MAIN)
    trias_apply_refuse (apply, TRIAS_REASON_CONFLICT,
                        "Only the main server of the pair “%s” can make a triad of it.",
                        present->name);
  else if (count_common (present, wanted) < present->members->len)
    trias_apply_refuse (apply, TRIAS_REASON_CONFLICT,
                        "Both servers of the pair “%s” must be members of the triad.",
                        present->name);
  else
    return TRUE;
  return FALSE;
}

/* A triad takes no lease that its licences have no seat for because a seat of this server alone is
 * behind it (why: trias-ledger-stranded.c). */
static gboolean
check_stranded (TriasApply *apply, const TriasRelationship *wanted)
{
  TriasLedger *self = apply->ledger;
  g_autoptr (GPtrArray) licenses = trias_ledger_get_licenses (self);
  const char *ids[TRIAS_MAX_MEMBERS];
  guint n = trias_relationship_ids (wanted, ids);

  for (guint i = 0; wanted->kind == TRIAS_KIND_TRIAD && i < licenses->len; i++)
    {
      TriasLicense *license = ((TriasLedgerLicense *) g_ptr_array_index (licenses, i))->license;
      TriasStranded stranded;

      if (!trias_ledger_is_own_license (self, license)
          || !trias_ledger_find_stranded (self, license, ids, n, &stranded))
        continue;
      trias_apply_refuse (
          apply, TRIAS_REASON_CONFLICT,
          "%" G_GUINT64_FORMAT
          " seats of “%s” are in use, and the triad would have %" G_GUINT64_FORMAT
          ": the licence “%s” is bound to this server alone and does not serve in "
          "a triad. Install one for the three servers, or wait until the seats are given back.",
          stranded.used, stranded.feature, stranded.seats, trias_license_get_id (license));
      return FALSE;
    }
  return TRUE;
}

/* Of a triad that goes on: who is no longer a member, and who has its rank now. */
static void
tell_replaced (TriasApply *apply, const TriasRelationship *present, const TriasRelationship *wanted)
{
  for (guint rank = 0; is_triad (present) && is_triad (wanted) && rank < present->members->len;
       rank++)
    {
      const TriasMember *former = g_ptr_array_index (present->members, rank);
      const TriasMember *next = g_ptr_array_index (wanted->members, rank);
      TriasEvent *event;

      if (trias_relationship_find (wanted, former->id) != NULL)
        continue;
      event = trias_apply_event (apply, "member-replaced", former->id);
      trias_event_param (event, "name", former->name);
      trias_event_param (event, "by", next->id);
      trias_event_param (event, "peer", next->name);
    }
}

void
trias_ledger_apply_seal (TriasApply *apply)
{
  TriasLedger *self = apply->ledger;
  const TriasRelationship *present = self->relationship;
  const TriasRelationship *wanted = apply->command->relationship;

  if (present != NULL && same_relationship (present, wanted))
    apply->outcome->repeated = TRUE;
  else if (!members_are_distinct (wanted))
    trias_apply_refuse (apply, TRIAS_REASON_BAD_REQUEST,
                        "The members of the relationship “%s” are not %u different servers.",
                        wanted->name, trias_kind_n_members (wanted->kind));
  else if (present != NULL && strcmp (present->id, wanted->id) != 0)
    trias_apply_refuse (apply, TRIAS_REASON_ALREADY_RELATED,
                        "This server belongs to the relationship “%s”; dissolve that one first.",
                        present->name);
  else if (is_triad (present) ? !check_next_triad (apply, present, wanted)
                              : !check_own (apply, present, wanted))
    return;
  else if (is_past (self, wanted))
    trias_apply_refuse (apply, TRIAS_REASON_EPOCH,
                        "Incarnation %" G_GUINT64_FORMAT " of the relationship “%s” is past.",
                        wanted->incarnation, wanted->name);
  else if (is_triad (present) || check_stranded (apply, wanted))
    {
      tell_replaced (apply, present, wanted);
      keep_relationship (apply, "relationship-sealed", FALSE);
    }
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
  else if (is_triad (present) && present->options.profile != wanted->options.profile)
    /* Their leases hold only while all three count with the same time-out. */
    trias_apply_refuse (apply, TRIAS_REASON_CONFLICT,
                        "The network profile of the triad “%s” is fixed while it exists; dissolve "
                        "it and set it up anew to change that.",
                        present->name);
  else if (same_relationship (present, wanted))
    apply->outcome->repeated = TRUE;
  else
    keep_relationship (apply, "relationship-changed", TRUE);
}

/* --- the end --- */

static gboolean
check_keep (TriasApply *apply, const TriasRelationship *present)
{
  const char *keep = apply->command->keep != NULL ? apply->command->keep : "";

  if (!is_triad (present) || trias_relationship_find (present, keep) != NULL)
    return TRUE;
  trias_apply_refuse (apply, TRIAS_REASON_BAD_REQUEST,
                      "Say which server of “%s” keeps the licences that are bound to none of them.",
                      present->name);
  return FALSE;
}

static void
end_relationship (TriasLedger *self, const char *keep)
{
  g_free (self->ended_relationship);
  self->ended_relationship = g_strdup (self->relationship->id);
  self->ended_incarnation = self->relationship->incarnation;
  g_free (self->ended_keep);
  self->ended_keep = g_strdup (is_triad (self->relationship) ? keep : "");
  trias_ledger_put_relationship (self, NULL, NULL, 0);
}

void
trias_ledger_apply_dissolve (TriasApply *apply)
{
  TriasLedger *self = apply->ledger;
  const TriasRelationship *present = self->relationship;
  const char *keep = apply->command->keep;

  if (present == NULL && strcmp (self->ended_relationship, apply->command->id) == 0)
    apply->outcome->repeated = TRUE;
  else if (present == NULL || strcmp (present->id, apply->command->id) != 0)
    trias_apply_refuse (apply, TRIAS_REASON_NOT_RELATED,
                        "This server does not belong to that relationship.");
  else if (check_keep (apply, present))
    {
      relationship_event (apply, "relationship-dissolved", present);
      end_relationship (self, keep);
      change_relationship (apply);
    }
}

static void
leave_leases (TriasApply *apply)
{
  TriasLedger *self = apply->ledger;
  const TriasLeaseEntry *entry;
  const TriasTombstone *tombstone;

  while ((entry = trias_order_first (self->lease_order)) != NULL)
    {
      g_autofree char *id = g_strdup (entry->lease->id);

      trias_ledger_drop_lease (self, id);
      trias_apply_change (apply, TRIAS_RECORD_LEASE, id, NULL, TRUE);
    }
  while ((tombstone = trias_order_first (self->tombstone_order)) != NULL)
    {
      g_autofree char *id = g_strdup (tombstone->id);

      trias_ledger_drop_tombstone (self, id);
      trias_apply_change (apply, TRIAS_RECORD_TOMBSTONE, id, NULL, TRUE);
    }
}

static void
leave_licenses (TriasApply *apply)
{
  TriasLedger *self = apply->ledger;
  g_autoptr (GPtrArray) licenses = trias_ledger_get_licenses (self);

  for (guint i = 0; i < licenses->len; i++)
    {
      TriasLicense *license = ((TriasLedgerLicense *) g_ptr_array_index (licenses, i))->license;
      g_autofree char *id = g_strdup (trias_license_get_id (license));

      if (trias_ledger_is_own_license (self, license))
        continue;
      trias_ledger_drop_license (self, id);
      trias_apply_change (apply, TRIAS_RECORD_LICENSE, id, NULL, TRUE);
    }
}

static TriasRole
own_role (TriasLedger *self)
{
  return self->relationship != NULL ? trias_relationship_role (self->relationship, self->server_id)
                                    : TRIAS_ROLE_SINGLE;
}

/* Whether all of this ledger stays this server's: the triad goes on with it, or it is the main
 * server of the pair that the triad became. */
static gboolean
keeps_all (TriasLedger *self)
{
  TriasRole role = own_role (self);

  return role != TRIAS_ROLE_SINGLE && role != TRIAS_ROLE_BACKUP;
}

GPtrArray *
trias_ledger_leave (TriasLedger *self, gboolean left_out)
{
  TriasOutcome outcome
      = { .changes = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_change_free) };
  TriasApply apply = { .ledger = self, .outcome = &outcome };

  if (!left_out && keeps_all (self))
    return outcome.changes;
  /* The others went on without this server. */
  if (self->relationship != NULL && (left_out || own_role (self) == TRIAS_ROLE_SINGLE))
    {
      end_relationship (self, "");
      change_relationship (&apply);
    }
  if (self->relationship != NULL || strcmp (self->ended_keep, self->server_id) != 0)
    {
      leave_leases (&apply);
      leave_licenses (&apply);
    }
  if (apply.replicated)
    self->revision++;
  trias_apply_change (&apply, TRIAS_RECORD_META, TRIAS_KEY_META, trias_ledger_encode_meta (self),
                      FALSE);
  return outcome.changes;
}

/* --- which member stays active --- */

static void
set_pin (TriasApply *apply, const char *member, gint64 until)
{
  TriasLedger *self = apply->ledger;
  TriasEvent *event;

  event = trias_apply_event (apply, member[0] != '\0' ? "active-pinned" : "active-unpinned",
                             self->relationship->id);
  trias_event_param (event, "name", self->relationship->name);
  if (member[0] != '\0')
    {
      trias_event_param (event, "member", member);
      trias_event_param (event, "peer", trias_relationship_find (self->relationship, member)->name);
    }
  g_free (self->pinned);
  self->pinned = member[0] != '\0' ? g_strdup (member) : NULL;
  self->pinned_until = self->pinned != NULL ? until : 0;
  change_relationship (apply);
}

void
trias_ledger_end_pin (TriasApply *apply)
{
  if (apply->ledger->time >= apply->ledger->pinned_until)
    set_pin (apply, "", 0);
}

void
trias_ledger_apply_pin (TriasApply *apply)
{
  TriasLedger *self = apply->ledger;
  const TriasRelationship *present = self->relationship;
  const char *member = apply->command->key_id;
  gint64 until = apply->command->until;
  TriasRole role;

  if (!is_triad (present) || strcmp (present->id, apply->command->id) != 0)
    {
      trias_apply_refuse (apply, TRIAS_REASON_NOT_RELATED,
                          "This server does not belong to that triad.");
      return;
    }
  role = trias_relationship_role (present, member);
  if (member[0] != '\0' && role != TRIAS_ROLE_PRIMARY && role != TRIAS_ROLE_SECONDARY)
    trias_apply_refuse (apply, TRIAS_REASON_BAD_REQUEST,
                        "Only the primary or the secondary server of “%s” can be active.",
                        present->name);
  else if (member[0] != '\0' && until <= self->time)
    trias_apply_refuse (apply, TRIAS_REASON_BAD_REQUEST, "The time until which is past.");
  else if (g_strcmp0 (self->pinned != NULL ? self->pinned : "", member) == 0
           && (member[0] == '\0' || self->pinned_until == until))
    apply->outcome->repeated = TRUE;
  else
    set_pin (apply, member, until);
}
