/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/api/trias-api.h"
#include "server/api/trias-attempts.h"
#include "server/api/trias-call.h"
#include "server/api/trias-streams.h"
#include "server/api/trias-tokens.h"

G_BEGIN_DECLS

#define TRIAS_API_PREFIX "/api/v1"
#define TRIAS_API_MAX_LICENSES 500
#define TRIAS_API_MAX_FEATURES 5000
#define TRIAS_API_MAX_RULES 1000
#define TRIAS_API_MAX_LEASES_PER_KEY 10000

struct _TriasApi
{
  TriasKeeper *keeper;
  TriasAccess *access;
  TriasPeer *peer;
  TriasAccounts *accounts;
  TriasIdentity *identity;
  TriasIssuers *issuers;
  TriasHttp *http; /* (nullable) before start and after stop */
  char *name;
  char **addresses;
  gint64 started_at;
  gboolean stopped;
  GHashTable *calls; /* (element-type TriasCall) under way */
  TriasTokens *tokens;
  TriasAttempts *attempts;
  TriasStreams *streams;
  TriasKeeperWatch watch;
  guint watch_id;
  /* The member list as signed for clients, made once for each incarnation. */
  char *signed_epoch;
  char *signed_text;
  char *signed_signature;
  char *partner_licenses; /* ids and revisions, to notice a change */
  guint64 denials;
  GQueue waiting; /* (element-type TriasCall) until it is known who serves */
  GSource *look;  /* (owned) (nullable) looks after them again at @look_at */
  gint64 look_at; /* monotonic clock, µs */
};

TriasLedger *trias_api_ledger (TriasApi *self);
/** Takes @command through the keeper on behalf of @call. */
void trias_api_submit (TriasCall *call, TriasCommand *command, TriasKeeperFunc func);
/** Epoch of answers: `RELATIONSHIP/INCARNATION` or "". (transfer full) */
char *trias_api_epoch (TriasApi *self);

/** Where others can reach @http that was given @addresses: with real ports, and every address for a
 * wildcard. (transfer full) */
char **trias_api_reachable (TriasHttp *http, const char *const *addresses);

/* trias-api-auth.c */
/** The token in the request, or %NULL. */
const char *trias_api_bearer (TriasHttpRequest *request);
void
trias_api_call_admin (TriasCall *call); /* goes on to call->handler for a signed-in administrator */
void trias_api_call_either (TriasCall *call); /* the same, and for clients without a token */
void trias_api_call_anyone (TriasCall *call); /* goes on at once */

/* The handlers, a file per noun. */
void trias_api_get_health (TriasCall *call);
void trias_api_get_metrics (TriasCall *call);
void trias_api_get_server (TriasCall *call);
void trias_api_patch_server (TriasCall *call);
void trias_api_post_session (TriasCall *call);
void trias_api_delete_session (TriasCall *call);
void trias_api_get_rules (TriasCall *call);
void trias_api_post_rule (TriasCall *call);
void trias_api_put_rule (TriasCall *call);
void trias_api_delete_rule (TriasCall *call);
void trias_api_get_licenses (TriasCall *call);
void trias_api_post_license (TriasCall *call);
void trias_api_delete_license (TriasCall *call);
void trias_api_get_license_text (TriasCall *call);
void trias_api_get_pools (TriasCall *call);
void trias_api_get_leases (TriasCall *call);
void trias_api_get_lease (TriasCall *call);
void trias_api_post_lease (TriasCall *call);
void trias_api_put_lease (TriasCall *call);
void trias_api_delete_lease (TriasCall *call);
void trias_api_get_denials (TriasCall *call);
void trias_api_get_settings (TriasCall *call);
void trias_api_patch_settings (TriasCall *call);
void trias_api_get_relationship (TriasCall *call);
void trias_api_post_relationship (TriasCall *call);
void trias_api_patch_relationship (TriasCall *call);
void trias_api_delete_relationship (TriasCall *call);
void trias_api_check_relationship (TriasCall *call);
void trias_api_invite (TriasCall *call);
void trias_api_sync_relationship (TriasCall *call);
void trias_api_resolve_conflict (TriasCall *call);
void trias_api_abort_relationship (TriasCall *call);
void trias_api_hand_over (TriasCall *call);
void trias_api_give_back (TriasCall *call);
void trias_api_check_replace (TriasCall *call);
void trias_api_replace (TriasCall *call);
void trias_api_check_grow (TriasCall *call);
void trias_api_grow (TriasCall *call);
void trias_api_recover (TriasCall *call);
void trias_api_shrink (TriasCall *call);
void trias_api_begin_maintenance (TriasCall *call);
void trias_api_end_maintenance (TriasCall *call);
void trias_api_begin_drill (TriasCall *call);
void trias_api_report_drill (TriasCall *call);
void trias_api_get_events (TriasCall *call);

/* trias-api-waiting.c */
/** Keeps @call while its triad elects; its handler runs again when it may be known who serves, or
 * when it has waited long enough. %FALSE: it has. */
gboolean trias_api_wait (TriasCall *call);
/** The same for a client's request that the journal refused because this server is not the active
 * one any more; asking again with the same id is safe. %FALSE also for any other @outcome. */
gboolean trias_api_wait_again (TriasCall *call, const TriasOutcome *outcome);
/** It may be known now who serves: runs the handlers of all that wait. */
void trias_api_waiting_look (TriasApi *self);
void trias_api_waiting_stop (TriasApi *self);
/** Refuses all that wait. */
void trias_api_waiting_end (TriasApi *self);

/** What happened to a request for a lease: kept and told. */
void trias_api_deny (TriasApi *self,
                     TriasReason reason,
                     const char *detail,
                     const TriasLease *lease,
                     const TriasCommandFacts *facts);

G_END_DECLS
