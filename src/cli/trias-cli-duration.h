/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "cli/trias-cli.h"

G_BEGIN_DECLS

/** What an option that takes a duration allows. */
typedef struct
{
  const char *option; /* as it is typed */
  guint unit;         /* what a number alone means: 1 = seconds, 60 = minutes */
  guint min, max;     /* seconds */
} TriasCliDuration;

/** Reads "90s", "30m", "2h" or a number alone. */
gboolean trias_cli_read_duration (const TriasCliDuration *self,
                                  const char *text,
                                  guint *seconds,
                                  GError **error);

G_END_DECLS
