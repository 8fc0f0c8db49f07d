/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* The server of these tests as a program: says on one line of JSON where it is and what a client
 * needs, then serves until its standard input ends. */

#include "api-client.h"

#include <gio/gunixinputstream.h>

#include <stdio.h>
#include <unistd.h>

static void
add_identity (ApiServer *server, TriasJsonWriter *writer, const char *name, TriasIdentity *identity)
{
  g_autofree char *file = g_strconcat (name, ".pem", NULL);
  g_autofree char *path = g_build_filename (server->folder, file, NULL);
  g_autoptr (GError) error = NULL;

  trias_identity_save (identity, path, &error);
  g_assert_no_error (error);
  trias_json_add_string (writer, name, path);
}

static void
add_routes (TriasJsonWriter *writer)
{
  const char *method, *path;

  trias_json_begin_array (writer, "routes");
  for (guint i = 0; (path = trias_api_get_route (i, &method)) != NULL; i++)
    {
      const char *route[] = { method, path, NULL };

      trias_json_add_strv (writer, NULL, route);
    }
  trias_json_end_array (writer);
}

static void
add_licenses (ApiServer *server, TriasJsonWriter *writer)
{
  g_autofree char *first = api_license (server, "lic-1", 1, "cad:1");
  g_autofree char *second = api_license (server, "lic-1", 2, "cad:2 cam:1");
  const char *licenses[] = { first, second, NULL };

  trias_json_add_strv (writer, "licenses", licenses);
}

static void
introduce (ApiServer *server)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autofree char *text = NULL;

  trias_json_begin_object (writer, NULL);
  trias_json_add_int (writer, "port", server->port);
  trias_json_add_string (writer, "id", trias_identity_get_id (server->identity));
  trias_json_add_string (writer, "other", trias_identity_get_id (server->stranger));
  trias_json_add_string (writer, "admin", API_ADMIN);
  trias_json_add_string (writer, "password", API_PASSWORD);
  add_identity (server, writer, "client", server->client);
  add_identity (server, writer, "stranger", server->stranger);
  add_routes (writer);
  add_licenses (server, writer);
  trias_json_end_object (writer);
  text = trias_json_writer_end (writer, NULL);
  printf ("%s\n", text);
  fflush (stdout);
}

static void
on_input (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);
  *(gboolean *) user_data = TRUE;
}

int
main (int argc, char **argv)
{
  ApiServer *server = api_server_start (NULL);
  g_autoptr (GInputStream) input = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  gboolean over = FALSE;
  char byte;

  introduce (server);
  g_input_stream_read_async (input, &byte, 1, G_PRIORITY_DEFAULT, NULL, on_input, &over);
  while (!over)
    g_main_context_iteration (NULL, TRUE);
  api_server_stop (server);
  return 0;
}
