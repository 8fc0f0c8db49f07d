/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-peer-client.h"

#include <libsoup/soup.h>
#include <string.h>

#include "core/trias-address.h"

/* An answer of the partner is a status and a digest; nothing honest is longer than a request may
 * be. */
#define ANSWER_MAX TRIAS_JSON_MAX_BYTES

#define STOPPING "This server is stopping; ask again later."
#define MUTE "This server is silent for a failover drill."

struct _TriasPeerClient
{
  GTlsCertificate *certificate;
  GInetSocketAddress *local; /* (nullable) */
  SoupSession *session;      /* (nullable) made when first needed */
  GHashTable *calls;         /* (element-type Call) under way */
  gboolean stopped;
  gboolean mute;
};

typedef struct
{
  TriasPeerClient *client; /* (nullable) after it was stopped */
  SoupSession *session;    /* keeps it alive until the request has ended */
  SoupMessage *message;
  GTlsCertificate *certificate;
  GCancellable *cancellable;
  GSource *deadline;
  char *pin;
  char *seen; /* (nullable) id of the key that answered */
  char *where;
  gboolean held; /* never sent: the own server is mute */
  gboolean mismatch, late, too_large;
  GInputStream *stream; /* (nullable) the answer's body */
  GByteArray *body;     /* (nullable) what was read of it */
  gint64 sent_at;
  TriasPeerAnswerFunc func;
  gpointer user_data;
} Call;

static void
call_free (Call *call)
{
  if (call->deadline != NULL)
    {
      g_source_destroy (call->deadline);
      g_source_unref (call->deadline);
    }
  if (call->message != NULL)
    g_signal_handlers_disconnect_by_data (call->message, call);
  g_clear_object (&call->stream);
  g_clear_pointer (&call->body, g_byte_array_unref);
  g_clear_object (&call->message);
  g_clear_object (&call->session);
  g_clear_object (&call->certificate);
  g_clear_object (&call->cancellable);
  g_free (call->pin);
  g_free (call->seen);
  g_free (call->where);
  g_free (call);
}

GInetAddress *
trias_peer_client_local_address (const char *const *addresses)
{
  for (guint i = 0; addresses != NULL && addresses[i] != NULL; i++)
    {
      g_autoptr (TriasAddress) address = trias_address_parse (addresses[i], NULL);
      g_autoptr (GInetAddress) inet = NULL;

      if (address == NULL)
        continue;
      inet = g_inet_address_new_from_string (address->host);
      if (inet != NULL && !g_inet_address_get_is_any (inet))
        return g_steal_pointer (&inet);
    }
  return NULL;
}

TriasPeerClient *
trias_peer_client_new (TriasIdentity *identity, const char *const *addresses)
{
  TriasPeerClient *self = g_new0 (TriasPeerClient, 1);
  g_autoptr (GInetAddress) local = trias_peer_client_local_address (addresses);

  self->certificate = trias_identity_to_tls (identity, NULL);
  if (local != NULL)
    self->local = G_INET_SOCKET_ADDRESS (g_inet_socket_address_new (local, 0));
  self->calls = g_hash_table_new (NULL, NULL);
  return self;
}

static SoupSession *
make_session (TriasPeerClient *self)
{
  SoupSession *session = soup_session_new_with_options (
      "local-address", self->local, "max-conns", 16, "max-conns-per-host", 6, "timeout", 15u,
      "idle-timeout", 60u, "proxy-resolver", NULL, NULL);

  /* A small packed answer must not unfold into a large one. */
  soup_session_remove_feature_by_type (session, SOUP_TYPE_CONTENT_DECODER);
  return session;
}

void
trias_peer_client_forget_connections (TriasPeerClient *self)
{
  /* Requests under way hold their session, which goes with the last of them. */
  g_clear_object (&self->session);
}

static void
call_finish (Call *call, const TriasPeerAnswer *answer)
{
  TriasPeerAnswerFunc func = g_steal_pointer (&call->func);

  if (call->client != NULL)
    g_hash_table_remove (call->client->calls, call);
  call->client = NULL;
  if (func != NULL)
    func (answer, call->user_data);
}

static void
call_refuse (Call *call, TriasProblem *problem)
{
  TriasPeerAnswer answer = { .problem = problem, .server_id = call->seen };

  call_finish (call, &answer);
  trias_problem_free (problem);
}

/* Ends the calls under way, or only those that were never sent. */
static void
end_calls (TriasPeerClient *self, gboolean held, const char *why)
{
  g_autoptr (GList) calls = g_hash_table_get_keys (self->calls);

  for (GList *l = calls; l != NULL; l = l->next)
    {
      Call *call = l->data;

      /* An answer to one may end another. */
      if (!g_hash_table_contains (self->calls, call) || (held && !call->held))
        continue;
      g_cancellable_cancel (call->cancellable);
      call_refuse (call, trias_problem_new (TRIAS_REASON_UNREACHABLE, "%s", why));
      if (call->held)
        call_free (call);
    }
}

