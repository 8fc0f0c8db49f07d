/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-json-private.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A library's parser was behind a scan here once: it took comments, single quotes and "var x =",
 * kept the last of two equal names, cut strings at an escaped NUL and recursed without bound. The
 * scan had to know all of the grammar anyhow; it builds the tree as well, at a tenth of the cost.
 */

/* As many values as a short request has. */
#define FIRST_NODES 24

typedef struct
{
  const char *at;
  const char *end;
  guint depth;
  const char *problem;
  TriasJson *nodes; /* (owned) */
  guint32 n_nodes;
  guint32 room;
  guint32 n_elements; /* of all arrays together */
  char *texts;        /* (owned) decoded strings, one behind the other */
  char *next_text;
} Parse;

static gboolean parse_value (Parse *self, const char *name);

static gboolean
fault (Parse *self, const char *problem)
{
  if (self->problem == NULL)
    self->problem = problem;
  return FALSE;
}

/* The block moves when it grows: values are known by their numbers until it is complete. */
static guint32
add_node (Parse *self, TriasJsonType type, const char *name)
{
  if (self->n_nodes == self->room)
    {
      self->room *= 2;
      self->nodes = g_renew (TriasJson, self->nodes, self->room);
    }
  self->nodes[self->n_nodes] = (TriasJson){ .type = type, .name = name, .span = 1 };
  return self->n_nodes++;
}

static TriasJson *
add_value (Parse *self, TriasJsonType type, const char *name)
{
  guint32 node = add_node (self, type, name);

  return &self->nodes[node];
}

static void
skip_space (Parse *self)
{
  while (self->at < self->end
         && (*self->at == ' ' || *self->at == '\n' || *self->at == '\r' || *self->at == '\t'))
    self->at++;
}

static gboolean
take (Parse *self, char c)
{
  if (self->at >= self->end || *self->at != c)
    return FALSE;
  self->at++;
  return TRUE;
}

static gboolean
take_literal (Parse *self, const char *literal)
{
  gsize length = strlen (literal);

  if ((gsize) (self->end - self->at) < length || memcmp (self->at, literal, length) != 0)
    return fault (self, "an unknown word");
  self->at += length;
  return TRUE;
}

/* --- strings --- */

/* Four hex digits of "\uXXXX"; -1 if they are none. */
static int
take_hex4 (Parse *self)
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
take_unicode_escape (Parse *self)
{
  int unit = take_hex4 (self);
  gunichar c = (gunichar) unit;

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
      c = 0x10000 + ((c - 0xd800) << 10) + ((gunichar) unit - 0xdc00);
    }
  self->next_text += g_unichar_to_utf8 (c, self->next_text);
  return TRUE;
}

static gboolean
take_escape (Parse *self)
{
  static const char letters[] = "\"\\/bfnrt";
  static const char meanings[] = "\"\\/\b\f\n\r\t";
  const char *letter;

  if (self->at >= self->end)
    return fault (self, "a string without its end");
  if (take (self, 'u'))
    return take_unicode_escape (self);
  letter = memchr (letters, *self->at++, sizeof letters - 1);
  if (letter == NULL)
    return fault (self, "an escape that is none");
  *self->next_text++ = meanings[letter - letters];
  return TRUE;
}

/* After the opening quote. What a string means is never longer than how it is written with its
 * quotes, so all of them fit in as many bytes as the text has. */
static const char *
parse_string (Parse *self)
{
  const char *start = self->next_text;

  while (self->at < self->end)
    {
      char c = *self->at++;

      if (c == '"')
        {
          *self->next_text++ = '\0';
          return start;
        }
      if ((guchar) c < 0x20)
        {
          fault (self, "a control character in a string");
          return NULL;
        }
      if (c != '\\')
        *self->next_text++ = c;
      else if (!take_escape (self))
        return NULL;
    }
  fault (self, "a string without its end");
  return NULL;
}

/* --- numbers --- */

static gsize
take_digits (Parse *self)
{
  const char *start = self->at;

  while (self->at < self->end && g_ascii_isdigit (*self->at))
    self->at++;
  return (gsize) (self->at - start);
}

static gboolean
add_number (Parse *self, const char *name, const char *start, gboolean whole)
{
  gsize length = (gsize) (self->at - start);
  char text[64];
  TriasJson *node;

  if (length >= sizeof text)
    return FALSE;
  memcpy (text, start, length);
  text[length] = '\0';
  node = add_value (self, whole ? TRIAS_JSON_INT : TRIAS_JSON_REAL, name);
  if (whole)
    return g_ascii_string_to_signed (text, 10, -G_MAXINT64, G_MAXINT64, &node->value.number, NULL);
  node->value.real = g_ascii_strtod (text, NULL);
  return isfinite (node->value.real);
}

static gboolean
parse_number (Parse *self, const char *name)
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
  return add_number (self, name, start, whole) || fault (self, "a number out of range");
}

