/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-link.h"

void
trias_link_init (TriasLink *self, gint64 wall)
{
  *self = (TriasLink){
    .looked = -1, .answered = -1, .heard = -1, .failure = TRIAS_LAG_UNREACHABLE, .latency_us = -1
  };
  self->connected_since = wall;
}

void
trias_link_answered (TriasLink *self, gint64 now, gint64 wall, gint64 latency_us, gint64 offset_ms)
{
  self->answered = now;
  self->last_heard = wall;
  self->failure = TRIAS_LAG_NONE;
  self->latency_us = latency_us;
  self->offset_ms = offset_ms;
}

void
trias_link_failed (TriasLink *self, TriasLag why)
{
  self->failure = why;
}

void
trias_link_heard (TriasLink *self, gint64 now, gint64 wall)
{
  self->heard = now;
  self->last_heard = wall;
  self->refused = TRIAS_LAG_NONE;
}

void
trias_link_refused (TriasLink *self, TriasLag why)
{
  self->refused = why;
}

static gboolean
is_fresh (gint64 when, gint64 now)
{
  return when >= 0 && now - when < TRIAS_LINK_TIMEOUT_MS;
}

/* Signs of life that wait to be read are not silence. */
static void
forgive_stall (TriasLink *self, gint64 now)
{
  gint64 stalled = self->looked >= 0 ? now - self->looked : 0;

  self->looked = now;
  if (stalled < TRIAS_LINK_STALL_MS)
    return;
  if (self->answered >= 0)
    self->answered = MIN (self->answered + stalled, now);
  if (self->heard >= 0)
    self->heard = MIN (self->heard + stalled, now);
}

gboolean
trias_link_update (TriasLink *self, gint64 now, gint64 wall)
{
  gboolean connected;

  if (self->connected)
    forgive_stall (self, now);
  else
    self->looked = now;
  connected = is_fresh (self->answered, now) && is_fresh (self->heard, now);
  if (connected == self->connected)
    return FALSE;
  self->connected = connected;
  self->connected_since = wall;
  return TRUE;
}

TriasLag
trias_link_reason (const TriasLink *self, gint64 now)
{
  if (self->connected)
    return TRIAS_LAG_NONE;
  /* What was said in words is more use than which direction is silent. */
  if (self->failure != TRIAS_LAG_NONE && self->failure != TRIAS_LAG_UNREACHABLE)
    return self->failure;
  if (self->refused != TRIAS_LAG_NONE)
    return self->refused;
  if (is_fresh (self->answered, now) || is_fresh (self->heard, now))
    return TRIAS_LAG_ONE_WAY;
  return TRIAS_LAG_UNREACHABLE;
}
