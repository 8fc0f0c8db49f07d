/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/journal/raft/trias-raft-rank.h"

#define PRIMARY 1
#define SECONDARY 2
#define TERTIARY 3

guint
trias_raft_rank_timeout (guint slot, guint election_ms, guint draw)
{
  static const guint percent[] = { 100, 110, 125, 100 };
  guint jitter = election_ms / 20;

  return election_ms * percent[slot <= TERTIARY ? slot : 0] / 100
         + (jitter > 0 ? draw % jitter : 0);
}

static gboolean
is_ready (const TriasRaftView *view, guint slot)
{
  const TriasRaftViewMember *member = &view->members[slot];

  return member->contact && member->caught_up && !member->muted;
}

static gboolean
is_aside (const TriasRaftView *view, guint slot)
{
  return (view->aside & (1u << slot)) != 0;
}

/* Which of the two that may serve is wanted first. Who stands aside is wanted last, whatever is
 * pinned: it is about to be switched off. */
static guint
preferred (const TriasRaftView *view)
{
  guint first = view->pinned == SECONDARY ? SECONDARY : PRIMARY;
  guint second = first == PRIMARY ? SECONDARY : PRIMARY;

  return is_aside (view, first) && !is_aside (view, second) ? second : first;
}

/* The tertiary never serves: it hands over at once to whom it can, but gives the better one that it
 * hears a moment to catch up. Who failed just now was heard a moment ago as well: it is one that
 * answers. */
static guint
from_tertiary (const TriasRaftView *view)
{
  guint first = preferred (view), second = first == PRIMARY ? SECONDARY : PRIMARY;

  if (is_ready (view, first))
    return first;
  if (view->members[first].contact && !view->members[first].muted
      && view->now - view->leading_since
             < (view->members[first].answered ? view->patience_ms : view->glance_ms))
    return 0;
  return is_ready (view, second) ? second : 0;
}

guint
trias_raft_rank_target (const TriasRaftView *view, gboolean *detour)
{
  guint wanted = preferred (view);
  gint64 hold = view->at_once || is_aside (view, view->self) ? 0 : view->hold_down_ms;
  const TriasRaftViewMember *tertiary = &view->members[TERTIARY];
  gint64 heard;

  *detour = FALSE;
  if (view->self == TERTIARY)
    return from_tertiary (view);
  /* A pin is an order, and so is standing aside; without one it is a matter of the options. */
  if (view->self == wanted
      || (view->pinned == 0 && !view->automatic && !view->at_once && !is_aside (view, view->self)))
    return 0;
  if (view->members[wanted].contact)
    return is_ready (view, wanted) && view->now - view->members[wanted].since >= hold ? wanted : 0;
  heard = tertiary->hears_since[wanted];
  if (heard == 0 || view->now - heard < hold || view->now < view->detour_allowed
      || !is_ready (view, TERTIARY))
    return 0;
  *detour = TRUE;
  return TERTIARY;
}
