/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "triad-fixture.h"

#include "server/peer/trias-aside.h"
#include "server/peer/trias-peer-triad-private.h"

/* --- who serves, by who sees whom: the table of the design --- */

static guint
server_of (const char *links)
{
  TriasTriadView view = { { TRUE, TRUE, TRUE } };

  /* "PS ST": these see each other. */
  for (const char *c = links; *c != '\0'; c++)
    if (strchr ("PST", c[0]) != NULL && c[1] != '\0' && c[1] != ' ')
      {
        guint a = c[0] == 'P' ? 0 : c[0] == 'S' ? 1 : 2;
        guint b = c[1] == 'P' ? 0 : c[1] == 'S' ? 1 : 2;

        view.linked[a][b] = view.linked[b][a] = TRUE;
      }
  return trias_triad_view_server (&view);
}

static void
test_table (void)
{
  g_assert_cmpuint (server_of ("PS PT ST"), ==, 0);
  g_assert_cmpuint (server_of ("PS"), ==, 0);
  g_assert_cmpuint (server_of ("PT"), ==, 0);
  g_assert_cmpuint (server_of ("ST"), ==, 1);
  g_assert_cmpuint (server_of ("PT ST"), ==, 0);
  g_assert_cmpuint (server_of (""), ==, TRIAS_MAX_MEMBERS);
}

/* --- helpers --- */

static const char *
word_of (Node *node)
{
  return trias_peer_get_serving (node->peer, NULL);
}

typedef struct
{
  Triad *triad;
  const char *lease;
} Held;

/* On a busy machine the active one may change at any time: a client asks again under the same id.
 */
static gboolean
is_granted (gpointer user_data)
{
  Held *held = user_data;
  Node *active = triad_active (held->triad);

  return active != NULL && node_grant (active, held->lease, "paint", 60) == TRIAS_REASON_NONE;
}

static void
grant (Triad *triad, const char *lease)
{
  Held held = { triad, lease };

  wait_until ("a lease to be granted", 20, is_granted, &held);
}

static gboolean
all_hold (gpointer user_data)
{
  Held *held = user_data;

  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    if (held->triad->nodes[i]->peer != NULL
        && node_lease (held->triad->nodes[i], held->lease) == NULL)
      return FALSE;
  return TRUE;
}

typedef struct
{
  gboolean done;
  gboolean again; /* another one is active meanwhile */
} Done;

static void
on_done (const TriasProblem *problem, gpointer user_data)
{
  Done *done = user_data;

  if (problem != NULL && problem->reason != TRIAS_REASON_NOT_RELATED
      && problem->reason != TRIAS_REASON_NOT_ACTIVE && problem->reason != TRIAS_REASON_NO_QUORUM
      && problem->reason != TRIAS_REASON_UNREACHABLE)
    g_error ("refused: %s", problem->detail);
  done->done = TRUE;
  done->again = problem != NULL && problem->reason != TRIAS_REASON_NOT_RELATED;
}

typedef void (*Order) (TriasPeer *active, gconstpointer data, Done *done);

/* As an administrator would: at the active one, and again if that changes meanwhile. */
static void
insist (Triad *triad, Order order, gconstpointer data)
{
  Done done = { .again = TRUE };

  for (guint i = 0; i < 40 && done.again; i++)
    {
      wait_until ("somebody to serve", 20, triad_is_served, triad);
      done = (Done){ FALSE };
      order (triad_active (triad)->peer, data, &done);
      wait_until ("an answer", 20, flag_is_set, &done.done);
      if (done.again)
        run_for (200);
    }
  g_assert_false (done.again);
}

static gboolean
primary_is_active (gpointer user_data)
{
  Triad *triad = user_data;

  return triad_active (triad) == triad->nodes[0] && triad_is_whole (triad);
}

/* --- formed --- */

static gboolean
all_told_active (gpointer user_data)
{
  Triad *triad = user_data;

  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    if (node_count (triad->nodes[i], "active-changed") == 0)
      return FALSE;
  return TRUE;
}

