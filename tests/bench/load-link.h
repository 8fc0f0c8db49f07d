/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>
#include <gnutls/gnutls.h>

/* One kept-alive connection of the load generator, with the HTTP it needs and no more. */

typedef struct
{
  int fd;
  gnutls_session_t session; /* (nullable) without TLS */
  char in[16384];
  gsize length;   /* of what was read */
  gint64 sent_at; /* ns */
  guint number;
  guint64 taken;      /* leases granted, */
  guint64 given_back; /* and of them released */
  gboolean asking;    /* waits for an answer */
} LoadLink;

typedef enum
{
  LOAD_MORE, /* the answer is not complete yet */
  LOAD_ANSWERED,
  LOAD_BROKEN,
} LoadAnswer;

/** Makes @n client identities, shared in turn by the links. */
gboolean load_link_make_keys (guint n);
void load_link_free_keys (void);
/** @link shows one of them. */
void load_link_use_key (LoadLink *link);
/** Connects (blocking), then leaves the socket non-blocking. @source: numeric address to come from.
 */
gboolean load_link_open (
    LoadLink *link, const char *source, const char *address, guint16 port, gboolean tls);
void load_link_close (LoadLink *link);
/** Sends a whole request; @body may be %NULL. */
gboolean load_link_ask (LoadLink *link, const char *method, const char *path, const char *body);
/** Reads what there is; @status and @text (borrowed until the next request) of a complete answer.
 */
LoadAnswer load_link_read (LoadLink *link, guint *status, const char **text);
gint64 load_now (void);
