/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/http/trias-http-private.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

/* With its header it still fits into one record. */
#define CORK_MAX 14000

void
trias_http_tls_prepare (TriasHttp *server, gnutls_session_t session)
{
  /* Asked for, not demanded, and not checked against anybody: the handshake proves that the client
   * holds the key, and the rules decide about the key at every request. */
  gnutls_certificate_server_set_request (session, GNUTLS_CERT_REQUEST);
  /* MHD leaves resumption off, which costs 400 µs per connection, and 40 ms of a client that waits
   * for a delayed acknowledgement: a server without tickets is silent after the handshake. */
  gnutls_session_ticket_enable_server (session, &server->ticket_key);
}

void
trias_http_tls_cork (TriasHttpConnection *connection, gsize length)
{
  if (connection->session == NULL || length > CORK_MAX)
    return;
  gnutls_record_cork (connection->session);
  connection->corked = TRUE;
}

void
trias_http_tls_uncork (TriasHttpConnection *connection)
{
  const int off = 0;

  if (!connection->corked)
    return;
  connection->corked = FALSE;
  /* The library believes it sent already and would not come back. It fails only for a client that
   * asks on and on and reads nothing. */
  if (gnutls_record_uncork (connection->session, 0) < 0)
    shutdown (connection->fd, SHUT_RDWR);
  /* MHD leaves the socket corked and pushed before the record was there. */
  setsockopt (connection->fd, IPPROTO_TCP, TCP_CORK, &off, sizeof off);
}

char *
trias_http_tls_peer_key (gnutls_session_t session)
{
  unsigned int n = 0;
  const gnutls_datum_t *chain = gnutls_certificate_get_peers (session, &n);

  if (chain == NULL || n == 0)
    return NULL;
  return trias_id_from_certificate_der (chain[0].data, chain[0].size);
}
