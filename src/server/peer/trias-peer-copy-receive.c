/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-peer-copy.h"
#include "server/peer/trias-pieces.h"
#include "server/peer/trias-probe.h"
#include "server/peer/trias-serving.h"
#include "server/peer/trias-shared.h"

/* The receiving half: the partner's changes into the replica of its ledger. */

/* Beyond this a snapshot is no ledger of ours: a million leases take about 300 MB. */
#define STAGED_MAX_BYTES (512 * 1024 * 1024)

static GPtrArray *
decode (const char *text, gsize *length, GError **error)
{
  g_autoptr (GPtrArray) changes = trias_pieces_decode (text, length, error);

  for (guint i = 0; changes != NULL && i < changes->len; i++)
    {
      const TriasChange *change = g_ptr_array_index (changes, i);

      if (change->record != TRIAS_RECORD_META && change->record != TRIAS_RECORD_RELATIONSHIP)
        continue;
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST,
                   "Records of kind %d are never copied.", change->record);
      return NULL;
    }
  return g_steal_pointer (&changes);
}

static void
note_copy (TriasPeerCopy *self)
{
  TriasLedger *replica = trias_keeper_get_replica (self->peer->keeper);
  g_autofree char *digest = trias_ledger_digest (replica);
  guint64 revision = trias_ledger_get_revision (replica);

  trias_sync_copy (&self->sync, revision, digest);
  /* What arrives with a push was not announced by a probe yet. */
  if (revision > self->sync.announced)
    trias_sync_announced (&self->sync, revision, NULL);
}

/* The copy is what it is, whichever way it came to be so. */
static void
copy_changed (TriasPeer *peer)
{
  note_copy (peer->copy);
  trias_serving_replica_changed (peer->serving);
  trias_shared_reconcile (peer->shared);
  trias_peer_refresh (peer);
}

static void
on_loaded (const GError *error, gpointer user_data)
{
  TriasPeerCall *call = user_data;
  TriasPeer *peer = call->peer;
  TriasJsonWriter *writer;

  if (peer->stopped || peer->copy == NULL)
    trias_peer_call_refuse (call, TRIAS_REASON_NOT_ACTIVE, "The server is stopping.");
  else if (error != NULL)
    trias_peer_call_problem (call, trias_problem_new (TRIAS_REASON_STORAGE,
                                                      "'%s' cannot write its copy: %s", peer->name,
                                                      error->message));
  else
    {
      copy_changed (peer);
      writer = trias_json_writer_new ();
      trias_json_begin_object (writer, NULL);
      trias_json_add_int (writer, "revision", (gint64) peer->copy->sync.copy_revision);
      trias_json_add_string (writer, "digest", peer->copy->sync.copy_digest);
      trias_json_end_object (writer);
      trias_peer_call_answer (call, writer);
    }
  trias_peer_call_unref (call);
}

/* They do not follow on what is here: tells what is. */
static void
refuse_gap (TriasPeerCall *call, TriasLedger *replica)
{
  g_autofree char *revision
      = g_strdup_printf ("%" G_GUINT64_FORMAT, trias_ledger_get_revision (replica));
  g_autofree char *digest = trias_ledger_digest (replica);
  TriasProblem *problem = trias_problem_new (TRIAS_REASON_CONFLICT,
                                             "The changes do not follow on revision %s.", revision);

  trias_problem_param (problem, "revision", revision);
  trias_peer_call_problem (call, trias_problem_param (problem, "digest", digest));
}

static gboolean
storage_refuses (TriasPeerCall *call)
{
  const char *detail = NULL;

  if (trias_keeper_storage_ok (call->peer->keeper, &detail))
    return FALSE;
  trias_peer_call_refuse (call, TRIAS_REASON_STORAGE, "'%s' cannot write its copy: %s",
                          call->peer->name, detail != NULL ? detail : "its disk refuses");
  return TRUE;
}

