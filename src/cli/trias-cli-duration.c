/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* How long something is to last, as it is typed: the same words for every option. */

#include "cli/trias-cli-duration.h"

#include <string.h>

/* As one types it. (transfer full) */
static char *
to_text (guint seconds)
{
  if (seconds > 0 && seconds % 3600 == 0)
    return g_strdup_printf ("%uh", seconds / 3600);
  if (seconds > 0 && seconds % 60 == 0)
    return g_strdup_printf ("%um", seconds / 60);
  return g_strdup_printf ("%us", seconds);
}

static gboolean
refuse (const TriasCliDuration *self, const char *text, GError **error)
{
  g_autofree char *min = to_text (self->min);
  g_autofree char *max = to_text (self->max);

  return trias_cli_usage (
      error,
      self->unit == 60
          /* TRANSLATORS: an option, two durations as they are typed, what was typed */
          ? _ ("%1$s is a duration from %2$s to %3$s, such as 90s, 30m or 2h; a number alone means "
               "minutes. It is not “%4$s”.")
          /* TRANSLATORS: an option, two durations as they are typed, what was typed */
          : _ ("%1$s is a duration from %2$s to %3$s, such as 90s, 30m or 2h; a number alone means "
               "seconds. It is not “%4$s”."),
      self->option, min, max, text);
}

gboolean
trias_cli_read_duration (const TriasCliDuration *self,
                         const char *text,
                         guint *seconds,
                         GError **error)
{
  char *end = NULL;
  gint64 number = g_ascii_strtoll (text, &end, 10);
  gint64 unit = *end == '\0'             ? self->unit
                : strcmp (end, "s") == 0 ? 1
                : strcmp (end, "m") == 0 ? 60
                : strcmp (end, "h") == 0 ? 3600
                                         : 0;

  if (end == text || unit == 0 || number < 0 || number > self->max / unit
      || number * unit < self->min)
    return refuse (self, text, error);
  *seconds = (guint) (number * unit);
  return TRUE;
}
