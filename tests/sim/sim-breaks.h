/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "sim-schedule.h"

G_BEGIN_DECLS

/** The rule's word, as the option --break takes it. */
const char *sim_break_to_word (SimBreak breaks);
gboolean sim_break_from_word (const char *word, SimBreak *breaks);

G_END_DECLS
