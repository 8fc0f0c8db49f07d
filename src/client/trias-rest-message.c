/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-rest-private.h"

#include <string.h>

#define OFFERED "trias-offered"
/* Marks an error that this side made: no answer came. A server may use the same reasons about its
 * partner. */
#define TRANSPORT "transport"
#define RETRY_AFTER "retry_after"
#define RETRY_AFTER_MAX_S 3600

static gboolean
accept_certificate_cb (SoupMessage *message,
                       GTlsCertificate *certificate,
                       GTlsCertificateFlags flags,
                       gpointer user_data)
{
  TriasRest *self = user_data;
  g_autofree char *id = trias_id_from_tls (certificate);
  const char *pin = trias_rest_get_fingerprint (self);

  if (id != NULL && pin != NULL && strcmp (id, pin) == 0)
    return TRUE;
  g_object_set_data_full (G_OBJECT (message), OFFERED, g_steal_pointer (&id), g_free);
  return FALSE;
}

static GError *
transport_error (TriasRest *self, TriasReason reason, const char *detail, const char *fingerprint)
{
  g_autoptr (TriasProblem) problem = trias_problem_new (reason, "%s", detail);
  const char *pin = trias_rest_get_fingerprint (self);

  trias_problem_param (problem, TRANSPORT, "yes");
  trias_problem_param (problem, "address", trias_rest_get_base_uri (self));
  if (fingerprint != NULL)
    trias_problem_param (problem, "fingerprint", fingerprint);
  if (fingerprint != NULL && pin != NULL)
    trias_problem_param (problem, "expected", pin);
  return trias_problem_to_error (problem);
}

static GError *
key_error (TriasRest *self, const char *offered)
{
  const char *pin = trias_rest_get_fingerprint (self);
  g_autofree char *text = NULL;

  if (pin == NULL)
    text = g_strdup_printf ("The server at %s is not known yet: compare its fingerprint, "
                            "then confirm it.",
                            trias_rest_get_base_uri (self));
  else
    text = g_strdup_printf ("Another key than the known one answers at %s: check who runs the "
                            "server there before you trust it.",
                            trias_rest_get_base_uri (self));
  return transport_error (self, TRIAS_REASON_KEY_MISMATCH, text, offered);
}

gboolean
trias_rest_check_pin (TriasRest *self, SoupMessage *message, GError **error)
{
  GTlsCertificate *certificate = soup_message_get_tls_peer_certificate (message);
  g_autofree char *id = certificate != NULL ? trias_id_from_tls (certificate) : NULL;
  const char *pin = trias_rest_get_fingerprint (self);

  if (id != NULL && pin != NULL && strcmp (id, pin) == 0)
    return TRUE;
  g_propagate_error (error, key_error (self, id));
  return FALSE;
}

GError *
trias_rest_translate (TriasRest *self, SoupMessage *message, GError *error, gboolean expired)
{
  g_autoptr (GError) cause = error;
  const char *offered = g_object_get_data (G_OBJECT (message), OFFERED);
  g_autofree char *text = NULL;

  if (offered != NULL)
    return key_error (self, offered);
  if (expired || g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_TIMED_OUT))
    {
      text = g_strdup_printf ("The server at %s did not answer in time: check that it runs and "
                              "that the network lets it through.",
                              trias_rest_get_base_uri (self));
      return transport_error (self, TRIAS_REASON_TIMED_OUT, text, NULL);
    }
  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_CANCELLED) || cause->domain == TRIAS_ERROR)
    return g_steal_pointer (&cause);
  text = g_strdup_printf ("The server at %s cannot be reached (%s): check that it runs and that "
                          "the address is right.",
                          trias_rest_get_base_uri (self), cause->message);
  return transport_error (self, TRIAS_REASON_UNREACHABLE, text, NULL);
}

GError *
trias_rest_refused (SoupMessage *message, const char *body, gsize length)
{
  guint status = soup_message_get_status (message);
  SoupMessageHeaders *headers = soup_message_get_response_headers (message);
  const char *after = soup_message_headers_get_one (headers, "Retry-After");
  g_autoptr (TriasProblem) problem = trias_problem_from_json (body, length, status);
  guint64 seconds;

  /* Our own marks must not come from outside. */
  if (problem->params != NULL)
    {
      g_hash_table_remove (problem->params, TRANSPORT);
      g_hash_table_remove (problem->params, RETRY_AFTER);
    }
  if (after != NULL && g_ascii_string_to_unsigned (after, 10, 0, RETRY_AFTER_MAX_S, &seconds, NULL))
    {
      g_autofree char *text = g_strdup_printf ("%" G_GUINT64_FORMAT, seconds);

      trias_problem_param (problem, RETRY_AFTER, text);
    }
  return trias_problem_to_error (problem);
}

static const char *
error_param (TriasProblem *problem, const char *name)
{
  return problem->params != NULL ? g_hash_table_lookup (problem->params, name) : NULL;
}

guint
trias_rest_error_retry_after (const GError *error)
{
  g_autoptr (TriasProblem) problem = NULL;
  const char *text;

  if (error == NULL || error->domain != TRIAS_ERROR)
    return 0;
  problem = trias_problem_from_error (error);
  text = error_param (problem, RETRY_AFTER);
  return text != NULL ? (guint) g_ascii_strtoull (text, NULL, 10) : 0;
}

gboolean
trias_rest_error_is_transport (const GError *error)
{
  g_autoptr (TriasProblem) problem = NULL;

  if (error == NULL || error->domain != TRIAS_ERROR)
    return FALSE;
  problem = trias_problem_from_error (error);
  return error_param (problem, TRANSPORT) != NULL;
}

static void
add_headers (SoupMessageHeaders *to, const char *const *headers)
{
  for (gsize i = 0; headers != NULL && headers[i] != NULL && headers[i + 1] != NULL; i += 2)
    soup_message_headers_replace (to, headers[i], headers[i + 1]);
}

SoupMessage *
trias_rest_new_message (TriasRest *self,
                        const char *method,
                        const char *path,
                        const char *body,
                        const char *const *headers)
{
  g_autofree char *text = g_strconcat (trias_rest_get_base_uri (self), "/api/v1", path, NULL);
  const char *token = trias_rest_get_token (self);
  SoupMessage *message = soup_message_new (method, text);
  SoupMessageHeaders *out;

  if (message == NULL)
    return NULL;
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  /* The id that the client chose makes it so; else each would open a connection of its own. */
  if (strcmp (path, "/leases") == 0)
    soup_message_add_flags (message, SOUP_MESSAGE_IDEMPOTENT);
  g_signal_connect_object (message, "accept-certificate", G_CALLBACK (accept_certificate_cb), self,
                           0);
  out = soup_message_get_request_headers (message);
  soup_message_headers_replace (out, "Accept", "application/json, application/problem+json");
  if (token != NULL)
    {
      g_autofree char *bearer = g_strconcat ("Bearer ", token, NULL);

      soup_message_headers_replace (out, "Authorization", bearer);
    }
  add_headers (out, headers);
  if (body != NULL)
    {
      g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));

      soup_message_set_request_body_from_bytes (message, "application/json", bytes);
    }
  return message;
}
