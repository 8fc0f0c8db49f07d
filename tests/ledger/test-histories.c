/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "random-commands.h"

#include <string.h>

/* Random histories of commands. Each is told to several ledgers that must stay the same:
 *   ledger   applies the command as it was made
 *   twin     applies what was written and read back, and is now and then restored from a snapshot
 *   mirror   loads all changes, as a store does
 *   replica  loads replicated changes in batches that overlap, as a partner does
 * A failure names the seed of its history: run that one alone with
 * G_TEST_SEED=SEED TRIAS_HISTORIES=1. */

#define N_HISTORIES 1200
#define MAX_STEPS 60

typedef struct
{
  guint32 seed;
  guint step;
  GRand *rand;
  gint64 time;
  TriasLedger *ledger;
  TriasLedger *twin;
  TriasLedger *mirror;
  TriasLedger *replica;
  GPtrArray *feed;         /* all replicated changes so far */
  guint delivered;         /* how many of them the replica has seen */
  GHashTable *generations; /* what the test itself remembers of live leases */
  GHashTable *licenses;    /* id to the license that must stay until a higher revision comes */
} History;

/* What all histories together came to: they must reach every rule to say anything of it. */
static guint n_done[TRIAS_N_COMMANDS];
static guint n_refused[TRIAS_N_REASONS];

static gboolean
history_fail (const History *self, const char *what, int line)
{
  g_test_message ("history with seed %u, step %u: line %d: %s; "
                  "run it alone with G_TEST_SEED=%u TRIAS_HISTORIES=1",
                  self->seed, self->step, line, what, self->seed);
  return FALSE;
}

#define CHECK(self, condition)                                                                     \
  do                                                                                               \
    {                                                                                              \
      if (!(condition))                                                                            \
        return history_fail (self, #condition, __LINE__);                                          \
    }                                                                                              \
  while (0)

static void
history_init (History *self, guint32 seed)
{
  memset (self, 0, sizeof *self);
  self->seed = seed;
  self->rand = g_rand_new_with_seed (seed);
  self->time = TEST_T0;
  self->ledger = trias_ledger_new (TEST_SERVER);
  self->twin = trias_ledger_new (TEST_SERVER);
  self->mirror = trias_ledger_new (TEST_SERVER);
  self->replica = trias_ledger_new (TEST_SERVER);
  self->feed = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_change_free);
  self->generations = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->licenses = g_hash_table_new_full (g_str_hash, g_str_equal, g_free,
                                          (GDestroyNotify) trias_license_unref);
}

