/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "client/trias-failover-private.h"
#include "core/trias-relationship.h"
#include "fake-server.h"

#include <glib/gstdio.h>
#include <string.h>

#define NOBODY 3

/* Three scripted servers that behave as a triad: one ledger, one of them serves. */
typedef struct
{
  FakeServer *members[3];
  TriasIdentity *identity;
  guint active;       /* rank; NOBODY during an election */
  guint believed;     /* rank that the others take for the active one */
  gboolean at_once;   /* the stopped member answers as if it were active still */
  GHashTable *leases; /* ids that are live */
  guint grants;       /* answers 201 */
  const char *refusal;
  guint seats;
  gboolean together;   /* each hands out the signatures of all */
  const char *told[3]; /* the member list that each signs: NULL = the usual one, "" = none */
} Triad;

static guint
rank_of (Triad *triad, FakeServer *server)
{
  for (guint i = 0; i < 3; i++)
    if (triad->members[i] == server)
      return i;
  g_assert_not_reached ();
}

/* What a member that is not active says. */
static gboolean
sent_away (Triad *triad, FakeServer *server, SoupServerMessage *message)
{
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);
  guint rank = rank_of (triad, server);

  if (rank == triad->active || (triad->at_once && rank == 0))
    return FALSE;
  if (triad->believed == NOBODY || triad->believed == rank)
    {
      soup_message_headers_replace (headers, "Retry-After", "1");
      fake_server_respond (message, 503,
                           "{\"reason\":\"no-quorum\",\"detail\":\"Nobody serves.\"}");
    }
  else
    {
      g_autofree char *location
          = g_strconcat (fake_server_uri (triad->members[triad->believed]),
                         g_uri_get_path (soup_server_message_get_uri (message)), NULL);

      soup_message_headers_replace (headers, "Location", location);
      fake_server_respond (message, 307, "{\"reason\":\"not-active\",\"detail\":\"There.\"}");
    }
  return TRUE;
}

static void
answer_lease (SoupServerMessage *message, guint status, const char *id)
{
  g_autofree char *json = g_strdup_printf (
      "{\"id\":\"%s\",\"key\":\"%064d\",\"feature\":\"cad\",\"product\":\"suite\",\"count\":1,"
      "\"holder\":{\"user\":\"u\",\"host\":\"h\",\"device\":\"\"},\"ttl_s\":60,\"generation\":0,"
      "\"granted_at\":1,\"renewed_at\":1,\"left_ms\":60000,\"server\":\"\",\"epoch\":\"rel/1\","
      "\"contact\":\"\"}",
      id, 1);

  fake_server_respond (message, status, json);
}

static char *
wished_id (SoupServerMessage *message)
{
  g_autoptr (GBytes) bytes
      = soup_message_body_flatten (soup_server_message_get_request_body (message));
  g_autoptr (TriasJson) json
      = trias_json_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), 65536, NULL);
  TriasJsonReader reader;

  g_assert_nonnull (json);
  trias_json_reader_init (&reader, json);
  return g_strdup (trias_json_read_string (&reader, "id", 1, 64));
}

static void
grant_cb (FakeServer *server, SoupServerMessage *message, GHashTable *query, gpointer data)
{
  Triad *triad = data;
  g_autofree char *id = wished_id (message);

  if (sent_away (triad, server, message))
    return;
  if (triad->refusal != NULL && rank_of (triad, server) == triad->active)
    {
      fake_server_respond (message, 409, triad->refusal);
      return;
    }
  g_hash_table_add (triad->leases, g_strdup (id));
  g_assert_cmpuint (g_hash_table_size (triad->leases), <=, triad->seats);
  triad->grants++;
  answer_lease (message, 201, id);
}

static void
lease_cb (FakeServer *server, SoupServerMessage *message, GHashTable *query, gpointer data)
{
  Triad *triad = data;
  g_autofree char *path = g_strdup (g_uri_get_path (soup_server_message_get_uri (message)));
  const char *id = strrchr (path, '/') + 1;

  if (sent_away (triad, server, message))
    return;
  if (!g_hash_table_contains (triad->leases, id))
    fake_server_respond (message, 410, "{\"reason\":\"gone\",\"detail\":\"It ended.\"}");
  else if (strcmp (soup_server_message_get_method (message), "DELETE") == 0)
    {
      g_hash_table_remove (triad->leases, id);
      fake_server_respond (message, 204, NULL);
    }
  else
    answer_lease (message, 200, id);
}

