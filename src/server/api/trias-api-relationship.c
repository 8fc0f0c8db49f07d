/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "core/trias-text.h"
#include "server/api/trias-api-plan.h"

#define ADDRESS_BYTES 300
#define NAME_BYTES 64
#define ID_BYTES 64

void
trias_api_get_relationship (TriasCall *call)
{
  trias_api_answer_relationship (call, 200, call->admin != NULL);
}

/* What the check and the forming have in common. */
typedef struct
{
  TriasKind kind;
  char *own_address;
  GPtrArray *candidates;
} Plan;

static void
plan_free (gpointer data)
{
  Plan *plan = data;

  g_free (plan->own_address);
  g_clear_pointer (&plan->candidates, g_ptr_array_unref);
  g_free (plan);
}

static void
read_kind (TriasJsonReader *reader, TriasKind *kind)
{
  const char *word = trias_json_read_string (reader, "kind", 1, 16);

  *kind = TRIAS_KIND_BACKUP;
  if (word != NULL && !trias_kind_from_word (word, kind))
    trias_json_reader_fail (reader, "kind", "must be \"backup\" or \"triad\"");
}

/* Reads what a plan is made of; the caller ends reading, then reads the members returned. */
static const TriasJson *
read_plan (TriasJsonReader *reader, Plan *plan)
{
  const TriasJson *members;

  read_kind (reader, &plan->kind);
  plan->own_address
      = g_strdup (trias_json_read_string_or (reader, "own_address", ADDRESS_BYTES, NULL));
  members = trias_json_read_array (reader, "members", TRIAS_MAX_MEMBERS);
  if (members != NULL && trias_json_length (members) + 1 != trias_kind_n_members (plan->kind))
    trias_json_reader_fail (reader, "members",
                            plan->kind == TRIAS_KIND_TRIAD ? "must name the two other servers"
                                                           : "must name the one other server");
  return members;
}

static gboolean
read_members (TriasCall *call, Plan *plan, const TriasJson *members)
{
  plan->candidates = g_ptr_array_new_with_free_func (trias_api_candidate_free);
  for (guint i = 0; i < trias_json_length (members); i++)
    {
      g_autoptr (GError) error = NULL;
      TriasPeerCandidate *candidate
          = trias_api_read_candidate (trias_json_element (members, i), &error);

      if (candidate == NULL)
        {
          trias_call_error (call, error);
          return FALSE;
        }
      g_ptr_array_add (plan->candidates, candidate);
    }
  return TRUE;
}

static Plan *
add_plan (TriasCall *call)
{
  Plan *plan = g_new0 (Plan, 1);

  trias_call_set_data (call, plan, plan_free);
  return plan;
}

/* --- check --- */

static void
on_checked (GPtrArray *checks, const TriasProblem *problem, gpointer user_data)
{
  trias_api_answer_checks (user_data, checks, problem);
}

void
trias_api_check_relationship (TriasCall *call)
{
  Plan *plan = add_plan (call);
  TriasJsonReader reader;
  const TriasJson *members;
  gboolean present;

  if (!trias_call_read (call, &reader))
    return;
  present = trias_json_read_bool_or (&reader, "present", FALSE);
  if (present)
    {
      if (trias_call_read_end (call, &reader))
        trias_peer_check_present (call->api->peer, on_checked, call);
      return;
    }
  members = read_plan (&reader, plan);
  if (!trias_call_read_end (call, &reader) || !read_members (call, plan, members))
    return;
  trias_peer_check (call->api->peer, plan->kind, plan->candidates, plan->own_address, on_checked,
                    call);
}

/* --- invitation --- */

void
trias_api_invite (TriasCall *call)
{
  TriasApi *self = call->api;
  TriasJsonReader reader;
  TriasJsonWriter *writer;
  g_autofree char *code = NULL;
  const char *coordinator;
  gint64 expires;
  TriasKind kind;

  if (!trias_call_read (call, &reader))
    return;
  coordinator = trias_json_read_string (&reader, "coordinator", TRIAS_ID_LENGTH, TRIAS_ID_LENGTH);
  read_kind (&reader, &kind);
  if (coordinator != NULL && !trias_id_is_valid (coordinator))
    trias_json_reader_fail (&reader, "coordinator", "must be the 64 hex digits of a server's id");
  if (!trias_call_read_end (call, &reader))
    return;
  if (g_str_equal (coordinator, trias_identity_get_id (self->identity)))
    {
      trias_call_refuse (call, TRIAS_REASON_BAD_REQUEST,
                         "A server cannot invite itself; name the server that coordinates");
      return;
    }
  code = trias_peer_invite (self->peer, coordinator, kind, &expires);
  writer = trias_json_writer_new ();
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "code", code);
  trias_json_add_int (writer, "expires_at", expires);
  trias_json_add_string (writer, "server", trias_identity_get_id (self->identity));
  trias_json_end_object (writer);
  trias_call_json (call, 201, writer);
}

/* --- forming and changing --- */

static void
on_formed (const TriasProblem *problem, gpointer user_data)
{
  trias_api_answer_done (user_data, problem, 201);
}

static void
on_done (const TriasProblem *problem, gpointer user_data)
{
  trias_api_answer_done (user_data, problem, 200);
}

static void
on_ended (const TriasProblem *problem, gpointer user_data)
{
  trias_api_answer_done (user_data, problem, 204);
}

