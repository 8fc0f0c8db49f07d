/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/http/trias-http-private.h"

#include "server/http/trias-http-source.h"

/* A complete request waits for its answer, most often for the disk. Asleep means suspended: MHD
 * takes the connection out of its epoll set and puts it back, and afterwards looks in vain for
 * more to read, three system calls that cost a tenth of a checkout. So at first it waits awake:
 * MHD asks the handler again in each of its runs, which may say that there is no answer yet. That
 * costs a walk over all who wait so; many of them, and those who wait long, go to sleep. */

#define AWAKE_MAX 256
#define AWAKE_US 20000

static void
count (TriasHttpRequest *self, gboolean awake)
{
  TriasHttp *server = self->server;

  self->awake = awake;
  server->n_awake += awake ? 1 : -1;
  trias_http_source_set_awake (server->source, server->n_awake > 0);
}

void
trias_http_wait_begin (TriasHttpRequest *self)
{
  self->state = TRIAS_HTTP_WAITING;
  self->connection->deadline = TRIAS_HTTP_NO_DEADLINE;
  self->waits_since = self->server->now;
  if (self->server->n_awake < AWAKE_MAX)
    count (self, TRUE);
  else
    MHD_suspend_connection (self->mhd);
}

void
trias_http_wait_sleep (TriasHttpRequest *self)
{
  if (!self->awake)
    return;
  count (self, FALSE);
  MHD_suspend_connection (self->mhd);
}

void
trias_http_wait_on (TriasHttpRequest *self)
{
  if (self->server->now - self->waits_since > AWAKE_US)
    trias_http_wait_sleep (self);
}

void
trias_http_wait_end (TriasHttpRequest *self, TriasHttpState state)
{
  self->state = state;
  if (self->awake)
    count (self, FALSE);
  else
    MHD_resume_connection (self->mhd);
  trias_http_source_kick (self->server->source);
}

void
trias_http_wait_cut (TriasHttpRequest *self)
{
  if (self->awake)
    count (self, FALSE);
}
