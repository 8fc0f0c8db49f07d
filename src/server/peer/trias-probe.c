/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-probe.h"

#include <string.h>

#include "server/peer/trias-aside.h"
#include "server/peer/trias-forming.h"
#include "server/peer/trias-list-signatures.h"
#include "server/peer/trias-options.h"
#include "server/peer/trias-partner-address.h"
#include "server/peer/trias-peer-copy.h"
#include "server/peer/trias-peer-triad.h"
#include "server/peer/trias-serving.h"
#include "server/peer/trias-shared.h"

#define CLOCK_SKEW_MS 60000

/* --- what a probe carries, in both directions --- */

static gboolean
is_doubtful (TriasPeer *self)
{
  const TriasSync *sync = &self->copy->sync;

  return !sync->told || !sync->ever || sync->confirmed < sync->revision
         || sync->their_lag != TRIAS_LAG_NONE || !trias_sync_copy_is_current (sync);
}

static void
write_message (TriasPeer *self, TriasJsonWriter *writer, gboolean compare)
{
  const TriasSync *sync = &self->copy->sync;
  TriasLedger *replica = trias_keeper_get_replica (self->keeper);
  gint64 now = trias_peer_clock ();
  const char *digest = trias_peer_copy_digest (self->copy);
  g_autofree char *options = trias_options_hash (self->relationship);

  trias_speaker_write (&self->speaker, writer);
  trias_json_add_int (writer, "time", trias_keeper_now (self->keeper));
  trias_json_add_int (writer, "heard_ms", self->link.heard < 0 ? -1 : now - self->link.heard);
  trias_json_add_string (writer, "version", TRIAS_VERSION);
  trias_json_add_string (writer, "name", self->name);
  trias_list_signatures_write (self, writer);
  trias_partner_address_write (self, writer, "addresses");
  trias_json_add_bool (writer, "serving", trias_serving_is_serving (self->serving));
  trias_aside_write_own (self, writer);
  trias_json_add_bool (writer, "covers", trias_aside_find (self, self->partner->id) != NULL);
  trias_json_add_int (writer, "stood_in_since", trias_serving_stood_in (self->serving));
  trias_json_add_int (writer, "stood_in_known", trias_serving_stood_in_known (self->serving));
  trias_json_add_int (writer, "letting", trias_serving_n_letting (self->serving));
  trias_json_add_string (writer, "conflict", trias_shared_conflict_id (self->shared));
  trias_json_add_string (writer, "options", options);
  trias_json_add_string (writer, "lag", trias_lag_to_word (trias_sync_own_lag (sync, now)));
  trias_json_add_int (writer, "revision", (gint64) sync->revision);
  trias_json_add_int (writer, "held", (gint64) sync->copy_revision);
  if (compare)
    {
      /* Of what is really there, not of what was once received. */
      g_autofree char *held = trias_ledger_digest (replica);

      trias_json_add_string (writer, "digest", digest[0] != '\0' ? digest : NULL);
      trias_json_add_string (writer, "held_digest", held);
    }
  trias_member_status_write (self->status, writer, "status");
}

/* Takes what the partner says, unless that has passed; %FALSE if it cannot be read. @time (out) its
 * clock. */
