/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: GPL-3.0-or-later */

/* A triad as `relationship show` tells of it, and what is told to it: `handover`, `give-back`. */

#include "cli/trias-cli-drill.h"
#include "cli/trias-cli-duration.h"
#include "cli/trias-cli-settle.h"
#include "cli/trias-cli-setup.h"
#include "cli/trias-cli-triad.h"

#include <string.h>

#include "client/trias-age-words.h"
#include "client/trias-triad-words.h"
#include "client/trias-words.h"

#define HANDOVER_DEADLINE_MS 60000

/* --- show --- */

static void
print_members (TriasTriad *triad)
{
  TriasTable *table
      = trias_table_new (_ ("Role"), _ ("Name"), _ ("Address"), _ ("State"), _ ("Version"), NULL);
  gint64 now = trias_age_now ();

  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    {
      TriasTriadMember *member = trias_triad_get_member (triad, i);
      g_autofree char *state = trias_triad_words_member (member, now);
      const char *version = trias_triad_member_get_version (member);

      trias_table_add (table, trias_words_role (trias_triad_member_get_role (member)),
                       trias_triad_member_get_name (member),
                       trias_triad_member_get_address (member), state,
                       *version != '\0' ? version : "–", NULL);
    }
  trias_table_print (table, "");
}

static void
print_links (TriasTriad *triad)
{
  TriasTable *table = trias_table_new (_ ("Link"), _ ("State"), NULL);

  for (guint i = 0; i < TRIAS_TRIAD_N_LINKS; i++)
    {
      TriasTriadLink *link = trias_triad_get_link (triad, i);
      g_autofree char *state = trias_triad_words_link (link);
      g_autofree char *ends = g_strdup_printf (
          "%s – %s", trias_triad_member_get_name (trias_triad_link_get_member (link, 0)),
          trias_triad_member_get_name (trias_triad_link_get_member (link, 1)));

      trias_table_add (table, ends, state, NULL);
    }
  g_print ("\n");
  trias_table_print (table, "");
}

/* The first paragraph tells of the servers, the others of who is asking. */
static void
print_why_member (TriasTriadMember *member)
{
  g_autofree char *text = trias_triad_words_why_member (member, trias_age_now ());
  char *end = strstr (text, "\n\n");

  if (end != NULL)
    *end = '\0';
  g_print ("%s\n", text);
}

static void
print_pinned (TriasCli *cli, TriasTriad *triad)
{
  g_autofree char *same = trias_cli_same_server (cli);
  TriasTriadMember *pinned = trias_triad_find_member (triad, trias_triad_get_pinned (triad));
  gint64 until = trias_triad_get_pinned_until (triad);
  g_autofree char *time = until > 0 ? trias_cli_format_time (until) : NULL;

  if (pinned == NULL)
    return;
  if (time != NULL)
    /* TRANSLATORS: a server, date and time */
    g_print (_ ("An administrator has switched to “%1$s”; that holds until %2$s.\n"),
             trias_triad_member_get_name (pinned), time);
  else
    /* TRANSLATORS: a server; then nothing or " --server SERVER" */
    g_print (_ ("An administrator has switched to “%1$s”; that holds until it is given back with: "
                "trias relationship give-back%2$s\n"),
             trias_triad_member_get_name (pinned), same);
}

/* That a link is not there needs no word of its own where an end of it is not there. */
static gboolean
is_wrong (TriasTriadLink *link)
{
  return trias_triad_link_get_state (link) != TRIAS_TRIAD_LINK_CONNECTED
         && trias_triad_member_get_online (trias_triad_link_get_member (link, 0))
         && trias_triad_member_get_online (trias_triad_link_get_member (link, 1));
}

/* What two links have in common is said once. */
static void
print_why_links (TriasTriad *triad)
{
  g_autoptr (GHashTable) said = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < TRIAS_TRIAD_N_LINKS; i++)
    {
      TriasTriadLink *link = trias_triad_get_link (triad, i);
      g_autofree char *text = is_wrong (link) ? trias_triad_words_why_link (link) : NULL;
      g_auto (GStrv) paragraphs = text != NULL ? g_strsplit (text, "\n\n", -1) : NULL;

      for (guint k = 0; paragraphs != NULL && paragraphs[k] != NULL; k++)
        if (g_hash_table_add (said, g_strdup (paragraphs[k])))
          g_print ("\n%s\n", paragraphs[k]);
    }
}

