/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "core-test.h"

#include "core/trias-rule.h"
#include "core/trias-text.h"

static TriasRule *
parse (const char *text)
{
  GError *error = NULL;
  TriasRule *rule = trias_rule_parse (TRIAS_SCOPE_USE, text, &error);

  g_assert_no_error (error);
  return rule;
}

static const struct
{
  const char *typed;
  const char *text;
} good[] = {
  { "Allow everyone from everywhere", NULL },
  { "  deny   everyone   from   everywhere ", "Deny everyone from everywhere" },
  { "Deny user anna from this-computer", NULL },
  { "Allow user Anna from Marketing from everywhere", NULL },
  { "Allow user x from from everywhere", NULL },
  { "Allow group Büro Süd from host nord.example.org", NULL },
  { "Allow everyone from host NORD.example.org.", "Allow everyone from host nord.example.org" },
  { "Allow everyone from domain *.Example.org", "Allow everyone from domain *.example.org" },
  { "Allow key " CORE_TEST_ID_A " from address 192.0.2.7", NULL },
  { "Allow key AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA from everywhere",
    "Allow key " CORE_TEST_ID_A " from everywhere" },
  { "Allow everyone from address ::ffff:192.0.2.7", "Allow everyone from address 192.0.2.7" },
  { "Allow everyone from address 2001:DB8:0::1", "Allow everyone from address 2001:db8::1" },
  { "Allow everyone from network 192.0.2.0/24", NULL },
  { "Allow everyone from network 192.0.2.7/32", NULL },
  { "Allow everyone from network 0.0.0.0/0", NULL },
  { "Allow everyone from network ::/0", NULL },
  { "Allow everyone from network 2001:db8::/32", NULL },
  { "Allow everyone from network ::ffff:10.0.0.0/104", "Allow everyone from network 10.0.0.0/8" },
};

static void
test_good (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (TriasRule) rule = parse (good[i].typed), again = NULL;
      g_autofree char *text = trias_rule_to_text (rule);

      g_assert_cmpstr (text, ==, good[i].text != NULL ? good[i].text : good[i].typed);
      again = parse (text);
      g_assert_cmpstr (again->who_value, ==, rule->who_value);
      g_assert_cmpstr (again->where_value, ==, rule->where_value);
    }
}

static const char *const bad[] = {
  "",
  "Allow",
  "Permit everyone from everywhere",
  "Allow everyone",
  "Allow everyone from",
  "Allow everyone from nowhere",
  "Allow nobody from everywhere",
  "Allow everyone else from everywhere",
  "Allow everyone from everywhere else",
  "Allow everyone from this-computer x",
  "Allow user from everywhere",
  "Allow user a\tb from everywhere",
  "Allow key 12 from everywhere",
  "Allow key from everywhere",
  "Allow everyone from host",
  "Allow everyone from host a b",
  "Allow everyone from host 192.0.2.1",
  "Allow everyone from host *.example.org",
  "Allow everyone from domain example.org",
  "Allow everyone from domain *",
  "Allow everyone from domain *.",
  "Allow everyone from domain *.*.org",
  "Allow everyone from domain x*.org",
  "Allow everyone from address nord",
  "Allow everyone from address 192.0.2.0/24",
  "Allow everyone from address 192.0.2.256",
  "Allow everyone from address 192.0.2",
  "Allow everyone from address fe80::1%eth0",
  "Allow everyone from network 192.0.2.0",
  "Allow everyone from network 192.0.2.0/33",
  "Allow everyone from network 192.0.2.1/24",
  "Allow everyone from network 192.0.2.0/",
  "Allow everyone from network 192.0.2.0/+8",
  "Allow everyone from network 192.0.2.0/8x",
  "Allow everyone from network 192.0.2.0/129",
  "Allow everyone from network 2001:db8::/999",
  "Allow everyone from network 192.0.2.0/99999999999999999999",
  "Allow everyone from network 2001:db8::/129",
  "Allow everyone from network 2001:db8::1/32",
  "Allow everyone from network ::ffff:0:0/95",
  "Allow user \xff from everywhere",
};

