/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-maintenance.h"
#include "server/peer/trias-peer-private.h"

G_BEGIN_DECLS

/** Who stands aside so that it can be switched off: this server, which keeps that durably, and the
 * others, as they told last. */

TriasAside *trias_aside_new (TriasPeer *peer);
void trias_aside_free (TriasAside *self);
/** Reads what was kept. */
void trias_aside_start (TriasAside *self);
/** Twice a second: the end of the time, and whether it is safe by now. */
void trias_aside_tick (TriasAside *self);
/** The relationship is another one, or another incarnation. @starting: it is just being read. */
void trias_aside_relationship_changed (TriasAside *self, gboolean starting);

/** (nullable) this server. */
const TriasMaintenance *trias_aside_own (TriasPeer *peer);
/** (nullable) the member @id, this server too. */
const TriasMaintenance *trias_aside_find (TriasPeer *peer, const char *id);
/** %NULL or, while the member @id stands aside, a problem that says so. (transfer full) */
TriasProblem *trias_aside_refuse (TriasPeer *peer, const char *id);
/** Stands aside from now on, durably. @until: Unix ms, 0 = until it is ended.
 * @done (nullable) when durable. */
void trias_aside_begin (TriasAside *self,
                        TriasAsideWhy why,
                        gint64 until,
                        const char *actor,
                        TriasPeerDone done,
                        gpointer user_data);

/** Takes part again; it must stand aside. @done (nullable) when durable. */
void trias_aside_end (TriasAside *self, const char *actor, TriasPeerDone done, gpointer user_data);
/** The main server of a pair lets the backup server @to take its place until @until (Unix ms,
 * %G_MAXINT64 = until it is given back), or ("" or itself) takes it again. */
void trias_aside_choose (TriasPeer *peer,
                         const char *to,
                         gint64 until,
                         const char *actor,
                         TriasPeerDone done,
                         gpointer user_data);

/** Writes the member `maintenance` of a probe: of this server, or null. */
void trias_aside_write_own (TriasPeer *peer, TriasJsonWriter *writer);
/** What the member @id says of itself in a probe. (nullable) @object */
void trias_aside_told (TriasPeer *peer, const char *id, const TriasJson *object);
/** Writes the array `maintenance` of GET /relationship. */
void trias_aside_write (TriasPeer *peer, TriasJsonWriter *writer);

G_END_DECLS
