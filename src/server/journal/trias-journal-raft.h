/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/journal/trias-journal.h"

G_BEGIN_DECLS

/** @fd: a connected stream socket to that member, to own; -1 = none could be had. */
typedef void (*TriasLinkOpened) (int fd, gpointer data);

/** How the members of a triad reach each other. */
typedef struct
{
  /** Opens a stream to the engine of member @slot and calls @opened once, never at once. */
  void (*connect) (guint slot, TriasLinkOpened opened, gpointer data, gpointer user_data);
  /** Brings a short note to member @slot; it may be lost. */
  void (*note) (guint slot, const void *data, gsize length, gpointer user_data);
} TriasJournalLinks;

typedef struct
{
  guint slot;          /* of this server: 1 primary, 2 secondary, 3 tertiary */
  guint64 incarnation; /* kept with the marks: those of another incarnation are dropped */
  TriasProfile profile;
  gboolean automatic; /* failback */
  gboolean fresh;     /* this server never took part in this incarnation before */
} TriasJournalTriad;

/** The file in an engine's folder that says what the others once had: it outlives a log that is
 * thrown away. */
#define TRIAS_JOURNAL_RAFT_MARKS "marks"

/**
 * Opens the journal of a triad's member; the engine's log lies in @folder, which is made if it is
 * not there. Nothing is given back before trias_journal_raft_start(). Fails with reason STORAGE.
 */
TriasJournal *trias_journal_raft_new (TriasStore *store,
                                      const char *folder,
                                      const TriasJournalTriad *triad,
                                      const TriasJournalClient *client,
                                      gpointer user_data,
                                      GError **error);
/** Takes part: restores the last snapshot, applies the log again, then follows or leads. Before it
 * nothing is active; touch and fill already work. @links is borrowed. */
void
trias_journal_raft_start (TriasJournal *self, const TriasJournalLinks *links, gpointer user_data);
/** Member @slot, known by its key, opened a stream to this engine; takes @fd. */
void trias_journal_raft_accept (TriasJournal *self, guint slot, int fd);
void
trias_journal_raft_receive_note (TriasJournal *self, guint slot, const void *data, gsize length);
/** As trias_raft_member_hand_over(): @pin_until on the boot clock in ms, 0 = no pin. */
gboolean
trias_journal_raft_hand_over (TriasJournal *self, guint slot, gint64 pin_until, GError **error);
void trias_journal_raft_give_back (TriasJournal *self);
/** As trias_raft_member_apply_rest(). */
gboolean trias_journal_raft_apply_rest (TriasJournal *self);
/** Until then (boot clock, ms) this member neither sends nor receives: for a drill. */
void trias_journal_raft_set_quiet (TriasJournal *self, gint64 until_boot);
void trias_journal_raft_set_options (TriasJournal *self, gboolean automatic);
/** As trias_raft_member_set_aside(). */
void trias_journal_raft_set_aside (TriasJournal *self, guint slots);

G_END_DECLS
