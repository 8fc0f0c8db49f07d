/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-rest-private.h"

#include "client/trias-deadline.h"

#include <string.h>

#define CONNECTIONS 6
#define IO_TIMEOUT_S 60
#define IDLE_TIMEOUT_S 60
#define CHUNK (64 * 1024)

struct _TriasRest
{
  GObject parent_instance;

  char *base_uri;
  char *fingerprint; /* (owned) (nullable) */
  char *token;       /* (owned) (nullable) */
  guint deadline_ms;
  GTlsCertificate *certificate; /* (owned) (nullable) */
  SoupSession *session;
};

G_DEFINE_FINAL_TYPE (TriasRest, trias_rest, G_TYPE_OBJECT)

/* One request under way; lives as long as its task. */
typedef struct
{
  SoupMessage *message;
  TriasDeadline *deadline;
  GInputStream *stream; /* (owned) (nullable) */
  GByteArray *body;
  gint64 sent_at;
} Request;

static void
request_free (gpointer data)
{
  Request *request = data;

  trias_deadline_free (request->deadline);
  g_clear_object (&request->message);
  g_clear_object (&request->stream);
  g_byte_array_unref (request->body);
  g_free (request);
}

void
trias_answer_free (TriasAnswer *self)
{
  if (self == NULL)
    return;
  trias_json_free (self->json);
  g_free (self->text);
  g_free (self->location);
  g_free (self->server_id);
  g_free (self);
}

static gboolean
request_certificate_cb (SoupMessage *message, GTlsClientConnection *connection, gpointer user_data)
{
  TriasRest *self = user_data;

  if (self->certificate == NULL)
    return FALSE;
  soup_message_set_tls_client_certificate (message, self->certificate);
  return TRUE;
}

/* Known from the beginning: GLib resumes the TLS sessions of a server among the connections that
 * show the same certificate, and before the handshake asks for one it takes all for the same
 * client. */
static void
network_event_cb (SoupMessage *message,
                  GSocketClientEvent event,
                  GIOStream *connection,
                  gpointer user_data)
{
  TriasRest *self = user_data;

  if (event == G_SOCKET_CLIENT_TLS_HANDSHAKING && self->certificate != NULL)
    g_tls_connection_set_certificate (G_TLS_CONNECTION (connection), self->certificate);
}

/* libsoup takes an answer without a body and without its length for one that ends with the
 * connection. */
static void
got_headers_cb (SoupMessage *message, gpointer user_data)
{
  if (soup_message_get_status (message) == SOUP_STATUS_NO_CONTENT)
    soup_message_headers_set_encoding (soup_message_get_response_headers (message),
                                       SOUP_ENCODING_NONE);
}

static void
fail (GTask *task, GError *error)
{
  TriasRest *self = g_task_get_source_object (task);
  Request *request = g_task_get_task_data (task);
  gboolean expired = request->deadline->expired;

  g_task_return_error (task, trias_rest_translate (self, request->message, error, expired));
}

static gboolean
has_type (SoupMessage *message, const char *type)
{
  const char *found
      = soup_message_headers_get_content_type (soup_message_get_response_headers (message), NULL);

  return found != NULL && g_ascii_strcasecmp (found, type) == 0;
}

static TriasAnswer *
make_answer (TriasRest *self, Request *request, GError **error)
{
  g_autoptr (TriasAnswer) answer = g_new0 (TriasAnswer, 1);
  const char *data = request->body->len > 0 ? (const char *) request->body->data : "";
  gsize length = request->body->len;
  SoupMessageHeaders *headers = soup_message_get_response_headers (request->message);

  answer->status = soup_message_get_status (request->message);
  if (answer->status < 200 || answer->status >= 400)
    {
      g_propagate_error (error, trias_rest_refused (request->message, data, length));
      return NULL;
    }
  answer->sent_at = request->sent_at;
  answer->server_id = g_strdup (self->fingerprint);
  answer->location = g_strdup (soup_message_headers_get_one (headers, "Location"));
  if (has_type (request->message, "text/plain"))
    answer->text = g_utf8_make_valid (data, (gssize) length);
  else if (length > 0 && answer->status < 300)
    {
      answer->json = trias_json_parse (data, length, TRIAS_REST_MAX_ANSWER, error);
      if (answer->json == NULL)
        {
          g_prefix_error (error,
                          "The answer of the server at %s is not understood: ", self->base_uri);
          return NULL;
        }
    }
  return g_steal_pointer (&answer);
}

static void read_some (GTask *task);

static void
end_of_body (GTask *task)
{
  TriasRest *self = g_task_get_source_object (task);
  Request *request = g_task_get_task_data (task);
  GError *error = NULL;
  TriasAnswer *answer = make_answer (self, request, &error);

  if (answer != NULL)
    g_task_return_pointer (task, answer, (GDestroyNotify) trias_answer_free);
  else
    g_task_return_error (task, error);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  Request *request = g_task_get_task_data (task);
  GError *error = NULL;
  g_autoptr (GBytes) bytes
      = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);

  if (bytes == NULL)
    {
      fail (task, error);
      return;
    }
  if (g_bytes_get_size (bytes) == 0)
    {
      end_of_body (task);
      return;
    }
  if (request->body->len + g_bytes_get_size (bytes) > TRIAS_REST_MAX_ANSWER)
    {
      TriasRest *self = g_task_get_source_object (task);

      g_cancellable_cancel (request->deadline->cancellable);
      g_task_return_new_error (task, TRIAS_ERROR, TRIAS_REASON_TOO_LARGE,
                               "The answer of the server at %s is larger than allowed.",
                               self->base_uri);
      return;
    }
  g_byte_array_append (request->body, g_bytes_get_data (bytes, NULL),
                       (guint) g_bytes_get_size (bytes));
  read_some (g_steal_pointer (&task));
}