static void
test_bad (void)
{
  GError *error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      if (trias_rule_parse (TRIAS_SCOPE_USE, bad[i], &error) != NULL)
        g_error ("taken although wrong: %s", bad[i]);
      core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
    }
}

static void
test_new (void)
{
  g_autofree char *long_note = g_strnfill (257, 'x');
  g_autofree char *long_name = g_strnfill (129, 'x');
  g_autoptr (TriasRule) drawn = NULL;
  GError *error = NULL;

  drawn = trias_rule_new (NULL, TRIAS_SCOPE_PEER, TRIAS_EFFECT_ALLOW, TRIAS_WHO_EVERYONE, "",
                          TRIAS_WHERE_EVERYWHERE, NULL, NULL, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (drawn->id), ==, 32);
  g_assert_cmpstr (drawn->note, ==, "");
  g_assert_null (drawn->who_value);
#define REFUSED(id, who, value, note)                                                              \
  g_assert_null (trias_rule_new (id, TRIAS_SCOPE_USE, TRIAS_EFFECT_ALLOW, who, value,              \
                                 TRIAS_WHERE_EVERYWHERE, NULL, note, &error));                     \
  core_test_refused (error, TRIAS_REASON_BAD_REQUEST)
  REFUSED ("", TRIAS_WHO_EVERYONE, NULL, NULL);
  REFUSED ("a/b", TRIAS_WHO_EVERYONE, NULL, NULL);
  REFUSED ("x", TRIAS_WHO_EVERYONE, NULL, long_note);
  REFUSED ("x", TRIAS_WHO_EVERYONE, NULL, "a\nb");
  REFUSED ("x", TRIAS_WHO_USER, long_name, NULL);
  REFUSED ("x", TRIAS_WHO_USER, " anna", NULL);
  REFUSED ("x", TRIAS_WHO_USER, NULL, NULL);
}

static void
test_json (void)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  GError *error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (good); i++)
    {
      g_autoptr (TriasRule) rule = parse (good[i].typed), read = NULL, copy = NULL;
      g_autoptr (TriasJson) json = NULL;

      g_free (rule->note);
      rule->note = g_strdup ("für den Drucker");
      rule->scope = TRIAS_SCOPE_PEER;
      trias_rule_write (rule, writer, NULL);
      json = core_test_reparse (writer);
      read = trias_rule_read (json, &error);
      g_assert_no_error (error);
      copy = trias_rule_copy (read);
      g_assert_true (trias_rule_equal (rule, copy));
      copy->effect = copy->effect == TRIAS_EFFECT_DENY ? TRIAS_EFFECT_ALLOW : TRIAS_EFFECT_DENY;
      g_assert_false (trias_rule_equal (rule, copy));
    }
}

static void
test_json_refuses (void)
{
  static const char *const texts[] = {
    "[]",
    "{}",
    "{'scope':'use','effect':'allow','who':{'kind':'everyone'}}",
    "{'scope':'all','effect':'allow','who':{'kind':'everyone'},'where':{'kind':'everywhere'}}",
    "{'scope':'use','effect':'Allow','who':{'kind':'everyone'},'where':{'kind':'everywhere'}}",
    "{'scope':'use','effect':'allow','who':{'kind':'all'},'where':{'kind':'everywhere'}}",
    "{'scope':'use','effect':'allow','who':{'kind':'everyone'},'where':{'kind':'moon'}}",
    "{'scope':'use','effect':'allow','who':{'kind':'everyone','x':1},'where':{'kind':'everywhere'}"
    "}",
    "{'scope':'use','effect':'allow','who':{'kind':'everyone'},'where':{'kind':'everywhere'},"
    "'until':'noon'}",
    "{'id':'a b','scope':'use','effect':'allow','who':{'kind':'everyone'},"
    "'where':{'kind':'everywhere'}}",
    "{'scope':'use','effect':'allow','who':'everyone','where':{'kind':'everywhere'}}",
  };
  g_autoptr (TriasJson) least = core_test_json (
      "{'scope':'use','effect':'allow','who':{'kind':'everyone'},'where':{'kind':'everywhere'}}");
  g_autoptr (TriasRule) rule = NULL;
  GError *error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (TriasJson) json = core_test_json (texts[i]);

      if (trias_rule_read (json, &error) != NULL)
        g_error ("taken although wrong: %s", texts[i]);
      core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
    }
  rule = trias_rule_read (least, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (strlen (rule->id), ==, 32);
}

