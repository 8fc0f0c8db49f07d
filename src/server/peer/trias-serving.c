/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/peer/trias-serving.h"

#include <string.h>

#include "server/peer/trias-aside.h"
#include "server/peer/trias-coverage.h"
#include "server/peer/trias-drill.h"
#include "server/peer/trias-peer-copy.h"
#include "server/peer/trias-serving-private.h"

/* How long a main server that is back waits for what the backup recorded. */
#define REUNION_MS 5000
/* A refused connection says that nobody is there; asked twice, in case both were started together.
 */
#define REUNION_ALONE_MS 1000

TriasServing *
trias_serving_new (TriasPeer *peer, gboolean restarted)
{
  TriasServing *self = g_new0 (TriasServing, 1);

  self->peer = peer;
  self->started_at = trias_peer_clock ();
  self->reunion = restarted && peer->role == TRIAS_ROLE_MAIN;
  self->let_go = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, trias_let_go_free);
  return self;
}

void
trias_serving_free (TriasServing *self)
{
  g_hash_table_unref (self->let_go);
  g_clear_pointer (&self->seats, g_ptr_array_unref);
  g_clear_pointer (&self->own_seats, g_ptr_array_unref);
  g_free (self);
}

void
trias_serving_restart (TriasServing *self)
{
  self->started_at = trias_peer_clock ();
  self->reunion = self->peer->role == TRIAS_ROLE_MAIN;
  self->told = FALSE;
  self->letting = 0;
  trias_peer_touch (self->peer);
}

gboolean
trias_serving_is_serving (TriasServing *self)
{
  return !self->reunion;
}

/* --- reunion --- */

static gboolean
is_automatic (TriasServing *self)
{
  return self->peer->relationship->options.failback == TRIAS_FAILBACK_AUTOMATIC;
}

typedef struct
{
  TriasPeer *peer;
  gint64 since;
} Waiting;

/* Now a restart does not lose it, and the backup need not tell it again. */
static void
on_waits (const TriasProblem *problem, gpointer user_data)
{
  Waiting *waiting = user_data;
  TriasPeer *peer = waiting->peer;
  TriasServing *self = !peer->stopped && trias_peer_is_pair (peer) ? peer->serving : NULL;

  if (problem == NULL && self != NULL && self->stood_in_seen == waiting->since)
    {
      self->stood_in_known = waiting->since;
      trias_peer_soon_probe (peer);
    }
  trias_peer_unref (peer);
  g_free (waiting);
}

/* The backup has served in its place: where failback is manual it goes on doing so. After a drill
 * everything is as before. */
static void
wait_for_give_back (TriasServing *self)
{
  TriasPeer *peer = self->peer;
  Waiting *waiting;

  if (peer->role != TRIAS_ROLE_MAIN || !peer->link.connected || self->partner_stood_in == 0
      || self->partner_stood_in == self->stood_in_seen)
    return;
  self->stood_in_seen = self->partner_stood_in;
  if (is_automatic (self) || trias_aside_own (peer) != NULL || trias_drills_is_running (peer))
    {
      self->stood_in_known = self->stood_in_seen;
      return;
    }
  waiting = g_new0 (Waiting, 1);
  waiting->peer = trias_peer_ref (peer);
  waiting->since = self->stood_in_seen;
  trias_aside_begin (peer->aside, TRIAS_ASIDE_FAILBACK, 0, "", on_waits, waiting);
}

static void
end_reunion (TriasServing *self, const char *why)
{
  if (!self->reunion)
    return;
  self->reunion = FALSE;
  if (trias_aside_own (self->peer) == NULL)
    trias_peer_event (self->peer, "reunion", self->peer->partner->id, "how", why);
  trias_peer_touch (self->peer);
  /* The backup redirects only to a main server that says it serves. */
  trias_peer_soon_probe (self->peer);
}

void
trias_serving_refresh (TriasServing *self)
{
  gint64 waited = trias_peer_clock () - self->started_at;

  wait_for_give_back (self);
  if (!self->reunion)
    return;
  if (self->peer->link.connected && self->told && self->letting == 0
      && trias_sync_copy_is_current (&self->peer->copy->sync))
    end_reunion (self, "caught-up");
  else if (waited >= REUNION_MS)
    end_reunion (self, "timed-out");
}

void
trias_serving_probe_failed (TriasServing *self)
{
  self->told = FALSE;
  if (self->reunion && trias_peer_clock () - self->started_at >= REUNION_ALONE_MS - 200)
    end_reunion (self, "alone");
}

void
trias_serving_told (TriasServing *self, guint letting)
{
  self->told = TRUE;
  self->letting = letting;
}

gint64
trias_serving_stood_in (TriasServing *self)
{
  return self->stood_in;
}

gint64
trias_serving_stood_in_known (TriasServing *self)
{
  return self->stood_in_known;
}

void
trias_serving_told_stood_in (TriasServing *self, gint64 stood_in, gint64 known)
{
  self->partner_stood_in = stood_in;
  /* Apart it goes on serving, which the main server is to hear of when the two meet. */
  if (self->peer->link.connected && known == self->stood_in)
    self->stood_in = 0;
}

void
trias_serving_link (TriasServing *self, gboolean connected)
{
  const TriasMaintenance *own = trias_aside_own (self->peer);

  /* As a pin, by the failure of the one that it names. */
  if (!connected && own != NULL && own->why == TRIAS_ASIDE_HANDOVER)
    trias_aside_end (self->peer->aside, "", NULL, NULL);
  if (!connected)
    {
      self->partner_stood_in = self->stood_in_seen = self->stood_in_known = 0;
      return;
    }
  /* Else it waits, and tells that itself. */
  if (self->took_over && is_automatic (self))
    trias_peer_event (self->peer, "reunion", self->peer->partner->id, "how", "back");
  self->took_over = FALSE;
  trias_serving_flush (self);
}

