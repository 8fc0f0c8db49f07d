/* SPDX-FileCopyrightText: The Trias authors
 * SPDX-License-Identifier: LGPL-3.0-or-later */

#include "config.h"

#include "client/trias-check-words.h"

#include <glib/gi18n-lib.h>

#include "client/trias-rule-words.h"
#include "client/trias-reason-words.h"

const char *
trias_check_words_icon (TriasCheckState state)
{
  switch (state)
    {
    case TRIAS_CHECK_PASSED:
      return "trias-online-symbolic";
    case TRIAS_CHECK_WARNING:
      return "dialog-warning-symbolic";
    case TRIAS_CHECK_FAILED:
      return "trias-offline-symbolic";
    case TRIAS_CHECK_RUNNING:
      return "content-loading-symbolic";
    case TRIAS_CHECK_WAITING:
      break;
    }
  return "trias-waiting-symbolic";
}

const char *
trias_check_words_state (TriasCheckState state)
{
  switch (state)
    {
    case TRIAS_CHECK_PASSED:
      return C_ ("check", "Passed");
    case TRIAS_CHECK_WARNING:
      return C_ ("check", "Warning");
    case TRIAS_CHECK_FAILED:
      return C_ ("check", "Failed");
    case TRIAS_CHECK_RUNNING:
      return C_ ("check", "Under way");
    case TRIAS_CHECK_WAITING:
      break;
    }
  return C_ ("check", "Waiting");
}

const char *
trias_check_words_step_state (TriasCheckState state)
{
  /* TRANSLATORS: a step of the set-up has ended well */
  return state == TRIAS_CHECK_PASSED ? C_ ("step", "Done") : trias_check_words_state (state);
}

const char *
trias_check_words_style (TriasCheckState state)
{
  switch (state)
    {
    case TRIAS_CHECK_PASSED:
      return "success";
    case TRIAS_CHECK_WARNING:
      return "warning";
    case TRIAS_CHECK_FAILED:
      return "error";
    case TRIAS_CHECK_RUNNING:
    case TRIAS_CHECK_WAITING:
      break;
    }
  return NULL;
}

typedef struct
{
  const char *kind;
  const char *title; /* with the names of server and partner */
  const char *passed;
  const char *failed;
} Words;

static const Words words[] = {
  { "reach", N_ ("“%2$s” reaches “%1$s”"), N_ ("The connection works."),
    N_ ("There is no connection. Check the address, the network, the firewall (port 7643) and "
        "whether triasd runs on “%1$s”.") },
  { "reach-back", N_ ("“%1$s” reaches “%2$s” in return"), N_ ("The connection works."),
    N_ ("There is no connection in this direction. Check the address of “%2$s” as “%1$s” sees it, "
        "the firewall and the routing.") },
  { "identity", N_ ("Identity of “%1$s”"), N_ ("The fingerprint is the expected one."),
    N_ ("Another fingerprint answers than the expected one. Go on only if you know why, and "
        "compare it again.") },
  { "version", N_ ("Version of “%1$s”"), N_ ("The versions fit together."),
    N_ ("The versions do not fit together. Update the older server.") },
  { "invitation", N_ ("Invitation of “%1$s”"), N_ ("“%1$s” may be enrolled."),
    N_ ("The invitation is unknown, used or older than ten minutes. Sign in to “%1$s” or make a "
        "new invitation there.") },
  { "member", N_ ("“%1$s” belongs to the relationship"),
    N_ ("Both hold the same state of the relationship."),
    N_ ("“%1$s” no longer belongs to this relationship or holds an older state of it. Look at the "
        "events of “%1$s”.") },
  { "rule", N_ ("Rule on “%1$s” for “%2$s”"), N_ ("“%1$s” lets “%2$s” in as a partner."),
    N_ ("On “%1$s” the rule is missing that lets “%2$s” in as a partner.") },
  { "clock", N_ ("Clock of “%1$s”"), N_ ("The clocks go alike."),
    N_ ("The clocks differ. Set the clock of “%1$s”, best with NTP.") },
  { "free", N_ ("“%1$s” is free"), N_ ("“%1$s” belongs to no other relationship."),
    N_ ("“%1$s” belongs to a relationship already. Dissolve that one first.") },
  { "licenses", N_ ("Licences of “%1$s”"),
    N_ ("No licence is installed on both servers, and all are valid."),
    N_ ("A licence is installed on both servers or is not valid. Remove it from one of them.") },
  { "coverage", N_ ("Seats covered"), N_ ("The backup server covers all seats of the main server."),
    N_ ("Not all seats of the main server can be covered by the backup server.") },
  { "issuers", N_ ("Issuers’ keys on “%1$s”"),
    N_ ("“%1$s” can verify all licences that are installed on “%2$s”."),
    N_ ("“%1$s” lacks the public key of an issuer whose licences are installed on “%2$s”, or has "
        "another one by that name. As root, put the same key file into its folder of issuers "
        "(/etc/trias/issuers) and check again.") },
  { "settings", N_ ("Settings of “%1$s”"),
    N_ ("Both servers have the same settings and rules for the use of licences."),
    N_ ("Settings and rules for the use of licences differ. “%1$s” takes over those of “%2$s”.") },
  { "standing", N_ ("“%1$s” is connected and synchronised"), N_ ("It stays, and holds everything."),
    N_ ("The change can only be made while “%1$s” is connected and synchronised. Wait until it is, "
        "or "
        "look at its connections first.") },
  { "leaving", N_ ("“%1$s” leaves"),
    N_ ("“%1$s” is no longer a member afterwards. It goes on alone with nothing but what is its "
        "own, "
        "and learns of it as soon as it is reached."),
    N_ ("“%1$s” cannot leave now.") },
  { "bound", N_ ("Licence bound to the present members"), N_ ("It goes on serving."),
    N_ ("A licence is bound to the three present members. It is not served any more after the "
        "change: "
        "install one for the new members.") },
  { "resting", N_ ("Licence bound to “%1$s” alone"), N_ ("It goes on serving."),
    N_ ("A licence is bound to “%1$s” alone and does not serve in a triad. Install one for the "
        "three servers.") },
  { "latency", N_ ("Delay between the servers"), N_ ("The delay is small."),
    N_ ("The delay is large. Heartbeats may be lost now and then.") },
};

