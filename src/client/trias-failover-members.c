/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-failover-private.h"

#include "core/trias-address.h"
#include "core/trias-relationship.h"

#include <string.h>

#define MAX_LIST 16384
#define MAX_SIGNATURES 8
#define LIST_HEAD "trias-members-1"

TriasEndpoint *
trias_endpoint_ref (TriasEndpoint *self)
{
  g_atomic_ref_count_inc (&self->refs);
  return self;
}

void
trias_endpoint_unref (TriasEndpoint *self)
{
  if (!g_atomic_ref_count_dec (&self->refs))
    return;
  g_free (self->id);
  g_free (self->name);
  g_free (self->address);
  g_object_unref (self->rest);
  g_free (self);
}

static char *
spell (const TriasAddress *address)
{
  gboolean v6 = strchr (address->host, ':') != NULL;

  return g_strdup_printf (v6 ? "[%s]:%u" : "%s:%u", address->host, address->port);
}

static TriasEndpoint *
find_endpoint (TriasFailover *self, const char *id, const char *address)
{
  for (guint i = 0; i < self->endpoints->len; i++)
    {
      TriasEndpoint *endpoint = g_ptr_array_index (self->endpoints, i);

      if ((id == NULL || strcmp (endpoint->id, id) == 0)
          && g_ascii_strcasecmp (endpoint->address, address) == 0)
        return endpoint;
    }
  return NULL;
}

/* The endpoint for @id at @address: the known one, which may have open connections, or a new one.
 * */
static TriasEndpoint *
make_endpoint (TriasFailover *self, const char *id, const TriasAddress *address)
{
  g_autofree char *text = spell (address);
  g_autofree char *base = trias_address_to_base_uri (address);
  TriasEndpoint *endpoint = find_endpoint (self, id, text);

  if (endpoint != NULL)
    return trias_endpoint_ref (endpoint);
  endpoint = g_new0 (TriasEndpoint, 1);
  g_atomic_ref_count_init (&endpoint->refs);
  endpoint->id = g_strdup (id);
  endpoint->name = g_strdup ("");
  endpoint->address = g_steal_pointer (&text);
  endpoint->rest = trias_rest_new (base, id, self->identity);
  return endpoint;
}

static void
show_members (TriasFailover *self)
{
  g_autoptr (GPtrArray) texts = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) members = NULL;

  for (guint i = 0; i < self->endpoints->len; i++)
    {
      TriasEndpoint *endpoint = g_ptr_array_index (self->endpoints, i);

      g_ptr_array_add (texts, g_strconcat (endpoint->address, "#", endpoint->id, NULL));
    }
  g_ptr_array_add (texts, NULL);
  members = (char **) g_ptr_array_free (g_steal_pointer (&texts), FALSE);
  if (self->members != NULL
      && g_strv_equal ((const char *const *) members, (const char *const *) self->members))
    return;
  g_strfreev (self->members);
  self->members = g_steal_pointer (&members);
  g_object_notify (G_OBJECT (self), "members");
}

gboolean
trias_failover_set_servers (TriasFailover *self, const char *const *servers, GError **error)
{
  for (gsize i = 0; servers != NULL && servers[i] != NULL; i++)
    {
      g_autoptr (TriasAddress) address = trias_address_parse (servers[i], error);

      if (address == NULL)
        return FALSE;
      if (address->fingerprint == NULL)
        {
          g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
                       "“%s” has no fingerprint: write ADDRESS#FINGERPRINT, so that no other "
                       "server can take its place.",
                       servers[i]);
          return FALSE;
        }
      if (self->endpoints->len >= TRIAS_FAILOVER_MAX_ENDPOINTS)
        break;
      g_ptr_array_add (self->endpoints, make_endpoint (self, address->fingerprint, address));
      g_ptr_array_add (self->pins, g_strdup (address->fingerprint));
      g_ptr_array_add (self->configured, g_steal_pointer (&address));
    }
  if (self->endpoints->len == 0)
    {
      g_set_error_literal (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
                           "Name at least one licence server as ADDRESS#FINGERPRINT.");
      return FALSE;
    }
  show_members (self);
  return TRUE;
}

static gboolean
is_pinned (TriasFailover *self, const char *id)
{
  for (guint i = 0; i < self->pins->len; i++)
    if (strcmp (g_ptr_array_index (self->pins, i), id) == 0)
      return TRUE;
  return FALSE;
}

