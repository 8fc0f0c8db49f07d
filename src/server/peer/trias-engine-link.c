/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-engine-link.h"

#include <string.h>

#include "core/trias-address.h"
#include "server/http/trias-bridge.h"
#include "server/peer/trias-engine-link-private.h"

#define PIECE 4096

/* One thing after the other, each asynchronous; when time is up or it is cancelled, the one under
 * way ends with an error and everything is decided there. */
typedef struct
{
  GMainContext *context;
  GTlsCertificate *certificate; /* (nullable) */
  GInetAddress *local;          /* (nullable) */
  char **addresses;
  guint next; /* address to be tried next */
  char *pin;
  char *headers; /* of the request, without Host */
  gint64 deadline;
  GCancellable *cancellable; /* (nullable) the caller's */
  GSource *cancelled;        /* (nullable) */
  TriasEngineLinkOpened opened;
  gpointer user_data;
  TriasProblem *problem; /* (nullable) of the attempts so far */

  /* The present attempt */
  TriasAddress *address; /* (nullable) */
  const char *where;
  GCancellable *stop;
  GSource *timer;
  gboolean late;
  GSocketConnection *base;
  GIOStream *tls;
  char *seen; /* key that answered */
  char *request;
  GByteArray *got;
  TriasEngineLinkAnswer answer;
} Opening;

static void try_next (Opening *self);
static void read_more (Opening *self);

static void
drop_source (GSource **source)
{
  if (*source == NULL)
    return;
  g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

static void
end_attempt (Opening *self)
{
  drop_source (&self->timer);
  if (self->base != NULL)
    g_io_stream_close (G_IO_STREAM (self->base), NULL, NULL);
  /* An open link goes on with it. */
  if (self->tls != NULL)
    g_signal_handlers_disconnect_by_data (self->tls, self);
  g_clear_object (&self->tls);
  g_clear_object (&self->base);
  g_clear_object (&self->stop);
  g_clear_pointer (&self->address, trias_address_free);
  g_clear_pointer (&self->seen, g_free);
  g_clear_pointer (&self->request, g_free);
  g_clear_pointer (&self->got, g_byte_array_unref);
  trias_engine_link_answer_clear (&self->answer);
}

static void
opening_free (Opening *self)
{
  end_attempt (self);
  drop_source (&self->cancelled);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->certificate);
  g_clear_object (&self->local);
  g_clear_pointer (&self->problem, trias_problem_free);
  g_main_context_unref (self->context);
  g_strfreev (self->addresses);
  g_free (self->pin);
  g_free (self->headers);
  g_free (self);
}

/* --- what went wrong --- */

static gboolean
is_cancelled (Opening *self)
{
  return g_cancellable_is_cancelled (self->cancellable);
}

static void
finish (Opening *self, int fd)
{
  if (is_cancelled (self))
    {
      g_clear_pointer (&self->problem, trias_problem_free);
      self->problem = trias_problem_new (TRIAS_REASON_UNREACHABLE, "The attempt was given up.");
    }
  /* Nothing of this is needed while the link is open. */
  drop_source (&self->cancelled);
  self->opened (fd, fd >= 0 ? NULL : self->problem, self->user_data);
  opening_free (self);
}

/* Takes @problem. That somebody else answers at an address tells more than that nobody does. */
static void
fail (Opening *self, TriasProblem *problem)
{
  trias_problem_param (problem, "address", self->where);
  if (self->problem == NULL || self->problem->reason != TRIAS_REASON_KEY_MISMATCH)
    {
      g_clear_pointer (&self->problem, trias_problem_free);
      self->problem = problem;
    }
  else
    trias_problem_free (problem);
  end_attempt (self);
  try_next (self);
}

static TriasProblem *
mismatch_problem (Opening *self)
{
  TriasProblem *problem = trias_problem_new (
      TRIAS_REASON_KEY_MISMATCH,
      "At %s a server answers with another key than expected; compare the fingerprints.",
      self->where);

  trias_problem_param (problem, "expected", self->pin);
  return trias_problem_param (problem, "seen", self->seen);
}

static void
fail_with (Opening *self, const GError *error)
{
  if (self->seen != NULL && strcmp (self->seen, self->pin) != 0)
    fail (self, mismatch_problem (self));
  else if (self->late)
    fail (self,
          trias_problem_new (TRIAS_REASON_UNREACHABLE, "%s did not answer in time.", self->where));
  else
    fail (self,
          trias_problem_new (TRIAS_REASON_UNREACHABLE, "%s cannot be reached: %s.", self->where,
                             error != NULL ? error->message : "it closed the connection"));
}