static const char *const groups[] = { "staff", "Büro Süd", NULL };
static const char *const host_names[] = { "PC7.Lab.Example.ORG", "printer.", NULL };

static const TriasFacts v4 = {
  .key_id = CORE_TEST_ID_A,
  .user = "anna",
  .groups = groups,
  .address = "::ffff:192.0.2.7",
  .host_names = host_names,
};
static const TriasFacts v6 = { .address = "2001:db8::7", .this_computer = TRUE };
static const TriasFacts nothing = { NULL };

static const struct
{
  const char *rule; /* behind "Allow " */
  gboolean v4, v6, nothing;
} matches[] = {
  { "everyone from everywhere", TRUE, TRUE, TRUE },
  { "everyone from this-computer", FALSE, TRUE, FALSE },
  { "user anna from everywhere", TRUE, FALSE, FALSE },
  { "user Anna from everywhere", FALSE, FALSE, FALSE },
  { "group staff from everywhere", TRUE, FALSE, FALSE },
  { "group Büro Süd from everywhere", TRUE, FALSE, FALSE },
  { "group admins from everywhere", FALSE, FALSE, FALSE },
  { "key " CORE_TEST_ID_A " from everywhere", TRUE, FALSE, FALSE },
  { "key " CORE_TEST_ID_B " from everywhere", FALSE, FALSE, FALSE },
  { "everyone from host pc7.lab.example.org", TRUE, FALSE, FALSE },
  { "everyone from host lab.example.org", FALSE, FALSE, FALSE },
  { "everyone from host pc7.lab.example.orgx", FALSE, FALSE, FALSE },
  { "everyone from host printer", TRUE, FALSE, FALSE },
  { "everyone from domain *.example.org", TRUE, FALSE, FALSE },
  { "everyone from domain *.lab.example.org", TRUE, FALSE, FALSE },
  { "everyone from domain *.pc7.lab.example.org", FALSE, FALSE, FALSE },
  { "everyone from domain *.ample.org", FALSE, FALSE, FALSE },
  { "everyone from address 192.0.2.7", TRUE, FALSE, FALSE },
  { "everyone from address ::ffff:192.0.2.7", TRUE, FALSE, FALSE },
  { "everyone from address 192.0.2.8", FALSE, FALSE, FALSE },
  { "everyone from address 2001:db8::7", FALSE, TRUE, FALSE },
  { "everyone from network 192.0.2.0/24", TRUE, FALSE, FALSE },
  { "everyone from network 192.0.2.4/30", TRUE, FALSE, FALSE },
  { "everyone from network 192.0.2.0/30", FALSE, FALSE, FALSE },
  { "everyone from network 192.0.2.7/32", TRUE, FALSE, FALSE },
  { "everyone from network 0.0.0.0/0", TRUE, FALSE, FALSE },
  { "everyone from network ::/0", FALSE, TRUE, FALSE },
  { "everyone from network 2001:db8::/126", FALSE, FALSE, FALSE },
  { "everyone from network 2001:db8::/125", FALSE, TRUE, FALSE },
  { "user anna from network 192.0.2.0/24", TRUE, FALSE, FALSE },
  { "user bert from network 192.0.2.0/24", FALSE, FALSE, FALSE },
  { "user anna from network 198.51.100.0/24", FALSE, FALSE, FALSE },
};