void
trias_peer_client_stop (TriasPeerClient *self)
{
  self->stopped = TRUE;
  end_calls (self, FALSE, STOPPING);
  g_clear_object (&self->session);
}

void
trias_peer_client_set_mute (TriasPeerClient *self, gboolean mute)
{
  self->mute = mute;
  end_calls (self, !mute, MUTE);
  g_clear_object (&self->session);
}

void
trias_peer_client_free (TriasPeerClient *self)
{
  trias_peer_client_stop (self);
  g_hash_table_unref (self->calls);
  g_clear_object (&self->certificate);
  g_clear_object (&self->local);
  g_free (self);
}

static gboolean
on_accept_certificate (SoupMessage *message,
                       GTlsCertificate *certificate,
                       GTlsCertificateFlags flags,
                       Call *call)
{
  g_free (call->seen);
  call->seen = trias_id_from_tls (certificate);
  call->mismatch = call->seen == NULL || (call->pin != NULL && strcmp (call->seen, call->pin) != 0);
  return !call->mismatch;
}

static gboolean
on_request_certificate (SoupMessage *message, GTlsClientConnection *connection, Call *call)
{
  soup_message_set_tls_client_certificate (message, call->certificate);
  return TRUE;
}

static gboolean
on_deadline (gpointer user_data)
{
  Call *call = user_data;

  call->late = TRUE;
  if (!call->held)
    {
      g_cancellable_cancel (call->cancellable);
      return G_SOURCE_REMOVE;
    }
  call_refuse (call, trias_problem_new (TRIAS_REASON_UNREACHABLE, MUTE));
  call_free (call);
  return G_SOURCE_REMOVE;
}

static TriasProblem *
problem_of_failure (Call *call, const GError *error)
{
  if (call->mismatch)
    {
      TriasProblem *problem = trias_problem_new (
          TRIAS_REASON_KEY_MISMATCH,
          "At %s a server answers with another key than expected; compare the fingerprints.",
          call->where);

      trias_problem_param (problem, "address", call->where);
      if (call->pin != NULL)
        trias_problem_param (problem, "expected", call->pin);
      if (call->seen != NULL)
        trias_problem_param (problem, "seen", call->seen);
      return problem;
    }
  if (call->too_large)
    return trias_problem_new (TRIAS_REASON_TOO_LARGE, "The answer of %s is too large.",
                              call->where);
  if (call->late)
    return trias_problem_param (
        trias_problem_new (TRIAS_REASON_UNREACHABLE, "%s did not answer in time.", call->where),
        "address", call->where);
  return trias_problem_param (
      trias_problem_new (TRIAS_REASON_UNREACHABLE, "%s cannot be reached: %s.", call->where,
                         error != NULL ? error->message : "no reason known"),
      "address", call->where);
}

/* A kept connection was verified for an earlier request: what it is good for is compared again. */
static gboolean
check_key (Call *call)
{
  GTlsCertificate *certificate = soup_message_get_tls_peer_certificate (call->message);

  g_free (call->seen);
  call->seen = certificate != NULL ? trias_id_from_tls (certificate) : NULL;
  call->mismatch = call->seen == NULL || (call->pin != NULL && strcmp (call->seen, call->pin) != 0);
  return !call->mismatch;
}

/* From the first byte of the request to the first of the answer: what it took to connect is no
 * property of the link. Of an answer that was not measured: from sending. */
static gint64
round_trip (Call *call)
{
  SoupMessageMetrics *metrics = soup_message_get_metrics (call->message);
  guint64 start = metrics != NULL ? soup_message_metrics_get_request_start (metrics) : 0;
  guint64 end = metrics != NULL ? soup_message_metrics_get_response_start (metrics) : 0;

  return start > 0 && end >= start ? (gint64) (end - start)
                                   : g_get_monotonic_time () - call->sent_at;
}

static void
answer_with_body (Call *call, GBytes *bytes)
{
  TriasPeerAnswer answer = { .server_id = call->seen };
  GSocketAddress *remote = soup_message_get_remote_address (call->message);
  g_autofree char *address = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasJson) json = NULL;
  g_autoptr (TriasProblem) problem = NULL;
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  if (G_IS_INET_SOCKET_ADDRESS (remote))
    address = g_inet_address_to_string (
        g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (remote)));
  answer.address = address;
  answer.status = soup_message_get_status (call->message);
  answer.round_trip_us = round_trip (call);
  if (answer.status == SOUP_STATUS_OK)
    {
      json = trias_json_parse (data != NULL ? data : "", length, ANSWER_MAX, &error);
      if (json == NULL)
        problem = trias_problem_new (TRIAS_REASON_VERSION,
                                     "%s gave an answer that is not understood: %s", call->where,
                                     error->message);
    }
  else
    problem = trias_problem_from_json (data != NULL ? data : "", length, answer.status);
  answer.json = json;
  answer.problem = problem;
  call_finish (call, &answer);
}