static char *
list_of (Triad *triad)
{
  static const char *const roles[] = { "primary", "secondary", "tertiary" };
  static const char *const names[] = { "Anton", "Berta", "Cäsar" };
  GString *text = g_string_new ("trias-members-1\ntriad rel 1\n");

  for (guint i = 0; i < 3; i++)
    g_string_append_printf (text, "%s %s %s %s\n", roles[i], fake_server_id (triad->members[i]),
                            fake_server_address (triad->members[i]), names[i]);
  return g_string_free (text, FALSE);
}

static void
write_signature (FakeServer *signer, const char *text, TriasJsonWriter *writer)
{
  TriasIdentity *identity = fake_server_identity (signer);
  g_autofree char *signature = trias_identity_sign (identity, text, strlen (text), NULL);

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "id", fake_server_id (signer));
  trias_json_add_string (writer, "public_key", trias_identity_get_public_key (identity));
  trias_json_add_string (writer, "signature", signature);
  trias_json_end_object (writer);
}

static void
about_cb (FakeServer *server, SoupServerMessage *message, GHashTable *query, gpointer data)
{
  Triad *triad = data;
  const char *told = triad->told[rank_of (triad, server)];
  g_autofree char *text = told != NULL ? g_strdup (told) : list_of (triad);
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autofree char *json = NULL;

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "id", fake_server_id (server));
  trias_json_add_string (writer, "name", "Anton");
  trias_json_add_bool (writer, "active", rank_of (triad, server) == triad->active);
  if (text[0] != '\0')
    {
      trias_json_begin_object (writer, "signed_members");
      trias_json_add_string (writer, "text", text);
      trias_json_begin_array (writer, "signatures");
      write_signature (server, text, writer);
      for (guint i = 0; triad->together && i < 3; i++)
        if (triad->members[i] != server)
          write_signature (triad->members[i], text, writer);
      trias_json_end_array (writer);
      trias_json_end_object (writer);
    }
  trias_json_end_object (writer);
  json = trias_json_writer_end (writer, NULL);
  fake_server_respond (message, 200, json);
}

static void
set_up (Triad *triad, gconstpointer data)
{
  triad->identity = trias_identity_generate ("client", NULL);
  triad->leases = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  triad->seats = 1;
  for (guint i = 0; i < 3; i++)
    {
      FakeServer *server = triad->members[i] = fake_server_new ();

      fake_server_on (server, "GET", "/server", about_cb, triad);
      fake_server_on (server, "POST", "/leases", grant_cb, triad);
      fake_server_on (server, "PUT", "/leases/*", lease_cb, triad);
      fake_server_on (server, "DELETE", "/leases/*", lease_cb, triad);
    }
}

static void
tear_down (Triad *triad, gconstpointer data)
{
  /* Seats that are given back without waiting still reach the servers. */
  fake_run (50);
  for (guint i = 0; i < 3; i++)
    fake_server_free (triad->members[i]);
  trias_identity_unref (triad->identity);
  g_hash_table_unref (triad->leases);
}

/* A client that was told of the member at @rank alone. */
static TriasFailover *
client_of (Triad *triad, guint rank)
{
  const char *servers[] = { fake_server_full_address (triad->members[rank]), NULL };
  g_autoptr (GError) error = NULL;
  TriasFailover *failover = trias_failover_new (servers, triad->identity, &error);

  g_assert_no_error (error);
  trias_failover_set_cache (failover, NULL);
  return failover;
}

