/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/keeper/trias-accounts.h"
#include "server/peer/trias-peer.h"

G_BEGIN_DECLS

/**
 * TriasApi:
 *
 * The REST interface (data/openapi.yaml): routes a request to its handler, which reads it,
 * authorises it, takes it through keeper or peer and answers. It decides nothing that the ledger
 * decides.
 */
typedef struct _TriasApi TriasApi;

/** What the interface stands on; all borrowed, and outlive it. */
typedef struct
{
  TriasKeeper *keeper;
  TriasAccess *access;
  TriasPeer *peer;
  TriasAccounts *accounts;
  TriasIdentity *identity;
  TriasIssuers *issuers;
  const char *name; /* what trias_api_load_name() said */
} TriasApiParts;

/** The server's name: as an administrator last set it, else @fallback (of the configuration).
 * (transfer full) */
char *trias_api_load_name (TriasKeeper *keeper, const char *fallback);

TriasApi *trias_api_new (const TriasApiParts *parts);
/** Answers one request; to be called by the handler given to trias_http_start(). */
void trias_api_handle (TriasApi *self, TriasHttpRequest *request);
/** After @http listens: @addresses as they were given to it. From here on watchers run. */
void trias_api_start (TriasApi *self, TriasHttp *http, const char *const *addresses);
/** Before trias_http_stop(): closes the streams and stops watching. Requests that come later get
 * 503. */
void trias_api_stop (TriasApi *self);
/** After trias_http_stop(). */
void trias_api_free (TriasApi *self);

/** The routes of the table, for the test that compares them with the description: path of the one
 * at @index
 * (%NULL beyond the last) and its method. */
const char *trias_api_get_route (guint index, const char **method);

G_END_DECLS
