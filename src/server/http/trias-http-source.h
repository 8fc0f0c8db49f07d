/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>
#include <microhttpd.h>

G_BEGIN_DECLS

/** A source that runs @daemon, which was started with MHD_USE_EPOLL and without a thread. @now is
 * set to the time of each turn. (transfer full) */
GSource *trias_http_source_new (struct MHD_Daemon *daemon, gint64 *now);

/** Makes the source run the daemon in the next turn although nothing happened on its descriptors.
 * Needed after MHD_resume_connection(): without a thread, MHD has nothing to wake itself with. */
void trias_http_source_kick (GSource *source);

/** While requests wait @awake, MHD always claims to have something to do at once: it is run when
 * its descriptors have news, when it is kicked, and else every millisecond. */
void trias_http_source_set_awake (GSource *source, gboolean awake);

/** While it is held, the source runs nothing. */
void trias_http_source_hold (GSource *source, gboolean hold);

G_END_DECLS
