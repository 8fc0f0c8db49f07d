/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "random-commands.h"

#include <string.h>

/* The ledger of a triad: what seals and dissolves it, which licences it serves, and that three
 * members who apply the same log stay the same. */

#define REL "rel-0000000000000001"
#define FOURTH "4444444444444444444444444444444444444444444444444444444444444444"
#define N_HISTORIES 300

static const char *const members[] = { TEST_SERVER, TEST_PARTNER, TEST_OTHER };

static TriasRelationship *
triad_of (guint64 incarnation, const char *one, const char *two, const char *three)
{
  const char *const at[] = { "192.0.2.1:7643", NULL };
  const char *const ids[] = { one, two, three };
  TriasRelationship *triad = trias_relationship_new (REL, "Werk 1", TRIAS_KIND_TRIAD);

  triad->incarnation = incarnation;
  for (guint i = 0; i < 3; i++)
    g_ptr_array_add (triad->members, trias_member_new (ids[i], ids[i], at));
  return triad;
}

static TriasCommand *
seal_of (guint64 incarnation, const char *one, const char *two, const char *three)
{
  g_autoptr (TriasRelationship) triad = triad_of (incarnation, one, two, three);

  return trias_command_seal (TEST_T0, triad, "admin");
}

static TriasCommand *
seal (guint64 incarnation)
{
  return seal_of (incarnation, TEST_SERVER, TEST_PARTNER, TEST_OTHER);
}

static TriasCommand *
seal_pair_of (guint64 incarnation, const char *main, const char *backup)
{
  const char *const at[] = { "192.0.2.1:7643", NULL };
  g_autoptr (TriasRelationship) pair = trias_relationship_new (REL, "Werk 1", TRIAS_KIND_BACKUP);

  pair->incarnation = incarnation;
  g_ptr_array_add (pair->members, trias_member_new (main, main, at));
  g_ptr_array_add (pair->members, trias_member_new (backup, backup, at));
  return trias_command_seal (TEST_T0, pair, "admin");
}

static TriasCommand *
seal_pair (guint64 incarnation)
{
  g_autoptr (TriasRelationship) pair = test_relationship (REL, incarnation);

  return trias_command_seal (TEST_T0, pair, "admin");
}

static void
test_seal (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasLedger) stranger = trias_ledger_new (FOURTH);
  g_autoptr (TriasRelationship) two = triad_of (1, TEST_SERVER, TEST_PARTNER, TEST_PARTNER);

  test_expect (stranger, seal (1), TRIAS_REASON_BAD_REQUEST);
  test_expect (ledger, trias_command_seal (TEST_T0, two, ""), TRIAS_REASON_BAD_REQUEST);
  g_ptr_array_set_size (two->members, 2);
  test_expect (ledger, trias_command_seal (TEST_T0, two, ""), TRIAS_REASON_BAD_REQUEST);
  test_expect (ledger, seal (1), TRIAS_REASON_NONE);
  test_expect (ledger, seal (1), TRIAS_REASON_NONE);
  test_expect (ledger, seal_pair_of (2, TEST_SERVER, FOURTH), TRIAS_REASON_CONFLICT);
  test_expect (ledger, seal_pair_of (2, TEST_SERVER, TEST_SERVER), TRIAS_REASON_BAD_REQUEST);
  test_expect (ledger, seal_pair_of (1, TEST_SERVER, TEST_PARTNER), TRIAS_REASON_EPOCH);
  test_expect (ledger, seal_of (2, TEST_SERVER, FOURTH, "x"), TRIAS_REASON_CONFLICT);
  test_expect (ledger, seal_of (1, TEST_SERVER, FOURTH, TEST_OTHER), TRIAS_REASON_EPOCH);
  /* The log of a triad does the same to a member that leaves. */
  test_expect (ledger, seal_of (2, TEST_PARTNER, FOURTH, TEST_OTHER), TRIAS_REASON_NONE);
  g_assert_cmpuint (trias_ledger_get_relationship (ledger)->incarnation, ==, 2);
}

