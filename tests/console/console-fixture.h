/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-servers.h"

G_BEGIN_DECLS

/** Starts GTK, the program's resources and the language of the environment. */
void console_fixture_init (int *argc, char ***argv);
/** Whether the tests run in German. */
gboolean console_fixture_is_german (void);
/** The model of a console that knows @n servers, none of which is reached. (transfer full) */
TriasServers *console_fixture_servers (guint n);
/** The first mapped widget below @root with that type, and, if @label is given, that button label.
 */
GtkWidget *console_fixture_find (GtkWidget *root, GType type, const char *label);
/** Focusable widgets below @root that have no name for screen readers, one a line; "" if all have.
 * (transfer full) */
char *console_fixture_nameless (GtkWidget *root);
/** Mnemonics that more than one button below @root has; "" if none. (transfer full) */
char *console_fixture_doubled_mnemonics (GtkWidget *root);
/** Shows @window and waits until it is drawn. */
void console_fixture_show (GtkWindow *window);
/** Runs what is pending. */
void console_fixture_settle (void);

G_END_DECLS
