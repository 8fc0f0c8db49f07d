/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-aside.h"
#include "server/peer/trias-drill-private.h"
#include "server/peer/trias-peer-triad-private.h"
#include "server/peer/trias-probe.h"
#include "server/peer/trias-serving.h"

/* A drill as the server runs it that served before. */

#define KEY_DRILL "drill"
#define TICK_MS 50
/* Whoever asked hears the answer, and events are on their way, before it falls silent. */
#define BEGIN_MS 1000
#define BEGIN_LATE_MS 10000
/* What a handover, the return, the reunion may take at most. */
#define HANDOVER_MS 15000
#define RETURN_MS 60000
/* The lead is asked back again after this, if it did not come. */
#define ASK_AGAIN_MS 3000
/* It is over once all has been as before for so long. */
#define STEADY_MS 1000
/* A pin that the drill needs ends by itself, should this server not come back. */
#define PIN_SLACK_MS 60000

/* --- the record --- */

void
trias_drills_keep (TriasDrills *self, TriasDrillRecord *record)
{
  TriasJsonWriter *writer = trias_json_writer_new ();
  g_autoptr (GBytes) bytes = NULL;
  char *text;

  if (record != self->record)
    g_clear_pointer (&self->record, trias_drill_record_free);
  self->record = record;
  trias_drill_record_write (record, writer, NULL);
  text = trias_peer_end_text (writer);
  bytes = g_bytes_new_take (text, strlen (text));
  trias_keeper_put_local (self->peer->keeper, TRIAS_LOCAL_PEER, KEY_DRILL, bytes, NULL, NULL);
  trias_peer_touch (self->peer);
}

void
trias_drills_forget (TriasDrills *self)
{
  /* One under way ends by itself, and says why. */
  if (self->record == NULL || trias_drill_record_is_running (self->record))
    return;
  g_clear_pointer (&self->record, trias_drill_record_free);
  trias_keeper_put_local (self->peer->keeper, TRIAS_LOCAL_PEER, KEY_DRILL, NULL, NULL, NULL);
}

static void
param_number (TriasEvent *event, const char *name, gint64 value)
{
  g_autofree char *text = g_strdup_printf ("%" G_GINT64_FORMAT, value);

  trias_event_param (event, name, text);
}

static void
param_member (TriasDrills *self, TriasEvent *event, const char *name, const char *id)
{
  const TriasMember *member = self->peer->relationship != NULL && id[0] != '\0'
                                  ? trias_relationship_find (self->peer->relationship, id)
                                  : NULL;

  trias_event_param (event, name, member != NULL ? member->name : "–");
}

void
trias_drills_event (TriasDrills *self, const char *kind)
{
  TriasPeer *peer = self->peer;
  const TriasDrillRecord *record = self->record;
  TriasEvent *event = trias_event_new_by (trias_keeper_now (peer->keeper), kind, record->server,
                                          NULL, record->actor);

  trias_event_param (event, "drill", record->id);
  trias_event_param (event, "kind", trias_drill_kind_to_word (record->kind));
  param_number (event, "seconds", record->seconds);
  param_member (self, event, "name", record->server);
  param_member (self, event, "by", record->by);
  if (record->problem[0] != '\0')
    trias_event_param (event, "problem", record->problem);
  if (record->measure != TRIAS_DRILL_NOTHING)
    {
      param_number (event, "gap_ms", record->gap_ms);
      param_number (event, "requests", record->requests);
      param_number (event, "failed", record->failed);
    }
  trias_keeper_record (peer->keeper, event);
}

static gboolean
is_own (TriasDrills *self)
{
  return self->record != NULL && strcmp (self->record->server, self->peer->id) == 0;
}

gboolean
trias_drills_is_running (TriasPeer *peer)
{
  TriasDrills *self = peer->drill;

  return self->planned != NULL
         || (self->record != NULL && trias_drill_record_is_running (self->record));
}

TriasProblem *
trias_drills_refuse_change (TriasPeer *peer)
{
  if (!trias_drills_is_running (peer))
    return NULL;
  return trias_problem_new (TRIAS_REASON_BUSY,
                            "A failover drill is under way; try again when it has ended.");
}

void
trias_drills_write (TriasDrills *self, TriasJsonWriter *writer)
{
  if (self->record != NULL)
    trias_drill_record_write (self->record, writer, "drill");
  else
    trias_json_add_null (writer, "drill");
}

/* --- the end --- */

