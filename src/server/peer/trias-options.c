/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-options.h"

#include <string.h>

#include "server/peer/trias-probe.h"

static void
write_options (const TriasRelationship *relationship, TriasJsonWriter *writer)
{
  trias_json_add_string (writer, "name", relationship->name);
  trias_options_write (&relationship->options, writer, "options");
  trias_json_begin_array (writer, "members");
  for (guint i = 0; i < relationship->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (relationship->members, i);

      trias_json_begin_object (writer, NULL);
      trias_json_add_string (writer, "id", member->id);
      trias_json_begin_array (writer, "addresses");
      for (guint j = 0; member->addresses[j] != NULL; j++)
        trias_json_add_string (writer, NULL, member->addresses[j]);
      trias_json_end_array (writer);
      trias_json_end_object (writer);
    }
  trias_json_end_array (writer);
}

char *
trias_options_hash (const TriasRelationship *relationship)
{
  TriasJsonWriter *writer = trias_json_writer_new ();
  g_autofree char *text = NULL;

  trias_json_begin_object (writer, NULL);
  write_options (relationship, writer);
  trias_json_end_object (writer);
  text = trias_peer_end_text (writer);
  return g_compute_checksum_for_string (G_CHECKSUM_SHA256, text, -1);
}

/* --- setting them here --- */

typedef struct
{
  TriasPeer *peer;
  TriasPeerDone done;
  gpointer user_data;
} Setting;

static Setting *
setting_new (TriasPeer *peer, TriasPeerDone done, gpointer user_data)
{
  Setting *setting = g_new0 (Setting, 1);

  setting->peer = trias_peer_ref (peer);
  setting->done = done;
  setting->user_data = user_data;
  return setting;
}

static void
setting_end (Setting *setting, const TriasProblem *problem)
{
  if (setting->done != NULL)
    setting->done (problem, setting->user_data);
  trias_peer_unref (setting->peer);
  g_free (setting);
}

static void
on_set (const TriasOutcome *outcome, gpointer user_data)
{
  Setting *setting = user_data;
  g_autoptr (TriasProblem) problem = NULL;

  if (outcome->reason != TRIAS_REASON_NONE)
    problem = trias_problem_new (outcome->reason, "%s",
                                 outcome->detail != NULL ? outcome->detail : "refused");
  else if (!setting->peer->stopped)
    {
      trias_peer_adopt_relationship (setting->peer);
      if (setting->peer->relationship != NULL)
        trias_peer_soon_probe (setting->peer);
    }
  setting_end (setting, problem);
}

/* The relationship as it shall be. @members (nullable) (element-type TriasMember): whose addresses
 * change. */
static TriasRelationship *
changed (TriasPeer *self, const char *name, const TriasOptions *options, GPtrArray *members)
{
  TriasRelationship *relationship = trias_relationship_copy (self->relationship);

  if (name != NULL)
    {
      g_free (relationship->name);
      relationship->name = g_strdup (name);
    }
  if (options != NULL)
    relationship->options = *options;
  for (guint i = 0; members != NULL && i < members->len; i++)
    {
      const TriasMember *wanted = g_ptr_array_index (members, i);
      TriasMember *member = (TriasMember *) trias_relationship_find (relationship, wanted->id);

      if (member == NULL)
        continue;
      g_strfreev (member->addresses);
      member->addresses = g_strdupv (wanted->addresses);
    }
  return relationship;
}

static void
set_here (TriasPeer *self,
          const TriasRelationship *relationship,
          const char *actor,
          TriasPeerDone done,
          gpointer user_data)
{
  trias_keeper_submit (
      self->keeper,
      trias_command_set_options (trias_keeper_now (self->keeper), relationship, actor), on_set,
      setting_new (self, done, user_data));
}

/* --- the other server --- */

static void
on_asked_main (const TriasPeerAnswer *answer, gpointer user_data)
{
  setting_end (user_data, answer->problem);
}

