/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-api-private.h"

/* Requests that came while a triad elects are kept, and answered as soon as it is known who serves:
 * sooner than any client would ask again, and thousands that wait ask nothing meanwhile. */

/* Less than a client waits for an answer. */
#define WAIT_MS 1000
/* What the journal refused is routed again after so long: it is about to learn who leads. */
#define AGAIN_MS 5

static gboolean
look_cb (gpointer user_data)
{
  TriasApi *self = user_data;

  g_clear_pointer (&self->look, g_source_unref);
  trias_api_waiting_look (self);
  return G_SOURCE_REMOVE;
}

/* The next look is at @when (monotonic clock, µs) at the latest. */
static void
arm (TriasApi *self, gint64 when)
{
  if (self->look != NULL && self->look_at <= when)
    return;
  trias_api_waiting_stop (self);
  self->look_at = when;
  self->look = g_timeout_source_new (0);
  g_source_set_ready_time (self->look, when);
  g_source_set_callback (self->look, look_cb, self, NULL);
  g_source_attach (self->look, g_main_context_get_thread_default ());
}

static gboolean
keep (TriasCall *call, gint64 now)
{
  if (call->waits_until == 0)
    call->waits_until = now + WAIT_MS * 1000;
  if (now >= call->waits_until)
    return FALSE;
  g_queue_push_tail (&call->api->waiting, call);
  call->waiting = TRUE;
  return TRUE;
}

gboolean
trias_api_wait (TriasCall *call)
{
  if (!keep (call, g_get_monotonic_time ()))
    return FALSE;
  arm (call->api, call->waits_until);
  return TRUE;
}

gboolean
trias_api_wait_again (TriasCall *call, const TriasOutcome *outcome)
{
  gint64 now = g_get_monotonic_time ();

  if ((outcome->reason != TRIAS_REASON_NOT_ACTIVE && outcome->reason != TRIAS_REASON_NO_QUORUM)
      || call->admin != NULL || !trias_keeper_is_triad (call->api->keeper) || !keep (call, now))
    return FALSE;
  arm (call->api, MIN (now + AGAIN_MS * 1000, call->waits_until));
  return TRUE;
}

void
trias_api_waiting_look (TriasApi *self)
{
  GQueue calls = self->waiting;
  TriasCall *call;

  g_queue_init (&self->waiting);
  for (GList *i = calls.head; i != NULL; i = i->next)
    ((TriasCall *) i->data)->waiting = FALSE;
  /* Each is answered, or comes back here. */
  while ((call = g_queue_pop_head (&calls)) != NULL)
    call->handler (call);
}

void
trias_api_waiting_stop (TriasApi *self)
{
  if (self->look == NULL)
    return;
  g_source_destroy (self->look);
  g_clear_pointer (&self->look, g_source_unref);
}

void
trias_api_waiting_end (TriasApi *self)
{
  TriasCall *call;

  trias_api_waiting_stop (self);
  while ((call = g_queue_peek_head (&self->waiting)) != NULL)
    trias_call_refuse (call, TRIAS_REASON_NOT_ACTIVE,
                       "This server is stopping; ask again later or another server");
}
