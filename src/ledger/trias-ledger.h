/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-event.h"
#include "core/trias-pool.h"
#include "ledger/trias-change.h"
#include "ledger/trias-command.h"

G_BEGIN_DECLS

#define TRIAS_LEDGER_FORMAT 1
/** A command whose time is further than this ahead of ledger time is still applied; the caller
 * alerts (design §2). */
#define TRIAS_LEDGER_MAX_JUMP_MS 60000

/**
 * TriasLedger:
 *
 * The deterministic state machine: settings, `use` rules, licences, pools, leases, tombstones and
 * the sealed relationship. No I/O, no clock, no randomness, no threads. Ledger time is the highest
 * time of any command applied. Reference counted is not needed: one owner.
 */
typedef struct _TriasLedger TriasLedger;

/** What a command did. */
typedef struct
{
  TriasReason reason; /* NONE = done */
  char *detail;       /* (owned) (nullable) English sentence when refused */
  TriasLease
      *lease; /* (owned) (nullable) the lease after grant, resume, renew; before release, expire */
  gboolean repeated;  /* it had been done before: a retry, nothing changed */
  char *license_id;   /* (owned) (nullable) */
  GPtrArray *changes; /* (owned) (element-type TriasChange) */
  GPtrArray *events;  /* (owned) (element-type TriasEvent) */
} TriasOutcome;

void trias_outcome_free (TriasOutcome *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasOutcome, trias_outcome_free)
/** Sets @error from a refusal; %TRUE if done. */
gboolean trias_outcome_check (const TriasOutcome *self, GError **error);

/**
 * An empty ledger of the server @server_id with default settings and the rule `Allow everyone from
 * everywhere` for use. The first command applied writes these defaults down among its changes; the
 * first record loaded drops them instead, because whoever loads brings all records.
 */
TriasLedger *trias_ledger_new (const char *server_id);
void trias_ledger_free (TriasLedger *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasLedger, trias_ledger_free)

/**
 * Applies one command. Never fails; a refusal is an outcome. The changes end with the META record
 * whenever anything changed, ledger time included; of several in a batch the last one counts.
 * Releasing or expiring what is not there, removing what is not there, and an expiry that came
 * after a renewal are done and
 * @repeated. (transfer full)
 */
TriasOutcome *trias_ledger_apply (TriasLedger *self, const TriasCommand *command);
/** Brings a stored or replicated record in, without the rules of commands: from the store at start,
 * or into a replica. Ledger time rises to the times found in leases and licences.
 * A change that cannot be decoded is an error and changes nothing. */
gboolean trias_ledger_load (TriasLedger *self, const TriasChange *change, GError **error);
/** All records as changes: a snapshot. @replicated_only leaves out meta and relationship and blanks
 * renewals. (transfer container full) (element-type TriasChange) */
GPtrArray *trias_ledger_snapshot (TriasLedger *self, gboolean replicated_only);
/** Forgets everything but the server id: before a snapshot is loaded into a replica. */
void trias_ledger_clear (TriasLedger *self);

const char *trias_ledger_get_server_id (TriasLedger *self);
gint64 trias_ledger_get_time (TriasLedger *self);
/** Rises by one with each command that changed a replicated record. */
guint64 trias_ledger_get_revision (TriasLedger *self);
/** A replica takes the revision of its original. */
void trias_ledger_set_revision (TriasLedger *self, guint64 revision);
/** A replica takes the ledger time of its original, so that licences begin and end as there; never
 * turns it back. */
void trias_ledger_set_time (TriasLedger *self, gint64 time);
/**
 * Digest over all replicated records, 64 hex digits; equal sets give equal digests in any order of
 * making. A lease counts with id, key, feature, product, count, holder, ttl and granted_at:
 * renewals do not change it. Cheap: kept up to date with each change. (transfer full)
 */
char *trias_ledger_digest (TriasLedger *self);
/**
 * Digest over everything that the members of a triad must agree on, 64 hex digits: all of the
 * above, and renewals with their generations, ledger time, revision, the relationship with its pin,
 * and what is known of the one that ended. (transfer full)
 */
char *trias_ledger_digest_whole (TriasLedger *self);
/** Everything as one piece of bytes, which says its own format and digest. (transfer full) */
GBytes *trias_ledger_serialize (TriasLedger *self);
/** Replaces all but the server id by what trias_ledger_serialize() gave. Hostile or damaged bytes
 * are an error and change nothing. */
gboolean trias_ledger_deserialize (TriasLedger *self, GBytes *bytes, GError **error);
/** Replaces all but the server id by what @other (transfer full) holds. */
void trias_ledger_take (TriasLedger *self, TriasLedger *other);
/** No ledger has more bytes than this. */
#define TRIAS_LEDGER_MAX_BYTES (512u << 20)
/**
 * After a triad ended, became a pair, or went on without this server: drops what is not this
 * server's own. The keeper of the dissolution keeps all; others keep settings, rules, and licences
 * that are bound to them alone. Of a pair that the triad became the main server keeps all, its
 * backup what the others keep. Nothing changes in a ledger whose triad goes on with this server,
 * unless it is
 * @left_out: the others went on without it, which this ledger does not know. The changes, META
 * last. (transfer container full) (element-type TriasChange)
 */