static void
send_options (TriasPeer *self,
              const TriasRelationship *relationship,
              const char *actor,
              TriasPeerDone done,
              gpointer user_data)
{
  TriasJsonWriter *writer = trias_peer_begin_request (self);

  write_options (relationship, writer);
  trias_json_add_string (writer, "actor", actor);
  trias_peer_post (self, "options", writer, TRIAS_PEER_TIMEOUT_MS, on_asked_main,
                   setting_new (self, done, user_data));
}

void
trias_options_told (TriasPeer *self, const char *hash)
{
  g_autofree char *own = NULL;

  if (self->role != TRIAS_ROLE_MAIN || hash == NULL)
    return;
  own = trias_options_hash (self->relationship);
  if (strcmp (own, hash) != 0)
    send_options (self, self->relationship, self->name, NULL, NULL);
}

static TriasProblem *
refuse_members (TriasPeer *self, GPtrArray *members)
{
  for (guint i = 0; members != NULL && i < members->len; i++)
    if (trias_relationship_find (self->relationship,
                                 ((TriasMember *) g_ptr_array_index (members, i))->id)
        == NULL)
      return trias_problem_new (TRIAS_REASON_NOT_FOUND,
                                "Only addresses of members can be changed.");
  return NULL;
}

void
trias_peer_set_options (TriasPeer *self,
                        const char *name,
                        const TriasOptions *options,
                        GPtrArray *members,
                        const char *actor,
                        TriasPeerDone done,
                        gpointer user_data)
{
  g_autoptr (TriasProblem) problem = NULL;
  g_autoptr (TriasRelationship) relationship = NULL;

  if (self->relationship == NULL)
    problem = trias_problem_new (TRIAS_REASON_NOT_RELATED, "The server '%s' is in no relationship.",
                                 self->name);
  else if (self->role == TRIAS_ROLE_BACKUP && !self->link.connected)
    problem = trias_problem_new (
        TRIAS_REASON_UNREACHABLE,
        "The main server '%s' is not connected; change the options there or later.",
        self->partner->name);
  else
    problem = refuse_members (self, members);
  if (problem != NULL)
    {
      done (problem, user_data);
      return;
    }
  relationship = changed (self, name, options, members);
  if (self->role == TRIAS_ROLE_BACKUP)
    send_options (self, relationship, actor, done, user_data);
  else
    set_here (self, relationship, actor, done, user_data);
}

/* --- asked by the other server --- */

static void
on_set_for_partner (const TriasProblem *problem, gpointer user_data)
{
  TriasPeerCall *call = user_data;

  if (problem != NULL)
    trias_peer_call_problem (call, trias_problem_copy (problem));
  else
    trias_peer_call_ok (call);
  trias_peer_call_unref (call);
}

void
trias_peer_on_options (TriasPeerCall *call)
{
  TriasPeer *self = call->peer;
  TriasJsonReader reader;
  TriasOptions options = self->relationship->options;
  const TriasJson *object, *list;
  const char *name, *actor;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) members = NULL;
  g_autoptr (TriasRelationship) relationship = NULL;

  trias_json_reader_init (&reader, call->json);
  name = trias_json_read_string (&reader, "name", 1, 256);
  actor = trias_json_read_string_or (&reader, "actor", 256, "");
  object = trias_json_read_object (&reader, "options");
  list = trias_json_read_array_or_null (&reader, "members", TRIAS_MAX_MEMBERS);
  if (!trias_json_reader_finish_lenient (&reader, &error)
      || !trias_options_read (&options, object, &error)
      || (members = trias_members_read (list, &error)) == NULL)
    {
      trias_peer_call_problem (call, trias_problem_from_error (error));
      return;
    }
  relationship = changed (self, name, &options, members);
  set_here (self, relationship, actor, on_set_for_partner, trias_peer_call_ref (call));
}
