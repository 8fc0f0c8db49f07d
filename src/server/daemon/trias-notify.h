/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Tells the service manager, if there is one: the server serves. From here on its watchdog is fed.
 */
void trias_notify_ready (const char *status);
/** The server stops. */
void trias_notify_stopping (void);

G_END_DECLS
