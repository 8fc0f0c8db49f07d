/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/journal/raft/trias-raft-guard.h"
#include "sim-cluster.h"

#include <string.h>

/* What must hold, whatever happens (design §7). */

/* Not cryptographic: two entries that differ by chance are told apart. */
static guint64
hash_of (const guint8 *data, gsize length)
{
  guint64 hash = G_GUINT64_CONSTANT (14695981039346656037);

  for (gsize i = 0; i < length; i++)
    hash = (hash ^ data[i]) * G_GUINT64_CONSTANT (1099511628211);
  return hash != 0 ? hash : 1;
}

/* What lies between the entries that a member applies are the engine's own. */
static void
check_gap (SimEngine *engine, guint64 index)
{
  SimMember *member = engine->member;
  const GArray *golden = member->cluster->golden[engine->incarnation];

  for (guint64 i = engine->applied + 1; i < MIN (index, golden->len); i++)
    if (g_array_index (golden, guint64, i) != 0)
      sim_world_violate (member->cluster->world,
                         "I3: server %u passes over entry %" G_GUINT64_FORMAT
                         ", which was applied before",
                         member->index + 1, i);
}

static const SimEngine *
find_engine (const SimMember *member, guint64 incarnation)
{
  if (member->engine != NULL && member->engine->incarnation == incarnation)
    return member->engine;
  if (member->lingering != NULL && member->lingering->incarnation == incarnation)
    return member->lingering;
  return NULL;
}

static gboolean
holds (const SimImage *image, raft_index index, raft_term term)
{
  if (image->snapshot != NULL && image->snapshot->index >= index)
    return TRUE;
  return index >= image->first && index <= sim_image_last_index (image)
         && ((SimEntry *) g_ptr_array_index (image->entries, index - image->first))->term == term;
}

/* What a leader takes for committed lies on a majority of disks. Where the incarnation is past its
 * log is gone. */
static void
check_commit (SimEngine *engine)
{
  SimCluster *cluster = engine->member->cluster;
  const struct raft *raft = engine->io.io.data;
  raft_index index = raft->commit_index;
  raft_term term;
  guint holders = 0;

  if (raft->state != RAFT_LEADER || index <= engine->committed || cluster->stats.old_images > 0)
    return;
  engine->committed = index;
  term = trias_raft_log_term (raft, index);
  for (guint i = 0; i < SIM_MEMBERS; i++)
    {
      const SimMember *other = &cluster->members[engine->io.route[i]];
      const SimEngine *its = find_engine (other, engine->incarnation);

      if (its != NULL)
        holders += holds (&its->disk.image, index, term);
      else if (sim_change_seen (other, engine->incarnation))
        return;
    }
  if (term != 0 && holders <= SIM_MEMBERS / 2)
    sim_world_violate (cluster->world,
                       "I3: leader %u takes %llu of term %llu for committed, which lies on %u disk",
                       engine->member->index + 1, index, term, holders);
}

/* Whoever applies the entry at an index applies the same: this is what I3 and I7 rest on, and it
 * shows a lost entry at once. */
void
sim_check_entry (SimEngine *engine, guint64 index, const void *data, gsize length)
{
  SimCluster *cluster = engine->member->cluster;
  GArray *golden = cluster->golden[engine->incarnation];
  guint64 hash = hash_of (data, length);
  guint64 *known;

  check_gap (engine, index);

  if (index >= golden->len)
    g_array_set_size (golden, (guint) index + 64);
  known = &g_array_index (golden, guint64, index);
  if (*known == 0)
    *known = hash;
  else if (*known != hash)
    sim_world_violate (cluster->world,
                       "I3: server %u applies another entry %" G_GUINT64_FORMAT
                       " than was applied before",
                       engine->member->index + 1, index);
}

/* An incarnation is the same for whoever begins it: the ledger at the seal. */
void
sim_check_base (SimMember *member)
{
  SimCluster *cluster = member->cluster;
  g_autofree char *digest = trias_ledger_digest_whole (member->ledger);
  SimSeats seats;
  char **known;

  sim_change_seats (member, &seats);
  known = &cluster->bases[seats.incarnation];
  if (*known == NULL)
    *known = g_steal_pointer (&digest);
  else if (strcmp (*known, digest) != 0)
    sim_world_violate (cluster->world,
                       "I3: server %u begins incarnation %" G_GUINT64_FORMAT
                       " with another ledger than was there at the seal",
                       member->index + 1, seats.incarnation);
  if (seats.incarnation > cluster->seats.incarnation)
    cluster->seats = seats;
}

/* Nobody has a seat to give who is no member any more. */
void
sim_check_left (SimMember *member)
{
  g_autoptr (TriasPool) pool = trias_ledger_find_pool (member->ledger, "", "draw");

  if ((pool != NULL && pool->seats > 0) || trias_ledger_n_leases (member->ledger) > 0
      || sim_change_relationship (member) != NULL)
    sim_world_violate (member->cluster->world,
                       "server %u was replaced and keeps what is the triad's", member->index + 1);
}

/* I2, over all incarnations, and that the tertiary never serves. */
void
sim_check_turn (SimMember *member)
{
  SimCluster *cluster = member->cluster;

  check_commit (member->engine);
  if (!member->active)
    return;
  for (guint i = 0; i < SIM_SERVERS; i++)
    {
      SimMember *other = &cluster->members[i];

      if (other != member && other->active && sim_member_is_active (other))
        sim_world_violate (cluster->world,
                           "I2: servers %u (incarnation %" G_GUINT64_FORMAT
                           ") and %u (%" G_GUINT64_FORMAT ") are active at once",
                           member->index + 1, member->engine->incarnation, other->index + 1,
                           other->engine->incarnation);
    }
  if (member->engine->slot == SIM_MEMBERS)
    sim_world_violate (cluster->world, "the tertiary serves");
  if (cluster->last_active == member->index + 1)
    return;
  if (cluster->last_active != 0)
    cluster->stats.failovers++;
  cluster->last_active = member->index + 1;
}

