/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-aside.h"
#include "server/peer/trias-forming.h"
#include "server/peer/trias-list-signatures.h"
#include "server/peer/trias-peer-triad-private.h"
#include "server/peer/trias-probe.h"
#include "server/peer/trias-sync.h"

/* Signs of life between the members of a triad, with the own views of the others. */

#define CLOCK_SKEW_MS 60000
/* Marks are this far apart at least, and so many are kept. */
#define MARK_MS 10
#define MARKS_MAX 512

/* --- the own ledger over time --- */

void
trias_triad_mark_free (gpointer data)
{
  TriasTriadMark *mark = data;

  g_free (mark->digest);
  g_free (mark);
}

void
trias_peer_triad_mark (TriasPeerTriad *self)
{
  TriasLedger *ledger = trias_keeper_get_ledger (self->peer->keeper);
  guint64 revision = trias_ledger_get_revision (ledger);
  TriasTriadMark *mark = g_queue_peek_tail (&self->marks);
  gint64 now = trias_peer_clock ();

  if (mark != NULL && (mark->revision == revision || now - mark->at < MARK_MS))
    return;
  mark = g_new0 (TriasTriadMark, 1);
  mark->at = now;
  mark->revision = revision;
  mark->digest = trias_ledger_digest (ledger);
  g_queue_push_tail (&self->marks, mark);
  if (g_queue_get_length (&self->marks) > MARKS_MAX)
    trias_triad_mark_free (g_queue_pop_head (&self->marks));
}

/* What every member must hold by now: the highest revision that was here before the slack. */
static guint64
settled_revision (TriasPeerTriad *self, gint64 now)
{
  guint64 revision = 0;

  for (GList *l = self->marks.head; l != NULL; l = l->next)
    {
      const TriasTriadMark *mark = l->data;

      if (now - mark->at >= TRIAS_SYNC_SLACK_MS)
        revision = mark->revision;
    }
  return revision;
}

TriasLag
trias_peer_triad_lag (const TriasTriadOther *other, gint64 now)
{
  TriasPeerTriad *self = other->triad;
  guint64 own = trias_ledger_get_revision (trias_keeper_get_ledger (self->peer->keeper));

  if (other->told_at < 0)
    return TRIAS_LAG_FIRST_COPY;
  if (self->journal.muted || self->journal.members[other->rank].muted || other->differs)
    return TRIAS_LAG_REPAIR;
  if (other->revision < settled_revision (self, now))
    return TRIAS_LAG_PENDING;
  /* What it told some time ago must be here as well. */
  if (own < other->revision && now - other->told_at >= TRIAS_SYNC_SLACK_MS)
    return TRIAS_LAG_PENDING;
  return TRIAS_LAG_NONE;
}

/* --- what a probe carries, in both directions --- */

static void
write_message (TriasTriadOther *other, TriasJsonWriter *writer)
{
  TriasPeer *peer = other->triad->peer;
  TriasLedger *ledger = trias_keeper_get_ledger (peer->keeper);
  GPtrArray *statuses = trias_peer_triad_statuses (other->triad);
  g_autofree char *digest = trias_ledger_digest (ledger);
  guint64 entry;
  const char *trail = trias_keeper_triad_trail (peer->keeper, &entry);
  gint64 heard = other->link.heard;

  trias_speaker_write (&peer->speaker, writer);
  trias_json_add_int (writer, "time", trias_keeper_now (peer->keeper));
  trias_json_add_int (writer, "heard_ms", heard < 0 ? -1 : trias_peer_clock () - heard);
  trias_json_add_string (writer, "version", TRIAS_VERSION);
  trias_json_add_string (writer, "name", peer->name);
  trias_list_signatures_write (peer, writer);
  trias_json_add_int (writer, "revision", (gint64) trias_ledger_get_revision (ledger));
  trias_json_add_string (writer, "digest", digest);
  trias_json_add_int (writer, "entry", (gint64) entry);
  trias_json_add_string (writer, "entry_digest", trail != NULL ? trail : "");
  trias_aside_write_own (peer, writer);
  trias_json_begin_array (writer, "statuses");
  for (guint i = 0; i < statuses->len; i++)
    trias_member_status_write (g_ptr_array_index (statuses, i), writer, NULL);
  trias_json_end_array (writer);
}

