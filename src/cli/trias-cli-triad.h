/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "cli/trias-cli.h"

G_BEGIN_DECLS

/** What the server of @rest says of its relationship. (transfer full) */
TriasRelationshipInfo *trias_cli_ask_relationship (TriasRest *rest, GError **error);

/** What `relationship show` says of a triad. */
void trias_cli_print_triad (TriasCli *cli, TriasTriad *triad);
/** (transfer none) the member that @text means by role, name, address or id; %NULL with a usage
 * error. */
const TriasMember *trias_cli_find_member (const TriasCli *cli,
                                          const TriasRelationship *relationship,
                                          const char *text,
                                          GError **error);
/** A session with who decides for the relationship that --server belongs to: the active member of a
 * triad, else that server itself. @info (out): what the asked one said of the relationship. */
TriasRest *trias_cli_open_deciding (TriasCli *cli, TriasRelationshipInfo **info, GError **error);
/** Makes --server mean the main server, if it means the backup server of a pair. Returns whether it
 * did. */
gboolean trias_cli_turn_to_main (TriasCli *cli, TriasRelationshipInfo *info);
/** Whether the triad of @rest may end: fails, unless --force, if a licence serves only as long as
 * it lasts. */
gboolean trias_cli_may_end (TriasCli *cli, TriasRest *rest, GError **error);
/** Ends the triad; the member that @keep means keeps licences and leases. */
gboolean trias_cli_dissolve_triad (TriasCli *cli, const char *keep, GError **error);

/** Commands, see TriasCommandEntry. */
gboolean trias_cli_handover (TriasCli *cli, int *code, GError **error);
gboolean trias_cli_give_back (TriasCli *cli, int *code, GError **error);

G_END_DECLS
