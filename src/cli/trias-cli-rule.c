/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "cli/trias-cli.h"

static gboolean
list (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasAnswer) answer = NULL;
  const TriasJson *rules;
  TriasJsonReader reader;
  TriasTable *table;

  if (!trias_cli_parse (cli, NULL, 0, 0, error))
    return FALSE;
  rest = trias_cli_open (cli, TRUE, error);
  answer = rest != NULL ? trias_cli_request (rest, "GET", "/rules", NULL, error) : NULL;
  if (answer == NULL)
    return FALSE;
  if (cli->json)
    {
      trias_cli_print_json (answer);
      return TRUE;
    }
  table = trias_table_new (_ ("Id"), _ ("Scope"), _ ("Rule"), _ ("Note"), NULL);
  trias_json_reader_init (&reader, answer->json);
  rules = trias_json_read_array (&reader, "rules", 10000);
  for (guint i = 0; rules != NULL && i < trias_json_length (rules); i++)
    {
      TriasJsonReader rule;
      trias_json_reader_init (&rule, trias_json_element (rules, i));
      trias_table_add (table, trias_json_read_string_or (&rule, "id", 64, ""),
                       trias_json_read_string_or (&rule, "scope", 32, ""),
                       trias_json_read_string_or (&rule, "text", 1024, ""),
                       trias_json_read_string_or (&rule, "note", 1024, ""), NULL);
      trias_json_reader_finish_lenient (&rule, NULL);
    }
  trias_table_print (table, _ ("There are no rules."));
  return trias_json_reader_finish_lenient (&reader, error);
}

static void
replace_text (char **place, const char *text)
{
  if (text == NULL)
    return;
  g_free (*place);
  *place = g_strdup (text);
}

static gboolean
lets_use (const TriasRule *rule)
{
  return rule->scope == TRIAS_SCOPE_USE && rule->effect == TRIAS_EFFECT_ALLOW;
}

/* Counts the rules that let somebody use licences; *@is_one: whether the one with @id does. */
static gboolean
count_use (TriasRest *rest, const char *id, guint *n, gboolean *is_one, GError **error)
{
  g_autoptr (TriasAnswer) answer = trias_cli_request (rest, "GET", "/rules", NULL, error);
  TriasJsonReader reader;
  const TriasJson *rules;

  if (answer == NULL)
    return FALSE;
  trias_json_reader_init (&reader, answer->json);
  rules = trias_json_read_array (&reader, "rules", 10000);
  for (guint i = 0; rules != NULL && i < trias_json_length (rules); i++)
    {
      g_autoptr (TriasRule) rule = trias_rule_read_lenient (trias_json_element (rules, i), NULL);

      if (rule == NULL || !lets_use (rule))
        continue;
      (*n)++;
      *is_one = *is_one || g_strcmp0 (rule->id, id) == 0;
    }
  return trias_json_reader_finish_lenient (&reader, error);
}

/* Without the rule @id (as it is now) somebody must still be let in, unless that is meant. */
static gboolean
keep_use (TriasCli *cli, TriasRest *rest, const char *id, GError **error)
{
  guint n = 0;
  gboolean is_one = FALSE;

  if (cli->force)
    return TRUE;
  if (!count_use (rest, id, &n, &is_one, error))
    return FALSE;
  return !(is_one && n == 1)
         || trias_cli_fail (error, TRIAS_EXIT_FAILED, "%s",
                            _ ("This is the last rule that lets anybody use licences: no client "
                               "would get a seat any more. If that is meant, repeat the command "
                               "with --force."));
}

