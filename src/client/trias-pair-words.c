/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-pair-words.h"

#include <glib/gi18n-lib.h>

#include "client/trias-age-words.h"
#include "client/trias-maintenance-words.h"

const char *
trias_pair_words_icon (TriasLinkState state)
{
  switch (state)
    {
    case TRIAS_LINK_CONNECTED_SYNCHRONISED:
      return "trias-connected-synchronised-symbolic";
    case TRIAS_LINK_CONNECTED_UNSYNCHRONISED:
      return "trias-connected-unsynchronised-symbolic";
    case TRIAS_LINK_DISCONNECTED_SYNCHRONISED:
      return "trias-disconnected-synchronised-symbolic";
    case TRIAS_LINK_DISCONNECTED_UNSYNCHRONISED:
      break;
    }
  return "trias-disconnected-unsynchronised-symbolic";
}

const char *
trias_pair_words_state (TriasLinkState state)
{
  switch (state)
    {
    case TRIAS_LINK_CONNECTED_SYNCHRONISED:
      return _ ("Connected and synchronised");
    case TRIAS_LINK_CONNECTED_UNSYNCHRONISED:
      return _ ("Connected, not synchronised");
    case TRIAS_LINK_DISCONNECTED_SYNCHRONISED:
      return _ ("Not connected, synchronised");
    case TRIAS_LINK_DISCONNECTED_UNSYNCHRONISED:
      break;
    }
  return _ ("Neither connected nor synchronised");
}

const char *
trias_pair_words_legend (TriasLinkState state)
{
  switch (state)
    {
    case TRIAS_LINK_CONNECTED_SYNCHRONISED:
      return _ ("The two servers hear each other and hold the same data. The backup can take over "
                "at any time.");
    case TRIAS_LINK_CONNECTED_UNSYNCHRONISED:
      return _ ("The two servers hear each other, but the last changes have not been copied yet.");
    case TRIAS_LINK_DISCONNECTED_SYNCHRONISED:
      return _ (
          "The two servers do not hear each other. All that was known until then has been copied.");
    case TRIAS_LINK_DISCONNECTED_UNSYNCHRONISED:
      break;
    }
  return _ ("The two servers do not hear each other, and changes are missing on the other side.");
}

/* Who has changes that nobody confirms waits for the partner's disk; the other one has the trouble.
 */
static gboolean
is_own_disk (const TriasPairFacts *facts)
{
  return facts->sync_reason == TRIAS_LAG_STORAGE && facts->pending == 0;
}

/* The cause in a few words, for the table. */
static const char *
name_lag (TriasLag lag, gboolean own_disk)
{
  switch (lag)
    {
    case TRIAS_LAG_UNREACHABLE:
      return _ ("no answer from the partner");
    case TRIAS_LAG_ONE_WAY:
      return _ ("reachable in one direction only");
    case TRIAS_LAG_KEY:
      return _ ("another key answers");
    case TRIAS_LAG_RULE:
      return _ ("a rule keeps it out");
    case TRIAS_LAG_EPOCH:
      return _ ("the partner has an older state of the relationship");
    case TRIAS_LAG_VERSION:
      return _ ("the versions do not fit");
    case TRIAS_LAG_FIRST_COPY:
      return _ ("first copy under way");
    case TRIAS_LAG_PENDING:
      return _ ("changes are being sent");
    case TRIAS_LAG_STORAGE:
      return own_disk ? _ ("its own disk refuses to write")
                      : _ ("the partner’s disk refuses to write");
    case TRIAS_LAG_REPAIR:
      return _ ("new copy after a difference");
    case TRIAS_LAG_CONFLICT:
      return _ ("settings were edited on both sides");
    case TRIAS_LAG_NONE:
      break;
    }
  return NULL;
}

const char *
trias_pair_words_lag (TriasLag lag)
{
  return name_lag (lag, FALSE);
}

