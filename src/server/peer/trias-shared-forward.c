/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-peer-copy.h"
#include "server/peer/trias-probe.h"
#include "server/peer/trias-shared-private.h"

/* Changes of shared settings and rules: the main server carries them out, whoever was asked. */

void
trias_shared_post_command (TriasShared *self,
                           const TriasCommand *command,
                           TriasPeerAnswerFunc func,
                           gpointer user_data)
{
  TriasJsonWriter *writer = trias_peer_begin_request (self->peer);
  g_autoptr (GBytes) bytes = trias_command_encode (command);
  gsize length;
  const guchar *data = g_bytes_get_data (bytes, &length);
  g_autofree char *text = g_base64_encode (data, length);

  trias_json_add_string (writer, "command", text);
  trias_peer_post (self->peer, "shared", writer, TRIAS_PEER_TIMEOUT_MS, func, user_data);
}

void
trias_shared_await (TriasShared *self, const TriasJson *answer)
{
  TriasJsonReader reader;
  guint64 revision;

  trias_json_reader_init (&reader, answer);
  revision = (guint64) trias_json_read_int (&reader, "revision", 0, G_MAXINT64);
  if (trias_json_reader_finish_lenient (&reader, NULL))
    self->await_revision = revision;
}

/* --- asked by an administrator --- */

typedef struct
{
  TriasPeer *peer;
  TriasCommand *command;
  TriasKeeperFunc func;
  gpointer user_data;
} Forward;

static void
forward_end (Forward *forward, const TriasOutcome *outcome)
{
  if (forward->func != NULL)
    forward->func (outcome, forward->user_data);
  g_clear_pointer (&forward->command, trias_command_free);
  trias_peer_unref (forward->peer);
  g_free (forward);
}

static void
refuse (Forward *forward, const TriasProblem *problem)
{
  g_autoptr (GPtrArray) none = g_ptr_array_new ();
  TriasOutcome outcome
      = { .reason = problem->reason, .detail = problem->detail, .changes = none, .events = none };

  forward_end (forward, &outcome);
}

static void
on_done_here (const TriasOutcome *outcome, gpointer user_data)
{
  Forward *forward = user_data;
  TriasPeer *peer = forward->peer;

  if (!peer->stopped && peer->shared != NULL)
    {
      peer->shared->busy = FALSE;
      trias_peer_soon_probe (peer);
    }
  forward_end (forward, outcome);
}

static void
on_done_there (const TriasPeerAnswer *answer, gpointer user_data)
{
  Forward *forward = user_data;
  TriasPeer *peer = forward->peer;

  if (answer->problem == NULL && !peer->stopped && peer->shared != NULL)
    {
      /* Done here as well at once, rather than when the copy comes: who asked sees it done. */
      trias_shared_await (peer->shared, answer->json);
      trias_keeper_submit (peer->keeper, g_steal_pointer (&forward->command), on_done_here,
                           forward);
      return;
    }
  if (!peer->stopped && peer->shared != NULL)
    peer->shared->busy = FALSE;
  if (answer->problem != NULL)
    refuse (forward, answer->problem);
  else
    {
      g_autoptr (TriasProblem) problem
          = trias_problem_new (TRIAS_REASON_NOT_ACTIVE, "The server is stopping.");

      refuse (forward, problem);
    }
}

void
trias_peer_submit_shared (TriasPeer *self,
                          TriasCommand *command,
                          TriasKeeperFunc func,
                          gpointer user_data)
{
  Forward *forward;

  if (self->relationship != NULL && self->role == TRIAS_ROLE_BACKUP && self->link.connected)
    {
      forward = g_new0 (Forward, 1);
      forward->peer = trias_peer_ref (self);
      forward->command = command;
      forward->func = func;
      forward->user_data = user_data;
      self->shared->busy = TRUE;
      trias_shared_post_command (self->shared, command, on_done_there, forward);
      return;
    }
  if (self->relationship != NULL && self->role == TRIAS_ROLE_BACKUP)
    trias_shared_note_apart (self->shared);
  trias_keeper_submit (self->keeper, command, func, user_data);
}

/* --- asked by the backup --- */

