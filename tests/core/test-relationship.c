/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "core-test.h"

#include "core/trias-relationship.h"

static const char *const nord[] = { "nord.example.org:7643", "192.0.2.1:7643", NULL };
static const char *const south[] = { "[2001:db8::2]:7643", NULL };

static TriasRelationship *
make_pair (void)
{
  TriasRelationship *self
      = trias_relationship_new ("0123456789abcdef0123456789abcdef", "Werk Süd", TRIAS_KIND_BACKUP);

  self->incarnation = 7;
  g_ptr_array_add (self->members, trias_member_new (CORE_TEST_ID_A, "Nord", nord));
  g_ptr_array_add (self->members, trias_member_new (CORE_TEST_ID_B, "Süd und mehr", south));
  return self;
}

static TriasJson *
to_json (const TriasRelationship *self)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_bool (writer, "connected", TRUE);
  trias_relationship_write_members (self, writer);
  trias_json_end_object (writer);
  return core_test_reparse (writer);
}

static void
test_round_trip (void)
{
  g_autoptr (TriasRelationship) pair = make_pair (), copy = NULL, read = NULL;
  g_autoptr (TriasJson) json = NULL;
  g_autofree char *a = NULL, *b = NULL;
  GError *error = NULL;

  pair->options = (TriasOptions){ 5, TRIAS_FAILBACK_MANUAL, TRIAS_PROFILE_WAN };
  copy = trias_relationship_copy (pair);
  json = to_json (copy);
  read = trias_relationship_read (json, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (read->id, ==, pair->id);
  g_assert_cmpstr (read->name, ==, "Werk Süd");
  g_assert_cmpuint (read->incarnation, ==, 7);
  g_assert_cmpuint (read->options.sync_interval_s, ==, 5);
  g_assert_cmpint (read->options.failback, ==, TRIAS_FAILBACK_MANUAL);
  g_assert_cmpint (read->options.profile, ==, TRIAS_PROFILE_WAN);
  g_assert_cmpuint (read->members->len, ==, 2);
  g_assert_cmpstr (trias_relationship_find (read, CORE_TEST_ID_A)->addresses[1], ==,
                   "192.0.2.1:7643");
  a = trias_relationship_hash (pair);
  b = trias_relationship_hash (read);
  g_assert_cmpstr (a, ==, b);
}

static void
test_roles (void)
{
  g_autoptr (TriasRelationship) pair = make_pair ();
  g_autoptr (TriasRelationship) triad = trias_relationship_new ("x", "y", TRIAS_KIND_TRIAD);

  g_ptr_array_add (triad->members, trias_member_new (CORE_TEST_ID_A, "a", nord));
  g_ptr_array_add (triad->members, trias_member_new (CORE_TEST_ID_B, "b", nord));
  g_ptr_array_add (triad->members, trias_member_new (CORE_TEST_ID_C, "c", nord));
  g_assert_cmpint (trias_relationship_role (pair, CORE_TEST_ID_A), ==, TRIAS_ROLE_MAIN);
  g_assert_cmpint (trias_relationship_role (pair, CORE_TEST_ID_B), ==, TRIAS_ROLE_BACKUP);
  g_assert_cmpint (trias_relationship_role (pair, CORE_TEST_ID_C), ==, TRIAS_ROLE_SINGLE);
  g_assert_cmpint (trias_relationship_role (triad, CORE_TEST_ID_C), ==, TRIAS_ROLE_TERTIARY);
  g_assert_cmpstr (trias_relationship_partner (pair, CORE_TEST_ID_A)->id, ==, CORE_TEST_ID_B);
  g_assert_cmpstr (trias_relationship_partner (pair, CORE_TEST_ID_B)->id, ==, CORE_TEST_ID_A);
  g_assert_null (trias_relationship_partner (pair, CORE_TEST_ID_C));
  g_assert_null (trias_relationship_partner (triad, CORE_TEST_ID_A));
  g_assert_null (trias_relationship_find (pair, NULL));
  g_assert_cmpint (trias_kind_role (TRIAS_KIND_BACKUP, 2), ==, TRIAS_ROLE_SINGLE);
  g_assert_cmpint (trias_kind_role (TRIAS_KIND_TRIAD, 1), ==, TRIAS_ROLE_SECONDARY);
  g_assert_cmpuint (trias_kind_n_members (TRIAS_KIND_BACKUP), ==, 2);
  g_assert_cmpuint (trias_kind_n_members (TRIAS_KIND_TRIAD), ==, 3);
}

static void
test_words (void)
{
  TriasKind kind;
  TriasRole role;
  TriasFailback failback;
  TriasProfile profile;

  for (int i = TRIAS_ROLE_SINGLE; i <= TRIAS_ROLE_TERTIARY; i++)
    {
      g_assert_true (trias_role_from_word (trias_role_to_word ((TriasRole) i), &role));
      g_assert_cmpint ((int) role, ==, i);
    }
  g_assert_true (trias_kind_from_word ("triad", &kind) && kind == TRIAS_KIND_TRIAD);
  g_assert_true (trias_failback_from_word ("manual", &failback)
                 && failback == TRIAS_FAILBACK_MANUAL);
  g_assert_true (trias_profile_from_word ("wan", &profile) && profile == TRIAS_PROFILE_WAN);
  g_assert_false (trias_kind_from_word (NULL, &kind));
  g_assert_false (trias_role_from_word ("Main", &role));
  g_assert_false (trias_failback_from_word ("", &failback));
  g_assert_false (trias_profile_from_word ("x", &profile));
}

static void
test_hash (void)
{
  g_autoptr (TriasRelationship) a = make_pair ();
  g_autofree char *hash = trias_relationship_hash (a);

  g_assert_cmpuint (strlen (hash), ==, 64);
#define HASH_DIFFERS(change)                                                                       \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autoptr (TriasRelationship) b = trias_relationship_copy (a);                                 \
    TriasMember *member = g_ptr_array_index (b->members, 1);                                       \
    g_autofree char *other = NULL;                                                                 \
    g_assert_nonnull (member);                                                                     \
    change;                                                                                        \
    other = trias_relationship_hash (b);                                                           \
    g_assert_cmpstr (hash, !=, other);                                                             \
  }                                                                                                \
  G_STMT_END
  HASH_DIFFERS (b->incarnation++);
  HASH_DIFFERS (b->id[0] = 'x');
  HASH_DIFFERS (b->kind = TRIAS_KIND_TRIAD);
  HASH_DIFFERS (b->options.sync_interval_s++);
  HASH_DIFFERS (b->options.failback = TRIAS_FAILBACK_MANUAL);
  HASH_DIFFERS (b->options.profile = TRIAS_PROFILE_WAN);
  HASH_DIFFERS (member->id[0] = 'x');
  HASH_DIFFERS (member->name[0] = 'x');
  HASH_DIFFERS (member->addresses[0][0] = 'x');
  HASH_DIFFERS (g_ptr_array_remove_index (b->members, 1));
  /* Only the name for people may change without more. */
  {
    g_autoptr (TriasRelationship) b = trias_relationship_copy (a);
    g_autofree char *other = NULL;

    b->name[0] = 'x';
    other = trias_relationship_hash (b);
    g_assert_cmpstr (hash, ==, other);
  }
}

