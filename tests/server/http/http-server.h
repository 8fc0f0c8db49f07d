/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/http/trias-http.h"

G_BEGIN_DECLS

/* The server under test. It runs in the main thread; its clients run in a thread of their own and
 * reach it over the network, or through the functions marked "any thread".
 *
 * GET /echo · POST /echo    the body again
 * /describe                 what the façade knows of the request, a line each
 * /late                     as /echo, in a later turn of the loop
 * /hold                     as /echo, once test_server_release() was called
 * /problem /moved /big      a refusal, a redirect, 100 kB
 * /stream                   server-sent events
 * /link                     taken over as "test/1"; a thread echoes what comes
 * /socket                   taken over as "test/1"; the socket is the test's */

typedef struct
{
  TriasHttp *http;
  TriasIdentity *identity;
  guint16 port;
  gboolean tls;
  GPtrArray *held;    /* requests that wait */
  GPtrArray *streams; /* that are open */
  guint closed;       /* streams that have ended */
  GArray *sockets;    /* of links; test_server_take_socket() */
  gint echoing;       /* threads that echo on links */
  gpointer data;      /* for the test */
} TestServer;

typedef void (*TestClientFunc) (TestServer *server);
typedef void (*TestServerFunc) (TestServer *server, gpointer data);

/** @limits %NULL: the defaults. */
TestServer *test_server_start (gboolean tls, const TriasHttpLimits *limits);
void test_server_stop (TestServer *self);
/** Runs @clients in a thread and the server's loop until it returns. */
void test_server_run (TestServer *self, TestClientFunc clients);
/** All three at once, plain and with TLS. */
void test_server_try (const TriasHttpLimits *limits, TestClientFunc clients);

/** Calls @func in the server's thread and waits for it (any thread). */
void test_server_call (TestServer *self, TestServerFunc func, gpointer data);
/** Answers all held requests (any thread). */
void test_server_release (TestServer *self);
/** Waits until so many requests are held, connections open, or streams open (any thread). */
void test_server_await_held (TestServer *self, guint n);
void test_server_await_connections (TestServer *self, guint n);
void test_server_await_streams (TestServer *self, guint n);
/** Waits until so many links are open, and as many threads at most echo (any thread). */
void test_server_await_links (TestServer *self, guint n);
/** Waits for the socket of the next link to /socket; the caller closes it (any thread). */
int test_server_take_socket (TestServer *self);
/** Any thread. */
TriasHttpStats test_server_stats (TestServer *self);
/** Descriptors that this process has open, and its resident memory in kB. */
guint test_count_descriptors (void);
gsize test_resident_kb (void);

G_END_DECLS