static TriasFailoverLease *
acquire (TriasFailover *failover, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;

  trias_failover_acquire_async (failover, "cad", NULL, 1, 0, NULL, NULL, fake_result_cb, &result);
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

/* A client that knows all three and was served by the primary. */
static TriasFailover *
served_by_primary (Triad *triad)
{
  TriasFailover *failover = client_of (triad, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasFailoverLease) lease = acquire (failover, &error);

  g_assert_no_error (error);
  give_back (lease);
  g_assert_cmpuint (g_strv_length ((char **) trias_failover_get_members (failover)), ==, 3);
  triad->grants = 0;
  return failover;
}

/* Whoever knows one member learns them all, whichever it is. */
static void
test_any_subset (Triad *triad, gconstpointer data)
{
  for (guint known = 0; known < 3; known++)
    {
      g_autoptr (TriasFailover) failover = client_of (triad, known);
      g_autoptr (GError) error = NULL;
      g_autoptr (TriasFailoverLease) lease = acquire (failover, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (trias_failover_lease_get_server_id (lease), ==,
                       fake_server_id (triad->members[0]));
      g_assert_cmpuint (g_strv_length ((char **) trias_failover_get_members (failover)), ==, 3);
      give_back (lease);
    }
}

/* Stopped, not dead: its silence costs a few times the usual answer, not a whole attempt. */
static void
test_mute (Triad *triad, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = served_by_primary (triad);
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasFailoverLease) lease = NULL;
  gint64 before = g_get_monotonic_time ();
  guint asked;

  fake_server_set_silent (triad->members[0], TRUE);
  triad->active = triad->believed = 1;
  lease = acquire (failover, &error);
  g_assert_no_error (error);
  g_test_message ("served after %.0f ms", (double) (g_get_monotonic_time () - before) / 1000);
  g_assert_cmpint (g_get_monotonic_time () - before, <, 1500 * 1000);
  g_assert_cmpstr (trias_failover_lease_get_server_id (lease), ==,
                   fake_server_id (triad->members[1]));
  /* The one that served last comes first from now on. */
  asked = fake_server_count (triad->members[0], "POST", "/leases");
  give_back (lease);
  g_clear_object (&lease);
  lease = acquire (failover, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (fake_server_count (triad->members[0], "POST", "/leases"), ==, asked);
  give_back (lease);
}

/* A new process, started while one member is mute: it does not wait for it either. */
static void
test_mute_at_start (Triad *triad, gconstpointer data)
{
  const char *servers[4] = { NULL };
  g_autoptr (TriasFailover) failover = NULL;
  g_autoptr (TriasFailoverLease) lease = NULL;
  g_autoptr (GError) error = NULL;
  gint64 before = g_get_monotonic_time ();

  for (guint i = 0; i < 3; i++)
    servers[i] = fake_server_full_address (triad->members[i]);
  fake_server_set_silent (triad->members[0], TRUE);
  triad->active = triad->believed = 1;
  failover = trias_failover_new (servers, triad->identity, &error);
  trias_failover_set_cache (failover, NULL);
  lease = acquire (failover, &error);
  g_assert_no_error (error);
  g_assert_cmpint (g_get_monotonic_time () - before, <, 1500 * 1000);
  give_back (lease);
}

/* Both grant: the stopped one as soon as it runs again, before it knows that it serves no more. It
 * is the same lease. */
static void
test_late_grant (Triad *triad, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = served_by_primary (triad);
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasFailoverLease) lease = NULL;

  fake_server_set_silent (triad->members[0], TRUE);
  triad->active = triad->believed = 1;
  lease = acquire (failover, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (fake_server_last_body (triad->members[0], "POST", "/leases"), ==,
                   fake_server_last_body (triad->members[1], "POST", "/leases"));
  triad->at_once = TRUE;
  fake_server_catch_up (triad->members[0]);
  triad->at_once = FALSE;
  g_assert_cmpuint (triad->grants, ==, 2);
  g_assert_cmpuint (g_hash_table_size (triad->leases), ==, 1);
  g_assert_true (g_hash_table_contains (triad->leases, trias_failover_lease_get_id (lease)));
  give_back (lease);
  g_assert_cmpuint (g_hash_table_size (triad->leases), ==, 0);
}

static gboolean
keeps_nothing (gpointer data)
{
  return g_hash_table_size (((Triad *) data)->leases) == 0;
}

static gboolean
was_dropped (gpointer data)
{
  Triad *triad = data;
  g_autofree char *path = g_strconcat ("/leases/", triad->refusal, NULL);

  return fake_server_count (triad->members[1], "DELETE", path) > 0;
}

/* Silent for the one, refused by the other: what the first may have granted is given back. */
static void
test_unsure (Triad *triad, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = served_by_primary (triad);
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasJson) body = NULL;
  TriasJsonReader reader;
  const char *text;

  fake_server_set_silent (triad->members[0], TRUE);
  triad->active = triad->believed = 1;
  triad->refusal
      = "{\"reason\":\"no-seats\",\"detail\":\"All taken.\",\"params\":{\"epoch\":\"rel/1\"}}";
  g_assert_null (acquire (failover, &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_NO_SEATS);
  text = fake_server_last_body (triad->members[0], "POST", "/leases");
  body = trias_json_parse (text, strlen (text), 65536, NULL);
  trias_json_reader_init (&reader, body);
  triad->refusal = trias_json_read_string (&reader, "id", 1, 64);
  fake_wait (was_dropped, triad);
  g_assert_true (keeps_nothing (triad));
  trias_json_reader_clear (&reader);
}

static gboolean
elect_cb (gpointer data)
{
  Triad *triad = data;

  triad->active = triad->believed = 1;
  return G_SOURCE_REMOVE;
}

/* The active one is dead, and an election takes half a second: nobody waits for a whole one, and
 * nobody is stormed. */
static void
test_election_dead (Triad *triad, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = served_by_primary (triad);
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasFailoverLease) lease = NULL;
  gint64 before = g_get_monotonic_time ();
  guint asked;

  fake_server_stop (triad->members[0]);
  triad->active = triad->believed = NOBODY;
  g_timeout_add (500, elect_cb, triad);
  lease = acquire (failover, &error);
  g_assert_no_error (error);
  g_test_message ("served after %.0f ms", (double) (g_get_monotonic_time () - before) / 1000);
  g_assert_cmpint (g_get_monotonic_time () - before, <, 900 * 1000);
  asked = fake_server_count (triad->members[1], "POST", "/leases");
  g_assert_cmpuint (asked, >, 3);
  g_assert_cmpuint (asked, <, 30);
  give_back (lease);
}

/* The primary was taken out of the triad and knows nothing of what it has: its word counts for
 * nothing, until @elect lets @rank serve. */
static void
pass_former (Triad *triad, TriasFailover *failover, GSourceFunc elect, guint rank)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasFailoverLease) lease = NULL;

  fake_server_say (triad->members[0], "POST", "/leases", 404,
                   "{\"reason\":\"unknown-feature\",\"detail\":\"No such feature.\"}");
  g_timeout_add (500, elect, triad);
  lease = acquire (failover, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (trias_failover_lease_get_server_id (lease), ==,
                   fake_server_id (triad->members[rank]));
  give_back (lease);
}

