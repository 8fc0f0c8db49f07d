/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <string.h>

#include "core/trias-address.h"
#include "server/peer/trias-aside.h"
#include "server/peer/trias-drill.h"
#include "server/peer/trias-peer-triad-private.h"

/* Who is active, as this member sees it, and where a client belongs. */

/* A take-over is no loss: nobody is told before it must have ended. */
#define LOST_LAN_MS 3000
#define LOST_WAN_MS 10000
/* Clients are kept waiting while an election may still be under way. */
#define ELECTION_LAN_MS 2000
#define ELECTION_WAN_MS 9000

/* --- who is active --- */

/* Only the first two ever serve; the third leads for moments. */
static const TriasMember *
leader_that_serves (TriasPeerTriad *self)
{
  guint slot = self->journal.leader;

  if (slot < 1 || slot > TRIAS_MAX_MEMBERS - 1 || slot - 1 == self->rank)
    return NULL;
  return trias_peer_triad_member (self, slot - 1);
}

static void
read_journal (TriasPeerTriad *self)
{
  if (trias_keeper_is_triad (self->peer->keeper))
    trias_keeper_triad_status (self->peer->keeper, &self->journal);
  else
    self->journal = (TriasJournalStatus){ 0 };
}

static gboolean
is_active (TriasPeerTriad *self)
{
  return trias_keeper_is_triad (self->peer->keeper) && trias_keeper_is_active (self->peer->keeper);
}

const char *
trias_peer_triad_active (TriasPeerTriad *self)
{
  const TriasMember *leader;

  if (is_active (self))
    return self->peer->id;
  read_journal (self);
  leader = leader_that_serves (self);
  return leader != NULL ? leader->id : NULL;
}

/* --- events --- */

static gboolean
is_connected (TriasPeerTriad *self, const char *id)
{
  TriasTriadOther *other = trias_peer_triad_find (self, id);

  return other == NULL || (other->link.connected && self->journal.members[other->rank].contact);
}

static guint
rank_of (TriasPeerTriad *self, const char *id)
{
  TriasTriadOther *other = trias_peer_triad_find (self, id);

  return other != NULL ? other->rank : self->rank;
}

static const char *
why_changed (TriasPeerTriad *self, const char *active)
{
  const char *pin = trias_ledger_get_pin (trias_keeper_get_ledger (self->peer->keeper), NULL);

  if (self->active == NULL)
    return "start";
  if (trias_drills_is_running (self->peer))
    return "drill";
  if (g_strcmp0 (pin, active) == 0)
    return "handover";
  if (trias_aside_find (self->peer, self->active) != NULL && is_connected (self, self->active))
    return "maintenance";
  if (!is_connected (self, self->active))
    return "failure";
  return rank_of (self, active) < rank_of (self, self->active) ? "failback" : "failure";
}

static void
tell_active (TriasPeerTriad *self, const char *active)
{
  TriasPeer *peer = self->peer;
  const TriasMember *member = trias_relationship_find (peer->relationship, active);
  TriasEvent *event = trias_event_new (trias_keeper_now (peer->keeper), "active-changed", active);

  trias_event_param (event, "name", member->name);
  trias_event_param (event, "why", why_changed (self, active));
  if (self->active != NULL)
    trias_event_param (event, "from", self->active);
  trias_keeper_record (peer->keeper, event);
}

static void
take_active (TriasPeerTriad *self, const char *active)
{
  if (g_strcmp0 (self->active, active) != 0)
    {
      tell_active (self, active);
      g_free (self->active);
      self->active = g_strdup (active);
      trias_peer_touch (self->peer);
    }
  if (self->lost)
    trias_peer_event (self->peer, "quorum-back", self->peer->relationship->id, "active", active);
  if (self->inactive_since >= 0)
    trias_peer_touch (self->peer);
  self->lost = FALSE;
  self->inactive_since = -1;
}

/* Whether probes go on passing in both directions since nobody is active; who is just back, does
 * not count. */
static gboolean
still_answers (const TriasPeerTriad *self, const TriasTriadOther *other)
{
  gint64 since = self->inactive_since + TRIAS_PROBE_INTERVAL_MS;

  return trias_peer_clock () - other->failed > LOST_LAN_MS && self->inactive_since >= 0
         && other->link.connected && other->link.answered > since && other->link.heard > since
         && !self->journal.muted && !self->journal.members[other->rank].muted;
}

/* The longest round trip, in us, to another one that answers though the two agree on nobody that
 * serves; -1 = none does. */
