/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "ledger/trias-ledger.h"
#include "server/journal/raft/trias-raft-member.h"
#include "server/keeper/trias-lease-clock.h"

#include "sim-io.h"

G_BEGIN_DECLS

/* A simulated triad: servers with the real engine, ledger, codec and lease clock, three of which
 * are its members at a time, and the clients that lease from them. */

#define SIM_ELECTION_MS 300
#define SIM_HOLD_DOWN_MS 1000
#define SIM_TTL_S 3
#define SIM_SEATS 3
#define SIM_ID_SIZE 24
/** Incarnations are less than this. */
#define SIM_INCARNATIONS 12
/** The client that a rule denies everything. */
#define SIM_DENIED (SIM_CLIENTS - 1)

typedef struct _SimCluster SimCluster;
typedef struct _SimMember SimMember;

/** Rules that a run breaks on purpose, to see that it is noticed. */
typedef enum
{
  SIM_BREAK_NOTHING,
  SIM_BREAK_GUARD_1,           /* old terms are committed by counting replicas */
  SIM_BREAK_WITHHOLD,          /* the same, but each leader starts with a barrier */
  SIM_BREAK_GUARD_2,           /* what an older leader sent is acknowledged to a new one */
  SIM_BREAK_LEASE,             /* whoever leads serves, lease or not */
  SIM_BREAK_TRANSFER_LEASE,    /* the lease is kept over a transfer */
  SIM_BREAK_TERTIARY,          /* the tertiary serves */
  SIM_BREAK_PERMIT,            /* a late order to take over is obeyed */
  SIM_BREAK_BLANK_VOTES,       /* a member with a blank disk votes at once */
  SIM_BREAK_OLD_IMAGE_VOTES,   /* one with an old image too */
  SIM_BREAK_STICKY,            /* who just heard the leader votes for another */
  SIM_BREAK_START_WAIT,        /* a restarted member takes part at once */
  SIM_BREAK_EARLY_ANSWER,      /* answered before it is committed */
  SIM_BREAK_EXPIRY_GENERATION, /* an expiry ends what was renewed meanwhile */
  SIM_BREAK_SEALED_SERVES,     /* who is active at the seal goes on in the old incarnation */
  SIM_BREAK_EARLY_SEAL,        /* the new incarnation begins when the seal is proposed */
  SIM_BREAK_BEHIND_SEAL,       /* what comes behind the seal is applied */
  SIM_BREAK_BLANK_BASE,        /* a newcomer starts without the base */
  SIM_N_BREAKS
} SimBreak;

typedef enum
{
  SIM_ASK_GRANT,
  SIM_ASK_RENEW,
  SIM_ASK_RELEASE,
  SIM_ASK_EXPIRE, /* by the active member itself */
  SIM_ASK_TICK,
  SIM_ASK_SEAL /* by an administrator: another member */
} SimAskKind;

/** What a client asks of a member; carried along until it is answered. */
typedef struct
{
  SimAskKind kind;
  guint client; /* SIM_CLIENTS: nobody waits */
  guint serial; /* of the client's attempt */
  gint64 sent;  /* by the client's boot-time clock */
  char id[SIM_ID_SIZE];
  guint64 generation;
  guint64 incarnation;     /* of a seal: the one that it begins, … */
  guint leaving, newcomer; /* … and the servers that it exchanges */
} SimAsk;

/** Who belongs together, as clients learn it. */
typedef struct
{
  guint64 incarnation;
  guint servers[SIM_MEMBERS]; /* by slot */
} SimSeats;

typedef struct
{
  guint serial;
  SimAskKind kind;
  gint64 sent;
  TriasReason reason;
  guint hint;  /* number (from 1) of the active server, 0 = unknown */
  gint64 left; /* ms for which the lease is told to last */
  char id[SIM_ID_SIZE];
  SimSeats seats; /* as who answers knows them */
} SimAnswer;

/** The engine of one incarnation on one server, with its log. */
typedef struct
{
  SimMember *member;
  guint64 incarnation;
  guint slot;
  SimDisk disk;
  SimIo io;
  TriasRaftMember *raft; /* (owned) (nullable) while it runs */
  guint64 applied;
  guint64 committed; /* as checked so far in this life */
  gboolean begun;    /* durable: it has taken part, so that without a log it has lost one */
  gboolean leading;
  gboolean left; /* goes on for a moment beside its successor, so that others learn of the seal */
} SimEngine;

