/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-identity.h"

G_BEGIN_DECLS

/* A blocking HTTP client on a bare socket, plain or TLS, that can be as rude as a test needs. */

typedef struct _HttpClient HttpClient;

typedef struct
{
  guint status; /* 0: the connection ended before a complete answer */
  char *head;   /* (owned) status line and header */
  GString *body;
} HttpAnswer;

void http_answer_free (HttpAnswer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HttpAnswer, http_answer_free)
/** Value of a header, or %NULL. (transfer full) */
char *http_answer_header (const HttpAnswer *self, const char *name);

/** Connects from @from (%NULL: any address); no TLS yet. */
HttpClient *http_client_connect (guint16 port, const char *from);
/** Does the TLS handshake; @identity may be %NULL. @priorities %NULL: the usual ones. */
gboolean http_client_start_tls (HttpClient *self, TriasIdentity *identity, const char *priorities);
/** Does it with the session data of an earlier connection, without a certificate. */
gboolean http_client_resume_tls (HttpClient *self, const void *ticket, gsize length);
/** Connects, with TLS if asked; fails the test if that fails. */
HttpClient *http_client_open (guint16 port, gboolean tls, TriasIdentity *identity);
/** Closes in order. */
void http_client_close (HttpClient *self);
/** Closes with a reset. */
void http_client_reset (HttpClient *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (HttpClient, http_client_close)

int http_client_fd (HttpClient *self);
/** The TLS session, for what this file does not wrap. */
gpointer http_client_session (HttpClient *self);
/** Whether everything could be sent. */
gboolean http_client_send (HttpClient *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
gboolean http_client_send_bytes (HttpClient *self, const void *data, gsize length);
void http_client_half_close (HttpClient *self);
/** Reads one answer. (transfer full) */
HttpAnswer *http_client_read (HttpClient *self);
/** As above, for an answer that must have no body (to HEAD). */
HttpAnswer *http_client_read_head (HttpClient *self);
/** Sends a GET and reads its answer. (transfer full) */
HttpAnswer *http_client_get (HttpClient *self, const char *path);
/** Reads until @text has come (and drops what is before it); %FALSE if the connection ended first.
 */
gboolean http_client_await (HttpClient *self, const char *text);
/** Reads until @text has come and returns what was before it; %NULL if the connection ended first.
 * (transfer full) */
char *http_client_read_until (HttpClient *self, const char *text);
/** Reads what has come, at least a byte: number of bytes, 0 at an orderly end, -1 at any other. */
gssize http_client_receive (HttpClient *self, void *buffer, gsize length);
/** Reads and drops until the connection ends; %FALSE if it does not within @seconds. */
gboolean http_client_await_end (HttpClient *self, double seconds);

G_END_DECLS