static void
history_clear (History *self)
{
  g_rand_free (self->rand);
  trias_ledger_free (self->ledger);
  trias_ledger_free (self->twin);
  trias_ledger_free (self->mirror);
  trias_ledger_free (self->replica);
  g_ptr_array_unref (self->feed);
  g_hash_table_unref (self->generations);
  g_hash_table_unref (self->licenses);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (History, history_clear)

static gboolean
is_grant (const TriasCommand *command)
{
  return command->kind == TRIAS_COMMAND_GRANT || command->kind == TRIAS_COMMAND_RESUME;
}

static gboolean
equal_digests (TriasLedger *a, TriasLedger *b)
{
  g_autofree char *one = trias_ledger_digest (a);
  g_autofree char *other = trias_ledger_digest (b);

  return strcmp (one, other) == 0;
}

static gboolean
equal_snapshots (TriasLedger *a, TriasLedger *b, gboolean replicated_only)
{
  g_autoptr (GBytes) one = test_snapshot (a, replicated_only);
  g_autoptr (GBytes) other = test_snapshot (b, replicated_only);

  return g_bytes_equal (one, other);
}

static gboolean
equal_outcomes (const TriasOutcome *a, const TriasOutcome *b)
{
  g_autoptr (GBytes) one = trias_changes_encode (a->changes);
  g_autoptr (GBytes) other = trias_changes_encode (b->changes);

  return a->reason == b->reason && a->repeated == b->repeated
         && g_strcmp0 (a->detail, b->detail) == 0 && a->events->len == b->events->len
         && g_bytes_equal (one, other);
}

/* Changes beyond what every command may do: clear old tombstones, keep the time. */
static guint
count_effects (const TriasOutcome *outcome)
{
  guint n = 0;

  for (guint i = 0; i < outcome->changes->len; i++)
    {
      const TriasChange *change = g_ptr_array_index (outcome->changes, i);

      n += change->record != TRIAS_RECORD_META
           && !(change->record == TRIAS_RECORD_TOMBSTONE && change->value == NULL);
    }
  return n;
}

/* All replicated changes carry the new revision, which rose by one if there are any. */
static gboolean
check_revision (const History *self, const TriasOutcome *outcome, guint64 before)
{
  guint64 revision = trias_ledger_get_revision (self->ledger);
  gboolean replicated = FALSE;

  for (guint i = 0; i < outcome->changes->len; i++)
    {
      const TriasChange *change = g_ptr_array_index (outcome->changes, i);

      CHECK (self, change->revision == 0 || change->revision == revision);
      replicated |= change->revision != 0;
    }
  CHECK (self, revision == before + (replicated ? 1 : 0));
  return TRUE;
}

typedef struct
{
  const char *product;
  const char *feature;
  guint leases;
  guint counts;
  guint deviceless;
  GHashTable *devices;
} Recount;

static void
recount_lease (const TriasLease *lease, gpointer user_data)
{
  Recount *recount = user_data;

  if (strcmp (lease->product, recount->product) != 0
      || strcmp (lease->feature, recount->feature) != 0)
    return;
  recount->leases++;
  recount->counts += lease->count;
  if (lease->holder.device[0] == '\0')
    recount->deviceless += lease->count;
  else
    g_hash_table_add (recount->devices, lease->holder.device);
}

/* Seats by going through all licences, as the design says it: the test's own reckoning. */
static guint
recount_seats (TriasLedger *ledger, const TriasPool *pool)
{
  g_autoptr (GPtrArray) licenses = trias_ledger_get_licenses (ledger);
  gint64 now = trias_ledger_get_time (ledger);
  guint seats = 0;

  for (guint i = 0; i < licenses->len; i++)
    {
      TriasLicense *license = ((TriasLedgerLicense *) g_ptr_array_index (licenses, i))->license;

      if (!trias_license_is_for (license, TEST_SERVER)
          || strcmp (trias_license_get_product (license), pool->product) != 0)
        continue;
      for (guint j = 0; j < trias_license_get_n_features (license); j++)
        {
          const TriasFeature *feature = trias_license_get_feature (license, j);
          gint64 end = feature->not_after + feature->grace_hours * TEST_HOUR;

          if (strcmp (feature->name, pool->feature) == 0 && feature->not_before <= now
              && (feature->not_after == 0 || now < end))
            seats += feature->seats;
        }
    }
  return seats;
}

static void
recount_holder (const TriasLease *lease, gpointer user_data)
{
  GHashTable *holders = user_data;
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (holders, lease->key_id));

  g_hash_table_insert (holders, lease->key_id, GUINT_TO_POINTER (n + 1));
}

static gboolean
check_holders (const History *self)
{
  g_autoptr (GHashTable) holders = g_hash_table_new (g_str_hash, g_str_equal);
  GHashTableIter iter;
  gpointer key, n;

  trias_ledger_foreach_lease (self->ledger, NULL, G_MAXUINT, recount_holder, holders);
  g_hash_table_iter_init (&iter, holders);
  while (g_hash_table_iter_next (&iter, &key, &n))
    CHECK (self, trias_ledger_n_leases_of (self->ledger, key) == GPOINTER_TO_UINT (n));
  CHECK (self, trias_ledger_n_leases_of (self->ledger, "nobody") == 0);
  return TRUE;
}