static gint64
futile_round_trip (const TriasPeerTriad *self)
{
  gint64 longest = -1;

  for (guint i = 0; i < G_N_ELEMENTS (self->others); i++)
    if (still_answers (self, &self->others[i]))
      longest = MAX (longest, self->others[i].link.latency_us);
  return longest;
}

static void
tell_lost (TriasPeerTriad *self)
{
  TriasPeer *peer = self->peer;
  gint64 round_trip = futile_round_trip (self);
  TriasEvent *event
      = trias_event_new (trias_keeper_now (peer->keeper), "quorum-lost", peer->relationship->id);
  g_autofree char *ms = g_strdup_printf ("%" G_GINT64_FORMAT, (round_trip + 999) / 1000);

  trias_event_param (event, "name", peer->relationship->name);
  if (round_trip >= 0)
    trias_event_param (event, "round_trip_ms", ms);
  trias_keeper_record (peer->keeper, event);
}

static void
take_inactive (TriasPeerTriad *self, gint64 now)
{
  gboolean wan = self->peer->relationship->options.profile == TRIAS_PROFILE_WAN;

  if (self->inactive_since < 0)
    {
      self->inactive_since = now;
      trias_peer_touch (self->peer);
    }
  if (self->lost || now - self->inactive_since < (wan ? LOST_WAN_MS : LOST_LAN_MS))
    return;
  self->lost = TRUE;
  tell_lost (self);
  trias_peer_touch (self->peer);
}

void
trias_peer_triad_look_role (TriasPeerTriad *self, gint64 now)
{
  const char *active;

  read_journal (self);
  active = trias_peer_triad_active (self);
  if (active != NULL)
    take_active (self, active);
  else
    take_inactive (self, now);
}

/* --- words and routes --- */

/* Somebody leads with a majority who does not serve yet, or never will but hands over at once. */
static gboolean
is_taking_over (TriasPeerTriad *self)
{
  return self->journal.leader != 0 && self->journal.quorum;
}

static char *
describe_no_quorum (TriasPeerTriad *self)
{
  gint64 round_trip = futile_round_trip (self);

  if (round_trip < 0)
    return g_strdup ("No two servers of the triad reach each other, so none may serve.");
  return g_strdup_printf ("The servers of the triad reach each other, but do not agree in time on"
                          " which one serves: a round trip takes up to %" G_GINT64_FORMAT " ms.",
                          (round_trip + 999) / 1000);
}

const char *
trias_peer_triad_word (TriasPeerTriad *self, char **why)
{
  const TriasMember *leader;

  if (is_active (self))
    {
      *why = g_strdup ("It is the active server of the triad and serves its clients.");
      return "serving";
    }
  read_journal (self);
  leader = leader_that_serves (self);
  if (leader != NULL)
    {
      *why = g_strdup_printf ("Clients are sent to the active server '%s'.", leader->name);
      return "redirecting";
    }
  if (self->journal.muted)
    *why = g_strdup ("Its disk holds an older state than it had; it takes no part until it has "
                     "caught up.");
  else if (is_taking_over (self))
    *why = g_strdup ("A server of the triad is just taking over.");
  else
    *why = describe_no_quorum (self);
  return "no-quorum";
}

static char *
location_of (const TriasMember *member)
{
  g_autoptr (TriasAddress) address = trias_address_parse (member->addresses[0], NULL);

  return address != NULL ? trias_address_to_base_uri (address) : NULL;
}

/* Nobody is known to serve, but not for so long that it should be told. */
static gboolean
is_electing (TriasPeerTriad *self)
{
  gboolean wan = self->peer->relationship->options.profile == TRIAS_PROFILE_WAN;

  return is_taking_over (self) || self->inactive_since < 0
         || trias_peer_clock () - self->inactive_since < (wan ? ELECTION_WAN_MS : ELECTION_LAN_MS);
}

TriasRoute
trias_peer_triad_route (TriasPeerTriad *self, const char *cannot_reach, char **location)
{
  const TriasMember *leader;

  if (is_active (self))
    return TRIAS_ROUTE_SERVE;
  read_journal (self);
  leader = leader_that_serves (self);
  if (leader == NULL)
    return is_electing (self) ? TRIAS_ROUTE_ELECTION : TRIAS_ROUTE_NO_QUORUM;
  /* Perhaps this member is about to find out the same. */
  if (g_strcmp0 (cannot_reach, leader->id) == 0)
    return TRIAS_ROUTE_ELECTION;
  *location = location_of (leader);
  return *location != NULL ? TRIAS_ROUTE_REDIRECT : TRIAS_ROUTE_WAIT;
}
