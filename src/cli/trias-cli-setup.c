/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* `relationship check`, `relationship create` and `invite`: two or three servers are joined. */

#include "cli/trias-cli-duration.h"
#include "cli/trias-cli-settle.h"
#include "cli/trias-cli-setup.h"

#include "client/trias-check-words.h"

#define NAME_SERVERS                                                                               \
  N_ ("Name two servers: --main SERVER --backup SERVER, or three: --primary SERVER --secondary "   \
      "SERVER --tertiary SERVER")

static void
print_checks (GListModel *checks)
{
  TriasTable *table = trias_table_new (_ ("State"), _ ("Check"), _ ("Explanation"), NULL);

  for (guint i = 0; i < g_list_model_get_n_items (checks); i++)
    {
      g_autoptr (TriasCheckItem) item = g_list_model_get_item (checks, i);
      const TriasCheck *check = trias_check_item_get_check (item);
      g_autofree char *title = trias_check_words_title (item);
      g_autofree char *explanation = trias_check_words_explain (item);

      trias_table_add (table, trias_check_words_state (check->state), title, explanation, NULL);
    }
  trias_table_print (table, _ ("Nothing was checked."));
}

/* What does not keep a change from being made, but has to be known. */
static void
print_warnings (TriasCli *cli, GListModel *checks)
{
  for (guint i = 0; i < g_list_model_get_n_items (checks); i++)
    {
      g_autoptr (TriasCheckItem) item = g_list_model_get_item (checks, i);
      const TriasCheck *check = trias_check_item_get_check (item);
      g_autofree char *explanation = NULL;

      if (check->state != TRIAS_CHECK_WARNING)
        continue;
      explanation = trias_check_words_explain (item);
      trias_cli_warn (cli, explanation);
    }
}

static void
print_checks_json (GListModel *checks, gboolean passed)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autofree char *text = NULL;

  trias_json_begin_object (writer, NULL);
  trias_json_add_bool (writer, "passed", passed);
  trias_json_begin_array (writer, "checks");
  for (guint i = 0; i < g_list_model_get_n_items (checks); i++)
    {
      g_autoptr (TriasCheckItem) item = g_list_model_get_item (checks, i);

      trias_check_write (trias_check_item_get_check (item), writer, NULL);
    }
  trias_json_end_array (writer);
  trias_json_end_object (writer);
  text = trias_json_writer_end (writer, NULL);
  g_print ("%s\n", text);
}

/* What `create` and `check` are told on the command line; members by rank. */
typedef struct
{
  TriasKind kind;
  char *servers[TRIAS_MAX_MEMBERS];
  char *invitations[TRIAS_MAX_MEMBERS]; /* the first one needs none */
  char *name;
  char *own_address; /* of the first */
  char *failback;
  char *profile;
  char *sync_interval;
  gboolean add_rules;
  gboolean present; /* no server is named: the relationship that there is */
} Wish;

static void
wish_clear (Wish *self)
{
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    {
      g_free (self->servers[i]);
      g_free (self->invitations[i]);
    }
  g_free (self->name);
  g_free (self->own_address);
  g_free (self->failback);
  g_free (self->profile);
  g_free (self->sync_interval);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Wish, wish_clear)

/* The options of a pair and of a triad, as far as they differ. */
typedef struct
{
  char *main, *backup, *invitation, *main_address;
  char *primary, *secondary, *tertiary, *secondary_invitation, *tertiary_invitation,
      *primary_address;
} Words;

static void
words_clear (Words *self)
{
  char **all[] = { &self->main,
                   &self->backup,
                   &self->invitation,
                   &self->main_address,
                   &self->primary,
                   &self->secondary,
                   &self->tertiary,
                   &self->secondary_invitation,
                   &self->tertiary_invitation,
                   &self->primary_address };

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    g_clear_pointer (all[i], g_free);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Words, words_clear)

static char *
take (char **word)
{
  return g_steal_pointer (word);
}

