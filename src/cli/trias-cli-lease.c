/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "cli/trias-cli.h"

static gboolean
add_rows (TriasTable *table, const TriasAnswer *answer, char **next, GError **error)
{
  TriasJsonReader reader;
  const TriasJson *leases;

  trias_json_reader_init (&reader, answer->json);
  leases = trias_json_read_array (&reader, "leases", 10000);
  *next = g_strdup (trias_json_read_string_or (&reader, "next", 128, NULL));
  for (guint i = 0; leases != NULL && i < trias_json_length (leases); i++)
    {
      g_autoptr (TriasLease) lease = trias_lease_read (trias_json_element (leases, i), error);
      g_autofree char *count = NULL;
      g_autofree char *since = NULL;

      if (lease == NULL)
        return FALSE;
      count = g_strdup_printf ("%u", lease->count);
      since = trias_cli_format_time (lease->granted_at);
      trias_table_add (table, lease->feature, count, lease->holder.user, lease->holder.host,
                       lease->holder.device, since, lease->id, NULL);
    }
  return trias_json_reader_finish_lenient (&reader, error);
}

static gboolean
list (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasRest) rest = NULL;
  g_autofree char *next = g_strdup ("");
  TriasTable *table;

  if (!trias_cli_parse (cli, NULL, 0, 0, error))
    return FALSE;
  rest = trias_cli_open (cli, TRUE, error);
  if (rest == NULL)
    return FALSE;
  table = trias_table_new (_ ("Feature"), _ ("Seats"), _ ("User"), _ ("Computer"), _ ("Device"),
                           _ ("Since"), _ ("Id"), NULL);
  while (next != NULL)
    {
      g_autofree char *after = g_uri_escape_string (next, NULL, FALSE);
      g_autofree char *path
          = g_strconcat ("/leases?limit=1000", *after != '\0' ? "&after=" : "", after, NULL);
      g_autoptr (TriasAnswer) answer = trias_cli_request (rest, "GET", path, NULL, error);

      g_clear_pointer (&next, g_free);
      if (answer == NULL || !add_rows (table, answer, &next, error))
        return FALSE;
      if (cli->json)
        trias_cli_print_json (answer);
    }
  if (!cli->json)
    trias_table_print (table, _ ("Nobody holds a seat."));
  return TRUE;
}

static gboolean
release (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasAnswer) answer = NULL;
  g_autofree char *id = NULL;
  g_autofree char *path = NULL;

  if (!trias_cli_parse (cli, NULL, 1, 1, error))
    return FALSE;
  rest = trias_cli_open (cli, TRUE, error);
  if (rest == NULL)
    return FALSE;
  id = g_uri_escape_string (cli->argv[0], NULL, FALSE);
  path = g_strconcat ("/leases/", id, NULL);
  answer = trias_cli_request (rest, "DELETE", path, NULL, error);
  if (answer == NULL)
    return FALSE;
  trias_cli_done (cli, answer, _ ("Nobody holds the seat %s any more."), cli->argv[0]);
  return TRUE;
}

static gboolean
pools (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasAnswer) answer = NULL;
  const TriasJson *array;
  TriasJsonReader reader;
  TriasTable *table;

  if (!trias_cli_parse (cli, NULL, 0, 0, error))
    return FALSE;
  rest = trias_cli_open (cli, FALSE, error);
  answer = rest != NULL ? trias_cli_request (rest, "GET", "/pools", NULL, error) : NULL;
  if (answer == NULL)
    return FALSE;
  if (cli->json)
    {
      trias_cli_print_json (answer);
      return TRUE;
    }
  table = trias_table_new (_ ("Product"), _ ("Feature"), _ ("Seats"), _ ("Used"), _ ("Free"), NULL);
  trias_json_reader_init (&reader, answer->json);
  array = trias_json_read_array (&reader, "pools", 10000);
  for (guint i = 0; array != NULL && i < trias_json_length (array); i++)
    {
      g_autoptr (TriasPool) pool = trias_pool_read (trias_json_element (array, i), error);
      g_autofree char *seats = NULL;
      g_autofree char *used = NULL;
      g_autofree char *spare = NULL;

      if (pool == NULL)
        return FALSE;
      seats = g_strdup_printf ("%u", pool->seats);
      used = g_strdup_printf ("%u", pool->used);
      spare = g_strdup_printf ("%u", pool->seats > pool->used ? pool->seats - pool->used : 0);
      trias_table_add (table, pool->product, pool->feature, seats, used, spare, NULL);
    }
  trias_table_print (table, _ ("No licence is installed."));
  return trias_json_reader_finish_lenient (&reader, error);
}

const TriasCommandEntry trias_cli_lease[] = {
  { "lease", "list", "", N_ ("List who holds which seats"), list },
  { "lease", "release", "ID", N_ ("Take a seat back from its holder"), release },
  { "lease", "pools", "", N_ ("List features, seats, and how many are used"), pools },
  { NULL },
};