/* --- arrays and objects --- */

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Sorted, for a long object must not cost the square of its length. */
static gboolean
has_twins (const TriasJson *object)
{
  const char *few[FIRST_NODES];
  g_autofree const char **many
      = object->length > G_N_ELEMENTS (few) ? g_new (const char *, object->length) : NULL;
  const char **names = many != NULL ? many : few;
  const TriasJson *child = object + 1;

  for (guint32 i = 0; i < object->length; i++, child += child->span)
    names[i] = child->name;
  qsort (names, object->length, sizeof *names, compare_names);
  for (guint32 i = 1; i < object->length; i++)
    if (strcmp (names[i - 1], names[i]) == 0)
      return TRUE;
  return FALSE;
}

static gboolean
parse_members (Parse *self, guint32 object)
{
  skip_space (self);
  if (take (self, '}'))
    return TRUE;
  do
    {
      const char *name;

      skip_space (self);
      if (!take (self, '"'))
        return fault (self, "something else where a name must stand");
      if ((name = parse_string (self)) == NULL)
        return FALSE;
      self->nodes[object].length++;
      skip_space (self);
      if (!take (self, ':'))
        return fault (self, "a name without a colon");
      if (!parse_value (self, name))
        return FALSE;
      skip_space (self);
    }
  while (take (self, ','));
  if (!take (self, '}'))
    return fault (self, "an object without its end");
  return !has_twins (&self->nodes[object])
         || fault (self, "the end of an object with a name twice");
}

static gboolean
parse_elements (Parse *self, guint32 array)
{
  skip_space (self);
  if (take (self, ']'))
    return TRUE;
  do
    {
      if (!parse_value (self, NULL))
        return FALSE;
      self->nodes[array].length++;
      self->n_elements++;
      skip_space (self);
    }
  while (take (self, ','));
  return take (self, ']') || fault (self, "an array without its end");
}

static gboolean
parse_container (Parse *self, const char *name, gboolean object)
{
  guint32 node;
  gboolean good;

  if (++self->depth > TRIAS_JSON_MAX_DEPTH)
    return fault (self, "too many levels");
  self->at++;
  node = add_node (self, object ? TRIAS_JSON_OBJECT : TRIAS_JSON_ARRAY, name);
  good = object ? parse_members (self, node) : parse_elements (self, node);
  self->nodes[node].span = self->n_nodes - node;
  self->depth--;
  return good;
}

/* Recursion is bounded by the depth. */
static gboolean
parse_value (Parse *self, const char *name)
{
  const char *text;

  skip_space (self);
  if (self->at >= self->end)
    return fault (self, "an end where a value must stand");
  switch (*self->at)
    {
    case '{':
    case '[':
      return parse_container (self, name, *self->at == '{');
    case '"':
      self->at++;
      if ((text = parse_string (self)) == NULL)
        return FALSE;
      add_value (self, TRIAS_JSON_STRING, name)->value.text = text;
      return TRUE;
    case 't':
      add_value (self, TRIAS_JSON_BOOL, name)->value.truth = TRUE;
      return take_literal (self, "true");
    case 'f':
      add_value (self, TRIAS_JSON_BOOL, name)->value.truth = FALSE;
      return take_literal (self, "false");
    case 'n':
      add_value (self, TRIAS_JSON_NULL, name);
      return take_literal (self, "null");
    default:
      return parse_number (self, name);
    }
}

/* So that any element of an array is found at once. */
static void
note_elements (Parse *self)
{
  guint32 *next = self->n_elements > 0 ? g_new (guint32, self->n_elements) : NULL;

  self->nodes[0].value.elements = next;
  if (next == NULL)
    return;
  for (guint32 i = 1; i < self->n_nodes; i++)
    if (self->nodes[i].type == TRIAS_JSON_ARRAY)
      {
        guint32 at = 1;

        self->nodes[i].value.elements = next;
        for (guint32 left = self->nodes[i].length; left > 0; left--)
          {
            *next++ = at;
            at += self->nodes[i + at].span;
          }
      }
}

static gboolean
parse_text (Parse *self)
{
  if (!parse_value (self, NULL))
    return FALSE;
  skip_space (self);
  return self->at >= self->end || fault (self, "something after its end");
}

TriasJson *
trias_json_build (const char *data, gsize length, TriasJsonFault *problem)
{
  Parse self = { .at = data, .end = data + length, .room = FIRST_NODES };
  const char *valid_end = data;
  guint32 head;

  if (!g_utf8_validate_len (data, length, &valid_end))
    {
      *problem = (TriasJsonFault){ (gsize) (valid_end - data), "bytes that are no UTF-8 text" };
      return NULL;
    }
  self.nodes = g_new (TriasJson, self.room);
  self.texts = self.next_text = g_malloc (length + 1);
  head = add_node (&self, TRIAS_JSON_NULL, self.texts);
  if (parse_text (&self))
    {
      note_elements (&self);
      return &self.nodes[head + 1];
    }
  *problem = (TriasJsonFault){ (gsize) (self.at - data), self.problem };
  g_free (self.texts);
  g_free (self.nodes);
  return NULL;
}
