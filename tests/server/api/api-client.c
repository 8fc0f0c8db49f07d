/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "api-client.h"

#include "http-client.h"

void
api_answer_free (ApiAnswer *self)
{
  g_clear_pointer (&self->json, trias_json_free);
  g_free (self->head);
  g_free (self->text);
  g_free (self);
}

static gboolean
is_json (const HttpAnswer *http)
{
  g_autofree char *type = http_answer_header (http, "Content-Type");

  return type != NULL && strstr (type, "json") != NULL;
}

ApiAnswer *
api_request (ApiServer *server,
             TriasIdentity *identity,
             const char *head,
             const char *method,
             const char *path,
             const char *body,
             gsize length)
{
  g_autoptr (HttpClient) client = http_client_open (server->port, TRUE, identity);
  g_autoptr (HttpAnswer) http = NULL;
  g_autoptr (GError) error = NULL;
  ApiAnswer *answer = g_new0 (ApiAnswer, 1);

  http_client_send (client, "%s /api/v1%s HTTP/1.1\r\nHost: t\r\n%s", method, path, head);
  if (body != NULL)
    http_client_send (client,
                      "Content-Type: application/json\r\nContent-Length: %" G_GSIZE_FORMAT "\r\n",
                      length);
  http_client_send (client, "\r\n");
  if (body != NULL && length > 0)
    http_client_send_bytes (client, body, length);
  http = http_client_read (client);
  answer->status = http->status;
  answer->head = g_strdup (http->head);
  answer->text = g_strndup (http->body->str, http->body->len);
  if (http->body->len > 0 && is_json (http))
    {
      answer->json = trias_json_parse (http->body->str, http->body->len, 16 * 1024 * 1024, &error);
      g_assert_no_error (error);
    }
  return answer;
}

ApiAnswer *
api_admin (ApiServer *server, const char *method, const char *path, const char *body)
{
  g_autofree char *head = NULL;

  if (server->token == NULL)
    api_sign_in (server);
  head = g_strdup_printf ("Authorization: Bearer %s\r\n", server->token);
  return api_request (server, NULL, head, method, path, body, body != NULL ? strlen (body) : 0);
}

ApiAnswer *
api_client (ApiServer *server,
            TriasIdentity *identity,
            const char *method,
            const char *path,
            const char *body)
{
  return api_request (server, identity, "", method, path, body, body != NULL ? strlen (body) : 0);
}

void
api_sign_in (ApiServer *server)
{
  g_autoptr (ApiAnswer) answer
      = api_client (server, NULL, "POST", "/session",
                    "{\"name\":\"" API_ADMIN "\",\"password\":\"" API_PASSWORD "\"}");

  api_assert_status (answer, 201);
  g_free (server->token);
  server->token = g_strdup (api_string (answer, "token"));
}

char *
api_license_body (const char *text)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "text", text);
  trias_json_end_object (writer);
  return trias_json_writer_end (writer, NULL);
}

void
api_install (ApiServer *server, const char *id, const char *features)
{
  g_autofree char *text = api_license (server, id, 1, features);
  g_autofree char *body = api_license_body (text);

  api_expect (api_admin (server, "POST", "/licenses", body), 201, NULL);
}

void
api_expect (ApiAnswer *answer, guint status, const char *reason)
{
  api_assert_status (answer, status);
  if (reason != NULL)
    {
      g_assert_cmpstr (api_string (answer, "reason"), ==, reason);
      g_assert_cmpint (api_int (answer, "status"), ==, status);
    }
  api_answer_free (answer);
}

/* --- reading answers --- */

/* The object or array that holds the last part of @path; @last (out): that part. */
static const TriasJson *
holder_of (const ApiAnswer *answer, const char *path, char **last)
{
  g_auto (GStrv) parts = g_strsplit (path, ".", -1);
  const TriasJson *at = answer->json;
  guint n = g_strv_length (parts);

  for (guint i = 0; i + 1 < n; i++)
    {
      TriasJsonReader reader;
      const TriasJson *next;

      if (g_ascii_isdigit (parts[i][0]))
        {
          at = trias_json_element (at, (guint) g_ascii_strtoull (parts[i], NULL, 10));
          continue;
        }
      trias_json_reader_init (&reader, at);
      if (g_ascii_isdigit (parts[i + 1][0]))
        next = trias_json_read_array (&reader, parts[i], 100000);
      else
        next = trias_json_read_object (&reader, parts[i]);
      if (next == NULL)
        g_error ("no %s in %s", path, answer->text);
      at = next;
    }
  *last = g_strdup (parts[n - 1]);
  return at;
}

static void
end (TriasJsonReader *reader, const ApiAnswer *answer, const char *path)
{
  if (reader->error != NULL)
    g_error ("%s: %s in %s", path, reader->error->message, answer->text);
}

const char *
api_string (const ApiAnswer *answer, const char *path)
{
  g_autofree char *last = NULL;
  TriasJsonReader reader;
  const char *value;

  trias_json_reader_init (&reader, holder_of (answer, path, &last));
  value = trias_json_read_string_or (&reader, last, 1024 * 1024, NULL);
  end (&reader, answer, path);
  return value;
}

gint64
api_int (const ApiAnswer *answer, const char *path)
{
  g_autofree char *last = NULL;
  TriasJsonReader reader;
  gint64 value;

  trias_json_reader_init (&reader, holder_of (answer, path, &last));
  value = trias_json_read_int (&reader, last, G_MININT64, G_MAXINT64);
  end (&reader, answer, path);
  return value;
}

gboolean
api_bool (const ApiAnswer *answer, const char *path)
{
  g_autofree char *last = NULL;
  TriasJsonReader reader;
  gboolean value;

  trias_json_reader_init (&reader, holder_of (answer, path, &last));
  value = trias_json_read_bool (&reader, last);
  end (&reader, answer, path);
  return value;
}

int
api_length (const ApiAnswer *answer, const char *path)
{
  g_autofree char *last = NULL;
  TriasJsonReader reader;
  const TriasJson *array;

  trias_json_reader_init (&reader, holder_of (answer, path, &last));
  array = trias_json_read_array_or_null (&reader, last, 100000);
  end (&reader, answer, path);
  return array != NULL ? (int) trias_json_length (array) : -1;
}
