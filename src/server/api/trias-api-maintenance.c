/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "core/trias-maintenance.h"
#include "server/api/trias-api-plan.h"
#include "server/api/trias-api-private.h"

/* This server steps aside so that it can be switched off, and comes back. */

static void
on_begun (const TriasProblem *problem, gpointer user_data)
{
  trias_api_answer_done (user_data, problem, 200);
}

static void
on_ended (const TriasProblem *problem, gpointer user_data)
{
  trias_api_answer_done (user_data, problem, 204);
}

void
trias_api_begin_maintenance (TriasCall *call)
{
  TriasJsonReader reader;
  gboolean force;
  guint seconds;

  if (!trias_call_read (call, &reader))
    return;
  /* Without a time it lasts until it is ended. */
  seconds
      = (guint) trias_json_read_int_or (&reader, "seconds", 1, TRIAS_MAINTENANCE_SECONDS_MAX, 0);
  force = trias_json_read_bool_or (&reader, "force", FALSE);
  if (trias_call_read_end (call, &reader) && trias_api_demand_relationship (call) != NULL)
    trias_peer_begin_maintenance (call->api->peer, seconds, force, call->admin, on_begun, call);
}

void
trias_api_end_maintenance (TriasCall *call)
{
  if (trias_api_demand_relationship (call) != NULL)
    trias_peer_end_maintenance (call->api->peer, call->admin, on_ended, call);
}
