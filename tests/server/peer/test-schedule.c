/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <stdlib.h>

#include "pair-fixture.h"

/* A random history of cuts, restarts, grants, releases and edits on both sides. After each heal the
 * pair is connected and synchronised and all digests are equal (design §7, I5 and I7); no seat is
 * given twice (I1). */

#define ROUNDS 6
#define STEPS 25
#define LEASES 12
#define SEATS 4

typedef struct
{
  Pair *pair;
  GRand *rand;
  Node *main, *backup;
  guint edits;
} History;

static Node *
any (History *self)
{
  return g_rand_boolean (self->rand) ? self->main : self->backup;
}

static Node *
other (History *self, Node *node)
{
  return node == self->main ? self->backup : self->main;
}

static void
restart (Node *node)
{
  gboolean deaf = node->http == NULL;

  node_stop (node);
  node_start (node);
  if (deaf)
    node_deafen (node);
}

static void
check_seats (Node *node)
{
  g_autoptr (TriasPool) pool
      = trias_ledger_find_pool (trias_keeper_get_ledger (node->keeper), "", "paint");

  g_assert_nonnull (pool);
  g_assert_cmpuint (pool->used, <=, pool->seats);
}

static void
step (History *self)
{
  Node *node = any (self);
  g_autofree char *lease
      = g_strdup_printf ("lease-%012d", g_rand_int_range (self->rand, 0, LEASES));
  g_autofree char *contact = NULL;

  switch (g_rand_int_range (self->rand, 0, 12))
    {
    case 0:
      node_deafen (node);
      break;
    case 1:
      node_hear (node);
      break;
    case 2:
      restart (node);
      break;
    case 3:
      contact = g_strdup_printf ("edit %u", ++self->edits);
      node_set_contact (node, contact);
      break;
    case 4:
    case 5:
      node_release (node, lease);
      break;
    case 6:
      run_for ((guint) g_rand_int_range (self->rand, 1, 1500));
      break;
    default:
      node_ask (node, lease, "paint",
                g_rand_boolean (self->rand) ? trias_identity_get_id (other (self, node)->identity)
                                            : NULL,
                NULL);
      break;
    }
  check_seats (self->main);
  check_seats (self->backup);
}

static void
on_resolved (const TriasProblem *problem, gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
}

static gboolean
is_whole_but_for_conflict (gpointer user_data)
{
  Pair *pair = user_data;
  const TriasMemberStatus *a = trias_peer_get_status (pair->main->peer),
                          *b = trias_peer_get_status (pair->backup->peer);

  return pair_is_equal (pair)
         || (a->connected && b->connected && a->sync_reason == TRIAS_LAG_CONFLICT
             && b->sync_reason == TRIAS_LAG_CONFLICT);
}

static gboolean
is_settled (gpointer user_data)
{
  Pair *pair = user_data;

  return pair_is_equal (pair)
         && strcmp (node_contact (pair->main), node_contact (pair->backup)) == 0;
}

static void
heal (History *self)
{
  gboolean done = FALSE;

  node_hear (self->main);
  node_hear (self->backup);
  wait_until ("the pair to be whole again", 30, is_whole_but_for_conflict, self->pair);
  trias_peer_resolve_conflict (self->main->peer, g_rand_boolean (self->rand) ? "main" : "backup",
                               "admin", on_resolved, &done);
  wait_until ("the conflict, if any, to be resolved", 10, flag_is_set, &done);
  wait_until ("equal digests", 30, is_settled, self->pair);
}

static void
test_schedule (void)
{
  const char *given = g_getenv ("G_TEST_SEED");
  guint32 seed = given != NULL ? (guint32) strtoul (given, NULL, 10) : g_random_int ();
  g_autoptr (Pair) pair = pair_new_formed ();
  History history = { pair, g_rand_new_with_seed (seed), pair->main, pair->backup, 0 };

  g_test_message ("G_TEST_SEED=%u", seed);
  node_install (pair->main, "license-main", "paint", SEATS);
  node_install (pair->backup, "license-backup", "paint", SEATS);
  for (guint i = 0; i < ROUNDS; i++)
    {
      for (guint j = 0; j < STEPS; j++)
        step (&history);
      heal (&history);
    }
  g_rand_free (history.rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  trias_process_begin ();
  g_test_add_func ("/pair/schedule", test_schedule);
  return g_test_run ();
}
