/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "server/journal/trias-journal.h"
#include "sim-cluster.h"

#include <string.h>

/* What the keeper of a triad does with the entries of its journal, on the real ledger, codec and
 * lease clock; only its store is missing, which in a triad is a mirror. */

#define FEATURE "draw"
#define PRODUCT "Press"
#define TICK_MS 2000
#define AGAIN_MS 1000

/* --- the ledger at the seal --- */

static TriasLicense *
make_license (void)
{
  g_autofree char *secret = NULL, *public_key = NULL, *text = NULL, *payload = NULL;
  g_autoptr (GError) error = NULL;
  TriasLicense *license;

  trias_issuer_generate (&secret, &public_key);
  payload = g_strdup_printf (
      "{\"id\":\"L1\",\"revision\":1,\"issuer\":\"maker\",\"licensee\":\"Works\","
      "\"product\":\"" PRODUCT "\",\"bind\":[],\"features\":[{\"name\":\"" FEATURE "\","
      "\"seats\":%d,\"counted_by\":\"lease\",\"not_before\":null,\"not_after\":null,"
      "\"grace_hours\":0}]}",
      SIM_SEATS);
  text = trias_license_issue (payload, secret, &error);
  g_assert_no_error (error);
  license = trias_license_inspect (text, strlen (text), &error);
  g_assert_no_error (error);
  return license;
}

static const char *
server_id (guint server)
{
  static char ids[SIM_SERVERS][65];

  if (ids[server][0] == '\0')
    memset (ids[server], (int) ('1' + server), 64);
  return ids[server];
}

static TriasMember *
make_member (guint server)
{
  const char *const addresses[] = { "192.0.2.1:7643", NULL };
  g_autofree char *name = g_strdup_printf ("server-%u", server + 1);

  return trias_member_new (server_id (server), name, addresses);
}

static void
apply_base (TriasLedger *ledger, TriasCommand *command)
{
  g_autoptr (TriasOutcome) outcome = trias_ledger_apply (ledger, command);

  g_assert_cmpint (outcome->reason, ==, TRIAS_REASON_NONE);
  trias_command_free (command);
}

/* Made once; every schedule starts from it. */
GBytes *
sim_keeper_first_base (void)
{
  static GBytes *base;
  g_autoptr (TriasLicense) license = NULL;
  g_autoptr (TriasLedger) ledger = NULL;
  g_autoptr (TriasRule) rule = NULL;
  g_autoptr (TriasRelationship) triad = NULL;
  const gint64 time = G_GINT64_CONSTANT (1767225000000);

  if (base != NULL)
    return base;
  license = make_license ();
  ledger = trias_ledger_new (server_id (0));
  rule = trias_rule_new ("deny-one", TRIAS_SCOPE_USE, TRIAS_EFFECT_DENY, TRIAS_WHO_KEY,
                         sim_client_key (SIM_DENIED), TRIAS_WHERE_EVERYWHERE, NULL, "", NULL);
  g_assert_nonnull (rule);
  triad = trias_relationship_new ("triad", "Press", TRIAS_KIND_TRIAD);
  triad->incarnation = 1;
  for (guint i = 0; i < SIM_MEMBERS; i++)
    g_ptr_array_add (triad->members, make_member (i));
  apply_base (ledger, trias_command_install_license (time, license, "admin"));
  apply_base (ledger, trias_command_put_rule (time, rule, "admin"));
  apply_base (ledger, trias_command_seal (time, triad, "admin"));
  base = trias_ledger_serialize (ledger);
  return base;
}

GBytes *
sim_keeper_blank_base (const TriasRelationship *relationship)
{
  const TriasMember *first = g_ptr_array_index (relationship->members, 0);
  g_autoptr (TriasLedger) ledger = trias_ledger_new (first->id);

  apply_base (ledger, trias_command_seal (0, relationship, "admin"));
  return trias_ledger_serialize (ledger);
}

static void
reset (SimMember *self)
{
  g_clear_pointer (&self->ledger, trias_ledger_free);
  g_clear_pointer (&self->leases, trias_lease_clock_free);
  self->ledger = trias_ledger_new (server_id (self->index));
  self->leases = trias_lease_clock_new ();
}

void
sim_keeper_load (SimMember *self, GBytes *base)
{
  reset (self);
  if (base != NULL && !trias_ledger_deserialize (self->ledger, base, NULL))
    g_error ("the base does not load");
}

GBytes *
sim_keeper_snapshot (SimMember *self)
{
  self->cluster->stats.snapshots++;
  return trias_ledger_serialize (self->ledger);
}

gboolean
sim_keeper_restore (SimMember *self, GBytes *state, GError **error)
{
  reset (self);
  return trias_ledger_deserialize (self->ledger, state, error);
}

/* --- leases on the clock --- */

static void
start_cb (const TriasLease *lease, gpointer user_data)
{
  SimMember *self = user_data;

  trias_lease_clock_start (self->leases, lease->id, lease->generation, lease->ttl_s,
                           trias_ledger_lease_limit (self->ledger, lease),
                           sim_node_boot (self->node), sim_node_wall (self->node));
}

static void
note_changes (SimMember *self, GPtrArray *changes)
{
  for (guint i = 0; i < changes->len; i++)
    {
      const TriasChange *change = g_ptr_array_index (changes, i);
      const TriasLease *lease;

      if (change->record != TRIAS_RECORD_LEASE)
        continue;
      lease = change->value != NULL ? trias_ledger_find_lease (self->ledger, change->key) : NULL;
      if (lease != NULL)
        start_cb (lease, self);
      else
        trias_lease_clock_remove (self->leases, change->key);
    }
}

void
sim_keeper_begin (SimMember *self)
{
  trias_ledger_foreach_lease (self->ledger, NULL, G_MAXUINT, start_cb, self);
  self->next_tick = sim_node_boot (self->node) + TICK_MS;
}