static TriasReason
set_options (TriasLedger *ledger, const char *name, TriasFailback failback, TriasProfile profile)
{
  g_autoptr (TriasRelationship) triad = triad_of (1, TEST_SERVER, TEST_PARTNER, TEST_OTHER);
  g_autoptr (TriasOutcome) outcome = NULL;

  g_free (triad->name);
  triad->name = g_strdup (name);
  triad->options.failback = failback;
  triad->options.profile = profile;
  outcome = test_apply (ledger, trias_command_set_options (TEST_T0, triad, "admin"));
  return outcome->reason;
}

/* Name and failback may change while it serves; the time-outs of three members may not. */
static void
test_options (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  const TriasRelationship *now;

  test_expect (ledger, seal (1), TRIAS_REASON_NONE);
  g_assert_cmpint (set_options (ledger, "Werk 2", TRIAS_FAILBACK_MANUAL, TRIAS_PROFILE_LAN), ==,
                   TRIAS_REASON_NONE);
  g_assert_cmpint (set_options (ledger, "Werk 3", TRIAS_FAILBACK_MANUAL, TRIAS_PROFILE_WAN), ==,
                   TRIAS_REASON_CONFLICT);
  now = trias_ledger_get_relationship (ledger);
  g_assert_cmpstr (now->name, ==, "Werk 2");
  g_assert_cmpint (now->options.failback, ==, TRIAS_FAILBACK_MANUAL);
  g_assert_cmpint (now->options.profile, ==, TRIAS_PROFILE_LAN);
}

static void
test_pair_grows (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasLedger) backup = trias_ledger_new (TEST_PARTNER);

  test_install (ledger, "L1", "Editor", "draw", 2);
  test_expect (ledger,
               test_grant (TEST_T0, test_lease ("lease-aaaaaaaaaa", "key", "", "draw", 1, "")),
               TRIAS_REASON_NONE);
  test_expect (ledger, seal_pair (1), TRIAS_REASON_NONE);
  test_expect (backup, seal_pair (1), TRIAS_REASON_NONE);
  test_expect (ledger, seal_of (2, TEST_SERVER, FOURTH, TEST_OTHER), TRIAS_REASON_CONFLICT);
  test_expect (backup, seal (2), TRIAS_REASON_CONFLICT);
  test_expect (ledger, seal (1), TRIAS_REASON_EPOCH);
  test_expect (ledger, seal (2), TRIAS_REASON_NONE);
  g_assert_cmpint (trias_ledger_get_relationship (ledger)->kind, ==, TRIAS_KIND_TRIAD);
  g_assert_nonnull (trias_ledger_find_lease (ledger, "lease-aaaaaaaaaa"));
}

static void
install_bound (TriasLedger *ledger, const char *id, const char *bind, TriasReason reason)
{
  g_autofree char *feature = test_feature (id, 3, "lease", 0, 0, 0);
  g_autoptr (TriasLicense) license = test_license (id, 1, "Editor", feature, bind);

  test_expect (ledger, trias_command_install_license (TEST_T0, license, "admin"), reason);
}

static guint
seats (TriasLedger *ledger, const char *feature)
{
  g_autoptr (TriasPool) pool = trias_ledger_find_pool (ledger, "Editor", feature);

  return pool != NULL ? pool->seats : 0;
}

static TriasReason
state_of (TriasLedger *ledger, const char *id)
{
  g_autoptr (GPtrArray) licenses = trias_ledger_get_licenses (ledger);

  for (guint i = 0; i < licenses->len; i++)
    {
      const TriasLedgerLicense *shown = g_ptr_array_index (licenses, i);

      if (strcmp (trias_license_get_id (shown->license), id) == 0)
        return shown->state;
    }
  return TRIAS_REASON_NOT_FOUND;
}

#define QUOTED(id) "\"" id "\""

