/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-keeper"

#include "config.h"

#include "server/keeper/trias-keeper-private.h"

/* Going over from one journal to another: from deciding alone to a triad, to its next incarnation,
 * and back. The store learns it in one transaction, with the ledger that the new journal begins
 * from, an empty journal, and the mark which of the two it is; whoever opens the state afterwards
 * needs no more. Before that transaction the former journal still holds what leads to it. */

typedef struct
{
  TriasKeeperDone done;
  gpointer user_data;
} Waiting;

void
trias_keeper_change_init (TriasKeeper *self)
{
  self->waiting = g_ptr_array_new_with_free_func (g_free);
}

static void
answer_waiting (TriasKeeper *self, const GError *error)
{
  g_autoptr (GPtrArray) waiting = self->waiting;

  self->waiting = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < waiting->len; i++)
    {
      Waiting *who = g_ptr_array_index (waiting, i);

      who->done (error, who->user_data);
    }
}

void
trias_keeper_change_free (TriasKeeper *self)
{
  g_autoptr (GError) error = g_error_new (TRIAS_ERROR, TRIAS_REASON_NOT_ACTIVE,
                                          "The server stops before it could change over.");

  answer_waiting (self, error);
  g_ptr_array_unref (self->waiting);
  g_clear_pointer (&self->taken, trias_ledger_free);
  g_clear_pointer (&self->base, trias_keeper_base_free);
}

void
trias_keeper_change_wait (TriasKeeper *self, TriasKeeperDone done, gpointer user_data)
{
  Waiting *who;

  if (done == NULL)
    return;
  who = g_new0 (Waiting, 1);
  who->done = done;
  who->user_data = user_data;
  g_ptr_array_add (self->waiting, who);
}

void
trias_keeper_change_begin (TriasKeeper *self, gboolean to_triad)
{
  self->changing = TRIAS_KEEPER_CHANGING;
  self->to_triad = to_triad;
  self->prepared = FALSE;
  self->active = FALSE;
  if (self->journal != NULL)
    trias_journal_touch (self->journal, TRUE);
}

/* The backup server of the pair that the triad becomes: what it gives up is what its main server
 * goes on with, so it knows that already. */
static void
remember_main (TriasKeeper *self)
{
  const TriasRelationship *pair = trias_ledger_get_relationship (self->ledger);
  const char *own = trias_ledger_get_server_id (self->ledger);

  if (pair != NULL && trias_relationship_role (pair, own) == TRIAS_ROLE_BACKUP)
    trias_keeper_seed_replica (self, trias_relationship_partner (pair, own)->id);
}

/* What is cut off shows at once; it is kept with the rest. */
static void
leave_triad (TriasKeeper *self, gboolean left_out)
{
  g_autoptr (GPtrArray) changes = NULL;

  if (!left_out)
    remember_main (self);
  changes = trias_ledger_leave (self->ledger, left_out);

  trias_keeper_due_note (self, changes);
  trias_keeper_tell_changes (self, changes);
  trias_keeper_change_begin (self, FALSE);
}

static gboolean
is_member (TriasKeeper *self, const TriasRelationship *relationship)
{
  return relationship != NULL && relationship->kind == TRIAS_KIND_TRIAD
         && trias_relationship_find (relationship, trias_ledger_get_server_id (self->ledger))
                != NULL;
}

void
trias_keeper_follow (TriasKeeper *self)
{
  const TriasRelationship *relationship = trias_ledger_get_relationship (self->ledger);
  gboolean member = is_member (self, relationship);

  self->relationship_changed = FALSE;
  if (self->changing != TRIAS_KEEPER_STEADY)
    return;
  if (self->base == NULL)
    {
      if (member)
        trias_keeper_change_begin (self, TRUE);
    }
  else if (!member)
    leave_triad (self, FALSE);
  else if (relationship->incarnation != self->base->incarnation)
    trias_keeper_change_begin (self, TRUE);
  else
    {
      self->pin_reached = FALSE;
      self->look_at_role = TRUE;
      trias_keeper_later (self);
    }
}

/* --- the transaction --- */

