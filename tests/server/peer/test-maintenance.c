/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "pair-fixture.h"
#include "server/peer/trias-aside.h"

/* A server of a pair stands aside: who serves whom meanwhile, and when it can be switched off. */

#define LEASE "aaaaaaaaaaaaaaaa"
#define OTHER_LEASE "bbbbbbbbbbbbbbbb"
#define THIRD_LEASE "cccccccccccccccc"
#define NEW_LEASE "dddddddddddddddd"

typedef struct
{
  gboolean done;
  TriasReason reason;
} Answer;

typedef struct
{
  Node *node;
  const char *kind;
  guint times;
} Told;

static void
on_answer (const TriasProblem *problem, gpointer user_data)
{
  Answer *answer = user_data;

  answer->reason = problem != NULL ? problem->reason : TRIAS_REASON_NONE;
  answer->done = TRUE;
}

static TriasReason
begin (Node *node, guint seconds, gboolean force)
{
  Answer answer = { FALSE };

  trias_peer_begin_maintenance (node->peer, seconds, force, "admin", on_answer, &answer);
  wait_until ("maintenance to begin", 10, flag_is_set, &answer.done);
  return answer.reason;
}

static void
end (Node *node)
{
  Answer answer = { FALSE };

  trias_peer_end_maintenance (node->peer, "admin", on_answer, &answer);
  wait_until ("maintenance to end", 10, flag_is_set, &answer.done);
  g_assert_cmpint (answer.reason, ==, TRIAS_REASON_NONE);
}

static TriasReason
hand_over (Node *node, const char *to)
{
  Answer answer = { FALSE };

  trias_peer_hand_over (node->peer, to, G_MAXINT64, "admin", on_answer, &answer);
  wait_until ("the choice to be made", 10, flag_is_set, &answer.done);
  return answer.reason;
}

static const TriasMaintenance *
aside (Node *node)
{
  return trias_aside_own (node->peer);
}

static gboolean
backup_covers (gpointer pair)
{
  Pair *self = pair;

  return strcmp (trias_peer_get_serving (self->main->peer, NULL), "redirecting") == 0
         && strcmp (trias_peer_get_serving (self->backup->peer, NULL), "covering") == 0;
}

static gboolean
main_serves (gpointer pair)
{
  Pair *self = pair;

  return strcmp (trias_peer_get_serving (self->main->peer, NULL), "serving") == 0
         && strcmp (trias_peer_get_serving (self->backup->peer, NULL), "redirecting") == 0;
}

static gboolean
main_is_safe (gpointer pair)
{
  const TriasMaintenance *own = aside (((Pair *) pair)->main);

  return own != NULL && own->unsafe == TRIAS_UNSAFE_NONE && pair_is_equal (pair);
}

static gboolean
is_told (gpointer data)
{
  const Told *told = data;

  return node_count (told->node, told->kind) == told->times;
}

/* Events are told when they are written. */
static void
wait_told (Node *node, const char *kind, guint times)
{
  Told told = { node, kind, times };

  wait_until (kind, 10, is_told, &told);
}

static Pair *
pair_new_stocked (guint main_seats, guint backup_seats)
{
  Pair *pair = pair_new_formed ();

  node_install (pair->main, "license-main", "paint", main_seats);
  node_install (pair->backup, "license-backup", "paint", backup_seats);
  node_install (pair->main, "license-only", "cut", 3);
  wait_until ("the licences to be copied", 10, pair_is_equal, pair);
  return pair;
}

static void
grant (Pair *pair, const char *lease)
{
  g_assert_cmpint (node_grant (pair->main, lease, "paint", 30), ==, TRIAS_REASON_NONE);
  wait_until ("the lease to be copied", 10, pair_is_equal, pair);
}

static void
stand_aside (Pair *pair)
{
  g_assert_cmpint (begin (pair->main, 0, FALSE), ==, TRIAS_REASON_NONE);
  wait_until ("the backup to stand in", 10, backup_covers, pair);
}

