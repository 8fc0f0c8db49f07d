/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "ledger/trias-ledger.h"
#include "ledger/trias-order.h"
#include "ledger/trias-record.h"

G_BEGIN_DECLS

/* What the files trias-ledger-*.c share. Two layers: setters that put and drop records and keep
 * pools, order and digest right (used by commands and by loading alike), and commands that apply
 * the rules. */

/** Keys of the records of which there is one. */
#define TRIAS_KEY_META "meta"
#define TRIAS_KEY_SETTINGS "settings"
#define TRIAS_KEY_RELATIONSHIP "relationship"

/** Id of the rule a new ledger begins with. */
#define TRIAS_DEFAULT_RULE_ID "default-allow-everyone"

/** More rules than this are refused: every grant looks at each. */
#define TRIAS_LEDGER_MAX_RULES 1000

typedef struct
{
  guint64 lanes[4];
} TriasDigest;

/** A feature of one licence, as a source of seats. */
typedef struct
{
  TriasLicense *license; /* (owned) */
  const TriasFeature *feature;
} TriasPoolSource;

/** Seats of one product's feature and who uses them. */
typedef struct
{
  char *product;
  char *feature;
  GArray *sources;     /* (element-type TriasPoolSource) */
  GHashTable *devices; /* device to number of its leases */
  guint64 counts;      /* sum of all leases' counts */
  guint64 deviceless;  /* sum of the counts of leases that name no device */
  guint n_leases;
  /* What the sources come to; holds for ledger times from @from until before @until. */
  gint64 from;
  gint64 until;
  guint64 seats;
  gint64 not_after;
  TriasCountedBy counted_by;
  TriasReason
      reason; /* NONE = at least one licence serves; else EXPIRED, NOT_YET_VALID, UNKNOWN_FEATURE */
} TriasLedgerPool;

/** A client key with the number of its leases. */
typedef struct
{
  char *key_id;
  guint n_leases;
} TriasLeaseHolder;

typedef struct
{
  TriasLease *lease; /* (owned) */
  TriasLedgerPool *pool;
  TriasLeaseHolder *holder;
  TriasDigest digest;
} TriasLeaseEntry;

typedef struct
{
  TriasLicenseRecord *record; /* (owned) */
  TriasDigest digest;
} TriasLicenseEntry;

typedef struct
{
  char *id;
  gint64 until; /* ledger time */
  TriasDigest digest;
} TriasTombstone;

struct _TriasLedger
{
  char *server_id;
  gint64 time;
  guint64 revision;
  gboolean pristine; /* new: holds the defaults only, which no change has told yet */

  TriasSettings *settings;
  gboolean has_settings; /* FALSE after clearing: then @settings are stand-ins, not a record */
  GPtrArray *rules;      /* (element-type TriasRule), ordered by id */
  TriasRelationship *relationship; /* (nullable) */
  char *pinned;                    /* (nullable) member of the triad that stays active */
  gint64 pinned_until;
  char *ended_relationship;
  guint64 ended_incarnation;
  char *ended_keep;

  GTree *licenses;             /* id to TriasLicenseEntry */
  gint64 next_expiry;          /* no licence's feature ends before; 0 = to be found */
  GHashTable *pools;           /* set of TriasLedgerPool by product and feature */
  GHashTable *features;        /* feature to its pools, GPtrArray ordered by product */
  GHashTable *leases;          /* id to TriasLeaseEntry */
  TriasOrder *lease_order;     /* the same by order of id */
  GHashTable *holders;         /* set of TriasLeaseHolder by key id */
  GHashTable *tombstones;      /* id to TriasTombstone */
  TriasOrder *tombstone_order; /* the same by end, then id */
  TriasDigest digest;
  guint64 renewals; /* sum over all leases: what renewals change and the digest leaves out */
};

/** One command on its way through the ledger. */
typedef struct
{
  TriasLedger *ledger;
  const TriasCommand *command;
  TriasOutcome *outcome;
  gboolean replicated; /* a replicated record changed: the revision rises */
} TriasApply;

/* trias-ledger.c */
/** Notes a change; @value (transfer full) (nullable). */
void trias_apply_change (
    TriasApply *apply, TriasRecordKind record, const char *key, GBytes *value, gboolean replicated);
/** Adds an event by the command's actor; borrowed, for parameters. */
TriasEvent *trias_apply_event (TriasApply *apply, const char *kind, const char *subject);
void trias_event_param_uint (TriasEvent *event, const char *name, guint64 value);
void trias_apply_refuse (TriasApply *apply, TriasReason reason, const char *format, ...)
    G_GNUC_PRINTF (3, 4);
GBytes *trias_ledger_encode_meta (TriasLedger *self);

/* trias-ledger-digest.c */
/** Digest of one record, which is also added to the ledger's. */
TriasDigest trias_ledger_digest_add (
    TriasLedger *self, TriasRecordKind record, const char *key, const void *data, gsize length);
TriasDigest trias_ledger_digest_add_bytes (TriasLedger *self,
                                           TriasRecordKind record,
                                           const char *key,
                                           GBytes *bytes);
