/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-json-private.h"

#include "core/trias-problem.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* A TriasJson is a sealed JsonNode. */
static JsonNode *
node_of (const TriasJson *self)
{
  return (JsonNode *) (gpointer) self;
}

static gsize count_members (JsonNode *node);

static gsize
count_object_members (JsonObject *object)
{
  gsize n = json_object_get_size (object);
  JsonObjectIter iter;
  const char *name;
  JsonNode *child;

  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &child))
    n += count_members (child);
  return n;
}

static gsize
count_members (JsonNode *node)
{
  gsize n = 0;

  if (JSON_NODE_HOLDS_OBJECT (node))
    return count_object_members (json_node_get_object (node));
  if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);

      for (guint i = 0; i < json_array_get_length (array); i++)
        n += count_members (json_array_get_element (array, i));
    }
  return n;
}

static TriasJson *
refuse (GError **error, const char *problem, gsize offset)
{
  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
               "The text is not valid JSON: there is %s at byte %" G_GSIZE_FORMAT ".", problem,
               offset);
  return NULL;
}

TriasJson *
trias_json_parse (const char *data, gsize length, gsize max_bytes, GError **error)
{
  g_autoptr (JsonParser) parser = NULL;
  TriasJsonScan scan;
  JsonNode *root;

  if (length > max_bytes)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_TOO_LARGE,
                   "The JSON text has %" G_GSIZE_FORMAT " bytes; at most %" G_GSIZE_FORMAT
                   " are allowed.",
                   length, max_bytes);
      return NULL;
    }
  if (data == NULL || length == 0)
    return refuse (error, "nothing", 0);
  if (!trias_json_scan (data, length, &scan))
    return refuse (error, scan.problem, scan.offset);

  parser = json_parser_new_immutable ();
  if (!json_parser_load_from_data (parser, data, (gssize) length, NULL))
    return refuse (error, "a fault", 0);
  root = json_parser_steal_root (parser);
  if (root == NULL)
    return refuse (error, "nothing", 0);
  /* The parser keeps one of several equal names; the scan has counted them all. */
  if (count_members (root) != scan.n_members)
    {
      json_node_unref (root);
      return refuse (error, "a name twice in one object", 0);
    }
  return (TriasJson *) root;
}

void
trias_json_free (TriasJson *self)
{
  if (self != NULL)
    json_node_unref (node_of (self));
}

static void write_node (JsonNode *node, TriasJsonWriter *writer, const char *name);

static void
write_scalar (JsonNode *node, TriasJsonWriter *writer, const char *name)
{
  GType type = json_node_get_value_type (node);
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (type == G_TYPE_STRING)
    trias_json_add_string (writer, name, json_node_get_string (node));
  else if (type == G_TYPE_BOOLEAN)
    trias_json_add_bool (writer, name, json_node_get_boolean (node));
  else if (type == G_TYPE_INT64)
    {
      g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT, json_node_get_int (node));
      trias_json_add_raw (writer, name, text);
    }
  else
    trias_json_add_raw (writer, name,
                        g_ascii_dtostr (text, sizeof text, json_node_get_double (node)));
}

static void
write_object (JsonObject *object, TriasJsonWriter *writer, const char *name)
{
  JsonObjectIter iter;
  const char *member;
  JsonNode *child;

  trias_json_begin_object (writer, name);
  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &member, &child))
    write_node (child, writer, member);
  trias_json_end_object (writer);
}

static void
write_node (JsonNode *node, TriasJsonWriter *writer, const char *name)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    write_object (json_node_get_object (node), writer, name);
  else if (JSON_NODE_HOLDS_ARRAY (node))
    {
      JsonArray *array = json_node_get_array (node);

      trias_json_begin_array (writer, name);
      for (guint i = 0; i < json_array_get_length (array); i++)
        write_node (json_array_get_element (array, i), writer, NULL);
      trias_json_end_array (writer);
    }
  else if (JSON_NODE_HOLDS_NULL (node))
    trias_json_add_null (writer, name);
  else
    write_scalar (node, writer, name);
}

char *
trias_json_to_string (const TriasJson *self)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  write_node (node_of (self), writer, NULL);
  return trias_json_writer_end (writer, NULL);
}

guint
trias_json_length (const TriasJson *array)
{
  if (array == NULL || !JSON_NODE_HOLDS_ARRAY (node_of (array)))
    return 0;
  return json_array_get_length (json_node_get_array (node_of (array)));
}

const TriasJson *
trias_json_element (const TriasJson *array, guint index)
{
  if (index >= trias_json_length (array))
    return NULL;
  return (const TriasJson *) json_array_get_element (json_node_get_array (node_of (array)), index);
}

const char *
trias_json_get_string (const TriasJson *value)
{
  JsonNode *node = node_of (value);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node)
      || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (node);
}

gboolean
trias_json_get_int (const TriasJson *value, gint64 *number)
{
  JsonNode *node = node_of (value);
  const char *digits = trias_json_get_string (value);

  if (digits != NULL)
    {
      /* Stricter than the conversion, which takes a sign "+". */
      if (!g_ascii_isdigit (digits[0]) && digits[0] != '-')
        return FALSE;
      return g_ascii_string_to_signed (digits, 10, G_MININT64, G_MAXINT64, number, NULL);
    }
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node)
      || json_node_get_value_type (node) != G_TYPE_INT64)
    return FALSE;
  *number = json_node_get_int (node);
  return TRUE;
}

gboolean
trias_json_get_bool (const TriasJson *value, gboolean *truth)
{
  JsonNode *node = node_of (value);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node)
      || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return FALSE;
  *truth = json_node_get_boolean (node);
  return TRUE;
}

gboolean
trias_json_is_null (const TriasJson *value)
{
  return value == NULL || JSON_NODE_HOLDS_NULL (node_of (value));
}

gboolean
trias_json_is_array (const TriasJson *value)
{
  return value != NULL && JSON_NODE_HOLDS_ARRAY (node_of (value));
}

gboolean
trias_json_is_object (const TriasJson *value)
{
  return value != NULL && JSON_NODE_HOLDS_OBJECT (node_of (value));
}

const TriasJson *
trias_json_member (const TriasJson *object, const char *name, guint *position)
{
  JsonObject *members = json_node_get_object (node_of (object));
  JsonObjectIter iter;
  const char *member;
  guint at = 0;

  /* Objects are short: walking their names costs less than another table of positions. */
  json_object_iter_init_ordered (&iter, members);
  for (; json_object_iter_next_ordered (&iter, &member, NULL); at++)
    if (strcmp (member, name) == 0)
      {
        *position = at;
        return (const TriasJson *) json_object_get_member (members, name);
      }
  return NULL;
}

void
trias_json_foreach (const TriasJson *object, TriasJsonMemberFunc func, gpointer user_data)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *child;

  json_object_iter_init_ordered (&iter, json_node_get_object (node_of (object)));
  while (json_object_iter_next_ordered (&iter, &name, &child))
    func (name, (const TriasJson *) child, user_data);
}
