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
  guint n = trias_relationship_ids (self->changed, ids);

  return trias_license_get_bind (license)[0] != NULL
         && trias_license_is_for_members (license, ids, n);
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

/* --- what the server brings into a triad --- */

/* The servers that are to be members; FALSE if one of them did not say who it is. */
static gboolean
members_to_be (TriasExamination *self, const char *ids[TRIAS_MAX_MEMBERS], guint *n)
{
  ids[0] = self->peer->id;
  *n = 1;
  for (guint i = 0; i < self->runs->len && *n < TRIAS_MAX_MEMBERS; i++)
    {
      const TriasCheckRun *run = g_ptr_array_index (self->runs, i);

      if (run->other == NULL)
        return FALSE;
      ids[(*n)++] = run->other;
    }
  return TRUE;
}

static TriasCheck *
resting_check (TriasExamination *self, TriasLicense *license, const TriasStranded *stranded)
{
  TriasCheck *check = trias_check_new ("resting", self->peer->id, "",
                                       stranded != NULL ? TRIAS_CHECK_FAILED : TRIAS_CHECK_WARNING);

  trias_check_param (check, "server_name", self->peer->name);
  trias_check_param (check, "license", trias_license_get_id (license));
  if (stranded == NULL)
    {
      trias_check_set_detail (check,
                              "The licence '%s' is bound to the server '%s' alone and does not "
                              "serve in a triad; install one for the three servers.",
                              trias_license_get_id (license), self->peer->name);
      return check;
    }
  check->reason_code = TRIAS_REASON_CONFLICT;
  trias_check_param (check, "feature", stranded->feature);
  trias_check_param_int (check, "used", (gint64) stranded->used);
  trias_check_param_int (check, "seats", (gint64) stranded->seats);
  trias_check_set_detail (
      check,
      "The licence '%s' is bound to the server '%s' alone and does not serve in a triad: "
      "%" G_GUINT64_FORMAT " seats of '%s' are in use, and the triad would have %" G_GUINT64_FORMAT
      ". Install one for the three servers, or wait until the seats are given back.",
      trias_license_get_id (license), self->peer->name, stranded->used, stranded->feature,
      stranded->seats);
  return check;
}

void
trias_examination_add_resting (TriasExamination *self, GPtrArray *checks)
{
  TriasLedger *ledger = trias_keeper_get_ledger (self->peer->keeper);
  g_autoptr (GPtrArray) licenses = trias_ledger_get_licenses (ledger);
  const char *ids[TRIAS_MAX_MEMBERS];
  guint n;

  if (!members_to_be (self, ids, &n))
    return;
  for (guint i = 0; i < licenses->len; i++)
    {
      TriasLicense *license = ((TriasLedgerLicense *) g_ptr_array_index (licenses, i))->license;
      TriasStranded stranded;
      gboolean found;

      if (!trias_ledger_is_own_license (ledger, license))
        continue;
      found = trias_ledger_find_stranded (ledger, license, ids, n, &stranded);
      g_ptr_array_add (checks, resting_check (self, license, found ? &stranded : NULL));
    }
}

/* --- both --- */

void
trias_examination_add_change (TriasExamination *self, GPtrArray *checks)
{
  if (self->leaving != NULL)
    add_leaving (self, checks);
  add_bound (self, checks);
}
