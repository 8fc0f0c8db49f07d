/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-timeline.h"

G_BEGIN_DECLS

/** What one server told. */
typedef struct
{
  const char *server; /* its id */
  GPtrArray *events;  /* (element-type TriasEvent) in any order */
} TriasTimelineSource;

/** Whether an event of @kind is about redundancy. */
gboolean trias_timeline_is_told (const char *kind);
/** One list of all that @sources tell, newest first: what several tell of the same matter, within
 * some seconds, becomes one. Entries of @known (nullable) (element-type TriasTimelineEntry) go on
 * as the same objects. (transfer full) (element-type TriasTimelineEntry) */
GPtrArray *
trias_timeline_merge (const TriasTimelineSource *sources, guint n_sources, GPtrArray *known);

G_END_DECLS
