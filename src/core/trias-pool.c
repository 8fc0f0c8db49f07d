/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-pool.h"

#define MAX_NAME_BYTES 64

TriasPool *
trias_pool_copy (const TriasPool *self)
{
  TriasPool *copy = g_new (TriasPool, 1);

  *copy = *self;
  copy->product = g_strdup (self->product);
  copy->feature = g_strdup (self->feature);
  return copy;
}

void
trias_pool_free (TriasPool *self)
{
  if (self == NULL)
    return;
  g_free (self->product);
  g_free (self->feature);
  g_free (self);
}

void
trias_pool_write (const TriasPool *self, TriasJsonWriter *writer, const char *name)
{
  trias_json_begin_object (writer, name);
  trias_json_add_string (writer, "product", self->product);
  trias_json_add_string (writer, "feature", self->feature);
  trias_json_add_int (writer, "seats", self->seats);
  trias_json_add_int (writer, "used", self->used);
  trias_json_add_int (writer, "leases", self->leases);
  trias_json_add_string (writer, "counted_by", trias_counted_by_to_word (self->counted_by));
  trias_json_add_int (writer, "not_after", self->not_after);
  trias_json_end_object (writer);
}

TriasPool *
trias_pool_read (const TriasJson *object, GError **error)
{
  g_autoptr (TriasPool) self = g_new0 (TriasPool, 1);
  g_auto (TriasJsonReader) reader = { 0 };
  const char *counted_by;

  trias_json_reader_init (&reader, object);
  self->product = g_strdup (trias_json_read_string (&reader, "product", 1, MAX_NAME_BYTES));
  self->feature = g_strdup (trias_json_read_string (&reader, "feature", 1, MAX_NAME_BYTES));
  self->seats = (guint) trias_json_read_int (&reader, "seats", 0, G_MAXUINT);
  self->used = (guint) trias_json_read_int (&reader, "used", 0, G_MAXUINT);
  self->leases = (guint) trias_json_read_int_or (&reader, "leases", 0, G_MAXUINT, 0);
  counted_by = trias_json_read_string_or (&reader, "counted_by", 16, "lease");
  if (!trias_counted_by_from_word (counted_by, &self->counted_by))
    trias_json_reader_fail (&reader, "counted_by", "must be lease or device");
  self->not_after = trias_json_read_natural (&reader, "not_after");
  if (!trias_json_reader_finish_lenient (&reader, error))
    return NULL;
  return g_steal_pointer (&self);
}