static gboolean
take_words (Words *words, Wish *wish, GError **error)
{
  gboolean pair = words->main != NULL || words->backup != NULL || words->invitation != NULL
                  || words->main_address != NULL;
  gboolean triad = words->primary != NULL || words->secondary != NULL || words->tertiary != NULL
                   || words->secondary_invitation != NULL || words->tertiary_invitation != NULL
                   || words->primary_address != NULL;

  wish->present = !pair && !triad;
  if (wish->present)
    return TRUE;
  if (pair == triad)
    return trias_cli_usage (error, "%s", _ (NAME_SERVERS));
  wish->kind = triad ? TRIAS_KIND_TRIAD : TRIAS_KIND_BACKUP;
  wish->servers[0] = take (triad ? &words->primary : &words->main);
  wish->servers[1] = take (triad ? &words->secondary : &words->backup);
  wish->servers[2] = take (&words->tertiary);
  wish->invitations[1] = take (triad ? &words->secondary_invitation : &words->invitation);
  wish->invitations[2] = take (&words->tertiary_invitation);
  wish->own_address = take (triad ? &words->primary_address : &words->main_address);
  if (wish->servers[0] == NULL || wish->servers[1] == NULL || (triad && wish->servers[2] == NULL))
    return trias_cli_usage (error, "%s",
                            triad ? _ ("Name all three servers: --primary SERVER --secondary "
                                       "SERVER --tertiary SERVER")
                                  : _ ("Name both servers: --main SERVER --backup SERVER"));
  return TRUE;
}

static gboolean
read_wish (TriasCli *cli, Wish *wish, GError **error)
{
  g_auto (Words) words = { 0 };
  const GOptionEntry options[] = {
    { "main", 0, 0, G_OPTION_ARG_STRING, &words.main, NULL, NULL },
    { "backup", 0, 0, G_OPTION_ARG_STRING, &words.backup, NULL, NULL },
    { "invitation", 0, 0, G_OPTION_ARG_STRING, &words.invitation, NULL, NULL },
    { "main-address", 0, 0, G_OPTION_ARG_STRING, &words.main_address, NULL, NULL },
    { "primary", 0, 0, G_OPTION_ARG_STRING, &words.primary, NULL, NULL },
    { "secondary", 0, 0, G_OPTION_ARG_STRING, &words.secondary, NULL, NULL },
    { "tertiary", 0, 0, G_OPTION_ARG_STRING, &words.tertiary, NULL, NULL },
    { "secondary-invitation", 0, 0, G_OPTION_ARG_STRING, &words.secondary_invitation, NULL, NULL },
    { "tertiary-invitation", 0, 0, G_OPTION_ARG_STRING, &words.tertiary_invitation, NULL, NULL },
    { "primary-address", 0, 0, G_OPTION_ARG_STRING, &words.primary_address, NULL, NULL },
    { "name", 0, 0, G_OPTION_ARG_STRING, &wish->name, NULL, NULL },
    { "failback", 0, 0, G_OPTION_ARG_STRING, &wish->failback, NULL, NULL },
    { "profile", 0, 0, G_OPTION_ARG_STRING, &wish->profile, NULL, NULL },
    { "sync-interval", 0, 0, G_OPTION_ARG_STRING, &wish->sync_interval, NULL, NULL },
    { "add-rules", 0, 0, G_OPTION_ARG_NONE, &wish->add_rules, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };

  return trias_cli_parse (cli, options, 0, 0, error) && take_words (&words, wish, error);
}

static const TriasCliDuration interval_range
    = { "--sync-interval", 1, TRIAS_SYNC_INTERVAL_MIN_S, TRIAS_SYNC_INTERVAL_MAX_S };

gboolean
trias_cli_read_options (const char *interval, const char *failback, guint *seconds, GError **error)
{
  TriasFailback read;

  if (failback != NULL && !trias_failback_from_word (failback, &read))
    return trias_cli_usage (error, _ ("“%s” is no way to fail back; it is automatic or manual."),
                            failback);
  return interval == NULL || trias_cli_read_duration (&interval_range, interval, seconds, error);
}

static gboolean
fill_options (TriasSetup *setup, const Wish *wish, GError **error)
{
  TriasOptions options;

  trias_setup_get_options (setup, &options);
  if (!trias_cli_read_options (wish->sync_interval, wish->failback, &options.sync_interval_s,
                               error))
    return FALSE;
  if (wish->profile != NULL && !trias_profile_from_word (wish->profile, &options.profile))
    return trias_cli_usage (error, _ ("“%s” is no network profile; it is lan or wan."),
                            wish->profile);
  if (wish->failback != NULL)
    trias_failback_from_word (wish->failback, &options.failback);
  trias_setup_set_options (setup, &options);
  return TRUE;
}

static gboolean
fill_member (TriasCli *cli, TriasSetup *setup, const Wish *wish, guint rank, GError **error)
{
  g_autoptr (TriasServer) server = NULL;

  if (wish->invitations[rank] != NULL)
    return trias_cli_fill_invited (cli, setup, rank, wish->servers[rank], wish->invitations[rank],
                                   error);
  server = trias_cli_open_server (cli, wish->servers[rank], error);
  if (server != NULL)
    trias_setup_set_server (setup, rank, server);
  return server != NULL;
}

static gboolean
fill_setup (TriasCli *cli, TriasSetup *setup, const Wish *wish, GError **error)
{
  trias_setup_set_kind (setup, wish->kind);
  if (!fill_options (setup, wish, error))
    return FALSE;
  for (guint rank = 0; rank < trias_setup_get_n_members (setup); rank++)
    if (!fill_member (cli, setup, wish, rank, error))
      return FALSE;
  if (wish->own_address != NULL)
    trias_setup_set_address (setup, 0, wish->own_address);
  if (wish->name != NULL)
    trias_setup_set_name (setup, wish->name);
  return TRUE;
}

static gboolean
run_check (TriasCli *cli, TriasSetup *setup, gboolean add_rules, gboolean *passed, GError **error)
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

      if (!cli->quiet && !cli->json)
        g_print (_ ("Rule made on %s: %s\n"),
                 trias_server_get_name (trias_made_rule_get_server (made)), text);
    }
  *passed = trias_setup_get_passed (setup);
  return TRUE;
}