static void
test_formed (void)
{
  g_autoptr (Triad) triad = triad_new ();
  Held held = { triad, "lease-000000000001" };
  TriasProblem *problem;

  triad_allow_all (triad);
  node_install (triad->nodes[0], "license-1", "paint", 5);
  g_assert_cmpint (node_grant (triad->nodes[0], "lease-000000000000", "paint", 60), ==,
                   TRIAS_REASON_NONE);
  problem = triad_form (triad);
  g_assert_null (problem);
  wait_until ("the triad to be whole", 30, triad_is_whole, triad);
  wait_until ("the primary to be active", 30, primary_is_active, triad);
  /* What the first had, all have. */
  held.lease = "lease-000000000000";
  wait_until ("all to hold the lease of before", 10, all_hold, &held);
  wait_until ("all to have told who is active", 10, all_told_active, triad);
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    g_assert_cmpuint (node_count (triad->nodes[i], "relationship-formed"), ==, 1);
  grant (triad, "lease-000000000001");
  held.lease = "lease-000000000001";
  wait_until ("all to hold the lease", 10, all_hold, &held);
  /* Asked again with the same id: done already. */
  g_assert_null (triad_form (triad));
}

static void
assert_redirects (Node *node, Node *to)
{
  g_autofree char *location = NULL;
  g_autofree char *wanted = g_strconcat ("https://", to->address, NULL);
  TriasRoute route = trias_peer_route (node->peer, "paint", NULL, NULL, NULL, &location);

  g_assert_cmpint (route, ==, TRIAS_ROUTE_REDIRECT);
  g_assert_cmpstr (location, ==, wanted);
  g_assert_cmpstr (word_of (node), ==, "redirecting");
  g_assert_cmpstr (trias_peer_get_active (node->peer), ==, node_id (to));
}

static gboolean
standbys_redirect (gpointer user_data)
{
  Triad *triad = user_data;

  for (guint i = 1; i < TRIAS_MAX_MEMBERS; i++)
    {
      g_autofree char *location = NULL;

      if (trias_peer_route (triad->nodes[i]->peer, "paint", NULL, NULL, NULL, &location)
          != TRIAS_ROUTE_REDIRECT)
        return FALSE;
    }
  return TRUE;
}

static void
test_routes (void)
{
  g_autoptr (Triad) triad = triad_new_formed ();
  Node *active;
  g_autofree char *location = NULL;
  g_autoptr (TriasProblem) problem = trias_problem_new (TRIAS_REASON_NOT_ACTIVE, "not here");

  wait_until ("the primary to be active", 30, primary_is_active, triad);
  wait_until ("the others to know who is active", 10, standbys_redirect, triad);
  active = triad->nodes[0];
  g_assert_cmpint (trias_peer_route (active->peer, "paint", NULL, NULL, NULL, &location), ==,
                   TRIAS_ROUTE_SERVE);
  g_assert_cmpstr (word_of (active), ==, "serving");
  assert_redirects (triad->nodes[1], active);
  assert_redirects (triad->nodes[2], active);
  trias_peer_explain (triad->nodes[1]->peer, problem);
  g_assert_cmpstr (g_hash_table_lookup (problem->params, "active"), ==, node_id (active));
  g_assert_cmpstr (g_hash_table_lookup (problem->params, "address"), ==, active->address);
  /* Who cannot reach the active one is not sent there again. */
  g_assert_cmpint (
      trias_peer_route (triad->nodes[1]->peer, "paint", NULL, NULL, node_id (active), &location),
      ==, TRIAS_ROUTE_ELECTION);
  /* Writing elsewhere than at the active one is refused. */
  g_assert_cmpint (node_grant (triad->nodes[1], "lease-000000000002", "paint", 60), ==,
                   TRIAS_REASON_NOT_ACTIVE);
}

/* --- failures --- */

static gboolean
secondary_serves (gpointer user_data)
{
  Triad *triad = user_data;

  return triad_active (triad) == triad->nodes[1];
}

static void
test_failover (void)
{
  g_autoptr (Triad) triad = triad_new ();
  Held held = { triad, "lease-000000000001" };

  triad_allow_all (triad);
  node_install (triad->nodes[0], "license-1", "paint", 5);
  g_assert_null (triad_form (triad));
  wait_until ("the primary to be active", 30, primary_is_active, triad);
  grant (triad, "lease-000000000001");
  node_stop (triad->nodes[0]);
  wait_until ("the secondary to serve", 20, secondary_serves, triad);
  g_assert_nonnull (node_lease (triad->nodes[1], "lease-000000000001"));
  grant (triad, "lease-000000000002");
  node_start (triad->nodes[0]);
  held.lease = "lease-000000000002";
  wait_until ("the primary to be active again", 40, primary_is_active, triad);
  wait_until ("all to hold what was granted meanwhile", 10, all_hold, &held);
}