static void
test_matches (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (matches); i++)
    {
      g_autofree char *text = g_strconcat ("Allow ", matches[i].rule, NULL);
      g_autoptr (TriasRule) rule = parse (text);

      g_test_message ("%s", text);
      g_assert_cmpint (trias_rule_matches (rule, &v4), ==, matches[i].v4);
      g_assert_cmpint (trias_rule_matches (rule, &v6), ==, matches[i].v6);
      g_assert_cmpint (trias_rule_matches (rule, &nothing), ==, matches[i].nothing);
    }
}

static void
test_zone (void)
{
  const TriasFacts facts = { .address = "fe80::1%eth0" };
  g_autoptr (TriasRule) in = parse ("Allow everyone from network fe80::/10");
  g_autoptr (TriasRule) same = parse ("Allow everyone from address fe80::1");

  g_assert_true (trias_rule_matches (in, &facts));
  g_assert_true (trias_rule_matches (same, &facts));
}

/* The domain itself is not below itself. */
static void
test_domain_itself (void)
{
  static const char *const names[] = { "example.org", NULL };
  const TriasFacts facts = { .host_names = names };
  g_autoptr (TriasRule) rule = parse ("Allow everyone from domain *.example.org");

  g_assert_false (trias_rule_matches (rule, &facts));
}

/* The comparison of bytes agrees with GIO's. */
static void
test_networks_random (void)
{
  g_autoptr (GRand) rand = core_test_rand ();

  for (int round = 0; round < 20000; round++)
    {
      gboolean v6_round = g_rand_boolean (rand);
      gsize n = v6_round ? 16 : 4;
      guint8 a[16], b[16];
      guint prefix = (guint) g_rand_int_range (rand, 0, (gint32) n * 8 + 1);
      guint same = (guint) g_rand_int_range (rand, 0, (gint32) n * 8 + 1);
      g_autoptr (GInetAddress) base = NULL, other = NULL;
      g_autoptr (GInetAddressMask) mask = NULL;
      g_autofree char *text = NULL, *other_text = NULL, *rule_text = NULL;
      g_autoptr (TriasRule) rule = NULL;
      TriasFacts facts = { NULL };

      for (gsize i = 0; i < n; i++)
        {
          a[i] = (guint8) g_rand_int (rand) | (i == 0 ? 0x20 : 0);
          b[i] = (guint8) g_rand_int (rand) | (i == 0 ? 0x20 : 0);
        }
      for (guint bit = 0; bit < n * 8; bit++)
        {
          guint8 at = (guint8) (0x80 >> bit % 8);

          if (bit < same)
            b[bit / 8] = (guint8) ((b[bit / 8] & ~at) | (a[bit / 8] & at));
          if (bit >= prefix)
            a[bit / 8] &= (guint8) ~at;
        }
      base = g_inet_address_new_from_bytes (a,
                                            v6_round ? G_SOCKET_FAMILY_IPV6 : G_SOCKET_FAMILY_IPV4);
      other = g_inet_address_new_from_bytes (b, v6_round ? G_SOCKET_FAMILY_IPV6
                                                         : G_SOCKET_FAMILY_IPV4);
      mask = g_inet_address_mask_new (base, prefix, NULL);
      g_assert_nonnull (mask);
      text = g_inet_address_to_string (base);
      other_text = g_inet_address_to_string (other);
      rule_text = g_strdup_printf ("Allow everyone from network %s/%u", text, prefix);
      rule = parse (rule_text);
      facts.address = other_text;
      g_assert_cmpint (trias_rule_matches (rule, &facts), ==,
                       g_inet_address_mask_matches (mask, other));
    }
}

