/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "cli/trias-cli.h"

#include <string.h>

#include "client/trias-pair-words.h"
#include "client/trias-reason-words.h"
#include "client/trias-words.h"

/* Whether what stands before the fingerprint is an address. */
static gboolean
has_bad_fingerprint (const char *text)
{
  const char *fingerprint = strchr (text, '#');
  g_autofree char *place
      = fingerprint != NULL ? g_strndup (text, (gsize) (fingerprint - text)) : NULL;
  g_autoptr (TriasAddress) address = place != NULL ? trias_address_parse (place, NULL) : NULL;

  return address != NULL;
}

static gboolean
add (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasServers) servers = trias_servers_new (NULL, NULL);
  g_autoptr (TriasAddress) address = NULL;
  g_autofree char *uri = NULL;
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasAnswer) answer = NULL;
  g_autofree char *where = NULL;
  TriasJsonReader reader;
  TriasServer *server;
  const char *name;

  if (!trias_cli_parse (cli, NULL, 1, 1, error) || !trias_servers_restore (servers, error))
    return FALSE;
  address = trias_address_parse (cli->argv[0], NULL);
  if (address == NULL && has_bad_fingerprint (cli->argv[0]))
    return trias_cli_usage (
        error,
        _ ("The fingerprint behind the # in “%s” is not whole: it has 64 hexadecimal digits."),
        cli->argv[0]);
  if (address == NULL)
    return trias_cli_usage (error, _ ("“%s” is no address. It reads HOST[:PORT][#FINGERPRINT]."),
                            cli->argv[0]);
  uri = trias_address_to_base_uri (address);
  rest = trias_rest_new (uri, address->fingerprint, NULL);
  answer = trias_cli_request (rest, "GET", "/server", NULL,
                              error); /* without a pin this tells the fingerprint */
  if (answer == NULL)
    return FALSE;
  server = trias_servers_add (servers, cli->argv[0], error);
  if (server == NULL)
    return FALSE;
  trias_json_reader_init (&reader, answer->json);
  name = trias_json_read_string_or (&reader, "name", 256, "");
  trias_servers_note_name (servers, server, name);
  trias_json_reader_finish_lenient (&reader, NULL);
  if (!trias_servers_save (servers, error))
    return FALSE;
  where = trias_address_to_string (address, FALSE);
  g_clear_pointer (&cli->where, g_free);
  cli->where = trias_cli_call_server (server, address);
  /* TRANSLATORS: name and address of a server; then how to call it from now on */
  trias_cli_done (cli, answer,
                  _ ("“%s” (%s) is known now. Sign in with: trias login --server %s --user NAME"),
                  *name != '\0' ? name : address->host, where, cli->where);
  return TRUE;
}

static gboolean
remove_server (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasServers) servers = trias_servers_new (NULL, NULL);
  g_autofree char *name = NULL;
  TriasServer *server;

  if (!trias_cli_parse (cli, NULL, 1, 1, error) || !trias_servers_restore (servers, error))
    return FALSE;
  server = trias_servers_lookup (servers, cli->argv[0]);
  if (server == NULL)
    return trias_cli_usage (error, _ ("No known server is called “%s”. See: trias server list"),
                            cli->argv[0]);
  trias_cli_keep_token (trias_server_get_fingerprint (server), NULL, NULL);
  name = g_strdup (trias_words_server_name (server));
  trias_servers_remove (servers, server);
  if (!trias_servers_save (servers, error))
    return FALSE;
  trias_cli_done (cli, NULL, _ ("“%s” is forgotten, with its key and session."), name);
  return TRUE;
}