static void
test_licenses (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasLedger) copy = NULL;

  install_bound (ledger, "free", "", TRIAS_REASON_NONE);
  install_bound (ledger, "own", QUOTED (TEST_SERVER), TRIAS_REASON_NONE);
  install_bound (ledger, "three",
                 QUOTED (TEST_OTHER) "," QUOTED (TEST_SERVER) "," QUOTED (TEST_PARTNER),
                 TRIAS_REASON_NONE);
  g_assert_cmpuint (seats (ledger, "own"), ==, 3);
  g_assert_cmpuint (seats (ledger, "three"), ==, 0);
  g_assert_cmpint (state_of (ledger, "three"), ==, TRIAS_REASON_LICENSE_ELSEWHERE);

  test_expect (ledger, seal (1), TRIAS_REASON_NONE);
  g_assert_cmpuint (seats (ledger, "free"), ==, 3);
  g_assert_cmpuint (seats (ledger, "three"), ==, 3);
  g_assert_cmpuint (seats (ledger, "own"), ==, 0);
  g_assert_cmpint (state_of (ledger, "own"), ==, TRIAS_REASON_LICENSE_ELSEWHERE);
  install_bound (ledger, "late", QUOTED (TEST_SERVER), TRIAS_REASON_LICENSE_ELSEWHERE);
  install_bound (ledger, "odd", QUOTED (TEST_OTHER) "," QUOTED (TEST_SERVER) "," QUOTED (FOURTH),
                 TRIAS_REASON_LICENSE_ELSEWHERE);
  /* Loaded records come to the same, in whatever order. */
  copy = test_copy (ledger, FALSE);
  g_assert_cmpuint (seats (copy, "three"), ==, 3);
  g_assert_cmpuint (seats (copy, "own"), ==, 0);

  test_expect (ledger, seal_of (2, TEST_SERVER, TEST_PARTNER, FOURTH), TRIAS_REASON_NONE);
  g_assert_cmpuint (seats (ledger, "three"), ==, 0);
  g_assert_cmpuint (seats (ledger, "free"), ==, 3);
  test_expect (ledger, trias_command_dissolve (TEST_T0, REL, TEST_SERVER, ""), TRIAS_REASON_NONE);
  g_assert_cmpuint (seats (ledger, "own"), ==, 3);
}

static void
license_for (TriasLedger *ledger, const char *id, guint seats, const char *bind)
{
  g_autofree char *feature = test_feature ("draw", seats, "lease", 0, 0, 0);
  g_autoptr (TriasLicense) license = test_license (id, 1, "Editor", feature, bind);

  test_expect (ledger, trias_command_install_license (TEST_T0, license, "admin"),
               TRIAS_REASON_NONE);
}

static void
take_seats (TriasLedger *ledger, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("lease-%010u", trias_ledger_n_leases (ledger));

      test_expect (ledger, test_grant (TEST_T0, test_lease (id, "k", "", "draw", 1, "")),
                   TRIAS_REASON_NONE);
    }
}

/* What is bound to one server alone is free again once the triad has ended: a lease that took a
 * seat of it into the triad would count twice then. */
static void
test_stranded (void)
{
  g_autoptr (TriasLedger) alone = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasLedger) mixed = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasLedger) three = trias_ledger_new (TEST_SERVER);

  license_for (alone, "own", 3, QUOTED (TEST_SERVER));
  take_seats (alone, 1);
  test_expect (alone, seal (1), TRIAS_REASON_CONFLICT);
  test_expect (alone, seal_pair (1), TRIAS_REASON_NONE);
  test_expect (alone, seal (2), TRIAS_REASON_CONFLICT);
  test_expect (alone, trias_command_release (TEST_T0, "lease-0000000000", "k", ""),
               TRIAS_REASON_NONE);
  test_expect (alone, seal (2), TRIAS_REASON_NONE);

  license_for (mixed, "own", 3, QUOTED (TEST_SERVER));
  license_for (mixed, "free", 2, "");
  take_seats (mixed, 3);
  test_expect (mixed, seal (1), TRIAS_REASON_CONFLICT);
  test_expect (mixed, trias_command_release (TEST_T0, "lease-0000000000", "k", ""),
               TRIAS_REASON_NONE);
  test_expect (mixed, seal (1), TRIAS_REASON_NONE);

  license_for (three, "own", 3, QUOTED (TEST_SERVER));
  take_seats (three, 3);
  license_for (three, "three", 3,
               QUOTED (TEST_OTHER) "," QUOTED (TEST_SERVER) "," QUOTED (TEST_PARTNER));
  test_expect (three, seal (1), TRIAS_REASON_NONE);
}

