/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#pragma once

#include "client/trias-triads.h"

G_BEGIN_DECLS

/** Icon that goes with @state; the words stand beside it. */
const char *trias_triad_words_state_icon (TriasTriadState state);
/** State of @member in a few words. (transfer full) */
char *trias_triad_words_member (TriasTriadMember *member, gint64 now);
/** Everything a card says, for screen readers. (transfer full) */
char *trias_triad_words_card (TriasTriadMember *member, gint64 now);
/** Explains the state of @member in whole sentences, with what to do. (transfer full) */
char *trias_triad_words_why_member (TriasTriadMember *member, gint64 now);

const char *trias_triad_words_link_icon (TriasTriadLinkState state);
/** State of @link in a few words, with the time of its round trip. (transfer full) */
char *trias_triad_words_link (TriasTriadLink *link);
/** Names of both ends and the state, for screen readers. (transfer full) */
char *trias_triad_words_link_name (TriasTriadLink *link);
/** Explains the state of @link, with both ends' views. (transfer full) */
char *trias_triad_words_why_link (TriasTriadLink *link);

/** What happens next if a server fails, or what to mend, in one sentence or two. (transfer full) */
char *trias_triad_words_outlook (TriasTriad *triad);
/** How bad it is: decides icon and colour of the sentence. */
typedef enum
{
  TRIAS_TRIAD_WELL,       /* every single failure is survived */
  TRIAS_TRIAD_WEAKENED,   /* clients are served, but one more failure can be a standstill */
  TRIAS_TRIAD_STANDSTILL, /* nobody serves clients, or nothing is known */
} TriasTriadHealth;
TriasTriadHealth trias_triad_words_health (TriasTriad *triad);
/** Round trip for people: "0.4 ms". (transfer full) */
char *trias_triad_words_latency (gint64 latency_us);

/** What is to be known of a server that went on alone; @now in Unix ms. (transfer full) */
char *trias_triad_words_recovered (const TriasRecovered *recovered, gint64 now);

G_END_DECLS
