/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "triad-fixture.h"

#include "../access/test-resolver.h"
#include "server/peer/trias-peer-triad-private.h"

/* Rules that change while a triad serves: whom they cut off, and whom not. */

static void
on_put (const GError *error, gpointer user_data)
{
  g_assert_no_error (error);
  *(gboolean *) user_data = TRUE;
}

/* On @self, about @other, though that may cut the relationship. (transfer full) id */
static char *
put_rule (Node *self, const char *effect, Node *other, const char *where)
{
  g_autofree char *text = g_strdup_printf ("%s key %s from %s", effect, node_id (other), where);
  g_autoptr (TriasRule) rule = trias_rule_parse (TRIAS_SCOPE_PEER, text, NULL);
  gboolean done = FALSE;

  trias_access_put_local (self->access, rule, TRUE, NULL, on_put, &done);
  wait_until ("a rule to be kept", 30, flag_is_set, &done);
  return g_strdup (rule->id);
}

static void
remove_rule (Node *self, const char *id)
{
  gboolean done = FALSE;

  trias_access_remove_local (self->access, id, TRUE, NULL, on_put, &done);
  wait_until ("the rule to be gone", 10, flag_is_set, &done);
}

/* (transfer full) id of the rule of @self that lets @other in */
static char *
find_rule (Node *self, Node *other)
{
  g_autoptr (GPtrArray) rules = trias_access_list (self->access);

  for (guint i = 0; i < rules->len; i++)
    {
      const TriasRule *rule = g_ptr_array_index (rules, i);

      if (rule->scope == TRIAS_SCOPE_PEER && g_strcmp0 (rule->who_value, node_id (other)) == 0)
        return g_strdup (rule->id);
    }
  g_assert_not_reached ();
}

static gboolean
name_is_known (gpointer user_data)
{
  Node *node = user_data;
  const TriasTriadOther *other = trias_peer_triad_at (node->peer->triad, 2);

  return trias_access_allows_peer (node->access, trias_peer_triad_member (node->peer->triad, 2)->id,
                                   other->address, NULL);
}

static gboolean
hears (Node *self, guint rank)
{
  TriasJournalStatus status;

  trias_keeper_triad_status (self->keeper, &status);
  return status.members[rank].contact;
}

static gboolean
engines_are_apart (gpointer user_data)
{
  Triad *triad = user_data;

  return !hears (triad->nodes[0], 2) && !hears (triad->nodes[2], 0);
}

static gboolean
engines_are_together (gpointer user_data)
{
  Triad *triad = user_data;

  return hears (triad->nodes[0], 2) && hears (triad->nodes[2], 0);
}

/* A Deny cuts what is open already, the engine's streams too, in both directions; the triad goes on
 * without that link, and with it once the rule is gone. */
static void
test_denied (void)
{
  g_autoptr (Triad) triad = triad_new_formed ();
  g_autofree char *rule = NULL;

  /* Who never met is apart, too, and then hears what was on its way. */
  wait_until ("the engines to be together", 20, engines_are_together, triad);
  rule = put_rule (triad->nodes[0], "Deny", triad->nodes[2], "everywhere");
  wait_until ("the engines to be apart", 10, engines_are_apart, triad);
  run_for (1500);
  g_assert_true (engines_are_apart (triad));
  wait_until ("the triad to serve", 20, triad_is_served, triad);
  remove_rule (triad->nodes[0], rule);
  wait_until ("the triad to be whole", 30, triad_is_whole, triad);
}

/* Who is let in by a name that was looked up keeps its streams whatever else is changed, until that
 * rule goes. */
static void
test_let_in_by_name (void)
{
  g_autoptr (TestResolver) resolver = test_resolver_new ();
  g_autoptr (GResolver) before = g_resolver_get_default ();
  g_autoptr (Triad) triad = triad_new_formed ();
  Node *node = triad->nodes[0], *other = triad->nodes[2];
  g_autoptr (GCancellable) from = NULL, to = NULL;
  g_autofree char *by_address = find_rule (node, other), *by_name = NULL, *unrelated = NULL;

  test_resolver_add (resolver, other->host, "tertiary.example.org", other->host);
  g_resolver_set_default (G_RESOLVER (resolver));
  by_name = put_rule (node, "Allow", other, "host tertiary.example.org");
  remove_rule (node, by_address);
  wait_until ("the name to be looked up", 10, name_is_known, node);
  wait_until ("the triad to be whole", 30, triad_is_whole, triad);
  from = g_object_ref (trias_peer_triad_at (node->peer->triad, 2)->from);
  to = g_object_ref (trias_peer_triad_at (node->peer->triad, 2)->to);
  unrelated = put_rule (node, "Allow", other, "address 192.0.2.1");
  g_assert_false (g_cancellable_is_cancelled (from));
  g_assert_false (g_cancellable_is_cancelled (to));
  remove_rule (node, by_name);
  g_assert_true (g_cancellable_is_cancelled (from));
  g_assert_true (g_cancellable_is_cancelled (to));
  g_resolver_set_default (before);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  trias_process_begin ();
  g_test_add_func ("/triad-rules/denied", test_denied);
  g_test_add_func ("/triad-rules/let-in-by-name", test_let_in_by_name);
  return g_test_run ();
}
