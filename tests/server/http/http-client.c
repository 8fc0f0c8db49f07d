/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "http-client.h"

#include <arpa/inet.h>
#include <errno.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_S 20

struct _HttpClient
{
  int fd;
  gnutls_session_t tls;
  gnutls_certificate_credentials_t credentials;
  GString *in;
};

void
http_answer_free (HttpAnswer *self)
{
  g_free (self->head);
  g_string_free (self->body, TRUE);
  g_free (self);
}

char *
http_answer_header (const HttpAnswer *self, const char *name)
{
  g_auto (GStrv) lines = g_strsplit (self->head, "\r\n", -1);
  gsize n = strlen (name);

  for (guint i = 0; lines[i] != NULL; i++)
    if (g_ascii_strncasecmp (lines[i], name, n) == 0 && lines[i][n] == ':')
      return g_strstrip (g_strdup (lines[i] + n + 1));
  return NULL;
}

HttpClient *
http_client_connect (guint16 port, const char *from)
{
  struct sockaddr_in address = { .sin_family = AF_INET };
  const struct timeval patience = { PATIENCE_S, 0 };
  const int one = 1;
  HttpClient *self = g_new0 (HttpClient, 1);

  self->in = g_string_new (NULL);
  self->fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  g_assert_cmpint (self->fd, >=, 0);
  setsockopt (self->fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  setsockopt (self->fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  setsockopt (self->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  if (from != NULL)
    {
      g_assert_cmpint (inet_pton (AF_INET, from, &address.sin_addr), ==, 1);
      g_assert_no_errno (bind (self->fd, (struct sockaddr *) &address, sizeof address));
    }
  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  address.sin_port = htons (port);
  g_assert_no_errno (connect (self->fd, (struct sockaddr *) &address, sizeof address));
  return self;
}

static gboolean
shake_hands (HttpClient *self)
{
  int result;

  do
    result = gnutls_handshake (self->tls);
  while (result < 0 && !gnutls_error_is_fatal (result));
  return result == 0;
}

static void
set_up_tls (HttpClient *self, TriasIdentity *identity, const char *priorities)
{
  gnutls_certificate_allocate_credentials (&self->credentials);
  if (identity != NULL)
    {
      const char *certificate = trias_identity_get_certificate_pem (identity);
      const char *key = trias_identity_get_key_pem (identity);
      gnutls_datum_t c = { (guchar *) certificate, (unsigned int) strlen (certificate) };
      gnutls_datum_t k = { (guchar *) key, (unsigned int) strlen (key) };

      g_assert_cmpint (
          gnutls_certificate_set_x509_key_mem (self->credentials, &c, &k, GNUTLS_X509_FMT_PEM), >=,
          0);
    }
  gnutls_init (&self->tls, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL);
  gnutls_priority_set_direct (self->tls, priorities != NULL ? priorities : "NORMAL", NULL);
  gnutls_credentials_set (self->tls, GNUTLS_CRD_CERTIFICATE, self->credentials);
  gnutls_transport_set_int (self->tls, self->fd);
}

gboolean
http_client_start_tls (HttpClient *self, TriasIdentity *identity, const char *priorities)
{
  set_up_tls (self, identity, priorities);
  return shake_hands (self);
}

gboolean
http_client_resume_tls (HttpClient *self, const void *ticket, gsize length)
{
  set_up_tls (self, NULL, NULL);
  gnutls_session_set_data (self->tls, ticket, length);
  return shake_hands (self);
}

HttpClient *
http_client_open (guint16 port, gboolean tls, TriasIdentity *identity)
{
  HttpClient *self = http_client_connect (port, NULL);

  if (tls)
    g_assert_true (http_client_start_tls (self, identity, NULL));
  return self;
}

static void
client_free (HttpClient *self)
{
  if (self->tls != NULL)
    gnutls_deinit (self->tls);
  if (self->credentials != NULL)
    gnutls_certificate_free_credentials (self->credentials);
  close (self->fd);
  g_string_free (self->in, TRUE);
  g_free (self);
}

void
http_client_close (HttpClient *self)
{
  if (self->tls != NULL)
    gnutls_bye (self->tls, GNUTLS_SHUT_WR);
  client_free (self);
}

void
http_client_reset (HttpClient *self)
{
  const struct linger now = { 1, 0 };

  setsockopt (self->fd, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  client_free (self);
}

int
http_client_fd (HttpClient *self)
{
  return self->fd;
}

gpointer
http_client_session (HttpClient *self)
{
  return self->tls;
}

gboolean
http_client_send_bytes (HttpClient *self, const void *data, gsize length)
{
  while (length > 0)
    {
      gssize n = self->tls != NULL ? gnutls_record_send (self->tls, data, length)
                                   : send (self->fd, data, length, MSG_NOSIGNAL);

      if (n <= 0)
        return FALSE;
      data = (const char *) data + n;
      length -= (gsize) n;
    }
  return TRUE;
}

gboolean
http_client_send (HttpClient *self, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  return http_client_send_bytes (self, text, strlen (text));
}

void
http_client_half_close (HttpClient *self)
{
  if (self->tls != NULL)
    gnutls_bye (self->tls, GNUTLS_SHUT_WR);
  shutdown (self->fd, SHUT_WR);
}

static gssize
receive (HttpClient *self, void *buffer, gsize length)
{
  gssize n;

  for (;;)
    {
      struct pollfd events = { self->fd, POLLIN, 0 };

      n = self->tls != NULL ? gnutls_record_recv (self->tls, buffer, length)
                            : recv (self->fd, buffer, length, 0);
      /* A ticket came, but no data yet. */
      if (self->tls == NULL || n != GNUTLS_E_AGAIN || poll (&events, 1, PATIENCE_S * 1000) == 0)
        return n;
    }
}

gssize
http_client_receive (HttpClient *self, void *buffer, gsize length)
{
  gsize n = MIN (self->in->len, length);

  if (n == 0)
    {
      gssize got = receive (self, buffer, length);

      return MAX (got, -1);
    }
  memcpy (buffer, self->in->str, n);
  g_string_erase (self->in, 0, (gssize) n);
  return (gssize) n;
}

/* Reads some more; %FALSE at the end. */
static gboolean
fill (HttpClient *self)
{
  char buffer[65536];
  gssize n = receive (self, buffer, sizeof buffer);

  if (n <= 0)
    return FALSE;
  g_string_append_len (self->in, buffer, n);
  return TRUE;
}

static HttpAnswer *
read_answer (HttpClient *self, gboolean with_body)
{
  HttpAnswer *answer = g_new0 (HttpAnswer, 1);
  g_autofree char *length = NULL;
  char *end;
  gsize n;

  answer->body = g_string_new (NULL);
  answer->head = g_strdup ("");
  while ((end = strstr (self->in->str, "\r\n\r\n")) == NULL)
    if (!fill (self))
      return answer;
  g_free (answer->head);
  answer->head = g_strndup (self->in->str, (gsize) (end - self->in->str));
  g_string_erase (self->in, 0, end + 4 - self->in->str);

  length = with_body ? http_answer_header (answer, "Content-Length") : NULL;
  n = length != NULL ? g_ascii_strtoull (length, NULL, 10) : 0;
  while (self->in->len < n)
    if (!fill (self))
      return answer;
  g_string_append_len (answer->body, self->in->str, (gssize) n);
  g_string_erase (self->in, 0, (gssize) n);
  answer->status = (guint) g_ascii_strtoull (answer->head + strlen ("HTTP/1.1 "), NULL, 10);
  return answer;
}

HttpAnswer *
http_client_read (HttpClient *self)
{
  return read_answer (self, TRUE);
}

HttpAnswer *
http_client_read_head (HttpClient *self)
{
  return read_answer (self, FALSE);
}

HttpAnswer *
http_client_get (HttpClient *self, const char *path)
{
  http_client_send (self, "GET %s HTTP/1.1\r\nHost: t\r\n\r\n", path);
  return http_client_read (self);
}

char *
http_client_read_until (HttpClient *self, const char *text)
{
  char *found, *before;

  while ((found = strstr (self->in->str, text)) == NULL)
    if (!fill (self))
      return NULL;
  before = g_strndup (self->in->str, found - self->in->str);
  g_string_erase (self->in, 0, found + strlen (text) - self->in->str);
  return before;
}

gboolean
http_client_await (HttpClient *self, const char *text)
{
  char *found;

  while ((found = strstr (self->in->str, text)) == NULL)
    if (!fill (self))
      return FALSE;
  g_string_erase (self->in, 0, found + strlen (text) - self->in->str);
  return TRUE;
}

gboolean
http_client_await_end (HttpClient *self, double seconds)
{
  gint64 end = g_get_monotonic_time () + (gint64) (seconds * G_USEC_PER_SEC);
  struct pollfd events = { self->fd, POLLIN, 0 };
  char buffer[65536];

  for (;;)
    {
      gint64 left = (end - g_get_monotonic_time ()) / 1000;
      gssize n;

      if (left <= 0 || poll (&events, 1, (int) left) == 0)
        return FALSE;
      n = recv (self->fd, buffer, sizeof buffer, 0);
      if (n == 0 || (n < 0 && errno != EINTR))
        return TRUE;
    }
}
