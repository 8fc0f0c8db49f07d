/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-failover-private.h"

#include <string.h>

/* Members are asked in short succession. */
#define STAGGER_MS 100

typedef struct
{
  TriasFailover *self;     /* (owned) */
  TriasEndpoint *endpoint; /* (owned) */
  gboolean counted;        /* part of the discovery; else it only learns */
} Ask;

static void ask_next (TriasFailover *self);

static void
ask_free (Ask *ask)
{
  g_object_unref (ask->self);
  trias_endpoint_unref (ask->endpoint);
  g_free (ask);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Ask, ask_free)

static void
end_discovery (TriasFailover *self)
{
  g_autoptr (GPtrArray) waiting = self->waiting;

  self->discovering = FALSE;
  self->discovered = TRUE;
  trias_timer_stop (&self->stagger);
  self->waiting = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < waiting->len; i++)
    trias_failover_call_begin (g_ptr_array_index (waiting, i));
}

static gboolean
is_active (const TriasJson *about)
{
  g_auto (TriasJsonReader) reader = { 0 };
  gboolean active;

  trias_json_reader_init (&reader, about);
  active = trias_json_read_bool_or (&reader, "active", FALSE);
  return trias_json_reader_finish_lenient (&reader, NULL) && active;
}

static void
asked_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Ask) ask = user_data;
  TriasFailover *self = ask->self;
  g_autoptr (TriasAnswer) answer = trias_rest_send_finish (TRIAS_REST (source), result, NULL);

  if (ask->counted)
    self->n_asked--;
  if (answer != NULL && answer->json != NULL)
    {
      gboolean told = trias_failover_learn (self, ask->endpoint, answer->json);

      self->learned = TRUE;
      /* Who was in the list and belongs to nobody any more serves only itself. */
      if (self->discovering && is_active (answer->json) && (told || self->list_id == NULL))
        {
          trias_failover_prefer (self, ask->endpoint, NULL);
          end_discovery (self);
          return;
        }
    }
  if (!self->discovering || !ask->counted)
    return;
  if (self->next_asked < self->endpoints->len)
    ask_next (self);
  else if (self->n_asked == 0 || (self->learned && self->stagger == NULL))
    end_discovery (self);
}

static void
ask_one (TriasFailover *self, TriasEndpoint *endpoint, gboolean counted)
{
  Ask *ask = g_new0 (Ask, 1);

  ask->self = g_object_ref (self);
  ask->endpoint = trias_endpoint_ref (endpoint);
  ask->counted = counted;
  trias_rest_send_within_async (endpoint->rest, TRIAS_FAILOVER_ATTEMPT_MS, "GET", "/server", NULL,
                                NULL, NULL, asked_cb, ask);
}

void
trias_failover_relearn (TriasFailover *self, TriasEndpoint *endpoint)
{
  ask_one (self, endpoint, FALSE);
}

/* All were asked. Who is silent still is not waited for once another one has answered: the call
 * finds out by itself who serves. */
static gboolean
enough_cb (gpointer user_data)
{
  TriasFailover *self = user_data;

  if (self->discovering && self->learned)
    end_discovery (self);
  return G_SOURCE_REMOVE;
}

static gboolean
stagger_cb (gpointer user_data)
{
  ask_next (user_data);
  return G_SOURCE_REMOVE;
}

static void
ask_next (TriasFailover *self)
{
  trias_timer_stop (&self->stagger);
  if (self->next_asked >= self->endpoints->len)
    return;
  self->n_asked++;
  ask_one (self, g_ptr_array_index (self->endpoints, self->next_asked++), TRUE);
  if (self->next_asked < self->endpoints->len)
    trias_timer_start (&self->stagger, STAGGER_MS, stagger_cb, self);
  else
    trias_timer_start (&self->stagger, trias_failover_hedge_ms (self), enough_cb, self);
}

void
trias_failover_discover (TriasFailover *self)
{
  if (self->discovering)
    return;
  trias_failover_read_cache (self);
  self->discovering = TRUE;
  self->n_asked = self->next_asked = 0;
  ask_next (self);
}

static void
set_text (TriasFailover *self, char **place, const char *value, const char *property)
{
  if (g_strcmp0 (*place, value) == 0)
    return;
  g_free (*place);
  *place = g_strdup (value);
  g_object_notify (G_OBJECT (self), property);
}

void
trias_failover_prefer (TriasFailover *self, TriasEndpoint *endpoint, const char *epoch)
{
  g_autoptr (TriasFailover) keep = g_object_ref (self);
  gboolean other_epoch = epoch != NULL && g_strcmp0 (epoch, self->epoch) != 0;
  guint position;

  if (g_ptr_array_find (self->endpoints, endpoint, &position) && position > 0)
    {
      /* Moved, not copied: the array owns it. */
      g_ptr_array_steal_index (self->endpoints, position);
      g_ptr_array_insert (self->endpoints, 0, endpoint);
    }
  if (other_epoch)
    {
      g_free (self->epoch);
      self->epoch = g_strdup (epoch);
    }
  /* Other servers may belong together now: ask for the list. */
  if (other_epoch || (epoch != NULL && !self->learned))
    ask_one (self, endpoint, FALSE);
  set_text (self, &self->active_id, endpoint->id, "active-id");
  set_text (self, &self->active_name, endpoint->name, "active-name");
}
