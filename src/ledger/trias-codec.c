/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger/trias-codec.h"

#include "core/trias-problem.h"

#include <string.h>

void
trias_writer_clear (TriasWriter *self)
{
  if (self->data != self->scratch)
    g_free (self->data);
  self->data = NULL;
  self->length = 0;
  self->size = 0;
}

static void
writer_grow (TriasWriter *self, gsize more)
{
  gsize size = MAX (self->size * 2, self->length + more);

  if (self->size == 0 && more <= sizeof self->scratch)
    {
      self->data = self->scratch;
      self->size = sizeof self->scratch;
      return;
    }
  if (self->data == self->scratch)
    {
      self->data = g_malloc (size);
      memcpy (self->data, self->scratch, self->length);
    }
  else
    {
      self->data = g_realloc (self->data, size);
    }
  self->size = size;
}

static guint8 *
writer_reserve (TriasWriter *self, gsize more)
{
  if (self->size - self->length < more)
    writer_grow (self, more);
  return self->data + self->length;
}

void
trias_write_byte (TriasWriter *self, guint8 value)
{
  *writer_reserve (self, 1) = value;
  self->length++;
}

void
trias_write_uint (TriasWriter *self, guint64 value)
{
  guint8 *to = writer_reserve (self, 10);
  gsize n = 0;

  while (value >= 0x80)
    {
      to[n++] = (guint8) (value | 0x80);
      value >>= 7;
    }
  to[n++] = (guint8) value;
  self->length += n;
}

void
trias_write_time (TriasWriter *self, gint64 value)
{
  trias_write_uint (self, (guint64) CLAMP (value, 0, TRIAS_TIME_LIMIT - 1));
}

void
trias_write_blob (TriasWriter *self, const void *data, gsize length)
{
  trias_write_uint (self, length);
  if (length == 0)
    return;
  memcpy (writer_reserve (self, length), data, length);
  self->length += length;
}

void
trias_write_string (TriasWriter *self, const char *value)
{
  trias_write_blob (self, value, value != NULL ? strlen (value) : 0);
}

void
trias_write_nullable (TriasWriter *self, const char *value)
{
  trias_write_byte (self, value != NULL);
  if (value != NULL)
    trias_write_string (self, value);
}

void
trias_write_strv (TriasWriter *self, const char *const *values)
{
  gsize n = values != NULL ? g_strv_length ((char **) values) : 0;

  trias_write_uint (self, n);
  for (gsize i = 0; i < n; i++)
    trias_write_string (self, values[i]);
}

GBytes *
trias_writer_end (TriasWriter *self)
{
  GBytes *bytes = NULL;

  if (self->data == self->scratch || self->data == NULL)
    bytes = g_bytes_new (self->data, self->length);
  else
    bytes = g_bytes_new_take (g_steal_pointer (&self->data), self->length);
  trias_writer_clear (self);
  return bytes;
}

void
trias_reader_init (TriasReader *self, const guint8 *data, gsize length)
{
  self->start = data;
  self->next = data;
  self->end = data != NULL ? data + length : NULL;
  self->failed = FALSE;
}

guint8
trias_read_byte (TriasReader *self)
{
  if (self->failed || self->next == self->end)
    {
      self->failed = TRUE;
      return 0;
    }
  return *self->next++;
}

guint64
trias_read_uint (TriasReader *self, guint64 max)
{
  guint64 value = 0;

  for (guint shift = 0; shift < 64; shift += 7)
    {
      guint8 byte = trias_read_byte (self);
      guint64 bits = byte & 0x7f;

      /* The tenth byte has room for one bit; a last byte of zero would be a longer form than
       * needed. */
      if (self->failed || (shift == 63 && byte > 1) || (shift > 0 && byte == 0))
        break;
      value |= bits << shift;
      if (byte < 0x80 && value <= max)
        return value;
      if (byte < 0x80)
        break;
    }
  self->failed = TRUE;
  return 0;
}

gint64
trias_read_time (TriasReader *self)
{
  return (gint64) trias_read_uint (self, TRIAS_TIME_LIMIT - 1);
}

gboolean
trias_read_bool (TriasReader *self)
{
  return trias_read_uint (self, 1) == 1;
}

const guint8 *
trias_read_blob (TriasReader *self, gsize *length)
{
  gsize n = trias_read_count (self);
  const guint8 *data = self->next;

  *length = 0;
  if (self->failed)
    return NULL;
  *length = n;
  self->next += n;
  return data;
}

/* UTF-8 without NUL; NULL if it is something else. */
static const char *
read_utf8 (TriasReader *self, gsize *length)
{
  const guint8 *data = trias_read_blob (self, length);

  if (self->failed || g_utf8_validate_len ((const char *) data, *length, NULL))
    return (const char *) data;
  self->failed = TRUE;
  return NULL;
}

char *
trias_read_string (TriasReader *self)
{
  gsize length;
  const char *data = read_utf8 (self, &length);
  char *text;

  if (data == NULL)
    return NULL;
  text = g_malloc (length + 1);
  memcpy (text, data, length);
  text[length] = '\0';
  return text;
}

char *
trias_read_text (TriasReader *self, char **room)
{
  gsize length;
  const char *data = read_utf8 (self, &length);
  char *text = *room;

  if (data == NULL)
    return NULL;
  memcpy (text, data, length);
  text[length] = '\0';
  *room += length + 1;
  return text;
}

char *
trias_read_nullable (TriasReader *self)
{
  return trias_read_bool (self) ? trias_read_string (self) : NULL;
}

char **
trias_read_strv (TriasReader *self)
{
  gsize n = trias_read_count (self);
  g_auto (GStrv) values = NULL;

  if (self->failed)
    return NULL;
  values = g_new0 (char *, n + 1);
  for (gsize i = 0; i < n; i++)
    if ((values[i] = trias_read_string (self)) == NULL)
      return NULL;
  return g_steal_pointer (&values);
}

gsize
trias_read_count (TriasReader *self)
{
  guint64 n = trias_read_uint (self, G_MAXUINT64);

  /* Against what is left behind the number itself. */
  if (n <= (guint64) (self->end - self->next))
    return n;
  self->failed = TRUE;
  return 0;
}

gboolean
trias_reader_finish (TriasReader *self, const char *what, GError **error)
{
  if (!self->failed && self->next == self->end)
    return TRUE;

  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
               "The bytes of %s are damaged at position %" G_GSIZE_FORMAT
               ", or come from a newer version; they were not used.",
               what, (gsize) (self->next - self->start));
  return FALSE;
}
