/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Local rules over restarts, what they decide, and the names that they ask for. */

#include "server/access/trias-access.h"
#include "server/access/trias-names.h"

#include "test-resolver.h"

#include <glib/gstdio.h>

#define KEY_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define KEY_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

typedef struct
{
  char *folder;
  TriasIssuers *issuers;
  TriasKeeper *keeper;
  TriasAccess *access;
} Fixture;

static void
open_state (Fixture *self)
{
  g_autoptr (GError) error = NULL;

  self->keeper = trias_keeper_open (self->folder, KEY_A, self->issuers, &error);
  g_assert_no_error (error);
  self->access = trias_access_new (self->keeper);
}

static void
close_state (Fixture *self)
{
  trias_access_free (self->access);
  trias_keeper_close (self->keeper);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  self->folder = g_dir_make_tmp ("trias-access-XXXXXX", &error);
  g_assert_no_error (error);
  self->issuers = trias_issuers_load (self->folder, &error);
  g_assert_no_error (error);
  open_state (self);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_autoptr (GDir) dir = NULL;
  const char *name;

  close_state (self);
  trias_issuers_unref (self->issuers);
  dir = g_dir_open (self->folder, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (self->folder, name, NULL);

      g_remove (path);
    }
  g_rmdir (self->folder);
  g_free (self->folder);
}

typedef struct
{
  gboolean done;
  TriasReason reason;
} Result;

static void
on_done (const GError *error, gpointer user_data)
{
  Result *result = user_data;

  result->done = TRUE;
  result->reason = error != NULL ? (TriasReason) error->code : TRIAS_REASON_NONE;
}

static TriasReason
wait_for (Result *result)
{
  while (!result->done)
    g_main_context_iteration (NULL, TRUE);
  return result->reason;
}

static TriasReason
put (Fixture *self,
     const char *id,
     TriasScope scope,
     const char *text,
     gboolean force,
     const TriasCommandFacts *by)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasRule) rule = trias_rule_parse (scope, text, &error);
  Result result = { 0 };

  g_assert_no_error (error);
  g_free (rule->id);
  rule->id = g_strdup (id);
  trias_access_put_local (self->access, rule, force, by, on_done, &result);
  return wait_for (&result);
}

static TriasReason
take (Fixture *self, const char *id, gboolean force, const TriasCommandFacts *by)
{
  Result result = { 0 };

  trias_access_remove_local (self->access, id, force, by, on_done, &result);
  return wait_for (&result);
}

static TriasCommandFacts *
facts_at (const char *address, const char *user)
{
  TriasCommandFacts *facts = g_new0 (TriasCommandFacts, 1);

  facts->address = g_strdup (address);
  facts->user = g_strdup (user);
  return facts;
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TriasCommandFacts, trias_access_facts_free)

/* --- rules --- */

static void
test_first_rules (Fixture *self, gconstpointer data)
{
  g_autoptr (TriasCommandFacts) anybody = facts_at ("192.0.2.7", "ada");
  g_autoptr (GPtrArray) rules = trias_access_list (self->access);

  g_assert_cmpuint (rules->len, ==, 2);
  g_assert_cmpint (((TriasRule *) rules->pdata[0])->scope, ==, TRIAS_SCOPE_USE);
  g_assert_cmpint (((TriasRule *) rules->pdata[1])->scope, ==, TRIAS_SCOPE_ADMINISTER);
  g_assert_true (trias_access_allows (self->access, TRIAS_SCOPE_USE, anybody, NULL));
  g_assert_true (trias_access_allows (self->access, TRIAS_SCOPE_ADMINISTER, anybody, NULL));
  g_assert_false (trias_access_allows (self->access, TRIAS_SCOPE_PEER, anybody, NULL));
}

