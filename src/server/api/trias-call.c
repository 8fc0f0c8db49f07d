/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-api-private.h"

TriasCall *
trias_call_new (TriasApi *api, TriasHttpRequest *request)
{
  TriasCall *self = g_new0 (TriasCall, 1);

  self->api = api;
  self->request = request;
  g_hash_table_add (api->calls, self);
  return self;
}

void
trias_call_free (TriasCall *self)
{
  if (self->api != NULL)
    g_hash_table_remove (self->api->calls, self);
  if (self->waiting)
    g_queue_remove (&self->api->waiting, self);
  if (self->data_free != NULL)
    self->data_free (self->data);
  g_clear_pointer (&self->body, trias_json_free);
  trias_access_facts_free (self->facts);
  g_free (self->admin);
  g_free (self->id);
  g_free (self);
}

void
trias_call_set_data (TriasCall *self, gpointer data, GDestroyNotify data_free)
{
  if (self->data_free != NULL)
    self->data_free (self->data);
  self->data = data;
  self->data_free = data_free;
}

gboolean
trias_call_is_over (TriasCall *self)
{
  if (self->request != NULL)
    return FALSE;
  trias_call_free (self);
  return TRUE;
}

/* --- reading --- */

static gboolean
is_json (const char *type)
{
  gsize length = strlen ("application/json");

  return type == NULL
         || (g_ascii_strncasecmp (type, "application/json", length) == 0
             && strchr ("; \t", type[length]) != NULL);
}

const TriasJson *
trias_call_body (TriasCall *self)
{
  g_autoptr (GError) error = NULL;
  gsize length;
  const char *data = trias_http_body (self->request, &length);

  if (self->body != NULL)
    return self->body;
  if (!is_json (trias_http_header (self->request, "Content-Type")))
    {
      trias_call_refuse (self, TRIAS_REASON_UNSUPPORTED_MEDIA, "The body must be application/json");
      return NULL;
    }
  if (length == 0)
    self->body = trias_json_parse ("{}", 2, 2, &error);
  else
    self->body = trias_json_parse (data, length, TRIAS_JSON_MAX_BYTES, &error);
  if (self->body == NULL)
    {
      trias_call_error (self, error);
      return NULL;
    }
  return self->body;
}

gboolean
trias_call_read (TriasCall *self, TriasJsonReader *reader)
{
  const TriasJson *body = trias_call_body (self);

  if (body == NULL)
    return FALSE;
  trias_json_reader_init (reader, body);
  return TRUE;
}

gboolean
trias_call_read_end (TriasCall *self, TriasJsonReader *reader)
{
  g_autoptr (GError) error = NULL;

  if (trias_json_reader_finish (reader, &error))
    return TRUE;
  trias_call_error (self, error);
  return FALSE;
}

gboolean
trias_call_query_int (
    TriasCall *self, const char *name, gint64 min, gint64 max, gint64 fallback, gint64 *value)
{
  const char *text = trias_http_query (self->request, name);

  *value = fallback;
  if (text == NULL)
    return TRUE;
  if (g_ascii_string_to_signed (text, 10, min, max, value, NULL))
    return TRUE;
  trias_call_refuse (self, TRIAS_REASON_BAD_REQUEST,
                     "The query argument %s must be a whole number from %" G_GINT64_FORMAT
                     " to %" G_GINT64_FORMAT,
                     name, min, max);
  return FALSE;
}

gboolean
trias_call_query_bool (TriasCall *self, const char *name, gboolean *value)
{
  const char *text = trias_http_query (self->request, name);

  *value = g_strcmp0 (text, "true") == 0;
  if (text == NULL || *value || g_str_equal (text, "false"))
    return TRUE;
  trias_call_refuse (self, TRIAS_REASON_BAD_REQUEST, "The query argument %s must be true or false",
                     name);
  return FALSE;
}

/* --- answering --- */

void
trias_call_json (TriasCall *self, guint status, TriasJsonWriter *writer)
{
  gsize length;
  char *text = trias_json_writer_end (writer, &length);

  trias_json_writer_free (writer);
  if (self->request != NULL)
    trias_http_respond_take (self->request, status, text, length);
  else
    g_free (text);
  trias_call_free (self);
}

void
trias_call_text (TriasCall *self, const char *content_type, const char *text)
{
  if (self->request != NULL)
    trias_http_respond (self->request, 200, content_type, text, strlen (text));
  trias_call_free (self);
}

void
trias_call_empty (TriasCall *self)
{
  if (self->request != NULL)
    trias_http_respond (self->request, 204, NULL, NULL, 0);
  trias_call_free (self);
}

/* In a triad whoever asked the wrong server is told which is the right one; and of a lease, for
 * whom this one speaks: a server that was taken out of a triad speaks for itself alone. */
static void
explain (TriasCall *self, TriasProblem *problem)
{
  const TriasRelationship *relationship
      = self->api != NULL ? trias_peer_get_relationship (self->api->peer) : NULL;
  g_autofree char *epoch = NULL;

  if (relationship == NULL || relationship->kind != TRIAS_KIND_TRIAD)
    return;
  if (problem->reason == TRIAS_REASON_NOT_ACTIVE || problem->reason == TRIAS_REASON_NO_QUORUM)
    trias_peer_explain (self->api->peer, problem);
  else if (self->request != NULL
           && g_str_has_prefix (trias_http_path (self->request), TRIAS_API_PREFIX "/leases"))
    {
      epoch = trias_api_epoch (self->api);
      trias_problem_param (problem, "epoch", epoch);
    }
}

void
trias_call_problem (TriasCall *self, TriasProblem *problem)
{
  explain (self, problem);
  if (self->request != NULL)
    trias_http_problem (self->request, problem);
  else
    trias_problem_free (problem);
  trias_call_free (self);
}

void
trias_call_problem_header (TriasCall *self,
                           TriasProblem *problem,
                           const char *header,
                           const char *value)
{
  g_autofree char *text = NULL;

  explain (self, problem);
  text = trias_problem_to_json (problem);
  if (self->request != NULL)
    trias_http_respond_header (self->request, trias_reason_status (problem->reason), header, value,
                               "application/problem+json", text, strlen (text));
  trias_problem_free (problem);
  trias_call_free (self);
}

void
trias_call_refuse (TriasCall *self, TriasReason reason, const char *format, ...)
{
  g_autofree char *detail = NULL;
  va_list args;

  va_start (args, format);
  detail = g_strdup_vprintf (format, args);
  va_end (args);
  trias_call_problem (self, trias_problem_new (reason, "%s", detail));
}

void
trias_call_error (TriasCall *self, const GError *error)
{
  trias_call_problem (self, trias_problem_from_error (error));
}

gboolean
trias_call_check (TriasCall *self, const TriasOutcome *outcome)
{
  if (outcome->reason == TRIAS_REASON_NONE)
    return TRUE;
  trias_call_refuse (self, outcome->reason, "%s",
                     outcome->detail != NULL ? outcome->detail
                                             : trias_reason_title (outcome->reason));
  return FALSE;
}
