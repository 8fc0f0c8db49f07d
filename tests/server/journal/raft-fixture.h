/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#pragma once

#include <raft.h>
#include <raft/fixture.h>

#include "server/journal/raft/trias-raft-guard.h"

G_BEGIN_DECLS

#define FIXTURE_SERVERS 3

/* Three engines with guards in libraft's own simulated world; each keeps a letter an entry. */
typedef struct
{
  struct raft_fixture world;
  struct raft_fsm fsms[FIXTURE_SERVERS];
  TriasRaftGuard guards[FIXTURE_SERVERS];
  GString *applied[FIXTURE_SERVERS]; /* (owned) */
  GString *committed;                /* (owned) letters that were told as committed */
} Fixture;

/** Three servers that know each other; nothing runs yet. */
Fixture *fixture_new (guint left_out);
void fixture_free (Fixture *self);
/** An entry that lies on the disk of @i before the start. */
void fixture_disk (Fixture *self, guint i, raft_term term, char letter);
/** Starts all, with @term as the last one that they saw. */
void fixture_start (Fixture *self, raft_term term);
struct raft *fixture_raft (Fixture *self, guint i);
void fixture_cut (Fixture *self, guint a, guint b);
void fixture_join (Fixture *self, guint a, guint b);
/** Proposes an entry; the letter shows in committed once the server says so. */
void fixture_put (Fixture *self, guint i, char letter);
/** From now on @i stands for election well before the others. */
void fixture_prefer (Fixture *self, guint i);
void fixture_run (Fixture *self, guint ms);
/** Runs until the server is in @state; fails the test after @ms. */
void fixture_until (Fixture *self, guint i, int state, guint ms);

G_END_DECLS
