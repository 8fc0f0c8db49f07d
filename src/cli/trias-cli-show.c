/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* `relationship show`: the same model as the console's page, put together from what each server
 * that this user is signed in to says itself. */

#include "cli/trias-cli-drill.h"
#include "cli/trias-cli-show.h"
#include "cli/trias-cli-triad.h"

#include <string.h>

#include "client/trias-triad-words.h"
#include "client/trias-age-words.h"
#include "client/trias-drill-words.h"
#include "client/trias-maintenance-words.h"
#include "client/trias-pair-words.h"
#include "client/trias-words.h"

/* Whoever does not answer by then is shown as its partner sees it. */
#define PARTNER_DEADLINE_MS 4000

static gboolean
cancel_cb (gpointer data)
{
  g_cancellable_cancel (data);
  return G_SOURCE_REMOVE;
}

/* Where @member is reached: as this user knows it, else as its partner does. (transfer full) */
static char *
pinned_address (TriasServers *known, const TriasMember *member)
{
  TriasServer *server = trias_servers_find (known, member->id);
  const char *address = server != NULL ? trias_server_get_address (server) : member->addresses[0];

  return g_strdup_printf ("%s#%s", address, member->id);
}

/* Asks the other members too, as far as this user is signed in there; failures are a state. */
static void
connect_partners (TriasServers *servers, const TriasRelationship *relationship)
{
  g_autoptr (TriasServers) known = trias_servers_new (NULL, NULL);

  trias_servers_restore (known, NULL);
  for (guint i = 0; i < relationship->members->len; i++)
    {
      const TriasMember *member = relationship->members->pdata[i];
      g_autofree char *token = trias_cli_kept_token (member->id);
      g_autofree char *address = NULL;
      g_autoptr (GAsyncResult) connected = NULL;
      g_autoptr (GCancellable) cancellable = g_cancellable_new ();
      TriasServer *server;
      guint timer;

      if (trias_servers_find (servers, member->id) != NULL || member->addresses[0] == NULL)
        continue;
      address = pinned_address (known, member);
      server = trias_servers_add (servers, address, NULL);
      if (server == NULL || token == NULL)
        continue;
      trias_server_set_token (server, token);
      timer = g_timeout_add (PARTNER_DEADLINE_MS, cancel_cb, cancellable);
      trias_server_connect_async (server, cancellable, trias_cli_store_result, &connected);
      trias_server_connect_finish (server, trias_cli_wait (&connected), NULL);
      if (!g_cancellable_is_cancelled (cancellable))
        g_source_remove (timer);
    }
}

static void
print_pair (TriasPairs *pairs)
{
  TriasTable *table = trias_table_new (_ ("Role"), _ ("Name"), _ ("Address"), _ ("Online status"),
                                       _ ("Connection and synchronisation"), NULL);
  gint64 now = trias_age_now ();

  for (guint i = 0; i < g_list_model_get_n_items (G_LIST_MODEL (pairs)); i++)
    {
      g_autoptr (TriasPairMember) member = g_list_model_get_item (G_LIST_MODEL (pairs), i);
      TriasPairFacts facts;
      g_autofree char *online = NULL;
      g_autofree char *status = NULL;

      trias_pair_facts_read (&facts, member);
      online = trias_pair_words_online (&facts, now);
      status = trias_pair_words_status (&facts, now);
      trias_table_add (table, trias_words_role (trias_pair_member_get_role (member)), facts.name,
                       trias_pair_member_get_address (member), online, status, NULL);
    }
  trias_table_print (table, "");
}

static void
print_outlook (TriasCli *cli, TriasPair *pair)
{
  g_autofree char *same = trias_cli_same_server (cli);
  TriasPairOutlook outlook;
  g_autofree char *text = NULL;

  trias_pair_outlook_read (&outlook, pair);
  text = trias_pair_words_outlook (&outlook);
  g_print ("\n%s\n", text);
  if (trias_pair_get_conflict (pair))
    /* TRANSLATORS: nothing or " --server SERVER" */
    g_print (_ ("Settings were edited on both sides while the servers were apart. Settle it "
                "with: trias relationship conflict main%1$s – or backup instead of main.\n"),
             same);
}

