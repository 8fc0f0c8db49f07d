/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "core-test.h"

#include "core/trias-check.h"
#include "core/trias-drill-record.h"
#include "core/trias-event.h"
#include "core/trias-lease.h"
#include "core/trias-maintenance.h"
#include "core/trias-member-status.h"
#include "core/trias-pool.h"
#include "core/trias-settings.h"

static void
test_lease_ids (void)
{
  g_autofree char *longest = g_strnfill (64, 'x');
  g_autofree char *longer = g_strnfill (65, 'x');

  g_assert_true (trias_lease_id_is_valid ("0123456789abcdef"));
  g_assert_true (trias_lease_id_is_valid ("A-b_c.d-e_f.g-h_"));
  g_assert_true (trias_lease_id_is_valid (longest));
  g_assert_false (trias_lease_id_is_valid (longer));
  g_assert_false (trias_lease_id_is_valid ("0123456789abcde"));
  g_assert_false (trias_lease_id_is_valid ("0123456789abcde/"));
  g_assert_false (trias_lease_id_is_valid ("0123456789abcdeä"));
  g_assert_false (trias_lease_id_is_valid (""));
  g_assert_false (trias_lease_id_is_valid (NULL));
}

static TriasLease *
make_lease (void)
{
  TriasLease lease = {
    .id = (char *) "0123456789abcdef",
    .key_id = (char *) CORE_TEST_ID_A,
    .feature = (char *) "print",
    .product = (char *) "Werkbank 2",
    .count = 3,
    .holder = { (char *) "anna", (char *) "pc7", (char *) "Drucker Süd" },
    .ttl_s = 120,
    .generation = 42,
    .granted_at = 1700000000000,
    .renewed_at = 1700000040000,
  };

  return trias_lease_copy (&lease);
}

static TriasJson *
lease_json (const TriasLease *lease)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_int (writer, "more", 1);
  trias_lease_write_members (lease, writer);
  trias_json_end_object (writer);
  return core_test_reparse (writer);
}

static void
test_lease_round_trip (void)
{
  g_autoptr (TriasLease) lease = make_lease (), copy = trias_lease_copy (lease), read = NULL;
  g_autoptr (TriasJson) json = lease_json (copy);
  GError *error = NULL;

  read = trias_lease_read (json, &error);
  g_assert_no_error (error);
  g_assert_true (trias_lease_same_content (lease, read));
  g_assert_cmpuint (read->generation, ==, 42);
  g_assert_cmpint (read->granted_at, ==, 1700000000000);
  g_assert_cmpint (read->renewed_at, ==, 1700000040000);
}

static void
test_lease_same_content (void)
{
  g_autoptr (TriasLease) a = make_lease ();

#define DIFFERS(change)                                                                            \
  G_STMT_START                                                                                     \
  {                                                                                                \
    g_autoptr (TriasLease) b = trias_lease_copy (a);                                               \
    g_assert_true (trias_lease_same_content (a, b));                                               \
    change;                                                                                        \
    g_assert_false (trias_lease_same_content (a, b));                                              \
  }                                                                                                \
  G_STMT_END
  DIFFERS (b->id[0] = 'x');
  DIFFERS (b->key_id[0] = 'x');
  DIFFERS (b->feature[0] = 'x');
  DIFFERS (b->product[0] = 'x');
  DIFFERS (b->count++);
  DIFFERS (b->ttl_s++);
  DIFFERS (b->holder.user[0] = 'x');
  DIFFERS (b->holder.host[0] = 'x');
  DIFFERS (b->holder.device[0] = 'x');
  {
    g_autoptr (TriasLease) b = trias_lease_copy (a);

    b->generation++;
    b->granted_at++;
    b->renewed_at++;
    g_assert_true (trias_lease_same_content (a, b));
  }
}

