/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "cli/trias-cli-drill.h"
#include "cli/trias-cli-maintenance.h"
#include "cli/trias-cli-settle.h"
#include "cli/trias-cli-setup.h"
#include "cli/trias-cli-show.h"
#include "cli/trias-cli-triad.h"

/* Sends @body (nullable) and says @done; @nothing (nullable) is said if there is nothing to do it
 * to. Both are translated already. */
static gboolean
send_simple (TriasCli *cli,
             const char *method,
             const char *path,
             TriasJsonWriter *body,
             const char *done,
             const char *nothing,
             GError **error)
{
  g_autoptr (TriasRest) rest = trias_cli_open (cli, TRUE, error);
  g_autoptr (TriasAnswer) answer = NULL;
  g_autoptr (GError) refusal = NULL;

  if (rest == NULL)
    return FALSE;
  trias_rest_set_deadline (rest, 60000);
  answer = trias_cli_request (rest, method, path,
                              body != NULL ? trias_json_writer_end (body, NULL) : NULL, &refusal);
  if (answer != NULL)
    trias_cli_done (cli, answer, "%s", done);
  else if (nothing != NULL && g_error_matches (refusal, TRIAS_ERROR, TRIAS_REASON_NOT_FOUND))
    trias_cli_fail (error, TRIAS_EXIT_FAILED, "%s", nothing);
  else
    g_propagate_error (error, g_steal_pointer (&refusal));
  return answer != NULL;
}

/* What `set` is told. */
typedef struct
{
  char *name;
  char *failback;
  char **addresses; /* MEMBER=ADDRESS */
  char *interval_text;
  guint interval; /* seconds, 0 = not given */
} Change;

static void
change_clear (Change *self)
{
  g_free (self->name);
  g_free (self->failback);
  g_strfreev (self->addresses);
  g_free (self->interval_text);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Change, change_clear)

static gboolean
write_address (TriasCli *cli,
               TriasJsonWriter *writer,
               const TriasRelationship *relationship,
               const char *text,
               GError **error)
{
  g_auto (GStrv) parts = g_strsplit (text, "=", 2);
  const TriasMember *member;

  if (g_strv_length (parts) != 2 || relationship == NULL)
    return trias_cli_usage (error, _ ("“%s” is no new address: write it as MEMBER=ADDRESS"), text);
  member = trias_cli_find_member (cli, relationship, parts[0], error);
  if (member == NULL)
    return FALSE;
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "id", member->id);
  trias_json_begin_array (writer, "addresses");
  trias_json_add_string (writer, NULL, parts[1]);
  trias_json_end_array (writer);
  trias_json_end_object (writer);
  return TRUE;
}

static char *
change_body (TriasCli *cli,
             const Change *change,
             const TriasRelationship *relationship,
             GError **error)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  if (change->name != NULL)
    trias_json_add_string (writer, "name", change->name);
  if (change->failback != NULL || change->interval != 0)
    {
      trias_json_begin_object (writer, "options");
      if (change->interval != 0)
        trias_json_add_int (writer, "sync_interval_s", change->interval);
      if (change->failback != NULL)
        trias_json_add_string (writer, "failback", change->failback);
      trias_json_end_object (writer);
    }
  if (change->addresses != NULL)
    {
      trias_json_begin_array (writer, "members");
      for (guint i = 0; change->addresses[i] != NULL; i++)
        if (!write_address (cli, writer, relationship, change->addresses[i], error))
          return NULL;
      trias_json_end_array (writer);
    }
  trias_json_end_object (writer);
  return trias_json_writer_end (writer, NULL);
}

/* What the one that decides has now, the others learn. */
static void
settle_options (TriasCli *cli, TriasRest *rest)
{
  g_autoptr (TriasAnswer) answer = trias_cli_request (rest, "GET", "/relationship", NULL, NULL);
  g_autoptr (TriasRelationshipInfo) info
      = answer != NULL ? trias_relationship_info_read (answer->json, NULL) : NULL;
  const TriasRelationship *present
      = info != NULL ? trias_relationship_info_get_relationship (info) : NULL;

  if (present != NULL)
    trias_cli_settle (cli, present, trias_cli_shows_options, present);
}

