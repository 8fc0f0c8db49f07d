/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "cli/trias-cli.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#define TOKENS_GROUP "tokens"

void
trias_cli_store_result (GObject *source, GAsyncResult *result, gpointer slot)
{
  *(GAsyncResult **) slot = g_object_ref (result);
}

GAsyncResult *
trias_cli_wait (GAsyncResult **slot)
{
  while (*slot == NULL)
    g_main_context_iteration (NULL, TRUE);
  return *slot;
}

/* --- tokens: a key file that only the user may read --- */

static char *
tokens_path (void)
{
  return g_build_filename (g_get_user_state_dir (), "trias", "tokens", NULL);
}

static GKeyFile *
load_tokens (void)
{
  GKeyFile *file = g_key_file_new ();
  g_autofree char *path = tokens_path ();

  g_key_file_load_from_file (file, path, G_KEY_FILE_NONE,
                             NULL); /* a missing or broken file holds none */
  return file;
}

char *
trias_cli_kept_token (const char *id)
{
  g_autoptr (GKeyFile) file = load_tokens ();

  return g_key_file_get_string (file, TOKENS_GROUP, id, NULL);
}

gboolean
trias_cli_keep_token (const char *id, const char *token, GError **error)
{
  g_autoptr (GKeyFile) file = load_tokens ();
  g_autofree char *path = tokens_path ();
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *data = NULL;

  if (token != NULL)
    g_key_file_set_string (file, TOKENS_GROUP, id, token);
  else
    g_key_file_remove_key (file, TOKENS_GROUP, id, NULL);
  if (g_mkdir_with_parents (folder, 0700) != 0)
    {
      int code = errno;
      return trias_cli_fail (error, TRIAS_EXIT_FAILED, _ ("The folder %s cannot be made: %s"),
                             folder, g_strerror (code));
    }
  data = g_key_file_to_data (file, NULL, NULL);
  return g_file_set_contents_full (path, data, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, error);
}

/* --- input --- */

char *
trias_cli_read_file (const char *path, gsize max, gsize *length, GError **error)
{
  gboolean standard_input = g_strcmp0 (path, "-") == 0;
  g_autoptr (GString) text = g_string_new (NULL);
  FILE *file = standard_input ? stdin : g_fopen (path, "re");
  char buffer[4096];
  gsize n;

  if (file == NULL)
    {
      int code = errno;
      trias_cli_fail (error, TRIAS_EXIT_FAILED, _ ("The file %s cannot be read: %s"), path,
                      g_strerror (code));
      return NULL;
    }
  while (text->len <= max && (n = fread (buffer, 1, sizeof buffer, file)) > 0)
    g_string_append_len (text, buffer, n);
  if (!standard_input)
    fclose (file);
  if (text->len > max)
    {
      trias_cli_fail (error, TRIAS_EXIT_FAILED, _ ("The file %s is larger than %u bytes."), path,
                      (guint) max);
      return NULL;
    }
  if (length != NULL)
    *length = text->len;
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
read_hidden_line (const char *prompt)
{
  struct termios before, hidden;
  char buffer[512];
  gboolean terminal = tcgetattr (STDIN_FILENO, &before) == 0;
  char *line;

  if (terminal)
    {
      g_printerr ("%s", prompt);
      hidden = before;
      hidden.c_lflag &= ~(tcflag_t) ECHO;
      tcsetattr (STDIN_FILENO, TCSAFLUSH, &hidden);
    }
  line = fgets (buffer, sizeof buffer, stdin);
  if (terminal)
    {
      tcsetattr (STDIN_FILENO, TCSAFLUSH, &before);
      g_printerr ("\n");
    }
  return line != NULL ? g_strdup (g_strchomp (buffer)) : NULL;
}

char *
trias_cli_read_password (TriasCli *cli, const char *prompt, GError **error)
{
  char *password = NULL;

  if (cli->password_file != NULL)
    {
      password = trias_cli_read_file (cli->password_file, 1024, NULL, error);
      return password != NULL ? g_strchomp (password) : NULL;
    }
  password = read_hidden_line (prompt);
  if (password == NULL || *password == '\0')
    {
      g_free (password);
      trias_cli_fail (error, TRIAS_EXIT_FAILED, "%s", _ ("No password was given."));
      return NULL;
    }
  return password;
}

/* --- servers --- */

static TriasAddress *
address_of_known (TriasServer *server, GError **error)
{
  TriasAddress *address = trias_address_parse (trias_server_get_address (server), error);

  if (address != NULL && address->fingerprint == NULL
      && *trias_server_get_fingerprint (server) != '\0')
    address->fingerprint = g_strdup (trias_server_get_fingerprint (server));
  return address;
}

/* Two servers may call themselves the same: then the name says nothing. */
static guint
count_called (TriasServers *known, const char *name)
{
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (known)); i++)
    {
      g_autoptr (TriasServer) server = g_list_model_get_item (G_LIST_MODEL (known), i);

      n += g_str_equal (trias_server_get_name (server), name) ? 1 : 0;
    }
  return n;
}

