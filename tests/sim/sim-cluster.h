/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "ledger/trias-ledger.h"
#include "server/journal/raft/trias-raft-member.h"
#include "server/keeper/trias-lease-clock.h"

#include "sim-io.h"

G_BEGIN_DECLS

/* A simulated triad: three members with the real engine, ledger, codec and lease clock, and the
 * clients that lease from them. */

#define SIM_ELECTION_MS 300
#define SIM_HOLD_DOWN_MS 1000
#define SIM_TTL_S 3
#define SIM_SEATS 3
#define SIM_ID_SIZE 24
/** The client that a rule denies everything. */
#define SIM_DENIED (SIM_CLIENTS - 1)

typedef struct _SimCluster SimCluster;

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
  SIM_N_BREAKS
} SimBreak;

typedef enum
{
  SIM_ASK_GRANT,
  SIM_ASK_RENEW,
  SIM_ASK_RELEASE,
  SIM_ASK_EXPIRE, /* by the active member itself */
  SIM_ASK_TICK
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
} SimAsk;

typedef struct
{
  guint serial;
  SimAskKind kind;
  gint64 sent;
  TriasReason reason;
  guint hint;  /* slot of the active member, 0 = unknown */
  gint64 left; /* ms for which the lease is told to last */
  char id[SIM_ID_SIZE];
} SimAnswer;

typedef struct
{
  SimCluster *cluster;
  SimNode *node;
  guint slot;
  SimDisk disk;
  SimIo io;
  TriasRaftMember *engine; /* (owned) (nullable) while it runs */
  TriasLedger *ledger;     /* (owned) */
  TriasLeaseClock *leases; /* (owned) */
  guint64 applied;
  guint64 committed; /* as checked so far in this life */
  gboolean active;   /* as it saw itself at the end of its last turn */
  gboolean leading;
  gboolean failed;    /* the engine gave up: open it anew */
  GQueue asks;        /* (element-type SimAsk) not yet proposed */
  guint early;        /* grants answered before they were committed, as a broken rule has it */
  gint64 next_tick;   /* boot ms */
  gboolean dishonest; /* its disk went back in time and has not caught up */
} SimMember;

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
  guint target; /* member it asks */
  guint tries;
  guint wake;     /* serial of the timer that counts */
  gboolean quiet; /* asks for nothing new, keeps what it holds */
} SimClient;

typedef struct
{
  guint64 schedules, turns, grants, renewals, releases, denied, rule_denied, expired, elections,
      failovers, handovers, crashes, old_images, snapshots, lost, faults, failed, entries,
      late_expiries;
} SimStats;

struct _SimCluster
{
  SimWorld *world; /* (owned) */
  SimNet net;
  SimBreak breaks;
  SimMember members[SIM_MEMBERS];
  SimIo *peers[SIM_MEMBERS];
  SimClient clients[SIM_CLIENTS];
  GArray *golden;    /* (owned) (element-type guint64) hash of the entry at an index, 0 = unknown */
  guint last_active; /* slot, 0 = nobody so far */
  gboolean strict;   /* one fault only: no client that is up may lose a lease */
  gboolean manual;   /* failback is manual */
  guint election_ms;
  SimStats stats;
  void (*moment) (SimCluster *self, guint member, SimMoment moment); /* (nullable) */
  gpointer user_data;
};

SimCluster *sim_cluster_new (guint64 seed, SimBreak breaks);
void sim_cluster_free (SimCluster *self);

/* sim-member.c */
void sim_member_init (SimMember *self, SimCluster *cluster, guint index);
void sim_member_clear (SimMember *self);
void sim_member_start (SimMember *self);
/** Cuts its power. */
void sim_member_crash (SimMember *self);
/** Stops it in good order. */
void sim_member_stop (SimMember *self);
/** A request of a client arrives; takes @ask. */
void sim_member_take (SimMember *self, SimAsk *ask);
gboolean sim_member_is_active (SimMember *self);

/* sim-keeper.c: what the keeper of a triad does with the entries */
void sim_keeper_new_ledger (SimMember *self);
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

/* sim-client.c */
void sim_client_init (SimClient *self, SimCluster *cluster, guint index);
/** Whether it uses a seat at this instant. */
gboolean sim_client_is_live (SimClient *self);
void sim_client_answered (SimClient *self, const SimAnswer *answer);
const char *sim_client_key (guint index);

/* sim-check.c */
void sim_check_entry (SimMember *member, guint64 index, const void *data, gsize length);
void sim_check_turn (SimMember *member);
void sim_check_granted (SimClient *client);
/** A member ended lease @id because its time was over. */
void sim_check_expired (SimMember *member, const char *id);
/** Whether all members have applied as much. */
gboolean sim_check_is_even (SimCluster *cluster);
/** After the heal and the quiet. */
void sim_check_end (SimCluster *self);

G_END_DECLS
