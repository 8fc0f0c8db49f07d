/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "cli/trias-cli.h"

#include <errno.h>
#include <locale.h>
#include <signal.h>

#include "core/trias-process.h"

static const TriasCommandEntry *
find_command (const char *noun, const char *verb)
{
  for (guint t = 0; trias_cli_tables[t] != NULL; t++)
    for (const TriasCommandEntry *e = trias_cli_tables[t]; e->noun != NULL; e++)
      if (g_str_equal (e->noun, noun) && (e->verb == NULL || g_strcmp0 (e->verb, verb) == 0))
        return e;
  return NULL;
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
    { "quiet", 'q', 0, G_OPTION_ARG_NONE, &cli->quiet, NULL, NULL },
    { "force", 0, 0, G_OPTION_ARG_NONE, &cli->force, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  const GOptionEntry *const all[] = { common, entries, NULL };
  GError *cause = NULL;

  words[0] = g_strdup ("trias");
  for (int i = 0; i < cli->argc; i++)
    words[i + 1] = g_strdup (cli->argv[i]);
  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_set_strict_posix (context, strict);
  if (entries != NULL)
    g_option_context_add_main_entries (context, entries, NULL);
  g_option_context_add_main_entries (context, common, NULL);
  if (!g_option_context_parse_strv (context, &words, &cause))
    return trias_cli_refuse_option (cli, all, cause, error);
  cli->argc = (int) g_strv_length (words) - 1;
  g_free (words[0]);
  memmove (words, words + 1, sizeof (char *) * (gsize) (cli->argc + 1));
  cli->words = g_steal_pointer (&words);
  cli->argv = cli->words;
  cli->named = cli->servers != NULL ? g_strdup (cli->servers[0]) : NULL;
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
  if (cli->argc < min || cli->argc > max)
    return trias_cli_refuse_count (cli, cli->argc > max ? cli->argv[max] : NULL, error);
  return TRUE;
}

static int
run (const TriasCommandEntry *entry, int argc, char **argv)
{
  TriasCli cli = { .entry = entry, .argc = argc, .argv = argv };
  g_autoptr (GError) error = NULL;
  int code = 0;

  if (!entry->run (&cli, &code, &error))
    code = trias_cli_report (&cli, error, code);
  g_strfreev (cli.words);
  g_strfreev (cli.servers);
  g_free (cli.named);
  g_free (cli.user);
  g_free (cli.password_file);
  g_free (cli.where);
  return code;
}

static gboolean
is_help (const char *word)
{
  return g_str_equal (word, "--help") || g_str_equal (word, "-h");
}

static gboolean
has_noun (const char *noun)
{
  for (guint t = 0; trias_cli_tables[t] != NULL; t++)
    for (const TriasCommandEntry *e = trias_cli_tables[t]; e->noun != NULL; e++)
      if (g_str_equal (e->noun, noun))
        return TRUE;
  return FALSE;
}

/* Returns whether there is such a noun. */
static gboolean
help (const char *noun, const char *verb)
{
  if (noun != NULL && !has_noun (noun))
    {
      trias_cli_unknown_command (noun, verb);
      return FALSE;
    }
  trias_cli_print_help (noun);
  return TRUE;
}

/* Anywhere but behind the words of a command that `run` starts. */
static gboolean
asks_for_help (int argc, char **argv)
{
  if (g_str_equal (argv[1], "run"))
    return argc > 2 && is_help (argv[2]);
  for (int i = 2; i < argc && !g_str_equal (argv[i], "--"); i++)
    if (is_help (argv[i]))
      return TRUE;
  return FALSE;
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
  if (argc < 2 || g_str_equal (argv[1], "help") || is_help (argv[1]))
    return help (argc > 2 ? argv[2] : NULL, argc > 3 ? argv[3] : NULL) && argc >= 2
               ? 0
               : TRIAS_EXIT_USAGE;
  if (asks_for_help (argc, argv))
    return help (argv[1], NULL) ? 0 : TRIAS_EXIT_USAGE;
  entry = find_command (argv[1], argc > 2 ? argv[2] : NULL);
  if (entry == NULL)
    {
      trias_cli_unknown_command (argv[1], argc > 2 ? argv[2] : NULL);
      return TRIAS_EXIT_USAGE;
    }
  trias_process_begin ();
  return run (entry, argc - (entry->verb != NULL ? 3 : 2), argv + (entry->verb != NULL ? 3 : 2));
}
