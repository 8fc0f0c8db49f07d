/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/store/trias-store.h"

G_BEGIN_DECLS

/* The inside of a batch, for the database only. */

typedef enum
{
  TRIAS_STORE_OP_PUT,
  TRIAS_STORE_OP_CLEAR,
  TRIAS_STORE_OP_ENTRY,
  TRIAS_STORE_OP_APPLIED,
  TRIAS_STORE_OP_RESTART,
  TRIAS_STORE_OP_EVENT,
  TRIAS_STORE_OP_DENIAL,
  TRIAS_STORE_OP_TRIM,
} TriasStoreOpKind;

typedef struct
{
  TriasStoreOpKind op;
  TriasSpace space;
  const char *kind;   /* (borrowed) */
  const char *key;    /* (borrowed) */
  gconstpointer data; /* (borrowed) (nullable) GBytes, TriasEvent or TriasDenial */
  guint64 number;     /* revision, index */
  gint64 other;       /* term, time */
} TriasStoreOp;

struct _TriasStoreBatch
{
  GArray *ops;   /* (owned) (element-type TriasStoreOp) */
  guint64 index; /* of the journal's row, 0 if the batch has none */
  gboolean relaxed;
  gboolean restarts; /* the journal begins anew */
};

G_END_DECLS
