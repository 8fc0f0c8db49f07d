/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* `relationship replace`, `grow`, `shrink` and `recover`: a relationship goes on in another form.
 */

#include "cli/trias-cli-settle.h"
#include "cli/trias-cli-setup.h"
#include "cli/trias-cli-triad.h"

#include <string.h>

#include "client/trias-pair-words.h"

/* It is done in a moment, or not at all. */
#define SHRINK_DEADLINE_MS 30000
/* How long the new pair may take until it knows what is covered, and how often it is asked. */
#define COVERAGE_MS 10000
#define LOOK_MS 200

typedef struct
{
  char *with;
  char *invitation;
  gboolean add_rules;
  gboolean discard;
} Change;

static void
change_clear (Change *self)
{
  g_free (self->with);
  g_free (self->invitation);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Change, change_clear)

static gboolean
read_change (TriasCli *cli, Change *change, guint n_arguments, GError **error)
{
  const GOptionEntry options[] = {
    { "with", 0, 0, G_OPTION_ARG_STRING, &change->with, NULL, NULL },
    { "invitation", 0, 0, G_OPTION_ARG_STRING, &change->invitation, NULL, NULL },
    { "add-rules", 0, 0, G_OPTION_ARG_NONE, &change->add_rules, NULL, NULL },
    { "discard", 0, 0, G_OPTION_ARG_NONE, &change->discard, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };

  if (!trias_cli_parse (cli, options, n_arguments, n_arguments, error))
    return FALSE;
  return change->with != NULL
         || trias_cli_usage (error, "%s", _ ("Name the new server: --with ADDRESS#FINGERPRINT"));
}

/* Members that are signed in to as well can be helped out with rules; the others are not needed. */
static void
add_others (TriasCli *cli, TriasSetup *setup)
{
  const TriasRelationship *relationship = trias_setup_get_changed (setup);
  const TriasMember *leaving = trias_setup_get_leaving (setup);
  const char *first = trias_server_get_id (trias_setup_get_server (setup, 0));

  for (guint i = 0; i < relationship->members->len; i++)
    {
      const TriasMember *member = relationship->members->pdata[i];
      g_autofree char *where = g_strdup_printf ("%s#%s", member->addresses[0], member->id);
      g_autoptr (TriasServer) server = NULL;

      if (member == leaving || strcmp (member->id, first) == 0)
        continue;
      server = trias_cli_open_server (cli, where, NULL);
      if (server != NULL)
        trias_setup_set_server (setup, 2, server);
    }
}

static gboolean
fill_newcomer (TriasCli *cli, TriasSetup *setup, const Change *change, GError **error)
{
  g_autoptr (TriasServer) server = NULL;

  if (change->invitation != NULL)
    return trias_cli_fill_invited (cli, setup, 1, change->with, change->invitation, error);
  server = trias_cli_open_server (cli, change->with, error);
  if (server != NULL)
    trias_setup_set_server (setup, 1, server);
  return server != NULL;
}

static gboolean
carry_out (TriasCli *cli, TriasSetup *setup, const Change *change, GError **error)
{
  g_autoptr (TriasServer) server = trias_cli_open_server (cli, NULL, error);

  if (server == NULL)
    return FALSE;
  trias_setup_set_server (setup, 0, server);
  trias_setup_set_discard (setup, change->discard);
  if (!fill_newcomer (cli, setup, change, error))
    return FALSE;
  if (change->add_rules)
    add_others (cli, setup);
  return trias_cli_carry_out (cli, setup, change->add_rules, error);
}

static void
settle (TriasCli *cli, const TriasRelationship *before, const char *leaving)
{
  TriasCliChanged changed = { .before = before, .leaving = leaving };

  trias_cli_settle (cli, before, trias_cli_shows_change, &changed);
}

void
trias_cli_print_forget (TriasCli *cli, const char *leaving)
{
  g_autoptr (TriasServers) known = trias_servers_new (NULL, NULL);
  TriasServer *server;
  g_autoptr (TriasAddress) address = NULL;
  g_autofree char *word = NULL;

  trias_servers_restore (known, NULL);
  server = trias_servers_find (known, leaving);
  address = server != NULL ? trias_address_parse (trias_server_get_address (server), NULL) : NULL;
  if (address == NULL || cli->json || cli->quiet)
    return;
  word = trias_cli_call_server (server, address);
  /* TRANSLATORS: a server, twice */
  g_print (_ ("“%1$s” is still remembered here; forget it with: trias server remove %1$s\n"), word);
}

gboolean
trias_cli_replace (TriasCli *cli, int *code, GError **error)
{
  g_auto (Change) change = { 0 };
  g_autoptr (TriasRelationshipInfo) info = NULL;
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasSetup) setup = NULL;
  g_autofree char *same = NULL;
  const TriasRelationship *relationship;
  const TriasMember *member;

  if (!read_change (cli, &change, 1, error)
      || (rest = trias_cli_open_deciding (cli, &info, error)) == NULL)
    return FALSE;
  same = trias_cli_same_server (cli);
  relationship = trias_relationship_info_get_relationship (info);
  if (relationship != NULL && relationship->kind == TRIAS_KIND_BACKUP)
    return trias_cli_fail (
        error, TRIAS_EXIT_FAILED,
        /* TRANSLATORS: name of a pair; then nothing or " --server SERVER" */
        _ ("“%1$s” is a pair; only a triad can replace a server. End the pair on the server that "
           "is left: trias relationship dissolve --force%2$s – then join that one with the new "
           "server: trias relationship create"),
        relationship->name, same);
  if (relationship == NULL)
    return trias_cli_fail (error, TRIAS_EXIT_FAILED, "%s", _ ("This server belongs to no triad."));
  member = trias_cli_find_member (cli, relationship, cli->argv[0], error);
  if (member == NULL)
    return FALSE;
  if (g_strcmp0 (member->id, trias_relationship_info_get_active (info)) == 0)
    return trias_cli_fail (
        error, TRIAS_EXIT_FAILED,
        /* TRANSLATORS: a server; then nothing or " --server SERVER" */
        _ ("“%1$s” serves the clients now. Make another server active first: trias "
           "relationship handover%2$s"),
        member->name, same);
  setup = trias_setup_new_change (relationship, member->id);
  if (!carry_out (cli, setup, &change, error))
    return FALSE;
  settle (cli, relationship, member->id);
  trias_cli_done (cli, NULL, _ ("“%s” is replaced; the triad has its three members again."),
                  member->name);
  trias_cli_print_forget (cli, member->id);
  return TRUE;
}

