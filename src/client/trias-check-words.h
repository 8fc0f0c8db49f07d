/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-setup.h"

G_BEGIN_DECLS

/** What is checked, in a few words. (transfer full) */
char *trias_check_words_title (TriasCheckItem *item);
/** How it came out and what to do. (transfer full) */
char *trias_check_words_explain (TriasCheckItem *item);
/** Icon of a state of a check or step, and its name for screen readers. */
const char *trias_check_words_icon (TriasCheckState state);
const char *trias_check_words_state (TriasCheckState state);
/** The same for a step of forming. */
const char *trias_check_words_step_state (TriasCheckState state);
/** Style class that colours the icon; the shape says the same. (nullable) */
const char *trias_check_words_style (TriasCheckState state);
/** A step of forming in words. @kind: see TriasSetupStep. */
const char *trias_check_words_step (const char *kind);

G_END_DECLS
