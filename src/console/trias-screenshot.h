/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gtk/gtk.h>

#include "client/trias-servers.h"

G_BEGIN_DECLS

/** Saves a picture of @window to @file once the servers have answered and all is drawn, then closes
 * it.
 * @signing_in: wait until all servers are signed in to. */
void trias_screenshot_take (GtkWindow *window,
                            TriasServers *servers,
                            gboolean signing_in,
                            const char *file);
/** Whether a picture could not be saved; why was said. */
gboolean trias_screenshot_has_failed (void);
/** Draws @widget as it stands now. (transfer full) (nullable) */
GdkTexture *trias_screenshot_render (GtkWidget *widget);

G_END_DECLS
