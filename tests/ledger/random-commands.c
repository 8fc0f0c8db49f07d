/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "random-commands.h"

#define N_IDS 10
#define N_LICENSES 4
#define N_REVISIONS 4
#define N_VARIANTS 2

static TriasLicense *licenses[N_LICENSES][N_REVISIONS][N_VARIANTS];

static const char *const products[] = { "Alpha", "Beta" };
static const char *const features[] = { "draw", "paint", "print" };
static const char *const keys[] = { "key-1", "key-2" };
static const char *const devices[] = { "", "", "P1", "P2", "P3" };
static const char *const users[] = { "mia", "max" };

static const char *
pick (GRand *rand, const char *const *words, gint n)
{
  return words[g_rand_int_range (rand, 0, n)];
}

#define PICK(rand, words) pick (rand, words, G_N_ELEMENTS (words))

static char *
random_features (GRand *rand)
{
  GString *list = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (features); i++)
    {
      gint64 begin
          = g_rand_boolean (rand) ? 0 : TEST_T0 + g_rand_int_range (rand, 0, 4) * TEST_HOUR;
      gint64 length = g_rand_int_range (rand, 1, 6) * TEST_HOUR;
      gint64 end = g_rand_boolean (rand) ? 0 : MAX (begin, TEST_T0) + length;
      g_autofree char *feature = NULL;

      if (i > 0 && g_rand_boolean (rand))
        continue;
      feature = test_feature (features[i], (guint) g_rand_int_range (rand, 1, 5),
                              g_rand_int_range (rand, 0, 3) == 0 ? "device" : "lease", begin, end,
                              (guint) g_rand_int_range (rand, 0, 3));
      g_string_append_printf (list, "%s%s", list->len > 0 ? "," : "", feature);
    }
  return g_string_free (list, FALSE);
}

void
test_random_init (guint32 seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);

  for (guint i = 0; i < N_LICENSES; i++)
    for (guint j = 0; j < N_REVISIONS; j++)
      for (guint k = 0; k < N_VARIANTS; k++)
        {
          g_autofree char *id = g_strdup_printf ("L%u", i);
          g_autofree char *list = random_features (rand);
          const char *bind = g_rand_int_range (rand, 0, 6) == 0 ? "\"" TEST_OTHER "\"" : "";

          g_clear_pointer (&licenses[i][j][k], trias_license_unref);
          licenses[i][j][k] = test_license (id, j + 1, products[i % 2], list, bind);
        }
}

static char *
random_id (GRand *rand)
{
  return g_strdup_printf ("lease-%010d", g_rand_int_range (rand, 0, N_IDS));
}

static TriasCommand *
random_grant (GRand *rand, gint64 time)
{
  const char *names[] = { "", "", "Alpha", "Beta" };
  g_autofree char *id = random_id (rand);
  g_autoptr (TriasLease) lease
      = test_lease (id, PICK (rand, keys), pick (rand, names, 4), PICK (rand, features),
                    g_rand_int_range (rand, 0, 4) == 0 ? 2 : 1, PICK (rand, devices));
  TriasFacts facts = { .key_id = lease->key_id, .address = "192.0.2.7" };

  lease->ttl_s = g_rand_boolean (rand) ? 0 : (guint) g_rand_int_range (rand, 3, 100);
  lease->holder.user = (char *) PICK (rand, users);
  facts.user = lease->holder.user;
  return g_rand_int_range (rand, 0, 5) == 0 ? trias_command_resume (time, lease, &facts)
                                            : trias_command_grant (time, lease, &facts);
}

static TriasLicense *
random_license (GRand *rand)
{
  return licenses[g_rand_int_range (rand, 0, N_LICENSES)][g_rand_int_range (rand, 0, N_REVISIONS)]
                 [g_rand_int_range (rand, 0, N_VARIANTS)];
}