static gboolean
check_pools (const History *self)
{
  g_autoptr (GPtrArray) pools = trias_ledger_get_pools (self->ledger);
  guint leases = 0;

  for (guint i = 0; i < pools->len; i++)
    {
      const TriasPool *pool = g_ptr_array_index (pools, i);
      g_autoptr (GHashTable) devices = g_hash_table_new (g_str_hash, g_str_equal);
      Recount recount = { .product = pool->product, .feature = pool->feature, .devices = devices };

      trias_ledger_foreach_lease (self->ledger, NULL, G_MAXUINT, recount_lease, &recount);
      leases += recount.leases;
      CHECK (self, pool->leases == recount.leases);
      CHECK (self, pool->seats == recount_seats (self->ledger, pool));
      if (pool->counted_by == TRIAS_COUNTED_BY_LEASE)
        CHECK (self, pool->used == recount.counts);
      else
        CHECK (self, pool->used == g_hash_table_size (devices) + recount.deviceless);
    }
  CHECK (self, leases == trias_ledger_n_leases (self->ledger));
  return TRUE;
}

static gboolean
check_grant (const History *self, const TriasCommand *command, const TriasOutcome *outcome)
{
  g_autoptr (TriasPool) pool = NULL;
  TriasFacts facts = { .key_id = command->facts->key_id,
                       .user = command->facts->user,
                       .address = command->facts->address };

  if (outcome->reason == TRIAS_REASON_NONE && !outcome->repeated)
    {
      pool
          = trias_ledger_find_pool (self->ledger, outcome->lease->product, outcome->lease->feature);
      CHECK (self, pool->used <= pool->seats);
      CHECK (self, trias_rules_allow (trias_ledger_get_rules (self->ledger), TRIAS_SCOPE_USE,
                                      &facts, NULL));
      CHECK (self, !trias_ledger_has_tombstone (self->ledger, command->lease->id));
    }
  if (outcome->reason == TRIAS_REASON_NO_SEATS && command->lease->product[0] != '\0')
    {
      pool
          = trias_ledger_find_pool (self->ledger, command->lease->product, command->lease->feature);
      CHECK (self, pool->used + command->lease->count > pool->seats);
    }
  return TRUE;
}

/* A lease ends by an expiry only if no renewal came between: the test counts renewals itself. */
static gboolean
check_generations (History *self, const TriasCommand *command, const TriasOutcome *outcome)
{
  const char *id = is_grant (command) ? command->lease->id : command->id;
  guint known = id != NULL ? GPOINTER_TO_UINT (g_hash_table_lookup (self->generations, id)) : 0;
  gboolean done = outcome->reason == TRIAS_REASON_NONE && !outcome->repeated;

  if (is_grant (command) && outcome->reason == TRIAS_REASON_NONE)
    {
      CHECK (self, outcome->repeated == (known > 0));
      if (done)
        g_hash_table_insert (self->generations, g_strdup (id), GUINT_TO_POINTER (1));
    }
  else if (command->kind == TRIAS_COMMAND_RENEW && done)
    {
      CHECK (self, outcome->lease->generation == known + 1);
      g_hash_table_insert (self->generations, g_strdup (id), GUINT_TO_POINTER (known + 1));
    }
  else if (command->kind == TRIAS_COMMAND_EXPIRE)
    {
      CHECK (self, done == (known > 0 && command->generation == known));
      if (done)
        g_hash_table_remove (self->generations, id);
    }
  else if (command->kind == TRIAS_COMMAND_RELEASE && done)
    {
      g_hash_table_remove (self->generations, id);
    }
  CHECK (self, g_hash_table_size (self->generations) == trias_ledger_n_leases (self->ledger));
  return TRUE;
}

