/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "cli/trias-cli.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>

static const TriasCommandEntry *const tables[] = {
  trias_cli_run,   trias_cli_server, trias_cli_relationship, trias_cli_rule,  trias_cli_license,
  trias_cli_lease, trias_cli_event,  trias_cli_session,      trias_cli_admin,
};

gboolean
trias_cli_usage (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_propagate_error (error,
                     g_error_new_valist (G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, args));
  va_end (args);
  return FALSE;
}

static const TriasCommandEntry *
find_command (const char *noun, const char *verb)
{
  for (guint t = 0; t < G_N_ELEMENTS (tables); t++)
    for (const TriasCommandEntry *e = tables[t]; e->noun != NULL; e++)
      if (g_str_equal (e->noun, noun) && (e->verb == NULL || g_strcmp0 (e->verb, verb) == 0))
        return e;
  return NULL;
}

static void
print_help (const char *noun)
{
  g_print ("%s\n\n", _ ("Usage: trias NOUN VERB [OPTION…]"));
  for (guint t = 0; t < G_N_ELEMENTS (tables); t++)
    for (const TriasCommandEntry *e = tables[t]; e->noun != NULL; e++)
      if (noun == NULL || g_str_equal (noun, e->noun))
        {
          g_autofree char *words
              = g_strconcat (e->noun, e->verb != NULL ? " " : "", e->verb != NULL ? e->verb : "",
                             *e->arguments != '\0' ? " " : "", e->arguments, NULL);
          g_print ("  %-62s %s\n", words, _ (e->summary));
        }
  g_print ("\n%s\n", _ ("For all: --server NAME|ADDRESS[#FINGERPRINT], --user NAME, "
                        "--password-file FILE, --json, --force"));
}

static gboolean
parse (TriasCli *cli, const GOptionEntry *entries, gboolean strict, GError **error)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_auto (GStrv) words = g_new0 (char *, cli->argc + 2);
  const GOptionEntry common[] = {
    { "server", 's', 0, G_OPTION_ARG_STRING_ARRAY, &cli->servers, NULL, NULL },
    { "user", 'u', 0, G_OPTION_ARG_STRING, &cli->user, NULL, NULL },
    { "password-file", 0, 0, G_OPTION_ARG_FILENAME, &cli->password_file, NULL, NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &cli->json, NULL, NULL },
    { "force", 0, 0, G_OPTION_ARG_NONE, &cli->force, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };

  words[0] = g_strdup ("trias");
  for (int i = 0; i < cli->argc; i++)
    words[i + 1] = g_strdup (cli->argv[i]);
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_strict_posix (context, strict);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_main_entries (context, common, NULL);
  if (!g_option_context_parse_strv (context, &words, error))
    return FALSE;
  cli->argc = (int) g_strv_length (words) - 1;
  g_free (words[0]);
  memmove (words, words + 1, sizeof (char *) * (gsize) (cli->argc + 1));
  cli->words = g_steal_pointer (&words);
  cli->argv = cli->words;
  return TRUE;
}

gboolean
trias_cli_parse_strict (TriasCli *cli, const GOptionEntry *entries, GError **error)
{
  return parse (cli, entries, TRUE, error);
}

gboolean
trias_cli_parse (TriasCli *cli, const GOptionEntry *entries, int min, int max, GError **error)
{
  if (!parse (cli, entries, FALSE, error))
    return FALSE;
  if (cli->argc > 0 && g_str_equal (cli->argv[0], "--"))
    {
      cli->argv++;
      cli->argc--;
    }
  if (cli->argc < min)
    return trias_cli_usage (error, _ ("An argument is missing. See: trias help"));
  if (cli->argc > max)
    return trias_cli_usage (error, _ ("“%s” is one argument too many. See: trias help"),
                            cli->argv[max]);
  return TRUE;
}

/* Says what to do next where the server's own sentence cannot know it. */
static void
print_advice (const GError *error)
{
  g_autoptr (TriasProblem) problem = trias_problem_from_error (error);
  const char *fingerprint
      = problem->params != NULL ? g_hash_table_lookup (problem->params, "fingerprint") : NULL;

  if (g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_KEY_MISMATCH) && fingerprint != NULL)
    {
      g_autofree char *shown = trias_id_format (fingerprint);
      g_printerr ("%s\n  %s\n",
                  _ ("The server shows this fingerprint. Compare it with what the server printed "
                     "at its start:"),
                  shown);
      g_printerr (_ ("If they are the same: trias server add ADDRESS#%s\n"), fingerprint);
    }
}

static int
report (const GError *error, int code)
{
  g_printerr ("trias: %s\n", error->message);
  if (error->domain == G_OPTION_ERROR)
    return TRIAS_EXIT_USAGE;
  print_advice (error);
  if (code == 0 && trias_rest_error_is_transport (error)
      && !g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_KEY_MISMATCH))
    return TRIAS_EXIT_UNAVAILABLE;
  return code != 0 ? code : TRIAS_EXIT_FAILED;
}

static int
run (const TriasCommandEntry *entry, int argc, char **argv)
{
  TriasCli cli = { .argc = argc, .argv = argv };
  g_autoptr (GError) error = NULL;
  int code = 0;

  if (!entry->run (&cli, &code, &error))
    code = report (error, code);
  g_strfreev (cli.words);
  g_strfreev (cli.servers);
  g_free (cli.user);
  g_free (cli.password_file);
  return code;
}

int
main (int argc, char **argv)
{
  const char *localedir = g_getenv ("TRIAS_LOCALEDIR");
  const TriasCommandEntry *entry;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, localedir != NULL ? localedir : TRIAS_LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  signal (SIGPIPE, SIG_IGN);

  if (argc == 2 && g_str_equal (argv[1], "--version"))
    {
      g_print ("trias %s\n", TRIAS_VERSION);
      return 0;
    }
  if (argc < 2 || g_str_equal (argv[1], "help") || g_str_equal (argv[1], "--help"))
    {
      print_help (argc > 2 ? argv[2] : NULL);
      return argc < 2 ? TRIAS_EXIT_USAGE : 0;
    }
  entry = find_command (argv[1], argc > 2 ? argv[2] : NULL);
  if (entry == NULL)
    {
      print_help (find_command (argv[1], NULL) != NULL ? argv[1] : NULL);
      g_printerr (_ ("trias: “%s” is no command.\n"), argv[1]);
      return TRIAS_EXIT_USAGE;
    }
  return run (entry, argc - (entry->verb != NULL ? 3 : 2), argv + (entry->verb != NULL ? 3 : 2));
}
