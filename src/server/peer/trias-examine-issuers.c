/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-examine-private.h"

/* Whether the other server has the keys of the issuers whose licences are installed here. Keys come
 * from a folder of root's on each server and from nowhere else, so a member may lack one: it takes
 * the licences over and cannot verify them when it serves them. */

/* Fingerprint that it told for the issuer @name; %NULL if it has none. */
static const char *
find_told (const TriasJson *issuers, const char *name)
{
  for (guint i = 0; i < trias_json_length (issuers); i++)
    {
      TriasJsonReader reader;
      const char *told, *fingerprint;

      trias_json_reader_init (&reader, trias_json_element (issuers, i));
      told = trias_json_read_string (&reader, "name", 1, 64);
      fingerprint = trias_json_read_string (&reader, "fingerprint", 64, 64);
      if (trias_json_reader_finish_lenient (&reader, NULL) && strcmp (told, name) == 0)
        return fingerprint;
    }
  return NULL;
}

/* The first issuer of a licence here that the other one does not know by the same key. */
static const char *
find_missing (TriasCheckRun *run, GPtrArray *licenses, const TriasJson *issuers)
{
  for (guint i = 0; i < licenses->len; i++)
    {
      TriasLicense *license = ((TriasLedgerLicense *) g_ptr_array_index (licenses, i))->license;
      const char *name = trias_license_get_issuer (license);
      g_autofree char *own = trias_issuers_fingerprint (run->peer->issuers, name);

      /* What this server cannot verify either is told by its own alerts. */
      if (own != NULL && g_strcmp0 (own, find_told (issuers, name)) != 0)
        return name;
    }
  return NULL;
}

void
trias_check_run_add_issuers (TriasCheckRun *run, const TriasJson *issuers)
{
  g_autoptr (GPtrArray) licenses
      = trias_ledger_get_licenses (trias_keeper_get_ledger (run->peer->keeper));
  const char *missing;
  TriasCheck *check;

  if (run->peer->issuers == NULL)
    return;
  trias_peer_read_issuers (run->peer);
  missing = find_missing (run, licenses, issuers);
  check = trias_check_run_add (run, "issuers", TRUE, TRIAS_CHECK_PASSED);
  if (missing == NULL)
    {
      trias_check_set_detail (check, "The server '%s' has the keys of all issuers of licences.",
                              run->other_name);
      return;
    }
  /* The servers of a pair serve different licences: there it is no more than a hint. */
  check->state
      = run->examination->kind == TRIAS_KIND_TRIAD ? TRIAS_CHECK_FAILED : TRIAS_CHECK_WARNING;
  check->reason_code = TRIAS_REASON_CHECK_FAILED;
  trias_check_param (check, "issuer", missing);
  trias_check_set_detail (check,
                          "The server '%s' does not have the public key of the issuer '%s' (or "
                          "another one by that name), so it cannot verify that issuer's licences. "
                          "Put %s.pub into its folder of issuers as root and check again.",
                          run->other_name, missing, missing);
}