static gboolean
primary_has_no_quorum (gpointer user_data)
{
  Node *primary = ((Triad *) user_data)->nodes[0];
  g_autoptr (GPtrArray) statuses = trias_peer_get_statuses (primary->peer);

  for (guint i = 0; i < statuses->len; i++)
    if (((TriasMemberStatus *) g_ptr_array_index (statuses, i))->connected)
      return FALSE;
  return strcmp (word_of (primary), "no-quorum") == 0 && node_count (primary, "quorum-lost") == 1;
}

/* A take-over could still be under way: clients are kept waiting. */
static gboolean
primary_elects (gpointer user_data)
{
  Node *primary = ((Triad *) user_data)->nodes[0];
  g_autofree char *location = NULL;

  return trias_peer_route (primary->peer, "paint", NULL, NULL, NULL, &location)
         == TRIAS_ROUTE_ELECTION;
}

static gboolean
primary_refuses (gpointer user_data)
{
  Node *primary = ((Triad *) user_data)->nodes[0];
  g_autofree char *location = NULL;

  return trias_peer_route (primary->peer, "paint", NULL, NULL, NULL, &location)
         == TRIAS_ROUTE_NO_QUORUM;
}

static gboolean
quorum_is_back (gpointer user_data)
{
  return node_count (((Triad *) user_data)->nodes[0], "quorum-back") == 1;
}

static void
test_no_quorum (void)
{
  g_autoptr (Triad) triad = triad_new_formed ();
  g_autoptr (TriasProblem) problem = trias_problem_new (TRIAS_REASON_NO_QUORUM, "nobody");
  const char *missing;

  node_stop (triad->nodes[1]);
  node_stop (triad->nodes[2]);
  wait_until ("an election", 20, primary_elects, triad);
  wait_until ("no quorum", 20, primary_has_no_quorum, triad);
  wait_until ("clients to be told", 10, primary_refuses, triad);
  g_assert_null (trias_peer_get_active (triad->nodes[0]->peer));
  trias_peer_explain (triad->nodes[0]->peer, problem);
  missing = g_hash_table_lookup (problem->params, "missing");
  g_assert_nonnull (strstr (missing, node_id (triad->nodes[1])));
  g_assert_nonnull (strstr (missing, node_id (triad->nodes[2])));
  node_start (triad->nodes[2]);
  wait_until ("somebody to serve", 20, triad_is_served, triad);
  wait_until ("it to be told", 5, quorum_is_back, triad);
  node_start (triad->nodes[1]);
  wait_until ("the triad to be whole", 30, triad_is_whole, triad);
}

/* --- a ledger that went astray --- */

static gboolean
secondary_is_new (gpointer user_data)
{
  return node_count (((Triad *) user_data)->nodes[1], "ledger-renewed") == 1;
}

static gboolean
primary_is_new (gpointer user_data)
{
  return node_count (((Triad *) user_data)->nodes[0], "ledger-renewed") == 1;
}

static gboolean
all_are_equal (gpointer user_data)
{
  Triad *triad = user_data;
  g_autofree char *first = trias_ledger_digest (trias_keeper_get_ledger (triad->nodes[0]->keeper));

  for (guint i = 1; i < TRIAS_MAX_MEMBERS; i++)
    {
      g_autofree char *other
          = trias_ledger_digest (trias_keeper_get_ledger (triad->nodes[i]->keeper));

      if (strcmp (first, other) != 0)
        return FALSE;
    }
  return triad_is_whole (triad);
}

/* As an error in memory or in the program would: nobody else applies it. */
static void
lead_astray (Node *node)
{
  g_autoptr (TriasSettings) settings
      = trias_settings_copy (trias_ledger_get_settings (trias_keeper_get_ledger (node->keeper)));
  g_autoptr (TriasCommand) command = NULL;

  settings->default_ttl_s++;
  command = trias_command_set_settings (trias_keeper_now (node->keeper), settings, "");
  trias_outcome_free (trias_ledger_apply (trias_keeper_get_ledger (node->keeper), command));
}

/* The odd one of three gets its ledger anew, whether it stands by or is active, and loses nothing.
 */