static void
put_all (TriasKeeper *self, TriasLedger *ledger)
{
  g_autoptr (GPtrArray) changes = trias_ledger_snapshot (ledger, FALSE);

  trias_mirror_clear_space (self->mirror, TRIAS_SPACE_LEDGER);
  for (guint i = 0; i < changes->len; i++)
    {
      const TriasChange *change = g_ptr_array_index (changes, i);

      trias_mirror_put (self->mirror, TRIAS_SPACE_LEDGER, trias_keeper_record_words[change->record],
                        change->key, change->value, change->revision);
    }
}

/* Whoever decided alone has all but the latest in the store already. In a triad the store kept the
 * base of the incarnation, and a newcomer's ledger is another altogether. */
static void
prepare (TriasKeeper *self)
{
  TriasLedger *ledger = self->taken != NULL ? self->taken : self->ledger;

  self->prepared = TRUE;
  if (self->base != NULL || self->taken != NULL)
    put_all (self, ledger);
  if (self->to_triad)
    {
      trias_keeper_engine_make_room (self, trias_ledger_get_relationship (ledger)->incarnation);
      trias_mirror_clear_space (self->mirror, TRIAS_SPACE_REPLICA);
    }
  trias_keeper_base_mark (self, self->to_triad ? ledger : NULL);
}

void
trias_keeper_change_fill (TriasKeeper *self, TriasStoreBatch *batch)
{
  if (self->changing != TRIAS_KEEPER_CHANGING)
    return;
  if (!self->prepared)
    prepare (self);
  trias_store_batch_restart (batch);
  self->flying = TRUE;
}

void
trias_keeper_change_settle (TriasKeeper *self, const GError *error)
{
  if (!self->flying)
    return;
  self->flying = FALSE;
  if (error != NULL)
    return;
  self->changing = TRIAS_KEEPER_CHANGED;
  trias_keeper_later (self);
}

/* --- afterwards --- */

static void
leave_journal (TriasKeeper *self)
{
  trias_keeper_engine_stop_reopening (self);
  if (self->engine != NULL)
    trias_keeper_engine_leave (self);
  else
    trias_journal_close (self->journal);
  self->journal = NULL;
}

static void
open_journal (TriasKeeper *self)
{
  g_clear_pointer (&self->base, trias_keeper_base_free);
  if (self->to_triad)
    {
      self->base = trias_keeper_base_load (self, NULL);
      g_message ("This server is a member of a triad, in its incarnation %" G_GUINT64_FORMAT ".",
                 self->base->incarnation);
      trias_keeper_engine_open (self);
      return;
    }
  g_message ("This server belongs to no triad any more and decides by itself.");
  self->journal = trias_journal_local_new (self->store, 0, &trias_keeper_journal_client, self);
  /* Whatever was the matter with the log that was left, or with the store before it took this. */
  trias_keeper_begin_untroubled (self);
}

void
trias_keeper_change_finish (TriasKeeper *self)
{
  leave_journal (self);
  if (self->taken != NULL)
    trias_ledger_take (self->ledger, g_steal_pointer (&self->taken));
  if (self->to_triad)
    g_clear_pointer (&self->replica, trias_ledger_free);
  self->applied = self->mirrored = self->recorded = 0;
  trias_keeper_trail_clear (self->trail);
  self->changing = TRIAS_KEEPER_STEADY;
  open_journal (self);
  trias_keeper_due_restart (self);
  trias_journal_touch (self->journal, FALSE);
  answer_waiting (self, NULL);
  trias_keeper_tell_triad (self);
}

/* --- what the others tell --- */

static const char *
other_member (TriasKeeper *self, const TriasRelationship *relationship)
{
  for (guint i = 0; i < relationship->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (relationship->members, i);

      if (strcmp (member->id, trias_ledger_get_server_id (self->ledger)) != 0)
        return member->id;
    }
  return "";
}

void
trias_keeper_dissolve_here (TriasKeeper *self, const char *keep)
{
  const TriasRelationship *present = trias_ledger_get_relationship (self->ledger);
  g_autoptr (TriasCommand) command = NULL;

  if (trias_relationship_find (present, keep) == NULL)
    keep = other_member (self, present);
  command = trias_command_dissolve (trias_keeper_now (self), present->id, keep, "");
  trias_outcome_free (trias_keeper_apply (self, command));
  trias_keeper_follow (self);
}

