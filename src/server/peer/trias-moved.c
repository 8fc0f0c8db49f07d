/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-serving-private.h"

/* A lease that both hold: who served it last keeps it, the other lets go. "Last" is told by
 * durations on each server's own clock; wall clocks are never compared. */

#define MAX_LET_GO 100000
#define MAX_PER_REQUEST 500

typedef struct
{
  gint64 since;      /* monotonic ms: when it was renewed or given up here */
  gboolean released; /* given up by its client or an administrator; else it was renewed here or,
                        with @key_id, its client was told that it is not known here */
  char *key_id;      /* (owned) (nullable) only the lease of this client is meant */
} LetGo;

void
trias_let_go_free (gpointer data)
{
  LetGo *entry = data;

  g_free (entry->key_id);
  g_free (entry);
}

static void
want (TriasServing *self, const char *id, gboolean released, const char *key_id)
{
  LetGo *entry;

  if (g_hash_table_size (self->let_go) >= MAX_LET_GO)
    return; /* it runs out by itself */
  entry = g_new0 (LetGo, 1);
  entry->since = trias_peer_clock ();
  entry->released = released;
  entry->key_id = g_strdup (key_id);
  g_hash_table_replace (self->let_go, g_strdup (id), entry);
  trias_serving_flush (self);
}

void
trias_peer_lease_moved_here (TriasPeer *self, const char *id)
{
  if (trias_peer_find_partner_lease (self, id) != NULL)
    want (self->serving, id, FALSE, NULL);
}

void
trias_peer_lease_given_up (TriasPeer *self, const char *id, const char *key_id)
{
  gboolean told = self->role == TRIAS_ROLE_MAIN && self->link.connected;

  /* A backup tells the main also of what the replica lacks, and while the link still counts as
   * connected: the main may have granted it and died before it told. A main that hears its backup
   * knows what that one holds. */
  if (trias_peer_is_pair (self) && (!told || trias_peer_find_partner_lease (self, id) != NULL))
    want (self->serving, id, TRUE, key_id);
}

void
trias_peer_lease_unknown (TriasPeer *self, const char *id, const char *key_id)
{
  gboolean told = self->role == TRIAS_ROLE_MAIN && self->link.connected;

  /* What its client gave up stays so. */
  if (trias_peer_is_pair (self) && !told && !g_hash_table_contains (self->serving->let_go, id))
    want (self->serving, id, FALSE, key_id);
}

void
trias_serving_event (TriasServing *self, const TriasEvent *event)
{
  TriasPeer *peer = self->peer;
  gboolean by_client = trias_id_is_valid (event->actor);

  if (strcmp (event->kind, "lease-released") != 0 && strcmp (event->kind, "lease-forced") != 0)
    return;
  if (event->actor[0] == '\0')
    return; /* released for the partner's sake */
  if (by_client)
    trias_peer_lease_given_up (peer, event->subject, event->actor);
  else if (trias_peer_find_partner_lease (peer, event->subject) != NULL)
    want (self, event->subject, TRUE, NULL);
}

guint
trias_serving_n_letting (TriasServing *self)
{
  return g_hash_table_size (self->let_go);
}

/* --- telling --- */

typedef struct
{
  TriasPeer *peer;
  GHashTable *sent; /* id to the entry's `since` */
} Telling;

static void
on_told (const TriasPeerAnswer *answer, gpointer user_data)
{
  Telling *telling = user_data;
  TriasPeer *peer = telling->peer;

  if (!peer->stopped && trias_peer_is_pair (peer))
    {
      GHashTableIter iter;
      gpointer id, since;

      peer->serving->sending = FALSE;
      g_hash_table_iter_init (&iter, telling->sent);
      while (answer->problem == NULL && g_hash_table_iter_next (&iter, &id, &since))
        {
          LetGo *entry = g_hash_table_lookup (peer->serving->let_go, id);

          if (entry != NULL && entry->since == *(gint64 *) since)
            g_hash_table_remove (peer->serving->let_go, id);
        }
      if (answer->problem == NULL)
        trias_serving_flush (peer->serving);
      /* A main server that is back waits to hear that all is told. */
      if (g_hash_table_size (peer->serving->let_go) == 0 && peer->role == TRIAS_ROLE_BACKUP
          && !peer->partner_serving)
        trias_peer_soon_probe (peer);
    }
  g_hash_table_unref (telling->sent);
  g_free (telling);
  trias_peer_unref (peer);
}

