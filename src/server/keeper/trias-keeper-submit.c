/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "core/trias-timer.h"
#include "server/keeper/trias-keeper-private.h"

/* The way of a command into the journal, and who is turned away before it. */

/** Who waits for a command. */
typedef struct
{
  TriasKeeperFunc func; /* (nullable) */
  gpointer user_data;
  TriasReason reason; /* why it is refused, once it is */
  const char *detail; /* (nullable) static: what goes with it */
} Waiter;

/* Any seat may be in use still, by a lease that only the lost ones knew. */
static const char recovered[]
    = "This server was recovered alone a short while ago. It grants nothing new until what the lost"
      " servers may have granted has run out; what it knows is renewed.";

static const char *
refusal (TriasReason reason)
{
  if (reason == TRIAS_REASON_NO_QUORUM)
    return "No two servers of the triad agree in time, so none of them decides now.";
  if (reason == TRIAS_REASON_STORAGE)
    return "The log of the triad cannot be used on this server; it tries again by itself.";
  return "Another server of the triad decides, or this one is just changing over. Nothing was"
         " changed.";
}

void
trias_keeper_answer (gpointer tag, const TriasOutcome *outcome)
{
  Waiter *waiter = tag;

  if (waiter == NULL)
    return;
  if (waiter->func != NULL)
    waiter->func (outcome, waiter->user_data);
  g_free (waiter);
}

void
trias_keeper_refuse (gpointer tag, TriasReason reason, const char *detail)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  TriasOutcome outcome = {
    .reason = reason,
    .detail = (char *) (detail != NULL ? detail : refusal (reason)),
    .changes = none,
    .events = none,
  };

  trias_keeper_answer (tag, &outcome);
}

/* --- what must not be done at once --- */

static void
answer_refusals (TriasKeeper *self)
{
  g_autoptr (GPtrArray) refusals = self->refusals;

  self->refusals = g_ptr_array_new ();
  for (guint i = 0; i < refusals->len; i++)
    {
      Waiter *waiter = g_ptr_array_index (refusals, i);

      trias_keeper_refuse (waiter, waiter->reason, waiter->detail);
    }
}

static gboolean
later_cb (gpointer user_data)
{
  TriasKeeper *self = user_data;

  trias_timer_set (self->later, -1);
  answer_refusals (self);
  if (self->closing)
    return G_SOURCE_CONTINUE;
  if (self->changing == TRIAS_KEEPER_CHANGED)
    trias_keeper_change_finish (self);
  if (self->look_at_role)
    trias_keeper_engine_follow (self);
  return G_SOURCE_CONTINUE;
}

void
trias_keeper_submit_init (TriasKeeper *self)
{
  self->refusals = g_ptr_array_new ();
  self->later = trias_timer_new ("keeper-later", G_PRIORITY_DEFAULT, later_cb, self);
}

void
trias_keeper_submit_free (TriasKeeper *self)
{
  while (self->refusals->len > 0)
    answer_refusals (self);
  g_ptr_array_unref (self->refusals);
  g_source_destroy (self->later);
  g_source_unref (self->later);
}

void
trias_keeper_later (TriasKeeper *self)
{
  trias_timer_set (self->later, 0);
}

/* --- commands --- */

gboolean
trias_keeper_is_active (TriasKeeper *self)
{
  if (self->changing != TRIAS_KEEPER_STEADY || self->archiving)
    return FALSE;
  if (self->base == NULL)
    return TRUE;
  return self->engine != NULL && self->active && trias_journal_is_active (self->journal);
}

static TriasReason
why_not (TriasKeeper *self)
{
  TriasJournalStatus status;

  if (self->changing != TRIAS_KEEPER_STEADY || self->archiving)
    return TRIAS_REASON_NOT_ACTIVE;
  if (self->engine == NULL || self->reopen != NULL)
    return TRIAS_REASON_STORAGE;
  trias_journal_get_status (self->journal, &status);
  return status.leader != 0 ? TRIAS_REASON_NOT_ACTIVE : TRIAS_REASON_NO_QUORUM;
}

void
trias_keeper_submit (TriasKeeper *self,
                     TriasCommand *command,
                     TriasKeeperFunc func,
                     gpointer user_data)
{
  Waiter *waiter = g_new0 (Waiter, 1);

  waiter->func = func;
  waiter->user_data = user_data;
  if (trias_keeper_recover_defers (self, command))
    waiter->detail = recovered;
  else if (!self->closing && trias_keeper_is_active (self))
    {
      trias_journal_append (self->journal, command, waiter);
      return;
    }
  trias_command_free (command);
  if (self->closing)
    {
      trias_keeper_refuse (waiter, TRIAS_REASON_STORAGE, "The server stops. Nothing was changed.");
      return;
    }
  waiter->reason = waiter->detail != NULL ? TRIAS_REASON_NO_SEATS : why_not (self);
  g_ptr_array_add (self->refusals, waiter);
  trias_keeper_later (self);
}
