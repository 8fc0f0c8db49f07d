/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-lease.h"

#include "core/trias-identity.h"
#include "core/trias-problem.h"
#include "core/trias-text.h"

#include <string.h>

#define MAX_CLAIM_BYTES 128
#define MAX_NAME_BYTES 64

TriasLease *
trias_lease_copy (const TriasLease *self)
{
  TriasLease copy = *self;
  char **texts[] = { &copy.id,          &copy.key_id,      &copy.feature,      &copy.product,
                     &copy.holder.user, &copy.holder.host, &copy.holder.device };
  gsize sizes[G_N_ELEMENTS (texts)];
  gsize total = 0;
  TriasLease *block;
  char *room;

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    total += sizes[i] = *texts[i] != NULL ? strlen (*texts[i]) + 1 : 0;
  block = g_malloc (sizeof *block + total);
  room = (char *) (block + 1);
  for (guint i = 0; i < G_N_ELEMENTS (texts); i++)
    if (*texts[i] != NULL)
      {
        *texts[i] = memcpy (room, *texts[i], sizes[i]);
        room += sizes[i];
      }
  *block = copy;
  return block;
}

void
trias_lease_free (TriasLease *self)
{
  g_free (self);
}

gboolean
trias_lease_id_is_valid (const char *id)
{
  return trias_text_is_token (id, 16, 64);
}

gboolean
trias_lease_same_content (const TriasLease *a, const TriasLease *b)
{
  return g_strcmp0 (a->id, b->id) == 0 && g_strcmp0 (a->key_id, b->key_id) == 0
         && g_strcmp0 (a->feature, b->feature) == 0 && g_strcmp0 (a->product, b->product) == 0
         && a->count == b->count && a->ttl_s == b->ttl_s
         && g_strcmp0 (a->holder.user, b->holder.user) == 0
         && g_strcmp0 (a->holder.host, b->holder.host) == 0
         && g_strcmp0 (a->holder.device, b->holder.device) == 0;
}

void
trias_lease_write_members (const TriasLease *self, TriasJsonWriter *writer)
{
  trias_json_add_string (writer, "id", self->id);
  trias_json_add_string (writer, "key", self->key_id);
  trias_json_add_string (writer, "feature", self->feature);
  trias_json_add_string (writer, "product", self->product);
  trias_json_add_int (writer, "count", self->count);
  trias_json_begin_object (writer, "holder");
  trias_json_add_string (writer, "user", self->holder.user);
  trias_json_add_string (writer, "host", self->holder.host);
  trias_json_add_string (writer, "device", self->holder.device);
  trias_json_end_object (writer);
  trias_json_add_int (writer, "ttl_s", self->ttl_s);
  trias_json_add_int (writer, "generation", (gint64) self->generation);
  trias_json_add_int (writer, "granted_at", self->granted_at);
  trias_json_add_int (writer, "renewed_at", self->renewed_at);
}

static gboolean
read_holder (TriasHolder *self, const TriasJson *object, GError **error)
{
  g_auto (TriasJsonReader) reader = { 0 };

  self->user = self->host = self->device = (char *) "";
  if (object == NULL)
    return TRUE;
  trias_json_reader_init (&reader, object);
  reader.path = "holder";
  self->user = (char *) trias_json_read_string_or (&reader, "user", MAX_CLAIM_BYTES, "");
  self->host = (char *) trias_json_read_string_or (&reader, "host", MAX_CLAIM_BYTES, "");
  self->device = (char *) trias_json_read_string_or (&reader, "device", MAX_CLAIM_BYTES, "");
  return trias_json_reader_finish_lenient (&reader, error);
}

TriasLease *
trias_lease_read (const TriasJson *object, GError **error)
{
  TriasLease lease = { 0 };
  g_auto (TriasJsonReader) reader = { 0 };
  const TriasJson *holder;

  trias_json_reader_init (&reader, object);
  lease.id = (char *) trias_json_read_string (&reader, "id", 1, 64);
  lease.key_id = (char *) trias_json_read_string_or (&reader, "key", TRIAS_ID_LENGTH, "");
  lease.feature = (char *) trias_json_read_string (&reader, "feature", 1, MAX_NAME_BYTES);
  lease.product = (char *) trias_json_read_string_or (&reader, "product", MAX_NAME_BYTES, "");
  lease.count = (guint) trias_json_read_int_or (&reader, "count", 1, TRIAS_LEASE_MAX_COUNT, 1);
  holder = trias_json_read_object_or_null (&reader, "holder");
  lease.ttl_s = (guint) trias_json_read_int_or (&reader, "ttl_s", 0, TRIAS_LEASE_MAX_TTL_S, 0);
  lease.generation = (guint64) trias_json_read_natural (&reader, "generation");
  lease.granted_at = trias_json_read_natural (&reader, "granted_at");
  lease.renewed_at = trias_json_read_natural (&reader, "renewed_at");
  if (!trias_lease_id_is_valid (lease.id))
    trias_json_reader_fail (&reader, "id",
                            "must be 16 to 64 letters, digits, dots, dashes or underscores");
  if (!trias_text_is_token (lease.feature, 1, MAX_NAME_BYTES))
    trias_json_reader_fail (&reader, "feature",
                            "must be letters, digits, dots, dashes or underscores");
  /* 0 stands for the default of the server's settings. */
  if (lease.ttl_s != 0 && lease.ttl_s < TRIAS_LEASE_MIN_TTL_S)
    trias_json_reader_fail (&reader, "ttl_s", "must be at least %d", TRIAS_LEASE_MIN_TTL_S);
  if (!trias_json_reader_finish_lenient (&reader, error)
      || !read_holder (&lease.holder, holder, error))
    return NULL;
  return trias_lease_copy (&lease);
}
