/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-peer-copy.h"

#include <string.h>

#include "server/peer/trias-pieces.h"
#include "server/peer/trias-probe.h"

/* The sending half: own changes to the partner. */

#define SAVE_EVERY_MS 30000
/* Changes that the ledger has and no watcher was told of yet: they come within a turn of the loop.
 */
#define PATIENCE 50

static void send_part (TriasPeerCopy *self);

static TriasLag
lag_of (const TriasProblem *problem)
{
  if (problem->reason == TRIAS_REASON_STORAGE)
    return TRIAS_LAG_STORAGE;
  if (problem->reason == TRIAS_REASON_VERSION || problem->reason == TRIAS_REASON_BAD_REQUEST)
    return TRIAS_LAG_VERSION;
  return TRIAS_LAG_NONE;
}

static void
partner_holds (TriasPeerCopy *self, guint64 revision, const char *digest)
{
  gboolean before = self->sync.repair;

  if (!trias_sync_partner_holds (&self->sync, revision, digest,
                                 trias_keeper_now (self->peer->keeper))
      || before)
    return;
  if (self->sync.ever)
    trias_peer_event (self->peer, "sync-repair", self->peer->partner->id, "name",
                      self->peer->partner->name);
}

/* Reads what the partner holds from its answer, or from its refusal of changes that do not follow
 * on. */
static gboolean
read_held (const TriasPeerAnswer *answer, guint64 *revision, char **digest)
{
  const char *text, *hash;

  if (answer->json != NULL)
    {
      TriasJsonReader reader;

      trias_json_reader_init (&reader, answer->json);
      *revision = (guint64) trias_json_read_int (&reader, "revision", 0, G_MAXINT64);
      *digest = g_strdup (trias_json_read_string (&reader, "digest", 0, 64));
      return trias_json_reader_finish_lenient (&reader, NULL);
    }
  if (answer->problem->reason != TRIAS_REASON_CONFLICT || answer->problem->params == NULL)
    return FALSE;
  text = g_hash_table_lookup (answer->problem->params, "revision");
  hash = g_hash_table_lookup (answer->problem->params, "digest");
  if (text == NULL || hash == NULL
      || !g_ascii_string_to_unsigned (text, 10, 0, G_MAXINT64, revision, NULL))
    return FALSE;
  *digest = g_strdup (hash);
  return TRUE;
}

static void
drop_sending (TriasPeerCopy *self)
{
  g_clear_pointer (&self->sending, g_ptr_array_unref);
  g_clear_pointer (&self->sending_id, g_free);
}

/* The answer to changes, or to the end of a snapshot. */
static void
on_pushed (const TriasPeerAnswer *answer, gpointer user_data)
{
  TriasPeer *peer = user_data;
  TriasPeerCopy *self = peer->copy;
  g_autofree char *digest = NULL;
  guint64 revision = 0;

  if (!peer->stopped && self != NULL)
    {
      drop_sending (self);
      if (read_held (answer, &revision, &digest))
        {
          trias_sync_ended (&self->sync, trias_peer_clock ());
          partner_holds (self, revision, digest);
        }
      else
        trias_sync_failed (&self->sync,
                           answer->problem != NULL ? lag_of (answer->problem) : TRIAS_LAG_VERSION,
                           trias_peer_clock ());
      trias_peer_refresh (peer);
      trias_peer_copy_kick (self);
    }
  trias_peer_unref (peer);
}

static void
push (TriasPeerCopy *self, guint64 from, guint64 to, GPtrArray *changes)
{
  TriasJsonWriter *writer = trias_peer_begin_request (self->peer);
  g_autofree char *text = trias_pieces_encode (changes);

  trias_json_add_int (writer, "from", (gint64) from);
  trias_json_add_int (writer, "to", (gint64) to);
  trias_json_add_string (writer, "changes", text);
  trias_sync_sent (&self->sync);
  trias_peer_post (self->peer, "changes", writer, TRIAS_PEER_TIMEOUT_MS, on_pushed,
                   trias_peer_ref (self->peer));
}

/* --- snapshots: too large for one request --- */

static void
on_part_taken (const TriasPeerAnswer *answer, gpointer user_data)
{
  TriasPeer *peer = user_data;
  TriasPeerCopy *self = peer->copy;

  if (!peer->stopped && self != NULL && self->sending != NULL)
    {
      if (answer->problem == NULL)
        send_part (self);
      else
        {
          drop_sending (self);
          trias_sync_failed (&self->sync, lag_of (answer->problem), trias_peer_clock ());
          trias_peer_refresh (peer);
        }
    }
  trias_peer_unref (peer);
}