static GPtrArray *
rules_of (const char *const *texts, gboolean reversed)
{
  GPtrArray *rules = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_rule_free);

  for (gsize i = 0; texts[i] != NULL; i++)
    g_ptr_array_insert (rules, reversed ? 0 : -1, parse (texts[i]));
  return rules;
}

static void
assert_allow (const char *const *texts, gboolean expected, const char *expected_deciding)
{
  for (int reversed = 0; reversed < 2; reversed++)
    {
      g_autoptr (GPtrArray) rules = rules_of (texts, reversed);
      const TriasRule *deciding = NULL;
      g_autofree char *text = NULL;

      g_assert_cmpint (trias_rules_allow (rules, TRIAS_SCOPE_USE, &v4, &deciding), ==, expected);
      g_assert_cmpint (trias_rules_allow (rules, TRIAS_SCOPE_USE, &v4, NULL), ==, expected);
      g_assert_false (trias_rules_allow (rules, TRIAS_SCOPE_PEER, &v4, NULL));
      text = deciding != NULL ? trias_rule_to_text (deciding) : NULL;
      g_assert_cmpstr (text, ==, expected_deciding);
    }
}

static void
test_allow (void)
{
  static const char *const none[] = { NULL };
  static const char *const allow[] = { "Allow user anna from everywhere", NULL };
  static const char *const other[] = { "Allow user bert from everywhere", NULL };
  static const char *const denied[] = {
    "Allow user anna from everywhere",
    "Deny everyone from network 192.0.2.0/24",
    "Allow everyone from everywhere",
    NULL,
  };
  static const char *const spared[]
      = { "Deny user bert from everywhere", "Allow group staff from everywhere", NULL };
  static const char *const only_deny[] = { "Deny user anna from everywhere", NULL };

  assert_allow (none, FALSE, NULL);
  assert_allow (allow, TRUE, "Allow user anna from everywhere");
  assert_allow (other, FALSE, NULL);
  assert_allow (denied, FALSE, "Deny everyone from network 192.0.2.0/24");
  assert_allow (spared, TRUE, "Allow group staff from everywhere");
  assert_allow (only_deny, FALSE, "Deny user anna from everywhere");
}

static void
test_words (void)
{
  TriasScope scope;
  TriasWho who;
  TriasWhere where;

  for (int i = TRIAS_SCOPE_USE; i <= TRIAS_SCOPE_PEER; i++)
    {
      g_assert_true (trias_scope_from_word (trias_scope_to_word ((TriasScope) i), &scope));
      g_assert_cmpint ((int) scope, ==, i);
    }
  for (int i = TRIAS_WHO_EVERYONE; i <= TRIAS_WHO_KEY; i++)
    {
      g_assert_true (trias_who_from_word (trias_who_to_word ((TriasWho) i), &who));
      g_assert_cmpint ((int) who, ==, i);
    }
  for (int i = TRIAS_WHERE_EVERYWHERE; i <= TRIAS_WHERE_NETWORK; i++)
    {
      g_assert_true (trias_where_from_word (trias_where_to_word ((TriasWhere) i), &where));
      g_assert_cmpint ((int) where, ==, i);
    }
  g_assert_false (trias_scope_from_word ("x", &scope));
  g_assert_false (trias_who_from_word (NULL, &who));
  g_assert_false (trias_where_from_word ("", &where));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rule/words", test_words);
  g_test_add_func ("/rule/good", test_good);
  g_test_add_func ("/rule/bad", test_bad);
  g_test_add_func ("/rule/new", test_new);
  g_test_add_func ("/rule/json", test_json);
  g_test_add_func ("/rule/json-refuses", test_json_refuses);
  g_test_add_func ("/rule/matches", test_matches);
  g_test_add_func ("/rule/zone", test_zone);
  g_test_add_func ("/rule/domain-itself", test_domain_itself);
  g_test_add_func ("/rule/networks-random", test_networks_random);
  g_test_add_func ("/rule/allow", test_allow);
  return g_test_run ();
}
