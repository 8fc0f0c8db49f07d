/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger-test.h"

#include <string.h>

/* One command of each kind, with every part filled. */
static GPtrArray *
all_commands (void)
{
  GPtrArray *commands = g_ptr_array_new_with_free_func ((GDestroyNotify) trias_command_free);
  const char *const groups[] = { "staff", "Büro", NULL };
  const char *const names[] = { "pc.example.org", NULL };
  TriasFacts facts = { "key", "user", groups, "192.0.2.7", names, TRUE };
  TriasFacts no_facts = { .address = "::1" };
  g_autofree char *features = test_feature ("draw", 3, "device", 0, TEST_T0, 5);
  g_autoptr (TriasLicense) license = test_license ("L1", 4, "Editor", features, "");
  g_autoptr (TriasSettings) settings = trias_settings_new_default ();
  g_autoptr (TriasLease) lease = test_lease ("lease-aaaaaaaaaa", "key", "", "draw", 7, "P1");
  g_autoptr (TriasRule) rule
      = trias_rule_parse (TRIAS_SCOPE_USE, "Deny user mia from host pc.example.org", NULL);
  g_autoptr (TriasRelationship) relationship = test_relationship ("rel-0000000000000001", 9);
  g_autoptr (GPtrArray) rules = g_ptr_array_new ();

  g_ptr_array_add (rules, rule);
  g_ptr_array_add (commands, trias_command_tick (TEST_T0));
  g_ptr_array_add (commands, trias_command_install_license (TEST_T0, license, "admin"));
  g_ptr_array_add (commands, trias_command_remove_license (TEST_T0, "L1", "admin"));
  g_ptr_array_add (commands, trias_command_set_settings (TEST_T0, settings, "admin"));
  g_ptr_array_add (commands, trias_command_put_rule (TEST_T0, rule, "admin"));
  g_ptr_array_add (commands, trias_command_remove_rule (TEST_T0, "r1", "admin"));
  g_ptr_array_add (commands, trias_command_adopt_shared (TEST_T0, settings, rules, "eins"));
  g_ptr_array_add (commands, trias_command_grant (TEST_T0, lease, &facts));
  g_ptr_array_add (commands, trias_command_resume (TEST_T0, lease, &no_facts));
  g_ptr_array_add (commands, trias_command_renew (TEST_T0, "lease-aaaaaaaaaa", "key"));
  g_ptr_array_add (commands, trias_command_release (TEST_T0, "lease-aaaaaaaaaa", "key", "user"));
  g_ptr_array_add (commands, trias_command_expire (TEST_T0, "lease-aaaaaaaaaa", G_MAXUINT64));
  g_ptr_array_add (commands, trias_command_seal (TEST_T0, relationship, "admin"));
  g_ptr_array_add (commands, trias_command_set_options (TEST_T0, relationship, "admin"));
  g_ptr_array_add (commands, trias_command_dissolve (TEST_T0, relationship->id, "", "admin"));
  g_ptr_array_add (commands, trias_command_new (TRIAS_COMMAND_ALERT, TEST_T0));
  g_ptr_array_add (commands,
                   trias_command_pin (TEST_T0, relationship->id, TEST_SERVER, G_MAXINT64, "admin"));
  g_assert_cmpuint (commands->len, ==, TRIAS_N_COMMANDS);
  return commands;
}

static TriasCommand *
decode (GBytes *bytes, GError **error)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  return trias_command_decode (data, length, error);
}

static void
test_commands_round_trip (void)
{
  g_autoptr (GPtrArray) commands = all_commands ();

  for (guint i = 0; i < commands->len; i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GBytes) bytes = trias_command_encode (g_ptr_array_index (commands, i));
      g_autoptr (TriasCommand) back = decode (bytes, &error);
      g_autoptr (GBytes) again = NULL;

      g_assert_no_error (error);
      again = trias_command_encode (back);
      g_assert_true (g_bytes_equal (bytes, again));
      g_assert_cmpint (back->kind, ==, (int) i);
      g_assert_cmpint (back->time, ==, TEST_T0);
    }
}

