/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-age-words.h"

#include <glib/gi18n-lib.h>

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
  return g_strdup_printf (
      g_dngettext (GETTEXT_PACKAGE, "%d day", "%d days", (gulong) (seconds / 86400)),
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
  return g_strdup_printf (
      g_dngettext (GETTEXT_PACKAGE, "%d day ago", "%d days ago", (gulong) (seconds / 86400)),
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
