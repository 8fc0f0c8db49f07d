/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-json-private.h"

#include <string.h>

/* 2^53: up to here readers that use doubles keep it exact. */
#define MAX_SAFE_INTEGER G_GINT64_CONSTANT (9007199254740992)

struct _TriasJsonWriter
{
  GString *out;
};

TriasJsonWriter *
trias_json_writer_new (void)
{
  TriasJsonWriter *self = g_new (TriasJsonWriter, 1);

  self->out = g_string_sized_new (256);
  return self;
}

void
trias_json_writer_free (TriasJsonWriter *self)
{
  if (self == NULL)
    return;
  g_string_free (self->out, TRUE);
  g_free (self);
}

static void
append_escaped (GString *out, const char *text)
{
  const char *run = text;

  for (const char *at = text;; at++)
    {
      guchar c = (guchar) *at;

      if (c >= 0x20 && c != '"' && c != '\\')
        continue;
      g_string_append_len (out, run, at - run);
      run = at + 1;
      if (c == '\0')
        return;
      if (c == '"' || c == '\\')
        {
          g_string_append_c (out, '\\');
          g_string_append_c (out, (char) c);
        }
      else if (c == '\n')
        g_string_append (out, "\\n");
      else if (c == '\t')
        g_string_append (out, "\\t");
      else
        g_string_append_printf (out, "\\u%04x", c);
    }
}

/* Length of the start of @text that stands in JSON as it is and needs no look at its encoding. */
static gsize
plain_length (const char *text)
{
  gsize n = 0;

  while (text[n] >= 0x20 && text[n] < 0x7f && text[n] != '"' && text[n] != '\\')
    n++;
  return n;
}

static void
append_string (GString *out, const char *text)
{
  gsize plain = plain_length (text);

  g_string_append_c (out, '"');
  if (text[plain] == '\0')
    g_string_append_len (out, text, (gssize) plain);
  else if (g_utf8_validate (text, -1, NULL))
    append_escaped (out, text);
  else
    {
      g_autofree char *valid = g_utf8_make_valid (text, -1);

      append_escaped (out, valid);
    }
  g_string_append_c (out, '"');
}

/* The comma and the name before a value. No value ends in an opening bracket, so the last byte
 * tells whether this is the first one here. */
static void
begin_value (TriasJsonWriter *self, const char *name)
{
  GString *out = self->out;

  if (out->len > 0 && out->str[out->len - 1] != '{' && out->str[out->len - 1] != '[')
    g_string_append_c (out, ',');
  if (name != NULL)
    {
      append_string (out, name);
      g_string_append_c (out, ':');
    }
}

void
trias_json_add_raw (TriasJsonWriter *self, const char *name, const char *text)
{
  begin_value (self, name);
  g_string_append (self->out, text);
}

void
trias_json_begin_object (TriasJsonWriter *self, const char *name)
{
  trias_json_add_raw (self, name, "{");
}

void
trias_json_end_object (TriasJsonWriter *self)
{
  g_string_append_c (self->out, '}');
}

void
trias_json_begin_array (TriasJsonWriter *self, const char *name)
{
  trias_json_add_raw (self, name, "[");
}

void
trias_json_end_array (TriasJsonWriter *self)
{
  g_string_append_c (self->out, ']');
}

void
trias_json_add_string (TriasJsonWriter *self, const char *name, const char *value)
{
  begin_value (self, name);
  if (value == NULL)
    g_string_append (self->out, "null");
  else
    append_string (self->out, value);
}

void
trias_json_add_int (TriasJsonWriter *self, const char *name, gint64 value)
{
  char digits[24];
  char *at = digits + sizeof digits;
  gboolean quoted = value > MAX_SAFE_INTEGER || value < -MAX_SAFE_INTEGER;
  guint64 left = value < 0 ? -(guint64) value : (guint64) value;

  /* By hand: numbers are half of an answer, and the general way costs ten times as much. */
  *--at = '\0';
  if (quoted)
    *--at = '"';
  do
    *--at = (char) ('0' + left % 10);
  while ((left /= 10) > 0);
  if (value < 0)
    *--at = '-';
  if (quoted)
    *--at = '"';
  trias_json_add_raw (self, name, at);
}

void
trias_json_add_bool (TriasJsonWriter *self, const char *name, gboolean value)
{
  trias_json_add_raw (self, name, value ? "true" : "false");
}

void
trias_json_add_null (TriasJsonWriter *self, const char *name)
{
  trias_json_add_raw (self, name, "null");
}

void
trias_json_add_strv (TriasJsonWriter *self, const char *name, const char *const *values)
{
  trias_json_begin_array (self, name);
  for (gsize i = 0; values != NULL && values[i] != NULL; i++)
    trias_json_add_string (self, NULL, values[i]);
  trias_json_end_array (self);
}

char *
trias_json_writer_end (TriasJsonWriter *self, gsize *length)
{
  GString *out = self->out;

  if (length != NULL)
    *length = out->len;
  self->out = g_string_sized_new (256);
  return g_string_free (out, FALSE);
}
