/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-check.h"
#include "core/trias-drill-record.h"
#include "server/access/trias-access.h"

G_BEGIN_DECLS

/**
 * TriasPeer:
 *
 * Relationships: forming and dissolving, links with probes to the partner, synchronisation of the
 * replicas, and who serves which client (design §4 and §6).
 */
typedef struct _TriasPeer TriasPeer;

/** @addresses: where this server listens, ADDRESS:PORT; outgoing links start from the first that is
 * not a wildcard. */
TriasPeer *trias_peer_new (TriasKeeper *keeper,
                           TriasAccess *access,
                           TriasIdentity *identity,
                           TriasIssuers *issuers,
                           const char *name,
                           const char *const *addresses);
/** Resumes the kept relationship or a prepared one, starts the links. */
void trias_peer_start (TriasPeer *self);
/** Ends links; answers what waits. */
void trias_peer_stop (TriasPeer *self);
void trias_peer_free (TriasPeer *self);
/** Answers every request under /api/v1/peer/. */
void trias_peer_handle (TriasPeer *self, TriasHttpRequest *request);

/** (nullable) (transfer none) */
const TriasRelationship *trias_peer_get_relationship (TriasPeer *self);
/** Own view of the partner of a pair; (nullable) (transfer none). */
const TriasMemberStatus *trias_peer_get_status (TriasPeer *self);
/** Own views of all other members. (transfer container) (element-type TriasMemberStatus) */
GPtrArray *trias_peer_get_statuses (TriasPeer *self);
/** Writes the object that GET /relationship answers with; @full for administrators. */
void trias_peer_write (TriasPeer *self, TriasJsonWriter *writer, gboolean full);
/** Id of the member that serves clients as this server sees it; its own id without a relationship;
 * %NULL if nobody does. */
const char *trias_peer_get_active (TriasPeer *self);
/** The word `serving` of GET /relationship ("serving" without a relationship); @why (out)
 * (optional) (transfer none): English sentence. */
const char *trias_peer_get_serving (TriasPeer *self, const char **why);
/** Whether this server stands in for a main server that is away and has none of its seats. */
gboolean trias_peer_covers_nothing (TriasPeer *self);
/** Called when anything that trias_peer_write() tells has changed (coalesced, at most ten times a
 * second). */
void
trias_peer_set_changed (TriasPeer *self, void (*changed) (gpointer user_data), gpointer user_data);
/** Called when trias_peer_route() may have another answer for those that it told to wait for an
 * election; at once, and perhaps in vain. */
void
trias_peer_set_routed (TriasPeer *self, void (*routed) (gpointer user_data), gpointer user_data);
void trias_peer_set_name (TriasPeer *self, const char *name);
/** How this server falls silent towards everybody, for a drill, and speaks again. */
void trias_peer_set_mute (TriasPeer *self,
                          void (*set_mute) (gboolean mute, gpointer user_data),
                          gpointer user_data);

/* --- who serves a client --- */
typedef enum
{
  TRIAS_ROUTE_SERVE,    /* this server, from its own licences */
  TRIAS_ROUTE_RESUME,   /* this server; the lease is known from the partner: use a resume command */
  TRIAS_ROUTE_REDIRECT, /* the partner, at @location */
  TRIAS_ROUTE_WAIT,     /* not yet (reunion, at most 5 s): 503 not-active, Retry-After 1 */
  TRIAS_ROUTE_ELECTION, /* not yet: the triad elects, which is soon over; when routes may have
                           changed trias_peer_set_routed() tells. Else 503 not-active, Retry-After 1
                         */
  TRIAS_ROUTE_NO_QUORUM, /* no server of the triad may: 503 no-quorum, Retry-After 1 */
} TriasRoute;
/** Where a request for @feature or for the lease @id (either may be %NULL) belongs. @cannot_reach:
 * server id from the request header `Trias-Cannot-Reach`, the client's word that it cannot reach
 * that server. @location (out) (transfer full): `https://HOST:PORT`. */
TriasRoute trias_peer_route (TriasPeer *self,
                             const char *feature,
                             const char *id,
                             const char *key_id,
                             const char *cannot_reach,
                             char **location);
