/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-drill-private.h"
#include "core/trias-text.h"
#include "server/peer/trias-aside.h"
#include "server/peer/trias-forming.h"
#include "server/peer/trias-partner-address.h"
#include "server/peer/trias-peer-triad-private.h"
#include "server/peer/trias-serving.h"

/* What members say to each other about a drill: whether it may begin, and how it went. */

#define ASK_MS 5000

static const char *const say_words[TRIAS_DRILL_N_SAYS]
    = { "ask", "began", "return", "ended", "measured" };

/* --- whether it may begin --- */

static TriasProblem *
check_members (TriasPeer *peer)
{
  g_autoptr (GPtrArray) statuses = trias_peer_get_statuses (peer);

  for (guint i = 0; i < statuses->len; i++)
    {
      const TriasMemberStatus *status = g_ptr_array_index (statuses, i);
      const TriasMember *member = trias_relationship_find (peer->relationship, status->peer);
      const char *lack = !status->connected ? "connected" : "synchronised";
      TriasProblem *problem;

      if (status->connected && status->synchronised)
        continue;
      problem = trias_problem_new (
          status->connected ? TRIAS_REASON_CONFLICT : TRIAS_REASON_UNREACHABLE,
          "A drill needs all servers connected and synchronised, but '%s' and '%s' are not %s.",
          peer->name, member->name, lack);
      trias_problem_param (problem, "member", member->id);
      trias_problem_param (problem, "name", member->name);
      trias_problem_param (problem, "from", peer->name);
      return trias_problem_param (problem, "lack", lack);
    }
  return NULL;
}

/* Who stands aside would not take over, or be taken over from. */
static TriasProblem *
check_aside (TriasPeer *peer)
{
  for (guint i = 0; peer->relationship != NULL && i < peer->relationship->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (peer->relationship->members, i);
      TriasProblem *problem = trias_aside_refuse (peer, member->id);

      if (problem != NULL)
        return problem;
    }
  return NULL;
}

TriasProblem *
trias_drills_check (TriasDrills *self)
{
  TriasPeer *peer = self->peer;
  TriasProblem *problem = trias_drills_refuse_change (peer);

  if (problem != NULL)
    return problem;
  if (trias_forming_is_busy (peer))
    return trias_problem_new (TRIAS_REASON_BUSY,
                              "The server '%s' is just changing who belongs together.", peer->name);
  problem = check_aside (peer);
  return problem != NULL ? problem : check_members (peer);
}

static TriasProblem *
refuse_not_active (TriasPeer *peer)
{
  TriasProblem *problem = trias_problem_new (
      TRIAS_REASON_NOT_ACTIVE, trias_peer_is_pair (peer)
                                   ? "A drill begins at the main server; this is the backup server."
                                   : "A drill begins at the active server of the triad.");

  if (trias_peer_is_pair (peer))
    {
      trias_problem_param (problem, "active", peer->partner->id);
      trias_problem_param (problem, "address", peer->partner->addresses[0]);
    }
  trias_peer_explain (peer, problem);
  return problem;
}

/* The lead is about to move by itself: that would look like the drill. */
static gboolean
is_moving (TriasPeer *peer)
{
  TriasJournalStatus status;

  if (peer->triad == NULL)
    return !trias_serving_is_serving (peer->serving);
  trias_keeper_triad_status (peer->keeper, &status);
  return status.transferring
         || (peer->triad->rank != 0
             && peer->relationship->options.failback == TRIAS_FAILBACK_AUTOMATIC
             && trias_ledger_get_pin (trias_keeper_get_ledger (peer->keeper), NULL) == NULL);
}

/* Nobody would take the place of who falls silent: that is the failure, not its rehearsal. */
static TriasProblem *
check_covered (TriasPeer *peer, TriasDrillKind kind)
{
  if (kind != TRIAS_DRILL_OUTAGE || !trias_peer_is_pair (peer)
      || !trias_serving_is_uncovered (peer->serving))
    return NULL;
  return trias_problem_param (
      trias_problem_new (
          TRIAS_REASON_CHECK_FAILED,
          "The server '%s' has no seat that its partner covers: this would be an outage, not a "
          "drill. Give its partner licences for the same features, or force the drill to let work "
          "stand still.",
          peer->name),
      "uncovered", peer->id);
}

