/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "fake-server.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#define DEADLINE_S 20
#define MAX_FD 1024

struct FakeServer
{
  SoupServer *soup;
  TriasIdentity *identity;
  guint port;
  char *uri, *address, *full;
  GHashTable *routes; /* "METHOD /path" to Route */
  GHashTable *counts; /* the same to count */
  GHashTable *bodies;
  char *cannot_reach, *key, *event_id;
  char *events;
  GPtrArray *streams; /* (element-type SoupServerMessage) */
  GPtrArray *held;    /* silent ones */
  gboolean silent;
};

typedef struct
{
  FakeHandler handler;
  gpointer user_data;
  guint status;
  char *json;
} Route;

static void
route_free (gpointer data)
{
  Route *route = data;

  g_free (route->json);
  g_free (route);
}

void
fake_server_respond (SoupServerMessage *message, guint status, const char *json)
{
  gboolean problem = status >= 300;

  soup_server_message_set_status (message, status, NULL);
  if (json != NULL)
    soup_server_message_set_response (message,
                                      problem ? "application/problem+json" : "application/json",
                                      SOUP_MEMORY_COPY, json, strlen (json));
}

static void
forget_stream_cb (SoupServerMessage *message, FakeServer *self)
{
  g_ptr_array_remove (self->streams, message);
}

static void
write_text (SoupServerMessage *message, const char *text)
{
  SoupMessageBody *body = soup_server_message_get_response_body (message);

  soup_message_body_append (body, SOUP_MEMORY_COPY, text, strlen (text));
  soup_server_message_unpause (message);
}

static gboolean
open_stream (FakeServer *self, SoupServerMessage *message)
{
  SoupMessageHeaders *in = soup_server_message_get_request_headers (message);
  SoupMessageHeaders *out = soup_server_message_get_response_headers (message);
  const char *accept = soup_message_headers_get_one (in, "Accept");
  const char *last = soup_message_headers_get_one (in, "Last-Event-ID");

  if (self->events == NULL || accept == NULL || strstr (accept, "text/event-stream") == NULL)
    return FALSE;
  g_free (self->event_id);
  self->event_id = g_strdup (last != NULL ? last : "");
  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_set_encoding (out, SOUP_ENCODING_CHUNKED);
  soup_message_headers_replace (out, "Content-Type", "text/event-stream");
  soup_message_body_set_accumulate (soup_server_message_get_response_body (message), FALSE);
  g_ptr_array_add (self->streams, g_object_ref (message));
  g_signal_connect (message, "finished", G_CALLBACK (forget_stream_cb), self);
  write_text (message, "event: hello\ndata: {\"server\":\"x\",\"time\":1}\n\n");
  return TRUE;
}

static void
note (FakeServer *self, SoupServerMessage *message, const char *what)
{
  SoupMessageHeaders *in = soup_server_message_get_request_headers (message);
  const char *header = soup_message_headers_get_one (in, "Trias-Cannot-Reach");
  GTlsCertificate *certificate = soup_server_message_get_tls_peer_certificate (message);
  guint count = GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, what));
  g_autoptr (GBytes) bytes
      = soup_message_body_flatten (soup_server_message_get_request_body (message));

  g_hash_table_insert (self->counts, g_strdup (what), GUINT_TO_POINTER (count + 1));
  g_hash_table_insert (self->bodies, g_strdup (what),
                       g_strndup (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes)));
  g_free (self->cannot_reach);
  self->cannot_reach = g_strdup (header != NULL ? header : "");
  /* GIO's server side does not tell the certificate of a resumed session. */
  if (certificate != NULL)
    {
      g_free (self->key);
      self->key = trias_id_from_tls (certificate);
    }
}

static void
answer (FakeServer *self, SoupServerMessage *message, const char *path, GHashTable *query)
{
  g_autofree char *what = g_strdup_printf ("%s %s", soup_server_message_get_method (message), path);
  Route *route;

  if (strcmp (path, "/events") == 0 && open_stream (self, message))
    return;
  route = g_hash_table_lookup (self->routes, what);
  if (route == NULL && strrchr (path, '/') > path)
    {
      /* A route for all things of a folder. */
      g_autofree char *folder = g_path_get_dirname (what);
      g_autofree char *any = g_strconcat (folder, "/*", NULL);

      route = g_hash_table_lookup (self->routes, any);
    }
  if (route == NULL)
    fake_server_respond (message, 404, "{\"reason\":\"not-found\",\"detail\":\"No such thing.\"}");
  else if (route->handler != NULL)
    route->handler (self, message, query, route->user_data);
  else
    fake_server_respond (message, route->status, route->json);
}

static const char *
path_of (const char *path)
{
  return g_str_has_prefix (path, "/api/v1") ? path + strlen ("/api/v1") : path;
}

