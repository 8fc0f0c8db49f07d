/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "triad-fixture.h"

#include "server/peer/trias-aside.h"
#include "server/peer/trias-peer-private.h"

/* A triad goes on with another member, while it serves. */

#define LEASE "lease-000000000001"

/* --- helpers --- */

typedef struct
{
  Triad *triad;
  Node *newcomer;
  Node *former; /* (nullable) once it is replaced */
} Stage;

/* A triad with a licence and a lease, and a fourth server that all know by their rules. */
static Stage *
stage_new (void)
{
  Stage *self = g_new0 (Stage, 1);
  TriasProblem *problem;

  self->triad = triad_new ();
  self->newcomer = node_new (self->triad->folder, self->triad->secret, "newcomer", "127.0.0.5");
  triad_allow_all (self->triad);
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    {
      node_allow (self->triad->nodes[i], self->newcomer);
      node_allow (self->newcomer, self->triad->nodes[i]);
    }
  node_install (self->triad->nodes[0], "license-1", "paint", 5);
  problem = triad_form (self->triad);
  g_assert_null (problem);
  wait_until ("the triad to be whole", 30, triad_is_whole, self->triad);
  return self;
}

static void
stage_free (Stage *self)
{
  if (self->newcomer != NULL)
    node_free (self->newcomer);
  if (self->former != NULL)
    node_free (self->former);
  triad_free (self->triad);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Stage, stage_free)

/* The newcomer stands where @rank stood. */
static void
take_place (Stage *self, guint rank)
{
  self->former = self->triad->nodes[rank];
  self->triad->nodes[rank] = g_steal_pointer (&self->newcomer);
}

static gboolean
is_granted (gpointer user_data)
{
  Stage *self = user_data;
  Node *active = triad_active (self->triad);

  return active != NULL && node_grant (active, LEASE, "paint", 60) == TRIAS_REASON_NONE;
}

static gboolean
all_hold (gpointer user_data)
{
  Stage *self = user_data;

  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    if (node_lease (self->triad->nodes[i], LEASE) == NULL)
      return FALSE;
  return TRUE;
}

static gboolean
primary_is_active (gpointer user_data)
{
  Stage *self = user_data;

  return triad_active (self->triad) == self->triad->nodes[0];
}

static guint64
incarnation_of (Node *node)
{
  const TriasRelationship *relationship = trias_peer_get_relationship (node->peer);

  return relationship != NULL ? relationship->incarnation : 0;
}

static gboolean
is_whole_in_second (gpointer user_data)
{
  Stage *self = user_data;

  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    if (self->triad->nodes[i]->peer == NULL || incarnation_of (self->triad->nodes[i]) != 2
        || !node_is_idle (self->triad->nodes[i]))
      return FALSE;
  return triad_is_whole (self->triad);
}

static gboolean
is_single (Node *node)
{
  g_autoptr (GPtrArray) licenses
      = trias_ledger_get_licenses (trias_keeper_get_ledger (node->keeper));

  return trias_peer_get_relationship (node->peer) == NULL && !trias_keeper_is_triad (node->keeper)
         && licenses->len == 0 && node_lease (node, LEASE) == NULL;
}

static gboolean
former_is_single (gpointer user_data)
{
  Stage *self = user_data;

  return is_single (self->former) && node_count (self->former, "left-out") == 1;
}

/* Nothing changed: the three are what they were, and the newcomer is free. */
static gboolean
is_as_before (gpointer user_data)
{
  Stage *self = user_data;

  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    if (self->triad->nodes[i]->peer == NULL || incarnation_of (self->triad->nodes[i]) != 1
        || !node_is_idle (self->triad->nodes[i]))
      return FALSE;
  return triad_is_whole (self->triad) && is_single (self->newcomer)
         && node_is_idle (self->newcomer);
}

typedef struct
{
  gboolean done;
  TriasProblem *problem;
} Asked;

static void
on_changed (const TriasProblem *problem, gpointer user_data)
{
  Asked *asked = user_data;

  if (asked == NULL)
    return;
  asked->done = TRUE;
  asked->problem = problem != NULL ? trias_problem_copy (problem) : NULL;
}