/* %NULL or why this server cannot run the drill. */
static TriasProblem *
refuse (TriasDrills *self, TriasDrillKind kind, gboolean force)
{
  TriasPeer *peer = self->peer;
  TriasProblem *problem;

  if (peer->relationship == NULL)
    return trias_problem_new (TRIAS_REASON_NOT_RELATED, "The server '%s' is in no relationship.",
                              peer->name);
  if (peer->triad != NULL ? !trias_keeper_is_active (peer->keeper) : peer->role != TRIAS_ROLE_MAIN)
    return refuse_not_active (peer);
  problem = trias_drills_check (self);
  if (problem == NULL && is_moving (peer))
    problem = trias_problem_new (TRIAS_REASON_BUSY,
                                 "The clients are just being moved to another server; try again in"
                                 " a moment.");
  return problem == NULL && !force ? check_covered (peer, kind) : problem;
}

/* --- saying --- */

typedef struct
{
  TriasPeer *peer;
  guint serial;
  char *name;
  gboolean question;
} Saying;

static void agreed (TriasDrills *self);

static void
on_said (const TriasPeerAnswer *answer, gpointer user_data)
{
  Saying *saying = user_data;
  TriasPeer *peer = saying->peer;
  TriasDrills *self = peer->drill;

  if (saying->question && !peer->stopped && self->serial == saying->serial)
    {
      if (answer->problem != NULL && self->refusal == NULL)
        self->refusal = trias_problem_copy (answer->problem);
      if (--self->n_asked == 0)
        agreed (self);
    }
  g_free (saying->name);
  g_free (saying);
  trias_peer_unref (peer);
}

static void
say_to (TriasDrills *self,
        TriasDrillSay say,
        const TriasDrillRecord *record,
        const TriasMember *member)
{
  TriasPeer *peer = self->peer;
  TriasJsonWriter *writer = trias_peer_begin_request (peer);
  const char *address
      = trias_peer_is_pair (peer) ? trias_partner_address (peer) : member->addresses[0];
  Saying *saying = g_new0 (Saying, 1);

  saying->peer = trias_peer_ref (peer);
  saying->serial = self->serial;
  saying->name = g_strdup (member->name);
  saying->question = say == TRIAS_DRILL_SAY_ASK;
  trias_json_add_string (writer, "say", say_words[say]);
  trias_drill_record_write (record, writer, "drill");
  trias_json_add_string (writer, "pin", self->pin);
  trias_json_add_int (writer, "pin_until", self->pin != NULL ? self->pin_until : 0);
  trias_json_end_object (writer);
  trias_peer_client_post (peer->client, address, member->id, "drill", trias_peer_end_text (writer),
                          ASK_MS, on_said, saying);
}

void
trias_drills_say (TriasDrills *self,
                  TriasDrillSay say,
                  const TriasDrillRecord *record,
                  const char *to)
{
  const TriasRelationship *relationship = self->peer->relationship;

  for (guint i = 0; i < relationship->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (relationship->members, i);

      if (strcmp (member->id, self->peer->id) != 0 && (to == NULL || strcmp (member->id, to) == 0))
        say_to (self, say, record, member);
    }
}

/* --- beginning --- */

static void
answer_waiters (TriasDrills *self, const TriasProblem *problem)
{
  g_autoptr (GPtrArray) waiters = self->waiters;

  self->waiters = g_ptr_array_new_with_free_func (g_free);
  for (guint i = 0; i < waiters->len; i++)
    {
      TriasDrillWaiter *waiter = g_ptr_array_index (waiters, i);

      waiter->done (problem, waiter->user_data);
    }
}

