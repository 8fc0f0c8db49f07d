/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "cli/trias-cli.h"

static gboolean follow;
static int limit = 50;

static const GOptionEntry options[] = {
  { "follow", 'f', 0, G_OPTION_ARG_NONE, &follow, NULL, NULL },
  { "limit", 'n', 0, G_OPTION_ARG_INT, &limit, NULL, NULL },
  G_OPTION_ENTRY_NULL,
};

static char *
params_text (const TriasEvent *event)
{
  GString *text = g_string_new (NULL);

  if (event->params != NULL)
    {
      g_autoptr (GList) names
          = g_list_sort (g_hash_table_get_keys (event->params), (GCompareFunc) strcmp);
      for (GList *l = names; l != NULL; l = l->next)
        g_string_append_printf (text, "%s%s=%s", text->len > 0 ? " " : "", (char *) l->data,
                                (char *) g_hash_table_lookup (event->params, l->data));
    }
  return g_string_free (text, FALSE);
}

static gboolean
list_kept (TriasCli *cli, TriasRest *rest, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/events?limit=%d", CLAMP (limit, 1, 1000));
  g_autoptr (TriasAnswer) answer = trias_cli_request (rest, "GET", path, NULL, error);
  const TriasJson *events;
  TriasJsonReader reader;
  TriasTable *table;

  if (answer == NULL)
    return FALSE;
  if (cli->json)
    {
      trias_cli_print_json (answer);
      return TRUE;
    }
  table = trias_table_new (_ ("Time"), _ ("Severity"), _ ("Event"), _ ("About"), _ ("By"),
                           _ ("Details"), NULL);
  trias_json_reader_init (&reader, answer->json);
  events = trias_json_read_array (&reader, "events", 10000);
  for (guint i = events != NULL ? trias_json_length (events) : 0; i > 0;
       i--) /* oldest first, as in a log */
    {
      g_autoptr (TriasEvent) event = trias_event_read (trias_json_element (events, i - 1), error);
      g_autofree char *time = NULL;
      g_autofree char *details = NULL;

      if (event == NULL)
        return FALSE;
      time = trias_cli_format_time (event->time);
      details = params_text (event);
      trias_table_add (table, time, trias_severity_to_word (event->severity), event->kind,
                       event->subject, event->actor, details, NULL);
    }
  trias_table_print (table, _ ("Nothing has happened yet."));
  return trias_json_reader_finish_lenient (&reader, error);
}

static void
print_message_cb (
    TriasStream *stream, const char *event, const char *id, const char *data, gpointer user_data)
{
  if (g_str_equal (event, "event"))
    g_print ("%s\n", data);
}

static void
lost_cb (TriasStream *stream, GError *error, gpointer user_data)
{
  g_printerr (_ ("The connection was lost (%s); trying again.\n"), error->message);
}

static gboolean
list (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasStream) stream = NULL;

  if (!trias_cli_parse (cli, options, 0, 0, error))
    return FALSE;
  rest = trias_cli_open (cli, TRUE, error);
  if (rest == NULL || !list_kept (cli, rest, error))
    return FALSE;
  if (!follow)
    return TRUE;
  stream = trias_stream_new (rest);
  g_signal_connect (stream, "message", G_CALLBACK (print_message_cb), NULL);
  g_signal_connect (stream, "lost", G_CALLBACK (lost_cb), NULL);
  trias_stream_start (stream);
  while (TRUE)
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
denials (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasAnswer) answer = NULL;
  const TriasJson *array;
  TriasJsonReader reader;
  TriasTable *table;

  if (!trias_cli_parse (cli, NULL, 0, 0, error))
    return FALSE;
  rest = trias_cli_open (cli, TRUE, error);
  answer = rest != NULL ? trias_cli_request (rest, "GET", "/denials?limit=200", NULL, error) : NULL;
  if (answer == NULL)
    return FALSE;
  if (cli->json)
    {
      trias_cli_print_json (answer);
      return TRUE;
    }
  table = trias_table_new (_ ("Last"), _ ("Times"), _ ("Reason"), _ ("Feature"), _ ("User"),
                           _ ("Computer"), _ ("Address"), NULL);
  trias_json_reader_init (&reader, answer->json);
  array = trias_json_read_array (&reader, "denials", 10000);
  for (guint i = 0; array != NULL && i < trias_json_length (array); i++)
    {
      TriasJsonReader one;
      g_autofree char *last = NULL;
      g_autofree char *count = NULL;

      trias_json_reader_init (&one, trias_json_element (array, i));
      last = trias_cli_format_time (trias_json_read_int_or (&one, "last", 0, G_MAXINT64, 0));
      count = g_strdup_printf ("%" G_GINT64_FORMAT,
                               trias_json_read_int_or (&one, "count", 0, G_MAXUINT32, 0));
      trias_table_add (table, last, count, trias_json_read_string_or (&one, "reason", 64, ""),
                       trias_json_read_string_or (&one, "feature", 128, ""),
                       trias_json_read_string_or (&one, "user", 256, ""),
                       trias_json_read_string_or (&one, "host", 256, ""),
                       trias_json_read_string_or (&one, "address", 64, ""), NULL);
      trias_json_reader_finish_lenient (&one, NULL);
    }
  trias_table_print (table, _ ("Nobody was refused."));
  return trias_json_reader_finish_lenient (&reader, error);
}

const TriasCommandEntry trias_cli_event[] = {
  { "event", "list", "[--limit N] [--follow]",
    N_ ("List what happened; with --follow go on as it happens"), list },
  { "event", "denials", "", N_ ("List who was refused a seat, and why"), denials },
  { NULL },
};