/* What is to be checked: the relationship of --server, or one that could be formed. */
static TriasSetup *
make_setup (TriasCli *cli, const Wish *wish, GError **error)
{
  g_autoptr (TriasSetup) setup = NULL;
  g_autoptr (TriasServer) server = NULL;

  if (!wish->present)
    {
      setup = trias_setup_new (TRIAS_KIND_BACKUP);
      return fill_setup (cli, setup, wish, error) ? g_steal_pointer (&setup) : NULL;
    }
  server = trias_cli_open_server (cli, NULL, error);
  if (server == NULL)
    return NULL;
  setup = trias_setup_new_present (TRIAS_KIND_TRIAD);
  trias_setup_set_server (setup, 0, server);
  return g_steal_pointer (&setup);
}

gboolean
trias_cli_check (TriasCli *cli, int *code, GError **error)
{
  g_auto (Wish) wish = { 0 };
  g_autoptr (TriasSetup) setup = NULL;
  gboolean passed = FALSE;

  if (!read_wish (cli, &wish, error) || (setup = make_setup (cli, &wish, error)) == NULL
      || !run_check (cli, setup, wish.add_rules, &passed, error))
    return FALSE;
  if (cli->json)
    print_checks_json (trias_setup_get_checks (setup), passed);
  else
    print_checks (trias_setup_get_checks (setup));
  if (!cli->json && !cli->quiet && !passed && trias_setup_get_n_mendable (setup) > 0)
    g_printerr ("%s\n", _ ("Missing rules are made with --add-rules."));
  *code = passed ? 0 : TRIAS_EXIT_FAILED;
  return TRUE;
}

