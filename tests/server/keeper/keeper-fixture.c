/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include <glib/gstdio.h>

#include "keeper-fixture.h"

#define DEADLINE_US (30 * G_TIME_SPAN_SECOND)

static gint64
boot_now (gpointer user_data)
{
  return ((Fixture *) user_data)->boot;
}

static gint64
wall_now (gpointer user_data)
{
  return ((Fixture *) user_data)->wall;
}

static void
write_issuer (Fixture *self)
{
  g_autofree char *folder = g_build_filename (self->folder, "issuers", NULL);
  g_autofree char *path = g_build_filename (folder, "Example.pub", NULL);
  g_autofree char *public_key = NULL;
  g_autofree char *line = NULL;
  g_autoptr (GError) error = NULL;

  g_mkdir_with_parents (folder, 0700);
  trias_issuer_generate (&self->secret, &public_key);
  line = g_strconcat (public_key, "\n", NULL);
  g_file_set_contents (path, line, -1, &error);
  g_assert_no_error (error);
  g_chmod (path, 0644);
  self->issuers = trias_issuers_load (folder, &error);
  g_assert_no_error (error);
}

Fixture *
fixture_new_server (const char *id, Fixture *other)
{
  Fixture *self = g_new0 (Fixture, 1);

  self->id = id;
  self->boot = 1000000;
  self->wall = G_GINT64_CONSTANT (1800000000000);
  self->folder = g_dir_make_tmp ("trias-keeper-XXXXXX", NULL);
  self->secret = g_strdup (other->secret);
  self->issuers = trias_issuers_ref (other->issuers);
  fixture_open_with (self, self->issuers);
  return self;
}

Fixture *
fixture_new (const char *folder)
{
  Fixture *self = g_new0 (Fixture, 1);

  self->id = SERVER_ID;
  self->boot = 1000000;
  self->wall = G_GINT64_CONSTANT (1800000000000);
  self->folder = folder != NULL ? g_strdup (folder) : g_dir_make_tmp ("trias-keeper-XXXXXX", NULL);
  write_issuer (self);
  fixture_open_with (self, self->issuers);
  return self;
}

Fixture *
fixture_attach (const char *folder)
{
  Fixture *self = g_new0 (Fixture, 1);
  g_autofree char *issuers = g_build_filename (folder, "issuers", NULL);

  self->boot = 1000000;
  self->wall = G_GINT64_CONSTANT (1800000000000);
  self->id = SERVER_ID;
  self->folder = g_strdup (folder);
  self->issuers = trias_issuers_load (issuers, NULL);
  g_assert_nonnull (self->issuers);
  fixture_open_with (self, self->issuers);
  return self;
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR))
        remove_folder (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

void
fixture_free (Fixture *self)
{
  fixture_close (self);
  remove_folder (self->folder);
  g_free (self->folder);
  g_free (self->secret);
  trias_issuers_unref (self->issuers);
  g_free (self);
}

void
fixture_close (Fixture *self)
{
  g_clear_pointer (&self->keeper, trias_keeper_close);
}

void
fixture_open_with (Fixture *self, TriasIssuers *issuers)
{
  const TriasKeeperClock clock = { boot_now, wall_now, self };
  g_autoptr (GError) error = NULL;

  self->keeper = trias_keeper_open_with_clock (self->folder, self->id, issuers, &clock, &error);
  g_assert_no_error (error);
  g_assert_nonnull (self->keeper);
}

void
fixture_reopen (Fixture *self)
{
  fixture_close (self);
  fixture_open_with (self, self->issuers);
}

void
fixture_wait (Fixture *self, const guint *count, guint wanted)
{
  gint64 until = g_get_monotonic_time () + DEADLINE_US;

  while (*count < wanted)
    {
      if (g_get_monotonic_time () > until)
        g_error ("%u of %u after the deadline", *count, wanted);
      if (!g_main_context_iteration (NULL, FALSE))
        g_usleep (50);
    }
}

static void
count_cb (const TriasOutcome *outcome, gpointer user_data)
{
  Answers *answers = user_data;

  answers->count++;
  answers->by_reason[outcome->reason]++;
  if (outcome->reason == TRIAS_REASON_NONE)
    answers->granted++;
}

void
fixture_settle (Fixture *self)
{
  Answers answers = { 0 };

  trias_keeper_submit (self->keeper, trias_command_tick (self->wall), count_cb, &answers);
  fixture_wait (self, &answers.count, 1);
}

void
fixture_pass (Fixture *self, gint64 ms)
{
  self->boot += ms;
  self->wall += ms;
  trias_keeper_check_due (self->keeper);
  fixture_settle (self);
}

static char *
license_until (Fixture *self, const char *id, const char *feature, guint seats, gint64 not_after)
{
  g_autoptr (GDateTime) end = g_date_time_new_from_unix_utc (not_after / 1000);
  g_autofree char *moment = g_date_time_format (end, "\"%Y-%m-%dT%H:%M:%SZ\"");
  g_autofree char *payload = g_strdup_printf (
      "{\"id\":\"%s-%s\",\"revision\":1,\"issuer\":\"Example\",\"licensee\":\"Somebody\","
      "\"product\":\"suite\",\"bind\":[],\"features\":[{\"name\":\"%s\",\"seats\":%u,"
      "\"counted_by\":\"lease\",\"not_before\":null,\"not_after\":%s,\"grace_hours\":0}]}",
      id, feature, feature, seats, not_after != 0 ? moment : "null");
  g_autoptr (GError) error = NULL;
  char *text = trias_license_issue (payload, self->secret, &error);

  g_assert_no_error (error);
  return text;
}

char *
fixture_license (Fixture *self, const char *feature, guint seats)
{
  return license_until (self, "lic", feature, seats, 0);
}

static void
install (Fixture *self, const char *id, const char *feature, guint seats, gint64 not_after)
{
  g_autofree char *text = license_until (self, id, feature, seats, not_after);
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasLicense) license
      = trias_license_parse (text, strlen (text), self->issuers, &error);
  Answers answers = { 0 };

  g_assert_no_error (error);
  trias_keeper_submit (self->keeper, trias_command_install_license (self->wall, license, "test"),
                       count_cb, &answers);
  fixture_wait (self, &answers.count, 1);
  g_assert_cmpuint (answers.granted, ==, 1);
}

