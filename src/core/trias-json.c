/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-json-private.h"

#include "core/trias-problem.h"

#include <string.h>

/* Members of an object that is compared without sorting. */
#define FEW 12

typedef enum
{
  JSON_NULL,
  JSON_BOOL,
  JSON_INT,
  JSON_DOUBLE,
  JSON_STRING,
  JSON_ARRAY,
  JSON_OBJECT,
} Kind;

/* One value. All of one text lie in one block: the values in the order of the text, the tables of
 * children, the strings. The root stands first, so freeing it frees all. */
struct _TriasJson
{
  Kind kind;
  guint length;     /* children */
  gsize span;       /* values from this one to the end of what it holds */
  const char *name; /* (nullable) of a member */
  union
  {
    gboolean truth;
    gint64 number;
    double real;
    const char *string;
    const TriasJson **children;
  } is;
};

typedef struct
{
  const char *at;
  TriasJson *value;           /* the next free ones */
  const TriasJson **children;
  char *string;
  gboolean doubled; /* a name stands twice in one object */
} Builder;

static TriasJson *
refuse (GError **error, const char *problem, gsize offset)
{
  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
               "The text is not valid JSON: there is %s at byte %" G_GSIZE_FORMAT ".", problem,
               offset);
  return NULL;
}

/* --- building; the scan has seen that the text is exact, so nothing is checked again --- */

static void
skip_space (Builder *self)
{
  while (*self->at == ' ' || *self->at == '\n' || *self->at == '\r' || *self->at == '\t')
    self->at++;
}

static gunichar
take_hex4 (Builder *self)
{
  gunichar value = 0;

  for (int i = 0; i < 4; i++)
    value = value * 16 + (gunichar) g_ascii_xdigit_value (*self->at++);
  return value;
}

static void
take_unicode_escape (Builder *self)
{
  gunichar c = take_hex4 (self);

  if (c >= 0xd800 && c <= 0xdbff)
    {
      self->at += 2;
      c = 0x10000 + ((c - 0xd800) << 10) + (take_hex4 (self) - 0xdc00);
    }
  self->string += g_unichar_to_utf8 (c, self->string);
}

static void
take_escape (Builder *self)
{
  static const char letters[] = "bfnrt";
  static const char meanings[] = "\b\f\n\r\t";
  char c = *self->at++;
  const char *letter;

  if (c == 'u')
    {
      take_unicode_escape (self);
      return;
    }
  letter = strchr (letters, c);
  *self->string++ = letter != NULL ? meanings[letter - letters] : c;
}

/* At the opening quote. No string grows by what it means: an escape is longer than its sense. */
static const char *
take_string (Builder *self)
{
  const char *start = self->string;

  self->at++;
  while (*self->at != '"')
    {
      gsize run = strcspn (self->at, "\"\\");

      memmove (self->string, self->at, run);
      self->string += run;
      self->at += run;
      if (*self->at != '\\')
        continue;
      self->at++;
      take_escape (self);
    }
  self->at++;
  *self->string++ = '\0';
  return start;
}

static void
take_number (Builder *self, TriasJson *value)
{
  gsize length = strspn (self->at, "+-.0123456789eE");
  gboolean whole = strcspn (self->at, ".eE") >= length;

  value->kind = whole ? JSON_INT : JSON_DOUBLE;
  if (whole)
    value->is.number = g_ascii_strtoll (self->at, NULL, 10);
  else
    value->is.real = g_ascii_strtod (self->at, NULL);
  self->at += length;
}

static const TriasJson *take_value (Builder *self, const char *name);

static int
compare_names (const void *a, const void *b)
{
  return strcmp (*(const char *const *) a, *(const char *const *) b);
}

/* Many names are sorted: neither comparing each with each nor a table whose hash can be foreseen
 * would bear what a stranger sends. */
static gboolean
has_double (const TriasJson *object)
{
  g_autofree const char **names = g_new (const char *, object->length);
  gboolean doubled = FALSE;

  for (guint i = 0; i < object->length; i++)
    names[i] = object->is.children[i]->name;
  qsort (names, object->length, sizeof *names, compare_names);
  for (guint i = 1; i < object->length && !doubled; i++)
    doubled = strcmp (names[i - 1], names[i]) == 0;
  return doubled;
}

/* Few names are compared each with each. */
static gboolean
has_double_among_few (const TriasJson *object)
{
  for (guint i = 1; i < object->length; i++)
    for (guint j = 0; j < i; j++)
      if (strcmp (object->is.children[j]->name, object->is.children[i]->name) == 0)
        return TRUE;
  return FALSE;
}

static void
take_children (Builder *self, TriasJson *value)
{
  gboolean object = value->kind == JSON_OBJECT;
  const TriasJson *child = self->value;

  self->at++;
  skip_space (self);
  while (*self->at != '}' && *self->at != ']')
    {
      const char *name = object ? take_string (self) : NULL;

      if (object)
        {
          skip_space (self);
          self->at++; /* the colon */
        }
      take_value (self, name);
      value->length++;
      skip_space (self);
      if (*self->at == ',')
        self->at++;
      skip_space (self);
    }
  self->at++;
  value->is.children = self->children;
  for (guint i = 0; i < value->length; i++, child += child->span)
    *self->children++ = child;
  if (object && !self->doubled)
    self->doubled = value->length <= FEW ? has_double_among_few (value) : has_double (value);
}

