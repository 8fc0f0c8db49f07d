/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-items-private.h"

#define MAX_WORD 1024
#define MAX_BIND 3
#define MAX_FEATURES 5000

enum
{
  ID,
  ISSUER,
  LICENSEE,
  PRODUCT,
  STATE,
  SOURCE,
  SERVER,
  N_WORDS
};

struct _TriasLicenseItem
{
  TriasItem parent_instance;

  char *words[N_WORDS]; /* (owned) */
  guint revision;
  guint previous_revision;
  gboolean test;
  gint64 installed_at;
  char **bind; /* (owned) (nullable) */
  GListStore *features;
  guint seats;
  guint used;
  gint64 not_after;
};

G_DEFINE_FINAL_TYPE (TriasLicenseItem, trias_license_item, TRIAS_TYPE_ITEM)

enum
{
  PROP_0,
  PROP_ID,
  PROP_REVISION,
  PROP_ISSUER,
  PROP_LICENSEE,
  PROP_PRODUCT,
  PROP_TEST,
  PROP_STATE,
  PROP_SOURCE,
  PROP_SERVER,
  PROP_INSTALLED_AT,
  PROP_PREVIOUS_REVISION,
  PROP_BIND,
  PROP_SEATS,
  PROP_USED,
  PROP_NOT_AFTER,
  PROP_FEATURES,
};

static const char *const names[N_WORDS] = {
  [ID] = "id",       [ISSUER] = "issuer", [LICENSEE] = "licensee", [PRODUCT] = "product",
  [STATE] = "state", [SOURCE] = "source", [SERVER] = "server",
};

static const char *const defaults[N_WORDS] = {
  [ID] = "",         [ISSUER] = "",    [LICENSEE] = "", [PRODUCT] = "",
  [STATE] = "valid", [SOURCE] = "own", [SERVER] = "",
};

/* What the row of the licence shows of its features together. */
static void
add_up (TriasLicenseItem *self)
{
  guint n = g_list_model_get_n_items (G_LIST_MODEL (self->features));

  self->seats = self->used = 0;
  self->not_after = 0;
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (TriasFeatureItem) item = g_list_model_get_item (G_LIST_MODEL (self->features), i);
      const TriasFeature *feature = trias_feature_item_get_feature (item);

      self->seats += feature->seats;
      self->used += trias_feature_item_get_used (item);
      if (feature->not_after != 0 && (self->not_after == 0 || feature->not_after < self->not_after))
        self->not_after = feature->not_after;
    }
}

