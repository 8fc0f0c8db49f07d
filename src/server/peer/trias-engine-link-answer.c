/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-engine-link-private.h"

#include <string.h>

#include "core/trias-json.h"

#define START "HTTP/1.1 "

static void
read_headers (TriasEngineLinkAnswer *self, const char *head)
{
  g_auto (GStrv) lines = g_strsplit (head, "\r\n", -1);

  for (guint i = 1; lines[i] != NULL; i++)
    {
      char *colon = strchr (lines[i], ':');

      if (colon == NULL)
        continue;
      *colon = '\0';
      if (g_ascii_strcasecmp (lines[i], "Content-Length") == 0)
        self->body = MIN (g_ascii_strtoull (colon + 1, NULL, 10), TRIAS_JSON_MAX_BYTES);
      else if (g_ascii_strcasecmp (lines[i], "Upgrade") == 0 && self->protocol == NULL)
        self->protocol = g_strdup (g_strstrip (colon + 1));
    }
}

gboolean
trias_engine_link_answer_read (TriasEngineLinkAnswer *self, const GByteArray *got)
{
  const char *data = (const char *) got->data;
  const char *end;
  g_autofree char *head = NULL;

  if (self->head > 0)
    return TRUE;
  /* Whatever it is, it is not ours: need not be waited for. */
  if (strncmp (data != NULL ? data : START, START, MIN (got->len, strlen (START))) != 0)
    return FALSE;
  end = data != NULL ? memmem (data, got->len, "\r\n\r\n", 4) : NULL;
  if (end == NULL)
    return got->len < TRIAS_ENGINE_LINK_HEAD_MAX;

  self->head = (gsize) (end + 4 - data);
  head = g_strndup (data, self->head);
  self->status = (guint) g_ascii_strtoull (head + strlen (START), NULL, 10);
  read_headers (self, head);
  return self->status >= 100 && self->status < 600;
}

void
trias_engine_link_answer_clear (TriasEngineLinkAnswer *self)
{
  g_free (self->protocol);
  *self = (TriasEngineLinkAnswer){ 0 };
}
