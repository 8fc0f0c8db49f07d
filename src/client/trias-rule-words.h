/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-rule.h"

G_BEGIN_DECLS

/** Name of the server with that id, or NULL. */
typedef const char *(*TriasNameOfKey) (const char *id, gpointer user_data);

/** The rule in a few words: "Allow: the licence server “b” from 127.0.0.3". @name_of: (nullable).
 * (transfer full) */
char *trias_rule_words_title (const TriasRule *rule, TriasNameOfKey name_of, gpointer user_data);
/** What it lets in or keeps out, as a sentence. @name_of: (nullable). (transfer full) */
char *trias_rule_words_explain (const TriasRule *rule, TriasNameOfKey name_of, gpointer user_data);
/** Heading and explanation of a scope. */
const char *trias_rule_words_scope (TriasScope scope);
const char *trias_rule_words_scope_text (TriasScope scope);
/** Choices of a rule, for its dialog. */
const char *trias_rule_words_who (TriasWho who);
const char *trias_rule_words_where (TriasWhere where);

G_END_DECLS
