/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-items.h"

G_BEGIN_DECLS

/** A new row of @type with @key, still without a value. (transfer full) */
TriasItem *trias_item_new (GType type, const char *key);
/** Reads @json into @self and notifies what differs from before. On an error nothing changed but
 * what was read so far. */
gboolean trias_item_update (TriasItem *self, const TriasJson *json, GError **error);
/** Notifies what differs between before and after @change. */
typedef void (*TriasItemChange) (gpointer object, gpointer data);
void trias_object_change (GObject *object, TriasItemChange change, gpointer data);
/** A read-only property of a class: @type is a fundamental GType, G_TYPE_STRV or an object type. */
void trias_install_readable (GObjectClass *klass, guint id, const char *name, GType type);

/** Key of an element; %NULL if it has none. (transfer full) */
typedef char *(*TriasItemKeyFunc) (const TriasJson *element);
/**
 * Makes @store (of rows of @type) show @elements (element-type TriasJson), in their order: what
 * stays keeps its row object and is updated, only real additions and removals are told. If an
 * element cannot be read, nothing changes.
 */
gboolean trias_list_update (
    GListStore *store, GType type, GPtrArray *elements, TriasItemKeyFunc key, GError **error);
/** Adds rows for the @elements whose keys are not in @store yet, at the end or (@first) at the
 * beginning. */
gboolean trias_list_add (GListStore *store,
                         GType type,
                         GPtrArray *elements,
                         TriasItemKeyFunc key,
                         gboolean first,
                         GError **error);
/** Elements of an array as a pointer array that borrows them. (transfer full) */
GPtrArray *trias_list_elements (const TriasJson *array);

char *trias_key_by_id (const TriasJson *element);
char *trias_key_of_license (const TriasJson *element);
char *trias_key_of_pool (const TriasJson *element);
char *trias_key_of_denial (const TriasJson *element);
char *trias_key_of_event (const TriasJson *element);
char *trias_key_of_feature (const TriasJson *element);

G_END_DECLS