static TriasLedger *
member_of (const char *id, TriasLedger *ledger)
{
  g_autoptr (GBytes) bytes = trias_ledger_serialize (ledger);
  g_autoptr (GError) error = NULL;
  TriasLedger *member = trias_ledger_new (id);

  trias_ledger_deserialize (member, bytes, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (trias_ledger_get_server_id (member), ==, id);
  return member;
}

static void
test_leave (void)
{
  g_autoptr (TriasLedger) one = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasLedger) two = NULL;
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GPtrArray) kept = NULL;
  g_autoptr (GPtrArray) dropped = NULL;

  install_bound (one, "free", "", TRIAS_REASON_NONE);
  test_expect (one, test_grant (TEST_T0, test_lease ("lease-aaaaaaaaaa", "k", "", "free", 1, "")),
               TRIAS_REASON_NONE);
  test_expect (one, seal (1), TRIAS_REASON_NONE);
  two = member_of (TEST_PARTNER, one);
  none = trias_ledger_leave (two, FALSE);
  g_assert_cmpuint (none->len, ==, 0);

  test_expect (two, trias_command_dissolve (TEST_T0, REL, "", ""), TRIAS_REASON_BAD_REQUEST);
  test_expect (two, trias_command_dissolve (TEST_T0, REL, FOURTH, ""), TRIAS_REASON_BAD_REQUEST);
  test_expect (one, trias_command_dissolve (TEST_T0, REL, TEST_SERVER, ""), TRIAS_REASON_NONE);
  test_expect (two, trias_command_dissolve (TEST_T0, REL, TEST_SERVER, ""), TRIAS_REASON_NONE);
  kept = trias_ledger_leave (one, FALSE);
  g_assert_nonnull (trias_ledger_find_lease (one, "lease-aaaaaaaaaa"));
  g_assert_cmpuint (seats (one, "free"), ==, 3);
  dropped = trias_ledger_leave (two, FALSE);
  g_assert_cmpuint (trias_ledger_n_leases (two), ==, 0);
  g_assert_cmpint (state_of (two, "free"), ==, TRIAS_REASON_NOT_FOUND);
  g_assert_cmpuint (trias_ledger_get_rules (two)->len, ==, 1);
  test_expect (two, seal (1), TRIAS_REASON_EPOCH);
}

/* Two members go on as a pair: the main server with everything, its backup and who leaves with what
 * is bound to themselves. */
static void
test_shrink (void)
{
  g_autoptr (TriasLedger) main = NULL;
  g_autoptr (TriasLedger) backup = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasLedger) third = NULL;
  TriasLedger *all[3];
  g_autofree char *before = NULL;

  install_bound (backup, "free", "", TRIAS_REASON_NONE);
  install_bound (backup, "own", QUOTED (TEST_SERVER), TRIAS_REASON_NONE);
  test_expect (backup,
               test_grant (TEST_T0, test_lease ("lease-aaaaaaaaaa", "k", "", "free", 1, "")),
               TRIAS_REASON_NONE);
  test_expect (backup, seal (1), TRIAS_REASON_NONE);
  main = member_of (TEST_PARTNER, backup);
  third = member_of (TEST_OTHER, backup);
  all[0] = main;
  all[1] = backup;
  all[2] = third;
  before = trias_ledger_digest (main);
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GPtrArray) changes = NULL;
      g_autofree char *sealed = NULL;

      test_expect (all[i], seal_pair_of (2, TEST_PARTNER, TEST_SERVER), TRIAS_REASON_NONE);
      sealed = trias_ledger_digest (all[i]);
      g_assert_cmpstr (before, ==, sealed);
      changes = trias_ledger_leave (all[i], FALSE);
      g_assert_cmpuint (trias_ledger_n_leases (all[i]), ==, i == 0 ? 1 : 0);
      g_assert_cmpint (state_of (all[i], "free"), ==,
                       i == 0 ? TRIAS_REASON_NONE : TRIAS_REASON_NOT_FOUND);
      g_assert_true ((state_of (all[i], "own") == TRIAS_REASON_NOT_FOUND) == (i == 2));
      g_assert_true ((trias_ledger_get_relationship (all[i]) == NULL) == (i == 2));
    }
  g_assert_cmpuint (seats (backup, "own"), ==, 3);
  /* Who left must never tell that it ended. */
  g_assert_cmpstr (trias_ledger_get_ended_keep (third), ==, "");
}

