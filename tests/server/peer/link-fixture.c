/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "link-fixture.h"

#include <string.h>
#include <unistd.h>

#define PATIENCE (20 * G_USEC_PER_SEC)

TriasIdentity *link_own, *link_theirs;

void
link_identities_make (void)
{
  link_own = trias_identity_generate ("own", NULL);
  link_theirs = trias_identity_generate ("theirs", NULL);
}

void
link_identities_free (void)
{
  trias_identity_unref (link_own);
  trias_identity_unref (link_theirs);
}

/* --- a member --- */

static void
on_taken (int fd, gpointer data)
{
  ((LinkMember *) data)->fd = fd;
}

static void
handle (TriasHttpRequest *request, gpointer data)
{
  LinkMember *self = data;

  g_free (self->asked);
  self->asked = g_strdup_printf (
      "%s %s %s %s %s %s %s", trias_http_method (request), trias_http_path (request),
      trias_http_peer_key (request), trias_http_header (request, "Trias-Relationship"),
      trias_http_header (request, "Trias-Incarnation"), trias_http_header (request, "Trias-Slot"),
      trias_http_peer_address (request));
  if (self->mode == LINK_TAKE)
    trias_http_take_over (request, TRIAS_ENGINE_LINK_PROTOCOL, NULL, on_taken, self);
  else if (self->mode == LINK_REFUSE)
    trias_http_refuse (request, TRIAS_REASON_EPOCH, "Not in this incarnation.");
  else
    g_ptr_array_add (self->held, request);
}

LinkMember *
link_member_new (LinkMode mode)
{
  const char *addresses[] = { "127.0.0.1:0", NULL };
  g_autoptr (GError) error = NULL;
  LinkMember *self = g_new0 (LinkMember, 1);

  self->mode = mode;
  self->fd = -1;
  self->held = g_ptr_array_new ();
  self->http = trias_http_start (addresses, link_theirs, NULL, FALSE, handle, self, &error);
  g_assert_no_error (error);
  self->address = g_strdup_printf ("127.0.0.1:%u", trias_http_get_port (self->http, 0));
  return self;
}

static TriasHttpStats
member_stats (LinkMember *self)
{
  TriasHttpStats stats;

  trias_http_get_stats (self->http, &stats);
  return stats;
}

void
link_await (gboolean (*done) (gpointer), gpointer data)
{
  gint64 end = g_get_monotonic_time () + PATIENCE;

  while (!done (data))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (200);
    }
}

gboolean
link_member_is_quiet (gpointer data)
{
  return member_stats (data).connections == 0;
}

void
link_member_free (LinkMember *self)
{
  for (guint i = 0; i < self->held->len; i++)
    trias_http_refuse (self->held->pdata[i], TRIAS_REASON_NOT_ACTIVE, "Too late.");
  if (self->fd >= 0)
    close (self->fd);
  link_await (link_member_is_quiet, self);
  trias_http_stop (self->http);
  g_ptr_array_unref (self->held);
  g_free (self->address);
  g_free (self->asked);
  g_free (self);
}

/* --- opening --- */

void
link_opened (int fd, const TriasProblem *problem, gpointer data)
{
  LinkResult *self = data;

  self->calls++;
  self->fd = fd;
  self->problem = problem != NULL ? trias_problem_copy (problem) : NULL;
  g_assert_true ((fd >= 0) == (problem == NULL));
}

gboolean
link_is_answered (gpointer data)
{
  return ((LinkResult *) data)->calls > 0;
}

void
link_start_open (LinkResult *result,
                 const char *addresses,
                 guint timeout_ms,
                 GCancellable *cancellable)
{
  g_auto (GStrv) list = g_strsplit (addresses, " ", -1);

  *result = (LinkResult){ 0 };
  trias_engine_link_open (link_own, "127.0.0.2", (const char *const *) list,
                          trias_identity_get_id (link_theirs), LINK_RELATIONSHIP, 7, 2, timeout_ms,
                          cancellable, link_opened, result);
  g_assert_cmpuint (result->calls, ==, 0);
}

int
link_open (const char *addresses)
{
  LinkResult result;

  link_start_open (&result, addresses, 5000, NULL);
  link_await (link_is_answered, &result);
  if (result.problem != NULL)
    g_error ("%s", result.problem->detail);
  return result.fd;
}

/* --- a server by the script --- */

