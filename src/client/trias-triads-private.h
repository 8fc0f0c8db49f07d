/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-items-private.h"
#include "client/trias-kin.h"
#include "client/trias-triads.h"

G_BEGIN_DECLS

/** What one end of a link says of the other. */
typedef struct
{
  const TriasMemberStatus *status; /* (nullable) nobody told */
  gboolean live;                   /* of now: from the member itself, or from one that hears it */
} TriasTriadEnd;

/** A triad as put together from all sources; borrows from them. */
typedef struct
{
  TriasRelationshipInfo *info; /* the view that counts */
  gboolean live;               /* some member is reached */
  struct
  {
    TriasTriadState state;
    gboolean online;
    gint64 as_of; /* Unix ms; 0 = now */
  } members[TRIAS_MAX_MEMBERS];
  struct
  {
    TriasTriadEnd ends[2];
    TriasTriadLinkState state;
    gint64 latency_us;
  } links[TRIAS_TRIAD_N_LINKS];
} TriasTriadView;

/** Merges @sources (by rank, at least one with an info). */
void trias_triad_view (TriasTriadView *view, const TriasMemberSource *sources);
/** The number of the link between the ranks @a and @b. */
guint trias_triad_link_between (guint a, guint b);
/** Who would serve, by the rule of triads: the best ranked of primary and secondary that is @up and
 * has a link to another one that is up. TRIAS_MAX_MEMBERS: nobody. (Source: the table of design
 * §5.) */
guint trias_triad_who_serves (const gboolean *up, const gboolean *linked, guint present);

TriasTriad *trias_triad_new (const char *id);
/** Shows @sources; at least one has an info. */
void trias_triad_update (TriasTriad *self, const TriasMemberSource *sources);
/** Members and links let go of the triad that is gone. */
void trias_triad_end (TriasTriad *self);

typedef struct
{
  const TriasTriadView *view;
  const TriasMemberSource *sources;
  guint number; /* rank, or number of the link */
} TriasTriadUpdate;

TriasTriadMember *trias_triad_member_new (TriasTriad *triad, guint rank);
void trias_triad_member_update (TriasTriadMember *self, const TriasTriadUpdate *update);
void trias_triad_member_end (TriasTriadMember *self);
TriasTriadLink *trias_triad_link_new (TriasTriad *triad, guint link);
void trias_triad_link_update (TriasTriadLink *self, const TriasTriadUpdate *update);
void trias_triad_link_end (TriasTriadLink *self);

G_END_DECLS