static gboolean
read_message (TriasPeer *self, const TriasJson *json, gint64 *time, gboolean *compared)
{
  TriasJsonReader reader;
  const char *version, *conflict, *options, *lag, *digest, *held_digest;
  g_auto (GStrv) addresses = NULL;
  const TriasJson *view, *maintenance;
  guint64 revision, held;
  gboolean serving, covers;
  gint64 stood_in, stood_in_known;
  guint letting;

  trias_json_reader_init (&reader, json);
  *time = trias_json_read_int (&reader, "time", 0, G_MAXINT64);
  version = trias_json_read_string (&reader, "version", 1, 64);
  serving = trias_json_read_bool (&reader, "serving");
  maintenance = trias_json_read_object_or_null (&reader, "maintenance");
  covers = trias_json_read_bool_or (&reader, "covers", FALSE);
  stood_in = trias_json_read_int_or (&reader, "stood_in_since", 0, G_MAXINT64, 0);
  stood_in_known = trias_json_read_int_or (&reader, "stood_in_known", 0, G_MAXINT64, 0);
  letting = (guint) trias_json_read_int (&reader, "letting", 0, G_MAXINT32);
  conflict = trias_json_read_string (&reader, "conflict", 0, 64);
  options = trias_json_read_string (&reader, "options", 1, 64);
  lag = trias_json_read_string (&reader, "lag", 1, 32);
  revision = (guint64) trias_json_read_int (&reader, "revision", 0, G_MAXINT64);
  held = (guint64) trias_json_read_int (&reader, "held", 0, G_MAXINT64);
  digest = trias_json_read_string_or (&reader, "digest", 64, NULL);
  held_digest = trias_json_read_string_or (&reader, "held_digest", 64, NULL);
  addresses = trias_json_read_strv_or_null (&reader, "addresses", 64, 256);
  view = trias_json_read_object_or_null (&reader, "status");
  if (!trias_json_reader_finish_lenient (&reader, NULL))
    return FALSE;
  *compared = held_digest != NULL;
  if (!trias_freshness_take (&self->heard, json))
    return TRUE;

  trias_list_signatures_read (self, self->partner->id, json);
  trias_partner_address_told (self, (const char *const *) addresses);
  g_free (self->status->version);
  self->status->version = g_strdup (version);
  g_clear_pointer (&self->partner_view, trias_member_status_free);
  self->partner_view = view != NULL ? trias_member_status_read (view, NULL) : NULL;
  self->partner_view_at = trias_peer_clock ();
  self->partner_serving = serving;
  trias_aside_told (self, self->partner->id, maintenance);
  trias_serving_told_covers (self->serving, covers);
  trias_serving_told_stood_in (self->serving, stood_in, stood_in_known);
  self->copy->sync.their_lag = trias_lag_from_word (lag);
  trias_peer_copy_told (self->copy, held, held_digest, revision, digest);
  trias_serving_told (self->serving, letting);
  trias_shared_told (self->shared, conflict);
  trias_options_told (self, options);
  return TRUE;
}

static void
check_skew (TriasPeer *self)
{
  gboolean skewed = ABS (self->link.offset_ms) > CLOCK_SKEW_MS;
  g_autofree char *offset = g_strdup_printf ("%" G_GINT64_FORMAT, self->link.offset_ms);

  if (skewed && !self->skewed)
    trias_peer_event (self, "clock-skew", self->partner->id, "offset_ms", offset);
  self->skewed = skewed;
}

/* --- the status --- */

static TriasLag
sync_lag (TriasPeer *self, gint64 now)
{
  TriasLag lag = trias_sync_lag (&self->copy->sync, now);

  if (!self->link.connected && lag == TRIAS_LAG_NONE && !trias_sync_apart_ok (&self->copy->sync))
    lag = TRIAS_LAG_PENDING;
  if (lag == TRIAS_LAG_NONE && !trias_sync_copy_is_current (&self->copy->sync))
    lag = self->copy->sync.announced_known ? TRIAS_LAG_NONE : TRIAS_LAG_FIRST_COPY;
  if (lag == TRIAS_LAG_NONE && trias_shared_conflict_id (self->shared)[0] != '\0')
    lag = TRIAS_LAG_CONFLICT;
  return lag;
}

void
trias_peer_fill_status (TriasPeer *self, gint64 now)
{
  const TriasSync *sync = &self->copy->sync;
  TriasMemberStatus *status = self->status;

  status->connected = self->link.connected;
  status->connected_since = self->link.connected_since;
  status->last_heard = self->link.last_heard;
  status->connect_reason = trias_link_reason (&self->link, now);
  status->latency_us = self->link.latency_us;
  status->clock_offset_ms = self->link.offset_ms;
  status->pending = trias_sync_pending (sync);
  status->revision = sync->revision;
  status->confirmed = sync->confirmed;
  status->held = sync->copy_revision;
  g_free (status->digest);
  status->digest = g_strdup (sync->digest);
  g_free (status->held_digest);
  status->held_digest = g_strdup (sync->copy_digest);
}

