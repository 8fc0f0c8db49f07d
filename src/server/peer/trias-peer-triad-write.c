/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "server/peer/trias-peer-triad-private.h"
#include "server/peer/trias-sync.h"

/* What an administrator is shown of a triad, and what happens if a member fails. */

/* What another told longer ago says nothing of now. */
#define REPORT_MS 5000

/* --- who sees whom --- */

static gboolean
report_says (const TriasTriadOther *other, const char *id)
{
  if (other->report == NULL || !other->link.connected
      || trias_peer_clock () - other->link.answered > REPORT_MS)
    return FALSE;
  for (guint i = 0; i < other->report->len; i++)
    {
      const TriasMemberStatus *status = g_ptr_array_index (other->report, i);

      if (strcmp (status->peer, id) == 0)
        return status->connected;
    }
  return FALSE;
}

void
trias_peer_triad_look (TriasPeerTriad *self, TriasTriadView *view)
{
  *view = (TriasTriadView){ { FALSE } };
  view->up[self->rank] = !self->journal.muted;
  for (guint i = 0; i < G_N_ELEMENTS (self->others); i++)
    {
      const TriasTriadOther *other = &self->others[i];

      view->up[other->rank] = other->link.connected && other->status->synchronised
                              && !self->journal.members[other->rank].muted;
      view->linked[self->rank][other->rank] = other->link.connected;
      for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
        if (rank != other->rank)
          view->linked[other->rank][rank]
              = rank == self->rank ? other->link.connected
                                   : report_says (other, trias_peer_triad_member (self, rank)->id);
    }
}

static gboolean
is_linked (const TriasTriadView *view, guint a, guint b)
{
  return view->up[a] && view->up[b] && view->linked[a][b] && view->linked[b][a];
}

/* The best ranked of the first two that reaches another (design §5). */
guint
trias_triad_view_server (const TriasTriadView *view)
{
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS - 1; rank++)
    for (guint other = 0; other < TRIAS_MAX_MEMBERS; other++)
      if (other != rank && is_linked (view, rank, other))
        return rank;
  return TRIAS_MAX_MEMBERS;
}

/* --- what happens if one fails --- */

static gint64
total_seats (TriasPeer *peer)
{
  g_autoptr (GPtrArray) pools = trias_ledger_get_pools (trias_keeper_get_ledger (peer->keeper));
  gint64 total = 0;

  for (guint i = 0; i < pools->len; i++)
    total += ((TriasPool *) g_ptr_array_index (pools, i))->seats;
  return total;
}

static void
write_failure (TriasPeerTriad *self, guint rank, gint64 total, TriasJsonWriter *writer)
{
  const char *active = trias_peer_triad_active (self);
  TriasTriadView view;
  const TriasMember *by = NULL;
  const char *then = "standstill";
  guint server;

  trias_peer_triad_look (self, &view);
  view.up[rank] = FALSE;
  server = trias_triad_view_server (&view);
  if (server < TRIAS_MAX_MEMBERS)
    by = trias_peer_triad_member (self, server);
  /* Without a need nobody moves: the active one goes on as long as it has another. */
  if (by != NULL && active != NULL
      && strcmp (active, trias_peer_triad_member (self, rank)->id) != 0)
    {
      by = trias_relationship_find (self->peer->relationship, active);
      then = "continues";
    }
  else if (by != NULL)
    then = "takes-over";
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "if", trias_peer_triad_member (self, rank)->id);
  trias_json_add_string (writer, "then", then);
  trias_json_add_string (writer, "by", by != NULL ? by->id : NULL);
  trias_json_add_int (writer, "covered", by != NULL ? total : 0);
  trias_json_add_int (writer, "total", total);
  trias_json_begin_array (writer, "features");
  trias_json_end_array (writer);
  trias_json_end_object (writer);
}

static void
write_consequence (TriasPeerTriad *self, TriasJsonWriter *writer)
{
  gint64 total = total_seats (self->peer);

  trias_json_begin_array (writer, "consequence");
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    write_failure (self, rank, total, writer);
  trias_json_end_array (writer);
}

/* --- links that are missing --- */

typedef void (*Missing) (const char *from, const char *to, gpointer user_data);

/* Without an active member: the links whose mending alone would bring one back. */
static void
foreach_missing (TriasPeerTriad *self, Missing func, gpointer user_data)
{
  TriasTriadView view;

  if (trias_peer_triad_active (self) != NULL)
    return;
  trias_peer_triad_look (self, &view);
  for (guint i = 0; i < G_N_ELEMENTS (self->others); i++)
    if (!view.linked[self->rank][self->others[i].rank])
      func (self->peer->id, self->others[i].status->peer, user_data);
}

static void
write_missing (const char *from, const char *to, gpointer user_data)
{
  TriasJsonWriter *writer = user_data;

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "from", from);
  trias_json_add_string (writer, "to", to);
  trias_json_end_object (writer);
}

static void
append_missing (const char *from, const char *to, gpointer user_data)
{
  GString *text = user_data;

  g_string_append_printf (text, "%s%s>%s", text->len > 0 ? " " : "", from, to);
}

