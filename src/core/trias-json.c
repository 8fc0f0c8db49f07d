/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-json-private.h"

#include "core/trias-problem.h"

#include <string.h>

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
  TriasJsonFault fault;
  TriasJson *root;

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
  if (length >= G_MAXUINT32)
    return refuse (error, "more than can be counted", G_MAXUINT32);
  root = trias_json_build (data, length, &fault);
  return root != NULL ? root : refuse (error, fault.problem, fault.offset);
}

void
trias_json_free (TriasJson *self)
{
  TriasJson *head;

  if (self == NULL)
    return;
  head = self - 1;
  g_free ((char *) head->name);
  g_free (head->value.elements);
  g_free (head);
}

static void
write_scalar (const TriasJson *node, TriasJsonWriter *writer, const char *name)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  if (node->type == TRIAS_JSON_STRING)
    trias_json_add_string (writer, name, node->value.text);
  else if (node->type == TRIAS_JSON_BOOL)
    trias_json_add_bool (writer, name, node->value.truth);
  else if (node->type == TRIAS_JSON_INT)
    {
      g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT, node->value.number);
      trias_json_add_raw (writer, name, text);
    }
  else if (node->type == TRIAS_JSON_REAL)
    trias_json_add_raw (writer, name, g_ascii_dtostr (text, sizeof text, node->value.real));
  else
    trias_json_add_null (writer, name);
}

static void
write_node (const TriasJson *node, TriasJsonWriter *writer, const char *name)
{
  const TriasJson *child = node + 1;

  if (node->type != TRIAS_JSON_OBJECT && node->type != TRIAS_JSON_ARRAY)
    {
      write_scalar (node, writer, name);
      return;
    }
  if (node->type == TRIAS_JSON_OBJECT)
    trias_json_begin_object (writer, name);
  else
    trias_json_begin_array (writer, name);
  for (guint32 i = 0; i < node->length; i++, child += child->span)
    write_node (child, writer, child->name);
  if (node->type == TRIAS_JSON_OBJECT)
    trias_json_end_object (writer);
  else
    trias_json_end_array (writer);
}

char *
trias_json_to_string (const TriasJson *self)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  write_node (self, writer, NULL);
  return trias_json_writer_end (writer, NULL);
}

guint
trias_json_length (const TriasJson *array)
{
  return trias_json_is_array (array) ? array->length : 0;
}

const TriasJson *
trias_json_element (const TriasJson *array, guint index)
{
  return index < trias_json_length (array) ? array + array->value.elements[index] : NULL;
}

const char *
trias_json_get_string (const TriasJson *value)
{
  return value != NULL && value->type == TRIAS_JSON_STRING ? value->value.text : NULL;
}

gboolean
trias_json_get_int (const TriasJson *value, gint64 *number)
{
  const char *digits = trias_json_get_string (value);

  if (digits != NULL)
    {
      /* Stricter than the conversion, which takes a sign "+". */
      if (!g_ascii_isdigit (digits[0]) && digits[0] != '-')
        return FALSE;
      return g_ascii_string_to_signed (digits, 10, G_MININT64, G_MAXINT64, number, NULL);
    }
  if (value == NULL || value->type != TRIAS_JSON_INT)
    return FALSE;
  *number = value->value.number;
  return TRUE;
}

gboolean
trias_json_get_bool (const TriasJson *value, gboolean *truth)
{
  if (value == NULL || value->type != TRIAS_JSON_BOOL)
    return FALSE;
  *truth = value->value.truth;
  return TRUE;
}

gboolean
trias_json_is_null (const TriasJson *value)
{
  return value == NULL || value->type == TRIAS_JSON_NULL;
}

gboolean
trias_json_is_array (const TriasJson *value)
{
  return value != NULL && value->type == TRIAS_JSON_ARRAY;
}

gboolean
trias_json_is_object (const TriasJson *value)
{
  return value != NULL && value->type == TRIAS_JSON_OBJECT;
}

const TriasJson *
trias_json_member (const TriasJson *object, const char *name, guint *position)
{
  const TriasJson *child = object + 1;

  /* Objects are short: walking their names costs less than a table of them. */
  for (guint32 i = 0; i < object->length; i++, child += child->span)
    if (strcmp (child->name, name) == 0)
      {
        *position = i;
        return child;
      }
  return NULL;
}

void
trias_json_foreach (const TriasJson *object, TriasJsonMemberFunc func, gpointer user_data)
{
  const TriasJson *child = object + 1;

  for (guint32 i = 0; i < object->length; i++, child += child->span)
    func (child->name, child, user_data);
}
