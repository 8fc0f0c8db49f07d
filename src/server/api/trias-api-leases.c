/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-api-lease.h"

/* A request for a lease. The strings belong to the call's body and facts, or to @kept. */
typedef struct
{
  TriasLease lease;
  TriasLease *kept; /* (owned) (nullable) as the partner's ledger has it */
  TriasRoute route;
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  trias_lease_free (request->kept);
  g_free (request);
}

static const TriasLease *
request_lease (const Request *request)
{
  return request->kept != NULL ? request->kept : &request->lease;
}

static gboolean
is_denial (TriasReason reason)
{
  return reason >= TRIAS_REASON_NO_SEATS && reason <= TRIAS_REASON_VERSION;
}

static void
refuse_lease (TriasCall *call, const TriasOutcome *outcome)
{
  const Request *request = call->data;
  const char *contact = trias_ledger_get_settings (trias_api_ledger (call->api))->contact;
  const char *detail
      = outcome->detail != NULL ? outcome->detail : trias_reason_title (outcome->reason);
  TriasProblem *problem = trias_problem_new (outcome->reason, "%s", detail);

  if (is_denial (outcome->reason))
    {
      const TriasLease *lease = request_lease (request);

      trias_api_deny (call->api, outcome->reason, detail, lease, call->facts);
      trias_problem_param (problem, "feature", lease->feature);
      if (contact[0] != '\0')
        trias_problem_param (problem, "contact", contact);
    }
  trias_call_problem (call, problem);
}

static void
on_granted (const TriasOutcome *outcome, gpointer user_data)
{
  TriasCall *call = user_data;
  gboolean renewal;

  if (trias_call_is_over (call) || trias_api_wait_again (call, outcome))
    return;
  if (outcome->reason != TRIAS_REASON_NONE)
    {
      refuse_lease (call, outcome);
      return;
    }
  renewal = ((const Request *) call->data)->kept != NULL;
  trias_peer_lease_moved_here (call->api->peer, outcome->lease->id);
  trias_api_answer_lease (call, outcome->repeated || renewal ? 200 : 201, outcome->lease);
}

static void
on_use_facts (TriasCommandFacts *facts, gpointer user_data)
{
  TriasCall *call = user_data;
  const Request *request;
  const TriasLease *lease;
  TriasFacts view = trias_access_facts_view (facts);
  gint64 now;

  if (trias_call_is_over (call))
    return;
  request = call->data;
  lease = request_lease (request);
  now = trias_keeper_now (call->api->keeper);
  trias_api_submit (call,
                    request->route == TRIAS_ROUTE_RESUME ? trias_command_resume (now, lease, &view)
                                                         : trias_command_grant (now, lease, &view),
                    on_granted);
}

static void
take_lease (TriasCall *call)
{
  TriasApi *self = call->api;

  trias_access_complete_facts (self->access, TRIAS_SCOPE_USE, call->facts, on_use_facts, call);
}

/* --- POST /leases --- */

#define NAME_BYTES 64
#define CLAIM_BYTES 256

static gboolean
read_holder (TriasCall *call, TriasHolder *holder, const TriasJson *object)
{
  TriasJsonReader reader;

  holder->user = holder->host = holder->device = (char *) "";
  if (object == NULL)
    return TRUE;
  trias_json_reader_init (&reader, object);
  reader.path = "holder";
  holder->user = (char *) trias_json_read_string_or (&reader, "user", CLAIM_BYTES, "");
  holder->host = (char *) trias_json_read_string_or (&reader, "host", CLAIM_BYTES, "");
  holder->device = (char *) trias_json_read_string_or (&reader, "device", CLAIM_BYTES, "");
  return trias_call_read_end (call, &reader);
}

static gboolean
read_lease (TriasCall *call, TriasLease *lease)
{
  TriasJsonReader reader;
  const TriasJson *holder;

  if (!trias_call_read (call, &reader))
    return FALSE;
  lease->id = (char *) trias_json_read_string (&reader, "id", 16, 64);
  lease->feature = (char *) trias_json_read_string (&reader, "feature", 1, NAME_BYTES);
  lease->product = (char *) trias_json_read_string_or (&reader, "product", NAME_BYTES, "");
  lease->count = (guint) trias_json_read_int_or (&reader, "count", 1, TRIAS_LEASE_MAX_COUNT, 1);
  lease->ttl_s = (guint) trias_json_read_int_or (&reader, "ttl_s", TRIAS_LEASE_MIN_TTL_S,
                                                 TRIAS_LEASE_MAX_TTL_S, 0);
  holder = trias_json_read_object_or_null (&reader, "holder");
  if (lease->id != NULL && !trias_lease_id_is_valid (lease->id))
    trias_json_reader_fail (&reader, "id", "must be 16 to 64 of A-Z, a-z, 0-9, . _ and -");
  return trias_call_read_end (call, &reader) && read_holder (call, &lease->holder, holder);
}

static gboolean
is_below_limit (TriasCall *call, const TriasLease *lease)
{
  TriasLedger *ledger = trias_api_ledger (call->api);

  if (trias_ledger_n_leases_of (ledger, lease->key_id) < TRIAS_API_MAX_LEASES_PER_KEY
      || trias_ledger_find_lease (ledger, lease->id) != NULL)
    return TRUE;
  trias_call_refuse (call, TRIAS_REASON_TOO_MANY,
                     "A client key may hold at most %d leases; give some back first",
                     TRIAS_API_MAX_LEASES_PER_KEY);
  return FALSE;
}