/** A server: a member of the triad, or one that may become a member. */
struct _SimMember
{
  SimCluster *cluster;
  SimNode *node;
  guint index;
  GBytes *base;      /* (owned) (nullable) durable: the ledger that its incarnation begins from */
  guint64 reached;   /* the highest incarnation that it knows of */
  guint64 promised;  /* durable: it waits for that incarnation */
  SimEngine *engine; /* (owned) (nullable) of its incarnation, also while it is down */
  SimEngine *lingering;    /* (owned) (nullable) of the one before, for a moment */
  TriasLedger *ledger;     /* (owned) */
  TriasLeaseClock *leases; /* (owned) */
  gboolean changing;       /* goes over to next_base, which is being written */
  GBytes *next_base;       /* (owned) (nullable) NULL: it is no member any more */
  gboolean stuck;          /* goes on in an incarnation that ended, as a broken rule has it */
  gboolean active;         /* as it saw itself at the end of its last turn */
  gboolean failed;         /* the engine gave up: open it anew */
  GQueue asks;             /* (element-type SimAsk) not yet proposed */
  guint early;             /* grants answered before they were committed, as a broken rule has it */
  gint64 next_tick;        /* boot ms */
  gboolean dishonest;      /* its disk went back in time and has not caught up */
  gint64 slow;             /* of its disk, as SimDisk has it */
  gboolean blocks, refuses;
  SimRandom random; /* how long its store takes */
};

typedef enum
{
  SIM_PHASE_IDLE,
  SIM_PHASE_ASKING,
  SIM_PHASE_HOLDING,
  SIM_PHASE_RELEASING
} SimPhase;

typedef struct
{
  SimCluster *cluster;
  SimNode *node;
  guint index; /* among the clients */
  SimRandom random;
  SimPhase phase;
  guint n_leases;
  char id[SIM_ID_SIZE];
  gint64 deadline;               /* own boot ms at which it stops */
  char promised_id[SIM_ID_SIZE]; /* the lease that a member answered for last */
  gint64 promised_until;         /* own boot ms to which that answer lets it last */
  gint64 renew_at;               /* own boot ms */
  gint64 let_go_at;              /* own boot ms */
  gint64 rests_until;
  gboolean waiting; /* for an answer */
  guint serial;     /* of the last attempt */
  gint64 sent;
  guint target;   /* server it asks */
  SimSeats seats; /* as it was told */
  guint tries;
  guint wake;     /* serial of the timer that counts */
  gboolean quiet; /* asks for nothing new, keeps what it holds */
} SimClient;

typedef struct
{
  guint64 schedules, turns, grants, renewals, releases, denied, rule_denied, expired, elections,
      failovers, handovers, crashes, old_images, snapshots, lost, faults, failed, entries,
      late_expiries, seals, replaced, returned, left, behind, far_back;
} SimStats;

struct _SimCluster
{
  SimWorld *world; /* (owned) */
  SimNet net;
  SimBreak breaks;
  SimMember members[SIM_SERVERS];
  SimIo *peers[2 * SIM_SERVERS]; /* as SimIo has it */
  GPtrArray *buried;             /* (owned) (element-type SimEngine) of incarnations that ended */
  SimClient clients[SIM_CLIENTS];
  SimSeats seats;                   /* of the highest incarnation that somebody began */
  guint replaced, newcomer;         /* servers that were exchanged last */
  GArray *golden[SIM_INCARNATIONS]; /* (owned) (element-type guint64) hash of the entry at an
                                       index, 0 = unknown */
  char *bases[SIM_INCARNATIONS];    /* (owned) (nullable) digest of the base */
  guint last_active;                /* number of the server, 0 = nobody so far */
  gboolean strict;                  /* one fault only: no client that is up may lose a lease */
  gboolean manual;                  /* failback is manual */
  guint election_ms;
  SimStats stats;
  void (*moment) (SimCluster *self, guint member, SimMoment moment); /* (nullable) */
  gpointer user_data;
};

SimCluster *sim_cluster_new (guint64 seed, SimBreak breaks);
void sim_cluster_free (SimCluster *self);

/* sim-engine.c: the engine of an incarnation */
/** Closes @engine if it runs and keeps its memory until the end, because of what is under way. */
void sim_engine_bury (SimEngine *engine);
/** Opens the engine of the base that the ledger was loaded from. */
void sim_engine_open (SimMember *self);
/** While it is down: its log of @incarnation, empty if it has none; the log of any other is gone.
 */
