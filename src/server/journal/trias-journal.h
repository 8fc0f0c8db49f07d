/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "ledger/trias-command.h"
#include "server/store/trias-store.h"

G_BEGIN_DECLS

/**
 * TriasJournal:
 *
 * Puts commands in one order and makes them durable before anyone is answered. An entry holds a
 * batch of commands and has a position (term, index); entries are given back in order to be
 * applied.
 */
typedef struct _TriasJournal TriasJournal;

typedef struct
{
  TriasCommand *command; /* (owned) by the journal */
  gpointer tag;          /* what append was given; %NULL for an entry that came from elsewhere */
} TriasJournalItem;

/** Who uses a journal. Everything is called in the core thread. */
typedef struct
{
  /** The entry at @index is durable: apply its commands in order. */
  void (*apply) (guint64 term,
                 guint64 index,
                 const TriasJournalItem *items,
                 guint n_items,
                 gpointer user_data);
  /** The command of @tag was not kept and will not be applied. */
  void (*refuse) (gpointer tag, const GError *error, gpointer user_data);
  /** The disk refuses (@detail says why), or accepts again. */
  void (*storage) (gboolean ok, const char *detail, gpointer user_data);
  /** A transaction is about to be written: add what is to be mirrored. */
  void (*fill) (TriasStoreBatch *batch, gpointer user_data);
  /** How that ended; on an error nothing of it was written. Called before the entry is applied. */
  void (*settled) (const GError *error, gpointer user_data);

  /* For the journal of a triad alone; %NULL for others. */
  /** Who leads, who is active or who is reached changed: see trias_journal_get_status(). */
  void (*role) (gpointer user_data);
  /** The whole ledger as bytes, as of the entry applied last; %NULL: not now. (transfer full)
   * (nullable) */
  GBytes *(*snapshot) (gpointer user_data);
  /** Replaces the whole ledger by what snapshot() gave on some member after entry @index. */
  gboolean (*restore) (GBytes *state, guint64 index, gpointer user_data, GError **error);
  /** The engine is unavailable (disk, damage): close this journal and open it anew. */
  void (*failed) (const char *why, gpointer user_data);
} TriasJournalClient;

/** Members of a triad. */
#define TRIAS_JOURNAL_SLOTS 3

/** What a journal knows of a member of the triad. Times are of this machine's boot clock, in ms. */
typedef struct
{
  gboolean contact;     /* something came from it lately */
  gint64 contact_since; /* 0 = no contact */
  gint64 last_contact;  /* 0 = never */
  guint64 match;        /* highest index it is known to hold */
  gboolean caught_up;   /* it holds all but what is under way */
  gboolean muted;       /* its disk is older than it should be: it votes for nobody */
  guint hears;          /* bit set (1 << slot) of whom it says it hears */
} TriasJournalMember;

typedef struct
{
  gboolean active;       /* may answer clients now */
  gboolean leading;      /* leads the log */
  gboolean muted;        /* this member's disk is older than it should be */
  gboolean transferring; /* handing over */
  gboolean quorum;       /* leads with a majority, or hears one who leads */
  guint leader;          /* slot, 0 = nobody known */
  guint pinned;          /* slot, 0 = nobody */
  gint64 pinned_until;   /* boot clock, ms; G_MAXINT64 = until given back */
  guint64 term;
  guint64 last_index;
  guint64 commit_index;
  guint64 applied;
  guint64 applied_term; /* of the entry applied last; 0 = not known */
  gint64 lease_left_ms;
  TriasJournalMember members[TRIAS_JOURNAL_SLOTS]; /* by slot - 1 */
} TriasJournalStatus;

/** What a kind of journal does. */
typedef struct
{
  void (*append) (TriasJournal *self, TriasCommand *command, gpointer tag);
  void (*touch) (TriasJournal *self, gboolean soon);
  void (*flush) (TriasJournal *self);
  void (*close) (TriasJournal *self);
  /* %NULL for a journal that decides alone. */
  gboolean (*is_active) (TriasJournal *self);
  void (*get_status) (TriasJournal *self, TriasJournalStatus *status);
} TriasJournalClass;

struct _TriasJournal
{
  const TriasJournalClass *klass;
};

/** Takes @command; the client gets it back applied or refused, never at once. */
void trias_journal_append (TriasJournal *self, TriasCommand *command, gpointer tag);
/** There is something to mirror: within about 20 ms, or, if @soon, as if it were a command. */
void trias_journal_touch (TriasJournal *self, gboolean soon);
/** Writes what waits and blocks until it is settled: for start only. */
void trias_journal_flush (TriasJournal *self);
/** Writes what is left, as far as the disk lets it, and frees. */
void trias_journal_close (TriasJournal *self);
/** Whether this server may answer clients now: alone always, in a triad only one of three. */
gboolean trias_journal_is_active (TriasJournal *self);
/** Alone: active, everything else 0. */
void trias_journal_get_status (TriasJournal *self, TriasJournalStatus *status);

/** Commands of an entry as bytes, and back. (element-type TriasCommand) */
GBytes *trias_journal_encode (const TriasJournalItem *items, guint n_items);
GPtrArray *trias_journal_decode (GBytes *bytes, GError **error);

/** The journal of a server that decides alone: rows in the store, group commit. @index: of the last
 * entry. */
TriasJournal *trias_journal_local_new (TriasStore *store,
                                       guint64 index,
                                       const TriasJournalClient *client,
                                       gpointer user_data);

G_END_DECLS