/* However long the others take to serve. */
static void
test_former (Triad *triad, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = served_by_primary (triad);

  triad->active = triad->believed = NOBODY;
  pass_former (triad, failover, elect_cb, 1);
}

static gboolean
elect_third_cb (gpointer data)
{
  Triad *triad = data;

  triad->active = triad->believed = 2;
  return G_SOURCE_REMOVE;
}

/* While the one that would speak for the triad is dead, and nobody has noticed yet. */
static void
test_former_and_dead (Triad *triad, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = served_by_primary (triad);

  fake_server_stop (triad->members[1]);
  triad->active = NOBODY;
  triad->believed = 1;
  pass_former (triad, failover, elect_third_cb, 2);
}

/* The others send us to the one that is mute, until they notice. */
static void
test_election_mute (Triad *triad, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = served_by_primary (triad);
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasFailoverLease) lease = NULL;
  gint64 before = g_get_monotonic_time ();

  fake_server_set_silent (triad->members[0], TRUE);
  triad->active = NOBODY;
  triad->believed = 0;
  g_timeout_add (500, elect_cb, triad);
  lease = acquire (failover, &error);
  g_assert_no_error (error);
  g_test_message ("served after %.0f ms", (double) (g_get_monotonic_time () - before) / 1000);
  g_assert_cmpint (g_get_monotonic_time () - before, <, 1200 * 1000);
  g_assert_cmpuint (fake_server_count (triad->members[1], "POST", "/leases"), <, 30);
  give_back (lease);
}