static void
move (Pair *pair, const char *lease)
{
  TriasRoute route;

  node_ask (pair->main, lease, NULL, NULL, &route);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_REDIRECT);
  g_assert_cmpint (node_ask (pair->backup, lease, NULL, NULL, &route), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_RESUME);
  wait_until ("both to hold the same", 10, pair_is_equal, pair);
}

/* What the backup has seats for goes there, the rest is served on while it can be. */
static void
test_drain (void)
{
  g_autoptr (Pair) pair = pair_new_stocked (20, 2);
  TriasRoute route;

  grant (pair, LEASE);
  grant (pair, OTHER_LEASE);
  grant (pair, THIRD_LEASE);
  stand_aside (pair);
  trias_aside_tick (pair->main->peer->aside);
  g_assert_cmpint (aside (pair->main)->unsafe, ==, TRIAS_UNSAFE_LEASES);
  g_assert_cmpint (aside (pair->main)->left, ==, 2);
  g_assert_cmpint (aside (pair->main)->kept, ==, 1);
  move (pair, LEASE);
  move (pair, OTHER_LEASE);
  wait_until ("the main to be safe to switch off", 10, main_is_safe, pair);
  g_assert_cmpint (aside (pair->main)->left, ==, 0);
  g_assert_cmpint (aside (pair->main)->kept, ==, 1);
  g_assert_cmpint (node_ask (pair->main, THIRD_LEASE, NULL, NULL, &route), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_SERVE);
  node_ask (pair->backup, THIRD_LEASE, NULL, NULL, &route);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_REDIRECT);
  /* New ones too: the backup is full, and has no seat for the other feature at all. */
  node_ask (pair->backup, NEW_LEASE, "paint", NULL, &route);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_REDIRECT);
  g_assert_cmpint (node_ask (pair->main, NEW_LEASE, "cut", NULL, &route), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_SERVE);
  end (pair->main);
  wait_until ("the main to serve", 10, main_serves, pair);
  node_ask (pair->backup, LEASE, NULL, NULL, &route);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_REDIRECT);
  g_assert_cmpint (node_ask (pair->main, LEASE, NULL, NULL, &route), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_RESUME);
}

/* No client is sent on with a lease that the backup has not got to know yet. */
static void
test_unknown_lease (void)
{
  g_autoptr (Pair) pair = pair_new_stocked (20, 20);
  TriasRoute route;

  stand_aside (pair);
  pair->backup->path_refused = g_strdup ("/changes");
  g_assert_cmpint (node_grant (pair->main, LEASE, "paint", 30), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (node_ask (pair->main, LEASE, NULL, NULL, &route), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_SERVE);
  /* Of one that neither knows the backup has to say that it is gone. */
  node_ask (pair->main, NEW_LEASE, NULL, NULL, &route);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_REDIRECT);
  g_assert_cmpint (node_ask (pair->backup, NEW_LEASE, NULL, NULL, &route), ==, TRIAS_REASON_GONE);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_SERVE);
  g_clear_pointer (&pair->backup->path_refused, g_free);
  wait_until ("the lease to be copied", 10, pair_is_equal, pair);
  move (pair, LEASE);
}

/* Both look at all products that have the feature: no client is sent to and fro because one of them
 * is full or not valid, and a lease goes on as what it is, a seat of its product. */
static void
test_products (void)
{
  g_autoptr (Pair) pair = pair_new_stocked (20, 2);
  TriasRoute route;

  node_install_future (pair->backup, "license-future", "Alpha", "paint", 5);
  node_install_product (pair->backup, "license-beta", "Beta", "paint", 1);
  grant (pair, LEASE);
  grant (pair, OTHER_LEASE);
  grant (pair, THIRD_LEASE);
  stand_aside (pair);
  trias_aside_tick (pair->main->peer->aside);
  g_assert_cmpint (aside (pair->main)->left, ==, 2);
  g_assert_cmpint (aside (pair->main)->kept, ==, 1);
  node_ask (pair->main, NEW_LEASE, "paint", NULL, &route);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_REDIRECT);
  g_assert_cmpint (node_ask (pair->backup, NEW_LEASE, "paint", NULL, &route), ==,
                   TRIAS_REASON_NONE);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_SERVE);
  g_assert_cmpstr (node_lease (pair->backup, NEW_LEASE)->product, ==, "Beta");
  wait_until ("both to hold the same", 10, pair_is_equal, pair);
  /* The first of them is full. */
  move (pair, LEASE);
  move (pair, OTHER_LEASE);
  g_assert_cmpint (node_release (pair->backup, NEW_LEASE), ==, TRIAS_REASON_NONE);
  wait_until ("both to hold the same", 10, pair_is_equal, pair);
  /* Only another product has a seat. */
  g_assert_cmpint (node_ask (pair->main, THIRD_LEASE, NULL, NULL, &route), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_SERVE);
  node_ask (pair->backup, THIRD_LEASE, NULL, NULL, &route);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_REDIRECT);
  node_ask (pair->backup, NEW_LEASE, "paint", NULL, &route);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_SERVE);
}

