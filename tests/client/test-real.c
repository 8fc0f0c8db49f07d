/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The library against two real servers: set up as a person would, one killed, back again. */

#include "config.h"

#include "client/trias-rest-private.h"
#include "client/trias.h"
#include "fake-server.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

#define PASSWORD "correct horse battery"
#define FEATURE "print"

typedef struct
{
  const char *name;
  char *folder;
  char *address; /* HOST:PORT */
  GSubprocess *process;
  TriasServer *server;
} Member;

typedef struct
{
  char *folder, *issuers, *secret;
  Member main, backup;
  TriasServers *servers;
} Fixture;

static char *
free_address (const char *host)
{
  g_autoptr (GSocket) socket
      = g_socket_new (G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GSocketAddress) any = g_inet_socket_address_new_from_string (host, 0);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GError) error = NULL;

  g_socket_bind (socket, any, TRUE, &error);
  g_assert_no_error (error);
  bound = g_socket_get_local_address (socket, NULL);
  return g_strdup_printf ("%s:%u", host,
                          g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound)));
}

static void
start (Fixture *f, Member *member)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_NONE);
  g_autofree char *log = g_strconcat (member->folder, ".log", NULL);
  g_autoptr (GError) error = NULL;

  g_subprocess_launcher_set_stdout_file_path (launcher, log);
  g_subprocess_launcher_set_stderr_file_path (launcher, log);
  g_subprocess_launcher_unsetenv (launcher, "G_DEBUG");
  member->process = g_subprocess_launcher_spawn (
      launcher, &error, g_getenv ("TRIAS_TRIASD"), "--state", member->folder, "--listen",
      member->address, "--name", member->name, "--issuers", f->issuers, NULL);
  g_assert_no_error (error);
}

static void
kill_now (Member *member)
{
  g_subprocess_send_signal (member->process, SIGKILL);
  g_subprocess_wait (member->process, NULL, NULL);
  g_clear_object (&member->process);
}

static gboolean
is_answering (gpointer data)
{
  Member *member = data;
  g_autoptr (GAsyncResult) result = NULL;

  trias_server_connect_async (member->server, NULL, fake_result_cb, &result);
  fake_wait_result (&result);
  if (trias_server_connect_finish (member->server, result, NULL))
    return TRUE;
  fake_run (50);
  return FALSE;
}

static void
add_admin (Member *member)
{
  g_autofree char *path = g_build_filename (member->folder, "admin.sock", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketConnection) connection
      = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, &error);
  const char *line = "{\"verb\":\"admin-add\",\"name\":\"admin\",\"password\":\"" PASSWORD "\"}\n";
  char answer[1024] = "";

  g_assert_no_error (error);
  g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), line,
                             strlen (line), NULL, NULL, &error);
  g_assert_no_error (error);
  g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)), answer,
                       sizeof answer - 1, NULL, &error);
  g_assert_no_error (error);
  g_assert_nonnull (strstr (answer, "true"));
}

static void
install (Fixture *f, Member *member, guint seats)
{
  g_autofree char *payload = g_strdup_printf (
      "{\"id\":\"%s-1\",\"revision\":1,\"issuer\":\"probe\",\"licensee\":\"x\",\"product\":\"p\","
      "\"bind\":[],\"features\":[{\"name\":\"" FEATURE
      "\",\"seats\":%u,\"counted_by\":\"lease\",\"not_before\":null,\"not_after\":null,\""
      "grace_hours\":0}]}",
      member->name, seats);
  g_autoptr (GError) error = NULL;
  g_autofree char *text = trias_license_issue (payload, f->secret, &error);
  g_autoptr (GAsyncResult) result = NULL;

  g_assert_no_error (error);
  trias_server_install_license_async (member->server, text, NULL, fake_result_cb, &result);
  trias_server_action_finish (member->server, fake_wait_result (&result), &error);
  g_assert_no_error (error);
}

