/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-pairs-private.h"

#include <string.h>

TriasLinkState
trias_link_state (gboolean connected, gboolean synchronised)
{
  if (connected)
    return synchronised ? TRIAS_LINK_CONNECTED_SYNCHRONISED : TRIAS_LINK_CONNECTED_UNSYNCHRONISED;
  return synchronised ? TRIAS_LINK_DISCONNECTED_SYNCHRONISED
                      : TRIAS_LINK_DISCONNECTED_UNSYNCHRONISED;
}

/* Whether @holder holds exactly what @owner has now. */
static gboolean
holds_all (const TriasMemberStatus *holder, const TriasMemberStatus *owner)
{
  return holder->held == owner->revision && owner->digest[0] != '\0'
         && strcmp (holder->held_digest, owner->digest) == 0;
}

/* Two live answers of servers that do not hear each other: what neither of them can know. */
static void
compare (TriasMemberView *view, const TriasMemberStatus *own, const TriasMemberStatus *other)
{
  if (own->digest == NULL || other->digest == NULL || own->held_digest == NULL
      || other->held_digest == NULL)
    return;
  view->compared = TRUE;
  view->synchronised = holds_all (own, other) && holds_all (other, own);
}

static const TriasMemberStatus *
status_of (const TriasMemberSource *source)
{
  return source->info != NULL ? trias_relationship_info_get_status (source->info) : NULL;
}

/* What the partner last heard from this member about its view. */
static void
take_second_hand (TriasMemberView *view, const TriasMemberSource *partner)
{
  gint64 as_of = 0;

  if (partner->info == NULL)
    return;
  view->status = trias_relationship_info_get_partner_view (partner->info, &as_of);
  view->as_of = as_of;
  if (view->status == NULL && trias_relationship_info_get_status (partner->info) != NULL)
    view->as_of = trias_relationship_info_get_status (partner->info)->last_heard;
}

TriasMemberView
trias_pair_view (const TriasMemberSource sources[2], guint rank)
{
  const TriasMemberSource *own = &sources[rank], *partner = &sources[1 - rank];
  const TriasMemberStatus *mine = status_of (own), *theirs = status_of (partner);
  TriasMemberView view = { 0 };

  if (mine != NULL && own->reached)
    {
      view.status = mine;
      view.own = TRUE;
    }
  else
    take_second_hand (&view, partner);
  /* Nobody reaches it now: what it said itself is better than nothing. */
  if (view.status == NULL && mine != NULL)
    {
      view.status = mine;
      view.own = TRUE;
      view.as_of = own->server != NULL ? trias_server_get_last_heard (own->server) : 0;
    }
  if (view.status != NULL)
    {
      view.connected = view.status->connected;
      view.synchronised = view.status->synchronised;
    }
  /* A view that is not live cannot claim a living link that its partner says is cut. */
  if (!own->reached && partner->reached && theirs != NULL && !theirs->connected)
    view.connected = FALSE;
  view.online = own->reached || (partner->reached && theirs != NULL && theirs->connected);
  if (own->reached && partner->reached && mine != NULL && theirs != NULL)
    {
      view.differ = mine->connected != theirs->connected
                    || (mine->connected && mine->synchronised != theirs->synchronised);
      if (!mine->connected && !theirs->connected)
        compare (&view, mine, theirs);
    }
  return view;
}
