/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-event-words.h"
#include "client/trias-timeline.h"

G_BEGIN_DECLS

/* What happened to a relationship, as told by all that saw it. @name_of: (nullable). */

/** A sentence that needs no knowledge of who tells it. (transfer full) */
char *trias_timeline_words_describe (TriasTimelineEntry *entry,
                                     TriasNameOfServer name_of,
                                     gpointer user_data);
/** When, and who tells it: "17:31:05 · druck-a, druck-b". (transfer full) */
char *trias_timeline_words_told (TriasTimelineEntry *entry,
                                 TriasNameOfServer name_of,
                                 gpointer user_data);

G_END_DECLS
