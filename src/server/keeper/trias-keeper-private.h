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

/** Going over from one journal to another; while it lasts, commands are refused. */
typedef enum
{
  TRIAS_KEEPER_STEADY,
  TRIAS_KEEPER_CHANGING, /* to be written, or being written */
  TRIAS_KEEPER_CHANGED,  /* durable; the journal is still the former one */
} TriasKeeperChange;

/** The incarnation of a triad whose base the store's ledger is. */
typedef struct
{
  char *relationship; /* (owned) */
  guint64 incarnation;
  char *digest; /* (owned) of the base, see trias_ledger_digest_whole() */
} TriasKeeperBase;

/** The journal of a triad's member. One that was left goes on for a moment, so that the others
 * learn what was decided last; then it only answers who still waits. */
typedef struct
{
  TriasKeeper *keeper;
  TriasJournal *journal; /* (owned) */
  guint64 incarnation;
  char *folder;  /* (owned) of its log */
  gint64 opened; /* boot ms */
  gboolean wan;
  gboolean started; /* it takes part */
  gboolean left;    /* no longer in use */
  GSource *linger;  /* (owned) (nullable) ends it */
} TriasKeeperEngine;

/** A ledger that is being made anew from the base. */
typedef struct _TriasKeeperRenewal TriasKeeperRenewal;

/** What the ledger came to after the last entries of a triad's log. */
typedef struct _TriasKeeperTrail TriasKeeperTrail;

/** A look into history, carried out by a worker. */
typedef struct
{
  TriasKeeper *keeper;
  guint64 before, after;
  gboolean leases; /* also what happened to single ones */
  guint limit;
  GPtrArray *recent; /* (owned) what the store may not have yet, newest first */
  gpointer data;     /* (borrowed) of another task */
  GError *error;     /* (owned) (nullable) */
} TriasKeeperQuery;

struct _TriasKeeper
{
  TriasKeeperClock clock;
  char *folder;          /* (owned) of the state */
  TriasStore *store;     /* (owned) */
  TriasJournal *journal; /* (owned), by @engine if there is one */
  TriasLedger *ledger;   /* (owned) */
  TriasMirror *mirror;   /* (owned) */
  guint64 applied;       /* index of the last entry in the ledger */
  guint64 mirrored;      /* the same as the store was last told */
  gboolean closing;
  char *storage_detail; /* (owned) (nullable) why the store's disk refuses */
  char *engine_detail;  /* (owned) (nullable) why the log of the triad cannot be used */

  GPtrArray *watchers; /* (owned) (element-type Watcher) */
  guint last_watcher;
  guint telling; /* depth of calls to watchers */

  /* local records */
  GHashTable *local; /* (owned) kind to (key to GBytes) */
  GPtrArray *puts;   /* (owned) (element-type TriasKeeperPut) not yet in a batch */
  GPtrArray *flying_puts;

  /* the replica of a partner */
  TriasLedger *replica; /* (owned) (nullable) */

  /* a triad */
  TriasIssuers *issuers;     /* (owned) (nullable) */
  TriasKeeperBase *base;     /* (owned) (nullable) NULL: this server decides alone */
  TriasKeeperEngine *engine; /* (owned) (nullable) NULL: it decides alone, or the engine failed */
  GPtrArray *lingering;      /* (owned) (element-type TriasKeeperEngine) */
  const TriasJournalLinks *links; /* (borrowed) (nullable) until they are given */
  gpointer links_data;
  gboolean active;               /* the journal was active when it last told */
  gboolean was_active;           /* and when that was followed up */
  gboolean archiving;            /* the former ledger is being kept aside */
  gpointer taking;               /* (nullable) what is being archived for */
  TriasKeeperTrail *trail;       /* (owned) */
  TriasKeeperRenewal *renewal;   /* (nullable) the base is being read again */
  gboolean look_at_role;         /* it may have changed since */
  gboolean pin_reached;          /* the pinned one led since it was pinned */
  guint aside;                   /* members of the triad that stand aside, a bit for each slot */
  gboolean pin_seen;             /* there was a pin that the engine may still follow */
  gboolean relationship_changed; /* by what was applied last */
  guint64 recorded;              /* events of entries up to this index are in the store */
  gboolean silent;               /* those of the entry being applied are */
  guint reopen_ms;               /* back-off of a failed engine */
  GSource *reopen;               /* (owned) (nullable) */
  TriasKeeperChange changing;
  gboolean to_triad;   /* what it changes to */
  gboolean prepared;   /* the mirror holds what is to be written */
  gboolean flying;     /* and it is being written */
  TriasLedger *taken;  /* (owned) (nullable) the base that takes the ledger's place */
  GPtrArray *waiting;  /* (owned) who waits for the change */
  GPtrArray *refusals; /* (owned) who is told no as soon as the loop runs */
  GSource *later;      /* (owned) does what must not be done at once */