static void
test_left_out (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autoptr (GPtrArray) changes = NULL;
  guint64 incarnation;

  install_bound (ledger, "free", "", TRIAS_REASON_NONE);
  install_bound (ledger, "own", QUOTED (TEST_SERVER), TRIAS_REASON_NONE);
  test_expect (ledger, seal (1), TRIAS_REASON_NONE);
  test_expect (ledger, seal_of (2, TEST_PARTNER, FOURTH, TEST_OTHER), TRIAS_REASON_NONE);
  changes = trias_ledger_leave (ledger, FALSE);
  g_assert_null (trias_ledger_get_relationship (ledger));
  g_assert_cmpstr (trias_ledger_get_ended (ledger, &incarnation), ==, REL);
  g_assert_cmpuint (incarnation, ==, 2);
  g_assert_cmpuint (seats (ledger, "own"), ==, 3);
  g_assert_cmpuint (seats (ledger, "free"), ==, 0);
}

static void
test_pin (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasLedger) copy = NULL;
  g_autoptr (TriasOutcome) pinned = NULL;
  g_autoptr (TriasOutcome) ended = NULL;
  g_autoptr (TriasRelationship) wanted = triad_of (1, TEST_SERVER, TEST_PARTNER, TEST_OTHER);
  gint64 until;

  test_expect (ledger, trias_command_pin (TEST_T0, REL, TEST_PARTNER, G_MAXINT64, ""),
               TRIAS_REASON_NOT_RELATED);
  test_expect (ledger, seal (1), TRIAS_REASON_NONE);
  test_expect (ledger, trias_command_pin (TEST_T0, REL, TEST_OTHER, G_MAXINT64, ""),
               TRIAS_REASON_BAD_REQUEST);
  test_expect (ledger, trias_command_pin (TEST_T0, REL, TEST_PARTNER, TEST_T0, ""),
               TRIAS_REASON_BAD_REQUEST);
  pinned = test_apply (ledger, trias_command_pin (TEST_T0, REL, TEST_PARTNER, G_MAXINT64, ""));
  g_assert_nonnull (test_event (pinned, "active-pinned", "member"));
  g_assert_cmpstr (trias_ledger_get_pin (ledger, &until), ==, TEST_PARTNER);
  g_assert_cmpint (until, ==, G_MAXINT64);
  copy = test_copy (ledger, FALSE);
  test_assert_same (ledger, copy, FALSE);
  g_assert_cmpstr (trias_ledger_get_pin (copy, NULL), ==, TEST_PARTNER);

  /* Options leave it alone; its time ends it; a new incarnation begins without. */
  wanted->options.failback = TRIAS_FAILBACK_MANUAL;
  test_expect (ledger, trias_command_set_options (TEST_T0, wanted, ""), TRIAS_REASON_NONE);
  g_assert_cmpstr (trias_ledger_get_pin (ledger, NULL), ==, TEST_PARTNER);
  test_expect (ledger, trias_command_pin (TEST_T0, REL, TEST_SERVER, TEST_T0 + 5, ""),
               TRIAS_REASON_NONE);
  test_expect (ledger, trias_command_tick (TEST_T0 + 4), TRIAS_REASON_NONE);
  g_assert_cmpstr (trias_ledger_get_pin (ledger, NULL), ==, TEST_SERVER);
  ended = test_apply (ledger, trias_command_tick (TEST_T0 + 5));
  g_assert_nonnull (test_event (ended, "active-unpinned", NULL));
  g_assert_null (trias_ledger_get_pin (ledger, NULL));
  test_expect (copy, seal (2), TRIAS_REASON_NONE);
  g_assert_null (trias_ledger_get_pin (copy, NULL));
}

