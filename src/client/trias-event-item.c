/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-items-private.h"

struct _TriasEventItem
{
  TriasItem parent_instance;

  TriasEvent *event; /* (owned) (nullable) until read */
};

G_DEFINE_FINAL_TYPE (TriasEventItem, trias_event_item, TRIAS_TYPE_ITEM)

enum
{
  PROP_0,
  PROP_SEQ,
  PROP_TIME,
  PROP_SERVER,
  PROP_KIND,
  PROP_SEVERITY,
  PROP_SUBJECT,
  PROP_ACTOR,
};

static void
trias_event_item_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasEventItem *self = TRIAS_EVENT_ITEM (object);

  if (self->event == NULL)
    return;
  switch (id)
    {
    case PROP_SEQ:
      g_value_set_uint64 (value, self->event->seq);
      break;
    case PROP_TIME:
      g_value_set_int64 (value, self->event->time);
      break;
    case PROP_SERVER:
      g_value_set_string (value, self->event->server);
      break;
    case PROP_KIND:
      g_value_set_string (value, self->event->kind);
      break;
    case PROP_SEVERITY:
      g_value_set_int (value, (int) self->event->severity);
      break;
    case PROP_SUBJECT:
      g_value_set_string (value, self->event->subject);
      break;
    case PROP_ACTOR:
      g_value_set_string (value, self->event->actor);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static gboolean
trias_event_item_read (TriasItem *item, const TriasJson *json, GError **error)
{
  TriasEventItem *self = TRIAS_EVENT_ITEM (item);
  TriasEvent *event = trias_event_read (json, error);

  if (event == NULL)
    return FALSE;
  g_clear_pointer (&self->event, trias_event_free);
  self->event = event;
  return TRUE;
}

static void
trias_event_item_finalize (GObject *object)
{
  TriasEventItem *self = TRIAS_EVENT_ITEM (object);

  g_clear_pointer (&self->event, trias_event_free);
  G_OBJECT_CLASS (trias_event_item_parent_class)->finalize (object);
}

static void
trias_event_item_class_init (TriasEventItemClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = trias_event_item_get_property;
  object_class->finalize = trias_event_item_finalize;
  TRIAS_ITEM_CLASS (klass)->read = trias_event_item_read;
  trias_install_readable (object_class, PROP_SEQ, "seq", G_TYPE_UINT64);
  trias_install_readable (object_class, PROP_TIME, "time", G_TYPE_INT64);
  trias_install_readable (object_class, PROP_SERVER, "server", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_KIND, "kind", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_SEVERITY, "severity", G_TYPE_INT);
  trias_install_readable (object_class, PROP_SUBJECT, "subject", G_TYPE_STRING);
  trias_install_readable (object_class, PROP_ACTOR, "actor", G_TYPE_STRING);
}

static void
trias_event_item_init (TriasEventItem *self)
{
}

const TriasEvent *
trias_event_item_get_event (TriasEventItem *self)
{
  return self->event;
}
