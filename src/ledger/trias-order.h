/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TriasOrder:
 *
 * Items in order, kept in short sorted blocks beside a number that ranks them: putting one in or
 * taking it out looks at two or three blocks of memory, where a tree of a hundred thousand looks at
 * forty. Items are borrowed and must not change their place while they are in.
 */
typedef struct _TriasOrder TriasOrder;

/** Order of two items of the same rank: negative, 0 (the same item) or positive. */
typedef int (*TriasOrderCompare) (gconstpointer a, gconstpointer b);

TriasOrder *trias_order_new (TriasOrderCompare compare);
void trias_order_free (TriasOrder *self);
/** Puts @item in, which must not be there. */
void trias_order_insert (TriasOrder *self, guint64 rank, gpointer item);
/** Takes the item out that compares equal to @item; %FALSE if there is none. */
gboolean trias_order_remove (TriasOrder *self, guint64 rank, gconstpointer item);
/** The first item; %NULL if there is none. */
gpointer trias_order_first (TriasOrder *self);

/** A place between two items. It holds until the next change. */
typedef struct
{
  TriasOrder *order;
  guint block;
  guint slot;
} TriasOrderIter;

/** Before the first item. */
void trias_order_iter_init (TriasOrderIter *iter, TriasOrder *order);
/** Behind @item, whether it is there or not. */
void
trias_order_iter_init_after (TriasOrderIter *iter, TriasOrder *order, guint64 rank, gpointer item);
/** The next item; %NULL at the end. */
gpointer trias_order_iter_next (TriasOrderIter *iter);

/** Rank of a text: texts ordered by it, then by strcmp(), are ordered by strcmp(). */
guint64 trias_order_rank_text (const char *text);

G_END_DECLS