/* Every difference that could make members answer differently shows in the whole digest. */
static void
test_digest_covers (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (TriasRelationship) wanted = triad_of (1, TEST_SERVER, TEST_PARTNER, TEST_OTHER);
  TriasCommand *steps[] = {
    seal (1),
    test_grant (TEST_T0, test_lease ("lease-aaaaaaaaaa", "k", "", "draw", 1, "")),
    trias_command_renew (TEST_T0, "lease-aaaaaaaaaa", "k"),
    trias_command_renew (TEST_T0, "lease-aaaaaaaaaa", "k"),
    trias_command_tick (TEST_T0 + 1),
    trias_command_pin (TEST_T0, REL, TEST_PARTNER, G_MAXINT64, ""),
    trias_command_set_options (TEST_T0, wanted, ""),
    trias_command_dissolve (TEST_T0, REL, TEST_OTHER, ""),
  };

  wanted->options.failback = TRIAS_FAILBACK_MANUAL;
  trias_command_free (steps[6]);
  steps[6] = trias_command_set_options (TEST_T0, wanted, "");
  test_install (ledger, "L1", "Editor", "draw", 2);
  g_hash_table_add (seen, trias_ledger_digest_whole (ledger));
  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      test_expect (ledger, steps[i], TRIAS_REASON_NONE);
      g_assert_true (g_hash_table_add (seen, trias_ledger_digest_whole (ledger)));
    }
}

/* --- three members and one log --- */

static TriasCommand *
random_triad_command (GRand *rand, gint64 time)
{
  g_autoptr (TriasRelationship) triad
      = triad_of ((guint64) g_rand_int_range (rand, 1, 4), TEST_SERVER, TEST_PARTNER, TEST_OTHER);

  triad->options.failback = g_rand_boolean (rand);
  switch (g_rand_int_range (rand, 0, 4))
    {
    case 0:
      return trias_command_seal (time, triad, "admin");
    case 1:
      return trias_command_set_options (time, triad, "admin");
    default:
      return trias_command_pin (time, REL, g_rand_boolean (rand) ? "" : members[1],
                                g_rand_boolean (rand) ? G_MAXINT64 : time + 5000, "admin");
    }
}

static void
assert_same (TriasLedger *a, TriasLedger *b, guint32 seed)
{
  g_autofree char *one = trias_ledger_digest_whole (a);
  g_autofree char *other = trias_ledger_digest_whole (b);
  g_autoptr (GBytes) bytes_a = trias_ledger_serialize (a);
  g_autoptr (GBytes) bytes_b = trias_ledger_serialize (b);

  if (strcmp (one, other) != 0 || !g_bytes_equal (bytes_a, bytes_b))
    g_error ("the history with seed %u differs between members", seed);
}

/* A member that is restored from another's bytes goes on like all. */
static void
run_history (guint32 seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  g_autoptr (TriasLedger) first = trias_ledger_new (TEST_SERVER);
  TriasLedger *ledgers[3];
  gint64 time = TEST_T0;

  for (guint i = g_rand_int_range (rand, 0, 20); i > 0; i--)
    trias_outcome_free (test_apply (first, test_random_command (rand, &time)));
  trias_outcome_free (test_apply (first, seal (9)));
  if (trias_ledger_get_relationship (first)->kind != TRIAS_KIND_TRIAD)
    return;
  for (guint i = 0; i < 3; i++)
    ledgers[i] = member_of (members[i], first);
  for (guint step = 0; step < 40 && trias_ledger_get_relationship (ledgers[0]) != NULL; step++)
    {
      g_autoptr (TriasCommand) command = g_rand_int_range (rand, 0, 10) == 0
                                             ? random_triad_command (rand, time)
                                             : test_random_command (rand, &time);

      for (guint i = 0; i < 3; i++)
        trias_outcome_free (trias_ledger_apply (ledgers[i], command));
      assert_same (ledgers[0], ledgers[1], seed);
      assert_same (ledgers[0], ledgers[2], seed);
      if (g_rand_int_range (rand, 0, 6) == 0)
        {
          guint which = (guint) g_rand_int_range (rand, 0, 3);
          TriasLedger *restored = member_of (members[which], ledgers[(which + 1) % 3]);

          trias_ledger_free (ledgers[which]);
          ledgers[which] = restored;
        }
    }
  for (guint i = 0; i < 3; i++)
    trias_ledger_free (ledgers[i]);
}

