/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-servers.h"

G_BEGIN_DECLS

/* What lists of pairs and of triads have in common: they follow the servers that a program knows,
 * and believe the newest word on each relationship. */

/** What is known of a member: its own answer, where this program has it. */
typedef struct
{
  TriasServer *server;         /* (nullable) */
  TriasRelationshipInfo *info; /* (nullable) its answer about this relationship, maybe of earlier */
  gboolean reached;            /* @info is live */
} TriasMemberSource;

/** The relationships of one kind among the known servers. */
typedef struct
{
  TriasServers *servers; /* (owned) (nullable) after the end */
  TriasKind kind;
  GPtrArray *watched; /* (element-type TriasServer) */
  GSource *soon;      /* (owned) (nullable) many changes, one look */
  GSourceFunc look;   /* looks again */
  gpointer user_data; /* for @look */
} TriasKin;

/** Follows @servers from now on: @look runs soon after anything changed that matters. */
void trias_kin_start (
    TriasKin *self, TriasServers *servers, TriasKind kind, GSourceFunc look, gpointer user_data);
void trias_kin_stop (TriasKin *self);

/** The relationship of @server if it is of this kind. (nullable) (transfer none) */
const TriasRelationship *trias_kin_of_server (TriasKin *self, TriasServer *server);
/** The newest word on each relationship that is not over. (transfer container) (element-type
 * TriasRelationship) */
GPtrArray *trias_kin_collect (TriasKin *self);
/** Sources of the members of @relationship, by rank; @sources has room for TRIAS_MAX_MEMBERS.
 * %FALSE if none of them told anything. */
gboolean
trias_kin_fill (TriasKin *self, const TriasRelationship *relationship, TriasMemberSource *sources);

G_END_DECLS
