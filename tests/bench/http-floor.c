/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The least server that can be made from the façade, to measure what the façade itself costs.
 *
 *   http-floor [--tls] [PORT]      prints the port; then for example
 *   wrk -t1 -c64 -d2s http://127.0.0.1:PORT/t
 *
 * GET answers 40 bytes, POST its own body, POST /late the same from a later turn of the loop. */

#include "server/http/trias-http.h"

#include <glib-unix.h>
#include <locale.h>

static GPtrArray *waiting;

static void
echo (TriasHttpRequest *request)
{
  gsize length;
  const char *body = trias_http_body (request, &length);

  trias_http_respond (request, 200, NULL, body, length);
}

static gboolean
answer_waiting (gpointer data)
{
  g_autoptr (GPtrArray) batch = g_steal_pointer (&waiting);

  for (guint i = 0; i < batch->len; i++)
    echo (batch->pdata[i]);
  return G_SOURCE_REMOVE;
}

static void
handle (TriasHttpRequest *request, gpointer data)
{
  static const char answer[] = "{\"alive\":true,\"serving\":true,\"wait\":null}";

  if (g_str_equal (trias_http_method (request), "GET"))
    {
      trias_http_respond (request, 200, NULL, answer, sizeof answer - 1);
      return;
    }
  if (!g_str_equal (trias_http_path (request), "/late"))
    {
      echo (request);
      return;
    }
  if (waiting == NULL)
    {
      waiting = g_ptr_array_new ();
      g_idle_add_full (G_PRIORITY_DEFAULT, answer_waiting, NULL, NULL);
    }
  g_ptr_array_add (waiting, request);
}

static gboolean
quit (gpointer loop)
{
  g_main_loop_quit (loop);
  return G_SOURCE_REMOVE;
}

int
main (int argc, char **argv)
{
  gboolean tls = argc > 1 && g_str_equal (argv[1], "--tls");
  g_autofree char *address = g_strdup_printf ("127.0.0.1:%s", argc > 1 + tls ? argv[1 + tls] : "0");
  const char *addresses[] = { address, NULL };
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  g_autoptr (TriasIdentity) identity = NULL;
  g_autoptr (GError) error = NULL;
  TriasHttpLimits limits;
  TriasHttp *http = NULL;

  setlocale (LC_ALL, "");
  trias_http_limits_init (&limits);
  limits.connections_per_address = limits.connections_max;
  identity = trias_identity_generate ("floor", &error);
  if (identity != NULL)
    http = trias_http_start (addresses, identity, &limits, !tls, handle, NULL, &error);
  if (http == NULL)
    {
      g_printerr ("%s\n", error->message);
      return 1;
    }

  g_print ("%u\n", trias_http_get_port (http, 0));
  g_unix_signal_add (SIGTERM, quit, loop);
  g_unix_signal_add (SIGINT, quit, loop);
  g_main_loop_run (loop);
  trias_http_stop (http);
  return 0;
}