static void
bring_up (Fixture *f, Member *member, const char *name, const char *host, guint seats)
{
  g_autoptr (GAsyncResult) trusted = NULL;
  g_autoptr (GAsyncResult) signed_in = NULL;
  g_autoptr (GError) error = NULL;

  member->name = name;
  member->folder = g_build_filename (f->folder, name, NULL);
  member->address = free_address (host);
  g_mkdir (member->folder, 0700);
  start (f, member);
  member->server = trias_servers_add (f->servers, member->address, &error);
  g_assert_no_error (error);
  fake_wait (is_answering, member);
  g_assert_cmpint (trias_server_get_state (member->server), ==, TRIAS_SERVER_UNTRUSTED);
  trias_server_trust_async (member->server, trias_server_get_offered_fingerprint (member->server),
                            NULL, fake_result_cb, &trusted);
  trias_server_trust_finish (member->server, fake_wait_result (&trusted), &error);
  g_assert_no_error (error);
  add_admin (member);
  trias_server_sign_in_async (member->server, "admin", PASSWORD, NULL, fake_result_cb, &signed_in);
  trias_server_sign_in_finish (member->server, fake_wait_result (&signed_in), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (trias_server_get_name (member->server), ==, name);
  install (f, member, seats);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autofree char *key = NULL, *path = NULL;

  f->folder = g_dir_make_tmp ("trias-real-XXXXXX", NULL);
  f->issuers = g_build_filename (f->folder, "issuers", NULL);
  g_mkdir (f->issuers, 0755);
  trias_issuer_generate (&f->secret, &key);
  path = g_build_filename (f->issuers, "probe.test.pub", NULL);
  g_assert_true (g_file_set_contents (path, key, -1, NULL));
  g_free (path);
  path = g_build_filename (f->folder, "servers.conf", NULL);
  f->servers = trias_servers_new (path, NULL);
  bring_up (f, &f->main, "anton", "127.0.0.2", 2);
  bring_up (f, &f->backup, "berta", "127.0.0.3", 1);
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_all (child);
    }
  g_remove (path);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  Member *members[] = { &f->main, &f->backup };

  g_clear_object (&f->servers);
  for (guint i = 0; i < 2; i++)
    {
      if (members[i]->process != NULL)
        kill_now (members[i]);
      g_free (members[i]->folder);
      g_free (members[i]->address);
    }
  fake_run (50);
  remove_all (f->folder);
  g_free (f->folder);
  g_free (f->issuers);
  g_free (f->secret);
}

static void
form (Fixture *f)
{
  g_autoptr (TriasSetup) setup = trias_setup_new (TRIAS_KIND_BACKUP);
  g_autoptr (GAsyncResult) checked = NULL;
  g_autoptr (GAsyncResult) mended = NULL;
  g_autoptr (GAsyncResult) formed = NULL;
  g_autoptr (GError) error = NULL;
  gboolean passed = TRUE;
  guint made = 0;

  trias_setup_set_server (setup, 0, f->main.server);
  trias_setup_set_server (setup, 1, f->backup.server);
  trias_setup_set_name (setup, "Halle 3");
  trias_setup_check_async (setup, NULL, fake_result_cb, &checked);
  trias_setup_check_finish (setup, fake_wait_result (&checked), &passed, &error);
  g_assert_no_error (error);
  g_assert_false (passed);
  g_assert_cmpuint (trias_setup_get_n_mendable (setup), >, 0);
  trias_setup_mend_async (setup, NULL, fake_result_cb, &mended);
  trias_setup_mend_finish (setup, fake_wait_result (&mended), &made, &error);
  g_assert_no_error (error);
  /* One refusal may hide the next: what the second check found is mended, too. */
  if (trias_setup_get_n_mendable (setup) > 0)
    {
      g_clear_object (&mended);
      trias_setup_mend_async (setup, NULL, fake_result_cb, &mended);
      trias_setup_mend_finish (setup, fake_wait_result (&mended), NULL, &error);
      g_assert_no_error (error);
    }
  for (guint i = 0; i < g_list_model_get_n_items (trias_setup_get_checks (setup)); i++)
    {
      g_autoptr (TriasCheckItem) item = g_list_model_get_item (trias_setup_get_checks (setup), i);
      const TriasCheck *check = trias_check_item_get_check (item);

      g_test_message ("%s on %s: %s %s", check->kind, trias_check_item_get_server_name (item),
                      trias_check_state_to_word (check->state), check->detail);
    }
  g_assert_true (trias_setup_get_passed (setup));
  g_assert_cmpuint (g_list_model_get_n_items (trias_setup_get_made_rules (setup)), ==, 2);
  trias_setup_form_async (setup, NULL, fake_result_cb, &formed);
  trias_setup_form_finish (setup, fake_wait_result (&formed), &error);
  g_assert_no_error (error);
  g_assert_cmpint (trias_setup_get_state (setup), ==, TRIAS_SETUP_FORMED);
}

static gboolean
is_good (gpointer data)
{
  GListModel *rows = data;
  guint good = 0;

  for (guint i = 0; i < g_list_model_get_n_items (rows); i++)
    {
      g_autoptr (TriasPairMember) row = g_list_model_get_item (rows, i);

      good += trias_pair_member_get_icon_state (row) == TRIAS_LINK_CONNECTED_SYNCHRONISED
              && trias_pair_member_get_own_view (row);
    }
  return good == 2;
}

static gboolean
is_cut (gpointer data)
{
  GListModel *rows = data;
  g_autoptr (TriasPairMember) main = g_list_model_get_item (rows, 0);
  g_autoptr (TriasPairMember) backup = g_list_model_get_item (rows, 1);

  return !trias_pair_member_get_connected (main) && !trias_pair_member_get_reached (main)
         && !trias_pair_member_get_online (main) && !trias_pair_member_get_connected (backup)
         && trias_pair_member_get_reached (backup);
}

typedef struct
{
  TriasFailoverLease *lease;
  const char *at;
  guint lost;
} Watch;

static gboolean
is_at (gpointer data)
{
  Watch *watch = data;

  return strcmp (trias_failover_lease_get_server_id (watch->lease), watch->at) == 0;
}

