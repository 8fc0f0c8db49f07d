/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "ledger/trias-ledger.h"

G_BEGIN_DECLS

/** One version of all that is shared: settings and `use` rules. */
typedef struct
{
  TriasSettings *settings;
  GPtrArray *rules; /* (element-type TriasRule) ordered by id */
} TriasBundle;

TriasBundle *trias_bundle_of (TriasLedger *ledger);
TriasBundle *trias_bundle_copy (const TriasBundle *self);
void trias_bundle_free (TriasBundle *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasBundle, trias_bundle_free)
gboolean trias_bundle_equal (const TriasBundle *a, const TriasBundle *b);
void trias_bundle_write (const TriasBundle *self, TriasJsonWriter *writer, const char *name);
TriasBundle *trias_bundle_read (const TriasJson *object, GError **error);

/** Two versions that were both edited while the servers were apart. */
typedef struct
{
  char *id;
  gint64 since;
  TriasBundle *main;
  TriasBundle *backup;
} TriasConflict;

TriasConflict *trias_conflict_new (const char *id,
                                   gint64 since,
                                   const TriasBundle *main_version,
                                   const TriasBundle *backup_version);
void trias_conflict_free (TriasConflict *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasConflict, trias_conflict_free)
void trias_conflict_write (const TriasConflict *self, TriasJsonWriter *writer, const char *name);
TriasConflict *trias_conflict_read (const TriasJson *object, GError **error);

G_END_DECLS
