/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/trias-screenshot.h"

#include <glib/gi18n.h>

#define POLL_MS 50
#define SETTLED_POLLS 12
#define GIVE_UP_MS 15000

typedef struct
{
  GtkWindow *window;     /* (owned) */
  TriasServers *servers; /* (owned) */
  gboolean signing_in;
  char *file;      /* (owned) */
  guint settled;   /* polls in a row in which nothing was under way */
  gint64 deadline; /* monotonic */
} Shot;

static gboolean failed;

static void
shot_free (gpointer data)
{
  Shot *shot = data;

  g_object_unref (shot->window);
  g_object_unref (shot->servers);
  g_free (shot->file);
  g_free (shot);
}

GdkTexture *
trias_screenshot_render (GtkWidget *widget)
{
  g_autoptr (GdkPaintable) paintable = gtk_widget_paintable_new (widget);
  int width = gdk_paintable_get_intrinsic_width (paintable);
  int height = gdk_paintable_get_intrinsic_height (paintable);
  GtkSnapshot *snapshot = gtk_snapshot_new ();
  g_autoptr (GskRenderNode) node = NULL;

  gdk_paintable_snapshot (paintable, snapshot, width, height);
  node = gtk_snapshot_free_to_node (snapshot);
  if (node == NULL)
    return NULL;
  return gsk_renderer_render_texture (gtk_native_get_renderer (gtk_widget_get_native (widget)),
                                      node,
                                      &GRAPHENE_RECT_INIT (0, 0, (float) width, (float) height));
}

static gboolean
is_settled (Shot *shot)
{
  GListModel *model = G_LIST_MODEL (shot->servers);

  for (guint i = 0; i < g_list_model_get_n_items (model); i++)
    {
      g_autoptr (TriasServer) server = g_list_model_get_item (model, i);
      TriasServerState state = trias_server_get_state (server);
      gboolean busy = FALSE;

      g_object_get (server, "busy", &busy, NULL);
      if (busy || state == TRIAS_SERVER_CONNECTING
          || (shot->signing_in && state == TRIAS_SERVER_SIGNED_OUT))
        return FALSE;
    }
  return TRUE;
}

static gboolean
save (GdkTexture *texture, const char *file)
{
  g_autoptr (GBytes) png = texture != NULL ? gdk_texture_save_to_png_bytes (texture) : NULL;
  g_autoptr (GError) error = NULL;

  if (png == NULL)
    {
      g_printerr ("%s\n", _ ("The window could not be drawn."));
      return FALSE;
    }
  if (g_file_set_contents (file, g_bytes_get_data (png, NULL), (gssize) g_bytes_get_size (png),
                           &error))
    return TRUE;
  g_printerr (_ ("The file %s cannot be written: %s"), file, error->message);
  g_printerr ("\n");
  return FALSE;
}

static gboolean
poll_cb (gpointer user_data)
{
  Shot *shot = user_data;
  g_autoptr (GdkTexture) texture = NULL;

  shot->settled = is_settled (shot) ? shot->settled + 1 : 0;
  if (shot->settled < SETTLED_POLLS && g_get_monotonic_time () < shot->deadline)
    return G_SOURCE_CONTINUE;
  gtk_test_widget_wait_for_draw (GTK_WIDGET (shot->window));
  texture = trias_screenshot_render (GTK_WIDGET (shot->window));
  if (texture == NULL && g_get_monotonic_time () < shot->deadline)
    return G_SOURCE_CONTINUE;
  failed = !save (texture, shot->file);
  gtk_window_destroy (shot->window);
  return G_SOURCE_REMOVE;
}

gboolean
trias_screenshot_has_failed (void)
{
  return failed;
}

void
trias_screenshot_take (GtkWindow *window,
                       TriasServers *servers,
                       gboolean signing_in,
                       const char *file)
{
  Shot *shot = g_new0 (Shot, 1);

  shot->window = g_object_ref (window);
  shot->servers = g_object_ref (servers);
  shot->signing_in = signing_in;
  shot->file = g_strdup (file);
  shot->deadline = g_get_monotonic_time () + GIVE_UP_MS * 1000;
  g_timeout_add_full (G_PRIORITY_LOW, POLL_MS, poll_cb, shot, shot_free);
}