static void
test_signable (void)
{
  g_autoptr (TriasRelationship) pair = make_pair ();
  g_autofree char *text = trias_relationship_to_signable (pair);

  g_assert_cmpstr (text, ==,
                   "trias-members-1\n"
                   "backup 0123456789abcdef0123456789abcdef 7\n"
                   "main " CORE_TEST_ID_A " nord.example.org:7643,192.0.2.1:7643 Nord\n"
                   "backup " CORE_TEST_ID_B " [2001:db8::2]:7643 Süd und mehr\n");
}

#define MEMBER_A "{'id':'" CORE_TEST_ID_A "','name':'a','addresses':['a:1']}"
#define MEMBER_B "{'id':'" CORE_TEST_ID_B "','name':'b','addresses':['b:1']}"
#define WHOLE(members)                                                                             \
  "{'id':'r','name':'n','kind':'backup','incarnation':1,'options':{},'members':[" members "]}"
#define WITH_A(member) WHOLE (MEMBER_A "," member)

static const char *const bad[] = {
  "[]",
  "{}",
  WHOLE (""),
  WHOLE (MEMBER_A),
  WHOLE (MEMBER_A "," MEMBER_A),
  WHOLE (MEMBER_A "," MEMBER_B "," MEMBER_A),
  WHOLE (MEMBER_A ",1"),
  WITH_A ("{'id':'short','name':'b','addresses':['b:1']}"),
  WITH_A ("{'id':'" CORE_TEST_ID_B "','name':'','addresses':['b:1']}"),
  WITH_A ("{'id':'" CORE_TEST_ID_B "','name':'a\\nb','addresses':['b:1']}"),
  WITH_A ("{'id':'" CORE_TEST_ID_B "','name':'b','addresses':[]}"),
  WITH_A ("{'id':'" CORE_TEST_ID_B "','name':'b'}"),
  WITH_A ("{'id':'" CORE_TEST_ID_B "','name':'b','addresses':['a','b','c','d','e']}"),
  WITH_A ("{'id':'" CORE_TEST_ID_B "','name':'b','addresses':['b:0']}"),
  WITH_A ("{'id':'" CORE_TEST_ID_B "','name':'b','addresses':['b:1 ']}"),
  WITH_A ("{'id':'" CORE_TEST_ID_B "','name':'b','addresses':['b:1#" CORE_TEST_ID_B "']}"),
  WITH_A ("{'id':'" CORE_TEST_ID_B "','name':'b','addresses':['b:1'],'role':'main'}"),
  "{'id':'r','name':'n','kind':'club','incarnation':1,'options':{},'members':[" MEMBER_A
  "," MEMBER_B "]}",
  "{'id':'r','name':'n','kind':'triad','incarnation':1,'options':{},'members':[" MEMBER_A
  "," MEMBER_B "]}",
  "{'id':'r','name':'n','kind':'backup','incarnation':0,'options':{},'members':[" MEMBER_A
  "," MEMBER_B "]}",
  "{'id':'r r','name':'n','kind':'backup','incarnation':1,'options':{},'members':[" MEMBER_A
  "," MEMBER_B "]}",
  "{'id':'r','name':' n','kind':'backup','incarnation':1,'options':{},'members':[" MEMBER_A
  "," MEMBER_B "]}",
  "{'id':'r','name':'n','kind':'backup','incarnation':1,'members':[" MEMBER_A "," MEMBER_B "]}",
  "{'id':'r','name':'n','kind':'backup','incarnation':1,'options':{'sync_interval_s':4},"
  "'members':[" MEMBER_A "," MEMBER_B "]}",
};