static void
test_astray (void)
{
  g_autoptr (Triad) triad = triad_new ();
  Held held = { triad, "lease-000000000001" };

  triad_allow_all (triad);
  node_install (triad->nodes[0], "license-1", "paint", 5);
  g_assert_null (triad_form (triad));
  wait_until ("the primary to be active", 30, primary_is_active, triad);
  grant (triad, "lease-000000000001");
  wait_until ("all to hold the lease", 10, all_hold, &held);
  lead_astray (triad->nodes[1]);
  grant (triad, "lease-000000000002");
  grant (triad, "lease-000000000003");
  wait_until ("the secondary to begin anew", 20, secondary_is_new, triad);
  wait_until ("all to hold the same", 30, all_are_equal, triad);
  lead_astray (triad->nodes[0]);
  grant (triad, "lease-000000000004");
  grant (triad, "lease-000000000005");
  wait_until ("the primary to begin anew", 20, primary_is_new, triad);
  wait_until ("all to hold the same", 40, all_are_equal, triad);
  held.lease = "lease-000000000005";
  g_assert_true (all_hold (&held));
  held.lease = "lease-000000000001";
  g_assert_true (all_hold (&held));
  wait_until ("the primary to be active", 40, primary_is_active, triad);
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    g_assert_cmpuint (node_count (triad->nodes[i], "lease-granted"), ==, 5);
}

/* --- forming, after the seal --- */

static gboolean
both_refused (gpointer user_data)
{
  Triad *triad = user_data;

  return triad->nodes[1]->refusals > 0 && triad->nodes[2]->refusals > 0;
}

/* Decided, but nobody hears of it before all were restarted: carried through. */
static void
test_restart_after_seal (void)
{
  g_autoptr (Triad) triad = triad_new ();

  triad_allow_all (triad);
  for (guint i = 1; i < TRIAS_MAX_MEMBERS; i++)
    triad->nodes[i]->path_refused = g_strdup ("/formed");
  triad_begin_forming (triad);
  wait_until ("the seal", 20, both_refused, triad);
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    node_stop (triad->nodes[i]);
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    {
      g_clear_pointer (&triad->nodes[i]->path_refused, g_free);
      node_start (triad->nodes[i]);
    }
  wait_until ("the triad to be whole", 40, triad_is_whole, triad);
}

static gboolean
secondary_is_in (gpointer user_data)
{
  Triad *triad = user_data;

  return trias_peer_get_relationship (triad->nodes[1]->peer) != NULL
         && triad->nodes[2]->refusals > 0;
}

static gboolean
tertiary_is_in (gpointer user_data)
{
  Triad *triad = user_data;

  return trias_peer_get_relationship (triad->nodes[2]->peer) != NULL && triad_is_served (triad);
}

/* The coordinator is gone after one has taken it up: the other learns it from that one, gets all
 * from it, and the two serve. */
static void
test_coordinator_gone_after_seal (void)
{
  g_autoptr (Triad) triad = triad_new ();

  triad_allow_all (triad);
  node_install (triad->nodes[0], "license-1", "paint", 5);
  triad->nodes[2]->path_refused = g_strdup ("/formed");
  triad_begin_forming (triad);
  wait_until ("one to have taken it up", 20, secondary_is_in, triad);
  node_stop (triad->nodes[0]);
  g_clear_pointer (&triad->nodes[2]->path_refused, g_free);
  wait_until ("the other to be in, and service", 40, tertiary_is_in, triad);
  grant (triad, "lease-000000000001");
  node_start (triad->nodes[0]);
  wait_until ("the triad to be whole", 40, triad_is_whole, triad);
}

/* --- what clients are told --- */

/* How many of the other two members' signatures over the list @node hands out. */
static guint
n_signatures (Node *node)
{
  const TriasRelationship *relationship = trias_peer_get_relationship (node->peer);
  g_autofree char *text = trias_relationship_to_signable (relationship);
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autofree char *told = NULL;
  g_autoptr (TriasJson) json = NULL;
  guint n = 0;

  trias_json_begin_array (writer, NULL);
  trias_peer_write_signatures (node->peer, text, writer);
  trias_json_end_array (writer);
  told = trias_json_writer_end (writer, NULL);
  json = trias_json_parse (told, strlen (told), TRIAS_JSON_MAX_BYTES, NULL);
  for (guint i = 0; i < trias_json_length (json); i++)
    {
      TriasJsonReader reader;
      const char *id, *key, *signature;
      g_autofree char *signer = NULL;

      trias_json_reader_init (&reader, trias_json_element (json, i));
      id = trias_json_read_string (&reader, "id", 64, 64);
      key = trias_json_read_string (&reader, "public_key", 1, 1024);
      signature = trias_json_read_string (&reader, "signature", 1, 1024);
      g_assert_true (trias_json_reader_finish_lenient (&reader, NULL));
      signer = trias_id_from_public_key (key);
      g_assert_cmpstr (signer, ==, id);
      g_assert_nonnull (trias_relationship_find (relationship, id));
      g_assert_true (trias_identity_verify (key, text, strlen (text), signature));
      n++;
    }
  return n;
}

