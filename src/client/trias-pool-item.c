/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-items-private.h"

struct _TriasPoolItem
{
  TriasItem parent_instance;

  TriasPool *pool; /* (owned) (nullable) until read */
};

G_DEFINE_FINAL_TYPE (TriasPoolItem, trias_pool_item, TRIAS_TYPE_ITEM)

enum
{
  PROP_0,
  PROP_PRODUCT,
  PROP_FEATURE,
  PROP_SEATS,
  PROP_USED,
  PROP_FREE,
  PROP_LEASES,
  PROP_BY_DEVICE,
  PROP_NOT_AFTER,
  PROP_SHARE,
};

static guint
count_free (const TriasPool *pool)
{
  return pool->seats > pool->used ? pool->seats - pool->used : 0;
}

static double
share_used (const TriasPool *pool)
{
  return pool->seats > 0 ? (double) pool->used / pool->seats : 0;
}

static void
trias_pool_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasPoolItem *self = TRIAS_POOL_ITEM (object);

  if (self->pool == NULL)
    return;
  switch (id)
    {
    case PROP_PRODUCT:
      g_value_set_string (value, self->pool->product);
      break;
    case PROP_FEATURE:
      g_value_set_string (value, self->pool->feature);
      break;
    case PROP_SEATS:
      g_value_set_uint (value, self->pool->seats);
      break;
    case PROP_USED:
      g_value_set_uint (value, self->pool->used);
      break;
    case PROP_FREE:
      g_value_set_uint (value, count_free (self->pool));
      break;
    case PROP_LEASES:
      g_value_set_uint (value, self->pool->leases);
      break;
    case PROP_BY_DEVICE:
      g_value_set_boolean (value, self->pool->counted_by == TRIAS_COUNTED_BY_DEVICE);
      break;
    case PROP_NOT_AFTER:
      g_value_set_int64 (value, self->pool->not_after);
      break;
    case PROP_SHARE:
      g_value_set_double (value, share_used (self->pool));
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static gboolean
trias_pool_item_read (TriasItem *item, const TriasJson *json, GError **error)
{
  TriasPoolItem *self = TRIAS_POOL_ITEM (item);
  TriasPool *pool = trias_pool_read (json, error);

  if (pool == NULL)
    return FALSE;
  g_clear_pointer (&self->pool, trias_pool_free);
  self->pool = pool;
  return TRUE;
}

static void
trias_pool_item_finalize (GObject *object)
{
  TriasPoolItem *self = TRIAS_POOL_ITEM (object);

  g_clear_pointer (&self->pool, trias_pool_free);
  G_OBJECT_CLASS (trias_pool_item_parent_class)->finalize (object);
}

static void
trias_pool_item_class_init (TriasPoolItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = trias_pool_item_get_property;
  object_class->finalize = trias_pool_item_finalize;
  TRIAS_ITEM_CLASS (klass)->read = trias_pool_item_read;
  trias_install_readable (object_class, PROP_PRODUCT, "product", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_FEATURE, "feature", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_SEATS, "seats", G_TYPE_UINT);
  trias_install_readable (object_class, PROP_USED, "used", G_TYPE_UINT);
  trias_install_readable (object_class, PROP_FREE, "free", G_TYPE_UINT);
  trias_install_readable (object_class, PROP_LEASES, "leases", G_TYPE_UINT);
  trias_install_readable (object_class, PROP_BY_DEVICE, "by-device", G_TYPE_BOOLEAN);
  trias_install_readable (object_class, PROP_NOT_AFTER, "not-after", G_TYPE_INT64);
  trias_install_readable (object_class, PROP_SHARE, "share", G_TYPE_DOUBLE);
}

static void
trias_pool_item_init (TriasPoolItem *self)
{
}

const TriasPool *
trias_pool_item_get_pool (TriasPoolItem *self)
{
  return self->pool;
}