static void
test_grant_keeps_all (void)
{
  g_autoptr (GPtrArray) commands = all_commands ();
  const TriasCommand *command = g_ptr_array_index (commands, TRIAS_COMMAND_GRANT);
  g_autoptr (GBytes) bytes = trias_command_encode (command);
  g_autoptr (TriasCommand) back = decode (bytes, NULL);

  g_assert_true (trias_lease_same_content (command->lease, back->lease));
  g_assert_cmpstr (back->facts->key_id, ==, "key");
  g_assert_cmpstr (back->facts->user, ==, "user");
  g_assert_cmpstr (back->facts->groups[1], ==, "Büro");
  g_assert_cmpstr (back->facts->host_names[0], ==, "pc.example.org");
  g_assert_cmpstr (back->facts->address, ==, "192.0.2.7");
  g_assert_true (back->facts->this_computer);

  g_clear_pointer (&bytes, g_bytes_unref);
  g_clear_pointer (&back, trias_command_free);
  bytes = trias_command_encode (g_ptr_array_index (commands, TRIAS_COMMAND_RESUME));
  back = decode (bytes, NULL);
  g_assert_null (back->facts->user);
  g_assert_null (back->facts->groups[0]);
}

/* What a version without triads wrote is read as before; what is new says so in front. */
static void
test_dissolve_formats (void)
{
  g_autoptr (TriasCommand) plain = trias_command_dissolve (TEST_T0, "rel", "", "admin");
  g_autoptr (TriasCommand) keeping = trias_command_dissolve (TEST_T0, "rel", TEST_SERVER, "admin");
  g_autoptr (GBytes) bytes = trias_command_encode (plain);
  g_autoptr (GBytes) more = trias_command_encode (keeping);
  g_autoptr (TriasCommand) back = decode (bytes, NULL);
  g_autoptr (TriasCommand) kept = decode (more, NULL);
  g_autofree guint8 *forged = NULL;
  gsize length;

  g_assert_cmpint (*(const guint8 *) g_bytes_get_data (bytes, NULL), ==, 1);
  g_assert_cmpstr (back->keep, ==, "");
  g_assert_cmpint (*(const guint8 *) g_bytes_get_data (more, NULL), ==, 2);
  g_assert_cmpstr (kept->keep, ==, TEST_SERVER);

  /* Nobody named in the form for somebody: a second encoding of the same. */
  length = g_bytes_get_size (bytes) + 1;
  forged = g_malloc0 (length);
  memcpy (forged, g_bytes_get_data (bytes, NULL), length - 1);
  forged[0] = 2;
  g_assert_null (trias_command_decode (forged, length, NULL));
}

/* Text that is no UTF-8 is mended when the command is made: copies must not differ later. */
static void
test_bad_text_is_mended (void)
{
  g_autoptr (TriasLease) lease
      = test_lease ("lease-aaaaaaaaaa", "key", "", "draw", 1, "dr\xffucker");
  TriasFacts facts = { .address = "192.0.2.7", .user = "m\xc3" };
  g_autoptr (TriasCommand) command = trias_command_grant (TEST_T0, lease, &facts);
  g_autoptr (GBytes) bytes = trias_command_encode (command);
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasCommand) back = decode (bytes, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (back->lease->holder.device, ==, command->lease->holder.device);
  g_assert_cmpstr (back->facts->user, ==, command->facts->user);
}

static void
test_every_cut_is_refused (void)
{
  g_autoptr (GPtrArray) commands = all_commands ();

  for (guint i = 0; i < commands->len; i++)
    {
      g_autoptr (GBytes) bytes = trias_command_encode (g_ptr_array_index (commands, i));

      for (gsize length = 0; length < g_bytes_get_size (bytes); length++)
        {
          g_autoptr (GError) error = NULL;
          g_autofree guint8 *cut = g_memdup2 (g_bytes_get_data (bytes, NULL), length);

          g_assert_null (trias_command_decode (cut, length, &error));
          g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST);
        }
    }
}