static gboolean
read_options (TriasCall *call, TriasOptions *options, const TriasJson *object)
{
  g_autoptr (GError) error = NULL;

  if (object == NULL || trias_options_read (options, object, &error))
    return TRUE;
  trias_call_error (call, error);
  return FALSE;
}

/* What the members could not read again must not become a name. */
static void
demand_name (TriasJsonReader *reader, const char *name)
{
  if (!trias_text_is_label (name, 1, NAME_BYTES))
    trias_json_reader_fail (reader, "name", "must be one line without spaces around it");
}

void
trias_api_post_relationship (TriasCall *call)
{
  Plan *plan = add_plan (call);
  TriasJsonReader reader;
  const TriasJson *members, *given;
  const char *id, *name;
  TriasOptions options;

  if (!trias_call_read (call, &reader))
    return;
  id = trias_json_read_string (&reader, "id", 8, ID_BYTES);
  name = trias_json_read_string (&reader, "name", 1, NAME_BYTES);
  demand_name (&reader, name);
  given = trias_json_read_object_or_null (&reader, "options");
  members = read_plan (&reader, plan);
  if (id != NULL && id[strspn (id, "0123456789abcdefghijklmnopqrstuvwxyz-")] != '\0')
    trias_json_reader_fail (&reader, "id", "may only have a-z, 0-9 and -");
  trias_options_init (&options);
  if (!trias_call_read_end (call, &reader) || !read_options (call, &options, given)
      || !read_members (call, plan, members))
    return;
  trias_peer_form (call->api->peer, id, name, plan->kind, &options, plan->candidates,
                   plan->own_address, call->admin, on_formed, call);
}

void
trias_api_patch_relationship (TriasCall *call)
{
  const TriasRelationship *relationship;
  TriasJsonReader reader;
  const TriasJson *given, *list;
  const char *name;
  TriasOptions options;
  g_autoptr (GPtrArray) members = NULL;
  g_autoptr (GError) error = NULL;

  if (!trias_call_read (call, &reader))
    return;
  name = trias_json_read_string_or (&reader, "name", NAME_BYTES, NULL);
  given = trias_json_read_object_or_null (&reader, "options");
  list = trias_json_read_array_or_null (&reader, "members", TRIAS_MAX_MEMBERS);
  if (name != NULL)
    demand_name (&reader, name);
  if (!trias_call_read_end (call, &reader))
    return;
  relationship = trias_api_demand_relationship (call);
  if (relationship == NULL)
    return;
  options = relationship->options;
  if (!read_options (call, &options, given))
    return;
  members = trias_members_read (list, &error);
  if (members == NULL)
    trias_call_error (call, error);
  else
    trias_peer_set_options (call->api->peer, name != NULL ? name : relationship->name, &options,
                            members, call->admin, on_done, call);
}

void
trias_api_sync_relationship (TriasCall *call)
{
  TriasJsonReader reader;

  if (trias_call_read (call, &reader) && trias_call_read_end (call, &reader)
      && trias_api_demand_relationship (call) != NULL)
    trias_peer_sync_now (call->api->peer, on_done, call);
}

void
trias_api_resolve_conflict (TriasCall *call)
{
  TriasJsonReader reader;
  const char *take;

  if (!trias_call_read (call, &reader))
    return;
  take = trias_json_read_string (&reader, "take", 1, 16);
  if (take != NULL && !g_str_equal (take, "main") && !g_str_equal (take, "backup"))
    trias_json_reader_fail (&reader, "take", "must be \"main\" or \"backup\"");
  if (trias_call_read_end (call, &reader) && trias_api_demand_relationship (call) != NULL)
    trias_peer_resolve_conflict (call->api->peer, take, call->admin, on_done, call);
}

void
trias_api_abort_relationship (TriasCall *call)
{
  TriasJsonReader reader;

  if (trias_call_read (call, &reader) && trias_call_read_end (call, &reader))
    trias_peer_abort (call->api->peer, call->admin, on_ended, call);
}

void
trias_api_delete_relationship (TriasCall *call)
{
  gboolean force;

  if (trias_call_query_bool (call, "force", &force) && trias_api_demand_relationship (call) != NULL)
    trias_peer_dissolve (call->api->peer, force, trias_http_query (call->request, "keep"),
                         call->admin, on_ended, call);
}

/* --- who is active in a triad --- */

void
trias_api_hand_over (TriasCall *call)
{
  TriasJsonReader reader;
  const char *to;
  gint64 until;

  if (!trias_call_read (call, &reader))
    return;
  to = trias_json_read_string (&reader, "to", TRIAS_ID_LENGTH, TRIAS_ID_LENGTH);
  /* Without a time it stays until it is given back. */
  until = trias_json_read_int_or (&reader, "pin_until", 1, G_MAXINT64, G_MAXINT64);
  if (to != NULL && !trias_id_is_valid (to))
    trias_json_reader_fail (&reader, "to", "must be the 64 hex digits of a server's id");
  if (trias_call_read_end (call, &reader) && trias_api_demand_relationship (call) != NULL)
    trias_peer_hand_over (call->api->peer, to, until, call->admin, on_done, call);
}

void
trias_api_give_back (TriasCall *call)
{
  TriasJsonReader reader;

  if (trias_call_read (call, &reader) && trias_call_read_end (call, &reader)
      && trias_api_demand_relationship (call) != NULL)
    trias_peer_hand_over (call->api->peer, "", G_MAXINT64, call->admin, on_done, call);
}
