/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-event.h"
#include "server/store/trias-denial.h"

G_BEGIN_DECLS

/** Name of the database file in the state folder. */
#define TRIAS_STORE_FILE "trias.db"
/** Events beyond this number are dropped, the oldest first. */
#define TRIAS_STORE_MAX_EVENTS 1000000
#define TRIAS_STORE_MAX_DENIALS 100000

/**
 * TriasStore:
 *
 * The file that mirrors what the server holds in memory, and the rows of the local journal. One
 * thread writes, in order; callbacks run in the main context that was the thread default at open.
 */
typedef struct _TriasStore TriasStore;

/** What a record belongs to. */
typedef enum
{
  TRIAS_SPACE_LEDGER,
  TRIAS_SPACE_REPLICA, /* the partner's ledger */
  TRIAS_SPACE_LOCAL,   /* never replicated */
  TRIAS_N_SPACES
} TriasSpace;

/** Opens or makes the file in @folder for the server @server_id. Only one process may: the error
 * names the folder. */
TriasStore *trias_store_open (const char *folder, const char *server_id, GError **error);
/** Carries out what is queued, ends the thread and closes. Callbacks that are due still run. */
void trias_store_close (TriasStore *self);

/* --- reading at start, before the first batch --- */
typedef gboolean (*TriasStoreRecordFunc) (const char *kind,
                                          const char *key,
                                          GBytes *value,
                                          guint64 revision,
                                          gpointer user_data,
                                          GError **error);
/** Calls @func for each record of @space, in no order of meaning; stops when it returns %FALSE. */
gboolean trias_store_foreach (TriasStore *self,
                              TriasSpace space,
                              TriasStoreRecordFunc func,
                              gpointer user_data,
                              GError **error);
typedef gboolean (*TriasStoreEntryFunc) (
    guint64 term, guint64 index, GBytes *commands, gpointer user_data, GError **error);
/** Calls @func for each row of the journal after @index, in order. */
gboolean trias_store_foreach_entry (
    TriasStore *self, guint64 index, TriasStoreEntryFunc func, gpointer user_data, GError **error);
/** Highest index of the journal whose effects are in the ledger's records. */
guint64 trias_store_get_applied (TriasStore *self);
guint64 trias_store_get_last_event (TriasStore *self);
guint64 trias_store_get_last_denial (TriasStore *self);

/* --- writing: everything in a batch happens in one transaction --- */
/** Whatever is given to a batch is borrowed until its callback ran. */
typedef struct _TriasStoreBatch TriasStoreBatch;

TriasStoreBatch *trias_store_batch_new (void);
void trias_store_batch_free (TriasStoreBatch *batch);
gboolean trias_store_batch_is_empty (TriasStoreBatch *batch);
/** Nobody waits for the disk: it is durable only with the next batch that is not relaxed. */
void trias_store_batch_relax (TriasStoreBatch *batch);
/** Writes a record, or with a %NULL @value removes it. */
void trias_store_batch_put (TriasStoreBatch *batch,
                            TriasSpace space,
                            const char *kind,
                            const char *key,
                            GBytes *value,
                            guint64 revision);
/** Removes every record of @space; what is put afterwards stays. */
void trias_store_batch_clear (TriasStoreBatch *batch, TriasSpace space);
/** Keeps a row of the journal. */
void
trias_store_batch_entry (TriasStoreBatch *batch, guint64 term, guint64 index, GBytes *commands);
/** The ledger's records hold everything up to @index: the rows before go. */
void trias_store_batch_applied (TriasStoreBatch *batch, guint64 index);
/** The journal begins anew: all its rows go, one of this batch too, and the applied index is 0.
 * What the ledger's records hold after this batch is where it begins. */
void trias_store_batch_restart (TriasStoreBatch *batch);
void trias_store_batch_event (TriasStoreBatch *batch, const TriasEvent *event);
void trias_store_batch_denial (TriasStoreBatch *batch, const TriasDenial *denial);
/** Drops history from before @time (Unix ms), a bounded piece at a time. */
void trias_store_batch_trim (TriasStoreBatch *batch, gint64 time);

/** @error %NULL: durable; @took_us: how long the disk took. Else nothing of the batch happened
 * (reason STORAGE). */
typedef void (*TriasStoreDone) (const GError *error, gint64 took_us, gpointer user_data);
/** Queues @batch (takes it). Batches are carried out in order. */
void trias_store_commit_async (TriasStore *self,
                               TriasStoreBatch *batch,
                               TriasStoreDone done,
                               gpointer user_data);
/** Waits until everything queued is carried out and runs the callbacks: for start and end. */
void trias_store_wait (TriasStore *self);

/* --- history, read with a connection of its own; may be called from any thread --- */
/** Newest first, at most @limit with @after < seq < @before (0 = no bound). (element-type
 * TriasEvent). Without @leases those of single leases (`lease-*`) are left out. */
GPtrArray *trias_store_read_events (
    TriasStore *self, guint64 before, guint64 after, gboolean leases, guint limit, GError **error);
/** Calls @func for each record of the space LOCAL whose kind is @kind (nullable), then for each of
 * the ledger, all as of one moment. In no order of meaning. */
gboolean trias_store_read_records (TriasStore *self,
                                   const char *kind,
                                   TriasStoreRecordFunc func,
                                   gpointer user_data,
                                   GError **error);
/** Newest first. (element-type TriasDenial) */
GPtrArray *trias_store_read_denials (TriasStore *self, guint limit, GError **error);

G_END_DECLS