static void
set_mute (TriasDrills *self, gboolean mute)
{
  TriasPeer *peer = self->peer;

  trias_peer_client_set_mute (peer->client, mute);
  if (peer->set_mute != NULL)
    peer->set_mute (mute, peer->mute_data);
}

static void
speak_again (TriasDrills *self)
{
  TriasPeer *peer = self->peer;

  if (self->silent_end == 0)
    return;
  self->silent_end = 0;
  trias_keeper_triad_set_quiet (peer->keeper, 0);
  set_mute (self, FALSE);
  if (trias_peer_is_pair (peer))
    trias_serving_restart (peer->serving);
  if (peer->relationship != NULL)
    trias_peer_soon_probe (peer);
}

/* A main server that let the backup take its place. */
static void
take_back (TriasDrills *self)
{
  TriasPeer *peer = self->peer;
  const TriasMaintenance *own = trias_aside_own (peer);

  if (trias_peer_is_pair (peer) && self->record->kind == TRIAS_DRILL_HANDOVER && own != NULL
      && own->why == TRIAS_ASIDE_HANDOVER)
    trias_aside_end (peer->aside, self->record->actor, NULL, NULL);
}

/* @problem: (nullable) what did not go as it should. */
static void
end (TriasDrills *self, TriasDrillPhase phase, const char *problem)
{
  TriasDrillRecord *record = self->record;

  speak_again (self);
  take_back (self);
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_pointer (&self->pin, g_free);
  record->phase = phase;
  record->ended_at = trias_keeper_now (self->peer->keeper);
  if (problem != NULL)
    {
      g_free (record->problem);
      record->problem = g_strdup (problem);
    }
  trias_drills_keep (self, record);
  trias_drills_event (self, phase == TRIAS_DRILL_PASSED ? "drill-ended" : "drill-failed");
  if (self->peer->relationship != NULL)
    trias_drills_say (self, TRIAS_DRILL_SAY_ENDED, record, NULL);
}

static void
enter (TriasDrills *self, TriasDrillPhase phase)
{
  self->phase_at = trias_peer_clock ();
  self->asked_at = self->well_since = 0;
  if (self->record->phase == phase)
    return;
  self->record->phase = phase;
  trias_drills_keep (self, self->record);
}

/* --- what is seen --- */

static const char *
get_active (TriasDrills *self)
{
  return trias_peer_get_active (self->peer);
}

static void
note_by (TriasDrills *self, const char *id)
{
  if (id == NULL || self->record->by[0] != '\0' || strcmp (id, self->record->server) == 0)
    return;
  g_free (self->record->by);
  self->record->by = g_strdup (id);
  trias_drills_keep (self, self->record);
}

static gboolean
all_are_well (TriasPeer *peer)
{
  g_autoptr (GPtrArray) statuses = trias_peer_get_statuses (peer);

  for (guint i = 0; i < statuses->len; i++)
    {
      const TriasMemberStatus *status = g_ptr_array_index (statuses, i);

      if (!status->connected || !status->synchronised)
        return FALSE;
    }
  return TRUE;
}

/* The one of primary and secondary that does not serve. */
static const TriasMember *
other_candidate (TriasPeer *peer)
{
  return trias_peer_triad_member (peer->triad, peer->triad->rank == 0 ? 1 : 0);
}

static gboolean
is_automatic (TriasPeer *peer)
{
  return peer->relationship->options.failback == TRIAS_FAILBACK_AUTOMATIC;
}

/* --- a handover ---
 *
 * In a triad without a pin it would be given back at once where that is automatic; where it is not,
 * a pin would not leave things as they were. */

static void
pin (TriasDrills *self, const char *member, gint64 until)
{
  TriasPeer *peer = self->peer;

  trias_keeper_submit (peer->keeper,
                       trias_command_pin (trias_keeper_now (peer->keeper), peer->relationship->id,
                                          member, until, self->record->actor),
                       NULL, NULL);
}

static void
hand_over (TriasDrills *self)
{
  TriasPeer *peer = self->peer;
  gint64 until
      = trias_keeper_now (peer->keeper) + (gint64) self->record->seconds * 1000 + PIN_SLACK_MS;
  const TriasMember *other;
  TriasRole role;

  if (trias_peer_is_pair (peer))
    {
      trias_aside_begin (peer->aside, TRIAS_ASIDE_HANDOVER, until, self->record->actor, NULL, NULL);
      enter (self, TRIAS_DRILL_AWAY);
      return;
    }
  other = other_candidate (peer);
  role = trias_relationship_role (peer->relationship, other->id);
  if (self->pin != NULL || is_automatic (peer))
    pin (self, other->id, until);
  /* Busy for the moment: tried again. */
  else if (!trias_keeper_triad_hand_over (peer->keeper, role - TRIAS_ROLE_PRIMARY + 1, NULL))
    return;
  enter (self, TRIAS_DRILL_AWAY);
}

