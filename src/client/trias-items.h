/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-event.h"
#include "core/trias-lease.h"
#include "core/trias-license.h"
#include "core/trias-pool.h"
#include "core/trias-problem.h"
#include "core/trias-rule.h"

G_BEGIN_DECLS

/**
 * TriasItem:
 *
 * A row of a live list. An item stays the same object as long as the thing it shows exists; what
 * changes is told by `notify`. Properties of all: `key` (string, unique in its list).
 */
#define TRIAS_TYPE_ITEM (trias_item_get_type ())
G_DECLARE_DERIVABLE_TYPE (TriasItem, trias_item, TRIAS, ITEM, GObject)

struct _TriasItemClass
{
  GObjectClass parent_class;
  /*< private >*/
  /** Reads @json into the item's value. */
  gboolean (*read) (TriasItem *self, const TriasJson *json, GError **error);
};

const char *trias_item_get_key (TriasItem *self);

/**
 * TriasRuleItem:
 *
 * Properties: `scope`, `effect`, `who`, `where` (words), `who-value`, `where-value`, `note`, `text`
 * (the rule as a line), `fixed` (boolean: part of the server, cannot be changed).
 */
#define TRIAS_TYPE_RULE_ITEM (trias_rule_item_get_type ())
G_DECLARE_FINAL_TYPE (TriasRuleItem, trias_rule_item, TRIAS, RULE_ITEM, TriasItem)
/** (transfer none) */
const TriasRule *trias_rule_item_get_rule (TriasRuleItem *self);
const char *trias_rule_item_get_text (TriasRuleItem *self);
gboolean trias_rule_item_is_fixed (TriasRuleItem *self);

/**
 * TriasFeatureItem: a feature of a licence.
 *
 * Properties: `name`, `seats`, `used` (uint), `by-device` (boolean), `not-before`, `not-after`
 * (int64, Unix ms, 0 = none), `grace-hours`.
 */
#define TRIAS_TYPE_FEATURE_ITEM (trias_feature_item_get_type ())
G_DECLARE_FINAL_TYPE (TriasFeatureItem, trias_feature_item, TRIAS, FEATURE_ITEM, TriasItem)
const TriasFeature *trias_feature_item_get_feature (TriasFeatureItem *self);
guint trias_feature_item_get_used (TriasFeatureItem *self);

/**
 * TriasLicenseItem:
 *
 * Properties: `id`, `revision` (uint), `issuer`, `licensee`, `product`, `test` (boolean), `state`
 * (word: valid, expired, not-yet-valid, elsewhere, resting, invalid), `source` (own, partner),
 * `server` (id), `installed-at` (int64), `previous-revision` (uint), `bind` (strv), `seats`, `used`
 * (sums, uint), `not-after` (int64, the earliest end of its features, 0 = none), `features`
 * (GListModel of TriasFeatureItem).
 */
#define TRIAS_TYPE_LICENSE_ITEM (trias_license_item_get_type ())
G_DECLARE_FINAL_TYPE (TriasLicenseItem, trias_license_item, TRIAS, LICENSE_ITEM, TriasItem)
const char *trias_license_item_get_id (TriasLicenseItem *self);
const char *trias_license_item_get_product (TriasLicenseItem *self);
const char *trias_license_item_get_licensee (TriasLicenseItem *self);
const char *trias_license_item_get_issuer (TriasLicenseItem *self);
const char *trias_license_item_get_state (TriasLicenseItem *self);
const char *trias_license_item_get_source (TriasLicenseItem *self);
const char *trias_license_item_get_server (TriasLicenseItem *self);
const char *const *trias_license_item_get_bind (TriasLicenseItem *self);
guint trias_license_item_get_revision (TriasLicenseItem *self);
guint trias_license_item_get_previous_revision (TriasLicenseItem *self);
gint64 trias_license_item_get_installed_at (TriasLicenseItem *self);
gboolean trias_license_item_is_test (TriasLicenseItem *self);
/** (transfer none) */
GListModel *trias_license_item_get_features (TriasLicenseItem *self);

/**
 * TriasPoolItem:
 *
 * Properties: `product`, `feature`, `seats`, `used`, `free`, `leases` (uint), `by-device`
 * (boolean), `not-after` (int64), `share` (double, used ÷ seats).
 */
#define TRIAS_TYPE_POOL_ITEM (trias_pool_item_get_type ())
G_DECLARE_FINAL_TYPE (TriasPoolItem, trias_pool_item, TRIAS, POOL_ITEM, TriasItem)
const TriasPool *trias_pool_item_get_pool (TriasPoolItem *self);

/**
 * TriasLeaseItem:
 *
 * Properties: `id`, `key-id`, `feature`, `product`, `count` (uint), `user`, `host`, `device`, `ttl`
 * (uint, s), `granted-at`, `renewed-at` (int64, Unix ms), `left-ms` (int64, when read), `server`
 * (id), `epoch`.
 */
#define TRIAS_TYPE_LEASE_ITEM (trias_lease_item_get_type ())
G_DECLARE_FINAL_TYPE (TriasLeaseItem, trias_lease_item, TRIAS, LEASE_ITEM, TriasItem)
const TriasLease *trias_lease_item_get_lease (TriasLeaseItem *self);
const char *trias_lease_item_get_server (TriasLeaseItem *self);
gint64 trias_lease_item_get_left_ms (TriasLeaseItem *self);

/**
 * TriasDenialItem:
 *
 * Properties: `first`, `last` (int64, Unix ms), `count` (uint), `reason` (word), `feature`, `user`,
 * `host`, `address`, `key-id`, `detail`.
 */
#define TRIAS_TYPE_DENIAL_ITEM (trias_denial_item_get_type ())
G_DECLARE_FINAL_TYPE (TriasDenialItem, trias_denial_item, TRIAS, DENIAL_ITEM, TriasItem)
TriasReason trias_denial_item_get_reason (TriasDenialItem *self);
gint64 trias_denial_item_get_first (TriasDenialItem *self);
gint64 trias_denial_item_get_last (TriasDenialItem *self);
guint trias_denial_item_get_count (TriasDenialItem *self);
const char *trias_denial_item_get_feature (TriasDenialItem *self);
const char *trias_denial_item_get_user (TriasDenialItem *self);
const char *trias_denial_item_get_host (TriasDenialItem *self);
const char *trias_denial_item_get_address (TriasDenialItem *self);
const char *trias_denial_item_get_detail (TriasDenialItem *self);

/**
 * TriasEventItem:
 *
 * Properties: `seq` (uint64), `time` (int64, Unix ms), `server` (id), `kind` (word), `severity`
 * (int, TriasSeverity), `subject`, `actor`.
 */
#define TRIAS_TYPE_EVENT_ITEM (trias_event_item_get_type ())
G_DECLARE_FINAL_TYPE (TriasEventItem, trias_event_item, TRIAS, EVENT_ITEM, TriasItem)
const TriasEvent *trias_event_item_get_event (TriasEventItem *self);

G_END_DECLS