/* Recursion is bounded: the scan has counted the levels. */
static const TriasJson *
take_value (Builder *self, const char *name)
{
  TriasJson *value = self->value++;

  *value = (TriasJson){ .name = name };
  skip_space (self);
  switch (*self->at)
    {
    case '{':
    case '[':
      value->kind = *self->at == '{' ? JSON_OBJECT : JSON_ARRAY;
      take_children (self, value);
      break;
    case '"':
      value->kind = JSON_STRING;
      value->is.string = take_string (self);
      break;
    case 't':
    case 'f':
      value->kind = JSON_BOOL;
      value->is.truth = *self->at == 't';
      self->at += value->is.truth ? strlen ("true") : strlen ("false");
      break;
    case 'n':
      self->at += strlen ("null");
      break;
    default:
      take_number (self, value);
    }
  value->span = (gsize) (self->value - value);
  return value;
}

TriasJson *
trias_json_parse (const char *data, gsize length, gsize max_bytes, GError **error)
{
  TriasJsonScan scan;
  Builder builder = { 0 };
  TriasJson *root;
  char *text;

  if (length > max_bytes)
    {
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_TOO_LARGE,
                   "The JSON text has %" G_GSIZE_FORMAT " bytes; at most %" G_GSIZE_FORMAT
                   " are allowed.",
                   length, max_bytes);
      return NULL;
    }
  if (data == NULL || length == 0)
    return refuse (error, "nothing", 0);
  if (!trias_json_scan (data, length, &scan))
    return refuse (error, scan.problem, scan.offset);

  /* The text is copied behind the values: it ends in NUL there, and its strings are made in place,
   * none of them ahead of what is read. */
  root = g_malloc (scan.n_values * (sizeof (TriasJson) + sizeof (TriasJson *)) + length + 1);
  builder.value = root;
  builder.children = (const TriasJson **) (gpointer) (root + scan.n_values);
  text = (char *) (builder.children + scan.n_values);
  memcpy (text, data, length);
  text[length] = '\0';
  builder.at = builder.string = text;
  take_value (&builder, NULL);
  if (!builder.doubled)
    return root;
  g_free (root);
  return refuse (error, "a name twice in one object", 0);
}

void
trias_json_free (TriasJson *self)
{
  g_free (self);
}

/* --- writing again --- */

static void
write_value (const TriasJson *self, TriasJsonWriter *writer, const char *name)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  switch (self->kind)
    {
    case JSON_BOOL:
      trias_json_add_bool (writer, name, self->is.truth);
      break;
    case JSON_INT:
      g_snprintf (text, sizeof text, "%" G_GINT64_FORMAT, self->is.number);
      trias_json_add_raw (writer, name, text);
      break;
    case JSON_DOUBLE:
      trias_json_add_raw (writer, name, g_ascii_dtostr (text, sizeof text, self->is.real));
      break;
    case JSON_STRING:
      trias_json_add_string (writer, name, self->is.string);
      break;
    case JSON_ARRAY:
    case JSON_OBJECT:
      trias_json_add_raw (writer, name, self->kind == JSON_OBJECT ? "{" : "[");
      for (guint i = 0; i < self->length; i++)
        write_value (self->is.children[i], writer, self->is.children[i]->name);
      if (self->kind == JSON_OBJECT)
        trias_json_end_object (writer);
      else
        trias_json_end_array (writer);
      break;
    case JSON_NULL:
    default:
      trias_json_add_null (writer, name);
    }
}

char *
trias_json_to_string (const TriasJson *self)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  write_value (self, writer, NULL);
  return trias_json_writer_end (writer, NULL);
}

/* --- looking --- */

guint
trias_json_length (const TriasJson *array)
{
  return trias_json_is_array (array) ? array->length : 0;
}

const TriasJson *
trias_json_element (const TriasJson *array, guint index)
{
  return index < trias_json_length (array) ? array->is.children[index] : NULL;
}

const char *
trias_json_get_string (const TriasJson *value)
{
  return value != NULL && value->kind == JSON_STRING ? value->is.string : NULL;
}

gboolean
trias_json_get_int (const TriasJson *value, gint64 *number)
{
  const char *digits = trias_json_get_string (value);

  if (digits != NULL)
    {
      /* Stricter than the conversion, which takes a sign "+". */
      if (!g_ascii_isdigit (digits[0]) && digits[0] != '-')
        return FALSE;
      return g_ascii_string_to_signed (digits, 10, G_MININT64, G_MAXINT64, number, NULL);
    }
  if (value == NULL || value->kind != JSON_INT)
    return FALSE;
  *number = value->is.number;
  return TRUE;
}

gboolean
trias_json_get_bool (const TriasJson *value, gboolean *truth)
{
  if (value == NULL || value->kind != JSON_BOOL)
    return FALSE;
  *truth = value->is.truth;
  return TRUE;
}

gboolean
trias_json_is_null (const TriasJson *value)
{
  return value == NULL || value->kind == JSON_NULL;
}

gboolean
trias_json_is_array (const TriasJson *value)
{
  return value != NULL && value->kind == JSON_ARRAY;
}

gboolean
trias_json_is_object (const TriasJson *value)
{
  return value != NULL && value->kind == JSON_OBJECT;
}

const TriasJson *
trias_json_member (const TriasJson *object, const char *name, guint *position)
{
  /* Objects are short: walking their names costs less than a table of them. */
  for (guint i = 0; i < object->length; i++)
    if (strcmp (object->is.children[i]->name, name) == 0)
      {
        *position = i;
        return object->is.children[i];
      }
  return NULL;
}

void
trias_json_foreach (const TriasJson *object, TriasJsonMemberFunc func, gpointer user_data)
{
  for (guint i = 0; i < object->length; i++)
    func (object->is.children[i]->name, object->is.children[i], user_data);
}
