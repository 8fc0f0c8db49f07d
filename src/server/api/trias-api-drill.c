/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-api-plan.h"
#include "server/api/trias-api-private.h"

/* Failover drills. */

#define ID_BYTES 64

static void
on_begun (const TriasProblem *problem, gpointer user_data)
{
  TriasCall *call = user_data;

  if (trias_call_is_over (call))
    return;
  if (problem != NULL)
    trias_call_problem (call, trias_problem_copy (problem));
  else
    trias_api_answer_relationship (call, 202, TRUE);
}

static void
on_reported (const TriasProblem *problem, gpointer user_data)
{
  TriasCall *call = user_data;

  if (problem != NULL)
    trias_call_problem (call, trias_problem_copy (problem));
  else
    trias_api_answer_relationship (call, 200, TRUE);
}

static gboolean
is_id (const char *id)
{
  return id[strspn (id, "0123456789abcdefghijklmnopqrstuvwxyz-")] == '\0';
}

void
trias_api_begin_drill (TriasCall *call)
{
  TriasJsonReader reader;
  TriasDrillKind kind = TRIAS_DRILL_HANDOVER;
  const char *id, *word;
  gint64 seconds;
  gboolean force;

  if (!trias_call_read (call, &reader))
    return;
  id = trias_json_read_string (&reader, "id", 8, ID_BYTES);
  word = trias_json_read_string (&reader, "kind", 1, 16);
  seconds = trias_json_read_int_or (&reader, "seconds", TRIAS_DRILL_SECONDS_MIN,
                                    TRIAS_DRILL_SECONDS_MAX, TRIAS_DRILL_SECONDS_DEFAULT);
  force = trias_json_read_bool_or (&reader, "force", FALSE);
  if (id != NULL && !is_id (id))
    trias_json_reader_fail (&reader, "id", "may only have a-z, 0-9 and -");
  if (word != NULL && !trias_drill_kind_from_word (word, &kind))
    trias_json_reader_fail (&reader, "kind", "must be \"handover\" or \"outage\"");
  if (trias_call_read_end (call, &reader) && trias_api_demand_relationship (call) != NULL)
    trias_peer_begin_drill (call->api->peer, id, kind, (guint) seconds, force, call->admin,
                            on_begun, call);
}

void
trias_api_report_drill (TriasCall *call)
{
  TriasJsonReader reader;
  TriasDrillRecord measured = { .id = call->id };
  const char *word;

  if (!trias_call_read (call, &reader))
    return;
  word = trias_json_read_string (&reader, "measure", 1, 16);
  if (word != NULL && !trias_drill_measure_from_word (word, &measured.measure))
    trias_json_reader_fail (&reader, "measure", "must be \"nothing\", \"seat\" or \"questions\"");
  measured.gap_ms = trias_json_read_int (&reader, "gap_ms", 0, G_MAXINT);
  measured.requests = trias_json_read_int (&reader, "requests", 0, G_MAXINT);
  measured.failed = trias_json_read_int (&reader, "failed", 0, G_MAXINT);
  if (trias_call_read_end (call, &reader) && trias_api_demand_relationship (call) != NULL)
    trias_peer_report_drill (call->api->peer, &measured, on_reported, call);
}