  /* after a recovery */
  gboolean recovering;     /* what stands in the log is applied, but for what is about members */
  gint64 grants_from_boot; /* boot ms until which nothing new is granted; 0 = now */

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
/** Ends it with @result, or with @error (transfer full) if that is not %NULL. */
void trias_keeper_query_end (
    TriasKeeperQuery *query, GTask *task, gpointer result, GDestroyNotify free_func, GError *error);

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

/** Every timer is dropped, and every lease begins afresh: the ledger was replaced, or this server
 * became active. */
void trias_keeper_due_restart (TriasKeeper *self);

/* trias-keeper-change.c */
void trias_keeper_change_init (TriasKeeper *self);
void trias_keeper_change_free (TriasKeeper *self);
/** After the relationship changed: goes over to another journal if that is due. */
void trias_keeper_follow (TriasKeeper *self);
void trias_keeper_change_fill (TriasKeeper *self, TriasStoreBatch *batch);
void trias_keeper_change_settle (TriasKeeper *self, const GError *error);
/** Goes over to the other journal, once that is durable. */
void trias_keeper_change_finish (TriasKeeper *self);
/** @done (nullable) when the change that is under way is through. */
void trias_keeper_change_wait (TriasKeeper *self, TriasKeeperDone done, gpointer user_data);
void trias_keeper_change_begin (TriasKeeper *self, gboolean to_triad);

/* trias-keeper-base.c */
/** Which base the store holds, from the local records; %NULL if none. */
TriasKeeperBase *trias_keeper_base_load (TriasKeeper *self, GError **error);
void trias_keeper_base_free (TriasKeeperBase *base);
/** Tells who brought a base that it will not be taken any more. */
void trias_keeper_base_abandon (TriasKeeper *self);
/** Puts into the mirror that the store holds the base of @ledger's triad, or with %NULL none. */
void trias_keeper_base_mark (TriasKeeper *self, TriasLedger *ledger);
/** Whether an engine has begun with the base that there is: one that finds no log has lost it. */
gboolean trias_keeper_base_has_begun (TriasKeeper *self);
/** An engine begins with the base; durable soon. */
void trias_keeper_base_begin (TriasKeeper *self);

/** The ledger that @changes make; BAD_REQUEST if that does not come to @digest. */
TriasLedger *trias_keeper_base_ledger (TriasKeeper *self,
                                       GPtrArray *changes,
                                       const char *digest,
                                       GError **error);

/* trias-keeper-trail.c */
TriasKeeperTrail *trias_keeper_trail_new (void);
void trias_keeper_trail_free (TriasKeeperTrail *self);
/** Entry @index was applied whole, and @ledger is what it came to. */
void trias_keeper_trail_add (TriasKeeperTrail *self, guint64 index, TriasLedger *ledger);
/** The ledger was replaced. */
void trias_keeper_trail_clear (TriasKeeperTrail *self);

/* trias-keeper-renew.c */
/** The keeper closes. */
void trias_keeper_renewal_abandon (TriasKeeper *self);

/** As if a DISSOLVE stood in the log. */
void trias_keeper_dissolve_here (TriasKeeper *self, const char *keep);

/* trias-keeper-recover.c */
void trias_keeper_recover_load (TriasKeeper *self);
/** Whether @command must wait until what the lost members granted has run out. */
gboolean trias_keeper_recover_defers (TriasKeeper *self, const TriasCommand *command);
/** Whether @command is about who belongs together, which a recovery leaves out. */
gboolean trias_keeper_recover_skips (TriasKeeper *self, const TriasCommand *command);

/* trias-keeper-engine.c */
/** A failed engine is opened anew after this, at first. */
#define TRIAS_KEEPER_REOPEN_MS 200
void trias_keeper_engine_init (TriasKeeper *self);
/** Opens the journal of the triad; what fails is tried again by itself. */
void trias_keeper_engine_open (TriasKeeper *self);
/** Ends and removes what was another triad's of the same @incarnation: before the store says that
 * the log of that number is the present one's. */
void trias_keeper_engine_make_room (TriasKeeper *self, guint64 incarnation);
/** A journal that failed is not tried again. */
void trias_keeper_engine_stop_reopening (TriasKeeper *self);
/** Lets the journal in use go on for a moment, but not for this keeper. */
void trias_keeper_engine_leave (TriasKeeper *self);
/** Ends the journal in use and throws its log away, but for what it knows of the others. Commands
 * are refused until one is opened. */
void trias_keeper_engine_discard (TriasKeeper *self);
/** Ends all journals of triads. */
void trias_keeper_engine_close (TriasKeeper *self);
/** Removes logs of incarnations that are past. */
void trias_keeper_engine_tidy (TriasKeeper *self);
/** Takes part, once there are links. */
void trias_keeper_engine_start (TriasKeeper *self);

/* trias-keeper-triad.c */
/** Follows options and pin of the relationship. */
void trias_keeper_engine_follow (TriasKeeper *self);

/* trias-keeper-submit.c */
void trias_keeper_later (TriasKeeper *self);
void trias_keeper_submit_init (TriasKeeper *self);
void trias_keeper_submit_free (TriasKeeper *self);
/** Answers who waits for the command of @tag (nullable). */
void trias_keeper_answer (gpointer tag, const TriasOutcome *outcome);
/** The same with a refusal; @detail (nullable): what goes with the reason. */
void trias_keeper_refuse (gpointer tag, TriasReason reason, const char *detail);

/* trias-keeper-open.c */
gboolean trias_keeper_load (TriasKeeper *self, GError **error);
/** Puts licences aside that do not verify, and takes back those that do again; on a member of a
 * triad that is not active it only tells of them. */
gboolean trias_keeper_verify_licenses (TriasKeeper *self, GError **error);

/* trias-keeper.c */
gint64 trias_keeper_boot_now (TriasKeeper *self);
/** Applies one command and notes what it did. */
TriasOutcome *trias_keeper_apply (TriasKeeper *self, const TriasCommand *command);
/** The client of every journal; @user_data is the keeper. */
extern const TriasJournalClient trias_keeper_journal_client;
/** Makes the replica of @partner from the own ledger: it is the same up to now. */
void trias_keeper_seed_replica (TriasKeeper *self, const char *partner);
/** The log of the triad cannot be used, because of @detail; %NULL: it can. What the store's disk
 * refuses is told beside it. */
void trias_keeper_engine_trouble (TriasKeeper *self, const char *detail);
/** Another journal begins: whatever was the matter with the last one is over. */
void trias_keeper_begin_untroubled (TriasKeeper *self);
void trias_keeper_tell_changes (TriasKeeper *self, GPtrArray *changes);
void trias_keeper_tell_triad (TriasKeeper *self);
void trias_keeper_tell_event (TriasKeeper *self, const TriasEvent *event);
void trias_keeper_tell_local (TriasKeeper *self, const char *kind, const char *key);

G_END_DECLS
