/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include "server/journal/trias-journal-raft.h"

G_BEGIN_DECLS

typedef struct _Triad Triad;

/** One member with a disk of its own; its state is the ids of all commands, in order. */
typedef struct
{
  Triad *triad;
  guint slot;
  char *folder;          /* (owned) */
  TriasStore *store;     /* (owned) */
  TriasJournal *journal; /* (owned) (nullable) while it is down */
  gboolean begun;        /* it was up before */
  GString *state;        /* (owned) */
  guint64 index;         /* applied last */
  guint applied;         /* commands that came back with their tag */
  guint refused;
  guint unknown; /* … of them with an outcome that nobody knows */
  TriasReason reason;
  guint restored;
  guint failed;
  guint fills;
  TriasProfile profile;
} Member;

struct _Triad
{
  char *folder;      /* (owned) */
  Member members[4]; /* by slot */
  GArray *sockets;   /* (owned) of the links, to cut them */
  gboolean cut[4][4];
  gboolean manual;  /* nobody who comes back takes the lead by itself */
  guint next;       /* number of the next command */
  GHashTable *told; /* (owned) numbers of commands that came back with their tag */
};

Triad *triad_new (void);
void triad_free (Triad *self);
void triad_up (Triad *self, guint slot);
void triad_down (Triad *self, guint slot);
/** The disk of a member that is down is blank again. */
void triad_wipe (Triad *self, guint slot);
/** Cuts what runs and what would be opened between two, or lets them again. */
void triad_cut (Triad *self, guint a, guint b);
void triad_join (Triad *self, guint a, guint b);
/** Gives commands to a member; the ids count up over all members. */
void triad_append (Triad *self, guint slot, guint n);
/** Slot of the active one, 0 if none; fails the test if there are two. */
guint triad_active (Triad *self);
void triad_status (Triad *self, guint slot, TriasJournalStatus *status);
/** Turns the main loop until that is so, or fails the test. */
void triad_until_active (Triad *self, guint slot);
void triad_until_applied (Triad *self, guint slot, guint n);
void triad_until_equal (Triad *self);
/** Opens a stream to @to in the name of @from, sends @data and ends it. */
void triad_send (Triad *self, guint from, guint to, const void *data, gsize length);
/** Turns the main loop for @ms. */
void triad_run (guint ms);

/** Runs the main loop until @condition, at most 30 s. */
#define UNTIL(condition)                                                                           \
  G_STMT_START                                                                                     \
  {                                                                                                \
    gint64 until_ = g_get_monotonic_time () + 30 * G_TIME_SPAN_SECOND;                             \
                                                                                                   \
    while (!(condition) && g_get_monotonic_time () < until_)                                       \
      triad_run (1);                                                                               \
    g_assert_true (condition);                                                                     \
  }                                                                                                \
  G_STMT_END

G_END_DECLS