static GPtrArray *
read_statuses (const TriasJson *array)
{
  GPtrArray *statuses = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_member_status_free);

  for (guint i = 0; i < trias_json_length (array); i++)
    {
      TriasMemberStatus *status = trias_member_status_read (trias_json_element (array, i), NULL);

      if (status != NULL)
        g_ptr_array_add (statuses, status);
    }
  return statuses;
}

/* Takes what it says, unless that has passed; %FALSE if it cannot be read. @time (out) its clock.
 */
static gboolean
read_message (TriasTriadOther *other, const TriasJson *json, gint64 *time)
{
  TriasJsonReader reader;
  const char *version, *digest, *entry_digest;
  const TriasJson *statuses, *maintenance;
  guint64 revision, entry;

  trias_json_reader_init (&reader, json);
  *time = trias_json_read_int (&reader, "time", 0, G_MAXINT64);
  version = trias_json_read_string (&reader, "version", 1, 64);
  revision = (guint64) trias_json_read_int (&reader, "revision", 0, G_MAXINT64);
  digest = trias_json_read_string (&reader, "digest", 0, 64);
  entry = (guint64) trias_json_read_int (&reader, "entry", 0, G_MAXINT64);
  entry_digest = trias_json_read_string (&reader, "entry_digest", 0, 64);
  statuses = trias_json_read_array (&reader, "statuses", TRIAS_MAX_MEMBERS);
  maintenance = trias_json_read_object_or_null (&reader, "maintenance");
  if (!trias_json_reader_finish_lenient (&reader, NULL))
    return FALSE;
  if (!trias_freshness_take (&other->heard, json))
    return TRUE;
  trias_list_signatures_read (other->triad->peer, other->status->peer, json);
  g_free (other->status->version);
  other->status->version = g_strdup (version);
  g_clear_pointer (&other->report, g_ptr_array_unref);
  other->report = read_statuses (statuses);
  if (revision != other->revision || other->told_at < 0)
    other->told_at = trias_peer_clock ();
  other->revision = revision;
  g_free (other->digest);
  other->digest = g_strdup (digest);
  trias_keeper_triad_differs (other->triad->peer->keeper, entry, entry_digest, &other->differs);
  trias_aside_told (other->triad->peer, other->status->peer, maintenance);
  return TRUE;
}

static void
check_skew (TriasTriadOther *other)
{
  gboolean skewed = ABS (other->link.offset_ms) > CLOCK_SKEW_MS;
  g_autofree char *offset = g_strdup_printf ("%" G_GINT64_FORMAT, other->link.offset_ms);

  if (skewed && !other->skewed)
    trias_peer_event (other->triad->peer, "clock-skew", other->status->peer, "offset_ms", offset);
  other->skewed = skewed;
}

/* --- asking --- */

typedef struct
{
  TriasPeer *peer;
  char *key;
  char *relationship;
  guint64 incarnation;
} Probe;

/* Whom it was sent to, if the triad is the same still. */
static TriasTriadOther *
probe_end (Probe *probe)
{
  TriasPeer *peer = probe->peer;

  if (peer->stopped || peer->triad == NULL
      || !trias_forming_is_sealed (peer, probe->relationship, probe->incarnation))
    return NULL;
  return trias_peer_triad_find (peer->triad, probe->key);
}

/* The others went on while this member was away. */
static void
follow (TriasTriadOther *other, const TriasProblem *problem)
{
  const char *text
      = problem->params != NULL ? g_hash_table_lookup (problem->params, "incarnation") : NULL;
  guint64 incarnation;

  if (text != NULL && g_ascii_string_to_unsigned (text, 10, 1, G_MAXINT64, &incarnation, NULL))
    trias_forming_follow (other->triad->peer->forming, other->status->peer, incarnation);
}