static void
trias_license_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasLicenseItem *self = TRIAS_LICENSE_ITEM (object);

  switch (id)
    {
    case PROP_ID:
      g_value_set_string (value, self->words[ID]);
      break;
    case PROP_REVISION:
      g_value_set_uint (value, self->revision);
      break;
    case PROP_ISSUER:
      g_value_set_string (value, self->words[ISSUER]);
      break;
    case PROP_LICENSEE:
      g_value_set_string (value, self->words[LICENSEE]);
      break;
    case PROP_PRODUCT:
      g_value_set_string (value, self->words[PRODUCT]);
      break;
    case PROP_TEST:
      g_value_set_boolean (value, self->test);
      break;
    case PROP_STATE:
      g_value_set_string (value, self->words[STATE]);
      break;
    case PROP_SOURCE:
      g_value_set_string (value, self->words[SOURCE]);
      break;
    case PROP_SERVER:
      g_value_set_string (value, self->words[SERVER]);
      break;
    case PROP_INSTALLED_AT:
      g_value_set_int64 (value, self->installed_at);
      break;
    case PROP_PREVIOUS_REVISION:
      g_value_set_uint (value, self->previous_revision);
      break;
    case PROP_BIND:
      g_value_set_boxed (value, self->bind);
      break;
    case PROP_SEATS:
      g_value_set_uint (value, self->seats);
      break;
    case PROP_USED:
      g_value_set_uint (value, self->used);
      break;
    case PROP_NOT_AFTER:
      g_value_set_int64 (value, self->not_after);
      break;
    case PROP_FEATURES:
      g_value_set_object (value, self->features);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static gboolean
trias_license_item_read (TriasItem *item, const TriasJson *json, GError **error)
{
  TriasLicenseItem *self = TRIAS_LICENSE_ITEM (item);
  g_auto (TriasJsonReader) reader = { 0 };
  const char *words[N_WORDS];
  g_auto (GStrv) bind = NULL;
  g_autoptr (GPtrArray) features = NULL;
  guint revision, previous;
  gboolean test;
  gint64 installed_at;

  trias_json_reader_init (&reader, json);
  for (guint i = 0; i < N_WORDS; i++)
    words[i] = i == ID ? trias_json_read_string (&reader, names[i], 1, MAX_WORD)
                       : trias_json_read_string_or (&reader, names[i], MAX_WORD, defaults[i]);
  revision = (guint) trias_json_read_int_or (&reader, "revision", 0, G_MAXUINT, 0);
  previous = (guint) trias_json_read_int_or (&reader, "previous_revision", 0, G_MAXUINT, 0);
  test = trias_json_read_bool_or (&reader, "test", FALSE);
  installed_at = trias_json_read_natural (&reader, "installed_at");
  bind = trias_json_read_strv_or_null (&reader, "bind", MAX_BIND, MAX_WORD);
  features
      = trias_list_elements (trias_json_read_array_or_null (&reader, "features", MAX_FEATURES));
  if (!trias_json_reader_finish_lenient (&reader, error)
      || !trias_list_update (self->features, TRIAS_TYPE_FEATURE_ITEM, features,
                             trias_key_of_feature, error))
    return FALSE;
  for (guint i = 0; i < N_WORDS; i++)
    {
      g_free (self->words[i]);
      self->words[i] = g_strdup (words[i]);
    }
  self->revision = revision;
  self->previous_revision = previous;
  self->test = test;
  self->installed_at = installed_at;
  g_strfreev (self->bind);
  self->bind = g_steal_pointer (&bind);
  add_up (self);
  return TRUE;
}

static void
trias_license_item_finalize (GObject *object)
{
  TriasLicenseItem *self = TRIAS_LICENSE_ITEM (object);

  for (guint i = 0; i < N_WORDS; i++)
    g_free (self->words[i]);
  g_strfreev (self->bind);
  g_clear_object (&self->features);
  G_OBJECT_CLASS (trias_license_item_parent_class)->finalize (object);
}

static void
trias_license_item_class_init (TriasLicenseItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = trias_license_item_get_property;
  object_class->finalize = trias_license_item_finalize;
  TRIAS_ITEM_CLASS (klass)->read = trias_license_item_read;
  trias_install_readable (object_class, PROP_ID, "id", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_REVISION, "revision", G_TYPE_UINT);
  trias_install_readable (object_class, PROP_ISSUER, "issuer", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_LICENSEE, "licensee", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_PRODUCT, "product", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_TEST, "test", G_TYPE_BOOLEAN);
  trias_install_readable (object_class, PROP_STATE, "state", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_SOURCE, "source", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_SERVER, "server", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_INSTALLED_AT, "installed-at", G_TYPE_INT64);
  trias_install_readable (object_class, PROP_PREVIOUS_REVISION, "previous-revision", G_TYPE_UINT);
  trias_install_readable (object_class, PROP_BIND, "bind", G_TYPE_STRV);
  trias_install_readable (object_class, PROP_SEATS, "seats", G_TYPE_UINT);
  trias_install_readable (object_class, PROP_USED, "used", G_TYPE_UINT);
  trias_install_readable (object_class, PROP_NOT_AFTER, "not-after", G_TYPE_INT64);
  trias_install_readable (object_class, PROP_FEATURES, "features", G_TYPE_LIST_MODEL);
}

static void
trias_license_item_init (TriasLicenseItem *self)
{
  self->features = g_list_store_new (TRIAS_TYPE_FEATURE_ITEM);
}

const char *
trias_license_item_get_id (TriasLicenseItem *self)
{
  return self->words[ID];
}

const char *
trias_license_item_get_product (TriasLicenseItem *self)
{
  return self->words[PRODUCT];
}

const char *
trias_license_item_get_licensee (TriasLicenseItem *self)
{
  return self->words[LICENSEE];
}

const char *
trias_license_item_get_issuer (TriasLicenseItem *self)
{
  return self->words[ISSUER];
}

const char *
trias_license_item_get_state (TriasLicenseItem *self)
{
  return self->words[STATE];
}

const char *
trias_license_item_get_source (TriasLicenseItem *self)
{
  return self->words[SOURCE];
}

const char *
trias_license_item_get_server (TriasLicenseItem *self)
{
  return self->words[SERVER];
}

const char *const *
trias_license_item_get_bind (TriasLicenseItem *self)
{
  return (const char *const *) self->bind;
}

guint
trias_license_item_get_revision (TriasLicenseItem *self)
{
  return self->revision;
}

guint
trias_license_item_get_previous_revision (TriasLicenseItem *self)
{
  return self->previous_revision;
}

gint64
trias_license_item_get_installed_at (TriasLicenseItem *self)
{
  return self->installed_at;
}

gboolean
trias_license_item_is_test (TriasLicenseItem *self)
{
  return self->test;
}

GListModel *
trias_license_item_get_features (TriasLicenseItem *self)
{
  return G_LIST_MODEL (self->features);
}