/* --- words --- */

static const char *
main_word (TriasServing *self, char **why)
{
  if (trias_serving_is_relieved (self))
    {
      *why = g_strdup ("It stands aside: clients are sent to the backup server for what that one "
                       "has seats for.");
      return "redirecting";
    }
  *why = g_strdup ("It serves its own licences.");
  return "serving";
}

const char *
trias_serving_word (TriasServing *self, char **why)
{
  TriasPeer *peer = self->peer;

  if (self->reunion)
    {
      *why = g_strdup ("It has just started and waits a moment for what the backup server recorded "
                       "in the meantime.");
      return "reunion";
    }
  if (peer->role == TRIAS_ROLE_MAIN)
    return main_word (self, why);
  if (!peer->link.connected)
    {
      *why = g_strdup_printf (
          "The main server '%s' is not connected: clients are served from the backup server's own "
          "licences.",
          peer->partner->name);
      return "covering";
    }
  if (!peer->partner_serving)
    {
      *why = g_strdup_printf ("The main server '%s' is back but does not serve yet.",
                              peer->partner->name);
      return "covering";
    }
  if (trias_serving_is_first (self))
    {
      *why = g_strdup_printf ("The main server '%s' stands aside: its clients are served here.",
                              peer->partner->name);
      return "covering";
    }
  *why = g_strdup_printf (
      "Clients are sent to the main server '%s' for what it has; the rest is served here.",
      peer->partner->name);
  return "redirecting";
}

const char *
trias_serving_active (TriasServing *self)
{
  TriasPeer *peer = self->peer;

  if (peer->role == TRIAS_ROLE_MAIN && self->reunion)
    return NULL;
  if (peer->role == TRIAS_ROLE_MAIN)
    return trias_serving_is_relieved (self) ? peer->partner->id : peer->id;
  return peer->link.connected && peer->partner_serving && !trias_serving_is_first (self)
             ? peer->partner->id
             : peer->id;
}

/* --- what happens if one fails --- */

static void
write_failure (TriasServing *self,
               TriasJsonWriter *writer,
               const char *failing,
               const char *by,
               GPtrArray *wanted,
               GPtrArray *rest)
{
  TriasCoverage cover = trias_seats_cover (wanted, rest);

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "if", failing);
  trias_json_add_string (writer, "then",
                         cover.total == 0    ? "continues"
                         : cover.covered > 0 ? "takes-over"
                                             : "standstill");
  trias_json_add_string (writer, "by", cover.covered > 0 || cover.total == 0 ? by : NULL);
  trias_json_add_int (writer, "covered", (gint64) cover.covered);
  trias_json_add_int (writer, "total", (gint64) cover.total);
  trias_json_begin_array (writer, "features");
  for (guint i = 0; i < wanted->len && i < 500; i++)
    {
      const TriasSeats *entry = g_ptr_array_index (wanted, i);
      const TriasSeats *other = trias_seats_find (rest, entry->product, entry->feature);

      trias_json_begin_object (writer, NULL);
      trias_json_add_string (writer, "product", entry->product);
      trias_json_add_string (writer, "feature", entry->feature);
      trias_json_add_int (writer, "covered",
                          other != NULL ? (gint64) MIN (entry->seats, other->seats) : 0);
      trias_json_add_int (writer, "total", (gint64) entry->seats);
      trias_json_end_object (writer);
    }
  trias_json_end_array (writer);
  trias_json_end_object (writer);
}

/* Whether nothing of what there is to do can be done. */
static gboolean
is_nothing (TriasCoverage cover)
{
  return cover.total > 0 && cover.covered == 0;
}

gboolean
trias_serving_is_uncovered (TriasServing *self)
{
  TriasPeer *peer = self->peer;
  g_autoptr (GPtrArray) own
      = trias_seats_of (trias_keeper_get_ledger (peer->keeper), trias_keeper_now (peer->keeper));

  return is_nothing (trias_seats_cover (own, trias_serving_partner_seats (self)));
}

gboolean
trias_serving_covers_nothing (TriasServing *self)
{
  TriasPeer *peer = self->peer;
  g_autoptr (GPtrArray) own = NULL;

  if (peer->role != TRIAS_ROLE_BACKUP || peer->link.connected)
    return FALSE;
  own = trias_seats_of (trias_keeper_get_ledger (peer->keeper), trias_keeper_now (peer->keeper));
  return is_nothing (trias_seats_cover (trias_serving_partner_seats (self), own));
}

void
trias_serving_write_consequence (TriasServing *self, TriasJsonWriter *writer)
{
  TriasPeer *peer = self->peer;
  g_autoptr (GPtrArray) own
      = trias_seats_of (trias_keeper_get_ledger (peer->keeper), trias_keeper_now (peer->keeper));
  GPtrArray *theirs = trias_serving_partner_seats (self);
  gboolean is_main = peer->role == TRIAS_ROLE_MAIN;
  const char *main_id = is_main ? peer->id : peer->partner->id;
  const char *backup_id = is_main ? peer->partner->id : peer->id;

  trias_json_begin_array (writer, "consequence");
  write_failure (self, writer, main_id, backup_id, is_main ? own : theirs, is_main ? theirs : own);
  write_failure (self, writer, backup_id, main_id, is_main ? theirs : own, is_main ? own : theirs);
  trias_json_end_array (writer);
}