gboolean
trias_cli_grow (TriasCli *cli, int *code, GError **error)
{
  g_auto (Change) change = { 0 };
  g_autoptr (TriasRelationshipInfo) info = NULL;
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasSetup) setup = NULL;
  const TriasRelationship *relationship;

  if (!read_change (cli, &change, 0, error)
      || (rest = trias_cli_open_deciding (cli, &info, error)) == NULL)
    return FALSE;
  relationship = trias_relationship_info_get_relationship (info);
  if (relationship == NULL || relationship->kind != TRIAS_KIND_BACKUP)
    return trias_cli_fail (error, TRIAS_EXIT_FAILED, "%s",
                           _ ("This server belongs to no backup relationship."));
  setup = trias_setup_new_change (relationship, NULL);
  if (!carry_out (cli, setup, &change, error))
    return FALSE;
  settle (cli, relationship, NULL);
  trias_cli_done (cli, NULL, _ ("“%s” is a triad now."), relationship->name);
  return TRUE;
}

typedef struct
{
  char *main, *backup, *confirm;
} Shrink;

static void
shrink_clear (Shrink *self)
{
  g_free (self->main);
  g_free (self->backup);
  g_free (self->confirm);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Shrink, shrink_clear)

static gboolean
read_shrink (TriasCli *cli, Shrink *shrink, GError **error)
{
  const GOptionEntry options[] = {
    { "main", 0, 0, G_OPTION_ARG_STRING, &shrink->main, NULL, NULL },
    { "backup", 0, 0, G_OPTION_ARG_STRING, &shrink->backup, NULL, NULL },
    { "confirm", 0, 0, G_OPTION_ARG_STRING, &shrink->confirm, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };

  if (!trias_cli_parse (cli, options, 0, 0, error))
    return FALSE;
  return (shrink->main != NULL && shrink->backup != NULL)
         || trias_cli_usage (error, "%s",
                             _ ("Name the two members that go on: --main MEMBER --backup MEMBER"));
}

static char *
shrink_body (const TriasMember *main, const TriasMember *backup)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_begin_array (writer, "keep");
  trias_json_add_string (writer, NULL, main->id);
  trias_json_add_string (writer, NULL, backup->id);
  trias_json_end_array (writer);
  trias_json_end_object (writer);
  return trias_json_writer_end (writer, NULL);
}

static const char *
find_third (const TriasRelationship *relationship,
            const TriasMember *main,
            const TriasMember *backup)
{
  for (guint i = 0; i < relationship->members->len; i++)
    if (relationship->members->pdata[i] != main && relationship->members->pdata[i] != backup)
      return ((const TriasMember *) relationship->members->pdata[i])->id;
  return NULL;
}

/* The main server counts what its backup has once it has all of it. */
static const TriasConsequence *
find_failure (TriasRest *rest, const char *main, TriasRelationshipInfo **info)
{
  gint64 end = g_get_monotonic_time () + COVERAGE_MS * G_TIME_SPAN_MILLISECOND;

  for (;;)
    {
      const TriasMemberStatus *status;

      g_clear_object (info);
      *info = trias_cli_ask_relationship (rest, NULL);
      status = *info != NULL ? trias_relationship_info_get_status (*info) : NULL;
      if (status != NULL && status->synchronised)
        return trias_relationship_info_find_consequence (*info, main);
      if (g_get_monotonic_time () >= end)
        return NULL;
      g_usleep (LOOK_MS * 1000);
    }
}

