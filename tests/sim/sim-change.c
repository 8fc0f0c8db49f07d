/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "sim-cluster.h"

#include <string.h>

/* From one incarnation to the next (design §4, "seal and form anew"). The active member has a
 * newcomer promise, and seals. Whoever applied the seal keeps the ledger as the base of the next
 * incarnation and goes on there. The others are told of it, again and again, and take the base from
 * whoever has it; who is no member any more is told as well. */

#define TELL_MS 400
#define AGAIN_MS 50
#define STORE_MIN_US 200
#define STORE_MAX_US 4000

const TriasRelationship *
sim_change_relationship (SimMember *self)
{
  return trias_ledger_get_relationship (self->ledger);
}

guint64
sim_change_incarnation (const SimMember *self)
{
  return self->engine != NULL ? self->engine->incarnation : 0;
}

gboolean
sim_change_seen (const SimMember *self, guint64 incarnation)
{
  return self->reached > incarnation;
}

/* Server ids are 64 times the same digit. */
static guint
server_of (const TriasMember *member)
{
  return (guint) (member->id[0] - '1');
}

static void
read_seats (const TriasRelationship *relationship, SimSeats *seats)
{
  *seats = (SimSeats){ 0 };
  if (relationship == NULL)
    return;
  seats->incarnation = relationship->incarnation;
  for (guint i = 0; i < SIM_MEMBERS; i++)
    seats->servers[i] = server_of (g_ptr_array_index (relationship->members, i));
}

void
sim_change_seats (SimMember *self, SimSeats *seats)
{
  read_seats (self->ledger != NULL ? sim_change_relationship (self) : NULL, seats);
}

static gboolean
has_seat (const SimSeats *seats, guint server)
{
  for (guint i = 0; i < SIM_MEMBERS; i++)
    if (seats->incarnation > 0 && seats->servers[i] == server)
      return TRUE;
  return FALSE;
}

/* --- what servers tell each other --- */

typedef enum
{
  TELL,    /* its incarnation */
  WANT,    /* the base of it */
  BASE,    /* here it is */
  PROMISE, /* to become a member, please */
  PROMISED
} Kind;

typedef struct
{
  SimMember *to;
  SimMember *from;
  Kind kind;
  guint64 incarnation;
  guint leaving; /* for a promise */
  GBytes *base;  /* (owned) (nullable) */
} Letter;

static void
letter_free (gpointer data)
{
  Letter *letter = data;

  g_clear_pointer (&letter->base, g_bytes_unref);
  g_slice_free (Letter, letter);
}

static void arrive_cb (SimNode *node, gpointer data);

static void
send (SimMember *self, SimMember *to, Kind kind, guint64 incarnation, guint leaving)
{
  Letter *letter = g_slice_new0 (Letter);

  letter->from = self;
  letter->to = to;
  letter->kind = kind;
  letter->incarnation = incarnation;
  letter->leaving = leaving;
  letter->base = kind == BASE ? g_bytes_ref (self->base) : NULL;
  sim_net_send (&self->cluster->net, self->node, to->node, FALSE, arrive_cb, letter, letter_free);
}

static void
tell_all (SimMember *self)
{
  for (guint i = 0; i < SIM_SERVERS && self->engine != NULL && !self->changing && !self->stuck; i++)
    if (i != self->index)
      send (self, &self->cluster->members[i], TELL, self->engine->incarnation, 0);
}

static void
tell_cb (SimNode *node, gpointer data)
{
  SimMember *self = data;

  sim_world_after (node, TELL_MS * SIM_MS, tell_cb, self, NULL);
  tell_all (self);
}

void
sim_change_start (SimMember *self)
{
  sim_world_after (self->node, sim_random_between (&self->random, 0, TELL_MS) * SIM_MS, tell_cb,
                   self, NULL);
}

/* --- going over --- */

