/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "client/trias-failover-private.h"
#include "core/trias-relationship.h"
#include "fake-server.h"

#include <glib/gstdio.h>
#include <string.h>

/* Two scripted servers that behave as a pair. */
typedef struct
{
  FakeServer *main;
  FakeServer *backup;
  TriasIdentity *identity;
  char *folder;
  gboolean backup_sees_main; /* it redirects then */
  gboolean sign_badly;
  guint ttl_s;
  guint incarnation;
  GHashTable *leases; /* ids that are live anywhere */
} Pair;

static void
answer_lease (
    Pair *pair, SoupServerMessage *message, guint status, const char *id, const char *feature)
{
  g_autofree char *json = g_strdup_printf (
      "{\"id\":\"%s\",\"key\":\"%064d\",\"feature\":\"%s\",\"product\":\"suite\",\"count\":1,"
      "\"holder\":{\"user\":\"u\",\"host\":\"h\",\"device\":\"\"},\"ttl_s\":%u,\"generation\":0,\""
      "granted_at\":1,"
      "\"renewed_at\":1,\"left_ms\":%u,\"server\":\"\",\"epoch\":\"rel/%u\",\"contact\":\"\"}",
      id, 1, feature, pair->ttl_s, pair->ttl_s * 1000, pair->incarnation);

  fake_server_respond (message, status, json);
}

static gboolean
redirect (Pair *pair, FakeServer *server, SoupServerMessage *message)
{
  g_autofree char *location = NULL;
  const char *cannot = fake_server_last_cannot_reach (server);

  if (server != pair->backup || !pair->backup_sees_main
      || strcmp (cannot, fake_server_id (pair->main)) == 0)
    return FALSE;
  location = g_strconcat (fake_server_uri (pair->main), "/api/v1/leases", NULL);
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Location",
                                location);
  fake_server_respond (message, 307, "{\"reason\":\"not-active\",\"detail\":\"The main serves.\"}");
  return TRUE;
}

static char *
member_of (SoupServerMessage *message, const char *name)
{
  g_autoptr (GBytes) bytes
      = soup_message_body_flatten (soup_server_message_get_request_body (message));
  g_autoptr (TriasJson) json
      = trias_json_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), 65536, NULL);
  TriasJsonReader reader;

  g_assert_nonnull (json);
  trias_json_reader_init (&reader, json);
  return g_strdup (trias_json_read_string (&reader, name, 1, 64));
}

static void
grant_cb (FakeServer *server, SoupServerMessage *message, GHashTable *query, gpointer data)
{
  Pair *pair = data;
  g_autofree char *id = NULL, *feature = NULL;

  g_assert_cmpstr (fake_server_last_key (server), ==, trias_identity_get_id (pair->identity));
  if (redirect (pair, server, message))
    return;
  id = member_of (message, "id");
  feature = member_of (message, "feature");
  if (strcmp (feature, "rare") == 0 && server == pair->backup)
    {
      fake_server_respond (message, 404,
                           "{\"reason\":\"unknown-feature\",\"detail\":\"Not here.\"}");
      return;
    }
  if (strcmp (feature, "full") == 0)
    {
      fake_server_respond (message, 409, "{\"reason\":\"no-seats\",\"detail\":\"All taken.\"}");
      return;
    }
  if (strcmp (feature, "denied") == 0)
    {
      fake_server_respond (message, 403, "{\"reason\":\"rule-denied\",\"detail\":\"Not you.\"}");
      return;
    }
  g_hash_table_add (pair->leases, g_strdup (id));
  answer_lease (pair, message, 201, id, feature);
}

