/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-server-private.h"

#include <string.h>

#define MAX_ROWS 200000
#define MAX_NAME 256
#define MAX_WORD 64
#define MAX_ADDRESSES 64

static GPtrArray *
read_rows (TriasAnswer *answer, const char *name, GError **error)
{
  g_auto (TriasJsonReader) reader = { 0 };
  const TriasJson *array;

  trias_json_reader_init (&reader, answer->json);
  array = trias_json_read_array (&reader, name, MAX_ROWS);
  if (!trias_json_reader_finish_lenient (&reader, error))
    return NULL;
  return trias_list_elements (array);
}

static gboolean
apply_list (
    TriasAnswer *answer, const char *name, GListStore *store, TriasItemKeyFunc key, GError **error)
{
  g_autoptr (GPtrArray) rows = read_rows (answer, name, error);

  return rows != NULL
         && trias_list_update (store, g_list_model_get_item_type (G_LIST_MODEL (store)), rows, key,
                               error);
}

static guint64
seq_at (TriasServer *self, guint position)
{
  g_autoptr (TriasEventItem) item = g_list_model_get_item (G_LIST_MODEL (self->events), position);

  return item != NULL ? trias_event_item_get_event (item)->seq : 0;
}

static guint64
seq_of (const TriasJson *element)
{
  g_autofree char *key = trias_key_of_event (element);

  return key != NULL ? g_ascii_strtoull (key, NULL, 10) : 0;
}

static void
trim_events (TriasServer *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->events));

  if (n > TRIAS_SERVER_MAX_EVENTS)
    g_list_store_splice (self->events, TRIAS_SERVER_MAX_EVENTS, n - TRIAS_SERVER_MAX_EVENTS, NULL,
                         0);
}

/* The newest page: joins what is there, or replaces it when there is a gap or another history. */
static gboolean
apply_events (TriasServer *self, TriasAnswer *answer, GError **error)
{
  g_autoptr (GPtrArray) rows = read_rows (answer, "events", error);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->events));
  guint64 newest = seq_at (self, 0);
  guint64 oldest = n > 0 ? seq_at (self, n - 1) : 0;
  guint64 first, last;

  if (rows == NULL)
    return FALSE;
  first = rows->len > 0 ? seq_of (g_ptr_array_index (rows, 0)) : 0;
  last = rows->len > 0 ? seq_of (g_ptr_array_index (rows, rows->len - 1)) : 0;
  /* A live event may have come before the first page: then the page reaches further back. */
  if (newest == 0 || first < newest || last > newest || oldest > last)
    return trias_list_update (self->events, TRIAS_TYPE_EVENT_ITEM, rows, trias_key_of_event, error);
  while (rows->len > 0 && seq_of (g_ptr_array_index (rows, rows->len - 1)) <= newest)
    g_ptr_array_set_size (rows, (int) rows->len - 1);
  if (!trias_list_add (self->events, TRIAS_TYPE_EVENT_ITEM, rows, trias_key_of_event, TRUE, error))
    return FALSE;
  trim_events (self);
  return TRUE;
}

static void
older_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (TriasServer) self = user_data;
  g_autoptr (TriasAnswer) answer = trias_rest_send_finish (TRIAS_REST (source), result, NULL);
  g_autoptr (GPtrArray) rows = NULL;
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->events));

  if (answer == NULL || n == 0)
    return;
  rows = read_rows (answer, "events", NULL);
  if (rows == NULL || rows->len == 0
      || seq_of (g_ptr_array_index (rows, 0)) >= seq_at (self, n - 1))
    return;
  trias_list_add (self->events, TRIAS_TYPE_EVENT_ITEM, rows, trias_key_of_event, FALSE, NULL);
  trim_events (self);
}

void
trias_server_more_events (TriasServer *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->events));
  g_autofree char *path = NULL;

  if (n == 0 || n >= TRIAS_SERVER_MAX_EVENTS || seq_at (self, n - 1) <= 1)
    return;
  path = g_strdup_printf ("/events?limit=200&before=%" G_GUINT64_FORMAT, seq_at (self, n - 1));
  trias_rest_send_async (self->rest, "GET", path, NULL, NULL, self->cancellable, older_cb,
                         g_object_ref (self));
}