static void
on_shared_done (const TriasOutcome *outcome, gpointer user_data)
{
  TriasPeerCall *call = user_data;
  TriasJsonWriter *writer;

  if (outcome->reason != TRIAS_REASON_NONE)
    trias_peer_call_refuse (call, outcome->reason, "%s",
                            outcome->detail != NULL ? outcome->detail : "refused");
  else if (!call->peer->stopped)
    {
      writer = trias_json_writer_new ();
      trias_json_begin_object (writer, NULL);
      trias_json_add_int (
          writer, "revision",
          (gint64) trias_ledger_get_revision (trias_keeper_get_ledger (call->peer->keeper)));
      trias_json_end_object (writer);
      trias_peer_call_answer (call, writer);
    }
  trias_peer_call_unref (call);
}

static gboolean
is_shared (const TriasCommand *command)
{
  return command->kind == TRIAS_COMMAND_SET_SETTINGS || command->kind == TRIAS_COMMAND_REMOVE_RULE
         || command->kind == TRIAS_COMMAND_ADOPT_SHARED
         || (command->kind == TRIAS_COMMAND_PUT_RULE && command->rule != NULL
             && command->rule->scope == TRIAS_SCOPE_USE);
}

void
trias_peer_on_shared (TriasPeerCall *call)
{
  TriasPeer *self = call->peer;
  g_autoptr (TriasCommand) command = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree guchar *data = NULL;
  TriasJsonReader reader;
  const char *text;
  gsize length = 0;

  trias_json_reader_init (&reader, call->json);
  text = trias_json_read_string (&reader, "command", 1, TRIAS_JSON_MAX_BYTES);
  if (!trias_json_reader_finish_lenient (&reader, &error))
    {
      trias_peer_call_problem (call, trias_problem_from_error (error));
      return;
    }
  data = g_base64_decode (text, &length);
  command = trias_command_decode (data, length, &error);
  if (command == NULL)
    trias_peer_call_problem (call, trias_problem_from_error (error));
  else if (self->role != TRIAS_ROLE_MAIN || !is_shared (command))
    trias_peer_call_refuse (call, TRIAS_REASON_FORBIDDEN,
                            "Only changes of what is shared are carried out for the backup.");
  else
    {
      command->time = trias_keeper_now (self->keeper);
      trias_keeper_submit (self->keeper, g_steal_pointer (&command), on_shared_done,
                           trias_peer_call_ref (call));
    }
}

/* --- conflicts --- */

typedef struct
{
  TriasPeer *peer;
  char *take;
  TriasPeerDone done;
  gpointer user_data;
} Resolve;

static void
resolve_end (Resolve *resolve, const TriasProblem *problem)
{
  TriasPeer *peer = resolve->peer;

  if (problem == NULL && !peer->stopped && peer->shared != NULL)
    {
      trias_shared_drop_conflict (peer->shared, resolve->take);
      if (peer->relationship != NULL)
        trias_peer_soon_probe (peer);
    }
  resolve->done (problem, resolve->user_data);
  g_free (resolve->take);
  g_free (resolve);
  trias_peer_unref (peer);
}

static void
on_taken (const TriasOutcome *outcome, gpointer user_data)
{
  g_autoptr (TriasProblem) problem = NULL;

  if (outcome->reason != TRIAS_REASON_NONE)
    problem = trias_problem_new (outcome->reason, "%s",
                                 outcome->detail != NULL ? outcome->detail : "refused");
  resolve_end (user_data, problem);
}

static void
on_resolved_there (const TriasPeerAnswer *answer, gpointer user_data)
{
  resolve_end (user_data, answer->problem);
}

static void
resolve_here (Resolve *resolve, const char *actor)
{
  TriasPeer *self = resolve->peer;
  const TriasBundle *backup = self->shared->conflict->backup;

  if (strcmp (resolve->take, "main") == 0)
    resolve_end (resolve, NULL);
  else
    trias_keeper_submit (self->keeper,
                         trias_command_adopt_shared (trias_keeper_now (self->keeper),
                                                     backup->settings, backup->rules, actor),
                         on_taken, resolve);
}

