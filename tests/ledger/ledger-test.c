/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "ledger-test.h"

#include <string.h>

static char *
json_time (gint64 time)
{
  g_autoptr (GDateTime) date = NULL;

  if (time == 0)
    return g_strdup ("null");
  date = g_date_time_new_from_unix_utc (time / 1000);
  return g_date_time_format (date, "\"%Y-%m-%dT%H:%M:%SZ\"");
}

char *
test_feature (const char *name,
              guint seats,
              const char *counted_by,
              gint64 not_before,
              gint64 not_after,
              guint grace_hours)
{
  g_autofree char *begin = json_time (not_before);
  g_autofree char *end = json_time (not_after);

  return g_strdup_printf ("{\"name\":\"%s\",\"seats\":%u,\"counted_by\":\"%s\",\"not_before\":%s,"
                          "\"not_after\":%s,\"grace_hours\":%u}",
                          name, seats, counted_by, begin, end, grace_hours);
}

TriasLicense *
test_license (
    const char *id, guint revision, const char *product, const char *features, const char *bind)
{
  static char *secret, *public_key;
  g_autoptr (GError) error = NULL;
  g_autofree char *payload = NULL;
  g_autofree char *text = NULL;
  TriasLicense *license;

  if (secret == NULL)
    trias_issuer_generate (&secret, &public_key);
  payload = g_strdup_printf (
      "{\"id\":\"%s\",\"revision\":%u,\"issuer\":\"maker\",\"licensee\":\"Works\","
      "\"product\":\"%s\",\"bind\":[%s],\"features\":[%s]}",
      id, revision, product, bind, features);
  text = trias_license_issue (payload, secret, &error);
  g_assert_no_error (error);
  license = trias_license_inspect (text, strlen (text), &error);
  g_assert_no_error (error);
  return license;
}

TriasOutcome *
test_apply (TriasLedger *ledger, TriasCommand *command)
{
  TriasOutcome *outcome = trias_ledger_apply (ledger, command);

  trias_command_free (command);
  return outcome;
}

void
test_expect (TriasLedger *ledger, TriasCommand *command, TriasReason reason)
{
  g_autoptr (TriasOutcome) outcome = test_apply (ledger, command);

  g_assert_cmpstr (trias_reason_to_word (outcome->reason), ==, trias_reason_to_word (reason));
  g_assert_true ((outcome->detail != NULL) == (reason != TRIAS_REASON_NONE));
}

void
test_install (
    TriasLedger *ledger, const char *id, const char *product, const char *feature, guint seats)
{
  g_autofree char *features = test_feature (feature, seats, "lease", 0, 0, 0);
  g_autoptr (TriasLicense) license = test_license (id, 1, product, features, "");

  test_expect (ledger, trias_command_install_license (TEST_T0, license, "admin"),
               TRIAS_REASON_NONE);
}

TriasLease *
test_lease (const char *id,
            const char *key,
            const char *product,
            const char *feature,
            guint count,
            const char *device)
{
  TriasLease lease = {
    .id = (char *) id,
    .key_id = (char *) key,
    .product = (char *) product,
    .feature = (char *) feature,
    .count = count,
    .holder = { (char *) "user", (char *) "host", (char *) device },
  };

  return trias_lease_copy (&lease);
}

TriasCommand *
test_grant (gint64 time, TriasLease *lease)
{
  TriasFacts facts
      = { .key_id = lease->key_id, .user = lease->holder.user, .address = "192.0.2.7" };
  TriasCommand *command = trias_command_grant (time, lease, &facts);

  trias_lease_free (lease);
  return command;
}

TriasRelationship *
test_relationship (const char *id, guint64 incarnation)
{
  const char *const main_at[] = { "192.0.2.1:7643", NULL };
  const char *const backup_at[] = { "192.0.2.2:7643", NULL };
  TriasRelationship *relationship = trias_relationship_new (id, "Werk 1", TRIAS_KIND_BACKUP);

  relationship->incarnation = incarnation;
  g_ptr_array_add (relationship->members, trias_member_new (TEST_SERVER, "eins", main_at));
  g_ptr_array_add (relationship->members, trias_member_new (TEST_PARTNER, "zwei", backup_at));
  return relationship;
}

GBytes *
test_snapshot (TriasLedger *ledger, gboolean replicated_only)
{
  g_autoptr (GPtrArray) changes = trias_ledger_snapshot (ledger, replicated_only);

  return trias_changes_encode (changes);
}

void
test_load (TriasLedger *ledger, GPtrArray *changes)
{
  for (guint i = 0; i < changes->len; i++)
    {
      g_autoptr (GError) error = NULL;

      trias_ledger_load (ledger, g_ptr_array_index (changes, i), &error);
      g_assert_no_error (error);
    }
}

TriasLedger *
test_copy (TriasLedger *ledger, gboolean replicated_only)
{
  g_autoptr (GPtrArray) changes = trias_ledger_snapshot (ledger, replicated_only);
  TriasLedger *copy = trias_ledger_new (trias_ledger_get_server_id (ledger));

  test_load (copy, changes);
  trias_ledger_set_revision (copy, trias_ledger_get_revision (ledger));
  trias_ledger_set_time (copy, trias_ledger_get_time (ledger));
  return copy;
}

void
test_assert_same (TriasLedger *a, TriasLedger *b, gboolean replicated_only)
{
  g_autofree char *digest_a = trias_ledger_digest (a);
  g_autofree char *digest_b = trias_ledger_digest (b);
  g_autoptr (GBytes) bytes_a = test_snapshot (a, replicated_only);
  g_autoptr (GBytes) bytes_b = test_snapshot (b, replicated_only);

  g_assert_cmpstr (digest_a, ==, digest_b);
  g_assert_true (g_bytes_equal (bytes_a, bytes_b));
}

const char *
test_event (TriasOutcome *outcome, const char *kind, const char *param)
{
  for (guint i = 0; i < outcome->events->len; i++)
    {
      const TriasEvent *event = g_ptr_array_index (outcome->events, i);

      if (strcmp (event->kind, kind) == 0)
        return param != NULL ? trias_event_get_param (event, param) : event->kind;
    }
  return NULL;
}

guint32
test_seed (void)
{
  const char *given = g_getenv ("G_TEST_SEED");
  guint32 seed = given != NULL ? (guint32) g_ascii_strtoull (given, NULL, 10) : g_random_int ();

  g_test_message ("seed %u; run again with G_TEST_SEED=%u", seed, seed);
  return seed;
}
