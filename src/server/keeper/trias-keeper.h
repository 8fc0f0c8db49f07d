/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-identity.h"
#include "core/trias-member-status.h"
#include "ledger/trias-ledger.h"
#include "server/journal/trias-journal-raft.h"
#include "server/store/trias-denial.h"

G_BEGIN_DECLS

/**
 * TriasKeeper:
 *
 * The one path for every change (design §2): a command is put in order and made durable by the
 * journal, then applied to the ledger, then answered; the store mirrors the result. It also keeps
 * what is not in the ledger: local records, the replica of a partner's ledger, and history.
 * Everything runs in the core thread (default main context); only the store has a thread of its
 * own.
 */
typedef struct _TriasKeeper TriasKeeper;

/** Opens (or makes) the state in @folder, replays the journal's tail, verifies every installed
 * licence again with
 * @issuers (one that fails is reported and does not serve), and starts every live lease afresh at
 * its full ttl. */
TriasKeeper *trias_keeper_open (const char *folder,
                                const char *server_id,
                                TriasIssuers *issuers,
                                GError **error);
/** Writes what is left, ends the thread. */
void trias_keeper_close (TriasKeeper *self);

/** Runs once with the outcome, which is valid during the call. Reason STORAGE: the disk refused,
 * nothing was done. NOT_ACTIVE, NO_QUORUM: in a triad another server decides, or none can; @detail
 * says so if it is not known whether the command was done (a retry is safe). */
typedef void (*TriasKeeperFunc) (const TriasOutcome *outcome, gpointer user_data);
/** Takes @command through the path; @func may be %NULL and never runs at once. */
void trias_keeper_submit (TriasKeeper *self,
                          TriasCommand *command,
                          TriasKeeperFunc func,
                          gpointer user_data);

/** The ledger, to read. */
TriasLedger *trias_keeper_get_ledger (TriasKeeper *self);
/** Wall clock for commands, Unix ms. */
gint64 trias_keeper_now (TriasKeeper *self);
/** Whether the disk accepts writes; if not, why (English) in @detail (out) (optional) (transfer
 * none). */
gboolean trias_keeper_storage_ok (TriasKeeper *self, const char **detail);
/** What is left of lease @id on the boot-time clock, ms; never beyond its licence. 0 if there is
 * none. */
gint64 trias_keeper_lease_left (TriasKeeper *self, const char *id);

/** What a watcher is told, after it is durable and applied. */
typedef struct
{
  /** @changes (element-type TriasChange) of the own ledger, in order. (nullable) */
  void (*changed) (GPtrArray *changes, gpointer user_data);
  /** A kept event, with its seq. (nullable) */
  void (*event) (const TriasEvent *event, gpointer user_data);
  /** The disk refuses or accepts again. (nullable) */
  void (*storage) (gboolean ok, gpointer user_data);
  /** A local record of @kind changed. (nullable) */
  void (*local) (const char *kind, const char *key, gpointer user_data);
  /** The triad: who is active or reached changed, this server joined or left it, or its whole
   * ledger was replaced (then @changed does not tell). (nullable) */
  void (*triad) (gpointer user_data);
} TriasKeeperWatch;
/** @watch must live until trias_keeper_unwatch(). */
guint trias_keeper_watch (TriasKeeper *self, const TriasKeeperWatch *watch, gpointer user_data);
void trias_keeper_unwatch (TriasKeeper *self, guint id);

/* --- a triad: three keepers with one ledger ---
 *
 * A SEAL of kind triad that is applied here makes this server a member: the ledger at the seal is
 * written as the base of the incarnation, and the journal of the triad takes over. A DISSOLVE, or a
 * SEAL without this server, ends that: the ledger is cut down to what is this server's own, and it
 * decides alone again. Meanwhile, and while another member is active, commands are refused. Both
 * are carried through whatever happens; nobody need ask for it. */

/** Whether this server is a member of a triad whose journal it uses. */
gboolean trias_keeper_is_triad (TriasKeeper *self);
/** Whether this server may answer clients now: alone always (but not while it changes over), in a
 * triad only the active one. */
