/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/http/trias-http.h"
#include "server/keeper/trias-keeper.h"

G_BEGIN_DECLS

/**
 * TriasAccess:
 *
 * Who may do what: the `use` rules of the ledger and the server's own `administer` and `peer`
 * rules (local records of kind "rule"), evaluated over facts that are looked up once per
 * connection's address (forward-confirmed, cached, time-limited).
 */
typedef struct _TriasAccess TriasAccess;

/** Out of the box: administer = everyone (signed in) from everywhere, use = everyone, peer =
 * nobody. */
TriasAccess *trias_access_new (TriasKeeper *keeper);
void trias_access_free (TriasAccess *self);

/** Facts of a request; owned copies, free with trias_access_facts_free(). */
TriasCommandFacts *
trias_access_facts_of (TriasAccess *self, TriasHttpRequest *request, const char *user);
void trias_access_facts_free (TriasCommandFacts *facts);
/** View for trias_rules_allow(). */
TriasFacts trias_access_facts_view (const TriasCommandFacts *facts);
/** Looks up the host names of the address, and the groups of the user, into @facts, which stay the
 * caller's to free; but only if a rule of @scope asks for them and they are not cached. Then calls
 * @ready (at once if nothing was to do). At most 2 s; a name that cannot be confirmed is left out.
 */
typedef void (*TriasAccessReady) (TriasCommandFacts *facts, gpointer user_data);
void trias_access_complete_facts (TriasAccess *self,
                                  TriasScope scope,
                                  TriasCommandFacts *facts,
                                  TriasAccessReady ready,
                                  gpointer user_data);

/** Whether @facts are let in for @scope; @deciding (out) (optional) (nullable) (transfer none). */
gboolean trias_access_allows (TriasAccess *self,
                              TriasScope scope,
                              const TriasCommandFacts *facts,
                              const TriasRule **deciding);
/** Whether a server with @key_id coming from @address would be let in for peer. */
gboolean trias_access_allows_peer (TriasAccess *self,
                                   const char *key_id,
                                   const char *address,
                                   const TriasRule **deciding);
/** All rules of all scopes, ordered by scope and id. (transfer container full) (element-type
 * TriasRule, borrowed) */
GPtrArray *trias_access_list (TriasAccess *self);
const TriasRule *trias_access_find (TriasAccess *self, const char *id);

/** Sets how to find out whether the local rules would keep the present partner out: called with the
 * rules as they would be; returns the partner's name if it would be cut, else %NULL. Set by the
 * relationship part. */
typedef const char *(*TriasAccessCuts) (GPtrArray *peer_rules, gpointer user_data);
void trias_access_set_cuts (TriasAccess *self, TriasAccessCuts cuts, gpointer user_data);

/** Adds or changes a local rule (administer, peer). Refused with RULE_IN_USE, unless @force, if it
 * would cut a relationship or keep out @by (nullable), the signed-in administrator who makes the
 * change, from where he is. @done (nullable) once it is durable. */
void trias_access_put_local (TriasAccess *self,
                             const TriasRule *rule,
                             gboolean force,
                             const TriasCommandFacts *by,
                             TriasKeeperDone done,
                             gpointer user_data);
/** Removes one; NOT_FOUND if there is none. */
void trias_access_remove_local (TriasAccess *self,
                                const char *id,
                                gboolean force,
                                const TriasCommandFacts *by,
                                TriasKeeperDone done,
                                gpointer user_data);

G_END_DECLS
