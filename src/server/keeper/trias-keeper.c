/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "trias-keeper"

#include "config.h"

#include <time.h>

#include "server/keeper/trias-keeper-private.h"

const char *const trias_keeper_record_words[TRIAS_N_RECORDS] = {
  [TRIAS_RECORD_META] = "meta",
  [TRIAS_RECORD_SETTINGS] = "settings",
  [TRIAS_RECORD_RULE] = "rule",
  [TRIAS_RECORD_LICENSE] = "license",
  [TRIAS_RECORD_LEASE] = "lease",
  [TRIAS_RECORD_TOMBSTONE] = "tombstone",
  [TRIAS_RECORD_RELATIONSHIP] = "relationship",
};

typedef struct
{
  guint id;
  const TriasKeeperWatch *watch; /* (borrowed) (nullable) NULL once it was taken away */
  gpointer user_data;
} Watcher;

/* --- the clocks --- */

static gint64
real_boot (gpointer user_data)
{
  struct timespec now;

  clock_gettime (CLOCK_BOOTTIME, &now);
  return (gint64) now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static gint64
real_wall (gpointer user_data)
{
  return g_get_real_time () / 1000;
}

gint64
trias_keeper_now (TriasKeeper *self)
{
  return self->clock.wall (self->clock.user_data);
}

gint64
trias_keeper_boot_now (TriasKeeper *self)
{
  return self->clock.boot (self->clock.user_data);
}

/* --- watchers --- */

guint
trias_keeper_watch (TriasKeeper *self, const TriasKeeperWatch *watch, gpointer user_data)
{
  Watcher *watcher = g_new0 (Watcher, 1);

  watcher->id = ++self->last_watcher;
  watcher->watch = watch;
  watcher->user_data = user_data;
  g_ptr_array_add (self->watchers, watcher);
  return watcher->id;
}

static void
drop_gone_watchers (TriasKeeper *self)
{
  for (guint i = self->watchers->len; i > 0; i--)
    if (((Watcher *) g_ptr_array_index (self->watchers, i - 1))->watch == NULL)
      g_ptr_array_remove_index (self->watchers, i - 1);
}

void
trias_keeper_unwatch (TriasKeeper *self, guint id)
{
  for (guint i = 0; i < self->watchers->len; i++)
    {
      Watcher *watcher = g_ptr_array_index (self->watchers, i);

      if (watcher->id == id)
        watcher->watch = NULL;
    }
  if (self->telling == 0)
    drop_gone_watchers (self);
}

/* A watcher may take itself or another away while it is told. */
#define TELL(self, member, ...)                                                                    \
  G_STMT_START                                                                                     \
  {                                                                                                \
    (self)->telling++;                                                                             \
    for (guint tell_i = 0; tell_i < (self)->watchers->len; tell_i++)                               \
      {                                                                                            \
        const Watcher *watcher = g_ptr_array_index ((self)->watchers, tell_i);                     \
        if (watcher->watch != NULL && watcher->watch->member != NULL)                              \
          watcher->watch->member (__VA_ARGS__, watcher->user_data);                                \
      }                                                                                            \
    if (--(self)->telling == 0)                                                                    \
      drop_gone_watchers (self);                                                                   \
  }                                                                                                \
  G_STMT_END

void
trias_keeper_tell_event (TriasKeeper *self, const TriasEvent *event)
{
  TELL (self, event, event);
}

void
trias_keeper_tell_changes (TriasKeeper *self, GPtrArray *changes)
{
  if (changes->len > 0)
    TELL (self, changed, changes);
}

void
trias_keeper_tell_triad (TriasKeeper *self)
{
  self->telling++;
  for (guint i = 0; i < self->watchers->len; i++)
    {
      const Watcher *watcher = g_ptr_array_index (self->watchers, i);

      if (watcher->watch != NULL && watcher->watch->triad != NULL)
        watcher->watch->triad (watcher->user_data);
    }
  if (--self->telling == 0)
    drop_gone_watchers (self);
}

void
trias_keeper_tell_local (TriasKeeper *self, const char *kind, const char *key)
{
  TELL (self, local, kind, key);
}

/* --- commands --- */

TriasOutcome *
trias_keeper_apply (TriasKeeper *self, const TriasCommand *command)
{
  TriasOutcome *outcome = trias_ledger_apply (self->ledger, command);

  /* In a triad the store keeps the base; what comes after it is in the engine's log. */
  for (guint i = 0; self->base == NULL && i < outcome->changes->len; i++)
    {
      const TriasChange *change = g_ptr_array_index (outcome->changes, i);

      trias_mirror_put (self->mirror, TRIAS_SPACE_LEDGER, trias_keeper_record_words[change->record],
                        change->key, change->value, change->revision);
    }
  trias_keeper_due_note (self, outcome->changes);
  /* The history takes them over: nobody else asks an outcome for its events. */
  while (!self->silent && outcome->events->len > 0)
    trias_keeper_history_add (self, g_ptr_array_steal_index (outcome->events, 0));
  return outcome;
}

static void
apply_cb (
    guint64 term, guint64 index, const TriasJournalItem *items, guint n_items, gpointer user_data)
{
  TriasKeeper *self = user_data;

  for (guint i = 0; i < n_items; i++)
    {
      g_autoptr (TriasOutcome) outcome = NULL;

      /* Nothing behind the command that ends a journal is done, on any member. */
      if (self->changing != TRIAS_KEEPER_STEADY)
        {
          trias_keeper_refuse (items[i].tag, TRIAS_REASON_NOT_ACTIVE, NULL);
          continue;
        }
      if (trias_keeper_recover_skips (self, items[i].command))
        continue;
      outcome = trias_keeper_apply (self, items[i].command);
      trias_keeper_tell_changes (self, outcome->changes);
      if (self->relationship_changed)
        trias_keeper_follow (self);
      trias_keeper_answer (items[i].tag, outcome);
    }
  self->applied = index;
  trias_keeper_due_settle (self);
  trias_journal_touch (self->journal, FALSE);
}

static void
refuse_cb (gpointer tag, const GError *error, gpointer user_data)
{
  trias_keeper_refuse (
      tag, error->domain == TRIAS_ERROR ? (TriasReason) error->code : TRIAS_REASON_STORAGE,
      error->message);
}

/* Without the log nothing can be decided, so that is told first. */
static const char *
present_trouble (TriasKeeper *self)
{
  return self->engine_detail != NULL ? self->engine_detail : self->storage_detail;
}

static void
tell_trouble (TriasKeeper *self, const char *detail)
{
  TriasEvent *event = trias_event_new (trias_keeper_now (self),
                                       detail == NULL ? "storage-recovered" : "storage-failed", "");

  if (detail != NULL)
    {
      g_warning ("%s", detail);
      trias_event_param (event, "detail", detail);
    }
  else
    g_message ("The disk accepts writes again.");
  trias_keeper_record (self, event);
  TELL (self, storage, detail == NULL);
}

/* The store and the log may be in trouble at the same time, and each ends by itself. */
static void
set_trouble (TriasKeeper *self, char **place, const char *detail)
{
  g_autofree char *before = g_strdup (present_trouble (self));
  const char *after;

  g_free (*place);
  *place = g_strdup (detail);
  after = present_trouble (self);
  if (g_strcmp0 (before, after) != 0)
    tell_trouble (self, after);
}

static void
storage_cb (gboolean ok, const char *detail, gpointer user_data)
{
  TriasKeeper *self = user_data;

  set_trouble (self, &self->storage_detail, ok ? NULL : detail);
}

void
trias_keeper_engine_trouble (TriasKeeper *self, const char *detail)
{
  set_trouble (self, &self->engine_detail, detail);
}

void
trias_keeper_begin_untroubled (TriasKeeper *self)
{
  g_autofree char *storage = g_steal_pointer (&self->storage_detail);
  g_autofree char *engine = g_steal_pointer (&self->engine_detail);

  if (storage != NULL || engine != NULL)
    tell_trouble (self, NULL);
}

static void
fill_cb (TriasStoreBatch *batch, gpointer user_data)
{
  TriasKeeper *self = user_data;

  guint64 applied = MAX (self->applied, self->recorded);

  trias_keeper_local_fill (self);
  trias_keeper_change_fill (self, batch);
  trias_mirror_fill (self->mirror, batch);
  trias_keeper_history_fill (self, batch);
  trias_keeper_denials_fill (self, batch);
  if (self->changing != TRIAS_KEEPER_STEADY || applied == self->mirrored)
    return;
  trias_store_batch_applied (batch, applied);
  self->mirrored = applied;
}

static void
settled_cb (const GError *error, gpointer user_data)
{
  TriasKeeper *self = user_data;

  trias_mirror_settle (self->mirror, error == NULL);
  /* Told again with the next batch: it costs nothing and is right whatever had failed. */
  if (error != NULL)
    self->mirrored = G_MAXUINT64;
  trias_keeper_local_settle (self, error);
  trias_keeper_history_settle (self, error == NULL);
  trias_keeper_denials_settle (self, error == NULL);
  trias_keeper_change_settle (self, error);
}

const TriasJournalClient trias_keeper_journal_client = {
  .apply = apply_cb,
  .refuse = refuse_cb,
  .storage = storage_cb,
  .fill = fill_cb,
  .settled = settled_cb,
};

/* --- open and close --- */

static TriasKeeper *
keeper_new (const char *folder, const char *server_id, const TriasKeeperClock *clock)
{
  TriasKeeper *self = g_new0 (TriasKeeper, 1);

  self->folder = g_strdup (folder);
  self->clock.boot = real_boot;
  self->clock.wall = real_wall;
  if (clock != NULL)
    self->clock = *clock;
  self->ledger = trias_ledger_new (server_id);
  self->mirror = trias_mirror_new ();
  self->watchers = g_ptr_array_new_with_free_func (g_free);
  trias_keeper_local_init (self);
  trias_keeper_history_init (self);
  trias_keeper_denials_init (self);
  trias_keeper_due_init (self);
  trias_keeper_change_init (self);
  trias_keeper_engine_init (self);
  trias_keeper_submit_init (self);
  return self;
}

static void
keeper_free (TriasKeeper *self)
{
  trias_keeper_due_free (self);
  trias_keeper_history_wait (self);
  trias_store_close (self->store);
  trias_keeper_submit_free (self);
  trias_keeper_change_free (self);
  trias_keeper_denials_free (self);
  trias_keeper_history_free (self);
  trias_keeper_local_free (self);
  g_clear_pointer (&self->replica, trias_ledger_free);
  trias_mirror_free (self->mirror);
  trias_ledger_free (self->ledger);
  g_ptr_array_unref (self->watchers);
  g_clear_pointer (&self->issuers, trias_issuers_unref);
  g_free (self->storage_detail);
  g_free (self->engine_detail);
  g_free (self->folder);
  g_free (self);
}

/* The journal that the state asks for. What was decided and not carried through yet is now. */
static void
open_journal (TriasKeeper *self)
{
  if (self->base != NULL)
    {
      trias_keeper_engine_open (self);
      return;
    }
  self->journal
      = trias_journal_local_new (self->store, self->applied, &trias_keeper_journal_client, self);
  if (self->changing == TRIAS_KEEPER_STEADY)
    return;
  trias_journal_touch (self->journal, TRUE);
  trias_journal_flush (self->journal);
  if (self->changing == TRIAS_KEEPER_CHANGED)
    trias_keeper_change_finish (self);
}

TriasKeeper *
trias_keeper_open_with_clock (const char *folder,
                              const char *server_id,
                              TriasIssuers *issuers,
                              const TriasKeeperClock *clock,
                              GError **error)
{
  TriasKeeper *self = keeper_new (folder, server_id, clock);

  self->store = trias_store_open (folder, server_id, error);
  if (self->store == NULL || !trias_keeper_load (self, error))
    {
      trias_keeper_engine_close (self);
      keeper_free (self);
      return NULL;
    }
  self->issuers = issuers != NULL ? trias_issuers_ref (issuers) : NULL;
  trias_keeper_engine_tidy (self);
  trias_keeper_recover_load (self);
  open_journal (self);
  trias_keeper_due_start (self);
  if (issuers != NULL && !trias_keeper_verify_licenses (self, error))
    {
      trias_keeper_close (self);
      return NULL;
    }
  /* What was replayed has not been mirrored yet. */
  trias_journal_touch (self->journal, FALSE);
  return self;
}

TriasKeeper *
trias_keeper_open (const char *folder, const char *server_id, TriasIssuers *issuers, GError **error)
{
  return trias_keeper_open_with_clock (folder, server_id, issuers, NULL, error);
}

void
trias_keeper_close (TriasKeeper *self)
{
  if (self == NULL)
    return;
  self->closing = TRUE;
  trias_keeper_denials_end (self, TRUE);
  trias_keeper_base_abandon (self);
  trias_keeper_renewal_abandon (self);
  if (self->engine == NULL)
    trias_journal_close (self->journal);
  trias_keeper_engine_close (self);
  self->journal = NULL;
  keeper_free (self);
}

/* --- what is there --- */

TriasLedger *
trias_keeper_get_ledger (TriasKeeper *self)
{
  return self->ledger;
}

gboolean
trias_keeper_storage_ok (TriasKeeper *self, const char **detail)
{
  if (detail != NULL)
    *detail = present_trouble (self);
  return present_trouble (self) == NULL;
}