void
trias_api_post_lease (TriasCall *call)
{
  Request *request;

  if (!trias_api_demand_key (call))
    return;
  request = g_new0 (Request, 1);
  trias_call_set_data (call, request, request_free);
  if (!read_lease (call, &request->lease))
    return;
  trias_access_facts_free (call->facts);
  call->facts
      = trias_access_facts_of (call->api->access, call->request, request->lease.holder.user);
  request->lease.key_id = call->facts->key_id;
  if (trias_api_route_call (call, request->lease.feature, request->lease.id, &request->route)
      && is_below_limit (call, &request->lease))
    take_lease (call);
}

/* --- PUT /leases/ID --- */

static void
on_renewed (const TriasOutcome *outcome, gpointer user_data)
{
  TriasCall *call = user_data;

  if (trias_call_is_over (call) || trias_api_wait_again (call, outcome))
    return;
  if (outcome->reason == TRIAS_REASON_GONE)
    trias_peer_lease_unknown (call->api->peer, call->id, trias_http_peer_key (call->request));
  if (!trias_call_check (call, outcome))
    return;
  trias_peer_lease_moved_here (call->api->peer, outcome->lease->id);
  trias_api_answer_lease (call, 200, outcome->lease);
}

/* The lease is known from the partner's ledger and goes on from this server's own licences. */
static void
resume_lease (TriasCall *call)
{
  TriasApi *self = call->api;
  const TriasLease *kept = trias_peer_find_partner_lease (self->peer, call->id);
  Request *request;

  if (kept == NULL)
    {
      trias_call_refuse (call, TRIAS_REASON_GONE,
                         "The lease %s has ended; ask for a new one under a new id", call->id);
      return;
    }
  request = g_new0 (Request, 1);
  request->kept = trias_lease_copy (kept);
  request->route = TRIAS_ROUTE_RESUME;
  trias_call_set_data (call, request, request_free);
  trias_access_facts_free (call->facts);
  call->facts = trias_access_facts_of (self->access, call->request, kept->holder.user);
  take_lease (call);
}

/* Clients send {} or nothing, which needs no parser. */
static gboolean
body_is_empty (TriasCall *call)
{
  gsize length;
  const char *body = trias_http_body (call->request, &length);
  TriasJsonReader reader;

  if (length == 0 || (length == 2 && memcmp (body, "{}", 2) == 0))
    return TRUE;
  return trias_call_read (call, &reader) && trias_call_read_end (call, &reader);
}

/* A server that has left a triad cannot say of a lease which it does not know that it has ended:
 * those who went on may hold it. */
static gboolean
may_speak_of_lease (TriasCall *call)
{
  TriasApi *self = call->api;
  TriasLedger *ledger = trias_api_ledger (self);

  if (trias_peer_get_relationship (self->peer) != NULL
      || trias_ledger_get_ended (ledger, NULL)[0] == '\0'
      || g_str_equal (trias_ledger_get_ended_keep (ledger), trias_identity_get_id (self->identity))
      || trias_ledger_find_lease (ledger, call->id) != NULL
      || trias_ledger_has_tombstone (ledger, call->id))
    return TRUE;
  trias_call_refuse (
      call, TRIAS_REASON_EPOCH,
      "This server has left its relationship and does not know the lease %s; ask the "
      "other servers",
      call->id);
  return FALSE;
}

void
trias_api_put_lease (TriasCall *call)
{
  TriasApi *self = call->api;
  TriasRoute route;

  if (!trias_api_demand_key (call) || !body_is_empty (call) || !may_speak_of_lease (call)
      || !trias_api_route_call (call, NULL, call->id, &route))
    return;
  if (route == TRIAS_ROUTE_RESUME)
    resume_lease (call);
  else
    trias_api_submit (call,
                      trias_command_renew (trias_keeper_now (self->keeper), call->id,
                                           trias_http_peer_key (call->request)),
                      on_renewed);
}

/* --- DELETE /leases/ID --- */

static void
on_released (const TriasOutcome *outcome, gpointer user_data)
{
  TriasCall *call = user_data;

  if (trias_call_is_over (call) || trias_api_wait_again (call, outcome)
      || !trias_call_check (call, outcome))
    return;
  /* Not known here: the partner may have granted it just before it fell silent. */
  if (outcome->repeated && call->admin == NULL)
    trias_peer_lease_given_up (call->api->peer, call->id, trias_http_peer_key (call->request));
  trias_call_empty (call);
}

static void
release (TriasCall *call, const char *key_id, const char *actor)
{
  trias_api_submit (
      call, trias_command_release (trias_keeper_now (call->api->keeper), call->id, key_id, actor),
      on_released);
}

/* Only the partner has it: it is told to let it go; if it cannot be told the lease ends there by
 * itself. */
static void
release_at_partner (TriasCall *call)
{
  trias_peer_lease_given_up (call->api->peer, call->id, trias_http_peer_key (call->request));
  trias_call_empty (call);
}

void
trias_api_delete_lease (TriasCall *call)
{
  TriasRoute route;

  if (call->admin != NULL)
    {
      release (call, "", call->admin);
      return;
    }
  if (!trias_api_demand_key (call) || !may_speak_of_lease (call)
      || !trias_api_route_call (call, NULL, call->id, &route))
    return;
  if (route == TRIAS_ROUTE_RESUME)
    release_at_partner (call);
  else
    {
      const char *key_id = trias_http_peer_key (call->request);

      release (call, key_id, key_id);
    }
}
