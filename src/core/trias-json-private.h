/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-json.h"

G_BEGIN_DECLS

typedef enum
{
  TRIAS_JSON_NULL,
  TRIAS_JSON_BOOL,
  TRIAS_JSON_INT,
  TRIAS_JSON_REAL,
  TRIAS_JSON_STRING,
  TRIAS_JSON_ARRAY,
  TRIAS_JSON_OBJECT,
} TriasJsonType;

/* All values of a text stand in one block, in the order of the text: the first child follows its
 * parent, the next child follows the last value inside the one before it. In front of the root
 * stands a head that owns what the values point into. */
struct _TriasJson
{
  const char *name; /* (nullable) of a member; in the head: all texts */
  union
  {
    const char *text;
    gint64 number;
    double real;
    gboolean truth;
    guint32 *elements; /* distances of an array's elements from it; in the head: all of them */
  } value;
  TriasJsonType type;
  guint32 length; /* children */
  guint32 span;   /* values up to the next that is not inside: itself, children, theirs */
};

/** What was wrong with a text. */
typedef struct
{
  gsize offset;        /* of the first fault */
  const char *problem; /* what the fault is */
} TriasJsonFault;

/** Builds the tree of one value of exact JSON (RFC 8259), not deeper than %TRIAS_JSON_MAX_DEPTH;
 * %NULL and @fault for anything else. (transfer full) */
TriasJson *trias_json_build (const char *data, gsize length, TriasJsonFault *fault);

/** Adds a value that is JSON already. */
void trias_json_add_raw (TriasJsonWriter *self, const char *name, const char *text);

G_END_DECLS
