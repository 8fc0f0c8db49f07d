/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "cli/trias-cli.h"

static void
print_checks (GListModel *checks)
{
  TriasTable *table
      = trias_table_new (_ ("Check"), _ ("Server"), _ ("State"), _ ("Explanation"), NULL);

  for (guint i = 0; i < g_list_model_get_n_items (checks); i++)
    {
      g_autoptr (TriasCheckItem) item = g_list_model_get_item (checks, i);
      const TriasCheck *check = trias_check_item_get_check (item);
      trias_table_add (table, check->kind, trias_check_item_get_server_name (item),
                       trias_check_state_to_word (check->state), check->detail, NULL);
    }
  trias_table_print (table, _ ("Nothing was checked."));
}

/* What `create` and `check` are told on the command line. */
typedef struct
{
  char *main;
  char *backup;
  char *name;
  char *invitation;
  char *main_address;
  char *failback;
  int sync_interval;
  gboolean add_rules;
} Wish;

static void
wish_clear (Wish *self)
{
  g_free (self->main);
  g_free (self->backup);
  g_free (self->name);
  g_free (self->invitation);
  g_free (self->main_address);
  g_free (self->failback);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Wish, wish_clear)

static gboolean
read_wish (TriasCli *cli, Wish *wish, GError **error)
{
  const GOptionEntry options[] = {
    { "main", 0, 0, G_OPTION_ARG_STRING, &wish->main, NULL, NULL },
    { "backup", 0, 0, G_OPTION_ARG_STRING, &wish->backup, NULL, NULL },
    { "name", 0, 0, G_OPTION_ARG_STRING, &wish->name, NULL, NULL },
    { "invitation", 0, 0, G_OPTION_ARG_STRING, &wish->invitation, NULL, NULL },
    { "main-address", 0, 0, G_OPTION_ARG_STRING, &wish->main_address, NULL, NULL },
    { "failback", 0, 0, G_OPTION_ARG_STRING, &wish->failback, NULL, NULL },
    { "sync-interval", 0, 0, G_OPTION_ARG_INT, &wish->sync_interval, NULL, NULL },
    { "add-rules", 0, 0, G_OPTION_ARG_NONE, &wish->add_rules, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };

  if (!trias_cli_parse (cli, options, 0, 0, error))
    return FALSE;
  if (wish->main == NULL || wish->backup == NULL)
    return trias_cli_usage (error, "%s", _ ("Name both servers: --main SERVER --backup SERVER"));
  return TRUE;
}

static gboolean
fill_setup (TriasCli *cli, TriasSetup *setup, const Wish *wish, GError **error)
{
  g_autoptr (TriasServer) main = trias_cli_open_server (cli, wish->main, error);
  g_autoptr (TriasServer) backup = NULL;
  TriasOptions options;

  if (main == NULL)
    return FALSE;
  trias_setup_set_main (setup, main);
  if (wish->invitation != NULL)
    {
      trias_setup_set_backup_address (setup, wish->backup);
      trias_setup_set_invitation (setup, wish->invitation);
    }
  else
    {
      backup = trias_cli_open_server (cli, wish->backup, error);
      if (backup == NULL)
        return FALSE;
      trias_setup_set_backup (setup, backup);
    }
  if (wish->main_address != NULL)
    trias_setup_set_main_address (setup, wish->main_address);
  if (wish->name != NULL)
    trias_setup_set_name (setup, wish->name);
  trias_setup_get_options (setup, &options);
  if (wish->failback != NULL && !trias_failback_from_word (wish->failback, &options.failback))
    return trias_cli_usage (error, _ ("“%s” is no way to fail back; it is automatic or manual."),
                            wish->failback);
  if (wish->sync_interval != 0)
    {
      if (wish->sync_interval < TRIAS_SYNC_INTERVAL_MIN_S
          || wish->sync_interval > TRIAS_SYNC_INTERVAL_MAX_S)
        return trias_cli_usage (error, _ ("The synchronisation interval is %d to %d seconds."),
                                TRIAS_SYNC_INTERVAL_MIN_S, TRIAS_SYNC_INTERVAL_MAX_S);
      options.sync_interval_s = (guint) wish->sync_interval;
    }
  trias_setup_set_options (setup, &options);
  return TRUE;
}

static gboolean
run_check (TriasSetup *setup, gboolean add_rules, gboolean *passed, GError **error)
{
  g_autoptr (GAsyncResult) checked = NULL;
  g_autoptr (GAsyncResult) mended = NULL;
  guint n_made = 0;

  trias_setup_check_async (setup, NULL, trias_cli_store_result, &checked);
  if (!trias_setup_check_finish (setup, trias_cli_wait (&checked), passed, error))
    return FALSE;
  if (*passed || !add_rules || trias_setup_get_n_mendable (setup) == 0)
    return TRUE;
  trias_setup_mend_async (setup, NULL, trias_cli_store_result, &mended);
  if (!trias_setup_mend_finish (setup, trias_cli_wait (&mended), &n_made, error))
    return FALSE;
  for (guint i = 0; i < g_list_model_get_n_items (trias_setup_get_made_rules (setup)); i++)
    {
      g_autoptr (TriasMadeRule) made
          = g_list_model_get_item (trias_setup_get_made_rules (setup), i);
      g_autofree char *text = trias_rule_to_text (trias_made_rule_get_rule (made));
      g_print (_ ("Rule made on %s: %s\n"),
               trias_server_get_name (trias_made_rule_get_server (made)), text);
    }
  *passed = trias_setup_get_passed (setup);
  return TRUE;
}

static gboolean
check (TriasCli *cli, int *code, GError **error)
{
  g_auto (Wish) wish = { 0 };
  g_autoptr (TriasSetup) setup = trias_setup_new (TRIAS_KIND_BACKUP);
  gboolean passed = FALSE;

  if (!read_wish (cli, &wish, error) || !fill_setup (cli, setup, &wish, error)
      || !run_check (setup, wish.add_rules, &passed, error))
    return FALSE;
  print_checks (trias_setup_get_checks (setup));
  *code = passed ? 0 : TRIAS_EXIT_FAILED;
  return TRUE;
}

static void
print_step (TriasSetupStep *step)
{
  if (trias_setup_step_get_state (step) == TRIAS_CHECK_RUNNING)
    g_print ("… %s\n", trias_setup_step_get_kind (step));
}

static void
steps_changed_cb (GListModel *steps, guint position, guint removed, guint added)
{
  for (guint i = 0; i < added; i++)
    {
      TriasSetupStep *step = g_list_model_get_item (steps, position + i);
      g_signal_connect (step, "notify::state", G_CALLBACK (print_step), NULL);
      g_object_unref (step);
    }
}

static gboolean
create (TriasCli *cli, int *code, GError **error)
{
  g_auto (Wish) wish = { 0 };
  g_autoptr (TriasSetup) setup = trias_setup_new (TRIAS_KIND_BACKUP);
  g_autoptr (GAsyncResult) formed = NULL;
  gboolean passed = FALSE;

  if (!read_wish (cli, &wish, error))
    return FALSE;
  if (wish.name == NULL)
    return trias_cli_usage (error, "%s", _ ("Give the relationship a name: --name NAME"));
  if (!fill_setup (cli, setup, &wish, error) || !run_check (setup, wish.add_rules, &passed, error))
    return FALSE;
  if (!passed)
    {
      print_checks (trias_setup_get_checks (setup));
      g_set_error (error, TRIAS_ERROR, TRIAS_REASON_CHECK_FAILED, "%s",
                   trias_setup_get_n_mendable (setup) > 0
                       ? _ ("Nothing was changed: the check did not pass. Missing rules are made "
                            "with --add-rules.")
                       : _ ("Nothing was changed: the check did not pass."));
      return FALSE;
    }
  steps_changed_cb (trias_setup_get_steps (setup), 0, 0,
                    g_list_model_get_n_items (trias_setup_get_steps (setup)));
  g_signal_connect (trias_setup_get_steps (setup), "items-changed", G_CALLBACK (steps_changed_cb),
                    NULL);
  trias_setup_form_async (setup, NULL, trias_cli_store_result, &formed);
  if (!trias_setup_form_finish (setup, trias_cli_wait (&formed), error))
    return FALSE;
  g_print (_ ("The backup relationship “%s” is set up.\n"), trias_setup_get_name (setup));
  return TRUE;
}

static char *
format_age (gint64 since)
{
  return since > 0 ? trias_cli_format_time (since) : g_strdup ("–");
}

static void
print_member (TriasTable *table,
              const TriasRelationship *relationship,
              const char *id,
              const TriasMemberStatus *status)
{
  const TriasMember *member = trias_relationship_find (relationship, id);
  g_autofree char *pending = NULL;
  g_autofree char *as_of = NULL;

  if (member == NULL || status == NULL)
    {
      trias_table_add (table, trias_role_to_word (trias_relationship_role (relationship, id)),
                       member != NULL ? member->name : "",
                       member != NULL ? member->addresses[0] : "", "–", "–", "–", NULL);
      return;
    }
  pending = g_strdup_printf ("%" G_GUINT64_FORMAT, status->pending);
  as_of = format_age (status->synchronised_at);
  trias_table_add (table, trias_role_to_word (trias_relationship_role (relationship, id)),
                   member->name, member->addresses[0],
                   status->connected ? _ ("connected") : trias_lag_to_word (status->connect_reason),
                   status->synchronised ? _ ("synchronised")
                                        : trias_lag_to_word (status->sync_reason),
                   pending, as_of, NULL);
}

static gboolean
show (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasServer) server = NULL;
  TriasRelationshipInfo *info;
  const TriasRelationship *relationship;
  TriasTable *table;

  if (!trias_cli_parse (cli, NULL, 0, 0, error))
    return FALSE;
  if (cli->json)
    {
      g_autoptr (TriasRest) rest = trias_cli_open (cli, TRUE, error);
      g_autoptr (TriasAnswer) answer
          = rest != NULL ? trias_cli_request (rest, "GET", "/relationship", NULL, error) : NULL;
      if (answer != NULL)
        trias_cli_print_json (answer);
      return answer != NULL;
    }
  server = trias_cli_open_server (cli, NULL, error);
  if (server == NULL)
    return FALSE;
  info = trias_server_get_relationship (server);
  relationship = info != NULL ? trias_relationship_info_get_relationship (info) : NULL;
  if (relationship == NULL)
    {
      g_print ("%s\n", _ ("This server belongs to no relationship."));
      return TRUE;
    }
  g_print (_ ("%s (%s), synchronised every %u s\n\n"), relationship->name,
           trias_kind_to_word (relationship->kind), relationship->options.sync_interval_s);
  table = trias_table_new (_ ("Role"), _ ("Name"), _ ("Address"), _ ("Connection"),
                           _ ("Synchronisation"), _ ("Pending"), _ ("Equal as of"), NULL);
  for (guint i = 0; i < relationship->members->len; i++)
    {
      const TriasMember *member = relationship->members->pdata[i];
      gboolean own = g_str_equal (member->id, trias_server_get_id (server));
      print_member (table, relationship, member->id,
                    own ? trias_relationship_info_get_status (info)
                        : trias_relationship_info_get_partner_view (info, NULL));
    }
  trias_table_print (table, "");
  return TRUE;
}

