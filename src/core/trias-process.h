/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * trias_process_begin:
 *
 * Sets what every program of Trias needs of GLib for its whole process, from the thread that runs
 * its main loop and before its first connection. Not for libraries.
 *
 * No certificate passes because an authority of the system has signed it: what counts is the key
 * that a connection was made for, which its maker compares. It is also cheap: GLib would read the
 * system's list of some 140 authorities anew for every connection, 9 ms of the loop each.
 *
 * The calling thread owns the default main context until the process ends. A thread of GLib that
 * shakes hands over TLS asks for the client's certificate by running the main context itself when
 * nobody owns it (g_tls_interaction_invoke_request_certificate()), and nobody does between two
 * calls of g_main_context_iteration(): then two threads would be in the same code.
 *
 * A connection that fails late is freed (trias_addresses_begin()).
 */
void trias_process_begin (void);

G_END_DECLS