/* Who is active and why, why the better ranked one is not, and what is wrong. */
static void
print_why (TriasCli *cli, TriasTriad *triad)
{
  TriasTriadMember *active = trias_triad_get_active (triad);

  g_print ("\n");
  if (active != NULL)
    print_why_member (active);
  for (guint i = 0; i < TRIAS_MAX_MEMBERS; i++)
    {
      TriasTriadMember *member = trias_triad_get_member (triad, i);

      if (member != active
          && ((active != NULL && i == 0) || !trias_triad_member_get_online (member)
              || trias_triad_member_get_maintenance (member) != NULL))
        print_why_member (member);
    }
  print_pinned (cli, triad);
  print_why_links (triad);
}

/* The outlook says that its last server can go on alone. */
static void
print_recover (TriasCli *cli, TriasTriad *triad)
{
  g_autofree char *name = trias_cli_quote (trias_triad_get_name (triad));
  g_autofree char *same = trias_cli_same_server (cli);

  if (trias_triad_get_only_left (triad) != NULL)
    /* TRANSLATORS: name of a triad; then nothing or " --server SERVER" */
    g_print (_ ("That is done with: trias relationship recover --confirm %1$s%2$s\n"), name, same);
}

void
trias_cli_print_triad (TriasCli *cli, TriasTriad *triad)
{
  g_autofree char *outlook = trias_triad_words_outlook (triad);

  g_print ("%s\n", outlook);
  print_recover (cli, triad);
  g_print ("\n");
  print_members (triad);
  print_links (triad);
  print_why (cli, triad);
  trias_cli_print_last_drill (trias_triad_get_info (triad));
}

/* --- handover --- */

TriasRelationshipInfo *
trias_cli_ask_relationship (TriasRest *rest, GError **error)
{
  g_autoptr (TriasAnswer) answer = trias_cli_request (rest, "GET", "/relationship", NULL, error);

  return answer != NULL ? trias_relationship_info_read (answer->json, error) : NULL;
}

static gboolean
is_triad (TriasRelationshipInfo *info)
{
  const TriasRelationship *relationship = trias_relationship_info_get_relationship (info);

  return relationship != NULL && relationship->kind == TRIAS_KIND_TRIAD;
}

TriasRest *
trias_cli_open_deciding (TriasCli *cli, TriasRelationshipInfo **info, GError **error)
{
  g_autoptr (TriasRest) rest = trias_cli_open (cli, TRUE, error);
  const TriasRelationship *relationship;
  const char *active;

  if (rest == NULL || (*info = trias_cli_ask_relationship (rest, error)) == NULL)
    return NULL;
  if (!is_triad (*info))
    return g_steal_pointer (&rest);
  relationship = trias_relationship_info_get_relationship (*info);
  active = trias_relationship_info_get_active (*info);
  for (guint i = 0; active != NULL && i < relationship->members->len; i++)
    {
      const TriasMember *member = relationship->members->pdata[i];
      char *servers[] = { NULL, NULL };

      if (strcmp (member->id, active) != 0 || member->addresses[0] == NULL
          || strcmp (active, trias_relationship_info_get_self (*info)) == 0)
        continue;
      servers[0] = g_strdup_printf ("%s#%s", member->addresses[0], member->id);
      g_strfreev (cli->servers);
      cli->servers = g_strdupv (servers);
      g_free (servers[0]);
      g_object_unref (rest);
      rest = trias_cli_open (cli, TRUE, error);
      break;
    }
  return g_steal_pointer (&rest);
}

gboolean
trias_cli_turn_to_main (TriasCli *cli, TriasRelationshipInfo *info)
{
  const TriasRelationship *relationship = trias_relationship_info_get_relationship (info);
  const TriasMember *main;
  char *servers[] = { NULL, NULL };

  if (relationship == NULL || relationship->kind != TRIAS_KIND_BACKUP)
    return FALSE;
  main = relationship->members->pdata[0];
  if (strcmp (main->id, trias_relationship_info_get_self (info)) == 0 || main->addresses[0] == NULL)
    return FALSE;
  servers[0] = g_strdup_printf ("%s#%s", main->addresses[0], main->id);
  g_strfreev (cli->servers);
  cli->servers = g_strdupv (servers);
  g_free (servers[0]);
  return TRUE;
}

/* The session with the one that hands over: the active member of a triad, the main server of a
 * pair. */
static TriasRest *
open_handing_over (TriasCli *cli, TriasRelationshipInfo **info, GError **error)
{
  g_autoptr (TriasRest) rest = trias_cli_open_deciding (cli, info, error);

  if (rest == NULL || trias_relationship_info_get_relationship (*info) == NULL)
    {
      if (rest != NULL)
        trias_cli_fail (error, TRIAS_EXIT_FAILED, "%s",
                        _ ("This server belongs to no relationship."));
      return NULL;
    }
  return trias_cli_turn_to_main (cli, *info) ? trias_cli_open (cli, TRUE, error)
                                             : g_steal_pointer (&rest);
}

