/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-peer-triad-private.h"

/* The same commands give the same ledger on every member; if one differs nevertheless, two against
 * one tell which. That one stops and gets its ledger anew. */

/* What @other says about the third member. */
static gboolean
agrees_with (const TriasTriadOther *other, const TriasTriadOther *third)
{
  const char *id = trias_peer_triad_member (other->triad, third->rank)->id;

  for (guint i = 0; other->report != NULL && i < other->report->len; i++)
    {
      const TriasMemberStatus *status = g_ptr_array_index (other->report, i);

      if (strcmp (status->peer, id) == 0)
        return status->connected && status->synchronised;
    }
  return FALSE;
}

static gboolean
is_odd_one_out (TriasPeerTriad *self)
{
  const TriasTriadOther *one = &self->others[0], *two = &self->others[1];

  return one->link.connected && two->link.connected && one->differs && two->differs
         && agrees_with (one, two) && agrees_with (two, one);
}

void
trias_peer_triad_look_ledger (TriasPeerTriad *self)
{
  if (!is_odd_one_out (self))
    return;
  trias_keeper_triad_renew (self->peer->keeper);
  /* What was held before is no measure any more. */
  for (guint i = 0; i < G_N_ELEMENTS (self->others); i++)
    self->others[i].differs = FALSE;
  g_queue_clear_full (&self->marks, trias_triad_mark_free);
}
