/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "core/trias-address.h"
#include "server/peer/trias-examine-private.h"
#include "server/peer/trias-forming.h"

/* The side of a check that asks: one request to each of the others, which connects back meanwhile;
 * then the others are asked about one another. */

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
run_free (gpointer data)
{
  TriasCheckRun *run = data;

  g_ptr_array_unref (run->checks);
  g_free (run->address);
  g_free (run->invitation);
  g_free (run->fingerprint);
  g_free (run->nonce);
  g_free (run->other);
  g_free (run->other_name);
  g_free (run->back_address);
  g_free (run);
}

static void
examination_free (TriasExamination *self)
{
  g_ptr_array_unref (self->runs);
  g_clear_pointer (&self->changed, trias_relationship_free);
  g_free (self->leaving);
  g_free (self->own_address);
  trias_peer_unref (self->peer);
  g_free (self);
}

TriasCheck *
trias_check_run_add (TriasCheckRun *run,
                     const char *kind,
                     gboolean about_other,
                     TriasCheckState state)
{
  const char *other = run->other != NULL ? run->other : "";
  const char *own = run->peer->id, *name = run->peer->name;
  TriasCheck *check
      = trias_check_new (kind, about_other ? other : own, about_other ? own : other, state);

  trias_check_param (check, "address", about_other ? run->address : run->examination->own_address);
  trias_check_param (check, "server_name", about_other ? run->other_name : name);
  trias_check_param (check, "peer_name", about_other ? name : run->other_name);
  g_ptr_array_add (run->checks, check);
  return check;
}

static void
set_waiting (TriasCheck *check)
{
  trias_check_set_detail (check, "Not checked yet: what comes before it did not pass.");
}

static void
wait_for (TriasCheckRun *run, const char *kind, gboolean about_other)
{
  set_waiting (trias_check_run_add (run, kind, about_other, TRIAS_CHECK_WAITING));
}

static void
wait_for_permit (TriasCheckRun *run)
{
  set_waiting (trias_check_run_add_permit (run, TRIAS_CHECK_WAITING));
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
      wait_for_permit (run);
    }
  else if (reached)
    {
      trias_check_run_add_identity (run);
      if (problem->reason == TRIAS_REASON_INVITATION || problem->reason == TRIAS_REASON_EPOCH)
        check = trias_check_run_add_permit (run, TRIAS_CHECK_FAILED);
      else
        check = trias_check_run_add (run, "version", TRUE, TRIAS_CHECK_FAILED);
      fail (check, problem);
    }
  else
    {
      wait_for (run, "identity", TRUE);
      wait_for_permit (run);
    }
  wait_for (run, "rule", TRUE);
  wait_for (run, "reach-back", TRUE);
  wait_for (run, "rule", FALSE);
}

/* --- all together --- */

/* What goes on must still be what this server is in. */
static gboolean
is_free (TriasExamination *self)
{
  const TriasRelationship *present = self->peer->relationship;

  if (self->changed == NULL || present == NULL)
    return present == self->changed;
  return strcmp (present->id, self->changed->id) == 0
         && present->incarnation == self->changed->incarnation;
}

static void
add_free_self (TriasExamination *self, GPtrArray *checks)
{
  const TriasRelationship *present = self->peer->relationship;
  TriasCheck *check = trias_check_new ("free", self->peer->id, "",
                                       is_free (self) ? TRIAS_CHECK_PASSED : TRIAS_CHECK_FAILED);

  trias_check_param (check, "address", self->own_address);
  trias_check_param (check, "server_name", self->peer->name);
  g_ptr_array_add (checks, check);
  if (check->state == TRIAS_CHECK_PASSED)
    {
      trias_check_set_detail (check, "The server '%s' is in no other relationship.",
                              self->peer->name);
      return;
    }
  check->reason_code = TRIAS_REASON_ALREADY_RELATED;
  if (present != NULL)
    trias_check_param (check, "relationship", present->name);
  trias_check_set_detail (
      check, "The server '%s' belongs to the relationship '%s' already; dissolve that first.",
      self->peer->name, present != NULL ? present->name : "");
}

static TriasFound *
found_of (TriasCheckRun *run)
{
  TriasFound *found = NULL;

  if (!run->answered || run->other == NULL)
    return NULL;
  found = g_new0 (TriasFound, 1);
  found->id = g_strdup (run->other);
  found->name = g_strdup (run->other_name);
  found->address = g_strdup (run->address);
  return found;
}

