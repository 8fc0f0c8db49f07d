/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "keeper-fixture.h"

/* kill -9 of a process that grants and releases, at a random moment: what it had answered must be
 * there. */

#define ROUNDS_DEFAULT 30
#define OUTSTANDING 64
#define SEATS 100000
#define NEVER_S 86400

/* What the child says through the pipe, in one write each, so that none is torn. */
typedef struct
{
  guint number;
  guint released;
} Said;

typedef struct
{
  Fixture *fixture;
  int fd;
  guint next;
} Load;

typedef struct
{
  Load *load;
  guint number;
  gboolean release;
} Asked;

static void grant_next (Load *load);

static void
said_cb (const TriasOutcome *outcome, gpointer user_data)
{
  Asked *asked = user_data;
  Load *load = asked->load;
  Said said = { asked->number, asked->release };
  g_autofree char *id = lease_id (asked->number);

  if (outcome->reason != TRIAS_REASON_NONE
      || write (load->fd, &said, sizeof said) != (gssize) sizeof said)
    _exit (3);
  if (!asked->release && asked->number % 3 == 0)
    {
      asked->release = TRUE;
      trias_keeper_submit (load->fixture->keeper,
                           trias_command_release (load->fixture->wall, id, CLIENT_ID, "test"),
                           said_cb, asked);
      return;
    }
  g_free (asked);
  grant_next (load);
}

static void
grant_next (Load *load)
{
  Asked *asked = g_new0 (Asked, 1);
  g_autofree char *id = lease_id (load->next);
  TriasLease lease = {
    .id = id,
    .key_id = (char *) CLIENT_ID,
    .feature = (char *) "editor",
    .product = (char *) "",
    .count = 1,
    .holder = { (char *) "user", (char *) "host", (char *) "" },
    .ttl_s = NEVER_S,
  };
  TriasFacts facts = { .key_id = CLIENT_ID, .address = "192.0.2.1" };

  asked->load = load;
  asked->number = load->next++;
  trias_keeper_submit (load->fixture->keeper,
                       trias_command_grant (load->fixture->wall, &lease, &facts), said_cb, asked);
}

G_NORETURN static void
run_child (const char *folder, guint first, int fd)
{
  Fixture *fixture = fixture_attach (folder);
  Load load = { fixture, fd, first };

  for (guint i = 0; i < OUTSTANDING; i++)
    grant_next (&load);
  while (TRUE)
    g_main_context_iteration (NULL, TRUE);
}

/* Reads what was answered until the pipe ends. @state: 1 = granted, 2 = released. */
static guint
read_said (int fd, GHashTable *state)
{
  guint highest = 0;
  Said said;
  gssize n;

  while ((n = read (fd, &said, sizeof said)) == (gssize) sizeof said)
    {
      g_hash_table_replace (state, GUINT_TO_POINTER (said.number + 1),
                            GUINT_TO_POINTER (said.released ? 2 : 1));
      highest = MAX (highest, said.number);
    }
  g_assert_cmpint (n, ==, 0);
  return highest;
}

static void
check_state (Fixture *fixture, GHashTable *state)
{
  TriasLedger *ledger = trias_keeper_get_ledger (fixture->keeper);
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, state);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      guint number = GPOINTER_TO_UINT (key) - 1;
      g_autofree char *id = lease_id (number);

      if (GPOINTER_TO_UINT (value) == 2)
        g_assert_true (trias_ledger_has_tombstone (ledger, id));
      /* Every third may have been released without a word of it yet. */
      else if (number % 3 != 0)
        g_assert_nonnull (trias_ledger_find_lease (ledger, id));
      else
        g_assert_true (trias_ledger_find_lease (ledger, id) != NULL
                       || trias_ledger_has_tombstone (ledger, id));
    }
}

static guint
kill_once (Fixture *fixture, guint first, guint32 after_us, GHashTable *state)
{
  int fds[2];
  guint highest;
  pid_t child;

  g_assert_cmpint (pipe (fds), ==, 0);
  fixture_close (fixture);
  child = fork ();
  g_assert_cmpint (child, >=, 0);
  if (child == 0)
    {
      char first_text[16], fd_text[16];

      close (fds[0]);
      g_snprintf (first_text, sizeof first_text, "%u", first);
      g_snprintf (fd_text, sizeof fd_text, "%d", fds[1]);
      execl ("/proc/self/exe", "test-crash", "--child", fixture->folder, first_text, fd_text, NULL);
      _exit (4);
    }
  close (fds[1]);
  g_usleep (after_us);
  kill (child, SIGKILL);
  highest = read_said (fds[0], state);
  close (fds[0]);
  g_assert_cmpint (waitpid (child, NULL, 0), ==, child);
  return highest;
}

static guint32
seed (void)
{
  const char *given = g_getenv ("G_TEST_SEED");

  return given != NULL ? (guint32) strtoul (given, NULL, 10) : g_random_int ();
}

static void
test_kill (void)
{
  g_autoptr (Fixture) fixture = fixture_new (NULL);
  g_autoptr (GHashTable) state = g_hash_table_new (NULL, NULL);
  const char *given = g_getenv ("TRIAS_TEST_ROUNDS");
  guint rounds = given != NULL ? (guint) atoi (given) : ROUNDS_DEFAULT;
  guint32 start = seed ();
  g_autoptr (GRand) random = g_rand_new_with_seed (start);
  guint next = 0;

  g_test_message ("G_TEST_SEED=%u", start);
  fixture_install (fixture, "editor", SEATS);
  for (guint round = 0; round < rounds; round++)
    {
      guint32 after = (guint32) g_rand_int_range (random, 15000, 120000);
      g_autofree char *digest = NULL;
      g_autofree char *again = NULL;

      next = MAX (next, kill_once (fixture, next, after, state)) + OUTSTANDING + 1;
      fixture_open_with (fixture, fixture->issuers);
      check_state (fixture, state);
      digest = trias_ledger_digest (trias_keeper_get_ledger (fixture->keeper));
      /* What was replayed is mirrored now, and gives the same without replay. */
      fixture_reopen (fixture);
      again = trias_ledger_digest (trias_keeper_get_ledger (fixture->keeper));
      g_assert_cmpstr (digest, ==, again);
    }
  g_test_message ("%u answers kept over %u kills", g_hash_table_size (state), rounds);
  g_assert_cmpuint (g_hash_table_size (state), >, rounds);
}

int
main (int argc, char *argv[])
{
  if (argc == 5 && strcmp (argv[1], "--child") == 0)
    run_child (argv[2], (guint) atoi (argv[3]), atoi (argv[4]));
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/keeper/kill", test_kill);
  return g_test_run ();
}
