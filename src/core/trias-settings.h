/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-json.h"

G_BEGIN_DECLS

/** Settings that all members of a relationship share. */
typedef struct
{
  guint default_ttl_s; /* for leases that name none; 3 … 86400, default 120 */
  guint history_days;  /* how long events, usage and denials are kept; 1 … 3650, default 90 */
  char *contact; /* (owned) whom users ask when a licence is refused; "" = nobody named; ≤ 256 bytes
                  */
} TriasSettings;

TriasSettings *trias_settings_new_default (void);
TriasSettings *trias_settings_copy (const TriasSettings *self);
void trias_settings_free (TriasSettings *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasSettings, trias_settings_free)
gboolean trias_settings_equal (const TriasSettings *a, const TriasSettings *b);
void trias_settings_write (const TriasSettings *self, TriasJsonWriter *writer, const char *name);
/** Reads a whole set, or changes of @base (PATCH): members that are missing keep @base's value. */
TriasSettings *
trias_settings_read (const TriasJson *object, const TriasSettings *base, GError **error);
/** Reads a whole set from an answer, which may have more members. */
TriasSettings *trias_settings_read_lenient (const TriasJson *object, GError **error);

G_END_DECLS