/* As JSON, in the form in which servers answer lists. */
static void
print_known (TriasServers *servers)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autofree char *text = NULL;

  trias_json_begin_object (writer, NULL);
  trias_json_begin_array (writer, "servers");
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (servers)); i++)
    {
      g_autoptr (TriasServer) server = g_list_model_get_item (G_LIST_MODEL (servers), i);

      trias_json_begin_object (writer, NULL);
      trias_json_add_string (writer, "name", trias_server_get_name (server));
      trias_json_add_string (writer, "address", trias_server_get_address (server));
      trias_json_add_string (writer, "fingerprint", trias_server_get_fingerprint (server));
      trias_json_end_object (writer);
    }
  trias_json_end_array (writer);
  trias_json_end_object (writer);
  text = trias_json_writer_end (writer, NULL);
  g_print ("%s\n", text);
}

static gboolean
list (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasServers) servers = trias_servers_new (NULL, NULL);
  TriasTable *table;

  if (!trias_cli_parse (cli, NULL, 0, 0, error) || !trias_servers_restore (servers, error))
    return FALSE;
  if (cli->json)
    {
      print_known (servers);
      return TRUE;
    }
  table = trias_table_new (_ ("Name"), _ ("Address"), _ ("Fingerprint"), NULL);
  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (servers)); i++)
    {
      g_autoptr (TriasServer) server = g_list_model_get_item (G_LIST_MODEL (servers), i);
      trias_table_add (table, trias_server_get_name (server), trias_server_get_address (server),
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
  TriasRole role;
  TriasTable *table = trias_table_new (_ ("What"), _ ("Value"), NULL);

  trias_json_reader_init (&reader, answer->json);
  id = trias_id_format (trias_json_read_string_or (&reader, "id", 64, ""));
  started
      = trias_cli_format_time (trias_json_read_int_or (&reader, "started_at", 0, G_MAXINT64, 0));
  trias_table_add (table, _ ("Name"), trias_json_read_string_or (&reader, "name", 256, ""), NULL);
  trias_table_add (table, _ ("Fingerprint"), id, NULL);
  trias_table_add (table, _ ("Version"), trias_json_read_string_or (&reader, "version", 64, ""),
                   NULL);
  if (!trias_role_from_word (trias_json_read_string_or (&reader, "role", 32, ""), &role))
    role = TRIAS_ROLE_SINGLE;
  trias_table_add (table, _ ("Role"), trias_words_role (role), NULL);
  trias_table_add (table, _ ("Active"),
                   trias_json_read_bool_or (&reader, "active", FALSE) ? _ ("yes") : _ ("no"), NULL);
  trias_table_add (table, _ ("Running since"), started, NULL);
  trias_json_reader_finish_lenient (&reader, NULL);
  trias_table_print (table, "");
}

/* A server that was renamed elsewhere can be called by its new name from now on. */
static void
note_name (TriasRest *rest, const TriasAnswer *answer)
{
  TriasJsonReader reader;

  trias_json_reader_init (&reader, answer->json);
  trias_cli_note_name (trias_rest_get_fingerprint (rest),
                       trias_json_read_string_or (&reader, "name", 256, ""));
  trias_json_reader_finish_lenient (&reader, NULL);
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
  note_name (rest, answer);
  return TRUE;
}

/* The word is a cause of the partner's, or a reason. */
static const char *
say_cause (const char *word, gboolean serving)
{
  TriasLag lag = trias_lag_from_word (word);

  if (lag != TRIAS_LAG_NONE && (serving || lag != TRIAS_LAG_STORAGE))
    return trias_pair_words_lag (lag);
  return trias_reason_words (trias_reason_from_word (word));
}

/* It does not serve, and what is wrong, if anything, is not its own: another one may. */
static gboolean
may_stand_by (gboolean serving, const char *word)
{
  TriasReason reason = trias_reason_from_word (word);

  return !serving && reason != TRIAS_REASON_STORAGE && reason != TRIAS_REASON_NO_QUORUM;
}

/* The whole reason why it does not serve is that another one does. */
static gboolean
is_standing_by (gboolean serving, const char *word)
{
  return !serving && g_str_equal (word, trias_reason_to_word (TRIAS_REASON_NOT_ACTIVE));
}

/* (nullable) (transfer full) the name of the other server that serves the clients, as @rest has it.
 */
static char *
find_serving (TriasRest *rest)
{
  g_autoptr (TriasAnswer) answer = trias_cli_request (rest, "GET", "/relationship", NULL, NULL);
  g_autoptr (TriasRelationshipInfo) info
      = answer != NULL ? trias_relationship_info_read (answer->json, NULL) : NULL;
  const char *active = info != NULL ? trias_relationship_info_get_active (info) : NULL;
  const TriasMember *member
      = active != NULL && strcmp (active, trias_relationship_info_get_self (info)) != 0
            ? trias_relationship_find (trias_relationship_info_get_relationship (info), active)
            : NULL;

  return member != NULL ? g_strdup (member->name) : NULL;
}

static void
print_health (gboolean serving, gboolean ok, const char *word, const char *by)
{
  if (by != NULL && is_standing_by (serving, word))
    /* TRANSLATORS: a server */
    g_print (_ ("in order, and standing by: “%s” serves the clients\n"), by);
  else if (by != NULL)
    /* TRANSLATORS: a server; a cause such as "no answer from the partner" */
    g_print (_ ("standing by: “%1$s” serves the clients, but without full redundancy: %2$s\n"), by,
             say_cause (word, TRUE));
  else if (!serving && trias_reason_from_word (word) == TRIAS_REASON_NO_SEATS)
    g_print ("%s\n",
             _ ("not serving: the main server is away, and this one has none of its seats"));
  else if (serving && ok)
    g_print ("%s\n", _ ("serving"));
  else if (serving)
    /* TRANSLATORS: %s is a cause such as "no answer from the partner" */
    g_print (_ ("serving, but without full redundancy: %s\n"), say_cause (word, serving));
  else
    g_print (_ ("not serving: %s\n"), say_cause (word, serving));
}

static gboolean
health (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasAnswer) answer = NULL;
  g_autofree char *by = NULL;
  TriasJsonReader reader;
  gboolean serving, ok;
  const char *word;

  if (!trias_cli_parse (cli, NULL, 0, 0, error))
    return FALSE;
  rest = trias_cli_open (cli, FALSE, error);
  answer = rest != NULL ? trias_cli_request (rest, "GET", "/health", NULL, error) : NULL;
  if (answer == NULL)
    return FALSE;
  trias_json_reader_init (&reader, answer->json);
  serving = trias_json_read_bool_or (&reader, "serving", FALSE);
  ok = g_str_equal (trias_json_read_string_or (&reader, "status", 32, "ok"), "ok");
  word = trias_json_read_string_or (&reader, "reason", 64, "none");
  by = may_stand_by (serving, word) ? find_serving (rest) : NULL;
  if (cli->json)
    trias_cli_print_json (answer);
  else
    print_health (serving, ok, word, by);
  *code = serving || by != NULL ? 0 : TRIAS_EXIT_UNAVAILABLE;
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
  if (answer == NULL)
    return FALSE;
  trias_cli_note_name (trias_rest_get_fingerprint (rest), cli->argv[0]);
  trias_cli_done (cli, answer, _ ("The server is called “%s” now."), cli->argv[0]);
  return TRUE;
}

const TriasCommandEntry trias_cli_server[] = {
  { "server", "add", "ADDRESS[#FINGERPRINT]",
    N_ ("Remember a server after its fingerprint was compared"), add },
  { "server", "list", "", N_ ("List the servers that are remembered"), list },
  { "server", "remove", "NAME", N_ ("Forget a server"), remove_server },
  { "server", "show", "[--server SERVER]", N_ ("Show a server's identity and role"), show },
  { "server", "health", "[--server SERVER]",
    N_ ("Tell whether a server serves or stands by; exit code 69 if neither"), health },
  { "server", "rename", "NAME", N_ ("Rename a server"), rename_server, TRIAS_CLI_ITSELF },
  { NULL },
};
