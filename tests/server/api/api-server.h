/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/api/trias-api.h"

G_BEGIN_DECLS

/* A whole server in the main thread: state in a temporary folder, port 0 of 127.0.0.1, one
 * administrator and one issuer. Its clients run in a thread of their own. */

#define API_ADMIN "ada"
#define API_PASSWORD "correct horse"

typedef struct
{
  char *folder; /* goes with the server unless it is kept */
  gboolean keep;
  char *issuer_secret;
  TriasIssuers *issuers;
  TriasIdentity *identity;
  TriasKeeper *keeper;
  TriasAccess *access;
  TriasAccounts *accounts;
  TriasPeer *peer;
  TriasApi *api;
  TriasHttp *http;
  guint16 port;
  char *token;             /* of the administrator, from api_sign_in() */
  TriasIdentity *client;   /* key of an ordinary client */
  TriasIdentity *stranger; /* another one */
} ApiServer;

/** @folder %NULL: a new one. */
ApiServer *api_server_start (const char *folder);
void api_server_stop (ApiServer *self);
/** Stops it and starts it again on the same state. */
ApiServer *api_server_restart (ApiServer *self);
/** Adds an administrator. */
void api_server_add_admin (ApiServer *self, const char *name, const char *password);

typedef void (*ApiClientFunc) (ApiServer *server);
/** Runs @clients in a thread and the server's loop until it returns. */
void api_server_run (ApiServer *self, ApiClientFunc clients);
/** Starts a server, runs @clients against it, stops it. */
void api_server_try (ApiClientFunc clients);
typedef void (*ApiServerFunc) (ApiServer *server, gpointer data);
/** Calls @func in the server's thread and waits for it (clients' thread). */
void api_server_call (ApiServer *self, ApiServerFunc func, gpointer data);

/** A licence: @features like "cad:3 cam:1". (transfer full) */
char *api_license (ApiServer *self, const char *id, guint revision, const char *features);

G_END_DECLS
