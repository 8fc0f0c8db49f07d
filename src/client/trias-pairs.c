/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-pairs-private.h"

#include <string.h>

/* A pair that nobody can be asked about any more stays, as last known, while a server of it is in
 * the list; it goes when a reached member says that it belongs to no relationship. */

struct _TriasPairs
{
  GObject parent_instance;

  TriasKin kin;
  GListStore *pairs; /* of TriasPair, by name */
  GPtrArray *rows;   /* (element-type TriasPairMember) */
};

enum
{
  PROP_0,
  PROP_N_ITEMS,
  PROP_PAIRS
};

static GType
get_item_type (GListModel *model)
{
  return TRIAS_TYPE_PAIR_MEMBER;
}

static guint
get_n_items (GListModel *model)
{
  return TRIAS_PAIRS (model)->rows->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  TriasPairs *self = TRIAS_PAIRS (model);

  return position < self->rows->len ? g_object_ref (g_ptr_array_index (self->rows, position))
                                    : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TriasPairs,
                               trias_pairs,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static TriasPair *
find_by_id (TriasPairs *self, const char *id, guint *position)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->pairs));

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TriasPair) pair = g_list_model_get_item (G_LIST_MODEL (self->pairs), i);

      if (strcmp (trias_pair_get_id (pair), id) == 0)
        {
          if (position != NULL)
            *position = i;
          return pair;
        }
    }
  return NULL;
}

static int
compare_pairs (gconstpointer a, gconstpointer b, gpointer user_data)
{
  int order = g_utf8_collate (trias_pair_get_name ((TriasPair *) a),
                              trias_pair_get_name ((TriasPair *) b));

  return order != 0
             ? order
             : strcmp (trias_pair_get_id ((TriasPair *) a), trias_pair_get_id ((TriasPair *) b));
}

/* Makes the rows follow the pairs; tells only the stretch that differs. */
static void
update_rows (TriasPairs *self)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GPtrArray) old = self->rows;
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->pairs));
  guint start = 0, end_old = old->len, end_new;

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TriasPair) pair = g_list_model_get_item (G_LIST_MODEL (self->pairs), i);

      g_ptr_array_add (rows, g_object_ref (trias_pair_get_main (pair)));
      g_ptr_array_add (rows, g_object_ref (trias_pair_get_backup (pair)));
    }
  end_new = rows->len;
  while (start < end_old && start < end_new && old->pdata[start] == rows->pdata[start])
    start++;
  while (end_old > start && end_new > start && old->pdata[end_old - 1] == rows->pdata[end_new - 1])
    {
      end_old--;
      end_new--;
    }
  self->rows = g_steal_pointer (&rows);
  if (end_old == start && end_new == start)
    return;
  g_list_model_items_changed (G_LIST_MODEL (self), start, end_old - start, end_new - start);
  if (old->len != self->rows->len)
    g_object_notify (G_OBJECT (self), "n-items");
}

static void
remove_gone (TriasPairs *self, GHashTable *seen)
{
  for (guint i = g_list_model_get_n_items (G_LIST_MODEL (self->pairs)); i > 0; i--)
    {
      g_autoptr (TriasPair) pair = g_list_model_get_item (G_LIST_MODEL (self->pairs), i - 1);

      if (g_hash_table_contains (seen, trias_pair_get_id (pair)))
        continue;
      trias_pair_end (pair);
      g_list_store_remove (self->pairs, i - 1);
    }
}

static void
show_pair (TriasPairs *self, const TriasRelationship *relationship)
{
  TriasMemberSource sources[TRIAS_MAX_MEMBERS];
  TriasPair *known = find_by_id (self, relationship->id, NULL);
  g_autoptr (TriasPair) made = known == NULL ? trias_pair_new (relationship->id) : NULL;

  if (!trias_kin_fill (&self->kin, relationship, sources))
    return;
  trias_pair_update (known != NULL ? known : made, sources);
  if (made != NULL)
    g_list_store_insert_sorted (self->pairs, made, compare_pairs, NULL);
}

static gboolean
is_sorted (TriasPairs *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->pairs));

  for (guint i = 1; i < n; i++)
    {
      g_autoptr (TriasPair) a = g_list_model_get_item (G_LIST_MODEL (self->pairs), i - 1);
      g_autoptr (TriasPair) b = g_list_model_get_item (G_LIST_MODEL (self->pairs), i);

      if (compare_pairs (a, b, NULL) > 0)
        return FALSE;
    }
  return TRUE;
}

static gboolean
look_cb (gpointer user_data)
{
  TriasPairs *self = user_data;
  g_autoptr (GPtrArray) found = trias_kin_collect (&self->kin);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < found->len; i++)
    {
      const TriasRelationship *relationship = g_ptr_array_index (found, i);

      g_hash_table_add (seen, g_strdup (relationship->id));
      show_pair (self, relationship);
    }
  remove_gone (self, seen);
  if (!is_sorted (self))
    g_list_store_sort (self->pairs, compare_pairs, NULL);
  update_rows (self);
  return G_SOURCE_REMOVE;
}

static void
trias_pairs_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasPairs *self = TRIAS_PAIRS (object);

  if (id == PROP_N_ITEMS)
    g_value_set_uint (value, self->rows->len);
  else
    g_value_set_object (value, self->pairs);
}

static void
trias_pairs_dispose (GObject *object)
{
  trias_kin_stop (&TRIAS_PAIRS (object)->kin);
  G_OBJECT_CLASS (trias_pairs_parent_class)->dispose (object);
}

static void
trias_pairs_finalize (GObject *object)
{
  TriasPairs *self = TRIAS_PAIRS (object);

  g_clear_object (&self->pairs);
  g_ptr_array_unref (self->rows);
  G_OBJECT_CLASS (trias_pairs_parent_class)->finalize (object);
}

static void
trias_pairs_class_init (TriasPairsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = trias_pairs_get_property;
  object_class->dispose = trias_pairs_dispose;
  object_class->finalize = trias_pairs_finalize;
  trias_install_readable (object_class, PROP_N_ITEMS, "n-items", G_TYPE_UINT);
  trias_install_readable (object_class, PROP_PAIRS, "pairs", G_TYPE_LIST_MODEL);
}

static void
trias_pairs_init (TriasPairs *self)
{
  self->pairs = g_list_store_new (TRIAS_TYPE_PAIR);
  self->rows = g_ptr_array_new_with_free_func (g_object_unref);
}

TriasPairs *
trias_pairs_new (TriasServers *servers)
{
  TriasPairs *self = g_object_new (TRIAS_TYPE_PAIRS, NULL);

  trias_kin_start (&self->kin, servers, TRIAS_KIND_BACKUP, look_cb, self);
  look_cb (self);
  return self;
}

GListModel *
trias_pairs_get_pairs (TriasPairs *self)
{
  return G_LIST_MODEL (self->pairs);
}

TriasPair *
trias_pairs_find (TriasPairs *self, const char *text)
{
  TriasPair *pair = find_by_id (self, text, NULL);
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->pairs));

  for (guint i = 0; pair == NULL && i < n; i++)
    {
      g_autoptr (TriasPair) candidate = g_list_model_get_item (G_LIST_MODEL (self->pairs), i);

      if (strcmp (trias_pair_get_name (candidate), text) == 0)
        pair = candidate;
    }
  return pair;
}
