/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Help, and what to say to a word that is none. */

#include "cli/trias-cli.h"

#include <string.h>

const TriasCommandEntry *const trias_cli_tables[] = {
  trias_cli_run,   trias_cli_server, trias_cli_relationship, trias_cli_rule,  trias_cli_license,
  trias_cli_lease, trias_cli_event,  trias_cli_session,      trias_cli_admin, NULL,
};

/* Called with each command of @noun, or all. */
typedef void (*EachFunc) (const TriasCommandEntry *entry, gpointer data);

static void
each (const char *noun, EachFunc func, gpointer data)
{
  for (guint t = 0; trias_cli_tables[t] != NULL; t++)
    for (const TriasCommandEntry *e = trias_cli_tables[t]; e->noun != NULL; e++)
      if (noun == NULL || g_str_equal (noun, e->noun))
        func (e, data);
}

/* What stands for what is to be typed, in capitals. One that reads alike everywhere is not here. */
static const char *const placeholders[] = {
  N_ ("ADDRESS"),
  N_ ("COMMAND"),
  N_ ("COORDINATOR-FINGERPRINT"),
  N_ ("DIR"),
  N_ ("DURATION"),
  N_ ("FILE"),
  N_ ("FINGERPRINT"),
  N_ ("MEMBER"),
  N_ ("PAYLOAD"),
  N_ ("SCOPE"),
  N_ ("TIME"),
  N_ ("WHERE"),
  N_ ("WHO"),
  NULL,
};

static gboolean
translate_placeholder (const GMatchInfo *match, GString *text, gpointer data)
{
  g_autofree char *word = g_match_info_fetch (match, 0);

  g_string_append (text, g_strv_contains (placeholders, word) ? _ (word) : word);
  return FALSE;
}

static char *
translate_arguments (const char *arguments)
{
  g_autoptr (GRegex) words = g_regex_new ("\\b[A-Z][A-Z-]+\\b", 0, 0, NULL);

  return g_regex_replace_eval (words, arguments, -1, 0, 0, translate_placeholder, NULL, NULL);
}

static char *
usage_of (const TriasCommandEntry *entry)
{
  g_autofree char *arguments = translate_arguments (entry->arguments);

  return g_strconcat (entry->noun, entry->verb != NULL ? " " : "",
                      entry->verb != NULL ? entry->verb : "", *arguments != '\0' ? " " : "",
                      arguments, NULL);
}

static void
print_one (const TriasCommandEntry *entry, gpointer data)
{
  g_autofree char *words = usage_of (entry);

  if (strlen (words) > 42)
    g_print ("  %s\n  %42s   %s\n", words, "", _ (entry->summary));
  else
    g_print ("  %-42s   %s\n", words, _ (entry->summary));
}

void
trias_cli_print_help (const char *noun)
{
  g_print ("%s\n\n", _ ("Usage: trias NOUN VERB [OPTION…]"));
  each (noun, print_one, NULL);
  g_print ("\n%s\n", _ ("For all: --server NAME|ADDRESS[#FINGERPRINT], --user NAME, "
                        "--password-file FILE, --json, --quiet, --force, --help"));
}

static void
take_noun (const TriasCommandEntry *entry, gpointer data)
{
  if (!g_ptr_array_find_with_equal_func (data, entry->noun, g_str_equal, NULL))
    g_ptr_array_add (data, (char *) entry->noun);
}

static void
take_verb (const TriasCommandEntry *entry, gpointer data)
{
  /* Some have a line of help for each kind of relationship. */
  if (entry->verb != NULL
      && !g_ptr_array_find_with_equal_func (data, entry->verb, g_str_equal, NULL))
    g_ptr_array_add (data, (char *) entry->verb);
}

