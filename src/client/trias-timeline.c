/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-timeline-private.h"

#include "client/trias-deadline.h"
#include "client/trias-items-private.h"

#include <string.h>

/* Of each server so many events are asked for, and kept. */
#define PAGE 200
#define PATH "/events?without_leases=true&limit=200"
/* Many events at once are one change of the list. */
#define SOON_MS 100

/* One server that this program knows. */
typedef struct
{
  TriasTimeline *timeline; /* (borrowed) */
  TriasServer *server;     /* (owned) */
  GPtrArray *events;       /* (owned) (element-type TriasEvent) newest first */
  GCancellable *fetching;  /* (owned) (nullable) */
} Source;

struct _TriasTimeline
{
  GObject parent_instance;

  TriasServers *servers; /* (owned) (nullable) after the end */
  GPtrArray *sources;    /* (owned) (element-type Source) in the order of the servers */
  GPtrArray *entries;    /* (owned) (element-type TriasTimelineEntry) newest first */
  GSource *soon;         /* (owned) (nullable) */
  gboolean loading;
};

enum
{
  PROP_0,
  PROP_N_ITEMS,
  PROP_LOADING,
};

static GType
get_item_type (GListModel *model)
{
  return TRIAS_TYPE_TIMELINE_ENTRY;
}

static guint
get_n_items (GListModel *model)
{
  return TRIAS_TIMELINE (model)->entries->len;
}

static gpointer
get_item (GListModel *model, guint position)
{
  TriasTimeline *self = TRIAS_TIMELINE (model);

  return position < self->entries->len ? g_object_ref (g_ptr_array_index (self->entries, position))
                                       : NULL;
}

static void
list_model_init (GListModelInterface *iface)
{
  iface->get_item_type = get_item_type;
  iface->get_n_items = get_n_items;
  iface->get_item = get_item;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (TriasTimeline,
                               trias_timeline,
                               G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (G_TYPE_LIST_MODEL, list_model_init))

static const TriasRelationship *
relationship_of (TriasServer *server)
{
  TriasRelationshipInfo *info = trias_server_get_relationship (server);

  return info != NULL ? trias_relationship_info_get_relationship (info) : NULL;
}

/* --- the list --- */

/* What is the same at both ends of the list stays untouched. */
static void
replace (TriasTimeline *self, GPtrArray *next)
{
  g_autoptr (GPtrArray) old = self->entries;
  guint head = 0, tail = 0, shorter = MIN (old->len, next->len);

  self->entries = g_ptr_array_ref (next);
  while (head < shorter && old->pdata[head] == next->pdata[head])
    head++;
  while (tail < shorter - head
         && old->pdata[old->len - 1 - tail] == next->pdata[next->len - 1 - tail])
    tail++;
  if (old->len == next->len && head == old->len)
    return;
  g_list_model_items_changed (G_LIST_MODEL (self), head, old->len - head - tail,
                              next->len - head - tail);
  if (old->len != next->len)
    g_object_notify (G_OBJECT (self), "n-items");
}

static void
set_loading (gpointer object, gpointer data)
{
  TriasTimeline *self = object;

  self->loading = FALSE;
  for (guint i = 0; i < self->sources->len; i++)
    {
      const Source *source = g_ptr_array_index (self->sources, i);

      self->loading |= source->fetching != NULL && source->events->len == 0;
    }
}

static gboolean
merge_cb (gpointer user_data)
{
  TriasTimeline *self = user_data;
  g_autofree TriasTimelineSource *told = g_new0 (TriasTimelineSource, self->sources->len + 1);
  g_autoptr (GPtrArray) next = NULL;
  guint n = 0;

  for (guint i = 0; i < self->sources->len; i++)
    {
      const Source *source = g_ptr_array_index (self->sources, i);

      if (relationship_of (source->server) != NULL)
        told[n++] = (TriasTimelineSource){ trias_server_get_id (source->server), source->events };
    }
  next = trias_timeline_merge (told, n, self->entries);
  replace (self, next);
  trias_object_change (G_OBJECT (self), set_loading, NULL);
  return G_SOURCE_REMOVE;
}

static void
merge_soon (TriasTimeline *self)
{
  if (self->soon == NULL)
    trias_timer_start (&self->soon, SOON_MS, merge_cb, self);
}

/* --- one server --- */

static void
take_event (Source *source, const TriasEvent *event)
{
  g_ptr_array_insert (source->events, 0, trias_event_copy (event));
  if (source->events->len > PAGE)
    g_ptr_array_set_size (source->events, PAGE);
}

static void
event_cb (TriasServer *server, TriasEventItem *item, Source *source)
{
  const TriasEvent *event = trias_event_item_get_event (item);
  const TriasEvent *newest = source->events->len > 0 ? g_ptr_array_index (source->events, 0) : NULL;

  if (!trias_timeline_is_told (event->kind) || (newest != NULL && event->seq <= newest->seq))
    return;
  take_event (source, event);
  merge_soon (source->timeline);
}

/* The page, and before it what came live meanwhile. */
static void
take_page (Source *source, const TriasJson *array)
{
  g_autoptr (GPtrArray) live = source->events;
  const TriasEvent *newest = NULL;

  source->events = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_event_free);
  for (guint i = 0; i < trias_json_length (array); i++)
    {
      TriasEvent *event = trias_event_read (trias_json_element (array, i), NULL);

      if (event != NULL && trias_timeline_is_told (event->kind))
        g_ptr_array_add (source->events, event);
      else
        trias_event_free (event);
    }
  if (source->events->len > 0)
    newest = g_ptr_array_index (source->events, 0);
  for (guint i = live->len; i > 0; i--)
    {
      const TriasEvent *event = g_ptr_array_index (live, i - 1);

      /* After a restart from another state the numbers begin anew: those of before are gone. */
      if (newest != NULL && event->seq > newest->seq && event->time >= newest->time)
        take_event (source, event);
    }
}