static const Words *
find_words (const char *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    if (g_strcmp0 (words[i].kind, kind) == 0)
      return &words[i];
  return NULL;
}

/* @format names server and partner by position; not every sentence needs both. */
static char *
fill_in (const char *format, TriasCheckItem *item)
{
  g_auto (GStrv) parts = g_strsplit (format, "%1$s", -1);
  g_autofree char *with_server = g_strjoinv (trias_check_item_get_server_name (item), parts);

  g_strfreev (parts);
  parts = g_strsplit (with_server, "%2$s", -1);
  return g_strjoinv (trias_check_item_get_peer_name (item), parts);
}

char *
trias_check_words_title (TriasCheckItem *item)
{
  const TriasCheck *check = trias_check_item_get_check (item);
  const Words *entry = find_words (check->kind);

  return entry != NULL ? fill_in (_ (entry->title), item) : g_strdup (check->kind);
}

static char *
explain_facts (TriasCheckItem *item)
{
  const char *covered = trias_check_item_get_param (item, "covered");
  const char *total = trias_check_item_get_param (item, "total");
  const char *latency = trias_check_item_get_param (item, "latency_us");
  const char *offset = trias_check_item_get_param (item, "offset_ms");
  const char *issuer = trias_check_item_get_param (item, "issuer");

  if (covered != NULL && total != NULL)
    {
      gulong n = (gulong) g_ascii_strtoull (total, NULL, 10);

      /* TRANSLATORS: seats covered, seats in all */
      return g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%1$s of %2$s seat is covered.",
                                           "%1$s of %2$s seats are covered.", n),
                              covered, total);
    }
  if (latency != NULL)
    /* TRANSLATORS: round trip in milliseconds */
    return g_strdup_printf (_ ("Round trip: %.1f ms."),
                            (double) g_ascii_strtoll (latency, NULL, 10) / 1000.0);
  if (issuer != NULL)
    /* TRANSLATORS: name of an issuer of licences and of its key file */
    return g_strdup_printf (_ ("Issuer: %1$s (%1$s.pub)."), issuer);
  if (offset != NULL)
    /* TRANSLATORS: difference of two clocks in milliseconds */
    return g_strdup_printf (_ ("Difference: %s ms."), offset);
  return NULL;
}

static const char *
name_of_peer (const char *id, gpointer user_data)
{
  const TriasCheck *check = trias_check_item_get_check (user_data);

  return g_strcmp0 (id, check->peer) == 0 ? trias_check_item_get_peer_name (user_data) : NULL;
}

/* The members of a triad host the same: what one has of its own cannot serve on beside it.
 * (transfer full) */
static char *
explain_own (TriasCheckItem *item)
{
  const char *name = trias_check_item_get_server_name (item);
  const char *first = trias_check_item_get_peer_name (item);
  const char *license = trias_check_item_get_param (item, "license");
  gulong n = strtoul (trias_check_item_get_param (item, "leases"), NULL, 10);

  if (trias_check_item_get_check (item)->state == TRIAS_CHECK_PASSED)
    return g_strdup_printf (_ ("“%s” has nothing of its own that would be lost."), name);
  if (trias_check_item_get_param (item, "discarded") != NULL)
    return g_strdup_printf (_ ("The licences and seats that “%s” has of its own serve no more "
                               "afterwards; it keeps them in a file."),
                            name);
  if (license != NULL)
    /* TRANSLATORS: server, licence, the server whose licences all three have */
    return g_strdup_printf (
        _ ("“%1$s” has the licence “%2$s” of its own, but all three servers serve the licences of "
           "“%3$s”. If it shall serve on, install it on “%3$s”; in any case remove it from “%1$s” "
           "first."),
        name, license, first);
  return g_strdup_printf (
      g_dngettext (GETTEXT_PACKAGE,
                   "Clients of “%1$s” hold %2$lu seat there. Wait until it is "
                   "given back, or release it.",
                   "Clients of “%1$s” hold %2$lu seats there. Wait until they are "
                   "given back, or release them.",
                   n),
      name, n);
}

