/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-identity.h"
#include "core/trias-process.h"

#include <libsoup/soup.h>

G_BEGIN_DECLS

/* A scripted HTTPS server on loopback, in the test's own main loop. */
typedef struct FakeServer FakeServer;

/* Answers a request to `METHOD /path` (after /api/v1). */
typedef void (*FakeHandler) (FakeServer *server,
                             SoupServerMessage *message,
                             GHashTable *query,
                             gpointer user_data);

FakeServer *fake_server_new (void);
void fake_server_free (FakeServer *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeServer, fake_server_free)
/* Stops to listen and drops every connection; start() takes the same port again. */
void fake_server_stop (FakeServer *self);
void fake_server_start (FakeServer *self);
const char *fake_server_id (FakeServer *self);
TriasIdentity *fake_server_identity (FakeServer *self);
/* Another key from now on, at the same port. */
void fake_server_change_key (FakeServer *self);
/* https://127.0.0.1:PORT, 127.0.0.1:PORT, and with #FINGERPRINT. All borrowed. */
const char *fake_server_uri (FakeServer *self);
const char *fake_server_address (FakeServer *self);
const char *fake_server_full_address (FakeServer *self);

void fake_server_on (FakeServer *self,
                     const char *method,
                     const char *path,
                     FakeHandler handler,
                     gpointer user_data);
/* The same answer each time. */
void fake_server_say (
    FakeServer *self, const char *method, const char *path, guint status, const char *json);
void fake_server_respond (SoupServerMessage *message, guint status, const char *json);
/* Number of requests so far. */
guint fake_server_count (FakeServer *self, const char *method, const char *path);
/* Body, header Trias-Cannot-Reach (or "") and TLS key of the last request. */
const char *fake_server_last_body (FakeServer *self, const char *method, const char *path);
const char *fake_server_last_cannot_reach (FakeServer *self);
const char *fake_server_last_key (FakeServer *self);
/* No request is answered any more: the connection stays open and silent. */
void fake_server_set_silent (FakeServer *self, gboolean silent);
/* Answers now what came while it was silent, in that order, also if nobody waits for it any more:
 * as a process that was stopped does. */
void fake_server_catch_up (FakeServer *self);

/* --- events --- */
/* GET /events with Accept: text/event-stream says hello and stays open; other GETs get `events`. */
void fake_server_stream (FakeServer *self, const char *events);
void fake_server_send (FakeServer *self, const char *text);
void fake_server_end_streams (FakeServer *self);
guint fake_server_n_streams (FakeServer *self);
const char *fake_server_last_event_id (FakeServer *self);

/* --- the loop --- */
typedef gboolean (*FakeCondition) (gpointer data);
/* Runs the main context until @condition or 20 s have passed, which fails the test. */
void fake_wait (FakeCondition condition, gpointer data);
/* Runs it for a while, to see that nothing happens. */
void fake_run (guint milliseconds);
/* For asynchronous calls: keep the result, wait for it. */
void fake_result_cb (GObject *source, GAsyncResult *result, gpointer place);
GAsyncResult *fake_wait_result (GAsyncResult **place);
/* The answers of a plain, signed-in server, to be changed one by one. */
void fake_server_be_plain (FakeServer *self, const char *name);

G_END_DECLS