static GPtrArray *
some_changes (void)
{
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasRelationship) relationship = test_relationship ("rel-0000000000000001", 1);
  GPtrArray *changes;

  test_install (ledger, "L1", "Editor", "draw", 5);
  test_expect (ledger,
               test_grant (TEST_T0, test_lease ("lease-aaaaaaaaaa", "k", "", "draw", 1, "")),
               TRIAS_REASON_NONE);
  test_expect (ledger,
               test_grant (TEST_T0, test_lease ("lease-bbbbbbbbbb", "k", "", "draw", 1, "")),
               TRIAS_REASON_NONE);
  test_expect (ledger, trias_command_release (TEST_T0, "lease-aaaaaaaaaa", "k", ""),
               TRIAS_REASON_NONE);
  test_expect (ledger, trias_command_seal (TEST_T0, relationship, ""), TRIAS_REASON_NONE);
  changes = trias_ledger_snapshot (ledger, FALSE);
  g_ptr_array_add (changes, trias_change_new (TRIAS_RECORD_LEASE, "lease-cccccccccc", NULL, 77));
  return changes;
}

static void
test_changes_round_trip (void)
{
  g_autoptr (GPtrArray) changes = some_changes ();
  g_autoptr (GBytes) bytes = trias_changes_encode (changes);
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) back = trias_changes_decode (bytes, &error);
  g_autoptr (GBytes) again = NULL;

  g_assert_no_error (error);
  g_assert_cmpuint (back->len, ==, changes->len);
  again = trias_changes_encode (back);
  g_assert_true (g_bytes_equal (bytes, again));
  g_assert_null (((TriasChange *) g_ptr_array_index (back, back->len - 1))->value);
  g_assert_cmpuint (((TriasChange *) g_ptr_array_index (back, back->len - 1))->revision, ==, 77);
}

/* Changes some bytes, cuts, or adds some. The copy has no byte to spare, so that a checking build
 * sees every read beyond it. */
static GBytes *
mutate (GRand *rand, GBytes *bytes)
{
  g_autoptr (GByteArray) copy = g_byte_array_new ();
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  g_byte_array_append (copy, data, (guint) length);
  for (gint n = g_rand_int_range (rand, 1, 4); n > 0 && copy->len > 0; n--)
    {
      guint at = (guint) g_rand_int_range (rand, 0, (gint32) copy->len);
      guint8 byte = (guint8) g_rand_int_range (rand, 0, 256);

      switch (g_rand_int_range (rand, 0, 5))
        {
        case 0:
          g_byte_array_remove_index (copy, at);
          break;
        case 1:
          g_byte_array_append (copy, &byte, 1);
          break;
        case 2:
          copy->data[at] ^= (guint8) (1 << (byte & 7));
          break;
        case 3:
          copy->data[at] = byte > 128 ? 0xff : 0;
          break;
        default:
          copy->data[at] = byte;
        }
    }
  return g_bytes_new (copy->data, copy->len);
}

static void
test_mutated_commands (void)
{
  g_autoptr (GPtrArray) commands = all_commands ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (test_seed ());
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  guint accepted = 0;

  for (guint i = 0; i < 20000; i++)
    {
      g_autoptr (GBytes) good
          = trias_command_encode (g_ptr_array_index (commands, i % commands->len));
      g_autoptr (GBytes) bad = mutate (rand, good);
      g_autoptr (GError) error = NULL;
      g_autoptr (TriasCommand) command = decode (bad, &error);
      g_autoptr (TriasCommand) back = NULL;
      g_autoptr (GBytes) first = NULL;
      g_autoptr (GBytes) second = NULL;

      g_assert_true ((command == NULL) == (error != NULL));
      if (command == NULL)
        continue;
      /* What is let in must stay as it is: written and read again, and harmless to the ledger. */
      accepted++;
      first = trias_command_encode (command);
      back = decode (first, &error);
      g_assert_no_error (error);
      second = trias_command_encode (back);
      g_assert_true (g_bytes_equal (first, second));
      trias_outcome_free (trias_ledger_apply (ledger, command));
    }
  g_test_message ("%u of 20000 mutated commands were still well-formed", accepted);
}

