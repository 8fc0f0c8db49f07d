/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* `relationship drill`: a failover drill, watched by a real client. */

#include "cli/trias-cli-drill.h"
#include "cli/trias-cli-duration.h"
#include "cli/trias-cli-triad.h"

#include <stdio.h>
#include <string.h>

#include "client/trias-drill-words.h"

typedef struct
{
  TriasCli *cli;
  TriasServer *server;
  TriasDrill *drill;
  TriasDrillKind kind;
  guint seconds;
  gboolean begun;
  guint printed; /* steps */
} Watch;

/* --- what is seen --- */

/* Who takes the place of @server. */
static const TriasMember *
find_other (const TriasRelationship *relationship, const char *self)
{
  const TriasMember *first = relationship->members->pdata[0];

  return strcmp (first->id, self) == 0 ? relationship->members->pdata[1] : first;
}

static void
print_plan (const Watch *watch)
{
  TriasRelationshipInfo *info = trias_server_get_relationship (watch->server);
  const TriasRelationship *relationship = trias_relationship_info_get_relationship (info);
  const char *self = trias_relationship_info_get_self (info);
  gboolean pair = relationship->kind == TRIAS_KIND_BACKUP;
  g_autofree char *plan = trias_drill_words_plan (
      watch->kind, watch->seconds, trias_relationship_find (relationship, self)->name,
      find_other (relationship, self)->name, pair);
  g_autofree char *uncovered
      = pair ? trias_drill_words_uncovered (trias_relationship_info_find_consequence (info, self))
             : NULL;

  g_print ("%s\n", plan);
  if (uncovered != NULL)
    g_print ("%s\n", uncovered);
  g_print ("\n");
}

/* Until it begins it may be refused: then nothing of it is to be read. */
static gboolean
has_begun (Watch *watch, TriasDrillStep *newest)
{
  if (!watch->begun && trias_drill_step_get_sight (newest) == TRIAS_DRILL_SAW_BEGIN)
    {
      watch->begun = TRUE;
      print_plan (watch);
    }
  return watch->begun;
}

static void
print_steps (GListModel *steps, guint position, guint removed, guint added, gpointer user_data)
{
  Watch *watch = user_data;

  if (watch->cli->json || watch->cli->quiet)
    return;
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (TriasDrillStep) newest = g_list_model_get_item (steps, i);

      if (!has_begun (watch, newest))
        continue;
      for (; watch->printed <= i; watch->printed++)
        {
          g_autoptr (TriasDrillStep) step = g_list_model_get_item (steps, watch->printed);
          g_autofree char *text = trias_drill_words_step (watch->drill, step);
          double at = (double) trias_drill_step_get_at (step) / 1000.0;

          /* TRANSLATORS: seconds since the begin, what was seen */
          g_print (_ ("%1$5.1f s  %2$s\n"), at, text);
        }
    }
  fflush (stdout);
}

static void
print_report (TriasDrill *drill)
{
  const TriasDrillRecord *record = trias_drill_get_record (drill);
  TriasTable *table = trias_table_new (_ ("Drill"), _ ("Result"), _ ("Served meanwhile by"),
                                       _ ("A client waited"), _ ("Requests"), _ ("Lost"), NULL);
  const char *by = trias_drill_get_member_name (drill, record->by);
  g_autofree char *result = trias_drill_words_result (record);
  g_autofree char *gap = trias_drill_words_seconds (record->gap_ms);
  g_autofree char *requests = g_strdup_printf ("%" G_GINT64_FORMAT, record->requests);
  g_autofree char *failed = g_strdup_printf ("%" G_GINT64_FORMAT, record->failed);
  g_autofree char *sentence = trias_drill_words_gap (record);
  g_autofree char *lost = trias_drill_words_failed (record);

  trias_table_add (table, trias_drill_words_kind (record->kind), result, by[0] != '\0' ? by : "–",
                   gap, requests, failed, NULL);
  g_print ("\n");
  trias_table_print (table, "");
  g_print ("\n%s %s\n", sentence, lost);
}