static void
look_away (TriasDrills *self, gint64 now)
{
  const char *active = get_active (self);
  gint64 since = now - self->phase_at;

  if (self->record->by[0] == '\0')
    {
      note_by (self, active);
      if (self->record->by[0] != '\0')
        self->phase_at = now;
      else if (since > HANDOVER_MS)
        end (self, TRIAS_DRILL_FAILED, "The other server did not become active in time.");
      return;
    }
  if (since < (gint64) self->record->seconds * 1000)
    return;
  take_back (self);
  enter (self, TRIAS_DRILL_RETURNS);
}

/* --- an outage --- */

static void
fall_silent (TriasDrills *self)
{
  TriasPeer *peer = self->peer;
  gint64 length = (gint64) self->record->seconds * 1000;

  enter (self, TRIAS_DRILL_AWAY);
  self->silent_end = trias_keeper_boot (peer->keeper) + length;
  trias_keeper_triad_set_quiet (peer->keeper, self->silent_end);
  set_mute (self, TRUE);
}

static void
look_silent (TriasDrills *self)
{
  if (trias_keeper_boot (self->peer->keeper) < self->silent_end)
    return;
  speak_again (self);
  enter (self, TRIAS_DRILL_RETURNS);
}

/* --- who served before serves again --- */

/* Where it is automatic, and nothing was pinned, it comes back by itself: that is rehearsed too. */
static gboolean
comes_by_itself (TriasDrills *self)
{
  return self->record->kind == TRIAS_DRILL_OUTAGE && self->pin == NULL && is_automatic (self->peer);
}

static void
ask_back (TriasDrills *self, const char *active, gint64 now)
{
  if (active == NULL || !all_are_well (self->peer)
      || (self->asked_at != 0 && now - self->asked_at < ASK_AGAIN_MS))
    return;
  self->asked_at = now;
  trias_drills_say (self, TRIAS_DRILL_SAY_RETURN, self->record, active);
}

static gboolean
is_pinned_as_before (TriasDrills *self)
{
  gint64 until;
  const char *present = trias_ledger_get_pin (trias_keeper_get_ledger (self->peer->keeper), &until);

  /* Its time has come meanwhile. */
  if (self->pin != NULL && self->pin_until <= trias_keeper_now (self->peer->keeper))
    g_clear_pointer (&self->pin, g_free);
  return g_strcmp0 (present, self->pin) == 0 && (present == NULL || until == self->pin_until);
}

static gboolean
is_as_before (TriasDrills *self, const char *active)
{
  TriasPeer *peer = self->peer;

  if (g_strcmp0 (active, peer->id) != 0 || !all_are_well (peer))
    return FALSE;
  if (peer->triad == NULL || is_pinned_as_before (self))
    return TRUE;
  /* It can be said only by who is active. */
  if (self->asked_at == 0 || trias_peer_clock () - self->asked_at >= ASK_AGAIN_MS)
    {
      self->asked_at = trias_peer_clock ();
      pin (self, self->pin != NULL ? self->pin : "", self->pin != NULL ? self->pin_until : 0);
    }
  return FALSE;
}

static void
look_back (TriasDrills *self, gint64 now)
{
  TriasPeer *peer = self->peer;
  const char *active = get_active (self);

  if (trias_peer_is_pair (peer) && peer->link.connected && self->record->kind == TRIAS_DRILL_OUTAGE)
    note_by (self, peer->partner->id);
  else if (peer->triad != NULL)
    note_by (self, active);
  if (!is_as_before (self, active))
    self->well_since = 0;
  else if (self->well_since == 0)
    self->well_since = now;
  if (self->well_since != 0)
    {
      if (now - self->well_since < STEADY_MS)
        return;
      if (self->record->by[0] == '\0')
        end (self, TRIAS_DRILL_FAILED, "No other server took over in that time.");
      else
        end (self, TRIAS_DRILL_PASSED, NULL);
    }
  else if (now - self->phase_at > RETURN_MS)
    end (self, TRIAS_DRILL_FAILED,
         "The server that served before did not come to serve again in time.");
  else if (peer->triad != NULL && g_strcmp0 (active, peer->id) != 0
           && (!comes_by_itself (self) || now - self->phase_at > RETURN_MS / 2))
    ask_back (self, active, now);
}

/* --- time --- */

