/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-peer.h"

G_BEGIN_DECLS

/* Stands in for the relationship part: says what a test told it to say, and answers when told. All
 * in the server's thread. */

typedef struct
{
  TriasRoute route;
  const char *location;
  char *asked;       /* feature, id and Trias-Cannot-Reach of the last question */
  TriasLease *lease; /* the partner's */
  TriasRelationship *relationship;
  const char *license_id; /* that the partner has */
  char *moved;            /* id that was let go last */
  char *given_up;         /* id that its client gave back last */
  TriasPeerDone done;     /* what waits for an answer */
  gpointer done_data;
  void (*changed) (gpointer user_data);
  gpointer changed_data;
  void (*routed) (gpointer user_data);
  gpointer routed_data;
} FakePeer;

extern FakePeer fake_peer;

void fake_peer_clear (void);
/** Answers what waits. */
void fake_peer_finish (const TriasProblem *problem);

G_END_DECLS
