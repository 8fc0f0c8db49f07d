/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-items-private.h"

#include <string.h>

struct _TriasFeatureItem
{
  TriasItem parent_instance;

  TriasFeature feature;
  guint used;
};

G_DEFINE_FINAL_TYPE (TriasFeatureItem, trias_feature_item, TRIAS_TYPE_ITEM)

enum
{
  PROP_0,
  PROP_NAME,
  PROP_SEATS,
  PROP_USED,
  PROP_BY_DEVICE,
  PROP_NOT_BEFORE,
  PROP_NOT_AFTER,
  PROP_GRACE_HOURS,
};

#define MAX_NAME 256

static void
trias_feature_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasFeatureItem *self = TRIAS_FEATURE_ITEM (object);

  switch (id)
    {
    case PROP_NAME:
      g_value_set_string (value, self->feature.name);
      break;
    case PROP_SEATS:
      g_value_set_uint (value, self->feature.seats);
      break;
    case PROP_USED:
      g_value_set_uint (value, self->used);
      break;
    case PROP_BY_DEVICE:
      g_value_set_boolean (value, self->feature.counted_by == TRIAS_COUNTED_BY_DEVICE);
      break;
    case PROP_NOT_BEFORE:
      g_value_set_int64 (value, self->feature.not_before);
      break;
    case PROP_NOT_AFTER:
      g_value_set_int64 (value, self->feature.not_after);
      break;
    case PROP_GRACE_HOURS:
      g_value_set_uint (value, self->feature.grace_hours);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static gboolean
trias_feature_item_read (TriasItem *item, const TriasJson *json, GError **error)
{
  TriasFeatureItem *self = TRIAS_FEATURE_ITEM (item);
  g_auto (TriasJsonReader) reader = { 0 };
  TriasFeature feature = { 0 };
  const char *counted;
  guint used;

  trias_json_reader_init (&reader, json);
  feature.name = (char *) trias_json_read_string (&reader, "name", 1, MAX_NAME);
  feature.seats = (guint) trias_json_read_int (&reader, "seats", 0, G_MAXUINT);
  counted = trias_json_read_string_or (&reader, "counted_by", MAX_NAME, "lease");
  feature.not_before = trias_json_read_natural (&reader, "not_before");
  feature.not_after = trias_json_read_natural (&reader, "not_after");
  feature.grace_hours = (guint) trias_json_read_int_or (&reader, "grace_hours", 0, G_MAXUINT, 0);
  used = (guint) trias_json_read_int_or (&reader, "used", 0, G_MAXUINT, 0);
  if (!trias_json_reader_finish_lenient (&reader, error))
    return FALSE;
  g_free (self->feature.name);
  self->feature = feature;
  self->feature.name = g_strdup (feature.name);
  self->feature.counted_by
      = strcmp (counted, "device") == 0 ? TRIAS_COUNTED_BY_DEVICE : TRIAS_COUNTED_BY_LEASE;
  self->used = used;
  return TRUE;
}

static void
trias_feature_item_finalize (GObject *object)
{
  TriasFeatureItem *self = TRIAS_FEATURE_ITEM (object);

  g_free (self->feature.name);
  G_OBJECT_CLASS (trias_feature_item_parent_class)->finalize (object);
}

static void
trias_feature_item_class_init (TriasFeatureItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = trias_feature_item_get_property;
  object_class->finalize = trias_feature_item_finalize;
  TRIAS_ITEM_CLASS (klass)->read = trias_feature_item_read;
  trias_install_readable (object_class, PROP_NAME, "name", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_SEATS, "seats", G_TYPE_UINT);
  trias_install_readable (object_class, PROP_USED, "used", G_TYPE_UINT);
  trias_install_readable (object_class, PROP_BY_DEVICE, "by-device", G_TYPE_BOOLEAN);
  trias_install_readable (object_class, PROP_NOT_BEFORE, "not-before", G_TYPE_INT64);
  trias_install_readable (object_class, PROP_NOT_AFTER, "not-after", G_TYPE_INT64);
  trias_install_readable (object_class, PROP_GRACE_HOURS, "grace-hours", G_TYPE_UINT);
}

static void
trias_feature_item_init (TriasFeatureItem *self)
{
}

const TriasFeature *
trias_feature_item_get_feature (TriasFeatureItem *self)
{
  return &self->feature;
}

guint
trias_feature_item_get_used (TriasFeatureItem *self)
{
  return self->used;
}
