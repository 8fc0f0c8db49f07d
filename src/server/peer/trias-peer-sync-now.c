/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-peer-triad.h"
#include "server/peer/trias-probe.h"

/* Synchronising on request. */

#define SYNC_PATIENCE_MS 30000

typedef struct
{
  TriasPeerDone done;
  gpointer user_data;
  gint64 asked;
} SyncWaiter;

void
trias_peer_end_sync_waiters (TriasPeer *self, gboolean stopping)
{
  for (guint i = self->sync_waiters->len; i > 0; i--)
    {
      SyncWaiter waiter = *(SyncWaiter *) g_ptr_array_index (self->sync_waiters, i - 1);
      g_autoptr (TriasProblem) problem = NULL;

      if (stopping)
        problem = trias_problem_new (TRIAS_REASON_NOT_ACTIVE,
                                     "The relationship or the server has ended meanwhile.");
      else if (!self->link.connected)
        problem = trias_problem_new (TRIAS_REASON_UNREACHABLE,
                                     "'%s' is not connected; nothing can be synchronised.",
                                     self->partner->name);
      else if (trias_peer_clock () - waiter.asked > SYNC_PATIENCE_MS)
        problem = trias_problem_new (TRIAS_REASON_TIMED_OUT,
                                     "Synchronisation takes longer; it goes on.");
      else if (self->compare_at <= waiter.asked || !self->status->synchronised
               || self->status->pending > 0)
        continue;
      g_ptr_array_remove_index (self->sync_waiters, i - 1);
      waiter.done (problem, waiter.user_data);
    }
}

/* The engine of a triad keeps its members equal; what can be said is whether they are. */
static void
sync_triad (TriasPeer *self, TriasPeerDone done, gpointer user_data)
{
  g_autoptr (GPtrArray) statuses = trias_peer_get_statuses (self);
  g_autoptr (TriasProblem) problem = NULL;

  trias_peer_triad_soon_probe (self->triad);
  for (guint i = 0; i < statuses->len && problem == NULL; i++)
    {
      const TriasMemberStatus *status = g_ptr_array_index (statuses, i);
      const char *name = trias_relationship_find (self->relationship, status->peer)->name;

      if (!status->connected)
        problem = trias_problem_new (TRIAS_REASON_UNREACHABLE,
                                     "'%s' is not connected; nothing can be synchronised.", name);
      else if (!status->synchronised)
        problem = trias_problem_new (TRIAS_REASON_TIMED_OUT,
                                     "Synchronisation with '%s' takes longer; it goes on.", name);
    }
  done (problem, user_data);
}

void
trias_peer_sync_now (TriasPeer *self, TriasPeerDone done, gpointer user_data)
{
  SyncWaiter *waiter;

  if (self->relationship == NULL)
    {
      g_autoptr (TriasProblem) problem = trias_problem_new (
          TRIAS_REASON_NOT_RELATED, "The server '%s' is in no relationship.", self->name);

      done (problem, user_data);
      return;
    }
  if (self->triad != NULL)
    {
      sync_triad (self, done, user_data);
      return;
    }
  waiter = g_new0 (SyncWaiter, 1);
  waiter->done = done;
  waiter->user_data = user_data;
  waiter->asked = trias_peer_clock ();
  g_ptr_array_add (self->sync_waiters, waiter);
  self->compare_at = 0;
  trias_peer_soon_probe (self);
  trias_peer_refresh (self);
}
