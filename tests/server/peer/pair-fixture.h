/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-process.h"
#include "server/peer/trias-peer.h"

/** Of the client that all leases belong to. */
#define CLIENT_KEY "3333333333333333333333333333333333333333333333333333333333333333"

/* Whole servers in one process, without the interface for clients: keeper, access, HTTP and peer.
 */

typedef struct
{
  char *name;
  char *host;   /* an address of its own on the loopback network */
  guint16 port; /* kept over restarts */
  char *folder;
  TriasIdentity *identity;
  TriasIssuers *issuers;
  char *secret;         /* of the test issuer (borrowed) */
  char *address;        /* HOST:PORT */
  const char *spare;    /* (nullable) another host that it says it has, at the same port */
  gint64 wall_ahead_ms; /* what its wall clock shows more than the computer's */
  TriasKeeper *keeper;
  TriasAccess *access;
  TriasHttp *http; /* (nullable) while cut off */
  TriasPeer *peer;
  GHashTable *events; /* kind to how often it was told */
  guint watch;
  char *path_refused; /* (nullable) requests to this path get no answer but 503 */
  guint refusals;
  char *path_held; /* (nullable) the next request to this path waits, then they are refused */
  TriasHttpRequest *held;
} Node;

typedef struct
{
  char *folder;
  char *secret;
  Node *main, *backup;
} Pair;

/** Two servers, unrelated, each with the issuer's key. */
Pair *pair_new (void);
void pair_free (Pair *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Pair, pair_free)
/** Two servers that are related, connected and synchronised. */
Pair *pair_new_formed (void);

/** A folder for servers, with the public key of a test issuer. Both (transfer full). */
char *servers_folder_new (char **secret);
void servers_folder_free (char *folder);

Node *node_new (const char *folder, const char *secret, const char *name, const char *host);
void node_free (Node *self);
/** Starts all parts again over the same folder and port. */
void node_start (Node *self);
/** Ends everything; the folder stays. */
void node_stop (Node *self);
/** Stops to listen, resp. listens again: requests to it fail, its own still go out. */
void node_deafen (Node *self);
void node_hear (Node *self);
/** Lets the request in that waits. */
void node_let_in (Node *self);
guint node_count (Node *self, const char *event);
void node_allow (Node *self, Node *other);
void node_install (Node *self, const char *id, const char *feature, guint seats);
void node_install_product (
    Node *self, const char *id, const char *product, const char *feature, guint seats);
/** The same, of a licence that is bound to @self alone. */
void node_install_bound (Node *self, const char *id, const char *feature, guint seats);
/** The same, of a licence that begins in a time far away. */
void node_install_future (
    Node *self, const char *id, const char *product, const char *feature, guint seats);
/** Grants or renews as the interface would, following the route. Returns the reason; @route (out)
 * (optional). */
TriasReason node_ask (
    Node *self, const char *id, const char *feature, const char *cannot_reach, TriasRoute *route);
TriasReason node_grant (Node *self, const char *id, const char *feature, guint ttl_s);
/** Submits @command and waits for its outcome. */
TriasReason node_submit (Node *self, TriasCommand *command);
TriasReason node_release (Node *self, const char *id);
TriasReason node_set_contact (Node *self, const char *contact);
const char *node_contact (Node *self);
const TriasLease *node_lease (Node *self, const char *id);

typedef gboolean (*Condition) (gpointer user_data);
/** Runs the loop until @condition holds; fails with @what after @seconds. */
void wait_until (const char *what, guint seconds, Condition condition, gpointer user_data);
void run_for (guint ms);
/** It is not connected with its partner. */
gboolean node_is_alone (gpointer node);
gboolean pair_is_whole (gpointer pair);
gboolean pair_is_apart (gpointer pair);
/** Connected, synchronised, nothing pending, digests of ledgers and copies equal: what must hold
 * after every heal. */
gboolean pair_is_equal (gpointer pair);
gboolean flag_is_set (gpointer flag);

/** Forms with the main as coordinator; the problem or %NULL. */
TriasProblem *
pair_form (Pair *self, const char *id, const char *invitation, const char *fingerprint);
char *pair_invite (Pair *self);
/** Sets them at the main; they need not have arrived at the backup. */
void pair_set_options (Pair *self, const char *name, const TriasOptions *options);
/** Finds a check of @kind about @server. */
const TriasCheck *find_check (GPtrArray *checks, const char *kind, const char *server);
/** (transfer full) */
GPtrArray *pair_check (Pair *self, const char *invitation, const char *fingerprint);