/* --- the signed list --- */

static gboolean
signature_counts (TriasFailover *self, const TriasJson *json, const char *text)
{
  g_auto (TriasJsonReader) reader = { 0 };
  const char *key, *signature;
  g_autofree char *id = NULL;

  trias_json_reader_init (&reader, json);
  key = trias_json_read_string (&reader, "public_key", 1, 1024);
  signature = trias_json_read_string (&reader, "signature", 1, 1024);
  if (!trias_json_reader_finish_lenient (&reader, NULL))
    return FALSE;
  /* The id is computed, not read: only a pinned key may speak. */
  id = trias_id_from_public_key (key);
  return id != NULL && is_pinned (self, id)
         && trias_identity_verify (key, text, strlen (text), signature);
}

/* `ROLE ID ADDRESS,ADDRESS NAME` */
static void
add_member (TriasFailover *self, GPtrArray *endpoints, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 4);
  g_auto (GStrv) addresses = NULL;

  if (g_strv_length (words) < 3 || !trias_id_is_valid (words[1]))
    return;
  addresses = g_strsplit (words[2], ",", 8);
  for (guint i = 0; addresses[i] != NULL && endpoints->len < TRIAS_FAILOVER_MAX_ENDPOINTS; i++)
    {
      g_autoptr (TriasAddress) address = trias_address_parse (addresses[i], NULL);
      TriasEndpoint *endpoint;

      if (address == NULL)
        continue;
      endpoint = make_endpoint (self, words[1], address);
      if (words[3] != NULL && g_utf8_validate (words[3], -1, NULL))
        {
          g_free (endpoint->name);
          endpoint->name = g_strdup (words[3]);
        }
      g_ptr_array_add (endpoints, endpoint);
    }
}

static gboolean
is_in (GPtrArray *endpoints, TriasEndpoint *wanted)
{
  return g_ptr_array_find (endpoints, wanted, NULL);
}

/* Listed members in their rank; what was configured stays behind them. */
static void
take_list (TriasFailover *self, char **lines)
{
  g_autoptr (GPtrArray) endpoints
      = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_endpoint_unref);

  for (guint i = 2; lines[i] != NULL; i++)
    add_member (self, endpoints, lines[i]);
  if (endpoints->len == 0)
    return;
  for (guint i = 0; i < self->configured->len; i++)
    {
      const TriasAddress *address = g_ptr_array_index (self->configured, i);
      TriasEndpoint *endpoint = make_endpoint (self, address->fingerprint, address);

      if (is_in (endpoints, endpoint) || endpoints->len >= TRIAS_FAILOVER_MAX_ENDPOINTS)
        trias_endpoint_unref (endpoint);
      else
        g_ptr_array_add (endpoints, endpoint);
    }
  for (guint i = 0; i < endpoints->len; i++)
    {
      TriasEndpoint *endpoint = g_ptr_array_index (endpoints, i);

      if (!is_pinned (self, endpoint->id))
        g_ptr_array_add (self->pins, g_strdup (endpoint->id));
    }
  g_ptr_array_unref (self->endpoints);
  self->endpoints = g_steal_pointer (&endpoints);
  show_members (self);
}

static gboolean
is_newer (TriasFailover *self, const char *head)
{
  g_auto (GStrv) words = g_strsplit (head, " ", 4);
  guint64 incarnation;

  if (g_strv_length (words) != 3
      || !g_ascii_string_to_unsigned (words[2], 10, 1, G_MAXINT64, &incarnation, NULL))
    return FALSE;
  if (self->list_id != NULL && strcmp (self->list_id, words[1]) == 0
      && incarnation < self->incarnation)
    return FALSE;
  g_free (self->list_id);
  self->list_id = g_strdup (words[1]);
  self->incarnation = incarnation;
  self->listed_triad = strcmp (words[0], trias_kind_to_word (TRIAS_KIND_TRIAD)) == 0;
  return TRUE;
}

