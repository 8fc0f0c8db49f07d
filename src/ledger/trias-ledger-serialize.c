/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger/trias-ledger-private.h"

#include "core/trias-problem.h"

#include <string.h>

/* A whole ledger as one piece of bytes: format, digest, and each record by kind and key; the kind
 * behind the last one ends it. Written by the record, without a change for each in between: a
 * hundred thousand leases must not stop the server. */

#define SNAPSHOT_FORMAT 1
#define DIGEST_LENGTH 64

/* @value (transfer full) */
static void
write_record (TriasWriter *writer, TriasRecordKind record, const char *key, GBytes *value)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (value, &length);

  trias_write_byte (writer, (guint8) record);
  trias_write_string (writer, key);
  trias_write_blob (writer, data, length);
  g_bytes_unref (value);
}

static void
write_few (TriasWriter *writer, TriasLedger *self)
{
  write_record (writer, TRIAS_RECORD_META, TRIAS_KEY_META, trias_ledger_encode_meta (self));
  if (self->has_settings)
    write_record (writer, TRIAS_RECORD_SETTINGS, TRIAS_KEY_SETTINGS,
                  trias_record_encode_settings (self->settings));
  for (guint i = 0; i < self->rules->len; i++)
    {
      const TriasRule *rule = g_ptr_array_index (self->rules, i);

      write_record (writer, TRIAS_RECORD_RULE, rule->id, trias_record_encode_rule (rule));
    }
  for (GTreeNode *node = g_tree_node_first (self->licenses); node != NULL;
       node = g_tree_node_next (node))
    {
      const TriasLicenseEntry *entry = g_tree_node_value (node);

      write_record (writer, TRIAS_RECORD_LICENSE, g_tree_node_key (node),
                    trias_record_encode_license (entry->record));
    }
}

/* @scratch is used again for each: nothing is allocated on the way. */
static void
write_leases (TriasWriter *writer, TriasLedger *self)
{
  g_auto (TriasWriter) scratch = { 0 };
  const TriasLeaseEntry *entry;
  TriasOrderIter iter;

  trias_order_iter_init (&iter, self->lease_order);
  while ((entry = trias_order_iter_next (&iter)) != NULL)
    {
      scratch.length = 0;
      trias_record_write_lease (&scratch, entry->lease);
      trias_write_byte (writer, TRIAS_RECORD_LEASE);
      trias_write_string (writer, entry->lease->id);
      trias_write_blob (writer, scratch.data, scratch.length);
    }
}

static void
write_tombstones (TriasWriter *writer, TriasLedger *self)
{
  const TriasTombstone *tombstone;
  TriasOrderIter iter;

  trias_order_iter_init (&iter, self->tombstone_order);
  while ((tombstone = trias_order_iter_next (&iter)) != NULL)
    {
      write_record (writer, TRIAS_RECORD_TOMBSTONE, tombstone->id,
                    trias_record_encode_tombstone (tombstone->until));
    }
}

GBytes *
trias_ledger_serialize (TriasLedger *self)
{
  g_autofree char *digest = trias_ledger_digest_whole (self);
  g_auto (TriasWriter) writer = { 0 };

  trias_write_byte (&writer, SNAPSHOT_FORMAT);
  trias_write_string (&writer, digest);
  write_few (&writer, self);
  write_leases (&writer, self);
  write_tombstones (&writer, self);
  if (self->relationship != NULL)
    write_record (&writer, TRIAS_RECORD_RELATIONSHIP, TRIAS_KEY_RELATIONSHIP,
                  trias_ledger_encode_relationship (self));
  trias_write_byte (&writer, TRIAS_N_RECORDS);
  return trias_writer_end (&writer);
}

/* --- back --- */

/* Borrowed bytes of one record are loaded at once: nothing is gathered. */
static gboolean
load_record (TriasLedger *self, TriasReader *reader, TriasRecordKind record, GError **error)
{
  g_autofree char *key = trias_read_string (reader);
  gsize length = 0;
  const guint8 *data = trias_read_blob (reader, &length);
  g_autoptr (GBytes) value = NULL;
  TriasChange change = { .record = record, .key = key };

  if (reader->failed)
    return TRUE;
  value = g_bytes_new (data, length);
  change.value = value;
  return trias_ledger_load (self, &change, error);
}

static gboolean
load_all (TriasLedger *self, TriasReader *reader, GError **error)
{
  while (!reader->failed)
    {
      guint64 record = trias_read_uint (reader, TRIAS_N_RECORDS);

      if (reader->failed || record == TRIAS_N_RECORDS)
        break;
      if (!load_record (self, reader, (TriasRecordKind) record, error))
        return FALSE;
    }
  return trias_reader_finish (reader, "a whole ledger", error);
}

static gboolean
read_ledger (TriasLedger *fresh, GBytes *bytes, GError **error)
{
  g_autofree char *digest = NULL;
  g_autofree char *told = NULL;
  TriasReader reader;
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  trias_reader_init (&reader, data, length);
  reader.failed |= length > TRIAS_LEDGER_MAX_BYTES;
  reader.failed |= trias_read_byte (&reader) != SNAPSHOT_FORMAT;
  told = trias_read_string (&reader);
  if (reader.failed || strlen (told) != DIGEST_LENGTH)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_VERSION,
                   "These bytes are no ledger that this version can read; they were not used.");
      return FALSE;
    }
  if (!load_all (fresh, &reader, error))
    return FALSE;
  digest = trias_ledger_digest_whole (fresh);
  if (strcmp (digest, told) == 0)
    return TRUE;
  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
               "The bytes of a ledger do not come to its digest; they were not used.");
  return FALSE;
}

/* Whoever holds the ledger keeps it: only what it is made of changes hands. */
void
trias_ledger_take (TriasLedger *self, TriasLedger *other)
{
  TriasLedger former = *self;
  char *own = self->server_id;

  *self = *other;
  self->server_id = own;
  former.server_id = other->server_id;
  *other = former;
  trias_ledger_free (other);
}

gboolean
trias_ledger_deserialize (TriasLedger *self, GBytes *bytes, GError **error)
{
  g_autoptr (TriasLedger) fresh = trias_ledger_new (self->server_id);

  trias_ledger_clear (fresh);
  if (!read_ledger (fresh, bytes, error))
    return FALSE;
  trias_ledger_take (self, g_steal_pointer (&fresh));
  return TRUE;
}