static void
test_mutated_changes (void)
{
  g_autoptr (GPtrArray) changes = some_changes ();
  g_autoptr (GBytes) good = trias_changes_encode (changes);
  g_autoptr (GRand) rand = g_rand_new_with_seed (test_seed ());

  for (guint i = 0; i < 5000; i++)
    {
      g_autoptr (GBytes) bad = mutate (rand, good);
      g_autoptr (GError) error = NULL;
      g_autoptr (GPtrArray) back = trias_changes_decode (bad, &error);
      g_autoptr (GBytes) again = NULL;

      g_assert_true ((back == NULL) == (error != NULL));
      if (back == NULL)
        continue;
      again = trias_changes_encode (back);
      g_assert_true (g_bytes_equal (bad, again));
    }
}

static void
test_mutated_records (void)
{
  g_autoptr (GPtrArray) changes = some_changes ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (test_seed ());
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autoptr (TriasLedger) copy = NULL;

  test_load (ledger, changes);
  for (guint i = 0; i < 20000; i++)
    {
      const TriasChange *good = g_ptr_array_index (changes, i % (changes->len - 1));
      g_autoptr (GBytes) value = mutate (rand, good->value);
      g_autoptr (TriasChange) bad = trias_change_new (good->record, good->key, value, 1);
      g_autofree char *before = trias_ledger_digest (ledger);
      g_autofree char *after = NULL;
      g_autoptr (GError) error = NULL;

      if (trias_ledger_load (ledger, bad, &error))
        continue;
      g_assert_nonnull (error);
      after = trias_ledger_digest (ledger);
      g_assert_cmpstr (before, ==, after);
    }
  copy = test_copy (ledger, TRUE);
  test_assert_same (ledger, copy, TRUE);
}

static void
test_record_under_wrong_key (void)
{
  g_autoptr (GPtrArray) changes = some_changes ();
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);

  for (guint i = 0; i + 1 < changes->len; i++)
    {
      const TriasChange *good = g_ptr_array_index (changes, i);
      g_autoptr (TriasChange) bad = trias_change_new (good->record, "other", good->value, 1);
      g_autoptr (GError) error = NULL;

      if (good->record == TRIAS_RECORD_TOMBSTONE)
        continue;
      g_assert_false (trias_ledger_load (ledger, bad, &error));
      g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST);
    }
}

static void
test_newer_format (void)
{
  g_autoptr (GPtrArray) changes = some_changes ();
  const TriasChange *meta = g_ptr_array_index (changes, 0);
  g_autoptr (TriasLedger) ledger = trias_ledger_new (TEST_SERVER);
  g_autofree guint8 *data
      = g_memdup2 (g_bytes_get_data (meta->value, NULL), g_bytes_get_size (meta->value));
  g_autoptr (GBytes) value = NULL;
  g_autoptr (TriasChange) newer = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (meta->record, ==, TRIAS_RECORD_META);
  data[1] = TRIAS_LEDGER_FORMAT + 1;
  value = g_bytes_new (data, g_bytes_get_size (meta->value));
  newer = trias_change_new (TRIAS_RECORD_META, meta->key, value, 0);
  g_assert_false (trias_ledger_load (ledger, newer, &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_VERSION);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ledger/codec/dissolve-formats", test_dissolve_formats);
  g_test_add_func ("/ledger/codec/commands", test_commands_round_trip);
  g_test_add_func ("/ledger/codec/grant", test_grant_keeps_all);
  g_test_add_func ("/ledger/codec/bad-text", test_bad_text_is_mended);
  g_test_add_func ("/ledger/codec/cuts", test_every_cut_is_refused);
  g_test_add_func ("/ledger/codec/changes", test_changes_round_trip);
  g_test_add_func ("/ledger/codec/mutated-commands", test_mutated_commands);
  g_test_add_func ("/ledger/codec/mutated-changes", test_mutated_changes);
  g_test_add_func ("/ledger/codec/mutated-records", test_mutated_records);
  g_test_add_func ("/ledger/codec/wrong-key", test_record_under_wrong_key);
  g_test_add_func ("/ledger/codec/newer-format", test_newer_format);
  return g_test_run ();
}
