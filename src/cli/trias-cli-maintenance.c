/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* `relationship drain` and `resume`: a server is taken out of service without anybody noticing. */

#include "cli/trias-cli-duration.h"
#include "cli/trias-cli-maintenance.h"
#include "cli/trias-cli-settle.h"
#include "cli/trias-cli-triad.h"

#include <stdio.h>
#include <string.h>

#include "client/trias-drill-words.h"
#include "client/trias-maintenance-words.h"

#define DEADLINE_MS 30000
#define LOOK_MS 300
#define SEATS_NAMED 5

typedef struct
{
  TriasCli *cli;
  TriasRest *rest;
  char *said; /* (owned) (nullable) what was said last */
} Drain;

/* --- what is told --- */

static TriasRelationshipInfo *
ask_info (TriasRest *rest, GError **error)
{
  g_autoptr (TriasRelationshipInfo) info = trias_cli_ask_relationship (rest, error);

  if (info == NULL || trias_relationship_info_get_relationship (info) != NULL)
    return g_steal_pointer (&info);
  trias_cli_fail (error, TRIAS_EXIT_FAILED, "%s", _ ("This server belongs to no relationship."));
  return NULL;
}

static const char *
own_name (TriasRelationshipInfo *info)
{
  const TriasRelationship *relationship = trias_relationship_info_get_relationship (info);
  const TriasMember *member
      = trias_relationship_find (relationship, trias_relationship_info_get_self (info));

  return member != NULL ? member->name : "";
}

/* A pair: what stops when this server goes. */
static void
print_uncovered (Drain *self, TriasRelationshipInfo *info)
{
  const char *id = trias_relationship_info_get_self (info);
  g_autofree char *text = NULL;

  if (self->cli->json || self->cli->quiet
      || trias_relationship_info_get_relationship (info)->kind != TRIAS_KIND_BACKUP)
    return;
  text = trias_drill_words_uncovered (trias_relationship_info_find_consequence (info, id));
  if (text != NULL)
    g_print ("%s\n", text);
}

/* "rip (anna, pc-7)": who is meant by a seat. */
static char *
describe_seat (const TriasLease *lease)
{
  const TriasHolder *holder = &lease->holder;
  const char *parts[4] = { NULL };
  g_autofree char *by = NULL;
  guint n = 0;

  for (guint i = 0; i < 3; i++)
    {
      const char *part = i == 0 ? holder->user : i == 1 ? holder->host : holder->device;

      if (part != NULL && *part != '\0')
        parts[n++] = part;
    }
  by = g_strjoinv (", ", (char **) parts);
  return n > 0 ? g_strdup_printf ("%s (%s)", lease->feature, by) : g_strdup (lease->feature);
}

/* (nullable) the first seats that are held at the server, and how many there are besides. */
static char *
describe_seats (Drain *self)
{
  g_autoptr (TriasAnswer) answer
      = trias_cli_request (self->rest, "GET", "/leases?limit=1000", NULL, NULL);
  g_autoptr (GString) text = g_string_new (NULL);
  TriasJsonReader reader;
  const TriasJson *leases;
  guint n, more;

  if (answer == NULL)
    return NULL;
  trias_json_reader_init (&reader, answer->json);
  leases = trias_json_read_array (&reader, "leases", 1000);
  n = leases != NULL ? trias_json_length (leases) : 0;
  for (guint i = 0; i < MIN (n, SEATS_NAMED); i++)
    {
      g_autoptr (TriasLease) lease = trias_lease_read (trias_json_element (leases, i), NULL);
      g_autofree char *seat = lease != NULL ? describe_seat (lease) : NULL;

      if (seat != NULL)
        g_string_append_printf (text, "%s%s", text->len > 0 ? "; " : "", seat);
    }
  more = n > SEATS_NAMED ? n - SEATS_NAMED : 0;
  trias_json_reader_finish_lenient (&reader, NULL);
  if (text->len == 0)
    return NULL;
  if (more == 0)
    return g_string_free (g_steal_pointer (&text), FALSE);
  /* TRANSLATORS: some seats, how many there are besides */
  return g_strdup_printf (ngettext ("%1$s; and %2$u more", "%1$s; and %2$u more", more), text->str,
                          more);
}

static void
print_seats (Drain *self)
{
  g_autofree char *seats = describe_seats (self);

  if (seats != NULL)
    /* TRANSLATORS: seats, each with user, computer and device */
    g_print (_ ("  held there: %s\n"), seats);
}

/* Whether nobody notices when the server is switched off now. */
static gboolean
is_safe (const TriasMaintenance *maintenance)
{
  return maintenance->unsafe == TRIAS_UNSAFE_NONE && maintenance->kept == 0;
}

static void
print_progress (Drain *self, const TriasMaintenance *maintenance, TriasRelationshipInfo *info)
{
  g_autofree char *unsafe = trias_maintenance_words_unsafe (
      maintenance, trias_relationship_info_get_relationship (info));

  if (self->cli->json || self->cli->quiet || g_strcmp0 (unsafe, self->said) == 0)
    return;
  /* TRANSLATORS: a server; why, such as "it still serves clients" */
  g_print (_ ("Do not switch “%1$s” off yet: %2$s.\n"), own_name (info), unsafe);
  if (maintenance->left > 0 || maintenance->kept > 0)
    print_seats (self);
  fflush (stdout);
  g_free (self->said);
  self->said = g_steal_pointer (&unsafe);
}

