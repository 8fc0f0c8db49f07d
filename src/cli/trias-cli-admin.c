/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* Administrators of the server on this computer, over its root-only socket. */

#include "cli/trias-cli.h"

#include <gio/gunixsocketaddress.h>

#define MAX_ANSWER (64 * 1024)

static char *config_path;
static char *socket_path;
static char *state_folder;
static gboolean password_stdin;

static const GOptionEntry options[] = {
  { "config", 'c', 0, G_OPTION_ARG_FILENAME, &config_path, NULL, NULL },
  { "socket", 0, 0, G_OPTION_ARG_FILENAME, &socket_path, NULL, NULL },
  { "state", 0, 0, G_OPTION_ARG_FILENAME, &state_folder, NULL, NULL },
  { "password-stdin", 0, 0, G_OPTION_ARG_NONE, &password_stdin, NULL, NULL },
  G_OPTION_ENTRY_NULL,
};

/* What @key of the server's own configuration says. (transfer full) (nullable) */
static char *
read_setting (GKeyFile *file, const char *key)
{
  g_autofree char *value = g_key_file_get_value (file, "server", key, NULL);

  return value != NULL && *g_strstrip (value) != '\0' ? g_steal_pointer (&value) : NULL;
}

/* Where the server on this computer listens: as it is told by --socket or --state, else by its
 * configuration, else where it listens untold. */
static char *
find_socket (GError **error)
{
  const char *path = config_path != NULL ? config_path : TRIAS_SYSCONFDIR "/trias/triasd.conf";
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) cause = NULL;
  g_autofree char *socket = NULL;
  g_autofree char *state = NULL;

  if (socket_path != NULL)
    return g_strdup (socket_path);
  if (state_folder != NULL)
    return g_build_filename (state_folder, "admin.sock", NULL);
  if (!g_key_file_load_from_file (file, path, G_KEY_FILE_NONE, &cause)
      && (config_path != NULL || !g_error_matches (cause, G_FILE_ERROR, G_FILE_ERROR_NOENT)))
    {
      trias_cli_fail (
          error, TRIAS_EXIT_FAILED,
          _ ("The configuration %s cannot be read (%s). Name the socket with --socket."), path,
          cause->message);
      return NULL;
    }
  socket = read_setting (file, "socket");
  state = read_setting (file, "state");
  if (socket != NULL)
    return g_steal_pointer (&socket);
  return g_build_filename (state != NULL ? state : TRIAS_STATEDIR, "admin.sock", NULL);
}

static GSocketConnection *
connect_to_server (GError **error)
{
  g_autofree char *path = find_socket (error);
  g_autoptr (GSocketAddress) address = path != NULL ? g_unix_socket_address_new (path) : NULL;
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GError) cause = NULL;
  GSocketConnection *connection;

  if (path == NULL)
    return NULL;
  g_socket_client_set_timeout (client, 30);
  connection = g_socket_client_connect (client, G_SOCKET_CONNECTABLE (address), NULL, &cause);
  if (connection == NULL)
    trias_cli_fail (
        error, TRIAS_EXIT_UNAVAILABLE,
        _ ("The server's socket %s does not answer (%s). Does triasd run here, and are you root? "
           "Another configuration is named with --config, another state folder with --state."),
        path, cause->message);
  return connection;
}

static TriasJson *
read_answer (GSocketConnection *connection, GError **error)
{
  g_autoptr (GDataInputStream) stream
      = g_data_input_stream_new (g_io_stream_get_input_stream (G_IO_STREAM (connection)));
  g_autofree char *line = NULL;
  gsize length = 0;
  g_autoptr (TriasJson) json = NULL;
  TriasJsonReader reader;

  line = g_data_input_stream_read_line (stream, &length, NULL, error);
  if (line == NULL)
    {
      if (error != NULL && *error == NULL)
        trias_cli_fail (error, TRIAS_EXIT_UNAVAILABLE, "%s",
                        _ ("The server closed the socket without an answer."));
      return NULL;
    }
  json = trias_json_parse (line, length, MAX_ANSWER, error);
  if (json == NULL)
    return NULL;
  trias_json_reader_init (&reader, json);
  if (!trias_json_read_bool_or (&reader, "ok", FALSE))
    {
      g_autoptr (TriasProblem) problem = trias_problem_from_json (line, length, 0);
      trias_json_reader_finish_lenient (&reader, NULL);
      g_propagate_error (error, trias_problem_to_error (problem));
      return NULL;
    }
  trias_json_reader_finish_lenient (&reader, NULL);
  return g_steal_pointer (&json);
}

/* The server's refusal in words that fit an administrator. */
static gboolean
refuse (const char *name, GError *refusal, GError **error)
{
  g_autoptr (GError) owned = refusal;
  g_autofree char *quoted = trias_cli_quote (name);

  if (g_error_matches (owned, TRIAS_ERROR, TRIAS_REASON_CONFLICT))
    return trias_cli_fail (error, TRIAS_EXIT_FAILED,
                           _ ("There is an administrator “%s” already. A password is changed with: "
                              "trias admin password %s"),
                           name, quoted);
  if (g_error_matches (owned, TRIAS_ERROR, TRIAS_REASON_NOT_FOUND))
    return trias_cli_fail (error, TRIAS_EXIT_FAILED,
                           _ ("There is no administrator “%s”. See: trias admin list"), name);
  g_propagate_error (error, g_steal_pointer (&owned));
  return FALSE;
}

