/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-problem.h"

G_BEGIN_DECLS

/** What happened and what to do, in the reader's language, for a refusal with @reason. */
const char *trias_reason_words (TriasReason reason);
/** The same for any error, with the server's own sentence below where it says more. (transfer full)
 */
char *trias_reason_words_error (const GError *error);
/** The same on one line, for terminals. English readers get the server's own sentence, which says
 * most; others the explanation, that sentence in brackets where it adds something. (transfer full)
 */
char *trias_reason_words_line (const GError *error);

G_END_DECLS