static void
test_lease_read (void)
{
  static const char *const bad[] = {
    "[]",
    "{'feature':'print'}",
    "{'id':'short','feature':'print'}",
    "{'id':'0123456789abcdef'}",
    "{'id':'0123456789abcdef','feature':''}",
    "{'id':'0123456789abcdef','feature':'a b'}",
    "{'id':'0123456789abcdef','feature':'print','count':0}",
    "{'id':'0123456789abcdef','feature':'print','count':100001}",
    "{'id':'0123456789abcdef','feature':'print','ttl_s':2}",
    "{'id':'0123456789abcdef','feature':'print','ttl_s':86401}",
    "{'id':'0123456789abcdef','feature':'print','generation':-1}",
    "{'id':'0123456789abcdef','feature':'print','holder':'anna'}",
    "{'id':'0123456789abcdef','feature':'print','holder':{'user':1}}",
  };
  g_autoptr (TriasJson) least = core_test_json ("{'id':'0123456789abcdef','feature':'print'}");
  g_autoptr (TriasLease) lease = NULL;
  GError *error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (TriasJson) json = core_test_json (bad[i]);

      if (trias_lease_read (json, &error) != NULL)
        g_error ("taken although wrong: %s", bad[i]);
      core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
    }
  lease = trias_lease_read (least, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (lease->count, ==, 1);
  g_assert_cmpuint (lease->ttl_s, ==, 0);
  g_assert_cmpstr (lease->product, ==, "");
  g_assert_cmpstr (lease->holder.device, ==, "");
}