static void
test_refuses (void)
{
  g_autoptr (TriasJson) least = core_test_json (WHOLE (MEMBER_A "," MEMBER_B));
  g_autoptr (TriasRelationship) good = NULL;
  GError *error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (TriasJson) json = core_test_json (bad[i]);

      if (trias_relationship_read (json, &error) != NULL)
        g_error ("taken although wrong: %s", bad[i]);
      core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
    }
  good = trias_relationship_read (least, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (good->options.sync_interval_s, ==, TRIAS_SYNC_INTERVAL_DEFAULT_S);
}

static void
test_options (void)
{
  static const char *const wrong[] = { "[]",
                                       "{'sync_interval_s':4}",
                                       "{'sync_interval_s':3601}",
                                       "{'failback':'never'}",
                                       "{'profile':'moon'}",
                                       "{'sync':30}" };
  TriasOptions options;
  g_autoptr (TriasJson) change = core_test_json ("{'profile':'wan'}");
  GError *error = NULL;

  trias_options_init (&options);
  g_assert_cmpuint (options.sync_interval_s, ==, 30);
  options.sync_interval_s = 45;
  g_assert_true (trias_options_read (&options, change, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (options.sync_interval_s, ==, 45);
  g_assert_cmpint (options.profile, ==, TRIAS_PROFILE_WAN);
  g_assert_cmpint (options.failback, ==, TRIAS_FAILBACK_AUTOMATIC);
  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (TriasJson) json = core_test_json (wrong[i]);

      g_assert_false (trias_options_read (&options, json, &error));
      core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
      /* What was refused has changed nothing. */
      g_assert_cmpuint (options.sync_interval_s, ==, 45);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/relationship/words", test_words);
  g_test_add_func ("/relationship/round-trip", test_round_trip);
  g_test_add_func ("/relationship/roles", test_roles);
  g_test_add_func ("/relationship/hash", test_hash);
  g_test_add_func ("/relationship/signable", test_signable);
  g_test_add_func ("/relationship/refuses", test_refuses);
  g_test_add_func ("/relationship/options", test_options);
  return g_test_run ();
}