char *
trias_cli_call_server (TriasServer *server, const TriasAddress *address)
{
  const char *name = server != NULL ? trias_server_get_name (server) : "";

  for (const char *c = name; *c != '\0'; c++)
    if (!g_ascii_isalnum (*c) && (c == name || strchr ("-_.:", *c) == NULL))
      return trias_address_to_string (address, FALSE);
  return *name != '\0' ? g_strdup (name) : trias_address_to_string (address, FALSE);
}

/* Without --server. What was chosen once is meant from then on. */
static TriasAddress *
resolve_chosen (TriasCli *cli, TriasServers *known, GError **error)
{
  g_autoptr (TriasServer) chosen = trias_cli_choose (cli, known, error);
  TriasAddress *address = chosen != NULL ? address_of_known (chosen, error) : NULL;

  if (address != NULL && cli->servers == NULL)
    {
      cli->servers = g_new0 (char *, 2);
      cli->servers[0] = trias_address_to_string (address, TRUE);
    }
  return address;
}

TriasAddress *
trias_cli_resolve (TriasCli *cli, const char *name, GError **error)
{
  g_autoptr (TriasServers) known = trias_servers_new (NULL, NULL);
  const char *text = name != NULL           ? name
                     : cli->servers != NULL ? cli->servers[0]
                                            : g_getenv ("TRIAS_SERVER");
  TriasServer *server = NULL;
  TriasAddress *address;

  if (!trias_servers_restore (known, error))
    return NULL;
  if (text == NULL || *text == '\0')
    address = resolve_chosen (cli, known, error);
  else if (count_called (known, text) > 1)
    {
      trias_cli_usage (error,
                       _ ("Several known servers are called “%s”. Name the address. See: trias "
                          "server list"),
                       text);
      return NULL;
    }
  else
    {
      server = strchr (text, '#') == NULL ? trias_servers_lookup (known, text) : NULL;
      cli->guessed = server == NULL && strchr (text, '#') == NULL;
      address
          = server != NULL ? address_of_known (server, error) : trias_address_parse (text, NULL);
      if (address == NULL)
        trias_cli_usage (error,
                         _ ("“%s” is neither the name of a known server nor an address. See: trias "
                            "server list"),
                         text);
    }
  if (address != NULL && server == NULL)
    server = trias_servers_lookup (known, address->fingerprint != NULL ? address->fingerprint : "");
  g_free (cli->where);
  cli->where = address == NULL ? NULL
               : cli->guessed  ? g_strdup (text)
                               : trias_cli_call_server (server, address);
  return address;
}

char *
trias_cli_pinned (TriasServers *known, const char *text)
{
  TriasServer *server = strchr (text, '#') == NULL && count_called (known, text) <= 1
                            ? trias_servers_lookup (known, text)
                            : NULL;

  if (server == NULL || *trias_server_get_fingerprint (server) == '\0')
    return g_strdup (text);
  return g_strdup_printf ("%s#%s", trias_server_get_address (server),
                          trias_server_get_fingerprint (server));
}

void
trias_cli_note_name (const char *id, const char *name)
{
  g_autoptr (TriasServers) known = trias_servers_new (NULL, NULL);
  TriasServer *server = trias_servers_restore (known, NULL) ? trias_servers_find (known, id) : NULL;

  if (server != NULL)
    trias_servers_note_name (known, server, name);
}

TriasAnswer *
trias_cli_request (
    TriasRest *rest, const char *method, const char *path, char *body, GError **error)
{
  g_autoptr (GAsyncResult) result = NULL;
  g_autofree char *owned = body;

  trias_rest_send_async (rest, method, path, owned, NULL, NULL, trias_cli_store_result, &result);
  return trias_rest_send_finish (rest, trias_cli_wait (&result), error);
}

static gboolean
sign_in (TriasCli *cli, TriasRest *rest, const TriasAddress *address, GError **error)
{
  g_autofree char *prompt
      = g_strdup_printf (_ ("Password of %s on %s: "), cli->user, address->host);
  g_autofree char *password = trias_cli_read_password (cli, prompt, error);
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autoptr (TriasAnswer) answer = NULL;
  TriasJsonReader reader;

  if (password == NULL)
    return FALSE;
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "name", cli->user);
  trias_json_add_string (writer, "password", password);
  trias_json_end_object (writer);
  answer
      = trias_cli_request (rest, "POST", "/session", trias_json_writer_end (writer, NULL), error);
  if (answer == NULL)
    return FALSE;
  trias_json_reader_init (&reader, answer->json);
  trias_rest_set_token (rest, trias_json_read_string (&reader, "token", 1, 256));
  if (!trias_json_reader_finish_lenient (&reader, error))
    return FALSE;
  return trias_cli_keep_token (trias_rest_get_fingerprint (rest), trias_rest_get_token (rest),
                               error);
}