static gboolean
send_simple (
    TriasCli *cli, const char *method, const char *path, TriasJsonWriter *body, GError **error)
{
  g_autoptr (TriasRest) rest = trias_cli_open (cli, TRUE, error);
  g_autoptr (TriasAnswer) answer = NULL;

  if (rest == NULL)
    return FALSE;
  trias_rest_set_deadline (rest, 60000);
  answer = trias_cli_request (rest, method, path,
                              body != NULL ? trias_json_writer_end (body, NULL) : NULL, error);
  if (answer != NULL && cli->json)
    trias_cli_print_json (answer);
  return answer != NULL;
}

static gboolean
set (TriasCli *cli, int *code, GError **error)
{
  g_autofree char *name = NULL;
  g_autofree char *failback = NULL;
  int interval = 0;
  const GOptionEntry options[] = {
    { "name", 0, 0, G_OPTION_ARG_STRING, &name, NULL, NULL },
    { "failback", 0, 0, G_OPTION_ARG_STRING, &failback, NULL, NULL },
    { "sync-interval", 0, 0, G_OPTION_ARG_INT, &interval, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  if (!trias_cli_parse (cli, options, 0, 0, error))
    return FALSE;
  if (name == NULL && failback == NULL && interval == 0)
    return trias_cli_usage (error, "%s",
                            _ ("Nothing to change. Options: --name, --failback, --sync-interval"));
  trias_json_begin_object (writer, NULL);
  if (name != NULL)
    trias_json_add_string (writer, "name", name);
  if (failback != NULL || interval != 0)
    {
      trias_json_begin_object (writer, "options");
      if (interval != 0)
        trias_json_add_int (writer, "sync_interval_s", interval);
      if (failback != NULL)
        trias_json_add_string (writer, "failback", failback);
      trias_json_end_object (writer);
    }
  trias_json_end_object (writer);
  return send_simple (cli, "PATCH", "/relationship", writer, error);
}

static gboolean
send_empty (TriasCli *cli, const char *path, GError **error)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_end_object (writer);
  return send_simple (cli, "POST", path, writer, error);
}

static gboolean
sync_now (TriasCli *cli, int *code, GError **error)
{
  return trias_cli_parse (cli, NULL, 0, 0, error) && send_empty (cli, "/relationship/sync", error);
}

static gboolean
abort_forming (TriasCli *cli, int *code, GError **error)
{
  return trias_cli_parse (cli, NULL, 0, 0, error) && send_empty (cli, "/relationship/abort", error);
}

static gboolean
conflict (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  if (!trias_cli_parse (cli, NULL, 1, 1, error))
    return FALSE;
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "take", cli->argv[0]);
  trias_json_end_object (writer);
  return send_simple (cli, "POST", "/relationship/conflict", writer, error);
}

