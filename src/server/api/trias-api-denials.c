/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-api-private.h"

#define LIMIT_MAX 1000
#define LIMIT_DEFAULT 100

static void
write_denial (const TriasDenial *denial, TriasJsonWriter *writer)
{
  trias_json_begin_object (writer, NULL);
  trias_json_add_int (writer, "first", denial->first);
  trias_json_add_int (writer, "last", denial->last);
  trias_json_add_int (writer, "count", denial->count);
  trias_json_add_string (writer, "reason", trias_reason_to_word (denial->reason));
  trias_json_add_string (writer, "feature", denial->feature);
  trias_json_add_string (writer, "user", denial->user);
  trias_json_add_string (writer, "host", denial->host);
  trias_json_add_string (writer, "address", denial->address);
  trias_json_add_string (writer, "key", denial->key_id);
  trias_json_add_string (writer, "detail", denial->detail);
  trias_json_end_object (writer);
}

static void
on_denials (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TriasCall *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) denials = NULL;
  TriasJsonWriter *writer;

  if (trias_call_is_over (call))
    return;
  denials = trias_keeper_query_denials_finish (call->api->keeper, result, &error);
  if (denials == NULL)
    {
      trias_call_error (call, error);
      return;
    }
  writer = trias_json_writer_new ();
  trias_json_begin_object (writer, NULL);
  trias_json_begin_array (writer, "denials");
  for (guint i = 0; i < denials->len; i++)
    write_denial (denials->pdata[i], writer);
  trias_json_end_array (writer);
  trias_json_end_object (writer);
  trias_call_json (call, 200, writer);
}

void
trias_api_get_denials (TriasCall *call)
{
  gint64 limit;

  if (!trias_call_query_int (call, "limit", 1, LIMIT_MAX, LIMIT_DEFAULT, &limit))
    return;
  trias_keeper_query_denials (call->api->keeper, (guint) limit, on_denials, call);
}
