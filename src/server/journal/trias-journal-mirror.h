/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/journal/trias-journal.h"

G_BEGIN_DECLS

/**
 * TriasJournalMirror:
 *
 * Writes what a journal's client has to keep in the store, where that is no business of the
 * journal's own writes: asks it by fill, tells it by settled, tries a disk that refuses again.
 */
typedef struct _TriasJournalMirror TriasJournalMirror;

TriasJournalMirror *
trias_journal_mirror_new (TriasStore *store, const TriasJournalClient *client, gpointer user_data);
/** As trias_journal_touch(). */
void trias_journal_mirror_touch (TriasJournalMirror *self, gboolean soon);
/** Writes what waits and blocks until it is settled. */
void trias_journal_mirror_flush (TriasJournalMirror *self);
/** Writes what is left, as far as the disk lets it, and frees. */
void trias_journal_mirror_free (TriasJournalMirror *self);

G_END_DECLS