/* On a busy machine it may just not be the active one for a moment. */
static void
go (TriasDrills *self, gint64 now)
{
  if (now - self->phase_at < BEGIN_MS)
    return;
  if (now - self->phase_at > BEGIN_MS + BEGIN_LATE_MS)
    end (self, TRIAS_DRILL_FAILED, "This server stopped serving before the drill began.");
  else if (g_strcmp0 (get_active (self), self->peer->id) != 0)
    return;
  else if (self->record->kind == TRIAS_DRILL_OUTAGE)
    fall_silent (self);
  else
    hand_over (self);
}

static gboolean
on_tick (gpointer user_data)
{
  TriasDrills *self = user_data;
  gint64 now = trias_peer_clock ();
  gboolean outage = self->record->kind == TRIAS_DRILL_OUTAGE;

  if (self->peer->relationship == NULL)
    {
      end (self, TRIAS_DRILL_STOPPED, "The relationship ended in the middle of the drill.");
      return G_SOURCE_REMOVE;
    }
  if (self->record->phase == TRIAS_DRILL_BEGINS)
    go (self, now);
  else if (self->record->phase == TRIAS_DRILL_AWAY && outage)
    look_silent (self);
  else if (self->record->phase == TRIAS_DRILL_AWAY)
    look_away (self, now);
  else if (self->record->phase == TRIAS_DRILL_RETURNS)
    look_back (self, now);
  return G_SOURCE_CONTINUE;
}

/* Nothing was heard of a drill that another member runs: it was restarted, or is lost. */
static gboolean
on_overdue (gpointer user_data)
{
  TriasDrills *self = user_data;

  self->timer = 0;
  if (self->record != NULL && trias_drill_record_is_running (self->record) && !is_own (self))
    {
      self->record->phase = TRIAS_DRILL_STOPPED;
      self->record->ended_at = trias_keeper_now (self->peer->keeper);
      trias_drills_keep (self, self->record);
      trias_drills_event (self, "drill-failed");
    }
  return G_SOURCE_REMOVE;
}

void
trias_drills_expect (TriasDrills *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  self->timer = g_timeout_add (self->record->seconds * 1000 + RETURN_MS + HANDOVER_MS + BEGIN_MS,
                               on_overdue, self);
}

void
trias_drills_run (TriasDrills *self, TriasDrillRecord *record)
{
  const char *pinned
      = trias_ledger_get_pin (trias_keeper_get_ledger (self->peer->keeper), &self->pin_until);

  record->began_at = trias_keeper_now (self->peer->keeper);
  self->phase_at = trias_peer_clock ();
  g_free (self->pin);
  self->pin = g_strdup (pinned);
  self->asked_at = 0;
  trias_drills_keep (self, record);
  trias_drills_event (self, "drill-began");
  trias_drills_say (self, TRIAS_DRILL_SAY_BEGAN, record, NULL);
  self->timer = g_timeout_add (TICK_MS, on_tick, self);
}

/* --- life --- */

TriasDrills *
trias_drills_new (TriasPeer *peer)
{
  TriasDrills *self = g_new0 (TriasDrills, 1);

  self->peer = peer;
  self->waiters = g_ptr_array_new_with_free_func (g_free);
  return self;
}

void
trias_drills_start (TriasDrills *self)
{
  GBytes *kept = trias_keeper_get_local (self->peer->keeper, TRIAS_LOCAL_PEER, KEY_DRILL);
  g_autoptr (TriasJson) json = NULL;
  gsize length = 0;
  const char *data = kept != NULL ? g_bytes_get_data (kept, &length) : NULL;

  if (data != NULL)
    json = trias_json_parse (data, length, TRIAS_JSON_MAX_BYTES, NULL);
  if (json != NULL)
    self->record = trias_drill_record_read (json, NULL);
  if (self->record == NULL || !trias_drill_record_is_running (self->record))
    return;
  if (is_own (self))
    end (self, TRIAS_DRILL_STOPPED, "The server was restarted in the middle of the drill.");
  else
    trias_drills_expect (self);
}

void
trias_drills_stop (TriasDrills *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  speak_again (self);
}

void
trias_drills_free (TriasDrills *self)
{
  g_clear_handle_id (&self->timer, g_source_remove);
  g_clear_pointer (&self->record, trias_drill_record_free);
  g_clear_pointer (&self->planned, trias_drill_record_free);
  g_clear_pointer (&self->refusal, trias_problem_free);
  g_ptr_array_unref (self->waiters);
  g_free (self->pin);
  g_free (self);
}
