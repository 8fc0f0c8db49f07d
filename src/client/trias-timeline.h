/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-servers.h"

G_BEGIN_DECLS

/** A timeline keeps so many entries. */
#define TRIAS_TIMELINE_MAX 100

/**
 * TriasTimelineEntry:
 *
 * Something that happened to a relationship, told by one server or by several.
 *
 * Properties: `time` (int64, Unix ms: when the first of them noticed), `kind` (word of the event),
 * `severity` (int, TriasSeverity), `tellers` (strv: ids of the servers that tell it). `notify`
 * comes when another server tells the same.
 */
#define TRIAS_TYPE_TIMELINE_ENTRY (trias_timeline_entry_get_type ())
G_DECLARE_FINAL_TYPE (TriasTimelineEntry, trias_timeline_entry, TRIAS, TIMELINE_ENTRY, GObject)
/** The event as the first server told it. (transfer none) */
const TriasEvent *trias_timeline_entry_get_event (TriasTimelineEntry *self);
/** How urgent it is to those who look after all members: that another server serves is a warning
 * only if the one before it failed. */
TriasSeverity trias_timeline_entry_get_severity (TriasTimelineEntry *self);
/** Ids, the first one noticed it first. (transfer none) */
const char *const *trias_timeline_entry_get_tellers (TriasTimelineEntry *self);

/**
 * TriasTimeline:
 *
 * What happened to the relationships of all servers that this program is signed in to: a
 * #GListModel of #TriasTimelineEntry, newest first, at most %TRIAS_TIMELINE_MAX. What several
 * members tell of the same matter is one entry. Live; what happened to single leases is left out.
 *
 * Properties: `n-items` (uint), `loading` (boolean: the first answers are awaited).
 */
#define TRIAS_TYPE_TIMELINE (trias_timeline_get_type ())
G_DECLARE_FINAL_TYPE (TriasTimeline, trias_timeline, TRIAS, TIMELINE, GObject)
TriasTimeline *trias_timeline_new (TriasServers *servers);
gboolean trias_timeline_get_loading (TriasTimeline *self);
/** The name of the server @id, as far as any server knows it. (nullable) (transfer none) */
const char *trias_timeline_name_of (TriasTimeline *self, const char *id);

G_END_DECLS
