/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-keeper"

#include "config.h"

#include "server/keeper/trias-keeper-private.h"

/* A member of a triad whose ledger went astray: it forgets what it made of the log, and the log
 * too, and begins again with the base. What the others know of the log that it had keeps it from
 * voting until it has that again, as after the loss of a disk. */

/* The base cannot be read: tried again after this. */
#define AGAIN_MS 5000

struct _TriasKeeperRenewal
{
  TriasKeeper *keeper; /* (nullable) once that is closed */
};

static void read_base (TriasKeeper *self);

static gboolean
again_cb (gpointer user_data)
{
  TriasKeeper *self = user_data;

  g_clear_pointer (&self->reopen, g_source_unref);
  if (self->base != NULL && self->engine == NULL && self->changing == TRIAS_KEEPER_STEADY)
    read_base (self);
  return G_SOURCE_REMOVE;
}

static void
try_again (TriasKeeper *self, const GError *error)
{
  g_autofree char *detail
      = g_strdup_printf ("The data that the triad began with cannot be read: %s The server tries"
                         " again by itself.",
                         error->message);

  trias_keeper_engine_trouble (self, detail);
  self->reopen = g_timeout_source_new (AGAIN_MS);
  g_source_set_callback (self->reopen, again_cb, self, NULL);
  g_source_attach (self->reopen, g_main_context_get_thread_default ());
}

static void
begin_again (TriasKeeper *self, TriasLedger *base)
{
  trias_ledger_take (self->ledger, base);
  self->applied = 0;
  trias_keeper_trail_clear (self->trail);
  trias_keeper_engine_open (self);
  trias_keeper_due_restart (self);
  trias_keeper_tell_triad (self);
}

static void
read_cb (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autofree TriasKeeperRenewal *renewal = user_data;
  TriasKeeper *self = renewal->keeper;
  g_autoptr (GPtrArray) changes = NULL;
  g_autoptr (TriasLedger) ledger = NULL;
  g_autofree char *digest = NULL;
  g_autoptr (GError) error = NULL;

  /* The keeper is gone: the result goes with its task. */
  if (self == NULL)
    return;
  self->renewal = NULL;
  /* The triad ended meanwhile, or went on to another incarnation with a base of its own. */
  if (self->base == NULL || self->engine != NULL || self->changing != TRIAS_KEEPER_STEADY)
    return;
  changes = trias_keeper_read_base_finish (self, result, &digest, &error);
  if (changes != NULL)
    ledger = trias_keeper_base_ledger (self, changes, digest, &error);
  if (ledger == NULL)
    try_again (self, error);
  else
    begin_again (self, g_steal_pointer (&ledger));
}

static void
read_base (TriasKeeper *self)
{
  self->renewal = g_new0 (TriasKeeperRenewal, 1);
  self->renewal->keeper = self;
  trias_keeper_read_base_async (self, read_cb, self->renewal);
}

void
trias_keeper_renewal_abandon (TriasKeeper *self)
{
  if (self->renewal != NULL)
    self->renewal->keeper = NULL;
}

void
trias_keeper_triad_renew (TriasKeeper *self)
{
  if (self->engine == NULL || self->closing || self->archiving
      || self->changing != TRIAS_KEEPER_STEADY)
    return;
  g_message ("This server holds something else than both other servers of the triad. It takes the"
             " data anew from them.");
  trias_keeper_record (self, trias_event_new (trias_keeper_now (self), "ledger-renewed", ""));
  /* What is in history already is not told again. */
  self->recorded = MAX (self->recorded, self->applied);
  self->active = FALSE;
  trias_keeper_engine_discard (self);
  read_base (self);
}
