/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-server-private.h"

#include <string.h>

#define EVENTS_PAGE 200
#define DENIALS_PAGE 500
/* Lists that a busy server changes many times a second are read at most this often. */
#define PAUSE_MS 1000

static const struct
{
  const char *word;
  const char *path;
  gboolean busy; /* may change many times a second */
} kinds[TRIAS_N_PARTS] = {
  [TRIAS_PART_SERVER] = { "server", "/server", FALSE },
  [TRIAS_PART_RULES] = { "rules", "/rules", FALSE },
  [TRIAS_PART_LICENSES] = { "licenses", "/licenses", TRUE },
  [TRIAS_PART_POOLS] = { "pools", "/pools", TRUE },
  [TRIAS_PART_LEASES] = { "leases", "/leases", TRUE },
  [TRIAS_PART_DENIALS] = { "denials", "/denials", TRUE },
  [TRIAS_PART_SETTINGS] = { "settings", "/settings", FALSE },
  [TRIAS_PART_RELATIONSHIP] = { "relationship", "/relationship", FALSE },
  [TRIAS_PART_EVENTS] = { "events", "/events", FALSE },
};

/* Somebody who waits for several parts. */
typedef struct
{
  GTask *task;
  guint left;
  GError *first; /* (owned) (nullable) */
} Waiter;

typedef struct
{
  TriasServer *self;
  TriasPart part;
  GCancellable *cancellable; /* (owned) of the connection it belongs to */
} Fetch;

static void start (TriasServer *self, TriasPart part);
static void send_fetch (TriasServer *self, TriasPart part, const char *path);

static void
fetch_free (Fetch *fetch)
{
  g_object_unref (fetch->self);
  g_object_unref (fetch->cancellable);
  g_free (fetch);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Fetch, fetch_free)

const char *
trias_part_to_word (TriasPart part)
{
  return kinds[part].word;
}

gboolean
trias_part_from_word (const char *word, TriasPart *part)
{
  for (guint i = 0; i < TRIAS_N_PARTS; i++)
    if (strcmp (kinds[i].word, word) == 0)
      {
        *part = i;
        return TRUE;
      }
  return FALSE;
}

static void
waiter_step (Waiter *waiter, const GError *error)
{
  if (error != NULL && waiter->first == NULL)
    waiter->first = g_error_copy (error);
  if (--waiter->left > 0)
    return;
  if (waiter->first != NULL)
    g_task_return_error (waiter->task, g_steal_pointer (&waiter->first));
  else
    g_task_return_boolean (waiter->task, TRUE);
  g_object_unref (waiter->task);
  g_free (waiter);
}

static void
tell_waiters (GPtrArray **waiters, const GError *error)
{
  g_autoptr (GPtrArray) told = *waiters;

  *waiters = g_ptr_array_new ();
  for (guint i = 0; i < told->len; i++)
    waiter_step (g_ptr_array_index (told, i), error);
}

static gboolean
pause_cb (gpointer user_data)
{
  TriasServer *self = user_data;

  /* Each part has its own timer, but they share this function: start what waits and has none. */
  for (guint i = 0; i < TRIAS_N_PARTS; i++)
    {
      TriasServerPart *part = &self->parts[i];

      if (part->again && !part->fetching && part->pause == NULL)
        start (self, i);
    }
  return G_SOURCE_REMOVE;
}

static void
end_fetch (TriasServer *self, TriasPart which, const GError *error)
{
  g_autoptr (TriasServer) keep = g_object_ref (self);
  TriasServerPart *part = &self->parts[which];

  part->fetching = FALSE;
  trias_server_set_busy (self, -1);
  tell_waiters (&part->waiters, error);
  if (error == NULL)
    trias_server_emit_changed (self, which);
  if (part->fetching)
    return;
  if (part->next_waiters->len > 0 || (part->again && !kinds[which].busy))
    start (self, which);
  else if (kinds[which].busy)
    trias_timer_start (&part->pause, PAUSE_MS * MAX (self->lease_pages, 1), pause_cb, self);
}

