/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-servers.h"

G_BEGIN_DECLS

/**
 * TriasTriadLinkState:
 * @TRIAS_TRIAD_LINK_UNKNOWN: nobody who could know is reached
 * @TRIAS_TRIAD_LINK_CONNECTED: both ends hear each other
 * @TRIAS_TRIAD_LINK_ONE_WAY: the two ends say different things
 * @TRIAS_TRIAD_LINK_CUT: neither hears the other
 */
typedef enum
{
  TRIAS_TRIAD_LINK_UNKNOWN,
  TRIAS_TRIAD_LINK_CONNECTED,
  TRIAS_TRIAD_LINK_ONE_WAY,
  TRIAS_TRIAD_LINK_CUT,
} TriasTriadLinkState;

/** Links by number: 0 primary–secondary, 1 primary–tertiary, 2 secondary–tertiary. */
#define TRIAS_TRIAD_N_LINKS 3
/** Ranks of the two ends of link @link: @a is the better one. */
void trias_triad_link_ends (guint link, guint *a, guint *b);

typedef struct _TriasTriadMember TriasTriadMember;
typedef struct _TriasTriadLink TriasTriadLink;

/**
 * TriasTriad:
 *
 * A triad as seen by every known server that belongs to it. `info` is the view that counts: the
 * active member's if it is reached, else that of the one that knows most.
 *
 * Properties (all with notify): `id`, `name`, `info` (TriasRelationshipInfo), `active` (id, ""
 * nobody), `leader` (id, ""), `quorum` (boolean), `serving` (word), `why` (English), `pinned` (id,
 * "" none), `pinned-until` (int64, Unix ms, 0 = until given back), `failback` (int,
 * TriasFailback), `incarnation` (uint64), `last-known` (boolean: no member is reached now).
 * Signal: `updated (self)`: after any change of it, its members or its links.
 */
#define TRIAS_TYPE_TRIAD (trias_triad_get_type ())
G_DECLARE_FINAL_TYPE (TriasTriad, trias_triad, TRIAS, TRIAD, GObject)
const char *trias_triad_get_id (TriasTriad *self);
const char *trias_triad_get_name (TriasTriad *self);
/** (transfer none) */
TriasRelationshipInfo *trias_triad_get_info (TriasTriad *self);
/** @rank 0 primary, 1 secondary, 2 tertiary. (transfer none) */
TriasTriadMember *trias_triad_get_member (TriasTriad *self, guint rank);
/** (transfer none) */
TriasTriadLink *trias_triad_get_link (TriasTriad *self, guint link);
/** The member that serves clients. (nullable) (transfer none) */
TriasTriadMember *trias_triad_get_active (TriasTriad *self);
/** The only member that is there, where nobody serves clients for that reason. (nullable) (transfer
 * none) */
TriasTriadMember *trias_triad_get_only_left (TriasTriad *self);
/** By server id. (nullable) (transfer none) */
TriasTriadMember *trias_triad_find_member (TriasTriad *self, const char *id);
gboolean trias_triad_get_quorum (TriasTriad *self);
const char *trias_triad_get_serving (TriasTriad *self);
const char *trias_triad_get_why (TriasTriad *self);
const char *trias_triad_get_pinned (TriasTriad *self);
gint64 trias_triad_get_pinned_until (TriasTriad *self);
gboolean trias_triad_get_last_known (TriasTriad *self);
/** What happens to clients if the member at @rank fails next. */
typedef enum
{
  TRIAS_TRIAD_FAILURE_CONTINUES,  /* the active one goes on */
  TRIAS_TRIAD_FAILURE_TAKEN_OVER, /* another one takes over */
  TRIAS_TRIAD_FAILURE_STANDSTILL,
} TriasTriadFailure;
/** Computed from the present links and states. @by (out) (optional): rank of who serves then, not
 * set for a standstill. */
TriasTriadFailure trias_triad_get_failure (TriasTriad *self, guint rank, guint *by);
/** The known server to send administration to: the active one if this program is signed in to it,
 * else any member. (transfer none) (nullable) */
TriasServer *trias_triad_get_server (TriasTriad *self);

