/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger/trias-order.h"

#include <string.h>

/* Items of a block: moving half of them costs about as much as looking for the place. */
#define BLOCK_SLOTS 128

typedef struct
{
  guint64 rank;
  gpointer item; /* (borrowed) */
} Slot;

/** Never empty. */
typedef struct
{
  guint64 low; /* rank of the first slot */
  guint n;
  Slot *slots; /* (owned) room for BLOCK_SLOTS */
} Block;

struct _TriasOrder
{
  TriasOrderCompare compare;
  GArray *blocks; /* (owned) (element-type Block) */
};

static Block *
block_at (TriasOrder *self, guint index)
{
  return &g_array_index (self->blocks, Block, index);
}

static void
block_clear (gpointer data)
{
  g_free (((Block *) data)->slots);
}

TriasOrder *
trias_order_new (TriasOrderCompare compare)
{
  TriasOrder *self = g_new0 (TriasOrder, 1);

  self->compare = compare;
  self->blocks = g_array_new (FALSE, FALSE, sizeof (Block));
  g_array_set_clear_func (self->blocks, block_clear);
  return self;
}

void
trias_order_free (TriasOrder *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->blocks);
  g_free (self);
}

/* --- places --- */

/* How an item stands to one that is in. */
static int
compare_to (
    const TriasOrder *self, guint64 rank, gconstpointer item, guint64 other, gconstpointer in)
{
  if (rank != other)
    return rank < other ? -1 : 1;
  return self->compare (item, in);
}

/* The last block that begins at or before the item; the first if none does. */
static guint
find_block (TriasOrder *self, guint64 rank, gconstpointer item)
{
  guint low = 0, high = self->blocks->len;

  while (high - low > 1)
    {
      guint middle = low + (high - low) / 2;
      const Block *block = block_at (self, middle);

      if (compare_to (self, rank, item, block->low, block->slots[0].item) < 0)
        high = middle;
      else
        low = middle;
    }
  return low;
}

/* The first slot that does not stand before the item; @found: whether it is the item itself. */
static guint
find_slot (TriasOrder *self, const Block *block, guint64 rank, gconstpointer item, gboolean *found)
{
  guint low = 0, high = block->n;

  *found = FALSE;
  while (low < high)
    {
      guint middle = low + (high - low) / 2;
      const Slot *slot = &block->slots[middle];
      int sign = compare_to (self, rank, item, slot->rank, slot->item);

      *found = *found || sign == 0;
      if (sign > 0)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* --- changes --- */

static void
add_block (TriasOrder *self, guint index, const Slot *slots, guint n)
{
  Block block = { slots[0].rank, n, g_new (Slot, BLOCK_SLOTS) };

  memcpy (block.slots, slots, n * sizeof *slots);
  g_array_insert_val (self->blocks, index, block);
}

/* Items that come in order leave full blocks behind, others halves. */
static void
split (TriasOrder *self, guint index, guint place)
{
  Block *block = block_at (self, index);
  guint keep = place == block->n && index + 1 == self->blocks->len ? block->n - 1 : block->n / 2;
  guint n = block->n - keep;

  block->n = keep;
  add_block (self, index + 1, block->slots + keep, n);
}

void
trias_order_insert (TriasOrder *self, guint64 rank, gpointer item)
{
  Slot slot = { rank, item };
  guint index = find_block (self, rank, item);
  Block *block;
  gboolean found;
  guint place;

  if (self->blocks->len == 0)
    {
      add_block (self, 0, &slot, 1);
      return;
    }
  block = block_at (self, index);
  place = find_slot (self, block, rank, item, &found);
  g_return_if_fail (!found);
  if (block->n == BLOCK_SLOTS)
    {
      split (self, index, place);
      block = block_at (self, index);
      if (place > block->n)
        {
          place -= block->n;
          block = block_at (self, index + 1);
        }
    }
  memmove (block->slots + place + 1, block->slots + place, (block->n - place) * sizeof slot);
  block->slots[place] = slot;
  block->n++;
  block->low = block->slots[0].rank;
}

/* Joins the block with the one before it if both are small: blocks are never many and empty. */
static void
join (TriasOrder *self, guint index)
{
  Block *before, *block;

  if (index == 0 || index >= self->blocks->len)
    return;
  before = block_at (self, index - 1);
  block = block_at (self, index);
  if (before->n + block->n > BLOCK_SLOTS / 2)
    return;
  memcpy (before->slots + before->n, block->slots, block->n * sizeof (Slot));
  before->n += block->n;
  g_array_remove_index (self->blocks, index);
}

gboolean
trias_order_remove (TriasOrder *self, guint64 rank, gconstpointer item)
{
  guint index = find_block (self, rank, item);
  Block *block;
  gboolean found;
  guint place;

  if (self->blocks->len == 0)
    return FALSE;
  block = block_at (self, index);
  place = find_slot (self, block, rank, item, &found);
  if (!found)
    return FALSE;
  block->n--;
  memmove (block->slots + place, block->slots + place + 1, (block->n - place) * sizeof (Slot));
  block->low = block->slots[0].rank;
  if (block->n == 0)
    g_array_remove_index (self->blocks, index);
  else
    {
      join (self, index + 1);
      join (self, index);
    }
  return TRUE;
}

gpointer
trias_order_first (TriasOrder *self)
{
  return self->blocks->len > 0 ? block_at (self, 0)->slots[0].item : NULL;
}

/* --- going through --- */

void
trias_order_iter_init (TriasOrderIter *iter, TriasOrder *order)
{
  *iter = (TriasOrderIter){ .order = order };
}

void
trias_order_iter_init_after (TriasOrderIter *iter, TriasOrder *order, guint64 rank, gpointer item)
{
  gboolean found;

  trias_order_iter_init (iter, order);
  if (order->blocks->len == 0)
    return;
  iter->block = find_block (order, rank, item);
  iter->slot = find_slot (order, block_at (order, iter->block), rank, item, &found);
  iter->slot += found ? 1 : 0;
}

gpointer
trias_order_iter_next (TriasOrderIter *iter)
{
  const Block *block;

  if (iter->block >= iter->order->blocks->len)
    return NULL;
  block = block_at (iter->order, iter->block);
  if (iter->slot < block->n)
    return block->slots[iter->slot++].item;
  iter->block++;
  iter->slot = 0;
  return trias_order_iter_next (iter);
}

guint64
trias_order_rank_text (const char *text)
{
  char first[sizeof (guint64)] = { 0 };
  guint64 rank;

  memcpy (first, text, strnlen (text, sizeof first));
  memcpy (&rank, first, sizeof rank);
  return GUINT64_FROM_BE (rank);
}
