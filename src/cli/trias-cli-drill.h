/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "cli/trias-cli.h"

G_BEGIN_DECLS

/** Says on one line how the last drill went, if there was one. */
void trias_cli_print_last_drill (TriasRelationshipInfo *info);

/** Commands, see TriasCommandEntry. */
gboolean trias_cli_drill (TriasCli *cli, int *code, GError **error);

G_END_DECLS