static void
ask (Stage *self, guint rank, const char *invitation, Asked *asked)
{
  Node *active = triad_active (self->triad);
  gint64 expires;
  g_autofree char *code = invitation != NULL
                              ? g_strdup (invitation)
                              : trias_peer_invite (self->newcomer->peer, node_id (active),
                                                   TRIAS_KIND_TRIAD, &expires);
  TriasPeerCandidate with = { .address = self->newcomer->address,
                              .fingerprint = (char *) node_id (self->newcomer),
                              .invitation = code };
  TriasPeerChange change
      = { .id = "change-1", .member = node_id (self->triad->nodes[rank]), .with = &with };

  trias_peer_change (active->peer, &change, "admin", on_changed, asked);
}

static TriasProblem *
replace (Stage *self, guint rank, const char *invitation)
{
  Asked asked = { FALSE };

  wait_until ("the primary to be active", 60, primary_is_active, self);
  ask (self, rank, invitation, &asked);
  wait_until ("the change to be answered", 40, flag_is_set, &asked.done);
  if (asked.problem != NULL)
    g_test_message ("not changed: %s", asked.problem->detail);
  return asked.problem;
}

/* --- replaced --- */

static void
test_dead (void)
{
  g_autoptr (Stage) stage = stage_new ();

  wait_until ("a lease", 20, is_granted, stage);
  node_stop (stage->triad->nodes[1]);
  wait_until ("the primary to be active", 60, primary_is_active, stage);
  g_assert_null (replace (stage, 1, NULL));
  take_place (stage, 1);
  wait_until ("the new triad to be whole", 30, is_whole_in_second, stage);
  wait_until ("all to hold the lease", 10, all_hold, stage);
  g_assert_cmpuint (node_count (stage->triad->nodes[0], "member-replaced"), ==, 1);
  /* It comes back, and learns that it is out. */
  node_start (stage->former);
  wait_until ("the former member to be single", 30, former_is_single, stage);
  wait_until ("the triad to be served", 30, triad_is_served, stage->triad);
}

static void
test_living (void)
{
  g_autoptr (Stage) stage = stage_new ();

  wait_until ("a lease", 20, is_granted, stage);
  g_assert_null (replace (stage, 2, NULL));
  take_place (stage, 2);
  wait_until ("the new triad to be whole", 30, is_whole_in_second, stage);
  wait_until ("the former member to be single", 30, former_is_single, stage);
  wait_until ("all to hold the lease", 10, all_hold, stage);
}

static gboolean
secondary_is_active (gpointer user_data)
{
  Stage *self = user_data;

  return triad_active (self->triad) == self->triad->nodes[1];
}

/* Who stood aside is replaced: its successor does not, and serves in its turn. */
static void
test_in_maintenance (void)
{
  g_autoptr (Stage) stage = stage_new ();
  Asked asked = { FALSE };

  wait_until ("the primary to be active", 60, primary_is_active, stage);
  trias_aside_begin (stage->triad->nodes[0]->peer->aside, TRIAS_ASIDE_MAINTENANCE, 0, "admin", NULL,
                     NULL);
  wait_until ("the secondary to take over", 30, secondary_is_active, stage);
  node_stop (stage->triad->nodes[0]);
  wait_until ("the secondary to be active", 30, secondary_is_active, stage);
  ask (stage, 0, NULL, &asked);
  wait_until ("the change to be answered", 40, flag_is_set, &asked.done);
  g_assert_null (asked.problem);
  take_place (stage, 0);
  wait_until ("the new triad to be whole", 30, is_whole_in_second, stage);
  node_stop (stage->triad->nodes[0]);
  wait_until ("the secondary to serve again", 30, secondary_is_active, stage);
  node_start (stage->triad->nodes[0]);
  wait_until ("the new primary to be active", 40, primary_is_active, stage);
}

/* --- refused, failed before the seal --- */

static void
test_invitation (void)
{
  g_autoptr (Stage) stage = stage_new ();
  g_autoptr (TriasProblem) problem = replace (stage, 1, "none-of-theirs");

  g_assert_cmpint (problem->reason, ==, TRIAS_REASON_INVITATION);
  wait_until ("all to be as before", 20, is_as_before, stage);
}

