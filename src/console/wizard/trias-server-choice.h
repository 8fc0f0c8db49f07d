/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-servers.h"
#include "client/trias-setup.h"

G_BEGIN_DECLS

/**
 * TriasServerChoice:
 *
 * The choice of the server at one rank of a #TriasSetup among all known ones: a radio button for
 * each, a button to sign in, and a field for the invitation code of one that is not signed in to.
 * Servers that belong to a relationship cannot be taken; members of the one that is changed are
 * left out. Follows the list of servers by itself. Emits "changed" when the choice, the code or
 * what can be chosen changed.
 */
#define TRIAS_TYPE_SERVER_CHOICE (trias_server_choice_get_type ())
G_DECLARE_FINAL_TYPE (TriasServerChoice, trias_server_choice, TRIAS, SERVER_CHOICE, AdwBin)

GtkWidget *trias_server_choice_new (TriasSetup *setup, TriasServers *servers, guint rank);
/** Heading of the list, and what each radio button says, with %s for the name of its server; both
 * translated. Fills the list anew. */
void trias_server_choice_set_words (TriasServerChoice *self, const char *title, const char *format);
/** Puts @button beside the heading. */
void trias_server_choice_set_button (TriasServerChoice *self, GtkWidget *button);
/** Fills the list anew, after the setup was changed by somebody else. */
void trias_server_choice_fill (TriasServerChoice *self);

G_END_DECLS
