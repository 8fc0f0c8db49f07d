/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/journal/raft/trias-raft-guard.h"
#include "server/journal/raft/trias-raft-lease.h"
#include "server/journal/raft/trias-raft-notes.h"
#include "server/journal/raft/trias-raft-permit.h"
#include "server/journal/raft/trias-raft-rank.h"

G_BEGIN_DECLS

/* One member in four files: -member.c the engine's life and entries, -watch.c what passes in and
 * out, -gossip.c notes and marks, -lead.c lease, transfer and rank. */

/** Another member as this one sees it. */
typedef struct
{
  gint64 last_contact;   /* boot clock, ms; 0 = never */
  gint64 contact_since;  /* 0 = not in contact */
  guint64 nonce;         /* of its process, as its last note said */
  guint64 number;        /* of that note */
  guint64 last_index;    /* of its log, as it said */
  guint hears;           /* bit set (1 << slot) */
  gint64 hears_since[4]; /* by slot */
  gboolean muted;
  gboolean note_due;
  gint64 note_sent;
  guint64 grants; /* id of the permit that this member opened for it; 0 = none to tell of */
} TriasRaftPeer;

/** Whom an administrator put in front, and until when. */
typedef struct
{
  guint64 version; /* the higher one counts */
  guint slot;
  gint64 until; /* boot clock, ms; G_MAXINT64 = until given back */
  gboolean returns;
} TriasRaftPin;

struct _TriasRaftMember
{
  struct raft raft;
  struct raft_fsm fsm;
  struct raft_io *io; /* (borrowed) */
  TriasRaftConfig config;
  const TriasRaftClient *client;
  gpointer user_data;
  TriasRaftGuard guard;

  /* The engine's life. */
  gint64 start_at; /* boot clock, ms; 0 = not asked to start */
  gboolean started;
  gboolean failed; /* and told so */
  int broken;      /* status of a write of the log that failed */
  char *trouble;   /* (owned) (nullable) what went wrong in a callback of the engine */
  GBytes *saved;   /* (owned) (nullable) marks of the last life */
  void (*closed) (gpointer user_data);
  gpointer closed_data;

  /* Entries. */
  GQueue flying;     /* (element-type Request) proposed here, by index */
  GQueue waiting;    /* (element-type Request) not yet proposed */
  GQueue refusals;   /* (element-type Request) to be told in the next tick */
  guint inside;      /* depth of callbacks of the engine */
  gboolean confirms; /* a barrier that renews the lease is under way */

  TriasRaftLease lease;
  TriasRaftPermit permit;
  TriasRaftTransfer transfer;
  guint ordered; /* slot of who was ordered to lead last, and has not led since; 0 = nobody */
  raft_term ordered_term;
  GPtrArray *orders; /* (owned) requests of transfers: the engine looks at them afterwards */
  raft_term leading_term;
  gint64 leading_since;
  gint64 detour_allowed;
  gint64 returning_until; /* a pin was given back */
  guint errand;           /* slot that an administrator wants to lead; 0 = none */
  gint64 errand_until;
  guint aside; /* a bit for each slot that is not to lead while another can */

  gint64 leader_heard; /* boot clock, ms: this member helps nobody else within E of it */
  gint64 quiet_until;
  TriasRaftPeer peers[4]; /* by slot */
  TriasRaftMarks marks;
  gboolean marks_due;
  gint64 marks_kept;
  TriasRaftPin pin;
  guint64 nonce;
  guint64 number;
  guint told[10];  /* what the client saw last */
  guint spread[6]; /* what the others were told last */
};

gint64 trias_raft_now (TriasRaftMember *self);
gboolean trias_raft_leaves_out (TriasRaftMember *self, TriasRaftRules rule);
gboolean trias_raft_is_leading (TriasRaftMember *self);
gboolean trias_raft_is_muted (TriasRaftMember *self);
/** What a leader knows of a follower's log. */
gboolean trias_raft_is_caught_up (TriasRaftMember *self, guint slot);
guint64 trias_raft_match (TriasRaftMember *self, guint slot);

/* -watch.c */
extern const TriasRaftHooks trias_raft_watch_hooks;
void trias_raft_watch_contact (TriasRaftMember *self, guint slot);
void trias_raft_watch_tick (TriasRaftMember *self);

/* -gossip.c */
void trias_raft_gossip_start (TriasRaftMember *self);
void trias_raft_gossip_reach (TriasRaftMember *self);
void trias_raft_gossip_tick (TriasRaftMember *self);
/** Everybody is told in the next tick. */
void trias_raft_gossip_spread (TriasRaftMember *self);

/* -lead.c */
void trias_raft_lead_init (TriasRaftMember *self);
void trias_raft_lead_tick (TriasRaftMember *self);
/** The other opened a permit. */
void trias_raft_lead_granted (TriasRaftMember *self, guint from, guint64 id);
/** A pin became known. */
void trias_raft_lead_pin (TriasRaftMember *self, const TriasRaftPin *pin);

G_END_DECLS
