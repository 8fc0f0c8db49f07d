/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/store/trias-store-db.h"

G_BEGIN_DECLS

/* Reading what happened, with a read-only connection of its own. */

sqlite3 *trias_store_history_open (const char *path, GError **error);
GPtrArray *trias_store_history_events (sqlite3 *handle,
                                       const char *path,
                                       guint64 before,
                                       guint64 after,
                                       gboolean leases,
                                       guint limit,
                                       GError **error);
GPtrArray *
trias_store_history_denials (sqlite3 *handle, const char *path, guint limit, GError **error);
/** Local records of @kind, then the ledger's, in one statement: as of one moment. */
gboolean trias_store_history_records (sqlite3 *handle,
                                      const char *path,
                                      const char *kind,
                                      TriasStoreRecordFunc func,
                                      gpointer user_data,
                                      GError **error);

G_END_DECLS