static void
fetched_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Fetch) fetch = user_data;
  TriasServer *self = fetch->self;
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasAnswer) answer = trias_rest_send_finish (TRIAS_REST (source), result, &error);

  if (self->cancellable != fetch->cancellable)
    return;
  if (answer != NULL && fetch->part == TRIAS_PART_LEASES)
    {
      g_autofree char *path = trias_server_keep_lease_page (self, g_steal_pointer (&answer));

      if (path != NULL)
        {
          send_fetch (self, fetch->part, path);
          return;
        }
    }
  if (error == NULL)
    trias_server_apply (self, fetch->part, answer, &error);
  if (error != NULL)
    trias_server_note_failure (self, error);
  if (self->cancellable == fetch->cancellable)
    end_fetch (self, fetch->part, error);
}

static void
send_fetch (TriasServer *self, TriasPart part, const char *path)
{
  Fetch *fetch = g_new0 (Fetch, 1);

  fetch->self = g_object_ref (self);
  fetch->part = part;
  fetch->cancellable = g_object_ref (self->cancellable);
  trias_rest_send_async (self->rest, "GET", path, NULL, NULL, self->cancellable, fetched_cb, fetch);
}

static char *
first_path (TriasServer *self, TriasPart part)
{
  g_autofree char *after = NULL;

  switch ((int) part)
    {
    case TRIAS_PART_LEASES:
      if (!self->lease_append || self->lease_next == NULL)
        return g_strdup_printf ("/leases?limit=%d", TRIAS_SERVER_LEASE_PAGE);
      after = g_uri_escape_string (self->lease_next, NULL, FALSE);
      return g_strdup_printf ("/leases?limit=%d&after=%s", TRIAS_SERVER_LEASE_PAGE, after);
    case TRIAS_PART_EVENTS:
      return g_strdup_printf ("/events?limit=%d", EVENTS_PAGE);
    case TRIAS_PART_DENIALS:
      return g_strdup_printf ("/denials?limit=%d", DENIALS_PAGE);
    default:
      return g_strdup (kinds[part].path);
    }
}

static void
start (TriasServer *self, TriasPart which)
{
  TriasServerPart *part = &self->parts[which];
  g_autofree char *path = NULL;
  GPtrArray *spare = part->waiters;

  part->again = FALSE;
  part->fetching = TRUE;
  trias_timer_stop (&part->pause);
  if (spare->len == 0)
    {
      part->waiters = part->next_waiters;
      part->next_waiters = spare;
    }
  if (which == TRIAS_PART_LEASES)
    g_ptr_array_set_size (self->lease_answers, 0);
  trias_server_set_busy (self, 1);
  path = first_path (self, which);
  send_fetch (self, which, path);
}

static gboolean
may_read (TriasServer *self)
{
  return self->facts.online && trias_server_get_signed_in (self);
}

void
trias_server_use (TriasServer *self, TriasPart which)
{
  TriasServerPart *part = &self->parts[which];

  if (self->comparing || part->used)
    return;
  part->used = TRUE;
  if (may_read (self) && !part->fetching)
    start (self, which);
}

void
trias_server_part_changed (TriasServer *self, TriasPart which)
{
  TriasServerPart *part = &self->parts[which];

  if (!part->used || !may_read (self))
    return;
  if (part->fetching || part->pause != NULL)
    part->again = TRUE;
  else
    start (self, which);
}

void
trias_server_read_async (TriasServer *self,
                         guint mask,
                         GCancellable *cancellable,
                         GAsyncReadyCallback callback,
                         gpointer user_data)
{
  Waiter *waiter = g_new0 (Waiter, 1);

  waiter->task = g_task_new (self, cancellable, callback, user_data);
  waiter->left = 1;
  g_task_set_source_tag (waiter->task, trias_server_read_async);
  g_task_set_check_cancellable (waiter->task, FALSE);
  for (guint i = 0; i < TRIAS_N_PARTS; i++)
    {
      TriasServerPart *part = &self->parts[i];

      if ((mask & TRIAS_PART_BIT (i)) == 0 || !part->used || !may_read (self))
        continue;
      waiter->left++;
      if (part->fetching)
        {
          part->again = TRUE;
          g_ptr_array_add (part->next_waiters, waiter);
          continue;
        }
      g_ptr_array_add (part->waiters, waiter);
      start (self, i);
    }
  waiter_step (waiter, NULL);
}

