/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <gio/gio.h>
#include <raft.h>

G_BEGIN_DECLS

/** Members of a triad: slots 1, 2, 3 = primary, secondary, tertiary; they are the engine's ids. */
#define TRIAS_RAFT_SLOTS 3
/** The highest (term, index) and votes are spread at least so often, in ms. */
#define TRIAS_RAFT_NOTE_MS 1000
/** A note is never longer. */
#define TRIAS_RAFT_NOTE_MAX 512

/**
 * TriasRaftRules:
 *
 * The rules that make a member safe. Tests leave one out to see that its loss is found; the product
 * leaves out none.
 */
typedef enum
{
  TRIAS_RAFT_RULES_ALL = 0,
  TRIAS_RAFT_NO_BARRIER = 1 << 0,  /* guard 1: no barrier at the start of a leader's term */
  TRIAS_RAFT_NO_WITHHOLD = 1 << 1, /* guard 1: acknowledgements below that barrier count */
  TRIAS_RAFT_NO_VERIFIED = 1 << 2, /* guard 2: what an older leader sent is acknowledged */
  TRIAS_RAFT_NO_LEASE = 1 << 3,    /* a leader is active without a running lease */
  TRIAS_RAFT_LEASE_KEPT = 1 << 4, /* a lease goes on during a transfer and is taken at once after */
  TRIAS_RAFT_TERTIARY_SERVES = 1 << 5, /* the tertiary may be active, and does not hand over */
  TRIAS_RAFT_NO_PERMIT = 1 << 6, /* a late order to stand for election is obeyed; disruption too */
  TRIAS_RAFT_NO_MARKS = 1 << 7,  /* a member with an old image or a blank disk votes and leads */
  TRIAS_RAFT_NO_STICKY = 1 << 8, /* who just heard the leader may vote for another */
  TRIAS_RAFT_NO_START_WAIT = 1 << 9, /* a restarted member takes part at once */
} TriasRaftRules;

typedef struct
{
  guint slot;         /* of this member, 1 … 3 */
  guint election_ms;  /* E, the same on all members */
  guint heartbeat_ms; /* E / 6 or less */
  guint hold_down_ms; /* how long a better ranked member must be steady before it leads again */
  gboolean automatic; /* failback without being asked */
  gboolean fresh;     /* never took part in this incarnation before: an empty log is none lost */
  guint snapshot_threshold; /* entries between snapshots, 0 = the engine's default */
  guint snapshot_trailing;  /* entries kept behind a snapshot */
  guint left_out;           /* TriasRaftRules that do not hold: for tests alone */
} TriasRaftConfig;

/** Who uses a member. Everything is called in the thread that drives its raft_io. */
typedef struct
{
  /** CLOCK_BOOTTIME, in ms. */
  gint64 (*boot) (gpointer user_data);
  /** Entry @index is committed: apply it. @tag: what append was given, %NULL if it came from
   * elsewhere or from an earlier life. @length is that which append was given. */
  void (*apply) (guint64 term,
                 guint64 index,
                 const void *data,
                 gsize length,
                 gpointer tag,
                 gpointer user_data);
  /** The entry of @tag was surely not kept, or, if @unknown, may still be applied. */
  void (*refused) (gpointer tag, gboolean unknown, gpointer user_data);
  /** All that was applied so far, as bytes; %NULL: not now. (transfer full) (nullable) */
  GBytes *(*snapshot) (gpointer user_data);
  /** Replaces all that was applied by what snapshot() gave when @index was the last entry. */
  gboolean (*restore) (
      GBytes *state, guint64 term, guint64 index, gpointer user_data, GError **error);
  /** Role, leader, activity, pin, muting or a contact changed. */
  void (*changed) (gpointer user_data);
  /** To be brought to @to_slot, best at once; it may be lost, doubled or overtaken. Never called
   * from within trias_raft_member_receive_note(). */
  void (*note) (guint to_slot, const void *data, gsize length, gpointer user_data);
  /** To be kept durably (soon; nobody waits) and given back at the next start. */
  void (*keep_marks) (GBytes *marks, gpointer user_data);
  /** The engine is unavailable (disk, damage): close this member and open it anew. */
  void (*failed) (const char *why, gpointer user_data);
} TriasRaftClient;

typedef struct
{
  gboolean contact;     /* something came from it lately; for this member itself always */
  gint64 contact_since; /* boot clock, ms; 0 = no contact */
  gint64 last_contact;  /* boot clock, ms; 0 = never in this process */
  guint64 match;        /* highest index it is known to hold */
  gboolean caught_up;   /* it holds all but what is under way */
  gboolean muted;       /* it says that its disk is older than it should be */
  guint hears;          /* bit set (1 << slot) of whom it says it hears */
} TriasRaftPeerStatus;