static void
fail_not_understood (Opening *self)
{
  fail (self, trias_problem_new (TRIAS_REASON_VERSION, "%s gave an answer that is not understood.",
                                 self->where));
}

/* --- the answer --- */

static void
open_stream (Opening *self)
{
  const char *protocol = self->answer.protocol;
  int fd;

  if (protocol == NULL || g_ascii_strcasecmp (protocol, TRIAS_ENGINE_LINK_PROTOCOL) != 0)
    {
      fail_not_understood (self);
      return;
    }
  fd = trias_engine_link_stream_start (self->base, self->tls, self->got->data + self->answer.head,
                                       self->got->len - self->answer.head, self->cancellable,
                                       self->context);
  if (fd < 0)
    {
      fail (self, trias_problem_new (TRIAS_REASON_INTERNAL,
                                     "This server has no descriptors left for a link."));
      return;
    }
  /* The stream closes it. */
  g_clear_object (&self->base);
  finish (self, fd);
}

/* The member itself has spoken: its other addresses would say the same. */
static void
refused (Opening *self)
{
  g_clear_pointer (&self->problem, trias_problem_free);
  self->problem = trias_problem_from_json (
      (const char *) self->got->data + self->answer.head,
      MIN (self->got->len - self->answer.head, self->answer.body), self->answer.status);
  finish (self, -1);
}

static void
look_at (Opening *self, gboolean ended)
{
  if (!trias_engine_link_answer_read (&self->answer, self->got))
    fail_not_understood (self);
  else if (self->answer.status == 101)
    open_stream (self);
  else if (self->answer.status != 0
           && (ended || self->got->len - self->answer.head >= self->answer.body))
    refused (self);
  else if (ended)
    fail_with (self, NULL);
  else
    read_more (self);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Opening *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes
      = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, &error);
  gsize length = 0;
  const void *data = bytes != NULL ? g_bytes_get_data (bytes, &length) : NULL;

  if (bytes == NULL || g_cancellable_is_cancelled (self->stop))
    {
      fail_with (self, error);
      return;
    }
  if (length > 0)
    g_byte_array_append (self->got, data, (guint) length);
  look_at (self, length == 0);
}

static void
read_more (Opening *self)
{
  gsize most
      = self->answer.head > 0 ? PIECE : MIN (PIECE, TRIAS_ENGINE_LINK_HEAD_MAX - self->got->len);

  g_input_stream_read_bytes_async (g_io_stream_get_input_stream (self->tls), most,
                                   G_PRIORITY_DEFAULT, self->stop, on_read, self);
}

/* --- up to the request --- */

static void
on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Opening *self = user_data;
  g_autoptr (GError) error = NULL;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error))
    {
      fail_with (self, error);
      return;
    }
  self->got = g_byte_array_new ();
  read_more (self);
}

static gboolean
on_certificate (GTlsConnection *connection,
                GTlsCertificate *certificate,
                GTlsCertificateFlags flags,
                gpointer user_data)
{
  Opening *self = user_data;

  g_free (self->seen);
  self->seen = trias_id_from_tls (certificate);
  if (self->seen == NULL)
    self->seen = g_strdup ("");
  return strcmp (self->seen, self->pin) == 0;
}

static void
on_handshake (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Opening *self = user_data;
  GTlsConnection *connection = G_TLS_CONNECTION (source);
  GTlsCertificate *certificate = g_tls_connection_get_peer_certificate (connection);
  g_autoptr (GError) error = NULL;
  g_autofree char *host = NULL;

  /* The signal comes only for certificates that nobody vouches for: compared again here. */
  if (!g_tls_connection_handshake_finish (connection, result, &error) || certificate == NULL
      || !on_certificate (connection, certificate, 0, self))
    {
      fail_with (self, error);
      return;
    }
  host = trias_address_to_string (self->address, FALSE);
  self->request = g_strdup_printf ("POST " TRIAS_ENGINE_LINK_PATH " HTTP/1.1\r\nHost: %s\r\n%s\r\n",
                                   host, self->headers);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (self->tls), self->request,
                                   strlen (self->request), G_PRIORITY_DEFAULT, self->stop,
                                   on_written, self);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Opening *self = user_data;
  g_autoptr (GError) error = NULL;

  self->base = g_socket_client_connect_to_host_finish (G_SOCKET_CLIENT (source), result, &error);
  if (self->base != NULL)
    {
      trias_bridge_prepare (g_socket_get_fd (g_socket_connection_get_socket (self->base)));
      self->tls = g_tls_client_connection_new (G_IO_STREAM (self->base), NULL, &error);
    }
  if (self->tls == NULL)
    {
      fail_with (self, error);
      return;
    }
  g_tls_connection_set_database (G_TLS_CONNECTION (self->tls), NULL);
  g_tls_connection_set_certificate (G_TLS_CONNECTION (self->tls), self->certificate);
  g_signal_connect (self->tls, "accept-certificate", G_CALLBACK (on_certificate), self);
  g_tls_connection_handshake_async (G_TLS_CONNECTION (self->tls), G_PRIORITY_DEFAULT, self->stop,
                                    on_handshake, self);
}