static void
request_cb (SoupServer *server,
            SoupServerMessage *message,
            const char *path,
            GHashTable *query,
            gpointer user_data)
{
  FakeServer *self = user_data;
  g_autofree char *what = NULL;

  path = path_of (path);
  what = g_strdup_printf ("%s %s", soup_server_message_get_method (message), path);
  note (self, message, what);
  if (self->silent)
    {
      soup_server_message_pause (message);
      g_ptr_array_add (self->held, g_object_ref (message));
      return;
    }
  answer (self, message, path, query);
}

void
fake_server_catch_up (FakeServer *self)
{
  g_autoptr (GPtrArray) held = self->held;

  self->silent = FALSE;
  self->held = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < held->len; i++)
    {
      SoupServerMessage *message = g_ptr_array_index (held, i);

      answer (self, message, path_of (g_uri_get_path (soup_server_message_get_uri (message))),
              NULL);
      soup_server_message_unpause (message);
    }
}

static gboolean
accept_cb (SoupServerMessage *message,
           GTlsCertificate *certificate,
           GTlsCertificateFlags errors,
           gpointer user_data)
{
  return TRUE;
}

static void
started_cb (SoupServer *server, SoupServerMessage *message, gpointer user_data)
{
  g_signal_connect (message, "accept-certificate", G_CALLBACK (accept_cb), NULL);
}

static void
make_soup (FakeServer *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) certificate = trias_identity_to_tls (self->identity, &error);

  g_assert_no_error (error);
  self->soup = soup_server_new ("tls-certificate", certificate, "tls-auth-mode",
                                G_TLS_AUTHENTICATION_REQUESTED, "raw-paths", TRUE, NULL);
  g_signal_connect (self->soup, "request-started", G_CALLBACK (started_cb), NULL);
  soup_server_add_handler (self->soup, NULL, request_cb, self, NULL);
  soup_server_listen_local (self->soup, self->port,
                            SOUP_SERVER_LISTEN_HTTPS | SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
}

static void
spell (FakeServer *self)
{
  g_free (self->uri);
  g_free (self->address);
  g_free (self->full);
  self->address = g_strdup_printf ("127.0.0.1:%u", self->port);
  self->uri = g_strconcat ("https://", self->address, NULL);
  self->full = g_strconcat (self->address, "#", trias_identity_get_id (self->identity), NULL);
}

void
fake_server_start (FakeServer *self)
{
  GSList *uris;

  if (self->soup != NULL)
    return;
  make_soup (self);
  uris = soup_server_get_uris (self->soup);
  self->port = (guint) g_uri_get_port (uris->data);
  g_slist_free_full (uris, (GDestroyNotify) g_uri_unref);
  spell (self);
}

/* Closing a TLS connection waits for its handshake, whose other end may be in this very thread. */
static void
cut_sockets (FakeServer *self)
{
  for (int fd = 0; fd < MAX_FD; fd++)
    {
      struct sockaddr_in address = { 0 };
      socklen_t length = sizeof address;

      if (getsockname (fd, (struct sockaddr *) &address, &length) == 0
          && address.sin_family == AF_INET && ntohs (address.sin_port) == self->port)
        shutdown (fd, SHUT_RDWR);
    }
}

void
fake_server_stop (FakeServer *self)
{
  if (self->soup == NULL)
    return;
  fake_server_end_streams (self);
  g_ptr_array_set_size (self->held, 0);
  cut_sockets (self);
  soup_server_disconnect (self->soup);
  g_clear_object (&self->soup);
}

FakeServer *
fake_server_new (void)
{
  FakeServer *self = g_new0 (FakeServer, 1);
  g_autoptr (GError) error = NULL;

  self->identity = trias_identity_generate ("fake", &error);
  g_assert_no_error (error);
  self->routes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, route_free);
  self->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->bodies = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  self->streams = g_ptr_array_new_with_free_func (g_object_unref);
  self->held = g_ptr_array_new_with_free_func (g_object_unref);
  fake_server_start (self);
  return self;
}

void
fake_server_free (FakeServer *self)
{
  fake_server_stop (self);
  g_hash_table_unref (self->routes);
  g_hash_table_unref (self->counts);
  g_hash_table_unref (self->bodies);
  g_ptr_array_unref (self->streams);
  g_ptr_array_unref (self->held);
  trias_identity_unref (self->identity);
  g_free (self->uri);
  g_free (self->address);
  g_free (self->full);
  g_free (self->cannot_reach);
  g_free (self->key);
  g_free (self->event_id);
  g_free (self->events);
  g_free (self);
}

void
fake_server_change_key (FakeServer *self)
{
  gboolean running = self->soup != NULL;

  fake_server_stop (self);
  trias_identity_unref (self->identity);
  self->identity = trias_identity_generate ("fake", NULL);
  if (running)
    fake_server_start (self);
}

const char *
fake_server_id (FakeServer *self)
{
  return trias_identity_get_id (self->identity);
}

TriasIdentity *
fake_server_identity (FakeServer *self)
{
  return self->identity;
}

