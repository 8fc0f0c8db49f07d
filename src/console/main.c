/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <locale.h>
#include <stdlib.h>

#include <glib/gi18n.h>

#include "console/trias-application.h"
#include "console/trias-screenshot.h"
#include "core/trias-process.h"

int
main (int argc, char **argv)
{
  const char *localedir = g_getenv ("TRIAS_LOCALEDIR");
  g_autoptr (TriasApplication) app = NULL;
  int code;

  /* The console draws little: software rendering starts faster and saves 60 MB of driver. */
  if (g_strcmp0 (g_getenv ("GDK_BACKEND"), "broadway") != 0)
    g_setenv ("GSK_RENDERER", "cairo", FALSE);
  g_setenv ("GDK_DEBUG", "gl-disable", FALSE);

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, localedir != NULL ? localedir : TRIAS_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  trias_process_begin ();
  app = trias_application_new ();
  code = g_application_run (G_APPLICATION (app), argc, argv);
  return code == 0 && trias_screenshot_has_failed () ? EXIT_FAILURE : code;
}
