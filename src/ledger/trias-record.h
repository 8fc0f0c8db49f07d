/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "core/trias-lease.h"
#include "core/trias-license.h"
#include "core/trias-relationship.h"
#include "core/trias-rule.h"
#include "core/trias-settings.h"
#include "ledger/trias-codec.h"

G_BEGIN_DECLS

/* The value of each kind of record as bytes, and the parts that commands share with them. */

/** An installed licence as the ledger keeps it. */
typedef struct
{
  TriasLicense *license;   /* (owned) */
  gboolean test;           /* by a test issuer */
  gint64 installed_at;     /* ledger time */
  guint previous_revision; /* 0 = none before */
  char *previous_text;     /* (owned) "" = none before */
} TriasLicenseRecord;

/** Where a ledger stands; its bytes also say the ledger's format. */
typedef struct
{
  gint64 time;
  guint64 revision;
  guint64 ended_incarnation; /* of the relationship dissolved last; 0 = none */
  char *ended_relationship;  /* (owned) its id, "" = none */
  char *ended_keep;          /* (owned) who keeps what is bound to nobody, "" = each its own */
} TriasMetaRecord;

/** The relationship as the ledger keeps it. */
typedef struct
{
  TriasRelationship *relationship; /* (owned) */
  char *pinned;                    /* (owned) the member that stays active, "" = none */
  gint64 pinned_until;             /* Unix ms; TRIAS_TIME_LIMIT - 1 = until it is given back */
} TriasRelationshipRecord;

void trias_write_lease (TriasWriter *writer, const TriasLease *lease);
TriasLease *trias_read_lease (TriasReader *reader);
void trias_write_rule (TriasWriter *writer, const TriasRule *rule);
TriasRule *trias_read_rule (TriasReader *reader);
void trias_write_settings (TriasWriter *writer, const TriasSettings *settings);
TriasSettings *trias_read_settings (TriasReader *reader);
void trias_write_relationship (TriasWriter *writer, const TriasRelationship *relationship);
TriasRelationship *trias_read_relationship (TriasReader *reader);

/**
 * Bytes of a lease record. @renewals: as it stands; else as it was granted, which is what partners
 * get.
 * @stable (out) (optional): how many of the leading bytes renewals leave alone. (transfer full)
 */
GBytes *trias_record_encode_lease (const TriasLease *lease, gboolean renewals, gsize *stable);
/** The same into @writer, from where it stands. */
void trias_record_write_lease (TriasWriter *writer, const TriasLease *lease);
TriasLease *trias_record_decode_lease (GBytes *value, gsize *stable, GError **error);
GBytes *trias_record_encode_rule (const TriasRule *rule);
TriasRule *trias_record_decode_rule (GBytes *value, GError **error);
GBytes *trias_record_encode_settings (const TriasSettings *settings);
TriasSettings *trias_record_decode_settings (GBytes *value, GError **error);
/** @pinned (nullable): the member that stays active until @pinned_until. */
GBytes *trias_record_encode_relationship (const TriasRelationship *relationship,
                                          const char *pinned,
                                          gint64 pinned_until);
TriasRelationshipRecord *trias_record_decode_relationship (GBytes *value, GError **error);
void trias_relationship_record_free (TriasRelationshipRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasRelationshipRecord, trias_relationship_record_free)
GBytes *trias_record_encode_tombstone (gint64 until);
gboolean trias_record_decode_tombstone (GBytes *value, gint64 *until, GError **error);
GBytes *trias_record_encode_license (const TriasLicenseRecord *record);
TriasLicenseRecord *trias_record_decode_license (GBytes *value, GError **error);
void trias_license_record_free (TriasLicenseRecord *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasLicenseRecord, trias_license_record_free)
GBytes *trias_record_encode_meta (const TriasMetaRecord *meta);
/** Fills @meta, a zeroed one; clear its strings afterwards. */
gboolean trias_record_decode_meta (GBytes *value, TriasMetaRecord *meta, GError **error);

G_END_DECLS
