/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TriasStoreIndex:
 *
 * Which row holds the record of a kind and key. It lives in memory beside the table: an index in
 * the file would touch a page of its own for each lease, because their ids say nothing of their
 * order, while rows one after the other share pages.
 */
typedef struct _TriasStoreIndex TriasStoreIndex;

TriasStoreIndex *trias_store_index_new (void);
void trias_store_index_free (TriasStoreIndex *self);
/** Row of a record, 0 if there is none. */
gint64 trias_store_index_find (TriasStoreIndex *self, const char *kind, const char *key);
/** The row for a record: that which it has, or the next free one. */
gint64 trias_store_index_ensure (TriasStoreIndex *self, const char *kind, const char *key);
/** Notes a row that was read; %FALSE if the record has one already. */
gboolean
trias_store_index_note (TriasStoreIndex *self, const char *kind, const char *key, gint64 row);
void trias_store_index_remove (TriasStoreIndex *self, const char *kind, const char *key);
void trias_store_index_clear (TriasStoreIndex *self);

G_END_DECLS
