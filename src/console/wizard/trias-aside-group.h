/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-setup.h"

G_BEGIN_DECLS

/**
 * TriasAsideGroup:
 *
 * What the servers of a pair that becomes a triad have of their own: it serves no more afterwards,
 * since all three serve the licences of the main server. A row per server lists it, and a switch
 * agrees to it. Emits "changed" when the list or the switch changes.
 */
#define TRIAS_TYPE_ASIDE_GROUP (trias_aside_group_get_type ())
G_DECLARE_FINAL_TYPE (TriasAsideGroup, trias_aside_group, TRIAS, ASIDE_GROUP, AdwBin)

/** @setup: of a pair that becomes a triad; the newcomer at rank 1, the backup server at rank 2. */
GtkWidget *trias_aside_group_new (TriasSetup *setup);
/** Whether something is known to be lost that nobody has agreed to yet. */
gboolean trias_aside_group_is_open (TriasAsideGroup *self);

G_END_DECLS