/* Until when a server is out of service, and what stands still meanwhile. */
static void
print_maintenance (TriasPairMember *member, TriasRelationshipInfo *info)
{
  const TriasMaintenance *maintenance = trias_pair_member_get_maintenance (member);
  g_autofree char *why = NULL;
  g_autofree char *uncovered = NULL;

  if (maintenance == NULL || maintenance->why != TRIAS_ASIDE_MAINTENANCE || info == NULL)
    return;
  why = trias_maintenance_words_why (maintenance, trias_pair_member_get_name (member));
  uncovered = trias_drill_words_uncovered (
      trias_relationship_info_find_consequence (info, trias_pair_member_get_id (member)));
  g_print ("\n%s\n", why);
  if (uncovered != NULL)
    g_print ("%s\n", uncovered);
}

static void
print_title (const TriasRelationship *relationship)
{
  guint seconds = relationship->options.sync_interval_s;
  gboolean pair = relationship->kind == TRIAS_KIND_BACKUP;

  if (pair)
    g_print (ngettext ("Backup relationship “%s”, data compared every second\n",
                       "Backup relationship “%s”, data compared every %u seconds\n", seconds),
             relationship->name, seconds);
  else
    g_print (_ ("Triad relationship “%s”\n"), relationship->name);
  if (relationship->options.failback == TRIAS_FAILBACK_MANUAL)
    g_print ("%s\n",
             pair ? _ ("Failback manual: a main server that is back waits until it is given back.")
                  : _ ("Failback manual: a server that is back does not become active by itself."));
  g_print ("\n");
}

/* @info is held: the server replaces its own while the others are asked. */
static void
print_relationship (TriasCli *cli, TriasServers *servers, TriasRelationshipInfo *info)
{
  const TriasRelationship *relationship = trias_relationship_info_get_relationship (info);
  g_autoptr (TriasPairs) pairs = NULL;
  g_autoptr (TriasTriads) triads = NULL;
  TriasTriad *triad;
  TriasPair *pair;

  print_title (relationship);
  connect_partners (servers, relationship);
  triads = trias_triads_new (servers);
  triad = trias_triads_find (triads, relationship->id);
  if (triad != NULL)
    {
      trias_cli_print_triad (cli, triad);
      return;
    }
  pairs = trias_pairs_new (servers);
  pair = trias_pairs_find (pairs, relationship->id);
  if (pair == NULL)
    return;
  print_pair (pairs);
  print_outlook (cli, pair);
  print_maintenance (trias_pair_get_main (pair), trias_pair_get_info (pair));
  print_maintenance (trias_pair_get_backup (pair), trias_pair_get_info (pair));
  trias_cli_print_last_drill (trias_pair_get_info (pair));
}

static gboolean
show_json (TriasCli *cli, GError **error)
{
  g_autoptr (TriasRest) rest = trias_cli_open (cli, TRUE, error);
  g_autoptr (TriasAnswer) answer
      = rest != NULL ? trias_cli_request (rest, "GET", "/relationship", NULL, error) : NULL;

  if (answer != NULL)
    trias_cli_print_json (answer);
  return answer != NULL;
}

static void
print_recovered (TriasRelationshipInfo *info)
{
  const TriasRecovered *recovered
      = info != NULL ? trias_relationship_info_get_recovered (info) : NULL;
  g_autofree char *text = NULL;

  if (recovered == NULL)
    return;
  text = trias_triad_words_recovered (recovered, trias_age_now ());
  g_print ("%s\n", text);
}

static void
print_left_out (TriasRelationshipInfo *info)
{
  const TriasLeftOut *left_out = info != NULL ? trias_relationship_info_get_left_out (info) : NULL;
  g_autofree char *time = left_out != NULL ? trias_cli_format_time (left_out->at) : NULL;

  if (left_out != NULL)
    /* TRANSLATORS: name of a triad, date and time */
    g_print (_ ("The triad “%1$s” goes on without it since %2$s: it was replaced, or left when a "
                "pair was made of the triad.\n"),
             left_out->name, time);
}

gboolean
trias_cli_show (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasServers) servers = trias_servers_new ("", NULL);
  g_autoptr (TriasServer) server = NULL;
  g_autoptr (TriasRelationshipInfo) info = NULL;

  if (!trias_cli_parse (cli, NULL, 0, 0, error))
    return FALSE;
  if (cli->json)
    return show_json (cli, error);
  server = trias_cli_open_server_in (cli, servers, NULL, error);
  if (server == NULL)
    return FALSE;
  g_set_object (&info, trias_server_get_relationship (server));
  if (info == NULL || trias_relationship_info_get_relationship (info) == NULL)
    {
      g_print ("%s\n", _ ("This server belongs to no relationship."));
      print_recovered (info);
      print_left_out (info);
      return TRUE;
    }
  print_relationship (cli, servers, info);
  return TRUE;
}