static void
lease_cb (FakeServer *server, SoupServerMessage *message, GHashTable *query, gpointer data)
{
  Pair *pair = data;
  g_autofree char *path = g_strdup (g_uri_get_path (soup_server_message_get_uri (message)));
  const char *id = strrchr (path, '/') + 1;

  g_assert_cmpstr (fake_server_last_key (server), ==, trias_identity_get_id (pair->identity));
  if (redirect (pair, server, message))
    return;
  if (!g_hash_table_contains (pair->leases, id))
    fake_server_respond (message, 410, "{\"reason\":\"gone\",\"detail\":\"It ended.\"}");
  else if (strcmp (soup_server_message_get_method (message), "DELETE") == 0)
    {
      g_hash_table_remove (pair->leases, id);
      fake_server_respond (message, 204, NULL);
    }
  else
    answer_lease (pair, message, 200, id, "cad");
}

static void
about_cb (FakeServer *server, SoupServerMessage *message, GHashTable *query, gpointer data)
{
  Pair *pair = data;
  g_autofree char *text = g_strdup_printf (
      "trias-members-1\nbackup rel %u\nmain %s %s Anton\nbackup %s %s Berta\n", pair->incarnation,
      fake_server_id (pair->main), fake_server_address (pair->main), fake_server_id (pair->backup),
      fake_server_address (pair->backup));
  g_autoptr (TriasIdentity) stranger = trias_identity_generate ("stranger", NULL);
  TriasIdentity *signer = pair->sign_badly ? stranger : fake_server_identity (server);
  g_autofree char *signature = trias_identity_sign (signer, text, strlen (text), NULL);
  TriasJsonWriter *writer = trias_json_writer_new ();
  g_autofree char *json = NULL;

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "id", fake_server_id (server));
  trias_json_add_string (writer, "name", server == pair->main ? "Anton" : "Berta");
  trias_json_add_bool (writer, "active", server == pair->main || !pair->backup_sees_main);
  trias_json_begin_object (writer, "signed_members");
  trias_json_add_string (writer, "text", text);
  trias_json_begin_array (writer, "signatures");
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "id", fake_server_id (server));
  trias_json_add_string (writer, "public_key", trias_identity_get_public_key (signer));
  trias_json_add_string (writer, "signature", signature);
  trias_json_end_object (writer);
  trias_json_end_array (writer);
  trias_json_end_object (writer);
  trias_json_end_object (writer);
  json = trias_json_writer_end (writer, NULL);
  trias_json_writer_free (writer);
  fake_server_respond (message, 200, json);
}

static FakeServer *
make_member (Pair *pair)
{
  FakeServer *server = fake_server_new ();

  fake_server_on (server, "GET", "/server", about_cb, pair);
  fake_server_on (server, "POST", "/leases", grant_cb, pair);
  fake_server_on (server, "PUT", "/leases/*", lease_cb, pair);
  fake_server_on (server, "DELETE", "/leases/*", lease_cb, pair);
  return server;
}

static void
set_up (Pair *pair, gconstpointer data)
{
  pair->identity = trias_identity_generate ("client", NULL);
  pair->leases = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  pair->folder = g_dir_make_tmp ("trias-failover-XXXXXX", NULL);
  pair->ttl_s = 3;
  pair->incarnation = 1;
  pair->backup_sees_main = TRUE;
  pair->main = make_member (pair);
  pair->backup = make_member (pair);
}

static void
tear_down (Pair *pair, gconstpointer data)
{
  g_autoptr (GDir) dir = g_dir_open (pair->folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (pair->folder, name, NULL);

      g_unlink (path);
    }
  g_rmdir (pair->folder);
  g_free (pair->folder);
  /* Seats that are given back without waiting still reach the servers. */
  fake_run (50);
  fake_server_free (pair->main);
  fake_server_free (pair->backup);
  trias_identity_unref (pair->identity);
  g_hash_table_unref (pair->leases);
}

static TriasFailover *
client_of (Pair *pair, FakeServer *first, FakeServer *second)
{
  const char *servers[] = { fake_server_full_address (first),
                            second != NULL ? fake_server_full_address (second) : NULL, NULL };
  g_autoptr (GError) error = NULL;
  TriasFailover *failover = trias_failover_new (servers, pair->identity, &error);

  g_assert_no_error (error);
  trias_failover_set_cache (failover, pair->folder);
  return failover;
}

