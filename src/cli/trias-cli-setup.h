/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "cli/trias-cli.h"

G_BEGIN_DECLS

/** Commands, see TriasCommandEntry. */
gboolean trias_cli_check (TriasCli *cli, int *code, GError **error);
gboolean trias_cli_create (TriasCli *cli, int *code, GError **error);
gboolean trias_cli_invite (TriasCli *cli, int *code, GError **error);

/** Checks @setup, with @add_rules makes the rules that are missing, and carries it out. */
gboolean trias_cli_carry_out (TriasCli *cli, TriasSetup *setup, gboolean add_rules, GError **error);
/** A relationship goes on with other members; see TriasCommandEntry. */
gboolean trias_cli_replace (TriasCli *cli, int *code, GError **error);
gboolean trias_cli_grow (TriasCli *cli, int *code, GError **error);
gboolean trias_cli_shrink (TriasCli *cli, int *code, GError **error);
gboolean trias_cli_recover (TriasCli *cli, int *code, GError **error);

/** Refuses what no server allows. @interval: seconds, 0 = not given; @failback: (nullable) */
gboolean trias_cli_check_options (int interval, const char *failback, GError **error);

G_END_DECLS
