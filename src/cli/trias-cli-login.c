/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "cli/trias-cli.h"

static gboolean
login (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasRest) rest = NULL;

  if (!trias_cli_parse (cli, NULL, 0, 0, error))
    return FALSE;
  if (cli->user == NULL)
    return trias_cli_usage (error, "%s", _ ("Who signs in? Name it with --user NAME."));
  rest = trias_cli_open (cli, TRUE, error);
  if (rest == NULL)
    return FALSE;
  if (trias_rest_get_token (rest)
      == NULL) /* no pin yet: let the request say which fingerprint the server shows */
    {
      g_autoptr (TriasAnswer) answer = trias_cli_request (rest, "GET", "/server", NULL, error);
      return answer != NULL;
    }
  trias_cli_done (cli, NULL, _ ("Signed in on %s as %s for eight hours."), cli->where, cli->user);
  return TRUE;
}

static gboolean
logout (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasAnswer) answer = NULL;

  if (!trias_cli_parse (cli, NULL, 0, 0, error))
    return FALSE;
  rest = trias_cli_open (cli, TRUE, error);
  if (rest == NULL)
    return FALSE;
  answer = trias_cli_request (rest, "DELETE", "/session", NULL, error);
  if (!trias_cli_keep_token (trias_rest_get_fingerprint (rest), NULL, answer != NULL ? error : NULL)
      || answer == NULL)
    return FALSE;
  trias_cli_done (cli, answer, _ ("Signed out of %s."), cli->where);
  return TRUE;
}

const TriasCommandEntry trias_cli_session[] = {
  { "login", NULL, "--server SERVER --user NAME",
    N_ ("Sign in to a server; the session is kept for this user"), login, TRIAS_CLI_ITSELF },
  { "logout", NULL, "--server SERVER", N_ ("End the session"), logout, TRIAS_CLI_ITSELF },
  { NULL },
};
