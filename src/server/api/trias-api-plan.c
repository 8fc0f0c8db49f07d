/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-api-plan.h"

#include "core/trias-address.h"

#define ADDRESS_BYTES 300
#define CODE_BYTES 200
#define ID_BYTES 64

/* What is asked of relationships in the same words: a server that is to be a member, and answers.
 */

void
trias_api_candidate_free (gpointer data)
{
  TriasPeerCandidate *candidate = data;

  g_free (candidate->address);
  g_free (candidate->fingerprint);
  g_free (candidate->invitation);
  g_free (candidate);
}

/* A fingerprint may stand behind the address or for itself; both must be the same. */
static gboolean
set_address (TriasPeerCandidate *candidate,
             const char *text,
             const char *fingerprint,
             GError **error)
{
  g_autoptr (TriasAddress) address = trias_address_parse (text, error);

  if (address == NULL)
    return FALSE;
  candidate->address = trias_address_to_string (address, FALSE);
  candidate->fingerprint = g_strdup (fingerprint != NULL ? fingerprint : address->fingerprint);
  if (candidate->fingerprint == NULL || trias_id_is_valid (candidate->fingerprint))
    return TRUE;
  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
               "The fingerprint of %s must be 64 hex digits in lower case", text);
  return FALSE;
}

TriasPeerCandidate *
trias_api_read_candidate (const TriasJson *object, GError **error)
{
  TriasPeerCandidate *candidate = g_new0 (TriasPeerCandidate, 1);
  TriasJsonReader reader;
  const char *address, *fingerprint;

  trias_json_reader_init (&reader, object);
  reader.path = "members";
  address = trias_json_read_string (&reader, "address", 1, ADDRESS_BYTES);
  fingerprint = trias_json_read_string_or (&reader, "fingerprint", ID_BYTES, NULL);
  candidate->invitation
      = g_strdup (trias_json_read_string_or (&reader, "invitation", CODE_BYTES, NULL));
  if (trias_json_reader_finish (&reader, error)
      && set_address (candidate, address, fingerprint, error))
    return candidate;
  trias_api_candidate_free (candidate);
  return NULL;
}

/* --- answers --- */

void
trias_api_answer_relationship (TriasCall *call, guint status, gboolean full)
{
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_peer_write (call->api->peer, writer, full);
  trias_call_json (call, status, writer);
}

static gboolean
all_passed (GPtrArray *checks)
{
  for (guint i = 0; i < checks->len; i++)
    {
      const TriasCheck *check = checks->pdata[i];

      if (check->state != TRIAS_CHECK_PASSED && check->state != TRIAS_CHECK_WARNING)
        return FALSE;
    }
  return TRUE;
}

void
trias_api_answer_checks (TriasCall *call, GPtrArray *checks, const TriasProblem *problem)
{
  TriasJsonWriter *writer;

  if (trias_call_is_over (call))
    return;
  if (checks == NULL)
    {
      trias_call_problem (call, trias_problem_copy (problem));
      return;
    }
  writer = trias_json_writer_new ();
  trias_json_begin_object (writer, NULL);
  trias_json_add_bool (writer, "passed", all_passed (checks));
  trias_json_begin_array (writer, "checks");
  for (guint i = 0; i < checks->len; i++)
    trias_check_write (checks->pdata[i], writer, NULL);
  trias_json_end_array (writer);
  trias_json_end_object (writer);
  trias_call_json (call, 200, writer);
}

void
trias_api_answer_done (TriasCall *call, const TriasProblem *problem, guint status)
{
  if (trias_call_is_over (call))
    return;
  if (problem != NULL)
    trias_call_problem (call, trias_problem_copy (problem));
  else if (status == 204)
    trias_call_empty (call);
  else
    trias_api_answer_relationship (call, status, TRUE);
}

const TriasRelationship *
trias_api_demand_relationship (TriasCall *call)
{
  const TriasRelationship *relationship = trias_peer_get_relationship (call->api->peer);

  if (relationship == NULL)
    trias_call_refuse (call, TRIAS_REASON_NOT_RELATED, "This server is in no relationship");
  return relationship;
}