GPtrArray *trias_ledger_leave (TriasLedger *self, gboolean left_out);

/** Borrowed; valid until the next change. */
const TriasSettings *trias_ledger_get_settings (TriasLedger *self);
/** `use` rules, ordered by id. (transfer none) (element-type TriasRule) */
GPtrArray *trias_ledger_get_rules (TriasLedger *self);
/** (nullable) (transfer none) */
const TriasRelationship *trias_ledger_get_relationship (TriasLedger *self);
/** The member of the triad that is to stay active whoever is better ranked, and until when (Unix
 * ms; %G_MAXINT64 = until it is given back) in @until (out) (optional). (nullable) (transfer none)
 */
const char *trias_ledger_get_pin (TriasLedger *self, gint64 *until);
/** Who keeps what is bound to nobody after the last relationship ended; "" = nobody in particular:
 * it was a pair, or a triad that goes on without this server. (transfer none) */
const char *trias_ledger_get_ended_keep (TriasLedger *self);
/** The relationship that ended last, and its incarnation; "" and 0 if there was none. (transfer
 * none) */
const char *trias_ledger_get_ended (TriasLedger *self, guint64 *incarnation);
/** Whether @license serves by whom it is bound to: a triad serves what is bound to its three or to
 * nobody, any other server what is bound to it alone or to nobody. */
gboolean trias_ledger_serves_license (TriasLedger *self, TriasLicense *license);
/** Whether @license is bound to this server alone. */
gboolean trias_ledger_is_own_license (TriasLedger *self, TriasLicense *license);

/** Whether this is a triad and @license is bound to one of its members alone: that one serves it
 * again when the triad is no more. */
gboolean trias_ledger_license_rests (TriasLedger *self, TriasLicense *license);

/** Seats in use that a triad has not got. */
typedef struct
{
  const char *feature; /* (borrowed) */
  guint64 used;        /* seats of its pool in use now */
  guint64 seats;       /* that the triad would have of it */
} TriasStranded;

/** Whether a triad of the @n servers @ids, in which @license rests since it is bound to one server,
 * would have too few seats for the leases that there are; then @stranded (out caller-allocates)
 * tells of the first such feature. */
gboolean trias_ledger_find_stranded (TriasLedger *self,
                                     TriasLicense *license,
                                     const char *const *ids,
                                     guint n,
                                     TriasStranded *stranded);
const TriasLease *trias_ledger_find_lease (TriasLedger *self, const char *id);
/** Whether @id was released or expired less than two ttl ago. */
gboolean trias_ledger_has_tombstone (TriasLedger *self, const char *id);
guint trias_ledger_n_leases (TriasLedger *self);
/** How many leases the client key @key_id holds. */
guint trias_ledger_n_leases_of (TriasLedger *self, const char *key_id);
guint trias_ledger_n_tombstones (TriasLedger *self);
/** Calls @func for up to @limit leases with id > @after (NULL = from the start), ordered by id;
 * returns the number. */
typedef void (*TriasLeaseFunc) (const TriasLease *lease, gpointer user_data);
guint trias_ledger_foreach_lease (
    TriasLedger *self, const char *after, guint limit, TriasLeaseFunc func, gpointer user_data);
/** What is installed. (transfer container) (element-type TriasLedgerLicense), ordered by id. */
typedef struct
{
  TriasLicense *license;   /* (borrowed) */
  gboolean test;           /* by a test issuer, which the UI must show */
  guint previous_revision; /* 0 = none before */
  gint64 installed_at;
  /** NONE = serves now; EXPIRED (all features, beyond grace too), NOT_YET_VALID, LICENSE_ELSEWHERE
   * (bound to others) */
  TriasReason state;
} TriasLedgerLicense;
GPtrArray *trias_ledger_get_licenses (TriasLedger *self);
TriasLicense *trias_ledger_find_license (TriasLedger *self, const char *id);
/** Pools at ledger time, ordered by product and feature. (transfer container full) (element-type
 * TriasPool) */
GPtrArray *trias_ledger_get_pools (TriasLedger *self);
/** One pool: by feature, and product unless "". (transfer full) (nullable) */
TriasPool *trias_ledger_find_pool (TriasLedger *self, const char *product, const char *feature);
/** When a lease of @feature must end at the latest because its licences do (not_after + grace); 0 =
 * no limit. Unix ms. */
gint64 trias_ledger_lease_limit (TriasLedger *self, const TriasLease *lease);

G_END_DECLS