/* Nobody serves: told so in the end, without having been a nuisance. */
static void
test_standstill (Triad *triad, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = served_by_primary (triad);
  g_autoptr (GError) error = NULL;

  triad->active = triad->believed = NOBODY;
  trias_failover_set_patience (failover, 3000);
  g_assert_null (acquire (failover, &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_NO_QUORUM);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (fake_server_count (triad->members[i], "POST", "/leases"), <, 35);
}

/* However long an election takes, little is lost when it is over; nobody asks all the time. */
static void
test_pace (void)
{
  for (guint i = 0; i < 100; i++)
    {
      g_assert_cmpuint (trias_failover_election_pause (0), <=, 50);
      g_assert_cmpuint (trias_failover_election_pause (1000), <=, 170);
      g_assert_cmpuint (trias_failover_election_pause (2000), <=, 340);
      g_assert_cmpuint (trias_failover_election_pause (3000), >=, 250);
      g_assert_cmpuint (trias_failover_election_pause (100000), >=, 500);
      g_assert_cmpuint (trias_failover_election_pause (100000), <=, 1000);
    }
}

static void
lost_cb (TriasFailoverLease *lease, const GError *error, guint *lost)
{
  (*lost)++;
}

static gboolean
is_at_secondary (gpointer data)
{
  const char *const *ids = data;

  return g_strcmp0 (trias_failover_lease_get_server_id ((gpointer) ids[0]), ids[1]) == 0;
}

/* A seat survives: the same id at the member that took over. */
static void
test_survive (Triad *triad, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = client_of (triad, 2);
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasFailoverLease) lease = acquire (failover, &error);
  g_autofree char *id = NULL;
  const char *ids[2];
  guint lost = 0;

  g_assert_no_error (error);
  id = g_strdup (trias_failover_lease_get_id (lease));
  g_signal_connect (lease, "lost", G_CALLBACK (lost_cb), &lost);
  fake_server_stop (triad->members[0]);
  triad->active = triad->believed = NOBODY;
  g_timeout_add (500, elect_cb, triad);
  trias_failover_lease_renew (lease);
  ids[0] = (const char *) lease;
  ids[1] = fake_server_id (triad->members[1]);
  fake_wait (is_at_secondary, ids);
  g_assert_cmpstr (trias_failover_lease_get_id (lease), ==, id);
  g_assert_cmpuint (lost, ==, 0);
  give_back (lease);
  fake_server_start (triad->members[0]);
}

/* --- whose word on the members counts --- */

/* A triad that has gone on: @replaced is another server now. */
static char *
list_with (Triad *triad, guint replaced, FakeServer *other)
{
  FakeServer *old = triad->members[replaced];
  g_autofree char *former = NULL;
  g_autofree char *next = NULL;
  g_auto (GStrv) parts = NULL;

  triad->members[replaced] = other;
  former = list_of (triad);
  triad->members[replaced] = old;
  parts = g_strsplit (former, "rel 1", 2);
  next = g_strjoinv ("rel 2", parts);
  return g_steal_pointer (&next);
}

/* The member at @rank belongs to a pair with @other by now. */
static char *
pair_with (Triad *triad, guint rank, FakeServer *other)
{
  return g_strdup_printf ("trias-members-1\nbackup other 1\nmain %s %s Anton\nbackup %s %s Berta\n",
                          fake_server_id (triad->members[rank]),
                          fake_server_address (triad->members[rank]), fake_server_id (other),
                          fake_server_address (other));
}

typedef struct
{
  TriasFailover *failover;
  FakeServer *server;
} Known;

