/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "client/trias-setup.h"
#include "fake-server.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/wait.h>

#define EXIT_USAGE 64
#define EXIT_UNAVAILABLE 69

typedef struct
{
  FakeServer *main, *backup;
  TriasServer *main_server, *backup_server;
  TriasSetup *setup;
  SoupServerMessage *waiting; /* POST /relationship that is not answered yet */
} Fixture;

static gboolean
is_connected (gpointer data)
{
  return trias_server_get_state (data) == TRIAS_SERVER_CONNECTED
         && trias_server_get_relationship (data) != NULL;
}

static TriasServer *
signed_in (FakeServer *fake)
{
  g_autoptr (TriasAddress) address = trias_address_parse (fake_server_full_address (fake), NULL);
  TriasServer *server = trias_server_new (address);

  trias_server_sign_in_async (server, "admin", "password", NULL, NULL, NULL);
  fake_wait (is_connected, server);
  return server;
}

static void
rules_cb (FakeServer *server, SoupServerMessage *message, GHashTable *query, gpointer data)
{
  fake_server_respond (message, 201, "{}");
}

static void
append_rule_check (GString *json, const char *server, const char *peer, gboolean passed)
{
  g_string_append_printf (
      json,
      ",{\"kind\":\"rule\",\"server\":\"%s\",\"peer\":\"%s\",\"state\":\"%s\",\"reason\":\""
      "%s\",\"detail\":\"x\"",
      server, peer, passed ? "passed" : "failed", passed ? "none" : "rule-missing");
  if (!passed)
    g_string_append_printf (json,
                            ",\"mend\":{\"scope\":\"peer\",\"effect\":\"allow\",\"who\":{\"kind\""
                            ":\"key\",\"value\":\"%s\"},"
                            "\"where\":{\"kind\":\"address\",\"value\":\"127.0.0.1\"},\"note\":\""
                            "\"}",
                            peer);
  g_string_append_c (json, '}');
}

/* Passes when both have got their rule. */
static void
check_cb (FakeServer *server, SoupServerMessage *message, GHashTable *query, gpointer data)
{
  Fixture *f = data;
  gboolean main_ok = fake_server_count (f->main, "POST", "/rules") > 0;
  gboolean backup_ok = fake_server_count (f->backup, "POST", "/rules") > 0;
  g_autoptr (GString) json = g_string_new (NULL);

  g_string_append_printf (json,
                          "{\"passed\":%s,\"checks\":[{\"kind\":\"reach\",\"server\":\"%s\",\""
                          "peer\":\"%s\",\"state\":\"passed\","
                          "\"reason\":\"none\",\"detail\":\"x\",\"params\":{\"latency_us\":\"100\""
                          "}}",
                          main_ok && backup_ok ? "true" : "false", fake_server_id (f->main),
                          fake_server_id (f->backup));
  append_rule_check (json, fake_server_id (f->main), fake_server_id (f->backup), main_ok);
  append_rule_check (json, fake_server_id (f->backup), fake_server_id (f->main), backup_ok);
  g_string_append (json, "]}");
  fake_server_respond (message, 200, json->str);
}

static void
form_cb (FakeServer *server, SoupServerMessage *message, GHashTable *query, gpointer data)
{
  Fixture *f = data;

  f->waiting = g_object_ref (message);
  soup_server_message_pause (message);
}

static void
end_form (Fixture *f, guint status, const char *json)
{
  fake_server_respond (f->waiting, status, json);
  soup_server_message_unpause (f->waiting);
  g_clear_object (&f->waiting);
}

static void
abort_cb (FakeServer *server, SoupServerMessage *message, GHashTable *query, gpointer data)
{
  fake_server_respond (message, 204, NULL);
  end_form (data, 409, "{\"reason\":\"check-failed\",\"detail\":\"Ended by the administrator.\"}");
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->main = fake_server_new ();
  f->backup = fake_server_new ();
  fake_server_be_plain (f->main, "Anton");
  fake_server_be_plain (f->backup, "Berta");
  fake_server_on (f->main, "POST", "/rules", rules_cb, f);
  fake_server_on (f->backup, "POST", "/rules", rules_cb, f);
  fake_server_on (f->main, "POST", "/relationship/check", check_cb, f);
  fake_server_on (f->main, "POST", "/relationship", form_cb, f);
  fake_server_on (f->main, "POST", "/relationship/abort", abort_cb, f);
  fake_server_say (f->backup, "POST", "/relationship/invitation", 201,
                   "{\"code\":\"the-code\",\"expires_at\":9999999999999,\"server\":\"x\"}");
  f->main_server = signed_in (f->main);
  f->backup_server = signed_in (f->backup);
  f->setup = trias_setup_new (TRIAS_KIND_BACKUP);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  g_clear_object (&f->setup);
  trias_server_disconnect (f->main_server);
  trias_server_disconnect (f->backup_server);
  fake_run (50);
  g_object_unref (f->main_server);
  g_object_unref (f->backup_server);
  fake_server_free (f->main);
  fake_server_free (f->backup);
}