static void
moment (SimMember *self, SimMoment moment)
{
  if (self->cluster->moment != NULL)
    self->cluster->moment (self->cluster, self->index, moment);
}

static void
keep (SimMember *self)
{
  g_clear_pointer (&self->base, g_bytes_unref);
  self->base = g_steal_pointer (&self->next_base);
  self->changing = FALSE;
}

/* As if the base were what the ledger is when it is kept, and not what it was at the seal. */
static void
look_again (SimMember *self)
{
  SimSeats seats;

  sim_change_seats (self, &seats);
  if (self->next_base == NULL || seats.incarnation <= sim_change_incarnation (self))
    return;
  g_bytes_unref (self->next_base);
  self->next_base = trias_ledger_serialize (self->ledger);
}

/* The new journal begins once the store has kept what it begins from. */
static void
go_over (SimMember *self)
{
  if (self->cluster->breaks == SIM_BREAK_BEHIND_SEAL)
    look_again (self);
  keep (self);
  if (self->engine != NULL)
    sim_engine_leave (self);
  sim_keeper_load (self, self->base);
  SIM_SAY (self->cluster->world, "%u goes over to incarnation %" G_GUINT64_FORMAT, self->index + 1,
           self->base != NULL ? sim_change_relationship (self)->incarnation : 0);
  if (self->base == NULL)
    return;
  self->promised = 0;
  sim_check_base (self);
  sim_engine_open (self);
  moment (self, SIM_MOMENT_BEGINS);
  /* Now and then the former engine is faster to tell of the seal. */
  if (sim_random_chance (&self->random, 50))
    tell_all (self);
}

static void
store_cb (SimNode *node, gpointer data)
{
  SimMember *self = data;

  if (self->refuses)
    sim_world_after (node, AGAIN_MS * SIM_MS, store_cb, self, NULL);
  else
    go_over (self);
}

/* @next: the base to go on from, NULL if this server is no member any more. */
static void
begin (SimMember *self, GBytes *next)
{
  gint64 delay = sim_random_between (&self->random, STORE_MIN_US, STORE_MAX_US);

  if (self->slow > 0)
    delay += sim_random_between (&self->random, 0, self->slow);
  self->changing = TRUE;
  self->active = FALSE;
  self->next_base = next;
  self->reached = sim_change_incarnation (self) + 1;
  sim_member_refuse_waiting (self);
  sim_world_after (self->node, delay, store_cb, self, NULL);
}

static void
leave (SimMember *self, gboolean left_out)
{
  g_autoptr (GPtrArray) changes = trias_ledger_leave (self->ledger, left_out);

  SIM_SAY (self->cluster->world, "%u is no member any more", self->index + 1);
  self->cluster->stats.left++;
  sim_check_left (self);
  begin (self, NULL);
}

void
sim_change_follow (SimMember *self)
{
  SimCluster *cluster = self->cluster;
  SimSeats seats;

  sim_change_seats (self, &seats);
  if (self->changing || self->stuck || seats.incarnation == self->engine->incarnation)
    return;
  SIM_SAY (cluster->world, "%u APPLIES THE SEAL of %" G_GUINT64_FORMAT, self->index + 1,
           seats.incarnation);
  cluster->stats.seals++;
  moment (self, SIM_MOMENT_SEALS);
  if (cluster->breaks == SIM_BREAK_SEALED_SERVES && self->active)
    self->stuck = TRUE;
  else if (has_seat (&seats, self->index))
    begin (self, trias_ledger_serialize (self->ledger));
  else
    leave (self, FALSE);
}

void
sim_change_end (SimMember *self, gboolean orderly)
{
  self->stuck = FALSE;
  if (!self->changing)
    return;
  if (orderly ? !self->refuses : sim_random_chance (&self->random, 50))
    keep (self);
  g_clear_pointer (&self->next_base, g_bytes_unref);
  self->changing = FALSE;
}

/* --- taking the base --- */