/* The backup is full of leases that it goes on with: they stay there. */
static void
test_full (void)
{
  g_autoptr (Pair) pair = pair_new_stocked (20, 1);
  TriasRoute route;

  grant (pair, LEASE);
  stand_aside (pair);
  move (pair, LEASE);
  wait_until ("the main to be safe to switch off", 10, main_is_safe, pair);
  node_ask (pair->main, LEASE, NULL, NULL, &route);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_REDIRECT);
  g_assert_cmpint (node_ask (pair->backup, LEASE, NULL, NULL, &route), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_SERVE);
}

static gboolean
request_is_held (gpointer node)
{
  return ((Node *) node)->held != NULL;
}

static gboolean
backup_knows (gpointer pair)
{
  Pair *self = pair;

  return trias_aside_find (self->backup->peer, trias_identity_get_id (self->main->identity))
         != NULL;
}

/* What was sent before, and comes after, tells of what has passed. */
static void
test_late_probe (void)
{
  g_autoptr (Pair) pair = pair_new_stocked (20, 20);

  pair->backup->path_held = g_strdup ("/probe");
  wait_until ("a probe on its way", 10, request_is_held, pair->backup);
  g_assert_cmpint (begin (pair->main, 0, TRUE), ==, TRIAS_REASON_NONE);
  wait_until ("the backup to be told otherwise", 10, backup_knows, pair);
  node_let_in (pair->backup);
  run_for (100);
  g_assert_true (backup_knows (pair));
}

/* It lasts over a restart, and ends by its time. */
static void
test_lasts (void)
{
  g_autoptr (Pair) pair = pair_new_stocked (20, 20);

  g_assert_cmpint (begin (pair->main, 0, FALSE), ==, TRIAS_REASON_NONE);
  node_stop (pair->main);
  node_start (pair->main);
  g_assert_nonnull (aside (pair->main));
  wait_until ("the backup to stand in still", 20, backup_covers, pair);
  g_assert_cmpuint (node_count (pair->main, "reunion"), ==, 0);
  g_assert_cmpint (begin (pair->main, 1, FALSE), ==, TRIAS_REASON_NONE);
  wait_until ("the main to serve", 10, main_serves, pair);
  g_assert_null (aside (pair->main));
  wait_told (pair->main, "maintenance-ended", 1);
  node_stop (pair->main);
  node_start (pair->main);
  g_assert_null (aside (pair->main));
}

static gboolean
main_knows (gpointer pair)
{
  Pair *self = pair;

  return trias_aside_find (self->main->peer, trias_identity_get_id (self->backup->identity))
         != NULL;
}

static gboolean
main_knows_of_none (gpointer pair)
{
  return !main_knows (pair);
}

