/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-api-private.h"

typedef struct
{
  gboolean ok;
  gboolean serving;
  const char *reason;
  const char *detail;
} Health;

/* What is wrong with the relationship, if anything: redundancy is lost while service goes on. */
static void
look_at_others (TriasApi *self, Health *health)
{
  g_autoptr (GPtrArray) statuses = trias_peer_get_statuses (self->peer);

  for (guint i = 0; i < statuses->len && health->ok; i++)
    {
      const TriasMemberStatus *status = statuses->pdata[i];

      if (status->connected && status->synchronised)
        continue;
      health->ok = FALSE;
      health->reason
          = trias_lag_to_word (status->connected ? status->sync_reason : status->connect_reason);
      health->detail = status->connected ? "The partner does not hold the same data yet"
                                         : "The partner is not connected";
    }
}

static Health
look (TriasApi *self)
{
  const char *why = NULL;
  const char *word = trias_peer_get_serving (self->peer, &why);
  const char *detail = NULL;
  Health health = { TRUE, TRUE, "none", "" };

  health.serving = g_str_equal (word, "serving") || g_str_equal (word, "covering");
  if (!trias_keeper_storage_ok (self->keeper, &detail))
    return (Health){ FALSE, FALSE, trias_reason_to_word (TRIAS_REASON_STORAGE),
                     detail != NULL ? detail : "The disk refuses writes" };
  if (g_str_equal (word, "no-quorum"))
    return (Health){ FALSE, FALSE, trias_reason_to_word (TRIAS_REASON_NO_QUORUM), why };
  if (trias_peer_covers_nothing (self->peer))
    return (Health){ FALSE, FALSE, trias_reason_to_word (TRIAS_REASON_NO_SEATS),
                     "The main server is not connected, and this one has none of its seats" };
  look_at_others (self, &health);
  if (!health.serving && health.ok)
    {
      health.reason = trias_reason_to_word (TRIAS_REASON_NOT_ACTIVE);
      health.detail = why != NULL ? why : "";
    }
  return health;
}

void
trias_api_get_health (TriasCall *call)
{
  Health health = look (call->api);
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "status", health.ok ? "ok" : "degraded");
  trias_json_add_bool (writer, "serving", health.serving);
  trias_json_add_string (writer, "reason", health.reason);
  trias_json_add_string (writer, "detail", health.detail);
  trias_json_end_object (writer);
  trias_call_json (call, 200, writer);
}