static TriasFailoverLease *
acquire (TriasFailover *failover, const char *feature, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  trias_failover_acquire_async (failover, feature, NULL, 1, 0, NULL, NULL, fake_result_cb, &result);
  return trias_failover_acquire_finish (failover, fake_wait_result (&result), error);
}

static void
give_back (TriasFailoverLease *lease)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  trias_failover_lease_release_async (lease, NULL, fake_result_cb, &result);
  trias_failover_lease_release_finish (lease, fake_wait_result (&result), &error);
  g_assert_no_error (error);
}

typedef struct
{
  TriasFailoverLease *lease;
  guint moved;
  guint lost;
  const char *server;
  guint renewals;
  FakeServer *fake;
} Watch;

static void
moved_cb (TriasFailoverLease *lease, const char *server, Watch *watch)
{
  watch->moved++;
}

static void
lost_cb (TriasFailoverLease *lease, const GError *error, Watch *watch)
{
  watch->lost++;
}

static void
watch_lease (Watch *watch, TriasFailoverLease *lease)
{
  *watch = (Watch){ .lease = lease };
  g_signal_connect (lease, "moved", G_CALLBACK (moved_cb), watch);
  g_signal_connect (lease, "lost", G_CALLBACK (lost_cb), watch);
}

static gboolean
is_at (gpointer data)
{
  Watch *watch = data;

  return strcmp (trias_failover_lease_get_server_id (watch->lease), watch->server) == 0;
}

static gboolean
is_lost (gpointer data)
{
  return ((Watch *) data)->lost > 0;
}

static gboolean
keeps_nothing (gpointer data)
{
  return g_hash_table_size (((Pair *) data)->leases) == 0;
}

static gboolean
is_named (gpointer data)
{
  return strcmp (trias_failover_lease_get_server_name (data), "Anton") == 0;
}

static void
test_one (Pair *pair, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = client_of (pair, pair->main, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasFailoverLease) lease = acquire (failover, "cad", &error);

  g_assert_no_error (error);
  fake_wait (is_named, lease);
  g_assert_cmpstr (trias_failover_get_active_id (failover), ==, fake_server_id (pair->main));
  g_assert_cmpint (trias_failover_lease_get_left_ms (lease), >, 0);
  g_assert_cmpint (trias_failover_lease_get_left_ms (lease), <=, 3000);
  g_assert_cmpuint (g_hash_table_size (pair->leases), ==, 1);
  give_back (lease);
  g_assert_cmpuint (g_hash_table_size (pair->leases), ==, 0);
  g_assert_cmpint (trias_failover_lease_get_state (lease), ==, TRIAS_LEASE_RELEASED);
}

