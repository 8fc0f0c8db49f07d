/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-items-private.h"

typedef struct
{
  char *key; /* (owned) */
} TriasItemPrivate;

G_DEFINE_ABSTRACT_TYPE_WITH_PRIVATE (TriasItem, trias_item, G_TYPE_OBJECT)

enum
{
  PROP_0,
  PROP_KEY
};

static void
trias_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  g_value_set_string (value, trias_item_get_key (TRIAS_ITEM (object)));
}

static void
trias_item_finalize (GObject *object)
{
  TriasItemPrivate *priv = trias_item_get_instance_private (TRIAS_ITEM (object));

  g_free (priv->key);
  G_OBJECT_CLASS (trias_item_parent_class)->finalize (object);
}

static void
trias_item_class_init (TriasItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = trias_item_get_property;
  object_class->finalize = trias_item_finalize;
  trias_install_readable (object_class, PROP_KEY, "key", G_TYPE_STRING);
}

static void
trias_item_init (TriasItem *self)
{
}

TriasItem *
trias_item_new (GType type, const char *key)
{
  TriasItem *self = g_object_new (type, NULL);
  TriasItemPrivate *priv = trias_item_get_instance_private (self);

  priv->key = g_strdup (key);
  return self;
}

const char *
trias_item_get_key (TriasItem *self)
{
  TriasItemPrivate *priv = trias_item_get_instance_private (self);

  return priv->key;
}

static GParamSpec *
make_spec (const char *name, GType type)
{
  GParamFlags flags = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS;

  if (type == G_TYPE_STRING)
    return g_param_spec_string (name, NULL, NULL, NULL, flags);
  if (type == G_TYPE_BOOLEAN)
    return g_param_spec_boolean (name, NULL, NULL, FALSE, flags);
  if (type == G_TYPE_INT)
    return g_param_spec_int (name, NULL, NULL, G_MININT, G_MAXINT, 0, flags);
  if (type == G_TYPE_UINT)
    return g_param_spec_uint (name, NULL, NULL, 0, G_MAXUINT, 0, flags);
  if (type == G_TYPE_INT64)
    return g_param_spec_int64 (name, NULL, NULL, G_MININT64, G_MAXINT64, 0, flags);
  if (type == G_TYPE_UINT64)
    return g_param_spec_uint64 (name, NULL, NULL, 0, G_MAXUINT64, 0, flags);
  if (type == G_TYPE_DOUBLE)
    return g_param_spec_double (name, NULL, NULL, -G_MAXDOUBLE, G_MAXDOUBLE, 0, flags);
  if (type == G_TYPE_STRV)
    return g_param_spec_boxed (name, NULL, NULL, G_TYPE_STRV, flags);
  if (G_TYPE_IS_ENUM (type))
    return g_param_spec_enum (name, NULL, NULL, type, 0, flags);
  return g_param_spec_object (name, NULL, NULL, type, flags);
}

void
trias_install_readable (GObjectClass *klass, guint id, const char *name, GType type)
{
  g_object_class_install_property (klass, id, make_spec (name, type));
}

static gboolean
values_differ (GParamSpec *spec, const GValue *a, const GValue *b)
{
  if (G_VALUE_TYPE (a) == G_TYPE_STRV)
    {
      const char *const *left = g_value_get_boxed (a);
      const char *const *right = g_value_get_boxed (b);

      if (left == NULL || right == NULL)
        return left != right;
      return !g_strv_equal (left, right);
    }
  return g_param_values_cmp (spec, a, b) != 0;
}

void
trias_object_change (GObject *object, TriasItemChange change, gpointer data)
{
  guint n = 0;
  g_autofree GParamSpec **specs = g_object_class_list_properties (G_OBJECT_GET_CLASS (object), &n);
  g_autofree GValue *before = g_new0 (GValue, n);

  for (guint i = 0; i < n; i++)
    {
      g_value_init (&before[i], specs[i]->value_type);
      g_object_get_property (object, specs[i]->name, &before[i]);
    }
  change (object, data);
  g_object_freeze_notify (object);
  for (guint i = 0; i < n; i++)
    {
      g_auto (GValue) after = G_VALUE_INIT;

      g_value_init (&after, specs[i]->value_type);
      g_object_get_property (object, specs[i]->name, &after);
      if (values_differ (specs[i], &before[i], &after))
        g_object_notify_by_pspec (object, specs[i]);
      g_value_unset (&before[i]);
    }
  g_object_thaw_notify (object);
}

typedef struct
{
  const TriasJson *json;
  GError **error;
  gboolean ok;
} Reading;

static void
read_change (gpointer object, gpointer data)
{
  Reading *reading = data;

  reading->ok = TRIAS_ITEM_GET_CLASS (object)->read (object, reading->json, reading->error);
}

gboolean
trias_item_update (TriasItem *self, const TriasJson *json, GError **error)
{
  Reading reading = { json, error, FALSE };

  trias_object_change (G_OBJECT (self), read_change, &reading);
  return reading.ok;
}
