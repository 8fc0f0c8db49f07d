/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-api-private.h"

const char *
trias_api_bearer (TriasHttpRequest *request)
{
  const char *header = trias_http_header (request, "Authorization");
  gsize length = strlen ("Bearer ");

  if (header == NULL || g_ascii_strncasecmp (header, "Bearer ", length) != 0)
    return NULL;
  return header + length;
}

static void
refuse_token (TriasCall *call)
{
  trias_call_problem_header (call,
                             trias_problem_new (TRIAS_REASON_UNAUTHENTICATED,
                                                "Sign in as an administrator of this server: the "
                                                "token is missing, unknown or has expired"),
                             "WWW-Authenticate", "Bearer");
}

static void
on_admin_facts (TriasCommandFacts *facts, gpointer user_data)
{
  TriasCall *call = user_data;

  if (trias_call_is_over (call))
    return;
  if (trias_access_allows (call->api->access, TRIAS_SCOPE_ADMINISTER, facts, NULL))
    call->handler (call);
  else
    trias_call_refuse (call, TRIAS_REASON_RULE_DENIED,
                       "No rule of this server lets %s administer it from %s", call->admin,
                       facts->address);
}

void
trias_api_call_admin (TriasCall *call)
{
  TriasApi *api = call->api;
  const char *token = trias_api_bearer (call->request);
  const char *name = token != NULL ? trias_tokens_check (api->tokens, token) : NULL;

  if (name == NULL)
    {
      refuse_token (call);
      return;
    }
  call->admin = g_strdup (name);
  call->facts = trias_access_facts_of (api->access, call->request, name);
  trias_access_complete_facts (api->access, TRIAS_SCOPE_ADMINISTER, call->facts, on_admin_facts,
                               call);
}

void
trias_api_call_either (TriasCall *call)
{
  if (trias_http_header (call->request, "Authorization") != NULL)
    trias_api_call_admin (call);
  else
    call->handler (call);
}

void
trias_api_call_anyone (TriasCall *call)
{
  call->handler (call);
}