static void
print_json (TriasDrill *drill)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autofree char *text = NULL;

  trias_drill_record_write (trias_drill_get_record (drill), writer, NULL);
  text = trias_json_writer_end (writer, NULL);
  g_print ("%s\n", text);
}

/* --- before --- */

/* The server that serves, with its relationship read. */
static TriasServer *
open_serving (TriasCli *cli, GError **error)
{
  g_autoptr (TriasRelationshipInfo) info = NULL;
  g_autoptr (TriasRest) rest = trias_cli_open_deciding (cli, &info, error);
  g_autoptr (TriasServer) server = NULL;
  g_autoptr (GAsyncResult) read = NULL;

  if (rest == NULL)
    return NULL;
  trias_cli_turn_to_main (cli, info);
  server = trias_cli_open_server (cli, NULL, error);
  if (server == NULL)
    return NULL;
  trias_server_get_relationship (server);
  trias_server_refresh_async (server, NULL, trias_cli_store_result, &read);
  if (!trias_server_refresh_finish (server, trias_cli_wait (&read), error))
    return NULL;
  return g_steal_pointer (&server);
}

static const TriasCliDuration drill_for
    = { "--for", 1, TRIAS_DRILL_SECONDS_MIN, TRIAS_DRILL_SECONDS_MAX };

static gboolean
read_wish (TriasCli *cli, TriasDrillKind *kind, guint *seconds, GError **error)
{
  g_autofree char *word = NULL;
  g_autofree char *duration = NULL;
  const GOptionEntry options[] = {
    { "kind", 0, 0, G_OPTION_ARG_STRING, &word, NULL, NULL },
    { "for", 0, 0, G_OPTION_ARG_STRING, &duration, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };

  *seconds = TRIAS_DRILL_SECONDS_DEFAULT;
  *kind = TRIAS_DRILL_OUTAGE;
  if (!trias_cli_parse (cli, options, 0, 0, error))
    return FALSE;
  if (word != NULL && !trias_drill_kind_from_word (word, kind))
    return trias_cli_usage (error, _ ("“%s” is neither “handover” nor “outage”."), word);
  return duration == NULL || trias_cli_read_duration (&drill_for, duration, seconds, error);
}

gboolean
trias_cli_drill (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasServer) server = NULL;
  g_autoptr (TriasDrill) drill = NULL;
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) refusal = NULL;
  Watch watch = { .cli = cli };

  if (!read_wish (cli, &watch.kind, &watch.seconds, error))
    return FALSE;
  server = open_serving (cli, error);
  if (server == NULL)
    return FALSE;
  if (trias_server_get_relationship (server) == NULL
      || trias_relationship_info_get_relationship (trias_server_get_relationship (server)) == NULL)
    return trias_cli_fail (error, TRIAS_EXIT_FAILED, "%s",
                           _ ("This server belongs to no relationship."));
  watch.server = server;
  drill = watch.drill = trias_drill_new (server);
  g_signal_connect (trias_drill_get_steps (drill), "items-changed", G_CALLBACK (print_steps),
                    &watch);
  trias_drill_run_async (drill, watch.kind, watch.seconds, cli->force, NULL, trias_cli_store_result,
                         &result);
  if (!trias_drill_run_finish (drill, trias_cli_wait (&result), &refusal))
    {
      g_propagate_error (error, g_steal_pointer (&refusal));
      return FALSE;
    }
  g_signal_handlers_disconnect_by_data (trias_drill_get_steps (drill), &watch);
  if (cli->json)
    print_json (drill);
  else if (!cli->quiet)
    print_report (drill);
  *code = trias_drill_is_good (trias_drill_get_record (drill)) ? 0 : TRIAS_EXIT_FAILED;
  return TRUE;
}

void
trias_cli_print_last_drill (TriasRelationshipInfo *info)
{
  const TriasDrillRecord *record = info != NULL ? trias_relationship_info_get_drill (info) : NULL;
  g_autofree char *time = NULL;
  g_autofree char *text = NULL;

  if (record == NULL)
    return;
  time = trias_cli_format_time (record->began_at);
  text = trias_drill_words_last (record, time);
  g_print ("\n%s\n", text);
}
