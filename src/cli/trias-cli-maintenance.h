/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "cli/trias-cli.h"

G_BEGIN_DECLS

/** Commands, see TriasCommandEntry. */
gboolean trias_cli_drain (TriasCli *cli, int *code, GError **error);
gboolean trias_cli_resume (TriasCli *cli, int *code, GError **error);

G_END_DECLS
