/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "server/api/trias-api-private.h"

static void
record (TriasApi *self, const char *kind, const char *name, const char *address)
{
  TriasEvent *event = trias_event_new (trias_keeper_now (self->keeper), kind, name);

  trias_event_param (event, "address", address);
  g_free (event->actor);
  event->actor = g_strdup (name);
  trias_keeper_record (self->keeper, event);
}

static void
answer_signed_in (TriasCall *call)
{
  TriasApi *self = call->api;
  gint64 expires_at;
  g_autofree char *token = trias_tokens_issue (self->tokens, call->admin, &expires_at);
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_attempts_passed (self->attempts, call->facts->address, call->admin);
  record (self, "signed-in", call->admin, call->facts->address);
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "token", token);
  trias_json_add_string (writer, "name", call->admin);
  trias_json_add_int (writer, "expires_at", expires_at);
  trias_json_end_object (writer);
  trias_call_json (call, 201, writer);
}

static void
on_verified (GObject *source, GAsyncResult *result, gpointer user_data)
{
  TriasCall *call = user_data;
  g_autoptr (GError) error = NULL;

  if (trias_call_is_over (call))
    return;
  if (trias_accounts_verify_finish (call->api->accounts, result, &error))
    {
      answer_signed_in (call);
      return;
    }
  if (!g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_UNAUTHENTICATED))
    {
      trias_call_error (call, error);
      return;
    }
  trias_attempts_failed (call->api->attempts, call->facts->address, call->admin,
                         g_get_monotonic_time () / 1000);
  record (call->api, "sign-in-failed", call->admin, call->facts->address);
  trias_call_refuse (call, TRIAS_REASON_UNAUTHENTICATED,
                     "The name or the password is wrong; check both and try again");
}

/* The rules come before the password: who may not come in from there needs no hashing. */
static void
on_sign_in_facts (TriasCommandFacts *facts, gpointer user_data)
{
  TriasCall *call = user_data;

  if (trias_call_is_over (call))
    return;
  if (!trias_access_allows (call->api->access, TRIAS_SCOPE_ADMINISTER, facts, NULL))
    {
      trias_call_refuse (call, TRIAS_REASON_RULE_DENIED,
                         "No rule of this server lets %s administer it from %s", call->admin,
                         facts->address);
      return;
    }
  trias_accounts_verify_async (call->api->accounts, call->admin, call->data, on_verified, call);
}

static void
wipe (gpointer password)
{
  explicit_bzero (password, strlen (password));
  g_free (password);
}

void
trias_api_post_session (TriasCall *call)
{
  TriasApi *self = call->api;
  TriasJsonReader reader;
  const char *name, *password;
  guint wait;

  if (!trias_call_read (call, &reader))
    return;
  name = trias_json_read_string (&reader, "name", 1, TRIAS_ACCOUNT_NAME_MAX);
  password = trias_json_read_string (&reader, "password", 1, TRIAS_ACCOUNT_PASSWORD_MAX);
  if (name != NULL && !trias_account_name_is_valid (name))
    trias_json_reader_fail (&reader, "name", "may only have letters, digits and ._@-");
  if (!trias_call_read_end (call, &reader))
    return;
  call->admin = g_strdup (name);
  call->facts = trias_access_facts_of (self->access, call->request, name);
  trias_call_set_data (call, g_strdup (password), wipe);
  wait = trias_attempts_wait (self->attempts, call->facts->address, name,
                              g_get_monotonic_time () / 1000);
  if (wait > 0)
    {
      g_autofree char *seconds = g_strdup_printf ("%u", wait);

      trias_call_problem_header (call,
                                 trias_problem_new (TRIAS_REASON_TOO_MANY,
                                                    "Signing in failed too often from %s; try "
                                                    "again in %u s",
                                                    call->facts->address, wait),
                                 "Retry-After", seconds);
      return;
    }
  trias_access_complete_facts (self->access, TRIAS_SCOPE_ADMINISTER, call->facts, on_sign_in_facts,
                               call);
}

void
trias_api_delete_session (TriasCall *call)
{
  trias_tokens_revoke (call->api->tokens, trias_api_bearer (call->request));
  trias_streams_check (call->api->streams);
  trias_call_empty (call);
}
