/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Production sites as applications are: each a libtrias client with a key of its own that takes a
 * seat and gives it back, over and over.
 *
 *   sites [--clients N] FEATURE ADDRESS#FINGERPRINT…
 *
 * Prints a line for each checkout, `SITE ASKED GRANTED SERVER` (µs of the monotonic clock, the
 * server by the begin of its fingerprint), or `SITE ASKED FAILED -`. Ends with its standard input.
 */

#include <glib-unix.h>
#include <stdio.h>
#include <stdlib.h>

#include "client/trias-failover.h"

/* Between a seat given back and the next one asked for. */
#define REST_MS 5
#define TTL_S 30

typedef struct
{
  TriasFailover *failover;
  const char *feature;
  int number;
  gint64 asked;
} Site;

static void ask (Site *site);

static gboolean
rested_cb (gpointer user_data)
{
  ask (user_data);
  return G_SOURCE_REMOVE;
}

static void
rest (Site *site)
{
  g_timeout_add (REST_MS, rested_cb, site);
}

static void
released_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  trias_failover_lease_release_finish (TRIAS_FAILOVER_LEASE (source), result, NULL);
  g_object_unref (source);
  rest (user_data);
}

static void
acquired_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Site *site = user_data;
  g_autoptr (GError) error = NULL;
  TriasFailoverLease *lease
      = trias_failover_acquire_finish (TRIAS_FAILOVER (source), result, &error);

  printf ("%d %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %.12s\n", site->number, site->asked,
          lease != NULL ? g_get_monotonic_time () : 0,
          lease != NULL ? trias_failover_lease_get_server_id (lease) : "-");
  fflush (stdout);
  if (lease != NULL)
    {
      trias_failover_lease_release_async (lease, NULL, released_cb, site);
      return;
    }
  g_printerr ("site %d: %s\n", site->number, error->message);
  rest (site);
}

static void
ask (Site *site)
{
  site->asked = g_get_monotonic_time ();
  trias_failover_acquire_async (site->failover, site->feature, NULL, 1, TTL_S, NULL, NULL,
                                acquired_cb, site);
}

static gboolean
ended_cb (gint fd, GIOCondition condition, gpointer user_data)
{
  g_main_loop_quit (user_data);
  return G_SOURCE_REMOVE;
}

static Site *
site_new (int number, const char *feature, const char *const *servers)
{
  g_autofree char *name = g_strdup_printf ("site-%d", number);
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasIdentity) identity = trias_identity_generate (name, &error);
  Site *site = g_new0 (Site, 1);

  site->number = number;
  site->feature = feature;
  site->failover = identity != NULL ? trias_failover_new (servers, identity, &error) : NULL;
  if (site->failover == NULL)
    {
      g_printerr ("%s\n", error->message);
      exit (2);
    }
  trias_failover_set_cache (site->failover, NULL);
  return site;
}

int
main (int argc, char **argv)
{
  int clients = 1;
  const GOptionEntry entries[]
      = { { "clients", 'c', 0, G_OPTION_ARG_INT, &clients, "How many", "N" }, { NULL } };
  g_autoptr (GOptionContext) context = g_option_context_new ("FEATURE SERVER…");
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, NULL) || argc < 3 || clients < 1)
    {
      g_printerr ("sites [--clients N] FEATURE ADDRESS#FINGERPRINT…\n");
      return 2;
    }
  g_unix_fd_add (0, G_IO_IN | G_IO_HUP, ended_cb, loop);
  for (int i = 0; i < clients; i++)
    ask (site_new (i, argv[1], (const char *const *) argv + 2));
  g_main_loop_run (loop);
  /* What is under way ends with the process. */
  _Exit (0);
}