/* What a console would draw otherwise; mere numbers do not wake it. */
static gboolean
refresh_sync (TriasPeer *self, gint64 now)
{
  TriasMemberStatus *status = self->status;
  TriasLag lag = sync_lag (self, now);
  gboolean synchronised = lag == TRIAS_LAG_NONE;
  gboolean changed = synchronised != status->synchronised || lag != status->sync_reason;

  if (synchronised && (self->link.connected || status->synchronised_at == 0))
    status->synchronised_at = MAX (self->copy->sync.confirmed_wall, status->synchronised_at);
  if (synchronised && self->link.connected)
    status->synchronised_at = trias_keeper_now (self->keeper);
  status->sync_reason = lag;
  if (synchronised != status->synchronised)
    {
      status->synchronised = synchronised;
      status->synchronised_since = trias_keeper_now (self->keeper);
      trias_peer_event (self, synchronised ? "synchronised" : "sync-lost", self->partner->id,
                        "reason", trias_lag_to_word (lag));
    }
  return changed;
}

static void
link_changed (TriasPeer *self)
{
  gboolean connected = self->link.connected;

  trias_peer_event (self, connected ? "peer-connected" : "peer-lost", self->partner->id, "reason",
                    trias_lag_to_word (trias_link_reason (&self->link, trias_peer_clock ())));
  trias_peer_copy_link (self->copy, connected);
  trias_serving_link (self->serving, connected);
  if (connected)
    self->compare_at = 0;
}

void
trias_peer_refresh (TriasPeer *self)
{
  gint64 now = trias_peer_clock ();
  TriasLag reason;
  gboolean changed;

  if (self->triad != NULL)
    trias_peer_triad_refresh (self->triad);
  if (!trias_peer_is_pair (self))
    return;
  reason = self->status->connect_reason;
  changed = trias_link_update (&self->link, now, trias_keeper_now (self->keeper));
  if (changed)
    link_changed (self);
  trias_peer_fill_status (self, now);
  changed |= reason != self->status->connect_reason;
  changed |= refresh_sync (self, now);
  if (self->link.connected)
    {
      trias_peer_copy_save (self->copy, FALSE);
      trias_shared_reconcile (self->shared);
    }
  trias_serving_refresh (self->serving);
  trias_peer_end_sync_waiters (self, FALSE);
  if (changed)
    trias_peer_touch (self);
}

/* --- asking --- */

TriasLag
trias_peer_lag_of (const TriasProblem *problem)
{
  if (problem->reason == TRIAS_REASON_KEY_MISMATCH)
    return TRIAS_LAG_KEY;
  if (problem->reason == TRIAS_REASON_RULE_MISSING || problem->reason == TRIAS_REASON_FORBIDDEN)
    return TRIAS_LAG_RULE;
  if (problem->reason == TRIAS_REASON_EPOCH)
    return TRIAS_LAG_EPOCH;
  if (problem->reason == TRIAS_REASON_VERSION || problem->reason == TRIAS_REASON_BAD_REQUEST)
    return TRIAS_LAG_VERSION;
  return TRIAS_LAG_UNREACHABLE;
}

static void
on_probe_failed (TriasPeer *self, const TriasProblem *problem)
{
  const char *dissolved
      = problem->params != NULL ? g_hash_table_lookup (problem->params, "dissolved") : NULL;

  trias_link_failed (&self->link, trias_peer_lag_of (problem));
  trias_serving_probe_failed (self->serving);
  if (problem->reason == TRIAS_REASON_EPOCH && g_strcmp0 (dissolved, "true") == 0)
    trias_forming_partner_dissolved (self->forming, problem);
}

static void
on_probe_answered (TriasPeer *self, const TriasPeerAnswer *answer)
{
  gint64 now = trias_keeper_now (self->keeper);
  gboolean compared;
  gint64 time;

  if (!read_message (self, answer->json, &time, &compared))
    {
      trias_link_failed (&self->link, TRIAS_LAG_VERSION);
      return;
    }
  if (compared)
    self->compare_at
        = trias_peer_clock () + 1000 * (gint64) self->relationship->options.sync_interval_s;
  /* The partner wrote its time half a round trip ago. */
  trias_link_answered (&self->link, trias_peer_clock (), now, answer->round_trip_us,
                       time - now + answer->round_trip_us / 2000);
  check_skew (self);
}