static void
send_part (TriasPeerCopy *self)
{
  TriasJsonWriter *writer = trias_peer_begin_request (self->peer);
  guint first = self->sent;
  g_autofree char *text = trias_pieces_cut (self->sending, first, &self->sent);
  gboolean last = self->sent == self->sending->len;

  trias_json_add_string (writer, "snapshot", self->sending_id);
  trias_json_add_int (writer, "revision", (gint64) self->sending_revision);
  trias_json_add_int (writer, "first", first);
  trias_json_add_bool (writer, "last", last);
  trias_json_add_string (writer, "changes", text);
  /* The whole is written at the end: that may take the partner's disk a while. */
  trias_peer_post (self->peer, "snapshot", writer,
                   last ? 6 * TRIAS_PEER_TIMEOUT_MS : TRIAS_PEER_TIMEOUT_MS,
                   last ? on_pushed : on_part_taken, trias_peer_ref (self->peer));
}

static void
begin_snapshot (TriasPeerCopy *self)
{
  TriasLedger *ledger = trias_keeper_get_ledger (self->peer->keeper);

  drop_sending (self);
  self->sending = trias_ledger_snapshot (ledger, TRUE);
  self->sending_id = trias_random_id ();
  self->sending_revision = trias_ledger_get_revision (ledger);
  self->sent = 0;
  trias_sync_sent (&self->sync);
  send_part (self);
}

/* --- deciding --- */

const char *
trias_peer_copy_digest (TriasPeerCopy *self)
{
  TriasLedger *ledger = trias_keeper_get_ledger (self->peer->keeper);

  if (self->sync.digest[0] == '\0' && trias_ledger_get_revision (ledger) == self->sync.revision)
    {
      g_autofree char *digest = trias_ledger_digest (ledger);

      trias_sync_mark (&self->sync, self->sync.revision, digest);
    }
  return self->sync.digest;
}

/* Whether the ring has all that the ledger has. */
static gboolean
is_told_all (TriasPeerCopy *self)
{
  guint64 revision = trias_ledger_get_revision (trias_keeper_get_ledger (self->peer->keeper));

  if (revision == self->sync.revision)
    {
      self->patience = 0;
      return TRUE;
    }
  if (++self->patience < PATIENCE)
    return FALSE;
  /* Changes went by unseen: from here on the ring begins anew, and the partner gets a snapshot. */
  self->patience = 0;
  trias_sync_restart (&self->sync, revision);
  return TRUE;
}

static gboolean
decide (gpointer user_data)
{
  TriasPeerCopy *self = user_data;
  g_autoptr (GPtrArray) changes = NULL;
  guint64 from = 0, to = 0;

  self->idle = 0;
  if (!is_told_all (self))
    {
      self->idle = g_timeout_add (5, decide, self);
      return G_SOURCE_REMOVE;
    }
  trias_peer_copy_digest (self);
  switch (trias_sync_next (&self->sync, trias_peer_clock (), &from, &to, &changes))
    {
    case TRIAS_SYNC_SEND_CHANGES:
      push (self, from, to, changes);
      break;
    case TRIAS_SYNC_SEND_SNAPSHOT:
      begin_snapshot (self);
      break;
    case TRIAS_SYNC_NOTHING:
    default:
      break;
    }
  return G_SOURCE_REMOVE;
}

void
trias_peer_copy_kick (TriasPeerCopy *self)
{
  if (self->idle == 0)
    self->idle = g_idle_add_full (G_PRIORITY_DEFAULT, decide, self, NULL);
}

void
trias_peer_copy_own_changes (TriasPeerCopy *self, GPtrArray *changes)
{
  guint64 before = self->sync.revision;

  trias_sync_own_changes (&self->sync, changes, trias_peer_clock ());
  if (self->sync.revision != before)
    trias_peer_copy_kick (self);
}

void
trias_peer_copy_link (TriasPeerCopy *self, gboolean connected)
{
  if (!connected)
    {
      drop_sending (self);
      trias_sync_cut (&self->sync);
      trias_peer_copy_save (self, TRUE);
    }
  trias_peer_copy_kick (self);
}

void
trias_peer_copy_told (TriasPeerCopy *self,
                      guint64 held,
                      const char *held_digest,
                      guint64 revision,
                      const char *digest)
{
  if (!trias_sync_is_stale (&self->sync, held, trias_peer_clock ()))
    partner_holds (self, held, held_digest);
  trias_sync_announced (&self->sync, revision, digest);
  trias_peer_copy_kick (self);
}

/* --- what outlives a restart --- */