/* Who knows one member learns the other, and keeps it for the next start. */
static void
test_learn (Pair *pair, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = client_of (pair, pair->main, NULL);
  g_autoptr (TriasFailoverLease) lease = acquire (failover, "cad", NULL);
  g_autoptr (TriasFailover) next = NULL;
  g_autoptr (TriasFailoverLease) other = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpuint (g_strv_length ((char **) trias_failover_get_members (failover)), ==, 2);
  g_assert_cmpstr (trias_failover_get_members (failover)[1], ==,
                   fake_server_full_address (pair->backup));
  give_back (lease);
  fake_run (200);
  fake_server_stop (pair->main);
  pair->backup_sees_main = FALSE;
  next = client_of (pair, pair->main, NULL);
  other = acquire (next, "cad", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (trias_failover_lease_get_server_id (other), ==, fake_server_id (pair->backup));
  give_back (other);
}

/* What lies in the cache and was not put there by this client counts for nothing. */
static void
test_foreign_cache (Pair *pair, gconstpointer data)
{
  g_autoptr (TriasFailover) first = client_of (pair, pair->main, NULL);
  g_autoptr (TriasFailover) own = client_of (pair, pair->main, NULL);
  g_autoptr (TriasFailover) other = client_of (pair, pair->main, NULL);
  g_autoptr (TriasFailoverLease) lease = NULL;

  lease = acquire (first, "cad", NULL);
  give_back (lease);
  fake_run (200);
  trias_failover_read_cache (own);
  g_assert_cmpstr (own->list_id, ==, "rel");
  trias_identity_unref (other->identity);
  other->identity = trias_identity_generate ("another", NULL);
  trias_failover_read_cache (other);
  g_assert_null (other->list_id);
}

static void
test_bad_list (Pair *pair, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = client_of (pair, pair->main, NULL);
  g_autoptr (TriasFailoverLease) lease = NULL;

  pair->sign_badly = TRUE;
  lease = acquire (failover, "cad", NULL);
  g_assert_cmpuint (g_strv_length ((char **) trias_failover_get_members (failover)), ==, 1);
  give_back (lease);
}

/* The backup sends us to the main; it is asked again, with a word, if the main cannot be reached.
 * */
static void
test_redirect (Pair *pair, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = client_of (pair, pair->backup, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasFailoverLease) lease = acquire (failover, "cad", &error);
  g_autoptr (TriasFailoverLease) second = NULL;

  g_assert_no_error (error);
  g_assert_cmpstr (trias_failover_lease_get_server_id (lease), ==, fake_server_id (pair->main));
  give_back (lease);
  fake_server_stop (pair->main);
  /* Still said to be there by the backup: only we cannot reach it. */
  second = acquire (failover, "cad", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (trias_failover_lease_get_server_id (second), ==, fake_server_id (pair->backup));
  g_assert_cmpstr (fake_server_last_cannot_reach (pair->backup), ==, fake_server_id (pair->main));
  give_back (second);
}

/* The answer is lost: the same id goes to the other. */
static void
test_same_id (Pair *pair, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = client_of (pair, pair->main, pair->backup);
  g_autoptr (TriasFailoverLease) lease = acquire (failover, "cad", NULL);
  g_autoptr (TriasFailoverLease) second = NULL;
  g_autoptr (GError) error = NULL;
  gint64 before;

  give_back (lease);
  fake_server_set_silent (pair->main, TRUE);
  pair->backup_sees_main = FALSE;
  before = g_get_monotonic_time ();
  second = acquire (failover, "cad", &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_get_monotonic_time () - before, <, 5 * G_USEC_PER_SEC);
  g_assert_cmpstr (fake_server_last_body (pair->main, "POST", "/leases"), ==,
                   fake_server_last_body (pair->backup, "POST", "/leases"));
  g_assert_cmpstr (trias_failover_lease_get_server_id (second), ==, fake_server_id (pair->backup));
  fake_server_set_silent (pair->main, FALSE);
  give_back (second);
}

/* A lease goes to the backup when the main dies, and home when it is back; nothing is lost. */
static void
test_survive (Pair *pair, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = client_of (pair, pair->main, pair->backup);
  g_autoptr (TriasFailoverLease) lease = acquire (failover, "cad", NULL);
  g_autofree char *id = g_strdup (trias_failover_lease_get_id (lease));
  Watch watch;

  watch_lease (&watch, lease);
  fake_server_stop (pair->main);
  pair->backup_sees_main = FALSE;
  watch.server = fake_server_id (pair->backup);
  fake_wait (is_at, &watch);
  g_assert_cmpuint (watch.moved, ==, 1);
  fake_server_start (pair->main);
  pair->backup_sees_main = TRUE;
  watch.server = fake_server_id (pair->main);
  fake_wait (is_at, &watch);
  g_assert_cmpuint (watch.moved, ==, 2);
  g_assert_cmpuint (watch.lost, ==, 0);
  g_assert_cmpstr (trias_failover_lease_get_id (lease), ==, id);
  g_assert_cmpint (trias_failover_lease_get_state (lease), ==, TRIAS_LEASE_HELD);
  give_back (lease);
}

/* Nobody answers: ours until its end, then lost, once, and not before nor much after. */
static void
test_end (Pair *pair, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = client_of (pair, pair->main, pair->backup);
  g_autoptr (TriasFailoverLease) lease = acquire (failover, "cad", NULL);
  gint64 before = g_get_monotonic_time ();
  gint64 took;
  Watch watch;

  watch_lease (&watch, lease);
  fake_server_stop (pair->main);
  fake_server_stop (pair->backup);
  fake_wait (is_lost, &watch);
  took = (g_get_monotonic_time () - before) / 1000;
  g_assert_cmpint (took, >=, 2500);
  g_assert_cmpint (took, <=, 3300);
  g_assert_cmpint (trias_failover_lease_get_state (lease), ==, TRIAS_LEASE_LOST);
  fake_run (300);
  g_assert_cmpuint (watch.lost, ==, 1);
}

/* Both are away for a moment, but not as long as the lease lasts. */
static void
test_gap (Pair *pair, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = client_of (pair, pair->main, pair->backup);
  g_autoptr (TriasFailoverLease) lease = NULL;
  Watch watch;

  pair->ttl_s = 6;
  lease = acquire (failover, "cad", NULL);
  watch_lease (&watch, lease);
  fake_server_stop (pair->main);
  fake_server_stop (pair->backup);
  fake_run (3000);
  g_assert_cmpint (trias_failover_lease_get_state (lease), !=, TRIAS_LEASE_LOST);
  fake_server_start (pair->main);
  fake_server_start (pair->backup);
  fake_run (4500);
  g_assert_cmpuint (watch.lost, ==, 0);
  g_assert_cmpint (trias_failover_lease_get_state (lease), ==, TRIAS_LEASE_HELD);
  give_back (lease);
}

/* It ended on the server: another one, at once, under a new id. */
static void
test_gone (Pair *pair, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = client_of (pair, pair->main, pair->backup);
  g_autoptr (TriasFailoverLease) lease = acquire (failover, "cad", NULL);
  g_autofree char *id = g_strdup (trias_failover_lease_get_id (lease));
  Watch watch;

  watch_lease (&watch, lease);
  g_hash_table_remove_all (pair->leases);
  fake_run (1500);
  g_assert_cmpstr (trias_failover_lease_get_id (lease), !=, id);
  g_assert_cmpuint (g_hash_table_size (pair->leases), ==, 1);
  g_assert_cmpuint (watch.lost, ==, 0);
  give_back (lease);
}

static gboolean
is_other_id (gpointer data)
{
  Watch *watch = data;

  return strcmp (trias_failover_lease_get_id (watch->lease), watch->server) != 0;
}

/* The main died before the backup heard of the lease: another one there, at once. */
static void
test_unknown_there (Pair *pair, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = client_of (pair, pair->main, pair->backup);
  g_autoptr (TriasFailoverLease) lease = acquire (failover, "cad", NULL);
  g_autofree char *id = g_strdup (trias_failover_lease_get_id (lease));
  gint64 before = g_get_monotonic_time ();
  Watch watch;

  watch_lease (&watch, lease);
  watch.server = id;
  fake_server_stop (pair->main);
  pair->backup_sees_main = FALSE;
  g_hash_table_remove_all (pair->leases);
  trias_failover_lease_renew (lease);
  fake_wait (is_other_id, &watch);
  g_assert_cmpint (g_get_monotonic_time () - before, <, G_USEC_PER_SEC);
  g_assert_cmpuint (watch.lost, ==, 0);
  g_assert_cmpuint (watch.moved, ==, 1);
  give_back (lease);
}

/* The backup cannot cover it: ours until its end, and the main may be back before that. */
static void
test_not_covered (Pair *pair, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = client_of (pair, pair->main, pair->backup);
  g_autoptr (TriasFailoverLease) lease = NULL;
  g_autofree char *id = NULL;
  Watch watch;

  pair->ttl_s = 6;
  lease = acquire (failover, "rare", NULL);
  id = g_strdup (trias_failover_lease_get_id (lease));
  watch_lease (&watch, lease);
  fake_server_stop (pair->main);
  pair->backup_sees_main = FALSE;
  g_hash_table_remove_all (pair->leases);
  trias_failover_lease_renew (lease);
  fake_run (2000);
  g_assert_cmpint (trias_failover_lease_get_state (lease), ==, TRIAS_LEASE_UNCERTAIN);
  g_hash_table_add (pair->leases, g_strdup (id));
  fake_server_start (pair->main);
  pair->backup_sees_main = TRUE;
  fake_run (2000);
  g_assert_cmpuint (watch.lost, ==, 0);
  g_assert_cmpint (trias_failover_lease_get_state (lease), ==, TRIAS_LEASE_HELD);
  g_assert_cmpstr (trias_failover_lease_get_id (lease), ==, id);
  give_back (lease);
}

/* How often a lease was asked for of both together. */
static guint
count_asked (Pair *pair)
{
  return fake_server_count (pair->main, "POST", "/leases")
         + fake_server_count (pair->backup, "POST", "/leases");
}

/* A refusal is an answer: nobody is asked again in the hope of another. */
static void
test_refusals (Pair *pair, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = client_of (pair, pair->backup, pair->main);
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasFailoverLease) lease = NULL;

  pair->backup_sees_main = FALSE;
  g_assert_null (acquire (failover, "full", &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_NO_SEATS);
  g_clear_error (&error);
  g_assert_cmpuint (count_asked (pair), ==, 2);
  g_assert_null (acquire (failover, "denied", &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_RULE_DENIED);
  g_clear_error (&error);
  g_assert_cmpuint (count_asked (pair), ==, 3);
  /* What one has not, the other may have. */
  lease = acquire (failover, "rare", &error);
  g_assert_no_error (error);
  g_assert_cmpstr (trias_failover_lease_get_server_id (lease), ==, fake_server_id (pair->main));
  g_assert_cmpuint (count_asked (pair), ==, 5);
  give_back (lease);
}

static void
reunion_cb (FakeServer *server, SoupServerMessage *message, GHashTable *query, gpointer data)
{
  Pair *pair = data;

  if (fake_server_count (server, "POST", "/leases") > 2)
    {
      grant_cb (server, message, query, pair);
      return;
    }
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Retry-After",
                                "1");
  fake_server_respond (message, 503, "{\"reason\":\"not-active\",\"detail\":\"Reunion.\"}");
}

static void
test_retry_after (Pair *pair, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = client_of (pair, pair->main, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasFailoverLease) lease = NULL;
  gint64 before = g_get_monotonic_time ();

  fake_server_stop (pair->backup);
  fake_server_on (pair->main, "POST", "/leases", reunion_cb, pair);
  lease = acquire (failover, "cad", &error);
  g_assert_no_error (error);
  g_assert_cmpuint (fake_server_count (pair->main, "POST", "/leases"), ==, 3);
  g_assert_cmpint (g_get_monotonic_time () - before, >=, 2 * G_USEC_PER_SEC);
  give_back (lease);
}

static void
test_patience (Pair *pair, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = client_of (pair, pair->main, pair->backup);
  g_autoptr (GError) error = NULL;
  gint64 before = g_get_monotonic_time ();

  fake_server_stop (pair->main);
  fake_server_stop (pair->backup);
  trias_failover_set_patience (failover, 1000);
  g_assert_null (acquire (failover, "cad", &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_UNREACHABLE);
  g_assert_cmpint (g_get_monotonic_time () - before, <, 3 * G_USEC_PER_SEC);
}

static void
test_cancel (Pair *pair, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = client_of (pair, pair->main, pair->backup);

  /* In a request, in a pause, in the discovery. */
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      g_autoptr (GAsyncResult) result = NULL;
      g_autoptr (GError) error = NULL;

      fake_server_set_silent (pair->main, i != 1);
      if (i == 1)
        {
          fake_server_stop (pair->main);
          fake_server_stop (pair->backup);
        }
      trias_failover_acquire_async (failover, "cad", NULL, 1, 0, NULL, cancellable, fake_result_cb,
                                    &result);
      fake_run (400);
      g_cancellable_cancel (cancellable);
      g_assert_null (trias_failover_acquire_finish (failover, fake_wait_result (&result), &error));
      g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
      fake_server_start (pair->main);
      fake_server_start (pair->backup);
    }
  fake_server_set_silent (pair->main, FALSE);
}

/* A lease that is dropped gives its seat back. */
static void
test_drop (Pair *pair, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = client_of (pair, pair->main, pair->backup);
  TriasFailoverLease *lease = acquire (failover, "cad", NULL);

  g_assert_cmpuint (g_hash_table_size (pair->leases), ==, 1);
  g_object_unref (lease);
  fake_wait (keeps_nothing, pair);
}

static void
nonsense_cb (FakeServer *server, SoupServerMessage *message, GHashTable *query, gpointer data)
{
  fake_server_respond (message, 201, data);
}

static void
test_hostile (Pair *pair, gconstpointer data)
{
  static const char *const answers[] = { "{}", "[]", "7", "{\"id\":\"other\"}", "null" };
  static const char *const locations[]
      = { "", "http://127.0.0.1:1/", "https://", "nonsense", "https://127.0.0.1:1/x" };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (TriasFailover) failover = client_of (pair, pair->main, NULL);
      g_autoptr (GError) error = NULL;

      trias_failover_set_patience (failover, 300);
      fake_server_on (pair->main, "POST", "/leases", nonsense_cb, (gpointer) answers[i]);
      g_assert_null (acquire (failover, "cad", &error));
      g_assert_nonnull (error);
    }
  for (guint i = 0; i < G_N_ELEMENTS (locations); i++)
    {
      const char *servers[] = { locations[i], NULL };
      g_autoptr (GError) error = NULL;

      g_assert_null (trias_failover_new (servers, pair->identity, &error));
      g_assert_nonnull (error);
    }
}

static void
loop_cb (FakeServer *server, SoupServerMessage *message, GHashTable *query, gpointer data)
{
  Pair *pair = data;
  g_autofree char *location = g_strconcat (
      fake_server_uri (server == pair->main ? pair->backup : pair->main), "/api/v1/leases", NULL);

  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Location",
                                location);
  fake_server_respond (message, 307, "{\"reason\":\"not-active\",\"detail\":\"There.\"}");
}