/* I1: as the clients see it. */
void
sim_check_granted (SimClient *client)
{
  SimCluster *cluster = client->cluster;
  guint live = 0;

  for (guint i = 0; i < SIM_CLIENTS; i++)
    if (sim_client_is_live (&cluster->clients[i]))
      live++;
  if (cluster->moment != NULL)
    cluster->moment (cluster, client->index, SIM_MOMENT_HOLDS);
  if (live > SIM_SEATS)
    sim_world_violate (cluster->world, "I1: %u clients use %d seats", live, SIM_SEATS);
}

static SimMember *
seated (SimCluster *cluster, guint rank)
{
  return &cluster->members[cluster->seats.servers[rank]];
}

static gboolean
takes_part (const SimMember *member)
{
  return member->engine != NULL || member->changing;
}

gboolean
sim_check_is_even (SimCluster *cluster)
{
  const SimMember *first = seated (cluster, 0);
  guint n = 0;

  for (guint i = 0; i < SIM_SERVERS; i++)
    n += takes_part (&cluster->members[i]);
  for (guint i = 0; i < SIM_MEMBERS; i++)
    {
      const SimMember *member = seated (cluster, i);

      if (member->engine == NULL || member->changing
          || member->engine->incarnation != cluster->seats.incarnation
          || member->engine->applied != first->engine->applied)
        return FALSE;
    }
  return n == SIM_MEMBERS;
}

/* I3 and I4: what was answered lasts as long as was said, on the client's own clock. */
void
sim_check_expired (SimMember *member, const char *id)
{
  for (guint i = 0; i < SIM_CLIENTS; i++)
    {
      SimClient *client = &member->cluster->clients[i];

      if (strcmp (client->promised_id, id) == 0
          && sim_node_boot (client->node) < client->promised_until)
        sim_world_violate (
            member->cluster->world,
            "I3: server %u ends %s, which was promised to client %u for %" G_GINT64_FORMAT
            " ms more",
            member->index + 1, id, i, client->promised_until - sim_node_boot (client->node));
    }
}

static void
check_digests (SimCluster *cluster)
{
  SimMember *one = seated (cluster, 0);
  g_autofree char *first = trias_ledger_digest_whole (one->ledger);

  for (guint i = 1; i < SIM_MEMBERS; i++)
    {
      SimMember *other = seated (cluster, i);
      g_autofree char *digest = trias_ledger_digest_whole (other->ledger);

      if (strcmp (digest, first) != 0)
        sim_world_violate (
            cluster->world,
            "I7: after the heal the ledgers of %u and %u differ (at %" G_GUINT64_FORMAT
            " and %" G_GUINT64_FORMAT ")",
            one->index + 1, other->index + 1, one->engine->applied, other->engine->applied);
    }
}

/* Everybody knows where it belongs. */
static void
check_incarnations (SimCluster *cluster)
{
  for (guint i = 0; i < SIM_SERVERS; i++)
    {
      SimMember *member = &cluster->members[i];
      gboolean sits = FALSE;
      guint64 own = sim_change_incarnation (member);

      for (guint k = 0; k < SIM_MEMBERS; k++)
        sits |= seated (cluster, k) == member;
      if (member->changing || own != (sits ? cluster->seats.incarnation : 0))
        sim_world_violate (cluster->world,
                           "I7: after the heal server %u is in incarnation %" G_GUINT64_FORMAT
                           "%s, the triad in %" G_GUINT64_FORMAT "%s",
                           i + 1, own, member->changing ? " and goes over" : "",
                           cluster->seats.incarnation, sits ? "" : " without it");
    }
}

static void
check_leases (SimCluster *cluster)
{
  for (guint i = 0; i < SIM_CLIENTS; i++)
    {
      SimClient *client = &cluster->clients[i];

      for (guint k = 0; k < SIM_MEMBERS && sim_client_is_live (client); k++)
        if (trias_ledger_find_lease (seated (cluster, k)->ledger, client->id) == NULL)
          sim_world_violate (cluster->world,
                             "I3: client %u holds %s, which server %u does not have", i, client->id,
                             seated (cluster, k)->index + 1);
    }
}

/* Somebody serves again, and the best ranked one does unless another is pinned. */
static void
check_service (SimCluster *cluster)
{
  TriasRaftStatus status = { 0 };
  const SimMember *active = NULL;

  for (guint i = 0; i < SIM_SERVERS; i++)
    if (sim_member_is_active (&cluster->members[i]))
      active = &cluster->members[i];
  if (active == NULL)
    {
      sim_world_violate (cluster->world, "nobody serves after the heal");
      return;
    }
  trias_raft_member_get_status (active->engine->raft, &status);
  if (!cluster->manual && status.pinned == 0 && active->engine->slot != 1)
    sim_world_violate (cluster->world, "after the heal server %u serves, in slot %u and not 1",
                       active->index + 1, active->engine->slot);
}

void
sim_check_end (SimCluster *cluster)
{
  check_incarnations (cluster);
  if (cluster->world->violation != NULL)
    return;
  check_service (cluster);
  check_digests (cluster);
  check_leases (cluster);
}
