/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-items-private.h"

GPtrArray *
trias_list_elements (const TriasJson *array)
{
  guint n = array != NULL ? trias_json_length (array) : 0;
  GPtrArray *elements = g_ptr_array_sized_new (n);

  for (guint i = 0; i < n; i++)
    g_ptr_array_add (elements, (gpointer) trias_json_element (array, i));
  return elements;
}

/* What the list shall show: fresh rows, read and so checked; doubled keys are left out. */
static GPtrArray *
read_rows (GType type,
           GPtrArray *elements,
           TriasItemKeyFunc key_of,
           GHashTable *wanted,
           GPtrArray *sources,
           GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_full (elements->len, g_object_unref);
  TriasItemClass *klass = g_type_class_peek (type);

  for (guint i = 0; i < elements->len; i++)
    {
      const TriasJson *element = g_ptr_array_index (elements, i);
      g_autofree char *key = key_of (element);
      g_autoptr (TriasItem) row = trias_item_new (type, key);

      if (klass == NULL)
        klass = TRIAS_ITEM_GET_CLASS (row);
      if (!klass->read (row, element, error))
        return NULL;
      if (key == NULL || !g_hash_table_add (wanted, (gpointer) trias_item_get_key (row)))
        continue;
      g_ptr_array_add (rows, g_steal_pointer (&row));
      g_ptr_array_add (sources, (gpointer) element);
    }
  return g_steal_pointer (&rows);
}

/* Removes what is no longer wanted, neighbours together; fills @kept with the rows that stay. */
static void
remove_unwanted (GListStore *store, GHashTable *wanted, GHashTable *kept)
{
  GListModel *model = G_LIST_MODEL (store);
  guint end = g_list_model_get_n_items (model);

  while (end > 0)
    {
      guint start = end;

      while (start > 0)
        {
          g_autoptr (TriasItem) row = g_list_model_get_item (model, start - 1);

          if (g_hash_table_contains (wanted, trias_item_get_key (row)))
            {
              g_hash_table_insert (kept, (gpointer) trias_item_get_key (row), row);
              break;
            }
          start--;
        }
      if (start < end)
        g_list_store_splice (store, start, end - start, NULL, 0);
      end = start > 0 ? start - 1 : 0;
    }
}

static const char *
key_at (GListModel *model, guint position)
{
  g_autoptr (TriasItem) row = g_list_model_get_item (model, position);

  return row != NULL ? trias_item_get_key (row) : NULL;
}

/* Puts the row that is further down to @position, the same object. */
static void
move_here (GListStore *store, TriasItem *row, guint position)
{
  g_autoptr (TriasItem) ref = g_object_ref (row);
  guint old;

  if (g_list_store_find (store, ref, &old))
    g_list_store_remove (store, old);
  g_list_store_insert (store, position, ref);
}

static void
place_rows (GListStore *store, GPtrArray *rows, GPtrArray *sources, GHashTable *kept)
{
  guint i = 0;

  while (i < rows->len)
    {
      TriasItem *row = g_ptr_array_index (rows, i);
      TriasItem *old = g_hash_table_lookup (kept, trias_item_get_key (row));
      guint end = i;

      if (old != NULL)
        {
          if (g_strcmp0 (key_at (G_LIST_MODEL (store), i), trias_item_get_key (row)) != 0)
            move_here (store, old, i);
          trias_item_update (old, g_ptr_array_index (sources, i), NULL);
          i++;
          continue;
        }
      while (end < rows->len
             && !g_hash_table_contains (kept, trias_item_get_key (g_ptr_array_index (rows, end))))
        end++;
      g_list_store_splice (store, i, 0, rows->pdata + i, end - i);
      i = end;
    }
}

gboolean
trias_list_update (
    GListStore *store, GType type, GPtrArray *elements, TriasItemKeyFunc key, GError **error)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GHashTable) kept = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) sources = g_ptr_array_new ();
  g_autoptr (GPtrArray) rows = read_rows (type, elements, key, wanted, sources, error);

  if (rows == NULL)
    return FALSE;
  remove_unwanted (store, wanted, kept);
  place_rows (store, rows, sources, kept);
  return TRUE;
}

static void
forget_present (GListStore *store, GPtrArray *rows)
{
  g_autoptr (GHashTable) present = g_hash_table_new (g_str_hash, g_str_equal);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (store));

  for (guint i = 0; i < n; i++)
    g_hash_table_add (present, (gpointer) key_at (G_LIST_MODEL (store), i));
  for (guint i = rows->len; i > 0; i--)
    if (g_hash_table_contains (present, trias_item_get_key (g_ptr_array_index (rows, i - 1))))
      g_ptr_array_remove_index (rows, i - 1);
}

gboolean
trias_list_add (GListStore *store,
                GType type,
                GPtrArray *elements,
                TriasItemKeyFunc key,
                gboolean first,
                GError **error)
{
  g_autoptr (GHashTable) wanted = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) sources = g_ptr_array_new ();
  g_autoptr (GPtrArray) rows = read_rows (type, elements, key, wanted, sources, error);
  guint at = first ? 0 : g_list_model_get_n_items (G_LIST_MODEL (store));

  if (rows == NULL)
    return FALSE;
  forget_present (store, rows);
  if (rows->len > 0)
    g_list_store_splice (store, at, 0, rows->pdata, rows->len);
  return TRUE;
}

static const TriasJson *
member (const TriasJson *element, const char *name)
{
  guint position;

  return trias_json_is_object (element) ? trias_json_member (element, name, &position) : NULL;
}

static const char *
peek (const TriasJson *element, const char *name)
{
  const TriasJson *value = member (element, name);

  return value != NULL ? trias_json_get_string (value) : NULL;
}

static char *
join (const TriasJson *element, const char *const *names)
{
  g_autoptr (GString) key = g_string_new (NULL);

  for (gsize i = 0; names[i] != NULL; i++)
    {
      const char *text = peek (element, names[i]);

      g_string_append_printf (key, "%s\x1f", text != NULL ? text : "");
    }
  return g_string_free (g_steal_pointer (&key), FALSE);
}

char *
trias_key_by_id (const TriasJson *element)
{
  return g_strdup (peek (element, "id"));
}

char *
trias_key_of_license (const TriasJson *element)
{
  return join (element, (const char *const[]){ "source", "server", "id", NULL });
}

char *
trias_key_of_pool (const TriasJson *element)
{
  return join (element, (const char *const[]){ "product", "feature", NULL });
}

char *
trias_key_of_feature (const TriasJson *element)
{
  return g_strdup (peek (element, "name"));
}

char *
trias_key_of_denial (const TriasJson *element)
{
  g_autofree char *words = join (element, (const char *const[]){ "reason", "feature", "user",
                                                                 "host", "address", "key", NULL });
  const TriasJson *first = member (element, "first");
  gint64 time = 0;

  if (first != NULL)
    trias_json_get_int (first, &time);
  return g_strdup_printf ("%" G_GINT64_FORMAT "\x1f%s", time, words);
}

char *
trias_key_of_event (const TriasJson *element)
{
  const TriasJson *value = member (element, "seq");
  gint64 seq = 0;

  if (value == NULL || !trias_json_get_int (value, &seq))
    return NULL;
  return g_strdup_printf ("%" G_GINT64_FORMAT, seq);
}
