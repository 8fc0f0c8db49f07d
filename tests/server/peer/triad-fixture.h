/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "pair-fixture.h"

#define TRIAD_ID "0123456789abcdef0123456789abcdef"

/* Three whole servers in one process. */

typedef struct
{
  char *folder;
  char *secret;
  const char *relationship;       /* id of the one that is formed */
  Node *nodes[TRIAS_MAX_MEMBERS]; /* primary, secondary, tertiary */
} Triad;

/** Three servers, unrelated, without rules. */
Triad *triad_new (void);
void triad_free (Triad *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Triad, triad_free)
/** Three servers that are related, one active, all connected and synchronised. */
Triad *triad_new_formed (void);

/** Makes all six rules, or all but the one on @on for @whom (ranks). */
void triad_allow_all (Triad *self);
void triad_allow_all_but (Triad *self, guint on, guint whom);
const char *node_id (Node *self);

/** Forms with the primary as coordinator and fresh invitations; the problem or %NULL. */
TriasProblem *triad_form (Triad *self);
/** Begins the same and does not wait. */
void triad_begin_forming (Triad *self);
/** (transfer full) (element-type TriasCheck) */
GPtrArray *triad_check (Triad *self);
/** The check of the triad that there is, asked of the server at rank @by. (transfer full) */
GPtrArray *triad_check_present (Triad *self, guint by);
/** A check of @kind on the server at rank @server about the one at @peer. (nullable) */
const TriasCheck *
triad_find_check (Triad *self, GPtrArray *checks, const char *kind, guint server, guint peer);

/** It takes part in no forming. */
gboolean node_is_idle (Node *self);
/** No server is related, and none forms. */
gboolean triad_is_as_before (gpointer triad);
/** One is active, all see each other connected and synchronised, all digests are equal. */
gboolean triad_is_whole (gpointer triad);
/** Some server is active. */
gboolean triad_is_served (gpointer triad);
/** The one that is active, or %NULL. */
Node *triad_active (Triad *self);
/** What GET /relationship would answer an administrator. (transfer full) */
TriasJson *node_relationship_json (Node *self);