/* A later one than its own; for who waits for one, that one or what came of it. */
static gboolean
concerns (SimMember *self, guint64 incarnation)
{
  if (self->base != NULL)
    return incarnation > sim_change_incarnation (self);
  return self->promised != 0 && incarnation >= self->promised;
}

static void
take_base (SimMember *self, GBytes *base)
{
  g_autoptr (TriasLedger) told = trias_ledger_new (trias_ledger_get_server_id (self->ledger));
  SimSeats seats;

  if (!trias_ledger_deserialize (told, base, NULL))
    g_error ("a base does not load");
  read_seats (trias_ledger_get_relationship (told), &seats);
  if (!has_seat (&seats, self->index))
    {
      self->promised = 0;
      if (self->base != NULL)
        leave (self, TRUE);
    }
  else if (self->base == NULL && self->cluster->breaks == SIM_BREAK_BLANK_BASE)
    begin (self, sim_keeper_blank_base (trias_ledger_get_relationship (told)));
  else
    begin (self, g_bytes_ref (base));
}

/* --- the coordinator --- */

void
sim_change_replace (SimMember *self, guint leaving, guint newcomer)
{
  SimSeats seats;

  sim_change_seats (self, &seats);
  if (!sim_member_is_active (self) || self->stuck || leaving == self->index
      || !has_seat (&seats, leaving) || has_seat (&seats, newcomer)
      || seats.incarnation + 1 >= SIM_INCARNATIONS)
    return;
  send (self, &self->cluster->members[newcomer], PROMISE, seats.incarnation + 1, leaving);
}

/* Durable before it is answered. Who belongs to another incarnation promises nothing. */
static void
promise (SimMember *self, const Letter *letter)
{
  if (self->base != NULL || self->refuses || letter->incarnation < self->promised)
    return;
  self->promised = letter->incarnation;
  send (self, letter->from, PROMISED, letter->incarnation, letter->leaving);
}

/* As if the old incarnation's majority were not needed. */
static void
seal_early (SimMember *self, SimAsk *ask)
{
  g_autoptr (TriasCommand) command = sim_keeper_command (self, ask);

  trias_outcome_free (trias_ledger_apply (self->ledger, command));
  sim_change_follow (self);
  sim_ask_free (ask);
}

static void
seal (SimMember *self, const Letter *letter)
{
  SimAsk *ask;

  if (!sim_member_is_active (self) || letter->incarnation != self->engine->incarnation + 1)
    return;
  ask = g_slice_new0 (SimAsk);
  ask->kind = SIM_ASK_SEAL;
  ask->client = SIM_CLIENTS;
  ask->incarnation = letter->incarnation;
  ask->leaving = letter->leaving;
  ask->newcomer = letter->from->index;
  self->cluster->replaced = letter->leaving;
  self->cluster->newcomer = letter->from->index;
  self->cluster->stats.replaced++;
  self->cluster->stats.returned += letter->from->reached > 0;
  if (self->cluster->breaks == SIM_BREAK_EARLY_SEAL)
    seal_early (self, ask);
  else
    sim_member_take (self, ask);
}

static void
receive (SimMember *self, const Letter *letter)
{
  guint64 own = sim_change_incarnation (self);

  if (letter->kind == TELL && concerns (self, letter->incarnation))
    send (self, letter->from, WANT, letter->incarnation, 0);
  else if (letter->kind == WANT && own >= letter->incarnation)
    send (self, letter->from, BASE, own, 0);
  else if (letter->kind == BASE && concerns (self, letter->incarnation))
    take_base (self, letter->base);
  else if (letter->kind == PROMISE)
    promise (self, letter);
  else if (letter->kind == PROMISED)
    seal (self, letter);
}

static void
arrive_cb (SimNode *node, gpointer data)
{
  Letter *letter = data;
  SimMember *self = letter->to;

  if (!self->changing && !self->stuck)
    receive (self, letter);
  letter_free (letter);
}
