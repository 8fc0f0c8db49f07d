/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-examine-private.h"

/* The part of a check that is about a triad which goes on with other members. */

/* Only where nothing is lost it may be left out: who is gone for good is not asked. */
static void
add_leaving (TriasExamination *self, GPtrArray *checks)
{
  const TriasMember *member = trias_relationship_find (self->changed, self->leaving);
  TriasCheck *check
      = trias_check_new ("leaving", self->leaving, self->peer->id, TRIAS_CHECK_PASSED);

  trias_check_param (check, "server_name", member->name);
  trias_check_param (check, "peer_name", self->peer->name);
  trias_check_param (check, "address", member->addresses[0]);
  trias_check_set_detail (
      check,
      "The server '%s' is no longer a member afterwards and goes on alone, with "
      "nothing but what is its own; it learns of it when it is reached.",
      member->name);
  g_ptr_array_add (checks, check);
}

/* A licence that is bound to the three servers serves only them. */
static gboolean
is_bound_to_them (TriasExamination *self, TriasLicense *license)
{
  const char *ids[TRIAS_MAX_MEMBERS];

  if (trias_license_get_bind (license)[0] == NULL)
    return FALSE;
  for (guint i = 0; i < self->changed->members->len; i++)
    ids[i] = ((TriasMember *) g_ptr_array_index (self->changed->members, i))->id;
  return trias_license_is_for_members (license, ids, self->changed->members->len);
}

static void
add_bound (TriasExamination *self, GPtrArray *checks)
{
  g_autoptr (GPtrArray) licenses
      = trias_ledger_get_licenses (trias_keeper_get_ledger (self->peer->keeper));

  for (guint i = 0; i < licenses->len; i++)
    {
      TriasLicense *license = ((TriasLedgerLicense *) g_ptr_array_index (licenses, i))->license;
      TriasCheck *check;

      if (!is_bound_to_them (self, license))
        continue;
      check = trias_check_new ("bound", self->peer->id, "", TRIAS_CHECK_WARNING);
      trias_check_param (check, "server_name", self->peer->name);
      trias_check_param (check, "license", trias_license_get_id (license));
      trias_check_set_detail (check,
                              "The licence '%s' is bound to the three present members; it is not "
                              "served any more afterwards. Install one for the new members.",
                              trias_license_get_id (license));
      g_ptr_array_add (checks, check);
    }
}

void
trias_examination_add_change (TriasExamination *self, GPtrArray *checks)
{
  if (self->leaving != NULL)
    add_leaving (self, checks);
  add_bound (self, checks);
}
