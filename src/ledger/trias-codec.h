/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Bytes of commands, records and changes: unsigned numbers as varints (7 bits a byte, lowest first,
 * always the shortest form), strings and blobs with their length in front. One value has exactly
 * one encoding, so equal bytes mean equal records and a digest may be taken over what came in. */

/** Times in records stay below this, so that they survive JSON; ledger time stays below the year
 * 10000. */
#define TRIAS_TIME_LIMIT (G_GINT64_CONSTANT (1) << 53)
#define TRIAS_LEDGER_TIME_LIMIT G_GINT64_CONSTANT (253402300800000)

/** Collects bytes; start with a zeroed struct, which must stay where it is. */
typedef struct
{
  guint8 *data; /* (nullable) @scratch, or (owned) once that was too small */
  gsize length;
  gsize size;
  guint8 scratch[360]; /* most records fit: no allocation on the way */
} TriasWriter;

void trias_writer_clear (TriasWriter *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TriasWriter, trias_writer_clear)
void trias_write_byte (TriasWriter *self, guint8 value);
void trias_write_uint (TriasWriter *self, guint64 value);
/** A time; below zero counts as zero, beyond the limit as the last one. */
void trias_write_time (TriasWriter *self, gint64 value);
void trias_write_blob (TriasWriter *self, const void *data, gsize length);
/** %NULL is written as "". */
void trias_write_string (TriasWriter *self, const char *value);
/** %NULL and "" stay different. */
void trias_write_nullable (TriasWriter *self, const char *value);
/** %NULL is written as an empty list. */
void trias_write_strv (TriasWriter *self, const char *const *values);
/** Hands the bytes out and leaves the writer empty. (transfer full) */
GBytes *trias_writer_end (TriasWriter *self);

/** Reads bytes. The first thing wrong sticks: getters then give 0 or %NULL, and _finish() reports
 * it. */
typedef struct
{
  const guint8 *start;
  const guint8 *next;
  const guint8 *end;
  gboolean failed;
} TriasReader;

void trias_reader_init (TriasReader *self, const guint8 *data, gsize length);
guint8 trias_read_byte (TriasReader *self);
guint64 trias_read_uint (TriasReader *self, guint64 max);
gint64 trias_read_time (TriasReader *self);
gboolean trias_read_bool (TriasReader *self);
/** Borrowed bytes. */
const guint8 *trias_read_blob (TriasReader *self, gsize *length);
/** UTF-8 without NUL. (transfer full) (nullable) */
char *trias_read_string (TriasReader *self);
char *trias_read_nullable (TriasReader *self);
/** The same into @room, behind whose end it is set: as many bytes as are left, and one for each
 * text, are enough. (nullable) */
char *trias_read_text (TriasReader *self, char **room);
/** Never %NULL unless reading failed; an empty list is an empty array. (transfer full) */
char **trias_read_strv (TriasReader *self);
/** The number of elements that follow; never more than bytes are left. */
gsize trias_read_count (TriasReader *self);
/** Ends reading; bytes left over are an error. @what names the thing for the message. */
gboolean trias_reader_finish (TriasReader *self, const char *what, GError **error);

G_END_DECLS