gboolean trias_keeper_is_active (TriasKeeper *self);
/** Lets the journal of a triad, now and whenever one is opened, reach the other members. @links is
 * borrowed; %NULL takes them away, and whoever owned them may go. Before it nothing is active in a
 * triad. */
void
trias_keeper_triad_start (TriasKeeper *self, const TriasJournalLinks *links, gpointer user_data);
/** Member @slot of incarnation @incarnation, known by its key, opened a stream to this engine;
 * takes @fd, and closes it if this is another incarnation. */
void trias_keeper_triad_accept (TriasKeeper *self, guint64 incarnation, guint slot, int fd);
/** A note of member @slot of incarnation @incarnation came; dropped if this is another one. */
void trias_keeper_triad_note (
    TriasKeeper *self, guint64 incarnation, guint slot, const void *data, gsize length);
/** Incarnation whose journal is open; 0 = none. */
guint64 trias_keeper_triad_incarnation (TriasKeeper *self);
/** Digest of the ledger after the last entry of the triad's log that it holds, in @index (out). 0
 * and %NULL if it holds none. (transfer none) (nullable) */
const char *trias_keeper_triad_trail (TriasKeeper *self, guint64 *index);
/** Whether the ledger came to another @digest after entry @index, in @differs (out); %FALSE if that
 * is not known here (any more). */
gboolean trias_keeper_triad_differs (TriasKeeper *self,
                                     guint64 index,
                                     const char *digest,
                                     gboolean *differs);
/** All 0 (but active, if so) without a triad. */
void trias_keeper_triad_status (TriasKeeper *self, TriasJournalStatus *status);
/** Only the active one may: lets member @slot become active without a pin. To pin it, submit
 * trias_command_pin(): every member learns it, and the active one hands over. */
gboolean trias_keeper_triad_hand_over (TriasKeeper *self, guint slot, GError **error);
/** Until then (boot clock, ms; see trias_keeper_boot()) this member neither sends nor receives. */
void trias_keeper_triad_set_quiet (TriasKeeper *self, gint64 until_boot);
/** Which members of the triad stand aside, a bit for each slot (1 to 3): they become active only
 * while no other can, and hand over as soon as one is there. */
void trias_keeper_triad_set_aside (TriasKeeper *self, guint slots);
/**
 * Both other members hold the same, and this one something else: it serves no more, forgets its
 * ledger and its log, and gets both anew from them, beginning with the base. An event says so.
 */
void trias_keeper_triad_renew (TriasKeeper *self);
/** The boot clock, ms. */
gint64 trias_keeper_boot (TriasKeeper *self);

/**
 * A newcomer: replaces the whole ledger by @changes (element-type TriasChange), the base of
 * @relationship as a sealed member has it, durably in one transaction, and goes over to the journal
 * of the triad. The former ledger is kept aside as a file of its own in the state folder, unless it
 * is that of an earlier incarnation of the same triad. Fails with BAD_REQUEST if the changes do not
 * come to @digest or to that relationship, CONFLICT if this server is in a relationship that goes
 * on, STORAGE. Done already: done.
 */
typedef void (*TriasKeeperDone) (const GError *error, gpointer user_data);
void trias_keeper_take_base (TriasKeeper *self,
                             GPtrArray *changes,
                             const char *digest,
                             const TriasRelationship *relationship,
                             TriasKeeperDone done,
                             gpointer user_data);
/** The base of the present incarnation, read off the core thread. NOT_RELATED if there is none. */
void
trias_keeper_read_base_async (TriasKeeper *self, GAsyncReadyCallback callback, gpointer user_data);
/** (transfer container full) (element-type TriasChange) and, in @digest (out) (transfer full), what
 * they come to. */
GPtrArray *trias_keeper_read_base_finish (TriasKeeper *self,
                                          GAsyncResult *result,
                                          char **digest,
                                          GError **error);
/**
 * What the other members say, because this one was out of reach when it was decided: the triad went
 * on as @pair, in which this server is. As if that had been applied. Refused while this server is
 * changing over or has not read its log yet; it is told again. The main server goes by its own log
 * alone: if that does not lead to @pair it is refused (reason STORAGE), and told as its trouble.
 */