/* The session with the active member of the triad that --server belongs to; @info is its, or the
 * asked member's, view. */
static TriasRest *
open_active (TriasCli *cli, TriasRelationshipInfo **info, GError **error)
{
  g_autoptr (TriasRest) rest = trias_cli_open_deciding (cli, info, error);

  if (rest == NULL || is_triad (*info))
    return g_steal_pointer (&rest);
  trias_cli_fail (error, TRIAS_EXIT_FAILED, "%s", _ ("This server belongs to no triad."));
  return NULL;
}

const TriasMember *
trias_cli_find_member (const TriasCli *cli,
                       const TriasRelationship *relationship,
                       const char *text,
                       GError **error)
{
  g_autofree char *same = trias_cli_same_server (cli);

  for (guint i = 0; i < relationship->members->len; i++)
    {
      const TriasMember *member = relationship->members->pdata[i];
      TriasRole role = trias_kind_role (relationship->kind, i);

      if (strcmp (member->id, text) == 0 || strcmp (member->name, text) == 0
          || strcmp (trias_role_to_word (role), text) == 0
          || g_strv_contains ((const char *const *) member->addresses, text))
        return member;
    }
  /* TRANSLATORS: what was typed; then nothing or " --server SERVER" */
  trias_cli_usage (error,
                   _ ("“%1$s” is no member of the relationship. See: trias relationship show%2$s"),
                   text, same);
  return NULL;
}

/* The one of primary and secondary that is not active, the backup server of a pair. */
static const char *
other_member (TriasRelationshipInfo *info)
{
  const TriasRelationship *relationship = trias_relationship_info_get_relationship (info);
  const TriasMember *primary = relationship->members->pdata[0];
  const TriasMember *secondary = relationship->members->pdata[1];

  return !is_triad (info) || g_strcmp0 (trias_relationship_info_get_active (info), primary->id) == 0
             ? secondary->id
             : primary->id;
}

/* "17:30" of today or tomorrow, or a date with a time as in ISO 8601. */
static gint64
read_time (const char *text, GError **error)
{
  g_autoptr (GTimeZone) zone = g_time_zone_new_local ();
  g_autoptr (GDateTime) now = g_date_time_new_now (zone);
  g_autofree char *today = g_date_time_format (now, "%Y-%m-%d");
  g_autofree char *full
      = strchr (text, '-') == NULL ? g_strdup_printf ("%sT%s", today, text) : g_strdup (text);
  g_autofree char *seconds = g_strconcat (full, ":00", NULL);
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (full, zone);

  if (time == NULL)
    time = g_date_time_new_from_iso8601 (seconds, zone);
  if (time != NULL && strchr (text, '-') == NULL && g_date_time_compare (time, now) <= 0)
    {
      GDateTime *tomorrow = g_date_time_add_days (time, 1);

      g_date_time_unref (time);
      time = tomorrow;
    }
  if (time == NULL || g_date_time_compare (time, now) <= 0)
    {
      trias_cli_usage (error, _ ("“%s” is no time to come: write it as 17:30 or 2030-01-31T17:30."),
                       text);
      return 0;
    }
  return g_date_time_to_unix (time) * 1000;
}

static const TriasCliDuration handover_for = { "--for", 60, 1, 366 * 24 * 3600 };

/* What `handover` is told. */
typedef struct
{
  char *to;
  char *until;
  char *duration;
} Order;

static void
order_clear (Order *self)
{
  g_free (self->to);
  g_free (self->until);
  g_free (self->duration);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Order, order_clear)

