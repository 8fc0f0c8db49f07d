/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-json-private.h"

#include <string.h>

/* 2^53: up to here readers that use doubles keep it exact. */
#define MAX_SAFE_INTEGER G_GINT64_CONSTANT (9007199254740992)

/* More than the answer about a lease has, and still a size that the allocator keeps at hand. */
#define FIRST_SIZE 896

/* Bytes are put down directly: a text of many small pieces costs several times as much when each is
 * appended by a call of its own. */
struct _TriasJsonWriter
{
  char *data; /* (owned) */
  gsize length;
  gsize size;
};

TriasJsonWriter *
trias_json_writer_new (void)
{
  TriasJsonWriter *self = g_new (TriasJsonWriter, 1);

  *self = (TriasJsonWriter){ NULL, 0, 0 };
  return self;
}

void
trias_json_writer_free (TriasJsonWriter *self)
{
  if (self == NULL)
    return;
  g_free (self->data);
  g_free (self);
}

/* Where the next @more bytes may be written; a NUL fits behind them. */
static char *
reserve (TriasJsonWriter *self, gsize more)
{
  if (G_UNLIKELY (self->size - self->length <= more))
    {
      self->size = MAX (self->size * 2, self->length + more + FIRST_SIZE);
      self->data = g_realloc (self->data, self->size);
    }
  return self->data + self->length;
}

static void
append (TriasJsonWriter *self, const char *text, gsize length)
{
  memcpy (reserve (self, length), text, length);
  self->length += length;
}

static void
append_byte (TriasJsonWriter *self, char c)
{
  *reserve (self, 1) = c;
  self->length++;
}

static void
append_escaped (TriasJsonWriter *self, const char *text)
{
  static const char hex[] = "0123456789abcdef";
  const char *run = text;

  for (const char *at = text;; at++)
    {
      guchar c = (guchar) *at;

      if (c >= 0x20 && c != '"' && c != '\\')
        continue;
      append (self, run, (gsize) (at - run));
      run = at + 1;
      if (c == '\0')
        return;
      if (c == '"' || c == '\\')
        append (self, (const char[]){ '\\', (char) c }, 2);
      else if (c == '\n')
        append (self, "\\n", 2);
      else if (c == '\t')
        append (self, "\\t", 2);
      else
        append (self, (const char[]){ '\\', 'u', '0', '0', hex[c >> 4], hex[c & 15] }, 6);
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
append_string (TriasJsonWriter *self, const char *text)
{
  gsize plain = plain_length (text);

  if (text[plain] == '\0')
    {
      char *at = reserve (self, plain + 2);

      at[0] = '"';
      memcpy (at + 1, text, plain);
      at[plain + 1] = '"';
      self->length += plain + 2;
      return;
    }
  append_byte (self, '"');
  if (g_utf8_validate (text, -1, NULL))
    append_escaped (self, text);
  else
    {
      g_autofree char *valid = g_utf8_make_valid (text, -1);

      append_escaped (self, valid);
    }
  append_byte (self, '"');
}

/* The comma and the name before a value. No value ends in an opening bracket, so the last byte
 * tells whether this is the first one here. */
static void
begin_value (TriasJsonWriter *self, const char *name)
{
  char last = self->length > 0 ? self->data[self->length - 1] : '{';

  if (last != '{' && last != '[')
    append_byte (self, ',');
  if (name != NULL)
    {
      append_string (self, name);
      append_byte (self, ':');
    }
}

void
trias_json_add_raw (TriasJsonWriter *self, const char *name, const char *text)
{
  begin_value (self, name);
  append (self, text, strlen (text));
}

void
trias_json_begin_object (TriasJsonWriter *self, const char *name)
{
  trias_json_add_raw (self, name, "{");
}

void
trias_json_end_object (TriasJsonWriter *self)
{
  append_byte (self, '}');
}

void
trias_json_begin_array (TriasJsonWriter *self, const char *name)
{
  trias_json_add_raw (self, name, "[");
}

void
trias_json_end_array (TriasJsonWriter *self)
{
  append_byte (self, ']');
}

void
trias_json_add_string (TriasJsonWriter *self, const char *name, const char *value)
{
  begin_value (self, name);
  if (value == NULL)
    append (self, "null", 4);
  else
    append_string (self, value);
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
  char *text;

  *reserve (self, 0) = '\0';
  text = g_steal_pointer (&self->data);
  if (length != NULL)
    *length = self->length;
  /* Room is made when something is written again; most writers end here. */
  self->length = self->size = 0;
  return text;
}
