/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/journal/raft/trias-raft-marks.h"

G_BEGIN_DECLS

/** What members tell each other beside the engine. */
typedef enum
{
  TRIAS_RAFT_NOTE_MUTED = 1 << 0,
  TRIAS_RAFT_NOTE_ASKS = 1 << 1,    /* for a permit: permit_… */
  TRIAS_RAFT_NOTE_GRANTS = 1 << 2,  /* a permit: permit_id */
  TRIAS_RAFT_NOTE_RETURNS = 1 << 3, /* the pin was given back: the best one leads at once */
  TRIAS_RAFT_NOTE_FLAGS = (1 << 4) - 1,
} TriasRaftNoteFlags;

typedef struct
{
  guint flags;
  guint hears;    /* bit set (1 << slot) */
  guint pinned;   /* slot, 0 = nobody */
  guint64 nonce;  /* of the sender's process; never 0 */
  guint64 echo;   /* of the receiver's, as the sender heard it last; 0 = not yet */
  guint64 number; /* counts up within a process: an overtaken one is dropped */
  guint64 last_index;
  guint64 pin_version;
  gint64 pin_left_ms;                    /* G_MAXINT64: until given back */
  TriasRaftMark marks[TRIAS_RAFT_SLOTS]; /* of all, what the sender knows */
  guint64 permit_id;
  guint64 permit_term;
  guint64 permit_index;
} TriasRaftNote;

/** At most TRIAS_RAFT_NOTE_MAX bytes. (transfer full) */
GBytes *trias_raft_note_encode (const TriasRaftNote *self);
/** Reads one; hostile bytes give %FALSE, and values are within their bounds. */
gboolean trias_raft_note_decode (TriasRaftNote *self, const void *data, gsize length);

G_END_DECLS
