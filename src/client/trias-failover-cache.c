/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-failover-list.h"

#include "core/trias-address.h"

#include <string.h>

/* The member list that counts, kept for the next start. It is signed by the client's own key:
 * those who had signed it may be unknown to who reads it, since it was configured with others. */

/* One file for each set of configured servers: several applications share the folder. */
static char *
cache_path (TriasFailover *self)
{
  g_autoptr (GChecksum) sum = g_checksum_new (G_CHECKSUM_SHA256);
  g_autofree char *name = NULL;

  for (guint i = 0; i < self->configured->len; i++)
    {
      const TriasAddress *address = g_ptr_array_index (self->configured, i);

      g_checksum_update (sum, (const guchar *) address->fingerprint, -1);
    }
  name = g_strdup_printf ("members-%.16s.json", g_checksum_get_string (sum));
  return g_build_filename (self->cache, name, NULL);
}

void
trias_failover_read_cache (TriasFailover *self)
{
  g_autofree char *path = NULL;
  g_autofree char *data = NULL;
  g_autoptr (TriasJson) json = NULL;
  g_autoptr (TriasToldList) list = NULL;
  gsize length;

  if (self->cache_read || self->cache == NULL)
    return;
  self->cache_read = TRUE;
  path = cache_path (self);
  if (!g_file_get_contents (path, &data, &length, NULL))
    return;
  json = trias_json_parse (data, length, TRIAS_JSON_MAX_BYTES, NULL);
  list = json != NULL ? trias_told_list_read (json) : NULL;
  if (list != NULL && g_hash_table_contains (list->signers, trias_identity_get_id (self->identity)))
    trias_failover_take_list (self, list);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  /* Without the cache the list is learned again at the next start. */
  if (!g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    g_debug ("member list not kept: %s", error->message);
}

static char *
to_json (TriasFailover *self, const char *text)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autofree char *signature = trias_identity_sign (self->identity, text, strlen (text), NULL);

  if (signature == NULL)
    return NULL;
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "text", text);
  trias_json_begin_array (writer, "signatures");
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "id", trias_identity_get_id (self->identity));
  trias_json_add_string (writer, "public_key", trias_identity_get_public_key (self->identity));
  trias_json_add_string (writer, "signature", signature);
  trias_json_end_object (writer);
  trias_json_end_array (writer);
  trias_json_end_object (writer);
  return trias_json_writer_end (writer, NULL);
}

void
trias_failover_write_cache (TriasFailover *self, const char *text)
{
  g_autofree char *path = NULL;
  g_autoptr (GFile) file = NULL;
  g_autoptr (GBytes) bytes = NULL;
  char *json;

  if (self->cache == NULL)
    return;
  json = to_json (self, text);
  if (json == NULL)
    return;
  path = cache_path (self);
  file = g_file_new_for_path (path);
  g_mkdir_with_parents (self->cache, 0700);
  bytes = g_bytes_new_take (json, strlen (json));
  g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE, G_FILE_CREATE_PRIVATE, NULL,
                                       written_cb, NULL);
}
