/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/widgets/trias-age.h"

#define TICK_S 5

typedef struct
{
  GtkWidget *widget; /* (unowned) owns this */
  TriasAgeTick tick;
  gpointer data;
  guint source;
  gboolean needed;
} Watch;

static gboolean
tick_cb (gpointer user_data)
{
  Watch *watch = user_data;

  watch->tick (watch->data);
  return G_SOURCE_CONTINUE;
}

static void
update_source (Watch *watch)
{
  gboolean run = watch->needed && gtk_widget_get_mapped (watch->widget);

  if (run && watch->source == 0)
    watch->source = g_timeout_add_seconds (TICK_S, tick_cb, watch);
  else if (!run)
    g_clear_handle_id (&watch->source, g_source_remove);
}

static void
mapped_cb (GtkWidget *widget, gpointer user_data)
{
  Watch *watch = user_data;

  if (watch->needed)
    watch->tick (watch->data);
  update_source (watch);
}

static void
unmapped_cb (GtkWidget *widget, gpointer user_data)
{
  Watch *watch = user_data;

  g_clear_handle_id (&watch->source, g_source_remove);
}

static void
watch_free (gpointer data)
{
  Watch *watch = data;

  g_clear_handle_id (&watch->source, g_source_remove);
  g_free (watch);
}

void
trias_age_watch (GtkWidget *widget, TriasAgeTick tick, gpointer data)
{
  Watch *watch = g_new0 (Watch, 1);

  watch->widget = widget;
  watch->tick = tick;
  watch->data = data;
  g_object_set_data_full (G_OBJECT (widget), "trias-age-watch", watch, watch_free);
  g_signal_connect (widget, "map", G_CALLBACK (mapped_cb), watch);
  g_signal_connect (widget, "unmap", G_CALLBACK (unmapped_cb), watch);
}

void
trias_age_set_needed (GtkWidget *widget, gboolean needed)
{
  Watch *watch = g_object_get_data (G_OBJECT (widget), "trias-age-watch");

  g_return_if_fail (watch != NULL);
  if (watch->needed == needed)
    return;
  watch->needed = needed;
  update_source (watch);
}
