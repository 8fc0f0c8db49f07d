/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/journal/trias-journal.h"
#include "server/keeper/trias-keeper-clock.h"
#include "server/keeper/trias-lease-clock.h"
#include "server/keeper/trias-mirror.h"

G_BEGIN_DECLS

/* What the files trias-keeper*.c share. */

/** Local records under which a licence is kept that did not verify at start. */
#define TRIAS_KEEPER_INVALID_LICENSE "license-invalid"

/** Kinds of the ledger's records as they stand in the store. */
extern const char *const trias_keeper_record_words[TRIAS_N_RECORDS];
/** Order in which kept records are loaded; for g_ptr_array_sort(). */
int trias_keeper_compare_changes (gconstpointer a, gconstpointer b);

typedef struct
{
  char *kind;           /* (owned) */
  char *key;            /* (owned) */
  GBytes *value;        /* (owned) (nullable) */
  GBytes *before;       /* (owned) (nullable) what it was, to go back to if it cannot be kept */
  TriasKeeperDone done; /* (nullable) for a record; NULL: keep trying */
  gpointer user_data;
  gboolean replica; /* not a record: someone waits for the replica */
} TriasKeeperPut;

/** A look into history, carried out by a worker. */
typedef struct
{
  TriasKeeper *keeper;
  guint64 before, after;
  guint limit;
  GPtrArray *recent; /* (owned) what the store may not have yet, newest first */
} TriasKeeperQuery;

struct _TriasKeeper
{
  TriasKeeperClock clock;
  TriasStore *store;     /* (owned) */
  TriasJournal *journal; /* (owned) */
  TriasLedger *ledger;   /* (owned) */
  TriasMirror *mirror;   /* (owned) */
  guint64 applied;       /* index of the last entry in the ledger */
  guint64 mirrored;      /* the same as the store was last told */
  gboolean closing;
  char *storage_detail; /* (owned) (nullable) why the disk refuses */

  GPtrArray *watchers; /* (owned) (element-type Watcher) */
  guint last_watcher;
  guint telling; /* depth of calls to watchers */

  /* local records */
  GHashTable *local; /* (owned) kind to (key to GBytes) */
  GPtrArray *puts;   /* (owned) (element-type TriasKeeperPut) not yet in a batch */
  GPtrArray *flying_puts;

  /* the replica of a partner */
  TriasLedger *replica; /* (owned) (nullable) */

  /* history */
  guint64 last_event;
  guint64 told_event;       /* watchers know events up to this one */
  GPtrArray *events;        /* (owned) (element-type TriasEvent) not yet in a batch */
  GPtrArray *flying_events; /* (owned) */
  guint64 last_denial;
  GHashTable *denials;      /* (owned) who and why to Open */
  GPtrArray *denial_writes; /* (owned) (element-type TriasDenial) not yet in a batch */
  GPtrArray *flying_denials;
  gint64 trim_before; /* Unix ms; 0 = nothing to trim in the next batch */
  GMutex query_lock;
  GCond query_ended;
  guint queries; /* workers that read the store */

  /* time */
  TriasLeaseClock *leases; /* (owned) */
  guint tombstones;
  GSource *timer;     /* (owned) */
  gint64 next_tick;   /* boot ms */
  gint64 next_trim;   /* boot ms */
  gint64 next_change; /* Unix ms at which a licence begins or ends; G_MAXINT64 = never */
  gboolean limits_changed;
};

/* trias-keeper-local.c */
void trias_keeper_local_init (TriasKeeper *self);
gboolean trias_keeper_local_load (TriasKeeper *self, GError **error);
/** Removes @record from memory or sets it, without writing. */
void trias_keeper_local_set (TriasKeeper *self, const char *kind, const char *key, GBytes *value);
void trias_keeper_local_fill (TriasKeeper *self);
void trias_keeper_local_settle (TriasKeeper *self, const GError *error);
void trias_keeper_local_free (TriasKeeper *self);

/* trias-keeper-replica.c */
gboolean trias_keeper_replica_load (TriasKeeper *self, GError **error);

/* trias-keeper-history.c */
void trias_keeper_history_init (TriasKeeper *self);
void trias_keeper_history_fill (TriasKeeper *self, TriasStoreBatch *batch);
void trias_keeper_history_settle (TriasKeeper *self, gboolean written);
void trias_keeper_history_free (TriasKeeper *self);
/** Takes the event into history; watchers are told once it is kept. */
void trias_keeper_history_add (TriasKeeper *self, TriasEvent *event);
/** Tells watchers of events that cannot be kept now. */
void trias_keeper_history_tell_pending (TriasKeeper *self);

/** Waits for the workers. */
void trias_keeper_history_wait (TriasKeeper *self);
TriasKeeperQuery *trias_keeper_query_new (TriasKeeper *self, guint limit, GDestroyNotify free_func);
/** Runs @func in a worker with @query (taken) as its data; it must call trias_keeper_query_end().
 */
void trias_keeper_query_run (TriasKeeperQuery *query, GTask *task, GTaskThreadFunc func);
void
trias_keeper_query_end (TriasKeeperQuery *query, GTask *task, GPtrArray *result, GError *error);

/* trias-keeper-denials.c */
void trias_keeper_denials_init (TriasKeeper *self);
/** Ends the minute of those whose minute is over, or of @all. */
void trias_keeper_denials_end (TriasKeeper *self, gboolean all);
void trias_keeper_denials_fill (TriasKeeper *self, TriasStoreBatch *batch);
void trias_keeper_denials_settle (TriasKeeper *self, gboolean written);
void trias_keeper_denials_free (TriasKeeper *self);
gint64 trias_keeper_denials_next (TriasKeeper *self);

/* trias-keeper-due.c */
void trias_keeper_due_init (TriasKeeper *self);
/** After the ledger was loaded: every lease afresh. */
void trias_keeper_due_start (TriasKeeper *self);
/** Notes what @changes mean for leases and licences. */
void trias_keeper_due_note (TriasKeeper *self, GPtrArray *changes);
/** After a batch was applied. */
void trias_keeper_due_settle (TriasKeeper *self);
void trias_keeper_due_free (TriasKeeper *self);

/* trias-keeper-open.c */
gboolean trias_keeper_load (TriasKeeper *self, GError **error);
gboolean trias_keeper_verify_licenses (TriasKeeper *self, TriasIssuers *issuers, GError **error);

/* trias-keeper.c */
gint64 trias_keeper_boot_now (TriasKeeper *self);
/** Applies one command and notes what it did; @told: watchers and history are told too. */
TriasOutcome *trias_keeper_apply (TriasKeeper *self, const TriasCommand *command);
void trias_keeper_tell_event (TriasKeeper *self, const TriasEvent *event);
void trias_keeper_tell_local (TriasKeeper *self, const char *kind, const char *key);

G_END_DECLS