void
trias_pair_facts_read (TriasPairFacts *facts, TriasPairMember *member)
{
  TriasPair *pair = trias_pair_member_get_pair (member);
  TriasPairMember *partner = NULL;

  if (pair != NULL)
    partner = trias_pair_get_main (pair) == member ? trias_pair_get_backup (pair)
                                                   : trias_pair_get_main (pair);
  *facts = (TriasPairFacts){
    .name = trias_pair_member_get_name (member),
    .partner = partner != NULL ? trias_pair_member_get_name (partner) : "",
    .reached = trias_pair_member_get_reached (member),
    .online = trias_pair_member_get_online (member),
    .serving = trias_pair_member_get_active (member),
    .connected = trias_pair_member_get_connected (member),
    .connected_since = trias_pair_member_get_connected_since (member),
    .connect_reason = trias_pair_member_get_connect_reason (member),
    .synchronised = trias_pair_member_get_synchronised (member),
    .synchronised_at = trias_pair_member_get_synchronised_at (member),
    .sync_reason = trias_pair_member_get_sync_reason (member),
    .pending = trias_pair_member_get_pending (member),
    .as_of = trias_pair_member_get_as_of (member),
    .views_differ = trias_pair_member_get_views_differ (member),
    .aside = trias_pair_member_get_maintenance (member),
    .maintenance = trias_pair_member_get_maintenance_words (member),
  };
}

char *
trias_pair_words_online (const TriasPairFacts *facts, gint64 now)
{
  g_autofree char *age = NULL;

  if (facts->aside != NULL)
    return g_strdup (facts->maintenance);
  if (facts->reached && facts->serving)
    return g_strdup (_ ("Online, serves clients"));
  if (facts->reached)
    return g_strdup (_ ("Online"));
  if (facts->online)
    return g_strdup (_ ("Online, as its partner reports"));
  if (facts->as_of == 0)
    return g_strdup (_ ("Offline"));
  age = trias_age_format (facts->as_of, now);
  /* TRANSLATORS: %s is an age such as "3 s ago" */
  return g_strdup_printf (_ ("Offline, last heard %s"), age);
}

static char *
describe_pending (guint64 pending)
{
  return g_strdup_printf (
      g_dngettext (GETTEXT_PACKAGE, "%u change pending", "%u changes pending", (gulong) pending),
      (guint) pending);
}

gboolean
trias_pair_words_ages (const TriasPairFacts *facts)
{
  return (!facts->connected && facts->connected_since > 0) || (!facts->reached && facts->as_of > 0);
}

static void
add_part (GString *text, const char *part)
{
  if (part == NULL || *part == '\0')
    return;
  if (text->len > 0)
    g_string_append (text, " · ");
  g_string_append (text, part);
}

char *
trias_pair_words_status (const TriasPairFacts *facts, gint64 now)
{
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append (
      text, trias_pair_words_state (trias_link_state (facts->connected, facts->synchronised)));
  if (!facts->connected)
    {
      g_autofree char *span = trias_age_format_span (now - facts->connected_since);
      /* TRANSLATORS: %s is a span of time such as "12 s" */
      g_autofree char *since = g_strdup_printf (_ ("for %s"), span);

      /* Of a server that is not reached only the partner knows since when. */
      if (facts->connected_since > 0 && facts->reached)
        add_part (text, since);
      add_part (text, name_lag (facts->connect_reason, FALSE));
    }
  else if (!facts->synchronised)
    add_part (text, name_lag (facts->sync_reason, is_own_disk (facts)));
  if (!facts->synchronised && facts->pending > 0)
    {
      g_autofree char *pending = describe_pending (facts->pending);

      add_part (text, pending);
    }
  if (!facts->connected && facts->synchronised_at > 0)
    {
      g_autofree char *time = trias_age_format_time (facts->synchronised_at);
      /* TRANSLATORS: %s is a time */
      g_autofree char *part = g_strdup_printf (_ ("as of %s"), time);

      add_part (text, part);
    }
  if (facts->views_differ)
    add_part (text, _ ("the partner sees it differently"));
  return g_string_free (g_steal_pointer (&text), FALSE);
}