static void
test_promise_refused (void)
{
  g_autoptr (Stage) stage = stage_new ();
  g_autoptr (TriasProblem) problem = NULL;

  stage->newcomer->path_refused = g_strdup ("/prepare");
  problem = replace (stage, 1, NULL);
  g_assert_nonnull (problem);
  wait_until ("all to be as before", 20, is_as_before, stage);
}

/* The third member is away: only with it the triad would go on. */
static void
test_stayer_away (void)
{
  g_autoptr (Stage) stage = stage_new ();
  g_autoptr (TriasProblem) problem = NULL;

  node_stop (stage->triad->nodes[2]);
  problem = replace (stage, 1, NULL);
  g_assert_nonnull (problem);
  node_start (stage->triad->nodes[2]);
  wait_until ("all to be as before", 30, is_as_before, stage);
}

/* --- somebody dies in the middle --- */

static gboolean
all_have_promised (gpointer user_data)
{
  Stage *self = user_data;

  return node_count (self->newcomer, "relationship-prepare") > 0
         && node_count (self->triad->nodes[1], "relationship-prepare") > 0;
}

static gboolean
newcomer_is_in (gpointer user_data)
{
  return incarnation_of (((Stage *) user_data)->newcomer) == 2;
}

static gboolean
is_decided_either_way (gpointer user_data)
{
  Stage *self = user_data;

  if (self->newcomer != NULL && newcomer_is_in (self))
    take_place (self, 2);
  return self->newcomer == NULL ? is_whole_in_second (self) : is_as_before (self);
}

/* The coordinator dies about when it decides: the others find out how it ended, and all agree. */
static void
test_coordinator_dies (void)
{
  g_autoptr (Stage) stage = stage_new ();

  wait_until ("a lease", 20, is_granted, stage);
  wait_until ("the primary to be active", 60, primary_is_active, stage);
  ask (stage, 2, NULL, NULL);
  wait_until ("the promises", 20, all_have_promised, stage);
  node_stop (stage->triad->nodes[0]);
  run_for (3000);
  node_start (stage->triad->nodes[0]);
  wait_until ("it to be decided", 40, is_decided_either_way, stage);
  g_test_message ("%s", stage->newcomer == NULL ? "the newcomer is in" : "all are as before");
  if (stage->newcomer == NULL)
    wait_until ("the former member to be single", 30, former_is_single, stage);
  else
    wait_until ("all to hold the lease", 10, all_hold, stage);
}

/* The promise is lost: an administrator made it forget, or its disk is an older one. */
static void
node_forget_promise (Node *node)
{
  trias_keeper_put_local (node->keeper, TRIAS_LOCAL_PEER, "forming", NULL, NULL, NULL);
}

/* A member is away when the others go on; it comes back and follows by itself. */
static gboolean
is_sealed (gpointer user_data)
{
  return node_count (((Stage *) user_data)->triad->nodes[0], "relationship-sealed") > 1;
}

static void
follow (gboolean promised)
{
  g_autoptr (Stage) stage = stage_new ();
  Node *away = stage->triad->nodes[1];

  wait_until ("a lease", 20, is_granted, stage);
  wait_until ("the primary to be active", 60, primary_is_active, stage);
  /* It promises, but gets no word of the seal. */
  trias_keeper_triad_set_quiet (away->keeper, trias_keeper_boot (away->keeper) + 60000);
  away->path_refused = g_strdup ("/formed");
  ask (stage, 2, NULL, NULL);
  wait_until ("the promises", 20, all_have_promised, stage);
  wait_until ("the seal", 30, is_sealed, stage);
  g_assert_cmpuint (incarnation_of (away), ==, 1);
  if (!promised)
    node_forget_promise (away);
  node_stop (away);
  wait_until ("the newcomer to be in", 30, newcomer_is_in, stage);
  take_place (stage, 2);
  g_clear_pointer (&away->path_refused, g_free);
  node_start (away);
  wait_until ("the new triad to be whole", 40, is_whole_in_second, stage);
  wait_until ("all to hold the lease", 10, all_hold, stage);
  wait_until ("the former member to be single", 30, former_is_single, stage);
}

