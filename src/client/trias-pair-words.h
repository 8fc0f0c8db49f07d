/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-pairs.h"

G_BEGIN_DECLS

/** What the words about one member of a pair are made of. Strings are borrowed. Times are Unix ms.
 */
typedef struct
{
  const char *name;    /* of the member */
  const char *partner; /* name of the other one */
  gboolean reached;    /* the console reaches it */
  gboolean online;     /* the console or the partner reaches it */
  gboolean serving;    /* clients are served by it */
  gboolean connected;
  gint64 connected_since;
  TriasLag connect_reason;
  gboolean synchronised;
  gint64 synchronised_at;
  TriasLag sync_reason;
  guint64 pending;
  gint64 as_of; /* of the last report; 0 = now */
  gboolean views_differ;
  const TriasMaintenance *aside; /* (nullable) it stands aside */
  const char *maintenance;       /* (nullable) the same in a few words */
} TriasPairFacts;

/** Reads @member; @facts borrows its strings. */
void trias_pair_facts_read (TriasPairFacts *facts, TriasPairMember *member);

const char *trias_pair_words_icon (TriasLinkState state);
/** One of the four states in words: what icon and legend say. */
const char *trias_pair_words_state (TriasLinkState state);
/** Explains a state in a sentence, for the legend. */
const char *trias_pair_words_legend (TriasLinkState state);
/** Why two servers are not connected or not synchronised, in a few words. (nullable) for none */
const char *trias_pair_words_lag (TriasLag lag);
/** "Online", "Online, serves clients" … (transfer full) */
char *trias_pair_words_online (const TriasPairFacts *facts, gint64 now);
/** State, age, what is pending and why, for the table. (transfer full) */
char *trias_pair_words_status (const TriasPairFacts *facts, gint64 now);
/** Whether the words change while time passes. */
gboolean trias_pair_words_ages (const TriasPairFacts *facts);
/** Explains the state of a row in whole sentences, with what to do. (transfer full) */
char *trias_pair_words_why (const TriasPairFacts *facts, gint64 now);

/** What the sentence about a pair is made of. */
typedef struct
{
  const char *main;
  const char *backup;
  gboolean main_online;
  gboolean backup_online;
  gboolean connected;
  gboolean synchronised;
  gboolean backup_serves;
  const TriasMaintenance *aside; /* (nullable) the main server, or else the backup, stands aside */
  const char *aside_name;        /* name of that one */
  const char *maintenance;       /* the same in a few words */
  gboolean last_known;           /* the console reaches neither */
  gboolean known;                /* @covered and @total are known */
  guint covered;
  guint total;
} TriasPairOutlook;

/** What happens next if a server fails, in one sentence or two. (transfer full) */
char *trias_pair_words_outlook (const TriasPairOutlook *outlook);
/** Whether the sentence tells of something that should be mended. */
gboolean trias_pair_outlook_is_trouble (const TriasPairOutlook *outlook);
/** Reads @pair; @outlook borrows its strings. */
void trias_pair_outlook_read (TriasPairOutlook *outlook, TriasPair *pair);

G_END_DECLS
