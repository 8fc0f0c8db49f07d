/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-rule.h"

G_BEGIN_DECLS

gboolean trias_effect_from_word (const char *word, TriasEffect *effect);

G_END_DECLS