static TriasJson *
ask (const char *verb, const char *name, const char *password, GError **error)
{
  g_autoptr (GSocketConnection) connection = connect_to_server (error);
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autofree char *text = NULL;
  g_autofree char *line = NULL;

  if (connection == NULL)
    return NULL;
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "verb", verb);
  if (name != NULL)
    trias_json_add_string (writer, "name", name);
  if (password != NULL)
    trias_json_add_string (writer, "password", password);
  trias_json_end_object (writer);
  text = trias_json_writer_end (writer, NULL);
  line = g_strconcat (text, "\n", NULL);
  if (!g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), line,
                                  strlen (line), NULL, NULL, error))
    return NULL;
  return read_answer (connection, error);
}

static gboolean
with_password (TriasCli *cli, const char *verb, GError **error)
{
  g_autofree char *password = NULL;
  g_autofree char *again = NULL;
  g_autoptr (TriasJson) answer = NULL;
  g_autoptr (GError) refusal = NULL;

  if (!trias_cli_parse (cli, options, 1, 1, error))
    return FALSE;
  if (password_stdin && cli->password_file == NULL)
    cli->password_file = g_strdup ("-");
  password = trias_cli_read_password (cli, _ ("New password: "), error);
  if (password == NULL)
    return FALSE;
  if (cli->password_file == NULL)
    {
      again = trias_cli_read_password (cli, _ ("The same again: "), error);
      if (again == NULL)
        return FALSE;
      if (!g_str_equal (password, again))
        return trias_cli_usage (error, "%s", _ ("The two passwords differ. Nothing was changed."));
    }
  answer = ask (verb, cli->argv[0], password, &refusal);
  return answer != NULL || refuse (cli->argv[0], g_steal_pointer (&refusal), error);
}

static gboolean
add (TriasCli *cli, int *code, GError **error)
{
  if (!with_password (cli, "admin-add", error))
    return FALSE;
  trias_cli_done (cli, NULL, _ ("Administrator %s can sign in now."), cli->argv[0]);
  return TRUE;
}

static gboolean
password (TriasCli *cli, int *code, GError **error)
{
  if (!with_password (cli, "admin-password", error))
    return FALSE;
  trias_cli_done (cli, NULL, _ ("The password of %s was changed."), cli->argv[0]);
  return TRUE;
}

static gboolean
list (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasJson) answer = NULL;
  const TriasJson *names;
  TriasJsonReader reader;

  if (!trias_cli_parse (cli, options, 0, 0, error))
    return FALSE;
  answer = ask ("admin-list", NULL, NULL, error);
  if (answer == NULL)
    return FALSE;
  if (cli->json)
    {
      g_autofree char *text = trias_json_to_string (answer);

      g_print ("%s\n", text);
      return TRUE;
    }
  trias_json_reader_init (&reader, answer);
  names = trias_json_read_array (&reader, "admins", 1000);
  for (guint i = 0; names != NULL && i < trias_json_length (names); i++)
    g_print ("%s\n", trias_json_get_string (trias_json_element (names, i)));
  return trias_json_reader_finish_lenient (&reader, error);
}

/* Whether @name is all there is in the answer to admin-list. */
static gboolean
is_only_one (const TriasJson *answer, const char *name)
{
  TriasJsonReader reader;
  const TriasJson *names;
  const char *only = NULL;

  trias_json_reader_init (&reader, answer);
  names = trias_json_read_array (&reader, "admins", 1000);
  if (names != NULL && trias_json_length (names) == 1)
    only = trias_json_get_string (trias_json_element (names, 0));
  trias_json_reader_finish_lenient (&reader, NULL);
  return g_strcmp0 (only, name) == 0;
}

static gboolean
remove_admin (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasJson) all = NULL;
  g_autoptr (TriasJson) answer = NULL;
  g_autoptr (GError) refusal = NULL;

  if (!trias_cli_parse (cli, options, 1, 1, error)
      || (all = ask ("admin-list", NULL, NULL, error)) == NULL)
    return FALSE;
  if (!cli->force && is_only_one (all, cli->argv[0]))
    return trias_cli_fail (error, TRIAS_EXIT_FAILED,
                           _ ("“%s” is the only administrator: nobody could sign in any more. Add "
                              "another one first, or repeat the command with --force."),
                           cli->argv[0]);
  answer = ask ("admin-remove", cli->argv[0], NULL, &refusal);
  if (answer == NULL)
    refuse (cli->argv[0], g_steal_pointer (&refusal), error);
  else
    trias_cli_done (cli, NULL, _ ("Administrator %s was removed and signed out."), cli->argv[0]);
  return answer != NULL;
}

const TriasCommandEntry trias_cli_admin[] = {
  { "admin", "add", "NAME [--config FILE] [--password-stdin]",
    N_ ("Let an administrator in (on the server itself)"), add },
  { "admin", "list", "[--config FILE]", N_ ("List the administrators"), list },
  { "admin", "password", "NAME [--config FILE] [--password-stdin]", N_ ("Change a password"),
    password },
  { "admin", "remove", "NAME [--config FILE] [--force]", N_ ("Remove an administrator"),
    remove_admin },
  { NULL },
};