/* What is installed changes by a valid licence of a higher revision, or by removal. */
static gboolean
check_licenses (History *self, const TriasCommand *command, const TriasOutcome *outcome)
{
  g_autoptr (GPtrArray) installed = trias_ledger_get_licenses (self->ledger);

  if (command->kind == TRIAS_COMMAND_REMOVE_LICENSE)
    g_hash_table_remove (self->licenses, command->id);
  for (guint i = 0; i < installed->len; i++)
    {
      TriasLicense *license = ((TriasLedgerLicense *) g_ptr_array_index (installed, i))->license;
      TriasLicense *known = g_hash_table_lookup (self->licenses, trias_license_get_id (license));

      if (known != NULL
          && strcmp (trias_license_get_text (known), trias_license_get_text (license)) == 0)
        continue;
      CHECK (self, command->kind == TRIAS_COMMAND_INSTALL_LICENSE);
      CHECK (self, outcome->reason == TRIAS_REASON_NONE && !outcome->repeated);
      CHECK (self, strchr (command->text, '~') == NULL);
      CHECK (self,
             known == NULL
                 || trias_license_get_revision (license) > trias_license_get_revision (known));
      g_hash_table_insert (self->licenses, g_strdup (trias_license_get_id (license)),
                           trias_license_ref (license));
    }
  CHECK (self, g_hash_table_size (self->licenses) == installed->len);
  return TRUE;
}

static void
feed_others (History *self, const TriasOutcome *outcome)
{
  test_load (self->mirror, outcome->changes);
  for (guint i = 0; i < outcome->changes->len; i++)
    {
      const TriasChange *change = g_ptr_array_index (outcome->changes, i);

      if (change->revision != 0)
        g_ptr_array_add (self->feed, trias_change_copy (change));
    }
}

/* Brings the replica up to date from some earlier point: part of it comes twice. */
static gboolean
deliver (History *self)
{
  guint from = (guint) g_rand_int_range (self->rand, 0, (gint32) self->delivered + 1);

  for (guint i = from; i < self->feed->len; i++)
    CHECK (self, trias_ledger_load (self->replica, g_ptr_array_index (self->feed, i), NULL));
  self->delivered = self->feed->len;
  trias_ledger_set_revision (self->replica, trias_ledger_get_revision (self->ledger));
  CHECK (self, equal_digests (self->ledger, self->replica));
  CHECK (self, equal_snapshots (self->ledger, self->replica, TRUE));
  return TRUE;
}

/* Tells all ledgers the command and checks everything about it. */
static gboolean
tell (History *self, const TriasCommand *command, TriasOutcome **told)
{
  g_autoptr (GBytes) bytes = trias_command_encode (command);
  g_autoptr (TriasCommand) read
      = trias_command_decode (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL);
  guint64 revision = trias_ledger_get_revision (self->ledger);
  guint n_leases = trias_ledger_n_leases (self->ledger);
  g_autoptr (TriasOutcome) outcome = trias_ledger_apply (self->ledger, command);
  g_autoptr (TriasOutcome) other = NULL;

  n_refused[outcome->reason]++;
  if (outcome->reason == TRIAS_REASON_NONE && !outcome->repeated)
    n_done[command->kind]++;
  CHECK (self, read != NULL);
  other = trias_ledger_apply (self->twin, read);
  CHECK (self, equal_outcomes (outcome, other));
  CHECK (self, equal_digests (self->ledger, self->twin));
  CHECK (self, check_revision (self, outcome, revision));
  CHECK (self, is_grant (command) || trias_ledger_n_leases (self->ledger) <= n_leases);
  /* The very first command also tells the defaults. */
  if (outcome->reason != TRIAS_REASON_NONE || outcome->repeated)
    CHECK (self, count_effects (outcome) == 0 || revision == 0);
  if (is_grant (command))
    CHECK (self, check_grant (self, command, outcome));
  CHECK (self, check_generations (self, command, outcome));
  CHECK (self, check_licenses (self, command, outcome));
  CHECK (self, check_pools (self));
  CHECK (self, check_holders (self));
  feed_others (self, outcome);
  CHECK (self, equal_digests (self->ledger, self->mirror));
  *told = g_steal_pointer (&outcome);
  return TRUE;
}

