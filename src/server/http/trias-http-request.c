/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/http/trias-http-private.h"

#include "server/http/trias-http-source.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

TriasHttpRequest *
trias_http_request_new (TriasHttp *server, struct MHD_Connection *mhd)
{
  TriasHttpRequest *self = g_new0 (TriasHttpRequest, 1);

  self->link.data = self;
  self->server = server;
  self->mhd = mhd;
  self->connection = trias_http_connection_ref (trias_http_connection_of (mhd));
  g_queue_push_tail_link (&server->requests, &self->link);
  return self;
}

void
trias_http_request_free (TriasHttpRequest *self)
{
  if (self->server != NULL)
    g_queue_unlink (&self->server->requests, &self->link);
  if (self->state == TRIAS_HTTP_DETACHED)
    {
      g_free ((char *) self->method);
      g_free ((char *) self->path);
    }
  g_clear_pointer (&self->response, MHD_destroy_response);
  g_clear_pointer (&self->body, g_byte_array_unref);
  trias_http_connection_unref (self->connection);
  g_free (self);
}

void
trias_http_request_detach (TriasHttpRequest *self)
{
  trias_http_wait_cut (self);
  g_queue_unlink (&self->server->requests, &self->link);
  self->method = g_strdup (self->method);
  self->path = g_strdup (self->path);
  self->server = NULL;
  self->mhd = NULL;
  self->state = TRIAS_HTTP_DETACHED;
}

void
trias_http_request_answer (TriasHttpRequest *self,
                           guint status,
                           struct MHD_Response *response,
                           gsize length)
{
  self->response = response;
  if (self->state == TRIAS_HTTP_DETACHED)
    {
      trias_http_request_free (self);
      return;
    }

  self->status = status;
  self->response_length = length;
  if (self->server->stopping || self->connection->key_full)
    MHD_add_response_header (response, MHD_HTTP_HEADER_CONNECTION, "close");
  if (self->state == TRIAS_HTTP_WAITING)
    trias_http_wait_end (self, TRIAS_HTTP_ANSWERED);
  else
    self->state = TRIAS_HTTP_ANSWERED;
}

const char *
trias_http_method (TriasHttpRequest *request)
{
  return request->method;
}

const char *
trias_http_path (TriasHttpRequest *request)
{
  return request->path;
}

const char *
trias_http_query (TriasHttpRequest *request, const char *name)
{
  return request->mhd == NULL
             ? NULL
             : MHD_lookup_connection_value (request->mhd, MHD_GET_ARGUMENT_KIND, name);
}

const char *
trias_http_header (TriasHttpRequest *request, const char *name)
{
  return request->mhd == NULL ? NULL
                              : MHD_lookup_connection_value (request->mhd, MHD_HEADER_KIND, name);
}

const char *
trias_http_body (TriasHttpRequest *request, gsize *length)
{
  gsize n = request->body != NULL ? request->body->len : 0;

  if (length != NULL)
    *length = n;
  return n > 0 ? (const char *) request->body->data : "";
}

const char *
trias_http_peer_address (TriasHttpRequest *request)
{
  return request->connection->peer_address;
}

const char *
trias_http_local_address (TriasHttpRequest *request)
{
  TriasHttpConnection *connection = request->connection;
  struct sockaddr_storage address;
  socklen_t length = sizeof address;

  if (connection->local_address == NULL && connection->fd >= 0
      && getsockname (connection->fd, (struct sockaddr *) &address, &length) == 0)
    {
      g_autoptr (GSocketAddress) own = g_socket_address_new_from_native (&address, length);

      if (G_IS_INET_SOCKET_ADDRESS (own))
        connection->local_address = g_inet_address_to_string (
            g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (own)));
    }
  return connection->local_address != NULL ? connection->local_address : "";
}

const char *
trias_http_peer_key (TriasHttpRequest *request)
{
  return trias_http_connection_peer_key (request->connection);
}

static struct MHD_Response *
add_headers (struct MHD_Response *response, const char *content_type)
{
  MHD_add_response_header (response, "Content-Type",
                           content_type != NULL ? content_type : "application/json");
  MHD_add_response_header (response, "Cache-Control", "no-store");
  MHD_add_response_header (response, "X-Content-Type-Options", "nosniff");
  return response;
}

struct MHD_Response *
trias_http_response_new (const char *content_type, const void *body, gsize length)
{
  /* MHD does not write through the pointer. */
  return add_headers (
      MHD_create_response_from_buffer (length, (void *) body, MHD_RESPMEM_MUST_COPY), content_type);
}

static gboolean
may_answer (TriasHttpRequest *self)
{
  return self->response == NULL && self->state != TRIAS_HTTP_SENDING
         && self->state != TRIAS_HTTP_ANSWERED;
}

void
trias_http_respond_header (TriasHttpRequest *request,
                           guint status,
                           const char *header,
                           const char *value,
                           const char *content_type,
                           const void *body,
                           gsize length)
{
  struct MHD_Response *response;

  g_return_if_fail (may_answer (request));

  response = trias_http_response_new (content_type, body, length);
  if (header != NULL)
    MHD_add_response_header (response, header, value);
  trias_http_request_answer (request, status, response, length);
}

void
trias_http_respond_take (TriasHttpRequest *request, guint status, char *json, gsize length)
{
  struct MHD_Response *response;

  g_return_if_fail (may_answer (request));

  /* What GLib allocates may be freed as MHD does it. */
  response = MHD_create_response_from_buffer (length, json, MHD_RESPMEM_MUST_FREE);
  trias_http_request_answer (request, status, add_headers (response, NULL), length);
}

void
trias_http_respond (TriasHttpRequest *request,
                    guint status,
                    const char *content_type,
                    const void *body,
                    gsize length)
{
  trias_http_respond_header (request, status, NULL, NULL, content_type, body, length);
}

void
trias_http_problem (TriasHttpRequest *request, TriasProblem *problem)
{
  g_autoptr (TriasProblem) owned = problem;
  g_autofree char *body = trias_problem_to_json (owned);
  gboolean sign_in = owned->reason == TRIAS_REASON_UNAUTHENTICATED;

  trias_http_respond_header (request, trias_reason_status (owned->reason),
                             sign_in ? "WWW-Authenticate" : NULL, "Bearer",
                             "application/problem+json", body, strlen (body));
}

void
trias_http_refuse (TriasHttpRequest *request, TriasReason reason, const char *format, ...)
{
  g_autofree char *detail = NULL;
  va_list args;

  va_start (args, format);
  detail = g_strdup_vprintf (format, args);
  va_end (args);
  trias_http_problem (request, trias_problem_new (reason, "%s", detail));
}