static void
fill_in (Fixture *f)
{
  trias_setup_set_server (f->setup, 0, f->main_server);
  trias_setup_set_server (f->setup, 1, f->backup_server);
  trias_setup_set_name (f->setup, "Halle 3");
}

static gboolean
check (Fixture *f)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  gboolean passed = FALSE;

  trias_setup_check_async (f->setup, NULL, fake_result_cb, &result);
  trias_setup_check_finish (f->setup, fake_wait_result (&result), &passed, &error);
  g_assert_no_error (error);
  return passed;
}

static void
test_problem (Fixture *f, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_cmpstr (trias_setup_get_problem (f->setup), ==, "main");
  trias_setup_set_server (f->setup, 0, f->main_server);
  g_assert_cmpstr (trias_setup_get_problem (f->setup), ==, "backup");
  trias_setup_set_server (f->setup, 1, f->main_server);
  g_assert_cmpstr (trias_setup_get_problem (f->setup), ==, "same");
  trias_setup_set_server (f->setup, 1, f->backup_server);
  g_assert_cmpstr (trias_setup_get_problem (f->setup), ==, "name");
  trias_setup_set_name (f->setup, "  Halle 3 ");
  g_assert_cmpstr (trias_setup_get_problem (f->setup), ==, "");
  g_assert_cmpstr (trias_setup_get_name (f->setup), ==, "Halle 3");
  trias_setup_set_server (f->setup, 1, NULL);
  trias_setup_set_address (f->setup, 1, "10.0.0.2");
  g_assert_cmpstr (trias_setup_get_problem (f->setup), ==, "invitation");
  trias_setup_check_async (f->setup, NULL, fake_result_cb, &result);
  g_assert_false (trias_setup_check_finish (f->setup, fake_wait_result (&result), NULL, &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_BAD_REQUEST);
  trias_setup_set_invitation (f->setup, 1, "a-code");
  g_assert_cmpstr (trias_setup_get_problem (f->setup), ==, "");
}

static void
test_mend (Fixture *f, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasCheckItem) rule = NULL;
  g_autoptr (TriasCheckItem) same = NULL;
  guint made = 0;

  fill_in (f);
  g_assert_false (check (f));
  g_assert_nonnull (
      strstr (fake_server_last_body (f->main, "POST", "/relationship/check"), "\"the-code\""));
  g_assert_cmpuint (g_list_model_get_n_items (trias_setup_get_checks (f->setup)), ==, 3);
  g_assert_cmpuint (trias_setup_get_n_mendable (f->setup), ==, 2);
  rule = g_list_model_get_item (trias_setup_get_checks (f->setup), 1);
  g_assert_true (trias_check_item_get_mendable (rule));
  g_assert_cmpstr (trias_check_item_get_server_name (rule), ==, "Anton");
  trias_setup_mend_async (f->setup, NULL, fake_result_cb, &result);
  g_assert_true (trias_setup_mend_finish (f->setup, fake_wait_result (&result), &made, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (made, ==, 2);
  g_assert_cmpuint (fake_server_count (f->main, "POST", "/rules"), ==, 1);
  g_assert_cmpuint (fake_server_count (f->backup, "POST", "/rules"), ==, 1);
  g_assert_nonnull (
      strstr (fake_server_last_body (f->main, "POST", "/rules"), fake_server_id (f->backup)));
  g_assert_true (trias_setup_get_passed (f->setup));
  g_assert_cmpuint (trias_setup_get_n_mendable (f->setup), ==, 0);
  same = g_list_model_get_item (trias_setup_get_checks (f->setup), 1);
  g_assert_true (same == rule);
  g_assert_cmpuint (g_list_model_get_n_items (trias_setup_get_made_rules (f->setup)), ==, 2);
  /* What was checked is no longer what is filled in. */
  trias_setup_set_address (f->setup, 0, "10.0.0.1");
  g_assert_false (trias_setup_get_passed (f->setup));
}

static void
test_undo (Fixture *f, gconstpointer data)
{
  g_autoptr (GAsyncResult) mended = NULL;
  g_autoptr (GAsyncResult) undone = NULL;
  g_autoptr (GError) error = NULL;

  fill_in (f);
  check (f);
  trias_setup_mend_async (f->setup, NULL, fake_result_cb, &mended);
  g_assert_true (trias_setup_mend_finish (f->setup, fake_wait_result (&mended), NULL, NULL));
  fake_server_say (f->main, "DELETE", "/rules/*", 204, NULL);
  /* One that is gone already is no obstacle. */
  fake_server_say (f->backup, "DELETE", "/rules/*", 404,
                   "{\"reason\":\"not-found\",\"detail\":\"x\"}");
  trias_setup_undo_async (f->setup, NULL, fake_result_cb, &undone);
  g_assert_true (trias_setup_undo_finish (f->setup, fake_wait_result (&undone), &error));
  g_assert_no_error (error);
  g_assert_cmpuint (g_list_model_get_n_items (trias_setup_get_made_rules (f->setup)), ==, 0);
}

static gboolean
is_waiting (gpointer data)
{
  return ((Fixture *) data)->waiting != NULL;
}

static TriasCheckState
step_state (Fixture *f, const char *kind)
{
  GListModel *steps = trias_setup_get_steps (f->setup);

  for (guint i = 0; i < g_list_model_get_n_items (steps); i++)
    {
      g_autoptr (TriasSetupStep) step = g_list_model_get_item (steps, i);

      if (strcmp (trias_setup_step_get_kind (step), kind) == 0)
        return trias_setup_step_get_state (step);
    }
  g_assert_not_reached ();
}

static gboolean
is_sealing (gpointer data)
{
  return step_state (data, "seal") == TRIAS_CHECK_RUNNING;
}

static char *
forming_id (Fixture *f)
{
  g_autoptr (TriasJson) json = NULL;
  const char *body = fake_server_last_body (f->main, "POST", "/relationship");
  TriasJsonReader reader;

  json = trias_json_parse (body, strlen (body), 65536, NULL);
  trias_json_reader_init (&reader, json);
  return g_strdup (trias_json_read_string (&reader, "id", 1, 64));
}

static void
say_phase (Fixture *f, const char *phase)
{
  g_autofree char *id = forming_id (f);
  g_autofree char *json = g_strdup_printf ("{\"relationship\":null,\"forming\":{\"id\":\"%s\",\""
                                           "phase\":\"%s\",\"coordinator\":\"%s\",\"since\":1,"
                                           "\"detail\":\"\",\"reason\":\"none\"}}",
                                           id, phase, fake_server_id (f->main));

  fake_server_say (f->main, "GET", "/relationship", 200, json);
  fake_server_send (f->main, "event: changed\ndata: {\"what\":\"relationship\"}\n\n");
}

static void
say_status (Fixture *f, gboolean synchronised)
{
  g_autofree char *id = forming_id (f);
  const char *main_id = fake_server_id (f->main);
  const char *backup_id = fake_server_id (f->backup);
  g_autofree char *json = g_strdup_printf (
      "{\"relationship\":{\"id\":\"%s\",\"name\":\"Halle 3\",\"kind\":\"backup\",\"incarnation\":1,"
      "\"options\":{\"sync_interval_s\":30,\"failback\":\"automatic\",\"profile\":\"lan\"},"
      "\"members\":["
      "{\"id\":\"%s\",\"name\":\"Anton\",\"role\":\"main\",\"addresses\":[\"127.0.0.1:7643\"]},"
      "{\"id\":\"%s\",\"name\":\"Berta\",\"role\":\"backup\",\"addresses\":[\"127.0.0.2:7643\"]}],"
      "\"self\":\"%s\",\"self_role\":\"main\",\"active\":\"%s\",\"epoch\":\"%s/"
      "1\",\"serving\":\"serving\","
      "\"why\":\"\",\"consequence\":[],\"conflict\":null,\"status\":{\"peer\":\"%s\",\"connected\":"
      "true,"
      "\"synchronised\":%s,\"sync_reason\":\"%s\"},\"partner_view\":null},\"forming\":null}",
      id, main_id, backup_id, main_id, main_id, id, backup_id, synchronised ? "true" : "false",
      synchronised ? "none" : "first-copy");

  fake_server_say (f->main, "GET", "/relationship", 200, json);
  fake_server_send (f->main, "event: changed\ndata: {\"what\":\"relationship\"}\n\n");
}

static gboolean
has_relationship (gpointer data)
{
  TriasRelationshipInfo *info = trias_server_get_relationship (((Fixture *) data)->main_server);

  return info != NULL && trias_relationship_info_get_relationship (info) != NULL;
}

static gboolean
is_copied (gpointer data)
{
  return trias_setup_get_copied (((Fixture *) data)->setup);
}

static void
test_form (Fixture *f, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  const char *body;

  fill_in (f);
  trias_setup_form_async (f->setup, cancellable, fake_result_cb, &result);
  fake_wait (is_waiting, f);
  g_assert_cmpint (trias_setup_get_state (f->setup), ==, TRIAS_SETUP_FORMING);
  g_assert_true (trias_setup_get_cancellable (f->setup));
  g_assert_cmpint (step_state (f, "invite"), ==, TRIAS_CHECK_PASSED);
  g_assert_cmpint (step_state (f, "check"), ==, TRIAS_CHECK_RUNNING);
  body = fake_server_last_body (f->main, "POST", "/relationship");
  g_assert_nonnull (strstr (body, "\"Halle 3\""));
  g_assert_nonnull (strstr (body, "the-code"));
  g_assert_nonnull (strstr (body, fake_server_id (f->backup)));
  say_phase (f, "sealing");
  fake_wait (is_sealing, f);
  g_assert_cmpint (step_state (f, "prepare"), ==, TRIAS_CHECK_PASSED);
  g_assert_false (trias_setup_get_cancellable (f->setup));
  /* Too late: the servers carry it through. */
  g_cancellable_cancel (cancellable);
  fake_run (50);
  g_assert_cmpuint (fake_server_count (f->main, "POST", "/relationship/abort"), ==, 0);
  end_form (f, 201, "{}");
  g_assert_true (trias_setup_form_finish (f->setup, fake_wait_result (&result), &error));
  g_assert_no_error (error);
  g_assert_cmpint (trias_setup_get_state (f->setup), ==, TRIAS_SETUP_FORMED);
  /* Joined, but not copied yet: nobody may think that the backup could take over. */
  g_assert_cmpint (step_state (f, "copy"), ==, TRIAS_CHECK_RUNNING);
  g_assert_cmpint (step_state (f, "done"), ==, TRIAS_CHECK_WAITING);
  say_status (f, FALSE);
  fake_wait (has_relationship, f);
  g_assert_cmpint (step_state (f, "done"), ==, TRIAS_CHECK_WAITING);
  g_assert_false (trias_setup_get_copied (f->setup));
  say_status (f, TRUE);
  fake_wait (is_copied, f);
  g_assert_cmpint (step_state (f, "copy"), ==, TRIAS_CHECK_PASSED);
  g_assert_cmpint (step_state (f, "done"), ==, TRIAS_CHECK_PASSED);
}

static void
test_stop (Fixture *f, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  fill_in (f);
  trias_setup_form_async (f->setup, cancellable, fake_result_cb, &result);
  fake_wait (is_waiting, f);
  g_cancellable_cancel (cancellable);
  g_assert_false (trias_setup_form_finish (f->setup, fake_wait_result (&result), &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpint (trias_setup_get_state (f->setup), ==, TRIAS_SETUP_FAILED);
  g_assert_cmpint (step_state (f, "check"), ==, TRIAS_CHECK_FAILED);
}

static void
test_refused (Fixture *f, gconstpointer data)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (TriasProblem) problem = NULL;

  fill_in (f);
  trias_setup_form_async (f->setup, NULL, fake_result_cb, &result);
  fake_wait (is_waiting, f);
  end_form (f, 409,
            "{\"reason\":\"rule-missing\",\"detail\":\"A rule is missing on Berta.\",\"params\""
            ":{\"server_name\":\"Berta\",\"rule\":\"Allow x\"}}");
  g_assert_false (trias_setup_form_finish (f->setup, fake_wait_result (&result), &error));
  g_assert_error (error, TRIAS_ERROR, TRIAS_REASON_RULE_MISSING);
  problem = trias_problem_from_error (error);
  g_assert_cmpstr (g_hash_table_lookup (problem->params, "rule"), ==, "Allow x");
  g_assert_cmpstr (trias_setup_get_error_message (f->setup), ==, "A rule is missing on Berta.");
}

static void
test_command (Fixture *f, gconstpointer data)
{
  TriasOptions options;
  g_autofree char *line = NULL;
  g_autofree char *expected = NULL;

  fill_in (f);
  trias_setup_get_options (f->setup, &options);
  options.sync_interval_s = 60;
  trias_setup_set_options (f->setup, &options);
  line = trias_setup_get_command_line (f->setup);
  expected
      = g_strdup_printf ("trias relationship create --name 'Halle 3' --main %s --backup %s "
                         "--sync-interval 60",
                         fake_server_full_address (f->main), fake_server_full_address (f->backup));
  g_assert_cmpstr (line, ==, expected);
  trias_setup_swap (f->setup, 1);
  g_assert_true (trias_setup_get_server (f->setup, 0) == f->backup_server);
}

/* The exit code of the printed command, which is run as it is. */
static int
run_line (const char *line)
{
  g_autofree char *home = g_dir_make_tmp ("trias-setup-XXXXXX", NULL);
  g_auto (GStrv) argv = NULL;
  g_auto (GStrv) env = g_get_environ ();
  g_autoptr (GError) error = NULL;
  int status = 0;

  g_shell_parse_argv (line, NULL, &argv, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (argv[0], ==, "trias");
  g_free (argv[0]);
  argv[0] = g_strdup (g_getenv ("TRIAS_CLI"));
  for (guint i = 0; i < 3; i++)
    env = g_environ_setenv (
        env, ((const char *[]){ "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME" })[i], home,
        TRUE);
  g_spawn_sync (NULL, argv, env, G_SPAWN_DEFAULT, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_rmdir (home);
  g_assert_true (WIFEXITED (status));
  return WEXITSTATUS (status);
}

/* Everything that the wizard prints is understood: the command only fails at the first server,
 * which does not run. */
static void
test_command_runs (Fixture *f, gconstpointer data)
{
  static const TriasKind kinds[] = { TRIAS_KIND_BACKUP, TRIAS_KIND_TRIAD };
  TriasOptions options;

  fill_in (f);
  fake_server_stop (f->main);
  for (guint i = 0; i < G_N_ELEMENTS (kinds); i++)
    {
      g_autofree char *line = NULL;

      trias_setup_set_kind (f->setup, kinds[i]);
      trias_setup_set_name (f->setup, "Halle 3");
      trias_setup_set_address (f->setup, 0, "192.0.2.1:7643");
      trias_setup_get_options (f->setup, &options);
      options.failback = TRIAS_FAILBACK_MANUAL;
      if (kinds[i] == TRIAS_KIND_TRIAD)
        {
          options.profile = TRIAS_PROFILE_WAN;
          trias_setup_set_address (f->setup, 2, "192.0.2.3:7643");
          trias_setup_set_invitation (f->setup, 2, "a-code");
        }
      trias_setup_set_options (f->setup, &options);
      line = trias_setup_get_command_line (f->setup);
      g_test_message ("%s", line);
      g_assert_nonnull (strstr (line, kinds[i] == TRIAS_KIND_TRIAD ? "--tertiary-invitation a-code"
                                                                   : "--main-address"));
      g_assert_cmpint (run_line (line), ==, EXIT_UNAVAILABLE);
      g_free (line);
      line = g_strdup ("trias relationship create --no-such-option");
      g_assert_cmpint (run_line (line), ==, EXIT_USAGE);
    }
}

#define ADD(name, func) g_test_add ("/setup/" name, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  trias_process_begin ();
  ADD ("problem", test_problem);
  ADD ("mend", test_mend);
  ADD ("undo", test_undo);
  ADD ("form", test_form);
  ADD ("stop", test_stop);
  ADD ("refused", test_refused);
  ADD ("command", test_command);
  ADD ("command-runs", test_command_runs);
  return g_test_run ();
}