static void
remove_folder (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while ((name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_assert_cmpint (g_unlink (path), ==, 0);
    }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

static gboolean
is_known (gpointer data)
{
  const Known *known = data;

  return g_strv_contains (trias_failover_get_members (known->failover),
                          fake_server_full_address (known->server));
}

static void
ask (TriasFailover *failover, FakeServer *server)
{
  for (guint i = 0; i < failover->endpoints->len; i++)
    {
      TriasEndpoint *endpoint = g_ptr_array_index (failover->endpoints, i);

      if (strcmp (endpoint->id, fake_server_id (server)) == 0)
        trias_failover_relearn (failover, endpoint);
    }
}

/* One key alone, be it stolen, leads no client away: the others stand by what is known. */
static void
test_one_forges (Triad *triad, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = served_by_primary (triad);
  g_autoptr (FakeServer) stranger = fake_server_new ();
  g_autofree char *forged = list_with (triad, 0, stranger);
  g_autofree char *other = pair_with (triad, 2, stranger);
  Known known = { failover, stranger };

  failover->silence_ms = 1500;
  triad->told[2] = forged;
  ask (failover, triad->members[2]);
  fake_run (2500);
  g_assert_cmpuint (fake_server_count (triad->members[1], "GET", "/server"), >=, 3);
  g_assert_false (is_known (&known));
  /* Nor by calling it a relationship of its own. */
  triad->told[2] = other;
  ask (failover, triad->members[2]);
  fake_run (2500);
  g_assert_false (is_known (&known));
  /* One honest member is enough for that. */
  fake_server_stop (triad->members[0]);
  fake_run (2500);
  g_assert_false (is_known (&known));
  g_assert_cmpuint (g_strv_length ((char **) trias_failover_get_members (failover)), ==, 3);
}

/* Two of three go on with another one: the client asks for the second signature by itself. It
 * follows although the replaced one says otherwise, and it knows the list at its next start. */
static void
test_majority (Triad *triad, gconstpointer data)
{
  g_autofree char *folder = g_dir_make_tmp ("trias-failover-XXXXXX", NULL);
  g_autoptr (TriasFailover) failover = served_by_primary (triad);
  g_autoptr (FakeServer) newcomer = fake_server_new ();
  g_autofree char *next = list_with (triad, 0, newcomer);
  g_autofree char *after = NULL;
  g_autoptr (TriasFailover) again = NULL;
  Known known = { failover, newcomer };

  trias_failover_set_cache (failover, folder);
  triad->told[1] = next;
  ask (failover, triad->members[1]);
  fake_run (500);
  g_assert_false (is_known (&known));
  triad->told[2] = next;
  fake_wait (is_known, &known);
  g_assert_cmpuint (failover->incarnation, ==, 2);
  g_assert_cmpuint (failover->voters->len, ==, 3);
  fake_run (100);
  /* Who was configured is in it no more, and nobody else has to be there. */
  for (guint i = 0; i < 3; i++)
    fake_server_stop (triad->members[i]);
  again = client_of (triad, 0);
  trias_failover_set_cache (again, folder);
  trias_failover_read_cache (again);
  known.failover = again;
  g_assert_true (is_known (&known));
  remove_folder (folder);
}

/* The one member that is reached hands out what the others signed. */
static void
test_together (Triad *triad, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = served_by_primary (triad);
  g_autoptr (FakeServer) newcomer = fake_server_new ();
  g_autofree char *next = list_with (triad, 0, newcomer);
  Known known = { failover, newcomer };

  fake_server_stop (triad->members[0]);
  fake_server_stop (triad->members[2]);
  triad->told[1] = next;
  triad->together = TRUE;
  ask (failover, triad->members[1]);
  fake_wait (is_known, &known);
  g_assert_cmpuint (failover->incarnation, ==, 2);
}

/* Only one is left, and it has gone on: who hears nothing else for long enough goes with it. */
static void
test_survivor (Triad *triad, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = served_by_primary (triad);
  g_autoptr (FakeServer) partner = fake_server_new ();
  g_autofree char *pair = pair_with (triad, 2, partner);
  Known known = { failover, partner };

  failover->silence_ms = 3000;
  fake_server_stop (triad->members[0]);
  fake_server_stop (triad->members[1]);
  triad->told[2] = pair;
  ask (failover, triad->members[2]);
  fake_run (1500);
  g_assert_false (is_known (&known));
  fake_wait (is_known, &known);
  g_assert_false (trias_failover_is_triad (failover));
}

/* The triad was dissolved: who kept the licences has a partner now, and the others say that they
 * have left. */
static void
test_dissolved (Triad *triad, gconstpointer data)
{
  g_autoptr (TriasFailover) failover = served_by_primary (triad);
  g_autoptr (FakeServer) partner = fake_server_new ();
  g_autofree char *pair = pair_with (triad, 2, partner);
  Known known = { failover, partner };

  triad->told[0] = "";
  triad->told[2] = pair;
  ask (failover, triad->members[2]);
  fake_run (500);
  g_assert_false (is_known (&known));
  triad->told[1] = "";
  fake_wait (is_known, &known);
  g_assert_cmpuint (failover->voters->len, ==, 2);
}

#define ADD(name, func) g_test_add ("/failover-triad/" name, Triad, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  trias_process_begin ();
  g_test_add_func ("/failover-triad/pace", test_pace);
  ADD ("any-subset", test_any_subset);
  ADD ("mute", test_mute);
  ADD ("mute-at-start", test_mute_at_start);
  ADD ("late-grant", test_late_grant);
  ADD ("unsure", test_unsure);
  ADD ("election-dead", test_election_dead);
  ADD ("election-mute", test_election_mute);
  ADD ("former", test_former);
  ADD ("former-and-dead", test_former_and_dead);
  ADD ("standstill", test_standstill);
  ADD ("survive", test_survive);
  ADD ("one-forges", test_one_forges);
  ADD ("majority", test_majority);
  ADD ("together", test_together);
  ADD ("survivor", test_survivor);
  ADD ("dissolved", test_dissolved);
  return g_test_run ();
}
