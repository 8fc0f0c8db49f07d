/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/store/trias-store-batch.h"

TriasStoreBatch *
trias_store_batch_new (void)
{
  TriasStoreBatch *batch = g_new0 (TriasStoreBatch, 1);

  batch->ops = g_array_new (FALSE, FALSE, sizeof (TriasStoreOp));
  return batch;
}

void
trias_store_batch_free (TriasStoreBatch *batch)
{
  if (batch == NULL)
    return;
  g_array_unref (batch->ops);
  g_free (batch);
}

gboolean
trias_store_batch_is_empty (TriasStoreBatch *batch)
{
  return batch->ops->len == 0;
}

void
trias_store_batch_relax (TriasStoreBatch *batch)
{
  batch->relaxed = TRUE;
}

void
trias_store_batch_put (TriasStoreBatch *batch,
                       TriasSpace space,
                       const char *kind,
                       const char *key,
                       GBytes *value,
                       guint64 revision)
{
  TriasStoreOp op = {
    .op = TRIAS_STORE_OP_PUT,
    .space = space,
    .kind = kind,
    .key = key,
    .data = value,
    .number = revision,
  };

  g_array_append_val (batch->ops, op);
}

void
trias_store_batch_clear (TriasStoreBatch *batch, TriasSpace space)
{
  TriasStoreOp op = { .op = TRIAS_STORE_OP_CLEAR, .space = space };

  g_array_append_val (batch->ops, op);
}

void
trias_store_batch_entry (TriasStoreBatch *batch, guint64 term, guint64 index, GBytes *commands)
{
  TriasStoreOp op = {
    .op = TRIAS_STORE_OP_ENTRY,
    .data = commands,
    .number = index,
    .other = (gint64) term,
  };

  batch->index = index;
  g_array_append_val (batch->ops, op);
}

void
trias_store_batch_applied (TriasStoreBatch *batch, guint64 index)
{
  TriasStoreOp op = { .op = TRIAS_STORE_OP_APPLIED, .number = index };

  g_array_append_val (batch->ops, op);
}

void
trias_store_batch_restart (TriasStoreBatch *batch)
{
  TriasStoreOp op = { .op = TRIAS_STORE_OP_RESTART };

  batch->restarts = TRUE;
  g_array_append_val (batch->ops, op);
}

void
trias_store_batch_event (TriasStoreBatch *batch, const TriasEvent *event)
{
  TriasStoreOp op = { .op = TRIAS_STORE_OP_EVENT, .data = event };

  g_array_append_val (batch->ops, op);
}

void
trias_store_batch_denial (TriasStoreBatch *batch, const TriasDenial *denial)
{
  TriasStoreOp op = { .op = TRIAS_STORE_OP_DENIAL, .data = denial };

  g_array_append_val (batch->ops, op);
}

void
trias_store_batch_trim (TriasStoreBatch *batch, gint64 time)
{
  TriasStoreOp op = { .op = TRIAS_STORE_OP_TRIM, .other = time };

  g_array_append_val (batch->ops, op);
}
