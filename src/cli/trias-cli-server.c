/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "cli/trias-cli.h"

static gboolean
add (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasServers) servers = trias_servers_new (NULL, NULL);
  g_autoptr (TriasAddress) address = NULL;
  g_autofree char *uri = NULL;
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasAnswer) answer = NULL;

  if (!trias_cli_parse (cli, NULL, 1, 1, error) || !trias_servers_restore (servers, error))
    return FALSE;
  address = trias_address_parse (cli->argv[0], error);
  if (address == NULL)
    return FALSE;
  uri = trias_address_to_base_uri (address);
  rest = trias_rest_new (uri, address->fingerprint, NULL);
  answer = trias_cli_request (rest, "GET", "/server", NULL,
                              error); /* without a pin this tells the fingerprint */
  if (answer == NULL)
    return FALSE;
  if (trias_servers_add (servers, cli->argv[0], error) == NULL
      || !trias_servers_save (servers, error))
    return FALSE;
  g_print (_ ("%s is known now. Sign in with: trias login --server %s --user NAME\n"),
           address->host, address->host);
  return TRUE;
}

static gboolean
remove_server (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasServers) servers = trias_servers_new (NULL, NULL);
  TriasServer *server;

  if (!trias_cli_parse (cli, NULL, 1, 1, error) || !trias_servers_restore (servers, error))
    return FALSE;
  server = trias_servers_lookup (servers, cli->argv[0]);
  if (server == NULL)
    return trias_cli_usage (error, _ ("No known server is called “%s”. See: trias server list"),
                            cli->argv[0]);
  trias_cli_keep_token (trias_server_get_fingerprint (server), NULL, NULL);
  trias_servers_remove (servers, server);
  return trias_servers_save (servers, error);
}

static gboolean
list (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasServers) servers = trias_servers_new (NULL, NULL);
  TriasTable *table;

  if (!trias_cli_parse (cli, NULL, 0, 0, error) || !trias_servers_restore (servers, error))
    return FALSE;
  table = trias_table_new (_ ("Address"), _ ("Name"), _ ("Fingerprint"), NULL);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (servers)); i++)
    {
      g_autoptr (TriasServer) server = g_list_model_get_item (G_LIST_MODEL (servers), i);
      trias_table_add (table, trias_server_get_address (server), trias_server_get_name (server),
                       trias_server_get_fingerprint (server), NULL);
    }
  trias_table_print (table, _ ("No server is known yet. Add one with: trias server add ADDRESS"));
  return TRUE;
}

static void
print_server (const TriasAnswer *answer)
{
  TriasJsonReader reader;
  g_autofree char *started = NULL;
  g_autofree char *id = NULL;
  TriasTable *table = trias_table_new (_ ("What"), _ ("Value"), NULL);

  trias_json_reader_init (&reader, answer->json);
  id = trias_id_format (trias_json_read_string_or (&reader, "id", 64, ""));
  started
      = trias_cli_format_time (trias_json_read_int_or (&reader, "started_at", 0, G_MAXINT64, 0));
  trias_table_add (table, _ ("Name"), trias_json_read_string_or (&reader, "name", 256, ""), NULL);
  trias_table_add (table, _ ("Fingerprint"), id, NULL);
  trias_table_add (table, _ ("Version"), trias_json_read_string_or (&reader, "version", 64, ""),
                   NULL);
  trias_table_add (table, _ ("Role"), trias_json_read_string_or (&reader, "role", 32, ""), NULL);
  trias_table_add (table, _ ("Active"),
                   trias_json_read_bool_or (&reader, "active", FALSE) ? _ ("yes") : _ ("no"), NULL);
  trias_table_add (table, _ ("Running since"), started, NULL);
  trias_json_reader_finish_lenient (&reader, NULL);
  trias_table_print (table, "");
}

static gboolean
show (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasAnswer) answer = NULL;

  if (!trias_cli_parse (cli, NULL, 0, 0, error))
    return FALSE;
  rest = trias_cli_open (cli, FALSE, error);
  answer = rest != NULL ? trias_cli_request (rest, "GET", "/server", NULL, error) : NULL;
  if (answer == NULL)
    return FALSE;
  if (cli->json)
    trias_cli_print_json (answer);
  else
    print_server (answer);
  return TRUE;
}

static gboolean
health (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasAnswer) answer = NULL;
  TriasJsonReader reader;
  gboolean serving;
  const char *detail;

  if (!trias_cli_parse (cli, NULL, 0, 0, error))
    return FALSE;
  rest = trias_cli_open (cli, FALSE, error);
  answer = rest != NULL ? trias_cli_request (rest, "GET", "/health", NULL, error) : NULL;
  if (answer == NULL)
    return FALSE;
  trias_json_reader_init (&reader, answer->json);
  serving = trias_json_read_bool_or (&reader, "serving", FALSE);
  detail = trias_json_read_string_or (&reader, "detail", 1024, "");
  if (cli->json)
    trias_cli_print_json (answer);
  else
    g_print ("%s%s%s\n", serving ? _ ("serving") : _ ("not serving"), *detail != '\0' ? ": " : "",
             detail);
  *code = serving ? 0 : TRIAS_EXIT_UNAVAILABLE;
  return trias_json_reader_finish_lenient (&reader, error);
}

static gboolean
rename_server (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasAnswer) answer = NULL;
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  if (!trias_cli_parse (cli, NULL, 1, 1, error))
    return FALSE;
  rest = trias_cli_open (cli, TRUE, error);
  if (rest == NULL)
    return FALSE;
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "name", cli->argv[0]);
  trias_json_end_object (writer);
  answer
      = trias_cli_request (rest, "PATCH", "/server", trias_json_writer_end (writer, NULL), error);
  return answer != NULL;
}

const TriasCommandEntry trias_cli_server[] = {
  { "server", "add", "ADDRESS[#FINGERPRINT]",
    N_ ("Remember a server after its fingerprint was compared"), add },
  { "server", "list", "", N_ ("List the servers that are remembered"), list },
  { "server", "remove", "NAME", N_ ("Forget a server"), remove_server },
  { "server", "show", "[--server SERVER]", N_ ("Show a server's identity and role"), show },
  { "server", "health", "[--server SERVER]",
    N_ ("Tell whether a server serves; exit code 69 if not"), health },
  { "server", "rename", "NAME", N_ ("Rename a server"), rename_server },
  { NULL },
};
