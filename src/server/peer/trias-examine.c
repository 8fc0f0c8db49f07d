/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "core/trias-address.h"
#include "server/peer/trias-examine-private.h"
#include "server/peer/trias-forming.h"

/* The side of a check that asks: one request to the other server, which connects back meanwhile. */

#define HELLO_TIMEOUT_MS 8000
/* The first may still open the connection; the shortest counts. */
#define N_PINGS 3
#define PING_TIMEOUT_MS 2000

void
trias_found_free (TriasFound *self)
{
  g_free (self->id);
  g_free (self->name);
  g_free (self->address);
  g_free (self);
}

static void
run_free (TriasCheckRun *run)
{
  g_ptr_array_unref (run->checks);
  g_free (run->address);
  g_free (run->own_address);
  g_free (run->fingerprint);
  g_free (run->nonce);
  g_free (run->other);
  g_free (run->other_name);
  g_free (run->back_address);
  trias_peer_unref (run->peer);
  g_free (run);
}

TriasCheck *
trias_check_run_add (TriasCheckRun *run,
                     const char *kind,
                     gboolean about_other,
                     TriasCheckState state)
{
  const char *other = run->other != NULL ? run->other : "";
  const char *own = run->peer->id;
  TriasCheck *check
      = trias_check_new (kind, about_other ? other : own, about_other ? own : other, state);

  trias_check_param (check, "address", about_other ? run->address : run->own_address);
  trias_check_param (check, "server_name", about_other ? run->other_name : run->peer->name);
  g_ptr_array_add (run->checks, check);
  return check;
}

static void
finish (TriasCheckRun *run)
{
  TriasFound *found = NULL;

  if (run->answered && run->other != NULL)
    {
      found = g_new0 (TriasFound, 1);
      found->id = g_strdup (run->other);
      found->name = g_strdup (run->other_name);
      found->address = g_strdup (run->address);
    }
  g_ptr_array_remove_fast (run->peer->check_runs, run);
  run->done (run->checks, found, run->user_data);
  g_clear_pointer (&found, trias_found_free);
  run_free (run);
}

static void
wait_for (TriasCheckRun *run, const char *kind, gboolean about_other)
{
  TriasCheck *check = trias_check_run_add (run, kind, about_other, TRIAS_CHECK_WAITING);

  trias_check_set_detail (check, "Not checked yet: what comes before it did not pass.");
}

static void
add_free_self (TriasCheckRun *run)
{
  gboolean is_free = run->peer->relationship == NULL;
  TriasCheck *check
      = trias_check_run_add (run, "free", FALSE, is_free ? TRIAS_CHECK_PASSED : TRIAS_CHECK_FAILED);

  if (is_free)
    {
      trias_check_set_detail (check, "The server '%s' is in no other relationship.",
                              run->peer->name);
      return;
    }
  check->reason_code = TRIAS_REASON_ALREADY_RELATED;
  trias_check_param (check, "relationship", run->peer->relationship->name);
  trias_check_set_detail (
      check, "The server '%s' belongs to the relationship '%s' already; dissolve that first.",
      run->peer->name, run->peer->relationship->name);
}

static void
fail (TriasCheck *check, const TriasProblem *problem)
{
  check->state = TRIAS_CHECK_FAILED;
  check->reason_code = problem->reason;
  trias_check_set_detail (check, "%s", problem->detail);
}

/* No answer, another key, or a refusal: says which of the checks that is. */
static void
examine_failure (TriasCheckRun *run, const TriasPeerAnswer *answer)
{
  const TriasProblem *problem = answer->problem;
  gboolean reached = answer->status != 0 || problem->reason == TRIAS_REASON_KEY_MISMATCH;
  TriasCheck *check;

  if (answer->server_id != NULL)
    {
      g_free (run->other);
      run->other = g_strdup (answer->server_id);
    }
  check = trias_check_run_add (run, "reach", TRUE, TRIAS_CHECK_PASSED);
  if (!reached)
    fail (check, problem);
  else
    trias_check_set_detail (check, "The server at %s answers.", run->address);

  if (answer->status == 0 && problem->reason == TRIAS_REASON_KEY_MISMATCH)
    {
      check = trias_check_run_add (run, "identity", TRUE, TRIAS_CHECK_FAILED);
      fail (check, problem);
      trias_check_param (check, "expected", run->fingerprint);
      trias_check_param (check, "seen", run->other);
      wait_for (run, "invitation", TRUE);
    }
  else if (reached)
    {
      trias_check_run_add_identity (run);
      check = trias_check_run_add (
          run, problem->reason == TRIAS_REASON_INVITATION ? "invitation" : "version", TRUE,
          TRIAS_CHECK_FAILED);
      fail (check, problem);
    }
  else
    {
      wait_for (run, "identity", TRUE);
      wait_for (run, "invitation", TRUE);
    }
  wait_for (run, "rule", TRUE);
  wait_for (run, "reach-back", TRUE);
  wait_for (run, "rule", FALSE);
  add_free_self (run);
}

static void ping (TriasCheckRun *run);