static void
on_failed (TriasTriadOther *other, const TriasProblem *problem)
{
  TriasPeer *peer = other->triad->peer;
  const char *dissolved
      = problem->params != NULL ? g_hash_table_lookup (problem->params, "dissolved") : NULL;

  other->failed = trias_peer_clock ();
  trias_link_failed (&other->link, trias_peer_lag_of (problem));
  if (problem->reason == TRIAS_REASON_EPOCH && g_strcmp0 (dissolved, "true") == 0)
    trias_forming_partner_dissolved (peer->forming, problem);
  else if (problem->reason == TRIAS_REASON_EPOCH && problem->params != NULL
           && g_hash_table_contains (problem->params, "left_out"))
    trias_forming_left_out (peer->forming, g_hash_table_lookup (problem->params, "name"));
  else if (problem->reason == TRIAS_REASON_EPOCH)
    follow (other, problem);
}

static void
on_answered (TriasTriadOther *other, const TriasPeerAnswer *answer)
{
  gint64 now = trias_keeper_now (other->triad->peer->keeper);
  gint64 time;

  if (!read_message (other, answer->json, &time))
    {
      trias_link_failed (&other->link, TRIAS_LAG_VERSION);
      return;
    }
  /* It wrote its time half a round trip ago. */
  trias_link_answered (&other->link, trias_peer_clock (), now, answer->round_trip_us,
                       time - now + answer->round_trip_us / 2000);
  check_skew (other);
}

static void
on_probed (const TriasPeerAnswer *answer, gpointer user_data)
{
  Probe *probe = user_data;
  TriasPeer *peer = probe->peer;
  TriasTriadOther *other = probe_end (probe);

  if (other != NULL)
    {
      other->probing = FALSE;
      if (answer->problem != NULL)
        on_failed (other, answer->problem);
      else
        on_answered (other, answer);
    }
  /* It may be over by what was answered. */
  other = probe_end (probe);
  if (other != NULL)
    trias_peer_triad_refresh (peer->triad);
  if (other != NULL && other->probe_again)
    trias_peer_triad_probe (other);
  g_free (probe->relationship);
  g_free (probe->key);
  g_free (probe);
  trias_peer_unref (peer);
}

void
trias_peer_triad_probe (TriasTriadOther *other)
{
  TriasPeer *peer = other->triad->peer;
  const TriasMember *member = trias_peer_triad_member (other->triad, other->rank);
  TriasJsonWriter *writer;
  Probe *probe;

  if (other->probing)
    return;
  other->probing = TRUE;
  other->probe_again = FALSE;
  other->probe_at = trias_peer_clock () + TRIAS_PROBE_INTERVAL_MS;
  probe = g_new0 (Probe, 1);
  probe->peer = trias_peer_ref (peer);
  probe->key = g_strdup (member->id);
  probe->relationship = g_strdup (peer->relationship->id);
  probe->incarnation = peer->relationship->incarnation;
  writer = trias_peer_begin_request (peer);
  write_message (other, writer);
  trias_json_end_object (writer);
  trias_peer_client_post (peer->client, member->addresses[0], member->id, "probe",
                          trias_peer_end_text (writer), TRIAS_PROBE_TIMEOUT_MS, on_probed, probe);
}

/* --- answering --- */

void
trias_peer_triad_on_probe (TriasPeerCall *call)
{
  TriasPeerTriad *self = call->peer->triad;
  TriasTriadOther *other = trias_peer_triad_find (self, call->key);
  TriasJsonWriter *writer;
  gint64 time;

  if (!read_message (other, call->json, &time))
    {
      trias_link_refused (&other->link, TRIAS_LAG_VERSION);
      trias_peer_call_refuse (call, TRIAS_REASON_VERSION,
                              "The probe is not understood; bring all servers to one version.");
      return;
    }
  trias_link_heard (&other->link, trias_peer_clock (), trias_keeper_now (call->peer->keeper));
  writer = trias_json_writer_new ();
  trias_json_begin_object (writer, NULL);
  write_message (other, writer);
  trias_json_end_object (writer);
  trias_peer_call_answer (call, writer);
  trias_peer_triad_refresh (self);
  /* It is back: tell it at once that we hear it. */
  if (!other->link.connected)
    trias_peer_triad_probe (other);
}