/** Adds to a problem NOT_ACTIVE or NO_QUORUM what helps: who is active and at which address, or
 * which links are missing. Does nothing but in a triad. */
void trias_peer_explain (TriasPeer *self, TriasProblem *problem);
/** After this server renewed or granted @id: if the partner holds it as well, lets it go there. */
void trias_peer_lease_moved_here (TriasPeer *self, const char *id);
/** The client with @key_id gave @id up here: the partner, if it holds that client's lease, lets it
 * go as soon as it can be told. @id may be unknown here: the partner may have granted it just
 * before it fell silent. */
void trias_peer_lease_given_up (TriasPeer *self, const char *id, const char *key_id);
/** The client with @key_id was told that @id is gone, as it is not known here: the partner, if it
 * granted it just before it fell silent, lets it go unless it has renewed it since. */
void trias_peer_lease_unknown (TriasPeer *self, const char *id, const char *key_id);
/** The lease as the partner's ledger has it, for a resume. (nullable) (transfer none) */
const TriasLease *trias_peer_find_partner_lease (TriasPeer *self, const char *id);
/** Whether a licence id is installed at the partner: then it must not be installed here. */
gboolean trias_peer_has_license (TriasPeer *self, const char *license_id);

/** Submits a change of shared settings or `use` rules: at the main server itself; at a connected
 * backup it is carried out by the main server and adopted; apart it is done here and remembered for
 * the reunion. */
void trias_peer_submit_shared (TriasPeer *self,
                               TriasCommand *command,
                               TriasKeeperFunc func,
                               gpointer user_data);

/* --- changing who belongs together; all asynchronous, @done gets %NULL or what went wrong --- */
typedef void (*TriasPeerDone) (const TriasProblem *problem, gpointer user_data);
typedef void (*TriasPeerChecked) (GPtrArray *checks,
                                  const TriasProblem *problem,
                                  gpointer user_data); /* (element-type TriasCheck) */

/** One other member-to-be, as the administrator named it. */
typedef struct
{
  char *address;     /* HOST[:PORT] as this server shall use it */
  char *fingerprint; /* (nullable) its server id; must be the one that answers */
  char *invitation;  /* (nullable) code made on it */
} TriasPeerCandidate;

/** Makes an invitation on this server for @coordinator (10 minutes, once); (transfer full) code. */
char *trias_peer_invite (TriasPeer *self, const char *coordinator, TriasKind kind, gint64 *expires);
void trias_peer_check (TriasPeer *self,
                       TriasKind kind,
                       GPtrArray *candidates,
                       const char *own_address,
                       TriasPeerChecked done,
                       gpointer user_data);
/** The check of the relationship this server is in, between all its members; changes nothing. */
void trias_peer_check_present (TriasPeer *self, TriasPeerChecked done, gpointer user_data);
/** Forms with this server as main. @id is chosen by the caller: a retry is safe. Progress is told
 * by events relationship-*. */
void trias_peer_form (TriasPeer *self,
                      const char *id,
                      const char *name,
                      TriasKind kind,
                      const TriasOptions *options,
                      GPtrArray *candidates,
                      const char *own_address,
                      const char *actor,
                      TriasPeerDone done,
                      gpointer user_data);
/** How a relationship goes on with another server. */
typedef struct
{
  const char *id;           /* of the change, chosen by the caller: a retry is safe */
  const char *member;       /* (nullable) server id of who is replaced in a triad; %NULL: the pair
                               grows into a triad */
  TriasPeerCandidate *with; /* the newcomer */
  gboolean discard;         /* what is the others' own may be put aside */
} TriasPeerChange;
/** This server must be the active one of the triad, or the main one of the pair. */
void trias_peer_check_change (TriasPeer *self,
                              const TriasPeerChange *change,
                              TriasPeerChecked done,
                              gpointer user_data);
/** Seals the next incarnation and forms it anew; done when all have taken it up, or decided if that
 * takes longer. Progress is told by events relationship-*. */
void trias_peer_change (TriasPeer *self,
                        const TriasPeerChange *change,
                        const char *actor,
                        TriasPeerDone done,
                        gpointer user_data);
