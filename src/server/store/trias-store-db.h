/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <sqlite3.h>

#include "server/store/trias-store-batch.h"

G_BEGIN_DECLS

/** One connection to the file with its statements; used by one thread at a time. */
typedef struct _TriasStoreDb TriasStoreDb;

/** Version of the tables that this program writes. */
#define TRIAS_STORE_VERSION 3
/* An index of the events is found by these very words. */
#define TRIAS_STORE_NOT_OF_LEASES "kind NOT GLOB 'lease-*'"

/** Brings the tables of @handle to TRIAS_STORE_VERSION, one transaction for each step. */
gboolean trias_store_migrate (sqlite3 *handle, const char *path, GError **error);
/** Sets an error of reason STORAGE from the state of @handle; @result: what SQLite returned. */
void trias_store_set_error (
    GError **error, sqlite3 *handle, int result, const char *path, const char *what);

TriasStoreDb *trias_store_db_open (const char *path, GError **error);
void trias_store_db_close (TriasStoreDb *self);
/** Checks that the file is this server's, or makes it so if it is new. */
gboolean trias_store_db_claim (TriasStoreDb *self, const char *server_id, GError **error);
gboolean trias_store_db_foreach (TriasStoreDb *self,
                                 TriasSpace space,
                                 TriasStoreRecordFunc func,
                                 gpointer user_data,
                                 GError **error);
gboolean trias_store_db_foreach_entry (TriasStoreDb *self,
                                       guint64 index,
                                       TriasStoreEntryFunc func,
                                       gpointer user_data,
                                       GError **error);
/** The one row of table `state`. */
gboolean
trias_store_db_state (TriasStoreDb *self, guint64 *applied, guint64 *serial, GError **error);
gboolean trias_store_db_last (
    TriasStoreDb *self, guint64 *entry, guint64 *event, guint64 *denial, GError **error);

/**
 * Carries out @batch in one transaction and marks it with @serial. Rows of the journal after
 * @keep_entries go first unless it is %G_MAXUINT64. @unknown (out): the commit itself failed, so
 * the batch may come back when the file is opened anew.
 */
gboolean trias_store_db_write (TriasStoreDb *self,
                               TriasStoreBatch *batch,
                               guint64 serial,
                               guint64 keep_entries,
                               gboolean *unknown,
                               GError **error);
/** Brings what the write-ahead log holds into the file, durably. */
gboolean trias_store_db_checkpoint (TriasStoreDb *self, GError **error);

/** Bytes of an event's words, and back. */

G_END_DECLS
