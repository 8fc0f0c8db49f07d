/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Servers explain a refusal in an English sentence. This says the same in the reader's language,
 * names and numbers kept; %NULL for a sentence that it does not know. (transfer full) (nullable) */
char *trias_detail_words (const char *sentence);

G_END_DECLS