static void
test_away (void)
{
  follow (TRUE);
}

static void
test_away_without_promise (void)
{
  follow (FALSE);
}

/* --- a pair grows --- */

static gboolean
pair_is_settled (gpointer user_data)
{
  const TriasMemberStatus *status = trias_peer_get_status (((Node *) user_data)->peer);

  return status != NULL && status->connected && status->synchronised;
}

static void
form_pair (Stage *self)
{
  Node *main = self->triad->nodes[0], *backup = self->triad->nodes[1];
  g_autoptr (GPtrArray) others = g_ptr_array_new ();
  gint64 expires;
  g_autofree char *code
      = trias_peer_invite (backup->peer, node_id (main), TRIAS_KIND_BACKUP, &expires);
  TriasPeerCandidate candidate = { .address = backup->address,
                                   .fingerprint = (char *) node_id (backup),
                                   .invitation = code };
  TriasOptions options;
  Asked asked = { FALSE };

  trias_options_init (&options);
  g_ptr_array_add (others, &candidate);
  trias_peer_form (main->peer, TRIAD_ID, "Pair", TRIAS_KIND_BACKUP, &options, others, NULL, "admin",
                   on_changed, &asked);
  wait_until ("the pair to be formed", 30, flag_is_set, &asked.done);
  g_assert_null (asked.problem);
  wait_until ("the pair to be settled", 30, pair_is_settled, main);
  wait_until ("the pair to be settled", 30, pair_is_settled, backup);
}

static TriasProblem *
grow (Stage *self, gboolean discard)
{
  Node *main = self->triad->nodes[0], *newcomer = self->triad->nodes[2];
  gint64 expires;
  g_autofree char *code
      = trias_peer_invite (newcomer->peer, node_id (main), TRIAS_KIND_TRIAD, &expires);
  TriasPeerCandidate with = { .address = newcomer->address,
                              .fingerprint = (char *) node_id (newcomer),
                              .invitation = code };
  TriasPeerChange change = { .id = "change-2", .with = &with, .discard = discard };
  Asked asked = { FALSE };

  trias_peer_change (main->peer, &change, "admin", on_changed, &asked);
  wait_until ("the growing to be answered", 40, flag_is_set, &asked.done);
  return asked.problem;
}

/* A pair of which each has a licence of its own, and the main server a lease. */
static Stage *
stage_new_pair (void)
{
  Stage *self = g_new0 (Stage, 1);

  self->triad = triad_new ();
  triad_allow_all (self->triad);
  node_install (self->triad->nodes[0], "license-1", "paint", 5);
  node_install (self->triad->nodes[1], "license-2", "print", 5);
  form_pair (self);
  g_assert_cmpint (node_grant (self->triad->nodes[0], LEASE, "paint", 60), ==, TRIAS_REASON_NONE);
  return self;
}

static void
test_grow (void)
{
  g_autoptr (Stage) stage = stage_new_pair ();
  g_autoptr (TriasProblem) problem = grow (stage, FALSE);

  /* What the backup has of its own would be lost. */
  g_assert_nonnull (problem);
  g_assert_cmpstr (g_hash_table_lookup (problem->params, "license"), ==, "license-2");
  g_assert_cmpuint (incarnation_of (stage->triad->nodes[1]), ==, 1);
  g_assert_null (grow (stage, TRUE));
  wait_until ("the triad to be whole", 30, is_whole_in_second, stage);
  wait_until ("all to hold the lease", 10, all_hold, stage);
  g_assert_cmpuint (node_count (stage->triad->nodes[1], "state-archived"), ==, 1);
}

/* --- two are lost for good --- */

static TriasProblem *
recover (Node *node, const char *confirm)
{
  Asked asked = { FALSE };

  trias_peer_recover (node->peer, confirm, "admin", on_changed, &asked);
  wait_until ("the recovery to be answered", 20, flag_is_set, &asked.done);
  return asked.problem;
}