/* All have answered. Much may have happened in the meantime. */
static void
agreed (TriasDrills *self)
{
  TriasDrillRecord *planned = g_steal_pointer (&self->planned);
  g_autoptr (TriasProblem) problem = g_steal_pointer (&self->refusal);

  if (problem == NULL)
    problem = refuse (self, planned->kind, self->forced);
  if (problem == NULL)
    trias_drills_run (self, planned);
  else
    trias_drill_record_free (planned);
  answer_waiters (self, problem);
}

static void
add_waiter (TriasDrills *self, TriasPeerDone done, gpointer user_data)
{
  TriasDrillWaiter *waiter = g_new0 (TriasDrillWaiter, 1);

  waiter->done = done;
  waiter->user_data = user_data;
  g_ptr_array_add (self->waiters, waiter);
}

void
trias_peer_begin_drill (TriasPeer *peer,
                        const char *id,
                        TriasDrillKind kind,
                        guint seconds,
                        gboolean force,
                        const char *actor,
                        TriasPeerDone done,
                        gpointer user_data)
{
  TriasDrills *self = peer->drill;
  g_autoptr (TriasProblem) problem = NULL;

  if (self->record != NULL && strcmp (self->record->id, id) == 0)
    {
      done (NULL, user_data);
      return;
    }
  if (self->planned != NULL && strcmp (self->planned->id, id) == 0)
    {
      add_waiter (self, done, user_data);
      return;
    }
  problem = refuse (self, kind, force);
  if (problem != NULL)
    {
      done (problem, user_data);
      return;
    }
  self->planned = trias_drill_record_new (id, kind, seconds, peer->id);
  g_free (self->planned->actor);
  self->planned->actor = g_strdup (actor != NULL ? actor : "");
  self->forced = force;
  add_waiter (self, done, user_data);
  self->serial++;
  self->n_asked = peer->relationship->members->len - 1;
  trias_drills_say (self, TRIAS_DRILL_SAY_ASK, self->planned, NULL);
}

/* --- what a client measured --- */

static void
take_measured (TriasDrills *self, const TriasDrillRecord *measured)
{
  TriasDrillRecord *record = self->record;
  gboolean again = record->measure == measured->measure && record->gap_ms == measured->gap_ms
                   && record->requests == measured->requests && record->failed == measured->failed;

  if (again)
    return;
  record->measure = measured->measure;
  record->gap_ms = measured->gap_ms;
  record->requests = measured->requests;
  record->failed = measured->failed;
  trias_drills_keep (self, record);
  trias_drills_event (self, "drill-measured");
}

void
trias_peer_report_drill (TriasPeer *peer,
                         const TriasDrillRecord *measured,
                         TriasPeerDone done,
                         gpointer user_data)
{
  TriasDrills *self = peer->drill;
  g_autoptr (TriasProblem) problem = NULL;

  if (self->record == NULL || strcmp (self->record->id, measured->id) != 0)
    problem = trias_problem_new (TRIAS_REASON_NOT_FOUND, "This was not the last drill.");
  else
    {
      take_measured (self, measured);
      if (peer->relationship != NULL)
        trias_drills_say (self, TRIAS_DRILL_SAY_MEASURED, self->record, NULL);
    }
  done (problem, user_data);
}

/* --- heard from another member --- */

static void
hear_began (TriasDrills *self, TriasDrillRecord *record)
{
  /* Its own clock says nothing here. */
  record->began_at = trias_keeper_now (self->peer->keeper);
  trias_drills_keep (self, record);
  trias_drills_event (self, "drill-began");
  trias_drills_expect (self);
}

static void
hear_ended (TriasDrills *self, TriasDrillRecord *record)
{
  gboolean known = self->record != NULL && strcmp (self->record->id, record->id) == 0;

  g_clear_handle_id (&self->timer, g_source_remove);
  if (known && !trias_drill_record_is_running (self->record))
    {
      trias_drill_record_free (record);
      return;
    }
  trias_drills_keep (self, record);
  trias_drills_event (self, record->phase == TRIAS_DRILL_PASSED ? "drill-ended" : "drill-failed");
}