static void
test_pool (void)
{
  g_autoptr (TriasPool) pool = g_new0 (TriasPool, 1), copy = NULL, read = NULL;
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autoptr (TriasJson) json = NULL, bad = NULL;
  GError *error = NULL;

  *pool = (TriasPool){ g_strdup ("Werkbank 2"), g_strdup ("print"), 20, 12, 15,
                       TRIAS_COUNTED_BY_DEVICE, 1900000000000 };
  copy = trias_pool_copy (pool);
  trias_pool_write (copy, writer, NULL);
  json = core_test_reparse (writer);
  read = trias_pool_read (json, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (read->product, ==, "Werkbank 2");
  g_assert_cmpstr (read->feature, ==, "print");
  g_assert_cmpuint (read->seats, ==, 20);
  g_assert_cmpuint (read->used, ==, 12);
  g_assert_cmpuint (read->leases, ==, 15);
  g_assert_cmpint (read->counted_by, ==, TRIAS_COUNTED_BY_DEVICE);
  g_assert_cmpint (read->not_after, ==, 1900000000000);
  bad = core_test_json ("{'product':'x','feature':'y','seats':1,'used':0,'counted_by':'weight'}");
  g_assert_null (trias_pool_read (bad, &error));
  core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
}

static void
test_settings (void)
{
  g_autoptr (TriasSettings) settings = trias_settings_new_default (), read = NULL, changed = NULL;
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autoptr (TriasJson) json = NULL, change = NULL;
  GError *error = NULL;

  g_assert_cmpuint (settings->default_ttl_s, ==, 120);
  g_assert_cmpuint (settings->history_days, ==, 90);
  g_assert_cmpstr (settings->contact, ==, "");
  settings->default_ttl_s = 60;
  settings->history_days = 30;
  g_free (settings->contact);
  settings->contact = g_strdup ("Leitstand, Tel. 17");
  trias_settings_write (settings, writer, NULL);
  json = core_test_reparse (writer);
  read = trias_settings_read (json, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (trias_settings_equal (settings, read));
  change = core_test_json ("{'history_days':31}");
  changed = trias_settings_read (change, settings, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (changed->default_ttl_s, ==, 60);
  g_assert_cmpuint (changed->history_days, ==, 31);
  g_assert_cmpstr (changed->contact, ==, "Leitstand, Tel. 17");
  g_assert_false (trias_settings_equal (settings, changed));
}

static void
test_settings_refuses (void)
{
  static const char *const bad[] = {
    "{'default_ttl_s':2}",   "{'default_ttl_s':86401}", "{'history_days':0}",
    "{'history_days':3651}", "{'contact':'a\\nb'}",     "{'contact':5}",
    "{'default_ttl':60}",    "{'contact':' x'}",        "[]",
  };
  GError *error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (TriasJson) json = core_test_json (bad[i]);

      if (trias_settings_read (json, NULL, &error) != NULL)
        g_error ("taken although wrong: %s", bad[i]);
      core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
    }
}

static void
fill_status (TriasMemberStatus *self)
{
  self->connected = TRUE;
  self->connected_since = 1;
  self->last_heard = 2;
  self->connect_reason = TRIAS_LAG_ONE_WAY;
  self->latency_us = 310;
  self->clock_offset_ms = -70;
  self->synchronised = TRUE;
  self->synchronised_at = 3;
  self->synchronised_since = 4;
  self->pending = 5;
  self->sync_reason = TRIAS_LAG_CONFLICT;
  self->revision = G_MAXINT64;
  self->confirmed = 6;
  self->held = 7;
  g_free (self->digest);
  self->digest = g_strdup (CORE_TEST_ID_B);
  g_free (self->held_digest);
  self->held_digest = g_strdup (CORE_TEST_ID_C);
  g_free (self->version);
  self->version = g_strdup ("1.2.3");
}

static void
test_member_status (void)
{
  g_autoptr (TriasMemberStatus) status = trias_member_status_new (CORE_TEST_ID_A), copy = NULL,
                                read = NULL;
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autoptr (TriasJson) json = NULL;
  g_autofree char *first = NULL, *second = NULL;
  GError *error = NULL;

  g_assert_cmpint (status->latency_us, ==, -1);
  fill_status (status);
  copy = trias_member_status_copy (status);
  trias_member_status_write (copy, writer, NULL);
  first = trias_json_writer_end (writer, NULL);
  json = trias_json_parse (first, strlen (first), 9999, &error);
  g_assert_no_error (error);
  read = trias_member_status_read (json, &error);
  g_assert_no_error (error);
  g_assert_cmpint (read->connect_reason, ==, TRIAS_LAG_ONE_WAY);
  g_assert_cmpint (read->sync_reason, ==, TRIAS_LAG_CONFLICT);
  g_assert_cmpint (read->clock_offset_ms, ==, -70);
  g_assert_cmpuint (read->revision, ==, G_MAXINT64);
  g_assert_cmpstr (read->held_digest, ==, CORE_TEST_ID_C);
  /* Every member: what was read is written as it was. */
  trias_member_status_write (read, writer, NULL);
  second = trias_json_writer_end (writer, NULL);
  g_assert_cmpstr (second, ==, first);
}

static void
test_lags (void)
{
  for (int i = TRIAS_LAG_NONE; i <= TRIAS_LAG_CONFLICT; i++)
    g_assert_cmpint (trias_lag_from_word (trias_lag_to_word ((TriasLag) i)), ==, i);
  g_assert_cmpstr (trias_lag_to_word (TRIAS_LAG_FIRST_COPY), ==, "first-copy");
  g_assert_cmpstr (trias_lag_to_word (TRIAS_LAG_CONFLICT), ==, "conflict");
  g_assert_cmpint (trias_lag_from_word ("unheard-of"), ==, TRIAS_LAG_NONE);
}

static void
test_event (void)
{
  g_autoptr (TriasEvent) event = trias_event_new (1700000000000, "takeover", "0123456789abcdef");
  g_autoptr (TriasEvent) copy = NULL, read = NULL;
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autoptr (TriasJson) json = NULL;
  GError *error = NULL;

  event->seq = 17;
  g_free (event->server);
  event->server = g_strdup (CORE_TEST_ID_A);
  g_free (event->actor);
  event->actor = g_strdup ("anna");
  trias_event_param (trias_event_param (event, "from", "nord"), "to", "süd");
  copy = trias_event_copy (event);
  trias_event_write (copy, writer, NULL);
  json = core_test_reparse (writer);
  read = trias_event_read (json, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (read->seq, ==, 17);
  g_assert_cmpint (read->time, ==, 1700000000000);
  g_assert_cmpstr (read->server, ==, CORE_TEST_ID_A);
  g_assert_cmpstr (read->kind, ==, "takeover");
  g_assert_cmpint (read->severity, ==, TRIAS_SEVERITY_WARNING);
  g_assert_cmpstr (read->subject, ==, "0123456789abcdef");
  g_assert_cmpstr (read->actor, ==, "anna");
  g_assert_cmpstr (trias_event_get_param (read, "from"), ==, "nord");
  g_assert_cmpstr (trias_event_get_param (read, "to"), ==, "süd");
}

static void
test_event_params (void)
{
  static const char stored[] = "a\0one\0long\0\0broken\0no end";
  g_autoptr (TriasEvent) event = trias_event_new (1, "takeover", "");
  g_autoptr (GHashTable) params = NULL;
  g_autofree char *big = g_strnfill (5000, 'x');

  g_assert_null (trias_event_get_param (event, "a"));
  g_assert_null (trias_event_get_params (event));
  trias_event_param (event, "a", "1");
  trias_event_param (event, "b", "");
  trias_event_param (event, "big", big);
  trias_event_param (event, "a", "2");
  trias_event_param (event, "b", NULL);
  trias_event_param (event, "none", NULL);
  g_assert_cmpstr (trias_event_get_param (event, "a"), ==, "2");
  g_assert_cmpstr (trias_event_get_param (event, "big"), ==, big);
  g_assert_null (trias_event_get_param (event, "b"));
  params = trias_event_get_params (event);
  g_assert_cmpuint (g_hash_table_size (params), ==, 2);
  trias_event_set_params (event, stored, sizeof stored - 1);
  g_assert_cmpstr (trias_event_get_param (event, "a"), ==, "one");
  g_assert_cmpstr (trias_event_get_param (event, "long"), ==, "");
  g_assert_null (trias_event_get_param (event, "broken"));
  trias_event_set_params (event, NULL, 0);
  g_assert_null (trias_event_get_params (event));
}

static void
test_event_severity (void)
{
  static const char *const warnings[]
      = { "peer-lost",        "sync-lost",      "takeover",  "lease-denied",
          "license-expiring", "sign-in-failed", "clock-skew" };
  static const char *const errors[]
      = { "storage-failed", "license-expired", "relationship-failed" };
  g_autoptr (TriasJson) newer
      = core_test_json ("{'time':1,'kind':'moon-landing','severity':'error','more':{}}");
  g_autoptr (TriasJson) bare = core_test_json ("{'time':1,'kind':'peer-lost'}");
  g_autoptr (TriasEvent) a = trias_event_read (newer, NULL), b = trias_event_read (bare, NULL);

  for (gsize i = 0; i < G_N_ELEMENTS (warnings); i++)
    g_assert_cmpint (trias_event_kind_severity (warnings[i]), ==, TRIAS_SEVERITY_WARNING);
  for (gsize i = 0; i < G_N_ELEMENTS (errors); i++)
    g_assert_cmpint (trias_event_kind_severity (errors[i]), ==, TRIAS_SEVERITY_ERROR);
  g_assert_cmpint (trias_event_kind_severity ("lease-granted"), ==, TRIAS_SEVERITY_INFO);
  g_assert_cmpint (trias_event_kind_severity ("moon-landing"), ==, TRIAS_SEVERITY_INFO);
  g_assert_cmpint (a->severity, ==, TRIAS_SEVERITY_ERROR);
  g_assert_cmpint (b->severity, ==, TRIAS_SEVERITY_WARNING);
  g_assert_cmpstr (trias_severity_to_word (TRIAS_SEVERITY_WARNING), ==, "warning");
}

static void
test_event_refuses (void)
{
  g_autoptr (GString) many = g_string_new ("{'time':1,'kind':'x','params':{");
  static const char *const bad[] = {
    "{'kind':'x'}",
    "{'time':1}",
    "{'time':-1,'kind':'x'}",
    "{'time':1,'kind':'x','params':[]}",
    "{'time':1,'kind':'x','params':{'a':1}}",
  };
  GError *error = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autoptr (TriasJson) json = core_test_json (bad[i]);

      if (trias_event_read (json, &error) != NULL)
        g_error ("taken although wrong: %s", bad[i]);
      core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
    }
  for (int i = 0; i < 33; i++)
    g_string_append_printf (many, "%s'p%d':''", i > 0 ? "," : "", i);
  g_string_append (many, "}}");
  {
    g_autoptr (TriasJson) json = core_test_json (many->str);

    g_assert_null (trias_event_read (json, &error));
    core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
  }
}

static void
test_check (void)
{
  g_autoptr (TriasCheck) check
      = trias_check_new ("rule", CORE_TEST_ID_A, CORE_TEST_ID_B, TRIAS_CHECK_FAILED);
  g_autoptr (TriasCheck) copy = NULL, read = NULL;
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autoptr (TriasJson) json = NULL;
  GError *error = NULL;

  check->reason_code = TRIAS_REASON_RULE_MISSING;
  trias_check_set_detail (check, "On “%s” a rule is missing.", "nord");
  trias_check_param (check, "address", "192.0.2.7");
  check->mend
      = trias_rule_parse (TRIAS_SCOPE_PEER, "Allow key " CORE_TEST_ID_B " from everywhere", &error);
  g_assert_no_error (error);
  copy = trias_check_copy (check);
  trias_check_write (copy, writer, NULL);
  json = core_test_reparse (writer);
  read = trias_check_read (json, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (read->kind, ==, "rule");
  g_assert_cmpstr (read->server, ==, CORE_TEST_ID_A);
  g_assert_cmpstr (read->peer, ==, CORE_TEST_ID_B);
  g_assert_cmpint (read->state, ==, TRIAS_CHECK_FAILED);
  g_assert_cmpint (read->reason_code, ==, TRIAS_REASON_RULE_MISSING);
  g_assert_cmpstr (read->detail, ==, "On “nord” a rule is missing.");
  g_assert_cmpstr (g_hash_table_lookup (read->params, "address"), ==, "192.0.2.7");
  g_assert_true (trias_rule_equal (read->mend, check->mend));
}

static void
test_check_plain (void)
{
  g_autoptr (TriasCheck) check = trias_check_new ("clock", NULL, NULL, TRIAS_CHECK_WAITING);
  g_autoptr (TriasCheck) read = NULL;
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autoptr (TriasJson) json = NULL, bad = NULL;
  TriasCheckState state;
  GError *error = NULL;

  trias_check_write (check, writer, NULL);
  json = core_test_reparse (writer);
  read = trias_check_read (json, &error);
  g_assert_no_error (error);
  g_assert_null (read->mend);
  g_assert_null (read->params);
  g_assert_cmpint (read->reason_code, ==, TRIAS_REASON_NONE);
  for (int i = TRIAS_CHECK_WAITING; i <= TRIAS_CHECK_FAILED; i++)
    {
      g_assert_true (
          trias_check_state_from_word (trias_check_state_to_word ((TriasCheckState) i), &state));
      g_assert_cmpint ((int) state, ==, i);
    }
  bad = core_test_json ("{'kind':'clock','state':'late'}");
  g_assert_null (trias_check_read (bad, &error));
  core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
}

static void
test_drill (void)
{
  g_autoptr (TriasDrillRecord) drill
      = trias_drill_record_new ("drill-0001", TRIAS_DRILL_OUTAGE, 10, CORE_TEST_ID_A);
  g_autoptr (TriasDrillRecord) copy = NULL, read = NULL;
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autoptr (TriasJson) json = NULL, bad = NULL;
  GError *error = NULL;

  g_assert_true (trias_drill_record_is_running (drill));
  drill->phase = TRIAS_DRILL_PASSED;
  drill->measure = TRIAS_DRILL_SEAT;
  drill->gap_ms = 432;
  drill->requests = 99;
  drill->failed = 1;
  drill->began_at = 1700000000000;
  drill->ended_at = 1700000010000;
  copy = trias_drill_record_copy (drill);
  trias_drill_record_write (copy, writer, NULL);
  json = core_test_reparse (writer);
  read = trias_drill_record_read (json, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (read->id, ==, "drill-0001");
  g_assert_cmpint (read->kind, ==, TRIAS_DRILL_OUTAGE);
  g_assert_cmpint (read->phase, ==, TRIAS_DRILL_PASSED);
  g_assert_false (trias_drill_record_is_running (read));
  g_assert_cmpstr (read->server, ==, CORE_TEST_ID_A);
  g_assert_cmpstr (read->by, ==, "");
  g_assert_cmpint (read->measure, ==, TRIAS_DRILL_SEAT);
  g_assert_cmpint (read->gap_ms, ==, 432);
  g_assert_cmpint (read->requests, ==, 99);
  g_assert_cmpint (read->failed, ==, 1);
  g_assert_cmpint (read->ended_at, ==, 1700000010000);
  bad = core_test_json (
      "{'id':'drill-0001','kind':'outage','phase':'lost','seconds':1,'server':'x'}");
  g_assert_null (trias_drill_record_read (bad, &error));
  core_test_refused (error, TRIAS_REASON_BAD_REQUEST);
}

static void
test_maintenance (void)
{
  g_autoptr (TriasMaintenance) aside = trias_maintenance_new (CORE_TEST_ID_A, TRIAS_ASIDE_FAILBACK);
  g_autoptr (TriasMaintenance) copy = NULL;
  g_autoptr (TriasMaintenance) read = NULL;
  g_autoptr (TriasMaintenance) newer = NULL;
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autoptr (TriasJson) json = NULL;
  g_autoptr (TriasJson) word = NULL;
  GError *error = NULL;

  aside->since = 1700000000000;
  aside->until = 1700000600000;
  aside->left = 3;
  aside->kept = 4;
  g_assert_true (trias_maintenance_set_unsafe (aside, TRIAS_UNSAFE_DISCONNECTED, CORE_TEST_ID_B));
  g_assert_false (trias_maintenance_set_unsafe (aside, TRIAS_UNSAFE_DISCONNECTED, CORE_TEST_ID_B));
  copy = trias_maintenance_copy (aside);
  trias_maintenance_write (copy, writer, NULL);
  json = core_test_reparse (writer);
  read = trias_maintenance_read (json, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (read->member, ==, CORE_TEST_ID_A);
  g_assert_cmpint (read->why, ==, TRIAS_ASIDE_FAILBACK);
  g_assert_cmpint (read->unsafe, ==, TRIAS_UNSAFE_DISCONNECTED);
  g_assert_cmpstr (read->other, ==, CORE_TEST_ID_B);
  g_assert_cmpint (read->since, ==, 1700000000000);
  g_assert_cmpint (read->until, ==, 1700000600000);
  g_assert_cmpint (read->left, ==, 3);
  g_assert_cmpint (read->kept, ==, 4);
  /* What a newer server has against it is no leave to switch it off. */
  word = core_test_json ("{'member':'x','why':'maintenance','since':1,'unsafe':'flooded'}");
  newer = trias_maintenance_read (word, &error);
  g_assert_no_error (error);
  g_assert_cmpint (newer->unsafe, !=, TRIAS_UNSAFE_NONE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lease/ids", test_lease_ids);
  g_test_add_func ("/lease/round-trip", test_lease_round_trip);
  g_test_add_func ("/lease/same-content", test_lease_same_content);
  g_test_add_func ("/lease/read", test_lease_read);
  g_test_add_func ("/maintenance", test_maintenance);
  g_test_add_func ("/pool", test_pool);
  g_test_add_func ("/settings", test_settings);
  g_test_add_func ("/settings/refuses", test_settings_refuses);
  g_test_add_func ("/member-status", test_member_status);
  g_test_add_func ("/member-status/lags", test_lags);
  g_test_add_func ("/event", test_event);
  g_test_add_func ("/event/params", test_event_params);
  g_test_add_func ("/event/severity", test_event_severity);
  g_test_add_func ("/event/refuses", test_event_refuses);
  g_test_add_func ("/check", test_check);
  g_test_add_func ("/check/plain", test_check_plain);
  g_test_add_func ("/drill", test_drill);
  return g_test_run ();
}
