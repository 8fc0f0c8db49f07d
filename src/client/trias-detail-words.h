/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Servers explain a refusal in an English sentence. This says the same in the reader's language,
 * names and numbers kept; %NULL for a sentence that it does not know. (transfer full) (nullable) */
char *trias_detail_words (const char *sentence);

/** What a person is told of a refusal: the server's sentence in the reader's language, else a copy
 * of
 * @error. (transfer full) */
GError *trias_detail_words_refusal (const GError *error);

G_END_DECLS