void
trias_peer_copy_save (TriasPeerCopy *self, gboolean now)
{
  TriasJsonWriter *writer;
  g_autofree char *text = NULL;
  g_autoptr (GBytes) value = NULL;
  gint64 clock = trias_peer_clock ();
  GBytes *old = trias_keeper_get_local (self->peer->keeper, TRIAS_LOCAL_PEER, "synced");

  if (!now && clock - self->saved_at < SAVE_EVERY_MS)
    return;
  self->saved_at = clock;
  writer = trias_json_writer_new ();
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "relationship", self->peer->relationship->id);
  trias_json_add_bool (writer, "ever", self->sync.ever);
  trias_json_add_int (writer, "confirmed", (gint64) self->sync.confirmed);
  trias_json_add_bool (writer, "all", trias_sync_apart_ok (&self->sync));
  trias_json_add_string (writer, "digest", trias_peer_copy_digest (self));
  trias_json_add_int (writer, "time", self->sync.confirmed_wall);
  trias_json_add_int (writer, "announced", (gint64) self->sync.announced);
  trias_json_end_object (writer);
  text = trias_peer_end_text (writer);
  value = g_bytes_new (text, strlen (text));
  if (old == NULL || !g_bytes_equal (old, value))
    trias_keeper_put_local (self->peer->keeper, TRIAS_LOCAL_PEER, "synced", value, NULL, NULL);
}

static void
restore (TriasPeerCopy *self)
{
  GBytes *value = trias_keeper_get_local (self->peer->keeper, TRIAS_LOCAL_PEER, "synced");
  g_autoptr (TriasJson) json = NULL;
  TriasJsonReader reader;
  const char *relationship, *digest;
  guint64 confirmed, announced;
  gboolean ever, all;
  gint64 time;

  if (value == NULL)
    return;
  json = trias_json_parse (g_bytes_get_data (value, NULL), g_bytes_get_size (value), 4096, NULL);
  if (json == NULL)
    return;
  trias_json_reader_init (&reader, json);
  relationship = trias_json_read_string (&reader, "relationship", 1, 128);
  ever = trias_json_read_bool (&reader, "ever");
  confirmed = (guint64) trias_json_read_int (&reader, "confirmed", 0, G_MAXINT64);
  all = trias_json_read_bool (&reader, "all");
  digest = trias_json_read_string (&reader, "digest", 0, 64);
  time = trias_json_read_int (&reader, "time", 0, G_MAXINT64);
  announced = (guint64) trias_json_read_int (&reader, "announced", 0, G_MAXINT64);
  if (!trias_json_reader_finish_lenient (&reader, NULL)
      || strcmp (relationship, self->peer->relationship->id) != 0)
    return;
  self->sync.ever = ever;
  self->sync.confirmed_wall = time;
  self->sync.confirmed = MIN (confirmed, self->sync.revision);
  /* Only what has not changed since is still known to be equal. */
  if (confirmed == self->sync.revision && all && strcmp (digest, self->sync.digest) == 0)
    self->sync.their_lag = TRIAS_LAG_NONE;
  else if (confirmed == self->sync.revision && strcmp (digest, self->sync.digest) != 0)
    self->sync.confirmed = 0;
  trias_sync_announced (&self->sync, announced, NULL);
}

TriasPeerCopy *
trias_peer_copy_new (TriasPeer *peer)
{
  TriasPeerCopy *self = g_new0 (TriasPeerCopy, 1);
  TriasLedger *ledger = trias_keeper_get_ledger (peer->keeper);
  TriasLedger *replica = trias_keeper_get_replica (peer->keeper);
  g_autofree char *digest = trias_ledger_digest (ledger);

  self->peer = peer;
  trias_sync_init (&self->sync, trias_ledger_get_revision (ledger), digest);
  if (replica == NULL || strcmp (trias_ledger_get_server_id (replica), peer->partner->id) != 0)
    {
      trias_keeper_reset_replica (peer->keeper, peer->partner->id, NULL, NULL);
      replica = trias_keeper_get_replica (peer->keeper);
    }
  else
    restore (self);
  if (replica != NULL)
    {
      g_autofree char *held = trias_ledger_digest (replica);

      trias_sync_copy (&self->sync, trias_ledger_get_revision (replica), held);
    }
  return self;
}

void
trias_peer_copy_free (TriasPeerCopy *self)
{
  g_clear_handle_id (&self->idle, g_source_remove);
  drop_sending (self);
  g_clear_pointer (&self->staged, g_ptr_array_unref);
  g_free (self->staged_id);
  trias_sync_clear (&self->sync);
  g_free (self);
}
