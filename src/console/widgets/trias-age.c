/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "console/widgets/trias-age.h"

#include <glib/gi18n.h>

#define TICK_S 5

gint64
trias_age_now (void)
{
  return g_get_real_time () / 1000;
}

char *
trias_age_format_span (gint64 span_ms)
{
  gint64 seconds = MAX (0, span_ms / 1000);

  if (seconds < 60)
    /* TRANSLATORS: a span of time, abbreviated: seconds */
    return g_strdup_printf (_ ("%d s"), (int) seconds);
  if (seconds < 60 * 60)
    /* TRANSLATORS: a span of time, abbreviated: minutes */
    return g_strdup_printf (_ ("%d min"), (int) (seconds / 60));
  if (seconds < 48 * 60 * 60)
    /* TRANSLATORS: a span of time, abbreviated: hours */
    return g_strdup_printf (_ ("%d h"), (int) (seconds / 3600));
  return g_strdup_printf (ngettext ("%d day", "%d days", (gulong) (seconds / 86400)),
                          (int) (seconds / 86400));
}

char *
trias_age_format (gint64 then_ms, gint64 now_ms)
{
  gint64 seconds = MAX (0, (now_ms - then_ms) / 1000);

  if (seconds < 60)
    /* TRANSLATORS: an age, abbreviated: seconds */
    return g_strdup_printf (_ ("%d s ago"), (int) seconds);
  if (seconds < 60 * 60)
    /* TRANSLATORS: an age, abbreviated: minutes */
    return g_strdup_printf (_ ("%d min ago"), (int) (seconds / 60));
  if (seconds < 48 * 60 * 60)
    /* TRANSLATORS: an age, abbreviated: hours */
    return g_strdup_printf (_ ("%d h ago"), (int) (seconds / 3600));
  return g_strdup_printf (ngettext ("%d day ago", "%d days ago", (gulong) (seconds / 86400)),
                          (int) (seconds / 86400));
}

char *
trias_age_format_time (gint64 when_ms)
{
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_local (when_ms / 1000);
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();

  if (when == NULL)
    return g_strdup ("");
  if (g_date_time_get_year (when) == g_date_time_get_year (now)
      && g_date_time_get_day_of_year (when) == g_date_time_get_day_of_year (now))
    /* TRANSLATORS: a time of today, for g_date_time_format() */
    return g_date_time_format (when, _ ("%H:%M:%S"));
  /* TRANSLATORS: a date and time, for g_date_time_format() */
  return g_date_time_format (when, _ ("%Y-%m-%d %H:%M:%S"));
}

char *
trias_age_format_date (gint64 when_ms)
{
  g_autoptr (GDateTime) when = g_date_time_new_from_unix_local (when_ms / 1000);

  if (when == NULL)
    return g_strdup ("");
  /* TRANSLATORS: a date, for g_date_time_format() */
  return g_date_time_format (when, _ ("%Y-%m-%d"));
}

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