/* A pair: what both have is valid on one of them only. (transfer full) */
static char *
explain_twice (TriasCheckItem *item)
{
  /* TRANSLATORS: licence, two servers */
  return g_strdup_printf (_ ("The licence “%1$s” is installed on “%2$s” and on “%3$s”, and may be "
                             "valid on one of the two only. Remove it from the other one."),
                          trias_check_item_get_param (item, "license"),
                          trias_check_item_get_server_name (item),
                          trias_check_item_get_peer_name (item));
}

/* (transfer full) (nullable) */
static char *
explain_licenses (TriasCheckItem *item)
{
  if (trias_check_item_get_param (item, "leases") != NULL)
    return explain_own (item);
  return trias_check_item_get_param (item, "license") != NULL ? explain_twice (item) : NULL;
}

/* (transfer full) (nullable) */
static char *
explain_resting (TriasCheckItem *item)
{
  const char *license = trias_check_item_get_param (item, "license");
  const char *name = trias_check_item_get_server_name (item);
  const char *feature = trias_check_item_get_param (item, "feature");
  gulong used;

  if (license == NULL)
    return NULL;
  if (feature == NULL)
    /* TRANSLATORS: licence, server */
    return g_strdup_printf (_ ("The licence “%1$s” is bound to “%2$s” alone and does not serve in "
                               "a triad. Install one for the three servers."),
                            license, name);
  used = strtoul (trias_check_item_get_param (item, "used"), NULL, 10);
  /* TRANSLATORS: licence, server, seats in use, feature, seats that the triad would have */
  return g_strdup_printf (
      g_dngettext (GETTEXT_PACKAGE,
                   "The licence “%1$s” is bound to “%2$s” alone and does not serve in a triad, but "
                   "%3$lu seat of “%4$s” is in use and the triad would have %5$s. Install a "
                   "licence for the three servers, or wait until the seat is given back.",
                   "The licence “%1$s” is bound to “%2$s” alone and does not serve in a triad, but "
                   "%3$lu seats of “%4$s” are in use and the triad would have %5$s. Install a "
                   "licence for the three servers, or wait until the seats are given back.",
                   used),
      license, name, used, feature, trias_check_item_get_param (item, "seats"));
}

char *
trias_check_words_explain (TriasCheckItem *item)
{
  const TriasCheck *check = trias_check_item_get_check (item);
  const Words *entry = find_words (check->kind);
  g_autofree char *facts = NULL;
  g_autofree char *text = NULL;

  if (check->state == TRIAS_CHECK_WAITING)
    return g_strdup (_ ("Not checked, because what comes before it is not in order."));
  if (check->state == TRIAS_CHECK_RUNNING)
    return g_strdup (trias_check_words_state (check->state));
  if (entry == NULL)
    return g_strdup (check->detail);
  if (g_strcmp0 (check->kind, "resting") == 0 && (text = explain_resting (item)) != NULL)
    return g_steal_pointer (&text);
  if (g_strcmp0 (check->kind, "licenses") == 0 && (text = explain_licenses (item)) != NULL)
    return g_steal_pointer (&text);
  text = fill_in (check->state == TRIAS_CHECK_PASSED ? _ (entry->passed) : _ (entry->failed), item);
  facts = explain_facts (item);
  if (check->mend != NULL && check->state == TRIAS_CHECK_FAILED)
    {
      g_autofree char *rule = trias_rule_words_title (check->mend, name_of_peer, item);

      /* TRANSLATORS: a sentence, then the rule that is missing */
      return g_strdup_printf (_ ("%1$s It would read: %2$s"), text, rule);
    }
  if (facts == NULL)
    return g_steal_pointer (&text);
  return g_strdup_printf ("%s %s", text, facts);
}

const char *
trias_check_words_step (const char *kind)
{
  if (g_strcmp0 (kind, "invite") == 0)
    return _ ("Obtain permission from the partners");
  if (g_strcmp0 (kind, "check") == 0)
    return _ ("Check the servers once more");
  if (g_strcmp0 (kind, "prepare") == 0)
    return _ ("Prepare the servers");
  if (g_strcmp0 (kind, "seal") == 0)
    return _ ("Decide the change");
  if (g_strcmp0 (kind, "copy") == 0)
    return _ ("Copy the data for the first time");
  if (g_strcmp0 (kind, "done") == 0)
    return _ ("The servers stand in for each other");
  return _ ("Next step");
}