SimImage *sim_engine_log (SimMember *self, guint64 incarnation);
/** @orderly: what is being written is kept. */
void sim_engine_close (SimEngine *engine, gboolean orderly);
/** It goes on for a moment beside its successor. */
void sim_engine_leave (SimMember *self);

/* sim-member.c */
void sim_member_init (SimMember *self, SimCluster *cluster, guint index);
void sim_member_clear (SimMember *self);
void sim_member_start (SimMember *self);
/** Cuts its power. */
void sim_member_crash (SimMember *self);
/** Stops it in good order. */
void sim_member_stop (SimMember *self);
/** A request of a client arrives, or of its administrator; takes @ask. */
void sim_member_take (SimMember *self, SimAsk *ask);
void sim_ask_free (gpointer ask);
gboolean sim_member_is_active (SimMember *self);
/** What waits to be proposed is refused. */
void sim_member_refuse_waiting (SimMember *self);
/** Its engine is closed and opened anew, a little later. */
void sim_member_fail (SimMember *self, const char *why);
/** How its disk behaves from now on. */
void sim_member_set_disk (SimMember *self, gint64 slow, gboolean blocks, gboolean refuses);
/** The answer to who asked a broken server is not waited for: before it is committed. */
void sim_member_settle_early (SimMember *self, GPtrArray *asks);

/* sim-keeper.c: what the keeper of a triad does with the entries */
/** The ledger that the first incarnation begins from. (transfer none) */
GBytes *sim_keeper_first_base (void);
/** The relationship and nothing else, as a broken rule has it. (transfer full) */
GBytes *sim_keeper_blank_base (const TriasRelationship *relationship);
/** The ledger as @base has it; empty if %NULL. */
void sim_keeper_load (SimMember *self, GBytes *base);
/** Applies an entry; @asks (nullable): who waits for it, in order. */
void sim_keeper_apply (SimMember *self, const void *data, gsize length, GPtrArray *asks);
GBytes *sim_keeper_snapshot (SimMember *self);
gboolean sim_keeper_restore (SimMember *self, GBytes *state, GError **error);
/** Makes the command that @ask wants. */
TriasCommand *sim_keeper_command (SimMember *self, const SimAsk *ask);
/** It became active: every live lease afresh. */
void sim_keeper_begin (SimMember *self);
/** Leases that end and the like, while it is active. */
void sim_keeper_check_due (SimMember *self);
/** Answers @ask. */
void sim_keeper_answer (SimMember *self, const SimAsk *ask, const TriasOutcome *outcome);
void sim_keeper_refuse (SimMember *self, const SimAsk *ask);

/* sim-change.c: from one incarnation to the next */
/** The relationship in the ledger; %NULL: none. */
const TriasRelationship *sim_change_relationship (SimMember *self);
/** The incarnation that it takes part in; 0: none. */
guint64 sim_change_incarnation (const SimMember *self);
/** Whether it lived through @incarnation: its log of that one is gone. */
gboolean sim_change_seen (const SimMember *self, guint64 incarnation);
/** Who belongs together, by the ledger. */
void sim_change_seats (SimMember *self, SimSeats *seats);
/** The ledger may have another relationship now. */
void sim_change_follow (SimMember *self);
/** The process ends: a crash (not @orderly) decides what became of the write. */
void sim_change_end (SimMember *self, gboolean orderly);
/** The process begins: it tells the others of its incarnation from now on. */
void sim_change_start (SimMember *self);
/** In a turn of the active server: exchanges member @leaving for @newcomer. */
void sim_change_replace (SimMember *self, guint leaving, guint newcomer);

/* sim-client.c */
void sim_client_init (SimClient *self, SimCluster *cluster, guint index);
/** Whether it uses a seat at this instant. */
gboolean sim_client_is_live (SimClient *self);
void sim_client_answered (SimClient *self, const SimAnswer *answer);
const char *sim_client_key (guint index);

/* sim-check.c */
void sim_check_entry (SimEngine *engine, guint64 index, const void *data, gsize length);
/** A server begins its incarnation. */
void sim_check_base (SimMember *member);
/** A server is no member any more. */
void sim_check_left (SimMember *member);
void sim_check_turn (SimMember *member);
void sim_check_granted (SimClient *client);
/** A member ended lease @id because its time was over. */
void sim_check_expired (SimMember *member, const char *id);
/** Whether all members are in the same incarnation and have applied as much, and nobody else takes
 * part. */
gboolean sim_check_is_even (SimCluster *cluster);
/** After the heal and the quiet. */
void sim_check_end (SimCluster *self);

G_END_DECLS
