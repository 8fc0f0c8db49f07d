/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-servers.h"

G_BEGIN_DECLS

/**
 * TriasLinkState:
 *
 * The four status icons of a member.
 */
typedef enum
{
  TRIAS_LINK_CONNECTED_SYNCHRONISED,
  TRIAS_LINK_CONNECTED_UNSYNCHRONISED,
  TRIAS_LINK_DISCONNECTED_SYNCHRONISED,
  TRIAS_LINK_DISCONNECTED_UNSYNCHRONISED,
} TriasLinkState;

TriasLinkState trias_link_state (gboolean connected, gboolean synchronised);

typedef struct _TriasPairMember TriasPairMember;

/**
 * TriasPair:
 *
 * A backup relationship as seen by every known server that belongs to it. `info` is the view that
 * counts: the main server's if it is reached, else the backup's.
 *
 * Properties: `id`, `name`, `info` (TriasRelationshipInfo), `main`, `backup` (TriasPairMember),
 * `active` (id, "" nobody), `serving` (word), `why` (English), `conflict` (boolean),
 * `conflict-since` (int64), `sync-interval` (uint), `last-known` (boolean: no member is reached
 * now).
 */
#define TRIAS_TYPE_PAIR (trias_pair_get_type ())
G_DECLARE_FINAL_TYPE (TriasPair, trias_pair, TRIAS, PAIR, GObject)
const char *trias_pair_get_id (TriasPair *self);
const char *trias_pair_get_name (TriasPair *self);
/** (transfer none) */
TriasRelationshipInfo *trias_pair_get_info (TriasPair *self);
TriasPairMember *trias_pair_get_main (TriasPair *self);
TriasPairMember *trias_pair_get_backup (TriasPair *self);
const char *trias_pair_get_active (TriasPair *self);
const char *trias_pair_get_serving (TriasPair *self);
const char *trias_pair_get_why (TriasPair *self);
gboolean trias_pair_get_conflict (TriasPair *self);
gboolean trias_pair_get_last_known (TriasPair *self);
/** The known server to send administration to: the main if signed in and online, else the backup,
 * else %NULL. (transfer none) (nullable) */
TriasServer *trias_pair_get_server (TriasPair *self);

/**
 * TriasPairMember:
 *
 * One row of the table: a member of a pair with its own view of its partner; if it is not reached,
 * what the partner last said of it.
 *
 * Properties (all with notify): `pair` (TriasPair), `relationship-id`, `relationship-name`, `role`
 * (int, TriasRole), `id` (server), `name`, `address` (the one the partner uses), `other-addresses`
 * (strv), `server` (TriasServer, nullable: known to this program), `online` (boolean: this program
 * reaches it, or its partner does), `reached` (boolean: this program reaches it), `active`
 * (boolean), `connected`, `connected-since` (int64, Unix ms, 0 unknown), `connect-reason` (int,
 * TriasLag), `synchronised`, `synchronised-at` (int64), `sync-reason` (int, TriasLag), `pending`
 * (uint64), `latency-us` (int64, -1 unknown), `clock-offset-ms` (int64), `version`, `own-view`
 * (boolean: from the server itself), `as-of` (int64, Unix ms of the last report; 0 = now),
 * `views-differ` (boolean), `compared` (boolean: this program compared both servers itself),
 * `icon-state` (TriasLinkState).
 */
#define TRIAS_TYPE_PAIR_MEMBER (trias_pair_member_get_type ())
G_DECLARE_FINAL_TYPE (TriasPairMember, trias_pair_member, TRIAS, PAIR_MEMBER, GObject)
/** (transfer none) (nullable) after the pair is gone */
TriasPair *trias_pair_member_get_pair (TriasPairMember *self);
TriasServer *trias_pair_member_get_server (TriasPairMember *self);
TriasRole trias_pair_member_get_role (TriasPairMember *self);
const char *trias_pair_member_get_id (TriasPairMember *self);
const char *trias_pair_member_get_name (TriasPairMember *self);
const char *trias_pair_member_get_address (TriasPairMember *self);
const char *const *trias_pair_member_get_other_addresses (TriasPairMember *self);
gboolean trias_pair_member_get_online (TriasPairMember *self);
gboolean trias_pair_member_get_reached (TriasPairMember *self);
gboolean trias_pair_member_get_active (TriasPairMember *self);
/** (nullable) it stands aside, so that it can be switched off. Property `maintenance`: the same in
 * a few words, "" = it does not. */
const TriasMaintenance *trias_pair_member_get_maintenance (TriasPairMember *self);
const char *trias_pair_member_get_maintenance_words (TriasPairMember *self);
gboolean trias_pair_member_get_connected (TriasPairMember *self);
gint64 trias_pair_member_get_connected_since (TriasPairMember *self);
TriasLag trias_pair_member_get_connect_reason (TriasPairMember *self);
gboolean trias_pair_member_get_synchronised (TriasPairMember *self);
gint64 trias_pair_member_get_synchronised_at (TriasPairMember *self);
TriasLag trias_pair_member_get_sync_reason (TriasPairMember *self);
guint64 trias_pair_member_get_pending (TriasPairMember *self);
gint64 trias_pair_member_get_latency_us (TriasPairMember *self);
gint64 trias_pair_member_get_clock_offset_ms (TriasPairMember *self);
gboolean trias_pair_member_get_own_view (TriasPairMember *self);
gint64 trias_pair_member_get_as_of (TriasPairMember *self);
gboolean trias_pair_member_get_views_differ (TriasPairMember *self);
gboolean trias_pair_member_get_compared (TriasPairMember *self);
TriasLinkState trias_pair_member_get_icon_state (TriasPairMember *self);

/**
 * TriasPairs:
 *
 * All backup relationships that any known server belongs to: a #GListModel of #TriasPairMember,
 * main before backup, pairs by name. Follows @servers by itself.
 *
 * Properties: `n-items` (uint), `pairs` (GListModel of TriasPair).
 */
#define TRIAS_TYPE_PAIRS (trias_pairs_get_type ())
G_DECLARE_FINAL_TYPE (TriasPairs, trias_pairs, TRIAS, PAIRS, GObject)
TriasPairs *trias_pairs_new (TriasServers *servers);
/** (transfer none) */
GListModel *trias_pairs_get_pairs (TriasPairs *self);
/** (nullable) (transfer none) by relationship id or name. */
TriasPair *trias_pairs_find (TriasPairs *self, const char *text);

G_END_DECLS
