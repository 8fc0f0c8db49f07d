/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-api-private.h"

static void
write_rule (const TriasRule *rule, TriasJsonWriter *writer)
{
  g_autofree char *text = trias_rule_to_text (rule);

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "id", rule->id);
  trias_json_add_string (writer, "scope", trias_scope_to_word (rule->scope));
  trias_json_add_string (writer, "effect", trias_effect_to_word (rule->effect));
  trias_json_begin_object (writer, "who");
  trias_json_add_string (writer, "kind", trias_who_to_word (rule->who));
  trias_json_add_string (writer, "value", rule->who_value);
  trias_json_end_object (writer);
  trias_json_begin_object (writer, "where");
  trias_json_add_string (writer, "kind", trias_where_to_word (rule->where));
  trias_json_add_string (writer, "value", rule->where_value);
  trias_json_end_object (writer);
  trias_json_add_string (writer, "note", rule->note);
  trias_json_add_string (writer, "text", text);
  trias_json_add_bool (writer, "fixed", FALSE);
  trias_json_end_object (writer);
}

void
trias_api_get_rules (TriasCall *call)
{
  g_autoptr (GPtrArray) rules = trias_access_list (call->api->access);
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_begin_array (writer, "rules");
  for (guint i = 0; i < rules->len; i++)
    write_rule (rules->pdata[i], writer);
  trias_json_end_array (writer);
  trias_json_end_object (writer);
  trias_call_json (call, 200, writer);
}

/* --- adding and changing --- */

typedef struct
{
  TriasRule *rule;
  guint status; /* of the answer when it is done */
} Put;

static void
put_free (gpointer data)
{
  Put *put = data;

  trias_rule_free (put->rule);
  g_free (put);
}

static void
answer_rule (TriasCall *call)
{
  const Put *put = call->data;
  TriasJsonWriter *writer = trias_json_writer_new ();

  write_rule (put->rule, writer);
  trias_call_json (call, put->status, writer);
}

static void
on_local_put (const GError *error, gpointer user_data)
{
  TriasCall *call = user_data;

  if (trias_call_is_over (call))
    return;
  if (error != NULL)
    trias_call_error (call, error);
  else
    answer_rule (call);
}

static void
on_shared_put (const TriasOutcome *outcome, gpointer user_data)
{
  TriasCall *call = user_data;

  if (!trias_call_is_over (call) && trias_call_check (call, outcome))
    answer_rule (call);
}

/* Takes @rule. */
static void
put_rule (TriasCall *call, TriasRule *rule, guint status)
{
  TriasApi *self = call->api;
  Put *put = g_new0 (Put, 1);
  gboolean force;

  put->rule = rule;
  put->status = status;
  trias_call_set_data (call, put, put_free);
  if (!trias_call_query_bool (call, "force", &force))
    return;
  if (rule->scope == TRIAS_SCOPE_USE)
    trias_peer_submit_shared (
        self->peer, trias_command_put_rule (trias_keeper_now (self->keeper), rule, call->admin),
        on_shared_put, call);
  else
    trias_access_put_local (self->access, rule, force, call->facts, on_local_put, call);
}

static TriasRule *
read_rule (TriasCall *call)
{
  g_autoptr (GError) error = NULL;
  const TriasJson *body = trias_call_body (call);
  TriasRule *rule;

  if (body == NULL)
    return NULL;
  rule = trias_rule_read (body, &error);
  if (rule == NULL)
    trias_call_error (call, error);
  return rule;
}

static guint
count_rules (TriasApi *self)
{
  g_autoptr (GPtrArray) rules = trias_access_list (self->access);

  return rules->len;
}

void
trias_api_post_rule (TriasCall *call)
{
  g_autoptr (TriasRule) rule = read_rule (call);
  const TriasRule *known;

  if (rule == NULL)
    return;
  known = trias_access_find (call->api->access, rule->id);
  if (known != NULL && !trias_rule_equal (known, rule))
    {
      trias_call_refuse (call, TRIAS_REASON_CONFLICT,
                         "There is another rule with the id %s; change it with PUT or choose "
                         "another id",
                         rule->id);
      return;
    }
  if (known != NULL)
    {
      TriasJsonWriter *writer = trias_json_writer_new ();

      write_rule (known, writer);
      trias_call_json (call, 201, writer);
      return;
    }
  if (count_rules (call->api) >= TRIAS_API_MAX_RULES)
    {
      trias_call_refuse (call, TRIAS_REASON_TOO_MANY,
                         "This server keeps at most %d rules; remove some first",
                         TRIAS_API_MAX_RULES);
      return;
    }
  put_rule (call, g_steal_pointer (&rule), 201);
}

/* The path names the rule; a body that names another one is a mistake. */
static TriasRule *
read_rule_as (TriasCall *call)
{
  g_autoptr (TriasRule) rule = read_rule (call);

  if (rule == NULL)
    return NULL;
  if (g_str_equal (rule->id, call->id))
    return g_steal_pointer (&rule);
  {
    const TriasJson *body = call->body;
    TriasJsonReader reader;
    const char *id;

    trias_json_reader_init (&reader, body);
    id = trias_json_read_string_or (&reader, "id", 128, NULL);
    g_clear_error (&reader.error);
    if (id != NULL)
      {
        trias_call_refuse (call, TRIAS_REASON_BAD_REQUEST,
                           "The id in the body is %s, in the path %s", id, call->id);
        return NULL;
      }
  }
  g_free (rule->id);
  rule->id = g_strdup (call->id);
  return g_steal_pointer (&rule);
}

void
trias_api_put_rule (TriasCall *call)
{
  g_autoptr (TriasRule) rule = read_rule_as (call);
  const TriasRule *known;

  if (rule == NULL)
    return;
  known = trias_access_find (call->api->access, rule->id);
  if (known == NULL)
    trias_call_refuse (call, TRIAS_REASON_NOT_FOUND, "There is no rule %s; add it with POST",
                       rule->id);
  else if (known->scope != rule->scope)
    trias_call_refuse (call, TRIAS_REASON_CONFLICT,
                       "The rule %s is for %s; what a rule is for cannot be changed, make a new "
                       "one",
                       rule->id, trias_scope_to_word (known->scope));
  else
    put_rule (call, g_steal_pointer (&rule), 200);
}

/* --- removing --- */

static void
on_local_removed (const GError *error, gpointer user_data)
{
  TriasCall *call = user_data;

  if (trias_call_is_over (call))
    return;
  if (error != NULL)
    trias_call_error (call, error);
  else
    trias_call_empty (call);
}

static void
on_shared_removed (const TriasOutcome *outcome, gpointer user_data)
{
  TriasCall *call = user_data;

  if (!trias_call_is_over (call) && trias_call_check (call, outcome))
    trias_call_empty (call);
}

void
trias_api_delete_rule (TriasCall *call)
{
  TriasApi *self = call->api;
  const TriasRule *rule = trias_access_find (self->access, call->id);
  gboolean force;

  if (!trias_call_query_bool (call, "force", &force))
    return;
  if (rule == NULL)
    trias_call_refuse (call, TRIAS_REASON_NOT_FOUND, "There is no rule %s", call->id);
  else if (rule->scope == TRIAS_SCOPE_USE)
    trias_peer_submit_shared (
        self->peer,
        trias_command_remove_rule (trias_keeper_now (self->keeper), call->id, call->admin),
        on_shared_removed, call);
  else
    trias_access_remove_local (self->access, call->id, force, call->facts, on_local_removed, call);
}
