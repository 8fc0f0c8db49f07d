/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/journal/trias-journal-raft.h"

G_BEGIN_DECLS

/* A journal of a triad that asks nobody: what is appended is in a file and applied at once. It
 * takes the place of the real one, so that a test alone says who is active, when the engine fails,
 * and when a snapshot comes. One is open at a time. */

typedef struct
{
  guint opened;         /* how often one was opened */
  gboolean refuse_open; /* opening fails */
  gboolean started;
  gboolean active;
  guint slot;
  guint64 incarnation;
  gboolean automatic;
  guint aside;     /* a bit for each slot */
  guint handed_to; /* slot that it was told to hand over to last */
  gint64 pinned_until;
  guint pinned;
  guint contacts;     /* bit set (1 << slot) of whom it hears */
  char *folder;       /* (owned) of the one opened last */
  TriasCommand *rest; /* (owned) (nullable) stands in the log and is not applied */
} FakeTriad;

extern FakeTriad fake_triad;
/** Forgets what was, for the next test. */
void fake_triad_reset (void);

/** Lets the journal in use be active or not, and tells its keeper. */
void fake_triad_set_active (gboolean active);
/** The engine fails. */
void fake_triad_fail (const char *why);
/** The store refuses what is mirrored, because of @why; %NULL: it accepts it again. */
void fake_triad_store_refuses (const char *why);
/** What the leader would send to one that is far behind. (transfer full) */
GBytes *fake_triad_snapshot (void);
gboolean fake_triad_restore (GBytes *state, guint64 index, GError **error);
/** Index of the last entry. */
guint64 fake_triad_index (void);

G_END_DECLS