/* Ends the call with the whole body, or (%NULL) without one because of @error. */
static void
end_call (Call *call, GBytes *bytes, const GError *error)
{
  if (call->func == NULL)
    ; /* the client was stopped and has answered */
  else if (bytes == NULL || !check_key (call))
    {
      if (call->mismatch)
        trias_peer_client_forget_connections (call->client);
      call_refuse (call, problem_of_failure (call, error));
    }
  else
    answer_with_body (call, bytes);
  call_free (call);
}

static void read_more (Call *call);

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) part
      = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);
  gsize length = 0;
  const guint8 *data = part != NULL ? g_bytes_get_data (part, &length) : NULL;

  if (length > 0 && call->body->len + length <= ANSWER_MAX)
    {
      g_byte_array_append (call->body, data, length);
      read_more (call);
      return;
    }
  call->too_large = length > 0;
  if (part == NULL || call->too_large)
    end_call (call, NULL, error);
  else
    {
      g_autoptr (GBytes) whole = g_byte_array_free_to_bytes (g_steal_pointer (&call->body));

      end_call (call, whole, NULL);
    }
}

/* In parts, so that no answer is held that is larger than any good one. */
static void
read_more (Call *call)
{
  g_input_stream_read_bytes_async (call->stream, 16384, G_PRIORITY_DEFAULT, call->cancellable,
                                   on_read, call);
}

static void
on_answer (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Call *call = user_data;
  g_autoptr (GError) error = NULL;

  call->stream = soup_session_send_finish (SOUP_SESSION (source), result, &error);
  if (call->stream == NULL)
    {
      end_call (call, NULL, error);
      return;
    }
  call->body = g_byte_array_new ();
  read_more (call);
}

/* Whether it may be sent twice. Only such a request goes over a kept connection: that one may have
 * ended unseen, and then the library sends it anew. */
static gboolean
is_repeatable (const char *verb)
{
  return strcmp (verb, "ping") == 0;
}

static SoupMessage *
make_message (Call *call, const char *verb, char *body)
{
  g_autoptr (TriasAddress) address = trias_address_parse (call->where, NULL);
  g_autoptr (GBytes) bytes = g_bytes_new_take (body, strlen (body));
  g_autofree char *base = address != NULL ? trias_address_to_base_uri (address) : NULL;
  g_autofree char *uri = base != NULL ? g_strconcat (base, "/api/v1/peer/", verb, NULL) : NULL;
  SoupMessage *message = uri != NULL ? soup_message_new (SOUP_METHOD_POST, uri) : NULL;

  if (message == NULL)
    return NULL;
  soup_message_set_request_body_from_bytes (message, "application/json", bytes);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT | SOUP_MESSAGE_COLLECT_METRICS);
  if (is_repeatable (verb))
    soup_message_add_flags (message, SOUP_MESSAGE_IDEMPOTENT);
  g_signal_connect (message, "accept-certificate", G_CALLBACK (on_accept_certificate), call);
  g_signal_connect (message, "request-certificate", G_CALLBACK (on_request_certificate), call);
  return message;
}

void
trias_peer_client_post (TriasPeerClient *self,
                        const char *address,
                        const char *pin,
                        const char *verb,
                        char *body,
                        guint timeout_ms,
                        TriasPeerAnswerFunc func,
                        gpointer user_data)
{
  Call *call = g_new0 (Call, 1);

  call->func = func;
  call->user_data = user_data;
  call->pin = g_strdup (pin);
  call->where = g_strdup (address);
  call->cancellable = g_cancellable_new ();
  call->message = make_message (call, verb, body);
  if (self->stopped || call->message == NULL || self->certificate == NULL)
    {
      call_refuse (call, self->stopped ? trias_problem_new (TRIAS_REASON_UNREACHABLE, STOPPING)
                                       : trias_problem_new (TRIAS_REASON_UNREACHABLE,
                                                            "'%s' is no address.", address));
      call_free (call);
      return;
    }
  call->client = self;
  call->held = self->mute;
  call->certificate = g_object_ref (self->certificate);
  if (pin == NULL)
    {
      /* Whoever answers is not known yet: nothing of it may be kept for later requests. */
      call->session = make_session (self);
    }
  else
    {
      if (self->session == NULL)
        self->session = make_session (self);
      call->session = g_object_ref (self->session);
    }
  g_hash_table_add (self->calls, call);
  call->deadline = g_timeout_source_new (timeout_ms);
  g_source_set_callback (call->deadline, on_deadline, call, NULL);
  g_source_attach (call->deadline, NULL);
  if (call->held)
    return;
  call->sent_at = g_get_monotonic_time ();
  soup_session_send_async (call->session, call->message, G_PRIORITY_DEFAULT, call->cancellable,
                           on_answer, call);
}