static gboolean
all_hand_out_all (gpointer user_data)
{
  Triad *triad = user_data;

  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    if (n_signatures (triad->nodes[i]) != 2)
      return FALSE;
  return TRUE;
}

/* Each member hands out what the others signed; one that is gone is handed out on. */
static void
test_signatures (void)
{
  g_autoptr (Triad) triad = triad_new_formed ();

  wait_until ("all signatures everywhere", 10, all_hand_out_all, triad);
  node_stop (triad->nodes[2]);
  wait_until ("the others to serve", 20, triad_is_served, triad);
  g_assert_cmpuint (n_signatures (triad->nodes[0]), ==, 2);
  g_assert_cmpuint (n_signatures (triad->nodes[1]), ==, 2);
}

/* --- who cannot take what was decided --- */

/* Who was told that it was decided, and cannot get the data, does not ask all the time. */
static void
test_no_base (void)
{
  g_autoptr (Triad) triad = triad_new ();
  guint before;

  triad_allow_all (triad);
  triad->nodes[0]->path_refused = g_strdup ("/base");
  triad_begin_forming (triad);
  run_for (8000);
  before = triad->nodes[0]->refusals;
  g_assert_cmpuint (before, >, 0);
  run_for (4000);
  g_assert_cmpuint (triad->nodes[0]->refusals - before, <, 30);
  g_clear_pointer (&triad->nodes[0]->path_refused, g_free);
  wait_until ("the triad to be whole", 40, triad_is_whole, triad);
}

/* --- options, pins, the end --- */

static gboolean
all_have_the_name (gpointer user_data)
{
  Triad *triad = user_data;

  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    if (strcmp (trias_peer_get_relationship (triad->nodes[i]->peer)->name, "Trio") != 0)
      return FALSE;
  return TRUE;
}

static void
set_options (TriasPeer *active, gconstpointer data, Done *done)
{
  TriasOptions options;

  trias_options_init (&options);
  options.failback = TRIAS_FAILBACK_MANUAL;
  trias_peer_set_options (active, data, &options, NULL, "admin", on_done, done);
}

static void
test_options (void)
{
  g_autoptr (Triad) triad = triad_new_formed ();

  insist (triad, set_options, "Trio");
  wait_until ("all to have it", 20, all_have_the_name, triad);
}

static void
hand_over (TriasPeer *active, gconstpointer to, Done *done)
{
  trias_peer_hand_over (active, to, G_MAXINT64, "admin", on_done, done);
}

static void
test_handover (void)
{
  g_autoptr (Triad) triad = triad_new_formed ();

  wait_until ("the primary to be active", 30, primary_is_active, triad);
  insist (triad, hand_over, node_id (triad->nodes[1]));
  wait_until ("the secondary to serve", 20, secondary_serves, triad);
  insist (triad, hand_over, "");
  wait_until ("the primary to be active again", 40, primary_is_active, triad);
}

static void
end (TriasPeer *active, gconstpointer keep, Done *done)
{
  trias_peer_dissolve (active, FALSE, keep, "admin", on_done, done);
}

static void
end_by_force (TriasPeer *active, gconstpointer keep, Done *done)
{
  trias_peer_dissolve (active, TRUE, keep, "admin", on_done, done);
}

static guint
n_licenses (Node *node)
{
  g_autoptr (GPtrArray) licenses
      = trias_ledger_get_licenses (trias_keeper_get_ledger (node->keeper));

  return licenses->len;
}

static void
on_refused (const TriasProblem *problem, gpointer user_data)
{
  g_assert_nonnull (problem);
  g_assert_cmpint (problem->reason, ==, TRIAS_REASON_CONFLICT);
  *(gboolean *) user_data = TRUE;
}

