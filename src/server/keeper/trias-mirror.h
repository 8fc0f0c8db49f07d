/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/store/trias-store.h"

G_BEGIN_DECLS

/**
 * TriasMirror:
 *
 * Records that differ from the store's: each once, with its last value. What is being written stays
 * apart until it is settled, and comes back under what is newer if the write failed.
 */
typedef struct _TriasMirror TriasMirror;

TriasMirror *trias_mirror_new (void);
void trias_mirror_free (TriasMirror *self);
/** @kind must be a static or interned string. @value %NULL removes. */
void trias_mirror_put (TriasMirror *self,
                       TriasSpace space,
                       const char *kind,
                       const char *key,
                       GBytes *value,
                       guint64 revision);
/** Forgets what was put into @space and removes all of it from the store first. */
void trias_mirror_clear_space (TriasMirror *self, TriasSpace space);
/** Moves everything into @batch. */
void trias_mirror_fill (TriasMirror *self, TriasStoreBatch *batch);
/** How the batch ended. */
void trias_mirror_settle (TriasMirror *self, gboolean written);

G_END_DECLS
