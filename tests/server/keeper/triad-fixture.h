/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/keeper/trias-keeper-clock.h"

G_BEGIN_DECLS

/* Three keepers in one process, each over a folder of its own, with the real journal and the real
 * clock. They reach each other through socket pairs that can be cut. */

typedef struct _Triad Triad;

typedef struct
{
  Triad *triad;
  guint slot;
  char *id;
  char *folder;
  TriasKeeper *keeper; /* (nullable) while it is down */
} Node;

struct _Triad
{
  const char *relationship; /* its id */
  char *secret;
  TriasIssuers *issuers; /* known to a server that is opened from now on */
  Node nodes[3];
  gboolean cut[4][4]; /* by slot; both ways are cut together */
  GPtrArray *pumps;   /* of the streams between them */
};

Triad *triad_new (void);
void triad_free (Triad *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (Triad, triad_free)
Node *triad_node (Triad *self, guint slot);
/** Nothing passes between the two any more, or passes again. */
void triad_cut (Triad *self, guint one, guint other, gboolean cut);
void node_open (Node *self);
void node_close (Node *self);
/** To the others as if its power failed: they hear nothing more of it. */
void node_crash (Node *self);

/** Submits @command and waits for the answer. */
TriasReason node_submit (Node *self, TriasCommand *command);
TriasReason node_grant (Node *self, guint number, guint ttl_s);
TriasReason node_renew (Node *self, guint number);
void node_install (Node *self, guint seats);
gboolean node_has (Node *self, guint number);
gint64 node_left (Node *self, guint number);
char *node_digest (Node *self);
guint node_count_events (Node *self, const char *kind);
/** The base of @self goes to @to. */
void node_give_base (Node *self, Node *to);

/** Seals the three as incarnation @incarnation at @first, and brings the base to the others. */
void triad_form (Triad *self, Node *first, guint64 incarnation);
TriasRelationship *triad_relationship (Triad *self, guint64 incarnation);
/** Waits until one is active; %NULL never. */
Node *triad_wait_active (Triad *self);
/** Waits until @self is. */
void node_wait_active (Node *self);
void node_wait_single (Node *self);
/** Waits until all that are up have equal digests. */
void triad_wait_equal (Triad *self);

G_END_DECLS