static void
fetched_cb (GObject *rest, GAsyncResult *result, gpointer user_data)
{
  Source *source = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasAnswer) answer = trias_rest_send_finish (TRIAS_REST (rest), result, &error);
  TriasJsonReader reader;
  const TriasJson *array;

  /* A source that is gone has cancelled; then nothing of it may be looked at. */
  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  g_clear_object (&source->fetching);
  if (answer != NULL)
    {
      trias_json_reader_init (&reader, answer->json);
      array = trias_json_read_array (&reader, "events", PAGE);
      if (trias_json_reader_finish_lenient (&reader, NULL))
        take_page (source, array);
    }
  merge_soon (source->timeline);
}

static void
look_cb (Source *source)
{
  gboolean told = trias_server_get_state (source->server) == TRIAS_SERVER_CONNECTED
                  && relationship_of (source->server) != NULL;

  merge_soon (source->timeline);
  if (!told)
    return;
  /* What was asked for before may never be answered. */
  if (source->fetching != NULL)
    g_cancellable_cancel (source->fetching);
  g_clear_object (&source->fetching);
  source->fetching = g_cancellable_new ();
  trias_rest_send_async (trias_server_get_rest (source->server), "GET", PATH, NULL, NULL,
                         source->fetching, fetched_cb, source);
}

/* Only being signed in anew, or in a relationship anew, is a reason to ask again. */
static void
state_cb (TriasServer *server, GParamSpec *pspec, Source *source)
{
  look_cb (source);
}

static void
relationship_cb (TriasServer *server, GParamSpec *pspec, Source *source)
{
  if (source->events->len == 0 && source->fetching == NULL)
    look_cb (source);
  else if (relationship_of (server) == NULL)
    merge_soon (source->timeline);
}

static Source *
source_new (TriasTimeline *self, TriasServer *server)
{
  Source *source = g_new0 (Source, 1);

  source->timeline = self;
  source->server = g_object_ref (server);
  source->events = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_event_free);
  g_signal_connect (server, "event", G_CALLBACK (event_cb), source);
  g_signal_connect (server, "notify::state", G_CALLBACK (state_cb), source);
  g_signal_connect (server, "notify::relationship", G_CALLBACK (relationship_cb), source);
  return source;
}

