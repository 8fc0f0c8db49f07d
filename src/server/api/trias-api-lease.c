/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-api-lease.h"

void
trias_api_write_lease (TriasApi *self, const TriasLease *lease, TriasJsonWriter *writer)
{
  g_autofree char *epoch = trias_api_epoch (self);

  trias_json_begin_object (writer, NULL);
  trias_lease_write_members (lease, writer);
  trias_json_add_string (writer, "server", trias_identity_get_id (self->identity));
  trias_json_add_string (writer, "epoch", epoch);
  trias_json_add_int (writer, "left_ms", trias_keeper_lease_left (self->keeper, lease->id));
  trias_json_add_string (writer, "contact",
                         trias_ledger_get_settings (trias_api_ledger (self))->contact);
  trias_json_end_object (writer);
}

void
trias_api_answer_lease (TriasCall *call, guint status, const TriasLease *lease)
{
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_api_write_lease (call->api, lease, writer);
  trias_call_json (call, status, writer);
}

gboolean
trias_api_demand_key (TriasCall *call)
{
  if (trias_http_peer_key (call->request) != NULL)
    return TRUE;
  trias_call_refuse (call, TRIAS_REASON_UNAUTHENTICATED,
                     "A client key is needed: connect with a TLS client certificate");
  return FALSE;
}

/* A problem whose status is the redirect's own, not that of the reason. */
static void
answer_redirect (TriasCall *call, const char *base)
{
  g_autofree char *location = g_strconcat (base, trias_http_path (call->request), NULL);
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autofree char *text = NULL;
  gsize length;

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "type", "urn:trias:problem:not-active");
  trias_json_add_string (writer, "title", trias_reason_title (TRIAS_REASON_NOT_ACTIVE));
  trias_json_add_int (writer, "status", 307);
  trias_json_add_string (writer, "detail",
                         "The partner of this server serves this request; ask "
                         "it at the address of the header Location");
  trias_json_add_string (writer, "reason", trias_reason_to_word (TRIAS_REASON_NOT_ACTIVE));
  trias_json_end_object (writer);
  text = trias_json_writer_end (writer, &length);
  trias_http_respond_header (call->request, 307, "Location", location, "application/problem+json",
                             text, length);
  trias_call_free (call);
}

gboolean
trias_api_route_call (TriasCall *call, const char *feature, const char *id, TriasRoute *route)
{
  g_autofree char *location = NULL;
  const char *cannot_reach = trias_http_header (call->request, "Trias-Cannot-Reach");
  const char *why = NULL;

  *route = trias_peer_route (call->api->peer, feature, id, trias_http_peer_key (call->request),
                             cannot_reach, &location);
  if (*route == TRIAS_ROUTE_SERVE || *route == TRIAS_ROUTE_RESUME)
    return TRUE;
  if (*route == TRIAS_ROUTE_ELECTION && trias_api_wait (call))
    return FALSE;
  if (*route == TRIAS_ROUTE_REDIRECT && location != NULL)
    answer_redirect (call, location);
  else if (*route == TRIAS_ROUTE_NO_QUORUM)
    {
      trias_peer_get_serving (call->api->peer, &why);
      trias_call_problem_header (call, trias_problem_new (TRIAS_REASON_NO_QUORUM, "%s", why),
                                 "Retry-After", "1");
    }
  else if (trias_keeper_is_triad (call->api->keeper))
    trias_call_problem_header (call,
                               trias_problem_new (TRIAS_REASON_NOT_ACTIVE,
                                                  "Another server of the triad is active, or just "
                                                  "becoming so; ask again in a moment"),
                               "Retry-After", "1");
  else
    trias_call_problem_header (call,
                               trias_problem_new (TRIAS_REASON_NOT_ACTIVE,
                                                  "This server takes in what its partner recorded; "
                                                  "ask again in a moment"),
                               "Retry-After", "1");
  return FALSE;
}
