/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-params.h"

#include <string.h>

void
trias_params_set (GHashTable **params, const char *name, const char *value)
{
  if (value == NULL)
    {
      if (*params != NULL)
        g_hash_table_remove (*params, name);
      return;
    }
  if (*params == NULL)
    *params = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_hash_table_replace (*params, g_strdup (name), g_strdup (value));
}

GHashTable *
trias_params_copy (GHashTable *params)
{
  GHashTable *copy = NULL;
  GHashTableIter iter;
  gpointer name, value;

  if (params == NULL)
    return NULL;
  g_hash_table_iter_init (&iter, params);
  while (g_hash_table_iter_next (&iter, &name, &value))
    trias_params_set (&copy, name, value);
  return copy;
}

void
trias_params_write (GHashTable *params, TriasJsonWriter *writer, const char *name)
{
  g_autoptr (GList) names = params != NULL ? g_hash_table_get_keys (params) : NULL;

  /* Sorted, so that equal tables give equal text. */
  names = g_list_sort (names, (GCompareFunc) strcmp);
  trias_json_begin_object (writer, name);
  for (GList *l = names; l != NULL; l = l->next)
    trias_json_add_string (writer, l->data, g_hash_table_lookup (params, l->data));
  trias_json_end_object (writer);
}

typedef struct
{
  TriasJsonReader *reader;
  GHashTable *params;
  guint n;
} Reading;

static void
read_member (const char *name, const TriasJson *value, gpointer user_data)
{
  Reading *reading = user_data;
  const char *text = trias_json_get_string (value);

  if (++reading->n > TRIAS_PARAMS_MAX)
    trias_json_reader_fail (reading->reader, name, "is one more than the %d allowed",
                            TRIAS_PARAMS_MAX);
  else if (text == NULL || strlen (text) > TRIAS_PARAMS_MAX_BYTES)
    trias_json_reader_fail (reading->reader, name, "must be a text of at most %d bytes",
                            TRIAS_PARAMS_MAX_BYTES);
  else
    trias_params_set (&reading->params, name, text);
}

GHashTable *
trias_params_read (TriasJsonReader *reader, const char *name)
{
  const TriasJson *object = trias_json_read_object_or_null (reader, name);
  Reading reading = { reader, NULL, 0 };

  if (object == NULL)
    return NULL;
  trias_json_foreach (object, read_member, &reading);
  return reading.params;
}