void
trias_server_apply_live_event (TriasServer *self, const char *data)
{
  g_autoptr (TriasJson) json = trias_json_parse (data, strlen (data), TRIAS_SSE_MAX_MESSAGE, NULL);
  g_autofree char *key = json != NULL ? trias_key_of_event (json) : NULL;
  g_autoptr (TriasItem) item = NULL;

  if (key == NULL)
    return;
  item = trias_item_new (TRIAS_TYPE_EVENT_ITEM, key);
  if (!trias_item_update (item, json, NULL))
    return;
  if (self->parts[TRIAS_PART_EVENTS].used && seq_of (json) > seq_at (self, 0))
    {
      g_list_store_insert (self->events, 0, item);
      trim_events (self);
    }
  trias_server_emit_event (self, TRIAS_EVENT_ITEM (item));
}

char *
trias_server_keep_lease_page (TriasServer *self, TriasAnswer *answer)
{
  g_auto (TriasJsonReader) reader = { 0 };
  g_autofree char *after = NULL;
  const char *next;

  g_ptr_array_add (self->lease_answers, answer);
  trias_json_reader_init (&reader, answer->json);
  next = trias_json_read_string_or (&reader, "next", MAX_NAME, NULL);
  if (next == NULL || self->lease_append || self->lease_answers->len >= self->lease_pages)
    return NULL;
  after = g_uri_escape_string (next, NULL, FALSE);
  return g_strdup_printf ("/leases?limit=%d&after=%s", TRIAS_SERVER_LEASE_PAGE, after);
}

static void
set_total (gpointer object, gpointer data)
{
  TRIAS_SERVER (object)->facts.leases_total = *(guint *) data;
}

static gboolean
read_page_end (TriasServer *self, TriasAnswer *answer, GError **error)
{
  g_auto (TriasJsonReader) reader = { 0 };
  const char *next;
  guint total;

  trias_json_reader_init (&reader, answer->json);
  next = trias_json_read_string_or (&reader, "next", MAX_NAME, NULL);
  total = (guint) trias_json_read_int_or (&reader, "total", 0, G_MAXUINT, 0);
  if (!trias_json_reader_finish_lenient (&reader, error))
    return FALSE;
  g_free (self->lease_next);
  self->lease_next = g_strdup (next);
  trias_server_change (self, set_total, &total);
  return TRUE;
}

static gboolean
apply_leases (TriasServer *self, GError **error)
{
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  gboolean append = self->lease_append;
  TriasAnswer *last;

  self->lease_append = FALSE;
  for (guint i = 0; i < self->lease_answers->len; i++)
    {
      g_autoptr (GPtrArray) rows
          = read_rows (g_ptr_array_index (self->lease_answers, i), "leases", error);

      if (rows == NULL)
        return FALSE;
      for (guint j = 0; j < rows->len; j++)
        g_ptr_array_add (all, g_ptr_array_index (rows, j));
    }
  last = g_ptr_array_index (self->lease_answers, self->lease_answers->len - 1);
  if (!(append
            ? trias_list_add (self->leases, TRIAS_TYPE_LEASE_ITEM, all, trias_key_by_id, FALSE,
                              error)
            : trias_list_update (self->leases, TRIAS_TYPE_LEASE_ITEM, all, trias_key_by_id, error)))
    return FALSE;
  if (!read_page_end (self, last, error))
    return FALSE;
  g_ptr_array_set_size (self->lease_answers, 0);
  return TRUE;
}

static void
set_settings (gpointer object, gpointer data)
{
  TriasServer *self = object;

  g_clear_pointer (&self->facts.settings, trias_settings_free);
  self->facts.settings = data;
}

static void
set_relationship (gpointer object, gpointer data)
{
  TriasServer *self = object;

  g_clear_object (&self->facts.relationship);
  self->facts.relationship = data;
}

static gboolean
apply_relationship (TriasServer *self, TriasAnswer *answer, GError **error)
{
  g_autoptr (TriasRelationshipInfo) info = trias_relationship_info_read (answer->json, error);
  TriasRelationshipInfo *old = self->facts.relationship;

  if (info == NULL)
    return FALSE;
  if (old != NULL
      && strcmp (trias_relationship_info_get_json (old), trias_relationship_info_get_json (info))
             == 0)
    return TRUE;
  trias_server_change (self, set_relationship, g_steal_pointer (&info));
  return TRUE;
}

