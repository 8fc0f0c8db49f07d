/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-event.h"

G_BEGIN_DECLS

/** Name of the server with that id, or NULL. */
typedef const char *(*TriasNameOfServer) (const char *id, gpointer user_data);

/** What happened, as a sentence. @name_of: (nullable). The parameter "at" of @event is put behind
 * commands that have to be given to its server. (transfer full) */
char *
trias_event_words_describe (const TriasEvent *event, TriasNameOfServer name_of, gpointer user_data);
const char *trias_event_words_severity (TriasSeverity severity);
const char *trias_event_words_icon (TriasSeverity severity);

G_END_DECLS