/* What was done is done, but who did it has to know what is not covered. */
static void
warn_uncovered (TriasCli *cli, TriasRest *rest, const TriasMember *main, const TriasMember *backup)
{
  g_autoptr (TriasRelationshipInfo) info = NULL;
  const TriasConsequence *failure = cli->quiet ? NULL : find_failure (rest, main->id, &info);
  g_autofree char *text = NULL;
  TriasPairOutlook outlook;

  if (failure == NULL || failure->covered >= failure->total)
    return;
  outlook = (TriasPairOutlook){ .main = main->name,
                                .backup = backup->name,
                                .main_online = TRUE,
                                .backup_online = TRUE,
                                .connected = TRUE,
                                .synchronised = TRUE,
                                .known = TRUE,
                                .covered = failure->covered,
                                .total = failure->total };
  text = trias_pair_words_outlook (&outlook);
  trias_cli_warn (cli, text);
}

gboolean
trias_cli_shrink (TriasCli *cli, int *code, GError **error)
{
  g_auto (Shrink) shrink = { 0 };
  g_autoptr (TriasRelationshipInfo) info = NULL;
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasAnswer) answer = NULL;
  const TriasRelationship *relationship;
  const TriasMember *main, *backup;
  g_autofree char *quoted = NULL;

  if (!read_shrink (cli, &shrink, error)
      || (rest = trias_cli_open_deciding (cli, &info, error)) == NULL)
    return FALSE;
  relationship = trias_relationship_info_get_relationship (info);
  if (relationship == NULL || relationship->kind != TRIAS_KIND_TRIAD)
    return trias_cli_fail (error, TRIAS_EXIT_FAILED, "%s", _ ("This server belongs to no triad."));
  main = trias_cli_find_member (cli, relationship, shrink.main, error);
  backup = main != NULL ? trias_cli_find_member (cli, relationship, shrink.backup, error) : NULL;
  if (backup == NULL)
    return FALSE;
  quoted = trias_cli_quote (relationship->name);
  if (g_strcmp0 (shrink.confirm, relationship->name) != 0)
    return trias_cli_usage (error,
                            _ ("The third server leaves and keeps only what is bound to it. "
                               "Confirm that by the name of the triad: --confirm %s"),
                            quoted);
  if (!trias_cli_may_end (cli, rest, error))
    return FALSE;
  trias_rest_set_deadline (rest, SHRINK_DEADLINE_MS);
  answer
      = trias_cli_request (rest, "POST", "/relationship/shrink", shrink_body (main, backup), error);
  if (answer == NULL)
    return FALSE;
  settle (cli, relationship, find_third (relationship, main, backup));
  trias_cli_done (cli, answer, _ ("“%1$s” is the main server and “%2$s” its backup server now."),
                  main->name, backup->name);
  warn_uncovered (cli, rest, main, backup);
  trias_cli_print_forget (cli, find_third (relationship, main, backup));
  return TRUE;
}

gboolean
trias_cli_recover (TriasCli *cli, int *code, GError **error)
{
  g_autofree char *name = NULL;
  g_autofree char *quoted = NULL;
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasRelationshipInfo) info = NULL;
  g_autoptr (TriasAnswer) answer = NULL;
  const TriasRelationship *relationship;
  const GOptionEntry options[]
      = { { "confirm", 0, 0, G_OPTION_ARG_STRING, &name, NULL, NULL }, G_OPTION_ENTRY_NULL };

  if (!trias_cli_parse (cli, options, 0, 0, error))
    return FALSE;
  rest = trias_cli_open (cli, TRUE, error);
  info = rest != NULL ? trias_cli_ask_relationship (rest, error) : NULL;
  if (info == NULL)
    return FALSE;
  relationship = trias_relationship_info_get_relationship (info);
  if (relationship == NULL || relationship->kind != TRIAS_KIND_TRIAD)
    return trias_cli_fail (error, TRIAS_EXIT_FAILED, "%s", _ ("This server belongs to no triad."));
  quoted = trias_cli_quote (relationship->name);
  if (g_strcmp0 (name, relationship->name) != 0)
    return trias_cli_usage (error,
                            _ ("Confirm that the other two servers are lost for good, by the name "
                               "of the triad: --confirm %s"),
                            quoted);
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "confirm", name);
  trias_json_end_object (writer);
  answer = trias_cli_request (rest, "POST", "/relationship/recover",
                              trias_json_writer_end (writer, NULL), error);
  if (answer != NULL)
    trias_cli_done (
        cli, answer, "%s",
        _ ("This server goes on alone with all licences and seats that it knows. Set up "
           "redundancy again soon."));
  return answer != NULL;
}
