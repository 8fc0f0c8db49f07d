/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/keeper/trias-keeper-private.h"

/* What the ledger came to after each of the last entries of a triad's log: members may be some
 * entries apart when they compare. */

#define LENGTH 1024 /* entries; at full speed about half a second */

typedef struct
{
  guint64 index; /* 0 = none */
  char *digest;  /* (owned) (nullable) */
} Step;

struct _TriasKeeperTrail
{
  Step steps[LENGTH]; /* by index */
  guint64 last;
};

TriasKeeperTrail *
trias_keeper_trail_new (void)
{
  return g_new0 (TriasKeeperTrail, 1);
}

void
trias_keeper_trail_clear (TriasKeeperTrail *self)
{
  for (guint i = 0; i < LENGTH; i++)
    g_free (self->steps[i].digest);
  memset (self, 0, sizeof *self);
}

void
trias_keeper_trail_free (TriasKeeperTrail *self)
{
  trias_keeper_trail_clear (self);
  g_free (self);
}

void
trias_keeper_trail_add (TriasKeeperTrail *self, guint64 index, TriasLedger *ledger)
{
  Step *step = &self->steps[index % LENGTH];

  g_free (step->digest);
  step->index = self->last = index;
  step->digest = trias_ledger_digest (ledger);
}

const char *
trias_keeper_triad_trail (TriasKeeper *self, guint64 *index)
{
  *index = self->trail->last;
  return self->trail->steps[*index % LENGTH].digest;
}

gboolean
trias_keeper_triad_differs (TriasKeeper *self, guint64 index, const char *digest, gboolean *differs)
{
  const Step *step = &self->trail->steps[index % LENGTH];

  if (index == 0 || step->index != index)
    return FALSE;
  *differs = strcmp (step->digest, digest) != 0;
  return TRUE;
}