/* Why the two do not hear each other, and what to do. */
static const char *
explain_connect (TriasLag lag)
{
  switch (lag)
    {
    case TRIAS_LAG_UNREACHABLE:
      return _ ("No answer comes from “%2$s”. Check whether the computer runs, whether triasd runs "
                "on it, and whether the network and the firewall let their ports through in both "
                "directions. As soon as it answers, the two connect by themselves.");
    case TRIAS_LAG_ONE_WAY:
      return _ (
          "The connection works in one direction only: one of the two servers does not reach the "
          "other. Check firewall and routing between “%1$s” and “%2$s” in both directions.");
    case TRIAS_LAG_KEY:
      return _ (
          "At the address of “%2$s” another key answers than the one the relationship was made "
          "with. Either another computer took over the address, or the server was set up anew. Put "
          "the old server back, or dissolve the relationship and set it up again.");
    case TRIAS_LAG_RULE:
      return _ (
          "A rule keeps one of the two servers out. Look at “This licence server” on both: each "
          "needs a rule for partners that lets the other one in, and none that denies it.");
    case TRIAS_LAG_EPOCH:
      return _ ("“%2$s” does not know the present state of the relationship, for example after an "
                "old disk image was restored. Dissolve the relationship and set it up again.");
    case TRIAS_LAG_VERSION:
      return _ (
          "The program versions of the two servers do not fit together. Update the older one.");
    case TRIAS_LAG_NONE:
    case TRIAS_LAG_FIRST_COPY:
    case TRIAS_LAG_PENDING:
    case TRIAS_LAG_STORAGE:
    case TRIAS_LAG_REPAIR:
    case TRIAS_LAG_CONFLICT:
      break;
    }
  return _ (
      "“%1$s” has not heard “%2$s” for longer than allowed. The two try again by themselves.");
}

/* Why the data are not the same, and what to do. */
static const char *
explain_sync (TriasLag lag, gboolean own_disk)
{
  switch (lag)
    {
    case TRIAS_LAG_FIRST_COPY:
      return _ ("The first copy of the data of “%1$s” is on its way to “%2$s”. It ends by itself; "
                "nothing has to be done.");
    case TRIAS_LAG_PENDING:
      return _ ("Changes on “%1$s” are on their way to “%2$s”. That takes seconds; if it stays so, "
                "press “Synchronise Now” and look at the load of the two servers.");
    case TRIAS_LAG_STORAGE:
      return own_disk
                 ? _ ("“%1$s” cannot write its copy: its disk is full or faulty. Make room or mend "
                      "the disk; the copy is then completed by itself.")
                 : _ ("“%2$s” cannot write its copy: its disk is full or faulty. Make room or mend "
                      "the disk; the copy is then completed by itself.");
    case TRIAS_LAG_REPAIR:
      return _ ("The comparison of the two servers found a difference. A whole new copy is on its "
                "way; nothing has to be done. If this happens again, check the disks.");
    case TRIAS_LAG_CONFLICT:
      return _ ("While the two servers were apart, settings were edited on both. Those of the main "
                "server apply. Open the relationship and choose which ones shall stay.");
    case TRIAS_LAG_VERSION:
      return _ (
          "The program versions of the two servers do not fit together. Update the older one.");
    case TRIAS_LAG_NONE:
    case TRIAS_LAG_UNREACHABLE:
    case TRIAS_LAG_ONE_WAY:
    case TRIAS_LAG_KEY:
    case TRIAS_LAG_RULE:
    case TRIAS_LAG_EPOCH:
      break;
    }
  return _ ("“%2$s” has not confirmed the last changes of “%1$s”. Once the two are connected "
            "again, they synchronise by themselves.");
}

/* @format comes from the tables above or their translation. */
static void
add_sentence (GString *text, const char *format, const TriasPairFacts *facts)
{
  g_auto (GStrv) parts = NULL;
  g_autofree char *with_name = NULL;
  g_autofree char *with_both = NULL;

  parts = g_strsplit (format, "%1$s", -1);
  with_name = g_strjoinv (facts->name, parts);
  g_strfreev (parts);
  parts = g_strsplit (with_name, "%2$s", -1);
  with_both = g_strjoinv (facts->partner, parts);
  if (text->len > 0)
    g_string_append (text, "\n\n");
  g_string_append (text, with_both);
}