/* Takes @task. */
static void
read_some (GTask *task)
{
  Request *request = g_task_get_task_data (task);

  g_input_stream_read_bytes_async (request->stream, CHUNK, G_PRIORITY_DEFAULT,
                                   request->deadline->cancellable, read_cb, task);
}

static void
sent_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  TriasRest *self = g_task_get_source_object (task);
  Request *request = g_task_get_task_data (task);
  GError *error = NULL;

  request->stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (request->stream == NULL)
    {
      fail (task, error);
      return;
    }
  if (!trias_rest_check_pin (self, request->message, &error))
    {
      g_cancellable_cancel (request->deadline->cancellable);
      g_task_return_error (task, error);
      return;
    }
  read_some (g_steal_pointer (&task));
}

void
trias_rest_send_within_async (TriasRest *self,
                              guint deadline_ms,
                              const char *method,
                              const char *path,
                              const char *body,
                              const char *const *headers,
                              GCancellable *cancellable,
                              GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (SoupMessage) message = NULL;
  Request *request;

  g_task_set_source_tag (task, trias_rest_send_async);
  if (g_task_return_error_if_cancelled (task))
    return;
  message = trias_rest_new_message (self, method, path, body, headers);
  if (message == NULL)
    {
      g_task_return_new_error (task, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
                               "“%s” is no address of a server.", self->base_uri);
      return;
    }
  g_signal_connect_object (message, "request-certificate", G_CALLBACK (request_certificate_cb),
                           self, 0);
  g_signal_connect_object (message, "network-event", G_CALLBACK (network_event_cb), self, 0);
  g_signal_connect (message, "got-headers", G_CALLBACK (got_headers_cb), NULL);
  request = g_new0 (Request, 1);
  request->message = g_object_ref (message);
  request->deadline = trias_deadline_new (cancellable, deadline_ms);
  request->body = g_byte_array_new ();
  request->sent_at = trias_boot_time ();
  g_task_set_task_data (task, request, request_free);
  soup_session_send_async (self->session, message, G_PRIORITY_DEFAULT,
                           request->deadline->cancellable, sent_cb, g_steal_pointer (&task));
}

void
trias_rest_send_async (TriasRest *self,
                       const char *method,
                       const char *path,
                       const char *body,
                       const char *const *headers,
                       GCancellable *cancellable,
                       GAsyncReadyCallback callback,
                       gpointer user_data)
{
  trias_rest_send_within_async (self, self->deadline_ms, method, path, body, headers, cancellable,
                                callback, user_data);
}

TriasAnswer *
trias_rest_send_finish (TriasRest *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, trias_rest_send_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static SoupSession *
make_session (void)
{
  SoupSession *session = soup_session_new_with_options (
      "max-conns", CONNECTIONS, "max-conns-per-host", CONNECTIONS, "timeout", IO_TIMEOUT_S,
      "idle-timeout", IDLE_TIMEOUT_S, "user-agent", "trias/" TRIAS_VERSION, NULL);

  /* Without certificate authorities every key goes through the pin. Servers of the own network are
   * reached directly, and answers are not unpacked: an archive could grow without limit. */
  soup_session_set_tls_database (session, NULL);
  soup_session_set_proxy_resolver (session, NULL);
  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
  return session;
}

static void
trias_rest_dispose (GObject *object)
{
  TriasRest *self = TRIAS_REST (object);

  if (self->session != NULL)
    soup_session_abort (self->session);
  g_clear_object (&self->session);
  g_clear_object (&self->certificate);
  G_OBJECT_CLASS (trias_rest_parent_class)->dispose (object);
}

static void
trias_rest_finalize (GObject *object)
{
  TriasRest *self = TRIAS_REST (object);

  g_free (self->base_uri);
  g_free (self->fingerprint);
  g_free (self->token);
  G_OBJECT_CLASS (trias_rest_parent_class)->finalize (object);
}

static void
trias_rest_class_init (TriasRestClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = trias_rest_dispose;
  G_OBJECT_CLASS (klass)->finalize = trias_rest_finalize;
}

static void
trias_rest_init (TriasRest *self)
{
  self->deadline_ms = TRIAS_REST_DEADLINE_MS;
  self->session = make_session ();
}

TriasRest *
trias_rest_new (const char *base_uri, const char *fingerprint, TriasIdentity *identity)
{
  TriasRest *self = g_object_new (TRIAS_TYPE_REST, NULL);

  self->base_uri = g_strdup (base_uri);
  self->fingerprint = g_strdup (fingerprint);
  if (identity != NULL)
    self->certificate = trias_identity_to_tls (identity, NULL);
  return self;
}

const char *
trias_rest_get_base_uri (TriasRest *self)
{
  return self->base_uri;
}

const char *
trias_rest_get_fingerprint (TriasRest *self)
{
  return self->fingerprint;
}

void
trias_rest_set_fingerprint (TriasRest *self, const char *fingerprint)
{
  if (g_strcmp0 (self->fingerprint, fingerprint) == 0)
    return;
  g_free (self->fingerprint);
  self->fingerprint = g_strdup (fingerprint);
  soup_session_abort (self->session);
}

void
trias_rest_set_token (TriasRest *self, const char *token)
{
  char *copy = g_strdup (token);

  g_free (self->token);
  self->token = copy;
}

const char *
trias_rest_get_token (TriasRest *self)
{
  return self->token;
}

void
trias_rest_set_deadline (TriasRest *self, guint milliseconds)
{
  self->deadline_ms = milliseconds;
}

SoupSession *
trias_rest_get_session (TriasRest *self)
{
  return self->session;
}