/* Letters to add, drop, change or swap until @a is @b. */
static guint
distance (const char *a, const char *b)
{
  gsize n = MIN (strlen (a), 40), m = MIN (strlen (b), 40);
  guint d[41][41];

  for (gsize i = 0; i <= n; i++)
    d[i][0] = (guint) i;
  for (gsize j = 0; j <= m; j++)
    d[0][j] = (guint) j;
  for (gsize i = 1; i <= n; i++)
    for (gsize j = 1; j <= m; j++)
      {
        guint change = d[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

        d[i][j] = MIN (change, MIN (d[i - 1][j], d[i][j - 1]) + 1);
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
          d[i][j] = MIN (d[i][j], d[i - 2][j - 2] + 1);
      }
  return d[n][m];
}

const char *
trias_cli_nearest (const char *word, GPtrArray *candidates)
{
  guint best = MAX (1, MIN (3, (guint) strlen (word) / 2)) + 1;
  const char *nearest = NULL;

  for (guint i = 0; i < candidates->len; i++)
    {
      const char *candidate = candidates->pdata[i];
      guint far
          = *word != '\0' && g_str_has_prefix (candidate, word) ? 1 : distance (word, candidate);

      if (far < best)
        {
          best = far;
          nearest = candidate;
        }
    }
  return nearest;
}

/* " Did you mean “…”?" or nothing. */
static char *
suggestion (const char *word, GPtrArray *candidates)
{
  const char *nearest = trias_cli_nearest (word, candidates);

  /* TRANSLATORS: follows a sentence that a word is not known, on the same line */
  return nearest != NULL ? g_strdup_printf (_ (" Did you mean “%s”?"), nearest) : g_strdup ("");
}

void
trias_cli_unknown_command (const char *noun, const char *verb)
{
  g_autoptr (GPtrArray) nouns = g_ptr_array_new ();
  g_autoptr (GPtrArray) verbs = g_ptr_array_new ();
  g_autofree char *hint = NULL;

  each (NULL, take_noun, nouns);
  each (noun, take_verb, verbs);
  if (verbs->len == 0)
    {
      g_ptr_array_add (nouns, (char *) "help");
      hint = suggestion (noun, nouns);
      g_printerr (_ ("trias: “%s” is no command.%s See: trias help\n"), noun, hint);
      return;
    }
  if (verb == NULL || *verb == '-')
    {
      g_autofree char *all = NULL;

      g_ptr_array_add (verbs, NULL);
      all = g_strjoinv (", ", (char **) verbs->pdata);
      /* TRANSLATORS: a noun of the command line, its verbs, the noun again */
      g_printerr (_ ("trias: “%s” needs a verb: %s. See: trias help %s\n"), noun, all, noun);
      return;
    }
  hint = suggestion (verb, verbs);
  /* TRANSLATORS: noun, verb, " Did you mean …?" or nothing, noun */
  g_printerr (_ ("trias: “%s” knows no “%s”.%s See: trias help %s\n"), noun, verb, hint, noun);
}

/* --- options --- */

/* The entry that @word (an option as typed, without its value) means. */
static const GOptionEntry *
find_option (const char *word, const GOptionEntry *const *tables)
{
  for (guint t = 0; tables[t] != NULL; t++)
    for (const GOptionEntry *e = tables[t]; e->long_name != NULL; e++)
      if (g_str_has_prefix (word, "--") ? g_str_equal (word + 2, e->long_name)
                                        : e->short_name != 0 && word[1] == e->short_name)
        return e;
  return NULL;
}

/* The first word of @argv that looks like an option and is none. (transfer full) (nullable) */
static char *
find_unknown_option (char **argv, const GOptionEntry *const *tables)
{
  for (guint i = 0; argv[i] != NULL && !g_str_equal (argv[i], "--"); i++)
    {
      const char *equals = strchr (argv[i], '=');
      g_autofree char *word
          = equals != NULL ? g_strndup (argv[i], (gsize) (equals - argv[i])) : g_strdup (argv[i]);
      const GOptionEntry *entry;

      if (word[0] != '-' || word[1] == '\0')
        continue;
      entry = find_option (word, tables);
      if (entry == NULL)
        return g_steal_pointer (&word);
      if (entry->arg != G_OPTION_ARG_NONE && equals == NULL && argv[i + 1] != NULL
          && (word[1] == '-' || word[2] == '\0'))
        i++; /* its value */
    }
  return NULL;
}

gboolean
trias_cli_refuse_option (TriasCli *cli,
                         const GOptionEntry *const *tables,
                         GError *cause,
                         GError **error)
{
  g_autoptr (GError) owned = cause;
  g_autofree char *word = NULL;
  g_autofree char *hint = NULL;
  g_autoptr (GPtrArray) candidates = g_ptr_array_new_with_free_func (g_free);

  if (g_error_matches (owned, G_OPTION_ERROR, G_OPTION_ERROR_UNKNOWN_OPTION))
    word = find_unknown_option (cli->argv, tables);
  if (word == NULL)
    /* TRANSLATORS: what is wrong with an option, the noun */
    return trias_cli_usage (error, _ ("%s. See: trias help %s"), owned->message, cli->entry->noun);
  for (guint t = 0; tables[t] != NULL; t++)
    for (const GOptionEntry *e = tables[t]; e->long_name != NULL; e++)
      g_ptr_array_add (candidates, g_strconcat ("--", e->long_name, NULL));
  hint = suggestion (word, candidates);
  /* TRANSLATORS: an option, " Did you mean …?" or nothing, a noun */
  return trias_cli_usage (error, _ ("“%s” is no option here.%s See: trias help %s"), word, hint,
                          cli->entry->noun);
}

gboolean
trias_cli_refuse_count (TriasCli *cli, const char *extra, GError **error)
{
  g_autofree char *words = usage_of (cli->entry);

  if (extra != NULL)
    return trias_cli_usage (error, _ ("“%s” is one argument too many. Usage: trias %s"), extra,
                            words);
  return trias_cli_usage (error, _ ("An argument is missing. Usage: trias %s"), words);
}