static gboolean
reaches_nobody (gpointer user_data)
{
  g_autoptr (GPtrArray) statuses = trias_peer_get_statuses (((Node *) user_data)->peer);
  TriasJournalStatus journal;

  trias_keeper_triad_status (((Node *) user_data)->keeper, &journal);
  for (guint i = 0; i < statuses->len; i++)
    if (((TriasMemberStatus *) g_ptr_array_index (statuses, i))->connected
        || journal.members[i + 1].contact)
      return FALSE;
  return TRUE;
}

static gboolean
lost_is_single (gpointer user_data)
{
  Node *lost = ((Stage *) user_data)->triad->nodes[1];

  return is_single (lost) && node_count (lost, "left-alone") == 1;
}

static gboolean
is_told (gpointer user_data)
{
  return node_count (user_data, "relationship-recovered") == 1;
}

static void
assert_alone (Node *node)
{
  g_autoptr (TriasJson) json = node_relationship_json (node);
  g_autofree char *text = trias_json_to_string (json);

  g_assert_null (trias_peer_get_relationship (node->peer));
  g_assert_nonnull (strstr (text, "\"recovered\":{\"name\":\"Triad\""));
  g_assert_nonnull (node_lease (node, LEASE));
  /* What is known is renewed; nothing new is granted, for what the lost ones may have granted. */
  g_assert_cmpint (
      node_submit (node, trias_command_renew (trias_keeper_now (node->keeper), LEASE, CLIENT_KEY)),
      ==, TRIAS_REASON_NONE);
  g_assert_cmpint (node_grant (node, "lease-000000000002", "paint", 60), ==, TRIAS_REASON_NO_SEATS);
  g_assert_cmpint (trias_keeper_grants_from (node->keeper) - trias_keeper_now (node->keeper), >,
                   60000);
}

static void
test_recover (void)
{
  g_autoptr (Stage) stage = stage_new ();
  Node *node = stage->triad->nodes[0];
  g_autoptr (TriasProblem) problem = NULL;
  g_autoptr (TriasProblem) named = NULL;

  wait_until ("a lease", 20, is_granted, stage);
  wait_until ("all to hold the lease", 10, all_hold, stage);
  problem = recover (node, "Triad");
  g_assert_cmpint (problem->reason, ==, TRIAS_REASON_CONFLICT);
  node_stop (stage->triad->nodes[1]);
  node_stop (stage->triad->nodes[2]);
  wait_until ("nobody to be reached", 20, reaches_nobody, node);
  named = recover (node, "Another");
  g_assert_cmpint (named->reason, ==, TRIAS_REASON_BAD_REQUEST);
  g_assert_null (recover (node, "Triad"));
  wait_until ("it to be told", 10, is_told, node);
  assert_alone (node);
  node_stop (node);
  node_start (node);
  assert_alone (node);
  /* A lost one comes back, and is told that it is out. */
  node_start (stage->triad->nodes[1]);
  wait_until ("it to be single and know who goes on", 30, lost_is_single, stage);
  assert_alone (node);
}

/* --- a triad becomes a pair --- */

static void
on_shrunk (const TriasProblem *problem, gpointer user_data)
{
  Asked *asked = user_data;

  asked->done = TRUE;
  asked->problem = problem != NULL ? trias_problem_copy (problem) : NULL;
}

static TriasProblem *
shrink (Node *by, Node *main, Node *backup)
{
  Asked asked = { 0 };

  trias_peer_shrink (by->peer, node_id (main), node_id (backup), "admin", on_shrunk, &asked);
  wait_until ("the triad to shrink", 20, flag_is_set, &asked.done);
  return asked.problem;
}

static gboolean
is_of_pair (Node *node, TriasRole role)
{
  const TriasRelationship *relationship = trias_peer_get_relationship (node->peer);

  return relationship != NULL && relationship->kind == TRIAS_KIND_BACKUP
         && relationship->incarnation == 2 && !trias_keeper_is_triad (node->keeper)
         && trias_relationship_role (relationship, node_id (node)) == role;
}

