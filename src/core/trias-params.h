/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-json.h"

G_BEGIN_DECLS

/* Words to strings, as problems, events and checks carry them for the sentence of their reader. A
 * table is made at the first word; an empty one is %NULL. */

#define TRIAS_PARAMS_MAX 32
#define TRIAS_PARAMS_MAX_BYTES 1024

/** Sets @name in @params, making the table if need be; a %NULL @value removes it. */
void trias_params_set (GHashTable **params, const char *name, const char *value);
/** (nullable) @params may be %NULL. */
GHashTable *trias_params_copy (GHashTable *params);
/** Writes the object @name, sorted by word; an empty one if @params is %NULL. */
void trias_params_write (GHashTable *params, TriasJsonWriter *writer, const char *name);
/** Reads the member @name; %NULL if it is missing, null, empty or wrong (which the reader keeps).
 * (transfer full) */
GHashTable *trias_params_read (TriasJsonReader *reader, const char *name);

G_END_DECLS
