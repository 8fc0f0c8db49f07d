/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-peer-private.h"
#include "server/peer/trias-peer-triad.h"

/* Two of three servers are lost: an administrator lets the third go on alone. What was lost is
 * written down and shown until there is redundancy again; the keys of the lost ones are revoked. */

#define KEY "recovered"

/* --- what is kept of it --- */

static GBytes *
encode (TriasPeer *self)
{
  TriasJsonWriter *writer = trias_json_writer_new ();
  g_autofree char *text = NULL;

  trias_json_begin_object (writer, NULL);
  trias_json_add_int (writer, "at", trias_keeper_now (self->keeper));
  trias_json_begin_object (writer, "relationship");
  trias_relationship_write_members (self->relationship, writer);
  trias_json_end_object (writer);
  trias_json_end_object (writer);
  text = trias_peer_end_text (writer);
  return g_bytes_new (text, strlen (text));
}

/* (transfer full) (nullable) */
static TriasRelationship *
load (TriasPeer *self, gint64 *at)
{
  GBytes *value = trias_keeper_get_local (self->keeper, TRIAS_LOCAL_PEER, KEY);
  g_autoptr (TriasJson) json = NULL;
  TriasJsonReader reader;
  const TriasJson *object;

  if (value == NULL)
    return NULL;
  json = trias_json_parse (g_bytes_get_data (value, NULL), g_bytes_get_size (value),
                           TRIAS_JSON_MAX_BYTES, NULL);
  if (json == NULL)
    return NULL;
  trias_json_reader_init (&reader, json);
  *at = trias_json_read_int (&reader, "at", 0, G_MAXINT64);
  object = trias_json_read_object (&reader, "relationship");
  return trias_json_reader_finish_lenient (&reader, NULL) ? trias_relationship_read (object, NULL)
                                                          : NULL;
}

void
trias_recover_write (TriasPeer *self, TriasJsonWriter *writer)
{
  gint64 at = 0;
  gint64 from = trias_keeper_grants_from (self->keeper);
  g_autoptr (TriasRelationship) lost = load (self, &at);

  if (lost == NULL || self->relationship != NULL)
    {
      trias_json_add_null (writer, "recovered");
      return;
    }
  trias_json_begin_object (writer, "recovered");
  trias_json_add_string (writer, "name", lost->name);
  trias_json_add_int (writer, "at", at);
  trias_json_add_int (writer, "grants_from", from);
  trias_json_begin_array (writer, "lost");
  for (guint i = 0; i < lost->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (lost->members, i);

      if (strcmp (member->id, self->id) == 0)
        continue;
      trias_json_begin_object (writer, NULL);
      trias_json_add_string (writer, "id", member->id);
      trias_json_add_string (writer, "name", member->name);
      trias_json_end_object (writer);
    }
  trias_json_end_array (writer);
  trias_json_end_object (writer);
}

gboolean
trias_recover_is_revoked (TriasPeer *self, const char *key)
{
  gint64 at;
  g_autoptr (TriasRelationship) lost = NULL;

  if (self->relationship != NULL || strcmp (key, self->id) == 0)
    return FALSE;
  lost = load (self, &at);
  return lost != NULL && trias_relationship_find (lost, key) != NULL;
}

void
trias_recover_forget (TriasPeer *self)
{
  if (trias_keeper_get_local (self->keeper, TRIAS_LOCAL_PEER, KEY) != NULL)
    trias_keeper_put_local (self->keeper, TRIAS_LOCAL_PEER, KEY, NULL, NULL, NULL);
}

/* --- asked for by an administrator --- */

/* Whoever reaches another one needs no force: two are a majority. */
static const TriasMember *
reached_member (TriasPeer *self)
{
  g_autoptr (GPtrArray) statuses = trias_peer_get_statuses (self);
  TriasJournalStatus journal;

  trias_keeper_triad_status (self->keeper, &journal);
  for (guint i = 0; i < statuses->len; i++)
    {
      const TriasMemberStatus *status = g_ptr_array_index (statuses, i);
      TriasRole role = trias_relationship_role (self->relationship, status->peer);

      if (status->connected || journal.members[role - TRIAS_ROLE_PRIMARY].contact)
        return trias_relationship_find (self->relationship, status->peer);
    }
  return NULL;
}

static TriasProblem *
refuse (TriasPeer *self, const char *confirm)
{
  const TriasMember *reached;

  if (self->triad == NULL)
    return trias_problem_new (TRIAS_REASON_NOT_RELATED, "The server '%s' is in no triad.",
                              self->name);
  if (strcmp (confirm, self->relationship->name) != 0)
    return trias_problem_new (TRIAS_REASON_BAD_REQUEST,
                              "Type the name of the triad to confirm that its other servers are "
                              "lost for good.");
  reached = reached_member (self);
  if (reached == NULL)
    return NULL;
  return trias_problem_param (
      trias_problem_new (
          TRIAS_REASON_CONFLICT,
          "The server '%s' is reached: two servers are a majority, nothing has to be "
          "recovered by force. Replace the third one instead.",
          reached->name),
      "server", reached->id);
}

typedef struct
{
  TriasPeer *peer;
  char *name;
  char *id;
  char *actor;
  TriasPeerDone done;
  gpointer user_data;
} Recovery;

static void
on_recovered (const GError *error, gpointer user_data)
{
  Recovery *recovery = user_data;
  TriasPeer *peer = recovery->peer;
  g_autoptr (TriasProblem) problem = error != NULL ? trias_problem_from_error (error) : NULL;

  if (problem == NULL && !peer->stopped)
    {
      TriasEvent *event = trias_event_new (trias_keeper_now (peer->keeper),
                                           "relationship-recovered", recovery->id);

      trias_event_param (event, "name", recovery->name);
      g_free (event->actor);
      event->actor = g_strdup (recovery->actor);
      trias_keeper_record (peer->keeper, event);
      trias_peer_adopt_relationship (peer);
    }
  else if (!peer->stopped)
    trias_recover_forget (peer);
  recovery->done (problem, recovery->user_data);
  g_free (recovery->name);
  g_free (recovery->id);
  g_free (recovery->actor);
  g_free (recovery);
  trias_peer_unref (peer);
}

void
trias_peer_recover (
    TriasPeer *self, const char *confirm, const char *actor, TriasPeerDone done, gpointer user_data)
{
  g_autoptr (TriasProblem) problem = refuse (self, confirm);
  g_autoptr (GBytes) kept = NULL;
  Recovery *recovery;

  if (problem != NULL)
    {
      done (problem, user_data);
      return;
    }
  recovery = g_new0 (Recovery, 1);
  recovery->peer = trias_peer_ref (self);
  recovery->name = g_strdup (self->relationship->name);
  recovery->id = g_strdup (self->relationship->id);
  recovery->actor = g_strdup (actor);
  recovery->done = done;
  recovery->user_data = user_data;
  /* Written in one transaction with what it is about. */
  kept = encode (self);
  trias_keeper_put_local (self->keeper, TRIAS_LOCAL_PEER, KEY, kept, NULL, NULL);
  trias_keeper_recover (self->keeper, on_recovered, recovery);
}