static gboolean
retry (History *self, const TriasCommand *command, const TriasOutcome *first)
{
  g_autoptr (TriasOutcome) again = NULL;

  CHECK (self, tell (self, command, &again));
  CHECK (self, again->reason == first->reason);
  if (command->kind == TRIAS_COMMAND_RENEW || command->kind == TRIAS_COMMAND_TICK)
    return TRUE;
  CHECK (self, again->repeated == (first->reason == TRIAS_REASON_NONE));
  CHECK (self, count_effects (again) == 0);
  if (is_grant (command) && first->lease != NULL)
    CHECK (self, trias_lease_same_content (first->lease, again->lease)
                     && first->lease->generation == again->lease->generation);
  return TRUE;
}

static void
restore_twin (History *self)
{
  TriasLedger *restored = test_copy (self->twin, FALSE);

  trias_ledger_free (self->twin);
  self->twin = restored;
}

static gboolean
run_history (guint32 seed)
{
  g_auto (History) self = { 0 };
  guint steps;

  history_init (&self, seed);
  steps = (guint) g_rand_int_range (self.rand, 5, MAX_STEPS);
  for (self.step = 0; self.step < steps; self.step++)
    {
      g_autoptr (TriasCommand) command = test_random_command (self.rand, &self.time);
      g_autoptr (TriasOutcome) outcome = NULL;

      if (!tell (&self, command, &outcome))
        return FALSE;
      if (g_rand_int_range (self.rand, 0, 4) == 0 && !retry (&self, command, outcome))
        return FALSE;
      if (g_rand_int_range (self.rand, 0, 8) == 0 && !deliver (&self))
        return FALSE;
      if (g_rand_int_range (self.rand, 0, 20) == 0)
        restore_twin (&self);
    }
  CHECK (&self, deliver (&self));
  CHECK (&self, equal_snapshots (self.ledger, self.twin, FALSE));
  CHECK (&self, equal_snapshots (self.ledger, self.mirror, FALSE));
  restore_twin (&self);
  CHECK (&self, equal_digests (self.ledger, self.twin));
  return TRUE;
}

static void
check_reach (void)
{
  static const TriasReason wanted[] = {
    TRIAS_REASON_NONE,
    TRIAS_REASON_NO_SEATS,
    TRIAS_REASON_RULE_DENIED,
    TRIAS_REASON_EXPIRED,
    TRIAS_REASON_NOT_YET_VALID,
    TRIAS_REASON_UNKNOWN_FEATURE,
    TRIAS_REASON_GONE,
    TRIAS_REASON_CONFLICT,
    TRIAS_REASON_FORBIDDEN,
    TRIAS_REASON_BAD_REQUEST,
    TRIAS_REASON_LICENSE_INVALID,
    TRIAS_REASON_LICENSE_OLDER,
    TRIAS_REASON_ALREADY_RELATED,
    TRIAS_REASON_LICENSE_ELSEWHERE,
    TRIAS_REASON_EPOCH,
    TRIAS_REASON_NOT_RELATED,
  };

  for (guint i = 0; i < G_N_ELEMENTS (wanted); i++)
    {
      g_test_message ("%s: %u", trias_reason_to_word (wanted[i]), n_refused[wanted[i]]);
      g_assert_cmpuint (n_refused[wanted[i]], >, 0);
    }
  for (guint i = 0; i < TRIAS_COMMAND_ALERT; i++)
    {
      g_test_message ("command %u done: %u", i, n_done[i]);
      g_assert_cmpuint (n_done[i], >, 0);
    }
}

static void
test_histories (void)
{
  const char *wanted = g_getenv ("TRIAS_HISTORIES");
  guint n = wanted != NULL ? (guint) g_ascii_strtoull (wanted, NULL, 10) : N_HISTORIES;
  guint32 seed = test_seed ();

  /* What all draw from does not depend on the seed, so that one history can be run alone. */
  test_random_init (1);
  for (guint i = 0; i < n; i++)
    if (!run_history (seed + i))
      {
        g_test_fail ();
        return;
      }
  if (n >= N_HISTORIES)
    check_reach ();
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ledger/histories", test_histories);
  return g_test_run ();
}