static void
test_dissolve (void)
{
  g_autoptr (Triad) triad = triad_new ();
  gboolean refused = FALSE;

  triad_allow_all (triad);
  node_install (triad->nodes[0], "license-1", "paint", 5);
  g_assert_null (triad_form (triad));
  wait_until ("the triad to be whole", 30, triad_is_whole, triad);
  grant (triad, "lease-000000000001");
  insist (triad, hand_over, node_id (triad->nodes[1]));
  wait_until ("the secondary to serve", 20, secondary_serves, triad);
  /* Who only stands by may lack what was granted last. */
  trias_peer_dissolve (triad->nodes[1]->peer, FALSE, node_id (triad->nodes[0]), "admin", on_refused,
                       &refused);
  g_assert_true (refused);
  insist (triad, hand_over, "");
  wait_until ("the primary to be active again", 40, primary_is_active, triad);
  insist (triad, end, node_id (triad->nodes[0]));
  wait_until ("all to be as before", 30, triad_is_as_before, triad);
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    {
      g_assert_cmpuint (n_licenses (triad->nodes[i]), ==, i == 0 ? 1 : 0);
      g_assert_true ((node_lease (triad->nodes[i], "lease-000000000001") != NULL) == (i == 0));
    }
  /* Each goes on for itself. */
  g_assert_cmpint (node_grant (triad->nodes[0], "lease-000000000002", "paint", 60), ==,
                   TRIAS_REASON_NONE);
  node_install (triad->nodes[0], "license-2", "print", 5);
  /* The next triad begins with its own data, not with those of the one before. */
  triad->relationship = "fedcba9876543210fedcba9876543210";
  g_assert_null (triad_form (triad));
  wait_until ("the triad to be whole", 40, triad_is_whole, triad);
  g_assert_cmpuint (n_licenses (triad->nodes[2]), ==, 2);
}

/* Standing aside ends with the triad: in the next one the same server serves in its turn. */
static void
test_dissolve_in_maintenance (void)
{
  g_autoptr (Triad) triad = triad_new_formed ();

  wait_until ("the primary to be active", 30, primary_is_active, triad);
  trias_aside_begin (triad->nodes[0]->peer->aside, TRIAS_ASIDE_MAINTENANCE, 0, "admin", NULL, NULL);
  wait_until ("the secondary to serve", 20, secondary_serves, triad);
  insist (triad, end, node_id (triad->nodes[1]));
  wait_until ("all to be as before", 30, triad_is_as_before, triad);
  triad->relationship = "fedcba9876543210fedcba9876543210";
  g_assert_null (triad_form (triad));
  wait_until ("the primary to be active again", 40, primary_is_active, triad);
}

/* Who was away when it ended learns it from the others. */
static void
test_dissolve_without_one (void)
{
  g_autoptr (Triad) triad = triad_new_formed ();

  node_stop (triad->nodes[2]);
  wait_until ("somebody to serve", 20, triad_is_served, triad);
  insist (triad, end_by_force, node_id (triad->nodes[0]));
  node_start (triad->nodes[2]);
  wait_until ("all to be as before", 30, triad_is_as_before, triad);
}

/* --- what is shown --- */

static void
test_shown (void)
{
  g_autoptr (Triad) triad = triad_new_formed ();
  static const char *const words[]
      = { "\"kind\":\"triad\"",      "\"state\":\"active\"",    "\"state\":\"standby\"",
          "\"serving\":\"serving\"", "\"then\":\"takes-over\"", "\"then\":\"continues\"" };
  TriasJsonWriter *writer = trias_json_writer_new ();
  g_autofree char *text = NULL;

  wait_until ("the primary to be active", 30, primary_is_active, triad);
  trias_peer_write (triad->nodes[0]->peer, writer, TRUE);
  text = trias_json_writer_end (writer, NULL);
  trias_json_writer_free (writer);
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (strstr (text, words[i]) == NULL)
      g_error ("%s is missing in %s", words[i], text);
  g_assert_null (strstr (text, "standstill"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  trias_process_begin ();
  g_test_add_func ("/triad/table", test_table);
  g_test_add_func ("/triad/formed", test_formed);
  g_test_add_func ("/triad/routes", test_routes);
  g_test_add_func ("/triad/failover", test_failover);
  g_test_add_func ("/triad/no-quorum", test_no_quorum);
  g_test_add_func ("/triad/astray", test_astray);
  g_test_add_func ("/triad/restart-after-seal", test_restart_after_seal);
  g_test_add_func ("/triad/coordinator-gone-after-seal", test_coordinator_gone_after_seal);
  g_test_add_func ("/triad/signatures", test_signatures);
  g_test_add_func ("/triad/no-base", test_no_base);
  g_test_add_func ("/triad/options", test_options);
  g_test_add_func ("/triad/handover", test_handover);
  g_test_add_func ("/triad/dissolve", test_dissolve);
  g_test_add_func ("/triad/dissolve-in-maintenance", test_dissolve_in_maintenance);
  g_test_add_func ("/triad/dissolve-without-one", test_dissolve_without_one);
  g_test_add_func ("/triad/shown", test_shown);
  return g_test_run ();
}
