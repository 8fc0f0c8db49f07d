/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-api-private.h"

#define KIND_SERVER "server"
#define KEY_NAME "name"

TriasLedger *
trias_api_ledger (TriasApi *self)
{
  return trias_keeper_get_ledger (self->keeper);
}

void
trias_api_submit (TriasCall *call, TriasCommand *command, TriasKeeperFunc func)
{
  trias_keeper_submit (call->api->keeper, command, func, call);
}

char *
trias_api_epoch (TriasApi *self)
{
  const TriasRelationship *relationship = trias_peer_get_relationship (self->peer);

  if (relationship == NULL)
    return g_strdup ("");
  return g_strdup_printf ("%s/%" G_GUINT64_FORMAT, relationship->id, relationship->incarnation);
}

char *
trias_api_load_name (TriasKeeper *keeper, const char *fallback)
{
  GBytes *kept = trias_keeper_get_local (keeper, KIND_SERVER, KEY_NAME);
  gsize length;
  const char *data = kept != NULL ? g_bytes_get_data (kept, &length) : NULL;

  return data != NULL ? g_strndup (data, length) : g_strdup (fallback);
}

void
trias_api_deny (TriasApi *self,
                TriasReason reason,
                const char *detail,
                const TriasLease *lease,
                const TriasCommandFacts *facts)
{
  TriasFacts view = trias_access_facts_view (facts);

  self->denials++;
  trias_keeper_deny (self->keeper, reason, detail, lease, &view);
  trias_streams_changed (self->streams, TRIAS_WHAT_DENIALS);
}

/* --- what the others tell --- */

/* Renewals have no revision and are not told: they change nothing that a list shows. */
static void
tell_change (TriasApi *self, const TriasChange *change)
{
  switch (change->record)
    {
    case TRIAS_RECORD_SETTINGS:
      trias_streams_changed (self->streams, TRIAS_WHAT_SETTINGS);
      break;
    case TRIAS_RECORD_RULE:
      trias_streams_changed (self->streams, TRIAS_WHAT_RULES);
      break;
    case TRIAS_RECORD_LICENSE:
      trias_streams_changed (self->streams, TRIAS_WHAT_LICENSES);
      trias_streams_changed (self->streams, TRIAS_WHAT_POOLS);
      break;
    case TRIAS_RECORD_LEASE:
      if (change->revision == 0)
        break;
      trias_streams_changed (self->streams, TRIAS_WHAT_LEASES);
      trias_streams_changed (self->streams, TRIAS_WHAT_POOLS);
      break;
    case TRIAS_RECORD_RELATIONSHIP:
      trias_streams_changed (self->streams, TRIAS_WHAT_RELATIONSHIP);
      trias_streams_changed (self->streams, TRIAS_WHAT_SERVER);
      break;
    case TRIAS_RECORD_META:
    case TRIAS_RECORD_TOMBSTONE:
    case TRIAS_N_RECORDS:
    default:
      break;
    }
}

static void
on_changed (GPtrArray *changes, gpointer user_data)
{
  TriasApi *self = user_data;

  for (guint i = 0; i < changes->len; i++)
    tell_change (self, changes->pdata[i]);
}

static void
on_event (const TriasEvent *event, gpointer user_data)
{
  TriasApi *self = user_data;

  trias_streams_event (self->streams, event);
  trias_streams_changed (self->streams, TRIAS_WHAT_EVENTS);
}

static void
on_storage (gboolean ok, gpointer user_data)
{
  TriasApi *self = user_data;

  trias_streams_changed (self->streams, TRIAS_WHAT_SERVER);
}

/* An account that was removed or has another password is signed out everywhere. */
static void
on_local (const char *kind, const char *key, gpointer user_data)
{
  TriasApi *self = user_data;

  if (g_str_equal (kind, "rule"))
    trias_streams_changed (self->streams, TRIAS_WHAT_RULES);
  else if (g_str_equal (kind, KIND_SERVER))
    trias_streams_changed (self->streams, TRIAS_WHAT_SERVER);
  else if (g_str_equal (kind, TRIAS_ACCOUNT_KIND))
    {
      trias_tokens_revoke_name (self->tokens, key);
      trias_streams_check (self->streams);
    }
}

