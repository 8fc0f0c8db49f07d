/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "cli/trias-cli.h"

#include <stdio.h>
#include <string.h>

#include "client/trias-event-words.h"
#include "client/trias-reason-words.h"
#include "client/trias-words.h"

static gboolean follow;
static int limit = 50;

static const GOptionEntry options[] = {
  { "follow", 'f', 0, G_OPTION_ARG_NONE, &follow, NULL, NULL },
  { "limit", 'n', 0, G_OPTION_ARG_INT, &limit, NULL, NULL },
  G_OPTION_ENTRY_NULL,
};

/** A listing under way. */
typedef struct
{
  TriasCli *cli;
  TriasServers *known; /* names for ids */
  TriasTable *table;   /* (nullable) with --json */
  const char *at;      /* " --server SERVER" for what is to be done there */
  guint64 seq;         /* of the last event; 0 = none */
} Listing;

static const char *
name_of_server (const char *id, gpointer user_data)
{
  TriasServer *server = trias_servers_find (user_data, id);

  return server != NULL ? trias_words_server_name (server) : NULL;
}

/* An administrator's name, or the beginning of a client's key. (transfer full) */
static char *
say_actor (const char *actor, TriasServers *known)
{
  const char *name = trias_id_is_valid (actor) ? name_of_server (actor, known) : actor;

  return name != NULL ? g_strdup (name) : trias_id_short (actor);
}

static gboolean
add_event (Listing *listing, const TriasJson *json, GError **error)
{
  g_autoptr (TriasEvent) event = trias_event_read (json, error);
  g_autofree char *time = NULL;
  g_autofree char *text = NULL;
  g_autofree char *by = NULL;

  if (event == NULL)
    return FALSE;
  listing->seq = event->seq;
  if (listing->table == NULL)
    {
      text = trias_json_to_string (json);
      g_print ("%s\n", text);
      return TRUE;
    }
  time = trias_cli_format_time (event->time);
  trias_event_param (event, "at", listing->at);
  text = trias_event_words_describe (event, name_of_server, listing->known);
  by = say_actor (event->actor, listing->known);
  trias_table_add (listing->table, time, trias_event_words_severity (event->severity), by, text,
                   NULL);
  return TRUE;
}

static gboolean
list_kept (Listing *listing, TriasRest *rest, GError **error)
{
  g_autofree char *path = g_strdup_printf ("/events?limit=%d", CLAMP (limit, 1, 1000));
  g_autoptr (TriasAnswer) answer = trias_cli_request (rest, "GET", path, NULL, error);
  const TriasJson *events;
  TriasJsonReader reader;

  if (answer == NULL)
    return FALSE;
  trias_json_reader_init (&reader, answer->json);
  events = trias_json_read_array (&reader, "events", 10000);
  for (guint i = events != NULL ? trias_json_length (events) : 0; i > 0;
       i--) /* oldest first, as in a log */
    if (!add_event (listing, trias_json_element (events, i - 1), error))
      return FALSE;
  return trias_json_reader_finish_lenient (&reader, error);
}

static void
print_message_cb (
    TriasStream *stream, const char *event, const char *id, const char *data, gpointer user_data)
{
  Listing *listing = user_data;
  g_autoptr (TriasJson) json = NULL;

  if (!g_str_equal (event, "event"))
    return;
  json = trias_json_parse (data, strlen (data), TRIAS_JSON_MAX_BYTES, NULL);
  if (json == NULL || !add_event (listing, json, NULL))
    return; /* a newer server's event that this program does not know */
  if (listing->table != NULL)
    trias_table_flush (listing->table);
  fflush (stdout);
}

static void
lost_cb (TriasStream *stream, GError *error, gpointer user_data)
{
  g_autofree char *text = trias_reason_words_line (error);

  g_printerr (_ ("The connection was lost (%s); trying again.\n"), text);
}

static void
follow_events (Listing *listing, TriasRest *rest)
{
  g_autoptr (TriasStream) stream = trias_stream_new (rest);

  if (listing->table != NULL)
    trias_table_flush (listing->table);
  fflush (stdout);
  g_signal_connect (stream, "message", G_CALLBACK (print_message_cb), listing);
  g_signal_connect (stream, "lost", G_CALLBACK (lost_cb), listing);
  if (listing->seq > 0)
    trias_stream_resume_after (stream, listing->seq);
  trias_stream_start (stream);
  while (!ferror (stdout)) /* until nobody reads any more */
    g_main_context_iteration (NULL, TRUE);
  trias_stream_stop (stream);
}

static gboolean
list (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasServers) known = trias_servers_new (NULL, NULL);
  Listing listing = { .cli = cli, .known = known };
  g_autofree char *quoted = NULL;
  g_autofree char *at = NULL;

  if (!trias_cli_parse (cli, options, 0, 0, error))
    return FALSE;
  rest = trias_cli_open (cli, TRUE, error);
  if (rest == NULL)
    return FALSE;
  quoted = trias_cli_quote (cli->where);
  at = g_strconcat (" --server ", quoted, NULL);
  listing.at = at;
  trias_servers_restore (known, NULL);
  if (!cli->json)
    listing.table = trias_table_new (_ ("Time"), _ ("Severity"), _ ("By"), _ ("Event"), NULL);
  if (!list_kept (&listing, rest, error))
    {
      g_clear_pointer (&listing.table, trias_table_free);
      return FALSE;
    }
  if (follow)
    follow_events (&listing, rest);
  if (listing.table != NULL)
    trias_table_print (listing.table, _ ("Nothing has happened yet."));
  return TRUE;
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
  table = trias_table_new (_ ("Last"), _ ("Times"), _ ("Feature"), _ ("User"), _ ("Computer"),
                           _ ("Address"), _ ("Reason"), NULL);
  trias_json_reader_init (&reader, answer->json);
  array = trias_json_read_array (&reader, "denials", 10000);
  for (guint i = 0; array != NULL && i < trias_json_length (array); i++)
    {
      TriasJsonReader one;
      g_autofree char *last = NULL;
      g_autofree char *count = NULL;
      TriasReason reason;

      trias_json_reader_init (&one, trias_json_element (array, i));
      last = trias_cli_format_time (trias_json_read_int_or (&one, "last", 0, G_MAXINT64, 0));
      count = g_strdup_printf ("%" G_GINT64_FORMAT,
                               trias_json_read_int_or (&one, "count", 0, G_MAXUINT32, 0));
      reason = trias_reason_from_word (trias_json_read_string_or (&one, "reason", 64, ""));
      trias_table_add (table, last, count, trias_json_read_string_or (&one, "feature", 128, ""),
                       trias_json_read_string_or (&one, "user", 256, ""),
                       trias_json_read_string_or (&one, "host", 256, ""),
                       trias_json_read_string_or (&one, "address", 64, ""),
                       trias_reason_words (reason), NULL);
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
