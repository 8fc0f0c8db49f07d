/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-pairs.h"

G_BEGIN_DECLS

/**
 * TriasWindow:
 *
 * The window: the sidebar with the pages of Licensing, and to which servers the console is
 * connected.
 */
#define TRIAS_TYPE_WINDOW (trias_window_get_type ())
G_DECLARE_FINAL_TYPE (TriasWindow, trias_window, TRIAS, WINDOW, AdwApplicationWindow)

/** @app: (nullable) */
GtkWidget *trias_window_new (GtkApplication *app, TriasServers *servers);
/** @name: server, licenses, redundancy or events; others are ignored. */
void trias_window_show_page (TriasWindow *self, const char *name);
/** Asks for an address, compares the fingerprint and signs in; @server (nullable) is known already.
 */
void trias_window_connect_server (TriasWindow *self, TriasServer *server);
/** Says that something is done. @text is short. */
void trias_window_toast (TriasWindow *self, const char *text);

G_END_DECLS