TriasRest *
trias_cli_open (TriasCli *cli, gboolean signed_in, GError **error)
{
  g_autoptr (TriasAddress) address = trias_cli_resolve (cli, NULL, error);
  g_autofree char *uri = address != NULL ? trias_address_to_base_uri (address) : NULL;
  g_autofree char *token = NULL;
  g_autoptr (TriasRest) rest = NULL;

  if (address == NULL)
    return NULL;
  rest = trias_rest_new (uri, address->fingerprint, NULL);
  if (!signed_in
      || address->fingerprint == NULL) /* without a pin the request itself says what to do */
    return g_steal_pointer (&rest);
  token = cli->user == NULL ? trias_cli_kept_token (address->fingerprint) : NULL;
  if (token != NULL)
    trias_rest_set_token (rest, token);
  else if (cli->user == NULL)
    {
      trias_cli_fail (
          error, TRIAS_EXIT_FAILED,
          _ ("Nobody is signed in on %s. Sign in with: trias login --server %s --user NAME"),
          cli->where, cli->where);
      return NULL;
    }
  else if (!sign_in (cli, rest, address, error))
    return NULL;
  return g_steal_pointer (&rest);
}

/* Asks for the password if nobody is signed in and --user says who shall be. */
static gboolean
sign_in_server (TriasCli *cli, TriasServer *server, GError **error)
{
  g_autofree char *prompt = g_strdup_printf (_ ("Password of %s on %s: "), cli->user, cli->where);
  g_autofree char *password = trias_cli_read_password (cli, prompt, error);
  g_autoptr (GAsyncResult) signed_in = NULL;

  if (password == NULL)
    return FALSE;
  trias_server_sign_in_async (server, cli->user, password, NULL, trias_cli_store_result,
                              &signed_in);
  return trias_server_sign_in_finish (server, trias_cli_wait (&signed_in), error);
}

static gboolean
connect_server (TriasCli *cli, TriasServer *server, GError **error)
{
  g_autoptr (GAsyncResult) connected = NULL;
  g_autofree char *token = trias_cli_kept_token (trias_server_get_fingerprint (server));

  if (token != NULL)
    trias_server_set_token (server, token);
  trias_server_connect_async (server, NULL, trias_cli_store_result, &connected);
  if (!trias_server_connect_finish (server, trias_cli_wait (&connected), error))
    return FALSE;
  if (trias_server_get_state (server) == TRIAS_SERVER_UNTRUSTED)
    return trias_cli_fail_key (error, trias_server_get_address (server),
                               trias_server_get_fingerprint (server),
                               trias_server_get_offered_fingerprint (server));
  if (trias_server_get_state (server) != TRIAS_SERVER_SIGNED_OUT)
    return TRUE;
  if (cli->user != NULL)
    return sign_in_server (cli, server, error);
  return trias_cli_fail (
      error, TRIAS_EXIT_FAILED,
      _ ("Nobody is signed in on %s. Sign in with: trias login --server %s --user NAME"),
      cli->where, cli->where);
}

TriasServer *
trias_cli_open_server_in (TriasCli *cli, TriasServers *servers, const char *name, GError **error)
{
  g_autoptr (TriasAddress) address = trias_cli_resolve (cli, name, error);
  g_autofree char *text = address != NULL ? trias_address_to_string (address, TRUE) : NULL;
  TriasServer *server = text != NULL ? trias_servers_add (servers, text, error) : NULL;

  return server != NULL && connect_server (cli, server, error) ? g_object_ref (server) : NULL;
}

gboolean
trias_cli_fill_invited (TriasCli *cli,
                        TriasSetup *setup,
                        guint rank,
                        const char *name,
                        const char *code,
                        GError **error)
{
  g_autoptr (TriasAddress) address = trias_cli_resolve (cli, name, error);
  g_autofree char *text = address != NULL ? trias_address_to_string (address, TRUE) : NULL;

  if (text == NULL)
    return FALSE;
  trias_setup_set_address (setup, rank, text);
  trias_setup_set_invitation (setup, rank, code);
  return TRUE;
}

TriasServer *
trias_cli_open_server (TriasCli *cli, const char *name, GError **error)
{
  g_autoptr (TriasAddress) address = trias_cli_resolve (cli, name, error);
  g_autoptr (TriasServer) server = address != NULL ? trias_server_new (address) : NULL;

  if (server == NULL || !connect_server (cli, server, error))
    return NULL;
  return g_steal_pointer (&server);
}
