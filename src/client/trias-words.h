/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-pairs.h"

G_BEGIN_DECLS

/* Words of core and client in the reader's language. */

/** "Main server", "Backup server" … */
const char *trias_words_role (TriasRole role);
/** What the state of the console's connection to @server is, in a few words. (transfer full) */
char *trias_words_server_state (TriasServer *server);
/** Name, or the address while it is unknown. (transfer none) */
const char *trias_words_server_name (TriasServer *server);
/** Icon of the console's connection to a server. */
const char *trias_words_server_icon (TriasServerState state);
/** What is wrong with @name for a relationship, without spaces around it; %NULL: nothing. */
const char *trias_words_name_problem (const char *name);

G_END_DECLS