static void
serve_tls (LinkScript *self, GSocketConnection *connection)
{
  g_autoptr (GIOStream) tls
      = g_tls_server_connection_new (G_IO_STREAM (connection), self->certificate, NULL);
  GOutputStream *raw = g_io_stream_get_output_stream (G_IO_STREAM (connection));
  g_autoptr (GString) request = g_string_new (NULL);
  char buffer[4096];
  gssize n;

  if (!g_tls_connection_handshake (G_TLS_CONNECTION (tls), NULL, NULL))
    return;
  while (strstr (request->str, "\r\n\r\n") == NULL)
    {
      n = g_input_stream_read (g_io_stream_get_input_stream (tls), buffer, sizeof buffer, NULL,
                               NULL);
      if (n <= 0)
        return;
      g_string_append_len (request, buffer, n);
    }
  if (g_bytes_get_size (self->script) > 0)
    g_output_stream_write_bytes (g_io_stream_get_output_stream (tls), self->script, NULL, NULL);
  if (self->raw != NULL)
    g_output_stream_write_bytes (raw, self->raw, NULL, NULL);
  /* Until the other end has gone. What it says does not matter, and the TLS library leaks the error
   * of a connection that is reset while it reads. */
  while (!self->closes
         && g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)), buffer,
                                 sizeof buffer, NULL, NULL)
                > 0)
    ;
}

static gpointer
serve (gpointer data)
{
  LinkScript *self = data;
  g_autoptr (GSocket) socket = g_socket_accept (self->socket, NULL, NULL);
  g_autoptr (GSocketConnection) connection = g_socket_connection_factory_create_connection (socket);
  char buffer[4096];

  if (self->phase == LINK_TO_ANSWER)
    serve_tls (self, connection);
  else
    while (!self->closes && g_socket_receive (socket, buffer, sizeof buffer, NULL, NULL) > 0)
      ;
  g_io_stream_close (G_IO_STREAM (connection), NULL, NULL);
  g_atomic_int_set (&self->done, TRUE);
  return NULL;
}

static gboolean
is_done (gpointer data)
{
  return g_atomic_int_get (&((LinkScript *) data)->done);
}

static GSocket *
new_socket (void)
{
  return g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
}

LinkScript *
link_script_new (LinkPhase phase, const char *answer, gssize length, gboolean closes)
{
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string ("127.0.0.1", 0);
  g_autoptr (GSocketAddress) bound = NULL;
  LinkScript *self = g_new0 (LinkScript, 1);

  self->phase = phase;
  self->closes = closes;
  if (length < 0)
    length = answer != NULL ? (gssize) strlen (answer) : 0;
  self->script = g_bytes_new (answer, (gsize) length);
  self->certificate = trias_identity_to_tls (link_theirs, NULL);
  self->socket = new_socket ();
  g_assert_true (g_socket_bind (self->socket, any, TRUE, NULL));
  g_socket_set_listen_backlog (self->socket, phase == LINK_TO_CONNECT ? 0 : 10);
  g_assert_true (g_socket_listen (self->socket, NULL));
  bound = g_socket_get_local_address (self->socket, NULL);
  self->address = g_strdup_printf ("127.0.0.1:%u",
                                   g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
  for (guint i = 0; phase == LINK_TO_CONNECT && i < G_N_ELEMENTS (self->waiting); i++)
    {
      self->waiting[i] = new_socket ();
      g_socket_set_blocking (self->waiting[i], FALSE);
      g_socket_connect (self->waiting[i], bound, NULL, NULL);
    }
  return self;
}

LinkScript *
link_script_start (LinkScript *self)
{
  if (self->phase != LINK_TO_CONNECT)
    self->thread = g_thread_new ("script", serve, self);
  return self;
}

/* Nobody may have come: given up too early. */
static void
poke (LinkScript *self)
{
  g_autoptr (GSocketAddress) address = g_socket_get_local_address (self->socket, NULL);
  g_autoptr (GSocket) socket = new_socket ();

  g_socket_connect (socket, address, NULL, NULL);
}

void
link_script_free (LinkScript *self)
{
  if (self->thread != NULL)
    {
      poke (self);
      link_await (is_done, self);
      g_thread_join (self->thread);
    }
  for (guint i = 0; i < G_N_ELEMENTS (self->waiting); i++)
    g_clear_object (&self->waiting[i]);
  g_object_unref (self->socket);
  g_object_unref (self->certificate);
  g_bytes_unref (self->script);
  g_clear_pointer (&self->raw, g_bytes_unref);
  g_free (self->address);
  g_free (self);
}