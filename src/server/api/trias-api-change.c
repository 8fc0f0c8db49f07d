/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-api-plan.h"

#define ID_MIN_BYTES 8
#define ID_BYTES 64
#define NAME_BYTES 64

/* A relationship goes on in another form: a member of a triad is replaced, a pair grows, a triad
 * becomes a pair. */

typedef struct
{
  TriasPeerChange change;
  char *id, *member;
} Change;

static void
change_free (gpointer data)
{
  Change *self = data;

  g_clear_pointer (&self->change.with, trias_api_candidate_free);
  g_free (self->id);
  g_free (self->member);
  g_free (self);
}

/* %NULL: the call was answered. */
static const TriasPeerChange *
read_change (TriasCall *call, gboolean with_id, gboolean replaces)
{
  Change *self = g_new0 (Change, 1);
  TriasJsonReader reader;
  const TriasJson *with;
  g_autoptr (GError) error = NULL;

  trias_call_set_data (call, self, change_free);
  if (!trias_call_read (call, &reader))
    return NULL;
  if (with_id)
    self->id = g_strdup (trias_json_read_string (&reader, "id", ID_MIN_BYTES, ID_BYTES));
  if (replaces)
    {
      self->member
          = g_strdup (trias_json_read_string (&reader, "member", TRIAS_ID_LENGTH, TRIAS_ID_LENGTH));
      if (self->member != NULL && !trias_id_is_valid (self->member))
        trias_json_reader_fail (&reader, "member", "must be the 64 hex digits of a server's id");
    }
  else
    self->change.discard = trias_json_read_bool_or (&reader, "discard", FALSE);
  with = trias_json_read_object (&reader, "with");
  if (!trias_call_read_end (call, &reader))
    return NULL;
  self->change.with = trias_api_read_candidate (with, &error);
  if (self->change.with == NULL)
    {
      trias_call_error (call, error);
      return NULL;
    }
  self->change.id = self->id;
  self->change.member = self->member;
  return trias_api_demand_relationship (call) != NULL ? &self->change : NULL;
}

static void
on_checked (GPtrArray *checks, const TriasProblem *problem, gpointer user_data)
{
  trias_api_answer_checks (user_data, checks, problem);
}

static void
on_changed (const TriasProblem *problem, gpointer user_data)
{
  trias_api_answer_done (user_data, problem, 200);
}

static void
check (TriasCall *call, gboolean replaces)
{
  const TriasPeerChange *change = read_change (call, FALSE, replaces);

  if (change != NULL)
    trias_peer_check_change (call->api->peer, change, on_checked, call);
}

static void
carry_out (TriasCall *call, gboolean replaces)
{
  const TriasPeerChange *change = read_change (call, TRUE, replaces);

  if (change != NULL)
    trias_peer_change (call->api->peer, change, call->admin, on_changed, call);
}

void
trias_api_check_replace (TriasCall *call)
{
  check (call, TRUE);
}

void
trias_api_replace (TriasCall *call)
{
  carry_out (call, TRUE);
}

void
trias_api_recover (TriasCall *call)
{
  TriasJsonReader reader;
  const char *confirm;

  if (!trias_call_read (call, &reader))
    return;
  confirm = trias_json_read_string (&reader, "confirm", 1, NAME_BYTES);
  if (trias_call_read_end (call, &reader) && trias_api_demand_relationship (call) != NULL)
    trias_peer_recover (call->api->peer, confirm, call->admin, on_changed, call);
}

void
trias_api_shrink (TriasCall *call)
{
  TriasJsonReader reader;
  const TriasJson *keep;
  const char *ids[2] = { NULL, NULL };

  if (!trias_call_read (call, &reader))
    return;
  keep = trias_json_read_array (&reader, "keep", G_N_ELEMENTS (ids));
  for (guint i = 0; i < G_N_ELEMENTS (ids) && i < trias_json_length (keep); i++)
    ids[i] = trias_json_get_string (trias_json_element (keep, i));
  if (ids[0] == NULL || ids[1] == NULL || !trias_id_is_valid (ids[0])
      || !trias_id_is_valid (ids[1]))
    trias_json_reader_fail (&reader, "keep",
                            "must be the ids of two servers: the main and the backup server");
  if (trias_call_read_end (call, &reader) && trias_api_demand_relationship (call) != NULL)
    trias_peer_shrink (call->api->peer, ids[0], ids[1], call->admin, on_changed, call);
}

void
trias_api_check_grow (TriasCall *call)
{
  check (call, FALSE);
}

void
trias_api_grow (TriasCall *call)
{
  carry_out (call, FALSE);
}