static void
propose (SimMember *self, SimAskKind kind, const TriasLeaseTimer *timer)
{
  SimAsk *ask = g_slice_new0 (SimAsk);

  ask->kind = kind;
  ask->client = SIM_CLIENTS;
  if (timer != NULL)
    {
      g_strlcpy (ask->id, timer->id, sizeof ask->id);
      ask->generation = timer->generation;
    }
  SIM_SAY (self->cluster->world, "%u proposes %u: %s", self->index + 1, kind, ask->id);
  g_queue_push_tail (&self->asks, ask);
}

void
sim_keeper_check_due (SimMember *self)
{
  gint64 now = sim_node_boot (self->node);

  while (trias_lease_clock_next (self->leases) <= now)
    {
      const TriasLeaseTimer *timer
          = trias_lease_clock_pop (self->leases, now, sim_node_wall (self->node));

      if (timer == NULL)
        break;
      propose (self, SIM_ASK_EXPIRE, timer);
    }
  if (self->next_tick > now)
    return;
  self->next_tick = now + TICK_MS;
  propose (self, SIM_ASK_TICK, NULL);
}

/* --- commands --- */

static TriasCommand *
grant (const SimAsk *ask, gint64 wall)
{
  TriasLease lease = {
    .id = (char *) ask->id,
    .key_id = (char *) sim_client_key (ask->client),
    .feature = (char *) FEATURE,
    .product = (char *) "",
    .count = 1,
    .holder = { (char *) "user", (char *) "host", (char *) "" },
    .ttl_s = SIM_TTL_S,
  };
  TriasFacts facts = { .key_id = lease.key_id, .user = "user", .address = "192.0.2.7" };

  return trias_command_grant (wall, &lease, &facts);
}

/* The newcomer has the rank of whom it replaces. */
static TriasCommand *
seal (SimMember *self, const SimAsk *ask, gint64 wall)
{
  g_autoptr (TriasRelationship) next = trias_relationship_copy (sim_change_relationship (self));

  for (guint i = 0; i < next->members->len; i++)
    {
      const TriasMember *member = g_ptr_array_index (next->members, i);

      if (strcmp (member->id, server_id (ask->leaving)) != 0)
        continue;
      g_ptr_array_remove_index (next->members, i);
      g_ptr_array_insert (next->members, (int) i, make_member (ask->newcomer));
    }
  next->incarnation = ask->incarnation;
  return trias_command_seal (wall, next, "admin");
}

TriasCommand *
sim_keeper_command (SimMember *self, const SimAsk *ask)
{
  gint64 wall = sim_node_wall (self->node);

  switch (ask->kind)
    {
    case SIM_ASK_GRANT:
      return grant (ask, wall);
    case SIM_ASK_RENEW:
      return trias_command_renew (wall, ask->id, sim_client_key (ask->client));
    case SIM_ASK_RELEASE:
      return trias_command_release (wall, ask->id, sim_client_key (ask->client), "");
    case SIM_ASK_EXPIRE:
      return trias_command_expire (wall, ask->id, ask->generation);
    case SIM_ASK_SEAL:
      return seal (self, ask, wall);
    case SIM_ASK_TICK:
    default:
      return trias_command_tick (wall);
    }
}

/* An expiry that comes after a renewal does nothing; unless the rule is broken, as if it carried no
 * generation. */
static void
note_expiry (SimMember *self, TriasCommand *command)
{
  const TriasLease *lease;

  if (command->kind != TRIAS_COMMAND_EXPIRE)
    return;
  lease = trias_ledger_find_lease (self->ledger, command->id);
  if (lease == NULL || lease->generation == command->generation)
    return;
  SIM_SAY (self->cluster->world, "%u: the expiry of %s comes too late", self->index + 1,
           command->id);
  self->cluster->stats.late_expiries++;
  if (self->cluster->breaks == SIM_BREAK_EXPIRY_GENERATION)
    command->generation = lease->generation;
}

static void
apply_one (SimMember *self, TriasCommand *command, const SimAsk *ask)
{
  g_autoptr (TriasOutcome) outcome = NULL;

  note_expiry (self, command);
  outcome = trias_ledger_apply (self->ledger, command);
  note_changes (self, outcome->changes);
  if (command->kind == TRIAS_COMMAND_EXPIRE && !outcome->repeated)
    sim_check_expired (self, command->id);
  if (command->kind == TRIAS_COMMAND_SEAL)
    sim_change_follow (self);
  if (ask == NULL)
    return;
  if (ask->kind == SIM_ASK_EXPIRE)
    {
      self->cluster->stats.expired++;
      trias_lease_clock_push_back (self->leases, ask->id, sim_node_boot (self->node) + AGAIN_MS);
    }
  sim_keeper_answer (self, ask, outcome);
}

void
sim_keeper_apply (SimMember *self, const void *data, gsize length, GPtrArray *asks)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (data, length);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) commands = trias_journal_decode (bytes, &error);

  if (commands == NULL)
    {
      sim_world_violate (self->cluster->world, "entry damaged on %u: %s", self->index + 1,
                         error->message);
      return;
    }
  for (guint i = 0; i < commands->len; i++)
    {
      const SimAsk *ask = asks != NULL ? g_ptr_array_index (asks, i) : NULL;

      /* Nothing behind the seal is done, on any member. */
      self->cluster->stats.behind += self->changing;
      if (!self->changing || self->cluster->breaks == SIM_BREAK_BEHIND_SEAL)
        apply_one (self, g_ptr_array_index (commands, i), ask);
      else if (ask != NULL)
        sim_keeper_refuse (self, ask);
    }
  self->cluster->stats.entries++;
}
