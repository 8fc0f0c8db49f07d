/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-items-private.h"

#include "core/trias-identity.h"

struct _TriasLeaseItem
{
  TriasItem parent_instance;

  TriasLease *lease; /* (owned) (nullable) until read */
  char *server;      /* (owned) */
  char *epoch;       /* (owned) */
  gint64 left_ms;
};

G_DEFINE_FINAL_TYPE (TriasLeaseItem, trias_lease_item, TRIAS_TYPE_ITEM)

enum
{
  PROP_0,
  PROP_ID,
  PROP_KEY_ID,
  PROP_FEATURE,
  PROP_PRODUCT,
  PROP_COUNT,
  PROP_USER,
  PROP_HOST,
  PROP_DEVICE,
  PROP_TTL,
  PROP_GRANTED_AT,
  PROP_RENEWED_AT,
  PROP_LEFT_MS,
  PROP_SERVER,
  PROP_EPOCH,
};

#define MAX_EPOCH 256

static void
trias_lease_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasLeaseItem *self = TRIAS_LEASE_ITEM (object);

  if (self->lease == NULL)
    return;
  switch (id)
    {
    case PROP_ID:
      g_value_set_string (value, self->lease->id);
      break;
    case PROP_KEY_ID:
      g_value_set_string (value, self->lease->key_id);
      break;
    case PROP_FEATURE:
      g_value_set_string (value, self->lease->feature);
      break;
    case PROP_PRODUCT:
      g_value_set_string (value, self->lease->product);
      break;
    case PROP_COUNT:
      g_value_set_uint (value, self->lease->count);
      break;
    case PROP_USER:
      g_value_set_string (value, self->lease->holder.user);
      break;
    case PROP_HOST:
      g_value_set_string (value, self->lease->holder.host);
      break;
    case PROP_DEVICE:
      g_value_set_string (value, self->lease->holder.device);
      break;
    case PROP_TTL:
      g_value_set_uint (value, self->lease->ttl_s);
      break;
    case PROP_GRANTED_AT:
      g_value_set_int64 (value, self->lease->granted_at);
      break;
    case PROP_RENEWED_AT:
      g_value_set_int64 (value, self->lease->renewed_at);
      break;
    case PROP_LEFT_MS:
      g_value_set_int64 (value, self->left_ms);
      break;
    case PROP_SERVER:
      g_value_set_string (value, self->server);
      break;
    case PROP_EPOCH:
      g_value_set_string (value, self->epoch);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static gboolean
trias_lease_item_read (TriasItem *item, const TriasJson *json, GError **error)
{
  TriasLeaseItem *self = TRIAS_LEASE_ITEM (item);
  g_autoptr (TriasLease) lease = trias_lease_read (json, error);
  g_auto (TriasJsonReader) reader = { 0 };
  const char *server, *epoch;
  gint64 left;

  if (lease == NULL)
    return FALSE;
  trias_json_reader_init (&reader, json);
  server = trias_json_read_string_or (&reader, "server", TRIAS_ID_LENGTH, "");
  epoch = trias_json_read_string_or (&reader, "epoch", MAX_EPOCH, "");
  left = trias_json_read_natural (&reader, "left_ms");
  if (!trias_json_reader_finish_lenient (&reader, error))
    return FALSE;
  g_clear_pointer (&self->lease, trias_lease_free);
  self->lease = g_steal_pointer (&lease);
  g_free (self->server);
  self->server = g_strdup (server);
  g_free (self->epoch);
  self->epoch = g_strdup (epoch);
  self->left_ms = left;
  return TRUE;
}

static void
trias_lease_item_finalize (GObject *object)
{
  TriasLeaseItem *self = TRIAS_LEASE_ITEM (object);

  g_clear_pointer (&self->lease, trias_lease_free);
  g_free (self->server);
  g_free (self->epoch);
  G_OBJECT_CLASS (trias_lease_item_parent_class)->finalize (object);
}

static void
trias_lease_item_class_init (TriasLeaseItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = trias_lease_item_get_property;
  object_class->finalize = trias_lease_item_finalize;
  TRIAS_ITEM_CLASS (klass)->read = trias_lease_item_read;
  trias_install_readable (object_class, PROP_ID, "id", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_KEY_ID, "key-id", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_FEATURE, "feature", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_PRODUCT, "product", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_COUNT, "count", G_TYPE_UINT);
  trias_install_readable (object_class, PROP_USER, "user", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_HOST, "host", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_DEVICE, "device", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_TTL, "ttl", G_TYPE_UINT);
  trias_install_readable (object_class, PROP_GRANTED_AT, "granted-at", G_TYPE_INT64);
  trias_install_readable (object_class, PROP_RENEWED_AT, "renewed-at", G_TYPE_INT64);
  trias_install_readable (object_class, PROP_LEFT_MS, "left-ms", G_TYPE_INT64);
  trias_install_readable (object_class, PROP_SERVER, "server", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_EPOCH, "epoch", G_TYPE_STRING);
}

static void
trias_lease_item_init (TriasLeaseItem *self)
{
}

const TriasLease *
trias_lease_item_get_lease (TriasLeaseItem *self)
{
  return self->lease;
}

const char *
trias_lease_item_get_server (TriasLeaseItem *self)
{
  return self->server;
}

gint64
trias_lease_item_get_left_ms (TriasLeaseItem *self)
{
  return self->left_ms;
}