/* Reads `SCOPE RULE-TEXT` from two arguments and sends it. */
static gboolean
send_rule (TriasCli *cli,
           const char *method,
           const char *id,
           const char *scope_word,
           const char *text,
           const char *note,
           GError **error)
{
  g_autoptr (TriasRule) rule = NULL;
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasAnswer) answer = NULL;
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autofree char *path = NULL;
  g_autofree char *read = NULL;
  TriasScope scope;

  if (!trias_scope_from_word (scope_word, &scope))
    return trias_cli_usage (error, _ ("“%s” is no scope; it is use, administer or peer."),
                            scope_word);
  rule = trias_rule_parse (scope, text, NULL);
  if (rule == NULL)
    return trias_cli_usage (
        error,
        _ ("“%s” is no rule. A rule reads: Allow|Deny everyone|user NAME|group NAME|key ID from "
           "everywhere|this-computer|host NAME|domain *.DOMAIN|address ADDRESS|network "
           "ADDRESS/BITS"),
        text);
  rest = trias_cli_open (cli, TRUE, error);
  if (rest == NULL || (id != NULL && !lets_use (rule) && !keep_use (cli, rest, id, error)))
    return FALSE;
  replace_text (&rule->id, id);
  replace_text (&rule->note, note);
  trias_rule_write (rule, writer, NULL);
  path = g_strconcat ("/rules", id != NULL ? "/" : "", id != NULL ? id : "",
                      cli->force ? "?force=true" : "", NULL);
  answer = trias_cli_request (rest, method, path, trias_json_writer_end (writer, NULL), error);
  if (answer == NULL)
    return FALSE;
  read = trias_rule_to_text (rule);
  /* TRANSLATORS: id and text of a rule */
  trias_cli_done (cli, answer, id == NULL ? _ ("Rule %s added: %s") : _ ("Rule %s now reads: %s"),
                  rule->id, read);
  return TRUE;
}

static gboolean
add (TriasCli *cli, int *code, GError **error)
{
  char *note = NULL;
  const GOptionEntry options[]
      = { { "note", 0, 0, G_OPTION_ARG_STRING, &note, NULL, NULL }, G_OPTION_ENTRY_NULL };
  gboolean good = trias_cli_parse (cli, options, 2, 2, error)
                  && send_rule (cli, "POST", NULL, cli->argv[0], cli->argv[1], note, error);

  g_free (note);
  return good;
}

static gboolean
change (TriasCli *cli, int *code, GError **error)
{
  return trias_cli_parse (cli, NULL, 3, 3, error)
         && send_rule (cli, "PUT", cli->argv[0], cli->argv[1], cli->argv[2], NULL, error);
}

static gboolean
remove_rule (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasAnswer) answer = NULL;
  g_autofree char *id = NULL;
  g_autofree char *path = NULL;

  if (!trias_cli_parse (cli, NULL, 1, 1, error))
    return FALSE;
  rest = trias_cli_open (cli, TRUE, error);
  if (rest == NULL || !keep_use (cli, rest, cli->argv[0], error))
    return FALSE;
  id = g_uri_escape_string (cli->argv[0], NULL, FALSE);
  path = g_strconcat ("/rules/", id, cli->force ? "?force=true" : "", NULL);
  answer = trias_cli_request (rest, "DELETE", path, NULL, error);
  if (answer == NULL)
    return FALSE;
  trias_cli_done (cli, answer, _ ("Rule %s removed."), cli->argv[0]);
  return TRUE;
}

const TriasCommandEntry trias_cli_rule[] = {
  { "rule", "list", "", N_ ("List who may use, administer, or be a partner"), list,
    TRIAS_CLI_ITSELF },
  { "rule", "add", "SCOPE 'Allow|Deny WHO from WHERE' [--note TEXT]", N_ ("Add a rule"), add,
    TRIAS_CLI_ITSELF },
  { "rule", "change", "ID SCOPE 'Allow|Deny WHO from WHERE' [--force]", N_ ("Change a rule"),
    change, TRIAS_CLI_ITSELF },
  { "rule", "remove", "ID [--force]", N_ ("Remove a rule"), remove_rule, TRIAS_CLI_ITSELF },
  { NULL },
};
