/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-maintenance.h"
#include "core/trias-relationship.h"

G_BEGIN_DECLS

/** Whether the member can be switched off, and why not, in a few words. @relationship names the
 * others. (transfer full) */
char *trias_maintenance_words_state (const TriasMaintenance *self,
                                     const TriasRelationship *relationship,
                                     gboolean online);
/** Why it must not be switched off yet, as a part of a sentence; %NULL if it can be. (transfer
 * full) (nullable) */
char *trias_maintenance_words_unsafe (const TriasMaintenance *self,
                                      const TriasRelationship *relationship);
/** Explains it in whole sentences, with what to do; @name of the member. (transfer full) */
char *trias_maintenance_words_why (const TriasMaintenance *self, const char *name);

G_END_DECLS
