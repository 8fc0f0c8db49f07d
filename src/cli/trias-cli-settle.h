/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "cli/trias-cli.h"

G_BEGIN_DECLS

/** Whether @info, which the server @id says, shows what is waited for. It is in full only if
 * somebody is signed in there. */
typedef gboolean (*TriasCliShown) (TriasRelationshipInfo *info,
                                   const char *id,
                                   gconstpointer wanted);

/** Waits until all members of @relationship, and of what becomes of it, that answer show @wanted,
 * so that nobody who looks next sees anything else; says so if it lasts, and goes on after some
 * seconds. */
void trias_cli_settle (TriasCli *cli,
                       const TriasRelationship *relationship,
                       TriasCliShown shown,
                       gconstpointer wanted);

/** The relationship @formed, a TriasRelationship, is there, its members connected and synchronised.
 */
gboolean trias_cli_shows_formed (TriasRelationshipInfo *info, const char *id, gconstpointer formed);
/** A relationship that goes on in another form. */
typedef struct
{
  const TriasRelationship *before;
  const char *leaving; /* (nullable) server id */
} TriasCliChanged;
/** Of TriasCliChanged: it did, and its members are connected. */
gboolean
trias_cli_shows_change (TriasRelationshipInfo *info, const char *id, gconstpointer changed);
/** The relationship @before, a TriasRelationship, is no more. */
gboolean trias_cli_shows_end (TriasRelationshipInfo *info, const char *id, gconstpointer before);
/** Name, options and addresses are those of @options, a TriasRelationship. */
gboolean
trias_cli_shows_options (TriasRelationshipInfo *info, const char *id, gconstpointer options);
/** The server @active, an id, serves. */
gboolean trias_cli_shows_active (TriasRelationshipInfo *info, const char *id, gconstpointer active);
/** The server @drained, an id, can be switched off. */
gboolean
trias_cli_shows_drained (TriasRelationshipInfo *info, const char *id, gconstpointer drained);
/** The server @resumed, an id, takes part. */
gboolean
trias_cli_shows_resumed (TriasRelationshipInfo *info, const char *id, gconstpointer resumed);

G_END_DECLS