static gboolean
send_change (TriasCli *cli, const Change *change, GError **error)
{
  g_autoptr (TriasRelationshipInfo) info = NULL;
  g_autoptr (TriasRest) rest = trias_cli_open_deciding (cli, &info, error);
  g_autoptr (TriasAnswer) answer = NULL;
  const TriasRelationship *relationship;
  char *body;
  gboolean triad;

  if (rest == NULL)
    return FALSE;
  relationship = trias_relationship_info_get_relationship (info);
  triad = relationship != NULL && relationship->kind == TRIAS_KIND_TRIAD;
  if (triad && change->interval != 0)
    return trias_cli_usage (error, "%s",
                            _ ("A triad has no synchronisation interval: every change reaches all "
                               "three servers at once."));
  trias_rest_set_deadline (rest, 60000);
  body = change_body (cli, change, relationship, error);
  if (body == NULL)
    return FALSE;
  answer = trias_cli_request (rest, "PATCH", "/relationship", body, error);
  if (answer == NULL)
    return FALSE;
  settle_options (cli, rest);
  trias_cli_done (cli, answer, "%s",
                  triad ? _ ("The options are changed on all three servers.")
                        : _ ("The options are changed on both servers."));
  return TRUE;
}

static gboolean
set (TriasCli *cli, int *code, GError **error)
{
  g_auto (Change) change = { 0 };
  const GOptionEntry options[] = {
    { "name", 0, 0, G_OPTION_ARG_STRING, &change.name, NULL, NULL },
    { "failback", 0, 0, G_OPTION_ARG_STRING, &change.failback, NULL, NULL },
    { "sync-interval", 0, 0, G_OPTION_ARG_STRING, &change.interval_text, NULL, NULL },
    { "address", 0, 0, G_OPTION_ARG_STRING_ARRAY, &change.addresses, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };

  if (!trias_cli_parse (cli, options, 0, 0, error))
    return FALSE;
  if (change.name == NULL && change.failback == NULL && change.interval_text == NULL
      && change.addresses == NULL)
    return trias_cli_usage (error, "%s",
                            _ ("Nothing to change. Options: --name, --failback, --address; of a "
                               "pair also --sync-interval"));
  return trias_cli_read_options (change.interval_text, change.failback, &change.interval, error)
         && send_change (cli, &change, error);
}

static gboolean
send_empty (TriasCli *cli, const char *path, const char *done, const char *nothing, GError **error)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_end_object (writer);
  return send_simple (cli, "POST", path, writer, done, nothing, error);
}

static gboolean
sync_now (TriasCli *cli, int *code, GError **error)
{
  return trias_cli_parse (cli, NULL, 0, 0, error)
         && send_empty (cli, "/relationship/sync",
                        _ ("The servers compare their data now and repair what differs."), NULL,
                        error);
}

static gboolean
abort_forming (TriasCli *cli, int *code, GError **error)
{
  return trias_cli_parse (cli, NULL, 0, 0, error)
         && send_empty (cli, "/relationship/abort",
                        _ ("The set-up is given up; this server is as before."),
                        _ ("No set-up is under way on this server."), error);
}

static gboolean
conflict (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  if (!trias_cli_parse (cli, NULL, 1, 1, error))
    return FALSE;
  if (!g_str_equal (cli->argv[0], "main") && !g_str_equal (cli->argv[0], "backup"))
    return trias_cli_usage (error, _ ("“%s” is neither “main” nor “backup”: whose settings stay?"),
                            cli->argv[0]);
  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "take", cli->argv[0]);
  trias_json_end_object (writer);
  return send_simple (cli, "POST", "/relationship/conflict", writer,
                      _ ("The conflict is settled; both servers have the same settings."),
                      _ ("There is no conflict of settings."), error);
}

/* A triad is told what is missing. */
static gboolean
dissolve_pair (TriasCli *cli, GError **error)
{
  g_autoptr (TriasRelationshipInfo) info = NULL;
  g_autoptr (TriasRest) rest = trias_cli_open_deciding (cli, &info, error);
  g_autoptr (TriasAnswer) answer = NULL;
  const TriasRelationship *relationship;

  if (rest == NULL)
    return FALSE;
  relationship = trias_relationship_info_get_relationship (info);
  if (relationship != NULL && relationship->kind == TRIAS_KIND_TRIAD)
    return trias_cli_usage (error,
                            _ ("“%s” is a triad: say which of its servers keeps the "
                               "licences and seats, with --keep SERVER"),
                            relationship->name);
  trias_rest_set_deadline (rest, 60000);
  answer = trias_cli_request (
      rest, "DELETE", cli->force ? "/relationship?force=true" : "/relationship", NULL, error);
  if (answer == NULL)
    return FALSE;
  if (relationship != NULL)
    trias_cli_settle (cli, relationship, trias_cli_shows_end, relationship);
  trias_cli_done (cli, answer, "%s",
                  _ ("The relationship is dissolved; both servers go on alone."));
  return TRUE;
}

