/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-items-private.h"

#define MAX_WORD 4096

enum
{
  FEATURE,
  USER,
  HOST,
  ADDRESS,
  KEY,
  DETAIL,
  N_WORDS
};

struct _TriasDenialItem
{
  TriasItem parent_instance;

  gint64 first;
  gint64 last;
  guint count;
  TriasReason reason;
  char *words[N_WORDS]; /* (owned) */
};

G_DEFINE_FINAL_TYPE (TriasDenialItem, trias_denial_item, TRIAS_TYPE_ITEM)

enum
{
  PROP_0,
  PROP_FIRST,
  PROP_LAST,
  PROP_COUNT,
  PROP_REASON,
  PROP_FEATURE,
  PROP_USER,
  PROP_HOST,
  PROP_ADDRESS,
  PROP_KEY_ID,
  PROP_DETAIL,
};

static const char *const names[N_WORDS] = {
  [FEATURE] = "feature", [USER] = "user", [HOST] = "host",
  [ADDRESS] = "address", [KEY] = "key",   [DETAIL] = "detail",
};

static void
trias_denial_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasDenialItem *self = TRIAS_DENIAL_ITEM (object);

  switch (id)
    {
    case PROP_FIRST:
      g_value_set_int64 (value, self->first);
      break;
    case PROP_LAST:
      g_value_set_int64 (value, self->last);
      break;
    case PROP_COUNT:
      g_value_set_uint (value, self->count);
      break;
    case PROP_REASON:
      g_value_set_static_string (value, trias_reason_to_word (self->reason));
      break;
    case PROP_FEATURE:
      g_value_set_string (value, self->words[FEATURE]);
      break;
    case PROP_USER:
      g_value_set_string (value, self->words[USER]);
      break;
    case PROP_HOST:
      g_value_set_string (value, self->words[HOST]);
      break;
    case PROP_ADDRESS:
      g_value_set_string (value, self->words[ADDRESS]);
      break;
    case PROP_KEY_ID:
      g_value_set_string (value, self->words[KEY]);
      break;
    case PROP_DETAIL:
      g_value_set_string (value, self->words[DETAIL]);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static gboolean
trias_denial_item_read (TriasItem *item, const TriasJson *json, GError **error)
{
  TriasDenialItem *self = TRIAS_DENIAL_ITEM (item);
  g_auto (TriasJsonReader) reader = { 0 };
  const char *words[N_WORDS];
  const char *reason;
  gint64 first, last;
  guint count;

  trias_json_reader_init (&reader, json);
  first = trias_json_read_int (&reader, "first", 0, G_MAXINT64);
  last = trias_json_read_int (&reader, "last", 0, G_MAXINT64);
  count = (guint) trias_json_read_int (&reader, "count", 0, G_MAXUINT);
  reason = trias_json_read_string (&reader, "reason", 1, MAX_WORD);
  for (guint i = 0; i < N_WORDS; i++)
    words[i] = trias_json_read_string_or (&reader, names[i], MAX_WORD, "");
  if (!trias_json_reader_finish_lenient (&reader, error))
    return FALSE;
  self->first = first;
  self->last = last;
  self->count = count;
  self->reason = trias_reason_from_word (reason);
  for (guint i = 0; i < N_WORDS; i++)
    {
      g_free (self->words[i]);
      self->words[i] = g_strdup (words[i]);
    }
  return TRUE;
}

static void
trias_denial_item_finalize (GObject *object)
{
  TriasDenialItem *self = TRIAS_DENIAL_ITEM (object);

  for (guint i = 0; i < N_WORDS; i++)
    g_free (self->words[i]);
  G_OBJECT_CLASS (trias_denial_item_parent_class)->finalize (object);
}

static void
trias_denial_item_class_init (TriasDenialItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = trias_denial_item_get_property;
  object_class->finalize = trias_denial_item_finalize;
  TRIAS_ITEM_CLASS (klass)->read = trias_denial_item_read;
  trias_install_readable (object_class, PROP_FIRST, "first", G_TYPE_INT64);
  trias_install_readable (object_class, PROP_LAST, "last", G_TYPE_INT64);
  trias_install_readable (object_class, PROP_COUNT, "count", G_TYPE_UINT);
  trias_install_readable (object_class, PROP_REASON, "reason", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_FEATURE, "feature", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_USER, "user", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_HOST, "host", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_ADDRESS, "address", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_KEY_ID, "key-id", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_DETAIL, "detail", G_TYPE_STRING);
}

static void
trias_denial_item_init (TriasDenialItem *self)
{
}

TriasReason
trias_denial_item_get_reason (TriasDenialItem *self)
{
  return self->reason;
}

gint64
trias_denial_item_get_first (TriasDenialItem *self)
{
  return self->first;
}

gint64
trias_denial_item_get_last (TriasDenialItem *self)
{
  return self->last;
}

guint
trias_denial_item_get_count (TriasDenialItem *self)
{
  return self->count;
}

const char *
trias_denial_item_get_feature (TriasDenialItem *self)
{
  return self->words[FEATURE];
}

const char *
trias_denial_item_get_user (TriasDenialItem *self)
{
  return self->words[USER];
}

const char *
trias_denial_item_get_host (TriasDenialItem *self)
{
  return self->words[HOST];
}

const char *
trias_denial_item_get_address (TriasDenialItem *self)
{
  return self->words[ADDRESS];
}

const char *
trias_denial_item_get_detail (TriasDenialItem *self)
{
  return self->words[DETAIL];
}