static void
test_kept (Fixture *self, gconstpointer data)
{
  const TriasRule *rule;

  g_assert_cmpint (put (self, "p1", TRIAS_SCOPE_PEER, "Allow key " KEY_B " from network 10.0.0.0/8",
                        FALSE, NULL),
                   ==, TRIAS_REASON_NONE);
  g_assert_cmpint (take (self, "administer-everyone", FALSE, NULL), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (take (self, "administer-everyone", FALSE, NULL), ==, TRIAS_REASON_NOT_FOUND);
  close_state (self);
  open_state (self);
  rule = trias_access_find (self->access, "p1");
  g_assert_nonnull (rule);
  g_assert_cmpint (rule->scope, ==, TRIAS_SCOPE_PEER);
  /* Removed on purpose: it does not come back. */
  g_assert_null (trias_access_find (self->access, "administer-everyone"));
}

static void
test_peer (Fixture *self, gconstpointer data)
{
  const TriasRule *deciding = NULL;

  g_assert_false (trias_access_allows_peer (self->access, KEY_B, "10.1.2.3", NULL));
  put (self, "p1", TRIAS_SCOPE_PEER, "Allow key " KEY_B " from network 10.0.0.0/8", FALSE, NULL);
  g_assert_true (trias_access_allows_peer (self->access, KEY_B, "10.1.2.3", NULL));
  g_assert_true (trias_access_allows_peer (self->access, KEY_B, "::ffff:10.1.2.3", NULL));
  g_assert_false (trias_access_allows_peer (self->access, KEY_A, "10.1.2.3", NULL));
  g_assert_false (trias_access_allows_peer (self->access, KEY_B, "11.1.2.3", NULL));
  put (self, "p0", TRIAS_SCOPE_PEER, "Deny everyone from address 10.1.2.3", FALSE, NULL);
  g_assert_false (trias_access_allows_peer (self->access, KEY_B, "10.1.2.3", &deciding));
  g_assert_cmpstr (deciding->id, ==, "p0");
  put (self, "p2", TRIAS_SCOPE_PEER, "Allow everyone from this-computer", FALSE, NULL);
  g_assert_true (trias_access_allows_peer (self->access, KEY_A, "127.0.0.9", NULL));
  g_assert_true (trias_access_allows_peer (self->access, KEY_A, "::1", NULL));
}

static const char *
needs_10 (GPtrArray *rules, gpointer user_data)
{
  TriasFacts partner = { .key_id = KEY_B, .address = "10.1.2.3" };

  return trias_rules_allow (rules, TRIAS_SCOPE_PEER, &partner, NULL) ? NULL : "the partner";
}

static void
test_in_use (Fixture *self, gconstpointer data)
{
  put (self, "p1", TRIAS_SCOPE_PEER, "Allow everyone from network 10.0.0.0/8", FALSE, NULL);
  trias_access_set_cuts (self->access, needs_10, NULL);
  g_assert_cmpint (take (self, "p1", FALSE, NULL), ==, TRIAS_REASON_RULE_IN_USE);
  g_assert_cmpint (
      put (self, "p1", TRIAS_SCOPE_PEER, "Allow everyone from network 10.2.0.0/16", FALSE, NULL),
      ==, TRIAS_REASON_RULE_IN_USE);
  g_assert_cmpint (put (self, "p2", TRIAS_SCOPE_PEER, "Deny everyone from everywhere", FALSE, NULL),
                   ==, TRIAS_REASON_RULE_IN_USE);
  g_assert_nonnull (trias_access_find (self->access, "p1"));
  g_assert_null (trias_access_find (self->access, "p2"));
  g_assert_cmpint (
      put (self, "p3", TRIAS_SCOPE_PEER, "Deny everyone from address 10.9.9.9", FALSE, NULL), ==,
      TRIAS_REASON_NONE);
  g_assert_cmpint (take (self, "p1", TRUE, NULL), ==, TRIAS_REASON_NONE);
}

static void
test_lock_out (Fixture *self, gconstpointer data)
{
  g_autoptr (TriasCommandFacts) me = facts_at ("192.0.2.7", "ada");

  g_assert_cmpint (take (self, "administer-everyone", FALSE, me), ==, TRIAS_REASON_RULE_IN_USE);
  g_assert_cmpint (
      put (self, "d", TRIAS_SCOPE_ADMINISTER, "Deny user ada from everywhere", FALSE, me), ==,
      TRIAS_REASON_RULE_IN_USE);
  g_assert_cmpint (
      put (self, "d", TRIAS_SCOPE_ADMINISTER, "Deny user bob from everywhere", FALSE, me), ==,
      TRIAS_REASON_NONE);
  g_assert_cmpint (
      put (self, "a", TRIAS_SCOPE_ADMINISTER, "Allow user ada from address 192.0.2.7", FALSE, me),
      ==, TRIAS_REASON_NONE);
  g_assert_cmpint (take (self, "administer-everyone", FALSE, me), ==, TRIAS_REASON_NONE);
  g_assert_cmpint (take (self, "a", FALSE, me), ==, TRIAS_REASON_RULE_IN_USE);
  g_assert_cmpint (take (self, "a", TRUE, me), ==, TRIAS_REASON_NONE);
  g_assert_false (trias_access_allows (self->access, TRIAS_SCOPE_ADMINISTER, me, NULL));
}

/* --- names --- */

static void
on_ready (TriasCommandFacts *facts, gpointer user_data)
{
  (*(guint *) user_data)++;
}

static void
complete (Fixture *self, TriasScope scope, TriasCommandFacts *facts)
{
  guint ready = 0;

  trias_access_complete_facts (self->access, scope, facts, on_ready, &ready);
  while (ready == 0)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_names (Fixture *self, gconstpointer data)
{
  g_autoptr (GResolver) usual = g_resolver_get_default ();
  g_autoptr (TestResolver) resolver = test_resolver_new ();
  g_autoptr (TriasCommandFacts) plain = facts_at ("192.0.2.7", "ada");
  g_autoptr (TriasCommandFacts) good = facts_at ("192.0.2.7", "ada");
  g_autoptr (TriasCommandFacts) liar = facts_at ("192.0.2.66", "ada");
  g_autoptr (TriasCommandFacts) nameless = facts_at ("192.0.2.8", "ada");
  g_autoptr (TriasCommandFacts) again = facts_at ("192.0.2.7", "ada");

  g_resolver_set_default (G_RESOLVER (resolver));
  test_resolver_add (resolver, "192.0.2.7", "PC7.Example.ORG.", "192.0.2.7");
  g_hash_table_insert (resolver->addresses, g_strdup ("pc7.example.org"), g_strdup ("192.0.2.7"));
  /* Claims a name that leads elsewhere: it is left out. */
  g_hash_table_insert (resolver->names, g_strdup ("192.0.2.66"), g_strdup ("pc7.example.org"));

  complete (self, TRIAS_SCOPE_ADMINISTER, plain);
  g_assert_cmpuint (resolver->asked, ==, 0);
  put (self, "n", TRIAS_SCOPE_PEER, "Allow everyone from host pc7.example.org", FALSE, NULL);
  complete (self, TRIAS_SCOPE_ADMINISTER, plain);
  g_assert_cmpuint (resolver->asked, ==, 0);
  complete (self, TRIAS_SCOPE_PEER, good);
  g_assert_cmpuint (resolver->asked, ==, 1);
  g_assert_cmpstr (good->host_names[0], ==, "pc7.example.org");
  g_assert_true (trias_access_allows (self->access, TRIAS_SCOPE_PEER, good, NULL));
  complete (self, TRIAS_SCOPE_PEER, liar);
  g_assert_null (liar->host_names[0]);
  g_assert_false (trias_access_allows (self->access, TRIAS_SCOPE_PEER, liar, NULL));
  complete (self, TRIAS_SCOPE_PEER, nameless);
  g_assert_null (nameless->host_names[0]);
  /* Remembered. */
  g_assert_cmpuint (resolver->asked, ==, 3);
  complete (self, TRIAS_SCOPE_PEER, again);
  g_assert_cmpuint (resolver->asked, ==, 3);
  g_assert_cmpstr (again->host_names[0], ==, "pc7.example.org");
  g_assert_true (trias_access_allows_peer (self->access, KEY_B, "192.0.2.7", NULL));
  g_resolver_set_default (usual);
}

static void
test_silence (Fixture *self, gconstpointer data)
{
  g_autoptr (GResolver) usual = g_resolver_get_default ();
  g_autoptr (TestResolver) resolver = test_resolver_new ();
  TriasCommandFacts *facts[5];
  gint64 start = g_get_monotonic_time ();
  guint ready = 0;

  resolver->silent = TRUE;
  g_resolver_set_default (G_RESOLVER (resolver));
  put (self, "n", TRIAS_SCOPE_PEER, "Allow everyone from domain *.example.org", FALSE, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      facts[i] = facts_at ("192.0.2.7", NULL);
      trias_access_complete_facts (self->access, TRIAS_SCOPE_PEER, facts[i], on_ready, &ready);
    }
  /* All at once ask once, and nobody waits for longer than the limit. */
  g_assert_cmpuint (resolver->asked, ==, 1);
  g_assert_cmpuint (ready, ==, 0);
  while (ready < G_N_ELEMENTS (facts))
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (g_get_monotonic_time () - start, >=, 1900 * 1000);
  g_assert_cmpint (g_get_monotonic_time () - start, <, 10 * G_USEC_PER_SEC);
  for (guint i = 0; i < G_N_ELEMENTS (facts); i++)
    {
      g_assert_null (facts[i]->host_names[0]);
      trias_access_facts_free (facts[i]);
    }
  g_resolver_set_default (usual);
}

/* The server stops while a look-up is under way: who waits is told. */
static void
test_stop (Fixture *self, gconstpointer data)
{
  g_autoptr (GResolver) usual = g_resolver_get_default ();
  g_autoptr (TestResolver) resolver = test_resolver_new ();
  g_autoptr (TriasCommandFacts) facts = facts_at ("192.0.2.7", NULL);
  guint ready = 0;

  resolver->silent = TRUE;
  g_resolver_set_default (G_RESOLVER (resolver));
  put (self, "n", TRIAS_SCOPE_PEER, "Allow everyone from domain *.example.org", FALSE, NULL);
  trias_access_complete_facts (self->access, TRIAS_SCOPE_PEER, facts, on_ready, &ready);
  g_assert_cmpuint (ready, ==, 0);
  close_state (self);
  g_assert_cmpuint (ready, ==, 1);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  open_state (self);
  g_resolver_set_default (usual);
}

static void
test_groups (Fixture *self, gconstpointer data)
{
  g_autoptr (TriasCommandFacts) root = facts_at ("192.0.2.7", "root");
  g_autoptr (TriasCommandFacts) nobody = facts_at ("192.0.2.7", "no-such-user-here");

  put (self, "g", TRIAS_SCOPE_PEER, "Allow group root from everywhere", FALSE, NULL);
  complete (self, TRIAS_SCOPE_PEER, root);
  complete (self, TRIAS_SCOPE_PEER, nobody);
  g_assert_true (g_strv_contains ((const char *const *) root->groups, "root"));
  g_assert_true (trias_access_allows (self->access, TRIAS_SCOPE_PEER, root, NULL));
  g_assert_null (nobody->groups[0]);
  g_assert_false (trias_access_allows (self->access, TRIAS_SCOPE_PEER, nobody, NULL));
}

#define ADD(name, func) g_test_add ("/access/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("first-rules", test_first_rules);
  ADD ("kept", test_kept);
  ADD ("peer", test_peer);
  ADD ("in-use", test_in_use);
  ADD ("lock-out", test_lock_out);
  ADD ("names", test_names);
  ADD ("silence", test_silence);
  ADD ("stop", test_stop);
  ADD ("groups", test_groups);
  return g_test_run ();
}