static char *
partner_licenses (TriasApi *self)
{
  TriasLedger *replica = trias_keeper_get_replica (self->keeper);
  g_autoptr (GPtrArray) licenses = NULL;
  GString *text = g_string_new (NULL);

  if (replica == NULL)
    return g_string_free (text, FALSE);
  licenses = trias_ledger_get_licenses (replica);
  for (guint i = 0; i < licenses->len; i++)
    {
      const TriasLedgerLicense *entry = licenses->pdata[i];

      g_string_append_printf (text, "%s/%u/%d ", trias_license_get_id (entry->license),
                              trias_license_get_revision (entry->license), entry->state);
    }
  return g_string_free (text, FALSE);
}

static void
on_peer_changed (gpointer user_data)
{
  TriasApi *self = user_data;
  g_autofree char *licenses = partner_licenses (self);

  trias_streams_changed (self->streams, TRIAS_WHAT_RELATIONSHIP);
  if (g_strcmp0 (licenses, self->partner_licenses) == 0)
    return;
  g_free (self->partner_licenses);
  self->partner_licenses = g_steal_pointer (&licenses);
  trias_streams_changed (self->streams, TRIAS_WHAT_LICENSES);
}

static void
on_routed (gpointer user_data)
{
  trias_api_waiting_look (user_data);
}

/* --- life --- */

static gboolean
token_is_valid (const char *token, gpointer user_data)
{
  TriasApi *self = user_data;

  return trias_tokens_check (self->tokens, token) != NULL;
}

TriasApi *
trias_api_new (const TriasApiParts *parts)
{
  TriasApi *self = g_new0 (TriasApi, 1);

  self->keeper = parts->keeper;
  self->access = parts->access;
  self->peer = parts->peer;
  self->accounts = parts->accounts;
  self->identity = trias_identity_ref (parts->identity);
  self->issuers = trias_issuers_ref (parts->issuers);
  self->name = g_strdup (parts->name);
  self->addresses = g_new0 (char *, 1);
  self->started_at = trias_keeper_now (parts->keeper);
  self->calls = g_hash_table_new (NULL, NULL);
  self->tokens = trias_tokens_new (parts->keeper, parts->accounts);
  self->attempts = trias_attempts_new ();
  self->streams = trias_streams_new (parts->keeper, trias_identity_get_id (self->identity),
                                     token_is_valid, self);
  return self;
}

void
trias_api_start (TriasApi *self, TriasHttp *http, const char *const *addresses)
{
  self->http = http;
  g_strfreev (self->addresses);
  self->addresses = trias_api_reachable (http, addresses);
  self->watch = (TriasKeeperWatch){
    .changed = on_changed,
    .event = on_event,
    .storage = on_storage,
    .local = on_local,
  };
  self->watch_id = trias_keeper_watch (self->keeper, &self->watch, self);
  trias_peer_set_changed (self->peer, on_peer_changed, self);
  trias_peer_set_routed (self->peer, on_routed, self);
}

/* What others still work on is answered now: its result, when it comes, has nobody to go to. */
static void
end_calls (TriasApi *self)
{
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, self->calls);
  while (g_hash_table_iter_next (&iter, &key, NULL))
    {
      TriasCall *call = key;

      trias_http_refuse (call->request, TRIAS_REASON_NOT_ACTIVE,
                         "This server is stopping; ask again later or another server");
      call->request = NULL;
      call->api = NULL;
    }
  g_hash_table_remove_all (self->calls);
}

void
trias_api_stop (TriasApi *self)
{
  if (self->stopped)
    return;
  self->stopped = TRUE;
  if (self->watch_id != 0)
    {
      trias_keeper_unwatch (self->keeper, self->watch_id);
      trias_peer_set_changed (self->peer, NULL, NULL);
      trias_peer_set_routed (self->peer, NULL, NULL);
    }
  self->watch_id = 0;
  trias_api_waiting_end (self);
  end_calls (self);
  trias_streams_close_all (self->streams);
  self->http = NULL;
}

void
trias_api_free (TriasApi *self)
{
  if (self == NULL)
    return;
  trias_api_stop (self);
  trias_streams_free (self->streams);
  trias_attempts_free (self->attempts);
  trias_tokens_free (self->tokens);
  g_hash_table_unref (self->calls);
  trias_identity_unref (self->identity);
  trias_issuers_unref (self->issuers);
  g_strfreev (self->addresses);
  g_free (self->signed_epoch);
  g_free (self->signed_text);
  g_free (self->signed_signature);
  g_free (self->partner_licenses);
  g_free (self->name);
  g_free (self);
}
