/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-rest.h"

#include <string.h>

#define MAX_WORD 256

struct _TriasSseParser
{
  GString *line;
  GString *data;
  char *event; /* (owned) (nullable) of the message under way */
  char *id;    /* (owned) last one seen, stays over messages */
  gboolean after_cr;
  gboolean has_data;
  TriasSseFunc func;
  gpointer user_data;
};

TriasSseParser *
trias_sse_parser_new (TriasSseFunc func, gpointer user_data)
{
  TriasSseParser *self = g_new0 (TriasSseParser, 1);

  self->line = g_string_new (NULL);
  self->data = g_string_new (NULL);
  self->id = g_strdup ("");
  self->func = func;
  self->user_data = user_data;
  return self;
}

void
trias_sse_parser_free (TriasSseParser *self)
{
  if (self == NULL)
    return;
  g_string_free (self->line, TRUE);
  g_string_free (self->data, TRUE);
  g_free (self->event);
  g_free (self->id);
  g_free (self);
}

static void
dispatch (TriasSseParser *self)
{
  g_autofree char *event = g_steal_pointer (&self->event);
  g_autofree char *data = NULL;

  if (!self->has_data)
    return;
  data = g_strndup (self->data->str, self->data->len);
  g_string_truncate (self->data, 0);
  self->has_data = FALSE;
  if (g_utf8_validate (data, -1, NULL))
    self->func (event != NULL ? event : "message", self->id, data, self->user_data);
}

static void
set_word (char **place, const char *value)
{
  if (strlen (value) > MAX_WORD || !g_utf8_validate (value, -1, NULL))
    return;
  g_free (*place);
  *place = g_strdup (value);
}

static gboolean
take_field (TriasSseParser *self, const char *name, const char *value, GError **error)
{
  if (strcmp (name, "event") == 0)
    set_word (&self->event, value);
  else if (strcmp (name, "id") == 0)
    set_word (&self->id, value);
  else if (strcmp (name, "data") == 0)
    {
      if (self->data->len + strlen (value) + 1 > TRIAS_SSE_MAX_MESSAGE)
        {
          g_set_error_literal (error, TRIAS_ERROR, TRIAS_REASON_TOO_LARGE,
                               "A live message of the server is larger than allowed.");
          return FALSE;
        }
      if (self->has_data)
        g_string_append_c (self->data, '\n');
      g_string_append (self->data, value);
      self->has_data = TRUE;
    }
  return TRUE;
}

static gboolean
take_line (TriasSseParser *self, GError **error)
{
  g_autofree char *line = g_strndup (self->line->str, self->line->len);
  char *colon = strchr (line, ':');
  const char *value = "";

  g_string_truncate (self->line, 0);
  if (line[0] == '\0')
    {
      dispatch (self);
      return TRUE;
    }
  if (colon == line)
    return TRUE;
  if (colon != NULL)
    {
      *colon = '\0';
      value = colon[1] == ' ' ? colon + 2 : colon + 1;
    }
  return take_field (self, line, value, error);
}

gboolean
trias_sse_parser_feed (TriasSseParser *self, const char *data, gsize length, GError **error)
{
  for (gsize i = 0; i < length; i++)
    {
      char c = data[i];
      gboolean second = c == '\n' && self->after_cr;

      self->after_cr = c == '\r';
      if (second)
        continue;
      if (c == '\n' || c == '\r')
        {
          if (!take_line (self, error))
            return FALSE;
          continue;
        }
      if (self->line->len >= TRIAS_SSE_MAX_MESSAGE)
        {
          g_set_error_literal (error, TRIAS_ERROR, TRIAS_REASON_TOO_LARGE,
                               "A live message of the server is larger than allowed.");
          return FALSE;
        }
      g_string_append_c (self->line, c);
    }
  return TRUE;
}