const char *
fake_server_uri (FakeServer *self)
{
  return self->uri;
}

const char *
fake_server_address (FakeServer *self)
{
  return self->address;
}

const char *
fake_server_full_address (FakeServer *self)
{
  return self->full;
}

static void
set_route (FakeServer *self, const char *method, const char *path, Route route)
{
  g_hash_table_insert (self->routes, g_strdup_printf ("%s %s", method, path),
                       g_memdup2 (&route, sizeof route));
}

void
fake_server_on (
    FakeServer *self, const char *method, const char *path, FakeHandler handler, gpointer user_data)
{
  set_route (self, method, path, (Route){ handler, user_data, 0, NULL });
}

void
fake_server_say (
    FakeServer *self, const char *method, const char *path, guint status, const char *json)
{
  set_route (self, method, path, (Route){ NULL, NULL, status, g_strdup (json) });
}

guint
fake_server_count (FakeServer *self, const char *method, const char *path)
{
  g_autofree char *what = g_strdup_printf ("%s %s", method, path);

  return GPOINTER_TO_UINT (g_hash_table_lookup (self->counts, what));
}

const char *
fake_server_last_body (FakeServer *self, const char *method, const char *path)
{
  g_autofree char *what = g_strdup_printf ("%s %s", method, path);

  return g_hash_table_lookup (self->bodies, what);
}

const char *
fake_server_last_cannot_reach (FakeServer *self)
{
  return self->cannot_reach;
}

const char *
fake_server_last_key (FakeServer *self)
{
  return self->key;
}

void
fake_server_set_silent (FakeServer *self, gboolean silent)
{
  self->silent = silent;
}

void
fake_server_stream (FakeServer *self, const char *events)
{
  g_free (self->events);
  self->events = g_strdup (events);
  fake_server_say (self, "GET", "/events", 200, events);
}

void
fake_server_send (FakeServer *self, const char *text)
{
  for (guint i = 0; i < self->streams->len; i++)
    write_text (g_ptr_array_index (self->streams, i), text);
}

void
fake_server_end_streams (FakeServer *self)
{
  g_autoptr (GPtrArray) streams = self->streams;

  self->streams = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < streams->len; i++)
    {
      SoupServerMessage *message = g_ptr_array_index (streams, i);

      soup_message_body_complete (soup_server_message_get_response_body (message));
      soup_server_message_unpause (message);
    }
}

guint
fake_server_n_streams (FakeServer *self)
{
  return self->streams->len;
}

const char *
fake_server_last_event_id (FakeServer *self)
{
  return self->event_id;
}

/* --- the loop --- */

static gboolean
late_cb (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_REMOVE;
}

void
fake_wait (FakeCondition condition, gpointer data)
{
  gboolean late = FALSE;
  guint timer = g_timeout_add_seconds (DEADLINE_S, late_cb, &late);

  while (!condition (data))
    {
      g_main_context_iteration (NULL, TRUE);
      if (late)
        g_error ("waited in vain");
    }
  g_source_remove (timer);
}

void
fake_run (guint milliseconds)
{
  gboolean late = FALSE;

  g_timeout_add (milliseconds, late_cb, &late);
  while (!late)
    g_main_context_iteration (NULL, TRUE);
}

void
fake_result_cb (GObject *source, GAsyncResult *result, gpointer place)
{
  *(GAsyncResult **) place = g_object_ref (result);
}

static gboolean
has_result (gpointer data)
{
  return *(gpointer *) data != NULL;
}

GAsyncResult *
fake_wait_result (GAsyncResult **place)
{
  fake_wait (has_result, place);
  return *place;
}

static void
about_cb (FakeServer *self, SoupServerMessage *message, GHashTable *query, gpointer user_data)
{
  g_autofree char *json = g_strdup_printf (
      "{\"id\":\"%s\",\"name\":\"%s\",\"version\":\"0.1.0\",\"time\":1,\"started_at\":5,"
      "\"addresses\":[\"%s\"],\"role\":\"single\",\"active\":true,\"epoch\":\"\","
      "\"test_issuer\":false,\"relationship\":null,\"signed_members\":null}",
      fake_server_id (self), (const char *) user_data, self->address);

  fake_server_respond (message, 200, json);
}

void
fake_server_be_plain (FakeServer *self, const char *name)
{
  fake_server_on (self, "GET", "/server", about_cb, (gpointer) name);
  fake_server_say (self, "POST", "/session", 201,
                   "{\"token\":\"secret-token\",\"name\":\"admin\",\"expires_at\":99}");
  fake_server_say (self, "DELETE", "/session", 204, NULL);
  fake_server_say (self, "GET", "/settings", 200,
                   "{\"default_ttl_s\":120,\"history_days\":90,\"contact\":\"\"}");
  fake_server_say (self, "GET", "/relationship", 200, "{\"relationship\":null,\"forming\":null}");
  fake_server_stream (self, "{\"server\":\"x\",\"events\":[]}");
}