gboolean
trias_server_read_finish (TriasServer *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
trias_server_more_leases (TriasServer *self)
{
  TriasServerPart *part = &self->parts[TRIAS_PART_LEASES];

  if (self->lease_next == NULL || part->fetching || !part->used || !may_read (self))
    return;
  self->lease_append = TRUE;
  self->lease_pages++;
  start (self, TRIAS_PART_LEASES);
}

void
trias_server_parts_reset (TriasServer *self)
{
  g_autoptr (GError) error
      = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The connection was closed.");

  for (guint i = 0; i < TRIAS_N_PARTS; i++)
    {
      TriasServerPart *part = &self->parts[i];

      part->again = FALSE;
      trias_timer_stop (&part->pause);
      if (part->fetching)
        trias_server_set_busy (self, -1);
      part->fetching = FALSE;
      tell_waiters (&part->waiters, error);
      tell_waiters (&part->next_waiters, error);
    }
}

void
trias_server_parts_init (TriasServer *self)
{
  for (guint i = 0; i < TRIAS_N_PARTS; i++)
    {
      self->parts[i].waiters = g_ptr_array_new ();
      self->parts[i].next_waiters = g_ptr_array_new ();
    }
  self->parts[TRIAS_PART_SERVER].used = TRUE;
  self->parts[TRIAS_PART_SETTINGS].used = TRUE;
  self->parts[TRIAS_PART_RELATIONSHIP].used = TRUE;
  self->lease_pages = 1;
  self->lease_answers = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_answer_free);
  self->rules = g_list_store_new (TRIAS_TYPE_RULE_ITEM);
  self->licenses = g_list_store_new (TRIAS_TYPE_LICENSE_ITEM);
  self->pools = g_list_store_new (TRIAS_TYPE_POOL_ITEM);
  self->leases = g_list_store_new (TRIAS_TYPE_LEASE_ITEM);
  self->denials = g_list_store_new (TRIAS_TYPE_DENIAL_ITEM);
  self->events = g_list_store_new (TRIAS_TYPE_EVENT_ITEM);
}

void
trias_server_parts_clear (TriasServer *self)
{
  for (guint i = 0; i < TRIAS_N_PARTS; i++)
    {
      trias_timer_stop (&self->parts[i].pause);
      g_clear_pointer (&self->parts[i].waiters, g_ptr_array_unref);
      g_clear_pointer (&self->parts[i].next_waiters, g_ptr_array_unref);
    }
  g_clear_pointer (&self->lease_answers, g_ptr_array_unref);
  g_clear_pointer (&self->lease_next, g_free);
  g_clear_object (&self->rules);
  g_clear_object (&self->licenses);
  g_clear_object (&self->pools);
  g_clear_object (&self->leases);
  g_clear_object (&self->denials);
  g_clear_object (&self->events);
}

static void
forget_facts (gpointer object, gpointer data)
{
  TriasServer *self = object;

  g_clear_object (&self->facts.relationship);
  g_clear_pointer (&self->facts.settings, trias_settings_free);
  self->facts.leases_total = 0;
}

void
trias_server_forget_lists (TriasServer *self)
{
  g_list_store_remove_all (self->rules);
  g_list_store_remove_all (self->licenses);
  g_list_store_remove_all (self->pools);
  g_list_store_remove_all (self->leases);
  g_list_store_remove_all (self->denials);
  g_list_store_remove_all (self->events);
  self->lease_pages = 1;
  g_clear_pointer (&self->lease_next, g_free);
  trias_server_change (self, forget_facts, NULL);
}