char *
trias_pair_words_why (const TriasPairFacts *facts, gint64 now)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (facts->aside != NULL)
    {
      g_autofree char *aside = trias_maintenance_words_why (facts->aside, facts->name);

      g_string_append_printf (text, "%s\n\n", aside);
    }
  if (facts->connected)
    add_sentence (text,
                  _ ("“%1$s” and “%2$s” hear each other: authenticated heartbeats arrive in both "
                     "directions."),
                  facts);
  else
    add_sentence (text, explain_connect (facts->connect_reason), facts);
  if (!facts->synchronised)
    {
      /* Nothing is on its way while the two are apart. */
      gboolean waits = !facts->connected && facts->sync_reason == TRIAS_LAG_PENDING;

      add_sentence (text,
                    explain_sync (waits ? TRIAS_LAG_NONE : facts->sync_reason, is_own_disk (facts)),
                    facts);
    }
  else if (facts->connected)
    add_sentence (
        text,
        _ ("“%2$s” has confirmed that it holds the same data as “%1$s”. Nothing has to be done."),
        facts);
  else
    add_sentence (text,
                  _ ("Until the connection broke, “%2$s” had received everything, and nothing has "
                     "changed on “%1$s” since."),
                  facts);
  if (facts->pending > 0)
    {
      g_autofree char *pending = describe_pending (facts->pending);

      g_string_append_printf (text, "\n\n%s.", pending);
    }
  if (facts->views_differ)
    add_sentence (text,
                  _ ("The two servers report different states. Usually that lasts seconds; if it "
                     "stays so, the connection works in one direction only."),
                  facts);
  if (!facts->reached)
    add_sentence (
        text, _ ("The console does not reach “%1$s”. What is shown is what was last known of it."),
        facts);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

void
trias_pair_outlook_read (TriasPairOutlook *outlook, TriasPair *pair)
{
  TriasPairMember *main_member = trias_pair_get_main (pair);
  TriasPairMember *backup = trias_pair_get_backup (pair);
  TriasPairMember *aside
      = trias_pair_member_get_maintenance (main_member) != NULL ? main_member : backup;
  TriasRelationshipInfo *info = trias_pair_get_info (pair);
  const TriasConsequence *consequence = info != NULL ? trias_relationship_info_find_consequence (
                                            info, trias_pair_member_get_id (main_member))
                                                     : NULL;

  *outlook = (TriasPairOutlook){
    .main = trias_pair_member_get_name (main_member),
    .backup = trias_pair_member_get_name (backup),
    .main_online = trias_pair_member_get_online (main_member),
    .backup_online = trias_pair_member_get_online (backup),
    .connected
    = trias_pair_member_get_connected (main_member) && trias_pair_member_get_connected (backup),
    .synchronised = trias_pair_member_get_synchronised (main_member)
                    && trias_pair_member_get_synchronised (backup),
    .backup_serves
    = g_strcmp0 (trias_pair_get_active (pair), trias_pair_member_get_id (backup)) == 0,
    .aside = trias_pair_member_get_maintenance (aside),
    .aside_name = trias_pair_member_get_name (aside),
    .maintenance = trias_pair_member_get_maintenance_words (aside),
    .last_known = trias_pair_get_last_known (pair),
    .known = consequence != NULL,
    .covered = consequence != NULL ? consequence->covered : 0,
    .total = consequence != NULL ? consequence->total : 0,
  };
}

gboolean
trias_pair_outlook_is_trouble (const TriasPairOutlook *outlook)
{
  return outlook->last_known || !outlook->main_online || !outlook->backup_online
         || !outlook->connected || !outlook->synchronised || outlook->backup_serves
         || (outlook->known && outlook->covered < outlook->total);
}

/* Both servers are well, or at least hear each other. */
static char *
describe_takeover (const TriasPairOutlook *outlook)
{
  if (!outlook->known)
    /* TRANSLATORS: main server, backup server */
    return g_strdup_printf (_ ("If “%1$s” fails, “%2$s” takes over."), outlook->main,
                            outlook->backup);
  if (outlook->total == 0)
    return g_strdup_printf (
        _ ("If “%1$s” fails, “%2$s” takes over. No licence is installed on “%1$s” yet."),
        outlook->main, outlook->backup);
  if (outlook->covered == 0)
    return g_strdup_printf (_ ("If “%1$s” fails, “%2$s” can cover none of its seats: install "
                               "licences for the same features on “%2$s”."),
                            outlook->main, outlook->backup);
  /* TRANSLATORS: main server, backup server, seats covered, seats in all */
  return g_strdup_printf (
      g_dngettext (
          GETTEXT_PACKAGE, "If “%1$s” fails, “%2$s” takes over: %3$u of %4$u seat is covered.",
          "If “%1$s” fails, “%2$s” takes over: %3$u of %4$u seats are covered.", outlook->total),
      outlook->main, outlook->backup, outlook->covered, outlook->total);
}

