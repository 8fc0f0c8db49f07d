/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-keeper"

#include "config.h"

#include <unistd.h>

#include "server/keeper/trias-keeper-private.h"

/* What a member of a triad follows, and what it offers to those who own the links. */

/* An engine that has lasted so long is taken for a good one. */
#define STEADY_MS 30000

/* --- options, pin, licences --- */

static guint
slot_of (TriasKeeper *self, const char *id)
{
  const TriasRelationship *relationship = trias_ledger_get_relationship (self->ledger);

  return trias_relationship_role (relationship, id) - TRIAS_ROLE_PRIMARY + 1;
}

static gint64
to_boot (TriasKeeper *self, gint64 wall)
{
  if (wall == G_MAXINT64)
    return G_MAXINT64;
  return trias_keeper_boot_now (self) + MAX (wall - trias_keeper_now (self), 1);
}

/* The active server hands over to the one that is pinned. If that one is not there, or did not hold
 * what it was handed, the pin is over: a failure of the pinned one overrides it. */
static void
follow_pin (TriasKeeper *self, const TriasJournalStatus *status)
{
  const char *own = trias_ledger_get_server_id (self->ledger);
  const TriasRelationship *relationship = trias_ledger_get_relationship (self->ledger);
  gint64 until;
  const char *pin = trias_ledger_get_pin (self->ledger, &until);
  g_autoptr (GError) error = NULL;
  guint slot;

  self->pin_seen = self->pin_seen || pin != NULL;
  /* Asked to, the engine takes its time: only what was reached can be lost. */
  if (pin != NULL && status->leader == slot_of (self, pin))
    self->pin_reached = TRUE;
  /* The others may hear of a pin before they have applied it. */
  if (!trias_keeper_is_active (self) || status->transferring)
    return;
  if (pin == NULL)
    {
      /* The engine has pins of its own, while it hands over by way of the tertiary. */
      if (self->pin_seen && status->pinned != 0)
        trias_journal_raft_give_back (self->journal);
      self->pin_seen = FALSE;
      return;
    }
  slot = slot_of (self, pin);
  if (strcmp (pin, own) == 0 || (!self->pin_reached && status->members[slot - 1].contact))
    {
      if (status->pinned != slot
          && !trias_journal_raft_hand_over (self->journal, slot, to_boot (self, until), &error))
        g_message ("The pinned server cannot become active yet: %s", error->message);
      return;
    }
  trias_keeper_submit (
      self, trias_command_pin (trias_keeper_now (self), relationship->id, "", 0, "failover"), NULL,
      NULL);
}

void
trias_keeper_engine_follow (TriasKeeper *self)
{
  const TriasRelationship *relationship = trias_ledger_get_relationship (self->ledger);
  gboolean was_active = self->was_active;
  TriasJournalStatus status;

  self->look_at_role = FALSE;
  if (self->engine == NULL || self->changing != TRIAS_KEEPER_STEADY)
    return;
  self->was_active = self->active;
  trias_journal_get_status (self->journal, &status);
  /* It fails at its first write, not when it is opened. */
  if (status.quorum && trias_keeper_boot_now (self) - self->engine->opened > STEADY_MS)
    self->reopen_ms = TRIAS_KEEPER_REOPEN_MS;
  trias_journal_raft_set_options (self->journal,
                                  relationship->options.failback == TRIAS_FAILBACK_AUTOMATIC);
  trias_journal_raft_set_aside (self->journal, self->aside);
  if (self->active && !was_active)
    {
      if (self->issuers != NULL)
        trias_keeper_verify_licenses (self, NULL);
      trias_keeper_check_due (self);
    }
  follow_pin (self, &status);
  trias_keeper_tell_triad (self);
}

/* --- for those who own the links --- */

gboolean
trias_keeper_is_triad (TriasKeeper *self)
{
  return self->base != NULL;
}

guint64
trias_keeper_triad_incarnation (TriasKeeper *self)
{
  return self->base != NULL ? self->base->incarnation : 0;
}

void
trias_keeper_triad_start (TriasKeeper *self, const TriasJournalLinks *links, gpointer user_data)
{
  self->links = links;
  self->links_data = user_data;
  trias_keeper_engine_start (self);
}

/* The journal of @incarnation, also one that was left and goes on for a moment. */
static TriasJournal *
find_journal (TriasKeeper *self, guint64 incarnation)
{
  if (self->engine != NULL && self->engine->incarnation == incarnation)
    return self->engine->journal;
  for (guint i = 0; i < self->lingering->len; i++)
    {
      TriasKeeperEngine *engine = g_ptr_array_index (self->lingering, i);

      if (engine->incarnation == incarnation)
        return engine->journal;
    }
  return NULL;
}

void
trias_keeper_triad_accept (TriasKeeper *self, guint64 incarnation, guint slot, int fd)
{
  TriasJournal *journal = find_journal (self, incarnation);

  if (journal != NULL && self->links != NULL)
    trias_journal_raft_accept (journal, slot, fd);
  else
    close (fd);
}

void
trias_keeper_triad_note (
    TriasKeeper *self, guint64 incarnation, guint slot, const void *data, gsize length)
{
  TriasJournal *journal = find_journal (self, incarnation);

  if (journal != NULL && self->links != NULL)
    trias_journal_raft_receive_note (journal, slot, data, length);
}

void
trias_keeper_triad_status (TriasKeeper *self, TriasJournalStatus *status)
{
  *status = (TriasJournalStatus){ 0 };
  if (self->engine != NULL)
    trias_journal_get_status (self->journal, status);
  status->active = trias_keeper_is_active (self);
}

gboolean
trias_keeper_triad_hand_over (TriasKeeper *self, guint slot, GError **error)
{
  if (self->engine != NULL && trias_keeper_is_active (self))
    return trias_journal_raft_hand_over (self->journal, slot, 0, error);
  g_set_error (error, TRIAS_ERROR, TRIAS_REASON_NOT_ACTIVE,
               "Only the active server of a triad can hand over.");
  return FALSE;
}

void
trias_keeper_triad_set_quiet (TriasKeeper *self, gint64 until_boot)
{
  if (self->engine != NULL)
    trias_journal_raft_set_quiet (self->journal, until_boot);
}

void
trias_keeper_triad_set_aside (TriasKeeper *self, guint slots)
{
  if (self->aside == slots)
    return;
  self->aside = slots;
  if (self->engine != NULL)
    trias_journal_raft_set_aside (self->journal, slots);
}

gint64
trias_keeper_boot (TriasKeeper *self)
{
  return trias_keeper_boot_now (self);
}