void
trias_keeper_triad_ended (TriasKeeper *self,
                          const char *relationship,
                          guint64 incarnation,
                          const char *keep,
                          TriasKeeperDone done,
                          gpointer user_data)
{
  const TriasRelationship *present = trias_ledger_get_relationship (self->ledger);
  g_autoptr (GError) error = NULL;

  if (self->changing != TRIAS_KEEPER_STEADY)
    g_set_error (&error, TRIAS_ERROR, TRIAS_REASON_NOT_ACTIVE,
                 "This server is just changing over.");
  else if (present != NULL && strcmp (present->id, relationship) == 0
           && present->incarnation > incarnation)
    g_set_error (&error, TRIAS_ERROR, TRIAS_REASON_EPOCH,
                 "That incarnation of the triad is past already.");
  if (error != NULL || self->base == NULL || strcmp (self->base->relationship, relationship) != 0)
    {
      if (done != NULL)
        done (error, user_data);
      return;
    }
  if (keep == NULL)
    leave_triad (self, TRUE);
  else
    trias_keeper_dissolve_here (self, keep);
  trias_keeper_change_wait (self, done, user_data);
}

/* --- a triad that became a pair --- */

static GError *
refuse_pair (TriasKeeper *self, const TriasRelationship *pair)
{
  const TriasRelationship *present = trias_ledger_get_relationship (self->ledger);

  if (self->changing != TRIAS_KEEPER_STEADY || self->archiving || self->closing)
    return g_error_new (TRIAS_ERROR, TRIAS_REASON_NOT_ACTIVE, "This server is just changing over.");
  if (self->base == NULL || present == NULL || strcmp (present->id, pair->id) != 0
      || present->incarnation >= pair->incarnation || pair->kind != TRIAS_KIND_BACKUP)
    return g_error_new (TRIAS_ERROR, TRIAS_REASON_EPOCH,
                        "That incarnation of the relationship is past already.");
  return NULL;
}

/* The main server decided it: what stands in its log was decided before, and the seal is behind all
 * of that. If it is not, some of the log was lost; what this server has is not what goes on. */
static GError *
read_rest (TriasKeeper *self, const TriasRelationship *pair)
{
  const char *own = trias_ledger_get_server_id (self->ledger);
  GError *error;

  if (trias_relationship_role (pair, own) != TRIAS_ROLE_MAIN)
    return NULL;
  if (self->engine == NULL || self->reopen != NULL
      || !trias_journal_raft_apply_rest (self->journal))
    return g_error_new (TRIAS_ERROR, TRIAS_REASON_NOT_ACTIVE,
                        "This server has not read its log yet.");
  if (self->changing != TRIAS_KEEPER_STEADY)
    return NULL;
  error = g_error_new (TRIAS_ERROR, TRIAS_REASON_STORAGE,
                       "The triad became a pair with this server as its main server, but the log"
                       " here ends before that: it lacks what the server '%s' holds. This server"
                       " grants nothing; let the other one go on alone.",
                       trias_relationship_partner (pair, own)->name);
  trias_keeper_engine_trouble (self, error->message);
  return error;
}

void
trias_keeper_triad_became_pair (TriasKeeper *self,
                                const TriasRelationship *pair,
                                TriasKeeperDone done,
                                gpointer user_data)
{
  g_autoptr (GError) error = refuse_pair (self, pair);
  g_autoptr (TriasCommand) command = NULL;

  if (error == NULL)
    error = read_rest (self, pair);
  if (error != NULL)
    {
      if (done != NULL)
        done (error, user_data);
      return;
    }
  /* Its own log may have told it just now. */
  if (self->changing == TRIAS_KEEPER_STEADY)
    {
      command = trias_command_seal (trias_keeper_now (self), pair, "");
      trias_outcome_free (trias_keeper_apply (self, command));
      trias_keeper_follow (self);
    }
  trias_keeper_change_wait (self, done, user_data);
}
