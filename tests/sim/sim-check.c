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
check_gap (SimMember *member, guint64 index)
{
  const GArray *golden = member->cluster->golden;

  for (guint64 i = member->applied + 1; i < MIN (index, golden->len); i++)
    if (g_array_index (golden, guint64, i) != 0)
      sim_world_violate (member->cluster->world,
                         "I3: member %u passes over entry %" G_GUINT64_FORMAT
                         ", which was applied before",
                         member->slot, i);
}

/* What a leader takes for committed lies on a majority of disks. */
static void
check_commit (SimMember *member)
{
  SimCluster *cluster = member->cluster;
  const struct raft *raft = member->io.io.data;
  raft_index index = raft->commit_index;
  raft_term term;
  guint holders = 0;

  if (raft->state != RAFT_LEADER || index <= member->committed || cluster->stats.old_images > 0)
    return;
  member->committed = index;
  term = trias_raft_log_term (raft, index);
  for (guint i = 0; i < SIM_MEMBERS; i++)
    {
      const SimImage *image = &cluster->members[i].disk.image;

      if ((image->snapshot != NULL && image->snapshot->index >= index)
          || (index >= image->first && index <= sim_image_last_index (image)
              && ((SimEntry *) g_ptr_array_index (image->entries, index - image->first))->term
                     == term))
        holders++;
    }
  if (term != 0 && holders <= SIM_MEMBERS / 2)
    sim_world_violate (cluster->world,
                       "I3: leader %u takes %llu of term %llu for committed, which lies on %u disk",
                       member->slot, index, term, holders);
}

/* Whoever applies the entry at an index applies the same: this is what I3 and I7 rest on, and it
 * shows a lost entry at once. */
void
sim_check_entry (SimMember *member, guint64 index, const void *data, gsize length)
{
  SimCluster *cluster = member->cluster;
  guint64 hash = hash_of (data, length);
  guint64 *known;

  check_gap (member, index);

  if (index >= cluster->golden->len)
    g_array_set_size (cluster->golden, (guint) index + 64);
  known = &g_array_index (cluster->golden, guint64, index);
  if (*known == 0)
    *known = hash;
  else if (*known != hash)
    sim_world_violate (cluster->world,
                       "I3: member %u applies another entry %" G_GUINT64_FORMAT
                       " than was applied before",
                       member->slot, index);
}

/* I2, and that the tertiary never serves. */
void
sim_check_turn (SimMember *member)
{
  SimCluster *cluster = member->cluster;

  check_commit (member);
  if (!member->active)
    return;
  for (guint i = 0; i < SIM_MEMBERS; i++)
    {
      SimMember *other = &cluster->members[i];

      if (other != member && other->active && sim_member_is_active (other))
        sim_world_violate (cluster->world, "I2: members %u and %u are active at once", member->slot,
                           other->slot);
    }
  if (member->slot == 3)
    sim_world_violate (cluster->world, "the tertiary serves");
  if (cluster->last_active == member->slot)
    return;
  if (cluster->last_active != 0)
    cluster->stats.failovers++;
  cluster->last_active = member->slot;
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

gboolean
sim_check_is_even (SimCluster *cluster)
{
  for (guint i = 1; i < SIM_MEMBERS; i++)
    if (cluster->members[i].applied != cluster->members[0].applied)
      return FALSE;
  return TRUE;
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
            "I3: member %u ends %s, which was promised to client %u for %" G_GINT64_FORMAT
            " ms more",
            member->slot, id, i, client->promised_until - sim_node_boot (client->node));
    }
}

static void
check_digests (SimCluster *cluster)
{
  g_autofree char *first = trias_ledger_digest (cluster->members[0].ledger);

  for (guint i = 1; i < SIM_MEMBERS; i++)
    {
      g_autofree char *digest = trias_ledger_digest (cluster->members[i].ledger);

      if (strcmp (digest, first) != 0)
        sim_world_violate (
            cluster->world,
            "I7: after the heal the ledgers of 1 and %u differ (at %" G_GUINT64_FORMAT
            " and %" G_GUINT64_FORMAT ")",
            i + 1, cluster->members[0].applied, cluster->members[i].applied);
    }
}

static void
check_leases (SimCluster *cluster)
{
  for (guint i = 0; i < SIM_CLIENTS; i++)
    {
      SimClient *client = &cluster->clients[i];

      for (guint k = 0; k < SIM_MEMBERS && sim_client_is_live (client); k++)
        if (trias_ledger_find_lease (cluster->members[k].ledger, client->id) == NULL)
          sim_world_violate (cluster->world,
                             "I3: client %u holds %s, which member %u does not have", i, client->id,
                             k + 1);
    }
}

/* Somebody serves again, and the best ranked one does unless another is pinned. */
static void
check_service (SimCluster *cluster)
{
  TriasRaftStatus status = { 0 };
  guint active = 0;

  for (guint i = 0; i < SIM_MEMBERS; i++)
    if (sim_member_is_active (&cluster->members[i]))
      active = i + 1;
  if (active == 0)
    {
      sim_world_violate (cluster->world, "nobody serves after the heal");
      return;
    }
  trias_raft_member_get_status (cluster->members[active - 1].engine, &status);
  if (!cluster->manual && status.pinned == 0 && active != 1)
    sim_world_violate (cluster->world, "after the heal %u serves and not 1", active);
}

void
sim_check_end (SimCluster *cluster)
{
  check_service (cluster);
  check_digests (cluster);
  check_leases (cluster);
}