static gboolean
dissolve (TriasCli *cli, int *code, GError **error)
{
  return trias_cli_parse (cli, NULL, 0, 0, error)
         && send_simple (cli, "DELETE", cli->force ? "/relationship?force=true" : "/relationship",
                         NULL, error);
}

static gboolean
invite (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasAnswer) answer = NULL;
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  TriasJsonReader reader;

  if (!trias_cli_parse (cli, NULL, 1, 1, error))
    return FALSE;
  rest = trias_cli_open (cli, TRUE, error);
  if (rest == NULL)
    return FALSE;
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "coordinator", cli->argv[0]);
  trias_json_add_string (writer, "kind", trias_kind_to_word (TRIAS_KIND_BACKUP));
  trias_json_end_object (writer);
  answer = trias_cli_request (rest, "POST", "/relationship/invitation",
                              trias_json_writer_end (writer, NULL), error);
  if (answer == NULL)
    return FALSE;
  trias_json_reader_init (&reader, answer->json);
  if (cli->json)
    trias_cli_print_json (answer);
  else
    g_print ("%s\n", trias_json_read_string_or (&reader, "code", 256, ""));
  return trias_json_reader_finish_lenient (&reader, NULL);
}

#define WISH "--main SERVER --backup SERVER"

const TriasCommandEntry trias_cli_relationship[] = {
  { "relationship", "show", "[--server SERVER]",
    N_ ("Show who belongs together, connected and synchronised"), show },
  { "relationship", "check", WISH " [--add-rules]", N_ ("Check whether two servers can be joined"),
    check },
  { "relationship", "create",
    WISH " --name NAME [--sync-interval S] [--failback automatic|manual] [--add-rules]",
    N_ ("Join two servers in a backup relationship"), create },
  { "relationship", "set", "[--name NAME] [--sync-interval S] [--failback automatic|manual]",
    N_ ("Change options"), set },
  { "relationship", "sync", "", N_ ("Synchronise now"), sync_now },
  { "relationship", "conflict", "main|backup",
    N_ ("Settle settings that were edited on both sides"), conflict },
  { "relationship", "abort", "", N_ ("Give up a set-up that hangs"), abort_forming },
  { "relationship", "dissolve", "[--force]", N_ ("End the relationship; both servers go on alone"),
    dissolve },
  { "invite", NULL, "COORDINATOR-FINGERPRINT",
    N_ ("Make a code that lets another server's administrator join this one"), invite },
  { NULL },
};
