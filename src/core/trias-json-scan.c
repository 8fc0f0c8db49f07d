/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-json-private.h"

#include <math.h>
#include <string.h>

/* The parser behind accepts comments, single quotes, "var x =" and more, keeps the last of two
 * equal names, cuts strings at an escaped NUL and recurses without bound. This scan lets only exact
 * JSON through to it. */

typedef struct
{
  const char *at;
  const char *end;
  guint depth;
  gsize n_members;
  const char *problem;
} Scan;

static gboolean scan_value (Scan *self);

static gboolean
fault (Scan *self, const char *problem)
{
  if (self->problem == NULL)
    self->problem = problem;
  return FALSE;
}

static void
skip_space (Scan *self)
{
  while (self->at < self->end
         && (*self->at == ' ' || *self->at == '\n' || *self->at == '\r' || *self->at == '\t'))
    self->at++;
}

static gboolean
take (Scan *self, char c)
{
  if (self->at >= self->end || *self->at != c)
    return FALSE;
  self->at++;
  return TRUE;
}

static gboolean
take_literal (Scan *self, const char *literal)
{
  gsize length = strlen (literal);

  if ((gsize) (self->end - self->at) < length || memcmp (self->at, literal, length) != 0)
    return fault (self, "an unknown word");
  self->at += length;
  return TRUE;
}

/* Four hex digits of "\uXXXX"; -1 if they are none. */
static int
take_hex4 (Scan *self)
{
  int value = 0;

  if (self->end - self->at < 4)
    return -1;
  for (int i = 0; i < 4; i++)
    {
      int digit = g_ascii_xdigit_value (*self->at++);

      if (digit < 0)
        return -1;
      value = value * 16 + digit;
    }
  return value;
}

static gboolean
scan_unicode_escape (Scan *self)
{
  int unit = take_hex4 (self);

  if (unit < 0)
    return fault (self, "an escape that is none");
  if (unit == 0)
    return fault (self, "an escaped NUL");
  if (unit >= 0xdc00 && unit <= 0xdfff)
    return fault (self, "half a surrogate pair");
  if (unit >= 0xd800 && unit <= 0xdbff)
    {
      if (!take (self, '\\') || !take (self, 'u'))
        return fault (self, "half a surrogate pair");
      unit = take_hex4 (self);
      if (unit < 0xdc00 || unit > 0xdfff)
        return fault (self, "half a surrogate pair");
    }
  return TRUE;
}

/* After the opening quote. */
static gboolean
scan_string (Scan *self)
{
  while (self->at < self->end)
    {
      char c = *self->at++;

      if (c == '"')
        return TRUE;
      if ((guchar) c < 0x20)
        return fault (self, "a control character in a string");
      if (c != '\\')
        continue;
      if (self->at >= self->end)
        break;
      c = *self->at++;
      if (c == 'u')
        {
          if (!scan_unicode_escape (self))
            return FALSE;
        }
      else if (strchr ("\"\\/bfnrt", c) == NULL)
        return fault (self, "an escape that is none");
    }
  return fault (self, "a string without its end");
}

static gsize
take_digits (Scan *self)
{
  const char *start = self->at;

  while (self->at < self->end && g_ascii_isdigit (*self->at))
    self->at++;
  return (gsize) (self->at - start);
}

static gboolean
number_in_range (const char *start, gsize length, gboolean whole)
{
  char text[64];

  if (length >= sizeof text)
    return FALSE;
  memcpy (text, start, length);
  text[length] = '\0';
  if (!whole)
    return isfinite (g_ascii_strtod (text, NULL));
  return g_ascii_string_to_signed (text, 10, -G_MAXINT64, G_MAXINT64, NULL, NULL);
}

static gboolean
scan_number (Scan *self)
{
  const char *start = self->at;
  gboolean whole = TRUE;

  take (self, '-');
  if (!take (self, '0') && take_digits (self) == 0)
    return fault (self, "an unexpected character");
  if (take (self, '.'))
    {
      whole = FALSE;
      if (take_digits (self) == 0)
        return fault (self, "a number without its digits");
    }
  if (take (self, 'e') || take (self, 'E'))
    {
      whole = FALSE;
      if (!take (self, '+'))
        take (self, '-');
      if (take_digits (self) == 0)
        return fault (self, "a number without its digits");
    }
  if (!number_in_range (start, (gsize) (self->at - start), whole))
    return fault (self, "a number out of range");
  return TRUE;
}

static gboolean
scan_members (Scan *self)
{
  skip_space (self);
  if (take (self, '}'))
    return TRUE;
  do
    {
      skip_space (self);
      if (!take (self, '"'))
        return fault (self, "something else where a name must stand");
      if (!scan_string (self))
        return FALSE;
      self->n_members++;
      skip_space (self);
      if (!take (self, ':'))
        return fault (self, "a name without a colon");
      if (!scan_value (self))
        return FALSE;
      skip_space (self);
    }
  while (take (self, ','));
  return take (self, '}') || fault (self, "an object without its end");
}

static gboolean
scan_elements (Scan *self)
{
  skip_space (self);
  if (take (self, ']'))
    return TRUE;
  do
    {
      if (!scan_value (self))
        return FALSE;
      skip_space (self);
    }
  while (take (self, ','));
  return take (self, ']') || fault (self, "an array without its end");
}

/* Recursion is bounded by the depth. */
static gboolean
scan_value (Scan *self)
{
  gboolean object, good;

  skip_space (self);
  if (self->at >= self->end)
    return fault (self, "an end where a value must stand");
  switch (*self->at)
    {
    case '{':
    case '[':
      object = *self->at == '{';
      if (++self->depth > TRIAS_JSON_MAX_DEPTH)
        return fault (self, "too many levels");
      self->at++;
      good = object ? scan_members (self) : scan_elements (self);
      self->depth--;
      return good;
    case '"':
      self->at++;
      return scan_string (self);
    case 't':
      return take_literal (self, "true");
    case 'f':
      return take_literal (self, "false");
    case 'n':
      return take_literal (self, "null");
    default:
      return scan_number (self);
    }
}

gboolean
trias_json_scan (const char *data, gsize length, TriasJsonScan *scan)
{
  Scan self = { data, data + length, 0, 0, NULL };
  const char *valid_end = data;
  gboolean good;

  if (!g_utf8_validate_len (data, length, &valid_end))
    {
      scan->offset = (gsize) (valid_end - data);
      scan->problem = "bytes that are no UTF-8 text";
      return FALSE;
    }
  good = scan_value (&self);
  if (good)
    {
      skip_space (&self);
      if (self.at < self.end)
        good = fault (&self, "something after its end");
    }
  scan->n_members = self.n_members;
  scan->offset = (gsize) (self.at - data);
  scan->problem = self.problem;
  return good;
}
