/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-shared.h"

#include <string.h>

#include "server/peer/trias-peer-copy.h"
#include "server/peer/trias-probe.h"
#include "server/peer/trias-shared-private.h"

/* --- local records --- */

static const TriasJson *
read_record (TriasPeer *peer, const char *key, TriasJson **root)
{
  GBytes *value = trias_keeper_get_local (peer->keeper, TRIAS_LOCAL_PEER, key);

  *root = NULL;
  if (value != NULL)
    *root = trias_json_parse (g_bytes_get_data (value, NULL), g_bytes_get_size (value),
                              4 * TRIAS_JSON_MAX_BYTES, NULL);
  return *root;
}

static void
write_record (TriasPeer *peer,
              const char *key,
              TriasJsonWriter *writer,
              TriasKeeperDone done,
              gpointer user_data)
{
  g_autofree char *text = trias_peer_end_text (writer);
  g_autoptr (GBytes) value = g_bytes_new (text, strlen (text));

  trias_keeper_put_local (peer->keeper, TRIAS_LOCAL_PEER, key, value, done, user_data);
}

static void
write_conflict (TriasShared *self, TriasKeeperDone done, gpointer user_data)
{
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_bool (writer, "sent", self->conflict_sent);
  trias_conflict_write (self->conflict, writer, "conflict");
  trias_json_end_object (writer);
  write_record (self->peer, "conflict", writer, done, user_data);
}

static void
read_conflict (TriasShared *self)
{
  g_autoptr (TriasJson) root = NULL;
  const TriasJson *record = read_record (self->peer, "conflict", &root);
  const TriasJson *object;
  TriasJsonReader reader;

  if (record == NULL)
    return;
  trias_json_reader_init (&reader, record);
  self->conflict_sent = trias_json_read_bool (&reader, "sent");
  object = trias_json_read_object (&reader, "conflict");
  if (trias_json_reader_finish_lenient (&reader, NULL))
    self->conflict = trias_conflict_read (object, NULL);
}

void
trias_shared_keep_conflict (TriasShared *self,
                            TriasConflict *conflict,
                            TriasKeeperDone done,
                            gpointer user_data)
{
  trias_conflict_free (self->conflict);
  self->conflict = conflict;
  self->conflict_sent = FALSE;
  self->unknown_at_main = 0;
  write_conflict (self, done, user_data);
  trias_peer_event (self->peer, "settings-conflict", conflict->id, "name",
                    self->peer->relationship->name);
  trias_peer_touch (self->peer);
}

void
trias_shared_drop_conflict (TriasShared *self, const char *take)
{
  if (self->conflict == NULL)
    return;
  trias_peer_event (self->peer, "conflict-resolved", self->conflict->id, "take", take);
  g_clear_pointer (&self->conflict, trias_conflict_free);
  trias_keeper_put_local (self->peer->keeper, TRIAS_LOCAL_PEER, "conflict", NULL, NULL, NULL);
  trias_peer_refresh (self->peer);
  trias_peer_touch (self->peer);
}

TriasShared *
trias_shared_new (TriasPeer *peer)
{
  TriasShared *self = g_new0 (TriasShared, 1);

  self->peer = peer;
  self->dirty = TRUE;
  read_conflict (self);
  return self;
}

void
trias_shared_free (TriasShared *self)
{
  trias_conflict_free (self->conflict);
  g_free (self);
}

const char *
trias_shared_conflict_id (TriasShared *self)
{
  return self->conflict != NULL ? self->conflict->id : "";
}

void
trias_shared_told (TriasShared *self, const char *conflict)
{
  if (self->peer->role != TRIAS_ROLE_BACKUP || self->conflict == NULL || !self->conflict_sent)
    return;
  /* One answer may have been written before the main server knew. */
  self->unknown_at_main
      = strcmp (conflict, self->conflict->id) == 0 ? 0 : self->unknown_at_main + 1;
  if (self->unknown_at_main >= 2)
    trias_shared_drop_conflict (self, "resolved");
}

void
trias_shared_write_conflict (TriasShared *self, TriasJsonWriter *writer)
{
  if (self->conflict == NULL)
    {
      trias_json_add_null (writer, "conflict");
      return;
    }
  trias_json_begin_object (writer, "conflict");
  trias_json_add_int (writer, "since", self->conflict->since);
  trias_settings_write (self->conflict->main->settings, writer, "main");
  trias_settings_write (self->conflict->backup->settings, writer, "backup");
  trias_json_end_object (writer);
}

/* --- what a backup edited while apart --- */

static TriasBundle *
baseline (TriasPeer *peer)
{
  g_autoptr (TriasJson) root = NULL;
  const TriasJson *record = read_record (peer, "apart", &root);

  return record != NULL ? trias_bundle_read (record, NULL) : NULL;
}

static void
forget_apart (TriasPeer *peer)
{
  trias_keeper_put_local (peer->keeper, TRIAS_LOCAL_PEER, "apart", NULL, NULL, NULL);
}

void
trias_shared_note_apart (TriasShared *self)
{
  TriasPeer *peer = self->peer;
  g_autoptr (TriasBundle) bundle = NULL;
  TriasJsonWriter *writer;

  /* The first edit counts: from what both had. */
  if (trias_keeper_get_local (peer->keeper, TRIAS_LOCAL_PEER, "apart") != NULL)
    return;
  bundle = trias_bundle_of (trias_keeper_get_replica (peer->keeper));
  writer = trias_json_writer_new ();
  trias_bundle_write (bundle, writer, NULL);
  write_record (peer, "apart", writer, NULL, NULL);
}

/* --- reconciling --- */

