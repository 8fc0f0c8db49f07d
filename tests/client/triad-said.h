/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "client/trias-triads-private.h"

/* Answers of servers about their triad, for tests. */

extern const char *const triad_ids[TRIAS_MAX_MEMBERS];

/** What one server says. */
typedef struct
{
  guint self;
  int active;     /* rank; -1 nobody */
  guint hears;    /* bit set of ranks */
  guint reported; /* bit set of links that the others' reports call connected */
  guint reports;  /* bit set of ranks whose reports there are */
  gboolean quorum;
  guint64 term;
  int missing; /* link; -1 none */
} TriadSaid;

#define P 1u
#define S 2u
#define T 4u
#define ALL_LINKS 7u

/** The answer of `GET /relationship` that says it. (transfer full) */
TriasRelationshipInfo *triad_said_read (const TriadSaid *said);