static void
test_three_members (void)
{
  guint32 seed = test_seed ();

  test_random_init (1);
  for (guint i = 0; i < N_HISTORIES; i++)
    run_history (seed + i);
}

/* --- bytes --- */

static TriasLedger *
rich_ledger (void)
{
  TriasLedger *ledger = trias_ledger_new (TEST_SERVER);

  test_install (ledger, "L1", "Editor", "draw", 9);
  test_expect (ledger,
               test_grant (TEST_T0, test_lease ("lease-aaaaaaaaaa", "k", "", "draw", 1, "")),
               TRIAS_REASON_NONE);
  test_expect (ledger,
               test_grant (TEST_T0, test_lease ("lease-bbbbbbbbbb", "k", "", "draw", 1, "")),
               TRIAS_REASON_NONE);
  test_expect (ledger, trias_command_renew (TEST_T0, "lease-aaaaaaaaaa", "k"), TRIAS_REASON_NONE);
  test_expect (ledger, trias_command_release (TEST_T0, "lease-bbbbbbbbbb", "k", ""),
               TRIAS_REASON_NONE);
  test_expect (ledger, seal (1), TRIAS_REASON_NONE);
  test_expect (ledger, trias_command_pin (TEST_T0, REL, TEST_PARTNER, TEST_T0 + 99, ""),
               TRIAS_REASON_NONE);
  return ledger;
}

/* Reads @data: nothing happens, or, for another form of the same text, what was written. */
static gboolean
read_bent (TriasLedger *reader, const guint8 *data, gsize length, const char *written)
{
  g_autoptr (GBytes) bytes = g_bytes_new (data, length);
  g_autofree char *before = trias_ledger_digest_whole (reader);
  gboolean taken = trias_ledger_deserialize (reader, bytes, NULL);
  g_autofree char *after = trias_ledger_digest_whole (reader);

  g_assert_cmpstr (after, ==, taken ? written : before);
  return taken;
}

static void
test_hostile_bytes (void)
{
  g_autoptr (TriasLedger) ledger = rich_ledger ();
  g_autoptr (TriasLedger) reader = trias_ledger_new (TEST_SERVER);
  g_autoptr (GBytes) bytes = trias_ledger_serialize (ledger);
  g_autofree char *written = trias_ledger_digest_whole (ledger);
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  guint taken = 0;

  for (gsize i = 0; i < length; i++)
    {
      g_autofree guint8 *bent = g_memdup2 (data, length);

      bent[i] ^= (guint8) (1 << (i % 8));
      g_assert_false (read_bent (reader, data, i, written));
      taken += read_bent (reader, bent, length, written);
    }
  g_test_message ("%u of %u bytes matter to nobody", taken, (guint) length);
  g_assert_cmpuint (taken, <, length / 20);
  g_assert_true (trias_ledger_deserialize (reader, bytes, NULL));
  test_assert_same (ledger, reader, FALSE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ledger/triad/seal", test_seal);
  g_test_add_func ("/ledger/triad/options", test_options);
  g_test_add_func ("/ledger/triad/pair-grows", test_pair_grows);
  g_test_add_func ("/ledger/triad/shrink", test_shrink);
  g_test_add_func ("/ledger/triad/licenses", test_licenses);
  g_test_add_func ("/ledger/triad/stranded", test_stranded);
  g_test_add_func ("/ledger/triad/leave", test_leave);
  g_test_add_func ("/ledger/triad/left-out", test_left_out);
  g_test_add_func ("/ledger/triad/pin", test_pin);
  g_test_add_func ("/ledger/triad/digest-covers", test_digest_covers);
  g_test_add_func ("/ledger/triad/three-members", test_three_members);
  g_test_add_func ("/ledger/triad/hostile-bytes", test_hostile_bytes);
  return g_test_run ();
}
