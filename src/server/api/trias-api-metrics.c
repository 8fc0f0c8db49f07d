/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/api/trias-api-private.h"

static void
metric (GString *out, const char *name, const char *type, const char *help, guint64 value)
{
  g_string_append_printf (out, "# HELP %s %s\n# TYPE %s %s\n%s %" G_GUINT64_FORMAT "\n", name, help,
                          name, type, name, value);
}

/* A label's value: backslash, quote and line feed are escaped. */
static char *
label (const char *value)
{
  GString *out = g_string_new (NULL);

  for (; *value != '\0'; value++)
    if (*value == '\n')
      g_string_append (out, "\\n");
    else
      {
        if (*value == '"' || *value == '\\')
          g_string_append_c (out, '\\');
        g_string_append_c (out, *value);
      }
  return g_string_free (out, FALSE);
}

static void
add_pools (GString *out, GPtrArray *pools, const char *name, const char *help, gboolean used)
{
  g_string_append_printf (out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
  for (guint i = 0; i < pools->len; i++)
    {
      const TriasPool *pool = pools->pdata[i];
      g_autofree char *product = label (pool->product);
      g_autofree char *feature = label (pool->feature);

      g_string_append_printf (out, "%s{product=\"%s\",feature=\"%s\"} %u\n", name, product, feature,
                              used ? pool->used : pool->seats);
    }
}

static void
add_http (GString *out, TriasHttp *http)
{
  TriasHttpStats stats;

  trias_http_get_stats (http, &stats);
  metric (out, "trias_http_connections", "gauge", "Open connections.", stats.connections);
  metric (out, "trias_http_streams", "gauge", "Open streams of events.", stats.streams);
  metric (out, "trias_http_requests_total", "counter", "Requests since start.", stats.requests);
  metric (out, "trias_http_refused_total", "counter",
          "Connections and requests that the limits refused.", stats.refused);
}

static void
add_pair (GString *out, const TriasMemberStatus *status)
{
  metric (out, "trias_peer_connected", "gauge", "Whether the partner is connected.",
          status->connected != FALSE);
  metric (out, "trias_peer_synchronised", "gauge", "Whether both hold the same.",
          status->synchronised != FALSE);
  metric (out, "trias_peer_pending_changes", "gauge", "Changes the partner has not confirmed.",
          status->pending);
}

typedef enum
{
  MEMBER_CONNECTED,
  MEMBER_SYNCHRONISED
} MemberFact;

static void
add_members (GString *out, GPtrArray *statuses, const char *name, const char *help, MemberFact fact)
{
  g_string_append_printf (out, "# HELP %s %s\n# TYPE %s gauge\n", name, help, name);
  for (guint i = 0; i < statuses->len; i++)
    {
      const TriasMemberStatus *status = statuses->pdata[i];
      gboolean value = fact == MEMBER_CONNECTED ? status->connected : status->synchronised;

      g_string_append_printf (out, "%s{member=\"%s\"} %d\n", name, status->peer, value != FALSE);
    }
}

static void
add_triad (GString *out, TriasApi *self, GPtrArray *statuses)
{
  TriasJournalStatus journal;

  trias_keeper_triad_status (self->keeper, &journal);
  metric (out, "trias_triad_active", "gauge", "Whether this member of the triad is active.",
          trias_keeper_is_active (self->keeper) != FALSE);
  metric (out, "trias_triad_quorum", "gauge", "Whether some member is known to be active.",
          trias_peer_get_active (self->peer) != NULL);
  metric (out, "trias_triad_term", "gauge", "Term of the triad's log.", journal.term);
  metric (out, "trias_triad_commit_index", "gauge", "Highest entry that a majority has.",
          journal.commit_index);
  metric (out, "trias_triad_applied_index", "gauge", "Highest entry that is applied here.",
          journal.applied);
  add_members (out, statuses, "trias_member_connected", "Whether that member is connected.",
               MEMBER_CONNECTED);
  add_members (out, statuses, "trias_member_synchronised", "Whether that member holds the same.",
               MEMBER_SYNCHRONISED);
}

static void
add_peer (GString *out, TriasApi *self)
{
  const TriasRelationship *relationship = trias_peer_get_relationship (self->peer);
  g_autoptr (GPtrArray) statuses = trias_peer_get_statuses (self->peer);

  metric (out, "trias_related", "gauge", "Whether this server is in a relationship.",
          relationship != NULL);
  if (relationship != NULL && relationship->kind == TRIAS_KIND_TRIAD)
    add_triad (out, self, statuses);
  else if (statuses->len > 0)
    add_pair (out, statuses->pdata[0]);
}

void
trias_api_get_metrics (TriasCall *call)
{
  TriasApi *self = call->api;
  TriasLedger *ledger = trias_api_ledger (self);
  g_autoptr (GPtrArray) pools = trias_ledger_get_pools (ledger);
  g_autoptr (GString) out = g_string_new (NULL);

  g_string_append_printf (out,
                          "# HELP trias_info The running program.\n# TYPE trias_info gauge\n"
                          "trias_info{version=\"%s\"} 1\n",
                          TRIAS_VERSION);
  metric (out, "trias_start_time_seconds", "gauge", "When the program started, Unix time.",
          (guint64) self->started_at / 1000);
  metric (out, "trias_storage_ok", "gauge", "Whether the disk accepts writes.",
          trias_keeper_storage_ok (self->keeper, NULL) != FALSE);
  metric (out, "trias_ledger_revision", "gauge", "Revision of the ledger.",
          trias_ledger_get_revision (ledger));
  metric (out, "trias_leases", "gauge", "Live leases.", trias_ledger_n_leases (ledger));
  metric (out, "trias_denials_total", "counter", "Refused requests for leases since start.",
          self->denials);
  add_pools (out, pools, "trias_pool_seats", "Seats of a pool.", FALSE);
  add_pools (out, pools, "trias_pool_used", "Seats of a pool in use.", TRUE);
  add_http (out, self->http);
  add_peer (out, self);
  trias_call_text (call, "text/plain; version=0.0.4; charset=utf-8", out->str);
}
