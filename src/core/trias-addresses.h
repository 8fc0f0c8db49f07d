/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * trias_addresses_begin:
 *
 * From now on, whoever connects to a host by its name or number is told that there are no more
 * addresses only once no attempt at one of them is under way. Part of trias_process_begin().
 *
 * GSocketClient of GLib 2.74 asks for the next address after 250 ms. If there is none and the
 * attempt that is under way fails later (a machine that is switched off is reported after up to
 * three seconds), it never frees what it needed for connecting, some 700 bytes each time.
 */
void trias_addresses_begin (void);

G_END_DECLS
