/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "core/trias-json-private.h"

#include "core/trias-problem.h"

#include <string.h>

/* Members beyond this have no bit in "seen"; no object of ours has so many. */
#define MAX_MEMBERS 64

void
trias_json_reader_init (TriasJsonReader *self, const TriasJson *object)
{
  *self = (TriasJsonReader){ .object = trias_json_is_object (object) ? object : NULL };
}

void
trias_json_reader_clear (TriasJsonReader *self)
{
  self->object = NULL;
  g_clear_error (&self->error);
}

void
trias_json_reader_fail (TriasJsonReader *self, const char *name, const char *format, ...)
{
  g_autofree char *what = NULL;
  va_list args;

  self->object = NULL;
  if (self->error != NULL)
    return;
  va_start (args, format);
  what = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (&self->error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST, "The member “%s%s%s” %s.",
               self->path != NULL ? self->path : "", self->path != NULL ? "." : "", name, what);
}

/* The value of @name, or NULL if it is missing, null, or something was wrong before. */
static const TriasJson *
find (TriasJsonReader *self, const char *name, gboolean required)
{
  const TriasJson *value;
  guint position = 0;

  if (self->object == NULL)
    return NULL;
  value = trias_json_member (self->object, name, &position);
  if (value != NULL && position < MAX_MEMBERS)
    self->seen |= G_GUINT64_CONSTANT (1) << position;
  if (trias_json_is_null (value))
    {
      if (required)
        trias_json_reader_fail (self, name, "is missing");
      return NULL;
    }
  return value;
}

static const char *
check_string (TriasJsonReader *self,
              const char *name,
              const TriasJson *value,
              gsize min,
              gsize max,
              const char *fallback)
{
  const char *text = trias_json_get_string (value);
  gsize length = text != NULL ? strlen (text) : 0;

  if (text != NULL && length >= min && length <= max)
    return text;
  trias_json_reader_fail (
      self, name, "must be a text of %" G_GSIZE_FORMAT " to %" G_GSIZE_FORMAT " bytes", min, max);
  return fallback;
}

const char *
trias_json_read_string (TriasJsonReader *self, const char *name, gsize min, gsize max)
{
  const TriasJson *value = find (self, name, TRUE);

  /* Never NULL, so that a caller that looks at it before the end of reading does not fall. */
  return value != NULL ? check_string (self, name, value, min, max, "") : "";
}

const char *
trias_json_read_string_or (TriasJsonReader *self, const char *name, gsize max, const char *fallback)
{
  const TriasJson *value = find (self, name, FALSE);

  return value != NULL ? check_string (self, name, value, 0, max, fallback) : fallback;
}