void
fixture_install_until (Fixture *self, const char *feature, guint seats, gint64 not_after)
{
  install (self, "lic", feature, seats, not_after);
}

void
fixture_install_more (Fixture *self, const char *feature, guint seats)
{
  install (self, "more", feature, seats, 0);
}

void
fixture_install (Fixture *self, const char *feature, guint seats)
{
  fixture_install_until (self, feature, seats, 0);
}

char *
lease_id (guint number)
{
  return g_strdup_printf ("lease-%016u", number);
}

void
fixture_grant_async (
    Fixture *self, guint number, const char *feature, guint ttl_s, Answers *answers)
{
  g_autofree char *id = lease_id (number);
  TriasLease lease = {
    .id = id,
    .key_id = (char *) CLIENT_ID,
    .feature = (char *) feature,
    .product = (char *) "",
    .count = 1,
    .holder = { (char *) "user", (char *) "host", (char *) "" },
    .ttl_s = ttl_s,
  };
  TriasFacts facts = { .key_id = CLIENT_ID, .user = "user", .address = "192.0.2.1" };

  trias_keeper_submit (self->keeper, trias_command_grant (self->wall, &lease, &facts), count_cb,
                       answers);
}

static TriasReason
reason_of (const Answers *answers)
{
  for (guint i = 0; i < TRIAS_N_REASONS; i++)
    if (answers->by_reason[i] > 0)
      return i;
  g_assert_not_reached ();
}

TriasReason
fixture_grant (Fixture *self, guint number, const char *feature, guint ttl_s)
{
  Answers answers = { 0 };

  fixture_grant_async (self, number, feature, ttl_s, &answers);
  fixture_wait (self, &answers.count, 1);
  return reason_of (&answers);
}

void
fixture_renew_async (Fixture *self, guint number, Answers *answers)
{
  g_autofree char *id = lease_id (number);

  trias_keeper_submit (self->keeper, trias_command_renew (self->wall, id, CLIENT_ID), count_cb,
                       answers);
}

TriasReason
fixture_renew (Fixture *self, guint number)
{
  Answers answers = { 0 };

  fixture_renew_async (self, number, &answers);
  fixture_wait (self, &answers.count, 1);
  return reason_of (&answers);
}