static gboolean
read_order (TriasCli *cli, Order *order, gint64 *until, GError **error)
{
  const GOptionEntry options[] = {
    { "to", 0, 0, G_OPTION_ARG_STRING, &order->to, NULL, NULL },
    { "until", 0, 0, G_OPTION_ARG_STRING, &order->until, NULL, NULL },
    { "for", 0, 0, G_OPTION_ARG_STRING, &order->duration, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  guint seconds = 0;

  *until = 0;
  if (!trias_cli_parse (cli, options, 0, 0, error))
    return FALSE;
  if (order->until != NULL && order->duration != NULL)
    return trias_cli_usage (error, "%s", _ ("Only one of --until and --for can be given."));
  if (order->duration != NULL
      && !trias_cli_read_duration (&handover_for, order->duration, &seconds, error))
    return FALSE;
  if (order->duration != NULL)
    *until = g_get_real_time () / 1000 + seconds * 1000LL;
  if (order->until != NULL)
    *until = read_time (order->until, error);
  return order->until == NULL || *until != 0;
}

static char *
order_body (const char *to, gint64 until)
{
  g_autoptr (TriasJsonWriter) writer = trias_json_writer_new ();

  trias_json_begin_object (writer, NULL);
  trias_json_add_string (writer, "to", to);
  if (until > 0)
    trias_json_add_int (writer, "pin_until", until);
  else
    trias_json_add_null (writer, "pin_until");
  trias_json_end_object (writer);
  return trias_json_writer_end (writer, NULL);
}

static void
tell_pair_handover (TriasCli *cli, const TriasAnswer *answer, const char *name, gint64 until)
{
  g_autofree char *time = until > 0 ? trias_cli_format_time (until) : NULL;
  g_autofree char *same = trias_cli_same_server (cli);

  if (time != NULL)
    /* TRANSLATORS: a server, date and time */
    trias_cli_done (cli, answer,
                    _ ("“%1$s” serves the clients from their next renewal on, until %2$s."), name,
                    time);
  else
    /* TRANSLATORS: a server; then nothing or " --server SERVER" */
    trias_cli_done (cli, answer,
                    _ ("“%1$s” serves the clients from their next renewal on, until they are given "
                       "back with: trias relationship give-back%2$s"),
                    name, same);
}

static void
tell_handover (TriasCli *cli, const TriasAnswer *answer, const char *name, gint64 until)
{
  g_autofree char *time = until > 0 ? trias_cli_format_time (until) : NULL;
  g_autofree char *same = trias_cli_same_server (cli);

  if (time != NULL)
    /* TRANSLATORS: a server, date and time */
    trias_cli_done (cli, answer, _ ("“%1$s” serves the clients now, until %2$s."), name, time);
  else
    /* TRANSLATORS: a server; then nothing or " --server SERVER" */
    trias_cli_done (cli, answer,
                    _ ("“%1$s” serves the clients now. Give back with: trias relationship "
                       "give-back%2$s"),
                    name, same);
}

/* Whether nothing is held that could be given back, as the one says that decides. */
static gboolean
is_given_back (TriasRelationshipInfo *info)
{
  const TriasRelationship *relationship = trias_relationship_info_get_relationship (info);
  const TriasTriadFacts *facts = trias_relationship_info_get_triad (info);
  const TriasMember *main;

  if (relationship == NULL)
    return FALSE;
  if (is_triad (info))
    return facts != NULL && facts->pinned == NULL;
  main = relationship->members->pdata[0];
  return trias_relationship_info_find_maintenance (info, main->id) == NULL;
}

/* Where nothing is held the primary server of a triad waits to be asked if failback is manual. */
static const TriasMember *
find_waiting (TriasRelationshipInfo *info)
{
  const TriasRelationship *relationship = trias_relationship_info_get_relationship (info);
  const char *active = trias_relationship_info_get_active (info);
  const TriasMember *first = relationship->members->pdata[0];

  return is_triad (info) && relationship->options.failback == TRIAS_FAILBACK_MANUAL
                 && active != NULL && strcmp (active, first->id) != 0
             ? first
             : NULL;
}

static void
tell_nothing (TriasCli *cli, TriasRelationshipInfo *info)
{
  const TriasMember *waiting = find_waiting (info);
  g_autofree char *quoted = waiting != NULL ? trias_cli_quote (waiting->name) : NULL;
  g_autofree char *same = trias_cli_same_server (cli);

  if (waiting != NULL)
    /* TRANSLATORS: a server, the same as it is typed; then nothing or " --server SERVER" */
    trias_cli_done (cli, NULL,
                    _ ("Nothing is handed over; there was nothing to do. Failback is manual: "
                       "“%1$s” becomes active again with: trias relationship handover --to "
                       "%2$s%3$s"),
                    waiting->name, quoted, same);
  else
    trias_cli_done (cli, NULL, "%s", _ ("Nothing is handed over; there was nothing to do."));
}

static gboolean
give_back (TriasCli *cli, TriasRest *rest, TriasRelationshipInfo *present, GError **error)
{
  g_autoptr (TriasAnswer) answer = NULL;

  trias_rest_set_deadline (rest, HANDOVER_DEADLINE_MS);
  answer = trias_cli_request (rest, "POST", "/relationship/give-back", g_strdup ("{}"), error);
  if (answer != NULL)
    trias_cli_done (cli, answer, "%s",
                    is_triad (present)
                        ? _ ("Given back: the rule decides again which server is active.")
                        : _ ("Given back: the main server serves its clients again."));
  return answer != NULL;
}

/* To hand over to the main server of a pair is to give back, if there is anything to. */
static gboolean
hand_back (TriasCli *cli, TriasRest *rest, const TriasMember *main, GError **error)
{
  g_autoptr (TriasRelationshipInfo) present = trias_cli_ask_relationship (rest, error);

  if (present == NULL)
    return FALSE;
  if (!is_given_back (present))
    return give_back (cli, rest, present, error);
  if (g_strcmp0 (trias_relationship_info_get_active (present), main->id) == 0)
    trias_cli_done (cli, NULL, _ ("“%s” serves the clients already; there was nothing to do."),
                    main->name);
  else
    tell_nothing (cli, present);
  return TRUE;
}

gboolean
trias_cli_handover (TriasCli *cli, int *code, GError **error)
{
  g_auto (Order) order = { 0 };
  g_autoptr (TriasRelationshipInfo) info = NULL;
  g_autoptr (TriasRest) rest = NULL;
  g_autoptr (TriasAnswer) answer = NULL;
  const TriasMember *member;
  gint64 until;

  if (!read_order (cli, &order, &until, error))
    return FALSE;
  rest = open_handing_over (cli, &info, error);
  if (rest == NULL)
    return FALSE;
  member = trias_cli_find_member (cli, trias_relationship_info_get_relationship (info),
                                  order.to != NULL ? order.to : other_member (info), error);
  if (member == NULL)
    return FALSE;
  if (!is_triad (info)
      && member == trias_relationship_info_get_relationship (info)->members->pdata[0])
    return hand_back (cli, rest, member, error);
  trias_rest_set_deadline (rest, HANDOVER_DEADLINE_MS);
  answer = trias_cli_request (rest, "POST", "/relationship/handover",
                              order_body (member->id, until), error);
  if (answer != NULL)
    trias_cli_settle (cli, trias_relationship_info_get_relationship (info), trias_cli_shows_active,
                      member->id);
  if (answer != NULL && is_triad (info))
    tell_handover (cli, answer, member->name, until);
  else if (answer != NULL)
    tell_pair_handover (cli, answer, member->name, until);
  return answer != NULL;
}

gboolean
trias_cli_give_back (TriasCli *cli, int *code, GError **error)
{
  g_autoptr (TriasRelationshipInfo) info = NULL;
  g_autoptr (TriasRelationshipInfo) present = NULL;
  g_autoptr (TriasRest) rest = NULL;

  if (!trias_cli_parse (cli, NULL, 0, 0, error))
    return FALSE;
  rest = open_handing_over (cli, &info, error);
  if (rest == NULL)
    return FALSE;
  present = trias_cli_ask_relationship (rest, error);
  if (present == NULL)
    return FALSE;
  if (is_given_back (present))
    {
      tell_nothing (cli, present);
      return TRUE;
    }
  return give_back (cli, rest, present, error);
}

gboolean
trias_cli_dissolve_triad (TriasCli *cli, const char *keep, GError **error)
{
  g_autoptr (TriasRelationshipInfo) info = NULL;
  g_autoptr (TriasRest) rest = open_active (cli, &info, error);
  g_autoptr (TriasAnswer) answer = NULL;
  g_autofree char *path = NULL;
  const TriasRelationship *relationship;
  const TriasMember *member;

  if (rest == NULL)
    return FALSE;
  member
      = trias_cli_find_member (cli, trias_relationship_info_get_relationship (info), keep, error);
  if (member == NULL || !trias_cli_may_end (cli, rest, error))
    return FALSE;
  path = g_strdup_printf ("/relationship?keep=%s%s", member->id, cli->force ? "&force=true" : "");
  trias_rest_set_deadline (rest, HANDOVER_DEADLINE_MS);
  answer = trias_cli_request (rest, "DELETE", path, NULL, error);
  if (answer == NULL)
    return FALSE;
  relationship = trias_relationship_info_get_relationship (info);
  trias_cli_settle (cli, relationship, trias_cli_shows_end, relationship);
  trias_cli_done (cli, answer,
                  _ ("The triad is dissolved. “%s” keeps the licences and goes on alone."),
                  member->name);
  for (guint i = 0; i < relationship->members->len; i++)
    if (relationship->members->pdata[i] != member)
      trias_cli_print_forget (cli, ((const TriasMember *) relationship->members->pdata[i])->id);
  return TRUE;
}
