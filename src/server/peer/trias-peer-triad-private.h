/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/peer/trias-peer-triad.h"

G_BEGIN_DECLS

/** Another member as this one sees it. */
typedef struct
{
  TriasPeerTriad *triad;
  guint rank;
  TriasLink link;
  TriasFreshness heard;
  TriasMemberStatus *status;
  char *address; /* (nullable) numeric, as last let in */
  gboolean skewed;
  GCancellable *from, *to; /* each cuts the engine's streams that it, or this member, opened */

  gboolean probing, probe_again;
  gint64 probe_at; /* monotonic ms: when the next is due */
  gint64 failed;   /* monotonic ms: when one failed last; 0 = never */

  /* What it told last. */
  gint64 told_at;    /* monotonic ms; -1 = never */
  GPtrArray *report; /* (nullable) (element-type TriasMemberStatus) its own views */
  guint64 revision;
  char *digest;     /* (owned) at @revision */
  gboolean differs; /* after the same entry of the log its digest was another */

  /* Notes of the engine go one after another, or they would overtake each other. */
  GQueue notes;  /* of GBytes */
  GBytes *noted; /* (nullable) the one on its way, or the last */
  guint renote;  /* source: it is sent again */
  gboolean noting;
} TriasTriadOther;

/** The own ledger at some time. */
typedef struct
{
  gint64 at; /* monotonic ms */
  guint64 revision;
  char *digest;
} TriasTriadMark;

struct _TriasPeerTriad
{
  TriasPeer *peer;
  gint64 since; /* monotonic ms: this incarnation, in this process */
  guint rank;
  TriasTriadOther others[TRIAS_MAX_MEMBERS - 1]; /* by rank */
  GPtrArray *statuses;                           /* (element-type TriasMemberStatus) borrowed */
  GQueue marks;                                  /* of TriasTriadMark, oldest first */

  TriasJournalStatus journal;
  char *active;          /* (nullable) server id, as last told by an event */
  gboolean lost;         /* nobody is active, and that was told */
  gint64 inactive_since; /* monotonic ms; -1 = somebody is active */
};

const TriasMember *trias_peer_triad_member (TriasPeerTriad *self, guint rank);
/** (nullable) */
TriasTriadOther *trias_peer_triad_find (TriasPeerTriad *self, const char *key);
TriasTriadOther *trias_peer_triad_at (TriasPeerTriad *self, guint rank);

/** How the members see each other, as far as is known here. */
typedef struct
{
  gboolean up[TRIAS_MAX_MEMBERS];                        /* reached, and holds everything */
  gboolean linked[TRIAS_MAX_MEMBERS][TRIAS_MAX_MEMBERS]; /* the row's member says so */
} TriasTriadView;
void trias_peer_triad_look (TriasPeerTriad *self, TriasTriadView *view);
/** Rank of who serves when only members that are @up and linked take part; TRIAS_MAX_MEMBERS =
 * nobody. */
guint trias_triad_view_server (const TriasTriadView *view);

/* trias-peer-triad-probe.c */
void trias_peer_triad_probe (TriasTriadOther *other);
/** Why @other does not hold the same; NONE if it does. */
TriasLag trias_peer_triad_lag (const TriasTriadOther *other, gint64 now);
/** Notes the own ledger as it is now. */
void trias_peer_triad_mark (TriasPeerTriad *self);
void trias_triad_mark_free (gpointer data);

/* trias-peer-triad-links.c */
void trias_triad_other_drop_notes (TriasTriadOther *other);

/* trias-peer-triad-renew.c */
/** Has the own ledger made anew if it is another than both others hold. */
void trias_peer_triad_look_ledger (TriasPeerTriad *self);

/* trias-peer-triad-role.c */
/** Looks who is active; tells events of what has changed. */
void trias_peer_triad_look_role (TriasPeerTriad *self, gint64 now);

G_END_DECLS