/**
 * TriasTriadMember:
 *
 * Properties (all with notify): `triad` (TriasTriad), `role` (int, TriasRole), `id`, `name`,
 * `address`, `other-addresses` (strv), `version`, `server` (TriasServer, nullable), `reached`
 * (boolean: this program reaches it), `online` (boolean: it or another member does), `active`
 * (boolean), `pinned` (boolean), `state` (TriasTriadState), `as-of` (int64: when it was last
 * heard, Unix ms; 0 = now).
 */
#define TRIAS_TYPE_TRIAD_MEMBER (trias_triad_member_get_type ())
G_DECLARE_FINAL_TYPE (TriasTriadMember, trias_triad_member, TRIAS, TRIAD_MEMBER, GObject)
/** (transfer none) (nullable) after the triad is gone */
TriasTriad *trias_triad_member_get_triad (TriasTriadMember *self);
TriasRole trias_triad_member_get_role (TriasTriadMember *self);
guint trias_triad_member_get_rank (TriasTriadMember *self);
const char *trias_triad_member_get_id (TriasTriadMember *self);
const char *trias_triad_member_get_name (TriasTriadMember *self);
const char *trias_triad_member_get_address (TriasTriadMember *self);
const char *const *trias_triad_member_get_other_addresses (TriasTriadMember *self);
const char *trias_triad_member_get_version (TriasTriadMember *self);
TriasServer *trias_triad_member_get_server (TriasTriadMember *self);
gboolean trias_triad_member_get_reached (TriasTriadMember *self);
gboolean trias_triad_member_get_online (TriasTriadMember *self);
gboolean trias_triad_member_get_active (TriasTriadMember *self);
/** (nullable) it stands aside, so that it can be switched off. Property `maintenance`: the same in
 * a few words, "" = it does not. */
const TriasMaintenance *trias_triad_member_get_maintenance (TriasTriadMember *self);
const char *trias_triad_member_get_maintenance_words (TriasTriadMember *self);
gboolean trias_triad_member_get_pinned (TriasTriadMember *self);
TriasTriadState trias_triad_member_get_state (TriasTriadMember *self);
gint64 trias_triad_member_get_as_of (TriasTriadMember *self);

/**
 * TriasTriadLink:
 *
 * The link of two members, with what each end says of it.
 *
 * Properties (all with notify): `triad` (TriasTriad), `state` (TriasTriadLinkState), `latency-us`
 * (int64, -1 unknown), `missing` (boolean: nobody serves, and mending it would change that).
 */
#define TRIAS_TYPE_TRIAD_LINK (trias_triad_link_get_type ())
G_DECLARE_FINAL_TYPE (TriasTriadLink, trias_triad_link, TRIAS, TRIAD_LINK, GObject)
/** @end 0: the better ranked. (transfer none) */
TriasTriadMember *trias_triad_link_get_member (TriasTriadLink *self, guint end);
TriasTriadLinkState trias_triad_link_get_state (TriasTriadLink *self);
gint64 trias_triad_link_get_latency_us (TriasTriadLink *self);
gboolean trias_triad_link_get_missing (TriasTriadLink *self);
/** What the member at @end says of the other; %NULL if nobody told. @live (out) (optional):
 * whether that is of now. */
const TriasMemberStatus *
trias_triad_link_get_view (TriasTriadLink *self, guint end, gboolean *live);

/**
 * TriasTriads:
 *
 * All triads that any known server belongs to: a #GListModel of #TriasTriad, by name. Follows
 * @servers by itself.
 *
 * Property: `n-items` (uint).
 */
#define TRIAS_TYPE_TRIADS (trias_triads_get_type ())
G_DECLARE_FINAL_TYPE (TriasTriads, trias_triads, TRIAS, TRIADS, GObject)
TriasTriads *trias_triads_new (TriasServers *servers);
/** By relationship id or name. (nullable) (transfer none) */
TriasTriad *trias_triads_find (TriasTriads *self, const char *text);
/** The triad that server @id belongs to. (nullable) (transfer none) */
TriasTriad *trias_triads_find_by_member (TriasTriads *self, const char *id);

G_END_DECLS