typedef struct
{
  TriasPeer *peer;
  char *relationship;
  char *address;
} Probe;

static void
on_probed (const TriasPeerAnswer *answer, gpointer user_data)
{
  Probe *probe = user_data;
  TriasPeer *self = probe->peer;

  self->probing = FALSE;
  /* It may have ended, and another begun, in the meantime. */
  if (!self->stopped && trias_peer_is_pair (self)
      && strcmp (self->relationship->id, probe->relationship) == 0)
    {
      if (answer->problem != NULL)
        on_probe_failed (self, answer->problem);
      else
        on_probe_answered (self, answer);
      if (answer->status != 0)
        trias_partner_address_works (self);
      else if (trias_partner_address_failed (self, probe->address))
        self->probe_again = TRUE;
      trias_peer_refresh (self);
    }
  if (self->probe_again && !self->stopped && trias_peer_is_pair (self))
    trias_peer_probe (self, FALSE);
  g_free (probe->relationship);
  g_free (probe->address);
  g_free (probe);
  trias_peer_unref (self);
}

void
trias_peer_probe (TriasPeer *self, gboolean compare)
{
  TriasJsonWriter *writer;
  Probe *probe;

  if (compare)
    self->compare_at = 0;
  if (self->probing)
    return;
  self->probing = TRUE;
  self->probe_again = FALSE;
  self->probe_at = trias_peer_clock () + TRIAS_PROBE_INTERVAL_MS;
  probe = g_new0 (Probe, 1);
  probe->peer = trias_peer_ref (self);
  probe->relationship = g_strdup (self->relationship->id);
  probe->address = g_strdup (trias_partner_address (self));
  writer = trias_peer_begin_request (self);
  write_message (self, writer, trias_peer_clock () >= self->compare_at || is_doubtful (self));
  trias_peer_post (self, "probe", writer, TRIAS_PROBE_TIMEOUT_MS, on_probed, probe);
}

void
trias_peer_soon_probe (TriasPeer *self)
{
  if (self->triad != NULL)
    trias_peer_triad_soon_probe (self->triad);
  else if (self->probing)
    self->probe_again = TRUE;
  else
    trias_peer_probe (self, FALSE);
}

void
trias_peer_tick (TriasPeer *self)
{
  if (self->triad != NULL)
    trias_peer_triad_tick (self->triad);
  if (!trias_peer_is_pair (self))
    return;
  trias_peer_refresh (self);
  if (trias_peer_is_pair (self) && trias_peer_clock () >= self->probe_at - 100)
    trias_peer_probe (self, FALSE);
  if (trias_peer_is_pair (self))
    trias_peer_copy_kick (self->copy);
}

/* --- answering --- */

void
trias_peer_on_probe (TriasPeerCall *call)
{
  TriasPeer *self = call->peer;
  TriasJsonWriter *writer;
  gboolean compared;
  gint64 time;

  if (self->triad != NULL)
    {
      trias_peer_triad_on_probe (call);
      return;
    }
  if (!read_message (self, call->json, &time, &compared))
    {
      trias_link_refused (&self->link, TRIAS_LAG_VERSION);
      trias_peer_call_refuse (call, TRIAS_REASON_VERSION,
                              "The probe is not understood; bring both servers to one version.");
      return;
    }
  trias_link_heard (&self->link, trias_peer_clock (), trias_keeper_now (self->keeper));
  writer = trias_json_writer_new ();
  trias_json_begin_object (writer, NULL);
  write_message (self, writer, compared || is_doubtful (self));
  trias_json_end_object (writer);
  trias_peer_call_answer (call, writer);
  trias_peer_refresh (self);
  /* It is back: tell it at once that we hear it. */
  if (trias_peer_is_pair (self) && !self->link.connected)
    trias_peer_probe (self, FALSE);
}