static void
lost_cb (TriasFailoverLease *lease, const GError *error, Watch *watch)
{
  g_test_message ("lost: %s", error->message);
  watch->lost++;
}

static TriasFailoverLease *
acquire (TriasFailover *failover)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  TriasFailoverLease *lease;

  trias_failover_acquire_async (failover, FEATURE, NULL, 1, 6, NULL, NULL, fake_result_cb, &result);
  lease = trias_failover_acquire_finish (failover, fake_wait_result (&result), &error);
  g_assert_no_error (error);
  return lease;
}

static void
test_survive (Fixture *f, gconstpointer data)
{
  g_autoptr (TriasPairs) pairs = trias_pairs_new (f->servers);
  g_autoptr (TriasIdentity) identity = trias_identity_generate ("client", NULL);
  g_autofree char *first = NULL;
  const char *known[2] = { NULL, NULL };
  g_autoptr (TriasFailover) failover = NULL;
  g_autoptr (TriasFailoverLease) lease = NULL;
  g_autoptr (GAsyncResult) released = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *main_id = g_strdup (trias_server_get_id (f->main.server));
  g_autofree char *backup_id = g_strdup (trias_server_get_id (f->backup.server));
  gint64 killed;
  Watch watch = { 0 };

  form (f);
  fake_wait (is_good, pairs);
  known[0] = first = g_strconcat (f->main.address, "#", main_id, NULL);
  failover = trias_failover_new (known, identity, &error);
  g_assert_no_error (error);
  trias_failover_set_cache (failover, NULL);
  lease = acquire (failover);
  watch.lease = lease;
  g_signal_connect (lease, "lost", G_CALLBACK (lost_cb), &watch);
  g_assert_cmpstr (trias_failover_lease_get_server_id (lease), ==, main_id);
  g_assert_cmpuint (g_strv_length ((char **) trias_failover_get_members (failover)), ==, 2);
  kill_now (&f->main);
  killed = g_get_monotonic_time ();
  trias_failover_lease_renew (lease);
  watch.at = backup_id;
  fake_wait (is_at, &watch);
  g_assert_cmpint (g_get_monotonic_time () - killed, <, 3 * G_USEC_PER_SEC);
  g_test_message ("served by the backup after %" G_GINT64_FORMAT " ms",
                  (g_get_monotonic_time () - killed) / 1000);
  fake_wait (is_cut, pairs);
  start (f, &f->main);
  fake_wait (is_good, pairs);
  watch.at = main_id;
  fake_wait (is_at, &watch);
  g_assert_cmpuint (watch.lost, ==, 0);
  trias_failover_lease_release_async (lease, NULL, fake_result_cb, &released);
  trias_failover_lease_release_finish (lease, fake_wait_result (&released), &error);
  g_assert_no_error (error);
}

static void
network_cb (SoupMessage *message, GSocketClientEvent event, GIOStream *stream, guint *connections)
{
  *connections += event == G_SOCKET_CLIENT_CONNECTED;
}

static void
queued_cb (SoupSession *session, SoupMessage *message, guint *connections)
{
  g_signal_connect (message, "network-event", G_CALLBACK (network_cb), connections);
}

static void
ask (TriasRest *rest, const char *method, const char *path, const char *body, guint status)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasAnswer) answer = NULL;

  trias_rest_send_async (rest, method, path, body, NULL, NULL, fake_result_cb, &result);
  answer = trias_rest_send_finish (rest, fake_wait_result (&result), &error);
  g_assert_no_error (error);
  g_assert_cmpuint (answer->status, ==, status);
}

/* Seats that are taken and given back one after the other need one connection. */
static void
test_kept (Fixture *f, gconstpointer data)
{
  g_autofree char *uri = g_strconcat ("https://", f->main.address, NULL);
  g_autoptr (TriasIdentity) identity = trias_identity_generate ("client", NULL);
  g_autoptr (TriasRest) rest = trias_rest_new (uri, trias_server_get_id (f->main.server), identity);
  guint connections = 0;

  g_signal_connect (trias_rest_get_session (rest), "request-queued", G_CALLBACK (queued_cb),
                    &connections);
  for (guint i = 0; i < 3; i++)
    {
      g_autofree char *path = g_strdup_printf ("/leases/one-after-the-other-%u", i);
      g_autofree char *body
          = g_strdup_printf ("{\"id\":\"one-after-the-other-%u\",\"feature\":\"" FEATURE "\"}", i);

      ask (rest, "POST", "/leases", body, 201);
      ask (rest, "DELETE", path, NULL, 204);
    }
  g_assert_cmpuint (connections, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  trias_process_begin ();
  if (g_getenv ("TRIAS_TRIASD") != NULL)
    {
      g_test_add ("/real/survive", Fixture, NULL, set_up, test_survive, tear_down);
      g_test_add ("/real/kept", Fixture, NULL, set_up, test_kept, tear_down);
    }
  return g_test_run ();
}
