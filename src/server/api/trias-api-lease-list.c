/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-api-lease.h"

#define LIMIT_MAX 1000
#define LIMIT_DEFAULT 100

void
trias_api_get_lease (TriasCall *call)
{
  TriasLedger *ledger = trias_api_ledger (call->api);
  const TriasLease *lease = trias_ledger_find_lease (ledger, call->id);

  if (call->admin == NULL && !trias_api_demand_key (call))
    return;
  if (lease == NULL && trias_ledger_has_tombstone (ledger, call->id))
    trias_call_refuse (call, TRIAS_REASON_GONE, "The lease %s has ended", call->id);
  else if (lease == NULL)
    trias_call_refuse (call, TRIAS_REASON_NOT_FOUND, "This server has no lease %s", call->id);
  else if (call->admin == NULL && !g_str_equal (lease->key_id, trias_http_peer_key (call->request)))
    trias_call_refuse (call, TRIAS_REASON_FORBIDDEN, "The lease %s is another client's", call->id);
  else
    trias_api_answer_lease (call, 200, lease);
}

/* --- GET /leases --- */

typedef struct
{
  TriasApi *api;
  TriasJsonWriter *writer;
  const char *key_id; /* (nullable) only those of this key */
  const char *after;  /* (nullable) only what comes behind it is written */
  guint limit;
  guint written;
  guint total; /* of the key */
  const char *last;
  gboolean more;
} Listing;

static void
list_lease (const TriasLease *lease, gpointer user_data)
{
  Listing *listing = user_data;

  if (listing->key_id != NULL && !g_str_equal (lease->key_id, listing->key_id))
    return;
  listing->total++;
  if (listing->after != NULL && strcmp (lease->id, listing->after) <= 0)
    return;
  if (listing->written == listing->limit)
    {
      listing->more = TRUE;
      return;
    }
  trias_api_write_lease (listing->api, lease, listing->writer);
  listing->written++;
  listing->last = lease->id;
}

/* An administrator's page starts at its place; what a key holds is found by going through all. */
static void
list_leases (Listing *listing)
{
  TriasLedger *ledger = trias_api_ledger (listing->api);

  if (listing->key_id != NULL)
    {
      trias_ledger_foreach_lease (ledger, NULL, G_MAXUINT, list_lease, listing);
      return;
    }
  trias_ledger_foreach_lease (ledger, listing->after, listing->limit + 1, list_lease, listing);
  listing->total = trias_ledger_n_leases (ledger);
}

void
trias_api_get_leases (TriasCall *call)
{
  Listing listing = { .api = call->api };
  gint64 limit;

  if (call->admin == NULL && !trias_api_demand_key (call))
    return;
  if (!trias_call_query_int (call, "limit", 1, LIMIT_MAX, LIMIT_DEFAULT, &limit))
    return;
  listing.key_id = call->admin == NULL ? trias_http_peer_key (call->request) : NULL;
  listing.after = trias_http_query (call->request, "after");
  listing.limit = (guint) limit;
  listing.writer = trias_json_writer_new ();
  trias_json_begin_object (listing.writer, NULL);
  trias_json_add_string (listing.writer, "server", trias_identity_get_id (call->api->identity));
  trias_json_begin_array (listing.writer, "leases");
  list_leases (&listing);
  trias_json_end_array (listing.writer);
  trias_json_add_string (listing.writer, "next", listing.more ? listing.last : NULL);
  trias_json_add_int (listing.writer, "total", listing.total);
  trias_json_end_object (listing.writer);
  trias_call_json (call, 200, listing.writer);
}