void
trias_peer_triad_explain (TriasPeerTriad *self, TriasProblem *problem)
{
  const char *active = trias_peer_triad_active (self);
  const TriasMember *member
      = active != NULL ? trias_relationship_find (self->peer->relationship, active) : NULL;
  g_autoptr (GString) missing = g_string_new (NULL);

  if (member != NULL && strcmp (member->id, self->peer->id) != 0)
    {
      trias_problem_param (problem, "active", member->id);
      trias_problem_param (problem, "address", member->addresses[0]);
    }
  foreach_missing (self, append_missing, missing);
  if (missing->len > 0)
    trias_problem_param (problem, "missing", missing->str);
}

/* --- the whole --- */

static const char *
state_of (TriasPeerTriad *self, guint rank)
{
  const TriasTriadOther *other = trias_peer_triad_at (self, rank);
  const char *active = trias_peer_triad_active (self);

  if (g_strcmp0 (active, trias_peer_triad_member (self, rank)->id) == 0)
    return "active";
  if (other != NULL && !other->link.connected)
    return "unreachable";
  if (other != NULL ? self->journal.members[rank].muted : self->journal.muted)
    return "muted";
  return other != NULL && !other->status->synchronised ? "catching-up" : "standby";
}

static void
write_member (TriasPeerTriad *self, guint rank, TriasJsonWriter *writer)
{
  const TriasTriadOther *other = trias_peer_triad_at (self, rank);
  const TriasJournalStatus *journal = &self->journal;
  gboolean own = other == NULL;

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "id", trias_peer_triad_member (self, rank)->id);
  trias_json_add_string (writer, "state", state_of (self, rank));
  trias_json_add_int (writer, "match",
                      (gint64) (own ? journal->last_index : journal->members[rank].match));
  trias_json_add_bool (writer, "caught_up", own ? !journal->muted : other->status->synchronised);
  trias_json_end_object (writer);
}

static void
write_engine (TriasPeerTriad *self, TriasJsonWriter *writer)
{
  const TriasJournalStatus *journal = &self->journal;
  const char *active = trias_peer_triad_active (self);
  gint64 until = 0;
  const char *pin = trias_ledger_get_pin (trias_keeper_get_ledger (self->peer->keeper), &until);

  trias_json_begin_object (writer, "triad");
  trias_json_add_string (
      writer, "leader",
      journal->leader != 0 ? trias_peer_triad_member (self, journal->leader - 1)->id : NULL);
  trias_json_add_int (writer, "term", (gint64) journal->term);
  trias_json_add_int (writer, "index", (gint64) journal->last_index);
  trias_json_add_int (writer, "commit", (gint64) journal->commit_index);
  trias_json_add_int (writer, "applied", (gint64) journal->applied);
  trias_json_add_int (writer, "lease_ms", MAX (journal->lease_left_ms, 0));
  trias_json_add_bool (writer, "quorum", active != NULL || journal->quorum);
  trias_json_add_string (writer, "pinned", pin);
  trias_json_add_int (writer, "pinned_until", pin == NULL || until == G_MAXINT64 ? 0 : until);
  trias_json_begin_array (writer, "members");
  for (guint rank = 0; rank < TRIAS_MAX_MEMBERS; rank++)
    write_member (self, rank, writer);
  trias_json_end_array (writer);
  trias_json_begin_array (writer, "missing");
  foreach_missing (self, write_missing, writer);
  trias_json_end_array (writer);
  trias_json_end_object (writer);
}

static void
write_report (const TriasTriadOther *other, TriasJsonWriter *writer)
{
  TriasPeer *peer = other->triad->peer;
  gint64 heard = MAX (other->link.answered, other->link.heard);

  if (other->report == NULL)
    return;
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "member", other->status->peer);
  trias_json_add_int (writer, "as_of",
                      trias_keeper_now (peer->keeper) - (trias_peer_clock () - heard));
  trias_json_begin_array (writer, "statuses");
  for (guint i = 0; i < other->report->len; i++)
    trias_member_status_write (g_ptr_array_index (other->report, i), writer, NULL);
  trias_json_end_array (writer);
  trias_json_end_object (writer);
}

void
trias_peer_triad_write (TriasPeerTriad *self, TriasJsonWriter *writer)
{
  GPtrArray *statuses = trias_peer_triad_statuses (self);
  g_autofree char *why = NULL;

  trias_json_begin_array (writer, "statuses");
  for (guint i = 0; i < statuses->len; i++)
    trias_member_status_write (g_ptr_array_index (statuses, i), writer, NULL);
  trias_json_end_array (writer);
  trias_json_begin_array (writer, "reports");
  for (guint i = 0; i < G_N_ELEMENTS (self->others); i++)
    write_report (&self->others[i], writer);
  trias_json_end_array (writer);
  write_engine (self, writer);
  write_consequence (self, writer);
  trias_json_add_string (writer, "serving", trias_peer_triad_word (self, &why));
  trias_json_add_string (writer, "why", why);
  trias_json_add_null (writer, "conflict");
}