void
trias_shared_note_changes (TriasShared *self, GPtrArray *changes)
{
  for (guint i = 0; i < changes->len && !self->dirty; i++)
    {
      const TriasChange *change = g_ptr_array_index (changes, i);

      self->dirty = change->record == TRIAS_RECORD_SETTINGS || change->record == TRIAS_RECORD_RULE;
    }
}

typedef struct
{
  TriasPeer *peer;
  char *relationship;
} Step;

static Step *
step_new (TriasShared *self)
{
  Step *step = g_new0 (Step, 1);

  step->peer = trias_peer_ref (self->peer);
  step->relationship = g_strdup (self->peer->relationship->id);
  self->busy = TRUE;
  return step;
}

/* The shared part it belongs to, or %NULL if that has ended in the meantime. */
static TriasShared *
step_end (Step *step)
{
  TriasPeer *peer = step->peer;
  TriasShared *self = NULL;

  if (!peer->stopped && trias_peer_is_pair (peer)
      && strcmp (peer->relationship->id, step->relationship) == 0)
    self = peer->shared;
  if (self != NULL)
    self->busy = FALSE;
  g_free (step->relationship);
  g_free (step);
  trias_peer_unref (peer); /* the owner's reference, or that of who called us, is still there */
  return self;
}

static void
on_adopted (const TriasOutcome *outcome, gpointer user_data)
{
  TriasShared *self = step_end (user_data);

  if (self != NULL && outcome->reason == TRIAS_REASON_NONE)
    trias_shared_reconcile (self);
}

static void
adopt (TriasShared *self, const TriasBundle *bundle)
{
  TriasPeer *peer = self->peer;

  trias_keeper_submit (peer->keeper,
                       trias_command_adopt_shared (trias_keeper_now (peer->keeper),
                                                   bundle->settings, bundle->rules,
                                                   peer->partner->id),
                       on_adopted, step_new (self));
}

static void
on_forwarded (const TriasPeerAnswer *answer, gpointer user_data)
{
  TriasShared *self = step_end (user_data);

  if (self == NULL)
    return;
  if (answer->problem == NULL)
    {
      trias_shared_await (self, answer->json);
      forget_apart (self->peer);
    }
  /* Refused, not unheard: then the main server's version holds. */
  else if (answer->status == 400 || answer->status == 409)
    forget_apart (self->peer);
  trias_shared_reconcile (self);
}

static void
forward (TriasShared *self, const TriasBundle *bundle)
{
  TriasPeer *peer = self->peer;
  g_autoptr (TriasCommand) command = trias_command_adopt_shared (
      trias_keeper_now (peer->keeper), bundle->settings, bundle->rules, peer->id);

  trias_shared_post_command (self, command, on_forwarded, step_new (self));
}

static void
on_conflict_kept (const GError *error, gpointer user_data)
{
  TriasShared *self = step_end (user_data);

  if (self == NULL || error != NULL)
    return;
  forget_apart (self->peer);
  trias_shared_reconcile (self);
}

static void
on_conflict_sent (const TriasPeerAnswer *answer, gpointer user_data)
{
  TriasShared *self = step_end (user_data);

  if (self != NULL && answer->problem == NULL)
    {
      self->conflict_sent = TRUE;
      if (self->conflict != NULL)
        write_conflict (self, NULL, NULL);
      trias_shared_reconcile (self);
    }
}

static void
send_conflict (TriasShared *self)
{
  TriasJsonWriter *writer = trias_peer_begin_request (self->peer);

  trias_conflict_write (self->conflict, writer, "conflict");
  trias_peer_post (self->peer, "conflict", writer, TRIAS_PEER_TIMEOUT_MS, on_conflict_sent,
                   step_new (self));
}

/* A backup's own edits meet the main server's state. */
static void
settle_apart (TriasShared *self,
              const TriasBundle *base,
              const TriasBundle *main_version,
              const TriasBundle *own)
{
  g_autofree char *id = NULL;

  if (trias_bundle_equal (main_version, own))
    forget_apart (self->peer);
  else if (trias_bundle_equal (main_version, base))
    forward (self, own);
  else
    {
      id = trias_random_id ();
      trias_shared_keep_conflict (
          self, trias_conflict_new (id, trias_keeper_now (self->peer->keeper), main_version, own),
          on_conflict_kept, step_new (self));
    }
}

void
trias_shared_reconcile (TriasShared *self)
{
  TriasPeer *peer = self->peer;
  g_autoptr (TriasBundle) main_version = NULL;
  g_autoptr (TriasBundle) own = NULL;
  g_autoptr (TriasBundle) base = NULL;

  if (peer->role != TRIAS_ROLE_BACKUP || self->busy || peer->stopped || !peer->link.connected
      || !trias_sync_copy_is_current (&peer->copy->sync)
      || peer->copy->sync.copy_revision < self->await_revision
      || !trias_keeper_storage_ok (peer->keeper, NULL))
    return;
  /* Blank until the first copy has come. */
  if (peer->copy->sync.copy_revision == 0 && peer->copy->sync.their_lag == TRIAS_LAG_FIRST_COPY)
    return;
  if (self->conflict != NULL && !self->conflict_sent)
    {
      send_conflict (self);
      return;
    }
  /* Most turns change nothing of what is shared. */
  if (!self->dirty)
    return;
  main_version = trias_bundle_of (trias_keeper_get_replica (peer->keeper));
  own = trias_bundle_of (trias_keeper_get_ledger (peer->keeper));
  base = baseline (peer);
  if (base != NULL)
    settle_apart (self, base, main_version, own);
  else if (!trias_bundle_equal (main_version, own))
    adopt (self, main_version);
  else
    self->dirty = FALSE;
}
