/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-api-private.h"

static void
answer_pools (TriasCall *call)
{
  g_autoptr (GPtrArray) pools = trias_ledger_get_pools (trias_api_ledger (call->api));
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "server", trias_identity_get_id (call->api->identity));
  trias_json_begin_array (writer, "pools");
  for (guint i = 0; i < pools->len; i++)
    trias_pool_write (pools->pdata[i], writer, NULL);
  trias_json_end_array (writer);
  trias_json_end_object (writer);
  trias_call_json (call, 200, writer);
}

static void
on_use_facts (TriasCommandFacts *facts, gpointer user_data)
{
  TriasCall *call = user_data;

  if (trias_call_is_over (call))
    return;
  if (trias_access_allows (call->api->access, TRIAS_SCOPE_USE, facts, NULL))
    answer_pools (call);
  else
    trias_call_refuse (call, TRIAS_REASON_RULE_DENIED,
                       "No rule of this server lets this client use licences from %s",
                       facts->address);
}

void
trias_api_get_pools (TriasCall *call)
{
  TriasAccess *access = call->api->access;

  if (call->admin != NULL)
    {
      answer_pools (call);
      return;
    }
  call->facts = trias_access_facts_of (access, call->request, NULL);
  trias_access_complete_facts (access, TRIAS_SCOPE_USE, call->facts, on_use_facts, call);
}