static gboolean
take_signed (TriasFailover *self, const TriasJson *json)
{
  g_auto (TriasJsonReader) reader = { 0 };
  g_auto (GStrv) lines = NULL;
  const TriasJson *signatures;
  const char *text;
  gboolean counts = FALSE;

  trias_json_reader_init (&reader, json);
  text = trias_json_read_string (&reader, "text", 1, MAX_LIST);
  signatures = trias_json_read_array (&reader, "signatures", MAX_SIGNATURES);
  if (!trias_json_reader_finish_lenient (&reader, NULL))
    return FALSE;
  for (guint i = 0; !counts && i < trias_json_length (signatures); i++)
    counts = signature_counts (self, trias_json_element (signatures, i), text);
  if (!counts)
    return FALSE;
  lines = g_strsplit (text, "\n", 16);
  if (g_strv_length (lines) < 3 || strcmp (lines[0], LIST_HEAD) != 0 || !is_newer (self, lines[1]))
    return FALSE;
  take_list (self, lines);
  return TRUE;
}

/* --- the cache --- */

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
  gsize length;

  if (self->cache_read || self->cache == NULL)
    return;
  self->cache_read = TRUE;
  path = cache_path (self);
  if (!g_file_get_contents (path, &data, &length, NULL))
    return;
  json = trias_json_parse (data, length, TRIAS_JSON_MAX_BYTES, NULL);
  if (json != NULL)
    take_signed (self, json);
}

static void
written_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  /* Without the cache the list is learned again at the next start. */
  if (!g_file_replace_contents_finish (G_FILE (source), result, NULL, &error))
    g_debug ("member list not kept: %s", error->message);
}

static void
write_cache (TriasFailover *self, const TriasJson *json)
{
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  g_autoptr (GFile) file = NULL;
  g_autoptr (GBytes) bytes = NULL;

  if (self->cache == NULL)
    return;
  path = cache_path (self);
  text = trias_json_to_string (json);
  file = g_file_new_for_path (path);
  g_mkdir_with_parents (self->cache, 0700);
  bytes = g_bytes_new (text, strlen (text));
  g_file_replace_contents_bytes_async (file, bytes, NULL, FALSE, G_FILE_CREATE_PRIVATE, NULL,
                                       written_cb, NULL);
}

gboolean
trias_failover_learn (TriasFailover *self, TriasEndpoint *endpoint, const TriasJson *about)
{
  g_auto (TriasJsonReader) reader = { 0 };
  const TriasJson *list;
  const char *name;

  trias_json_reader_init (&reader, about);
  name = trias_json_read_string_or (&reader, "name", 256, "");
  list = trias_json_read_object_or_null (&reader, "signed_members");
  if (!trias_json_reader_finish_lenient (&reader, NULL))
    return FALSE;
  g_free (endpoint->name);
  endpoint->name = g_strdup (name);
  if (list != NULL && take_signed (self, list))
    write_cache (self, list);
  return list != NULL;
}

/* --- redirects --- */

static const char *
only_other_member (TriasFailover *self, const char *id)
{
  const char *other = NULL;

  for (guint i = 0; i < self->endpoints->len; i++)
    {
      TriasEndpoint *endpoint = g_ptr_array_index (self->endpoints, i);

      if (strcmp (endpoint->id, id) == 0)
        continue;
      if (other != NULL && strcmp (other, endpoint->id) != 0)
        return NULL;
      other = endpoint->id;
    }
  return other;
}

TriasEndpoint *
trias_failover_find_location (TriasFailover *self, const char *location, TriasEndpoint *from)
{
  g_autoptr (GUri) uri = g_uri_parse (location, G_URI_FLAGS_NONE, NULL);
  TriasAddress address = { 0 };
  TriasEndpoint *endpoint;
  const char *id;
  g_autofree char *text = NULL;
  int port;

  if (uri == NULL || g_strcmp0 (g_uri_get_scheme (uri), "https") != 0
      || g_uri_get_host (uri) == NULL || g_uri_get_host (uri)[0] == '\0')
    return NULL;
  port = g_uri_get_port (uri);
  address.host = (char *) g_uri_get_host (uri);
  address.port = port > 0 ? (guint16) port : 443;
  text = spell (&address);
  endpoint = find_endpoint (self, NULL, text);
  if (endpoint != NULL)
    return endpoint;
  id = only_other_member (self, from->id);
  if (id == NULL || self->endpoints->len >= TRIAS_FAILOVER_MAX_ENDPOINTS)
    return NULL;
  endpoint = make_endpoint (self, id, &address);
  g_ptr_array_add (self->endpoints, endpoint);
  show_members (self);
  return endpoint;
}