/* Two servers that send us to each other do not keep us busy. */
static void
test_loop (Pair *pair, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = client_of (pair, pair->main, pair->backup);
  g_autoptr (GError) error = NULL;

  fake_server_on (pair->main, "POST", "/leases", loop_cb, pair);
  fake_server_on (pair->backup, "POST", "/leases", loop_cb, pair);
  trias_failover_set_patience (failover, 1000);
  g_assert_null (acquire (failover, "cad", &error));
  g_assert_nonnull (error);
  g_assert_cmpuint (fake_server_count (pair->main, "POST", "/leases"), <, 20);
}

#define ADD(name, func) g_test_add ("/failover/" name, Pair, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  trias_process_begin ();
  ADD ("one", test_one);
  ADD ("learn", test_learn);
  ADD ("foreign-cache", test_foreign_cache);
  ADD ("bad-list", test_bad_list);
  ADD ("redirect", test_redirect);
  ADD ("same-id", test_same_id);
  ADD ("survive", test_survive);
  ADD ("end", test_end);
  ADD ("gap", test_gap);
  ADD ("gone", test_gone);
  ADD ("unknown-there", test_unknown_there);
  ADD ("not-covered", test_not_covered);
  ADD ("refusals", test_refusals);
  ADD ("retry-after", test_retry_after);
  ADD ("patience", test_patience);
  ADD ("cancel", test_cancel);
  ADD ("drop", test_drop);
  ADD ("hostile", test_hostile);
  ADD ("loop", test_loop);
  return g_test_run ();
}
