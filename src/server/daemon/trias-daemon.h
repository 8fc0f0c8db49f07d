/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/daemon/trias-config.h"

G_BEGIN_DECLS

/** The server as a whole: opens what it needs in order, and closes it in the opposite one. */
typedef struct _TriasDaemon TriasDaemon;

/** Starts everything and says on standard output where it listens. */
TriasDaemon *trias_daemon_start (const TriasConfig *config, GError **error);
void trias_daemon_stop (TriasDaemon *self);

G_END_DECLS
