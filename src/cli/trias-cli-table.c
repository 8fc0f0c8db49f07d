/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "cli/trias-cli.h"

struct _TriasTable
{
  guint n_columns;
  GPtrArray *cells; /* (owned) (element-type utf8) row by row, titles first; not printed yet */
  guint *widths;    /* (owned) of the columns; never less than once printed */
};

TriasTable *
trias_table_new (const char *first_title, ...)
{
  TriasTable *self = g_new0 (TriasTable, 1);
  const char *title = first_title;
  va_list args;

  self->cells = g_ptr_array_new_with_free_func (g_free);
  va_start (args, first_title);
  for (; title != NULL; title = va_arg (args, const char *))
    {
      g_ptr_array_add (self->cells, g_strdup (title));
      self->n_columns++;
    }
  va_end (args);
  self->widths = g_new0 (guint, self->n_columns);
  return self;
}

void
trias_table_add (TriasTable *self, ...)
{
  va_list args;
  guint column = 0;
  const char *text;

  va_start (args, self);
  while (column < self->n_columns && (text = va_arg (args, const char *)) != NULL)
    {
      g_ptr_array_add (self->cells, g_strdup (text));
      column++;
    }
  va_end (args);
  for (; column < self->n_columns; column++)
    g_ptr_array_add (self->cells, g_strdup (""));
}

static guint
width_of (const char *text)
{
  guint width = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      width += g_unichar_iszerowidth (c) ? 0 : g_unichar_iswide (c) ? 2 : 1;
    }
  return width;
}

static guint
column_width (TriasTable *self, guint column)
{
  guint width = 0;

  for (guint i = column; i < self->cells->len; i += self->n_columns)
    width = MAX (width, width_of (self->cells->pdata[i]));
  return width;
}

static void
print_cell (const char *text, guint width, gboolean last)
{
  guint printed = width_of (text);

  /* Nothing that a server sends may move the cursor of a terminal. */
  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      char utf8[7] = "";
      gunichar c = g_utf8_get_char (p);
      g_unichar_to_utf8 (g_unichar_iscntrl (c) ? '?' : c, utf8);
      g_print ("%s", utf8);
    }
  if (!last)
    for (guint i = printed; i < width + 2; i++)
      g_print (" ");
}

void
trias_table_flush (TriasTable *self)
{
  for (guint column = 0; column < self->n_columns; column++)
    self->widths[column] = MAX (self->widths[column], column_width (self, column));
  for (guint i = 0; i < self->cells->len; i++)
    {
      guint column = i % self->n_columns;
      gboolean last = column == self->n_columns - 1;

      print_cell (self->cells->pdata[i], self->widths[column], last);
      if (last)
        g_print ("\n");
    }
  /* What is out is not needed again: a table that is followed must not grow for ever. */
  g_ptr_array_set_size (self->cells, 0);
}

void
trias_table_free (TriasTable *self)
{
  g_ptr_array_unref (self->cells);
  g_free (self->widths);
  g_free (self);
}

void
trias_table_print (TriasTable *self, const char *empty)
{
  if (self->cells->len / self->n_columns <= 1)
    g_print ("%s\n", empty);
  else
    trias_table_flush (self);
  trias_table_free (self);
}

void
trias_cli_print_json (const TriasAnswer *answer)
{
  g_autofree char *text
      = answer != NULL && answer->json != NULL ? trias_json_to_string (answer->json) : NULL;

  g_print ("%s\n", text != NULL ? text : "{}");
}

char *
trias_cli_format_time (gint64 unix_ms)
{
  g_autoptr (GDateTime) utc = unix_ms > 0 ? g_date_time_new_from_unix_utc (unix_ms / 1000) : NULL;
  g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_local (utc) : NULL;

  return local != NULL ? g_date_time_format (local, "%Y-%m-%d %H:%M:%S") : g_strdup ("–");
}
