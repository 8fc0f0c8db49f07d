/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/http/trias-http-private.h"

void
trias_http_tls_prepare (TriasHttp *server, gnutls_session_t session)
{
  /* Asked for, not demanded, and not checked against anybody: the handshake proves that the client
   * holds the key, and the rules decide about the key at every request. */
  gnutls_certificate_server_set_request (session, GNUTLS_CERT_REQUEST);
  /* MHD leaves resumption off, which costs 400 µs per connection, and 40 ms of a client that waits
   * for a delayed acknowledgement because a server without tickets is silent after the handshake. */
  gnutls_session_ticket_enable_server (session, &server->ticket_key);
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