static gboolean
dissolve (TriasCli *cli, int *code, GError **error)
{
  g_autofree char *keep = NULL;
  const GOptionEntry options[]
      = { { "keep", 0, 0, G_OPTION_ARG_STRING, &keep, NULL, NULL }, G_OPTION_ENTRY_NULL };

  if (!trias_cli_parse (cli, options, 0, 0, error))
    return FALSE;
  return keep != NULL ? trias_cli_dissolve_triad (cli, keep, error) : dissolve_pair (cli, error);
}

#define WISH "--main SERVER --backup SERVER"
#define WISH_3 "--primary SERVER --secondary SERVER --tertiary SERVER"

const TriasCommandEntry trias_cli_relationship[] = {
  { "relationship", "show", "[--server SERVER]",
    N_ ("Show who belongs together, connected and synchronised"), trias_cli_show },
  { "relationship", "check", "[--server SERVER] [--add-rules]",
    N_ ("Check the connections between the servers of a relationship"), trias_cli_check },
  { "relationship", "check", WISH " [--add-rules]", N_ ("Check whether two servers can be joined"),
    trias_cli_check },
  { "relationship", "create",
    WISH " --name NAME [--sync-interval DURATION] [--failback automatic|manual] [--add-rules]",
    N_ ("Join two servers in a backup relationship"), trias_cli_create },
  { "relationship", "check", WISH_3 " [--add-rules]",
    N_ ("Check whether three servers can be joined"), trias_cli_check },
  { "relationship", "create",
    WISH_3 " --name NAME [--failback automatic|manual] [--profile lan|wan] [--add-rules]",
    N_ ("Join three servers in a triad"), trias_cli_create },
  { "relationship", "set", "[--name NAME] [--failback automatic|manual] [--address MEMBER=ADDRESS]",
    N_ ("Change options"), set },
  { "relationship", "set", "--sync-interval DURATION",
    N_ ("Change how often the two servers of a pair compare their data"), set },
  { "relationship", "sync", "", N_ ("Synchronise now"), sync_now },
  { "relationship", "conflict", "main|backup",
    N_ ("Settle settings that were edited on both sides"), conflict },
  { "relationship", "abort", "", N_ ("Give up a set-up that hangs"), abort_forming,
    TRIAS_CLI_ITSELF },
  { "relationship", "handover", "[--to SERVER] [--until TIME|--for DURATION]",
    N_ ("Make another server the active one, and hold it there"), trias_cli_handover },
  { "relationship", "drill", "[--kind outage|handover] [--for DURATION] [--force]",
    N_ ("Rehearse a failover and measure what a client sees of it"), trias_cli_drill },
  { "relationship", "give-back", "", N_ ("Let the rule decide again which server is active"),
    trias_cli_give_back },
  { "relationship", "drain", "[--for DURATION] [--no-wait] [--force]",
    N_ ("Take a server out of service, and say when it can be switched off"), trias_cli_drain,
    TRIAS_CLI_ITSELF },
  { "relationship", "resume", "", N_ ("Let a server take part again after maintenance"),
    trias_cli_resume, TRIAS_CLI_ITSELF },
  { "relationship", "replace", "MEMBER --with SERVER [--invitation CODE] [--add-rules]",
    N_ ("Replace a server of a triad by another while it serves"), trias_cli_replace },
  { "relationship", "grow", "--with SERVER [--invitation CODE] [--discard] [--add-rules]",
    N_ ("Make a triad of a pair while it serves"), trias_cli_grow },
  { "relationship", "shrink", "--main MEMBER --backup MEMBER --confirm NAME [--force]",
    N_ ("Make a pair of a triad while it serves; the third server leaves"), trias_cli_shrink },
  { "relationship", "recover", "--confirm NAME [--server SERVER]",
    N_ ("Let the last server of a triad go on alone when the others are lost for good"),
    trias_cli_recover },
  { "relationship", "dissolve", "--keep SERVER [--force]",
    N_ ("End a triad; the named server keeps the licences"), dissolve },
  { "relationship", "dissolve", "[--force]",
    N_ ("End a backup relationship; both servers go on alone"), dissolve },
  { "invite", NULL, "COORDINATOR-FINGERPRINT [--triad]",
    N_ ("Make a code that lets another server's administrator join this one"), trias_cli_invite,
    TRIAS_CLI_ITSELF },
  { NULL },
};
