/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "triad-said.h"

#include <string.h>

const char *const triad_ids[TRIAS_MAX_MEMBERS] = {
  "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
  "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb",
  "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc",
};
static const char *const names[] = { "druck-a", "druck-b", "zeuge" };
static const char *const roles[] = { "primary", "secondary", "tertiary" };

static void
append_status (GString *json, const char *peer, gboolean connected)
{
  g_string_append_printf (json,
                          "{\"peer\":\"%s\",\"connected\":%s,\"connected_since\":5,"
                          "\"last_heard\":9,\"connect_reason\":\"%s\",\"latency_us\":%d,"
                          "\"synchronised\":true,\"version\":\"0.2.0\"}",
                          peer, connected ? "true" : "false", connected ? "none" : "unreachable",
                          connected ? 400 : -1);
}

static void
append_statuses (GString *json, guint rank, const gboolean connected[TRIAS_MAX_MEMBERS])
{
  const char *separator = "";

  g_string_append (json, "\"statuses\":[");
  for (guint other = 0; other < TRIAS_MAX_MEMBERS; other++)
    if (other != rank)
      {
        g_string_append (json, separator);
        append_status (json, triad_ids[other], connected[other]);
        separator = ",";
      }
  g_string_append_c (json, ']');
}

static void
append_reports (GString *json, const TriadSaid *said)
{
  const char *separator = "";

  g_string_append (json, ",\"reports\":[");
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    {
      gboolean connected[TRIAS_MAX_MEMBERS] = { FALSE };

      if ((said->reports & (1u << rank)) == 0)
        continue;
      for (guint other = 0; other < TRIAS_MAX_MEMBERS; other++)
        if (other != rank)
          connected[other] = (said->reported & (1u << trias_triad_link_between (rank, other))) != 0;
      g_string_append_printf (json, "%s{\"member\":\"%s\",\"as_of\":77,", separator,
                              triad_ids[rank]);
      append_statuses (json, rank, connected);
      g_string_append_c (json, '}');
      separator = ",";
    }
  g_string_append_c (json, ']');
}

static void
append_triad (GString *json, const TriadSaid *said)
{
  g_string_append_printf (
      json,
      ",\"triad\":{\"leader\":null,\"term\":%" G_GUINT64_FORMAT ",\"index\":10,\"commit\":10,"
      "\"applied\":10,\"lease_ms\":0,\"quorum\":%s,\"pinned\":null,\"pinned_until\":0,"
      "\"members\":[",
      said->term, said->quorum ? "true" : "false");
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    g_string_append_printf (json, "%s{\"id\":\"%s\",\"state\":\"%s\",\"match\":10}",
                            rank > 0 ? "," : "", triad_ids[rank],
                            (int) rank == said->active ? "active"
                            : rank == said->self || (said->hears & (1u << rank)) != 0
                                ? "standby"
                                : "unreachable");
  g_string_append (json, "],\"missing\":[");
  if (said->missing >= 0)
    {
      guint a, b;

      trias_triad_link_ends ((guint) said->missing, &a, &b);
      g_string_append_printf (json, "{\"from\":\"%s\",\"to\":\"%s\"}", triad_ids[b], triad_ids[a]);
    }
  g_string_append (json, "]}");
}

TriasRelationshipInfo *
triad_said_read (const TriadSaid *said)
{
  g_autoptr (GString) json = g_string_new ("{\"relationship\":{\"id\":\"rel\",\"name\":\"Halle 3\","
                                           "\"kind\":\"triad\",\"incarnation\":1,\"options\":{"
                                           "\"sync_interval_s\":30,\"failback\":\"automatic\","
                                           "\"profile\":\"lan\"},\"members\":[");
  gboolean connected[TRIAS_MAX_MEMBERS];
  g_autoptr (TriasJson) parsed = NULL;
  g_autoptr (GError) error = NULL;
  TriasRelationshipInfo *info;

  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    {
      connected[rank] = (said->hears & (1u << rank)) != 0;
      g_string_append_printf (json,
                              "%s{\"id\":\"%s\",\"name\":\"%s\",\"role\":\"%s\","
                              "\"addresses\":[\"127.0.0.%u:7643\",\"127.0.1.%u:7643\"]}",
                              rank > 0 ? "," : "", triad_ids[rank], names[rank], roles[rank],
                              rank + 1, rank + 1);
    }
  g_string_append_printf (json, "],\"self\":\"%s\",\"self_role\":\"%s\",", triad_ids[said->self],
                          roles[said->self]);
  if (said->active >= 0)
    g_string_append_printf (json, "\"active\":\"%s\",", triad_ids[said->active]);
  append_statuses (json, said->self, connected);
  append_reports (json, said);
  append_triad (json, said);
  g_string_append (json, "},\"forming\":null}");
  parsed = trias_json_parse (json->str, json->len, 100000, &error);
  g_assert_no_error (error);
  info = trias_relationship_info_read (parsed, &error);
  g_assert_no_error (error);
  return info;
}