typedef struct
{
  gboolean active;       /* may serve now */
  gboolean leading;      /* leads the log, which is not yet to serve */
  gboolean muted;        /* old image or blank disk: votes for nobody and leads nothing */
  gboolean transferring; /* handing over */
  gboolean quorum;       /* leads with a majority, or hears one who leads */
  guint leader;          /* slot, 0 = nobody known */
  guint pinned;          /* slot, 0 = nobody */
  gint64 pinned_until;   /* boot clock, ms; G_MAXINT64 = until given back */
  guint64 term;
  guint64 last_index;
  guint64 commit_index;
  guint64 applied;
  guint64 applied_term; /* of the entry applied last; 0 = not known */
  gint64 lease_left_ms;
  TriasRaftPeerStatus members[TRIAS_RAFT_SLOTS]; /* by slot - 1 */
} TriasRaftStatus;

/** The three members, all with a vote: the same for ever. Close it. */
void trias_raft_configuration (struct raft_configuration *configuration);

/**
 * TriasRaftMember:
 *
 * One member of a triad: the engine with all that its safety needs around it. Everything it knows
 * of the world comes through a raft_io, a clock and notes, so a simulated world serves as well.
 */
typedef struct _TriasRaftMember TriasRaftMember;

/**
 * Makes a member over @io, which must have been set up, be used by nobody else and outlive the
 * member's closing; its functions are wrapped. @marks: what keep_marks() was given last, %NULL if
 * nothing. @client is borrowed.
 */
TriasRaftMember *trias_raft_member_new (struct raft_io *io,
                                        const TriasRaftConfig *config,
                                        GBytes *marks,
                                        const TriasRaftClient *client,
                                        gpointer user_data,
                                        GError **error);
/** Makes the log of a pristine member and takes part after E (the tertiary: 2 E): a member that was
 * there before has forgotten whom it followed; one that is fresh E less. restore() and apply() are
 * called then, in tick. */
gboolean trias_raft_member_start (TriasRaftMember *self, GError **error);
/** Proposes an entry (copied; any length). @tag must not be %NULL; it comes back in apply() or
 * refused(), perhaps before this returns. At most two should be under way. */
void trias_raft_member_append (TriasRaftMember *self, const void *data, gsize length, gpointer tag);
/** How many entries that were appended here are under way. */
guint trias_raft_member_in_flight (TriasRaftMember *self);
/** What time brings; to be called at least every half heartbeat, and whenever the loop brought
 * something to @io. */
void trias_raft_member_tick (TriasRaftMember *self);
/** A note came from @from_slot, which the caller has made sure of; anything else is ignored. */
void trias_raft_member_receive_note (TriasRaftMember *self,
                                     guint from_slot,
                                     const void *data,
                                     gsize length);
void trias_raft_member_get_status (TriasRaftMember *self, TriasRaftStatus *status);
gboolean trias_raft_member_is_active (TriasRaftMember *self);
/**
 * Hands the lead to @slot (1 or 2); the outcome shows in the status. @pin_until: boot clock, ms; it
 * stays there until then (%G_MAXINT64: until given back; 0: no pin). Only the leader can: reason
 * NOT_ACTIVE, or UNREACHABLE if @slot is not there, BUSY if a transfer is under way.
 */
gboolean
trias_raft_member_hand_over (TriasRaftMember *self, guint slot, gint64 pin_until, GError **error);
/** Ends a pin, on whichever member it is asked. */
void trias_raft_member_give_back (TriasRaftMember *self);
void trias_raft_member_set_automatic (TriasRaftMember *self, gboolean automatic);
/** Which members stand aside, a bit for each slot: they lead only while no other can. */
void trias_raft_member_set_aside (TriasRaftMember *self, guint slots);
/** Gives all entries to apply() that are in the log but were not applied, whether they were
 * committed or not: the other members are lost for good. The member must be closed afterwards.
 * %FALSE if it has not read its log yet. */
gboolean trias_raft_member_apply_rest (TriasRaftMember *self);
/** Neither sends nor receives until then (boot clock, ms; 0 = ends it): for a drill. */
void trias_raft_member_set_quiet (TriasRaftMember *self, gint64 until_boot);
/** Refuses what is under way (outcome unknown), closes the engine and frees @self; @closed is the
 * last thing called, after which @io may go. */
void trias_raft_member_close (TriasRaftMember *self,
                              void (*closed) (gpointer user_data),
                              gpointer user_data);

G_END_DECLS