static void
test_refused (void)
{
  g_autoptr (Pair) pair = pair_new_stocked (20, 20);
  g_autofree char *location = NULL;

  g_assert_cmpint (begin (pair->backup, 0, FALSE), ==, TRIAS_REASON_NONE);
  wait_until ("the main to know", 10, main_knows, pair);
  g_assert_cmpint (begin (pair->main, 0, FALSE), ==, TRIAS_REASON_CONFLICT);
  end (pair->backup);
  wait_until ("the main to know the end", 10, main_knows_of_none, pair);
  node_deafen (pair->main);
  node_deafen (pair->backup);
  wait_until ("the link to be lost", 10, pair_is_apart, pair);
  g_assert_cmpint (begin (pair->main, 0, FALSE), ==, TRIAS_REASON_UNREACHABLE);
  /* Forced: it serves on while nobody else can. */
  g_assert_cmpint (begin (pair->main, 0, TRUE), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (trias_peer_route (pair->main->peer, "paint", NULL, NULL, NULL, &location), ==,
                   TRIAS_ROUTE_SERVE);
  g_assert_cmpint (aside (pair->main)->unsafe, ==, TRIAS_UNSAFE_DISCONNECTED);
  node_hear (pair->main);
  node_hear (pair->backup);
  wait_until ("the backup to stand in", 20, backup_covers, pair);
}

static void
set_failback (Pair *pair, TriasFailback failback)
{
  TriasOptions options;

  trias_options_init (&options);
  options.failback = failback;
  pair_set_options (pair, "Pair", &options);
}

/* The main dies, the backup serves a client, the main comes back; for the @times-th time. */
static void
fail_over (Pair *pair, guint times)
{
  node_stop (pair->main);
  wait_until ("the backup to miss the main server", 10, node_is_alone, pair->backup);
  g_assert_cmpint (node_ask (pair->backup, LEASE, NULL, NULL, NULL), ==, TRIAS_REASON_NONE);
  node_start (pair->main);
  wait_until ("the backup to go on", 20, backup_covers, pair);
  g_assert_cmpint (aside (pair->main)->why, ==, TRIAS_ASIDE_FAILBACK);
  wait_told (pair->main, "failback-waits", times);
}

/* Manual failback: after the backup has served, the main waits until it is given back. */
static void
test_manual_failback (void)
{
  g_autoptr (Pair) pair = pair_new_stocked (20, 20);

  set_failback (pair, TRIAS_FAILBACK_MANUAL);
  node_stop (pair->main);
  wait_until ("the backup to miss the main server", 10, node_is_alone, pair->backup);
  node_start (pair->main);
  /* Nobody was served meanwhile: there is nothing to give back. */
  wait_until ("the main to serve", 20, main_serves, pair);
  grant (pair, LEASE);
  fail_over (pair, 1);
  g_assert_cmpint (hand_over (pair->main, ""), ==, TRIAS_REASON_NONE);
  wait_until ("the main to serve", 10, main_serves, pair);
  wait_told (pair->main, "given-back", 1);
  g_assert_cmpint (node_ask (pair->main, LEASE, NULL, NULL, NULL), ==, TRIAS_REASON_NONE);
  wait_until ("both to hold the same", 10, pair_is_equal, pair);
  /* Automatic by now: it need not be given back. */
  fail_over (pair, 2);
  set_failback (pair, TRIAS_FAILBACK_AUTOMATIC);
  wait_until ("the main to serve by itself", 10, main_serves, pair);
}

static void
test_backup_fails (void)
{
  g_autoptr (Pair) pair = pair_new_stocked (20, 20);

  set_failback (pair, TRIAS_FAILBACK_MANUAL);
  grant (pair, LEASE);
  fail_over (pair, 1);
  wait_until ("both to hold the same", 10, pair_is_equal, pair);
  /* Nobody came to the main meanwhile: it waits on. */
  node_stop (pair->backup);
  wait_until ("the main to miss the backup", 10, node_is_alone, pair->main);
  node_start (pair->backup);
  wait_until ("the backup to go on", 20, backup_covers, pair);
  node_stop (pair->backup);
  wait_until ("the main to miss the backup", 10, node_is_alone, pair->main);
  g_assert_cmpint (node_ask (pair->main, LEASE, NULL, NULL, NULL), ==, TRIAS_REASON_NONE);
  g_assert_null (aside (pair->main));
  node_start (pair->backup);
  wait_until ("the main to serve", 20, main_serves, pair);
  wait_told (pair->main, "given-back", 1);
}

/* The main hears late, or never fell silent for its clients, that the backup has served in its
 * place. */
static void
test_told_late (void)
{
  g_autoptr (Pair) pair = pair_new_stocked (20, 20);

  set_failback (pair, TRIAS_FAILBACK_MANUAL);
  grant (pair, LEASE);
  node_deafen (pair->main);
  node_deafen (pair->backup);
  wait_until ("the link to be lost", 10, pair_is_apart, pair);
  g_assert_cmpint (node_ask (pair->backup, LEASE, NULL, NULL, NULL), ==, TRIAS_REASON_NONE);
  node_hear (pair->main);
  node_hear (pair->backup);
  wait_until ("the backup to go on", 20, backup_covers, pair);
  g_assert_cmpint (aside (pair->main)->why, ==, TRIAS_ASIDE_FAILBACK);
  g_assert_cmpint (hand_over (pair->main, ""), ==, TRIAS_REASON_NONE);
  wait_until ("the main to serve", 10, main_serves, pair);
  g_assert_cmpint (node_ask (pair->main, LEASE, NULL, NULL, NULL), ==, TRIAS_REASON_NONE);
  wait_until ("both to hold the same", 10, pair_is_equal, pair);
  wait_told (pair->main, "failback-waits", 1);

  node_stop (pair->main);
  wait_until ("the backup to miss the main server", 10, node_is_alone, pair->backup);
  g_assert_cmpint (node_ask (pair->backup, LEASE, NULL, NULL, NULL), ==, TRIAS_REASON_NONE);
  node_deafen (pair->backup);
  node_start (pair->main);
  wait_told (pair->main, "reunion", 1);
  node_hear (pair->backup);
  wait_until ("the backup to go on", 20, backup_covers, pair);
  wait_told (pair->main, "failback-waits", 2);
}

static gboolean
main_is_back (gpointer pair)
{
  return aside (((Pair *) pair)->main) == NULL;
}

static void
test_handover (void)
{
  g_autoptr (Pair) pair = pair_new_stocked (20, 20);
  const char *backup_id = trias_identity_get_id (pair->backup->identity);

  g_assert_cmpint (hand_over (pair->backup, backup_id), ==, TRIAS_REASON_NOT_ACTIVE);
  g_assert_cmpint (hand_over (pair->main, "nobody"), ==, TRIAS_REASON_BAD_REQUEST);
  g_assert_cmpint (hand_over (pair->main, backup_id), ==, TRIAS_REASON_NONE);
  wait_until ("the backup to take over", 10, backup_covers, pair);
  g_assert_cmpstr (trias_peer_get_active (pair->main->peer), ==, backup_id);
  g_assert_cmpstr (trias_peer_get_active (pair->backup->peer), ==, backup_id);
  g_assert_cmpint (hand_over (pair->main, ""), ==, TRIAS_REASON_NONE);
  wait_until ("the main to serve", 10, main_serves, pair);
  g_assert_cmpint (begin (pair->main, 0, FALSE), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (hand_over (pair->main, ""), ==, TRIAS_REASON_CONFLICT);
  end (pair->main);
  /* It is over when the backup fails. */
  g_assert_cmpint (hand_over (pair->main, backup_id), ==, TRIAS_REASON_NONE);
  wait_until ("the backup to take over", 10, backup_covers, pair);
  node_stop (pair->backup);
  wait_until ("the handover to be over", 10, main_is_back, pair);
  node_start (pair->backup);
  wait_until ("the main to serve", 20, main_serves, pair);
}

int
main (int argc, char *argv[])
{
  trias_process_begin ();
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/maintenance/drain", test_drain);
  g_test_add_func ("/maintenance/unknown-lease", test_unknown_lease);
  g_test_add_func ("/maintenance/products", test_products);
  g_test_add_func ("/maintenance/full", test_full);
  g_test_add_func ("/maintenance/late-probe", test_late_probe);
  g_test_add_func ("/maintenance/lasts", test_lasts);
  g_test_add_func ("/maintenance/refused", test_refused);
  g_test_add_func ("/maintenance/manual-failback", test_manual_failback);
  g_test_add_func ("/maintenance/backup-fails", test_backup_fails);
  g_test_add_func ("/maintenance/told-late", test_told_late);
  g_test_add_func ("/maintenance/handover", test_handover);
  return g_test_run ();
}