static void
finish (TriasExamination *self)
{
  g_autoptr (GPtrArray) checks = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_check_free);
  g_autoptr (GPtrArray) found = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_found_free);

  for (guint i = 0; i < self->runs->len; i++)
    {
      TriasCheckRun *run = g_ptr_array_index (self->runs, i);
      TriasFound *entry = found_of (run);

      for (guint j = 0; j < run->checks->len; j++)
        g_ptr_array_add (checks, trias_check_copy (g_ptr_array_index (run->checks, j)));
      if (entry != NULL)
        g_ptr_array_add (found, entry);
      g_ptr_array_remove_fast (self->peer->check_runs, run);
    }
  if (!self->present)
    add_free_self (self, checks);
  if (self->changed != NULL && self->changed->kind == TRIAS_KIND_TRIAD)
    trias_examination_add_change (self, checks);
  else if (!self->present && self->kind == TRIAS_KIND_TRIAD)
    trias_examination_add_resting (self, checks);
  self->done (checks, found, self->user_data);
  examination_free (self);
}

/* One server under two addresses makes no three. */
static void
find_doubles (TriasExamination *self)
{
  for (guint i = 0; i < self->runs->len; i++)
    for (guint j = 0; j < i; j++)
      {
        TriasCheckRun *run = g_ptr_array_index (self->runs, i);
        TriasCheckRun *before = g_ptr_array_index (self->runs, j);
        TriasCheck *check;

        if (run->other == NULL || g_strcmp0 (run->other, before->other) != 0)
          continue;
        check = trias_check_run_add (run, "identity", TRUE, TRIAS_CHECK_FAILED);
        check->reason_code = TRIAS_REASON_CHECK_FAILED;
        trias_check_set_detail (check, "The same server answers at %s and %s; name another one.",
                                before->address, run->address);
      }
}

/* --- one of them --- */

static void
run_ended (TriasCheckRun *run)
{
  TriasExamination *examination = run->examination;

  if (--examination->waiting > 0)
    return;
  find_doubles (examination);
  if (examination->runs->len > 1)
    trias_examination_cross (examination, finish);
  else
    finish (examination);
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
  run_ended (run);
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
      ping (run);
      return;
    }
  run_ended (run);
}

static char *
hello_body (TriasCheckRun *run)
{
  TriasJsonWriter *writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_check_run_write_permit (run, writer);
  trias_json_add_string (writer, "nonce", run->nonce);
  trias_json_add_string (writer, "address", run->examination->own_address);
  trias_json_add_int (writer, "protocol", TRIAS_PEER_PROTOCOL);
  trias_json_end_object (writer);
  return trias_peer_end_text (writer);
}

/* Who is a member already; its name is known before it tells it. */
static const TriasMember *
known_member (TriasExamination *self, const TriasPeerCandidate *candidate)
{
  if (candidate->fingerprint == NULL)
    return NULL;
  if (self->changed != NULL)
    return trias_relationship_find (self->changed, candidate->fingerprint);
  return self->present ? trias_peer_find_other (self->peer, candidate->fingerprint) : NULL;
}

static void
add_run (TriasExamination *self, const TriasPeerCandidate *candidate)
{
  TriasCheckRun *run = g_new0 (TriasCheckRun, 1);
  const TriasMember *member = known_member (self, candidate);

  run->examination = self;
  run->peer = self->peer;
  run->checks = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_check_free);
  run->address = g_strdup (candidate->address);
  run->invitation = g_strdup (candidate->invitation != NULL ? candidate->invitation : "");
  run->fingerprint = g_strdup (candidate->fingerprint);
  run->nonce = trias_random_id ();
  run->other = g_strdup (candidate->fingerprint);
  run->stays = self->changed != NULL && member != NULL;
  run->other_name = g_strdup (member != NULL ? member->name : candidate->address);
  run->round_trip_us = -1;
  g_ptr_array_add (self->runs, run);
  g_ptr_array_add (self->peer->check_runs, run);
}

void
trias_peer_examine (TriasPeer *self,
                    const TriasExamineOrder *order,
                    TriasExamined done,
                    gpointer user_data)
{
  TriasExamination *examination = g_new0 (TriasExamination, 1);
  GPtrArray *runs = g_ptr_array_new_with_free_func (run_free);

  examination->peer = trias_peer_ref (self);
  examination->kind = order->kind;
  examination->present = order->present;
  examination->own_address = g_strdup (order->own_address);
  examination->changed = order->changed != NULL ? trias_relationship_copy (order->changed) : NULL;
  examination->leaving = g_strdup (order->leaving);
  examination->discard = order->discard;
  examination->runs = runs;
  examination->waiting = order->candidates->len;
  examination->done = done;
  examination->user_data = user_data;
  for (guint i = 0; i < order->candidates->len; i++)
    add_run (examination, g_ptr_array_index (order->candidates, i));
  for (guint i = 0; i < runs->len; i++)
    {
      TriasCheckRun *run = g_ptr_array_index (runs, i);

      trias_peer_client_post (self->client, run->address, run->fingerprint, "hello",
                              hello_body (run), HELLO_TIMEOUT_MS, on_hello_answered, run);
    }
}

void
trias_peer_on_ping (TriasPeerCall *call)
{
  trias_peer_call_ok (call);
}
