/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-freshness.h"
#include "server/peer/trias-link.h"
#include "server/peer/trias-peer-client.h"
#include "server/peer/trias-peer.h"
#include "server/peer/trias-sync.h"

G_BEGIN_DECLS

/* What the files of this folder share. The object lives as long as something asynchronous holds a
 * reference; after trias_peer_stop() nothing touches keeper, access or requests any more. */

/** What the two speak; another number is another language. */
#define TRIAS_PEER_PROTOCOL 1
/** How long a request waits for its answer, except probes. */
#define TRIAS_PEER_TIMEOUT_MS 10000
/** How often a prepared server asks how it ended, and a sealed one tells. */
#define TRIAS_PEER_RETRY_MS 5000

/** Local records: durable, never replicated. */
#define TRIAS_LOCAL_PEER "peer" /* keys: forming, apart, conflict, synced, recovered, … */
#define TRIAS_LOCAL_INVITATION "invitation" /* key: hash of the code */
#define TRIAS_LOCAL_DISSOLVED "dissolved"   /* key: id of the relationship */

typedef struct _TriasAside TriasAside;
typedef struct _TriasBaseGiver TriasBaseGiver;
typedef struct _TriasForming TriasForming;
typedef struct _TriasListSignatures TriasListSignatures;
typedef struct _TriasPeerCopy TriasPeerCopy;
typedef struct _TriasPeerTriad TriasPeerTriad;
typedef struct _TriasServing TriasServing;
typedef struct _TriasShared TriasShared;
typedef struct _TriasCheckRun TriasCheckRun;
typedef struct _TriasDrills TriasDrills;

struct _TriasPeer
{
  grefcount refs;
  TriasKeeper *keeper;
  TriasAccess *access;
  TriasIdentity *identity;
  TriasIssuers *issuers;
  const char *id; /* own server id; of @identity */
  char *name;
  char **addresses;
  TriasPeerClient *client;
  gboolean started, stopped;
  guint watch;
  guint tick; /* source */

  void (*changed) (gpointer user_data);
  gpointer changed_data;
  void (*routed) (gpointer user_data); /* (nullable) */
  gpointer routed_data;
  guint changed_source;
  gint64 changed_at;

  TriasSpeaker speaker;  /* of probes */
  GHashTable *calls;     /* set of TriasPeerCall: requests that wait for an answer */
  GPtrArray *check_runs; /* (element-type TriasCheckRun) checks under way */

  /* The sealed relationship, a copy of the ledger's; all NULL without one. */
  TriasRelationship *relationship;
  TriasRole role;
  guint adopting; /* source */

  /* Of a triad; NULL in a pair. */
  TriasPeerTriad *triad;

  /* Of a pair; all NULL in a triad. */
  const TriasMember *partner;
  char *partner_address; /* (nullable) numeric, as last let in */
  char *partner_where;   /* (nullable) of its addresses the one in use, NULL = the first */
  char **partner_told;   /* (nullable) further ones that it told itself */
  guint partner_turns;   /* how often another one was tried since it last answered */
  TriasMemberStatus *status;
  TriasMemberStatus *partner_view; /* (nullable) */
  gint64 partner_view_at;          /* monotonic ms */
  gboolean partner_serving;        /* it said so in its last probe */
  gboolean skewed;                 /* told of its clock */
  gboolean probing;                /* a probe is on its way */
  gboolean probe_again;            /* and another is to follow at once */
  GPtrArray *sync_waiters;         /* (element-type SyncWaiter) of trias_peer_sync_now() */
  gint64 probe_at, compare_at;     /* monotonic ms: when the next is due */
  TriasLink link;
  TriasFreshness heard;

  TriasPeerCopy *copy;
  TriasServing *serving;
  TriasShared *shared;
  TriasForming *forming;
  TriasBaseGiver *giver;
  TriasAside *aside;
  TriasDrills *drill;
  TriasListSignatures *signatures;
  GPtrArray *shrinks; /* (element-type TriasShrinkWaiter) who waits for the pair that is decided */
  void (*set_mute) (gboolean mute, gpointer user_data);
  gpointer mute_data;
  char *why; /* (owned) (nullable) */
};

