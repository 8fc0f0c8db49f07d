/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/daemon/trias-notify.h"

#ifdef HAVE_SYSTEMD

#include <systemd/sd-daemon.h>

static guint watchdog;

/* Runs in the core loop: a loop that hangs does not feed it. */
static gboolean
feed_cb (gpointer user_data)
{
  sd_notify (0, "WATCHDOG=1");
  return G_SOURCE_CONTINUE;
}

void
trias_notify_ready (const char *status)
{
  guint64 interval = 0;

  sd_notifyf (0, "READY=1\nSTATUS=%s", status);
  if (sd_watchdog_enabled (0, &interval) > 0 && interval > 0)
    watchdog = g_timeout_add (MAX ((guint) (interval / 3000), 1), feed_cb, NULL);
}

void
trias_notify_stopping (void)
{
  if (watchdog != 0)
    g_source_remove (watchdog);
  watchdog = 0;
  sd_notify (0, "STOPPING=1");
}

#else

void
trias_notify_ready (const char *status)
{
}

void
trias_notify_stopping (void)
{
}

#endif