void trias_ledger_digest_remove (TriasLedger *self, const TriasDigest *digest);
void trias_ledger_digest_remove_bytes (TriasLedger *self,
                                       TriasRecordKind record,
                                       const char *key,
                                       GBytes *bytes);

/** What a lease adds to the sum of renewals. */
guint64 trias_ledger_renewal_mix (const TriasLeaseEntry *entry);

/* trias-ledger-pools.c */
void trias_ledger_pools_init (TriasLedger *self);
/** Finds the pool or makes an empty one. */
TriasLedgerPool *
trias_ledger_pool_ensure (TriasLedger *self, const char *product, const char *feature);
TriasLedgerPool *
trias_ledger_pool_lookup (TriasLedger *self, const char *product, const char *feature);
/** Forgets the pool if nothing is in it. */
void trias_ledger_pool_settle (TriasLedger *self, TriasLedgerPool *pool);
void trias_ledger_pool_add_source (TriasLedger *self,
                                   TriasLicense *license,
                                   const TriasFeature *feature);
void trias_ledger_pool_remove_sources (TriasLedger *self, TriasLicense *license);
/** Adds the seats of @feature, which serves. */
void trias_ledger_pool_add_serving (TriasLedgerPool *pool, const TriasFeature *feature);
/** Brings what the sources come to up to ledger time. */
void trias_ledger_pool_refresh (TriasLedger *self, TriasLedgerPool *pool);
void trias_ledger_pool_count (TriasLedgerPool *pool, const TriasLease *lease, gboolean add);
/** Seats in use, by the way the pool counts now. */
guint64 trias_ledger_pool_used (const TriasLedgerPool *pool);

/* trias-ledger-leases.c */
void trias_ledger_leases_init (TriasLedger *self);
TriasLeaseEntry *trias_ledger_lease_lookup (TriasLedger *self, const char *id);
/** Puts a lease; @lease (transfer full). @value: its record, of which @stable bytes count for the
 * digest. */
TriasLeaseEntry *
trias_ledger_put_lease (TriasLedger *self, TriasLease *lease, GBytes *value, gsize stable);
gboolean trias_ledger_drop_lease (TriasLedger *self, const char *id);

/* trias-ledger-grant.c */
void trias_ledger_apply_grant (TriasApply *apply);
void trias_ledger_apply_renew (TriasApply *apply);
void trias_ledger_apply_release (TriasApply *apply);
void trias_ledger_apply_expire (TriasApply *apply);

/* trias-ledger-tombstones.c */
void trias_ledger_tombstones_init (TriasLedger *self);
/** Puts a tombstone; @value is its record. */
void trias_ledger_put_tombstone (TriasLedger *self, const char *id, gint64 until, GBytes *value);
gboolean trias_ledger_drop_tombstone (TriasLedger *self, const char *id);
/** Lets at most @limit tombstones go whose time is over. */
void trias_ledger_purge_tombstones (TriasApply *apply, guint limit);

/* trias-ledger-licenses.c */
void trias_ledger_licenses_init (TriasLedger *self);
/** Puts a licence; @record (transfer full). @value is its bytes. */
void trias_ledger_put_license (TriasLedger *self, TriasLicenseRecord *record, GBytes *value);
gboolean trias_ledger_drop_license (TriasLedger *self, const char *id);
/** Finds anew which licences serve, after other servers belong together. */
void trias_ledger_resource_licenses (TriasLedger *self);
void trias_ledger_apply_install_license (TriasApply *apply);
void trias_ledger_apply_remove_license (TriasApply *apply);
/** Tells of licences that ended after @before and not after ledger time. */
void trias_ledger_note_expiries (TriasApply *apply, gint64 before);

/* trias-ledger-shared.c */
/** Puts the settings; @settings (transfer full). */
void trias_ledger_put_settings (TriasLedger *self, TriasSettings *settings);
void trias_ledger_drop_settings (TriasLedger *self);
/** Puts a rule; @rule (transfer full). */
void trias_ledger_put_rule (TriasLedger *self, TriasRule *rule);
gboolean trias_ledger_drop_rule (TriasLedger *self, const char *id);
/** Writes the defaults of a new ledger down as changes, once. */
void trias_ledger_tell_defaults (TriasApply *apply);
void trias_ledger_apply_set_settings (TriasApply *apply);
void trias_ledger_apply_put_rule (TriasApply *apply);
void trias_ledger_apply_remove_rule (TriasApply *apply);
void trias_ledger_apply_adopt_shared (TriasApply *apply);

/* trias-ledger-relationship.c */
/** Puts the relationship and its pin; both (transfer full) (nullable). */
void trias_ledger_put_relationship (TriasLedger *self,
                                    TriasRelationship *relationship,
                                    char *pinned,
                                    gint64 pinned_until);
GBytes *trias_ledger_encode_relationship (TriasLedger *self);
/** Lets a pin go whose time is over. */
void trias_ledger_end_pin (TriasApply *apply);
void trias_ledger_apply_pin (TriasApply *apply);
void trias_ledger_apply_seal (TriasApply *apply);
void trias_ledger_apply_set_options (TriasApply *apply);
void trias_ledger_apply_dissolve (TriasApply *apply);

G_END_DECLS