TriasPeer *trias_peer_ref (TriasPeer *self);
void trias_peer_unref (TriasPeer *self);
/** Tells the watcher of trias_peer_set_changed(), soon. */
void trias_peer_touch (TriasPeer *self);
/** Monotonic clock, ms. */
gint64 trias_peer_clock (void);
/** Keeps an event of @kind about @subject; @name and @value (nullable) are a parameter. */
void trias_peer_event (
    TriasPeer *self, const char *kind, const char *subject, const char *name, const char *value);
/** Whether the sealed relationship is a pair. */
gboolean trias_peer_is_pair (TriasPeer *self);
/** The other member with @key; %NULL if it is none. */
const TriasMember *trias_peer_find_other (TriasPeer *self, const char *key);
/** The link to the other member with @key; %NULL if it is none. */
TriasLink *trias_peer_find_link (TriasPeer *self, const char *key);
/** What a failed request to a member says of the link. */
TriasLag trias_peer_lag_of (const TriasProblem *problem);
/** Numeric address that links start from; %NULL = any. (transfer full) */
char *trias_peer_local_host (TriasPeer *self);
/** Address of this server for others: @wanted, or the first one that is no wildcard. (transfer
 * full) (nullable) */
char *trias_peer_own_address (TriasPeer *self, const char *wanted);
/** Whether the rules here let @member in, as far as that is known without a look-up. @denied (out)
 * (optional): a Deny keeps it out. */
gboolean trias_peer_lets_in (TriasPeer *self, const TriasMember *member, gboolean *denied);
/** Sends a probe as soon as it can be: there is news. */
void trias_peer_soon_probe (TriasPeer *self);
/** Answers those who asked to synchronise, if it is done; all with @stopping. */
void trias_peer_end_sync_waiters (TriasPeer *self, gboolean stopping);
/** Writes the member `recovered`: what this server went on without, or null. */
void trias_recover_write (TriasPeer *self, TriasJsonWriter *writer);
/** Whether @key was lost when this server went on alone. */
gboolean trias_recover_is_revoked (TriasPeer *self, const char *key);
/** The relationship was taken up, or with @stopping never will be: answers who waits for the pair.
 */
void trias_shrink_taken_up (TriasPeer *self, gboolean stopping);
/** Drops what is kept about the partner of a pair: another one begins. */
void trias_forming_drop_pair (TriasPeer *self);
/** There is redundancy again. */
void trias_recover_forget (TriasPeer *self);
/** Takes up what the ledger has sealed: starts, changes or ends the link. */
void trias_peer_adopt_relationship (TriasPeer *self);

/* --- requests of others: trias-peer-handlers.c --- */

/** A request that waits for an answer. */
typedef struct
{
  grefcount refs;
  TriasPeer *peer;
  TriasHttpRequest *request; /* (nullable) after it was answered */
  TriasJson *json;           /* body */
  const char *key_id;        /* (owned by the request until answered) */
  char *key;                 /* copy of it */
  char *address;             /* numeric address of the other end */
  char *verb;
} TriasPeerCall;