gboolean
trias_server_apply (TriasServer *self, TriasPart part, TriasAnswer *answer, GError **error)
{
  TriasSettings *settings;

  self->last_heard = g_get_real_time () / 1000;
  switch (part)
    {
    case TRIAS_PART_SERVER:
      return trias_server_apply_server (self, answer, error);
    case TRIAS_PART_RULES:
      return apply_list (answer, "rules", self->rules, trias_key_by_id, error);
    case TRIAS_PART_LICENSES:
      return apply_list (answer, "licenses", self->licenses, trias_key_of_license, error);
    case TRIAS_PART_POOLS:
      return apply_list (answer, "pools", self->pools, trias_key_of_pool, error);
    case TRIAS_PART_LEASES:
      return apply_leases (self, error);
    case TRIAS_PART_DENIALS:
      return apply_list (answer, "denials", self->denials, trias_key_of_denial, error);
    case TRIAS_PART_EVENTS:
      return apply_events (self, answer, error);
    case TRIAS_PART_RELATIONSHIP:
      return apply_relationship (self, answer, error);
    case TRIAS_PART_SETTINGS:
      settings = trias_settings_read_lenient (answer->json, error);
      if (settings == NULL)
        return FALSE;
      trias_server_change (self, set_settings, settings);
      return TRUE;
    case TRIAS_N_PARTS:
      break;
    }
  return FALSE;
}

typedef struct
{
  const char *id;
  const char *name;
  const char *version;
  const char *role_word;
  TriasRole role;
  gint64 started_at;
  gboolean active;
  gboolean test_issuer;
  const char *relationship;
} About;

static void
set_about (gpointer object, gpointer data)
{
  TriasServerFacts *facts = &TRIAS_SERVER (object)->facts;
  const About *about = data;

  g_free (facts->name);
  facts->name = g_strdup (about->name);
  g_free (facts->version);
  facts->version = g_strdup (about->version);
  g_free (facts->relationship_name);
  facts->relationship_name = g_strdup (about->relationship);
  facts->role = about->role;
  facts->started_at = about->started_at;
  facts->active = about->active;
  facts->test_issuer = about->test_issuer;
}

static const char *
relationship_name (const TriasJson *json)
{
  g_auto (TriasJsonReader) reader = { 0 };
  const char *name;

  if (json == NULL)
    return "";
  trias_json_reader_init (&reader, json);
  name = trias_json_read_string_or (&reader, "name", MAX_NAME, "");
  return trias_json_reader_finish_lenient (&reader, NULL) ? name : "";
}

gboolean
trias_server_apply_server (TriasServer *self, TriasAnswer *answer, GError **error)
{
  g_auto (TriasJsonReader) reader = { 0 };
  g_auto (GStrv) addresses = NULL;
  About about = { 0 };

  trias_json_reader_init (&reader, answer->json);
  about.id = trias_json_read_string (&reader, "id", TRIAS_ID_LENGTH, TRIAS_ID_LENGTH);
  about.name = trias_json_read_string (&reader, "name", 0, MAX_NAME);
  about.version = trias_json_read_string_or (&reader, "version", MAX_WORD, "");
  about.role_word = trias_json_read_string_or (&reader, "role", MAX_WORD, "single");
  about.started_at = trias_json_read_natural (&reader, "started_at");
  about.active = trias_json_read_bool_or (&reader, "active", FALSE);
  about.test_issuer = trias_json_read_bool_or (&reader, "test_issuer", FALSE);
  about.relationship = relationship_name (trias_json_read_object_or_null (&reader, "relationship"));
  addresses = trias_json_read_strv_or_null (&reader, "addresses", MAX_ADDRESSES, MAX_NAME);
  if (about.id != NULL && g_strcmp0 (about.id, answer->server_id) != 0)
    trias_json_reader_fail (&reader, "id", "is not that of the key that answered");
  if (about.role_word != NULL && !trias_role_from_word (about.role_word, &about.role))
    about.role = TRIAS_ROLE_SINGLE;
  if (!trias_json_reader_finish_lenient (&reader, error))
    return FALSE;
  g_strfreev (self->addresses);
  self->addresses = g_steal_pointer (&addresses);
  trias_server_change (self, set_about, &about);
  return TRUE;
}