void trias_keeper_triad_became_pair (TriasKeeper *self,
                                     const TriasRelationship *pair,
                                     TriasKeeperDone done,
                                     gpointer user_data);
/**
 * What the other members say, because this one was out of reach when it was decided: the triad
 * @relationship ended in @incarnation, and @keep ("" = somebody else) keeps what is bound to
 * nobody; or, if @keep is %NULL, it went on without this server. As if that had been applied. Done
 * already: done.
 */
void trias_keeper_triad_ended (TriasKeeper *self,
                               const char *relationship,
                               guint64 incarnation,
                               const char *keep,
                               TriasKeeperDone done,
                               gpointer user_data);

/**
 * The other two members of the triad are lost for good: this server goes on alone, with everything
 * in its log, whether it was decided or not, and keeps all licences and leases. It renews what it
 * knows at once, but grants nothing new for as long as a lease may last that only the lost ones
 * knew. NOT_RELATED without a triad; NOT_ACTIVE while the log is not read yet.
 */
void trias_keeper_recover (TriasKeeper *self, TriasKeeperDone done, gpointer user_data);
/** When new leases are granted again after that, Unix ms; 0 = now. */
gint64 trias_keeper_grants_from (TriasKeeper *self);

/* --- local records: durable, never replicated: administrators, local rules, invitations, … --- */
/** Borrowed; %NULL if there is none. */
GBytes *trias_keeper_get_local (TriasKeeper *self, const char *kind, const char *key);
/** Writes (or with %NULL removes) a record; visible at once in memory, @done (nullable) when
 * durable. */
void trias_keeper_put_local (TriasKeeper *self,
                             const char *kind,
                             const char *key,
                             GBytes *value,
                             TriasKeeperDone done,
                             gpointer user_data);
typedef void (*TriasKeeperLocalFunc) (const char *key, GBytes *value, gpointer user_data);
/** All of @kind ordered by key. */
void trias_keeper_foreach_local (TriasKeeper *self,
                                 const char *kind,
                                 TriasKeeperLocalFunc func,
                                 gpointer user_data);

/* --- the replica of the partner's ledger, read only --- */
/** (nullable) (transfer none) */
TriasLedger *trias_keeper_get_replica (TriasKeeper *self);
/** Makes an empty replica of @partner, or drops it with %NULL. */
void trias_keeper_reset_replica (TriasKeeper *self,
                                 const char *partner,
                                 TriasKeeperDone done,
                                 gpointer user_data);
/** Applies @changes and sets @revision; @done when durable. With @replace the former content goes
 * first (a snapshot). */
void trias_keeper_load_replica (TriasKeeper *self,
                                GPtrArray *changes,
                                guint64 revision,
                                gboolean replace,
                                TriasKeeperDone done,
                                gpointer user_data);

/* --- history --- */
/** Keeps an event (takes it; sets server and seq) and tells the watchers. */
void trias_keeper_record (TriasKeeper *self, TriasEvent *event);

/** Keeps a refused request; equal ones within a minute are counted, not kept one by one. */
void trias_keeper_deny (TriasKeeper *self,
                        TriasReason reason,
                        const char *detail,
                        const TriasLease *lease,
                        const TriasFacts *facts);

/** Reads history off the core thread. Newest first, at most @limit with seq < @before (0 = from the
 * newest); (element-type TriasEvent) resp. TriasDenial. Without @leases events of single leases
 * are left out. */
void trias_keeper_query_events (TriasKeeper *self,
                                guint64 before,
                                guint64 after,
                                gboolean leases,
                                guint limit,
                                GAsyncReadyCallback callback,
                                gpointer user_data);
GPtrArray *
trias_keeper_query_events_finish (TriasKeeper *self, GAsyncResult *result, GError **error);
void trias_keeper_query_denials (TriasKeeper *self,
                                 guint limit,
                                 GAsyncReadyCallback callback,
                                 gpointer user_data);
GPtrArray *
trias_keeper_query_denials_finish (TriasKeeper *self, GAsyncResult *result, GError **error);

G_END_DECLS
