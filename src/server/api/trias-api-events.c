/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-api-private.h"

#define LIMIT_MAX 1000
#define LIMIT_DEFAULT 100

static void
on_events (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TriasCall *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) events = NULL;
  TriasJsonWriter *writer;

  if (trias_call_is_over (call))
    return;
  events = trias_keeper_query_events_finish (call->api->keeper, result, &error);
  if (events == NULL)
    {
      trias_call_error (call, error);
      return;
    }
  writer = trias_json_writer_new ();
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "server", trias_identity_get_id (call->api->identity));
  trias_json_begin_array (writer, "events");
  for (guint i = 0; i < events->len; i++)
    trias_event_write (events->pdata[i], writer, NULL);
  trias_json_end_array (writer);
  trias_json_end_object (writer);
  trias_call_json (call, 200, writer);
}

static gboolean
wants_stream (TriasHttpRequest *request)
{
  const char *accept = trias_http_header (request, "Accept");

  return accept != NULL && strstr (accept, "text/event-stream") != NULL;
}

static void
open_stream (TriasCall *call, guint64 after)
{
  const char *last = trias_http_header (call->request, "Last-Event-ID");
  guint64 seq = after;

  if (last != NULL && last[0] != '\0'
      && !g_ascii_string_to_unsigned (last, 10, 0, G_MAXINT64, &seq, NULL))
    {
      trias_call_refuse (call, TRIAS_REASON_BAD_REQUEST,
                         "Last-Event-ID must be the number of an event");
      return;
    }
  trias_streams_open (call->api->streams, call->request, seq, trias_api_bearer (call->request));
  call->request = NULL;
  trias_call_free (call);
}

void
trias_api_get_events (TriasCall *call)
{
  gint64 before, after, limit;
  gboolean quiet;

  if (!trias_call_query_int (call, "before", 0, G_MAXINT64, 0, &before)
      || !trias_call_query_int (call, "after", 0, G_MAXINT64, 0, &after)
      || !trias_call_query_int (call, "limit", 1, LIMIT_MAX, LIMIT_DEFAULT, &limit)
      || !trias_call_query_bool (call, "without_leases", &quiet))
    return;
  if (wants_stream (call->request))
    open_stream (call, (guint64) after);
  else
    trias_keeper_query_events (call->api->keeper, (guint64) before, (guint64) after, !quiet,
                               (guint) limit, on_events, call);
}