/* Lets the member that served before serve again, pinned as it was. */
static TriasProblem *
hear_return (TriasDrills *self, const TriasDrillRecord *record, const char *pin, gint64 until)
{
  TriasPeer *peer = self->peer;
  TriasRole role = trias_relationship_role (peer->relationship, record->server);
  TriasLedger *ledger = trias_keeper_get_ledger (peer->keeper);
  g_autoptr (GError) error = NULL;

  if (peer->triad == NULL || !trias_keeper_is_active (peer->keeper))
    return trias_problem_new (TRIAS_REASON_NOT_ACTIVE, "The server '%s' is not active.",
                              peer->name);
  if (pin != NULL || trias_ledger_get_pin (ledger, NULL) != NULL)
    trias_keeper_submit (peer->keeper,
                         trias_command_pin (trias_keeper_now (peer->keeper), peer->relationship->id,
                                            pin != NULL ? pin : "", until, record->actor),
                         NULL, NULL);
  else if (!trias_keeper_triad_hand_over (peer->keeper, role - TRIAS_ROLE_PRIMARY + 1, &error))
    return trias_problem_from_error (error);
  return NULL;
}

static void
hear (
    TriasPeerCall *call, TriasDrillSay say, TriasDrillRecord *taken, const char *pin, gint64 until)
{
  TriasDrills *self = call->peer->drill;
  g_autoptr (TriasDrillRecord) record = taken;
  TriasProblem *problem = NULL;

  if (say == TRIAS_DRILL_SAY_ASK)
    problem = trias_drills_check (self);
  else if (say == TRIAS_DRILL_SAY_BEGAN)
    hear_began (self, g_steal_pointer (&record));
  else if (say == TRIAS_DRILL_SAY_RETURN)
    problem = hear_return (self, record, pin, until);
  else if (say == TRIAS_DRILL_SAY_ENDED)
    hear_ended (self, g_steal_pointer (&record));
  else if (self->record != NULL && strcmp (self->record->id, record->id) == 0)
    take_measured (self, record);
  if (problem != NULL)
    trias_peer_call_problem (call, problem);
  else
    trias_peer_call_ok (call);
}

/* What one says of its own drill, only it may say. */
static gboolean
may_say (TriasPeerCall *call, TriasDrillSay say, const TriasDrillRecord *record)
{
  TriasDrills *self = call->peer->drill;
  gboolean own_runs = self->record != NULL && trias_drill_record_is_running (self->record)
                      && strcmp (self->record->server, self->peer->id) == 0;

  if (say == TRIAS_DRILL_SAY_MEASURED)
    return TRUE;
  return strcmp (record->server, call->key) == 0 && (say == TRIAS_DRILL_SAY_ASK || !own_runs);
}

void
trias_peer_on_drill (TriasPeerCall *call)
{
  TriasJsonReader reader;
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasDrillRecord) record = NULL;
  const TriasJson *object;
  const char *pin;
  gint64 until;
  int say;

  trias_json_reader_init (&reader, call->json);
  say = trias_text_find_word (say_words, G_N_ELEMENTS (say_words),
                              trias_json_read_string (&reader, "say", 1, 16));
  object = trias_json_read_object_or_null (&reader, "drill");
  pin = trias_json_read_string_or (&reader, "pin", TRIAS_ID_LENGTH, NULL);
  until = trias_json_read_int_or (&reader, "pin_until", 0, G_MAXINT64, 0);
  if (!trias_json_reader_finish_lenient (&reader, &error))
    {
      trias_peer_call_problem (call, trias_problem_from_error (error));
      return;
    }
  if (object != NULL)
    record = trias_drill_record_read (object, NULL);
  if (record == NULL || say < 0)
    trias_peer_call_refuse (call, TRIAS_REASON_BAD_REQUEST,
                            "What is said of the drill is unclear.");
  else if (!may_say (call, (TriasDrillSay) say, record))
    trias_peer_call_refuse (call, TRIAS_REASON_CONFLICT, "Another drill is under way.");
  else
    hear (call, (TriasDrillSay) say, g_steal_pointer (&record), pin, until);
}