static TriasCommand *
random_install (GRand *rand, gint64 time)
{
  TriasCommand *command = trias_command_install_license (time, random_license (rand), "admin");

  if (g_rand_int_range (rand, 0, 6) == 0)
    command->text[g_rand_int_range (rand, 0, 60)] = '~';
  return command;
}

static TriasRule *
random_rule (GRand *rand)
{
  static const char *const texts[] = {
    "Allow everyone from everywhere",
    "Deny user mia from everywhere",
    "Allow user max from network 192.0.2.0/24",
    "Deny everyone from address 198.51.100.1",
  };
  static const char *const ids[] = { "a", "b", "default-allow-everyone" };
  TriasRule *rule = trias_rule_parse (TRIAS_SCOPE_USE, PICK (rand, texts), NULL);

  g_free (rule->id);
  rule->id = g_strdup (PICK (rand, ids));
  return rule;
}

static TriasSettings *
random_settings (GRand *rand)
{
  TriasSettings *settings = trias_settings_new_default ();

  settings->default_ttl_s = (guint) g_rand_int_range (rand, 10, 13);
  return settings;
}

static TriasCommand *
random_shared (GRand *rand, gint64 time)
{
  g_autoptr (TriasRule) rule = random_rule (rand);
  g_autoptr (TriasSettings) settings = random_settings (rand);
  g_autoptr (GPtrArray) rules = g_ptr_array_new ();

  switch (g_rand_int_range (rand, 0, 5))
    {
    case 0:
    case 1:
      return trias_command_put_rule (time, rule, "admin");
    case 2:
      return trias_command_remove_rule (time, rule->id, "admin");
    case 3:
      return trias_command_set_settings (time, settings, "admin");
    default:
      g_ptr_array_add (rules, rule);
      return trias_command_adopt_shared (time, settings, rules, "partner");
    }
}

static TriasCommand *
random_relationship (GRand *rand, gint64 time)
{
  g_autoptr (TriasRelationship) relationship = test_relationship (
      g_rand_int_range (rand, 0, 5) > 0 ? "rel-0000000000000001" : "rel-0000000000000002",
      (guint64) g_rand_int_range (rand, 1, 4));

  relationship->options.sync_interval_s = (guint) g_rand_int_range (rand, 5, 7);
  switch (g_rand_int_range (rand, 0, 3))
    {
    case 0:
      return trias_command_seal (time, relationship, "admin");
    case 1:
      return trias_command_set_options (time, relationship, "admin");
    default:
      return trias_command_dissolve (time, relationship->id, "", "admin");
    }
}

static void
move_on (GRand *rand, gint64 *time)
{
  gint chance = g_rand_int_range (rand, 0, 100);

  if (chance < 70)
    *time += g_rand_int_range (rand, 0, 10000);
  else if (chance < 80)
    *time -= g_rand_int_range (rand, 0, 5000);
  else if (chance < 84)
    *time += g_rand_int_range (rand, 1, 3) * TEST_HOUR;
}

TriasCommand *
test_random_command (GRand *rand, gint64 *time)
{
  gint chance = g_rand_int_range (rand, 0, 100);
  g_autofree char *id = random_id (rand);

  move_on (rand, time);
  if (chance < 42)
    return random_grant (rand, *time);
  if (chance < 54)
    return trias_command_renew (*time, id, PICK (rand, keys));
  if (chance < 64)
    return trias_command_release (*time, id, chance < 57 ? "" : PICK (rand, keys), "admin");
  if (chance < 74)
    return trias_command_expire (*time, id, (guint64) g_rand_int_range (rand, 1, 4));
  if (chance < 86)
    return random_install (rand, *time);
  if (chance < 88)
    return trias_command_remove_license (*time, trias_license_get_id (random_license (rand)),
                                         "admin");
  if (chance < 93)
    return random_shared (rand, *time);
  if (chance < 98)
    return random_relationship (rand, *time);
  return trias_command_tick (*time);
}