TriasPeerCall *trias_peer_call_ref (TriasPeerCall *self);
void trias_peer_call_unref (TriasPeerCall *self);
/** Takes the request, to be answered by the caller. (nullable) */
TriasHttpRequest *trias_peer_call_take (TriasPeerCall *self);
/** Each answers once; later ones are ignored. */
void trias_peer_call_answer (TriasPeerCall *self, TriasJsonWriter *writer);
void trias_peer_call_ok (TriasPeerCall *self);
void trias_peer_call_problem (TriasPeerCall *self, TriasProblem *problem);
void trias_peer_call_refuse (TriasPeerCall *self, TriasReason reason, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
/** Answers 503 to all that wait. */
void trias_peer_calls_end (TriasPeer *self);
/** The rule that would let @key_id in from @address, on this server. (transfer full) */
TriasRule *trias_peer_narrowest_rule (const char *key_id, const char *address);
/** A problem that names the missing rule and this server. */
TriasProblem *trias_peer_rule_problem (TriasPeer *self, const char *key_id, const char *address);

/* --- requests to the partner --- */

/** Begins an object with the epoch of the relationship. */
TriasJsonWriter *trias_peer_begin_request (TriasPeer *self);
/** Posts to the partner; ends and frees @writer. @func as in trias_peer_client_post(). */
void trias_peer_post (TriasPeer *self,
                      const char *verb,
                      TriasJsonWriter *writer,
                      guint timeout_ms,
                      TriasPeerAnswerFunc func,
                      gpointer user_data);
/** Ends @writer's text and frees it. (transfer full) */
char *trias_peer_end_text (TriasJsonWriter *writer);

/* --- trias-invitation.c --- */
/** Whether @code was made here for @coordinator and @kind and is still good; %NULL or why not.
 * (transfer full) */
TriasProblem *trias_invitation_verify (TriasPeer *self,
                                       const char *code,
                                       const char *coordinator,
                                       TriasKind kind);
/** Uses it up: it is good for nothing more. */
void
trias_invitation_use (TriasPeer *self, const char *code, TriasKeeperDone done, gpointer user_data);
/** Removes those whose time is over. */
void trias_invitation_sweep (TriasPeer *self);

/* --- trias-hello.c and trias-examine.c: the check before forming --- */
void trias_peer_on_hello (TriasPeerCall *call);
void trias_peer_on_reach (TriasPeerCall *call);
void trias_peer_on_ping (TriasPeerCall *call);
void trias_peer_on_cross (TriasPeerCall *call);
/** By what somebody may have a check carried out here; strings borrowed from the request. */
typedef struct
{
  TriasKind kind;
  const char *invitation;   /* "" none */
  const char *relationship; /* (nullable) that it says it shares with this server */
  gint64 incarnation;
} TriasPermit;
void trias_peer_read_permit (TriasJsonReader *reader, TriasPermit *permit);
/** %NULL if @call may: another member of this very relationship, or who holds an invitation. A rule
 * alone makes no trust. (transfer full) */
TriasProblem *trias_peer_ask_permit (TriasPeerCall *call, const TriasPermit *permit);
/** Writes what this server tells about itself in a check; @full: licences and settings as well. */
void trias_peer_write_self (TriasPeer *self, TriasJsonWriter *writer, gboolean full);
/** Reads the folder of issuers again: an administrator may have mended it. */
void trias_peer_read_issuers (TriasPeer *self);
/** SHA-256 of the shared settings and `use` rules. (transfer full) */
char *trias_peer_shared_hash (TriasLedger *ledger);
/** Whether @candidates (element-type TriasPeerCandidate) are as many as @kind needs; %NULL or what
 * is wrong. (transfer full) */
TriasProblem *trias_peer_check_plan (TriasKind kind, GPtrArray *candidates);

/** What is known of the other server after a check that passed. */
typedef struct
{
  char *id;
  char *name;
  char *address; /* as this server uses it */
} TriasFound;
void trias_found_free (TriasFound *self);
/** @found (element-type TriasFound): those who answered, in the order of the candidates. */
typedef void (*TriasExamined) (GPtrArray *checks, GPtrArray *found, gpointer user_data);
/** What is checked; all borrowed. */
typedef struct
{
  TriasKind kind;
  GPtrArray *candidates; /* (element-type TriasPeerCandidate) all but this server */
  const char *own_address;
  gboolean present;                 /* the relationship that there is: nobody is to join anything */
  const TriasRelationship *changed; /* (nullable) what goes on in another form: its members among
                                       the candidates need no invitation */
  const char *leaving;              /* (nullable) the member of it that is replaced */
  gboolean discard; /* licences and leases of others may be put aside: warned of, not refused */
} TriasExamineOrder;
/** The check of all candidates for a relationship with this server. */
void trias_peer_examine (TriasPeer *self,
                         const TriasExamineOrder *order,
                         TriasExamined done,
                         gpointer user_data);

G_END_DECLS