/* Main and backup stand for each other: equal digests, nothing pending. */
static gboolean
are_synchronised (Node *main, Node *backup)
{
  const TriasMemberStatus *here = trias_peer_get_status (main->peer);
  const TriasMemberStatus *there = trias_peer_get_status (backup->peer);

  return is_of_pair (main, TRIAS_ROLE_MAIN) && is_of_pair (backup, TRIAS_ROLE_BACKUP)
         && here->connected && here->synchronised && there->connected && there->synchronised;
}

static gboolean
is_shrunk (gpointer user_data)
{
  Stage *self = user_data;

  return are_synchronised (self->triad->nodes[0], self->triad->nodes[1]);
}

static gboolean
third_is_single (gpointer user_data)
{
  return is_single (((Stage *) user_data)->triad->nodes[2]);
}

/* The main server goes on with the lease; the backup knows it and has nothing of its own; the third
 * is out. Nobody is asked to serve by the backup while the main one does. */
static void
test_shrink (void)
{
  g_autoptr (Stage) stage = stage_new ();
  Node **nodes = stage->triad->nodes;
  g_autoptr (TriasProblem) not_active = NULL;
  g_autoptr (TriasProblem) other_main = NULL;
  g_autoptr (TriasProblem) one = NULL;
  g_autoptr (TriasProblem) problem = NULL;
  TriasRoute route;

  wait_until ("a lease", 20, is_granted, stage);
  wait_until ("all to hold the lease", 10, all_hold, stage);
  wait_until ("the primary to be active", 40, primary_is_active, stage);
  not_active = shrink (nodes[1], nodes[1], nodes[0]);
  g_assert_cmpint (not_active->reason, ==, TRIAS_REASON_NOT_ACTIVE);
  other_main = shrink (nodes[0], nodes[1], nodes[0]);
  g_assert_cmpint (other_main->reason, ==, TRIAS_REASON_CONFLICT);
  one = shrink (nodes[0], nodes[0], nodes[0]);
  g_assert_cmpint (one->reason, ==, TRIAS_REASON_BAD_REQUEST);
  problem = shrink (nodes[0], nodes[0], nodes[1]);
  g_assert_null (problem);
  g_assert_true (is_of_pair (nodes[0], TRIAS_ROLE_MAIN));
  g_assert_nonnull (node_lease (nodes[0], LEASE));
  g_assert_cmpint (node_grant (nodes[0], LEASE, "paint", 60), ==, TRIAS_REASON_NONE);
  wait_until ("the pair to be synchronised", 20, is_shrunk, stage);
  g_assert_null (node_lease (nodes[1], LEASE));
  g_assert_nonnull (trias_ledger_find_lease (trias_keeper_get_replica (nodes[1]->keeper), LEASE));
  node_ask (nodes[1], "lease-000000000002", "paint", NULL, &route);
  g_assert_cmpint (route, ==, TRIAS_ROUTE_REDIRECT);
  wait_until ("the third to be out", 20, third_is_single, stage);
  /* Again: it is done. */
  g_assert_null (shrink (nodes[0], nodes[0], nodes[1]));
  for (guint i = 0; i < 2; i++)
    {
      node_stop (nodes[i]);
      node_start (nodes[i]);
    }
  wait_until ("the pair to be synchronised after a start", 30, is_shrunk, stage);
  g_assert_nonnull (node_lease (nodes[0], LEASE));
}

static gboolean
backup_and_third_follow (gpointer user_data)
{
  return is_shrunk (user_data) && third_is_single (user_data);
}

/* The third was away, and learns that it is out; the backup was cut off right after the decision,
 * and learns what it is. */
static void
test_shrink_away (void)
{
  g_autoptr (Stage) stage = stage_new ();
  Node **nodes = stage->triad->nodes;

  wait_until ("the primary to be active", 40, primary_is_active, stage);
  wait_until ("a lease", 20, is_granted, stage);
  node_stop (nodes[2]);
  wait_until ("the primary to be active", 40, primary_is_active, stage);
  g_assert_null (shrink (nodes[0], nodes[0], nodes[1]));
  node_start (nodes[2]);
  wait_until ("all to know what they are", 40, backup_and_third_follow, stage);
  g_assert_nonnull (node_lease (nodes[0], LEASE));
}