static gboolean
on_late (gpointer user_data)
{
  Opening *self = user_data;

  self->late = TRUE;
  g_cancellable_cancel (self->stop);
  return G_SOURCE_REMOVE;
}

/* Each of the addresses that are left gets its share of the time. */
static void
start_timer (Opening *self)
{
  gint64 left = MAX (self->deadline - g_get_monotonic_time () / 1000, 0);
  guint n = g_strv_length (self->addresses) - self->next + 1;

  self->timer = g_timeout_source_new ((guint) (left / n));
  g_source_set_callback (self->timer, on_late, self, NULL);
  g_source_attach (self->timer, self->context);
}

static void
try_address (Opening *self)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();

  g_socket_client_set_enable_proxy (client, FALSE);
  if (self->local != NULL)
    {
      g_autoptr (GSocketAddress) local = g_inet_socket_address_new (self->local, 0);

      g_socket_client_set_local_address (client, local);
    }
  self->stop = g_cancellable_new ();
  self->late = FALSE;
  start_timer (self);
  g_socket_client_connect_to_host_async (client, self->address->host, self->address->port,
                                         self->stop, on_connected, self);
}

static void
try_next (Opening *self)
{
  while (!is_cancelled (self) && self->certificate != NULL && self->addresses[self->next] != NULL)
    {
      self->where = self->addresses[self->next++];
      self->address = trias_address_parse (self->where, NULL);
      if (self->address != NULL)
        {
          try_address (self);
          return;
        }
    }
  if (self->problem == NULL)
    self->problem
        = trias_problem_new (TRIAS_REASON_UNREACHABLE, "The member has no address to be tried.");
  finish (self, -1);
}

/* --- beginning --- */

static gboolean
begin (gpointer user_data)
{
  try_next (user_data);
  return G_SOURCE_REMOVE;
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  Opening *self = user_data;

  if (self->stop != NULL)
    g_cancellable_cancel (self->stop);
  return G_SOURCE_REMOVE;
}

static void
attach (Opening *self, GSource *source, GSourceFunc func)
{
  g_source_set_callback (source, func, self, NULL);
  g_source_attach (source, self->context);
}

void
trias_engine_link_open (TriasIdentity *identity,
                        const char *local_address,
                        const char *const *addresses,
                        const char *pin,
                        const char *relationship,
                        guint64 incarnation,
                        guint slot,
                        guint timeout_ms,
                        GCancellable *cancellable,
                        TriasEngineLinkOpened opened,
                        gpointer user_data)
{
  Opening *self = g_new0 (Opening, 1);
  g_autoptr (GSource) start = g_idle_source_new ();
  g_autofree char *id = g_uri_escape_string (relationship, NULL, FALSE);

  self->context = g_main_context_ref_thread_default ();
  self->certificate = trias_identity_to_tls (identity, NULL);
  self->local = local_address != NULL ? g_inet_address_new_from_string (local_address) : NULL;
  self->addresses = g_strdupv ((char **) addresses);
  self->pin = g_strdup (pin);
  self->headers = g_strdup_printf (
      "Connection: Upgrade\r\nUpgrade: " TRIAS_ENGINE_LINK_PROTOCOL "\r\nContent-Length: 0\r\n"
      "Trias-Relationship: %s\r\nTrias-Incarnation: %" G_GUINT64_FORMAT "\r\nTrias-Slot: %u\r\n",
      id, incarnation, slot);
  self->deadline = g_get_monotonic_time () / 1000 + timeout_ms;
  self->opened = opened;
  self->user_data = user_data;
  if (cancellable != NULL)
    {
      self->cancellable = g_object_ref (cancellable);
      self->cancelled = g_cancellable_source_new (cancellable);
      attach (self, self->cancelled, G_SOURCE_FUNC (on_cancelled));
    }
  g_source_set_priority (start, G_PRIORITY_DEFAULT);
  attach (self, start, begin);
}