static void
print_step (TriasSetupStep *step)
{
  if (trias_setup_step_get_state (step) == TRIAS_CHECK_RUNNING)
    g_print ("… %s\n", trias_check_words_step (trias_setup_step_get_kind (step)));
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

static void
follow_steps (GListModel *steps)
{
  steps_changed_cb (steps, 0, 0, g_list_model_get_n_items (steps));
  g_signal_connect (steps, "items-changed", G_CALLBACK (steps_changed_cb), NULL);
}

static const char *
why_not_passed (TriasSetup *setup)
{
  if (trias_setup_get_n_mendable (setup) > 0)
    return _ ("Nothing was changed: the check did not pass. Missing rules are made with "
              "--add-rules.");
  if (g_list_model_get_n_items (trias_setup_get_made_rules (setup)) > 0)
    return _ ("Only the rules named above were made: the check did not pass.");
  return _ ("Nothing was changed: the check did not pass.");
}

/* Whether a newcomer to a triad is refused for what --discard gives up. */
static gboolean
has_own (GListModel *checks)
{
  for (guint i = 0; i < g_list_model_get_n_items (checks); i++)
    {
      g_autoptr (TriasCheckItem) item = g_list_model_get_item (checks, i);
      const TriasCheck *check = trias_check_item_get_check (item);

      if (check->state == TRIAS_CHECK_FAILED && g_strcmp0 (check->kind, "licenses") == 0
          && trias_check_item_get_param (item, "leases") != NULL)
        return TRUE;
    }
  return FALSE;
}

gboolean
trias_cli_carry_out (TriasCli *cli, TriasSetup *setup, gboolean add_rules, GError **error)
{
  g_autoptr (GAsyncResult) formed = NULL;
  gboolean passed = FALSE;

  if (!run_check (cli, setup, add_rules, &passed, error))
    return FALSE;
  if (!passed)
    {
      if (cli->json)
        print_checks_json (trias_setup_get_checks (setup), FALSE);
      else
        print_checks (trias_setup_get_checks (setup));
      if (!cli->json && has_own (trias_setup_get_checks (setup)))
        g_printerr ("%s\n", _ ("What the new server has of its own is given up with --discard; it "
                               "keeps it in a file."));
      return trias_cli_fail (error, TRIAS_EXIT_FAILED, "%s", why_not_passed (setup));
    }
  print_warnings (cli, trias_setup_get_checks (setup));
  if (!cli->quiet && !cli->json)
    follow_steps (trias_setup_get_steps (setup));
  trias_setup_form_async (setup, NULL, trias_cli_store_result, &formed);
  return trias_setup_form_finish (setup, trias_cli_wait (&formed), error);
}

/* What the first one has formed, the others show too. */
static void
settle (TriasCli *cli, TriasSetup *setup)
{
  TriasServer *first = trias_setup_get_server (setup, 0);
  g_autoptr (GAsyncResult) read = NULL;
  g_autoptr (TriasRelationshipInfo) info = NULL;
  const TriasRelationship *formed;

  trias_server_get_relationship (first);
  trias_server_refresh_async (first, NULL, trias_cli_store_result, &read);
  if (!trias_server_refresh_finish (first, trias_cli_wait (&read), NULL))
    return;
  g_set_object (&info, trias_server_get_relationship (first));
  formed = info != NULL ? trias_relationship_info_get_relationship (info) : NULL;
  if (formed != NULL)
    trias_cli_settle (cli, formed, trias_cli_shows_formed, formed);
}

gboolean
trias_cli_create (TriasCli *cli, int *code, GError **error)
{
  g_auto (Wish) wish = { 0 };
  g_autoptr (TriasSetup) setup = trias_setup_new (TRIAS_KIND_BACKUP);

  if (!read_wish (cli, &wish, error))
    return FALSE;
  if (wish.present)
    return trias_cli_usage (error, "%s", _ (NAME_SERVERS));
  if (wish.name == NULL || *wish.name == '\0')
    return trias_cli_usage (error, "%s", _ ("Give the relationship a name: --name NAME"));
  if (!fill_setup (cli, setup, &wish, error)
      || !trias_cli_carry_out (cli, setup, wish.add_rules, error))
    return FALSE;
  settle (cli, setup);
  trias_cli_done (cli, NULL,
                  wish.kind == TRIAS_KIND_TRIAD ? _ ("The triad “%s” is set up.")
                                                : _ ("The backup relationship “%s” is set up."),
                  trias_setup_get_name (setup));
  return TRUE;
}

gboolean
trias_cli_invite (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasAnswer) answer = NULL;
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  TriasJsonReader reader;
  gboolean triad = FALSE;
  const GOptionEntry options[]
      = { { "triad", 0, 0, G_OPTION_ARG_NONE, &triad, NULL, NULL }, G_OPTION_ENTRY_NULL };

  if (!trias_cli_parse (cli, options, 1, 1, error))
    return FALSE;
  if (!trias_id_is_valid (cli->argv[0]))
    return trias_cli_usage (error,
                            _ ("“%s” is no fingerprint of a server: that has 64 hexadecimal digits "
                               "without spaces. See: trias server list --json"),
                            cli->argv[0]);
  rest = trias_cli_open (cli, TRUE, error);
  if (rest == NULL)
    return FALSE;
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "coordinator", cli->argv[0]);
  trias_json_add_string (writer, "kind",
                         trias_kind_to_word (triad ? TRIAS_KIND_TRIAD : TRIAS_KIND_BACKUP));
  trias_json_end_object (writer);
  answer = trias_cli_request (rest, "POST", "/relationship/invitation",
                              trias_json_writer_end (writer, NULL), error);
  if (answer == NULL)
    return FALSE;
  trias_json_reader_init (&reader, answer->json);
  if (cli->json)
    trias_cli_print_json (answer);
  else
    {
      g_print ("%s\n", trias_json_read_string_or (&reader, "code", 256, ""));
      if (!cli->quiet)
        g_printerr ("%s\n",
                    triad ? _ ("This code is good once, for ten minutes. On the primary server: "
                               "trias relationship create --secondary-invitation CODE …, or "
                               "--tertiary-invitation CODE …")
                          : _ ("This code is good once, for ten minutes. On the other server: "
                               "trias relationship create --invitation CODE …"));
    }
  return trias_json_reader_finish_lenient (&reader, NULL);
}