/** Writes the signatures of the other members over @text, the present member list, as elements of
 * an array: `{"id", "public_key", "signature"}`. */
void trias_peer_write_signatures (TriasPeer *self, const char *text, TriasJsonWriter *writer);
/** Makes a pair of the triad, while it serves: this server, which must be the active one, goes on
 * as its main server @main with all licences and leases, the member @backup as its backup; the
 * third leaves, and learns of it when it is reached. Done when this server serves as the main one;
 * asked again after that: done. */
void trias_peer_shrink (TriasPeer *self,
                        const char *main,
                        const char *backup,
                        const char *actor,
                        TriasPeerDone done,
                        gpointer user_data);
/** The other two members of the triad are lost for good: this server goes on alone. @confirm: the
 * name of the relationship, as the administrator typed it. Refused while another member is reached.
 */
void trias_peer_recover (TriasPeer *self,
                         const char *confirm,
                         const char *actor,
                         TriasPeerDone done,
                         gpointer user_data);
/** Each may be %NULL: then it stays. @members (element-type TriasMember): their addresses. */
void trias_peer_set_options (TriasPeer *self,
                             const char *name,
                             const TriasOptions *options,
                             GPtrArray *members,
                             const char *actor,
                             TriasPeerDone done,
                             gpointer user_data);
void trias_peer_sync_now (TriasPeer *self, TriasPeerDone done, gpointer user_data);
/** Ends the relationship. If another member cannot be told, refused with UNREACHABLE unless @force;
 * it then learns when it comes back. @keep (nullable): of a triad, the member that keeps licences
 * bound to nobody, and the leases. */
void trias_peer_dissolve (TriasPeer *self,
                          gboolean force,
                          const char *keep,
                          const char *actor,
                          TriasPeerDone done,
                          gpointer user_data);
/** Makes @to (primary or secondary of a triad, backup of a pair) the active server, which it stays
 * until @until (Unix ms; %G_MAXINT64 = until it is given back) or until it fails; "" gives it back.
 * Done when it is active, or decided if that takes longer. */
void trias_peer_hand_over (TriasPeer *self,
                           const char *to,
                           gint64 until,
                           const char *actor,
                           TriasPeerDone done,
                           gpointer user_data);
/** This server stands aside from now on, so that it can be switched off: it is not active in a
 * triad while another can be, and a backup takes its place in a pair. @seconds: so long at most, 0
 * = until it is ended. Refused while another member could not take over, unless @force. Done when
 * durable; whether it is safe to switch it off is told by `maintenance` of GET /relationship. */
void trias_peer_begin_maintenance (TriasPeer *self,
                                   guint seconds,
                                   gboolean force,
                                   const char *actor,
                                   TriasPeerDone done,
                                   gpointer user_data);
/** Ended already: done. */
void trias_peer_end_maintenance (TriasPeer *self,
                                 const char *actor,
                                 TriasPeerDone done,
                                 gpointer user_data);
/**
 * Begins a failover drill of the kind @kind, in which another server serves for @seconds. Only the
 * server that serves does it, and only while all are connected and synchronised and nothing else is
 * under way; an outage of a pair only if the backup server covers any seat, unless @force. Done
 * when all have agreed: it goes off a moment later and ends by itself. @id is chosen by the caller:
 * a retry is safe.
 */
void trias_peer_begin_drill (TriasPeer *self,
                             const char *id,
                             TriasDrillKind kind,
                             guint seconds,
                             gboolean force,
                             const char *actor,
                             TriasPeerDone done,
                             gpointer user_data);
/** What a client measured in the drill with the id of @measured; the other members learn it. */
void trias_peer_report_drill (TriasPeer *self,
                              const TriasDrillRecord *measured,
                              TriasPeerDone done,
                              gpointer user_data);
/** Ends a prepared forming that hangs, after an administrator was shown why. */
void trias_peer_abort (TriasPeer *self, const char *actor, TriasPeerDone done, gpointer user_data);
/** Settles the kept conflict of settings: takes this version ("main" or "backup"). */
void trias_peer_resolve_conflict (
    TriasPeer *self, const char *take, const char *actor, TriasPeerDone done, gpointer user_data);

G_END_DECLS
