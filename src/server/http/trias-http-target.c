/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/http/trias-http-private.h"

#include <string.h>

gboolean
trias_http_target_decode (char *text, gsize *length)
{
  char *out = text;
  gboolean plain = TRUE;

  for (const char *in = text; *in != '\0'; in++)
    {
      guchar byte = (guchar) *in;

      if (byte == '%')
        {
          int high = g_ascii_xdigit_value (in[1]);
          int low = high < 0 ? -1 : g_ascii_xdigit_value (in[2]);

          if (low < 0)
            return FALSE;
          byte = (guchar) (high << 4 | low);
          in += 2;
        }
      if (byte < 0x20 || byte == 0x7f)
        return FALSE;
      plain = plain && byte < 0x80;
      *out++ = (char) byte;
    }
  *out = '\0';
  *length = (gsize) (out - text);
  return plain || g_utf8_validate (text, (gssize) *length, NULL);
}

gboolean
trias_http_target_is_safe (const char *path)
{
  if (*path != '/')
    return FALSE;
  for (const char *p = path; (p = strstr (p, "/..")) != NULL; p += 3)
    if (p[3] == '\0' || p[3] == '/')
      return FALSE;
  return TRUE;
}
