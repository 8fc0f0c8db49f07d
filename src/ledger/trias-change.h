/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** The kinds of record a ledger is made of. */
typedef enum
{
  TRIAS_RECORD_META, /* ledger time, format, revision; never replicated */
  TRIAS_RECORD_SETTINGS,
  TRIAS_RECORD_RULE,
  TRIAS_RECORD_LICENSE,
  TRIAS_RECORD_LEASE, /* content and times; renewals change it but are not replicated */
  TRIAS_RECORD_TOMBSTONE,
  TRIAS_RECORD_RELATIONSHIP, /* never replicated within a pair */
  TRIAS_N_RECORDS
} TriasRecordKind;

/**
 * TriasChange:
 *
 * One record written or removed: what a command changed. Changes mirror the ledger into the store,
 * and bring a replica up to date; applying the same change twice is harmless.
 */
typedef struct
{
  TriasRecordKind record;
  char *key;        /* (owned) id of the record within its kind */
  GBytes *value;    /* (owned) (nullable) encoded record; NULL = removed */
  guint64 revision; /* ledger revision that the change made; 0 = not replicated (a renewal, meta) */
} TriasChange;

TriasChange *
trias_change_new (TriasRecordKind record, const char *key, GBytes *value, guint64 revision);
TriasChange *trias_change_copy (const TriasChange *self);
void trias_change_free (TriasChange *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasChange, trias_change_free)

/** Encodes an array of TriasChange for the wire; (transfer full). */
GBytes *trias_changes_encode (GPtrArray *changes);
/** Reads it back with limits; (transfer container full) (element-type TriasChange) (nullable). */
GPtrArray *trias_changes_decode (GBytes *bytes, GError **error);

G_END_DECLS
