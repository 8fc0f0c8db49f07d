/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* What a person is told at the end: what was done, or why not and what to do. */

#include "cli/trias-cli.h"

#include <string.h>

#include "client/trias-check-words.h"
#include "client/trias-reason-words.h"

/* Sentences that are whole and in the reader's language; the code is the exit code. */
#define TRIAS_CLI_ERROR (g_quark_from_static_string ("trias-cli-error"))

G_GNUC_PRINTF (4, 0)
static gboolean
fail_with (GError **error, GQuark domain, int code, const char *format, va_list args)
{
  g_propagate_error (error, g_error_new_valist (domain, code, format, args));
  return FALSE;
}

gboolean
trias_cli_usage (GError **error, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  fail_with (error, TRIAS_CLI_ERROR, TRIAS_EXIT_USAGE, format, args);
  va_end (args);
  return FALSE;
}

gboolean
trias_cli_fail (GError **error, int code, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  fail_with (error, TRIAS_CLI_ERROR, code, format, args);
  va_end (args);
  return FALSE;
}

gboolean
trias_cli_fail_key (GError **error, const char *address, const char *expected, const char *shown)
{
  g_autoptr (TriasProblem) problem
      = trias_problem_new (TRIAS_REASON_KEY_MISMATCH, "Another key answers at %s.", address);

  trias_problem_param (problem, "address", address);
  trias_problem_param (problem, "fingerprint", shown);
  if (expected != NULL && *expected != '\0')
    trias_problem_param (problem, "expected", expected);
  g_propagate_error (error, trias_problem_to_error (problem));
  return FALSE;
}

void
trias_cli_done (TriasCli *cli, const TriasAnswer *answer, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  if (cli->json)
    {
      trias_cli_print_json (answer);
      return;
    }
  if (cli->quiet)
    return;
  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_print ("%s\n", text);
}

void
trias_cli_warn (const TriasCli *cli, const char *text)
{
  if (!cli->quiet)
    g_printerr ("%s: %s\n", trias_check_words_state (TRIAS_CHECK_WARNING), text);
}

/* --- commands that can be copied --- */

char *
trias_cli_quote (const char *text)
{
  for (const char *c = text; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && strchr ("-_.:/@", *c) == NULL)
      return g_shell_quote (text);
  return *text != '\0' ? g_strdup (text) : g_shell_quote (text);
}

char *
trias_cli_same_server (const TriasCli *cli)
{
  g_autofree char *quoted = cli->named != NULL ? trias_cli_quote (cli->named) : NULL;

  return quoted != NULL ? g_strconcat (" --server ", quoted, NULL) : g_strdup ("");
}

/* --- why not --- */

static const char *
get_param (TriasProblem *problem, const char *name)
{
  const char *value = problem->params != NULL ? g_hash_table_lookup (problem->params, name) : NULL;

  return value;
}

static void
report_unknown_key (const char *address, const char *fingerprint)
{
  g_autofree char *shown = trias_id_format (fingerprint);

  g_printerr (_ ("trias: The server at %s is not known yet. It shows this fingerprint:\n  %s\n"),
              address, shown);
  g_printerr ("%s\n", _ ("Compare it with the one that triasd printed at its start (on the server: "
                         "journalctl -u triasd)."));
  g_printerr (_ ("If they are the same: trias server add %s#%s\n"), address, fingerprint);
}

/* Nothing that could be copied unread: who goes on must have compared. */
static void
report_other_key (const char *address, const char *expected, const char *fingerprint)
{
  g_autofree char *known = trias_id_format (expected);
  g_autofree char *shown = trias_id_format (fingerprint);

  g_printerr (_ ("trias: WARNING: another key than the expected one answers at %s.\n"), address);
  g_printerr ("%s\n", _ ("This may be another computer that passes itself off as your licence "
                         "server. Nothing was sent to it."));
  g_printerr (_ ("  expected: %s\n  shown:    %s\n"), known, shown);
  g_printerr ("%s\n",
              _ ("Compare on the licence server itself: “journalctl -u triasd” there tells its "
                 "fingerprint. If it is the expected one, do not go on; find out who answers at "
                 "this address. If the server was set up anew, forget the old key with “trias "
                 "server remove” and add the server with the fingerprint that you read there."));
}

static void
report_key (TriasProblem *problem)
{
  const char *address = get_param (problem, "address");
  const char *expected = get_param (problem, "expected");
  const char *fingerprint = get_param (problem, "fingerprint");

  address = address != NULL ? address : "";
  if (g_str_has_prefix (address, "https://"))
    address += strlen ("https://");
  if (expected != NULL)
    report_other_key (address, expected, fingerprint);
  else
    report_unknown_key (address, fingerprint);
}

/* Whether a conflict, or a check that did not pass, is one that --force overrules. */
static gboolean
is_overruled (const TriasCli *cli, const GError *error)
{
  g_autoptr (TriasProblem) problem = NULL;

  if (g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_CONFLICT))
    return g_str_equal (cli->entry->verb, "drain") || g_str_equal (cli->entry->noun, "license");
  if (!g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_CHECK_FAILED))
    return FALSE;
  problem = trias_problem_from_error (error);
  return get_param (problem, "uncovered") != NULL;
}

/* Whether it is the state of the servers that speaks against it, not the request. */
static gboolean
could_be_forced (const TriasCli *cli, const GError *error)
{
  gboolean partner_away = g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_UNREACHABLE)
                          && !trias_rest_error_is_transport (error);

  if (cli->force || strstr (cli->entry->arguments, "--force") == NULL)
    return FALSE;
  return partner_away || g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_RULE_IN_USE)
         || is_overruled (cli, error);
}

/* Says what to do next where the sentence itself cannot know it. */
static void
print_advice (const TriasCli *cli, const GError *error)
{
  if (cli->where == NULL)
    return;
  if (could_be_forced (cli, error))
    g_printerr ("%s\n", _ ("If that is meant, repeat the command with --force."));
  if (g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_UNAUTHENTICATED)
      && !g_str_equal (cli->entry->noun, "login"))
    g_printerr (_ ("Sign in with: trias login --server %s --user NAME\n"), cli->where);
  if (g_str_equal (cli->entry->noun, "rule")
      && g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_NOT_FOUND))
    g_printerr (_ ("See: trias rule list --server %s\n"), cli->where);
  if (cli->guessed && trias_rest_error_is_transport (error))
    g_printerr (_ ("No known server is called “%s”, so it was taken for an address. See: trias "
                   "server list\n"),
                cli->where);
}

int
trias_cli_report (const TriasCli *cli, const GError *error, int code)
{
  g_autoptr (TriasProblem) problem = NULL;
  g_autofree char *text = NULL;

  if (error->domain == TRIAS_CLI_ERROR)
    {
      g_printerr ("trias: %s\n", error->message);
      return error->code == TRIAS_EXIT_USAGE || code == 0 ? error->code : code;
    }
  problem = trias_problem_from_error (error);
  if (g_error_matches (error, TRIAS_ERROR, TRIAS_REASON_KEY_MISMATCH)
      && get_param (problem, "fingerprint") != NULL)
    {
      report_key (problem);
      return code != 0 ? code : TRIAS_EXIT_FAILED;
    }
  text = trias_reason_words_line (error);
  g_printerr ("trias: %s\n", text);
  print_advice (cli, error);
  if (code == 0 && trias_rest_error_is_transport (error))
    return TRIAS_EXIT_UNAVAILABLE;
  return code != 0 ? code : TRIAS_EXIT_FAILED;
}
