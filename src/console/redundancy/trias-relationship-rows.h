/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <adwaita.h>

#include "client/trias-server.h"

G_BEGIN_DECLS

/**
 * TriasRelationshipRows:
 *
 * What can be changed of a relationship while it serves: name, options, addresses. Emits "changed"
 * when the person edits something.
 */
#define TRIAS_TYPE_RELATIONSHIP_ROWS (trias_relationship_rows_get_type ())
G_DECLARE_FINAL_TYPE (
    TriasRelationshipRows, trias_relationship_rows, TRIAS, RELATIONSHIP_ROWS, AdwBin)

/** Shows @relationship (nullable: nothing changes), unless the person has begun to edit. */
void trias_relationship_rows_load (TriasRelationshipRows *self,
                                   const TriasRelationship *relationship);
gboolean trias_relationship_rows_get_edited (TriasRelationshipRows *self);
/** What was edited is applied: the next load shows again what there is. */
void trias_relationship_rows_forget (TriasRelationshipRows *self);
/** Whether it can be applied as it stands; says beside each field what is wrong with it. */
gboolean trias_relationship_rows_check (TriasRelationshipRows *self);
/** Sends what differs from @relationship to @server. @callback ends with
 * trias_server_action_finish(). */
void trias_relationship_rows_apply (TriasRelationshipRows *self,
                                    const TriasRelationship *relationship,
                                    TriasServer *server,
                                    GCancellable *cancellable,
                                    GAsyncReadyCallback callback,
                                    gpointer user_data);

G_END_DECLS
