/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "core/trias-member-status.h"

G_BEGIN_DECLS

/**
 * TriasTriadState:
 * @TRIAS_TRIAD_STATE_UNKNOWN: nobody told
 * @TRIAS_TRIAD_STATE_ACTIVE: serves clients
 * @TRIAS_TRIAD_STATE_STANDBY: holds everything, could help to go on
 * @TRIAS_TRIAD_STATE_CATCHING_UP: reached, and receives what it lacks
 * @TRIAS_TRIAD_STATE_MUTED: came back with an older disk; has no vote until it has caught up
 * @TRIAS_TRIAD_STATE_UNREACHABLE: does not answer
 *
 * What a member of a triad does. Words: unknown, active, standby, catching-up, muted, unreachable.
 */
typedef enum
{
  TRIAS_TRIAD_STATE_UNKNOWN,
  TRIAS_TRIAD_STATE_ACTIVE,
  TRIAS_TRIAD_STATE_STANDBY,
  TRIAS_TRIAD_STATE_CATCHING_UP,
  TRIAS_TRIAD_STATE_MUTED,
  TRIAS_TRIAD_STATE_UNREACHABLE,
} TriasTriadState;

const char *trias_triad_state_to_word (TriasTriadState state);
/** An unknown word, of a newer server, is unknown. */
TriasTriadState trias_triad_state_from_word (const char *word);

/** What one server says of each member, by rank. */
typedef struct
{
  TriasTriadState state;
  guint64 match; /* index of the log up to which it is known to hold everything */
} TriasTriadMemberFacts;

/** The member `triad` of an answer of `GET /relationship`: what one server says of its triad. */
typedef struct
{
  char *leader; /* (owned) (nullable) server id of the one that leads the log */
  guint64 term;
  guint64 index;
  guint64 commit;
  guint64 applied;
  gint64 lease_ms;     /* what is left of the active one's lease; 0 elsewhere */
  gboolean quorum;     /* a majority is connected and somebody leads */
  char *pinned;        /* (owned) (nullable) server id that a handover holds in place */
  gint64 pinned_until; /* Unix ms; 0 = until it is given back */
  TriasTriadMemberFacts members[TRIAS_MAX_MEMBERS];
  GPtrArray
      *missing; /* (owned) (element-type GStrv: from, to) links that would bring service back */
} TriasTriadFacts;

/** Reads @object; members are put in the order of @relationship. (transfer full) */
TriasTriadFacts *trias_triad_facts_read (const TriasJson *object,
                                         const TriasRelationship *relationship,
                                         GError **error);
void trias_triad_facts_free (TriasTriadFacts *self);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasTriadFacts, trias_triad_facts_free)

/** Another member's own views, as it last told them. */
typedef struct
{
  char *member;        /* (owned) server id */
  gint64 as_of;        /* Unix ms */
  GPtrArray *statuses; /* (owned) (element-type TriasMemberStatus) */
} TriasMemberReport;

/** Reads an array of views; %NULL is an empty one. (transfer full) (element-type
 * TriasMemberStatus) */
GPtrArray *trias_member_statuses_read (const TriasJson *array, GError **error);
/** Reads an array of reports; %NULL is an empty one. (transfer full) (element-type
 * TriasMemberReport) */
GPtrArray *trias_member_reports_read (const TriasJson *array, GError **error);
/** The view of @peer among @statuses. (nullable) (transfer none) */
const TriasMemberStatus *trias_member_statuses_find (GPtrArray *statuses, const char *peer);

G_END_DECLS
