/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-triads-private.h"

#include <string.h>

struct _TriasTriads
{
  GObject parent_instance;

  TriasKin kin;
  GPtrArray *triads; /* (element-type TriasTriad), by name */
};

enum
{
  PROP_0,
  PROP_N_ITEMS,
};

static GType
get_item_type (GListModel *model)
{
  return TRIAS_TYPE_TRIAD;
}

static guint
get_n_items (GListModel *model)
{
  return TRIAS_TRIADS (model)->triads->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  TriasTriads *self = TRIAS_TRIADS (model);

  return position < self->triads->len ? g_object_ref (g_ptr_array_index (self->triads, position))
                                      : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TriasTriads,
                               trias_triads,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static TriasTriad *
find_by_id (TriasTriads *self, const char *id)
{
  for (guint i = 0; i < self->triads->len; i++)
    if (strcmp (trias_triad_get_id (g_ptr_array_index (self->triads, i)), id) == 0)
      return g_ptr_array_index (self->triads, i);
  return NULL;
}

static int
compare (gconstpointer a, gconstpointer b)
{
  TriasTriad *one = *(TriasTriad *const *) a, *other = *(TriasTriad *const *) b;
  int order = g_utf8_collate (trias_triad_get_name (one), trias_triad_get_name (other));

  return order != 0 ? order : strcmp (trias_triad_get_id (one), trias_triad_get_id (other));
}

/* There are few triads: when the set or the order differs, the whole list is told anew. */
static void
replace (TriasTriads *self, GPtrArray *next)
{
  g_autoptr (GPtrArray) old = self->triads;
  gboolean same
      = old->len == next->len
        && (old->len == 0 || memcmp (old->pdata, next->pdata, old->len * sizeof (gpointer)) == 0);

  self->triads = g_ptr_array_ref (next);
  for (guint i = 0; i < old->len; i++)
    if (!g_ptr_array_find (next, g_ptr_array_index (old, i), NULL))
      trias_triad_end (g_ptr_array_index (old, i));
  if (same)
    return;
  g_list_model_items_changed (G_LIST_MODEL (self), 0, old->len, next->len);
  if (old->len != next->len)
    g_object_notify (G_OBJECT (self), "n-items");
}

static gboolean
look_cb (gpointer user_data)
{
  TriasTriads *self = user_data;
  g_autoptr (GPtrArray) found = trias_kin_collect (&self->kin);
  g_autoptr (GPtrArray) next = g_ptr_array_new_with_free_func (g_object_unref);

  for (guint i = 0; i < found->len; i++)
    {
      const TriasRelationship *relationship = g_ptr_array_index (found, i);
      TriasTriad *known = find_by_id (self, relationship->id);
      g_autoptr (TriasTriad) triad
          = known != NULL ? g_object_ref (known) : trias_triad_new (relationship->id);
      TriasMemberSource sources[TRIAS_MAX_MEMBERS];

      if (!trias_kin_fill (&self->kin, relationship, sources))
        continue;
      trias_triad_update (triad, sources);
      g_ptr_array_add (next, g_steal_pointer (&triad));
    }
  g_ptr_array_sort (next, compare);
  replace (self, next);
  return G_SOURCE_REMOVE;
}

static void
trias_triads_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_uint (value, TRIAS_TRIADS (object)->triads->len);
}

static void
trias_triads_dispose (GObject *object)
{
  trias_kin_stop (&TRIAS_TRIADS (object)->kin);
  G_OBJECT_CLASS (trias_triads_parent_class)->dispose (object);
}

static void
trias_triads_finalize (GObject *object)
{
  g_ptr_array_unref (TRIAS_TRIADS (object)->triads);
  G_OBJECT_CLASS (trias_triads_parent_class)->finalize (object);
}

static void
trias_triads_class_init (TriasTriadsClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = trias_triads_get_property;
  object_class->dispose = trias_triads_dispose;
  object_class->finalize = trias_triads_finalize;
  trias_install_readable (object_class, PROP_N_ITEMS, "n-items", G_TYPE_UINT);
}

static void
trias_triads_init (TriasTriads *self)
{
  self->triads = g_ptr_array_new_with_free_func (g_object_unref);
}

TriasTriads *
trias_triads_new (TriasServers *servers)
{
  TriasTriads *self = g_object_new (TRIAS_TYPE_TRIADS, NULL);

  trias_kin_start (&self->kin, servers, TRIAS_KIND_TRIAD, look_cb, self);
  look_cb (self);
  return self;
}

TriasTriad *
trias_triads_find (TriasTriads *self, const char *text)
{
  TriasTriad *triad = find_by_id (self, text);

  for (guint i = 0; triad == NULL && i < self->triads->len; i++)
    if (strcmp (trias_triad_get_name (g_ptr_array_index (self->triads, i)), text) == 0)
      triad = g_ptr_array_index (self->triads, i);
  return triad;
}

TriasTriad *
trias_triads_find_by_member (TriasTriads *self, const char *id)
{
  for (guint i = 0; i < self->triads->len; i++)
    if (trias_triad_find_member (g_ptr_array_index (self->triads, i), id) != NULL)
      return g_ptr_array_index (self->triads, i);
  return NULL;
}