static void
print_end (Drain *self, const TriasMaintenance *maintenance, TriasRelationshipInfo *info)
{
  g_autoptr (TriasJsonWriter) writer = NULL;
  g_autofree char *json = NULL;
  g_autofree char *same = trias_cli_same_server (self->cli);

  if (self->cli->json)
    {
      writer = trias_json_writer_new ();
      trias_maintenance_write (maintenance, writer, NULL);
      json = trias_json_writer_end (writer, NULL);
      g_print ("%s\n", json);
    }
  if (self->cli->json || self->cli->quiet)
    return;
  if (is_safe (maintenance))
    /* TRANSLATORS: a server; then nothing or " --server SERVER" */
    g_print (_ ("“%1$s” can be switched off now. When it is back: trias relationship resume%2$s\n"),
             own_name (info), same);
}

/* --- drain --- */

static gboolean
look (Drain *self, gboolean wait, GError **error)
{
  gboolean settled = FALSE;

  for (;;)
    {
      g_autoptr (TriasRelationshipInfo) info = ask_info (self->rest, error);
      const TriasMaintenance *maintenance = info != NULL
                                                ? trias_relationship_info_find_maintenance (
                                                    info, trias_relationship_info_get_self (info))
                                                : NULL;

      if (info == NULL)
        return FALSE;
      if (maintenance == NULL)
        return trias_cli_fail (error, TRIAS_EXIT_FAILED,
                               _ ("The maintenance of “%s” has ended meanwhile."), own_name (info));
      if (!is_safe (maintenance))
        print_progress (self, maintenance, info);
      else if (!settled)
        {
          trias_cli_settle (self->cli, trias_relationship_info_get_relationship (info),
                            trias_cli_shows_drained, trias_relationship_info_get_self (info));
          settled = TRUE;
          continue; /* it may be otherwise by now */
        }
      if (is_safe (maintenance) || !wait)
        {
          print_end (self, maintenance, info);
          return TRUE;
        }
      g_usleep (LOOK_MS * 1000);
    }
}

static const TriasCliDuration drain_for = { "--for", 60, 1, TRIAS_MAINTENANCE_SECONDS_MAX };

static char *
drain_body (TriasCli *cli, guint seconds)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  if (seconds > 0)
    trias_json_add_int (writer, "seconds", seconds);
  trias_json_add_bool (writer, "force", cli->force);
  trias_json_end_object (writer);
  return trias_json_writer_end (writer, NULL);
}

gboolean
trias_cli_drain (TriasCli *cli, int *code, GError **error)
{
  g_autofree char *duration = NULL;
  gboolean no_wait = FALSE;
  const GOptionEntry options[] = {
    { "for", 0, 0, G_OPTION_ARG_STRING, &duration, NULL, NULL },
    { "no-wait", 0, 0, G_OPTION_ARG_NONE, &no_wait, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasRelationshipInfo) info = NULL;
  g_autoptr (TriasAnswer) answer = NULL;
  Drain drain = { .cli = cli };
  guint seconds = 0;
  gboolean good;

  if (!trias_cli_parse (cli, options, 0, 0, error)
      || (duration != NULL && !trias_cli_read_duration (&drain_for, duration, &seconds, error)))
    return FALSE;
  drain.rest = rest = trias_cli_open (cli, TRUE, error);
  info = rest != NULL ? ask_info (rest, error) : NULL;
  if (info == NULL)
    return FALSE;
  print_uncovered (&drain, info);
  trias_rest_set_deadline (rest, DEADLINE_MS);
  answer = trias_cli_request (rest, "POST", "/relationship/maintenance", drain_body (cli, seconds),
                              error);
  good = answer != NULL && look (&drain, !no_wait, error);
  g_free (drain.said);
  return good;
}

/* --- resume --- */

gboolean
trias_cli_resume (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasRelationshipInfo) info = NULL;
  g_autoptr (TriasAnswer) answer = NULL;

  if (!trias_cli_parse (cli, NULL, 0, 0, error))
    return FALSE;
  rest = trias_cli_open (cli, TRUE, error);
  info = rest != NULL ? ask_info (rest, error) : NULL;
  if (info == NULL)
    return FALSE;
  if (trias_relationship_info_find_maintenance (info, trias_relationship_info_get_self (info))
      == NULL)
    {
      trias_cli_done (cli, NULL, _ ("“%s” takes part already; there was nothing to do."),
                      own_name (info));
      return TRUE;
    }
  trias_rest_set_deadline (rest, DEADLINE_MS);
  answer = trias_cli_request (rest, "DELETE", "/relationship/maintenance", NULL, error);
  if (answer == NULL)
    return FALSE;
  trias_cli_settle (cli, trias_relationship_info_get_relationship (info), trias_cli_shows_resumed,
                    trias_relationship_info_get_self (info));
  trias_cli_done (cli, answer, _ ("“%s” takes part again."), own_name (info));
  return TRUE;
}