/* The backup did not get the decision from the log: the others decided without it. */
static gboolean
backup_is_told (gpointer user_data)
{
  Stage *self = user_data;

  return is_of_pair (self->triad->nodes[1], TRIAS_ROLE_BACKUP);
}

static void
test_shrink_backup_away (void)
{
  g_autoptr (Stage) stage = stage_new ();
  Node **nodes = stage->triad->nodes;
  Asked asked = { 0 };

  wait_until ("the primary to be active", 40, primary_is_active, stage);
  wait_until ("a lease", 20, is_granted, stage);
  wait_until ("all to hold the lease", 10, all_hold, stage);
  trias_peer_shrink (nodes[0]->peer, node_id (nodes[0]), node_id (nodes[1]), "admin", on_shrunk,
                     &asked);
  node_stop (nodes[1]);
  wait_until ("the triad to shrink", 20, flag_is_set, &asked.done);
  g_assert_null (asked.problem);
  node_start (nodes[1]);
  wait_until ("the backup to know", 30, backup_is_told, stage);
  wait_until ("the pair to be synchronised", 30, is_shrunk, stage);
  g_assert_null (node_lease (nodes[1], LEASE));
  g_assert_nonnull (node_lease (nodes[0], LEASE));
}

/* Another member has applied what the main server to be decided. */
static gboolean
is_decided (gpointer user_data)
{
  Stage *self = user_data;
  const TriasRelationship *sealed
      = trias_ledger_get_relationship (trias_keeper_get_ledger (self->triad->nodes[1]->keeper));

  return sealed != NULL && sealed->kind == TRIAS_KIND_BACKUP;
}

static gboolean
agree_either_way (gpointer user_data)
{
  Stage *self = user_data;

  return backup_and_third_follow (self)
         || (incarnation_of (self->triad->nodes[0]) == 1 && triad_is_whole (self->triad));
}

/* The main server dies as soon as it is decided, or before that is known: all agree in the end, and
 * nothing is lost. */
static void
test_shrink_main_dies (void)
{
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (Stage) stage = stage_new ();
      Node **nodes = stage->triad->nodes;
      Asked asked = { 0 };

      wait_until ("the primary to be active", 40, primary_is_active, stage);
      wait_until ("a lease", 20, is_granted, stage);
      trias_peer_shrink (nodes[0]->peer, node_id (nodes[0]), node_id (nodes[1]), "admin", on_shrunk,
                         &asked);
      if (i == 0)
        wait_until ("the decision", 20, is_decided, stage);
      node_stop (nodes[0]);
      g_clear_pointer (&asked.problem, trias_problem_free);
      run_for (2500); /* whoever has applied it leaves the log */
      node_start (nodes[0]);
      if (i == 0)
        wait_until ("all to follow", 40, backup_and_third_follow, stage);
      else
        wait_until ("all to agree", 60, agree_either_way, stage);
      g_test_message ("%s", is_of_pair (nodes[0], TRIAS_ROLE_MAIN) ? "a pair" : "a triad still");
      g_assert_nonnull (node_lease (nodes[0], LEASE));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  trias_process_begin ();
  g_test_add_func ("/members/dead", test_dead);
  g_test_add_func ("/members/living", test_living);
  g_test_add_func ("/members/in-maintenance", test_in_maintenance);
  g_test_add_func ("/members/invitation", test_invitation);
  g_test_add_func ("/members/promise-refused", test_promise_refused);
  g_test_add_func ("/members/stayer-away", test_stayer_away);
  g_test_add_func ("/members/coordinator-dies", test_coordinator_dies);
  g_test_add_func ("/members/away", test_away);
  g_test_add_func ("/members/away-without-promise", test_away_without_promise);
  g_test_add_func ("/members/grow", test_grow);
  g_test_add_func ("/members/recover", test_recover);
  g_test_add_func ("/members/shrink", test_shrink);
  g_test_add_func ("/members/shrink-away", test_shrink_away);
  g_test_add_func ("/members/shrink-backup-away", test_shrink_backup_away);
  g_test_add_func ("/members/shrink-main-dies", test_shrink_main_dies);
  return g_test_run ();
}
