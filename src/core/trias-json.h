/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The only place that reads and writes JSON: exact (RFC 8259), bounded in size and depth. */

#define TRIAS_JSON_MAX_BYTES (256 * 1024)
#define TRIAS_JSON_MAX_DEPTH 32

/** An immutable JSON value. Children are borrowed and live as long as the root. */
typedef struct _TriasJson TriasJson;

/** Parses @length bytes; on failure sets %TRIAS_REASON_BAD_REQUEST (or TOO_LARGE) and returns
 * %NULL. */
TriasJson *trias_json_parse (const char *data, gsize length, gsize max_bytes, GError **error);
void trias_json_free (TriasJson *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasJson, trias_json_free)

/** The object as compact JSON again. (transfer full) */
char *trias_json_to_string (const TriasJson *self);

/**
 * TriasJsonReader:
 *
 * Reads the members of one object. The first thing wrong is kept and reported by _finish(), so a
 * reader reads all members and checks once. Every getter checks type and range; a getter without
 * `_or` demands the member.
 */
typedef struct
{
  const TriasJson *object; /* (nullable) after an error */
  GError *error;           /* (owned) (nullable) */
  guint64 seen;            /* bit per member read, for the check of unknown members */
  const char *path;        /* where we are, for messages */
} TriasJsonReader;

void trias_json_reader_init (TriasJsonReader *self, const TriasJson *object);
/** A string of @min to @max bytes; borrowed. */
const char *trias_json_read_string (TriasJsonReader *self, const char *name, gsize min, gsize max);
/** As above; @fallback if the member is missing or null. */
const char *trias_json_read_string_or (TriasJsonReader *self,
                                       const char *name,
                                       gsize max,
                                       const char *fallback);
/** An integer between @min and @max. A string of digits is accepted: 64-bit numbers travel so. */
gint64 trias_json_read_int (TriasJsonReader *self, const char *name, gint64 min, gint64 max);
gint64 trias_json_read_int_or (
    TriasJsonReader *self, const char *name, gint64 min, gint64 max, gint64 fallback);
/** A number of things, or a time: any integer from 0 on; 0 if the member is missing or null. */
gint64 trias_json_read_natural (TriasJsonReader *self, const char *name);
gboolean trias_json_read_bool (TriasJsonReader *self, const char *name);
gboolean trias_json_read_bool_or (TriasJsonReader *self, const char *name, gboolean fallback);
/** A nested object; %NULL (and an error) if missing. */
const TriasJson *trias_json_read_object (TriasJsonReader *self, const char *name);
const TriasJson *trias_json_read_object_or_null (TriasJsonReader *self, const char *name);
/** An array of at most @max elements; get them with trias_json_length() and trias_json_element().
 */
const TriasJson *trias_json_read_array (TriasJsonReader *self, const char *name, guint max);
const TriasJson *trias_json_read_array_or_null (TriasJsonReader *self, const char *name, guint max);
/** An array of strings, each at most @max_bytes long. (transfer full) (nullable) */
char **
trias_json_read_strv_or_null (TriasJsonReader *self, const char *name, guint max, gsize max_bytes);
/** Records an error of the caller's own about member @name. */
void trias_json_reader_fail (TriasJsonReader *self, const char *name, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/** Ends reading. Returns %FALSE and sets @error if anything was wrong or a member was not read
 * (an unknown field is an error: a typing mistake must not be silently ignored). */
gboolean trias_json_reader_finish (TriasJsonReader *self, GError **error);
/** The same, but unknown members are allowed: for a client that reads a newer server's answer. */
gboolean trias_json_reader_finish_lenient (TriasJsonReader *self, GError **error);
/** Drops the error of a reader that is given up before its end: `g_auto (TriasJsonReader) reader =
 * { 0 };`. Finishing does it too. */
void trias_json_reader_clear (TriasJsonReader *self);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TriasJsonReader, trias_json_reader_clear)

guint trias_json_length (const TriasJson *array);
const TriasJson *trias_json_element (const TriasJson *array, guint index);
/** The string in @value, or %NULL if it is something else. */
const char *trias_json_get_string (const TriasJson *value);
/** Whether @value is an integer (or a string of digits); if so sets @number. */
gboolean trias_json_get_int (const TriasJson *value, gint64 *number);
/** Whether @value is a truth value; if so sets @truth. */
gboolean trias_json_get_bool (const TriasJson *value, gboolean *truth);
/** Also %TRUE for %NULL. */
gboolean trias_json_is_null (const TriasJson *value);
gboolean trias_json_is_array (const TriasJson *value);
gboolean trias_json_is_object (const TriasJson *value);
/** The value of @name with its position in @object (must be an object), or %NULL. For what is not a
 * fixed set of members; else use a reader. */
const TriasJson *trias_json_member (const TriasJson *object, const char *name, guint *position);
typedef void (*TriasJsonMemberFunc) (const char *name, const TriasJson *value, gpointer user_data);
/** Calls @func for each member of @object (must be an object), in the order of the text. */
void trias_json_foreach (const TriasJson *object, TriasJsonMemberFunc func, gpointer user_data);

/** Writes compact JSON; member names are given where an object is open, %NULL elsewhere. */
typedef struct _TriasJsonWriter TriasJsonWriter;

TriasJsonWriter *trias_json_writer_new (void);
void trias_json_writer_free (TriasJsonWriter *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasJsonWriter, trias_json_writer_free)
void trias_json_begin_object (TriasJsonWriter *self, const char *name);
void trias_json_end_object (TriasJsonWriter *self);
void trias_json_begin_array (TriasJsonWriter *self, const char *name);
void trias_json_end_array (TriasJsonWriter *self);
/** @value may be %NULL, which writes null. Invalid UTF-8 is replaced. */
void trias_json_add_string (TriasJsonWriter *self, const char *name, const char *value);
/** Beyond ±2^53 it is written as a string of digits, which the reader accepts. */
void trias_json_add_int (TriasJsonWriter *self, const char *name, gint64 value);
void trias_json_add_bool (TriasJsonWriter *self, const char *name, gboolean value);
void trias_json_add_null (TriasJsonWriter *self, const char *name);
void trias_json_add_strv (TriasJsonWriter *self, const char *name, const char *const *values);
/** Ends the text. (transfer full) The writer is empty again. */
char *trias_json_writer_end (TriasJsonWriter *self, gsize *length);

G_END_DECLS
