/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger/trias-change.h"

#include "core/trias-problem.h"
#include "ledger/trias-codec.h"

#define CHANGES_FORMAT 1

TriasChange *
trias_change_new (TriasRecordKind record, const char *key, GBytes *value, guint64 revision)
{
  TriasChange *self = g_new0 (TriasChange, 1);

  self->record = record;
  self->key = g_strdup (key);
  self->value = value != NULL ? g_bytes_ref (value) : NULL;
  self->revision = revision;
  return self;
}

TriasChange *
trias_change_copy (const TriasChange *self)
{
  return trias_change_new (self->record, self->key, self->value, self->revision);
}

void
trias_change_free (TriasChange *self)
{
  if (self == NULL)
    return;
  g_free (self->key);
  g_clear_pointer (&self->value, g_bytes_unref);
  g_free (self);
}

GBytes *
trias_changes_encode (GPtrArray *changes)
{
  g_auto (TriasWriter) writer = { 0 };

  trias_write_byte (&writer, CHANGES_FORMAT);
  trias_write_uint (&writer, changes->len);
  for (guint i = 0; i < changes->len; i++)
    {
      const TriasChange *change = g_ptr_array_index (changes, i);
      gsize length;

      trias_write_byte (&writer, (guint8) change->record);
      trias_write_string (&writer, change->key);
      trias_write_uint (&writer, change->revision);
      trias_write_byte (&writer, change->value != NULL);
      if (change->value != NULL)
        {
          const guint8 *data = g_bytes_get_data (change->value, &length);
          trias_write_blob (&writer, data, length);
        }
    }
  return trias_writer_end (&writer);
}

static TriasChange *
read_change (TriasReader *reader)
{
  g_autoptr (TriasChange) change = g_new0 (TriasChange, 1);

  change->record = (TriasRecordKind) trias_read_uint (reader, TRIAS_N_RECORDS - 1);
  change->key = trias_read_string (reader);
  change->revision = trias_read_uint (reader, G_MAXUINT64);
  if (trias_read_bool (reader))
    {
      gsize length;
      const guint8 *data = trias_read_blob (reader, &length);

      change->value = g_bytes_new (data, length);
    }
  return reader->failed ? NULL : g_steal_pointer (&change);
}

GPtrArray *
trias_changes_decode (GBytes *bytes, GError **error)
{
  g_autoptr (GPtrArray) changes = NULL;
  TriasReader reader;
  gsize length, n;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  trias_reader_init (&reader, data, length);
  reader.failed |= trias_read_byte (&reader) != CHANGES_FORMAT;
  n = trias_read_count (&reader);
  /* The count is a claim: the array grows with what is really there. */
  changes = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_change_free);
  for (gsize i = 0; i < n && !reader.failed; i++)
    {
      TriasChange *change = read_change (&reader);

      if (change != NULL)
        g_ptr_array_add (changes, change);
    }
  if (!trias_reader_finish (&reader, "a list of changes", error))
    return NULL;
  return g_steal_pointer (&changes);
}
