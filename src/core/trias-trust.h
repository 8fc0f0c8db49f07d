/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * trias_trust_nobody:
 *
 * Lets no certificate of this process's connections pass because an authority of the system has
 * signed it: what counts in Trias is the key that a connection was made for, which its maker
 * compares by itself. It is for programs, not for libraries, since it holds for the whole process;
 * to be called before the first connection.
 *
 * Beside being right it is cheap: GLib reads the system's list of some 140 authorities anew for
 * every connection, which takes 9 ms of the loop (measured with GLib's TLS 2.74).
 */
void trias_trust_nobody (void);

G_END_DECLS