/* What the backup server has no seat for stands still while the main server is away. */
static char *
describe_main_away (const TriasPairOutlook *outlook)
{
  if (!outlook->known || outlook->covered >= outlook->total)
    return g_strdup_printf (_ ("“%1$s” is not reachable; “%2$s” serves the clients. If “%2$s” "
                               "fails too, production stands still."),
                            outlook->main, outlook->backup);
  if (outlook->covered == 0)
    return g_strdup_printf (_ ("“%1$s” is not reachable, and “%2$s” covers none of its seats: work "
                               "under its licences stands still. Bring “%1$s” back, or install "
                               "licences for the same features on “%2$s”."),
                            outlook->main, outlook->backup);
  /* TRANSLATORS: main server, backup server, seats covered, seats in all */
  return g_strdup_printf (
      g_dngettext (GETTEXT_PACKAGE,
                   "“%1$s” is not reachable; “%2$s” serves the clients with %3$u of %4$u seat. If "
                   "“%2$s” fails too, production stands still.",
                   "“%1$s” is not reachable; “%2$s” serves the clients with %3$u of %4$u seats. If "
                   "“%2$s” fails too, production stands still.",
                   outlook->total),
      outlook->main, outlook->backup, outlook->covered, outlook->total);
}

/* The backup serves although the main server is there. */
static char *
describe_standing_in (const TriasPairOutlook *outlook)
{
  g_autofree char *until = outlook->aside != NULL && outlook->aside->until != 0
                               ? trias_age_format_time (outlook->aside->until)
                               : NULL;

  if (outlook->aside == NULL)
    return g_strdup_printf (_ ("“%2$s” serves the clients while “%1$s” catches up."), outlook->main,
                            outlook->backup);
  if (outlook->aside->why == TRIAS_ASIDE_MAINTENANCE)
    return g_strdup_printf (_ ("“%s” serves the clients."), outlook->backup);
  if (until != NULL)
    /* TRANSLATORS: main server, backup server, a time */
    return g_strdup_printf (_ ("“%2$s” serves the clients of “%1$s” until %3$s."), outlook->main,
                            outlook->backup, until);
  return g_strdup_printf (_ ("“%2$s” serves the clients of “%1$s” until they are given back."),
                          outlook->main, outlook->backup);
}

/* A table that is narrow does not show whether a server can be switched off. Takes @sentence. */
static char *
add_maintenance (const TriasPairOutlook *outlook, char *sentence)
{
  char *text;

  if (outlook->aside == NULL || outlook->aside->why != TRIAS_ASIDE_MAINTENANCE)
    return sentence;
  /* TRANSLATORS: whole sentences, a server, its state */
  text = g_strdup_printf (_ ("%1$s “%2$s”: %3$s."), sentence, outlook->aside_name,
                          outlook->maintenance);
  g_free (sentence);
  return text;
}

static char *
describe_outlook (const TriasPairOutlook *outlook)
{
  g_autofree char *takeover = NULL;

  if (outlook->last_known)
    return g_strdup_printf (
        _ ("The console reaches neither “%1$s” nor “%2$s”. What is shown is the last known state."),
        outlook->main, outlook->backup);
  if (!outlook->main_online)
    return describe_main_away (outlook);
  if (!outlook->backup_online)
    return g_strdup_printf (
        _ ("“%2$s” is not reachable. If “%1$s” fails now, production stands still."), outlook->main,
        outlook->backup);
  if (outlook->backup_serves)
    return describe_standing_in (outlook);
  takeover = describe_takeover (outlook);
  if (!outlook->connected)
    /* TRANSLATORS: main server, backup server, a whole sentence */
    return g_strdup_printf (_ ("“%1$s” and “%2$s” do not hear each other. %3$s"), outlook->main,
                            outlook->backup, takeover);
  if (!outlook->synchronised)
    /* TRANSLATORS: %s is a whole sentence */
    return g_strdup_printf (_ ("%s The last changes have not been copied yet."), takeover);
  return g_steal_pointer (&takeover);
}

char *
trias_pair_words_outlook (const TriasPairOutlook *outlook)
{
  return add_maintenance (outlook, describe_outlook (outlook));
}
