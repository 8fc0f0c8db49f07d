/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-deadline.h"
#include "client/trias-pairs-private.h"

#include <string.h>

/* A pair that nobody can be asked about any more stays, as last known, while a server of it is in
 * the list; it goes when a reached member says that it belongs to no relationship. */

struct _TriasPairs
{
  GObject parent_instance;

  TriasServers *servers;
  GListStore *pairs;  /* of TriasPair, by name */
  GPtrArray *rows;    /* (element-type TriasPairMember) */
  GPtrArray *watched; /* (element-type TriasServer) */
  GSource *soon;      /* (owned) (nullable) many changes, one look */
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

static const TriasRelationship *
pair_of_server (TriasServer *server)
{
  TriasRelationshipInfo *info = trias_server_get_relationship (server);
  const TriasRelationship *relationship
      = info != NULL ? trias_relationship_info_get_relationship (info) : NULL;

  if (relationship == NULL || relationship->kind != TRIAS_KIND_BACKUP
      || relationship->members->len != 2)
    return NULL;
  return relationship;
}

static gboolean
is_live (TriasServer *server)
{
  return trias_server_get_state (server) == TRIAS_SERVER_CONNECTED;
}

/* The newest word on relationship @id: the highest incarnation, of two equal ones the live one. */
static TriasServer *
best_witness (TriasPairs *self, const char *id)
{
  TriasServer *best = NULL;

  for (guint i = 0; i < self->watched->len; i++)
    {
      TriasServer *server = g_ptr_array_index (self->watched, i);
      const TriasRelationship *mine = pair_of_server (server);
      const TriasRelationship *other = best != NULL ? pair_of_server (best) : NULL;

      if (mine == NULL || strcmp (mine->id, id) != 0)
        continue;
      if (other == NULL || mine->incarnation > other->incarnation
          || (mine->incarnation == other->incarnation && is_live (server) && !is_live (best)))
        best = server;
    }
  return best;
}

static void
fill_sources (TriasPairs *self, const TriasRelationship *relationship, TriasPairSource sources[2])
{
  for (guint rank = 0; rank < 2; rank++)
    {
      const TriasMember *member = g_ptr_array_index (relationship->members, rank);
      TriasServer *server = trias_servers_find (self->servers, member->id);
      const TriasRelationship *known = server != NULL ? pair_of_server (server) : NULL;

      sources[rank] = (TriasPairSource){ .server = server };
      if (known == NULL || strcmp (known->id, relationship->id) != 0)
        continue;
      sources[rank].info = trias_server_get_relationship (server);
      sources[rank].reached = is_live (server);
    }
}

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
  TriasPairSource sources[2];
  TriasPair *known = find_by_id (self, relationship->id, NULL);
  g_autoptr (TriasPair) made = known == NULL ? trias_pair_new (relationship->id) : NULL;

  fill_sources (self, relationship, sources);
  if (sources[0].info == NULL && sources[1].info == NULL)
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

/* A reached member that belongs to nobody: the relationship is over, whatever the other remembers.
 * */
static gboolean
is_dissolved (TriasPairs *self, const TriasRelationship *relationship)
{
  gboolean over = FALSE;

  for (guint rank = 0; rank < 2; rank++)
    {
      const TriasMember *member = g_ptr_array_index (relationship->members, rank);
      TriasServer *server = trias_servers_find (self->servers, member->id);
      const TriasRelationship *known = server != NULL ? pair_of_server (server) : NULL;

      if (server == NULL || !is_live (server) || trias_server_get_relationship (server) == NULL)
        continue;
      if (known != NULL && strcmp (known->id, relationship->id) == 0)
        return FALSE;
      over = TRUE;
    }
  return over;
}

static gboolean
look_cb (gpointer user_data)
{
  TriasPairs *self = user_data;
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < self->watched->len; i++)
    {
      const TriasRelationship *mine = pair_of_server (g_ptr_array_index (self->watched, i));
      TriasServer *witness;

      if (mine == NULL || g_hash_table_contains (seen, mine->id))
        continue;
      witness = best_witness (self, mine->id);
      if (is_dissolved (self, pair_of_server (witness)))
        continue;
      g_hash_table_add (seen, g_strdup (mine->id));
      show_pair (self, pair_of_server (witness));
    }
  remove_gone (self, seen);
  if (!is_sorted (self))
    g_list_store_sort (self->pairs, compare_pairs, NULL);
  update_rows (self);
  return G_SOURCE_REMOVE;
}

static void
look_soon (TriasPairs *self)
{
  if (self->soon == NULL)
    trias_timer_start (&self->soon, 0, look_cb, self);
}

static void
server_changed_cb (TriasServer *server, GParamSpec *pspec, TriasPairs *self)
{
  look_soon (self);
}

static void
servers_changed_cb (GListModel *model, guint position, guint removed, guint added, TriasPairs *self)
{
  for (guint i = 0; i < removed; i++)
    {
      g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->watched, position), self);
      g_ptr_array_remove_index (self->watched, position);
    }
  for (guint i = 0; i < added; i++)
    {
      TriasServer *server = g_list_model_get_item (model, position + i);

      g_ptr_array_insert (self->watched, (int) (position + i), server);
      g_signal_connect_object (server, "notify::relationship", G_CALLBACK (server_changed_cb), self,
                               0);
      g_signal_connect_object (server, "notify::state", G_CALLBACK (server_changed_cb), self, 0);
      g_signal_connect_object (server, "notify::name", G_CALLBACK (server_changed_cb), self, 0);
    }
  look_soon (self);
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
  TriasPairs *self = TRIAS_PAIRS (object);

  trias_timer_stop (&self->soon);
  for (guint i = 0; i < self->watched->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (self->watched, i), self);
  g_ptr_array_set_size (self->watched, 0);
  g_clear_object (&self->servers);
  G_OBJECT_CLASS (trias_pairs_parent_class)->dispose (object);
}

static void
trias_pairs_finalize (GObject *object)
{
  TriasPairs *self = TRIAS_PAIRS (object);

  g_clear_object (&self->pairs);
  g_ptr_array_unref (self->rows);
  g_ptr_array_unref (self->watched);
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
  self->watched = g_ptr_array_new_with_free_func (g_object_unref);
}

TriasPairs *
trias_pairs_new (TriasServers *servers)
{
  TriasPairs *self = g_object_new (TRIAS_TYPE_PAIRS, NULL);
  GListModel *model = G_LIST_MODEL (servers);

  self->servers = g_object_ref (servers);
  g_signal_connect_object (servers, "items-changed", G_CALLBACK (servers_changed_cb), self, 0);
  servers_changed_cb (model, 0, 0, g_list_model_get_n_items (model), self);
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
