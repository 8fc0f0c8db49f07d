/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A source that becomes ready at a moment, set by the thread that runs its context alone. Setting
 * the ready time of any other source wakes that very loop up (a write, a read and a turn for
 * nothing each time), which a lone checkout did four times. */

/**
 * A timer that is not set, attached to the thread's default context. Its name is not copied. It
 * calls @func whenever its moment has come, again and again until it is set otherwise.
 * (transfer full): g_source_destroy() and g_source_unref() end it.
 */
GSource *trias_timer_new (const char *name, int priority, GSourceFunc func, gpointer user_data);
/** @at: monotonic clock, µs; 0 = at once, -1 = never. */
void trias_timer_set (GSource *timer, gint64 at);
/** As it was set, -1 = never. */
gint64 trias_timer_get (GSource *timer);

G_END_DECLS