static void
source_free (gpointer data)
{
  Source *source = data;

  g_signal_handlers_disconnect_by_data (source->server, source);
  if (source->fetching != NULL)
    g_cancellable_cancel (source->fetching);
  g_clear_object (&source->fetching);
  g_ptr_array_unref (source->events);
  g_object_unref (source->server);
  g_free (source);
}

static void
servers_changed_cb (
    GListModel *model, guint position, guint removed, guint added, TriasTimeline *self)
{
  if (removed > 0)
    g_ptr_array_remove_range (self->sources, position, removed);
  for (guint i = 0; i < added; i++)
    {
      g_autoptr (TriasServer) server = g_list_model_get_item (model, position + i);
      Source *source = source_new (self, server);

      g_ptr_array_insert (self->sources, (int) (position + i), source);
      look_cb (source);
    }
  merge_soon (self);
}

/* --- the whole --- */

static void
trias_timeline_get_property (GObject *object, guint id, GValue *value, GParamSpec *pspec)
{
  TriasTimeline *self = TRIAS_TIMELINE (object);

  if (id == PROP_N_ITEMS)
    g_value_set_uint (value, self->entries->len);
  else
    g_value_set_boolean (value, self->loading);
}

static void
trias_timeline_dispose (GObject *object)
{
  TriasTimeline *self = TRIAS_TIMELINE (object);

  trias_timer_stop (&self->soon);
  if (self->servers != NULL)
    g_signal_handlers_disconnect_by_data (self->servers, self);
  g_clear_pointer (&self->sources, g_ptr_array_unref);
  g_clear_object (&self->servers);
  G_OBJECT_CLASS (trias_timeline_parent_class)->dispose (object);
}

static void
trias_timeline_finalize (GObject *object)
{
  g_ptr_array_unref (TRIAS_TIMELINE (object)->entries);
  G_OBJECT_CLASS (trias_timeline_parent_class)->finalize (object);
}

static void
trias_timeline_class_init (TriasTimelineClass *klass)
{
  GObjectClass *o = G_OBJECT_CLASS (klass);

  o->get_property = trias_timeline_get_property;
  o->dispose = trias_timeline_dispose;
  o->finalize = trias_timeline_finalize;
  trias_install_readable (o, PROP_N_ITEMS, "n-items", G_TYPE_UINT);
  trias_install_readable (o, PROP_LOADING, "loading", G_TYPE_BOOLEAN);
}

static void
trias_timeline_init (TriasTimeline *self)
{
  self->sources = g_ptr_array_new_with_free_func (source_free);
  self->entries = g_ptr_array_new_with_free_func (g_object_unref);
}

TriasTimeline *
trias_timeline_new (TriasServers *servers)
{
  TriasTimeline *self = g_object_new (TRIAS_TYPE_TIMELINE, NULL);
  GListModel *model = G_LIST_MODEL (servers);

  self->servers = g_object_ref (servers);
  g_signal_connect (servers, "items-changed", G_CALLBACK (servers_changed_cb), self);
  servers_changed_cb (model, 0, 0, g_list_model_get_n_items (model), self);
  return self;
}

gboolean
trias_timeline_get_loading (TriasTimeline *self)
{
  g_return_val_if_fail (TRIAS_IS_TIMELINE (self), FALSE);

  return self->loading;
}

const char *
trias_timeline_name_of (TriasTimeline *self, const char *id)
{
  TriasServer *server;

  g_return_val_if_fail (TRIAS_IS_TIMELINE (self), NULL);

  server = self->servers != NULL ? trias_servers_find (self->servers, id) : NULL;
  if (server != NULL)
    return trias_server_get_name (server);
  for (guint i = 0; self->sources != NULL && i < self->sources->len; i++)
    {
      const Source *source = g_ptr_array_index (self->sources, i);
      const TriasRelationship *relationship = relationship_of (source->server);
      const TriasMember *member
          = relationship != NULL ? trias_relationship_find (relationship, id) : NULL;

      if (member != NULL)
        return member->name;
    }
  return NULL;
}