void
trias_serving_flush (TriasServing *self)
{
  TriasJsonWriter *writer;
  GHashTableIter iter;
  gpointer id, value;
  Telling *telling;

  if (self->sending || !self->peer->link.connected || g_hash_table_size (self->let_go) == 0)
    return;
  self->sending = TRUE;
  telling = g_new0 (Telling, 1);
  telling->peer = trias_peer_ref (self->peer);
  telling->sent = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  writer = trias_peer_begin_request (self->peer);
  trias_json_begin_array (writer, "leases");
  g_hash_table_iter_init (&iter, self->let_go);
  while (g_hash_table_size (telling->sent) < MAX_PER_REQUEST
         && g_hash_table_iter_next (&iter, &id, &value))
    {
      const LetGo *entry = value;

      trias_json_begin_object (writer, NULL);
      trias_json_add_string (writer, "id", id);
      trias_json_add_int (writer, "ago_ms", trias_peer_clock () - entry->since);
      trias_json_add_bool (writer, "released", entry->released);
      trias_json_add_string (writer, "key", entry->key_id);
      trias_json_end_object (writer);
      g_hash_table_insert (telling->sent, g_strdup (id),
                           g_memdup2 (&entry->since, sizeof entry->since));
    }
  trias_json_end_array (writer);
  trias_peer_post (self->peer, "moved", writer, TRIAS_PEER_TIMEOUT_MS, on_told, telling);
}

/* --- being told --- */

typedef struct
{
  TriasPeerCall *call;
  guint open;
  gboolean refused;
} Moving;

static void
moving_unref (Moving *moving)
{
  if (--moving->open > 0)
    return;
  if (moving->refused)
    trias_peer_call_refuse (moving->call, TRIAS_REASON_STORAGE, "'%s' cannot write.",
                            moving->call->peer->name);
  else
    trias_peer_call_ok (moving->call);
  trias_peer_call_unref (moving->call);
  g_free (moving);
}

static void
on_released (const TriasOutcome *outcome, gpointer user_data)
{
  Moving *moving = user_data;

  if (outcome->reason == TRIAS_REASON_STORAGE)
    moving->refused = TRUE;
  moving_unref (moving);
}

static gboolean
is_to_go (
    TriasPeer *self, const TriasLease *lease, gint64 ago_ms, gboolean released, const char *key_id)
{
  gint64 age = 1000 * (gint64) lease->ttl_s - trias_keeper_lease_left (self->keeper, lease->id);

  if (key_id != NULL && strcmp (key_id, lease->key_id) != 0)
    return FALSE;
  /* Its client was refused there and may have come here then. After a restart every lease begins
   * afresh, so when it was renewed tells, not what is left. */
  if (!released && key_id != NULL)
    age = trias_keeper_now (self->keeper) - lease->renewed_at;
  return released || age >= ago_ms;
}

static void
let_go (Moving *moving, const char *id)
{
  TriasPeer *self = moving->call->peer;

  moving->open++;
  g_hash_table_remove (self->serving->let_go, id);
  /* Nobody is named: it was no administrator who took it away. */
  trias_keeper_submit (self->keeper,
                       trias_command_release (trias_keeper_now (self->keeper), id, "", ""),
                       on_released, moving);
}

void
trias_peer_on_moved (TriasPeerCall *call)
{
  TriasPeer *self = call->peer;
  TriasJsonReader reader;
  const TriasJson *leases;
  g_autoptr (GError) error = NULL;
  Moving *moving;

  trias_json_reader_init (&reader, call->json);
  leases = trias_json_read_array (&reader, "leases", MAX_PER_REQUEST);
  if (!trias_json_reader_finish_lenient (&reader, &error))
    {
      trias_peer_call_problem (call, trias_problem_from_error (error));
      return;
    }
  moving = g_new0 (Moving, 1);
  moving->call = trias_peer_call_ref (call);
  moving->open = 1;
  for (guint i = 0; i < trias_json_length (leases); i++)
    {
      const TriasLease *lease;
      const char *id, *key_id;
      gboolean released;
      gint64 ago;

      trias_json_reader_init (&reader, trias_json_element (leases, i));
      id = trias_json_read_string (&reader, "id", 1, 64);
      ago = trias_json_read_int (&reader, "ago_ms", 0, G_MAXINT32);
      released = trias_json_read_bool (&reader, "released");
      key_id = trias_json_read_string_or (&reader, "key", TRIAS_ID_LENGTH, NULL);
      if (!trias_json_reader_finish_lenient (&reader, NULL))
        continue;
      lease = trias_ledger_find_lease (trias_keeper_get_ledger (self->keeper), id);
      if (lease != NULL && is_to_go (self, lease, ago, released, key_id))
        let_go (moving, id);
    }
  moving_unref (moving);
}
