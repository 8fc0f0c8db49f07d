/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-failover-private.h"

#include <string.h>

#define HEDGE_UNKNOWN_MS 250
#define HEDGE_LEAST_MS 100
#define HEDGE_MOST_MS 1000
/* A member is called silent after so many times the usual time of an answer. */
#define HEDGE_TIMES 4
#define SMOOTHING 8
/* An election is over soon, so the first rounds follow in short, uneven steps; who waits for longer
 * asks ever more seldom, but whenever it is over has hardly lost more than a part of the time. */
#define PAUSE_PART 6
#define PAUSE_LEAST_MS 50
#define PAUSE_MOST_MS 1000

static guint
count_members (TriasFailover *self)
{
  guint count = 0;

  for (guint i = 0; i < self->endpoints->len; i++)
    {
      TriasEndpoint *endpoint = g_ptr_array_index (self->endpoints, i);
      gboolean known = FALSE;

      for (guint j = 0; !known && j < i; j++)
        known
            = strcmp (((TriasEndpoint *) g_ptr_array_index (self->endpoints, j))->id, endpoint->id)
              == 0;
      if (!known)
        count++;
    }
  return count;
}

gboolean
trias_failover_is_triad (TriasFailover *self)
{
  /* Before a list is learned, three servers are taken for one. */
  return self->list_id != NULL ? self->listed_triad : count_members (self) >= 3;
}

void
trias_failover_note_time (TriasFailover *self, gint64 us)
{
  /* A member that waits for an election before it answers says nothing of the usual. */
  us = CLAMP (us, 1, (gint64) trias_failover_hedge_ms (self) * 1000);
  self->usual_us = self->usual_us == 0 ? us : self->usual_us + (us - self->usual_us) / SMOOTHING;
}

guint
trias_failover_hedge_ms (TriasFailover *self)
{
  if (self->usual_us == 0)
    return HEDGE_UNKNOWN_MS;
  return (guint) CLAMP (self->usual_us * HEDGE_TIMES / 1000, HEDGE_LEAST_MS, HEDGE_MOST_MS);
}

guint
trias_failover_election_pause (gint64 waited_ms)
{
  gint64 most = CLAMP (waited_ms / PAUSE_PART, PAUSE_LEAST_MS, PAUSE_MOST_MS);

  return (guint) g_random_int_range ((gint32) most / 2, (gint32) most + 1);
}