void
trias_peer_on_changes (TriasPeerCall *call)
{
  TriasPeer *peer = call->peer;
  TriasLedger *replica = trias_keeper_get_replica (peer->keeper);
  g_autoptr (GPtrArray) changes = NULL;
  g_autoptr (GError) error = NULL;
  TriasJsonReader reader;
  const char *text;
  guint64 from, to;
  gsize length;

  trias_json_reader_init (&reader, call->json);
  from = (guint64) trias_json_read_int (&reader, "from", 0, G_MAXINT64);
  to = (guint64) trias_json_read_int (&reader, "to", 1, G_MAXINT64);
  text = trias_json_read_string (&reader, "changes", 1, TRIAS_JSON_MAX_BYTES);
  if (!trias_json_reader_finish_lenient (&reader, &error)
      || (changes = decode (text, &length, &error)) == NULL)
    {
      trias_peer_call_problem (call, trias_problem_from_error (error));
      return;
    }
  if (storage_refuses (call))
    return;
  if (from != trias_ledger_get_revision (replica) || to <= from)
    {
      /* A copy that the disk refused at first was kept in memory and written later: nobody has told
       * of it yet. */
      copy_changed (peer);
      refuse_gap (call, replica);
      return;
    }
  trias_serving_before_load (peer->serving, changes, FALSE);
  trias_shared_note_changes (peer->shared, changes);
  trias_keeper_load_replica (peer->keeper, changes, to, FALSE, on_loaded,
                             trias_peer_call_ref (call));
}

static void
take_part (TriasPeerCall *call,
           const char *id,
           guint64 revision,
           guint first,
           gboolean last,
           const char *text)
{
  TriasPeerCopy *self = call->peer->copy;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) changes = NULL;
  gsize length = 0;

  if (first == 0)
    {
      g_clear_pointer (&self->staged, g_ptr_array_unref);
      g_free (self->staged_id);
      self->staged = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_change_free);
      self->staged_id = g_strdup (id);
      self->staged_revision = revision;
      self->staged_bytes = 0;
    }
  if (self->staged == NULL || strcmp (self->staged_id, id) != 0 || self->staged->len != first
      || self->staged_revision != revision)
    {
      trias_peer_call_refuse (call, TRIAS_REASON_BAD_REQUEST,
                              "The part does not follow on the one before.");
      return;
    }
  changes = decode (text, &length, &error);
  self->staged_bytes += length;
  if (changes == NULL || self->staged_bytes > STAGED_MAX_BYTES)
    {
      g_clear_pointer (&self->staged, g_ptr_array_unref);
      if (changes != NULL)
        trias_peer_call_refuse (call, TRIAS_REASON_TOO_LARGE, "The snapshot is too large.");
      else
        trias_peer_call_problem (call, trias_problem_from_error (error));
      return;
    }
  for (guint i = 0; i < changes->len; i++)
    g_ptr_array_add (self->staged, trias_change_copy (g_ptr_array_index (changes, i)));
  if (!last)
    {
      trias_peer_call_ok (call);
      return;
    }
  trias_serving_before_load (call->peer->serving, self->staged, TRUE);
  trias_shared_note_changes (call->peer->shared, self->staged);
  trias_keeper_load_replica (call->peer->keeper, self->staged, revision, TRUE, on_loaded,
                             trias_peer_call_ref (call));
  g_clear_pointer (&self->staged, g_ptr_array_unref);
}

void
trias_peer_on_snapshot (TriasPeerCall *call)
{
  g_autoptr (GError) error = NULL;
  TriasJsonReader reader;
  const char *id, *text;
  guint64 revision;
  guint first;
  gboolean last;

  trias_json_reader_init (&reader, call->json);
  id = trias_json_read_string (&reader, "snapshot", 1, 64);
  revision = (guint64) trias_json_read_int (&reader, "revision", 0, G_MAXINT64);
  first = (guint) trias_json_read_int (&reader, "first", 0, G_MAXINT32);
  last = trias_json_read_bool (&reader, "last");
  text = trias_json_read_string (&reader, "changes", 0, TRIAS_JSON_MAX_BYTES);
  if (!trias_json_reader_finish_lenient (&reader, &error))
    {
      trias_peer_call_problem (call, trias_problem_from_error (error));
      return;
    }
  if (!storage_refuses (call))
    take_part (call, id, revision, first, last, text);
}
