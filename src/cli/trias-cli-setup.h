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

/** Who left may still be remembered, and commands that name no server would ask which one is meant:
 * says how the server with id @leaving is forgotten. */
void trias_cli_print_forget (TriasCli *cli, const char *leaving);

/** Reads what options were typed, each (nullable); refuses what no server allows. @seconds stays
 * if @interval is not given. */
gboolean
trias_cli_read_options (const char *interval, const char *failback, guint *seconds, GError **error);

G_END_DECLS