static void
resolve_there (Resolve *resolve, const char *actor)
{
  TriasPeer *self = resolve->peer;
  TriasJsonWriter *writer = trias_peer_begin_request (self);

  trias_json_add_string (writer, "take", resolve->take);
  trias_json_add_string (writer, "actor", actor);
  trias_peer_post (self, "conflict", writer, TRIAS_PEER_TIMEOUT_MS, on_resolved_there, resolve);
}

void
trias_peer_resolve_conflict (
    TriasPeer *self, const char *take, const char *actor, TriasPeerDone done, gpointer user_data)
{
  g_autoptr (TriasProblem) problem = NULL;
  Resolve *resolve;

  if (self->relationship == NULL)
    problem = trias_problem_new (TRIAS_REASON_NOT_RELATED, "This server is in no relationship.");
  else if (self->shared == NULL || self->shared->conflict == NULL)
    problem = trias_problem_new (TRIAS_REASON_NOT_FOUND,
                                 "There is no conflict of settings to resolve.");
  else if (strcmp (take, "main") != 0 && strcmp (take, "backup") != 0)
    problem = trias_problem_new (TRIAS_REASON_BAD_REQUEST, "Take either 'main' or 'backup'.");
  else if (self->role == TRIAS_ROLE_BACKUP && !self->link.connected)
    problem = trias_problem_new (
        TRIAS_REASON_UNREACHABLE,
        "The main server '%s' is not connected; resolve the conflict there or later.",
        self->partner->name);
  if (problem != NULL)
    {
      done (problem, user_data);
      return;
    }
  resolve = g_new0 (Resolve, 1);
  resolve->peer = trias_peer_ref (self);
  resolve->take = g_strdup (take);
  resolve->done = done;
  resolve->user_data = user_data;
  if (self->role == TRIAS_ROLE_MAIN)
    resolve_here (resolve, actor);
  else
    resolve_there (resolve, actor);
}

static void
on_conflict_resolved (const TriasProblem *problem, gpointer user_data)
{
  TriasPeerCall *call = user_data;

  if (problem != NULL && problem->reason != TRIAS_REASON_NOT_FOUND)
    trias_peer_call_problem (call, trias_problem_copy (problem));
  else
    trias_peer_call_ok (call);
  trias_peer_call_unref (call);
}

static void
on_conflict_kept (const GError *error, gpointer user_data)
{
  TriasPeerCall *call = user_data;

  if (error != NULL)
    trias_peer_call_problem (call, trias_problem_from_error (error));
  else
    trias_peer_call_ok (call);
  trias_peer_call_unref (call);
}

void
trias_peer_on_conflict (TriasPeerCall *call)
{
  TriasPeer *self = call->peer;
  TriasJsonReader reader;
  const TriasJson *object;
  const char *take, *actor;
  TriasConflict *conflict;
  g_autoptr (GError) error = NULL;

  trias_json_reader_init (&reader, call->json);
  object = trias_json_read_object_or_null (&reader, "conflict");
  take = trias_json_read_string_or (&reader, "take", 16, NULL);
  actor = trias_json_read_string_or (&reader, "actor", 256, "");
  if (!trias_json_reader_finish_lenient (&reader, &error))
    trias_peer_call_problem (call, trias_problem_from_error (error));
  else if (self->role != TRIAS_ROLE_MAIN || (object == NULL) == (take == NULL))
    trias_peer_call_refuse (call, TRIAS_REASON_BAD_REQUEST,
                            "Either a conflict or its resolution goes to the main server.");
  else if (take != NULL)
    trias_peer_resolve_conflict (self, take, actor, on_conflict_resolved,
                                 trias_peer_call_ref (call));
  else if ((conflict = trias_conflict_read (object, &error)) == NULL)
    trias_peer_call_problem (call, trias_problem_from_error (error));
  else if (strcmp (trias_shared_conflict_id (self->shared), conflict->id) == 0)
    {
      trias_conflict_free (conflict);
      trias_peer_call_ok (call);
    }
  else
    {
      trias_shared_keep_conflict (self->shared, conflict, on_conflict_kept,
                                  trias_peer_call_ref (call));
      trias_peer_refresh (self);
    }
}