static void
on_pinged (const TriasPeerAnswer *answer, gpointer user_data)
{
  TriasCheckRun *run = user_data;

  if (answer->problem == NULL
      && (run->round_trip_us < 0 || answer->round_trip_us < run->round_trip_us))
    run->round_trip_us = answer->round_trip_us;
  if (answer->problem == NULL && run->n_pings < N_PINGS)
    {
      ping (run);
      return;
    }
  trias_check_run_measured (run);
  finish (run);
}

/* The hello itself holds two handshakes and the way back, so it says nothing about the distance. */
static void
ping (TriasCheckRun *run)
{
  run->n_pings++;
  trias_peer_client_post (run->peer->client, run->address, run->other, "ping", g_strdup ("{}"),
                          PING_TIMEOUT_MS, on_pinged, run);
}

static void
on_hello_answered (const TriasPeerAnswer *answer, gpointer user_data)
{
  TriasCheckRun *run = user_data;

  if (answer->problem != NULL)
    examine_failure (run, answer);
  else if (trias_check_run_read (run, answer))
    {
      add_free_self (run);
      ping (run);
      return;
    }
  finish (run);
}

static char *
hello_body (TriasCheckRun *run, const char *invitation)
{
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "kind", trias_kind_to_word (TRIAS_KIND_BACKUP));
  trias_json_add_string (writer, "invitation", invitation != NULL ? invitation : "");
  trias_json_add_string (writer, "nonce", run->nonce);
  trias_json_add_string (writer, "address", run->own_address);
  trias_json_add_int (writer, "protocol", TRIAS_PEER_PROTOCOL);
  trias_json_end_object (writer);
  return trias_peer_end_text (writer);
}

void
trias_peer_examine (TriasPeer *self,
                    const TriasPeerCandidate *candidate,
                    const char *own_address,
                    TriasExamined done,
                    gpointer user_data)
{
  TriasCheckRun *run = g_new0 (TriasCheckRun, 1);

  run->peer = trias_peer_ref (self);
  run->checks = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_check_free);
  run->address = g_strdup (candidate->address);
  run->own_address = g_strdup (own_address);
  run->fingerprint = g_strdup (candidate->fingerprint);
  run->nonce = trias_random_id ();
  run->other = g_strdup (candidate->fingerprint);
  run->other_name = g_strdup (candidate->address);
  run->done = done;
  run->user_data = user_data;
  run->round_trip_us = -1;
  g_ptr_array_add (self->check_runs, run);
  trias_peer_client_post (self->client, run->address, run->fingerprint, "hello",
                          hello_body (run, candidate->invitation), HELLO_TIMEOUT_MS,
                          on_hello_answered, run);
}

void
trias_peer_on_ping (TriasPeerCall *call)
{
  trias_peer_call_ok (call);
}

/* --- the other one connects back --- */

static TriasCheckRun *
find_run (TriasPeerCall *call)
{
  GPtrArray *runs = call->peer->check_runs;
  TriasJsonReader reader;
  const char *nonce;

  trias_json_reader_init (&reader, call->json);
  nonce = trias_json_read_string_or (&reader, "nonce", 64, "");
  if (!trias_json_reader_finish_lenient (&reader, NULL))
    return NULL;
  for (guint i = 0; i < runs->len; i++)
    if (strcmp (((TriasCheckRun *) g_ptr_array_index (runs, i))->nonce, nonce) == 0)
      return g_ptr_array_index (runs, i);
  return NULL;
}

static void
note_reached (TriasPeerCall *call, gboolean let_in)
{
  TriasCheckRun *run = find_run (call);
  TriasJsonWriter *writer;

  if (run == NULL)
    {
      trias_peer_call_refuse (call, TRIAS_REASON_FORBIDDEN,
                              "The server '%s' is not waiting for this.", call->peer->name);
      return;
    }
  g_free (run->back_address);
  run->back_address = g_strdup (call->address);
  run->back_let_in = let_in;
  writer = trias_json_writer_new ();
  trias_json_begin_object (writer, NULL);
  trias_json_add_bool (writer, "let_in", let_in);
  trias_json_end_object (writer);
  trias_peer_call_answer (call, writer);
}

static void
on_facts (TriasCommandFacts *facts, gpointer user_data)
{
  TriasPeerCall *call = user_data;

  if (call->request != NULL && !call->peer->stopped)
    note_reached (call, trias_access_allows (call->peer->access, TRIAS_SCOPE_PEER, facts, NULL));
  trias_access_facts_free (facts);
  trias_peer_call_unref (call);
}

void
trias_peer_on_reach (TriasPeerCall *call)
{
  TriasAccess *access = call->peer->access;
  TriasCommandFacts *facts;

  if (find_run (call) == NULL || trias_access_allows_peer (access, call->key, call->address, NULL))
    {
      note_reached (call, TRUE);
      return;
    }
  /* A rule may name a host: its look-up takes time. */
  facts = trias_access_facts_of (access, call->request, NULL);
  trias_access_complete_facts (access, TRIAS_SCOPE_PEER, facts, on_facts,
                               trias_peer_call_ref (call));
}