static gint64
check_int (TriasJsonReader *self,
           const char *name,
           const TriasJson *value,
           gint64 min,
           gint64 max,
           gint64 fallback)
{
  gint64 number;

  if (trias_json_get_int (value, &number) && number >= min && number <= max)
    return number;
  trias_json_reader_fail (self, name,
                          "must be a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                          min, max);
  return fallback;
}

gint64
trias_json_read_int (TriasJsonReader *self, const char *name, gint64 min, gint64 max)
{
  const TriasJson *value = find (self, name, TRUE);

  return value != NULL ? check_int (self, name, value, min, max, min) : min;
}

gint64
trias_json_read_int_or (
    TriasJsonReader *self, const char *name, gint64 min, gint64 max, gint64 fallback)
{
  const TriasJson *value = find (self, name, FALSE);

  return value != NULL ? check_int (self, name, value, min, max, fallback) : fallback;
}

gint64
trias_json_read_natural (TriasJsonReader *self, const char *name)
{
  return trias_json_read_int_or (self, name, 0, G_MAXINT64, 0);
}

static gboolean
check_bool (TriasJsonReader *self, const char *name, const TriasJson *value, gboolean fallback)
{
  gboolean truth;

  if (trias_json_get_bool (value, &truth))
    return truth;
  trias_json_reader_fail (self, name, "must be true or false");
  return fallback;
}

gboolean
trias_json_read_bool (TriasJsonReader *self, const char *name)
{
  const TriasJson *value = find (self, name, TRUE);

  return value != NULL && check_bool (self, name, value, FALSE);
}

gboolean
trias_json_read_bool_or (TriasJsonReader *self, const char *name, gboolean fallback)
{
  const TriasJson *value = find (self, name, FALSE);

  return value != NULL ? check_bool (self, name, value, fallback) : fallback;
}

static const TriasJson *
read_object (TriasJsonReader *self, const char *name, gboolean required)
{
  const TriasJson *value = find (self, name, required);

  if (value == NULL || trias_json_is_object (value))
    return value;
  trias_json_reader_fail (self, name, "must be an object");
  return NULL;
}

const TriasJson *
trias_json_read_object (TriasJsonReader *self, const char *name)
{
  return read_object (self, name, TRUE);
}

const TriasJson *
trias_json_read_object_or_null (TriasJsonReader *self, const char *name)
{
  return read_object (self, name, FALSE);
}

static const TriasJson *
read_array (TriasJsonReader *self, const char *name, guint max, gboolean required)
{
  const TriasJson *value = find (self, name, required);

  if (value == NULL || (trias_json_is_array (value) && trias_json_length (value) <= max))
    return value;
  trias_json_reader_fail (self, name, "must be an array of at most %u elements", max);
  return NULL;
}

const TriasJson *
trias_json_read_array (TriasJsonReader *self, const char *name, guint max)
{
  return read_array (self, name, max, TRUE);
}

const TriasJson *
trias_json_read_array_or_null (TriasJsonReader *self, const char *name, guint max)
{
  return read_array (self, name, max, FALSE);
}

char **
trias_json_read_strv_or_null (TriasJsonReader *self, const char *name, guint max, gsize max_bytes)
{
  const TriasJson *array = read_array (self, name, max, FALSE);
  g_autoptr (GStrvBuilder) builder = NULL;

  if (array == NULL)
    return NULL;
  builder = g_strv_builder_new ();
  for (guint i = 0; i < trias_json_length (array); i++)
    {
      const char *text = trias_json_get_string (trias_json_element (array, i));

      if (text == NULL || strlen (text) > max_bytes)
        {
          trias_json_reader_fail (
              self, name, "must hold texts of at most %" G_GSIZE_FORMAT " bytes only", max_bytes);
          return NULL;
        }
      g_strv_builder_add (builder, text);
    }
  return g_strv_builder_end (builder);
}

typedef struct
{
  guint64 seen;
  guint at;
  const char *unread;
} Unread;

static void
find_unread (const char *name, const TriasJson *value, gpointer user_data)
{
  Unread *self = user_data;

  if (self->unread == NULL && (self->at >= MAX_MEMBERS || (self->seen >> self->at & 1) == 0))
    self->unread = name;
  self->at++;
}

gboolean
trias_json_reader_finish (TriasJsonReader *self, GError **error)
{
  if (self->object != NULL)
    {
      Unread unread = { self->seen, 0, NULL };

      trias_json_foreach (self->object, find_unread, &unread);
      if (unread.unread != NULL)
        {
          g_autofree char *shown = g_strndup (unread.unread, 64);
          g_autofree char *valid = g_utf8_make_valid (shown, -1);

          trias_json_reader_fail (self, valid, "is not known here");
        }
    }
  return trias_json_reader_finish_lenient (self, error);
}

gboolean
trias_json_reader_finish_lenient (TriasJsonReader *self, GError **error)
{
  if (self->object != NULL)
    return TRUE;
  if (self->error != NULL)
    g_propagate_error (error, g_steal_pointer (&self->error));
  else
    g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST, "%s%sAn object is missing.",
                 self->path != NULL ? self->path : "", self->path != NULL ? ": " : "");
  return FALSE;
}
