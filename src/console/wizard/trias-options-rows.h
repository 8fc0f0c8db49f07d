/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "core/trias-relationship.h"

G_BEGIN_DECLS

/**
 * TriasOptionsRows:
 *
 * The options of a relationship as a boxed list: how often to compare (a pair), how to go back
 * after a failure, and whether the servers stand at different sites (a triad). Emits "changed" when
 * the person edits one.
 */
#define TRIAS_TYPE_OPTIONS_ROWS (trias_options_rows_get_type ())
G_DECLARE_FINAL_TYPE (TriasOptionsRows, trias_options_rows, TRIAS, OPTIONS_ROWS, GtkWidget)

void trias_options_rows_set (TriasOptionsRows *self, const TriasOptions *options);
/** Changes what the rows show in @options and leaves the rest. */
void trias_options_rows_get (TriasOptionsRows *self, TriasOptions *options);

/** The words and rows of a pair, or of a triad. */
void trias_options_rows_set_kind (TriasOptionsRows *self, TriasKind kind);
/** Shows whether the servers stand at different sites, but no longer lets it be changed. */
void trias_options_rows_fix_profile (TriasOptionsRows *self);

G_END_DECLS
