/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "load-link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gnutls/x509.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PRIORITIES "SECURE128:-VERS-ALL:+VERS-TLS1.3"
#define TIMEOUT_S 10

static gnutls_certificate_credentials_t *keys;
static guint n_keys;

gint64
load_now (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (gint64) now.tv_sec * 1000000000 + now.tv_nsec;
}

static gboolean
make_key (gnutls_certificate_credentials_t credentials, guint number)
{
  gnutls_x509_privkey_t key;
  gnutls_x509_crt_t certificate;
  guint32 serial = g_htonl (number + 1);
  gboolean ok;

  gnutls_x509_privkey_init (&key);
  gnutls_x509_crt_init (&certificate);
  ok = gnutls_x509_privkey_generate (key, GNUTLS_PK_EDDSA_ED25519, 0, 0) >= 0
       && gnutls_x509_crt_set_version (certificate, 3) >= 0
       && gnutls_x509_crt_set_serial (certificate, &serial, sizeof serial) >= 0
       && gnutls_x509_crt_set_activation_time (certificate, time (NULL) - 3600) >= 0
       && gnutls_x509_crt_set_expiration_time (certificate, time (NULL) + 86400) >= 0
       && gnutls_x509_crt_set_key (certificate, key) >= 0
       && gnutls_x509_crt_sign2 (certificate, certificate, key, GNUTLS_DIG_SHA512, 0) >= 0
       && gnutls_certificate_set_x509_key (credentials, &certificate, 1, key) >= 0;
  gnutls_x509_crt_deinit (certificate);
  gnutls_x509_privkey_deinit (key);
  return ok;
}

gboolean
load_link_make_keys (guint n)
{
  keys = g_new0 (gnutls_certificate_credentials_t, n);
  for (; n_keys < n; n_keys++)
    {
      gnutls_certificate_allocate_credentials (&keys[n_keys]);
      if (!make_key (keys[n_keys], n_keys))
        return FALSE;
    }
  return TRUE;
}

void
load_link_free_keys (void)
{
  while (n_keys > 0)
    gnutls_certificate_free_credentials (keys[--n_keys]);
  g_clear_pointer (&keys, g_free);
}

void
load_link_use_key (LoadLink *link)
{
  gnutls_credentials_set (link->session, GNUTLS_CRD_CERTIFICATE, keys[link->number % n_keys]);
}

static int
connect_from (const char *source, const char *address, guint16 port)
{
  struct sockaddr_in from = { .sin_family = AF_INET };
  struct sockaddr_in to = { .sin_family = AF_INET, .sin_port = g_htons (port) };
  struct timeval limit = { TIMEOUT_S, 0 };
  const int on = 1;
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  if (fd < 0 || inet_pton (AF_INET, source, &from.sin_addr) != 1
      || inet_pton (AF_INET, address, &to.sin_addr) != 1)
    return -1;
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  setsockopt (fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (bind (fd, (struct sockaddr *) &from, sizeof from) == 0
      && connect (fd, (struct sockaddr *) &to, sizeof to) == 0)
    return fd;
  close (fd);
  return -1;
}

/* Whom it speaks to does not matter here: it is the server that was just started. */
static gboolean
shake_hands (LoadLink *link)
{
  int result;

  gnutls_init (&link->session, GNUTLS_CLIENT | GNUTLS_NO_SIGNAL);
  gnutls_priority_set_direct (link->session, PRIORITIES, NULL);
  load_link_use_key (link);
  gnutls_transport_set_int (link->session, link->fd);
  do
    result = gnutls_handshake (link->session);
  while (result < 0 && gnutls_error_is_fatal (result) == 0 && result != GNUTLS_E_AGAIN);
  return result >= 0;
}

gboolean
load_link_open (LoadLink *link, const char *source, const char *address, guint16 port, gboolean tls)
{
  link->fd = connect_from (source, address, port);
  if (link->fd < 0)
    return FALSE;
  if (tls && !shake_hands (link))
    {
      load_link_close (link);
      return FALSE;
    }
  return fcntl (link->fd, F_SETFL, O_NONBLOCK) == 0;
}

void
load_link_close (LoadLink *link)
{
  g_clear_pointer (&link->session, gnutls_deinit);
  if (link->fd >= 0)
    close (link->fd);
  link->fd = -1;
}

static gssize
send_some (LoadLink *link, const char *data, gsize length)
{
  gssize n;

  if (link->session == NULL)
    return send (link->fd, data, length, MSG_NOSIGNAL);
  n = gnutls_record_send (link->session, data, length);
  if (n == GNUTLS_E_AGAIN || n == GNUTLS_E_INTERRUPTED)
    errno = EAGAIN;
  else if (n < 0)
    errno = EPIPE;
  return n;
}

gboolean
load_link_ask (LoadLink *link, const char *method, const char *path, const char *body)
{
  gsize body_length = body != NULL ? strlen (body) : 0;
  char request[2048];
  int length;

  length = g_snprintf (request, sizeof request,
                       "%s %s HTTP/1.1\r\nHost: trias\r\nContent-Type: application/json\r\n"
                       "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n%s",
                       method, path, body_length, body != NULL ? body : "");
  link->asking = TRUE;
  link->length = 0;
  link->sent_at = load_now ();
  for (const char *data = request; length > 0;)
    {
      gssize n = send_some (link, data, (gsize) length);
      struct pollfd wait = { link->fd, POLLOUT, 0 };

      if (n < 0 && (errno != EAGAIN || poll (&wait, 1, TIMEOUT_S * 1000) <= 0))
        return FALSE;
      data += MAX (n, 0);
      length -= (int) MAX (n, 0);
    }
  return TRUE;
}

static LoadAnswer
parse (LoadLink *link, guint *status, const char **text)
{
  const char *end;
  const char *field;
  gsize body_length = 0;

  link->in[link->length] = '\0';
  end = strstr (link->in, "\r\n\r\n");
  if (end == NULL)
    return LOAD_MORE;
  end += 4;
  field = strcasestr (link->in, "\r\nContent-Length:");
  if (field != NULL && field < end)
    body_length = strtoul (field + strlen ("\r\nContent-Length:"), NULL, 10);
  if ((gsize) (link->in + link->length - end) < body_length)
    return LOAD_MORE;
  *status = link->length > 12 ? (guint) strtoul (link->in + 9, NULL, 10) : 0;
  *text = end;
  link->asking = FALSE;
  return LOAD_ANSWERED;
}

LoadAnswer
load_link_read (LoadLink *link, guint *status, const char **text)
{
  LoadAnswer answer = LOAD_MORE;

  while (answer == LOAD_MORE)
    {
      gsize space = sizeof link->in - 1 - link->length;
      gssize n;

      if (space == 0)
        return LOAD_BROKEN;
      if (link->session != NULL)
        n = gnutls_record_recv (link->session, link->in + link->length, space);
      else
        n = recv (link->fd, link->in + link->length, space, 0);
      if (n == GNUTLS_E_AGAIN || (link->session == NULL && n < 0 && errno == EAGAIN))
        return LOAD_MORE;
      if (n <= 0)
        return LOAD_BROKEN;
      link->length += (gsize) n;
      answer = parse (link, status, text);
    }
  return answer;
}
